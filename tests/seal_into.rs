// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sealing and opening at the end of a buffer that is there already.

use chancery::{
    Context, Error, Keyring, UnixTime,
    aead::SealKey,
    envelope::{Opener, Sealer},
    hpke::{Identity, Info},
};

const NOW: UnixTime = UnixTime::from_secs(1_790_000_000);

/// Twice into one buffer, which has something in it.
fn two(seal: impl Fn(&[u8], &mut Vec<u8>) -> Result<(), Error>, open: impl Fn(&[u8]) -> Vec<u8>) {
    for len in [0, 1, 1000, 16_384, 40_000] {
        let (first, second) = (vec![1; len], vec![2; len / 2]);
        let mut out = b"before".to_vec();
        seal(&first, &mut out).unwrap();
        let middle = out.len();
        seal(&second, &mut out).unwrap();
        assert_eq!(out[..6], *b"before");
        assert_eq!(open(&out[6..middle]), first);
        assert_eq!(open(&out[middle..]), second);
    }
}

#[test]
fn what_is_sealed_into_a_buffer_is_a_message_of_its_own() {
    let context = Context::of("buffer");
    let keys = Keyring::new(SealKey::generate().unwrap());
    two(|p, out| keys.seal_into(&context, p, out), |sealed| keys.open(&context, sealed).unwrap());

    let identity = Identity::generate().unwrap();
    let recipient = identity.recipient();
    two(|p, out| recipient.seal_into(&context, p, out), |sealed| identity.open(&context, sealed).unwrap());
    let tink = Identity::generate().unwrap().with_tink_id(7);
    let recipient = tink.recipient();
    two(|p, out| recipient.seal_into(&context, p, out), |sealed| tink.open(&context, sealed).unwrap());

    let sealer = || Sealer::to(identity.recipient(), &context).unwrap();
    let (plain, padded) = (sealer(), sealer().padded());
    #[cfg(feature = "std")]
    let reusing = {
        let limits = chancery::envelope::ReuseLimits::new(3, core::time::Duration::from_secs(10));
        sealer().reusing(limits.unwrap())
    };
    let opener = Opener::from_anyone(identity, &context).unwrap();
    let open = |sealed: &[u8]| opener.open(sealed, NOW).unwrap().allow_replays().payload().to_vec();
    two(|p, out| plain.seal_into(p, NOW, out), open);
    two(|p, out| padded.seal_into(p, NOW, out), open);
    #[cfg(feature = "std")]
    two(|p, out| reusing.seal_into(p, NOW, out), open);
}

#[test]
fn a_failure_leaves_the_buffer_as_it_was() {
    let too_long = Context::of(vec![0; 70_000]);
    let mut out = b"before".to_vec();
    let keys = Keyring::new(SealKey::generate().unwrap());
    assert_eq!(keys.seal_into(&too_long, b"payload", &mut out), Err(Error::Context));
    let recipient = Identity::generate().unwrap().recipient();
    assert_eq!(recipient.seal_into(Info::from(&too_long), b"payload", &mut out), Err(Error::Context));
    assert_eq!(out, b"before");
}

/// Each message is opened twice into one buffer, which has something in it and room for both: it does not move.
fn opened_twice(seal: impl Fn(&[u8]) -> Vec<u8>, open: impl Fn(&[u8], &mut Vec<u8>) -> Result<(), Error>) {
    for len in [0, 1, 1000, 16_383, 16_384, 40_000] {
        let payload: Vec<u8> = (0..=250).cycle().take(len).collect();
        let mut sealed = seal(&payload);
        let mut out = Vec::with_capacity(6 + 2 * len);
        out.extend_from_slice(b"before");
        let place = (out.as_ptr(), out.capacity());
        open(&sealed, &mut out).unwrap();
        open(&sealed, &mut out).unwrap();
        let expected = [b"before", payload.as_slice(), &payload].concat();
        assert!(out == expected && (out.as_ptr(), out.capacity()) == place, "{len}");

        let cut = open(&sealed[..10], &mut out);
        *sealed.last_mut().unwrap() ^= 1;
        assert_eq!(open(&sealed, &mut out), Err(Error::NotAuthentic), "{len}");
        assert!(cut.is_err() && out == expected, "{len}");
        *sealed.last_mut().unwrap() ^= 1;
        let mut empty = Vec::new();
        open(&sealed, &mut empty).unwrap();
        assert!(empty == payload, "{len}");
    }
}

#[test]
fn what_is_opened_into_a_buffer_is_behind_what_was_there_and_a_refusal_leaves_that() {
    let context = Context::of("buffer");
    let keys = Keyring::new(SealKey::generate().unwrap());
    let seal = |payload: &[u8]| keys.seal(&context, payload).unwrap();
    opened_twice(seal, |sealed, out| keys.open_into(&context, sealed, out));

    let identity = Identity::generate().unwrap();
    let seal = |payload: &[u8]| identity.recipient().seal(&context, payload).unwrap();
    opened_twice(seal, |sealed, out| identity.open_into(&context, sealed, out));

    let tink = Keyring::new(Identity::generate().unwrap().with_tink_id(7));
    let seal = |payload: &[u8]| tink.primary().recipient().seal(&context, payload).unwrap();
    opened_twice(seal, |sealed, out| tink.open_into(&context, sealed, out));
}
