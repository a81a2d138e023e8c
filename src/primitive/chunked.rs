// SPDX-License-Identifier: MIT OR Apache-2.0
//! C2SP chunked encryption (c2sp.org/chunked-encryption) with SHA-512: a message in chunks of
//! 16 KiB, of which the last and only the last is shorter.
//!
//! ```text
//! key || base nonce || commitment = HKDF-Expand(input key,
//!     "c2sp.org/chunked-encryption@v1+" || aead || 0x00 || salt || context)
//! message = salt (24) || commitment (32) || chunks
//! chunk i = AEAD(key, base nonce XOR i, no AAD, up to 16,384 bytes)
//! ```

use crate::{
    Error,
    primitive::{
        aead::{Aead, Cipher, NONCE_LEN, TAG_LEN, room},
        ct, kdf,
        mac::Hmac,
        rng::{self, Random},
    },
};
use alloc::vec::Vec;
use core::fmt;
use zeroize::{Zeroize, Zeroizing};

/// Plaintext of every chunk but the last.
pub(crate) const CHUNK_LEN: usize = 16 * 1024;
/// A full chunk with its tag.
pub(crate) const SEALED_CHUNK_LEN: usize = CHUNK_LEN + TAG_LEN;
pub(crate) const SALT_LEN: usize = 24;
pub(crate) const COMMITMENT_LEN: usize = 32;
/// Salt and commitment.
pub(crate) const HEADER_LEN: usize = SALT_LEN + COMMITMENT_LEN;
/// "The message MUST NOT exceed 2^38 chunks (4 PiB)."
const MAX_CHUNKS: u64 = 1 << 38;
/// Plaintext of the longest message: the last chunk is short.
pub(crate) const MAX_LEN: u64 = MAX_CHUNKS * CHUNK_LEN as u64 - 1;
/// From here on, spreading chunks over cores costs less than it saves: 16 of them take 50 us or more.
#[cfg(feature = "parallel")]
const PARALLEL_FROM: usize = 16 * SEALED_CHUNK_LEN;

/// Salt and commitment as they stand in front of the chunks.
pub(crate) type Header = [u8; HEADER_LEN];

/// The chunks of one message, sealed or opened one after another.
pub(crate) struct Chunks {
    cipher: Cipher,
    base_nonce: [u8; NONCE_LEN],
    next: u64,
    /// The short chunk was seen: nothing comes after it.
    finished: bool,
}

impl Chunks {
    /// Starts a message of up to `longest` bytes under a fresh salt: a longer one is right, too, but not prepared for.
    /// `input_key` is the HMAC-SHA-512 state of the key.
    ///
    /// # Errors
    /// [`Error::Unavailable`] without randomness.
    pub(crate) fn seal(
        aead: Aead,
        input_key: &Hmac,
        context: &[u8],
        longest: usize,
        random: &mut dyn Random,
    ) -> Result<(Header, Self), Error> {
        let salt: [u8; SALT_LEN] = rng::public(random)?;
        let (chunks, commitment) = Self::derive(aead, input_key, &salt, context, longest)?;
        let mut header = [0; HEADER_LEN];
        let (to_salt, to_commitment) = header.split_at_mut(SALT_LEN);
        to_salt.copy_from_slice(&salt);
        to_commitment.copy_from_slice(&commitment);
        Ok((header, chunks))
    }

    /// Starts to open a message: nothing is decrypted unless the commitment is that of the key,
    /// the context and the salt.
    ///
    /// # Errors
    /// [`Error::NotAuthentic`].
    pub(crate) fn open(
        aead: Aead,
        input_key: &Hmac,
        context: &[u8],
        longest: usize,
        header: &Header,
    ) -> Result<Self, Error> {
        let (salt, commitment) = header.split_at(SALT_LEN);
        let (chunks, expected) = Self::derive(aead, input_key, salt, context, longest)?;
        if !ct::equal(&expected, commitment) {
            return Err(Error::NotAuthentic);
        }
        Ok(chunks)
    }

    fn derive(
        aead: Aead,
        input_key: &Hmac,
        salt: &[u8],
        context: &[u8],
        longest: usize,
    ) -> Result<(Self, [u8; COMMITMENT_LEN]), Error> {
        let mut okm = [0; 32 + NONCE_LEN + COMMITMENT_LEN];
        let used = aead.key_len().saturating_add(NONCE_LEN + COMMITMENT_LEN);
        let name = aead.name().as_bytes();
        let info = [b"c2sp.org/chunked-encryption@v1+", name, &[0], salt, context];
        let expanded = okm.get_mut(..used).ok_or(Error::TooLarge).and_then(|okm| {
            kdf::expand(input_key, &info, okm)?;
            Self::from_okm(aead, okm, longest)
        });
        okm.as_mut_slice().zeroize();
        expanded
    }

    fn from_okm(aead: Aead, okm: &[u8], longest: usize) -> Result<(Self, [u8; COMMITMENT_LEN]), Error> {
        let (key, rest) = okm.split_at(aead.key_len());
        let (base_nonce, commitment) = rest.split_at(NONCE_LEN);
        let mut chunks = Self {
            // The length fits by construction.
            cipher: Cipher::for_up_to(aead, key, longest.min(CHUNK_LEN)).ok_or(Error::Malformed)?,
            base_nonce: [0; NONCE_LEN],
            next: 0,
            finished: false,
        };
        chunks.base_nonce.copy_from_slice(base_nonce);
        let mut public = [0; COMMITMENT_LEN];
        public.copy_from_slice(commitment);
        Ok((chunks, public))
    }

    /// Continues with chunk `index`, for a reader that seeks.
    #[cfg(feature = "std")]
    pub(crate) fn go_to(&mut self, index: u64) {
        self.next = index;
        self.finished = false;
    }

    /// The number of the chunk that comes next.
    #[cfg(feature = "std")]
    pub(crate) const fn next_index(&self) -> u64 {
        self.next
    }

    /// Takes the numbers of the next `full` chunks and, with `last`, of the short one that ends
    /// the message; returns the first. No number is taken twice.
    fn take(&mut self, full: usize, last: bool) -> Result<u64, Error> {
        let first = self.next;
        let end = first.checked_add(full as u64).and_then(|end| end.checked_add(u64::from(last)));
        let end = end.filter(|end| *end <= MAX_CHUNKS && !self.finished).ok_or(Error::Exhausted)?;
        self.next = end;
        self.finished = last;
        Ok(first)
    }

    /// Base nonce XOR the number of the chunk, big-endian.
    fn nonce(&self, index: u64) -> [u8; NONCE_LEN] {
        let mut nonce = self.base_nonce;
        for (byte, count) in nonce.iter_mut().rev().zip(index.to_le_bytes()) {
            *byte ^= count;
        }
        nonce
    }

    /// Seals the next chunks in place: `slots` holds, every 16,400 bytes, the plaintext of a full chunk
    /// with room for its tag and, where it ends short of that, the last one.
    ///
    /// # Errors
    /// [`Error::Exhausted`] after the last chunk or after 2^38 chunks.
    #[cfg(feature = "std")]
    pub(crate) fn seal_next(&mut self, slots: &mut [u8]) -> Result<(), Error> {
        let first =
            self.take(slots.len() / SEALED_CHUNK_LEN, !slots.len().is_multiple_of(SEALED_CHUNK_LEN))?;
        each(slots, SEALED_CHUNK_LEN, first, |index, slot| {
            let (chunk, tag) = slot.split_last_chunk_mut().ok_or(Error::Exhausted)?;
            *tag = self.cipher.seal_in_place(&self.nonce(index), &[], chunk)?;
            Ok(())
        })
    }

    /// Opens the next chunks in place. On success every slot begins with its plaintext, on failure all
    /// of them are cleared. With `ended` the last slot is the end of the message, and short.
    ///
    /// # Errors
    /// [`Error::NotAuthentic`], also for a slot that is too short for a tag or comes after the last.
    #[cfg(feature = "std")]
    pub(crate) fn open_next(&mut self, slots: &mut [u8], ended: bool) -> Result<(), Error> {
        let short = slots.len() % SEALED_CHUNK_LEN;
        let opened = match self.take(slots.len() / SEALED_CHUNK_LEN, ended) {
            Ok(first) if ended == (short >= TAG_LEN) && (ended || short == 0) => {
                each(slots, SEALED_CHUNK_LEN, first, |index, slot| {
                    let (chunk, tag) = slot.split_last_chunk_mut().ok_or(Error::NotAuthentic)?;
                    self.cipher.open_in_place(&self.nonce(index), &[], chunk, tag)
                })
            }
            _ => Err(Error::NotAuthentic),
        };
        if opened.is_err() {
            slots.zeroize();
        }
        opened
    }
}

/// Calls `f` with each `stride` bytes, the last of which may be fewer, and their number.
fn each(
    bytes: &mut [u8],
    stride: usize,
    first: u64,
    f: impl Fn(u64, &mut [u8]) -> Result<(), Error> + Sync,
) -> Result<(), Error> {
    #[cfg(feature = "parallel")]
    if bytes.len() >= PARALLEL_FROM {
        use rayon::prelude::*;
        let parts = bytes.par_chunks_mut(stride).enumerate();
        return parts.try_for_each(|(i, part)| f(first.saturating_add(i as u64), part));
    }
    (first..).zip(bytes.chunks_mut(stride)).try_for_each(|(index, part)| f(index, part))
}

impl fmt::Debug for Chunks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunks").field("next", &self.next).finish_non_exhaustive()
    }
}

/// Length of the chunks, with their tags, of a message of `len` bytes; `None` if it is over `usize`.
fn sealed_len(len: usize) -> Option<usize> {
    (len / CHUNK_LEN).checked_add(1)?.checked_mul(TAG_LEN)?.checked_add(len)
}

/// A part of a plaintext that is sealed at once.
#[derive(Clone, Copy)]
pub(crate) enum Part<'a> {
    Bytes(&'a [u8]),
    Zeros(usize),
}

impl Part<'_> {
    const fn len(self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Zeros(n) => n,
        }
    }
}

/// What stands in front of the chunks, and the chunks of the plaintext that the parts are one after another.
///
/// # Errors
/// [`Error::TooLarge`] when the result is over `usize`, [`Error::Exhausted`] above 2^38 chunks.
pub(crate) fn seal_all(before: [&[u8]; 2], chunks: Chunks, parts: &[Part<'_>]) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    seal_onto(before, chunks, parts, &mut out)?;
    Ok(out)
}

/// The same at the end of `out`, which a failure leaves as it was.
///
/// # Errors
/// As [`seal_all`].
pub(crate) fn seal_onto(
    before: [&[u8]; 2],
    mut chunks: Chunks,
    parts: &[Part<'_>],
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    let len = parts.iter().try_fold(0_usize, |sum, part| sum.checked_add(part.len()));
    let sealed = len.and_then(sealed_len).ok_or(Error::TooLarge)?;
    let first = chunks.take(sealed / SEALED_CHUNK_LEN, true)?;
    let end = out.len();
    let start = before.iter().map(|part| part.len()).fold(0, usize::saturating_add);
    let (mut to_before, slots) =
        room(out, start.checked_add(sealed).ok_or(Error::TooLarge)?)?.split_at_mut(start);
    for part in before {
        let (now, later) = to_before.split_at_mut(part.len());
        now.copy_from_slice(part);
        to_before = later;
    }
    let sealed = each(slots, SEALED_CHUNK_LEN, first, |index, slot| {
        let (chunk, tag) = slot.split_last_chunk_mut().ok_or(Error::Exhausted)?;
        // Fits: it is an offset into the plaintext, whose length does.
        let offset = usize::try_from(index).map_err(|_| Error::TooLarge)?.saturating_mul(CHUNK_LEN);
        let nonce = chunks.nonce(index);
        *tag = if let Some(plaintext) = within_one(parts, offset, chunk.len()) {
            chunks.cipher.seal_to(&nonce, &[], plaintext, chunk)?
        } else {
            copy_from(parts, offset, chunk);
            chunks.cipher.seal_in_place(&nonce, &[], chunk)?
        };
        Ok(())
    });
    if let Err(error) = sealed {
        slots.zeroize();
        out.truncate(end);
        return Err(error);
    }
    Ok(())
}

/// The plaintext from `offset` on, if all of it is in one of the parts.
fn within_one<'a>(parts: &[Part<'a>], mut offset: usize, len: usize) -> Option<&'a [u8]> {
    for part in parts {
        match part.len().checked_sub(offset) {
            Some(left) if left > 0 => {
                let Part::Bytes(bytes) = part else { return None };
                return bytes.get(offset..)?.get(..len);
            }
            _ => offset = offset.saturating_sub(part.len()),
        }
    }
    None
}

/// Copies the plaintext from `offset` on over `chunk`, which is zero.
fn copy_from(parts: &[Part<'_>], mut offset: usize, mut chunk: &mut [u8]) {
    for part in parts {
        let Some(left) = part.len().checked_sub(offset) else {
            offset = offset.saturating_sub(part.len());
            continue;
        };
        let n = left.min(chunk.len());
        let (now, later) = core::mem::take(&mut chunk).split_at_mut(n);
        if let Part::Bytes(bytes) = part {
            let from = bytes.get(offset..).unwrap_or_default();
            now.copy_from_slice(from.get(..n).unwrap_or_default());
        }
        (chunk, offset) = (later, 0);
    }
}

/// Opens all chunks of a message at once. What was decrypted before a failure is erased.
///
/// # Errors
/// [`Error::NotAuthentic`], also for a length that no message has.
pub(crate) fn open_all(chunks: Chunks, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    let mut opened = Zeroizing::new(Vec::new());
    open_onto(chunks, sealed, &mut opened)?;
    Ok(opened)
}

/// The same at the end of `out`, which a failure leaves as it was.
///
/// # Errors
/// As [`open_all`].
pub(crate) fn open_onto(mut chunks: Chunks, sealed: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
    let (full, last) = (sealed.len() / SEALED_CHUNK_LEN, sealed.len() % SEALED_CHUNK_LEN);
    // The last chunk is a tag at least, and never full: its length tells a truncated message
    // before anything is allocated.
    let last = last.checked_sub(TAG_LEN).ok_or(Error::NotAuthentic)?;
    let first = chunks.take(full, true).map_err(|_| Error::NotAuthentic)?;
    let split = full.saturating_mul(CHUNK_LEN);
    let open = |index: u64, to: &mut [u8]| {
        let at = usize::try_from(index).ok().and_then(|index| index.checked_mul(SEALED_CHUNK_LEN));
        let slot = at.and_then(|at| sealed.get(at..)).ok_or(Error::NotAuthentic)?;
        let (ciphertext, rest) = slot.split_at_checked(to.len()).ok_or(Error::NotAuthentic)?;
        let tag = rest.first_chunk().ok_or(Error::NotAuthentic)?;
        chunks.cipher.open_to(&chunks.nonce(index), &[], ciphertext, tag, to)
    };
    let end = out.len();
    let opened = room(out, split.saturating_add(last))?;
    let (to_full, to_last) = opened.split_at_mut(split);
    let done = each(to_full, CHUNK_LEN, first, open).and_then(|()| open(full as u64, to_last));
    if done.is_err() {
        opened.zeroize();
        out.truncate(end);
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primitive::{mac::Hash, rng::System};

    fn chunks() -> Chunks {
        let key = Hmac::new(Hash::Sha512, &[1; 32]);
        Chunks::seal(Aead::Aes256Gcm, &key, b"", CHUNK_LEN, &mut System).unwrap().1
    }

    /// Also hpke-rs GHSA-g433-pq76-6cmf and rustls PR 3215: the counter stops, it does not wrap.
    #[test]
    fn pitfall_02_the_chunk_counter_stops_at_its_limit() {
        let mut c = chunks();
        c.next = MAX_CHUNKS - 1;
        assert_eq!(c.take(1, true), Err(Error::Exhausted));
        assert_eq!(c.take(usize::MAX, true), Err(Error::Exhausted));
        assert_eq!(c.take(1, false), Ok(MAX_CHUNKS - 1));
        assert_eq!(c.take(1, false), Err(Error::Exhausted));
        assert_eq!(c.take(0, true), Err(Error::Exhausted));
        assert_eq!(c.next, MAX_CHUNKS);
    }

    #[test]
    fn nothing_comes_after_the_short_chunk() {
        let mut c = chunks();
        assert_eq!(c.take(3, true), Ok(0));
        assert_eq!(c.take(0, true), Err(Error::Exhausted));
        assert_eq!(c.take(1, false), Err(Error::Exhausted));
        assert_eq!(c.next, 4);
    }

    #[test]
    fn every_chunk_has_a_nonce_of_its_own() {
        let c = chunks();
        let indices = [0, 1, 255, 256, u64::from(u32::MAX), 1 << 32, MAX_CHUNKS - 1];
        let mut nonces = indices.map(|index| c.nonce(index)).to_vec();
        nonces.sort_unstable();
        nonces.dedup();
        assert_eq!(nonces.len(), indices.len());
        assert_eq!(c.nonce(0), c.base_nonce);
    }

    /// Whatever the parts are cut into, and on however many cores: the same bytes.
    #[test]
    fn parts_are_sealed_as_the_plaintext_that_they_make() {
        struct Salt;
        impl Random for Salt {
            fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
                buffer.fill(7);
                Ok(())
            }
        }
        let key = Hmac::new(Hash::Sha512, &[1; 32]);
        let seal = |parts: &[Part<'_>]| {
            let (header, chunks) = Chunks::seal(Aead::Aes256Gcm, &key, b"", 0, &mut Salt).unwrap();
            (header, seal_all([b"", b""], chunks, parts).unwrap())
        };
        for len in [0, 1, CHUNK_LEN - 1, CHUNK_LEN, CHUNK_LEN + 1, 17 * CHUNK_LEN, 40 * CHUNK_LEN + 5] {
            let mut plaintext: Vec<u8> = (0..=250).cycle().take(len).collect();
            let tail = plaintext.len().min(20_000);
            let zeros_from = plaintext.len() - tail;
            plaintext[zeros_from..].fill(0);
            let (header, whole) = seal(&[Part::Bytes(&plaintext)]);
            for cut in [0, 1, 8, len / 2, zeros_from] {
                let (a, b) = plaintext[..zeros_from].split_at(cut.min(zeros_from));
                let parts =
                    [Part::Bytes(a), Part::Bytes(&[]), Part::Bytes(b), Part::Zeros(tail), Part::Bytes(&[])];
                assert!(seal(&parts).1 == whole, "{len} cut at {cut}");
            }
            let chunks = Chunks::open(Aead::Aes256Gcm, &key, b"", 0, &header).unwrap();
            assert!(*open_all(chunks, &whole).unwrap() == plaintext, "{len}");
        }
    }

    #[test]
    fn rustsec_2017_0004_base64_lengths_do_not_overflow() {
        assert_eq!(sealed_len(usize::MAX), None);
        assert_eq!(sealed_len(0), Some(16));
        assert_eq!(sealed_len(CHUNK_LEN - 1), Some(CHUNK_LEN - 1 + 16));
        assert_eq!(sealed_len(CHUNK_LEN), Some(CHUNK_LEN + 32));
    }
}
