// SPDX-License-Identifier: MIT OR Apache-2.0
//! ECDSA with P-256 and SHA-256 (FIPS 186-5), verification only.
//!
//! Of a message there are many signatures, and whoever has one can make another (`s` and `-s`): nothing may
//! depend on their bytes.

use crate::Error;
use p256::ecdsa::{self, signature::Verifier};

/// `SubjectPublicKeyInfo` of an uncompressed P-256 point up to the point (RFC 5480, section 2): there is one
/// encoding, and so nothing to parse.
const SPKI: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
const POINT_LEN: usize = 65;

/// A point of the curve other than the identity.
#[derive(Clone)]
pub(crate) struct VerifyingKey(ecdsa::VerifyingKey);

impl VerifyingKey {
    /// `None` for what is not an uncompressed point of the curve in SPKI.
    pub(crate) fn from_spki(der: &[u8]) -> Option<Self> {
        let point = der.strip_prefix(&SPKI).filter(|point| point.len() == POINT_LEN)?;
        ecdsa::VerifyingKey::from_sec1_bytes(point).ok().map(Self)
    }

    /// The point in SPKI, from which [`from_spki`](Self::from_spki) makes the same key.
    #[cfg(any(feature = "http", feature = "jwt"))]
    pub(crate) fn to_spki(&self) -> alloc::vec::Vec<u8> {
        [&SPKI[..], self.0.to_sec1_point(false).as_bytes()].concat()
    }

    /// `None` for what is not an uncompressed point of the curve, `04 || x || y` (SEC 1, section 2.3.3).
    #[cfg(any(feature = "http", feature = "jwt"))]
    pub(crate) fn from_sec1(point: &[u8]) -> Option<Self> {
        Self::from_spki(&[&SPKI[..], point].concat())
    }

    /// Checks `r || s`, 32 bytes each.
    ///
    /// # Errors
    /// [`Error::NotAuthentic`].
    #[cfg(any(feature = "http", feature = "jwt"))]
    pub(crate) fn verify_fixed(&self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        let signature = ecdsa::Signature::from_slice(signature).map_err(|_| Error::NotAuthentic)?;
        self.0.verify(message, &signature).map_err(|_| Error::NotAuthentic)
    }

    /// # Errors
    /// [`Error::NotAuthentic`], also when `signature` is not DER.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        let signature = ecdsa::Signature::from_der(signature).map_err(|_| Error::NotAuthentic)?;
        self.0.verify(message, &signature).map_err(|_| Error::NotAuthentic)
    }
}
