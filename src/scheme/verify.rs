// SPDX-License-Identifier: MIT OR Apache-2.0
//! The one verification routine, for every scheme.

#[cfg(feature = "json")]
use crate::scheme::json;
use crate::{
    ConfigError, Error, Key, KeyId, Keyring, UnixTime,
    primitive::hash::Hasher,
    scheme::{
        Algorithm, Carrier, Encoding, Headers, Part, Place, Scheme, Secret, Stamp, Unit,
        headers::{all, one},
        query,
    },
    wire::{base64, hex, signature_header, timestamp},
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

/// What a replay guard claims where no identifier is signed: all that was signed. Not the signature: a
/// delivery may carry several. One after another as it was signed, so that no other split of the same bytes is
/// another claim.
pub(crate) struct Claim {
    /// Around the body, which is wherever the delivery is.
    before: Vec<u8>,
    after: Option<Vec<u8>>,
}

impl Claim {
    fn new(parts: &[Cow<'_, [u8]>], body: &[u8]) -> Self {
        let is_body = |part: &Cow<'_, [u8]>| core::ptr::eq(part.as_ref(), body);
        let at = parts.iter().position(is_body).unwrap_or(parts.len());
        let (before, rest) = parts.split_at(at);
        Self { before: before.concat(), after: rest.split_first().map(|(_, after)| after.concat()) }
    }

    /// The same for every copy, whichever secret it was signed with. Hashes the body, which nobody has to wait
    /// for who claims nothing.
    pub(crate) fn digest(&self, scheme: &str, signed_id: Option<&str>, body: &[u8]) -> [u8; 32] {
        let hasher = Hasher::labelled("webhook claim").chain(&(scheme.len() as u64).to_be_bytes());
        let hasher = hasher.chain(scheme.as_bytes());
        match (signed_id, &self.after) {
            (Some(id), _) => hasher.chain(&[1]).chain(id.as_bytes()),
            (None, None) => hasher.chain(&[0]).chain(&self.before),
            (None, Some(after)) => hasher.chain(&[0]).chain(&self.before).chain(body).chain(after),
        }
        .finish()
    }
}

/// The secrets of one scheme, and how far its clock is trusted.
#[derive(Debug)]
pub(crate) struct Engine {
    secrets: Keyring<Secret>,
    pub(crate) base_url: String,
    pub(crate) max_age: Duration,
    pub(crate) max_future: Duration,
}

impl Engine {
    /// # Errors
    /// [`ConfigError::Suite`] when the secrets are not all of one scheme.
    pub(crate) fn new(secrets: Keyring<Secret>) -> Result<Self, ConfigError> {
        let scheme = *secrets.primary().scheme();
        // Two schemes of one name would be the same to a replay store, too.
        if secrets.iter().any(|secret| secret.scheme().name != scheme.name) {
            return Err(ConfigError::Suite);
        }
        let (max_age, max_future) = (scheme.max_age, scheme.max_future);
        Ok(Self { secrets, base_url: String::new(), max_age, max_future })
    }

    pub(crate) fn scheme(&self) -> &Scheme {
        self.secrets.primary().scheme()
    }

    /// # Errors
    /// [`Error::Header`], [`Error::TooLarge`], [`Error::Malformed`] for a time or an identifier that is none,
    /// [`Error::NotAuthentic`], [`Error::Expired`], [`Error::NotYetValid`].
    pub(crate) fn verify<H: Headers + ?Sized>(
        &self,
        incoming: &Incoming<'_, H>,
        now: UnixTime,
    ) -> Result<Matched, Error> {
        let scheme = self.scheme();
        let signatures: Vec<Vec<u8>> =
            signatures(scheme, incoming)?.iter().filter_map(|text| decode(scheme, text)).collect();
        let id = scheme.id.map(|name| id(incoming, name)).transpose()?.flatten();
        let stamp = scheme.stamp.map(|stamp| find(scheme, stamp, incoming)).transpose()?;
        let time =
            scheme.stamp.zip(stamp.as_deref()).map(|(stamp, text)| parse(stamp.unit, text)).transpose()?;

        let parts = self.parts(incoming, id, stamp.as_deref())?;
        let made = |secret: &&Secret| secret.matches(&parts, &signatures);
        let key = self.secrets.iter().find(made).map(Key::id).ok_or(Error::NotAuthentic)?;
        // After the signature: only a sender is told what is wrong with its clock.
        if let Some(time) = time {
            self.check(time, now)?;
        }
        let signed_id = id.is_some() && scheme.signs(Part::Id);
        Ok(Matched {
            key,
            id: id.map(String::from),
            timestamp: time,
            // A signed identifier is all that is claimed.
            claim: Claim::new(if signed_id { &[] } else { &parts }, incoming.body),
        })
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

    /// What was signed, as received.
    pub(super) fn parts<'a, H: ?Sized>(
        &'a self,
        incoming: &'a Incoming<'_, H>,
        id: Option<&'a str>,
        stamp: Option<&'a [u8]>,
    ) -> Result<Vec<Cow<'a, [u8]>>, Error> {
        let mut parts = Vec::with_capacity(self.scheme().parts.len().saturating_add(1));
        for part in self.scheme().parts {
            match part {
                Part::Text(text) => parts.push(Cow::Borrowed(text.as_bytes())),
                Part::Id => parts.push(Cow::Borrowed(id.ok_or(Error::Header)?.as_bytes())),
                Part::Timestamp => parts.push(Cow::Borrowed(stamp.ok_or(Error::Header)?)),
                Part::Body => parts.push(Cow::Borrowed(incoming.body)),
                Part::Method => parts.push(Cow::Borrowed(incoming.method.as_bytes())),
                Part::Url => {
                    parts.push(Cow::Borrowed(self.base_url.as_bytes()));
                    parts.push(Cow::Borrowed(incoming.target.as_bytes()));
                }
                Part::SortedQuery(between) => {
                    let Carrier::Query { name } = self.scheme().carrier else { return Err(Error::Policy) };
                    parts.push(Cow::Owned(query::sorted(incoming.target, name, between)?.into_bytes()));
                }
            }
        }
        Ok(parts)
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
    }
    Ok(texts)
}

/// The bytes of a signature; `None` when it is not one.
fn decode(scheme: &Scheme, text: &[u8]) -> Option<Vec<u8>> {
    match (scheme.algorithm, scheme.encoding) {
        (Algorithm::Token, _) => Some(text.to_vec()),
        (_, Encoding::Hex) => hex::decode(text),
        (_, Encoding::Base64) => base64::decode_standard(text).map(|mut bytes| core::mem::take(&mut *bytes)),
    }
}

/// The identifier in a header: printable ASCII without spaces, which is all that is ever in one.
fn id<'a, H: Headers + ?Sized>(incoming: &Incoming<'a, H>, name: &'a str) -> Result<Option<&'a str>, Error> {
    let Some(value) = one(incoming.headers, name)? else { return Ok(None) };
    let sound = !value.is_empty() && value.len() <= MAX_ID_LEN && value.iter().all(u8::is_ascii_graphic);
    let text = core::str::from_utf8(value).ok().filter(|_| sound);
    text.map(Some).ok_or(Error::Malformed)
}

/// The text of the time.
fn find<'a, H: Headers + ?Sized>(
    scheme: &Scheme,
    stamp: Stamp,
    incoming: &Incoming<'a, H>,
) -> Result<Cow<'a, [u8]>, Error> {
    match stamp.place {
        Place::Header(name) => Ok(Cow::Borrowed(one(incoming.headers, name)?.ok_or(Error::Header)?)),
        Place::Pair(key) => {
            let Carrier::Pairs { name, separator, .. } = scheme.carrier else { return Err(Error::Policy) };
            let value = one(incoming.headers, name)?.ok_or(Error::Header)?;
            let mut times = signature_header::pairs(value, separator, key);
            // Two times: which one was signed?
            match (times.next(), times.next()) {
                (Some(time), None) => Ok(Cow::Borrowed(time)),
                _ => Err(Error::Header),
            }
        }
        Place::Query(name) => {
            Ok(Cow::Owned(query::one(incoming.target, name)?.ok_or(Error::Header)?.into_bytes()))
        }
        #[cfg(feature = "json")]
        Place::Body(name) => json::number(incoming.body, name).map(Cow::Owned),
    }
}

fn parse(unit: Unit, text: &[u8]) -> Result<UnixTime, Error> {
    let seconds = match unit {
        Unit::Seconds => timestamp::decimal(text),
        Unit::Milliseconds => timestamp::decimal(text).map(|milliseconds| milliseconds / 1000),
        Unit::Rfc3339 => timestamp::rfc3339(text),
    };
    seconds.map(UnixTime::from_secs).ok_or(Error::Malformed)
}
