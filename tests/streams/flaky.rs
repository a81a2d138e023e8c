// SPDX-License-Identifier: MIT OR Apache-2.0
//! An inner reader or writer that fails every second call while it is armed, and moves few bytes at a time.

use crate::Lcg;
use std::{
    cell::Cell,
    io::{self, ErrorKind, Read, Seek, SeekFrom, Write},
    rc::Rc,
};

/// What goes wrong, shared with the test: the crate's readers and writers do not give their inner one away.
pub(crate) type Trouble = Rc<Cell<Option<ErrorKind>>>;

#[derive(Debug)]
pub(crate) struct Flaky<T> {
    inner: T,
    trouble: Trouble,
    /// At most so many bytes a call.
    most: usize,
    random: Lcg,
    fails_now: bool,
}

impl<T> Flaky<T> {
    /// Well behaved until trouble is set, but for short reads and writes of 1 to `most` bytes.
    pub(crate) fn new(inner: T, most: usize) -> (Self, Trouble) {
        let trouble = Trouble::default();
        let random = Lcg(most as u64);
        (Self { inner, trouble: Rc::clone(&trouble), most, random, fails_now: false }, trouble)
    }

    pub(crate) fn into_inner(self) -> T {
        self.inner
    }

    /// How many of `len` bytes this call moves, or how it fails.
    fn turn(&mut self, len: usize) -> io::Result<usize> {
        self.fails_now = !self.fails_now;
        match self.trouble.get() {
            Some(kind) if self.fails_now => Err(kind.into()),
            _ => Ok(len.min(1 + self.random.below(self.most))),
        }
    }
}

impl<T: Write> Write for Flaky<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.turn(bytes.len())?;
        self.inner.write(&bytes[..n])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<T: Read> Read for Flaky<T> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.turn(out.len())?;
        self.inner.read(&mut out[..n])
    }
}

impl<T: Seek> Seek for Flaky<T> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.turn(0)?;
        self.inner.seek(to)
    }
}
