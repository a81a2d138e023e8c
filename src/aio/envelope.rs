// SPDX-License-Identifier: MIT OR Apache-2.0
//! Envelopes as asynchronous streams; blocking ones are in [`crate::envelope`].

use crate::{
    Error, Unclaimed, UnixTime,
    aio::{Polled, Stream, poll_read, read_start},
    envelope::{self, Opener, Origin, Sealer},
};
use core::{
    fmt,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};
use std::io::{self, Write};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

impl Sealer {
    /// [`seal_writer`](Self::seal_writer) into an `AsyncWrite`. Nothing is written yet: header, salt and
    /// commitment come before the first chunk.
    ///
    /// # Errors
    /// [`Error::Length`] for a sealer with padding, which must know the length:
    /// [`seal_async_writer_sized`](Self::seal_async_writer_sized); [`Error::Unavailable`].
    pub fn seal_async_writer<W: AsyncWrite + Unpin>(
        &self,
        writer: W,
        now: UnixTime,
    ) -> Result<SealWriter<W>, Error> {
        Ok(SealWriter(self.start_writer(Polled::new(writer), now, None)?))
    }

    /// The same for a payload of exactly `len` bytes, padded if the sealer says so.
    ///
    /// # Errors
    /// [`Error::TooLarge`] when it is over what a message holds, [`Error::Unavailable`]. Of the writer:
    /// [`Error::Length`] when more is written, or `finish` or `shutdown` comes before that much was.
    pub fn seal_async_writer_sized<W: AsyncWrite + Unpin>(
        &self,
        writer: W,
        len: u64,
        now: UnixTime,
    ) -> Result<SealWriter<W>, Error> {
        Ok(SealWriter(self.start_writer(Polled::new(writer), now, Some(len))?))
    }
}

impl Opener {
    /// [`open_reader`](Self::open_reader) from an `AsyncRead`, without `Seek`.
    ///
    /// # Errors
    /// As there.
    pub async fn open_async_reader<R: AsyncRead + Unpin>(
        &self,
        reader: R,
        now: UnixTime,
    ) -> io::Result<OpenReader<R>> {
        let mut reader = Polled::new(reader);
        let start = read_start(&mut reader, envelope::read_start).await?;
        Ok(OpenReader(self.start_reader(&start, reader, now)?))
    }
}

/// Seals what is written to it. Made by [`Sealer::seal_async_writer`].
///
/// `shutdown` signs, pads, seals and writes what is left and shuts the inner writer down;
/// [`finish`](Self::finish) gives it back instead. Dropped without either it leaves a stream that does not open.
#[must_use = "a stream without `finish` or `shutdown` does not open"]
pub struct SealWriter<W>(envelope::SealWriter<Polled<W>>);

impl<W: AsyncWrite + Unpin> SealWriter<W> {
    /// Signs, pads, seals and writes what is left, flushes and returns the inner writer.
    ///
    /// # Errors
    /// [`Error::Length`] when a length was announced and this is another; those of the inner writer; the
    /// stream is then incomplete.
    pub async fn finish(mut self) -> io::Result<W> {
        poll_fn(|cx| {
            self.0.call(cx, |stream| {
                stream.complete()?;
                stream.flush()
            })
        })
        .await?;
        Ok(self.0.into_inner().io)
    }
}

impl<W: AsyncWrite + Unpin> AsyncWrite for SealWriter<W> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.0.call(cx, |stream| stream.write(bytes))
    }

    /// Writes all full chunks and flushes the inner writer. Up to 16,383 bytes wait for more, since a
    /// short chunk is the last.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.call(cx, Write::flush)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.call(cx, |stream| {
            stream.complete()?;
            stream.get_mut().shutdown()
        })
    }
}

/// Opens what is read from it. Made by [`Opener::open_async_reader`].
pub struct OpenReader<R>(envelope::OpenReader<Polled<R>>);

impl<R: AsyncRead + Unpin> OpenReader<R> {
    /// Who sent it, when, and which message it was. Reads, and drops, what of the payload was not read.
    ///
    /// # Errors
    /// As reading to the end.
    pub async fn finish(mut self) -> io::Result<Unclaimed<Origin>> {
        poll_fn(|cx| self.0.call(cx, envelope::OpenReader::conclude)).await
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for OpenReader<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        poll_read(&mut self.0, cx, out)
    }
}

impl<W> Stream for envelope::SealWriter<Polled<W>> {
    type Io = W;

    fn polled(&mut self) -> &mut Polled<W> {
        self.get_mut()
    }
}

impl<R> Stream for envelope::OpenReader<Polled<R>> {
    type Io = R;

    fn polled(&mut self) -> &mut Polled<R> {
        self.get_mut()
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
