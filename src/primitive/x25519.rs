// SPDX-License-Identifier: MIT OR Apache-2.0
//! X25519, RFC 7748, with the non-contributory result refused (RFC 7748 section 6.1, RFC 9180
//! section 7.1.4).

use crate::{
    Error,
    secret::{SecretArray, erased_by_fields},
};
use zeroize::Zeroizing;

/// Length of a secret key, a public key and a shared secret, in bytes.
pub(crate) const LEN: usize = 32;

/// A secret key: 32 bytes as given; clamping happens when they are used.
pub(crate) struct SecretKey(SecretArray<LEN>);

erased_by_fields!(SecretKey: 0);

impl SecretKey {
    pub(crate) const fn new(bytes: SecretArray<LEN>) -> Self {
        Self(bytes)
    }

    pub(crate) const fn bytes(&self) -> &SecretArray<LEN> {
        &self.0
    }

    fn dalek(&self) -> x25519_dalek::StaticSecret {
        (*self.0.expose_secret()).into()
    }

    /// `X25519(k, 9)`.
    pub(crate) fn public(&self) -> [u8; LEN] {
        x25519_dalek::PublicKey::from(&self.dalek()).to_bytes()
    }

    /// `X25519(k, u)`.
    ///
    /// # Errors
    /// [`Error::NotAuthentic`] when the result is all zero: the peer's point is of small order.
    pub(crate) fn diffie_hellman(&self, public: &[u8; LEN]) -> Result<Zeroizing<[u8; LEN]>, Error> {
        let shared = self.dalek().diffie_hellman(&(*public).into());
        if !shared.was_contributory() {
            return Err(Error::NotAuthentic);
        }
        Ok(Zeroizing::new(shared.to_bytes()))
    }
}

/// Whether a public key is worth importing: in its one canonical encoding, `u < 2^255 - 19`, and
/// not of small order.
pub(crate) fn is_sound(public: &[u8; LEN]) -> bool {
    // Little-endian: the number is below p unless its top bit is set or it is 2^255 - 19 and above,
    // which is 0x7f, then thirty times 0xff, then at least 0xed.
    let [low, middle @ .., high] = public;
    let too_large =
        *high > 0x7f || (*high == 0x7f && middle.iter().all(|byte| *byte == 0xff) && *low >= 0xed);
    // Every clamped scalar is a multiple of 8, so any of them sends all points of small order to zero.
    let probe = SecretKey::new(SecretArray::zeroed());
    !too_large && probe.diffie_hellman(public).is_ok()
}
