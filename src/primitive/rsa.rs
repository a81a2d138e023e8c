// SPDX-License-Identifier: MIT OR Apache-2.0
//! RSA signatures with SHA-256 (RFC 8017, sections 8.1 and 8.2), verification only.
//!
//! The exponent is 65537, which every issuer has: 1 signs anything, and a large one costs whoever verifies.

use crate::{ConfigError, Error};
use alloc::boxed::Box;
use core::num::NonZeroU32;
use rsa::{BoxedUint, PublicKey, pkcs1v15, pss, sha2::Sha256, signature::Verifier};

/// The exponent of every key, big-endian.
pub(crate) const EXPONENT: [u8; 3] = [1, 0, 1];
/// RFC 7518, sections 3.3 and 3.5.
const MIN_BITS: usize = 2048;
/// Keys are others', and the work that a forged token costs grows with the square of their length: 4096 bits are what
/// issuers have at the most.
const MAX_BITS: usize = 4096;

/// How a message becomes a number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Padding {
    /// RSASSA-PKCS1-v1_5, section 8.2.
    Pkcs1v15,
    /// RSASSA-PSS, section 8.1, with MGF1 and a salt of 32 bytes.
    Pss,
}

/// A public key and its one padding.
pub(crate) struct VerifyingKey {
    key: Key,
    modulus: Box<[u8]>,
}

enum Key {
    Pkcs1v15(pkcs1v15::VerifyingKey<Sha256>),
    Pss(pss::VerifyingKey<Sha256>),
}

impl VerifyingKey {
    /// The key with this modulus, big-endian without zeros in front, and the exponent 65537.
    ///
    /// # Errors
    /// [`ConfigError::WeakKey`] below 2048 bits, for an even number, for zeros in front, and for a key of a generator
    /// that is known to be broken; [`ConfigError::Limit`] above 4096 bits.
    pub(crate) fn new(padding: Padding, modulus: &[u8]) -> Result<Self, ConfigError> {
        // Before there is arithmetic with it.
        if modulus.len() > MAX_BITS.div_ceil(8) {
            return Err(ConfigError::Limit);
        }
        if modulus.first() == Some(&0) || is_roca(modulus) {
            return Err(ConfigError::WeakKey);
        }
        let [n, e] = [modulus, &EXPONENT].map(BoxedUint::from_be_slice_vartime);
        let key = PublicKey::new_with_size_limits(n, e, MIN_BITS..=MAX_BITS);
        let key = key.map_err(|_| ConfigError::WeakKey)?;
        let key = match padding {
            Padding::Pkcs1v15 => Key::Pkcs1v15(key.into()),
            Padding::Pss => Key::Pss(key.into()),
        };
        Ok(Self { key, modulus: modulus.into() })
    }

    pub(crate) const fn padding(&self) -> Padding {
        match self.key {
            Key::Pkcs1v15(_) => Padding::Pkcs1v15,
            Key::Pss(_) => Padding::Pss,
        }
    }

    /// Big-endian, without zeros in front.
    pub(crate) const fn modulus(&self) -> &[u8] {
        &self.modulus
    }

    /// # Errors
    /// [`Error::NotAuthentic`], also for a signature of another length than the modulus has.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        if signature.len() != self.modulus.len() {
            return Err(Error::NotAuthentic);
        }
        let verified = match &self.key {
            Key::Pkcs1v15(key) => signature.try_into().and_then(|signature| key.verify(message, &signature)),
            Key::Pss(key) => signature.try_into().and_then(|signature| key.verify(message, &signature)),
        };
        verified.map_err(|_| Error::NotAuthentic)
    }
}

/// Whether a modulus is one of the generator of ROCA (CVE-2017-15361), whose keys can be factored: it is a power of
/// 65537 modulo every one of these primes (Nemec et al., "The Return of Coppersmith's Attack"). Of other
/// keys one in 2^27 is.
fn is_roca(modulus: &[u8]) -> bool {
    /// Those up to 167, modulo which 65537 does not generate every number.
    const PRIMES: [u32; 17] = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157];
    let is_power = |prime: NonZeroU32| {
        let fold = |rest: u32, byte: &u8| (rest << 8 | u32::from(*byte)) % prime;
        let rest = modulus.iter().fold(0, fold);
        let powers = core::iter::successors(Some(1), |power: &u32| Some(power.saturating_mul(65537) % prime));
        let mut powers = powers.take(prime.get() as usize);
        powers.any(|power| power == rest)
    };
    PRIMES.iter().filter_map(|prime| NonZeroU32::new(*prime)).all(is_power)
}
