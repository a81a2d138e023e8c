// SPDX-License-Identifier: MIT OR Apache-2.0
//! Signatures: everybody with the verifying key can tell who sent something. Ed25519 with a context.
//!
//! ```
//! use chancery::{Context, Keyring, signing::SigningKey};
//!
//! let key = SigningKey::generate()?;
//! let context = Context::of("release manifest");
//! let signature = key.sign(&context, b"chancery 1.0")?;
//!
//! // The other side has the verifying key, or several of them.
//! let trusted = Keyring::from(key.verifying_key());
//! trusted.verify(&context, b"chancery 1.0", &signature)?;
//! assert!(trusted.verify(&Context::of("invoice"), b"chancery 1.0", &signature).is_err());
//! # Ok::<(), chancery::Error>(())
//! ```
//!
//! # Format
//! Pure Ed25519 (RFC 8032 section 5.1) over `0xFF || L("signature") || CTX || message`, 64 bytes. No
//! other format of this crate, and no text, begins with these bytes.
//! Specification: `docs/envelope-v1.md`, appendix B.
//!
//! # Security
//! Verification is strict: points of small order, encodings that are not canonical and `S` above
//! the group order are refused, so that all verifiers agree and no signature has a second form. The
//! public key is always derived from the seed: there is no call that signs under another one.
//!
//! ```compile_fail,E0061
//! # use chancery::{Context, signing::SigningKey};
//! // RUSTSEC-2022-0093: nothing takes a public key along with the message.
//! let (a, b) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
//! a.sign(&Context::of("x"), b"message", &b.verifying_key());
//! ```
//!
//! # Errors
//! [`Error::NotAuthentic`], [`Error::Context`]; [`ConfigError`] for keys.

#[cfg(all(feature = "p256", any(feature = "http", feature = "jwt")))]
mod ecdsa;

#[cfg(all(feature = "p256", any(feature = "http", feature = "jwt")))]
pub use ecdsa::P256SigningKey;

use crate::{
    ConfigError, Context, Error, KeyId, Keyring,
    error::KeyKind,
    keyring::{self, Key, id, text},
    primitive::{
        ct, ed25519,
        hash::{self, label},
        rng::{self, System},
    },
    secret::{SecretArray, SecretText, erased_by_fields},
    wire::cursor::Cursor,
};
use alloc::{string::String, vec::Vec};
use core::{fmt, str::FromStr};

/// Ed25519 in the IANA registry of TLS signature schemes.
const ED25519: u16 = 0x0807;

/// A signature, 64 bytes. Public.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Signature([u8; ed25519::SIGNATURE_LEN]);

impl Signature {
    /// The signature that these bytes are. Whether it is one of the message, only `verify` tells.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// The 64 bytes, `R || S`.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signature(..)")
    }
}

/// A secret Ed25519 key: a seed of 32 bytes. Its text form begins with `chn_sk_signing_`.
pub struct SigningKey {
    key: ed25519::SigningKey,
    id: KeyId,
}

erased_by_fields!(SigningKey: key);

impl SigningKey {
    /// A new random key.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the system has no randomness.
    pub fn generate() -> Result<Self, Error> {
        Ok(Self::new(&rng::secret(&mut System)?))
    }

    /// A key from its seed of 32 bytes, RFC 8032 section 5.1.5.
    ///
    /// # Errors
    /// [`ConfigError::WeakKey`] unless there are 32 bytes which are not all the same.
    pub fn from_seed(seed: &[u8]) -> Result<Self, ConfigError> {
        if ct::is_constant(seed) {
            return Err(ConfigError::WeakKey);
        }
        SecretArray::copy_of(seed).map(|seed| Self::new(&seed)).ok_or(ConfigError::WeakKey)
    }

    fn new(seed: &SecretArray<32>) -> Self {
        let key = ed25519::SigningKey::from_seed(seed);
        let id = id::verifying(key.verifying_key().as_bytes());
        Self { key, id }
    }

    /// The public half, to give away.
    #[must_use]
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey { key: self.key.verifying_key(), id: self.id }
    }

    /// Signs `message` for `context`. The same input gives the same signature.
    ///
    /// # Errors
    /// [`Error::Context`].
    pub fn sign(&self, context: &Context, message: &[u8]) -> Result<Signature, Error> {
        Ok(Signature(self.key.sign(&input("signature", &[&hash::context(context)?, message]))))
    }

    /// Signs `0xFF || L(purpose) || parts`, for the formats of this crate.
    pub(crate) fn sign_for(&self, purpose: &str, parts: &[&[u8]]) -> Signature {
        Signature(self.key.sign(&input(purpose, parts)))
    }

    /// The text form, for a secret store.
    #[must_use]
    pub fn to_secret_text(&self) -> SecretText {
        text::secret(KeyKind::Signing, &[&ED25519.to_be_bytes(), self.key.seed()])
    }

    #[cfg(any(feature = "hazmat", feature = "http", feature = "jwt"))]
    pub(crate) const fn raw(&self) -> &ed25519::SigningKey {
        &self.key
    }
}

/// `0xFF || L(purpose) || parts`: no UTF-8 text and no other format begins like this.
fn input(purpose: &str, parts: &[&[u8]]) -> Vec<u8> {
    let [a, b, c] = label(purpose);
    [&[&[0xFF], a, b, c], parts].concat().concat()
}

/// A public Ed25519 key, 32 bytes. Its text form (`Display`) begins with `chn_pk_verifying_`.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifyingKey {
    key: ed25519::VerifyingKey,
    id: KeyId,
}

impl VerifyingKey {
    /// A key from its 32 bytes, RFC 8032 section 5.1.2.
    ///
    /// # Errors
    /// [`ConfigError::WeakKey`] for what is not a point, not canonical or of small order.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ConfigError> {
        let bytes = bytes.try_into().map_err(|_| ConfigError::WeakKey)?;
        let key = ed25519::VerifyingKey::from_bytes(bytes).ok_or(ConfigError::WeakKey)?;
        Ok(Self { id: id::verifying(bytes), key })
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// Checks a signature over `0xFF || L(purpose) || parts`, for the formats of this crate.
    pub(crate) fn verify_for(
        &self,
        purpose: &str,
        parts: &[&[u8]],
        signature: &Signature,
    ) -> Result<(), Error> {
        self.key.verify(&input(purpose, parts), &signature.0)
    }

    #[cfg(any(feature = "hazmat", feature = "http", feature = "jwt"))]
    pub(crate) const fn raw(&self) -> &ed25519::VerifyingKey {
        &self.key
    }
}

impl Keyring<SigningKey> {
    /// Signs with the primary key.
    ///
    /// # Errors
    /// [`Error::Context`].
    pub fn sign(&self, context: &Context, message: &[u8]) -> Result<Signature, Error> {
        self.primary().sign(context, message)
    }
}

impl Keyring<VerifyingKey> {
    /// Checks a signature under each key of the keyring, and says whose it is.
    ///
    /// # Errors
    /// [`Error::NotAuthentic`], [`Error::Context`].
    pub fn verify(&self, context: &Context, message: &[u8], signature: &Signature) -> Result<KeyId, Error> {
        let input = input("signature", &[&hash::context(context)?, message]);
        let made = |key: &&VerifyingKey| key.key.verify(&input, &signature.0).is_ok();
        self.iter().find(made).map(Key::id).ok_or(Error::NotAuthentic)
    }
}

impl keyring::sealed::Sealed for SigningKey {}

impl Key for SigningKey {
    /// That of its verifying key.
    fn id(&self) -> KeyId {
        self.id
    }
}

impl keyring::sealed::Sealed for VerifyingKey {}

impl Key for VerifyingKey {
    fn id(&self) -> KeyId {
        self.id
    }
}

/// The 32 bytes of a key in a text of the expected kind and algorithm.
fn parse(kind: KeyKind, code: u16, text: &str) -> Result<SecretArray<32>, ConfigError> {
    let bytes = text::parse(kind, text)?;
    let mut cursor = Cursor::new(&bytes);
    if cursor.u16() != Ok(code) {
        return Err(ConfigError::KeyText);
    }
    SecretArray::copy_of(cursor.rest()).ok_or(ConfigError::KeyText)
}

impl FromStr for SigningKey {
    type Err = ConfigError;

    /// Parses the text form, `chn_sk_signing_...`.
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        Self::from_seed(parse(KeyKind::Signing, ED25519, text)?.expose_secret())
    }
}

impl FromStr for VerifyingKey {
    type Err = ConfigError;

    /// Parses the text form, `chn_pk_verifying_...`.
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        Self::from_bytes(parse(KeyKind::Verifying, ED25519, text)?.expose_secret())
    }
}

impl fmt::Display for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text: String = text::public(KeyKind::Verifying, &[&ED25519.to_be_bytes(), self.as_bytes()]);
        f.write_str(&text)
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({})", self.id)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.id)
    }
}
