// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sealed messages as streams, in the memory of one chunk.

use crate::{
    Context, Error, Keyring,
    aead::SealKey,
    primitive::{
        chunked::{CHUNK_LEN, HEADER_LEN},
        engine::{OpenBuffer, SealBuffer},
        rng::System,
        stream::{self, ChunkReader, ChunkWriter},
    },
    wire::{cursor::Cursor, sealed::PREFIX_LEN},
};
use alloc::vec::Vec;
use core::{fmt, num::NonZeroUsize};
use std::io::{self, Read, Seek, SeekFrom, Write};

impl Keyring<SealKey> {
    /// Seals what is written to the result into `writer`, with the primary key.
    ///
    /// Call [`finish`](SealWriter::finish) at the end: a stream without its last chunk does not open.
    ///
    /// ```
    /// # use chancery::{Context, Keyring, aead::SealKey};
    /// use std::io::{Read, Write};
    ///
    /// let keys = Keyring::new(SealKey::generate()?);
    /// let context = Context::of("backup");
    /// let mut writer = keys.seal_writer(&context, Vec::new())?;
    /// writer.write_all(b"as much as you like, ")?;
    /// writer.write_all(b"in pieces")?;
    /// let sealed = writer.finish()?;
    ///
    /// let mut opened = String::new();
    /// keys.open_reader(&context, sealed.as_slice())?.read_to_string(&mut opened)?;
    /// assert_eq!(opened, "as much as you like, in pieces");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Context`], [`Error::Unavailable`], and those of `writer`, to which 65 bytes are
    /// written at once.
    pub fn seal_writer<W: Write>(&self, context: &Context, writer: W) -> io::Result<SealWriter<W>> {
        let mut writer = self.start_writer(context, writer)?;
        writer.0.drain()?;
        Ok(writer)
    }

    /// Without a write: the start waits with the first chunk.
    pub(crate) fn start_writer<W>(&self, context: &Context, writer: W) -> Result<SealWriter<W>, Error> {
        let (prefix, header, chunks) = self.primary().start(context, CHUNK_LEN, &mut System)?;
        let start = [prefix.as_slice(), &header].concat();
        Ok(SealWriter(ChunkWriter::new(writer, start, SealBuffer::new(chunks))))
    }

    /// Opens the sealed stream in `reader`, which is one message from here to its end.
    ///
    /// What is read is authentic. The end is reported (`Ok(0)`) only after the last chunk proved to
    /// be the last; a stream that was cut, reordered or extended ends with an error, and goes
    /// on failing. `Seek` works when `reader` can.
    ///
    /// # Errors
    /// As [`open`](Self::open), as the source of an [`io::Error`]; and those of `reader`, of which
    /// 65 bytes are read at once.
    pub fn open_reader<R: Read>(&self, context: &Context, mut reader: R) -> io::Result<OpenReader<R>> {
        let mut start = Vec::new();
        read_start(&mut start, &mut reader)?;
        Ok(self.start_reader(context, &start, reader)?)
    }

    /// Of a reader that stands behind the start.
    pub(crate) fn start_reader<R>(
        &self,
        context: &Context,
        start: &[u8],
        reader: R,
    ) -> Result<OpenReader<R>, Error> {
        let mut cursor = Cursor::new(start);
        let chunks = self.start_open(context, CHUNK_LEN, &cursor.array()?, &cursor.array()?)?;
        Ok(OpenReader(ChunkReader::new(reader, OpenBuffer::new(chunks))))
    }
}

/// What stands in front of the chunks, or less if the stream ends there. After a failed read it can be called
/// again.
pub(crate) fn read_start(start: &mut Vec<u8>, reader: &mut impl Read) -> io::Result<()> {
    let missing = |have: &[u8]| (PREFIX_LEN + HEADER_LEN).checked_sub(have.len()).and_then(NonZeroUsize::new);
    stream::read_start(start, reader, |have| Ok(missing(have)))
}

/// Seals what is written to it. Made by [`Keyring::seal_writer`].
///
/// Dropped without [`finish`](Self::finish) it leaves a stream that does not open. After `finish`
/// there is nothing to write to:
///
/// ```compile_fail,E0382
/// # use chancery::{Context, Keyring, aead::SealKey};
/// # use std::io::Write;
/// # let keys = Keyring::new(SealKey::generate().unwrap());
/// let mut writer = keys.seal_writer(&Context::of("backup"), Vec::new())?;
/// writer.finish()?;
/// writer.write_all(b"more")?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use = "a stream without `finish` does not open"]
pub struct SealWriter<W>(ChunkWriter<W, SealBuffer>);

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
        self.0.engine.on_all_cores();
        self
    }
}

impl<W: Write> SealWriter<W> {
    /// Seals and writes the last chunk, flushes and returns the inner writer.
    ///
    /// # Errors
    /// Those of the inner writer; the stream is then incomplete.
    pub fn finish(mut self) -> io::Result<W> {
        self.complete()?;
        self.flush()?;
        Ok(self.into_inner())
    }

    /// Writes what is left. It can be tried again, and done twice.
    pub(crate) fn complete(&mut self) -> io::Result<()> {
        self.0.complete()
    }
}

impl<W: Write> Write for SealWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    /// Writes all full chunks and flushes the inner writer. Up to 16,383 bytes wait for more, since
    /// a short chunk is the last.
    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Opens what is read from it. Made by [`Keyring::open_reader`].
pub struct OpenReader<R>(ChunkReader<R, OpenBuffer>);

impl<R> OpenReader<R> {
    #[cfg(feature = "tokio")]
    pub(crate) const fn get_mut(&mut self) -> &mut R {
        self.0.get_mut()
    }

    /// The same plaintext, opened on all cores: a mebibyte at a time is kept and given to the pool of
    /// `rayon`.
    #[cfg(feature = "parallel")]
    #[must_use]
    pub fn parallel(mut self) -> Self {
        self.0.engine.on_all_cores();
        self
    }
}

impl<R: Read> Read for OpenReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.0.read(out)
    }
}

impl<R: Read + Seek> Seek for OpenReader<R> {
    /// Positions count bytes of plaintext. The first seek opens the last chunk, so that the length
    /// is proved; a position beyond it reads as the end.
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

impl<W> fmt::Debug for SealWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealWriter(..)")
    }
}

impl<R> fmt::Debug for OpenReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenReader(..)")
    }
}
