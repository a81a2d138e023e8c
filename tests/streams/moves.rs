// SPDX-License-Identifier: MIT OR Apache-2.0
//! Moves to every edge and to anywhere, and steps that a reader and a `Cursor` over its plaintext make together.

use crate::{CHUNK, Lcg};
use std::io::{Cursor, ErrorKind, Read, Seek, SeekFrom};

/// All the ways to move that a stream of `len` bytes could be asked for.
pub(crate) fn edges(len: usize) -> Vec<SeekFrom> {
    let edges = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, len, len + 1, len + 100_000];
    let signed = |n: usize| i64::try_from(n).expect("small");
    let start = edges.iter().map(|n| SeekFrom::Start(*n as u64));
    let current = edges.iter().flat_map(|n| [SeekFrom::Current(signed(*n)), SeekFrom::Current(-signed(*n))]);
    let end = edges.iter().flat_map(|n| [SeekFrom::End(signed(*n)), SeekFrom::End(-signed(*n))]);
    let extreme = [
        SeekFrom::Start(u64::MAX),
        SeekFrom::Current(i64::MIN),
        SeekFrom::Current(i64::MAX),
        SeekFrom::End(i64::MIN),
        SeekFrom::End(i64::MAX),
    ];
    start.chain(current).chain(end).chain(extreme).collect()
}

/// A little is read, then one move: the same positions and errors as those of a cursor, and the same bytes there.
pub(crate) fn moves_alike<R: Read + Seek>(reader: &mut R, message: &[u8], to: SeekFrom, what: &str) {
    let mut model = Cursor::new(message);
    let (mut a, mut b) = ([0; 5], [0; 5]);
    let n = reader.read(&mut a).expect(what);
    assert_eq!(n, model.read(&mut b).expect(what), "{what}");
    match (reader.seek(to), model.seek(to)) {
        (Ok(got), Ok(expected)) => assert_eq!(got, expected, "{what}"),
        (Err(got), Err(_)) => assert_eq!(got.kind(), ErrorKind::InvalidInput, "{what}"),
        (got, expected) => panic!("{what} gives {got:?}, not {expected:?}"),
    }
    assert_eq!(reader.stream_position().expect(what), model.position(), "{what}");
    let n = reader.read(&mut a).expect(what);
    assert_eq!(model.read(&mut b[..n]).expect(what), n, "{what}");
    assert_eq!(a[..n], b[..n], "{what}");
    assert!(n > 0 || model.position() >= message.len() as u64, "{what}");
}

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
pub(crate) fn step<R: Read + Seek>(reader: &mut R, model: &mut Cursor<&[u8]>, random: &mut Lcg, what: &str) {
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
