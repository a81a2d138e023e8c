// SPDX-License-Identifier: MIT OR Apache-2.0
//! Opens a content piece by piece: what stands around the payload is taken away and checked.
//!
//! Specification: `docs/envelope-v1.md`, sections 10 and 13.

use crate::{
    Error, KeyId, Unclaimed, UnixTime,
    envelope::{
        Origin,
        checks::{Checks, Claimed},
        content::{self, TRAILER_LEN},
        key::BodyKey,
    },
    primitive::{
        chunked::Header as ChunkHeader,
        ct,
        engine::{Open, OpenBuffer, Step},
        hash::Hasher,
    },
    signing::Signature,
    wire::{cursor::Cursor, envelope::Flags},
};
use core::ops::Range;
use zeroize::Zeroizing;

/// Hands out the payload as far as it is authentic, and the end when all of it is.
pub(crate) struct ContentOpener {
    buffer: OpenBuffer,
    key: BodyKey,
    start: ChunkHeader,
    checks: Checks,
    flags: Flags,
    now: UnixTime,
    created: Option<UnixTime>,
    /// What stands before the payload, while it is not all there.
    head: Held<16>,
    /// The last bytes decrypted: the trailer of a signed content, unless more comes.
    held: Held<TRAILER_LEN>,
    /// Payload that was held back, and what of it was not taken yet.
    released: Zeroizing<[u8; TRAILER_LEN]>,
    untaken: Range<usize>,
    /// Bytes at the front of the buffer that are payload, and those behind them that are not.
    exposed: usize,
    behind: usize,
    payload: Payload,
    origin: Option<Origin>,
}

/// Bytes of the content that are kept, `N` at most.
struct Held<const N: usize> {
    bytes: Zeroizing<[u8; N]>,
    len: usize,
}

impl<const N: usize> Held<N> {
    fn new() -> Self {
        Self { bytes: Zeroizing::new([0; N]), len: 0 }
    }

    fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// Without the first `n` bytes, and with `more`.
    fn advance(&mut self, n: usize, more: &[u8]) {
        self.bytes.copy_within(n.min(self.len)..self.len, 0);
        self.len = self.len.saturating_sub(n);
        for (to, from) in self.bytes.iter_mut().skip(self.len).zip(more) {
            *to = *from;
            self.len = self.len.saturating_add(1);
        }
    }
}

/// What was seen of the payload and of the padding behind it.
struct Payload {
    /// The length of a padded payload.
    n: Option<u64>,
    len: u64,
    zeros: u64,
    /// All bytes of the padding, or-ed.
    padding: u8,
    /// If there is a signature to check.
    hasher: Option<Hasher>,
}

impl Payload {
    /// Sees the next bytes; returns how many of them are payload.
    fn see(&mut self, bytes: &[u8]) -> usize {
        let left = self.n.map_or(u64::MAX, |n| n.saturating_sub(self.len));
        let n = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
        let (payload, padding) = bytes.split_at_checked(n).unwrap_or((bytes, &[]));
        if let Some(hasher) = &mut self.hasher {
            hasher.update(payload);
        }
        self.len = self.len.saturating_add(n as u64);
        self.zeros = self.zeros.saturating_add(padding.len() as u64);
        self.padding = padding.iter().fold(self.padding, |all, byte| all | byte);
        n
    }

    /// Whether nothing is missing and the padding is what it must be.
    fn is_complete(&self, flags: Flags) -> bool {
        self.n.is_none_or(|n| n == self.len)
            && content::padding(flags, self.len) == Some(self.zeros)
            && ct::equal(&[self.padding], &[0])
    }
}

impl ContentOpener {
    pub(super) fn new(
        buffer: OpenBuffer,
        (key, start): (BodyKey, ChunkHeader),
        checks: Checks,
        flags: Flags,
        now: UnixTime,
    ) -> Self {
        let hasher = flags.signed.then(Hasher::new);
        Self {
            buffer,
            key,
            start,
            checks,
            flags,
            now,
            created: None,
            head: Held::new(),
            held: Held::new(),
            released: Zeroizing::new([0; TRAILER_LEN]),
            untaken: 0..0,
            exposed: 0,
            behind: 0,
            payload: Payload { n: None, len: 0, zeros: 0, padding: 0, hasher },
            origin: None,
        }
    }

    /// Who sent it, once the end was reached.
    ///
    /// # Errors
    /// [`Error::NotAuthentic`] before.
    pub(crate) fn origin(&self) -> Result<Unclaimed<Origin>, Error> {
        let origin = self.origin.ok_or(Error::NotAuthentic)?;
        Ok(self.checks.unclaimed(origin, &origin))
    }

    #[cfg(feature = "parallel")]
    pub(super) fn on_all_cores(&mut self) {
        self.buffer.on_all_cores();
    }

    pub(super) const fn is_signed(&self) -> bool {
        self.flags.signed
    }

    /// Whether what stands before the payload was read.
    pub(super) const fn has_begun(&self) -> bool {
        self.created.is_some()
    }

    /// Position of the next byte of the payload.
    pub(super) fn position(&self) -> u64 {
        let waiting = self.untaken.len().saturating_add(self.exposed);
        self.payload.len.saturating_sub(waiting as u64)
    }

    /// Where the payload begins in an unsigned content of this proven length, and how long it is.
    ///
    /// # Errors
    /// [`Error::NotAuthentic`] when the padding is not what it must be.
    pub(super) fn bounds(&mut self, content_len: u64) -> Result<(u64, u64), Error> {
        let start = content::start_len(self.flags) as u64;
        let rest = content_len.checked_sub(start);
        let len = match self.payload.n {
            None => rest,
            Some(n) => content::padding(self.flags, n)
                .and_then(|zeros| zeros.checked_add(n))
                .and_then(|total| (Some(total) == rest).then_some(n)),
        };
        let Some(len) = len else {
            self.fail();
            return Err(Error::NotAuthentic);
        };
        Ok((start, len))
    }

    /// Continues at `position` of the payload, where the buffer stands already.
    pub(super) fn go_to(&mut self, position: u64) {
        self.forget();
        self.payload.len = position;
        self.payload.zeros = 0;
        self.payload.padding = 0;
    }

    fn forget(&mut self) {
        (self.untaken, self.exposed, self.behind) = (0..0, 0, 0);
    }

    fn fail(&mut self) {
        self.forget();
        self.buffer.fail();
        self.origin = None;
    }

    /// Sorts the next plaintext of the buffer: into the head, then payload, padding and what is held back.
    fn sort(&mut self) -> Result<(), Error> {
        let plaintext = self.buffer.plaintext();
        let missing = content::start_len(self.flags).saturating_sub(self.head.len);
        if missing > 0 {
            let n = missing.min(plaintext.len());
            self.head.advance(0, plaintext.get(..n).unwrap_or_default());
            self.buffer.taken(n);
            return if n == missing { self.begin() } else { Ok(()) };
        }
        let kept = if self.flags.signed { TRAILER_LEN } else { 0 };
        let free = self.held.len.saturating_add(plaintext.len()).saturating_sub(kept);
        let from_held = free.min(self.held.len);
        let (now, later) =
            plaintext.split_at_checked(free.saturating_sub(from_held)).unwrap_or((plaintext, &[]));

        let held = self.held.as_slice().get(..from_held).unwrap_or_default();
        for (to, from) in self.released.iter_mut().zip(held) {
            *to = *from;
        }
        self.untaken = 0..self.payload.see(held);
        self.exposed = self.payload.see(now);
        self.behind = plaintext.len().saturating_sub(self.exposed);
        self.held.advance(from_held, later);
        self.taken(0);
        Ok(())
    }

    /// Step 7, as soon as the time is there.
    fn begin(&mut self) -> Result<(), Error> {
        let mut cursor = Cursor::new(self.head.as_slice());
        let created = UnixTime::from_secs(u64::from_be_bytes(cursor.array()?));
        if self.flags.padded {
            self.payload.n = Some(u64::from_be_bytes(cursor.array()?));
        }
        self.checks.time(created, self.now)?;
        self.created = Some(created);
        Ok(())
    }

    /// Steps 8 and 9, at the end of the content.
    fn conclude(&mut self) -> Result<(), Error> {
        let created = self.created.ok_or(Error::NotAuthentic)?;
        if !self.payload.is_complete(self.flags) {
            return Err(Error::NotAuthentic);
        }
        let mut trailer = Cursor::new(self.held.as_slice());
        let sender = if self.flags.signed {
            let id = trailer.array().map_err(|_| Error::NotAuthentic)?;
            let signature = trailer.array().map_err(|_| Error::NotAuthentic)?;
            Some((KeyId::from_bytes(id), Signature::from_bytes(signature)))
        } else {
            None
        };
        let digest = self.payload.hasher.clone().map(Hasher::finish).unwrap_or_default();
        let (header_hash, start, len) = (self.key.header_hash(), &self.start, self.payload.len);
        let claimed = Claimed { header_hash, start, created, len, digest, sender };
        self.origin = Some(self.checks.origin(&claimed)?);
        Ok(())
    }
}

impl Open for ContentOpener {
    fn next(&mut self) -> Result<Step<'_>, Error> {
        if self.buffer.is_failed() {
            // A seek has found it: what was exposed before is erased, and no end comes after it.
            self.fail();
        }
        while self.untaken.is_empty() && self.exposed == 0 {
            let done = if !self.buffer.plaintext().is_empty() {
                self.sort()
            } else if self.buffer.is_last() && self.origin.is_none() {
                self.conclude()
            } else {
                // More is needed, or this is the end, or it has failed.
                return self.buffer.next();
            };
            if let Err(error) = done {
                self.fail();
                return Err(error);
            }
        }
        if self.untaken.is_empty() {
            return Ok(Step::Plaintext(self.buffer.plaintext().get(..self.exposed).unwrap_or_default()));
        }
        Ok(Step::Plaintext(self.released.get(self.untaken.clone()).unwrap_or_default()))
    }

    fn taken(&mut self, n: usize) {
        if self.untaken.is_empty() {
            let n = n.min(self.exposed);
            self.exposed = self.exposed.saturating_sub(n);
            self.buffer.taken(n);
        } else {
            self.untaken.start = self.untaken.start.saturating_add(n).min(self.untaken.end);
        }
        if self.untaken.is_empty() && self.exposed == 0 {
            self.buffer.taken(core::mem::take(&mut self.behind));
        }
    }

    fn filled(&mut self, n: usize) -> Result<(), Error> {
        self.buffer.filled(n)
    }

    fn buffer(&mut self) -> &mut OpenBuffer {
        &mut self.buffer
    }
}
