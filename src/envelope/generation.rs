// SPDX-License-Identifier: MIT OR Apache-2.0
//! A generation: one payload key with one header, immutable, which seals an envelope or several.
//!
//! Specification: `docs/envelope-v1.md`, sections 9 and 12.

use crate::{
    Error, Key, Keyring, UnixTime,
    envelope::{bind::Signed, content, key::BodyKey},
    primitive::{
        chunked::{self, Header as ChunkHeader, Part},
        hash,
        rng::Random,
    },
    signing::SigningKey,
    wire::envelope::Flags,
};
use alloc::vec::Vec;

/// A payload key, and the header that carries it to the recipients.
#[derive(Debug)]
pub(super) struct Generation {
    pub(super) key: BodyKey,
    pub(super) header: Vec<u8>,
    pub(super) flags: Flags,
    pub(super) context: [u8; 32],
}

impl Generation {
    /// Seals one payload under a fresh salt.
    ///
    /// # Errors
    /// [`Error::Unavailable`] without randomness, [`Error::TooLarge`].
    pub(super) fn seal(
        &self,
        signer: Option<&Keyring<SigningKey>>,
        payload: &[u8],
        now: UnixTime,
        random: &mut dyn Random,
    ) -> Result<Vec<u8>, Error> {
        let mut sealed = Vec::new();
        self.seal_onto(signer, payload, now, random, &mut sealed)?;
        Ok(sealed)
    }

    /// The same at the end of `out`, which a failure leaves as it was.
    ///
    /// # Errors
    /// As [`seal`](Self::seal).
    pub(super) fn seal_onto(
        &self,
        signer: Option<&Keyring<SigningKey>>,
        payload: &[u8],
        now: UnixTime,
        random: &mut dyn Random,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let n = payload.len() as u64;
        let zeros = content::padding(self.flags, n).and_then(|zeros| usize::try_from(zeros).ok());
        let zeros = zeros.ok_or(Error::TooLarge)?;
        let beside = content::start_len(self.flags).saturating_add(content::TRAILER_LEN);
        let longest = payload.len().saturating_add(zeros).saturating_add(beside);
        let (start, chunks) = self.key.seal(longest, random)?;
        let created = now.as_secs();
        let digest = signer.map(|_| hash::sha256(payload)).unwrap_or_default();
        let trailer = self.trailer(signer, &start, created, n, &digest);

        let parts = [
            Part::Bytes(&created.to_be_bytes()),
            Part::Bytes(if self.flags.padded { &n.to_be_bytes() } else { &[] }),
            Part::Bytes(payload),
            Part::Zeros(zeros),
            Part::Bytes(&trailer),
        ];
        chunked::seal_onto([&self.header, &start], chunks, &parts, out)
    }

    /// `[SIGNED: sender id8 || signature 64]`, over a payload of `len` bytes with this digest.
    pub(super) fn trailer(
        &self,
        signer: Option<&Keyring<SigningKey>>,
        start: &ChunkHeader,
        created: u64,
        len: u64,
        digest: &[u8; 32],
    ) -> Vec<u8> {
        let Some(signer) = signer else { return Vec::new() };
        let key = signer.primary();
        let sender = *key.verifying_key().as_bytes();
        let signed = Signed {
            header_hash: self.key.header_hash(),
            body: start,
            context: &self.context,
            sender: &sender,
            created,
            len,
            digest,
        };
        let signature = key.sign_for(Signed::PURPOSE, &[&signed.bytes()]);
        [key.id().as_bytes().as_slice(), signature.as_bytes()].concat()
    }
}
