// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reading by any sizes: a stream opens exactly if the whole does, with the same result, and hands out nothing
//! that is not at the front of a good message.

use super::{
    input::{Input, Rationed, Sizes, edited},
    known::{self, ENVELOPES, Good, LENGTHS, SEALED, SHORT},
    naive,
};
use chancery::Error;
use std::io::{self, Read};

/// The error of ours that an I/O error was made from.
pub(crate) fn source(error: &io::Error) -> Option<Error> {
    error.get_ref()?.downcast_ref().copied()
}

/// Everything up to the end or an error, which then stays.
fn drain(reader: &mut impl Read, mut sizes: Sizes, good: &[Good]) -> (Vec<u8>, Option<Error>) {
    let (mut read, mut buffer) = (Vec::new(), vec![0; 1 << 17]);
    let end = loop {
        match reader.read(&mut buffer[..sizes.next()]) {
            Ok(0) => break None,
            Ok(n) => read.extend_from_slice(&buffer[..n]),
            Err(error) => break Some(source(&error).expect("an error of ours")),
        }
    };
    assert!(good.iter().any(|good| good.payload.starts_with(&read)), "released what nobody sealed");
    for _ in 0..2 {
        let again = reader.read(&mut buffer).map_err(|error| source(&error).expect("an error of ours"));
        assert_eq!(again, end.map_or(Ok(0), Err));
    }
    (read, end)
}

pub(crate) fn envelope(data: &[u8]) -> bool {
    let mut input = Input::new(data);
    let (known, inner, outer) = (&ENVELOPES[input.below(4)], input.sizes(), input.sizes());
    let sealed = edited(&mut input, &known::bytes(&known.good));
    let whole = known.opener.open(&sealed, known::now()).map(chancery::Unclaimed::allow_replays);
    assert_eq!(whole.as_ref().ok().map(|opened| opened.payload()), known::payload_of(&known.good, &sealed));

    let reader = Rationed::new(sealed.as_slice(), inner);
    let (read, refused) = match known.opener.open_reader(reader, known::now()) {
        Err(error) => (Vec::new(), source(&error)),
        Ok(mut reader) => {
            let (read, refused) = drain(&mut reader, outer, &known.good);
            let origin = reader.finish().map(chancery::Unclaimed::allow_replays);
            assert_eq!(origin.ok().map(|origin| *origin), whole.as_ref().ok().map(|opened| *opened.origin()));
            (read, refused)
        }
    };
    match whole {
        Ok(opened) => assert!(refused.is_none() && read == opened.payload()),
        Err(error) => {
            // A stream reads header and start before it looks at either.
            let short = naive::header_len(&sealed).is_none_or(|n| sealed.len() < n + 56);
            assert!(refused == Some(error) || short && refused == Some(Error::NotAuthentic), "{refused:?}");
        }
    }
    refused.is_none()
}

pub(crate) fn envelope_seeds() -> Vec<Vec<u8>> {
    seeds(4, &ENVELOPES[0].good[1].sealed)
}

pub(crate) fn sealed(data: &[u8]) -> bool {
    let mut input = Input::new(data);
    let (known, inner, outer) = (&SEALED[input.below(2)], input.sizes(), input.sizes());
    let sealed = edited(&mut input, &known::bytes(&known.good));
    let whole = known.keys.open(&known::context(), &sealed);
    let reader = Rationed::new(sealed.as_slice(), inner);
    let streamed = match known.keys.open_reader(&known::context(), reader) {
        Err(error) => Err(source(&error).expect("an error of ours")),
        Ok(mut reader) => match drain(&mut reader, outer, &known.good) {
            (read, None) => Ok(read),
            (_, Some(error)) => Err(error),
        },
    };
    assert!(streamed == whole, "as a stream {:?}, whole {:?}", streamed.err(), whole.err());
    assert_eq!(whole.as_deref().ok(), known::payload_of(&known.good, &sealed));
    whole.is_ok()
}

pub(crate) fn sealed_seeds() -> Vec<Vec<u8>> {
    seeds(2, &SEALED[0].good[1].sealed)
}

/// Of each kind: as it is, by small sizes, changed in several places, cut.
fn seeds(kinds: u8, raw: &[u8]) -> Vec<Vec<u8>> {
    let good = u8::try_from(LENGTHS.len()).expect("few");
    let mut seeds = vec![[&[0, 0, 0, good], raw].concat()];
    for kind in 0..kinds {
        for base in 2..good {
            seeds.push(vec![kind, 0, 0, base]);
            seeds.push(vec![kind, 3, 0, 7, 0, 0, 0x10, 0, 2, 0, 100, 0x40, 0, base]);
            seeds.push(vec![kind, 0, 1, 0x10, 0, base, 4, 0x41, 0, 1]);
            seeds.push(vec![kind, 1, 0x20, 0, 0, base, 0, 0x40, 0x20]);
        }
    }
    seeds
}

/// Exactly the good messages open.
pub(crate) fn sealed_open(data: &[u8]) -> bool {
    let mut input = Input::new(data);
    let known = &SEALED[input.below(2)];
    let sealed = edited(&mut input, &known::bytes(&known.good[..SHORT]));
    let opened = known.keys.open(&known::context(), &sealed);
    assert_eq!(opened.as_deref().ok(), known::payload_of(&known.good, &sealed));
    opened.is_ok()
}

pub(crate) fn open_seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for kind in 0..2 {
        seeds.push([&[kind, 3], SEALED[usize::from(kind)].good[1].sealed.as_slice()].concat());
        seeds.extend([vec![kind, 0], vec![kind, 1, 4, 0, 70, 1], vec![kind, 2, 0, 0, 80]]);
    }
    seeds
}
