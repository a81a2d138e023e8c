// SPDX-License-Identifier: MIT OR Apache-2.0
//! [`Signer`] and [`Grant`]: tokens made, with everything in them that a verifier asks for.

use crate::{
    ConfigError, Error, Keyring, UnixTime,
    jws::{self, SignKey, quoted},
    jwt::{
        claims::{RESERVED, Registered},
        dpop::Thumbprint,
        verify::{ACCESS_TOKEN, JWT, MAX_LEN},
    },
    named_key::distinct,
    primitive::rng::{self, System},
    wire::{base64, json},
};
use alloc::{
    format,
    string::{String, ToString},
};
use core::time::Duration;
use serde::Serialize;
use serde_json::{Map, Value};

/// Whom a token is for, and for how long.
///
/// ```
/// use chancery::jwt::Grant;
/// use core::time::Duration;
///
/// let grant = Grant::new("orders.example.com", Duration::from_secs(300)).subject("user-17");
/// # let _ = grant;
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Grant {
    audience: String,
    lifetime: Duration,
    typ: String,
    subject: Option<String>,
    client: Option<String>,
    bound_to: Option<String>,
}

impl Grant {
    /// For one audience: the name of the service that takes the token. A token for several would be good at each of
    /// them for what was meant for another.
    ///
    /// The lifetime is in whole seconds; a verifier takes a day at most, unless it says otherwise.
    pub fn new(audience: &str, lifetime: Duration) -> Self {
        let audience = audience.into();
        Self { audience, lifetime, typ: JWT.into(), subject: None, client: None, bound_to: None }
    }

    /// An access token by RFC 9068, which [`Verifier::access_tokens`](super::Verifier::access_tokens) takes: of the
    /// type `at+jwt`, for a user (or the client itself) and the client that it is given to.
    pub fn access_token(self, subject: &str, client_id: &str) -> Self {
        Self { client: Some(client_id.into()), ..self.subject(subject).typ(ACCESS_TOKEN) }
    }

    /// `sub`: whom the token is about.
    pub fn subject(self, subject: &str) -> Self {
        Self { subject: Some(subject.into()), ..self }
    }

    /// Good only with the key that has this thumbprint: see [`dpop`](super::dpop).
    pub fn bound_to(self, key: &Thumbprint) -> Self {
        Self { bound_to: Some(key.text()), ..self }
    }

    /// A type of your own in place of `JWT`, so that tokens for one purpose are not taken for another (RFC 8725,
    /// section 3.11).
    pub fn typ(self, typ: &str) -> Self {
        Self { typ: typ.into(), ..self }
    }
}

/// Issues tokens in the name of one issuer, signed with the primary key.
#[derive(Clone, Debug)]
pub struct Signer {
    keys: Keyring<SignKey>,
    issuer: String,
}

impl Signer {
    /// A signer whose tokens have this `iss`.
    ///
    /// # Errors
    /// [`ConfigError::DuplicateKey`] for two keys of one name; [`ConfigError::Scheme`] for an issuer that is empty.
    pub fn new(keys: impl Into<Keyring<SignKey>>, issuer: &str) -> Result<Self, ConfigError> {
        let keys = keys.into();
        distinct(keys.iter().map(SignKey::name))?;
        if issuer.is_empty() {
            return Err(ConfigError::Scheme);
        }
        Ok(Self { keys, issuer: issuer.into() })
    }

    /// A token with these claims and with `iss`, `aud`, `iat`, `exp` and a `jti` of 128 random bits; `&()` for no
    /// claims. Whoever has it can use it: it does not belong in a log or in a URL that is logged.
    ///
    /// # Errors
    /// [`Error::Policy`] for an empty audience, a lifetime below a second, and claims that are called as those that are
    /// set here (`sub` and `client_id` are of the [`Grant`]); [`Error::Malformed`] for claims that are no JSON object, or
    /// one of more than 16 levels; [`Error::TooLarge`] for a token above 8 KiB; [`Error::Unavailable`] when the system has no randomness.
    pub fn issue<C: Serialize>(&self, grant: &Grant, claims: &C, now: UnixTime) -> Result<String, Error> {
        let mut claims = match serde_json::to_value(claims) {
            Ok(Value::Object(claims)) => claims,
            Ok(Value::Null) => Map::new(),
            _ => return Err(Error::Malformed),
        };
        let reserved = RESERVED.iter().any(|name| claims.contains_key(*name));
        if reserved || grant.audience.is_empty() || grant.lifetime.as_secs() == 0 {
            return Err(Error::Policy);
        }
        self.set(grant, &mut claims, now)?;
        let payload = Value::Object(claims).to_string();
        // Too deep for any verifier.
        json::object::<Registered<'_>>(payload.as_bytes()).ok_or(Error::Malformed)?;
        let key = self.keys.primary();
        let header = format!(r#""kid":{},"typ":{}"#, quoted(key.name()), quoted(&grant.typ));
        let token = jws::sign(key, &header, payload.as_bytes());
        if token.len() > MAX_LEN { Err(Error::TooLarge) } else { Ok(token) }
    }

    fn set(&self, grant: &Grant, claims: &mut Map<String, Value>, now: UnixTime) -> Result<(), Error> {
        let jti = base64::encode(&rng::public::<16>(&mut System)?);
        let expires = now.saturating_add(grant.lifetime);
        let texts = [
            ("iss", Some(&self.issuer)),
            ("aud", Some(&grant.audience)),
            ("jti", Some(&jti)),
            ("sub", grant.subject.as_ref()),
            ("client_id", grant.client.as_ref()),
        ];
        for (name, text) in texts {
            claims.extend(text.map(|text| (name.into(), Value::from(text.as_str()))));
        }
        claims.extend([("iat".into(), now.as_secs().into()), ("exp".into(), expires.as_secs().into())]);
        claims.extend(grant.bound_to.as_ref().map(|jkt| ("cnf".into(), serde_json::json!({ "jkt": jkt }))));
        Ok(())
    }
}
