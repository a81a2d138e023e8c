// SPDX-License-Identifier: MIT OR Apache-2.0
//! Webhooks of Plaid (feature `p256`): a body whose hash is in a token of its own, signed with ES256.
//!
//! ```
//! use chancery::{UnixTime, jwt::{VerifyKey, plaid::Verifier}, replay::MemoryStore};
//!
//! # fn verify(jwk: &str, token: &str, body: &[u8], now: UnixTime, store: &MemoryStore) -> Result<(), Box<dyn std::error::Error>> {
//! // The JWK is what `/webhook_verification_key/get` gives for `jwt::untrusted_kid(token)`, kept by its `kid`.
//! let verifier = Verifier::new(VerifyKey::from_jwk(jwk)?)?;
//! // `token` is the header `Plaid-Verification`, `body` what has arrived, before any parser.
//! let delivery = verifier.verify(token, body, now)?.claim(store, now)?;
//! println!("{} bytes", delivery.body().len());
//! # Ok(())
//! # }
//! ```
//!
//! # Security
//! * The token says neither for whom it is nor when it ends: the key is Plaid's for this client, and it is taken for five
//!   minutes from its `iat`, clocks being a minute apart at the most. No other token is taken here, and no
//!   [`jwt::Verifier`](super::Verifier) takes this one.
//! * A claim is of the token. When Plaid tries again it signs a new one: a handler can see one event twice.
//! * **Yours:** to ask Plaid for a key by its name at most now and then, since anybody can make names up; to drop a
//!   key whose `expired_at` is not `null`; to buffer no more than a webhook can be long. There is one field
//!   `Plaid-Verification` in a request: that more are refused is for whoever reads it.
//!
//! # Errors
//! As [`jwt`](super) has them; [`Error::NotAuthentic`] also for another body.

use crate::{
    ConfigError, Error, Key, KeyId, Keyring, Unclaimed, UnixTime,
    jws::{Compact, VerifyKey},
    jwt::verify::{JWT, LEEWAY, MAX_LEN, is_media_type},
    named_key::distinct,
    primitive::{
        ct,
        hash::{Hasher, sha256},
    },
    wire::{
        hex,
        json::{self, Members},
    },
};
use alloc::string::String;
use core::{fmt, time::Duration};
use serde::de::MapAccess;

/// How old a token may be, as Plaid has it.
const MAX_AGE: Duration = Duration::from_secs(5 * 60);
const ALGORITHM: &str = "ES256";

/// Verifies the webhooks that were signed with one of these keys.
#[derive(Clone, Debug)]
#[must_use]
pub struct Verifier(Keyring<VerifyKey>);

impl Verifier {
    /// A verifier with the keys of Plaid that are known.
    ///
    /// # Errors
    /// [`ConfigError::Suite`] for a key that is none of ES256; [`ConfigError::DuplicateKey`] for two keys of one name.
    pub fn new(keys: impl Into<Keyring<VerifyKey>>) -> Result<Self, ConfigError> {
        let keys = keys.into();
        distinct(keys.iter().map(VerifyKey::name))?;
        let es256 = keys.iter().all(|key| key.is_for(ALGORITHM));
        if es256 { Ok(Self(keys)) } else { Err(ConfigError::Suite) }
    }

    /// Verifies the field `Plaid-Verification` and the body that came with it. The body is hashed only when the token is
    /// genuine.
    ///
    /// # Errors
    /// As the module says; [`Error::UnknownKey`] for a key to ask Plaid for.
    pub fn verify<B: AsRef<[u8]>>(
        &self,
        token: &str,
        body: B,
        now: UnixTime,
    ) -> Result<Unclaimed<Delivery<B>>, Error> {
        let compact = Compact::read(token, MAX_LEN)?;
        if !compact.header.typ.as_deref().is_none_or(|typ| is_media_type(typ, JWT)) {
            return Err(Error::Policy);
        }
        let key = compact.key(&self.0)?;
        let claims: Claims = json::object(&compact.verify(key)?).ok_or(Error::Malformed)?;
        let (Some(iat), Some(hash)) = (claims.iat, claims.hash) else { return Err(Error::Policy) };
        let signed = UnixTime::from_secs(iat);
        let expires = signed.saturating_add(MAX_AGE);
        if expires < now {
            return Err(Error::Expired);
        }
        if signed > now.saturating_add(LEEWAY) {
            return Err(Error::NotYetValid);
        }
        if !ct::equal(hash.as_bytes(), hex::encode(&sha256(body.as_ref())).as_bytes()) {
            return Err(Error::NotAuthentic);
        }
        // Without the signature, of which anybody makes a second one.
        let id = Hasher::labelled("plaid claim").chain(key.id().as_bytes()).chain(compact.input().as_bytes());
        let delivery = Delivery { body, key: key.id(), signed };
        Ok(Unclaimed::new(delivery, id.finish(), expires, LEEWAY).made(Some(signed)))
    }
}

/// A webhook whose signature was checked, with the very bytes that were.
pub struct Delivery<B> {
    body: B,
    key: KeyId,
    signed: UnixTime,
}

impl<B: AsRef<[u8]>> Delivery<B> {
    /// The body, as it arrived.
    pub fn body(&self) -> &[u8] {
        self.body.as_ref()
    }

    /// The body, taken out.
    pub fn into_body(self) -> B {
        self.body
    }

    /// The key that it was signed with.
    pub const fn key(&self) -> KeyId {
        self.key
    }

    /// `iat`: when it was signed.
    pub const fn timestamp(&self) -> UnixTime {
        self.signed
    }
}

impl<B> fmt::Debug for Delivery<B> {
    /// Without the body.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("key", &self.key)
            .field("timestamp", &self.signed)
            .finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Claims {
    iat: Option<u64>,
    /// SHA-256 in lower-case hexadecimal.
    hash: Option<String>,
}

impl<'de> Members<'de> for Claims {
    fn member<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        match name {
            "iat" => self.iat = Some(map.next_value()?),
            "request_body_sha256" => self.hash = Some(map.next_value()?),
            _ => return Ok(false),
        }
        Ok(true)
    }
}
