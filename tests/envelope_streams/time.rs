// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is refused by its time, or by what the opener is for: early, and for good.

use crate::{
    BOTH, CREATED, KINDS, Kind, PADDED, PLAIN, SEALED_CHUNK, SIGNED, context, payload, refused, signing_key,
    source,
};
use chancery::{Context, Error, Hold, UnixTime, envelope::Opener};
use core::time::Duration;
use std::io::Read;

fn at(seconds: u64) -> UnixTime {
    UnixTime::from_secs(seconds)
}

#[test]
fn what_is_too_old_or_too_new_is_refused_with_its_first_chunk_and_for_good() {
    let age = Duration::from_secs(300);
    for kind in KINDS {
        let sealed = kind.sealed(100_000);
        // With the rest missing it is refused for the same reason: the time comes first.
        for bytes in [sealed.as_slice(), &sealed[..kind.start() + SEALED_CHUNK]] {
            for (now, expected) in [(CREATED + 301, Error::Expired), (CREATED - 61, Error::NotYetValid)] {
                let opener = || kind.opener().max_age(age);
                let what = format!("{kind:?} {expected:?}");
                assert_eq!(refused(opener().open_reader(bytes, at(now)), &[], &what), expected);
                let reader = opener().open_reader(bytes, at(now)).unwrap();
                assert_eq!(source(&reader.finish().unwrap_err()), Some(expected), "{what}");
            }
        }
        for now in [CREATED - 60, CREATED + 300] {
            let mut all = Vec::new();
            let mut reader = kind.opener().max_age(age).open_reader(sealed.as_slice(), at(now)).unwrap();
            reader.read_to_end(&mut all).unwrap();
            assert!(all == payload(100_000));
        }
    }
}

#[test]
fn a_claim_that_comes_when_the_stream_is_too_old_is_refused() {
    struct Store;
    impl chancery::Replay for Store {
        fn claim(&self, _: &[u8; 32], _: Option<UnixTime>, hold: Hold, _: UnixTime) -> Result<(), Error> {
            assert_eq!(hold, Hold::Done(at(CREATED + 300 + 60 + 1)));
            Ok(())
        }

        fn settle(&self, _: &[u8; 32], _: UnixTime, _: UnixTime) -> Result<(), Error> {
            unreachable!("nothing is leased")
        }

        fn release(&self, _: &[u8; 32], _: UnixTime) -> Result<(), Error> {
            unreachable!("nothing is leased")
        }
    }
    let opener = SIGNED.opener().max_age(Duration::from_secs(300));
    let sealed = SIGNED.sealed(100);
    let finish = || opener.open_reader(sealed.as_slice(), at(CREATED)).unwrap().finish().unwrap();
    assert!(finish().claim(&Store, at(CREATED + 300)).is_ok());
    assert_eq!(finish().claim(&Store, at(CREATED + 301)).map(|_| ()), Err(Error::Expired));
}

#[test]
fn what_the_opener_is_not_for_makes_no_reader() {
    let refusal = |opener: &Opener, kind: Kind| {
        source(&opener.open_reader(kind.sealed(100).as_slice(), at(CREATED)).unwrap_err())
    };
    for recipients in [1, 3] {
        let with = |kind: Kind| Kind { recipients, ..kind };
        assert_eq!(refusal(&with(PLAIN).opener(), with(SIGNED)), Some(Error::Policy));
        assert_eq!(refusal(&with(SIGNED).opener(), with(PLAIN)), Some(Error::Policy));
        assert_eq!(refusal(&with(PADDED).opener(), with(BOTH)), Some(Error::Policy));
        let chacha = Kind { chacha: true, ..with(PLAIN) };
        assert_eq!(refusal(&with(PLAIN).opener(), chacha), Some(Error::Policy));
        let stranger = Opener::from_anyone(PLAIN.identity(99), &context()).unwrap();
        assert_eq!(refusal(&stranger, with(PLAIN)), Some(Error::UnknownKey));
        let elsewhere = Opener::from_anyone(PLAIN.identity(1), &Context::of("envelope stream")).unwrap();
        assert_eq!(refusal(&elsewhere, with(PLAIN)), Some(Error::NotAuthentic));
    }
}

#[test]
fn a_stream_of_another_sender_does_not_reach_its_end() {
    let other = signing_key(8).verifying_key();
    for kind in [SIGNED, BOTH] {
        for len in [0, 100, 40_000] {
            let opener = Opener::from_senders(kind.identity(1), &context(), other.clone()).unwrap();
            let sealed = kind.sealed(len);
            let reader = opener.open_reader(sealed.as_slice(), at(CREATED));
            let error = refused(reader, &payload(len), &format!("{kind:?} {len}"));
            assert_eq!(error, Error::NotAuthentic);
        }
    }
}
