// SPDX-License-Identifier: MIT OR Apache-2.0
//! The signature base: the bytes that are signed. RFC 9421 section 2.5.
//!
//! ```text
//! for each component:  identifier ": " value LF
//! at the end:          "@signature-params" ": " the inner list and its parameters
//! ```
//! It begins with a quotation mark, so no signature over it is one in a format of this crate.

use crate::{
    Error,
    http_signature::{
        component::{Component, Form, Name},
        origin::Origin,
        params::Input,
        query,
    },
    wire::structured_field as field,
};
use alloc::{borrow::Cow, string::String};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, request, response};

/// All of it. A message of common size has a few hundred bytes; the bound is that of a large header block.
const MAX_LEN: usize = 65_536;
/// Of fields and queries that are taken apart: for each component that does so anew, whatever little it signs. Twice what
/// the longest field has.
const MAX_TAKEN_APART: usize = 16_384;

/// What values are taken from.
#[derive(Clone, Copy)]
pub(super) struct Message<'a> {
    /// Of a response.
    pub(super) status: Option<StatusCode>,
    pub(super) headers: &'a HeaderMap,
    pub(super) trailers: Option<&'a HeaderMap>,
    /// The request itself, or the one that is answered.
    pub(super) request: Option<Request<'a>>,
}

#[derive(Clone, Copy)]
pub(super) struct Request<'a> {
    pub(super) parts: &'a request::Parts,
    pub(super) origin: &'a Origin,
    /// Once it is known.
    authority: Option<&'a str>,
}

impl<'a> Request<'a> {
    pub(super) const fn new(parts: &'a request::Parts, origin: &'a Origin) -> Self {
        Self { parts, origin, authority: None }
    }
}

impl<'a> Message<'a> {
    pub(super) const fn request(parts: &'a request::Parts, origin: &'a Origin) -> Self {
        let request = Some(Request::new(parts, origin));
        Self { status: None, headers: &parts.headers, trailers: None, request }
    }

    pub(super) const fn response(parts: &'a response::Parts, request: Option<Request<'a>>) -> Self {
        Self { status: Some(parts.status), headers: &parts.headers, trailers: None, request }
    }

    /// With what [`Request::authority`] gave, which is not found again.
    pub(super) fn with_authority(self, authority: &'a str) -> Self {
        let request = self.request.map(|request| Request { authority: Some(authority), ..request });
        Self { request, ..self }
    }

    pub(super) const fn with_trailers(self, trailers: Option<&'a HeaderMap>) -> Self {
        Self { trailers, ..self }
    }
}

/// The signature base.
///
/// # Errors
/// [`Error::Header`] for a covered component that is not there, [`Error::Policy`] for one that a message of this kind
/// does not have, [`Error::Malformed`] for a value with bytes that are not visible and for a field that is not of
/// the structure that the identifier says, [`Error::TooLarge`].
pub(super) fn build(message: Message<'_>, input: &Input) -> Result<String, Error> {
    // That of a common message, and below what allocators call large.
    let mut base = String::with_capacity(768);
    let mut budget = MAX_TAKEN_APART;
    for (component, identifier) in input.covered() {
        base.push_str(identifier);
        base.push_str(": ");
        message.write(component, &mut base, &mut budget)?;
        base.push('\n');
        if base.len() > MAX_LEN {
            return Err(Error::TooLarge);
        }
    }
    base.push_str("\"@signature-params\": ");
    base.push_str(&input.text);
    Ok(base)
}

impl Message<'_> {
    fn write(&self, component: &Component, base: &mut String, budget: &mut usize) -> Result<(), Error> {
        let request = || match (self.status, component.req) {
            (None, false) | (Some(_), true) => self.request.ok_or(Error::Policy),
            _ => Err(Error::Policy),
        };
        match &component.name {
            Name::Field { name, form, trailer } => {
                let headers = match (component.req, *trailer) {
                    (false, false) => self.headers,
                    (true, false) => &request()?.parts.headers,
                    // Those of the request are gone when the response is there.
                    (req, true) => self.trailers.filter(|_| !req).ok_or(Error::Policy)?,
                };
                write_field(headers, name, form, base, budget)
            }
            Name::Status if !component.req => {
                push(base, self.status.ok_or(Error::Policy)?.as_str().as_bytes())
            }
            Name::Status => Err(Error::Policy),
            derived => request()?.write(derived, base, budget),
        }
    }
}

impl Request<'_> {
    pub(super) fn authority(&self) -> Result<Cow<'_, str>, Error> {
        match self.authority {
            Some(authority) => Ok(authority.into()),
            None => self.origin.authority_of(self.parts).map(Cow::Owned),
        }
    }

    /// RFC 9421 section 2.2.
    fn write(&self, name: &Name, base: &mut String, budget: &mut usize) -> Result<(), Error> {
        let uri = &self.parts.uri;
        match name {
            Name::Method => push(base, self.parts.method.as_str().as_bytes()),
            Name::Authority => push(base, self.authority()?.as_bytes()),
            Name::Scheme => push(base, self.origin.scheme_of(self.parts)?.as_str().as_bytes()),
            Name::TargetUri => {
                base.push_str(self.origin.scheme_of(self.parts)?.as_str());
                base.push_str("://");
                push(base, self.authority()?.as_bytes())?;
                push(base, self.path()?.as_bytes())?;
                uri.query().map_or(Ok(()), |query| push_query(base, query))
            }
            // What a client sends, and HTTP/2 calls `:path`: origin form, but for CONNECT and `OPTIONS *`.
            Name::RequestTarget if self.parts.method == Method::CONNECT => {
                push(base, uri.authority().ok_or(Error::Policy)?.as_str().as_bytes())
            }
            Name::RequestTarget => {
                let target = if uri.path() == "*" { "*" } else { self.path()? };
                push(base, target.as_bytes())?;
                uri.query().map_or(Ok(()), |query| push_query(base, query))
            }
            Name::Path => push(base, self.path()?.as_bytes()),
            Name::Query => push_query(base, uri.query().unwrap_or_default()),
            Name::QueryParam(name) => {
                let query = uri.query().unwrap_or_default();
                spend(budget, query.len())?;
                push(base, query::parameter(query, name)?.as_bytes())
            }
            Name::Status | Name::Field { .. } => Err(Error::Policy),
        }
    }

    /// Never empty; that of `OPTIONS *` and of CONNECT is. With another method those targets are none, and not `/`
    /// either (RFC 9112 section 3.2).
    fn path(&self) -> Result<&str, Error> {
        match (self.parts.uri.path(), &self.parts.method) {
            ("*", &Method::OPTIONS) | ("", &Method::CONNECT) => Ok("/"),
            ("*" | "", _) => Err(Error::Malformed),
            (path, _) => Ok(path),
        }
    }
}

/// # Errors
/// [`Error::TooLarge`].
fn spend(budget: &mut usize, length: usize) -> Result<(), Error> {
    *budget = budget.checked_sub(length).ok_or(Error::TooLarge)?;
    Ok(())
}

fn push_query(base: &mut String, query: &str) -> Result<(), Error> {
    base.push('?');
    push(base, query.as_bytes())
}

/// RFC 9421 section 2.1.
fn write_field(
    headers: &HeaderMap,
    name: &HeaderName,
    form: &Form,
    base: &mut String,
    budget: &mut usize,
) -> Result<(), Error> {
    let values = headers.get_all(name);
    let lines = || values.iter().map(HeaderValue::as_bytes);
    if lines().next().is_none() {
        return Err(Error::Header);
    }
    match form {
        // The lines `a` and `b` have one value with the line `a, b`, and here they mean something else.
        Form::Plain if lines().nth(1).is_some() && is_one_line(name) => return Err(Error::Header),
        Form::Plain => {
            for (at, line) in lines().enumerate() {
                base.push_str(if at > 0 { ", " } else { "" });
                push(base, field::trim(line))?;
            }
        }
        Form::Bytes => {
            for (at, line) in lines().enumerate() {
                base.push_str(if at > 0 { ", " } else { "" });
                field::write_bytes(base, field::trim(line));
            }
        }
        Form::Strict => {
            let value = joined(headers, name)?.ok_or(Error::Header)?;
            spend(budget, value.len())?;
            base.push_str(&field::canonical(&value).ok_or(Error::Malformed)?);
        }
        Form::Member(key) => {
            let value = joined(headers, name)?.ok_or(Error::Header)?;
            spend(budget, value.len())?;
            let members = field::dictionary(&value).ok_or(Error::Malformed)?;
            field::get(&members, key).ok_or(Error::Header)?.write(base);
        }
    }
    Ok(())
}

/// The lines of a field as one, within the bound for structured fields; `None` when there is none.
///
/// # Errors
/// [`Error::TooLarge`].
pub(super) fn joined<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<Cow<'a, [u8]>>, Error> {
    let mut lines = headers.get_all(name).iter().map(HeaderValue::as_bytes);
    let Some(first) = lines.next() else { return Ok(None) };
    field::joined(first, lines).map(Some).ok_or(Error::TooLarge)
}

/// Fields that are no lists, RFC 9421 section 7.5.6.
fn is_one_line(name: &HeaderName) -> bool {
    const NAMES: &str = "authorization content-length content-location content-range content-type cookie date etag expires \
                         from host if-modified-since if-range if-unmodified-since last-modified location origin \
                         proxy-authorization referer retry-after server set-cookie user-agent";
    NAMES.split_whitespace().any(|other| name == other)
}

/// Appends a value of visible characters, spaces and, inside of a field, tabs: what would end a line ends the
/// signature.
fn push(base: &mut String, value: &[u8]) -> Result<(), Error> {
    // Without a branch for each byte.
    let visible = value.iter().fold(true, |all, byte| all & matches!(byte, b' '..=b'~' | b'\t'));
    let text = core::str::from_utf8(value).ok().filter(|_| visible).ok_or(Error::Malformed)?;
    base.push_str(text);
    Ok(())
}
