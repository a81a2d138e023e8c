// SPDX-License-Identifier: MIT OR Apache-2.0
//! Symmetric sealing: who holds the key can seal and open, in memory or as a stream of any size.
//!
//! Use it for what the same service, or services that share a key, will read again: cookies,
//! columns, files, cache entries. To send to somebody who has no key of yours, use
//! [`envelope`](crate::envelope).
//!
//! ```
//! use chancery::{Context, Keyring, aead::SealKey};
//!
//! let keys = Keyring::new(SealKey::generate()?);
//! let context = Context::of("session cookie").field("example.com");
//! let sealed = keys.seal(&context, b"user 17")?;
//! assert_eq!(keys.open(&context, &sealed)?, b"user 17");
//! # Ok::<(), chancery::Error>(())
//! ```
//!
//! # Format
//! `0xC1 || key id (8) || C2SP chunked encryption`: 81 bytes more than the plaintext, and 16 more for
//! every 16,384 bytes of it. Each message has a key and a nonce of its own, derived from a random
//! salt of 24 bytes, so there is no nonce to get wrong and no number of messages to count.
//! Specification: `docs/envelope-v1.md`, "Sealed message"; c2sp.org/chunked-encryption.
//!
//! # Security
//! The ciphertext commits to the key and to the context. A message that was cut, reordered, extended
//! or spliced is an error: a stream reports its end only after the last chunk proved to be
//! the last. It does not tell a copy from the original. It does not hide the length.
//!
//! # Rotation
//! What is kept names its key: [`untrusted_key_id`] finds what is still to be opened and sealed anew before a key is retired.
//!
//! ```
//! use chancery::{Context, Keyring, aead::{SealKey, untrusted_key_id}};
//!
//! # let (context, old) = (Context::of("column"), Keyring::new(SealKey::generate()?));
//! # let mut column = old.seal(&context, b"user 17")?;
//! let keys = old.rotate(SealKey::generate()?)?;
//! if untrusted_key_id(&column)? != keys.primary_id() {
//!     column = keys.seal(&context, &keys.open(&context, &column)?)?;
//! }
//! assert_eq!(keys.retire(old.primary_id())?.open(&context, &column)?, b"user 17");
//! assert!(untrusted_key_id(b"user 17").is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Errors
//! [`Error::Malformed`], [`Error::UnknownKey`], [`Error::NotAuthentic`], [`Error::Context`].

#[cfg(feature = "std")]
mod stream;

#[cfg(feature = "tokio")]
pub(crate) use stream::read_start;
#[cfg(feature = "std")]
pub use stream::{OpenReader, SealWriter};

use crate::{
    ConfigError, Context, Error, KeyId, Keyring,
    error::KeyKind,
    keyring::{self, Key, id, text},
    primitive::{
        aead::Aead,
        chunked::{self, Chunks, Part},
        ct,
        hash::{self, Hasher},
        mac::{Hash, Hmac},
        rng::{self, Random, System},
    },
    secret::{SecretArray, SecretText, erased_by_fields},
    wire::{
        cursor::Cursor,
        sealed::{self, PREFIX_LEN},
    },
};
use alloc::vec::Vec;
use core::{fmt, str::FromStr};

/// The algorithm of a [`SealKey`]. Both take a 32-byte key and a 16-byte tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// AES-256-GCM. The default: fastest where the CPU has AES instructions.
    Aes256Gcm,
    /// ChaCha20-Poly1305. For machines without AES instructions.
    ChaCha20Poly1305,
}

impl Algorithm {
    const fn aead(self) -> Aead {
        match self {
            Self::Aes256Gcm => Aead::Aes256Gcm,
            Self::ChaCha20Poly1305 => Aead::ChaCha20Poly1305,
        }
    }

    const fn from_aead(aead: Aead) -> Option<Self> {
        match aead {
            Aead::Aes256Gcm => Some(Self::Aes256Gcm),
            Aead::ChaCha20Poly1305 => Some(Self::ChaCha20Poly1305),
            Aead::Aes128Gcm => None,
        }
    }
}

/// A secret key of 32 bytes with its algorithm. Seals and opens through a [`Keyring`].
///
/// Its text form begins with `chn_sk_seal_`. It cannot be copied, compared or printed:
///
/// ```compile_fail,E0599
/// # use chancery::aead::SealKey;
/// let key = SealKey::generate().unwrap();
/// let copy = key.clone();
/// ```
///
/// ```compile_fail,E0277
/// # use chancery::aead::SealKey;
/// println!("{}", SealKey::generate().unwrap());
/// ```
pub struct SealKey {
    algorithm: Algorithm,
    bytes: SecretArray<32>,
    /// The HMAC-SHA-512 state that every derivation starts from.
    derive: Hmac,
    id: KeyId,
}

erased_by_fields!(SealKey: bytes, derive);

impl SealKey {
    /// A new random key for AES-256-GCM.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the system has no randomness.
    pub fn generate() -> Result<Self, Error> {
        Self::generate_for(Algorithm::Aes256Gcm)
    }

    /// A new random key for the algorithm.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the system has no randomness.
    pub fn generate_for(algorithm: Algorithm) -> Result<Self, Error> {
        Ok(Self::new(algorithm, rng::secret(&mut System)?))
    }

    /// A key from 32 bytes that a key-management system or a KDF made. Never from a password.
    ///
    /// # Errors
    /// [`ConfigError::WeakKey`] unless there are 32 bytes which are not all the same.
    pub fn from_bytes(algorithm: Algorithm, bytes: &[u8]) -> Result<Self, ConfigError> {
        if ct::is_constant(bytes) {
            return Err(ConfigError::WeakKey);
        }
        let bytes = SecretArray::copy_of(bytes).ok_or(ConfigError::WeakKey)?;
        Ok(Self::new(algorithm, bytes))
    }

    pub(crate) fn new(algorithm: Algorithm, bytes: SecretArray<32>) -> Self {
        let derive = Hmac::new(Hash::Sha512, bytes.expose_secret());
        let id = id::symmetric(&derive, algorithm.aead().name());
        Self { algorithm, bytes, derive, id }
    }

    /// The algorithm, which no message can change.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The text form, for a secret store.
    #[must_use]
    pub fn to_secret_text(&self) -> SecretText {
        let code = self.algorithm.aead().code().to_be_bytes();
        text::secret(KeyKind::Seal, &[&code, self.bytes.expose_secret()])
    }

    /// `H(L("sealed") || P || CTX)`, the context of the chunked encryption.
    fn chunk_context(prefix: &[u8; PREFIX_LEN], context: &Context) -> Result<[u8; 32], Error> {
        let context = hash::context(context)?;
        Ok(Hasher::labelled("sealed").chain(prefix).chain(&context).finish())
    }

    /// Prefix, header and the chunks to come, of up to `longest` bytes.
    fn start(
        &self,
        context: &Context,
        longest: usize,
        random: &mut dyn Random,
    ) -> Result<([u8; PREFIX_LEN], chunked::Header, Chunks), Error> {
        let prefix = sealed::prefix(self.id);
        let context = Self::chunk_context(&prefix, context)?;
        let (header, chunks) = Chunks::seal(self.algorithm.aead(), &self.derive, &context, longest, random)?;
        Ok((prefix, header, chunks))
    }

    pub(crate) fn seal_with(
        &self,
        context: &Context,
        plaintext: &[u8],
        random: &mut dyn Random,
    ) -> Result<Vec<u8>, Error> {
        let mut sealed = Vec::new();
        self.seal_onto(context, plaintext, random, &mut sealed)?;
        Ok(sealed)
    }

    fn seal_onto(
        &self,
        context: &Context,
        plaintext: &[u8],
        random: &mut dyn Random,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let (prefix, header, chunks) = self.start(context, plaintext.len(), random)?;
        chunked::seal_onto([&prefix, &header], chunks, &[Part::Bytes(plaintext)], out)
    }
}

/// The identifier of the key that a sealed message names, of which nothing was verified: for a look-up, not for a decision.
///
/// # Errors
/// [`Error::Malformed`] for what does not begin as a sealed message does.
pub fn untrusted_key_id(sealed: &[u8]) -> Result<KeyId, Error> {
    sealed::parse(sealed.first_chunk().ok_or(Error::Malformed)?)
}

impl Keyring<SealKey> {
    /// Seals `plaintext` with the primary key, for whoever has the keyring and the same context.
    /// The result is 81 bytes longer, and 16 more for every 16,384 bytes of plaintext.
    ///
    /// # Errors
    /// [`Error::Context`] for a context outside its bounds, [`Error::Unavailable`] without randomness.
    pub fn seal(&self, context: &Context, plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        self.primary().seal_with(context, plaintext, &mut System)
    }

    /// As [`seal`](Self::seal), at the end of `out`, for those who have a buffer. A failure leaves it as it was.
    ///
    /// # Errors
    /// Those of [`seal`](Self::seal).
    pub fn seal_into(&self, context: &Context, plaintext: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        self.primary().seal_onto(context, plaintext, &mut System, out)
    }

    /// Opens what [`seal`](Self::seal) or [`seal_writer`](Self::seal_writer) made with a key of
    /// this keyring, under the same context.
    ///
    /// # Errors
    /// [`Error::Malformed`] when it does not begin like a sealed message, [`Error::UnknownKey`],
    /// [`Error::Context`], [`Error::NotAuthentic`].
    pub fn open(&self, context: &Context, sealed: &[u8]) -> Result<Vec<u8>, Error> {
        let mut opened = Vec::new();
        self.open_into(context, sealed, &mut opened)?;
        Ok(opened)
    }

    /// As [`open`](Self::open), at the end of `out`, for those who have a buffer. A failure leaves it as it was, and
    /// nothing of the plaintext in its spare capacity. Where that is too small, what `out` held stays in the memory that
    /// it had, as with any `Vec` that grows.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub fn open_into(&self, context: &Context, sealed: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        let mut cursor = Cursor::new(sealed);
        let prefix = cursor.array()?;
        let header = cursor.array()?;
        let chunks = self.start_open(context, sealed.len(), &prefix, &header)?;
        chunked::open_onto(chunks, cursor.rest(), out)
    }

    fn start_open(
        &self,
        context: &Context,
        longest: usize,
        prefix: &[u8; PREFIX_LEN],
        header: &chunked::Header,
    ) -> Result<Chunks, Error> {
        let key = self.get(sealed::parse(prefix)?).ok_or(Error::UnknownKey)?;
        let context = SealKey::chunk_context(prefix, context)?;
        Chunks::open(key.algorithm.aead(), &key.derive, &context, longest, header)
    }
}

impl keyring::sealed::Sealed for SealKey {}

impl Key for SealKey {
    fn id(&self) -> KeyId {
        self.id
    }
}

impl FromStr for SealKey {
    type Err = ConfigError;

    /// Parses the text form, `chn_sk_seal_...`.
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let bytes = text::parse(KeyKind::Seal, text)?;
        let mut cursor = Cursor::new(&bytes);
        let code = cursor.u16().map_err(|_| ConfigError::KeyText)?;
        let algorithm = Aead::from_code(code).and_then(Algorithm::from_aead);
        if cursor.rest().len() != 32 {
            return Err(ConfigError::KeyText);
        }
        Self::from_bytes(algorithm.ok_or(ConfigError::KeyText)?, cursor.rest())
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealKey({})", self.id)
    }
}
