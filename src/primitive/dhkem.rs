// SPDX-License-Identifier: MIT OR Apache-2.0
//! DHKEM(X25519, HKDF-SHA256), RFC 9180 section 4.1, KEM 0x0020.

use crate::{
    Error,
    primitive::{
        kdf::{labeled_expand, labeled_extract},
        kem::SharedSecret,
        mac::{Hash, Hmac},
        rng::{self, Random},
        x25519,
    },
    secret::{SecretArray, erased_by_fields},
};
use alloc::vec::Vec;
use zeroize::Zeroizing;

pub(crate) const CODE: u16 = 0x0020;
pub(crate) const PUBLIC_LEN: usize = x25519::LEN;
pub(crate) const ENC_LEN: usize = x25519::LEN;

/// A secret key, and the public key that goes into every shared secret.
pub(crate) struct SecretKey {
    secret: x25519::SecretKey,
    public: PublicKey,
}

erased_by_fields!(SecretKey: secret);

impl SecretKey {
    pub(crate) fn new(bytes: SecretArray<{ x25519::LEN }>) -> Self {
        let secret = x25519::SecretKey::new(bytes);
        let public = PublicKey(x25519::PublicKey::new(secret.public()));
        Self { secret, public }
    }

    pub(crate) const fn bytes(&self) -> &SecretArray<{ x25519::LEN }> {
        self.secret.bytes()
    }

    pub(crate) fn public(&self) -> PublicKey {
        self.public.clone()
    }

    /// ```text
    /// Decap(enc, skR): dh = DH(skR, enc); return ExtractAndExpand(dh, concat(enc, pk(skR)))
    /// ```
    ///
    /// # Errors
    /// [`Error::Malformed`] unless `enc` has 32 bytes, [`Error::NotAuthentic`] when it is of small order.
    pub(crate) fn decapsulate(&self, enc: &[u8]) -> Result<SharedSecret, Error> {
        let enc: &[u8; ENC_LEN] = enc.try_into().map_err(|_| Error::Malformed)?;
        let dh = self.secret.diffie_hellman(enc)?;
        extract_and_expand(&dh, enc, self.public.0.as_bytes())
    }
}

/// A public key that is sound.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct PublicKey(x25519::PublicKey);

impl PublicKey {
    /// `None` unless there are 32 bytes in canonical form, not of small order.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        x25519::PublicKey::parse(bytes.try_into().ok()?).map(Self)
    }

    pub(crate) const fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// ```text
    /// Encap(pkR): skE, pkE = GenerateKeyPair(); dh = DH(skE, pkR); enc = pkE
    ///   return ExtractAndExpand(dh, concat(enc, pkRm)), enc
    /// ```
    /// `random` gives the 32 bytes of skE.
    ///
    /// # Errors
    /// [`Error::Unavailable`] without randomness.
    pub(crate) fn encapsulate(&self, random: &mut dyn Random) -> Result<(SharedSecret, Vec<u8>), Error> {
        let ephemeral = x25519::SecretKey::new(rng::secret(random)?);
        let (enc, dh) = ephemeral.agree_with(&self.0)?;
        Ok((extract_and_expand(&dh, &enc, self.0.as_bytes())?, enc.to_vec()))
    }
}

/// ```text
/// ExtractAndExpand(dh, kem_context):
///   eae_prk = LabeledExtract("", "eae_prk", dh)
///   return LabeledExpand(eae_prk, "shared_secret", kem_context, Nsecret)
/// ```
fn extract_and_expand(
    dh: &[u8; x25519::LEN],
    enc: &[u8; ENC_LEN],
    recipient: &[u8; PUBLIC_LEN],
) -> Result<SharedSecret, Error> {
    const SUITE: &[u8] = b"KEM\x00\x20";
    let eae_prk = labeled_extract(b"", SUITE, b"eae_prk", dh);
    let prk = Hmac::new(Hash::Sha256, eae_prk.as_bytes());
    let mut shared = Zeroizing::new([0; 32]);
    labeled_expand(&prk, SUITE, b"shared_secret", [enc, recipient], shared.as_mut_slice())?;
    Ok(shared)
}
