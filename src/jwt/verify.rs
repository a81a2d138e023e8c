// SPDX-License-Identifier: MIT OR Apache-2.0
//! [`Verifier`]: whose tokens, for whom, of which type and for how long.

use crate::{
    ConfigError, Error, Key, Keyring, Unclaimed, UnixTime, Verified,
    jws::{Compact, VerifyKey},
    jwt::{
        claims::{Confirmation, Registered},
        token::Token,
    },
    named_key::distinct,
    primitive::hash::Hasher,
    wire::json,
};
use alloc::{string::String, vec::Vec};
use core::time::Duration;
use serde::de::DeserializeOwned;

/// Of a token, in bytes: what servers take as one header field.
pub(super) const MAX_LEN: usize = 8 * 1024;
/// How far two clocks may be apart.
pub(super) const LEEWAY: Duration = Duration::from_secs(60);
/// The longest that the larger identity providers give an access token.
const MAX_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// The type that RFC 7519 section 5.1 has for tokens that say no more about themselves.
pub(super) const JWT: &str = "JWT";
/// That of an access token (RFC 9068, section 2.1).
pub(super) const ACCESS_TOKEN: &str = "at+jwt";

/// Whose tokens, and for whom: neither has a default, and both must be said in every token.
#[derive(Clone, Copy, Debug)]
pub struct Expect<'a> {
    /// What `iss` must be, to the letter.
    pub issuer: &'a str,
    /// What `aud` must be, or have among others: the name of this service and of no other.
    pub audience: &'a str,
}

/// Verifies tokens of one issuer for one audience.
///
/// Without saying more, a token must be of the type `JWT`, may be 8 KiB long and live for a day, and clocks may be
/// 60 seconds apart.
///
/// There is no verifier without an issuer and an audience:
///
/// ```compile_fail,E0063
/// # use chancery::{jwt::{Expect, VerifyKey, Verifier}, signing::SigningKey};
/// let key = VerifyKey::from(SigningKey::generate().unwrap().verifying_key());
/// let verifier = Verifier::new(key, Expect { issuer: "https://id.example.com" });
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Verifier {
    keys: Keyring<VerifyKey>,
    issuer: String,
    audience: String,
    typ: Option<String>,
    required: Vec<String>,
    pub(super) leeway: Duration,
    max_lifetime: Duration,
    pub(super) max_len: usize,
}

impl Verifier {
    /// A verifier for tokens that were signed with one of these keys.
    ///
    /// # Errors
    /// [`ConfigError::DuplicateKey`] for two keys of one name; [`ConfigError::Scheme`] for an issuer or an audience
    /// that is empty.
    pub fn new(keys: impl Into<Keyring<VerifyKey>>, expect: Expect<'_>) -> Result<Self, ConfigError> {
        let keys = keys.into();
        distinct(keys.iter().map(VerifyKey::name))?;
        let Expect { issuer, audience } = expect;
        if issuer.is_empty() || audience.is_empty() {
            return Err(ConfigError::Scheme);
        }
        Ok(Self {
            keys,
            issuer: issuer.into(),
            audience: audience.into(),
            typ: Some(JWT.into()),
            required: Vec::new(),
            leeway: LEEWAY,
            max_lifetime: MAX_LIFETIME,
            max_len: MAX_LEN,
        })
    }

    /// A verifier for access tokens by RFC 9068: of the type `at+jwt`, with `sub`, `client_id`, `iat` and `jti`. An ID
    /// token of the same issuer is none.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn access_tokens(
        keys: impl Into<Keyring<VerifyKey>>,
        expect: Expect<'_>,
    ) -> Result<Self, ConfigError> {
        Ok(Self::new(keys, expect)?.typ(ACCESS_TOKEN).requiring(&["sub", "client_id", "iat", "jti"]))
    }

    /// Tokens must be of this type, in place of `JWT`: in upper or lower case, with or without `application/`.
    pub fn typ(self, typ: &str) -> Self {
        Self { typ: Some(typ.into()), ..self }
    }

    /// Tokens may be of any type, or say none, as those of some identity providers: then it is for issuer, audience
    /// and required claims alone to tell an access token from whatever else the issuer signs.
    pub fn allow_any_typ(self) -> Self {
        Self { typ: None, ..self }
    }

    /// These claims must be there, too, and not be `null`.
    pub fn requiring(mut self, claims: &[&str]) -> Self {
        self.required.extend(claims.iter().copied().map(String::from));
        self
    }

    /// How far the clocks of issuer and verifier may be apart, in whole seconds.
    pub fn leeway(self, leeway: Duration) -> Self {
        Self { leeway, ..self }
    }

    /// How long a token may live at most, from `iat`, or from now where there is none.
    pub fn max_lifetime(self, max_lifetime: Duration) -> Self {
        Self { max_lifetime, ..self }
    }

    /// How long a token may be, in bytes.
    pub fn max_len(self, max_len: usize) -> Self {
        Self { max_len, ..self }
    }

    /// Verifies a bearer token, which is presented again and again until it expires: the text behind `Bearer `. The claims
    /// are what they are read into, all of them or a part; [`serde::de::IgnoredAny`] for none.
    ///
    /// # Errors
    /// As the module says; [`Error::Policy`] for a token that is bound to a key (`cnf`): whoever presents it must show
    /// that they have the key.
    pub fn verify<C: DeserializeOwned>(
        &self,
        token: &str,
        now: UnixTime,
    ) -> Result<Verified<Token<C>>, Error> {
        self.bearer(token, now).map(Verified::new)
    }

    /// Verifies a token that is good once, for example in a link, and is known by its `jti`.
    ///
    /// Without an `iat` it signs no time: a store that has lost its claims cannot refuse what is older than that.
    /// [`requiring`](Self::requiring) `iat` refuses such tokens.
    ///
    /// # Errors
    /// As [`verify`](Self::verify); [`Error::Policy`] without a `jti`.
    pub fn verify_once<C: DeserializeOwned>(
        &self,
        token: &str,
        now: UnixTime,
    ) -> Result<Unclaimed<Token<C>>, Error> {
        let token = self.bearer(token, now)?;
        let jti = token.id().ok_or(Error::Policy)?;
        // The label keeps it apart from other formats; one store serves many services.
        let id = [&self.issuer, &self.audience, jti]
            .iter()
            .fold(Hasher::labelled("jwt claim"), |hasher, text| hasher.counted(text.as_bytes()))
            .finish();
        let (issued, last) = (token.issued(), self.last(token.expires()));
        Ok(Unclaimed::new(token, id, last, self.leeway).made(issued))
    }

    /// The last second in which a token is accepted that ends at `exp`.
    fn last(&self, exp: UnixTime) -> UnixTime {
        exp.saturating_add(self.leeway).saturating_sub(Duration::from_secs(1))
    }

    /// A token that is bound to no key.
    fn bearer<C: DeserializeOwned>(&self, text: &str, now: UnixTime) -> Result<Token<C>, Error> {
        match self.check(text, now)? {
            (token, None) => Ok(token),
            (_, Some(_)) => Err(Error::Policy),
        }
    }

    /// The token, and what it is bound to.
    pub(super) fn check<C: DeserializeOwned>(
        &self,
        text: &str,
        now: UnixTime,
    ) -> Result<(Token<C>, Option<Confirmation>), Error> {
        let compact = Compact::read(text, self.max_len)?;
        if !self.is_typ(compact.header.typ.as_deref()) {
            return Err(Error::Policy);
        }
        let key = compact.key(&self.keys)?;
        let payload = compact.verify(key)?;
        // After the signature: only the issuer is told what is wrong with its claims.
        let registered: Registered<'_> = json::object(&payload).ok_or(Error::Malformed)?;
        self.are_for_us(&registered)?;
        let expires = self.times(&registered, now)?;
        let token = Token {
            claims: serde_json::from_slice(&payload).map_err(|_| Error::Malformed)?,
            key: key.id(),
            subject: registered.sub,
            client: registered.client_id,
            id: registered.jti,
            issued: registered.iat.map(UnixTime::from_secs),
            expires,
        };
        Ok((token, registered.cnf))
    }

    fn is_typ(&self, typ: Option<&str>) -> bool {
        self.typ.as_deref().is_none_or(|expected| typ.is_some_and(|typ| is_media_type(typ, expected)))
    }

    fn are_for_us(&self, claims: &Registered<'_>) -> Result<(), Error> {
        let issuer = claims.iss.as_ref() == Some(&self.issuer);
        let audience = claims.aud.contains(&self.audience);
        let complete = self.required.iter().all(|name| claims.has(name));
        (issuer && audience && complete).then_some(()).ok_or(Error::Policy)
    }

    /// Sections 4.1.4 to 4.1.6. The time from which on it is refused, but for the leeway.
    fn times(&self, claims: &Registered<'_>, now: UnixTime) -> Result<UnixTime, Error> {
        let expires = UnixTime::from_secs(claims.exp.ok_or(Error::Policy)?);
        if expires.saturating_add(self.leeway) <= now {
            return Err(Error::Expired);
        }
        let latest = now.saturating_add(self.leeway);
        let issued = claims.iat.map(UnixTime::from_secs);
        let begins = [issued, claims.nbf.map(UnixTime::from_secs)];
        if begins.into_iter().flatten().any(|time| time > latest) {
            return Err(Error::NotYetValid);
        }
        if expires > issued.unwrap_or(latest).saturating_add(self.max_lifetime) {
            return Err(Error::Policy);
        }
        Ok(expires)
    }
}

/// RFC 7515, section 4.1.9: without `application/`, and as media types are, in any case.
pub(super) fn is_media_type(typ: &str, expected: &str) -> bool {
    fn bare(text: &str) -> &str {
        let prefix = text.get(..12).is_some_and(|start| start.eq_ignore_ascii_case("application/"));
        text.get(12..).filter(|_| prefix).unwrap_or(text)
    }
    bare(typ).eq_ignore_ascii_case(bare(expected))
}

/// The `kid` of a token that nobody has verified, to choose the [`Verifier`] that does. It is what whoever sent the
/// token has written there.
///
/// # Errors
/// As [`Verifier::verify`] has them before a key is looked up.
pub fn untrusted_kid(token: &str) -> Result<Option<String>, Error> {
    Ok(Compact::read(token, MAX_LEN)?.header.kid)
}

/// The `iss` of a token that nobody has verified, to choose the [`Verifier`] of this issuer among those that there
/// are. It is what whoever sent the token has written there: never fetch anything from it.
///
/// # Errors
/// As [`Verifier::verify`] has them before a key is looked up; [`Error::Malformed`] for claims that are none.
pub fn untrusted_issuer(token: &str) -> Result<Option<String>, Error> {
    let payload = Compact::read(token, MAX_LEN)?.untrusted_payload()?;
    let registered: Registered<'_> = json::object(&payload).ok_or(Error::Malformed)?;
    Ok(registered.iss)
}
