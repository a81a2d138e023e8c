// SPDX-License-Identifier: MIT OR Apache-2.0
//! Webhooks: verify those of others, send your own.
//!
//! ```
//! use chancery::{UnixTime, webhook::{Verifier, provider}};
//!
//! let verifier = Verifier::new(provider::GITHUB.secret("It's a Secret to Everybody")?)?;
//! let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
//! let headers = [("X-Hub-Signature-256", signature)];
//! let now = UnixTime::from_secs(1_790_000_000);
//! let delivery = verifier.verify(&headers, b"Hello, World!", now)?.allow_replays();
//! assert_eq!(delivery.body(), b"Hello, World!");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Pass the body as it arrived, before any parser has touched it: what a parser writes again is other
//! bytes. A delivery gives out the very bytes that were checked.
//!
//! The same [`Verifier`] is for [requests signed with HMAC](crate::scheme::request).
//!
//! # Security
//! What a provider signs differs: some sign no time and no identifier, so that a copy is told only by its
//! contents, for as long as the store remembers. [`Delivery`] says what there was, and
//! [`provider`] has a table of them all.
//!
//! # Errors
//! [`Error::Header`] when a header is missing or there twice, [`Error::NotAuthentic`], [`Error::Expired`],
//! [`Error::NotYetValid`], [`Error::Malformed`], [`Error::TooLarge`], [`Error::Policy`] for a body where the scheme
//! signs none. [`Error::status`] is the answer to send,
//! with an empty body.

#[cfg(feature = "json")]
pub mod adyen;
#[cfg(feature = "json")]
pub mod handshake;
pub mod provider;
mod send;

pub use send::{RETRY_SCHEDULE, SendKey, Sender, new_message_id};

use crate::{
    ConfigError, Error, KeyId, Keyring, Unclaimed, UnixTime,
    scheme::{Claim, Engine, Headers, Incoming, Part, Scheme, Secret},
};
use alloc::string::String;
use core::{fmt, time::Duration};

/// Unless said otherwise a body is at most so long: the most that GitHub sends.
const MAX_BODY: usize = 25 * 1024 * 1024;
/// How long a delivery is remembered whose time is not signed, or that its sender may try again under the
/// same identifier: two days, because the schedule of Standard Webhooks ends after 28 hours.
const RETENTION: Duration = Duration::from_secs(2 * 24 * 60 * 60);

/// Verifies the deliveries of one provider, under one secret or several.
#[derive(Debug)]
pub struct Verifier {
    engine: Engine,
    max_body: usize,
    retention: Duration,
}

impl Verifier {
    /// A verifier for the scheme of these secrets.
    ///
    /// # Errors
    /// [`ConfigError::Suite`] when the secrets are of different schemes, [`ConfigError::Url`] when the scheme
    /// signs the URL: then it is [`at`](Self::at), [`ConfigError::Scheme`] for Adyen, which has a verifier
    /// of its own.
    pub fn new(secrets: impl Into<Keyring<Secret>>) -> Result<Self, ConfigError> {
        Engine::new(secrets.into(), None).map(Self::of)
    }

    /// The same for a scheme that signs the URL: the one that the sender was given. Never taken from the request:
    /// what a proxy says can be said by others.
    ///
    /// A URL without a path (`https://api.example.com`) is completed by path and query of the request. One
    /// with a path is the URL of all deliveries, but for the query, which is that of the request
    /// unless it is given, too. Where nothing separates the URL from the body, give the path: then
    /// nobody can move bytes between them.
    ///
    /// # Errors
    /// As [`new`](Self::new), [`ConfigError::Url`] for what is not a URL.
    pub fn at(secrets: impl Into<Keyring<Secret>>, url: &str) -> Result<Self, ConfigError> {
        Engine::new(secrets.into(), Some(url)).map(Self::of)
    }

    fn of(engine: Engine) -> Self {
        // What has a nonce is not sent again under it.
        let retention = if engine.scheme().has_nonce() { Duration::ZERO } else { RETENTION };
        Self { engine, max_body: MAX_BODY, retention }
    }

    /// Whose deliveries these are, and for which endpoint. Verifiers of one scheme whose claims share a store need a
    /// name each: under an identifier of another one a malicious sender could otherwise have a delivery refused as
    /// a copy, and what is sent to two endpoints would be handled at the first only.
    #[must_use]
    pub fn sender(mut self, name: &str) -> Self {
        self.engine.sender = name.into();
        self
    }

    /// How old a delivery may be; the scheme's own bound unless said. Without a signed time it says nothing.
    #[must_use]
    pub const fn max_age(mut self, age: Duration) -> Self {
        self.engine.max_age = age;
        self
    }

    /// How far the provider's clock may be ahead; the scheme's own bound unless said.
    #[must_use]
    pub const fn max_skew(mut self, skew: Duration) -> Self {
        self.engine.max_future = skew;
        self
    }

    /// The longest body that is looked at: 25 MiB unless said. A forged delivery is hashed once for each secret, and under
    /// [`STANDARD_ED25519`](provider::STANDARD_ED25519) once for each of up to 16 signatures: where bodies are short, say so.
    #[must_use]
    pub const fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// The longest body that is looked at, for those who buffer it.
    #[must_use]
    pub const fn body_limit(&self) -> usize {
        self.max_body
    }

    /// How long a claim is remembered at the least: two days unless said, and where each message has a nonce, for as
    /// long as it is accepted. A signature without a time can be replayed after that. Zero is as long as copies are
    /// accepted: without a time, for ever.
    #[must_use]
    pub const fn remember_for(mut self, retention: Duration) -> Self {
        self.retention = retention;
        self
    }

    /// The scheme.
    #[must_use]
    pub fn scheme(&self) -> &Scheme {
        self.engine.scheme()
    }

    /// Verifies a delivery that was sent with POST to the URL of the verifier.
    ///
    /// # Errors
    /// As the module says.
    pub fn verify<B: AsRef<[u8]>>(
        &self,
        headers: &(impl Headers + ?Sized),
        body: B,
        now: UnixTime,
    ) -> Result<Unclaimed<Delivery<B>>, Error> {
        self.verify_at("POST", "", headers, body, now)
    }

    /// Verifies a delivery of this method and target (path and query, as on the request line), for schemes
    /// that sign them.
    ///
    /// # Errors
    /// As the module says.
    pub fn verify_at<B: AsRef<[u8]>>(
        &self,
        method: &str,
        target: &str,
        headers: &(impl Headers + ?Sized),
        body: B,
        now: UnixTime,
    ) -> Result<Unclaimed<Delivery<B>>, Error> {
        if body.as_ref().len() > self.max_body {
            return Err(Error::TooLarge);
        }
        let incoming = Incoming { method, target, headers, body: body.as_ref() };
        let matched = self.engine.verify(&incoming, now)?;
        // The last second in which this very delivery is accepted; its claim may be kept for longer.
        let expires =
            matched.timestamp.map_or(UnixTime::MAX, |time| time.saturating_add(self.engine.max_age));
        let skew = self.engine.max_future;
        let delivery = Delivery {
            body,
            scheme: self.scheme().name(),
            secret: matched.key,
            id: matched.id,
            id_is_signed: self.scheme().signs(Part::Id),
            timestamp: matched.timestamp,
            claim: matched.claim,
        };
        let unclaimed = Unclaimed::identified_by(delivery, Delivery::claim_id, expires, skew);
        Ok(unclaimed.made(matched.timestamp).retained(self.retention))
    }
}

/// A delivery whose signature was checked, with the very bytes that were.
pub struct Delivery<B> {
    body: B,
    scheme: &'static str,
    secret: KeyId,
    id: Option<String>,
    id_is_signed: bool,
    timestamp: Option<UnixTime>,
    claim: Claim,
}

impl<B: AsRef<[u8]>> Delivery<B> {
    fn claim_id(&self) -> [u8; 32] {
        self.claim.digest(self.body())
    }

    /// The body, as it arrived.
    pub fn body(&self) -> &[u8] {
        self.body.as_ref()
    }

    /// The body, taken out.
    pub fn into_body(self) -> B {
        self.body
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    #[cfg(feature = "json")]
    pub fn json<'a, T: serde::Deserialize<'a>>(&'a self) -> Result<T, Error> {
        serde_json::from_slice(self.body()).map_err(|_| Error::Malformed)
    }

    /// The name of the scheme, for example `stripe`.
    pub const fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// The secret that it was signed with. When only the new one is seen any more, the old one can be retired.
    pub const fn secret(&self) -> KeyId {
        self.secret
    }

    /// The identifier, if the scheme signs one: the same when the sender tries again.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref().filter(|_| self.id_is_signed)
    }

    /// The identifier, if there is one that is *not* signed: whoever has seen a delivery can send it again under
    /// another one. For logs, and for nothing else.
    pub fn unsigned_id(&self) -> Option<&str> {
        self.id.as_deref().filter(|_| !self.id_is_signed)
    }

    /// When it was signed, if the scheme says so.
    pub const fn timestamp(&self) -> Option<UnixTime> {
        self.timestamp
    }
}

impl<B> fmt::Debug for Delivery<B> {
    /// Without the body.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("scheme", &self.scheme)
            .field("secret", &self.secret)
            .field("timestamp", &self.timestamp)
            .finish_non_exhaustive()
    }
}
