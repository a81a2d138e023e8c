// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is written as a stream opens in memory, and the other way round, at every edge.

use crate::{CHUNK, KINDS, Kind, SIGNED, TRAILER, flaky::Flaky, now, payload, read_by, signing_key};
use chancery::{Key, envelope::Origin};
use std::io::{ErrorKind, Read, Write};

const SIZES: [usize; 5] = [1, 7, 1000, CHUNK, 50_000];

/// Read by buffers of `size`; the end stays the end, and then says where it came from.
fn opens(kind: Kind, bytes: &[u8], expected: &[u8], size: usize) {
    let what = format!("{kind:?} {} by {size}", expected.len());
    let (opener, in_memory) = (kind.opener(), kind.opener().open(bytes, now()).unwrap().allow_replays());
    let mut reader = opener.open_reader(bytes, now()).unwrap();
    assert_eq!(reader.read(&mut []).unwrap(), 0);
    assert!(read_by(&mut reader, size).unwrap() == expected, "{what}");
    assert!(in_memory.payload() == expected, "{what}");
    for _ in 0..3 {
        assert_eq!(reader.read(&mut [0; 9]).unwrap(), 0, "{what}");
    }
    let origin = reader.finish().unwrap().allow_replays().into_inner();
    assert!(origin == *in_memory.origin(), "{what}");
    assert_eq!(origin.created(), now());
    assert_eq!(origin.sender(), kind.signed.then(|| signing_key(7).verifying_key().id()));
}

#[test]
fn a_stream_is_an_envelope_and_an_envelope_is_a_stream() {
    for kind in Kind::all() {
        for (i, len) in kind.lengths().into_iter().enumerate() {
            let message = payload(len);
            // Buffers of one byte are slow; each length meets two sizes, each size every kind of length.
            let sizes = [SIZES[i % 5], SIZES[(i + 2) % 5]];
            let pieces = [1, 999, CHUNK - 1, 3, CHUNK, 20_000, CHUNK + 1];
            let streamed = kind.streamed(&message, &pieces[i % 7..]);
            let sealed = kind.sealed(len);
            assert_eq!(streamed.len(), sealed.len(), "{kind:?} {len}");
            for size in sizes {
                opens(kind, &streamed, &message, size);
                opens(kind, &sealed, &message, size);
            }
        }
    }
}

/// The last 72 bytes of a content, at every offset to the end of a chunk.
#[test]
fn a_trailer_that_lies_in_two_chunks_is_no_payload() {
    for chunks in [1, 2] {
        for len in chunks * CHUNK - 8 - TRAILER - 2..=chunks * CHUNK - 8 + 2 {
            let message = payload(len);
            let streamed = SIGNED.streamed(&message, &[50, 5000]);
            for size in [7, 71, 72, 73, 50_000] {
                opens(SIGNED, &streamed, &message, size);
            }
        }
    }
}

#[test]
fn short_payloads_of_every_length_are_the_same_both_ways() {
    for kind in KINDS {
        for len in 0..300 {
            let message = payload(len);
            opens(kind, &kind.streamed(&message, &[1, 2, 70]), &message, [1, 3, 100][len % 3]);
        }
    }
}

#[test]
fn short_reads_and_interruptions_lose_nothing() {
    for kind in KINDS {
        for most in [1, 3, 1000, 20_000] {
            let len = if most == 1 { 300 } else { 40_000 };
            let sealed = kind.sealed(len);
            let (inner, trouble) = Flaky::new(sealed.as_slice(), most);
            trouble.set(Some(ErrorKind::Interrupted));
            let mut reader = kind.opener().open_reader(inner, now()).unwrap();
            assert!(read_by(&mut reader, 5000).unwrap() == payload(len), "{kind:?} {most}");
            reader.finish().unwrap().allow_replays();
        }
    }
}

#[test]
fn a_reader_that_would_block_every_second_time_loses_nothing() {
    for kind in KINDS {
        for most in [100, 20_000] {
            let sealed = kind.sealed(40_000);
            let (inner, trouble) = Flaky::new(sealed.as_slice(), most);
            let mut reader = kind.opener().open_reader(inner, now()).unwrap();
            trouble.set(Some(ErrorKind::WouldBlock));
            let (mut all, mut buffer, mut blocked) = (Vec::new(), [0; 5000], 0);
            loop {
                match reader.read(&mut buffer) {
                    Ok(0) => break,
                    Ok(n) => all.extend_from_slice(&buffer[..n]),
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::WouldBlock);
                        blocked += 1;
                    }
                }
            }
            assert!(blocked >= 2, "{kind:?} {most}: blocked {blocked} times");
            assert!(all == payload(40_000), "{kind:?} {most}");
            reader.finish().unwrap().allow_replays();
        }
    }
}

/// Half is read, or nothing; `finish` reads what is left and says the same.
#[test]
fn finish_reads_what_is_left() {
    for kind in KINDS {
        for len in kind.lengths() {
            let sealed = kind.sealed(len);
            let opened = kind.opener().open(&sealed, now()).unwrap().allow_replays();
            for read in [0, 1, len / 2, len] {
                let mut reader = kind.opener().open_reader(sealed.as_slice(), now()).unwrap();
                reader.read_exact(&mut vec![0; read.min(len)]).unwrap();
                let origin: Origin = reader.finish().unwrap().allow_replays().into_inner();
                assert!(origin == *opened.origin(), "{kind:?} {len} after {read}");
            }
        }
    }
}

#[test]
fn flush_writes_every_full_chunk_and_the_envelope_still_opens() {
    for kind in KINDS {
        let message = payload(40_000);
        let mut out = Vec::new();
        let mut writer = kind.sealer().seal_writer_sized(&mut out, 40_000, now()).unwrap();
        writer.write_all(&message).unwrap();
        writer.flush().unwrap();
        drop(writer);
        assert_eq!(out.len(), kind.start() + 2 * (CHUNK + 16), "{kind:?}");

        let mut writer = kind.sealer().seal_writer_sized(Vec::new(), 40_000, now()).unwrap();
        for piece in message.chunks(10_000) {
            writer.write_all(piece).unwrap();
            writer.flush().unwrap();
            writer.flush().unwrap();
            assert_eq!(writer.write(&[]).unwrap(), 0);
        }
        opens(kind, &writer.finish().unwrap(), &message, 999);
    }
}
