// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reads and moves in any order, beside a `Cursor` over the payload. What was changed may be refused at any
//! moment, and for good; what is read until then is what a `Cursor` reads.

use super::{
    input::{Input, Rationed, edit},
    known::{self, ENVELOPES, Good, SEALED},
    naive,
    read::source,
};
use chancery::Error;
use std::io::{self, Cursor, ErrorKind, Read, Seek, SeekFrom};

pub(crate) fn envelope(data: &[u8]) -> bool {
    let mut input = Input::new(data);
    let known = &ENVELOPES[input.below(2)];
    let (message, sizes) = (message(&mut input, &known.good), input.sizes());
    let good = naive::header_len(&message).and_then(|n| source_of(&known.good, &message, n + 56));
    let reader = Rationed::new(Cursor::new(message.as_slice()), sizes);
    let reader = known.opener.open_reader(reader, known::now()).ok();
    beside_a_cursor(reader, good, &message, &mut input)
}

pub(crate) fn sealed(data: &[u8]) -> bool {
    let mut input = Input::new(data);
    let known = &SEALED[input.below(2)];
    let (message, sizes) = (message(&mut input, &known.good), input.sizes());
    let reader = Rationed::new(Cursor::new(message.as_slice()), sizes);
    let reader = known.keys.open_reader(&known::context(), reader).ok();
    beside_a_cursor(reader, source_of(&known.good, &message, 65), &message, &mut input)
}

/// A good message with up to 255 bytes of edits.
fn message(input: &mut Input<'_>, good: &[Good]) -> Vec<u8> {
    let mut message = good[input.below(good.len())].sealed.clone();
    edit(&mut message, &mut Input::new(input.short()), &known::bytes(good));
    message
}

/// The good message that begins with the same key, salt and commitment: the only one whose chunks can stand here.
fn source_of<'a>(good: &'a [Good], message: &[u8], start: usize) -> Option<&'a Good> {
    let start = message.get(..start)?;
    good.iter().find(|good| good.sealed.starts_with(start))
}

/// Whether all of it went well.
fn beside_a_cursor(
    reader: Option<impl Read + Seek>,
    good: Option<&Good>,
    message: &[u8],
    input: &mut Input<'_>,
) -> bool {
    assert_eq!(reader.is_some(), good.is_some());
    let (Some(mut reader), Some(good)) = (reader, good) else { return false };
    let intact = good.sealed == message;
    let (mut model, mut buffer) = (Cursor::new(good.payload.as_slice()), vec![0; 1 << 16]);
    while !input.is_empty() {
        let to = match input.below(4) {
            0 => {
                let size = usize::from(input.u16());
                match reader.read(&mut buffer[..size]) {
                    Ok(n) => same_bytes(&mut model, &buffer[..n], size),
                    Err(error) => return refused(reader, intact, &error),
                }
                continue;
            }
            1 => SeekFrom::Start(input.u16().into()),
            2 => SeekFrom::Current(input.u16().cast_signed().into()),
            _ => SeekFrom::End(input.u16().cast_signed().into()),
        };
        match (reader.seek(to), model.seek(to)) {
            (Ok(position), expected) => assert_eq!(Some(position), expected.ok(), "{to:?}"),
            (Err(error), Err(_)) if error.kind() == ErrorKind::InvalidInput => {}
            (Err(error), _) => return refused(reader, intact, &error),
        }
    }
    true
}

/// A read may be shorter, but empty only at the end.
fn same_bytes(model: &mut Cursor<&[u8]>, got: &[u8], size: usize) {
    let mut expected = vec![0; got.len()];
    model.read_exact(&mut expected).expect("no bytes beyond the end");
    assert!(got == expected, "other bytes");
    assert!(!got.is_empty() || size == 0 || model.position() >= model.get_ref().len() as u64);
}

fn refused(mut reader: impl Read + Seek, intact: bool, error: &io::Error) -> bool {
    assert!(!intact, "a good message was refused: {error}");
    assert_eq!(source(error), Some(Error::NotAuthentic));
    let error = reader.read(&mut [0; 9]).expect_err("for good");
    assert_eq!(source(&error), Some(Error::NotAuthentic));
    let error = reader.rewind().expect_err("for good");
    assert_eq!(source(&error), Some(Error::NotAuthentic));
    false
}

pub(crate) fn envelope_seeds() -> Vec<Vec<u8>> {
    seeds([&ENVELOPES[0].good, &ENVELOPES[1].good])
}

pub(crate) fn sealed_seeds() -> Vec<Vec<u8>> {
    seeds([&SEALED[0].good, &SEALED[1].good])
}

fn seeds(kinds: [&[Good]; 2]) -> Vec<Vec<u8>> {
    let (all, start, end, back) = ([0, 0xFF, 0xFF], [1, 0, 0], [3, 0, 0], [3, 0xFF, 0xF0]);
    let mut seeds = Vec::new();
    for (kind, good) in (0..).zip(kinds) {
        for (base, good) in (0..).zip(good) {
            let moves = [all, end, [0, 0, 9], back, all, [1, 0x40, 1], all, [2, 0x80, 0], [2, 0xFF, 0], all];
            seeds.push([&[kind, base, 0, 1, 0x30, 0], moves.concat().as_slice()].concat());
            // A change in the last chunk, then one in the first.
            for at in [good.sealed.len() - 1, good.sealed.len().min(300)] {
                let [high, low] = u16::try_from(at).expect("below 64 KiB").to_be_bytes();
                let edits = [4, 4, high, low, 1, 0];
                seeds.push([&[kind, base], edits.as_slice(), &back, &all, &start, &all].concat());
            }
        }
    }
    seeds
}
