// SPDX-License-Identifier: MIT OR Apache-2.0
//! Moves bytes between an engine and `std::io`.

use crate::{
    Error,
    primitive::{
        chunked::{CHUNK_LEN, SEALED_CHUNK_LEN},
        engine::{Open, OpenBuffer, Seal, Step},
    },
};
use alloc::vec::Vec;
use core::{fmt, num::NonZeroUsize};
use std::io::{self, Read, Seek, SeekFrom, Write};

/// The two lengths as positions.
const CHUNK: u64 = CHUNK_LEN as u64;
const SEALED_CHUNK: u64 = SEALED_CHUNK_LEN as u64;

/// Reads what is `missing` at the start of a stream, and not a byte more; less, if it ends there. After a
/// failed read it can be called again.
pub(crate) fn read_start(
    start: &mut Vec<u8>,
    reader: &mut impl Read,
    missing: impl Fn(&[u8]) -> Result<Option<NonZeroUsize>, Error>,
) -> io::Result<()> {
    while let Some(missing) = missing(start)? {
        let have = start.len();
        start.resize(have.saturating_add(missing.get()), 0);
        let read = retry(|| reader.read(start.get_mut(have..).unwrap_or_default()));
        start.truncate(have.saturating_add(*read.as_ref().unwrap_or(&0)));
        if read? == 0 {
            break;
        }
    }
    Ok(())
}

/// Seals what is written to it.
pub(crate) struct ChunkWriter<W, E> {
    inner: W,
    /// What stands in front of the chunks and was not written yet.
    start: Vec<u8>,
    pub(crate) engine: E,
}

impl<W, E> ChunkWriter<W, E> {
    pub(crate) const fn new(inner: W, start: Vec<u8>, engine: E) -> Self {
        Self { inner, start, engine }
    }

    #[cfg(feature = "tokio")]
    pub(crate) const fn get_mut(&mut self) -> &mut W {
        &mut self.inner
    }

    pub(crate) fn into_inner(self) -> W {
        self.inner
    }
}

impl<W: Write, E: Seal> ChunkWriter<W, E> {
    /// A failed write of the inner writer can be tried again: what waits is kept.
    pub(crate) fn drain(&mut self) -> io::Result<()> {
        while !self.start.is_empty() {
            let n = write(&mut self.inner, &self.start)?;
            self.start.drain(..n);
        }
        let buffer = self.engine.buffer();
        while !buffer.waiting().is_empty() {
            let n = write(&mut self.inner, buffer.waiting())?;
            buffer.written(n);
        }
        Ok(())
    }

    /// Writes everything, with the end. It can be tried again, and done twice.
    pub(crate) fn complete(&mut self) -> io::Result<()> {
        self.drain()?;
        while !self.engine.finish()? {
            self.drain()?;
        }
        self.drain()
    }
}

fn write(writer: &mut impl Write, bytes: &[u8]) -> io::Result<usize> {
    match retry(|| writer.write(bytes))? {
        0 => Err(io::ErrorKind::WriteZero.into()),
        n => Ok(n.min(bytes.len())),
    }
}

impl<W: Write, E: Seal> Write for ChunkWriter<W, E> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A chunk that became full in an earlier call is written first, so that an error here means
        // that nothing of `bytes` was taken.
        self.drain()?;
        Ok(self.engine.take(bytes)?)
    }

    /// Writes every full chunk. A partial one stays: it can be sealed once only, by `finish`.
    fn flush(&mut self) -> io::Result<()> {
        self.drain()?;
        self.inner.flush()
    }
}

impl<W, E> fmt::Debug for ChunkWriter<W, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChunkWriter(..)")
    }
}

/// Opens what is read from it.
pub(crate) struct ChunkReader<R, E> {
    inner: R,
    pub(crate) engine: E,
    seeking: Seeking,
}

/// What only a reader that seeks needs to know.
#[derive(Default)]
struct Seeking {
    /// Where the chunks begin in the inner reader, once it was asked.
    origin: Option<u64>,
    /// Bytes read of the inner reader, which counts until then.
    read: u64,
    /// Length of the plaintext, once the last chunk has proved it.
    length: Option<u64>,
    /// How far beyond the proven end the position is.
    beyond: u64,
    /// The inner reader failed while it was moved: it stands nobody knows where.
    lost: bool,
}

impl Seeking {
    fn check(&self) -> io::Result<()> {
        if self.lost {
            return Err(io::Error::other("an earlier seek of the inner reader failed"));
        }
        Ok(())
    }
}

impl<R, E> ChunkReader<R, E> {
    pub(crate) fn new(inner: R, engine: E) -> Self {
        Self { inner, engine, seeking: Seeking::default() }
    }

    #[cfg(feature = "tokio")]
    pub(crate) const fn get_mut(&mut self) -> &mut R {
        &mut self.inner
    }
}

impl<R: Read, E: Open> ChunkReader<R, E> {
    /// Reads until there is plaintext, of which `f` takes as much as it says, or the authentic end.
    pub(crate) fn read_with(&mut self, mut f: impl FnMut(&[u8]) -> usize) -> io::Result<usize> {
        // A failure to open outlives every seek, and comes before one to seek.
        if self.engine.buffer().failure().is_none() {
            self.seeking.check()?;
        }
        loop {
            match self.engine.next()? {
                Step::Plaintext(plaintext) => {
                    let n = f(plaintext);
                    self.engine.taken(n);
                    return Ok(n);
                }
                Step::End => return Ok(0),
                Step::Space(space) => {
                    let n = retry(|| self.inner.read(space))?;
                    self.seeking.read = self.seeking.read.saturating_add(n as u64);
                    self.engine.filled(n)?;
                }
            }
        }
    }
}

fn retry(mut call: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

impl<R: Read, E: Open> Read for ChunkReader<R, E> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        self.read_with(|plaintext| {
            let n = plaintext.len().min(out.len());
            for (to, from) in out.iter_mut().zip(plaintext) {
                *to = *from;
            }
            n
        })
    }
}

impl<R: Read + Seek, E: Open> ChunkReader<R, E> {
    /// Where the chunks begin in the inner reader: before the first seek, as far back as was read.
    fn origin(&mut self) -> io::Result<u64> {
        if let Some(origin) = self.seeking.origin {
            return Ok(origin);
        }
        let here = self.inner.stream_position()?;
        let origin = here.checked_sub(self.seeking.read).ok_or(io::ErrorKind::InvalidInput)?;
        Ok(*self.seeking.origin.insert(origin))
    }

    /// The length of the plaintext, proved by opening the last chunk under its number. Moves the reader:
    /// [`go_to`](Self::go_to) must follow.
    pub(crate) fn prove_length(&mut self) -> io::Result<u64> {
        let origin = self.origin()?;
        if let Some(length) = self.seeking.length {
            return Ok(length);
        }
        // Until the next `go_to` has worked, the inner reader does not stand where the engine believes.
        self.seeking.lost = true;
        let sealed = self.inner.seek(SeekFrom::End(0))?.saturating_sub(origin);
        self.load(origin, sealed / SEALED_CHUNK)?;
        let buffer = self.engine.buffer();
        if !buffer.is_last() {
            // A full chunk in the last place, or an input that grows while it is read.
            buffer.fail(Error::NotAuthentic);
            return Err(Error::NotAuthentic.into());
        }
        Ok(*self.seeking.length.insert(buffer.end()))
    }

    /// Continues at `position` of the plaintext, at most its proven length.
    pub(crate) fn go_to(&mut self, position: u64) -> io::Result<()> {
        let origin = self.origin()?;
        self.seeking.lost = true;
        self.load(origin, position / CHUNK)?;
        self.engine.buffer().taken(usize::try_from(position % CHUNK).unwrap_or(CHUNK_LEN));
        self.seeking.lost = false;
        Ok(())
    }

    /// # Errors
    /// After a failure to open, and when `to` is relative to a position that a failed seek has lost.
    pub(crate) fn check_seek(&mut self, to: SeekFrom) -> io::Result<()> {
        if let Some(error) = self.engine.buffer().failure() {
            return Err(error.into());
        }
        if matches!(to, SeekFrom::Current(_)) { self.seeking.check() } else { Ok(()) }
    }

    /// Where the reader stands, whose engine is at `position`; `None` after a failed seek.
    pub(crate) fn position(&self, position: u64) -> Option<u64> {
        (!self.seeking.lost).then(|| position.saturating_add(self.seeking.beyond))
    }

    /// Where to go on, in a stream of `length`, and what to answer then. A position beyond the end is kept,
    /// and the end is gone to.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidInput`] for a target that does not exist, when there is no way back either.
    pub(crate) fn target(
        &mut self,
        to: SeekFrom,
        position: Option<u64>,
        length: u64,
    ) -> io::Result<(u64, io::Result<u64>)> {
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::Current(by) => position.and_then(|position| position.checked_add_signed(by)),
            SeekFrom::End(by) => length.checked_add_signed(by),
        };
        // One before the start changes nothing; but the reader has moved, and goes back.
        let to = target.or(position).ok_or(io::ErrorKind::InvalidInput)?;
        self.seeking.beyond = to.saturating_sub(length);
        Ok((to.min(length), target.ok_or_else(|| io::ErrorKind::InvalidInput.into())))
    }

    /// Opens chunk `index`, past whatever stands around the buffer.
    fn load(&mut self, origin: u64, index: u64) -> io::Result<()> {
        let offset = index.checked_mul(SEALED_CHUNK).and_then(|n| n.checked_add(origin));
        self.inner.seek(SeekFrom::Start(offset.ok_or(Error::TooLarge)?))?;
        let buffer = self.engine.buffer();
        buffer.go_to(index);
        while let Step::Space(space) = buffer.next()? {
            let n = retry(|| self.inner.read(space))?;
            buffer.filled(n)?;
        }
        Ok(())
    }
}

impl<R: Read + Seek> Seek for ChunkReader<R, OpenBuffer> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.check_seek(to)?;
        let position = self.position(self.engine.position());
        let length = self.prove_length()?;
        let (to, result) = self.target(to, position, length)?;
        self.go_to(to)?;
        result
    }
}

impl<R, E> fmt::Debug for ChunkReader<R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChunkReader(..)")
    }
}
