// SPDX-License-Identifier: MIT OR Apache-2.0
//! X-Wing (MLKEM768-X25519), draft-connolly-cfrg-xwing-kem section 5, KEM 0x647a of HPKE (draft-ietf-hpke-pq).
//!
//! ```text
//! secret key = seed (32)
//! public key = pk_M (1184) || pk_X (32)
//! enc        = ct_M (1088) || ct_X (32)
//! ```

use crate::{
    Error,
    primitive::{
        kem::SharedSecret,
        mlkem768,
        rng::{self, Random},
        x25519,
    },
    secret::{SecretArray, erased_by_fields},
};
use alloc::{boxed::Box, vec::Vec};
use core::hash::{Hash, Hasher};
use sha3::{Digest, Sha3_256};
use shake::{ExtendableOutput, Shake256, Update, XofReader};
use zeroize::Zeroizing;

pub(crate) const CODE: u16 = 0x647a;
pub(crate) const PUBLIC_LEN: usize = mlkem768::PUBLIC_LEN + x25519::LEN;
pub(crate) const ENC_LEN: usize = mlkem768::CIPHERTEXT_LEN + x25519::LEN;

/// A secret key, expanded once, and the half of the public key that goes into every shared secret.
pub(crate) struct SecretKey {
    seed: SecretArray<32>,
    ml_kem: mlkem768::SecretKey,
    x25519: x25519::SecretKey,
    x25519_public: x25519::PublicKey,
}

erased_by_fields!(SecretKey: seed, ml_kem, x25519);

impl SecretKey {
    /// ```text
    /// expandDecapsulationKey(sk):
    ///   expanded = SHAKE256(sk, 96)
    ///   (pk_M, sk_M) = ML-KEM-768.KeyGen_internal(expanded[0:32], expanded[32:64])
    ///   sk_X = expanded[64:96]
    ///   pk_X = X25519(sk_X, X25519_BASE)
    /// ```
    pub(crate) fn new(seed: SecretArray<32>) -> Self {
        let (mut d_z, mut sk_x) = (SecretArray::zeroed(), SecretArray::zeroed());
        let mut expanded = Shake256::default().chain(seed.expose_secret()).finalize_xof();
        expanded.read(d_z.expose_secret_mut());
        expanded.read(sk_x.expose_secret_mut());
        let x25519 = x25519::SecretKey::new(sk_x);
        let x25519_public = x25519::PublicKey::new(x25519.public());
        Self { seed, ml_kem: mlkem768::SecretKey::new(&d_z), x25519, x25519_public }
    }

    pub(crate) const fn bytes(&self) -> &SecretArray<32> {
        &self.seed
    }

    pub(crate) fn public(&self) -> PublicKey {
        PublicKey::new(self.ml_kem.public(), self.x25519_public.clone())
    }

    /// ```text
    /// Decapsulate(ct, sk):
    ///   ss_M = ML-KEM-768.Decapsulate(sk_M, ct_M)
    ///   ss_X = X25519(sk_X, ct_X)
    ///   return Combiner(ss_M, ss_X, ct_X, pk_X)
    /// ```
    ///
    /// # Errors
    /// [`Error::Malformed`] unless `enc` has 1,120 bytes, [`Error::NotAuthentic`] when `ct_X` is of small order.
    pub(crate) fn decapsulate(&self, enc: &[u8]) -> Result<SharedSecret, Error> {
        let (ct_m, ct_x) = halves(enc).ok_or(Error::Malformed)?;
        let ss_m = self.ml_kem.decapsulate(ct_m);
        let ss_x = self.x25519.diffie_hellman(ct_x)?;
        Ok(combiner(&ss_m, &ss_x, ct_x, self.x25519_public.as_bytes()))
    }
}

/// A public key of which both halves are sound.
#[derive(Clone)]
pub(crate) struct PublicKey {
    bytes: Box<[u8]>,
    ml_kem: mlkem768::PublicKey,
    x25519: x25519::PublicKey,
}

impl PublicKey {
    fn new(ml_kem: mlkem768::PublicKey, x25519: x25519::PublicKey) -> Self {
        Self { bytes: [ml_kem.to_bytes().as_slice(), x25519.as_bytes()].concat().into(), ml_kem, x25519 }
    }

    /// `None` unless there are 1,216 bytes, the coefficients of the ML-KEM half are below q and the X25519
    /// half is in canonical form, not of small order.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let (ml_kem, x25519) = halves(bytes)?;
        let ml_kem = mlkem768::PublicKey::parse(ml_kem)?;
        x25519::PublicKey::parse(x25519).map(|x25519| Self::new(ml_kem, x25519))
    }

    pub(crate) const fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// ```text
    /// EncapsulateDerand(pk, eseed):
    ///   ek_X = eseed[32:64]
    ///   ct_X = X25519(ek_X, X25519_BASE)
    ///   ss_X = X25519(ek_X, pk_X)
    ///   (ss_M, ct_M) = ML-KEM-768.EncapsDerand(pk_M, eseed[0:32])
    ///   return Combiner(ss_M, ss_X, ct_X, pk_X), concat(ct_M, ct_X)
    /// ```
    /// `random` gives eseed, 32 bytes and then 32 bytes.
    ///
    /// # Errors
    /// [`Error::Unavailable`] without randomness.
    pub(crate) fn encapsulate(&self, random: &mut dyn Random) -> Result<(SharedSecret, Vec<u8>), Error> {
        let m = rng::secret(random)?;
        let ek_x = x25519::SecretKey::new(rng::secret(random)?);
        let (ct_x, ss_x) = ek_x.agree_with(&self.x25519)?;
        let (ss_m, ct_m) = self.ml_kem.encapsulate(&m);
        let enc = [ct_m.as_slice(), &ct_x].concat();
        Ok((combiner(&ss_m, &ss_x, &ct_x, self.x25519.as_bytes()), enc))
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for PublicKey {}

impl Hash for PublicKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
    }
}

/// The ML-KEM half, of `N` bytes, and the X25519 half; `None` unless the length is exact.
fn halves<const N: usize>(bytes: &[u8]) -> Option<(&[u8; N], &[u8; x25519::LEN])> {
    let (ml_kem, x25519) = bytes.split_first_chunk()?;
    Some((ml_kem, x25519.try_into().ok()?))
}

/// ```text
/// Combiner(ss_M, ss_X, ct_X, pk_X) = SHA3-256(concat(ss_M, ss_X, ct_X, pk_X, XWingLabel))
/// ```
fn combiner(
    ss_m: &[u8; 32],
    ss_x: &[u8; x25519::LEN],
    ct_x: &[u8; x25519::LEN],
    pk_x: &[u8; x25519::LEN],
) -> SharedSecret {
    const LABEL: &[u8; 6] = br"\.//^\";
    let mut shared = Zeroizing::new([0; 32]);
    let hash = [ss_m, ss_x, ct_x, pk_x].into_iter().fold(Sha3_256::new(), Sha3_256::chain_update);
    hash.chain_update(LABEL).finalize_into((&mut *shared).into());
    shared
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting(u8);

    impl Random for Counting {
        fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
            for byte in buffer {
                self.0 = self.0.wrapping_add(1);
                *byte = self.0;
            }
            Ok(())
        }
    }

    fn secret() -> SecretKey {
        SecretKey::new(SecretArray::copy_of(&[7; 32]).unwrap())
    }

    /// The points of small order, RFC 7748 section 6.1, with the encodings that are not canonical.
    fn small_order() -> impl Iterator<Item = [u8; 32]> {
        let near_p = |low| {
            let mut point = [0xff; 32];
            (point[0], point[31]) = (low, 0x7f);
            point
        };
        let one = core::array::from_fn(|i| u8::from(i == 0));
        let order_8 = [
            0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
            0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00,
        ];
        [[0; 32], one, order_8, near_p(0xec), near_p(0xed), near_p(0xee)].into_iter()
    }

    #[test]
    fn pitfall_09_the_x25519_half_is_never_zero_on_either_side() {
        let key = secret();
        let (_, enc) = key.public().encapsulate(&mut Counting(0)).unwrap();
        for point in small_order() {
            // Parsing refuses such a recipient; encapsulating to one does as well.
            let weak = PublicKey::new(key.ml_kem.public(), x25519::PublicKey::new(point));
            assert!(PublicKey::parse(weak.as_bytes()).is_none());
            assert_eq!(weak.encapsulate(&mut Counting(0)).map(|_| ()), Err(Error::NotAuthentic));

            let forged = [&enc[..mlkem768::CIPHERTEXT_LEN], &point].concat();
            assert_eq!(key.decapsulate(&forged).map(|_| ()), Err(Error::NotAuthentic));
        }
        assert!(key.decapsulate(&enc).is_ok());
    }

    #[test]
    fn both_sides_have_the_same_secret_and_the_bit_that_x25519_ignores_matters() {
        let key = secret();
        let public = PublicKey::parse(key.public().as_bytes()).unwrap();
        let (shared, mut enc) = public.encapsulate(&mut Counting(0)).unwrap();
        assert_eq!(enc.len(), ENC_LEN);
        assert_eq!(key.decapsulate(&enc).unwrap(), shared);
        *enc.last_mut().unwrap() ^= 0x80;
        assert_ne!(key.decapsulate(&enc).unwrap(), shared);
    }

    #[test]
    fn other_lengths_are_refused() {
        let key = secret();
        let public = key.public();
        let (_, enc) = public.encapsulate(&mut Counting(0)).unwrap();
        for enc in [&enc[1..], &[enc.as_slice(), &[0]].concat(), &enc[..32], &[]] {
            assert_eq!(key.decapsulate(enc).map(|_| ()), Err(Error::Malformed));
        }
        let bytes = public.as_bytes();
        for bytes in [&bytes[1..], &[bytes, &[0]].concat(), &bytes[..32], &[]] {
            assert!(PublicKey::parse(bytes).is_none());
        }
    }

    /// FIPS 203 section 7.2: two coefficients stand in three bytes, q is 3329.
    #[test]
    fn a_coefficient_that_is_not_below_q_is_refused() {
        let key = secret().public();
        for (coefficient, sound) in [(3328_u16, true), (3329, false), (4095, false)] {
            let mut bytes = key.as_bytes().to_vec();
            let [low, high] = coefficient.to_le_bytes();
            (bytes[0], bytes[1]) = (low, bytes[1] & 0xf0 | high);
            assert_eq!(PublicKey::parse(&bytes).is_some(), sound, "{coefficient}");
        }
    }

    #[test]
    fn a_random_source_that_gives_zeros_gives_no_secret() {
        struct Zeros(usize);
        impl Random for Zeros {
            fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
                buffer.fill(u8::from(self.0 > 0));
                self.0 = self.0.saturating_sub(1);
                Ok(())
            }
        }
        for good in [0, 1] {
            let made = secret().public().encapsulate(&mut Zeros(good));
            assert_eq!(made.map(|_| ()), Err(Error::Unavailable), "{good}");
        }
    }
}
