// SPDX-License-Identifier: MIT OR Apache-2.0
//! The questions that providers ask an endpoint before they send to it, and the answers.
//!
//! Where the provider signs the question, the answer takes the verified delivery; it is `None` for every other
//! delivery. Answer with status 200.
//!
//! ```
//! use chancery::{Error, UnixTime, webhook::{Verifier, handshake}};
//!
//! fn receive(verifier: &Verifier, headers: &[(&str, &str)], body: &[u8], now: UnixTime) -> Result<String, Error> {
//!     let delivery = verifier.verify(headers, body, now)?.allow_replays();
//!     if let Some(challenge) = handshake::slack(&delivery)? {
//!         return Ok(challenge);
//!     }
//!     // ... claim it, and handle it
//!     Ok(String::new())
//! }
//! ```
//!
//! # Security
//! A challenge is sent back only if it is of letters, digits, `-`, `_`, `.`, `=` and `+`: it is no HTML, and no
//! message of another protocol that our secret would be made to sign.
//!
//! # Errors
//! [`Error::Policy`] for a delivery of another provider, [`Error::Malformed`] for a challenge that is none.

use crate::{
    ConfigError, Error, Verified,
    primitive::ct,
    scheme::{Headers, Scheme, query_parameter},
    secret::SecretBytes,
    webhook::{Delivery, Verifier, provider},
    wire::hex,
};
use alloc::{format, string::String};
use serde_json::Value;

const MAX_CHALLENGE_LEN: usize = 512;

/// Slack's `url_verification`: the challenge, to be sent as text.
///
/// # Errors
/// As the module says.
pub fn slack(delivery: &Verified<Delivery<impl AsRef<[u8]>>>) -> Result<Option<String>, Error> {
    let Some(body) = asked(delivery, provider::SLACK, "/type", "url_verification")? else { return Ok(None) };
    challenge(&body, "/challenge").map(Some)
}

/// Zoom's `endpoint.url_validation`: a JSON object with the HMAC of the token.
///
/// # Errors
/// As the module says; [`Error::UnknownKey`] when the secret of the delivery is not one of the verifier.
pub fn zoom(
    verifier: &Verifier,
    delivery: &Verified<Delivery<impl AsRef<[u8]>>>,
) -> Result<Option<String>, Error> {
    let Some(body) = asked(delivery, provider::ZOOM, "/event", "endpoint.url_validation")? else {
        return Ok(None);
    };
    // It has no colon: what we sign here cannot be a delivery.
    let token = challenge(&body, "/payload/plainToken")?;
    let secret = verifier.engine.secret(delivery.secret()).ok_or(Error::UnknownKey)?;
    let mac = secret.mac(token.as_bytes()).ok_or(Error::Policy)?;
    Ok(Some(format!(r#"{{"plainToken":"{token}","encryptedToken":"{}"}}"#, hex::encode(mac.as_bytes()))))
}

/// Discord's PING: the answer, a JSON object.
///
/// # Errors
/// As the module says.
pub fn discord(delivery: &Verified<Delivery<impl AsRef<[u8]>>>) -> Result<Option<&'static str>, Error> {
    let body = json(delivery, provider::DISCORD)?;
    let is_ping = body.get("type").and_then(Value::as_u64) == Some(1);
    Ok(is_ping.then_some(r#"{"type":1}"#))
}

/// Twitch's `webhook_callback_verification`: the challenge, to be sent as text.
///
/// # Errors
/// As the module says.
pub fn twitch(delivery: &Verified<Delivery<impl AsRef<[u8]>>>) -> Result<Option<String>, Error> {
    // The header that has the type is not signed; this is.
    let pending = "webhook_callback_verification_pending";
    let Some(body) = asked(delivery, provider::TWITCH, "/subscription/status", pending)? else {
        return Ok(None);
    };
    challenge(&body, "/challenge").map(Some)
}

/// Meta's GET request, which is not signed but carries a token that was agreed.
pub struct Meta(SecretBytes);

impl Meta {
    /// With the verify token that was given to Meta.
    ///
    /// # Errors
    /// [`ConfigError::WeakKey`] when it is blank or below 16 bytes.
    pub fn new(verify_token: &str) -> Result<Self, ConfigError> {
        if verify_token.trim().len() < 16 {
            return Err(ConfigError::WeakKey);
        }
        Ok(Self(SecretBytes::new(verify_token.as_bytes().to_vec())))
    }

    /// The challenge, to be sent as text. `target` is path and query of the request.
    ///
    /// # Errors
    /// [`Error::Policy`] for another mode, [`Error::NotAuthentic`], [`Error::Malformed`].
    pub fn challenge(&self, target: &str) -> Result<String, Error> {
        if query_parameter(target, "hub.mode")?.as_deref() != Some("subscribe") {
            return Err(Error::Policy);
        }
        let token = query_parameter(target, "hub.verify_token")?.unwrap_or_default();
        if !ct::equal(self.0.expose_secret(), token.as_bytes()) {
            return Err(Error::NotAuthentic);
        }
        checked(query_parameter(target, "hub.challenge")?.unwrap_or_default())
    }
}

impl core::fmt::Debug for Meta {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Meta(..)")
    }
}

/// Okta's GET request, which nothing authenticates: the answer, a JSON object, says no more than the question.
///
/// # Errors
/// [`Error::Header`] when `X-Okta-Verification-Challenge` is missing or there twice, [`Error::Malformed`].
pub fn okta(headers: &(impl Headers + ?Sized)) -> Result<String, Error> {
    let mut values = headers.values("x-okta-verification-challenge");
    let (Some(value), None) = (values.next(), values.next()) else { return Err(Error::Header) };
    let value = core::str::from_utf8(value).map_err(|_| Error::Malformed)?;
    Ok(format!(r#"{{"verification":"{}"}}"#, checked(value.into())?))
}

fn json(delivery: &Verified<Delivery<impl AsRef<[u8]>>>, scheme: Scheme) -> Result<Value, Error> {
    if delivery.scheme() != scheme.name() {
        return Err(Error::Policy);
    }
    delivery.json()
}

/// The body, if this is the question. A body that is no JSON asks nothing: Slack sends forms, too.
fn asked(
    delivery: &Verified<Delivery<impl AsRef<[u8]>>>,
    scheme: Scheme,
    pointer: &str,
    value: &str,
) -> Result<Option<Value>, Error> {
    match json(delivery, scheme) {
        Ok(body) if body.pointer(pointer).and_then(Value::as_str) == Some(value) => Ok(Some(body)),
        Ok(_) | Err(Error::Malformed) => Ok(None),
        Err(error) => Err(error),
    }
}

fn challenge(body: &Value, pointer: &str) -> Result<String, Error> {
    checked(body.pointer(pointer).and_then(Value::as_str).unwrap_or_default().into())
}

fn checked(challenge: String) -> Result<String, Error> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.=+".contains(&byte);
    let sound = !challenge.is_empty() && challenge.len() <= MAX_CHALLENGE_LEN && challenge.bytes().all(fits);
    if sound { Ok(challenge) } else { Err(Error::Malformed) }
}
