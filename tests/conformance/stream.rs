// SPDX-License-Identifier: MIT OR Apache-2.0
//! C2SP chunked encryption through `hazmat::chunked_reader`: odd sizes, prefixes, seeking.

use crate::{
    case::Case,
    chunked::{CHUNK, Message, is_stated},
    report::{ensure, said},
};
use chancery::{Error, hazmat::chunked_reader};
use std::io::{self, Cursor, ErrorKind, Read, Seek, SeekFrom};

/// Sizes of reads, in turn.
const SIZES: [&[usize]; 5] = [&[1, 2, 3, 5, 7, 11], &[16_383], &[16_385], &[977, 1, 40_000], &[1 << 20]];

/// A source that gives less than it is asked for, and sometimes nothing for now.
struct Trickle<'a> {
    inner: Cursor<&'a [u8]>,
    most: usize,
    calls: usize,
}

impl Read for Trickle<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.calls += 1;
        if self.calls.is_multiple_of(5) {
            return Err(ErrorKind::Interrupted.into());
        }
        let most = out.len().min(self.most);
        self.inner.read(&mut out[..most])
    }
}

impl Seek for Trickle<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

fn open(message: &Message) -> io::Result<impl Read + Seek + use<'_>> {
    let inner = Trickle { inner: Cursor::new(&message.sealed), most: 6151, calls: 0 };
    chunked_reader(message.aead, &message.key, &message.context, inner)
}

/// What can be read until the end or the first error.
fn read_all(reader: &mut impl Read, sizes: &[usize]) -> (Vec<u8>, io::Result<()>) {
    let mut all = Vec::new();
    let mut buffer = vec![0; sizes.iter().copied().max().unwrap_or_default()];
    for size in sizes.iter().cycle() {
        match reader.read(&mut buffer[..*size]) {
            Ok(0) => break,
            Ok(n) => all.extend_from_slice(&buffer[..n]),
            Err(error) => return (all, Err(error)),
        }
    }
    (all, Ok(()))
}

fn is_not_authentic<T>(result: &io::Result<T>) -> bool {
    let source = result.as_ref().err().and_then(io::Error::get_ref);
    source.and_then(|source| source.downcast_ref()) == Some(&Error::NotAuthentic)
}

pub(crate) fn check(message: &Message, case: Case<'_>) -> Result<(), String> {
    if case.flag("HeaderFailure") {
        return ensure(open(message).is_err(), "the header was not refused");
    }
    if case.valid() {
        let (plaintext, end) = read_all(&mut open(message).map_err(said("open"))?, &[CHUNK]);
        end.map_err(said("read"))?;
        ensure(is_stated(&plaintext, case), "read something else")?;
        // The sizes are tried on the short messages; the two long ones are about the counter.
        let sizes = if plaintext.len() < 1 << 20 { &SIZES[..] } else { &SIZES[3..] };
        for sizes in sizes {
            opens(message, &plaintext, sizes)?;
        }
        return seeks(message, &plaintext);
    }
    for sizes in SIZES {
        fails_after_the_prefix(&mut open(message).map_err(said("open"))?, case, sizes)?;
    }
    proves_the_length_only_by_the_last_chunk(message, case)
}

/// Reading gives `plaintext`, then the end, then the end again.
pub(crate) fn opens(message: &Message, plaintext: &[u8], sizes: &[usize]) -> Result<(), String> {
    let mut reader = open(message).map_err(said("open"))?;
    let (read, end) = read_all(&mut reader, sizes);
    end.map_err(said("read"))?;
    ensure(read == plaintext, "the stream gave something else")?;
    ensure(matches!(reader.read(&mut [0; 9]), Ok(0)), "something came after the end")
}

/// `PartialPlaintext`: the stated prefix and not a byte more; other invalid cases: nothing at all.
fn fails_after_the_prefix(
    reader: &mut (impl Read + Seek),
    case: Case<'_>,
    sizes: &[usize],
) -> Result<(), String> {
    ensure(case.has("msgLength") == case.flag("PartialPlaintext"), "the flag does not go with the value")?;
    let (read, end) = read_all(reader, sizes);
    ensure(is_stated(&read, case), "the stream did not give exactly the valid prefix")?;
    ensure(is_not_authentic(&end), "the stream did not fail")?;
    for _ in 0..3 {
        ensure(is_not_authentic(&reader.read(&mut [0; 100])), "the stream did not go on failing")?;
    }
    for to in [SeekFrom::Start(0), SeekFrom::Current(0), SeekFrom::End(0)] {
        ensure(is_not_authentic(&reader.seek(to)), "a stream that failed can be moved")?;
    }
    ensure(is_not_authentic(&reader.read(&mut [0])), "the stream did not go on failing after a seek")
}

/// `ValidFinalChunk`: the length can be had, and yet the message does not read.
fn proves_the_length_only_by_the_last_chunk(message: &Message, case: Case<'_>) -> Result<(), String> {
    let mut reader = open(message).map_err(said("open"))?;
    let end = reader.seek(SeekFrom::End(0));
    if !case.flag("ValidFinalChunk") {
        ensure(is_not_authentic(&end), "a length was proved by a last chunk that is not valid")?;
        return stays_failed(&mut reader);
    }
    end.map_err(said("seek to the end"))?;
    ensure(matches!(reader.read(&mut [0; 9]), Ok(0)), "something came after the end")?;
    if let Ok(position) = reader.seek(SeekFrom::Start(0)) {
        ensure(position == 0, "another position")?;
        return fails_after_the_prefix(&mut reader, case, &[4093]);
    }
    ensure(!case.flag("PartialPlaintext"), "the valid prefix cannot be had")?;
    stays_failed(&mut reader)
}

/// After a seek that was refused: no byte can be read and no position had.
fn stays_failed(reader: &mut (impl Read + Seek)) -> Result<(), String> {
    for to in [SeekFrom::Start(0), SeekFrom::Current(0), SeekFrom::End(0)] {
        let read = reader.read(&mut [0; 100]);
        ensure(read.is_err(), "a read after a refused seek does not fail")?;
        ensure(is_not_authentic(&read), "a read after a refused seek fails, but not as not authentic")?;
        ensure(is_not_authentic(&reader.seek(to)), "the stream seeks after a refused seek")?;
    }
    Ok(())
}

/// Numbers that look random and are the same each time (the generator of Knuth's MMIX).
struct Steps(u64);

impl Steps {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % limit
    }
}

/// A walk over the message, next to a slice of it: positions, bytes and refusals are the same.
fn seeks(message: &Message, plaintext: &[u8]) -> Result<(), String> {
    let mut reader = open(message).map_err(said("open"))?;
    let (mut steps, mut at) = (Steps(1), 0);
    for _ in 0..60 {
        // One time in a few beyond the end.
        let target = steps.below(plaintext.len() + CHUNK / 2);
        let offset = |from: usize| target.cast_signed() as i64 - from.cast_signed() as i64;
        let to = match steps.below(3) {
            0 => SeekFrom::Start(target as u64),
            1 => SeekFrom::Current(offset(at)),
            _ => SeekFrom::End(offset(plaintext.len())),
        };
        let position = reader.seek(to).map_err(said("seek"))?;
        ensure(position == target as u64, "a seek went elsewhere")?;
        at = target;
        if steps.below(4) == 0 {
            let before = SeekFrom::Current(-1 - at.cast_signed() as i64);
            ensure(reader.seek(before).is_err(), "a seek went before the start")?;
            ensure(matches!(reader.stream_position(), Ok(p) if p == at as u64), "a refused seek moved")?;
        }
        let wanted = steps.below(3 * CHUNK);
        let stated = plaintext.get(at..).unwrap_or_default();
        let stated = &stated[..wanted.min(stated.len())];
        let mut read = Vec::new();
        (&mut reader).take(wanted as u64).read_to_end(&mut read).map_err(said("read"))?;
        ensure(read == stated, "the bytes at a position are others")?;
        at += stated.len();
    }
    Ok(())
}
