// SPDX-License-Identifier: MIT OR Apache-2.0
//! What an input says: options, edits of a good message, sizes of reads and writes.

use std::io::{self, Read, Seek, SeekFrom, Write};

/// What is left of an input. Beyond its end there are zeros.
#[derive(Clone, Copy)]
pub(crate) struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or_default()
    }

    /// A number below `n`, which is at most 256.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        usize::from(self.byte()) % n
    }

    pub(crate) fn u16(&mut self) -> u16 {
        u16::from_be_bytes([self.byte(), self.byte()])
    }

    /// At most `n` bytes.
    pub(crate) fn take(&mut self, n: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(n.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// Exactly `N` bytes.
    pub(crate) fn array<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.byte())
    }

    /// Up to 255 bytes, their number in front.
    pub(crate) fn short(&mut self) -> &'a [u8] {
        let n = self.byte();
        self.take(n.into())
    }

    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// How many bytes each call moves, again and again in this order.
    pub(crate) fn sizes(&mut self) -> Sizes {
        let n = self.below(8);
        Sizes { sizes: (0..n).map(|_| 1 + usize::from(self.u16())).collect(), next: 0 }
    }
}

/// A good message with the edits that the rest of the input asks for, or the rest of the input as it is.
pub(crate) fn edited(input: &mut Input<'_>, good: &[&[u8]]) -> Vec<u8> {
    let base = input.below(good.len() + 1);
    let Some(base) = good.get(base) else { return std::mem::take(&mut input.0).to_vec() };
    let mut bytes = base.to_vec();
    edit(&mut bytes, input, good);
    bytes
}

/// Edits until the input ends: each takes a byte of it at the least, and only insertions make it longer.
pub(crate) fn edit(bytes: &mut Vec<u8>, input: &mut Input<'_>, others: &[&[u8]]) {
    while !input.is_empty() {
        let (what, at) = (input.below(6), usize::from(input.u16()) % (bytes.len() + 1));
        match what {
            0 => bytes.truncate(at),
            1 => drop(bytes.splice(at..at, input.short().iter().copied())),
            2 => {
                let end = bytes.len().min(at + usize::from(input.u16()));
                bytes.drain(at..end);
            }
            // A part of another message in the same place.
            3 => {
                let other = others[input.below(others.len())];
                let end = bytes.len().min(other.len()).min(at + usize::from(input.u16()));
                if at < end {
                    bytes[at..end].copy_from_slice(&other[at..end]);
                }
            }
            _ => {
                let changed = input.byte();
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= changed;
                }
            }
        }
    }
}

#[derive(Clone)]
pub(crate) struct Sizes {
    sizes: Vec<usize>,
    next: usize,
}

impl Sizes {
    pub(crate) fn next(&mut self) -> usize {
        let size = self.sizes.get(self.next).copied().unwrap_or(1 << 17);
        self.next = if self.next + 1 < self.sizes.len() { self.next + 1 } else { 0 };
        size
    }
}

/// Moves few bytes at a time, and is interrupted now and then.
pub(crate) struct Rationed<T> {
    pub(crate) inner: T,
    sizes: Sizes,
    interrupted: bool,
}

impl<T> Rationed<T> {
    pub(crate) const fn new(inner: T, sizes: Sizes) -> Self {
        Self { inner, sizes, interrupted: false }
    }

    /// How many of `len` bytes; 7 stands for an interruption, but never for two in a row.
    fn ration(&mut self, len: usize) -> io::Result<usize> {
        let size = self.sizes.next();
        self.interrupted = size == 7 && !self.interrupted;
        if self.interrupted { Err(io::ErrorKind::Interrupted.into()) } else { Ok(size.min(len)) }
    }
}

impl<R: Read> Read for Rationed<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.ration(out.len())?;
        self.inner.read(&mut out[..n])
    }
}

impl<W: Write> Write for Rationed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.ration(bytes.len())?;
        self.inner.write(&bytes[..n])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<R: Seek> Seek for Rationed<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}
