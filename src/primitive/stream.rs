// SPDX-License-Identifier: MIT OR Apache-2.0
//! A chunked message as a stream, in the memory of one chunk.
//!
//! [`SealBuffer`] and [`OpenBuffer`] do no I/O: they hold one chunk and say what they wait for.
//! [`ChunkWriter`] and [`ChunkReader`] move bytes between them and `std::io`.

use crate::{
    Error,
    primitive::{
        aead::TAG_LEN,
        chunked::{CHUNK_LEN, Chunks, SEALED_CHUNK_LEN},
    },
};
use alloc::{boxed::Box, vec};
use core::fmt;
use std::io::{self, Read, Seek, SeekFrom, Write};
use zeroize::{Zeroize, Zeroizing};

/// The two lengths as positions.
const CHUNK: u64 = CHUNK_LEN as u64;
const SEALED_CHUNK: u64 = SEALED_CHUNK_LEN as u64;

/// The memory of one chunk and its tag, on the heap, erased when dropped.
type Buffer = Zeroizing<Box<[u8]>>;

fn buffer() -> Buffer {
    Zeroizing::new(vec![0; SEALED_CHUNK_LEN].into_boxed_slice())
}

/// Collects plaintext and hands out sealed chunks.
pub(crate) struct SealBuffer {
    chunks: Chunks,
    buffer: Buffer,
    /// Plaintext collected, while no sealed chunk waits.
    filled: usize,
    /// The sealed chunk that waits to be written.
    waiting: core::ops::Range<usize>,
}

impl SealBuffer {
    pub(crate) fn new(chunks: Chunks) -> Self {
        Self { chunks, buffer: buffer(), filled: 0, waiting: 0..0 }
    }

    /// Sealed bytes that must be written before more plaintext is taken.
    pub(crate) fn waiting(&self) -> &[u8] {
        self.buffer.get(self.waiting.clone()).unwrap_or_default()
    }

    /// `n` of the waiting bytes are written.
    pub(crate) fn written(&mut self, n: usize) {
        self.waiting.start = self.waiting.start.saturating_add(n).min(self.waiting.end);
    }

    /// Takes as much plaintext as fits, 0 while sealed bytes wait.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        if !self.waiting.is_empty() {
            return Ok(0);
        }
        let room = self.buffer.get_mut(self.filled..CHUNK_LEN).unwrap_or_default();
        let n = room.len().min(bytes.len());
        for (to, from) in room.iter_mut().zip(bytes) {
            *to = *from;
        }
        self.filled = self.filled.saturating_add(n);
        if self.filled == CHUNK_LEN {
            self.seal()?;
        }
        Ok(n)
    }

    /// Seals what is there as the last chunk.
    pub(crate) fn finish(&mut self) -> Result<(), Error> {
        self.seal()
    }

    fn seal(&mut self) -> Result<(), Error> {
        let end = self.filled.saturating_add(TAG_LEN);
        let sealed = self.buffer.get_mut(..end).unwrap_or_default();
        let (chunk, tag) = sealed.split_last_chunk_mut::<TAG_LEN>().ok_or(Error::Exhausted)?;
        *tag = self.chunks.seal_next(chunk)?;
        self.waiting = 0..end;
        self.filled = 0;
        Ok(())
    }
}

/// Collects sealed bytes and hands out authentic plaintext.
pub(crate) struct OpenBuffer {
    chunks: Chunks,
    buffer: Buffer,
    /// Sealed bytes collected, while no plaintext is there.
    filled: usize,
    plaintext: core::ops::Range<usize>,
    /// The number of the chunk that is in the buffer, or comes into it.
    loaded: u64,
    state: Opening,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Opening {
    More,
    /// The last chunk is authentic.
    Last,
    /// A chunk was not. For good: it keeps failing.
    Failed,
}

impl OpenBuffer {
    pub(crate) fn new(chunks: Chunks) -> Self {
        let loaded = chunks.next_index();
        Self { chunks, buffer: buffer(), filled: 0, plaintext: 0..0, loaded, state: Opening::More }
    }

    /// Authentic plaintext that was not taken yet.
    pub(crate) fn plaintext(&self) -> &[u8] {
        self.buffer.get(self.plaintext.clone()).unwrap_or_default()
    }

    /// `n` bytes of the plaintext are taken.
    pub(crate) fn taken(&mut self, n: usize) {
        self.plaintext.start = self.plaintext.start.saturating_add(n).min(self.plaintext.end);
    }

    /// Where sealed bytes go when there is no plaintext; `None` at the authentic end.
    pub(crate) fn space(&mut self) -> Result<Option<&mut [u8]>, Error> {
        match self.state {
            Opening::Failed => Err(Error::NotAuthentic),
            Opening::Last => Ok(None),
            Opening::More => Ok(self.buffer.get_mut(self.filled..)),
        }
    }

    /// `n` bytes were put into the space; 0 means that the input has ended.
    pub(crate) fn filled(&mut self, n: usize) -> Result<(), Error> {
        self.filled = self.filled.saturating_add(n).min(SEALED_CHUNK_LEN);
        let ended = n == 0;
        if !ended && self.filled < SEALED_CHUNK_LEN {
            return Ok(());
        }
        let sealed = self.buffer.get_mut(..self.filled).unwrap_or_default();
        self.loaded = self.chunks.next_index();
        match self.chunks.open_next(sealed) {
            Ok(len) => {
                self.plaintext = 0..len;
                self.filled = 0;
                self.state = if ended { Opening::Last } else { Opening::More };
                Ok(())
            }
            Err(error) => {
                self.fail();
                Err(error)
            }
        }
    }

    fn fail(&mut self) {
        self.state = Opening::Failed;
        self.plaintext = 0..0;
        self.buffer.zeroize();
    }

    /// Forgets the chunk that is there and continues with chunk `index`.
    fn go_to(&mut self, index: u64) {
        self.chunks.go_to(index);
        self.loaded = index;
        self.filled = 0;
        self.plaintext = 0..0;
        self.state = Opening::More;
    }

    /// Position of the next byte of plaintext.
    fn position(&self) -> u64 {
        self.loaded.saturating_mul(CHUNK).saturating_add(self.plaintext.start as u64)
    }
}

/// Seals what is written to it.
pub(crate) struct ChunkWriter<W> {
    inner: W,
    engine: SealBuffer,
}

impl<W: Write> ChunkWriter<W> {
    pub(crate) fn new(inner: W, chunks: Chunks) -> Self {
        Self { inner, engine: SealBuffer::new(chunks) }
    }

    /// A failed write of the inner writer can be tried again: what waits is kept.
    fn drain(&mut self) -> io::Result<()> {
        while !self.engine.waiting().is_empty() {
            match self.inner.write(self.engine.waiting()) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(n) => self.engine.written(n),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    pub(crate) fn finish(mut self) -> io::Result<W> {
        self.drain()?;
        self.engine.finish()?;
        self.drain()?;
        self.inner.flush()?;
        Ok(self.inner)
    }
}

impl<W: Write> Write for ChunkWriter<W> {
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

impl<W> fmt::Debug for ChunkWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkWriter").field("next", &self.engine.chunks).finish_non_exhaustive()
    }
}

/// Opens what is read from it.
pub(crate) struct ChunkReader<R> {
    inner: R,
    engine: OpenBuffer,
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
    /// The position asked for is at or beyond the proven end.
    beyond: Option<u64>,
    /// The inner reader failed while it was moved: it stands nobody knows where.
    lost: bool,
}

impl<R: Read> ChunkReader<R> {
    pub(crate) fn new(inner: R, chunks: Chunks) -> Self {
        Self { inner, engine: OpenBuffer::new(chunks), seeking: Seeking::default() }
    }

    /// Reads until there is plaintext or the authentic end.
    fn fill(&mut self) -> io::Result<()> {
        while self.engine.plaintext().is_empty() {
            let Some(space) = self.engine.space()? else { return Ok(()) };
            match self.inner.read(space) {
                Ok(n) => {
                    self.seeking.read = self.seeking.read.saturating_add(n as u64);
                    self.engine.filled(n)?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl<R: Read> Read for ChunkReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        // A failure outlives every seek: it comes before the end that an earlier seek had proved.
        if self.engine.state == Opening::Failed {
            return Err(Error::NotAuthentic.into());
        }
        if self.seeking.lost {
            return Err(io::Error::other("an earlier seek of the inner reader failed"));
        }
        if self.seeking.beyond.is_some() {
            return Ok(0);
        }
        self.fill()?;
        let plaintext = self.engine.plaintext();
        let n = plaintext.len().min(out.len());
        for (to, from) in out.iter_mut().zip(plaintext) {
            *to = *from;
        }
        self.engine.taken(n);
        Ok(n)
    }
}

impl<R: Read + Seek> ChunkReader<R> {
    /// Where the chunks begin in the inner reader: before the first seek, as far back as was read.
    fn origin(&mut self) -> io::Result<u64> {
        if let Some(origin) = self.seeking.origin {
            return Ok(origin);
        }
        let here = self.inner.stream_position()?;
        let origin = here.checked_sub(self.seeking.read).ok_or(io::ErrorKind::InvalidInput)?;
        Ok(*self.seeking.origin.insert(origin))
    }

    /// The length of the plaintext, proved by opening the last chunk under its number.
    fn length(&mut self, origin: u64) -> io::Result<u64> {
        if let Some(length) = self.seeking.length {
            return Ok(length);
        }
        let sealed = self.inner.seek(SeekFrom::End(0))?.saturating_sub(origin);
        let last = sealed / SEALED_CHUNK;
        self.load(origin, last)?;
        if self.engine.state != Opening::Last {
            // A full chunk in the last place, or an input that grows while it is read.
            self.engine.fail();
            return Err(Error::NotAuthentic.into());
        }
        let in_last = self.engine.plaintext.end as u64;
        let length = last.saturating_mul(CHUNK).saturating_add(in_last);
        self.seeking.length = Some(length);
        Ok(length)
    }

    /// Opens chunk `index`.
    fn load(&mut self, origin: u64, index: u64) -> io::Result<()> {
        let offset = index.checked_mul(SEALED_CHUNK).and_then(|n| n.checked_add(origin));
        self.inner.seek(SeekFrom::Start(offset.ok_or(Error::TooLarge)?))?;
        self.engine.go_to(index);
        self.fill()
    }
}

impl<R: Read + Seek> Seek for ChunkReader<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        if self.engine.state == Opening::Failed {
            return Err(Error::NotAuthentic.into());
        }
        if self.seeking.lost && matches!(to, SeekFrom::Current(_)) {
            return Err(io::Error::other("an earlier seek of the inner reader failed"));
        }
        let position = self.seeking.beyond.unwrap_or_else(|| self.engine.position());
        let position = (!self.seeking.lost).then_some(position);
        let origin = self.origin()?;
        // Until all of it has worked, the inner reader does not stand where the engine believes.
        self.seeking.lost = true;
        let length = self.length(origin)?;
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::Current(by) => position.and_then(|position| position.checked_add_signed(by)),
            SeekFrom::End(by) => length.checked_add_signed(by),
        };
        // A position before the start changes nothing, but the reader has moved: go back, or stay lost.
        let to = target.or(position).ok_or(io::ErrorKind::InvalidInput)?;
        if to >= length {
            self.seeking.beyond = Some(to);
        } else {
            self.load(origin, to / CHUNK)?;
            self.engine.taken(usize::try_from(to % CHUNK).unwrap_or(CHUNK_LEN));
            self.seeking.beyond = None;
        }
        self.seeking.lost = false;
        target.ok_or_else(|| io::ErrorKind::InvalidInput.into())
    }
}

impl<R> fmt::Debug for ChunkReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkReader").field("next", &self.engine.chunks).finish_non_exhaustive()
    }
}
