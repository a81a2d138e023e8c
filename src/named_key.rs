// SPDX-License-Identifier: MIT OR Apache-2.0
//! A key with the name that the other side knows it by: what is below the keys of `jws` and of `http_signature`.
//!
//! A name (`kid`, `keyid`) is for look-ups and never the identifier of this crate. What the algorithm of a key is
//! called is for the two to say.

#[cfg(any(feature = "p256", feature = "rsa"))]
use crate::keyring::id;
#[cfg(feature = "rsa")]
use crate::primitive::rsa::{EXPONENT, Padding, VerifyingKey as RsaKey};
use crate::{
    ConfigError, Error, Key, KeyId,
    mac::MacKey,
    primitive::hash::sha256,
    secret::erased_by_fields,
    signing::{SigningKey, VerifyingKey},
    wire::base64,
};
#[cfg(feature = "p256")]
use crate::{primitive::p256::VerifyingKey as P256Key, signing::P256SigningKey};
use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

/// Of a name, in bytes: it is looked up, and logged.
const MAX_NAME: usize = 256;

/// A key and its name.
pub(crate) struct Named<K> {
    pub(crate) key: K,
    pub(crate) name: String,
}

erased_by_fields!(Named<Signing>: key);
erased_by_fields!(Named<Verifying>: key);

pub(crate) enum Signing {
    Ed25519(SigningKey),
    Hmac(MacKey),
    #[cfg(feature = "p256")]
    P256(P256SigningKey),
}

pub(crate) enum Verifying {
    Ed25519(VerifyingKey),
    Hmac(MacKey),
    #[cfg(feature = "p256")]
    P256(P256Key, KeyId),
    /// Of tokens alone: verified where an issuer has nothing better.
    #[cfg(feature = "rsa")]
    Rsa(RsaKey, KeyId),
}

/// Each variant erases itself.
impl zeroize::ZeroizeOnDrop for Signing {}

/// Secret is what HMAC has, which erases itself.
impl zeroize::ZeroizeOnDrop for Verifying {}

const _: () = {
    const fn erased<T: zeroize::ZeroizeOnDrop>() {}
    erased::<SigningKey>();
    erased::<MacKey>();
    #[cfg(feature = "p256")]
    erased::<P256SigningKey>();
};

impl<K> Named<K> {
    /// Under the text of its identifier.
    fn new(key: K, id: KeyId) -> Self {
        Self { key, name: id.to_string() }
    }

    /// # Errors
    /// [`ConfigError::KeyText`] for a name that is none.
    pub(crate) fn named(self, name: &str) -> Result<Self, ConfigError> {
        let name = is_name(name).then(|| name.into()).ok_or(ConfigError::KeyText)?;
        Ok(Self { name, ..self })
    }
}

/// What a name may be: 1 to 256 printable ASCII characters.
pub(crate) fn is_name(name: &str) -> bool {
    (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// # Errors
/// [`ConfigError::DuplicateKey`] when two have one name: a message says which key it is by nothing else.
pub(crate) fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Result<(), ConfigError> {
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    let twice = names.windows(2).any(|two| matches!(two, [one, other] if one == other));
    if twice { Err(ConfigError::DuplicateKey) } else { Ok(()) }
}

impl Named<Signing> {
    pub(crate) fn ed25519(key: SigningKey) -> Self {
        let id = key.id();
        Self::new(Signing::Ed25519(key), id)
    }

    pub(crate) fn hmac(key: MacKey) -> Self {
        let id = key.id();
        Self::new(Signing::Hmac(key), id)
    }

    #[cfg(feature = "p256")]
    pub(crate) fn p256(key: P256SigningKey) -> Self {
        let id = key.id();
        Self::new(Signing::P256(key), id)
    }

    /// That of the key that verifies.
    pub(crate) fn id(&self) -> KeyId {
        match &self.key {
            Signing::Ed25519(key) => key.id(),
            Signing::Hmac(key) => key.id(),
            #[cfg(feature = "p256")]
            Signing::P256(key) => key.id(),
        }
    }

    /// The key that verifies, under the same name; none for a key that both sides have.
    pub(crate) fn public(&self) -> Option<Named<Verifying>> {
        let key = match &self.key {
            Signing::Ed25519(key) => Verifying::Ed25519(key.verifying_key()),
            Signing::Hmac(_) => return None,
            #[cfg(feature = "p256")]
            Signing::P256(key) => Verifying::P256(key.raw().verifying_key(), key.id()),
        };
        Some(Named { key, name: self.name.clone() })
    }

    /// The signature of what no other format of this crate signs: the caller sees to it.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        match &self.key {
            Signing::Ed25519(key) => key.raw().sign(message).to_vec(),
            Signing::Hmac(key) => key.raw().mac([message]).as_bytes().to_vec(),
            #[cfg(feature = "p256")]
            Signing::P256(key) => key.raw().sign(message).to_vec(),
        }
    }
}

impl Named<Verifying> {
    pub(crate) fn ed25519(key: VerifyingKey) -> Self {
        let id = key.id();
        Self::new(Verifying::Ed25519(key), id)
    }

    pub(crate) fn hmac(key: MacKey) -> Self {
        let id = key.id();
        Self::new(Verifying::Hmac(key), id)
    }

    /// # Errors
    /// [`ConfigError::KeyText`] for anything but an uncompressed point of the curve in SPKI.
    #[cfg(feature = "p256")]
    pub(crate) fn p256_from_spki(der: &[u8]) -> Result<Self, ConfigError> {
        P256Key::from_spki(der).map(Self::p256).ok_or(ConfigError::KeyText)
    }

    /// # Errors
    /// [`ConfigError::KeyText`] for anything but an uncompressed point of the curve.
    #[cfg(feature = "p256")]
    pub(crate) fn p256_from_sec1(point: &[u8]) -> Result<Self, ConfigError> {
        P256Key::from_sec1(point).map(Self::p256).ok_or(ConfigError::KeyText)
    }

    #[cfg(feature = "p256")]
    fn p256(key: P256Key) -> Self {
        let id = id::verifying_p256(&key.to_spki());
        Self::new(Verifying::P256(key, id), id)
    }

    /// # Errors
    /// [`ConfigError::WeakKey`], [`ConfigError::Limit`].
    #[cfg(feature = "rsa")]
    pub(crate) fn rsa(padding: Padding, modulus: &[u8]) -> Result<Self, ConfigError> {
        let id = id::verifying_rsa(modulus);
        Ok(Self::new(Verifying::Rsa(RsaKey::new(padding, modulus)?, id), id))
    }

    pub(crate) fn id(&self) -> KeyId {
        match &self.key {
            Verifying::Ed25519(key) => key.id(),
            Verifying::Hmac(key) => key.id(),
            #[cfg(feature = "p256")]
            Verifying::P256(_, id) => *id,
            #[cfg(feature = "rsa")]
            Verifying::Rsa(_, id) => *id,
        }
    }

    /// # Errors
    /// [`Error::NotAuthentic`].
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        match &self.key {
            Verifying::Ed25519(key) => {
                let signature = signature.try_into().map_err(|_| Error::NotAuthentic)?;
                key.raw().verify(message, signature)
            }
            Verifying::Hmac(key) => {
                key.raw().verify([message], signature).then_some(()).ok_or(Error::NotAuthentic)
            }
            #[cfg(feature = "p256")]
            Verifying::P256(key, _) => key.verify_fixed(message, signature),
            #[cfg(feature = "rsa")]
            Verifying::Rsa(key, _) => key.verify(message, signature),
        }
    }

    /// What makes a public key in a JWK, in alphabetical order (RFC 7638, section 3.2); none for HMAC.
    pub(crate) fn jwk_members(&self) -> Option<String> {
        Some(match &self.key {
            Verifying::Ed25519(key) => {
                format!(r#""crv":"Ed25519","kty":"OKP","x":"{}""#, base64::encode(key.as_bytes()))
            }
            #[cfg(feature = "p256")]
            Verifying::P256(key, _) => {
                let spki = key.to_spki();
                let (rest, y) = spki.split_last_chunk::<32>()?;
                let (_, x) = rest.split_last_chunk::<32>()?;
                let [x, y] = [x, y].map(|half| base64::encode(half));
                format!(r#""crv":"P-256","kty":"EC","x":"{x}","y":"{y}""#)
            }
            #[cfg(feature = "rsa")]
            Verifying::Rsa(key, _) => {
                let [e, n] = [&EXPONENT, key.modulus()].map(base64::encode);
                format!(r#""e":"{e}","kty":"RSA","n":"{n}""#)
            }
            Verifying::Hmac(_) => return None,
        })
    }

    /// RFC 7638 with SHA-256.
    pub(crate) fn jwk_thumbprint(&self) -> Option<[u8; 32]> {
        Some(sha256(format!("{{{}}}", self.jwk_members()?).as_bytes()))
    }
}
