// SPDX-License-Identifier: MIT OR Apache-2.0
//! HPKE, RFC 9180, single-shot: the bytes that partners' libraries read and write.
//!
//! Use it where a partner or a standard asks for HPKE. Between services of your own
//! [`envelope`](crate::envelope) does more: several recipients, a signature, a key commitment.
//!
//! ```
//! use chancery::{Context, hpke::Identity};
//!
//! let identity = Identity::generate()?;
//! let recipient = identity.recipient(); // give this away
//!
//! let context = Context::of("card number");
//! let sealed = recipient.seal(&context, b"4000 0000 0000 0002")?;
//! assert_eq!(identity.open(&context, &sealed)?, b"4000 0000 0000 0002");
//! # Ok::<(), chancery::Error>(())
//! ```
//!
//! # Format
//! `enc (32) || ct`, empty AAD, 48 bytes more than the plaintext. KEM 0x0020 DHKEM(X25519,
//! HKDF-SHA256), KDF 0x0001 HKDF-SHA256, AEAD by the key. With feature `pq` also KEM 0x647a, X-Wing
//! (MLKEM768-X25519), whose `enc` has 1,120 bytes. The *info* is what both sides agreed on:
//! [`Info::raw`] as it is, or a [`Context`]. Tink's framing (`0x01 || u32` in front) is configured
//! on the keys by `with_tink_id`, never detected. Specification: `docs/envelope-v1.md`, "HPKE".
//!
//! # Security
//! Anybody can seal to a recipient: nothing says who did. The ciphertext does not commit to the
//! key, so which identity opens a message proves nothing; only one identity is ever tried. An
//! X25519 result that is all zero is refused on both sides (RFC 9180 section 7.1.4), within X-Wing as
//! well. X-Wing keeps a message secret from quantum computers, and from who breaks ML-KEM but not X25519.
//! The auth modes are not offered: they leave the standard, and a stolen recipient key forges senders in them.
//!
//! # Errors
//! [`Error::Malformed`], [`Error::NotAuthentic`], [`Error::UnknownKey`], [`Error::Context`].

#[cfg(feature = "jwt")]
mod jwk;
mod keys;
pub(crate) mod schedule;

pub use keys::{Identity, Recipient, Suite};

use crate::{
    ConfigError, Context, Error, Keyring,
    primitive::{
        ct,
        hash::{self, label},
        rng::{Random, System},
    },
    secret::{SecretBytes, erased_by_fields},
    wire::cursor::Cursor,
};
use alloc::{borrow::Cow, vec::Vec};
use core::fmt;
use schedule::Schedule;

/// What Tink puts in front of a ciphertext whose key has an identifier: `0x01 || u32`.
const TINK: u8 = 1;

/// The *info* of RFC 9180, section 5.1: what the message is for.
///
/// A [`Context`] becomes `L("hpke") || CTX`, 49 bytes; with a partner's own bytes use
/// [`raw`](Self::raw).
#[derive(Clone, Debug)]
pub struct Info<'a>(Result<Cow<'a, [u8]>, Error>);

impl<'a> Info<'a> {
    /// The bytes that the partner's library takes as info, as they are; may be empty. Above 64
    /// bytes not every library takes them.
    ///
    /// # Errors
    /// [`ConfigError::ReservedInfo`] when they begin with `chancery/`.
    pub fn raw(info: &'a [u8]) -> Result<Self, ConfigError> {
        if info.starts_with(b"chancery/") {
            return Err(ConfigError::ReservedInfo);
        }
        Ok(Self(Ok(Cow::Borrowed(info))))
    }

    #[cfg(feature = "hazmat")]
    pub(crate) const fn unchecked(info: &'a [u8]) -> Self {
        Self(Ok(Cow::Borrowed(info)))
    }

    pub(crate) fn bytes(&self) -> Result<&[u8], Error> {
        self.0.as_deref().map_err(|error| *error)
    }
}

impl From<&Context> for Info<'_> {
    fn from(context: &Context) -> Self {
        let [a, b, c] = label("hpke");
        Self(hash::context(context).map(|digest| Cow::Owned([a, b, c, &digest].concat())))
    }
}

/// A pre-shared key and its name, for PSK mode: whoever seals knows it, too.
///
/// At least 32 bytes from a random source or a KDF. A password is not one: whoever sees a message
/// can try passwords on it (RFC 9180 section 9.5).
pub struct Psk {
    key: SecretBytes,
    id: Vec<u8>,
}

erased_by_fields!(Psk: key);

impl Psk {
    /// # Errors
    /// [`ConfigError::WeakKey`] below 32 bytes, when all bytes are the same, or with an empty `id`.
    pub fn new(key: &[u8], id: &[u8]) -> Result<Self, ConfigError> {
        let constant = ct::is_constant(key);
        if key.len() < 32 || constant || id.is_empty() {
            return Err(ConfigError::WeakKey);
        }
        Ok(Self { key: SecretBytes::new(key.to_vec()), id: id.to_vec() })
    }
}

impl fmt::Debug for Psk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Psk(..)")
    }
}

impl Recipient {
    /// Seals `plaintext` for the identity of this recipient (base mode, RFC 9180 section 6.1).
    ///
    /// # Errors
    /// [`Error::Unavailable`] without randomness; [`Error::Context`]; [`Error::TooLarge`] above
    /// 2^36 - 32 bytes, the limit of one AES-GCM message.
    pub fn seal<'a>(&self, info: impl Into<Info<'a>>, plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        self.seal_with(info.into().bytes()?, None, plaintext, &mut System)
    }

    /// As [`seal`](Self::seal), at the end of `out`, for those who have a buffer. A failure leaves it as it was.
    ///
    /// # Errors
    /// Those of [`seal`](Self::seal).
    pub fn seal_into<'a>(
        &self,
        info: impl Into<Info<'a>>,
        plaintext: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        self.seal_onto(info.into().bytes()?, None, plaintext, &mut System, out)
    }

    /// Seals under a pre-shared key as well (PSK mode, RFC 9180 section 6.1): opens only for the
    /// identity *and* who has the key, and shows that somebody with the key made it.
    ///
    /// # Errors
    /// As [`seal`](Self::seal).
    pub fn seal_psk<'a>(
        &self,
        info: impl Into<Info<'a>>,
        psk: &Psk,
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Error> {
        self.seal_with(info.into().bytes()?, Some(psk), plaintext, &mut System)
    }

    /// `SendExport`, RFC 9180 section 6.2: what to send (`enc`, after the framing), and a secret of `len` bytes that only the
    /// identity can compute from it.
    ///
    /// # Errors
    /// [`Error::TooLarge`] above 8,160 bytes (255 times the hash); as [`seal`](Self::seal).
    pub fn send_export<'a>(
        &self,
        info: impl Into<Info<'a>>,
        exporter_context: &[u8],
        len: usize,
    ) -> Result<(Vec<u8>, SecretBytes), Error> {
        let (enc, schedule) = self.setup(info.into().bytes()?, None, &mut System)?;
        Ok(([self.framing().as_slice(), &enc].concat(), schedule.export(exporter_context, len)?))
    }

    /// `SetupBaseS` and `SetupPSKS`, RFC 9180 sections 5.1.1 and 5.1.2.
    pub(crate) fn setup(
        &self,
        info: &[u8],
        psk: Option<&Psk>,
        random: &mut dyn Random,
    ) -> Result<(Vec<u8>, Schedule), Error> {
        let (shared, enc) = self.encapsulate(random)?;
        Ok((enc, Schedule::new(self.suite(), &shared, info, psk)?))
    }

    pub(crate) fn seal_with(
        &self,
        info: &[u8],
        psk: Option<&Psk>,
        plaintext: &[u8],
        random: &mut dyn Random,
    ) -> Result<Vec<u8>, Error> {
        let mut sealed = Vec::new();
        self.seal_onto(info, psk, plaintext, random, &mut sealed)?;
        Ok(sealed)
    }

    /// At the end of `out`, which a failure leaves as it was.
    fn seal_onto(
        &self,
        info: &[u8],
        psk: Option<&Psk>,
        plaintext: &[u8],
        random: &mut dyn Random,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let (enc, mut schedule) = self.setup(info, psk, random)?;
        let (framing, end) = (self.framing(), out.len());
        let overhead = framing.len().saturating_add(enc.len()).saturating_add(16);
        out.reserve(plaintext.len().checked_add(overhead).ok_or(Error::TooLarge)?);
        out.extend_from_slice(&framing);
        out.extend_from_slice(&enc);
        schedule.seal_onto(b"", plaintext, out).inspect_err(|_| out.truncate(end))
    }

    fn framing(&self) -> Vec<u8> {
        framing(self.tink_id())
    }
}

impl Identity {
    /// Opens what was sealed for this identity (base mode).
    ///
    /// # Errors
    /// [`Error::Malformed`] when it is too short or not in the configured framing,
    /// [`Error::NotAuthentic`], [`Error::Context`].
    pub fn open<'a>(&self, info: impl Into<Info<'a>>, sealed: &[u8]) -> Result<Vec<u8>, Error> {
        self.open_with(info.into().bytes()?, None, sealed)
    }

    /// As [`open`](Self::open), at the end of `out`, for those who have a buffer. A failure leaves it as it was, and
    /// nothing of the plaintext in its spare capacity. Where that is too small, what `out` held stays in the memory that
    /// it had, as with any `Vec` that grows.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub fn open_into<'a>(
        &self,
        info: impl Into<Info<'a>>,
        sealed: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        self.open_onto(info.into().bytes()?, None, sealed, out)
    }

    /// Opens what was sealed for this identity under a pre-shared key (PSK mode).
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_psk<'a>(
        &self,
        info: impl Into<Info<'a>>,
        psk: &Psk,
        sealed: &[u8],
    ) -> Result<Vec<u8>, Error> {
        self.open_with(info.into().bytes()?, Some(psk), sealed)
    }

    /// `ReceiveExport`, RFC 9180 section 6.2: the secret of `len` bytes that belongs to what was sent.
    ///
    /// # Errors
    /// [`Error::Malformed`], [`Error::NotAuthentic`] for a value of small order, [`Error::TooLarge`] above
    /// 8,160 bytes, [`Error::Context`].
    pub fn receive_export<'a>(
        &self,
        info: impl Into<Info<'a>>,
        sent: &[u8],
        exporter_context: &[u8],
        len: usize,
    ) -> Result<SecretBytes, Error> {
        let mut cursor = self.unframe(sent)?;
        let schedule = self.setup(self.enc(&mut cursor)?, info.into().bytes()?, None)?;
        if !cursor.rest().is_empty() {
            return Err(Error::Malformed);
        }
        schedule.export(exporter_context, len)
    }

    /// `SetupBaseR` and `SetupPSKR`, RFC 9180 sections 5.1.1 and 5.1.2.
    pub(crate) fn setup(&self, enc: &[u8], info: &[u8], psk: Option<&Psk>) -> Result<Schedule, Error> {
        Schedule::new(self.suite(), &*self.decapsulate(enc)?, info, psk)
    }

    fn open_with(&self, info: &[u8], psk: Option<&Psk>, sealed: &[u8]) -> Result<Vec<u8>, Error> {
        let mut opened = Vec::new();
        self.open_onto(info, psk, sealed, &mut opened)?;
        Ok(opened)
    }

    /// At the end of `out`, which a failure leaves as it was.
    fn open_onto(
        &self,
        info: &[u8],
        psk: Option<&Psk>,
        sealed: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let mut cursor = self.unframe(sealed)?;
        let mut schedule = self.setup(self.enc(&mut cursor)?, info, psk)?;
        schedule.open_onto(b"", cursor.rest(), out)
    }

    /// The encapsulated key, which has the length that the KEM gives it.
    fn enc<'a>(&self, cursor: &mut Cursor<'a>) -> Result<&'a [u8], Error> {
        cursor.take(self.suite().kem().enc_len())
    }

    /// What follows the framing that this identity is configured with.
    fn unframe<'a>(&self, bytes: &'a [u8]) -> Result<Cursor<'a>, Error> {
        let framing = framing(self.tink_id());
        bytes.strip_prefix(framing.as_slice()).map(Cursor::new).ok_or(Error::Malformed)
    }
}

impl Keyring<Identity> {
    /// Opens with the identity whose Tink identifier is in front of the message. Only identities
    /// made [`with_tink_id`](Identity::with_tink_id) take part: a message without framing
    /// does not say which identity it is for, and no second one is tried.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] when no identity has the identifier, or two have it; as [`Identity::open`].
    pub fn open<'a>(&self, info: impl Into<Info<'a>>, sealed: &[u8]) -> Result<Vec<u8>, Error> {
        self.named_in(sealed)?.open(info, sealed)
    }

    /// As [`open`](Self::open), at the end of `out`, for those who have a buffer. A failure leaves it as it was, and
    /// nothing of the plaintext in its spare capacity. Where that is too small, what `out` held stays in the memory that
    /// it had, as with any `Vec` that grows.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub fn open_into<'a>(
        &self,
        info: impl Into<Info<'a>>,
        sealed: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        self.named_in(sealed)?.open_into(info, sealed, out)
    }

    /// The one identity whose Tink identifier is in front of the message.
    fn named_in(&self, sealed: &[u8]) -> Result<&Identity, Error> {
        let mut cursor = Cursor::new(sealed);
        if cursor.u8()? != TINK {
            return Err(Error::Malformed);
        }
        let id = cursor.u32()?;
        let mut named = self.iter().filter(|identity| identity.tink_id() == Some(id));
        match (named.next(), named.next()) {
            (Some(identity), None) => Ok(identity),
            _ => Err(Error::UnknownKey),
        }
    }
}

fn framing(tink_id: Option<u32>) -> Vec<u8> {
    let mut framing = Vec::new();
    if let Some(id) = tink_id {
        framing.push(TINK);
        framing.extend_from_slice(&id.to_be_bytes());
    }
    framing
}
