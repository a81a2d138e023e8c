// SPDX-License-Identifier: MIT OR Apache-2.0
//! The one verification routine, for every scheme.

#[cfg(feature = "json")]
use crate::scheme::json;
use crate::{
    ConfigError, Error, Key, KeyId, Keyring, UnixTime,
    primitive::hash::{Hasher, sha256},
    scheme::{
        Algorithm, Carrier, Headers, Part, Place, Scheme, Secret, Stamp, Unit,
        headers::{all, one},
        query,
        url::{self, Base},
    },
    wire::{hex, signature_header, timestamp},
};
use alloc::{borrow::Cow, string::String, vec::Vec};
use core::time::Duration;

/// So many signatures of one delivery are looked at: a sender that rotates needs two.
const MAX_SIGNATURES: usize = 16;
/// So many headers with a number in their name (`DocuSign`).
const MAX_NUMBERED: u8 = 100;
/// A longer identifier is refused: it is kept for as long as copies are told.
const MAX_ID_LEN: usize = 256;

/// What arrived.
pub(crate) struct Incoming<'a, H: ?Sized> {
    pub(crate) method: &'a str,
    /// Path and query, as on the request line; may be empty when the base URL is all of it.
    pub(crate) target: &'a str,
    pub(crate) headers: &'a H,
    pub(crate) body: &'a [u8],
}

/// What a delivery proved.
pub(crate) struct Matched {
    pub(crate) key: KeyId,
    pub(crate) id: Option<String>,
    pub(crate) timestamp: Option<UnixTime>,
    pub(crate) claim: Claim,
}

/// What a replay guard claims, but for the body, which is wherever the delivery is. Hashed when it is claimed.
pub(crate) struct Claim {
    before: Vec<u8>,
    /// What comes after the body; `None` when the body does not count.
    after: Option<Vec<u8>>,
}

impl Claim {
    /// The same for every copy, whichever secret it was signed with. Hashes the body, which nobody has to wait
    /// for who claims nothing.
    pub(crate) fn digest(&self, body: &[u8]) -> [u8; 32] {
        let hasher = Hasher::labelled("webhook claim").chain(&self.before);
        match &self.after {
            None => hasher,
            Some(after) => hasher.chain(body).chain(after),
        }
        .finish()
    }
}

/// The secrets of one scheme, and how far its clock is trusted.
#[derive(Debug)]
pub(crate) struct Engine {
    secrets: Keyring<Secret>,
    base: Option<Base>,
    /// Whose deliveries these are, for claims.
    pub(crate) sender: String,
    pub(crate) max_age: Duration,
    pub(crate) max_future: Duration,
}

impl Engine {
    /// # Errors
    /// [`ConfigError::Suite`] when the secrets are not all of one scheme, [`ConfigError::Url`] when there is no
    /// URL and the scheme signs one, when it is none, and when it has a path where that of the request is
    /// signed, [`ConfigError::Scheme`] when a delivery carries several signatures of parts of it.
    pub(crate) fn new(secrets: Keyring<Secret>, url: Option<&str>) -> Result<Self, ConfigError> {
        let scheme = *secrets.primary().scheme();
        if secrets.iter().any(|secret| *secret.scheme() != scheme) {
            return Err(ConfigError::Suite);
        }
        if scheme.carrier == Carrier::Item {
            return Err(ConfigError::Scheme);
        }
        let base = url.map(Base::parse).transpose()?;
        let of_the_request = scheme.signs(Part::RequestUrl);
        let fits = |base: &Base| !of_the_request || base.is_origin();
        if scheme.signs_url() && !base.as_ref().is_some_and(fits) {
            return Err(ConfigError::Url);
        }
        let (max_age, max_future) = (scheme.max_age, scheme.max_future);
        Ok(Self { secrets, base, sender: String::new(), max_age, max_future })
    }

    pub(crate) fn scheme(&self) -> &Scheme {
        self.secrets.primary().scheme()
    }

    #[cfg(feature = "json")]
    pub(crate) fn secret(&self, id: KeyId) -> Option<&Secret> {
        self.secrets.get(id)
    }

    /// # Errors
    /// [`Error::Header`], [`Error::TooLarge`], [`Error::Malformed`] for a time, an identifier or a target that is
    /// none, [`Error::Policy`] for a body that is not signed, [`Error::NotAuthentic`], [`Error::Expired`],
    /// [`Error::NotYetValid`].
    pub(crate) fn verify<H: Headers + ?Sized>(
        &self,
        incoming: &Incoming<'_, H>,
        now: UnixTime,
    ) -> Result<Matched, Error> {
        let scheme = self.scheme();
        let signatures = signatures(scheme, incoming)?;
        let id = scheme.id.map(|name| id(scheme, incoming, name)).transpose()?.flatten();
        let stamp = scheme.stamp.map(|stamp| find(scheme, stamp, incoming)).transpose()?.flatten();
        let time =
            scheme.stamp.zip(stamp.as_deref()).map(|(stamp, text)| parse(stamp.unit, text)).transpose()?;

        let (key, claim) = self.matching(incoming, &signatures, id, stamp.as_deref())?;
        // Nobody else's JSON is parsed.
        #[cfg(feature = "json")]
        let time = match scheme.stamp {
            Some(Stamp { place: Place::Body(name), unit }) => {
                Some(parse(unit, &json::number(incoming.body, name)?)?)
            }
            _ => time,
        };
        // After the signature: only a sender is told what is wrong with its clock.
        if let Some(time) = time {
            self.check(time, now)?;
        }
        Ok(Matched { key, id: id.map(String::from), timestamp: time, claim })
    }

    /// The secret that one of the signatures was made with, and what a replay guard claims.
    fn matching<H: Headers + ?Sized>(
        &self,
        incoming: &Incoming<'_, H>,
        signatures: &[Cow<'_, [u8]>],
        id: Option<&str>,
        stamp: Option<&[u8]>,
    ) -> Result<(KeyId, Claim), Error> {
        let scheme = self.scheme();
        let covers_body = [Part::Body, Part::BodyHash, Part::Form].iter().any(|part| scheme.signs(*part));
        if !covers_body && scheme.algorithm != Algorithm::Token && !incoming.body.is_empty() {
            return Err(Error::Policy);
        }
        let signed = match &self.base {
            Some(base) if scheme.signs_url() => Some(base.urls(incoming.target, scheme.any_port)?),
            _ => None,
        };
        for url in signed.as_deref().unwrap_or(&[String::new()]) {
            let parts = self.parts(incoming, url, id, stamp)?;
            let made = |secret: &&Secret| secret.matches(&parts, signatures);
            if let Some(secret) = self.secrets.iter().find(made) {
                return Ok((secret.id(), self.claim(secret.id(), id, incoming.body, &parts)));
            }
        }
        Err(Error::NotAuthentic)
    }

    fn check(&self, time: UnixTime, now: UnixTime) -> Result<(), Error> {
        if time > now.saturating_add(self.max_future) {
            return Err(Error::NotYetValid);
        }
        if time.saturating_add(self.max_age) < now {
            return Err(Error::Expired);
        }
        Ok(())
    }

    /// The URL that a request to this target is signed with; empty where the scheme signs none.
    pub(super) fn url(&self, target: &str) -> Result<String, Error> {
        match &self.base {
            Some(base) if self.scheme().signs_url() => {
                base.urls(target, false)?.into_iter().next().ok_or(Error::Malformed)
            }
            _ => Ok(String::new()),
        }
    }

    /// What was signed, as received.
    pub(super) fn parts<'a, H: ?Sized>(
        &self,
        incoming: &'a Incoming<'_, H>,
        url: &'a str,
        id: Option<&'a str>,
        stamp: Option<&'a [u8]>,
    ) -> Result<Vec<Cow<'a, [u8]>>, Error> {
        let scheme = self.scheme();
        let part = |part: &Part| {
            Ok(Cow::Borrowed(match *part {
                Part::Text(text) => text.as_bytes(),
                Part::Id => id.ok_or(Error::Header)?.as_bytes(),
                Part::Timestamp => stamp.ok_or(Error::Header)?,
                Part::Body => incoming.body,
                Part::BodyHash => {
                    return Ok(Cow::Owned(hex::encode(&sha256(incoming.body)).into_bytes()));
                }
                Part::Method if !incoming.method.bytes().all(|byte| byte.is_ascii_uppercase()) => {
                    return Err(Error::Malformed);
                }
                Part::Method => incoming.method.as_bytes(),
                Part::RequestUrl if !incoming.target.starts_with('/') => return Err(Error::Malformed),
                Part::Url | Part::RequestUrl => url.as_bytes(),
                Part::UrlDecoded(characters) => {
                    return Ok(Cow::Owned(url::decoded(url, characters).into_bytes()));
                }
                Part::Form => return Ok(Cow::Owned(query::form(url, incoming.body)?.into_bytes())),
                Part::Query(form) => {
                    let Carrier::Query { name } = scheme.carrier else { return Err(Error::Policy) };
                    return Ok(Cow::Owned(query::signed(incoming.target, name, form)?.into_bytes()));
                }
            }))
        };
        // Collected as results, the vector would grow.
        let mut parts = Vec::with_capacity(scheme.parts.len());
        for one in scheme.parts {
            parts.push(part(one)?);
        }
        Ok(parts)
    }

    /// What a replay guard claims: the signed identifier, or all that was signed where there is none. Not the
    /// signature: a delivery may carry several. Behind a token nothing is signed, and what tells two
    /// deliveries apart is all that there is. A nonce is one of its sender, and for one service.
    fn claim(&self, key: KeyId, id: Option<&str>, body: &[u8], parts: &[Cow<'_, [u8]>]) -> Claim {
        let scheme = self.scheme();
        let counted = |before: &mut Vec<u8>, text: &str| {
            before.extend_from_slice(&(text.len() as u64).to_be_bytes());
            before.extend_from_slice(text.as_bytes());
        };
        let mut before = Vec::with_capacity(96);
        counted(&mut before, scheme.name);
        counted(&mut before, &self.sender);
        let after = match id {
            _ if scheme.algorithm == Algorithm::Token => {
                before.push(2);
                counted(&mut before, id.unwrap_or_default());
                Some(Vec::new())
            }
            Some(nonce) if scheme.nonce => {
                before.push(3);
                counted(&mut before, self.base.as_ref().map(Base::origin).unwrap_or_default());
                before.extend_from_slice(key.as_bytes());
                before.extend_from_slice(nonce.as_bytes());
                None
            }
            Some(id) if scheme.signs(Part::Id) => {
                before.push(1);
                before.extend_from_slice(id.as_bytes());
                None
            }
            _ => {
                before.push(0);
                let is_body = |part: &Cow<'_, [u8]>| core::ptr::eq(part.as_ref(), body);
                let at = parts.iter().position(is_body).unwrap_or(parts.len());
                let (first, rest) = parts.split_at(at);
                for part in first {
                    before.extend_from_slice(part);
                }
                rest.split_first().map(|(_, after)| after.concat())
            }
        };
        Claim { before, after }
    }
}

/// The text of every signature that the request carries.
///
/// # Errors
/// [`Error::Header`] when there is no place for one.
fn signatures<'a, H: Headers + ?Sized>(
    scheme: &Scheme,
    incoming: &Incoming<'a, H>,
) -> Result<Vec<Cow<'a, [u8]>>, Error> {
    let headers = incoming.headers;
    let mut texts = Vec::new();
    match scheme.carrier {
        Carrier::Header { name, prefix } => {
            let value = one(headers, name)?.ok_or(Error::Header)?;
            texts.extend(value.strip_prefix(prefix.as_bytes()).map(Cow::Borrowed));
        }
        Carrier::Headers { names } => {
            for name in names {
                texts.extend(one(headers, name)?.map(Cow::Borrowed));
            }
            texts.first().ok_or(Error::Header)?;
        }
        Carrier::Numbered { name } => {
            for n in 1..=MAX_NUMBERED {
                let name = alloc::format!("{name}{n}");
                let Some(value) = one(headers, &name)? else { break };
                texts.push(Cow::Owned(value.to_vec()));
            }
            texts.first().ok_or(Error::Header)?;
        }
        Carrier::Pairs { name, separator, key } => {
            let value = one(headers, name)?.ok_or(Error::Header)?;
            let pairs = signature_header::pairs(value, separator, key);
            texts.extend(pairs.take(MAX_SIGNATURES).map(Cow::Borrowed));
        }
        Carrier::Versions { name, version } => {
            let mut values = all(headers, name).peekable();
            values.peek().ok_or(Error::Header)?;
            for value in values {
                let room = MAX_SIGNATURES.saturating_sub(texts.len());
                let versions = signature_header::versions(value?, version);
                texts.extend(versions.take(room).map(Cow::Borrowed));
            }
        }
        Carrier::Query { name } => {
            let value = query::one(incoming.target, name)?.ok_or(Error::Header)?;
            texts.push(Cow::Owned(value.into_bytes()));
        }
        Carrier::Item => return Err(Error::Policy),
    }
    Ok(texts)
}

/// The identifier in a header: printable ASCII without spaces and, where it is signed, without what
/// separates it from the next part.
fn id<'a, H: Headers + ?Sized>(
    scheme: &Scheme,
    incoming: &Incoming<'a, H>,
    name: &'a str,
) -> Result<Option<&'a str>, Error> {
    let Some(value) = one(incoming.headers, name)? else { return Ok(None) };
    let is_signed = scheme.signs(Part::Id);
    let fits = |byte: &u8| byte.is_ascii_graphic() && !(is_signed && b".:".contains(byte));
    let sound = !value.is_empty() && value.len() <= MAX_ID_LEN && value.iter().all(fits);
    let text = core::str::from_utf8(value).ok().filter(|_| sound);
    text.map(Some).ok_or(Error::Malformed)
}

/// The text of the time, unless it is in the body.
fn find<'a, H: Headers + ?Sized>(
    scheme: &Scheme,
    stamp: Stamp,
    incoming: &Incoming<'a, H>,
) -> Result<Option<Cow<'a, [u8]>>, Error> {
    Ok(Some(match stamp.place {
        Place::Header(name) => Cow::Borrowed(one(incoming.headers, name)?.ok_or(Error::Header)?),
        Place::Pair(key) => {
            let Carrier::Pairs { name, separator, .. } = scheme.carrier else { return Err(Error::Policy) };
            let value = one(incoming.headers, name)?.ok_or(Error::Header)?;
            let mut times = signature_header::pairs(value, separator, key);
            // Two times: which one was signed?
            let (Some(time), None) = (times.next(), times.next()) else { return Err(Error::Header) };
            Cow::Borrowed(time)
        }
        Place::Query(name) => {
            Cow::Owned(query::one(incoming.target, name)?.ok_or(Error::Header)?.into_bytes())
        }
        #[cfg(feature = "json")]
        Place::Body(_) => return Ok(None),
    }))
}

fn parse(unit: Unit, text: &[u8]) -> Result<UnixTime, Error> {
    let seconds = match unit {
        Unit::Seconds => timestamp::decimal(text),
        Unit::Milliseconds => timestamp::decimal(text).map(|milliseconds| milliseconds / 1000),
        Unit::Rfc3339 => timestamp::rfc3339(text),
    };
    seconds.map(UnixTime::from_secs).ok_or(Error::Malformed)
}
