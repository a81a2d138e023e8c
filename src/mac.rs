// SPDX-License-Identifier: MIT OR Apache-2.0
//! Message authentication with a shared key: HMAC with a context.
//!
//! Both sides hold the same key, so either could have made the tag. To prove who sent something to
//! others, use [`signing`](crate::signing).
//!
//! ```
//! use chancery::{Context, Keyring, mac::MacKey};
//!
//! let keys = Keyring::new(MacKey::generate()?);
//! let context = Context::of("unsubscribe link");
//! let tag = keys.tag(&context, b"user 17")?;
//! keys.verify(&context, b"user 17", tag.as_bytes())?;
//! assert!(keys.verify(&context, b"user 18", tag.as_bytes()).is_err());
//! # Ok::<(), chancery::Error>(())
//! ```
//!
//! # Format
//! `HMAC(key, L("mac") || CTX || message)`, RFC 2104, of the whole length of the hash.
//! Specification: `docs/envelope-v1.md`, appendix B.
//!
//! # Errors
//! [`Error::NotAuthentic`], [`Error::Context`].

use crate::{
    ConfigError, Context, Error, KeyId, Keyring,
    error::KeyKind,
    keyring::{self, Key, id, text},
    primitive::{
        ct,
        hash::{self, label},
        mac::Hmac,
        rng::{self, System},
    },
    secret::{SecretBytes, SecretText, erased_by_fields},
    wire::cursor::Cursor,
};
use core::{fmt, str::FromStr};

pub use crate::primitive::mac::Hash;

/// A longer key adds nothing: beyond the block of the hash it would be hashed first.
const MAX_KEY_LEN: usize = 128;

/// A secret HMAC key with its hash: at least as long as the output of the hash, at most 128 bytes.
///
/// Its text form begins with `chn_sk_mac_`.
pub struct MacKey {
    bytes: SecretBytes,
    hmac: Hmac,
    id: KeyId,
}

erased_by_fields!(MacKey: bytes, hmac);

impl MacKey {
    /// A new random key of 32 bytes for HMAC-SHA-256.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the system has no randomness.
    pub fn generate() -> Result<Self, Error> {
        let bytes = rng::secret::<32>(&mut System)?;
        Ok(Self::new(Hash::Sha256, SecretBytes::new(bytes.expose_secret().to_vec())))
    }

    /// A key that was agreed on elsewhere. Never a password.
    ///
    /// # Errors
    /// [`ConfigError::WeakKey`] below the length of the hash (RFC 2104 section 3), above 128 bytes,
    /// and when all bytes are the same.
    pub fn from_bytes(hash: Hash, bytes: &[u8]) -> Result<Self, ConfigError> {
        if ct::is_constant(bytes) {
            return Err(ConfigError::WeakKey);
        }
        Self::perhaps_constant(hash, bytes)
    }

    /// A key whose bytes may all be the same.
    pub(crate) fn perhaps_constant(hash: Hash, bytes: &[u8]) -> Result<Self, ConfigError> {
        if bytes.len() < hash.output_len() || bytes.len() > MAX_KEY_LEN {
            return Err(ConfigError::WeakKey);
        }
        Ok(Self::new(hash, SecretBytes::new(bytes.to_vec())))
    }

    fn new(hash: Hash, bytes: SecretBytes) -> Self {
        let id = id::symmetric(&Hmac::new(Hash::Sha512, bytes.expose_secret()), name(hash));
        Self { hmac: Hmac::new(hash, bytes.expose_secret()), bytes, id }
    }

    /// The keyed state, for what has a label of its own, and for formats of others: those must not begin with
    /// `chancery/v1 `.
    pub(crate) const fn raw(&self) -> &Hmac {
        &self.hmac
    }

    /// The text form, for a secret store.
    #[must_use]
    pub fn to_secret_text(&self) -> SecretText {
        let code = code(self.hmac.hash()).to_be_bytes();
        text::secret(KeyKind::Mac, &[&code, self.bytes.expose_secret()])
    }
}

/// The number of the hash in the IANA registry of TLS hash algorithms.
const fn code(hash: Hash) -> u16 {
    match hash {
        Hash::Sha256 => 4,
        Hash::Sha384 => 5,
        Hash::Sha512 => 6,
    }
}

const fn name(hash: Hash) -> &'static str {
    match hash {
        Hash::Sha256 => "HMAC-SHA-256",
        Hash::Sha384 => "HMAC-SHA-384",
        Hash::Sha512 => "HMAC-SHA-512",
    }
}

/// The tag of a message, for sending. It has no comparison: a tag is checked by
/// [`Keyring::verify`], in constant time.
///
/// ```compile_fail,E0369
/// # use chancery::mac::Tag;
/// fn check(expected: &Tag, got: &Tag) -> bool {
///     expected == got
/// }
/// ```
pub struct Tag(crate::primitive::mac::Output);

impl Tag {
    /// The bytes: 32, 48 or 64, as the hash is long.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tag(..)")
    }
}

impl Keyring<MacKey> {
    /// The tag of `message` under the primary key.
    ///
    /// # Errors
    /// [`Error::Context`].
    pub fn tag(&self, context: &Context, message: &[u8]) -> Result<Tag, Error> {
        let context = hash::context(context)?;
        let [a, b, c] = label("mac");
        Ok(Tag(self.primary().hmac.mac([a, b, c, &context, message])))
    }

    /// Checks a tag, of its whole length, under each key of the keyring, and says which one made it.
    ///
    /// # Errors
    /// [`Error::NotAuthentic`], [`Error::Context`].
    pub fn verify(&self, context: &Context, message: &[u8], tag: &[u8]) -> Result<KeyId, Error> {
        let context = hash::context(context)?;
        let [a, b, c] = label("mac");
        let made = |key: &&MacKey| key.hmac.verify([a, b, c, &context, message], tag);
        self.iter().find(made).map(Key::id).ok_or(Error::NotAuthentic)
    }
}

impl keyring::sealed::Sealed for MacKey {}

impl Key for MacKey {
    fn id(&self) -> KeyId {
        self.id
    }
}

impl FromStr for MacKey {
    type Err = ConfigError;

    /// Parses the text form, `chn_sk_mac_...`.
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let bytes = text::parse(KeyKind::Mac, text)?;
        let mut cursor = Cursor::new(&bytes);
        let found = cursor.u16().map_err(|_| ConfigError::KeyText)?;
        let hash = [Hash::Sha256, Hash::Sha384, Hash::Sha512].into_iter().find(|h| code(*h) == found);
        Self::from_bytes(hash.ok_or(ConfigError::KeyText)?, cursor.rest())
    }
}

impl fmt::Debug for MacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MacKey({})", self.id)
    }
}
