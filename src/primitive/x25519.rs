// SPDX-License-Identifier: MIT OR Apache-2.0
//! X25519, RFC 7748, with the non-contributory result refused (RFC 7748 section 6.1, RFC 9180
//! section 7.1.4).

#[cfg(all(feature = "simd", target_arch = "x86_64"))]
use crate::kernel;
#[cfg(feature = "std")]
use crate::primitive::{known::Known, x25519_table::Table};
use crate::{
    Error,
    primitive::ct,
    secret::{SecretArray, erased_by_fields},
};
#[cfg(feature = "std")]
use alloc::sync::Arc;
use core::hash::{Hash, Hasher};
use curve25519_dalek::{EdwardsPoint, MontgomeryPoint};
use zeroize::Zeroizing;

/// Length of a secret key, a public key and a shared secret, in bytes.
pub(crate) const LEN: usize = 32;

/// What both sides compute.
pub(crate) type SharedSecret = Zeroizing<[u8; LEN]>;

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

    /// `X25519(k, 9)`.
    pub(crate) fn public(&self) -> [u8; LEN] {
        #[cfg(all(feature = "simd", target_arch = "x86_64"))]
        if let Some(public) = kernel::x25519::public(self.0.expose_secret()) {
            return public;
        }
        EdwardsPoint::mul_base_clamped(*self.0.expose_secret()).to_montgomery().to_bytes()
    }

    /// `X25519(k, u)`.
    ///
    /// # Errors
    /// [`Error::NotAuthentic`] when the result is all zero: the peer's point is of small order.
    pub(crate) fn diffie_hellman(&self, public: &[u8; LEN]) -> Result<SharedSecret, Error> {
        #[cfg(all(feature = "simd", target_arch = "x86_64"))]
        if let Some(shared) = kernel::x25519::diffie_hellman(self.0.expose_secret(), public) {
            return contributory(shared);
        }
        contributory(Zeroizing::new(MontgomeryPoint(*public).mul_clamped(*self.0.expose_secret()).to_bytes()))
    }

    /// `X25519(k, 9)` and `X25519(k, u)`: what an ephemeral key is for.
    ///
    /// # Errors
    /// As [`diffie_hellman`](Self::diffie_hellman).
    pub(crate) fn agree_with(&self, known: &PublicKey) -> Result<([u8; LEN], SharedSecret), Error> {
        #[cfg(feature = "std")]
        if let Some(table) = known.known.of_point(&known.bytes) {
            let (public, shared) = table.agree(self.0.expose_secret());
            return Ok((public, contributory(shared)?));
        }
        Ok((self.public(), self.diffie_hellman(&known.bytes)?))
    }
}

/// Refuses the result that every peer whose point is of small order gets.
///
/// # Errors
/// [`Error::NotAuthentic`].
pub(crate) fn contributory(shared: SharedSecret) -> Result<SharedSecret, Error> {
    if ct::equal(shared.as_slice(), &[0; LEN]) { Err(Error::NotAuthentic) } else { Ok(shared) }
}

/// A public key that is kept. Clones share what is remembered about its point.
#[derive(Clone)]
pub(crate) struct PublicKey {
    bytes: [u8; LEN],
    #[cfg(feature = "std")]
    pub(super) known: Arc<Known<Table>>,
}

impl PublicKey {
    pub(crate) fn new(bytes: [u8; LEN]) -> Self {
        Self {
            bytes,
            #[cfg(feature = "std")]
            known: Arc::default(),
        }
    }

    /// `None` unless it is worth importing: in its one canonical encoding, `u < 2^255 - 19`, and not of small order.
    pub(crate) fn parse(bytes: &[u8; LEN]) -> Option<Self> {
        // Little-endian: the number is below p unless its top bit is set or it is 2^255 - 19 and above,
        // which is 0x7f, then thirty times 0xff, then at least 0xed.
        let [low, middle @ .., high] = bytes;
        let too_large =
            *high > 0x7f || (*high == 0x7f && middle.iter().all(|byte| *byte == 0xff) && *low >= 0xed);
        // Every clamped scalar is a multiple of 8, so any of them sends all points of small order to zero.
        let probe = SecretKey::new(SecretArray::zeroed());
        (!too_large && probe.diffie_hellman(bytes).is_ok()).then(|| Self::new(*bytes))
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; LEN] {
        &self.bytes
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
