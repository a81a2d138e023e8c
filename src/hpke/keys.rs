// SPDX-License-Identifier: MIT OR Apache-2.0
//! [`Identity`] and [`Recipient`], the two halves of a key that messages are sealed to.

use crate::{
    ConfigError, Error, KeyId,
    error::KeyKind,
    keyring::{self, Key, id, text},
    primitive::{
        aead::Aead,
        ct,
        kem::{Kem, PublicKey, SECRET_LEN, SecretKey, SharedSecret},
        rng::{self, Random, System},
    },
    secret::{SecretArray, SecretText, erased_by_fields},
};
use alloc::vec::Vec;
use core::{fmt, str::FromStr};
use zeroize::Zeroizing;

/// HKDF-SHA256, RFC 9180 section 7.2: the one KDF.
const HKDF_SHA256: u16 = 0x0001;

/// The algorithms of a key: KEM, KDF and AEAD of RFC 9180, section 7. Fixed when the key is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Suite {
    /// DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. The default.
    X25519Aes256Gcm,
    /// DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305.
    X25519ChaCha20Poly1305,
    /// DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM. For partners who need it; not for envelopes.
    X25519Aes128Gcm,
    /// X-Wing, which is ML-KEM-768 with X25519, HKDF-SHA256, AES-256-GCM (feature `pq`): what is sealed today
    /// stays closed to quantum computers.
    ///
    /// ```
    /// # use chancery::{Context, hpke::{Identity, Suite}};
    /// let identity = Identity::generate_for(Suite::XWingAes256Gcm)?;
    /// let context = Context::of("medical record");
    /// let sealed = identity.recipient().seal(&context, b"blood group 0")?;
    /// assert_eq!(identity.open(&context, &sealed)?, b"blood group 0");
    /// # Ok::<(), chancery::Error>(())
    /// ```
    #[cfg(feature = "pq")]
    XWingAes256Gcm,
    /// X-Wing, HKDF-SHA256, ChaCha20-Poly1305 (feature `pq`).
    #[cfg(feature = "pq")]
    XWingChaCha20Poly1305,
}

impl Suite {
    const ALL: &[Self] = &[
        Self::X25519Aes256Gcm,
        Self::X25519ChaCha20Poly1305,
        Self::X25519Aes128Gcm,
        #[cfg(feature = "pq")]
        Self::XWingAes256Gcm,
        #[cfg(feature = "pq")]
        Self::XWingChaCha20Poly1305,
    ];

    pub(crate) const fn kem(self) -> Kem {
        match self {
            Self::X25519Aes256Gcm | Self::X25519ChaCha20Poly1305 | Self::X25519Aes128Gcm => Kem::X25519,
            #[cfg(feature = "pq")]
            Self::XWingAes256Gcm | Self::XWingChaCha20Poly1305 => Kem::XWing,
        }
    }

    pub(crate) const fn aead(self) -> Aead {
        match self {
            Self::X25519Aes256Gcm => Aead::Aes256Gcm,
            Self::X25519ChaCha20Poly1305 => Aead::ChaCha20Poly1305,
            Self::X25519Aes128Gcm => Aead::Aes128Gcm,
            #[cfg(feature = "pq")]
            Self::XWingAes256Gcm => Aead::Aes256Gcm,
            #[cfg(feature = "pq")]
            Self::XWingChaCha20Poly1305 => Aead::ChaCha20Poly1305,
        }
    }

    /// KEM, KDF and AEAD as RFC 9180, section 7, numbers them.
    #[must_use]
    pub const fn codes(self) -> [u16; 3] {
        [self.kem().code(), HKDF_SHA256, self.aead().code()]
    }

    /// `u16 kem || u16 kdf || u16 aead`.
    pub(crate) fn code_bytes(self) -> [u8; 6] {
        let [[a, b], [c, d], [e, f]] = self.codes().map(u16::to_be_bytes);
        [a, b, c, d, e, f]
    }
}

/// The secret half: opens what was sealed for its [`Recipient`].
///
/// Its text form begins with `chn_sk_identity_`. It does not convert into any other kind of key.
///
/// ```compile_fail,E0277
/// # use chancery::{Keyring, hpke::Identity, signing::SigningKey};
/// let identity: Identity = SigningKey::generate().unwrap().into();
/// ```
pub struct Identity {
    secret: SecretKey,
    recipient: Recipient,
}

erased_by_fields!(Identity: secret);

impl Identity {
    /// A new random identity: X25519 and AES-256-GCM.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the system has no randomness.
    pub fn generate() -> Result<Self, Error> {
        Self::generate_for(Suite::X25519Aes256Gcm)
    }

    /// A new random identity for the suite.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the system has no randomness.
    pub fn generate_for(suite: Suite) -> Result<Self, Error> {
        Ok(Self::new(suite, rng::secret(&mut System)?))
    }

    /// An identity from 32 bytes: an X25519 secret key (RFC 9180 section 7.1.2), clamped or not, or the seed
    /// of an X-Wing key, which is expanded here, once.
    ///
    /// # Errors
    /// [`ConfigError::WeakKey`] unless there are 32 bytes which are not all the same.
    pub fn from_bytes(suite: Suite, secret: &[u8]) -> Result<Self, ConfigError> {
        if ct::is_constant(secret) {
            return Err(ConfigError::WeakKey);
        }
        SecretArray::copy_of(secret).map(|secret| Self::new(suite, secret)).ok_or(ConfigError::WeakKey)
    }

    fn new(suite: Suite, secret: SecretArray<SECRET_LEN>) -> Self {
        let secret = SecretKey::new(suite.kem(), secret);
        let recipient = Recipient::new(suite, secret.public());
        Self { secret, recipient }
    }

    /// With the identifier that a Tink keyset gives this key: messages must begin with `0x01 || id`.
    /// It is configuration and not in the text form.
    #[must_use]
    pub fn with_tink_id(mut self, id: u32) -> Self {
        self.recipient.tink_id = Some(id);
        self
    }

    /// The public half, to give away.
    #[must_use]
    pub fn recipient(&self) -> Recipient {
        self.recipient.clone()
    }

    /// The algorithms, which no message can change.
    #[must_use]
    pub const fn suite(&self) -> Suite {
        self.recipient.suite
    }

    /// The text form, for a secret store.
    #[must_use]
    pub fn to_secret_text(&self) -> SecretText {
        let codes = self.suite().code_bytes();
        text::secret(KeyKind::Identity, &[&codes, self.secret.bytes().expose_secret()])
    }

    pub(crate) const fn tink_id(&self) -> Option<u32> {
        self.recipient.tink_id
    }

    pub(crate) fn decapsulate(&self, enc: &[u8]) -> Result<SharedSecret, Error> {
        self.secret.decapsulate(enc)
    }
}

/// The public half: whoever has it can seal for the [`Identity`].
///
/// Its text form (`Display`) begins with `chn_pk_recipient_`.
///
/// Keep it, or a clone, where it is used again: one that many messages go to has a table of its point, which makes
/// them cheaper. It takes 24 KiB, and 30 KiB without AVX-512, from the sixth or the 32nd message on; up to 1,024 in a
/// process have one. Clones share it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Recipient {
    suite: Suite,
    public: PublicKey,
    id: KeyId,
    tink_id: Option<u32>,
}

impl Recipient {
    /// A recipient from the bytes of a public key: 32 of X25519 (RFC 9180 section 7.1.1), 1,216 of X-Wing.
    ///
    /// # Errors
    /// [`ConfigError::WeakKey`] unless there are so many bytes, the X25519 key is in canonical form and not of
    /// small order, and the ML-KEM key passes the check of FIPS 203, section 7.2.
    pub fn from_bytes(suite: Suite, public: &[u8]) -> Result<Self, ConfigError> {
        let public = PublicKey::parse(suite.kem(), public).ok_or(ConfigError::WeakKey)?;
        Ok(Self::new(suite, public))
    }

    fn new(suite: Suite, public: PublicKey) -> Self {
        let id = id::recipient(suite.codes(), public.as_bytes());
        Self { suite, public, id, tink_id: None }
    }

    /// With the identifier that a Tink keyset gives this key: messages will begin with `0x01 || id`.
    /// It is configuration and not in the text form.
    #[must_use]
    pub fn with_tink_id(mut self, id: u32) -> Self {
        self.tink_id = Some(id);
        self
    }

    /// The bytes of the public key: 32 of X25519, 1,216 of X-Wing.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        self.public.as_bytes()
    }

    /// The algorithms.
    #[must_use]
    pub const fn suite(&self) -> Suite {
        self.suite
    }

    pub(crate) const fn tink_id(&self) -> Option<u32> {
        self.tink_id
    }

    pub(crate) fn encapsulate(&self, random: &mut dyn Random) -> Result<(SharedSecret, Vec<u8>), Error> {
        self.public.encapsulate(random)
    }
}

/// The suite and the key in a text of the expected kind.
fn parse(kind: KeyKind, text: &str) -> Result<(Suite, Zeroizing<Vec<u8>>), ConfigError> {
    let mut bytes = text::parse(kind, text)?;
    let codes: [u8; 6] = *bytes.first_chunk().ok_or(ConfigError::KeyText)?;
    let suite = Suite::ALL.iter().find(|suite| suite.code_bytes() == codes);
    let suite = *suite.ok_or(ConfigError::KeyText)?;
    bytes.drain(..codes.len());
    let len = if kind.is_secret() { SECRET_LEN } else { suite.kem().public_len() };
    if bytes.len() == len { Ok((suite, bytes)) } else { Err(ConfigError::KeyText) }
}

impl FromStr for Identity {
    type Err = ConfigError;

    /// Parses the text form, `chn_sk_identity_...`.
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let (suite, secret) = parse(KeyKind::Identity, text)?;
        Self::from_bytes(suite, &secret)
    }
}

impl FromStr for Recipient {
    type Err = ConfigError;

    /// Parses the text form, `chn_pk_recipient_...`.
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let (suite, public) = parse(KeyKind::Recipient, text)?;
        Self::from_bytes(suite, &public)
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text::public(KeyKind::Recipient, &[&self.suite.code_bytes(), self.as_bytes()]))
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recipient({})", self.id)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({})", self.recipient.id)
    }
}

impl keyring::sealed::Sealed for Identity {}

impl Key for Identity {
    /// That of its recipient.
    fn id(&self) -> KeyId {
        self.recipient.id
    }
}

impl keyring::sealed::Sealed for Recipient {}

impl Key for Recipient {
    fn id(&self) -> KeyId {
        self.id
    }
}
