// SPDX-License-Identifier: MIT OR Apache-2.0
//! How HTTP deliveries are signed, as data: one engine, and a constant for each scheme.
//!
//! A [`Scheme`] says where the signatures stand, what they are over, and how a secret is read. The
//! schemes of providers are in [`webhook::provider`](crate::webhook::provider); one of your own is
//! declared in the same way.
//!
//! ```
//! use chancery::{UnixTime, scheme::{Encoding, Part, Scheme, Unit}, webhook::Verifier};
//!
//! const ACME: Scheme = Scheme::hmac_sha256("acme", Encoding::Hex)
//!     .in_header("acme-signature", "sha256=")
//!     .timestamp_header("acme-timestamp", Unit::Seconds)
//!     .over(&[Part::Timestamp, Part::Text("."), Part::Body]);
//!
//! let verifier = Verifier::new(ACME.secret("a secret of sixteen bytes or more")?)?;
//! let headers = [("acme-signature", "sha256=00"), ("acme-timestamp", "1790000000")];
//! assert!(verifier.verify(&headers, b"{}", UnixTime::from_secs(1_790_000_000)).is_err());
//! # Ok::<(), chancery::ConfigError>(())
//! ```
//!
//! # Security
//! * Signatures are decoded, then compared in constant time and at their whole length.
//! * The time is the text that was signed, in its one decimal form or RFC 3339, and is checked on both sides.
//! * A header that carries a signature, an identifier or a time and is there twice is refused, unless its
//!   grammar is a list. Headers over 8,192 bytes are refused, and more than 16 signatures not looked at
//!   (100 where each has a header of its own).
//! * What was signed is read in one way only: identifiers have neither `.` nor `:`, URLs no character that
//!   JSON begins with, times one form. A scheme that would leave a choice, or has a time that it does not sign,
//!   makes no secret ([`ConfigError::Scheme`](crate::ConfigError::Scheme)). Where a time in digits touches
//!   the body it is the bound on its age that rules out another reading, under a clock that is not decades off;
//!   where a URL does, that it is JSON.
//! * Where each message has a nonce ([`Scheme::nonce_header`]), time and nonce are signed, and a copy is told by both.
//! * Nothing here is a key of another module: a secret belongs to its scheme.

mod check;
mod headers;
#[cfg(feature = "json")]
mod json;
mod query;
pub mod request;
mod secret;
mod sign;
mod url;
mod verify;
mod write;

pub use headers::Headers;
#[cfg(feature = "json")]
pub(crate) use query::one as query_parameter;
pub use secret::Secret;
pub(crate) use secret::base64_of_either_form;
pub(crate) use sign::Signer;
pub(crate) use verify::{Claim, Engine, Incoming};
pub(crate) use write::Writer;

use crate::primitive::mac::Hash;
use core::time::Duration;

/// How deliveries of one kind are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scheme {
    pub(crate) name: &'static str,
    pub(crate) algorithm: Algorithm,
    pub(crate) encoding: Encoding,
    pub(crate) form: SecretForm,
    pub(crate) carrier: Carrier,
    pub(crate) stamp: Option<Stamp>,
    pub(crate) id: Option<&'static str>,
    /// The identifier is new for each message, not for each event.
    pub(crate) nonce: bool,
    pub(crate) parts: &'static [Part],
    pub(crate) max_age: Duration,
    pub(crate) max_future: Duration,
    /// The sender may have signed the URL with its default port or without.
    pub(crate) any_port: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Hmac(Hash),
    #[cfg(feature = "legacy-sha1")]
    HmacSha1,
    Ed25519,
    #[cfg(feature = "p256")]
    P256,
    /// The secret itself is sent: whoever sees one delivery can forge all.
    Token,
}

/// How the bytes of a signature are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Encoding {
    /// Hexadecimal, of either case.
    Hex,
    /// Base64, the alphabet of RFC 4648 section 4, padded.
    Base64,
    /// Base64, the alphabet of RFC 4648 section 5, without padding.
    Base64Url,
}

/// How the text of a secret becomes a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretForm {
    /// The bytes of the text, as the provider shows it, prefix included.
    Text,
    /// Base64 behind an optional prefix, of 24 to 64 bytes (Standard Webhooks).
    Base64 {
        /// Dropped, if it is there.
        prefix: &'static str,
    },
    /// Hexadecimal.
    Hex,
}

/// Where the signatures stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carrier {
    /// The signature is what follows the prefix.
    Header { name: &'static str, prefix: &'static str },
    /// Each of these headers is a signature.
    Headers { names: &'static [&'static str] },
    /// `NAME1`, `NAME2` and so on, as far as there are any.
    Numbered { name: &'static str },
    /// Key and value pairs; every value of the key is a signature.
    Pairs { name: &'static str, separator: u8, key: &'static str },
    /// `v1,SIGNATURE v1,SIGNATURE`
    Versions { name: &'static str, version: &'static str },
    /// A parameter of the query.
    Query { name: &'static str },
    /// In each item of a JSON body, which a module of its own reads.
    Item,
}

/// Where the time stands that is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) place: Place,
    pub(crate) unit: Unit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Header(&'static str),
    /// A key of the pairs that carry the signature.
    Pair(&'static str),
    Query(&'static str),
    /// A number in the JSON body.
    #[cfg(feature = "json")]
    Body(&'static str),
}

/// What a timestamp counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unit {
    /// Seconds since 1970, decimal.
    Seconds,
    /// Milliseconds since 1970, decimal.
    Milliseconds,
    /// RFC 3339 section 5.6, for example `2026-11-24T12:00:00Z`.
    Rfc3339,
}

/// A part of what is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// These bytes.
    Text(&'static str),
    /// The identifier of the delivery, as received.
    Id,
    /// The timestamp, as received.
    Timestamp,
    /// The body, as received.
    Body,
    /// The SHA-256 hash of the body, in hexadecimal, lower case.
    BodyHash,
    /// The method of the request, in capitals.
    Method,
    /// The URL that the sender was given, of the verifier's base URL and the target of the request.
    Url,
    /// The same, with these characters decoded wherever they are percent-encoded.
    UrlDecoded(&'static str),
    /// The URL of the request itself: the verifier's base URL, which then has no path, and the target as on the
    /// request line, which begins with `/`.
    RequestUrl,
    /// The parameters of the query without the signature.
    Query(Query),
    /// The parameters of a form in the body: sorted by name and value, each pair once, name and value without
    /// anything between them. If the query has `bodySHA256`, the body is no form but must have that hash (Twilio).
    Form,
}

/// How the parameters of a query are signed: sorted by name, `name=value` each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Query {
    /// Decoded, with nothing between them; several values of a name are joined by commas, but those of
    /// these names are refused, and so is a query in which `NAME=` of one of them stands in another name or a value.
    Joined {
        /// Names that occur at most once.
        once: &'static [&'static str],
    },
    /// Encoded as the URL standard does (section 5.2), but a space as `%20`, with `&` between them. No name
    /// occurs twice.
    Encoded,
}

/// Five minutes: what Standard Webhooks and most providers allow.
const TOLERANCE: Duration = Duration::from_secs(300);

impl Scheme {
    const fn new(name: &'static str, algorithm: Algorithm, encoding: Encoding) -> Self {
        Self {
            name,
            algorithm,
            encoding,
            form: SecretForm::Text,
            carrier: Carrier::Headers { names: &[] },
            stamp: None,
            id: None,
            nonce: false,
            parts: &[Part::Body],
            max_age: TOLERANCE,
            max_future: TOLERANCE,
            any_port: false,
        }
    }

    /// HMAC-SHA-256 over the body, unless [`over`](Self::over) says otherwise.
    #[must_use]
    pub const fn hmac_sha256(name: &'static str, encoding: Encoding) -> Self {
        Self::new(name, Algorithm::Hmac(Hash::Sha256), encoding)
    }

    /// HMAC-SHA-512 over the body.
    #[must_use]
    pub const fn hmac_sha512(name: &'static str, encoding: Encoding) -> Self {
        Self::new(name, Algorithm::Hmac(Hash::Sha512), encoding)
    }

    #[cfg(feature = "legacy-sha1")]
    pub(crate) const fn hmac_sha1(name: &'static str, encoding: Encoding) -> Self {
        Self::new(name, Algorithm::HmacSha1, encoding)
    }

    /// ECDSA with P-256 and SHA-256, in DER. The secret is the public key, as SPKI in Base64.
    #[cfg(feature = "p256")]
    pub(crate) const fn p256(name: &'static str, encoding: Encoding) -> Self {
        Self::new(name, Algorithm::P256, encoding)
    }

    /// Ed25519 over the body, verified strictly. The secret is the public key, in hexadecimal or Base64.
    #[must_use]
    pub const fn ed25519(name: &'static str, encoding: Encoding) -> Self {
        Self::new(name, Algorithm::Ed25519, encoding)
    }

    /// The secret itself in a header: it authenticates the sender and nothing of the delivery.
    pub(crate) const fn token(name: &'static str) -> Self {
        Self { parts: &[], ..Self::new(name, Algorithm::Token, Encoding::Hex) }
    }

    /// The signature stands in this header, behind the prefix.
    #[must_use]
    pub const fn in_header(self, name: &'static str, prefix: &'static str) -> Self {
        Self { carrier: Carrier::Header { name, prefix }, ..self }
    }

    /// The signature stands in any of these headers.
    #[must_use]
    pub const fn in_headers(self, names: &'static [&'static str]) -> Self {
        Self { carrier: Carrier::Headers { names }, ..self }
    }

    pub(crate) const fn in_numbered_headers(self, name: &'static str) -> Self {
        Self { carrier: Carrier::Numbered { name }, ..self }
    }

    /// The signatures are the values of `key` in a header like `t=1700000000,v1=...`; the time, if it is
    /// there, too, is [`timestamp_pair`](Self::timestamp_pair).
    #[must_use]
    pub const fn in_pairs(self, name: &'static str, separator: u8, key: &'static str) -> Self {
        Self { carrier: Carrier::Pairs { name, separator, key }, ..self }
    }

    pub(crate) const fn in_versions(self, name: &'static str, version: &'static str) -> Self {
        Self { carrier: Carrier::Versions { name, version }, ..self }
    }

    /// The signature is a parameter of the query.
    #[must_use]
    pub const fn in_query(self, name: &'static str) -> Self {
        Self { carrier: Carrier::Query { name }, ..self }
    }

    #[cfg(feature = "json")]
    pub(crate) const fn in_items(self) -> Self {
        Self { carrier: Carrier::Item, ..self }
    }

    const fn stamp(self, place: Place, unit: Unit) -> Self {
        Self { stamp: Some(Stamp { place, unit }), ..self }
    }

    /// The time stands in this header. It must be among what is signed.
    #[must_use]
    pub const fn timestamp_header(self, name: &'static str, unit: Unit) -> Self {
        self.stamp(Place::Header(name), unit)
    }

    /// The time is the value of `key` in the header of pairs.
    #[must_use]
    pub const fn timestamp_pair(self, key: &'static str, unit: Unit) -> Self {
        self.stamp(Place::Pair(key), unit)
    }

    /// The time is a parameter of the query.
    #[must_use]
    pub const fn timestamp_query(self, name: &'static str, unit: Unit) -> Self {
        self.stamp(Place::Query(name), unit)
    }

    /// The time is a number at the top of the JSON body.
    #[cfg(feature = "json")]
    #[must_use]
    pub const fn timestamp_in_body(self, name: &'static str, unit: Unit) -> Self {
        self.stamp(Place::Body(name), unit)
    }

    /// The identifier of a delivery stands in this header. It is signed if [`Part::Id`] is.
    #[must_use]
    pub const fn id_header(self, name: &'static str) -> Self {
        Self { id: Some(name), nonce: false, ..self }
    }

    /// A nonce stands in this header, another one for each message: one that comes again is a replay and no second
    /// attempt, and is remembered for no longer than its message is accepted. [`Part::Id`] and
    /// [`Part::Timestamp`] must be among what is signed, and the one signature [in a header](Self::in_header).
    #[must_use]
    pub const fn nonce_header(self, name: &'static str) -> Self {
        Self { id: Some(name), nonce: true, ..self }
    }

    /// What is signed, one part after another.
    #[must_use]
    pub const fn over(self, parts: &'static [Part]) -> Self {
        Self { parts, ..self }
    }

    /// How a secret is read.
    #[must_use]
    pub const fn secret_form(self, form: SecretForm) -> Self {
        Self { form, ..self }
    }

    /// How old a delivery may be, and how far ahead the sender's clock: five minutes both unless said.
    #[must_use]
    pub const fn tolerance(self, max_age: Duration, max_future: Duration) -> Self {
        Self { max_age, max_future, ..self }
    }

    pub(crate) const fn of_any_port(self) -> Self {
        Self { any_port: true, ..self }
    }

    /// The name, which a result tells.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Whether each message has a nonce, so that one that comes again is a replay.
    #[must_use]
    pub const fn has_nonce(&self) -> bool {
        self.nonce
    }

    pub(crate) fn signs(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }

    fn signs_url(&self) -> bool {
        // The hash of a body is in the query of the URL.
        self.parts
            .iter()
            .any(|part| matches!(part, Part::Url | Part::UrlDecoded(_) | Part::RequestUrl | Part::Form))
    }
}
