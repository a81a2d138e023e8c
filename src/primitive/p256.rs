// SPDX-License-Identifier: MIT OR Apache-2.0
//! ECDSA with P-256 and SHA-256 (FIPS 186-5), deterministic (RFC 6979).
//!
//! Of a message there are many signatures, and whoever has one can make another (`s` and `-s`): nothing may
//! depend on their bytes.

use crate::Error;
#[cfg(any(feature = "http", feature = "jwt"))]
use crate::{
    primitive::rng::{self, Random},
    secret::SecretArray,
};
#[cfg(any(feature = "http", feature = "jwt"))]
use alloc::boxed::Box;
use p256::ecdsa::{self, signature::Verifier};
#[cfg(any(feature = "http", feature = "jwt"))]
use {p256::ecdsa::signature::Signer, zeroize::Zeroize};

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

/// A number from 1 to the group order, and its public key.
#[cfg(any(feature = "http", feature = "jwt"))]
pub(crate) struct SigningKey(Box<ecdsa::SigningKey>);

#[cfg(any(feature = "http", feature = "jwt"))]
impl SigningKey {
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) fn generate(random: &mut dyn Random) -> Result<Self, Error> {
        // One number in 2^32 is not below the order: FIPS 186-5, section A.2.2, tries again.
        loop {
            if let Some(key) = Self::from_bytes(&rng::secret(random)?) {
                return Ok(key);
            }
        }
    }

    /// `None` for zero and for what is not below the order.
    pub(crate) fn from_bytes(bytes: &SecretArray<32>) -> Option<Self> {
        ecdsa::SigningKey::from_slice(bytes.expose_secret()).ok().map(|key| Self(Box::new(key)))
    }

    /// The number, big-endian.
    pub(crate) fn to_bytes(&self) -> SecretArray<32> {
        let mut number = self.0.to_bytes();
        let mut bytes = SecretArray::zeroed();
        bytes.expose_secret_mut().copy_from_slice(&number);
        number.as_mut_slice().zeroize();
        bytes
    }

    pub(crate) fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey(*self.0.verifying_key())
    }

    /// `r || s`, 32 bytes each. The same message gives the same signature.
    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        let signature: ecdsa::Signature = self.0.sign(message);
        signature.to_bytes().into()
    }
}

#[cfg(any(feature = "http", feature = "jwt"))]
impl zeroize::ZeroizeOnDrop for SigningKey {}

const _: () = {
    const fn erased<T: zeroize::ZeroizeOnDrop>() {}
    erased::<ecdsa::SigningKey>();
};

#[cfg(all(test, any(feature = "http", feature = "jwt")))]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    /// Big-endian, in pieces of 16 bytes.
    fn bytes(numbers: &[u128]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
    }

    #[test]
    fn a_signature_is_that_of_rfc_6979_appendix_a_2_5() {
        let secret = [0xc9af_a9d8_45ba_7516_6b5c_2157_67b1_d693, 0x4e50_c3db_36e8_9b12_7b8a_622b_120f_6721];
        let secret = SecretArray::copy_of(&bytes(&secret)).unwrap();
        let key = SigningKey::from_bytes(&secret).unwrap();
        assert_eq!(key.to_bytes().expose_secret(), secret.expose_secret());
        let sample = [
            0xefd4_8b2a_acb6_a8fd_1140_dd9c_d45e_81d6,
            0x9d2c_877b_56aa_f991_c34d_0ea8_4eaf_3716,
            0xf7cb_1c94_2d65_7c41_d436_c7a1_b6e2_9f65,
            0xf3e9_00db_b9af_f406_4dc4_ab2f_843a_cda8,
        ];
        let test = [
            0xf1ab_b023_5183_51cd_71d8_8156_7b1e_a663,
            0xed3e_fcf6_c513_2b35_4f28_d3b0_b7d3_8367,
            0x019f_4113_742a_2b14_bd25_926b_49c6_4915,
            0x5f26_7e60_d381_4b4c_0cc8_4250_e46f_0083,
        ];
        for (message, signature) in [(&b"sample"[..], sample), (b"test", test)] {
            assert_eq!(key.sign(message).to_vec(), bytes(&signature));
            assert_eq!(key.verifying_key().verify_fixed(message, &bytes(&signature)), Ok(()));
        }
    }
}
