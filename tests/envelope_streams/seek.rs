// SPDX-License-Identifier: MIT OR Apache-2.0
//! Seeking in an unsigned envelope: as a `Cursor` over the payload, and never to an end that is none.

use crate::{
    BOTH, CHUNK, Kind, Lcg, PADDED, PLAIN, SEALED_CHUNK, SIGNED,
    flaky::Flaky,
    moves::{edges, moves_alike, step},
    now, payload, read_by, source,
};
use chancery::{Error, envelope::OpenReader};
use std::io::{self, Cursor, ErrorKind, Read, Seek, SeekFrom};

const THREE: Kind = Kind { recipients: 3, chacha: true, ..PADDED };
const UNSIGNED: [Kind; 3] = [PLAIN, PADDED, THREE];

fn reader(kind: Kind, sealed: &[u8]) -> OpenReader<Cursor<&[u8]>> {
    kind.opener().open_reader(Cursor::new(sealed), now()).unwrap()
}

#[test]
fn positions_are_those_of_a_cursor_over_the_payload() {
    for kind in UNSIGNED {
        for len in kind.lengths() {
            let (sealed, message) = (kind.sealed(len), payload(len));
            for to in edges(len) {
                let what = format!("{kind:?} {len} {to:?}");
                moves_alike(&mut reader(kind, &sealed), &message, to, &what);
                // Before anything is read.
                let (mut reader, mut model) = (reader(kind, &sealed), Cursor::new(&message));
                assert_eq!(reader.seek(to).ok(), model.seek(to).ok(), "{what}");
                assert_eq!(reader.stream_position().unwrap(), model.position(), "{what}");
            }
        }
    }
}

#[test]
fn reads_and_seeks_in_any_order_are_those_of_a_cursor() {
    for kind in UNSIGNED {
        for (seed, len) in kind.lengths().into_iter().enumerate() {
            let message = payload(len);
            for before in [0, 77] {
                let file = [vec![0xC1; before], kind.sealed(len)].concat();
                let mut inner = Cursor::new(file.as_slice());
                inner.set_position(before as u64);
                let (inner, trouble) = Flaky::new(inner, 30_000);
                trouble.set(Some(ErrorKind::Interrupted));
                let mut reader = kind.opener().open_reader(inner, now()).unwrap();
                let mut model = Cursor::new(message.as_slice());
                let mut random = Lcg(1000 * seed as u64 + before as u64);
                for n in 0..30 {
                    trouble.set(None);
                    let what = format!("{kind:?} {len} bytes at {before}, operation {n}");
                    step(&mut reader, &mut model, &mut random, &what);
                    assert_eq!(reader.stream_position().unwrap(), model.position(), "{what}");
                    trouble.set(Some(ErrorKind::Interrupted));
                    let (mut got, mut expected) = ([0; 1], [0; 1]);
                    let n = reader.read(&mut got).unwrap();
                    assert_eq!(n, model.read(&mut expected).unwrap(), "{what}");
                    assert_eq!(got, expected, "{what}");
                }
                trouble.set(None);
                reader.finish().unwrap().allow_replays();
            }
        }
    }
}

#[test]
fn a_signed_stream_does_not_seek_and_reads_on() {
    for kind in [SIGNED, BOTH] {
        let sealed = kind.sealed(40_000);
        let mut reader = reader(kind, &sealed);
        let mut all = vec![0; 100];
        for to in [SeekFrom::Start(0), SeekFrom::Current(0), SeekFrom::End(0), SeekFrom::End(-1)] {
            assert_eq!(reader.seek(to).unwrap_err().kind(), ErrorKind::Unsupported, "{kind:?} {to:?}");
        }
        reader.read_exact(&mut all).unwrap();
        assert_eq!(reader.rewind().unwrap_err().kind(), ErrorKind::Unsupported, "{kind:?}");
        reader.read_to_end(&mut all).unwrap();
        assert!(all == payload(40_000), "{kind:?}");
        reader.finish().unwrap().allow_replays();
    }
}

#[test]
fn past_the_end_there_is_nothing_and_the_position_is_kept() {
    for kind in UNSIGNED {
        for len in kind.lengths() {
            let sealed = kind.sealed(len);
            let mut reader = reader(kind, &sealed);
            for beyond in [0, 1, 100, u64::from(u32::MAX)] {
                let to = len as u64 + beyond;
                assert_eq!(reader.seek(SeekFrom::Start(to)).unwrap(), to);
                for _ in 0..2 {
                    assert_eq!(reader.read(&mut [0; 10]).unwrap(), 0);
                    assert_eq!(reader.stream_position().unwrap(), to);
                }
            }
            reader.rewind().unwrap();
            assert!(read_by(&mut reader, 999).unwrap() == payload(len), "{kind:?} {len}");
            assert_eq!(reader.stream_position().unwrap(), len as u64);
            reader.finish().unwrap().allow_replays();
        }
    }
}

/// Every error, and none of them an end: a move, a read, a move back, a read.
fn never_an_end(kind: Kind, sealed: &[u8], what: &str) {
    let moves = [0, 1, 20_000, u64::MAX].map(SeekFrom::Start);
    for to in [SeekFrom::End(0), SeekFrom::Current(0), SeekFrom::End(-1)].into_iter().chain(moves) {
        for read in [0, 10] {
            let Ok(mut reader) = kind.opener().open_reader(Cursor::new(sealed), now()) else { continue };
            let _ = reader.read(&mut vec![0; read]);
            for to in [to, SeekFrom::Start(0), SeekFrom::End(0)] {
                assert!(reader.seek(to).is_err(), "{kind:?} {what}: {to:?}");
                let read = reader.read(&mut [0; 10]);
                assert!(read.is_err(), "{kind:?} {what}: {to:?} reads {read:?}");
                assert!(reader.stream_position().is_err(), "{kind:?} {what}: {to:?}");
            }
            assert!(reader.finish().is_err(), "{kind:?} {what}: {to:?}");
        }
    }
}

#[test]
fn pitfall_08_a_stream_that_is_cut_has_no_end_to_seek_from() {
    for kind in UNSIGNED {
        for len in [0, 60, CHUNK, 40_000] {
            let sealed = kind.sealed(len);
            let chunks = (kind.start()..=sealed.len()).step_by(SEALED_CHUNK).chain([sealed.len()]);
            let around = chunks.flat_map(|at| {
                [at - 25, at - 24, at - 23, at - 17, at - 16, at - 1, at, at + 1, at + 15, at + 16, at + 17]
            });
            for cut in around.filter(|cut| *cut < sealed.len()) {
                never_an_end(kind, &sealed[..cut], &format!("{len} cut at {cut}"));
            }
            for more in [1, 16, 17, SEALED_CHUNK - 1, SEALED_CHUNK, SEALED_CHUNK + 1] {
                let mut longer = sealed.clone();
                longer.resize(sealed.len() + more, 0);
                never_an_end(kind, &longer, &format!("{len} and {more} bytes"));
            }
        }
    }
}

/// Read a little, so that something of a chunk waits, then seek into one that was changed.
#[test]
fn a_seek_into_a_changed_chunk_is_no_end_of_the_stream() {
    for kind in UNSIGNED {
        for read in [0, 9, CHUNK, 20_000] {
            let mut sealed = kind.sealed(40_000);
            sealed[kind.start() + SEALED_CHUNK + 100] ^= 1; // in the second of three
            let mut reader = reader(kind, &sealed);
            let mut begin = vec![0; read.min(CHUNK - kind.head())];
            reader.read_exact(&mut begin).unwrap();
            assert!(payload(40_000).starts_with(&begin));
            for _ in 0..2 {
                assert_eq!(reader.seek(SeekFrom::End(-1)).unwrap(), 39_999);
                reader.rewind().unwrap();
                assert_eq!(reader.read(&mut [0; 9]).unwrap(), 9);
            }
            let error = reader.seek(SeekFrom::Start(20_000)).unwrap_err();
            assert_eq!(source(&error), Some(Error::NotAuthentic), "{kind:?}");
            for _ in 0..3 {
                let read = reader.read(&mut [0; 9]);
                assert!(read.is_err(), "{kind:?}: after a refusal `read` reports {read:?}");
                // It keeps failing: no move makes it good again.
                for to in [SeekFrom::Start(0), SeekFrom::Current(0), SeekFrom::End(0)] {
                    let error = reader.seek(to).unwrap_err();
                    assert_eq!(source(&error), Some(Error::NotAuthentic), "{kind:?}");
                }
            }
            assert!(reader.finish().is_err());
        }
    }
}

/// Says that it ends earlier than it does, as a file that grows.
struct Grows<R>(R, u64);

impl<R: Read> Read for Grows<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.0.read(out)
    }
}

impl<R: Seek> Seek for Grows<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(if let SeekFrom::End(_) = to { SeekFrom::Start(self.1) } else { to })
    }
}

#[test]
fn a_chunk_that_is_not_the_last_proves_no_length() {
    for kind in UNSIGNED {
        let sealed = kind.sealed(60_000);
        for early in [0, 1, SEALED_CHUNK - 1, SEALED_CHUNK, SEALED_CHUNK + 100, 2 * SEALED_CHUNK + 16] {
            let inner = Grows(Cursor::new(&sealed), (kind.start() + early) as u64);
            let mut reader = kind.opener().open_reader(inner, now()).unwrap();
            for to in [SeekFrom::End(0), SeekFrom::Start(0), SeekFrom::Current(0)] {
                let error = reader.seek(to).unwrap_err();
                assert_eq!(source(&error), Some(Error::NotAuthentic), "{kind:?} {early} {to:?}");
                assert!(reader.read(&mut [0; 9]).is_err(), "{kind:?} {early} {to:?}");
            }
        }
    }
}

/// The end was reached, and then it was moved away from.
#[test]
fn an_end_that_was_reached_does_not_stand_for_what_comes_after_a_seek() {
    for kind in UNSIGNED {
        let sealed = kind.sealed(40_000);
        let (inner, trouble) = Flaky::new(Cursor::new(sealed.as_slice()), 1 << 20);
        let mut reader = kind.opener().open_reader(inner, now()).unwrap();
        assert!(read_by(&mut reader, 999).unwrap() == payload(40_000));
        trouble.set(Some(ErrorKind::TimedOut));
        while reader.seek(SeekFrom::Start(20_000)).is_ok() {}
        let read = reader.read(&mut [0; 9]);
        assert!(read.is_err(), "{kind:?}: {read:?}");
        trouble.set(None);
        assert!(reader.read(&mut [0; 9]).is_err(), "{kind:?}");
        assert!(reader.finish().is_err(), "{kind:?}: finished nobody knows where");
    }
}

#[test]
fn a_seek_that_fails_below_can_be_tried_again() {
    for kind in UNSIGNED {
        let (sealed, message) = (kind.sealed(40_000), payload(40_000));
        for (error, first) in [
            (ErrorKind::WouldBlock, 0),
            (ErrorKind::TimedOut, 100),
            (ErrorKind::TimedOut, CHUNK - kind.head()),
        ] {
            let (inner, trouble) = Flaky::new(Cursor::new(sealed.as_slice()), 1 << 20);
            let mut reader = kind.opener().open_reader(inner, now()).unwrap();
            reader.read_exact(&mut vec![0; first]).unwrap();
            let (mut failed, mut refused, mut at) = (0, 0, first);
            for to in [20_000, 5, 39_999, 16_384, 0] {
                trouble.set(Some(error));
                for _ in 0..4 {
                    if let Err(got) = reader.seek(SeekFrom::Start(to as u64)) {
                        assert_eq!(got.kind(), error);
                        trouble.set(None);
                        // Either the position is lost, or what is read is what stands there.
                        let mut bytes = [0; 9];
                        match reader.read(&mut bytes) {
                            Ok(n) => {
                                assert!(n > 0 && bytes[..n] == message[at..at + n], "{kind:?} {to}: {n}");
                                at += n;
                            }
                            Err(_) => refused += 1,
                        }
                        trouble.set(Some(error));
                        failed += 1;
                    } else {
                        at = to;
                    }
                }
                trouble.set(None);
                assert_eq!(reader.seek(SeekFrom::Start(to as u64)).unwrap(), to as u64);
                let mut bytes = [0; 1];
                reader.read_exact(&mut bytes).unwrap();
                assert_eq!(bytes[0], message[to], "{to}");
                at = to + 1;
            }
            assert!(failed >= 5 && refused >= 4, "{failed}, {refused}");
        }
    }
}
