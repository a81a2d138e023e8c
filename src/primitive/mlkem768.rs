// SPDX-License-Identifier: MIT OR Apache-2.0
//! ML-KEM-768, FIPS 203. Secret keys are made of their 64-byte seed and in no other way.

use crate::{
    primitive::kem::SharedSecret,
    secret::{SecretArray, erased_by_fields},
};
use ml_kem::{
    Ciphertext, Decapsulate, DecapsulationKey768, EncapsulationKey768, KeyExport, KeyInit, MlKem768,
};
use zeroize::{Zeroize, Zeroizing};

pub(crate) const SEED_LEN: usize = 64;
pub(crate) const PUBLIC_LEN: usize = 1184;
pub(crate) const CIPHERTEXT_LEN: usize = 1088;

/// A secret key, expanded; its secret parts are on the heap and erased when dropped.
pub(crate) struct SecretKey(DecapsulationKey768);

erased_by_fields!(SecretKey: 0);

impl SecretKey {
    /// `ML-KEM.KeyGen_internal(d, z)`, FIPS 203 algorithm 16; the seed is `d || z`.
    pub(crate) fn new(seed: &SecretArray<SEED_LEN>) -> Self {
        Self(DecapsulationKey768::new(seed.expose_secret().into()))
    }

    pub(crate) fn public(&self) -> PublicKey {
        PublicKey(self.0.encapsulation_key().clone())
    }

    /// `ML-KEM.Decaps(dk, c)`, FIPS 203 algorithm 21. It does not fail: what was not encapsulated to this
    /// key gives a secret that nobody else knows.
    pub(crate) fn decapsulate(&self, ciphertext: &[u8; CIPHERTEXT_LEN]) -> SharedSecret {
        let ciphertext: &Ciphertext<MlKem768> = ciphertext.into();
        taken(self.0.decapsulate(ciphertext).as_mut())
    }
}

/// A public key that has passed the check of FIPS 203, section 7.2: every coefficient is below q.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PublicKey(EncapsulationKey768);

impl PublicKey {
    pub(crate) fn parse(bytes: &[u8; PUBLIC_LEN]) -> Option<Self> {
        EncapsulationKey768::new(bytes.into()).ok().map(Self)
    }

    pub(crate) fn to_bytes(&self) -> [u8; PUBLIC_LEN] {
        self.0.to_bytes().into()
    }

    /// `ML-KEM.Encaps_internal(ek, m)`, FIPS 203 algorithm 17: the ciphertext for 32 random bytes `m`.
    pub(crate) fn encapsulate(&self, m: &SecretArray<32>) -> (SharedSecret, [u8; CIPHERTEXT_LEN]) {
        let (ciphertext, mut shared) = self.0.encapsulate_deterministic(m.expose_secret().into());
        (taken(shared.as_mut()), ciphertext.into())
    }
}

/// The shared secret, moved to where it is erased.
fn taken(shared: &mut [u8; 32]) -> SharedSecret {
    let copy = Zeroizing::new(*shared);
    shared.zeroize();
    copy
}
