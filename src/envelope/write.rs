// SPDX-License-Identifier: MIT OR Apache-2.0
//! Envelopes written as a stream, in the memory of one chunk.
//!
//! Specification: `docs/envelope-v1.md`, section 13.

use crate::{
    Error, Keyring, UnixTime,
    envelope::{Sealer, content, generation::Generation},
    primitive::{
        chunked::{CHUNK_LEN, Header as ChunkHeader},
        engine::{Seal, SealBuffer},
        hash::Hasher,
        rng::System,
        stream::ChunkWriter,
    },
    signing::SigningKey,
};
use alloc::vec::Vec;
use core::fmt;
use std::io::{self, Write};

impl Sealer {
    /// Seals what is written to the result into `writer`, made at `now`.
    ///
    /// Call [`finish`](SealWriter::finish) at the end: a stream without its last chunk does not open. The
    /// bytes are those of [`seal`](Self::seal), and either way of opening takes either.
    ///
    /// ```
    /// use chancery::{Context, UnixTime, envelope::{Opener, Sealer}, hpke::Identity, signing::SigningKey};
    /// use std::io::{Read, Write};
    ///
    /// let (archive, press) = (Identity::generate()?, SigningKey::generate()?);
    /// let (context, from_press) = (Context::of("edition"), press.verifying_key());
    /// let sealer = Sealer::to(archive.recipient(), &context)?.signed_by(press);
    /// let mut writer = sealer.seal_writer(Vec::new(), UnixTime::now())?;
    /// writer.write_all(b"as much as you like, ")?;
    /// writer.write_all(b"in pieces")?;
    /// let sealed = writer.finish()?;
    ///
    /// let opener = Opener::from_senders(archive, &context, from_press)?;
    /// let mut reader = opener.open_reader(sealed.as_slice(), UnixTime::now())?;
    /// let mut edition = String::new();
    /// reader.read_to_string(&mut edition)?;
    /// let origin = reader.finish()?.allow_replays(); // act on the edition only from here on
    /// assert_eq!(edition, "as much as you like, in pieces");
    /// assert!(origin.sender().is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Length`] for a sealer with padding, which must know the length:
    /// [`seal_writer_sized`](Self::seal_writer_sized); [`Error::Unavailable`]; and those of `writer`, to which
    /// the header and 56 bytes are written at once.
    pub fn seal_writer<W: Write>(&self, writer: W, now: UnixTime) -> io::Result<SealWriter<W>> {
        self.start_writer(writer, now, None)?.started()
    }

    /// The same for a payload of exactly `len` bytes, padded if the sealer says so.
    ///
    /// # Errors
    /// [`Error::TooLarge`] when it is over what a message holds; as [`seal_writer`](Self::seal_writer). Of
    /// the writer: [`Error::Length`] when more is written, or `finish` comes before that much was.
    pub fn seal_writer_sized<W: Write>(
        &self,
        writer: W,
        len: u64,
        now: UnixTime,
    ) -> io::Result<SealWriter<W>> {
        self.start_writer(writer, now, Some(len))?.started()
    }

    /// Without a write: the start waits with the first chunk.
    pub(crate) fn start_writer<W>(
        &self,
        writer: W,
        now: UnixTime,
        len: Option<u64>,
    ) -> Result<SealWriter<W>, Error> {
        let generation = self.generation(false, &mut System)?;
        let (start, chunks) = generation.key.seal(CHUNK_LEN, &mut System)?;
        let bytes = [generation.header.as_slice(), &start].concat();
        let signer = self.signer.clone();
        let mut engine = ContentSealer {
            buffer: SealBuffer::new(chunks),
            hasher: signer.is_some().then(Hasher::new),
            generation,
            signer,
            start,
            created: now.as_secs(),
            expected: len,
            len: 0,
            tail: None,
        };
        engine.begin()?;
        Ok(SealWriter(ChunkWriter::new(writer, bytes, engine)))
    }
}

/// Takes a payload and seals a content: what stands before and after the payload is put there.
struct ContentSealer {
    buffer: SealBuffer,
    generation: Generation,
    signer: Option<Keyring<SigningKey>>,
    start: ChunkHeader,
    created: u64,
    /// The length that was announced.
    expected: Option<u64>,
    /// Payload taken so far.
    len: u64,
    /// Of the payload, if there is something to sign.
    hasher: Option<Hasher>,
    tail: Option<Tail>,
}

/// What is left to seal after the payload.
struct Tail {
    zeros: u64,
    trailer: Vec<u8>,
}

impl ContentSealer {
    /// `created || [n]`, which fit into the first chunk.
    fn begin(&mut self) -> Result<(), Error> {
        self.buffer.take(&self.created.to_be_bytes())?;
        let n = self.expected.unwrap_or_default();
        content::padding(self.generation.flags, n).ok_or(Error::TooLarge)?;
        if self.generation.flags.padded {
            self.expected.ok_or(Error::Length)?;
            self.buffer.take(&n.to_be_bytes())?;
        }
        Ok(())
    }

    /// What follows the payload, which is complete.
    fn end(&self) -> Result<Tail, Error> {
        if self.expected.is_some_and(|expected| expected != self.len) {
            return Err(Error::Length);
        }
        let zeros = content::padding(self.generation.flags, self.len).ok_or(Error::TooLarge)?;
        let digest = self.hasher.clone().map(Hasher::finish).unwrap_or_default();
        let (signer, len) = (self.signer.as_ref(), self.len);
        let trailer = self.generation.trailer(signer, &self.start, self.created, len, &digest);
        Ok(Tail { zeros, trailer })
    }
}

impl Seal for ContentSealer {
    fn take(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        if self.tail.is_some() {
            return Err(Error::Exhausted);
        }
        let len = self.len.checked_add(bytes.len() as u64).ok_or(Error::TooLarge)?;
        if self.expected.is_some_and(|expected| len > expected) {
            return Err(Error::Length);
        }
        let n = self.buffer.take(bytes)?;
        if let Some(hasher) = &mut self.hasher {
            hasher.update(bytes.get(..n).unwrap_or_default());
        }
        self.len = self.len.saturating_add(n as u64);
        Ok(n)
    }

    fn finish(&mut self) -> Result<bool, Error> {
        const ZEROS: [u8; 1024] = [0; 1024];
        if self.tail.is_none() {
            self.tail = Some(self.end()?);
        }
        let (Some(tail), buffer) = (&mut self.tail, &mut self.buffer) else { return Ok(false) };
        while tail.zeros > 0 && buffer.waiting().is_empty() {
            let zeros = usize::try_from(tail.zeros).ok().and_then(|n| ZEROS.get(..n)).unwrap_or(&ZEROS);
            tail.zeros = tail.zeros.saturating_sub(buffer.take(zeros)? as u64);
        }
        if tail.zeros == 0 && !tail.trailer.is_empty() {
            let n = buffer.take(&tail.trailer)?;
            tail.trailer.drain(..n);
        }
        Ok(tail.zeros == 0 && tail.trailer.is_empty() && buffer.finish()?)
    }

    fn buffer(&mut self) -> &mut SealBuffer {
        &mut self.buffer
    }
}

/// Seals what is written to it. Made by [`Sealer::seal_writer`].
///
/// Dropped without [`finish`](Self::finish) it leaves a stream that does not open. After `finish` there is
/// nothing to write to:
///
/// ```compile_fail,E0382
/// # use chancery::envelope::SealWriter;
/// # use std::io::Write;
/// # fn f(mut writer: SealWriter<Vec<u8>>) -> std::io::Result<()> {
/// writer.finish()?;
/// writer.write_all(b"more")
/// # }
/// ```
#[must_use = "a stream without `finish` does not open"]
pub struct SealWriter<W>(ChunkWriter<W, ContentSealer>);

impl<W> SealWriter<W> {
    pub(crate) fn into_inner(self) -> W {
        self.0.into_inner()
    }

    #[cfg(feature = "tokio")]
    pub(crate) const fn get_mut(&mut self) -> &mut W {
        self.0.get_mut()
    }

    /// The same bytes, sealed on all cores: a mebibyte at a time is kept and given to the pool of `rayon`,
    /// and nothing less is written by a flush.
    #[cfg(feature = "parallel")]
    pub fn parallel(mut self) -> Self {
        self.0.engine.buffer.on_all_cores();
        self
    }
}

impl<W: Write> SealWriter<W> {
    /// Signs, pads, seals and writes what is left, flushes and returns the inner writer.
    ///
    /// # Errors
    /// [`Error::Length`] when a length was announced and this is another; those of the inner writer; the
    /// stream is then incomplete.
    pub fn finish(mut self) -> io::Result<W> {
        self.complete()?;
        self.flush()?;
        Ok(self.into_inner())
    }

    /// Writes what is left. It can be tried again, and done twice.
    pub(crate) fn complete(&mut self) -> io::Result<()> {
        self.0.complete()
    }

    fn started(mut self) -> io::Result<Self> {
        self.0.drain()?;
        Ok(self)
    }
}

impl<W: Write> Write for SealWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    /// Writes all full chunks and flushes the inner writer. Up to 16,383 bytes wait for more, since a
    /// short chunk is the last.
    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl<W> fmt::Debug for SealWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealWriter(..)")
    }
}
