// SPDX-License-Identifier: MIT OR Apache-2.0
//! Recipients as JWK (RFC 7517, RFC 8037): `OKP` with `X25519`, for partners that read keys in no other form.
//!
//! A JWK does not say KEM, KDF and AEAD: the [`Suite`] is agreed on, and handed in. `alg` is neither written nor read;
//! one that is there is of other cryptography (`ECDH-ES`), for which the key must not be used as well.

use crate::{
    ConfigError, KeyKind, Keyring,
    hpke::{Identity, Recipient, Suite},
    primitive::{hash::sha256, kem::Kem},
    wire::{
        base64,
        jwk::{self, Jwk},
    },
};
use alloc::{format, string::String, vec::Vec};

impl Recipient {
    /// The JWK to publish (feature `jwt`), with `use` and, as `kid`, the [thumbprint](Self::jwk_thumbprint); none for
    /// X-Wing, which has no JWK.
    ///
    /// ```
    /// use chancery::hpke::{Identity, Recipient, Suite};
    ///
    /// let recipient = Identity::generate()?.recipient();
    /// let jwk = recipient.to_jwk().ok_or("X25519 has one")?;
    /// assert_eq!(Recipient::from_jwk(Suite::X25519Aes256Gcm, &jwk)?, recipient);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn to_jwk(&self) -> Option<String> {
        let (members, kid) = (self.jwk_members()?, self.jwk_thumbprint()?);
        Some(format!(r#"{{{members},"kid":"{kid}","use":"enc"}}"#))
    }

    /// The thumbprint with SHA-256 (RFC 7638, RFC 8037), feature `jwt`; none for X-Wing.
    #[must_use]
    pub fn jwk_thumbprint(&self) -> Option<String> {
        Some(base64::encode(&sha256(format!("{{{}}}", self.jwk_members()?).as_bytes())))
    }

    /// A recipient from a JWK (feature `jwt`): `OKP` with `X25519`.
    ///
    /// # Errors
    /// [`ConfigError::KeyText`]; [`ConfigError::WeakKey`] as [`from_bytes`](Self::from_bytes);
    /// [`ConfigError::WrongKeyKind`] for a key with a secret part; [`ConfigError::Suite`] for a suite of X-Wing, and for a
    /// key that has an `alg`, another `use` than `enc`, or `key_ops` without `encrypt`.
    pub fn from_jwk(suite: Suite, json: &str) -> Result<Self, ConfigError> {
        Self::of_jwk(suite, &jwk::one(json)?)
    }

    /// The recipient that a JWK set names so in `kid` (feature `jwt`). The set may hold others, keys of signatures among
    /// them.
    ///
    /// A name is what whoever publishes the set gives it. To seal for one key and no other, compare its
    /// [thumbprint](Self::jwk_thumbprint) with one from elsewhere.
    ///
    /// # Errors
    /// As [`from_jwk`](Self::from_jwk) for the key of this name; [`ConfigError::NoSuchKey`] without one,
    /// [`ConfigError::DuplicateKey`] with two; [`ConfigError::WrongKeyKind`] when there is a secret in the set, whosever;
    /// [`ConfigError::Limit`] for a set above 128 KiB or 64 keys.
    pub fn from_jwk_set(suite: Suite, json: &str, kid: &str) -> Result<Self, ConfigError> {
        let mut found = None;
        for jwk in jwk::all(json)? {
            is_public(&jwk)?;
            if jwk.kid.as_deref() == Some(kid) && found.replace(jwk).is_some() {
                return Err(ConfigError::DuplicateKey);
            }
        }
        Self::of_jwk(suite, &found.ok_or(ConfigError::NoSuchKey)?)
    }

    fn of_jwk(suite: Suite, jwk: &Jwk) -> Result<Self, ConfigError> {
        is_public(jwk)?;
        jwk.is_for("enc", "encrypt")?;
        if jwk.alg.is_some() || suite.kem() != Kem::X25519 {
            return Err(ConfigError::Suite);
        }
        if (jwk.kty.as_str(), jwk.crv.as_str()) != ("OKP", "X25519") {
            return Err(ConfigError::KeyText);
        }
        Self::from_bytes(suite, &jwk::bytes(jwk.x.as_deref())?)
    }

    /// In alphabetical order (RFC 7638, section 3.2).
    fn jwk_members(&self) -> Option<String> {
        let x = base64::encode(self.as_bytes());
        (self.suite().kem() == Kem::X25519).then(|| format!(r#""crv":"X25519","kty":"OKP","x":"{x}""#))
    }
}

impl Keyring<Identity> {
    /// The public keys as the JWK set to publish (feature `jwt`), the primary first. Publish a new key before others
    /// seal for it, and open with the old one for as long as they may.
    ///
    /// # Errors
    /// [`ConfigError::Suite`] when a key is one of X-Wing; [`ConfigError::DuplicateKey`] for one key under two suites.
    pub fn to_jwk_set(&self) -> Result<String, ConfigError> {
        let keys = self.iter().map(|identity| identity.recipient().to_jwk());
        let keys: Vec<String> = keys.collect::<Option<_>>().ok_or(ConfigError::Suite)?;
        let mut once = keys.clone();
        once.sort_unstable();
        once.dedup();
        if once.len() < keys.len() {
            return Err(ConfigError::DuplicateKey);
        }
        Ok(format!(r#"{{"keys":[{}]}}"#, keys.join(",")))
    }
}

fn is_public(jwk: &Jwk) -> Result<(), ConfigError> {
    match jwk.kind() {
        KeyKind::Verifying => Ok(()),
        found => Err(ConfigError::WrongKeyKind { expected: KeyKind::Recipient, found }),
    }
}
