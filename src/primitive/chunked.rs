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
        aead::{Aead, Cipher, NONCE_LEN, TAG_LEN},
        ct, kdf,
        mac::Hmac,
        rng::{self, Random},
    },
};
use alloc::vec::Vec;
use core::fmt;
use zeroize::Zeroizing;

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
    /// Starts a message under a fresh salt. `input_key` is the HMAC-SHA-512 state of the key.
    ///
    /// # Errors
    /// [`Error::Unavailable`] without randomness.
    pub(crate) fn seal(
        aead: Aead,
        input_key: &Hmac,
        context: &[u8],
        random: &mut dyn Random,
    ) -> Result<(Header, Self), Error> {
        let salt: [u8; SALT_LEN] = rng::public(random)?;
        let (chunks, commitment) = Self::derive(aead, input_key, &salt, context)?;
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
    pub(crate) fn open(aead: Aead, input_key: &Hmac, context: &[u8], header: &Header) -> Result<Self, Error> {
        let (salt, commitment) = header.split_at(SALT_LEN);
        let (chunks, expected) = Self::derive(aead, input_key, salt, context)?;
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
    ) -> Result<(Self, [u8; COMMITMENT_LEN]), Error> {
        let mut okm = Zeroizing::new([0; 32 + NONCE_LEN + COMMITMENT_LEN]);
        let used = aead.key_len().saturating_add(NONCE_LEN + COMMITMENT_LEN);
        let okm = okm.get_mut(..used).ok_or(Error::TooLarge)?;
        let info = [b"c2sp.org/chunked-encryption@v1+", aead.name().as_bytes(), &[0], salt, context];
        kdf::expand(input_key, &info, okm)?;

        let (key, rest) = okm.split_at(aead.key_len());
        let (base_nonce, commitment) = rest.split_at(NONCE_LEN);
        let mut chunks = Self {
            // The length fits by construction.
            cipher: Cipher::new(aead, key).ok_or(Error::Malformed)?,
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

    /// The nonce of the next chunk: base nonce XOR its number, big-endian. Every call advances,
    /// a short chunk ends the message.
    fn advance(&mut self, len: usize) -> Result<[u8; NONCE_LEN], Error> {
        if self.finished || self.next >= MAX_CHUNKS || len > CHUNK_LEN {
            return Err(Error::Exhausted);
        }
        let mut nonce = self.base_nonce;
        for (byte, count) in nonce.iter_mut().rev().zip(self.next.to_le_bytes()) {
            *byte ^= count;
        }
        // Cannot overflow below MAX_CHUNKS.
        self.next = self.next.saturating_add(1);
        self.finished = len < CHUNK_LEN;
        Ok(nonce)
    }

    /// Seals the next chunk in place; one below `CHUNK_LEN` is the last.
    ///
    /// # Errors
    /// [`Error::Exhausted`] after the last chunk or after 2^38 chunks.
    pub(crate) fn seal_next(&mut self, chunk: &mut [u8]) -> Result<[u8; TAG_LEN], Error> {
        let nonce = self.advance(chunk.len())?;
        self.cipher.seal_in_place(&nonce, &[], chunk)
    }

    /// Opens the next chunk in place: ciphertext and tag in `sealed`, which on success begins with
    /// the plaintext of the returned length and on failure is cleared.
    ///
    /// # Errors
    /// [`Error::NotAuthentic`], also for a chunk that is too short for a tag or comes after the last.
    pub(crate) fn open_next(&mut self, sealed: &mut [u8]) -> Result<usize, Error> {
        let (chunk, tag) = sealed.split_last_chunk_mut::<TAG_LEN>().ok_or(Error::NotAuthentic)?;
        let nonce = self.advance(chunk.len()).map_err(|_| Error::NotAuthentic)?;
        self.cipher.open_in_place(&nonce, &[], chunk, tag)?;
        Ok(chunk.len())
    }
}

impl fmt::Debug for Chunks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunks").field("next", &self.next).finish_non_exhaustive()
    }
}

/// Length of the chunks, with their tags, of a message of `len` bytes; `None` if it is over `usize`.
pub(crate) fn sealed_len(len: usize) -> Option<usize> {
    (len / CHUNK_LEN).checked_add(1)?.checked_mul(TAG_LEN)?.checked_add(len)
}

/// Appends a message to a vector, which holds every byte once: as plaintext, then in place as
/// ciphertext. Reserve [`sealed_len`] before, so that no plaintext stays behind in a smaller block.
pub(crate) struct Appender<'a> {
    chunks: Chunks,
    out: &'a mut Vec<u8>,
    chunk_start: usize,
}

impl<'a> Appender<'a> {
    pub(crate) fn new(chunks: Chunks, out: &'a mut Vec<u8>) -> Self {
        let chunk_start = out.len();
        Self { chunks, out, chunk_start }
    }

    /// # Errors
    /// [`Error::Exhausted`] after 2^38 chunks.
    pub(crate) fn push(&mut self, mut bytes: &[u8]) -> Result<(), Error> {
        while !bytes.is_empty() {
            let room = CHUNK_LEN.saturating_sub(self.out.len().saturating_sub(self.chunk_start));
            let (now, later) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
            self.out.extend_from_slice(now);
            if now.len() == room {
                self.seal_chunk()?;
            }
            bytes = later;
        }
        Ok(())
    }

    /// `n` zeros.
    ///
    /// # Errors
    /// [`Error::Exhausted`] after 2^38 chunks.
    pub(crate) fn push_zeros(&mut self, mut n: usize) -> Result<(), Error> {
        const ZEROS: [u8; 1024] = [0; 1024];
        while n > 0 {
            let zeros = ZEROS.get(..n).unwrap_or(&ZEROS);
            self.push(zeros)?;
            n = n.saturating_sub(zeros.len());
        }
        Ok(())
    }

    /// Seals the last chunk, which may be empty.
    ///
    /// # Errors
    /// [`Error::Exhausted`] after 2^38 chunks.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        self.seal_chunk()
    }

    fn seal_chunk(&mut self) -> Result<(), Error> {
        let chunk = self.out.get_mut(self.chunk_start..).unwrap_or_default();
        let tag = self.chunks.seal_next(chunk)?;
        self.out.extend_from_slice(&tag);
        self.chunk_start = self.out.len();
        Ok(())
    }
}

/// Opens all chunks of a message at once. What was decrypted before a failure is erased.
///
/// # Errors
/// [`Error::NotAuthentic`], also for a length that no message has.
pub(crate) fn open_all(mut chunks: Chunks, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    // The last chunk is a tag at least, and never full: its length tells a truncated message
    // before anything is allocated.
    let last = sealed.len() % SEALED_CHUNK_LEN;
    if last < TAG_LEN {
        return Err(Error::NotAuthentic);
    }
    // Ciphertext and tag go into the buffer and the tag is overwritten by what comes next.
    let mut opened = Zeroizing::new(Vec::with_capacity(sealed.len()));
    for chunk in sealed.chunks(SEALED_CHUNK_LEN) {
        let start = opened.len();
        opened.extend_from_slice(chunk);
        let len = chunks.open_next(opened.get_mut(start..).unwrap_or_default())?;
        opened.truncate(start.saturating_add(len));
    }
    Ok(opened)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primitive::{mac::Hash, rng::System};

    fn chunks() -> Chunks {
        let key = Hmac::new(Hash::Sha512, &[1; 32]);
        Chunks::seal(Aead::Aes256Gcm, &key, b"", &mut System).unwrap().1
    }

    /// Also hpke-rs GHSA-g433-pq76-6cmf and rustls PR 3215: the counter stops, it does not wrap.
    #[test]
    fn pitfall_02_the_chunk_counter_stops_at_its_limit() {
        let mut c = chunks();
        c.next = MAX_CHUNKS - 1;
        let mut chunk = alloc::vec![0; CHUNK_LEN];
        c.seal_next(&mut chunk).unwrap();
        assert_eq!(c.seal_next(&mut chunk), Err(Error::Exhausted));
        assert_eq!(c.seal_next(&mut []), Err(Error::Exhausted));
        assert_eq!(c.next, MAX_CHUNKS);
    }

    #[test]
    fn nothing_comes_after_the_short_chunk_and_no_chunk_is_too_long() {
        let mut c = chunks();
        assert_eq!(c.seal_next(&mut alloc::vec![0; CHUNK_LEN + 1]), Err(Error::Exhausted));
        c.seal_next(&mut [0; 5]).unwrap();
        assert_eq!(c.seal_next(&mut [0; 5]), Err(Error::Exhausted));
        assert_eq!(c.seal_next(&mut []), Err(Error::Exhausted));
    }

    #[test]
    fn rustsec_2017_0004_base64_lengths_do_not_overflow() {
        assert_eq!(sealed_len(usize::MAX), None);
        assert_eq!(sealed_len(0), Some(16));
        assert_eq!(sealed_len(CHUNK_LEN - 1), Some(CHUNK_LEN - 1 + 16));
        assert_eq!(sealed_len(CHUNK_LEN), Some(CHUNK_LEN + 32));
    }
}
