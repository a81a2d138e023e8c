// SPDX-License-Identifier: MIT OR Apache-2.0
//! Seeking: the length is proved before it is used, and what was cut or changed never looks like an end.

use crate::{
    CHUNK, LENGTHS, SEALED_CHUNK, START, aes, context,
    flaky::Flaky,
    moves::{edges, moves_alike},
    plaintext, sealed, source,
};
use chancery::{Error, aead::OpenReader};
use std::io::{Cursor, ErrorKind, Read, Seek, SeekFrom};

fn reader(sealed: &[u8]) -> OpenReader<Cursor<&[u8]>> {
    aes().open_reader(&context(), Cursor::new(sealed)).unwrap()
}

#[test]
fn positions_are_those_of_a_cursor_over_the_plaintext() {
    for len in LENGTHS {
        let (sealed, message) = (sealed(len), plaintext(len));
        for to in edges(len) {
            moves_alike(&mut reader(&sealed), &message, to, &format!("{len} {to:?}"));
        }
    }
}

#[test]
fn past_the_end_there_is_nothing_and_the_position_is_kept() {
    for len in LENGTHS {
        let sealed = sealed(len);
        let mut reader = reader(&sealed);
        for beyond in [0, 1, 100, u64::from(u32::MAX)] {
            let to = len as u64 + beyond;
            assert_eq!(reader.seek(SeekFrom::Start(to)).unwrap(), to);
            for _ in 0..2 {
                assert_eq!(reader.read(&mut [0; 10]).unwrap(), 0);
                assert_eq!(reader.stream_position().unwrap(), to);
            }
        }
        reader.rewind().unwrap();
        let mut all = Vec::new();
        reader.read_to_end(&mut all).unwrap();
        assert_eq!(all, plaintext(len));
        assert_eq!(reader.stream_position().unwrap(), len as u64);
    }
}

/// Every error, and none of them an end: a move, a read, a move back, a read.
fn never_an_end(sealed: &[u8], what: &str) {
    for to in [
        SeekFrom::End(0),
        SeekFrom::Start(0),
        SeekFrom::Current(0),
        SeekFrom::End(-1),
        SeekFrom::Start(u64::MAX),
    ] {
        let Ok(mut reader) = aes().open_reader(&context(), Cursor::new(sealed)) else { continue };
        for to in [to, SeekFrom::Start(0), SeekFrom::End(0)] {
            assert!(reader.seek(to).is_err(), "{what}: {to:?}");
            assert!(reader.read(&mut [0; 10]).is_err(), "{what}: {to:?}");
            assert!(reader.stream_position().is_err(), "{what}: {to:?}");
        }
    }
}

#[test]
fn pitfall_08_a_stream_that_is_cut_anywhere_never_reports_an_end() {
    for len in [0, 1, 60] {
        let sealed = sealed(len);
        for cut in 0..sealed.len() {
            never_an_end(&sealed[..cut], &format!("{len} cut at {cut}"));
        }
    }
    for len in [CHUNK, 2 * CHUNK, 40_000] {
        let sealed = sealed(len);
        let chunks = (START..=sealed.len()).step_by(SEALED_CHUNK).chain([sealed.len()]);
        let around =
            chunks.flat_map(|at| [at - 17, at - 16, at - 15, at - 1, at, at + 1, at + 15, at + 16, at + 17]);
        for cut in around.filter(|cut| *cut < sealed.len()) {
            never_an_end(&sealed[..cut], &format!("{len} cut at {cut}"));
        }
    }
}

#[test]
fn a_stream_that_is_longer_never_reports_an_end() {
    for len in LENGTHS {
        let sealed = sealed(len);
        for more in [1, 15, 16, 17, SEALED_CHUNK - 1, SEALED_CHUNK, SEALED_CHUNK + 1] {
            let mut longer = sealed.clone();
            longer.resize(sealed.len() + more, 0);
            never_an_end(&longer, &format!("{len} and {more} bytes"));
        }
        let twice = [sealed.as_slice(), &sealed[START..]].concat();
        never_an_end(&twice, &format!("{len} twice"));
    }
}

#[test]
fn a_stream_may_begin_anywhere_in_its_file() {
    for len in LENGTHS {
        let message = plaintext(len);
        for before in [1, 13, SEALED_CHUNK, 100_000] {
            let file = [vec![9; before], sealed(len)].concat();
            let mut inner = Cursor::new(file.as_slice());
            inner.set_position(before as u64);
            let mut reader = aes().open_reader(&context(), inner).unwrap();
            let half = len as u64 / 2;
            // Read a little first: where the stream begins is found out later.
            let n = reader.read(&mut [0; 7]).unwrap();
            assert_eq!(reader.stream_position().unwrap(), n as u64, "{len} at {before}");
            assert_eq!(reader.seek(SeekFrom::End(0)).unwrap(), len as u64, "{len} at {before}");
            assert_eq!(reader.seek(SeekFrom::Start(half)).unwrap(), half);
            let mut rest = Vec::new();
            reader.read_to_end(&mut rest).unwrap();
            assert_eq!(rest, message[len / 2..], "{len} at {before}");
        }
    }
}

#[test]
fn a_changed_chunk_stops_the_reader_and_only_there() {
    let (mut sealed, message) = (sealed(40_000), plaintext(40_000));
    sealed[START + SEALED_CHUNK + 100] ^= 1; // in the second of three
    let mut reader = reader(&sealed);
    let mut first = vec![0; CHUNK];
    reader.read_exact(&mut first).unwrap();
    assert_eq!(first, message[..CHUNK]);
    assert_eq!(reader.seek(SeekFrom::End(-1)).unwrap(), 39_999);
    assert_eq!(reader.read(&mut [0; 9]).unwrap(), 1);
    reader.seek(SeekFrom::Start(CHUNK as u64 - 1)).unwrap();
    assert_eq!(reader.read(&mut [0; 9]).unwrap(), 1);
    for _ in 0..3 {
        let error = reader.read(&mut [0; 9]).unwrap_err();
        assert_eq!(source(&error), Some(Error::NotAuthentic));
        // It keeps failing: no move makes it good again.
        for to in [SeekFrom::Start(0), SeekFrom::Current(0), SeekFrom::End(0)] {
            assert_eq!(source(&reader.seek(to).unwrap_err()), Some(Error::NotAuthentic));
        }
    }
}

#[test]
fn a_seek_into_a_changed_chunk_is_no_end_of_the_stream() {
    let mut sealed = sealed(40_000);
    sealed[START] ^= 1; // in the first of three
    for to in [SeekFrom::Start(0), SeekFrom::End(-40_000)] {
        let mut reader = reader(&sealed);
        reader.seek(SeekFrom::End(0)).unwrap();
        assert_eq!(source(&reader.seek(to).unwrap_err()), Some(Error::NotAuthentic));
        for _ in 0..3 {
            let read = reader.read(&mut [0; 9]);
            assert!(read.is_err(), "after a refusal `read` reports {read:?}");
        }
    }
}

#[test]
fn a_seek_that_fails_below_is_no_end_of_the_stream() {
    let sealed = sealed(40_000);
    let (inner, trouble) = Flaky::new(Cursor::new(sealed.as_slice()), 1 << 20);
    let mut reader = aes().open_reader(&context(), inner).unwrap();
    reader.seek(SeekFrom::End(0)).unwrap();
    trouble.set(Some(ErrorKind::TimedOut));
    while reader.seek(SeekFrom::Start(0)).is_ok() {
        reader.seek(SeekFrom::End(0)).unwrap_err();
    }
    trouble.set(None);
    let read = reader.read(&mut [0; 9]);
    assert!(read.is_err(), "after a failure `read` reports {read:?}");
    reader.rewind().unwrap();
    reader.read_exact(&mut [0; 9]).unwrap();
}

#[test]
fn a_position_that_was_lost_is_not_found_by_a_refused_seek() {
    let sealed = sealed(40_000);
    let (inner, trouble) = Flaky::new(Cursor::new(sealed.as_slice()), 1 << 20);
    let mut reader = aes().open_reader(&context(), inner).unwrap();
    reader.read_exact(&mut [0; 100]).unwrap();
    reader.stream_position().unwrap(); // Where the stream begins is known: what fails from here on is a move.
    trouble.set(Some(ErrorKind::TimedOut));
    while reader.seek(SeekFrom::Start(20_000)).is_ok() {}
    trouble.set(None);
    for before in [-40_001, i64::MIN] {
        assert_eq!(reader.seek(SeekFrom::End(before)).unwrap_err().kind(), ErrorKind::InvalidInput);
        let read = reader.read(&mut [0; 9]);
        assert!(read.is_err(), "bytes of nobody knows where: {read:?}");
    }
    assert_eq!(reader.seek(SeekFrom::End(-39_900)).unwrap(), 100);
    reader.read_exact(&mut [0; 9]).unwrap();
}

#[test]
fn a_seek_that_fails_below_can_be_tried_again() {
    let (sealed, message) = (sealed(40_000), plaintext(40_000));
    for kind in [ErrorKind::WouldBlock, ErrorKind::TimedOut] {
        let (inner, trouble) = Flaky::new(Cursor::new(sealed.as_slice()), 1 << 20);
        let mut reader = aes().open_reader(&context(), inner).unwrap();
        reader.read_exact(&mut [0; 100]).unwrap();
        reader.stream_position().unwrap();
        let mut failed = 0;
        for to in [20_000_u64, 5, 39_999, 16_384, 0] {
            trouble.set(Some(kind));
            // Wherever it fails, neither a byte of elsewhere is read nor an end reported.
            for _ in 0..4 {
                if let Err(error) = reader.seek(SeekFrom::Start(to)) {
                    assert_eq!(error.kind(), kind);
                    trouble.set(None);
                    let read = reader.read(&mut [0; 9]);
                    assert!(read.is_err(), "{to}: {read:?}");
                    trouble.set(Some(kind));
                    failed += 1;
                }
            }
            trouble.set(None);
            assert_eq!(reader.seek(SeekFrom::Start(to)).unwrap(), to);
            let mut bytes = [0; 1];
            reader.read_exact(&mut bytes).unwrap();
            assert_eq!(bytes[0], message[usize::try_from(to).unwrap()], "{to}");
        }
        assert!(failed >= 5, "{failed}");
    }
}
