// SPDX-License-Identifier: MIT OR Apache-2.0
//! Random sequences of reads and seeks, next to a `Cursor` over the plaintext.

use crate::{LENGTHS, Lcg, aes, context, flaky::Flaky, moves::step, plaintext, sealed};
use std::io::{Cursor, ErrorKind, Read, Seek};

const OPERATIONS: usize = 60;

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
