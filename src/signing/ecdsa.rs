// SPDX-License-Identifier: MIT OR Apache-2.0
//! [`P256SigningKey`]: ECDSA for peers that do not have Ed25519.

use crate::{
    ConfigError, Error, KeyId,
    error::KeyKind,
    keyring::{self, Key, id, text},
    primitive::{ct, p256::SigningKey, rng::System},
    secret::{SecretArray, SecretText, erased_by_fields},
    signing::parse,
};
use alloc::vec::Vec;
use core::{fmt, str::FromStr};

/// ECDSA with P-256 and SHA-256 in the IANA registry of TLS signature schemes.
const ECDSA_P256_SHA256: u16 = 0x0403;

/// A secret P-256 key, 32 bytes (feature `p256`): for tokens (`ES256`) and HTTP messages (`ecdsa-p256-sha256`) where a
/// peer does not have Ed25519. It signs nothing with a [`Context`](crate::Context).
///
/// Its signatures are deterministic (RFC 6979): no random number can be bad. Its text form begins with `chn_sk_signing_`,
/// and is none of a [`SigningKey`](super::SigningKey).
///
/// ```
/// use chancery::{Key, signing::P256SigningKey};
///
/// let key = P256SigningKey::generate()?;
/// let text = key.to_secret_text();
/// assert_eq!(text.expose_secret().parse::<P256SigningKey>()?.id(), key.id());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// No kind of key becomes another:
///
/// ```compile_fail,E0277
/// # use chancery::signing::{P256SigningKey, SigningKey};
/// let key: P256SigningKey = SigningKey::generate().unwrap().into();
/// ```
pub struct P256SigningKey {
    key: SigningKey,
    id: KeyId,
}

erased_by_fields!(P256SigningKey: key);

impl P256SigningKey {
    /// A new random key.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the system has no randomness.
    pub fn generate() -> Result<Self, Error> {
        SigningKey::generate(&mut System).map(Self::new)
    }

    /// A key from its secret number of 32 bytes, big-endian (SEC 1, section 3.2.1).
    ///
    /// # Errors
    /// [`ConfigError::WeakKey`] unless there are 32 bytes which are not all the same, of a number below the order of the
    /// group.
    pub fn from_bytes(secret: &[u8]) -> Result<Self, ConfigError> {
        if ct::is_constant(secret) {
            return Err(ConfigError::WeakKey);
        }
        let secret = SecretArray::copy_of(secret).ok_or(ConfigError::WeakKey)?;
        SigningKey::from_bytes(&secret).map(Self::new).ok_or(ConfigError::WeakKey)
    }

    fn new(key: SigningKey) -> Self {
        let id = id::verifying_p256(&key.verifying_key().to_spki());
        Self { key, id }
    }

    /// The public half as `SubjectPublicKeyInfo` in DER, 91 bytes: what a PEM file has between its lines.
    #[must_use]
    pub fn public_spki(&self) -> Vec<u8> {
        self.key.verifying_key().to_spki()
    }

    /// The text form, for a secret store.
    #[must_use]
    pub fn to_secret_text(&self) -> SecretText {
        let codes = ECDSA_P256_SHA256.to_be_bytes();
        text::secret(KeyKind::Signing, &[&codes, self.key.to_bytes().expose_secret()])
    }

    pub(crate) const fn raw(&self) -> &SigningKey {
        &self.key
    }
}

impl keyring::sealed::Sealed for P256SigningKey {}

impl Key for P256SigningKey {
    /// That of the key that verifies.
    fn id(&self) -> KeyId {
        self.id
    }
}

impl FromStr for P256SigningKey {
    type Err = ConfigError;

    /// Parses the text form, `chn_sk_signing_...`.
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        Self::from_bytes(parse(KeyKind::Signing, ECDSA_P256_SHA256, text)?.expose_secret())
    }
}

impl fmt::Debug for P256SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "P256SigningKey({})", self.id)
    }
}
