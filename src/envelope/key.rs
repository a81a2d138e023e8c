// SPDX-License-Identifier: MIT OR Apache-2.0
//! The payload key with the header that carries it: all that is needed to seal or to open a body,
//! and the key of the answer, which is derived from it.
//!
//! Specification: `docs/envelope-v1.md`, sections 9, 11 and 12.

use crate::{
    Error,
    envelope::bind,
    hpke::Suite,
    primitive::{
        aead::Aead,
        chunked::{self, Chunks, Header as ChunkHeader, Part},
        hash::{self, label},
        kdf,
        mac::{Hash, Hmac},
        rng::Random,
    },
    wire::response::{self, RESPONSE},
};
use alloc::vec::Vec;
use zeroize::Zeroizing;

/// A payload key under one header and context. The key itself is not kept, only what is derived from it.
#[derive(Debug)]
pub(super) struct BodyKey {
    aead: Aead,
    /// The HMAC-SHA-512 state that every derivation starts from.
    derive: Hmac,
    header_hash: [u8; 32],
    body_context: [u8; 32],
}

impl BodyKey {
    pub(super) fn new(suite: Suite, payload_key: &[u8; 32], header: &[u8], context: &[u8; 32]) -> Self {
        let header_hash = hash::sha256(header);
        Self {
            aead: suite.aead(),
            derive: Hmac::new(Hash::Sha512, payload_key),
            header_hash,
            body_context: bind::body_context(&header_hash, context),
        }
    }

    pub(super) const fn header_hash(&self) -> &[u8; 32] {
        &self.header_hash
    }

    /// Starts a body of up to `longest` bytes under a fresh salt.
    ///
    /// # Errors
    /// [`Error::Unavailable`] without randomness.
    pub(super) fn seal(
        &self,
        longest: usize,
        random: &mut dyn Random,
    ) -> Result<(ChunkHeader, Chunks), Error> {
        Chunks::seal(self.aead, &self.derive, &self.body_context, longest, random)
    }

    /// Starts to open a body of up to `longest` bytes; checks its commitment.
    ///
    /// # Errors
    /// [`Error::NotAuthentic`].
    pub(super) fn open(&self, longest: usize, start: &ChunkHeader) -> Result<Chunks, Error> {
        Chunks::open(self.aead, &self.derive, &self.body_context, longest, start)
    }

    /// `RK = X(PK, L("response key") || H(all bytes of the request), 32)`, for the context `CTX`.
    ///
    /// # Errors
    /// None: the length is within that of X.
    pub(super) fn response_key(&self, request: &[u8], context: &[u8; 32]) -> Result<ResponseKey, Error> {
        let [a, b, c] = label("response key");
        let mut key = Zeroizing::new([0; 32]);
        kdf::expand(&self.derive, &[a, b, c, &hash::sha256(request)], key.as_mut_slice())?;
        Ok(ResponseKey {
            aead: self.aead,
            derive: Hmac::new(Hash::Sha512, key.as_slice()),
            context: bind::response_context(context),
        })
    }
}

/// The key of the answers to one request, the same on both sides.
pub(super) struct ResponseKey {
    aead: Aead,
    derive: Hmac,
    context: [u8; 32],
}

impl ResponseKey {
    /// `0xC2 || C2SP(aead of the suite, RK, H(L("response") || 0xC2 || CTX), answer)`.
    ///
    /// # Errors
    /// [`Error::Unavailable`] without randomness, [`Error::TooLarge`].
    pub(super) fn seal(&self, answer: &[u8], random: &mut dyn Random) -> Result<Vec<u8>, Error> {
        let (start, chunks) = Chunks::seal(self.aead, &self.derive, &self.context, answer.len(), random)?;
        chunked::seal_all([&[RESPONSE], &start], chunks, &[Part::Bytes(answer)])
    }

    /// # Errors
    /// [`Error::Malformed`] when it does not begin like a response or is too short for one,
    /// [`Error::NotAuthentic`].
    pub(super) fn open(&self, response: &[u8]) -> Result<Vec<u8>, Error> {
        let (start, chunks) = response::parse(response)?.split_first_chunk().ok_or(Error::Malformed)?;
        let opening = Chunks::open(self.aead, &self.derive, &self.context, chunks.len(), start)?;
        let mut answer = chunked::open_all(opening, chunks)?;
        Ok(core::mem::take(&mut *answer))
    }
}
