// SPDX-License-Identifier: MIT OR Apache-2.0
//! The payload key with the header that carries it: all that is needed to seal or to open a body.
//!
//! Specification: `docs/envelope-v1.md`, sections 9 and 12.

use crate::{
    Error,
    envelope::bind,
    hpke::Suite,
    primitive::{
        aead::Aead,
        chunked::{Chunks, Header as ChunkHeader},
        hash,
        mac::{Hash, Hmac},
        rng::Random,
    },
};

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

    /// Starts a body under a fresh salt.
    ///
    /// # Errors
    /// [`Error::Unavailable`] without randomness.
    pub(super) fn seal(&self, random: &mut dyn Random) -> Result<(ChunkHeader, Chunks), Error> {
        Chunks::seal(self.aead, &self.derive, &self.body_context, random)
    }

    /// Starts to open a body; checks its commitment.
    ///
    /// # Errors
    /// [`Error::NotAuthentic`].
    pub(super) fn open(&self, start: &ChunkHeader) -> Result<Chunks, Error> {
        Chunks::open(self.aead, &self.derive, &self.body_context, start)
    }
}
