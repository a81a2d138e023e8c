// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sealed messages as asynchronous streams; blocking ones are in [`crate::aead`].

use crate::{
    Context, Error, Keyring,
    aead::{self, SealKey},
    aio::{Polled, Stream, poll_read, read_start},
};
use core::{
    fmt,
    future::poll_fn,
    pin::Pin,
    task::{self, Poll},
};
use std::io::{self, Write};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

impl Keyring<SealKey> {
    /// [`seal_writer`](Self::seal_writer) into an `AsyncWrite`. Nothing is written yet: the 65 bytes of the
    /// start come before the first chunk.
    ///
    /// # Errors
    /// [`Error::Context`], [`Error::Unavailable`].
    pub fn seal_async_writer<W: AsyncWrite + Unpin>(
        &self,
        context: &Context,
        writer: W,
    ) -> Result<SealWriter<W>, Error> {
        Ok(SealWriter(self.start_writer(context, Polled::new(writer))?))
    }

    /// [`open_reader`](Self::open_reader) from an `AsyncRead`, without `Seek`.
    ///
    /// # Errors
    /// As there.
    pub async fn open_async_reader<R: AsyncRead + Unpin>(
        &self,
        context: &Context,
        reader: R,
    ) -> io::Result<OpenReader<R>> {
        let mut reader = Polled::new(reader);
        let start = read_start(&mut reader, aead::read_start).await?;
        Ok(OpenReader(self.start_reader(context, &start, reader)?))
    }
}

/// Seals what is written to it. Made by [`Keyring::seal_async_writer`].
///
/// `shutdown` seals and writes the last chunk and shuts the inner writer down; [`finish`](Self::finish) gives it
/// back instead. Dropped without either it leaves a stream that does not open.
#[must_use = "a stream without `finish` or `shutdown` does not open"]
pub struct SealWriter<W>(aead::SealWriter<Polled<W>>);

impl<W: AsyncWrite + Unpin> SealWriter<W> {
    /// Seals and writes the last chunk, flushes and returns the inner writer.
    ///
    /// # Errors
    /// Those of the inner writer; the stream is then incomplete.
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
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut task::Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0.call(cx, |stream| stream.write(bytes))
    }

    /// Writes all full chunks and flushes the inner writer. Up to 16,383 bytes wait for more, since
    /// a short chunk is the last.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<io::Result<()>> {
        self.0.call(cx, Write::flush)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<io::Result<()>> {
        self.0.call(cx, |stream| {
            stream.complete()?;
            stream.get_mut().shutdown()
        })
    }
}

/// Opens what is read from it. Made by [`Keyring::open_async_reader`].
pub struct OpenReader<R>(aead::OpenReader<Polled<R>>);

impl<R: AsyncRead + Unpin> AsyncRead for OpenReader<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut task::Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        poll_read(&mut self.0, cx, out)
    }
}

impl<W> Stream for aead::SealWriter<Polled<W>> {
    type Io = W;

    fn polled(&mut self) -> &mut Polled<W> {
        self.get_mut()
    }
}

impl<R> Stream for aead::OpenReader<Polled<R>> {
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
