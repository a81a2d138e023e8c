// SPDX-License-Identifier: MIT OR Apache-2.0
//! [`HMAC`]: requests of peers that have HMAC and no RFC 9421. Not a standard.
//!
//! ```
//! # #[cfg(feature = "std")] {
//! use chancery::{UnixTime, replay::MemoryStore, scheme::request::{self, Signer}, webhook::Verifier};
//!
//! let (secret, now) = ("4f0c81e9b7d25a6303cf4e1d98ab7762", UnixTime::from_secs(1_790_000_000));
//! let signer = Signer::new(secret, "https://api.example.com")?;
//! let headers = signer.sign("POST", "/orders?dry=1", b"{}", now)?;
//!
//! let verifier = Verifier::at(request::HMAC.secret(secret)?, "https://api.example.com")?;
//! let store = MemoryStore::new(100_000);
//! let request = verifier.verify_at("POST", "/orders?dry=1", &headers, b"{}", now)?.claim(&store, now)?;
//! assert_eq!(request.body(), b"{}");
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
#![doc = include_str!("../../docs/hmac-requests.md")]

use crate::{
    ConfigError, Error, UnixTime,
    primitive::rng::{self, System},
    scheme::{
        Encoding,
        Part::{BodyHash, Id, Method, RequestUrl, Text, Timestamp},
        Scheme, Unit, Writer,
    },
    wire::hex,
};
use alloc::{string::String, vec::Vec};
use core::fmt;

const LF: super::Part = Text("\n");

/// Method, URL, time, nonce and hash of the body, a line each, under HMAC-SHA-256.
///
/// A [`webhook::Verifier`](crate::webhook::Verifier) is made with [`at`](crate::webhook::Verifier::at) and the URL of the
/// service, without a path ([`ConfigError::Url`]), and asked with
/// [`verify_at`](crate::webhook::Verifier::verify_at).
pub const HMAC: Scheme = Scheme::hmac_sha256("hmac-request", Encoding::Hex)
    .in_header("x-signature", "")
    .timestamp_header("x-timestamp", Unit::Seconds)
    .nonce_header("x-nonce")
    .over(&[Method, LF, RequestUrl, LF, Timestamp, LF, Id, LF, BodyHash]);

/// Signs requests to one service.
pub struct Signer {
    writer: Writer,
}

impl Signer {
    /// A signer with the secret that it shares with the service at this URL, which has no path:
    /// `https://api.example.com`.
    ///
    /// # Errors
    /// [`ConfigError::WeakKey`] for a secret below 16 bytes, [`ConfigError::KeyText`] for one with white space at an end
    /// or over 512 bytes, [`ConfigError::Url`].
    pub fn new(secret: &str, url: &str) -> Result<Self, ConfigError> {
        HMAC.secret(secret)?;
        Ok(Self { writer: Writer::new(&HMAC, secret, Some(url))? })
    }

    /// The headers `x-nonce`, `x-timestamp` and `x-signature` of a request that is sent now, once. Another attempt
    /// is signed again. `target` is path and query, as they will be on the request line.
    ///
    /// # Errors
    /// [`Error::Malformed`] for a method that is not of capitals, and for a target that does not begin with `/` or has
    /// what no URI has; [`Error::TooLarge`] for one over 8,192 bytes; [`Error::Unavailable`] when the system
    /// has no randomness.
    pub fn sign(
        &self,
        method: &str,
        target: &str,
        body: &[u8],
        now: UnixTime,
    ) -> Result<Vec<(String, String)>, Error> {
        let nonce = hex::encode(&rng::public::<16>(&mut System)?);
        let (headers, _) = self.writer.write(method, target, body, Some(&nonce), now)?;
        Ok(headers)
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer(..)")
    }
}
