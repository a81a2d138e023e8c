// SPDX-License-Identifier: MIT OR Apache-2.0
//! The two error types: what arrived was refused, and what was set up is wrong.
//!
//! A cryptographic failure says that it failed and nothing more: which check it was would help
//! only somebody who forges. An operational failure has a name, so that a service can log the
//! reason and still answer every peer with the same status. No error carries bytes of a message,
//! of a key or of a peer.

use core::fmt;

/// What arrived was refused, or could not be processed now.
///
/// `Copy`, without any data of the message. [`status`](Error::status) gives the HTTP answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are not of the format, or not in its one canonical form.
    Malformed,
    /// The input, or what it asks for, is over a limit.
    TooLarge,
    /// The length is not the one that was announced, or none was where one is needed; or that of a buffer is not the one
    /// of what is to go into it.
    Length,
    /// The [`Context`](crate::Context) is empty, or over 16 fields, or has a field over 65,535 bytes.
    Context,
    /// Well formed, but not of the kind that is accepted here: another suite, signed where anyone
    /// is accepted or unsigned where senders are expected, a request where a message is expected, a signature that does
    /// not cover what it must, a token of another issuer or for another audience.
    Policy,
    /// A header that is needed is missing, or there twice; or another part of a message that a signature covers.
    Header,
    /// No key with the identifier in the message.
    UnknownKey,
    /// The cryptography did not accept it: changed, truncated, for another context, by another key.
    NotAuthentic,
    /// Older than the maximum age; an API key that has expired or was revoked.
    Expired,
    /// Made in the future, by more than the tolerated skew of the clocks.
    NotYetValid,
    /// Accepted before; a record that is there already.
    Replayed,
    /// A copy is being handled at this moment.
    InProgress,
    /// What is needed did not answer, or has no room: the system's random source, a store, the keys of an issuer.
    Unavailable,
    /// A counter has reached its limit; the key or the stream takes no more messages.
    Exhausted,
}

impl Error {
    /// The HTTP status to answer with: 400, 401, 409, 413 or 503. Answer with an empty body.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Malformed | Self::Length | Self::Context => 400,
            Self::Policy
            | Self::Header
            | Self::UnknownKey
            | Self::NotAuthentic
            | Self::Expired
            | Self::NotYetValid => 401,
            Self::Replayed | Self::InProgress => 409,
            Self::TooLarge => 413,
            Self::Unavailable | Self::Exhausted => 503,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the input is not in the expected format",
            Self::TooLarge => "the input is over a limit",
            Self::Length => "the length is not the one that was announced, or that of the buffer",
            Self::Context => "the context needs 1 to 16 fields of at most 65535 bytes, not all empty",
            Self::Policy => "the message is of a kind that is not accepted here",
            Self::Header => "a header that is needed is missing or there twice",
            Self::UnknownKey => "no key has the identifier in the message",
            Self::NotAuthentic => {
                "the message is not authentic: changed, cut short, for another context, \
                 or by a key that is not known here"
            }
            Self::Expired => "the message is older than the maximum age, or the key has ended",
            Self::NotYetValid => "the message was made in the future; are the clocks in step?",
            Self::Replayed => "the message was accepted before",
            Self::InProgress => "a copy of the message is being handled",
            Self::Unavailable => {
                "what is needed did not answer or has no room: the random source, a store, the keys of an issuer"
            }
            Self::Exhausted => "the counter has reached its limit; use a new key or stream",
        })
    }
}

impl core::error::Error for Error {}

#[cfg(feature = "http")]
impl From<Error> for http::StatusCode {
    /// [`Error::status`].
    fn from(error: Error) -> Self {
        Self::from_u16(error.status()).unwrap_or(Self::UNAUTHORIZED)
    }
}

#[cfg(feature = "std")]
impl From<Error> for std::io::Error {
    /// A failed stream is `InvalidData`, whose source is the [`Error`]; a missing service is `Other`.
    fn from(error: Error) -> Self {
        let kind = match error {
            Error::Unavailable | Error::Exhausted => std::io::ErrorKind::Other,
            _ => std::io::ErrorKind::InvalidData,
        };
        Self::new(kind, error)
    }
}

/// What the service itself set up is wrong: refuse to start.
///
/// `Copy`, without any data of the key that was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConfigError {
    /// The text of a key is not in its canonical form, or names an algorithm that is not built in: X-Wing
    /// needs feature `pq`.
    KeyText,
    /// The text of a key does not match its checksum: it was mistyped or cut.
    KeyChecksum,
    /// The text is that of another kind of key.
    WrongKeyKind {
        /// What the call takes.
        expected: KeyKind,
        /// What the text is.
        found: KeyKind,
    },
    /// The key or secret can be guessed or forged with: too short, constant, of small order, not canonical.
    WeakKey,
    /// A key with this identifier is there already.
    DuplicateKey,
    /// No key has this identifier.
    NoSuchKey,
    /// The primary key cannot be retired; promote another one first.
    PrimaryKey,
    /// A number is zero, or above what the format or this crate allows: of keys, recipients, messages, seconds.
    Limit,
    /// The [`Context`](crate::Context) is empty, or over 16 fields, or has a field over 65,535 bytes.
    Context,
    /// The algorithms of the keys do not go together, or not with this format.
    Suite,
    /// Post-quantum and classical recipients in one envelope, which is then as strong as the weaker one.
    MixedRecipients,
    /// A scheme of webhooks contradicts itself, or what it signs can be read in two ways; a policy or a signer of HTTP
    /// messages demands too little, or what is no component; tokens without an issuer or an audience.
    Scheme,
    /// The scheme signs the URL that the sender was given, and there is none, or it is not one; a policy has no
    /// authority, or one that is none.
    Url,
    /// The info begins with `chancery/`, which is kept for this crate's own formats.
    ReservedInfo,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::KeyText => {
                "this is not the text of a key (white space or quotes around it?), or its algorithm is not built in"
            }
            Self::KeyChecksum => "the text of the key does not match its checksum; was it cut or mistyped?",
            Self::WrongKeyKind { expected, found } => {
                write!(f, "expected {expected}, found {found}")?;
                return if found.is_secret() && !expected.is_secret() {
                    f.write_str("; a secret key does not belong here")
                } else {
                    Ok(())
                };
            }
            Self::WeakKey => "the key is weak: too short, constant, of small order or not canonical",
            Self::DuplicateKey => "a key with this identifier is there already",
            Self::NoSuchKey => "no key has this identifier",
            Self::PrimaryKey => "the primary key cannot be retired; promote another one first",
            Self::Limit => "a number is zero or above its limit: keys, recipients, messages, seconds",
            Self::Context => "the context needs 1 to 16 fields of at most 65535 bytes, not all empty",
            Self::Suite => "the algorithms of these keys do not go together",
            Self::MixedRecipients => "post-quantum and classical recipients in one envelope",
            Self::Scheme => {
                "what was given is not of the form that is needed, contradicts itself, \
                 demands too little, or can be read in two ways"
            }
            Self::Url => {
                "needed here is a URL with https:// or http://, or for a policy an authority without: api.example.com"
            }
            Self::ReservedInfo => "an info that begins with \"chancery/\" is reserved",
        })
    }
}

impl core::error::Error for ConfigError {}

/// The kinds of keys that have a text form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyKind {
    /// [`aead::SealKey`](crate::aead::SealKey), secret.
    Seal,
    /// [`mac::MacKey`](crate::mac::MacKey), secret.
    Mac,
    /// [`signing::SigningKey`](crate::signing::SigningKey), secret.
    Signing,
    /// [`signing::VerifyingKey`](crate::signing::VerifyingKey), public.
    Verifying,
    /// [`hpke::Identity`](crate::hpke::Identity), secret.
    Identity,
    /// [`hpke::Recipient`](crate::hpke::Recipient), public.
    Recipient,
}

impl KeyKind {
    /// Every kind, for those who show a list. A slice: the list may grow.
    pub const ALL: &'static [Self] =
        &[Self::Seal, Self::Mac, Self::Signing, Self::Verifying, Self::Identity, Self::Recipient];

    /// What the text of such a key begins with. `chn_sk_` is what a secret scanner looks for.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Seal => "chn_sk_seal_",
            Self::Mac => "chn_sk_mac_",
            Self::Signing => "chn_sk_signing_",
            Self::Verifying => "chn_pk_verifying_",
            Self::Identity => "chn_sk_identity_",
            Self::Recipient => "chn_pk_recipient_",
        }
    }

    /// Whether the key must be kept secret.
    #[must_use]
    pub const fn is_secret(self) -> bool {
        !matches!(self, Self::Verifying | Self::Recipient)
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Seal => "a seal key",
            Self::Mac => "a MAC key",
            Self::Signing => "a signing key",
            Self::Verifying => "a verifying key",
            Self::Identity => "an identity",
            Self::Recipient => "a recipient",
        };
        write!(f, "{name} ({}...)", self.prefix())
    }
}
