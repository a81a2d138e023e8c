// SPDX-License-Identifier: MIT OR Apache-2.0
//! Random sequences of reads and seeks, next to a `Cursor` over the plaintext.

use crate::{CHUNK, LENGTHS, Lcg, aes, context, flaky::Flaky, plaintext, sealed};
use std::io::{Cursor, ErrorKind, Read, Seek, SeekFrom};

const OPERATIONS: usize = 60;

/// A move to near an edge of a chunk or of the message, or anywhere, also outside.
fn random_move(random: &mut Lcg, len: usize) -> SeekFrom {
    let near = [0, CHUNK, 2 * CHUNK, len][random.below(4)] + random.below(5);
    let at = [near, random.below(len + 2000), random.below(100)][random.below(3)];
    let signed = i64::try_from(at).expect("small");
    match random.below(5) {
        0 | 1 => SeekFrom::Start(at as u64),
        2 => SeekFrom::Current(signed - i64::try_from(len / 2).expect("small")),
        3 => SeekFrom::End(-signed),
        _ => SeekFrom::End(signed),
    }
}

/// One read or move on both; reads may be shorter, but not empty before the end.
fn step<R: Read + Seek>(reader: &mut R, model: &mut Cursor<&[u8]>, random: &mut Lcg, what: &str) {
    let len = model.get_ref().len();
    if random.below(2) == 0 {
        let size = [1, 10, 1000, CHUNK, 50_000][random.below(5)];
        let mut got = vec![0; size];
        let n = reader.read(&mut got).unwrap_or_else(|error| panic!("{what}: {error}"));
        let mut expected = vec![0; n];
        model.read_exact(&mut expected).unwrap_or_else(|_| panic!("{what}: {n} bytes too many"));
        assert_eq!(got[..n], expected, "{what}");
        assert!(n > 0 || model.position() >= len as u64, "{what}: an end before the end");
        return;
    }
    let to = random_move(random, len);
    match (reader.seek(to), model.seek(to)) {
        (Ok(got), Ok(expected)) => assert_eq!(got, expected, "{what}: {to:?}"),
        (Err(error), Err(_)) => assert_eq!(error.kind(), ErrorKind::InvalidInput, "{what}: {to:?}"),
        (got, expected) => panic!("{what}: {to:?} gives {got:?}, not {expected:?}"),
    }
}

#[test]
fn reads_and_seeks_in_any_order_are_those_of_a_cursor() {
    for (seed, len) in LENGTHS.into_iter().enumerate() {
        let message = plaintext(len);
        for before in [0, 77] {
            let file = [vec![0xC1; before], sealed(len)].concat();
            let mut inner = Cursor::new(file.as_slice());
            inner.set_position(before as u64);
            // Short reads and interruptions as well.
            let (inner, trouble) = Flaky::new(inner, 30_000);
            let mut reader = aes().open_reader(&context(), inner).unwrap();
            let mut model = Cursor::new(message.as_slice());
            let mut random = Lcg(1000 * seed as u64 + before as u64);
            for n in 0..OPERATIONS {
                trouble.set(None);
                let what = format!("{len} bytes at {before}, operation {n}");
                step(&mut reader, &mut model, &mut random, &what);
                assert_eq!(reader.stream_position().unwrap(), model.position(), "{what}");
                trouble.set(Some(ErrorKind::Interrupted));
                // A read of one byte, on both, through the interruptions.
                let (mut got, mut expected) = ([0; 1], [0; 1]);
                let n = reader.read(&mut got).unwrap();
                assert_eq!(n, model.read(&mut expected).unwrap(), "{what}");
                assert_eq!(got, expected, "{what}");
            }
        }
    }
}
