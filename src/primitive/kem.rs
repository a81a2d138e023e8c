// SPDX-License-Identifier: MIT OR Apache-2.0
//! The KEMs of HPKE behind one pair of key types. Each has a file of the same shape.

use crate::{
    Error,
    primitive::{dhkem, rng::Random},
    secret::SecretArray,
};
use alloc::vec::Vec;
use zeroize::{ZeroizeOnDrop, Zeroizing};

#[cfg(feature = "pq")]
use crate::primitive::xwing;

/// Length of a secret key, in every KEM here.
pub(crate) const SECRET_LEN: usize = 32;

/// What a KEM gives both sides: Nsecret is 32 in every KEM here.
pub(crate) type SharedSecret = Zeroizing<[u8; 32]>;

/// A KEM of the HPKE registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kem {
    X25519,
    #[cfg(feature = "pq")]
    XWing,
}

impl Kem {
    pub(crate) const fn code(self) -> u16 {
        match self {
            Self::X25519 => dhkem::CODE,
            #[cfg(feature = "pq")]
            Self::XWing => xwing::CODE,
        }
    }

    pub(crate) const fn public_len(self) -> usize {
        match self {
            Self::X25519 => dhkem::PUBLIC_LEN,
            #[cfg(feature = "pq")]
            Self::XWing => xwing::PUBLIC_LEN,
        }
    }

    pub(crate) const fn enc_len(self) -> usize {
        match self {
            Self::X25519 => dhkem::ENC_LEN,
            #[cfg(feature = "pq")]
            Self::XWing => xwing::ENC_LEN,
        }
    }

    /// Whether a quantum computer is not known to break it.
    pub(crate) const fn is_post_quantum(self) -> bool {
        !matches!(self, Self::X25519)
    }
}

/// A secret key of one of them.
pub(crate) enum SecretKey {
    X25519(dhkem::SecretKey),
    #[cfg(feature = "pq")]
    XWing(xwing::SecretKey),
}

/// Each variant erases itself.
impl ZeroizeOnDrop for SecretKey {}

const _: () = {
    const fn erased<T: ZeroizeOnDrop>() {}
    erased::<dhkem::SecretKey>();
    #[cfg(feature = "pq")]
    erased::<xwing::SecretKey>();
};

impl SecretKey {
    pub(crate) fn new(kem: Kem, bytes: SecretArray<SECRET_LEN>) -> Self {
        match kem {
            Kem::X25519 => Self::X25519(dhkem::SecretKey::new(bytes)),
            #[cfg(feature = "pq")]
            Kem::XWing => Self::XWing(xwing::SecretKey::new(bytes)),
        }
    }

    /// The bytes that it was made of.
    pub(crate) const fn bytes(&self) -> &SecretArray<SECRET_LEN> {
        match self {
            Self::X25519(key) => key.bytes(),
            #[cfg(feature = "pq")]
            Self::XWing(key) => key.bytes(),
        }
    }

    pub(crate) fn public(&self) -> PublicKey {
        match self {
            Self::X25519(key) => PublicKey::X25519(key.public()),
            #[cfg(feature = "pq")]
            Self::XWing(key) => PublicKey::XWing(key.public()),
        }
    }

    /// `Decap(enc, skR)`, RFC 9180 section 4.
    ///
    /// # Errors
    /// [`Error::Malformed`] unless `enc` has its length, [`Error::NotAuthentic`] when an X25519 result is zero.
    pub(crate) fn decapsulate(&self, enc: &[u8]) -> Result<SharedSecret, Error> {
        match self {
            Self::X25519(key) => key.decapsulate(enc),
            #[cfg(feature = "pq")]
            Self::XWing(key) => key.decapsulate(enc),
        }
    }
}

/// A public key of one of them, checked.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum PublicKey {
    X25519(dhkem::PublicKey),
    #[cfg(feature = "pq")]
    XWing(xwing::PublicKey),
}

impl PublicKey {
    /// `None` unless the bytes are a sound key of this KEM, in its one form.
    pub(crate) fn parse(kem: Kem, bytes: &[u8]) -> Option<Self> {
        match kem {
            Kem::X25519 => dhkem::PublicKey::parse(bytes).map(Self::X25519),
            #[cfg(feature = "pq")]
            Kem::XWing => xwing::PublicKey::parse(bytes).map(Self::XWing),
        }
    }

    pub(crate) const fn as_bytes(&self) -> &[u8] {
        match self {
            Self::X25519(key) => key.as_bytes(),
            #[cfg(feature = "pq")]
            Self::XWing(key) => key.as_bytes(),
        }
    }

    /// `Encap(pkR)`, RFC 9180 section 4: the shared secret and `enc`.
    ///
    /// # Errors
    /// [`Error::Unavailable`] without randomness.
    pub(crate) fn encapsulate(&self, random: &mut dyn Random) -> Result<(SharedSecret, Vec<u8>), Error> {
        match self {
            Self::X25519(key) => key.encapsulate(random),
            #[cfg(feature = "pq")]
            Self::XWing(key) => key.encapsulate(random),
        }
    }
}
