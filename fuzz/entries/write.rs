// SPDX-License-Identifier: MIT OR Apache-2.0
//! Writing by any sizes, into writers that take few bytes at a time: what comes out opens to what went in, and is
//! as long as the format says.

use super::{
    input::{Input, Rationed, Sizes},
    known::{self, SEALED, secret},
    naive,
    read::source,
};
use chancery::{
    Error,
    envelope::Sealer,
    hpke::{Identity, Suite},
};
use std::io::{self, Write};

/// Writes all of `bytes` by `sizes`, flushing in between.
fn write_by(writer: &mut impl Write, mut bytes: &[u8], sizes: &mut Sizes) -> io::Result<()> {
    while !bytes.is_empty() {
        let (now, later) = bytes.split_at(sizes.next().min(bytes.len()));
        writer.write_all(now)?;
        writer.flush()?;
        bytes = later;
    }
    Ok(())
}

fn chunks_len(content: usize) -> usize {
    content + 16 * (content / 16_384 + 1)
}

pub(crate) fn sealed(data: &[u8]) -> bool {
    let mut input = Input::new(data);
    let (known, payload) = (&SEALED[input.below(2)], known::payload(input.u16().into()));
    let inner = Rationed::new(Vec::new(), input.sizes());
    let mut writer = known.keys.seal_writer(&known::context(), inner).expect("a writer");
    write_by(&mut writer, &payload, &mut input.sizes()).expect("a vector takes everything");
    let sealed = writer.finish().expect("a vector takes everything").inner;
    assert_eq!(sealed.len(), 65 + chunks_len(payload.len()));
    assert!(known.keys.open(&known::context(), &sealed).as_ref() == Ok(&payload));
    true
}

pub(crate) fn sealed_seeds() -> Vec<Vec<u8>> {
    seeds(2)
}

/// The payload may be shorter or longer than was announced.
pub(crate) fn envelope(data: &[u8]) -> bool {
    let mut input = Input::new(data);
    let (options, payload) = (input.byte(), known::payload(input.u16().into()));
    let has = |option: u8| options & option != 0;
    let (signed, padded, announced) = (has(1), has(2), has(2) || has(4));
    let suite = if has(8) { Suite::X25519ChaCha20Poly1305 } else { Suite::X25519Aes256Gcm };

    let mut sealer = Sealer::to(known::identity(suite).recipient(), &known::context()).expect("a sealer");
    if has(16) {
        let other = Identity::from_bytes(suite, &secret("other")).expect("a key");
        sealer = sealer.and(other.recipient()).expect("another recipient");
    }
    sealer = if signed { sealer.signed_by(known::signer()) } else { sealer };
    sealer = if padded { sealer.padded() } else { sealer };

    let inner = Rationed::new(Vec::new(), input.sizes());
    let (mut sizes, off_by) = (input.sizes(), input.byte().cast_signed());
    let len = (payload.len() as u64).saturating_add_signed(off_by.into());
    let writer = if announced {
        sealer.seal_writer_sized(inner, len, known::now())
    } else {
        sealer.seal_writer(inner, known::now())
    };
    let mut writer = writer.expect("a writer");
    let written = write_by(&mut writer, &payload, &mut sizes).and_then(|()| writer.finish());
    if announced && len != payload.len() as u64 {
        assert_eq!(source(&written.map(|_| ()).expect_err("another length")), Some(Error::Length));
        return false;
    }

    let sealed = written.expect("a vector takes everything").inner;
    let trailer = if signed { 72 } else { 0 };
    let content = if padded {
        usize::try_from(naive::padded_len(len.into(), signed)).expect("small")
    } else {
        8 + payload.len() + trailer
    };
    assert_eq!(sealed.len(), if has(16) { 187 } else { 97 } + 56 + chunks_len(content));
    let opened = known::opener(suite, signed).open(&sealed, known::now()).expect("it opens").allow_replays();
    assert!(opened.payload() == payload);
    true
}

pub(crate) fn envelope_seeds() -> Vec<Vec<u8>> {
    let off_by_one = |n| vec![4, 0, 5, 0, 0, n];
    [seeds(32), vec![off_by_one(1), off_by_one(0xFF), vec![3, 0x40, 0, 0, 0, 1]]].concat()
}

/// For each of the options: nothing, a little and a chunk, by small sizes with an interruption.
fn seeds(options: u8) -> Vec<Vec<u8>> {
    let by_sizes = [2, 0x01, 0x40, 0, 6, 3, 0x20, 0, 0, 100, 0x3F, 0xFF];
    (0..options).map(|kind| [&[kind, 0x40, kind], by_sizes.as_slice()].concat()).chain([vec![0]]).collect()
}
