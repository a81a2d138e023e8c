// SPDX-License-Identifier: MIT OR Apache-2.0
//! [`SignKey`] and [`VerifyKey`]: a key, its one algorithm, and the `keyid` that names it on the wire.

use crate::{
    ConfigError, Error, Key, KeyId,
    http_signature::params::MAX_TEXT,
    keyring,
    mac::{Hash, MacKey},
    primitive::hash::sha256,
    secret::erased_by_fields,
    signing::{SigningKey, VerifyingKey},
    wire::{base64, structured_field as field},
};
#[cfg(feature = "p256")]
use crate::{keyring::id, primitive::p256::VerifyingKey as P256Key};
use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::fmt;

const ED25519: &str = "ed25519";
const HMAC: &str = "hmac-sha256";
#[cfg(feature = "p256")]
const P256: &str = "ecdsa-p256-sha256";

/// A key that signs messages: Ed25519, or HMAC-SHA-256 with a key that both sides have.
///
/// ```
/// use chancery::{http_signature::SignKey, mac::MacKey, signing::SigningKey};
///
/// let ours = SignKey::from(SigningKey::generate()?).named("billing-2026")?;
/// let shared = SignKey::try_from(MacKey::generate()?)?;
/// # let _ = (ours, shared);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SignKey {
    key: Signing,
    name: String,
}

enum Signing {
    Ed25519(SigningKey),
    Hmac(MacKey),
}

/// Each variant erases itself.
impl zeroize::ZeroizeOnDrop for Signing {}

const _: () = {
    const fn erased<T: zeroize::ZeroizeOnDrop>() {}
    erased::<SigningKey>();
    erased::<MacKey>();
};

erased_by_fields!(SignKey: key);

impl SignKey {
    /// With the name that the other side knows the key by, in place of its [`KeyId`]: 1 to 256 printable ASCII
    /// characters.
    ///
    /// # Errors
    /// [`ConfigError::KeyText`] for a name that is none.
    pub fn named(self, name: &str) -> Result<Self, ConfigError> {
        Ok(Self { name: named(name)?, ..self })
    }

    /// What `keyid` says: the text of the [`KeyId`], unless it was [`named`](Self::named).
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key that verifies, under the same name; none for a key that both sides have.
    #[must_use]
    pub fn verify_key(&self) -> Option<VerifyKey> {
        let Signing::Ed25519(key) = &self.key else { return None };
        Some(VerifyKey { key: Verifying::Ed25519(key.verifying_key()), name: self.name.clone() })
    }

    pub(super) const fn algorithm(&self) -> &'static str {
        match self.key {
            Signing::Ed25519(_) => ED25519,
            Signing::Hmac(_) => HMAC,
        }
    }

    /// The signature of a base, which begins with a quotation mark.
    pub(super) fn sign(&self, base: &str) -> Vec<u8> {
        match &self.key {
            Signing::Ed25519(key) => key.raw().sign(base.as_bytes()).to_vec(),
            Signing::Hmac(key) => key.raw().mac([base.as_bytes()]).as_bytes().to_vec(),
        }
    }
}

impl From<SigningKey> for SignKey {
    fn from(key: SigningKey) -> Self {
        Self { name: key.id().to_string(), key: Signing::Ed25519(key) }
    }
}

impl TryFrom<MacKey> for SignKey {
    type Error = ConfigError;

    /// # Errors
    /// [`ConfigError::Suite`] for a key of another hash than SHA-256.
    fn try_from(key: MacKey) -> Result<Self, ConfigError> {
        Ok(Self { name: key.id().to_string(), key: Signing::Hmac(with_sha256(key)?) })
    }
}

/// A key that verifies messages: Ed25519, HMAC-SHA-256, or with feature `p256` ECDSA with P-256 and SHA-256.
pub struct VerifyKey {
    key: Verifying,
    name: String,
}

erased_by_fields!(VerifyKey: key);

enum Verifying {
    Ed25519(VerifyingKey),
    Hmac(MacKey),
    #[cfg(feature = "p256")]
    P256(P256Key, KeyId),
}

/// Secret is what HMAC has, which erases itself.
impl zeroize::ZeroizeOnDrop for Verifying {}

impl VerifyKey {
    /// A P-256 key from its `SubjectPublicKeyInfo` in DER, 91 bytes: what is between the lines of a PEM file.
    ///
    /// # Errors
    /// [`ConfigError::KeyText`] for anything but an uncompressed point of the curve.
    #[cfg(feature = "p256")]
    pub fn p256_from_spki(der: &[u8]) -> Result<Self, ConfigError> {
        P256Key::from_spki(der).map(Self::p256).ok_or(ConfigError::KeyText)
    }

    /// A P-256 key from its point, 65 bytes: `04`, then `x` and `y` as a JWK has them.
    ///
    /// # Errors
    /// [`ConfigError::KeyText`] for anything but an uncompressed point of the curve.
    #[cfg(feature = "p256")]
    pub fn p256_from_sec1(point: &[u8]) -> Result<Self, ConfigError> {
        P256Key::from_sec1(point).map(Self::p256).ok_or(ConfigError::KeyText)
    }

    #[cfg(feature = "p256")]
    fn p256(key: P256Key) -> Self {
        let id = id::verifying_p256(&key.to_spki());
        Self { name: id.to_string(), key: Verifying::P256(key, id) }
    }

    /// With the name that the other side gives the key in `keyid`, in place of its [`KeyId`]: 1 to 256 printable
    /// ASCII characters.
    ///
    /// # Errors
    /// [`ConfigError::KeyText`] for a name that is none.
    pub fn named(self, name: &str) -> Result<Self, ConfigError> {
        Ok(Self { name: named(name)?, ..self })
    }

    /// What `keyid` must say: the text of the [`KeyId`], unless it was [`named`](Self::named).
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The thumbprint of the key as a JWK (RFC 7638, RFC 8037), which some peers name keys by; none for HMAC.
    ///
    /// ```
    /// use chancery::{http_signature::VerifyKey, signing::SigningKey};
    ///
    /// let key = VerifyKey::from(SigningKey::generate()?.verifying_key());
    /// let thumbprint = key.jwk_thumbprint().expect("a public key");
    /// let key = key.named(&thumbprint)?;
    /// assert_eq!(key.name().len(), 43);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn jwk_thumbprint(&self) -> Option<String> {
        let json = match &self.key {
            Verifying::Ed25519(key) => {
                format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, base64::encode(key.as_bytes()))
            }
            #[cfg(feature = "p256")]
            Verifying::P256(key, _) => {
                let spki = key.to_spki();
                let (rest, y) = spki.split_last_chunk::<32>()?;
                let (_, x) = rest.split_last_chunk::<32>()?;
                let [x, y] = [x, y].map(|half| base64::encode(half));
                format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#)
            }
            Verifying::Hmac(_) => return None,
        };
        Some(base64::encode(&sha256(json.as_bytes())))
    }

    pub(super) const fn algorithm(&self) -> &'static str {
        match self.key {
            Verifying::Ed25519(_) => ED25519,
            Verifying::Hmac(_) => HMAC,
            #[cfg(feature = "p256")]
            Verifying::P256(..) => P256,
        }
    }

    /// # Errors
    /// [`Error::NotAuthentic`].
    pub(super) fn verify(&self, base: &str, signature: &[u8]) -> Result<(), Error> {
        match &self.key {
            Verifying::Ed25519(key) => {
                let signature = signature.try_into().map_err(|_| Error::NotAuthentic)?;
                key.raw().verify(base.as_bytes(), signature)
            }
            Verifying::Hmac(key) => {
                let made = key.raw().verify([base.as_bytes()], signature);
                made.then_some(()).ok_or(Error::NotAuthentic)
            }
            #[cfg(feature = "p256")]
            Verifying::P256(key, _) => key.verify_fixed(base.as_bytes(), signature),
        }
    }
}

impl From<VerifyingKey> for VerifyKey {
    fn from(key: VerifyingKey) -> Self {
        Self { name: key.id().to_string(), key: Verifying::Ed25519(key) }
    }
}

impl TryFrom<MacKey> for VerifyKey {
    type Error = ConfigError;

    /// # Errors
    /// [`ConfigError::Suite`] for a key of another hash than SHA-256.
    fn try_from(key: MacKey) -> Result<Self, ConfigError> {
        Ok(Self { name: key.id().to_string(), key: Verifying::Hmac(with_sha256(key)?) })
    }
}

fn with_sha256(key: MacKey) -> Result<MacKey, ConfigError> {
    if key.raw().hash() == Hash::Sha256 { Ok(key) } else { Err(ConfigError::Suite) }
}

fn named(name: &str) -> Result<String, ConfigError> {
    let fits = (1..=MAX_TEXT).contains(&name.len()) && field::write_string(&mut String::new(), name);
    fits.then(|| name.into()).ok_or(ConfigError::KeyText)
}

impl keyring::sealed::Sealed for SignKey {}

impl Key for SignKey {
    /// That of the key that verifies.
    fn id(&self) -> KeyId {
        match &self.key {
            Signing::Ed25519(key) => key.id(),
            Signing::Hmac(key) => key.id(),
        }
    }
}

impl keyring::sealed::Sealed for VerifyKey {}

impl Key for VerifyKey {
    fn id(&self) -> KeyId {
        match &self.key {
            Verifying::Ed25519(key) => key.id(),
            Verifying::Hmac(key) => key.id(),
            #[cfg(feature = "p256")]
            Verifying::P256(_, id) => *id,
        }
    }
}

impl fmt::Debug for SignKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignKey({} {})", self.algorithm(), self.id())
    }
}

impl fmt::Debug for VerifyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyKey({} {})", self.algorithm(), self.id())
    }
}
