// SPDX-License-Identifier: MIT OR Apache-2.0
//! I/O that is pending at every second poll, moves few bytes at a time, and fails when it is told to.

use std::{
    cell::Cell,
    io::{self, ErrorKind},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How the next calls fail, shared with the test.
pub(crate) type Trouble = Rc<Cell<Option<ErrorKind>>>;

#[derive(Debug)]
pub(crate) struct Stubborn<T> {
    pub(crate) inner: T,
    /// At most so many bytes a call.
    most: usize,
    ready: bool,
    pub(crate) trouble: Trouble,
    pub(crate) shut_down: usize,
}

impl<T> Stubborn<T> {
    pub(crate) fn new(inner: T, most: usize) -> Self {
        Self { inner, most, ready: true, trouble: Trouble::default(), shut_down: 0 }
    }

    fn turn(&mut self, cx: &Context<'_>) -> Poll<io::Result<()>> {
        self.ready = !self.ready;
        if !self.ready {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(self.trouble.get().map_or(Ok(()), |kind| Err(kind.into())))
    }
}

impl<T: io::Read + Unpin> AsyncRead for Stubborn<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(self.turn(cx))?;
        let mut bytes = vec![0; out.remaining().min(self.most)];
        let n = self.inner.read(&mut bytes)?;
        out.put_slice(&bytes[..n]);
        Poll::Ready(Ok(()))
    }
}

impl<T: io::Write + Unpin> AsyncWrite for Stubborn<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.turn(cx))?;
        assert_eq!(self.shut_down, 0, "a write after the shutdown");
        let n = bytes.len().min(self.most);
        Poll::Ready(self.inner.write(&bytes[..n]))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.turn(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.turn(cx))?;
        self.shut_down += 1;
        Poll::Ready(Ok(()))
    }
}
