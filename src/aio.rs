// SPDX-License-Identifier: MIT OR Apache-2.0
//! Streams over the `AsyncRead` and `AsyncWrite` of `tokio` (feature `tokio`): the same bytes, the same checks.
//!
//! A writer is made by [`Sealer::seal_async_writer`] or [`Keyring::seal_async_writer`], a reader by
//! [`Opener::open_async_reader`] or [`Keyring::open_async_reader`]. What a blocking stream seals an
//! asynchronous one opens, and the other way round.
//!
//! ```
//! use chancery::{Context, UnixTime, envelope::{Opener, Sealer}, hpke::Identity, signing::SigningKey};
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (archive, press) = (Identity::generate()?, SigningKey::generate()?);
//! let (context, from_press) = (Context::of("edition"), press.verifying_key());
//! let sealer = Sealer::to(archive.recipient(), &context)?.signed_by(press);
//! let mut writer = sealer.seal_async_writer(Vec::new(), UnixTime::now())?;
//! writer.write_all(b"as much as you like, ").await?;
//! writer.write_all(b"in pieces").await?;
//! let sealed = writer.finish().await?;
//!
//! let opener = Opener::from_senders(archive, &context, from_press)?;
//! let mut reader = opener.open_async_reader(sealed.as_slice(), UnixTime::now()).await?;
//! let mut edition = String::new();
//! reader.read_to_string(&mut edition).await?;
//! let origin = reader.finish().await?.allow_replays(); // act on the edition only from here on
//! assert_eq!(edition, "as much as you like, in pieces");
//! assert!(origin.sender().is_some());
//! # Ok(())
//! # }
//! ```
//!
//! # Cancellation
//! A future of `read`, `write`, `flush` or `shutdown` that is dropped has lost nothing and repeats nothing: what was
//! read or sealed waits in the stream for the next call. As with every writer, `write_all` does not say how
//! much of its bytes was taken when it is dropped; `write` does. `finish` and `open_async_reader` take what
//! they work on, and dropped they drop it: the stream is then incomplete. Use `shutdown` where that may happen.
//!
//! # Errors
//! As those of the blocking streams. An input that ends before the last chunk is an error, never an end.
//!
//! [`Sealer::seal_async_writer`]: crate::envelope::Sealer::seal_async_writer
//! [`Opener::open_async_reader`]: crate::envelope::Opener::open_async_reader
//! [`Keyring::seal_async_writer`]: crate::Keyring::seal_async_writer
//! [`Keyring::open_async_reader`]: crate::Keyring::open_async_reader

pub mod aead;
pub mod envelope;

use alloc::vec::Vec;
use core::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, Waker},
};
use std::io::{self, ErrorKind, Read, Write};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Asynchronous I/O as a blocking stream sees it: what is not ready would block. The streams keep their state
/// when that happens, so that they are the engine here too.
struct Polled<T> {
    io: T,
    /// Of the task that polls now.
    waker: Waker,
    /// The I/O was not ready, and wakes the task.
    pending: bool,
}

impl<T> Polled<T> {
    fn new(io: T) -> Self {
        Self { io, waker: Waker::noop().clone(), pending: false }
    }

    fn poll<U>(
        &mut self,
        poll: impl FnOnce(Pin<&mut T>, &mut Context<'_>) -> Poll<io::Result<U>>,
    ) -> io::Result<U>
    where
        T: Unpin,
    {
        match poll(Pin::new(&mut self.io), &mut Context::from_waker(&self.waker)) {
            Poll::Ready(result) => result,
            Poll::Pending => {
                self.pending = true;
                Err(ErrorKind::WouldBlock.into())
            }
        }
    }
}

impl<T: AsyncRead + Unpin> Read for Polled<T> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut out = ReadBuf::new(out);
        self.poll(|io, cx| io.poll_read(cx, &mut out))?;
        Ok(out.filled().len())
    }
}

impl<T: AsyncWrite + Unpin> Write for Polled<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.poll(|io, cx| io.poll_write(cx, bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.poll(AsyncWrite::poll_flush)
    }
}

impl<T: AsyncWrite + Unpin> Polled<T> {
    fn shutdown(&mut self) -> io::Result<()> {
        self.poll(AsyncWrite::poll_shutdown)
    }
}

/// A blocking stream over [`Polled`].
trait Stream {
    type Io;

    fn polled(&mut self) -> &mut Polled<Self::Io>;

    /// A call of the stream, which is pending when the I/O was.
    fn call<U>(
        &mut self,
        cx: &Context<'_>,
        call: impl FnOnce(&mut Self) -> io::Result<U>,
    ) -> Poll<io::Result<U>> {
        let polled = self.polled();
        polled.waker.clone_from(cx.waker());
        polled.pending = false;
        match call(self) {
            Err(error) if self.polled().pending && error.kind() == ErrorKind::WouldBlock => Poll::Pending,
            result => Poll::Ready(result),
        }
    }
}

impl<T> Stream for Polled<T> {
    type Io = T;

    fn polled(&mut self) -> &mut Self {
        self
    }
}

/// What stands in front of the chunks, by one of the functions that read as far as they can.
async fn read_start<R: AsyncRead + Unpin>(
    reader: &mut Polled<R>,
    read: fn(&mut Vec<u8>, &mut Polled<R>) -> io::Result<()>,
) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    poll_fn(|cx| reader.call(cx, |reader| read(&mut start, reader))).await?;
    Ok(start)
}

/// Fills what is left of `out` by a read of the blocking stream.
fn poll_read<S: Stream + Read>(
    stream: &mut S,
    cx: &Context<'_>,
    out: &mut ReadBuf<'_>,
) -> Poll<io::Result<()>> {
    let read = stream.call(cx, |stream| stream.read(out.initialize_unfilled()));
    read.map_ok(|n| out.advance(n))
}
