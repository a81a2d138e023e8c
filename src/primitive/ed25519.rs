// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ed25519, RFC 8032 section 5.1, pure, deterministic, strict when verifying.
//!
//! Strict: `S` below the group order, `R` and `A` in their canonical encoding, neither of small
//! order, and the equation without the cofactor. What one verifier accepts, all of ours accept.

use crate::{Error, secret::SecretArray};
use alloc::boxed::Box;
use ed25519_dalek::Signer;

/// Length of a signature in bytes.
pub(crate) const SIGNATURE_LEN: usize = 64;

/// The seed, expanded. The public key is derived from it and is never supplied, so that no caller
/// can have a message signed under another one (RUSTSEC-2022-0093).
pub(crate) struct SigningKey(Box<ed25519_dalek::SigningKey>);

impl SigningKey {
    pub(crate) fn from_seed(seed: &SecretArray<32>) -> Self {
        Self(Box::new(ed25519_dalek::SigningKey::from_bytes(seed.expose_secret())))
    }

    pub(crate) fn seed(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    pub(crate) fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey(self.0.verifying_key())
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; SIGNATURE_LEN] {
        self.0.sign(message).to_bytes()
    }
}

impl zeroize::ZeroizeOnDrop for SigningKey {}

const _: () = {
    const fn erased<T: zeroize::ZeroizeOnDrop>() {}
    erased::<ed25519_dalek::SigningKey>();
};

/// A public key in its canonical encoding, not of small order.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct VerifyingKey(ed25519_dalek::VerifyingKey);

impl VerifyingKey {
    /// `None` for what is not a point, not canonical, or of small order.
    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).ok()?;
        let canonical = key.to_edwards().compress().to_bytes() == *bytes;
        (canonical && !key.is_weak()).then_some(Self(key))
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// # Errors
    /// [`Error::NotAuthentic`].
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8; SIGNATURE_LEN]) -> Result<(), Error> {
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        self.0.verify_strict(message, &signature).map_err(|_| Error::NotAuthentic)
    }
}
