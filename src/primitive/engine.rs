// SPDX-License-Identifier: MIT OR Apache-2.0
//! Streams without I/O: engines that hold a chunk, or a batch of them, and say what they wait for.
//!
//! [`Seal`] takes plaintext and hands out sealed bytes, [`Open`] takes sealed bytes and hands out
//! authentic plaintext. What moves the bytes, blocking or not, is above and knows nothing of chunks.

use crate::{
    Error,
    primitive::{
        aead::TAG_LEN,
        chunked::{CHUNK_LEN, Chunks, SEALED_CHUNK_LEN},
    },
};
use alloc::{boxed::Box, vec};
use core::ops::Range;
use zeroize::{Zeroize, Zeroizing};

/// Chunks that are sealed or opened together by a stream on many cores: a mebibyte of plaintext.
#[cfg(feature = "parallel")]
const BATCH: usize = 64;

/// Takes plaintext, hands out sealed bytes.
pub(crate) trait Seal {
    /// Takes as much plaintext as fits, 0 while sealed bytes wait.
    fn take(&mut self, bytes: &[u8]) -> Result<usize, Error>;

    /// Seals what is there as the end. `false` while there is more to seal: write what waits and call
    /// it again. After `true` only the waiting bytes are left.
    fn finish(&mut self) -> Result<bool, Error>;

    /// The buffer, which the sealed bytes wait in.
    fn buffer(&mut self) -> &mut SealBuffer;
}

/// Takes sealed bytes, hands out authentic plaintext.
pub(crate) trait Open {
    /// What comes next. A failure is for good.
    fn next(&mut self) -> Result<Step<'_>, Error>;

    /// `n` bytes of the plaintext are taken.
    fn taken(&mut self, n: usize);

    /// `n` bytes were put into the space; 0 means that the input has ended.
    fn filled(&mut self, n: usize) -> Result<(), Error>;

    /// The buffer, which the sealed bytes come into.
    fn buffer(&mut self) -> &mut OpenBuffer;
}

/// What comes next of a stream that is opened.
pub(crate) enum Step<'a> {
    /// Authentic plaintext that was not taken yet, not empty.
    Plaintext(&'a [u8]),
    /// Sealed bytes are needed here.
    Space(&'a mut [u8]),
    /// The authentic end.
    End,
}

/// The memory of some chunks and their tags, on the heap, erased when dropped.
type Buffer = Zeroizing<Box<[u8]>>;

fn buffer(chunks: usize) -> Buffer {
    Zeroizing::new(vec![0; SEALED_CHUNK_LEN.saturating_mul(chunks)].into_boxed_slice())
}

/// The same bytes in a larger buffer.
#[cfg(feature = "parallel")]
fn grow(old: &mut Buffer) {
    let mut new = buffer(BATCH);
    for (to, from) in new.iter_mut().zip(old.iter()) {
        *to = *from;
    }
    *old = new;
}

/// Where plaintext that begins at `position` stands in a buffer of slots: the rest of its slot.
fn slot(position: usize) -> Range<usize> {
    let start = (position / CHUNK_LEN).saturating_mul(SEALED_CHUNK_LEN);
    start.saturating_add(position % CHUNK_LEN)..start.saturating_add(CHUNK_LEN)
}

/// Collects plaintext and hands out sealed chunks.
pub(crate) struct SealBuffer {
    chunks: Chunks,
    buffer: Buffer,
    /// Plaintext collected, while no sealed chunk waits.
    filled: usize,
    /// The sealed bytes that wait to be written.
    waiting: Range<usize>,
    finished: bool,
}

impl SealBuffer {
    pub(crate) fn new(chunks: Chunks) -> Self {
        Self { chunks, buffer: buffer(1), filled: 0, waiting: 0..0, finished: false }
    }

    /// Seals a batch of chunks at a time, on all cores.
    #[cfg(feature = "parallel")]
    pub(crate) fn on_all_cores(&mut self) {
        grow(&mut self.buffer);
    }

    /// Sealed bytes that must be written before more plaintext is taken.
    pub(crate) fn waiting(&self) -> &[u8] {
        self.buffer.get(self.waiting.clone()).unwrap_or_default()
    }

    /// `n` of the waiting bytes are written.
    pub(crate) fn written(&mut self, n: usize) {
        self.waiting.start = self.waiting.start.saturating_add(n).min(self.waiting.end);
    }

    fn seal(&mut self, end: usize) -> Result<(), Error> {
        self.chunks.seal_next(self.buffer.get_mut(..end).unwrap_or_default())?;
        self.waiting = 0..end;
        self.filled = 0;
        Ok(())
    }
}

impl Seal for SealBuffer {
    fn take(&mut self, mut bytes: &[u8]) -> Result<usize, Error> {
        if self.finished {
            return Err(Error::Exhausted);
        }
        let mut taken = 0_usize;
        while !bytes.is_empty() && self.waiting.is_empty() {
            let room = self.buffer.get_mut(slot(self.filled)).unwrap_or_default();
            let n = room.len().min(bytes.len());
            let (now, later) = bytes.split_at_checked(n).unwrap_or((bytes, &[]));
            for (to, from) in room.iter_mut().zip(now) {
                *to = *from;
            }
            bytes = later;
            taken = taken.saturating_add(n);
            self.filled = self.filled.saturating_add(n);
            if slot(self.filled).end > self.buffer.len() {
                self.seal(self.buffer.len())?;
            }
        }
        Ok(taken)
    }

    fn finish(&mut self) -> Result<bool, Error> {
        if !self.finished {
            if !self.waiting.is_empty() {
                return Ok(false);
            }
            self.seal(slot(self.filled).start.saturating_add(TAG_LEN))?;
            self.finished = true;
        }
        Ok(true)
    }

    fn buffer(&mut self) -> &mut SealBuffer {
        self
    }
}

/// Collects sealed bytes and hands out authentic plaintext.
pub(crate) struct OpenBuffer {
    chunks: Chunks,
    buffer: Buffer,
    /// Sealed bytes collected, while no plaintext is there.
    filled: usize,
    /// Positions from the first chunk in the buffer on.
    plaintext: Range<usize>,
    /// The number of the first chunk that is in the buffer, or comes into it.
    loaded: u64,
    state: Opening,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Opening {
    More,
    /// The last chunk is authentic.
    Last,
    /// It failed, for good: it keeps failing like this.
    Failed(Error),
}

impl OpenBuffer {
    pub(crate) fn new(chunks: Chunks) -> Self {
        let loaded = chunks.next_index();
        Self { chunks, buffer: buffer(1), filled: 0, plaintext: 0..0, loaded, state: Opening::More }
    }

    /// Opens a batch of chunks at a time, on all cores.
    #[cfg(feature = "parallel")]
    pub(crate) fn on_all_cores(&mut self) {
        grow(&mut self.buffer);
    }

    /// How it failed.
    pub(crate) const fn failure(&self) -> Option<Error> {
        if let Opening::Failed(error) = self.state { Some(error) } else { None }
    }

    /// Whether the last chunk was opened: nothing comes after the plaintext that is here.
    pub(crate) fn is_last(&self) -> bool {
        self.state == Opening::Last
    }

    /// Authentic plaintext that was not taken yet, up to the end of its chunk.
    pub(crate) fn plaintext(&self) -> &[u8] {
        let in_slot = slot(self.plaintext.start);
        let left = self.plaintext.end.saturating_sub(self.plaintext.start).min(in_slot.len());
        self.buffer.get(in_slot).and_then(|rest| rest.get(..left)).unwrap_or_default()
    }

    /// Erases what is there and goes on failing.
    pub(crate) fn fail(&mut self, error: Error) {
        self.state = Opening::Failed(error);
        self.plaintext = 0..0;
        self.buffer.zeroize();
    }

    /// Forgets the chunks that are there and continues with chunk `index`.
    pub(crate) fn go_to(&mut self, index: u64) {
        self.chunks.go_to(index);
        self.loaded = index;
        self.filled = 0;
        self.plaintext = 0..0;
        self.state = Opening::More;
    }

    /// Position of the next byte of plaintext.
    pub(crate) fn position(&self) -> u64 {
        self.loaded.saturating_mul(CHUNK_LEN as u64).saturating_add(self.plaintext.start as u64)
    }

    /// Position behind the last byte of plaintext that is here.
    pub(crate) fn end(&self) -> u64 {
        self.loaded.saturating_mul(CHUNK_LEN as u64).saturating_add(self.plaintext.end as u64)
    }
}

impl Open for OpenBuffer {
    fn next(&mut self) -> Result<Step<'_>, Error> {
        match self.state {
            Opening::Failed(error) => Err(error),
            _ if !self.plaintext.is_empty() => Ok(Step::Plaintext(self.plaintext())),
            Opening::Last => Ok(Step::End),
            Opening::More => Ok(Step::Space(self.buffer.get_mut(self.filled..).unwrap_or_default())),
        }
    }

    fn taken(&mut self, n: usize) {
        self.plaintext.start = self.plaintext.start.saturating_add(n).min(self.plaintext.end);
    }

    fn filled(&mut self, n: usize) -> Result<(), Error> {
        self.filled = self.filled.saturating_add(n).min(self.buffer.len());
        let ended = n == 0;
        if !ended && self.filled < self.buffer.len() {
            return Ok(());
        }
        let sealed = self.buffer.get_mut(..self.filled).unwrap_or_default();
        self.loaded = self.chunks.next_index();
        if let Err(error) = self.chunks.open_next(sealed, ended) {
            self.fail(error);
            return Err(error);
        }
        // With the end there is one short slot, of a tag at least.
        let (full, last) = (self.filled / SEALED_CHUNK_LEN, self.filled % SEALED_CHUNK_LEN);
        self.plaintext = 0..full.saturating_mul(CHUNK_LEN).saturating_add(last.saturating_sub(TAG_LEN));
        self.filled = 0;
        self.state = if ended { Opening::Last } else { Opening::More };
        Ok(())
    }

    fn buffer(&mut self) -> &mut OpenBuffer {
        self
    }
}
