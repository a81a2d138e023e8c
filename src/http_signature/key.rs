// SPDX-License-Identifier: MIT OR Apache-2.0
//! [`SignKey`] and [`VerifyKey`]: a key, its one algorithm, and the `keyid` that names it on the wire.

#[cfg(feature = "p256")]
use crate::signing::P256SigningKey;
use crate::{
    ConfigError, Error, Key, KeyId, keyring,
    mac::{Hash, MacKey},
    named_key::{Named, Signing, Verifying},
    secret::erased_by_fields,
    signing::{SigningKey, VerifyingKey},
    wire::base64,
};
use alloc::{string::String, vec::Vec};
use core::fmt;

const ED25519: &str = "ed25519";
const HMAC: &str = "hmac-sha256";
#[cfg(feature = "p256")]
const P256: &str = "ecdsa-p256-sha256";

/// A key that signs messages: Ed25519, HMAC-SHA-256 with a key that both sides have, or with feature `p256` ECDSA with
/// P-256 and SHA-256.
///
/// ```
/// use chancery::{http_signature::SignKey, mac::MacKey, signing::SigningKey};
///
/// let ours = SignKey::from(SigningKey::generate()?).named("billing-2026")?;
/// let shared = SignKey::try_from(MacKey::generate()?)?;
/// # let _ = (ours, shared);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SignKey(Named<Signing>);

erased_by_fields!(SignKey: 0);

impl SignKey {
    /// With the name that the other side knows the key by, in place of its [`KeyId`]: 1 to 256 printable ASCII
    /// characters.
    ///
    /// # Errors
    /// [`ConfigError::KeyText`] for a name that is none.
    pub fn named(self, name: &str) -> Result<Self, ConfigError> {
        self.0.named(name).map(Self)
    }

    /// What `keyid` says: the text of the [`KeyId`], unless it was [`named`](Self::named).
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The key that verifies, under the same name; none for a key that both sides have.
    #[must_use]
    pub fn verify_key(&self) -> Option<VerifyKey> {
        self.0.public().map(VerifyKey)
    }

    pub(super) const fn algorithm(&self) -> &'static str {
        match self.0.key {
            Signing::Ed25519(_) => ED25519,
            Signing::Hmac(_) => HMAC,
            #[cfg(feature = "p256")]
            Signing::P256(_) => P256,
        }
    }

    /// The signature of a base, which begins with a quotation mark.
    pub(super) fn sign(&self, base: &str) -> Vec<u8> {
        self.0.sign(base.as_bytes())
    }
}

impl From<SigningKey> for SignKey {
    fn from(key: SigningKey) -> Self {
        Self(Named::<Signing>::ed25519(key))
    }
}

#[cfg(feature = "p256")]
impl From<P256SigningKey> for SignKey {
    fn from(key: P256SigningKey) -> Self {
        Self(Named::<Signing>::p256(key))
    }
}

impl TryFrom<MacKey> for SignKey {
    type Error = ConfigError;

    /// # Errors
    /// [`ConfigError::Suite`] for a key of another hash than SHA-256.
    fn try_from(key: MacKey) -> Result<Self, ConfigError> {
        Ok(Self(Named::<Signing>::hmac(with_sha256(key)?)))
    }
}

/// A key that verifies messages: Ed25519, HMAC-SHA-256, or with feature `p256` ECDSA with P-256 and SHA-256. It may be secret, and has
/// no `Clone`: a [`Keyring`](crate::Keyring) of it has, and shares it.
pub struct VerifyKey(Named<Verifying>);

erased_by_fields!(VerifyKey: 0);

impl VerifyKey {
    /// A P-256 key from its `SubjectPublicKeyInfo` in DER, 91 bytes: what is between the lines of a PEM file.
    ///
    /// # Errors
    /// [`ConfigError::KeyText`] for anything but an uncompressed point of the curve.
    #[cfg(feature = "p256")]
    pub fn p256_from_spki(der: &[u8]) -> Result<Self, ConfigError> {
        Named::p256_from_spki(der).map(Self)
    }

    /// A P-256 key from its point, 65 bytes: `04`, then `x` and `y` as a JWK has them.
    ///
    /// # Errors
    /// [`ConfigError::KeyText`] for anything but an uncompressed point of the curve.
    #[cfg(feature = "p256")]
    pub fn p256_from_sec1(point: &[u8]) -> Result<Self, ConfigError> {
        Named::p256_from_sec1(point).map(Self)
    }

    /// With the name that the other side gives the key in `keyid`, in place of its [`KeyId`]: 1 to 256 printable
    /// ASCII characters.
    ///
    /// # Errors
    /// [`ConfigError::KeyText`] for a name that is none.
    pub fn named(self, name: &str) -> Result<Self, ConfigError> {
        self.0.named(name).map(Self)
    }

    /// What `keyid` must say: the text of the [`KeyId`], unless it was [`named`](Self::named).
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
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
        Some(base64::encode(&self.0.jwk_thumbprint()?))
    }

    pub(super) const fn algorithm(&self) -> &'static str {
        match self.0.key {
            Verifying::Ed25519(_) => ED25519,
            Verifying::Hmac(_) => HMAC,
            #[cfg(feature = "p256")]
            Verifying::P256(..) => P256,
            // Of tokens: no constructor here makes one, and no parameter names it.
            #[cfg(feature = "rsa")]
            Verifying::Rsa(..) => "",
        }
    }

    /// # Errors
    /// [`Error::NotAuthentic`].
    pub(super) fn verify(&self, base: &str, signature: &[u8]) -> Result<(), Error> {
        self.0.verify(base.as_bytes(), signature)
    }
}

impl From<VerifyingKey> for VerifyKey {
    fn from(key: VerifyingKey) -> Self {
        Self(Named::<Verifying>::ed25519(key))
    }
}

impl TryFrom<MacKey> for VerifyKey {
    type Error = ConfigError;

    /// # Errors
    /// [`ConfigError::Suite`] for a key of another hash than SHA-256.
    fn try_from(key: MacKey) -> Result<Self, ConfigError> {
        Ok(Self(Named::<Verifying>::hmac(with_sha256(key)?)))
    }
}

fn with_sha256(key: MacKey) -> Result<MacKey, ConfigError> {
    if key.raw().hash() == Hash::Sha256 { Ok(key) } else { Err(ConfigError::Suite) }
}

impl keyring::sealed::Sealed for SignKey {}

impl Key for SignKey {
    /// That of the key that verifies.
    fn id(&self) -> KeyId {
        self.0.id()
    }
}

impl keyring::sealed::Sealed for VerifyKey {}

impl Key for VerifyKey {
    fn id(&self) -> KeyId {
        self.0.id()
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
