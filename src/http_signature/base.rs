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
    wire::structured_field::{self as field, Type},
};
use alloc::{borrow::Cow, string::String};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, request, response};

/// All of it. A message of common size has a few hundred bytes; the bound is that of a large header block.
const MAX_LEN: usize = 65_536;

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
}

impl<'a> Message<'a> {
    pub(super) const fn request(parts: &'a request::Parts, origin: &'a Origin) -> Self {
        let request = Some(Request { parts, origin });
        Self { status: None, headers: &parts.headers, trailers: None, request }
    }

    pub(super) const fn response(parts: &'a response::Parts, request: Option<Request<'a>>) -> Self {
        Self { status: Some(parts.status), headers: &parts.headers, trailers: None, request }
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
    let mut base = String::with_capacity(1024);
    for (component, identifier) in input.covered() {
        base.push_str(identifier);
        base.push_str(": ");
        message.write(component, &mut base)?;
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
    fn write(&self, component: &Component, base: &mut String) -> Result<(), Error> {
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
                write_field(headers, name, form, base)
            }
            Name::Status if !component.req => {
                push(base, self.status.ok_or(Error::Policy)?.as_str().as_bytes())
            }
            Name::Status => Err(Error::Policy),
            derived => request()?.write(derived, base),
        }
    }
}

impl Request<'_> {
    pub(super) fn authority(&self) -> Result<String, Error> {
        self.origin.authority_of(self.parts)
    }

    /// RFC 9421 section 2.2.
    fn write(&self, name: &Name, base: &mut String) -> Result<(), Error> {
        let uri = &self.parts.uri;
        match name {
            Name::Method => push(base, self.parts.method.as_str().as_bytes()),
            Name::Authority => push(base, self.authority()?.as_bytes()),
            Name::Scheme => push(base, self.origin.scheme_of(self.parts)?.as_str().as_bytes()),
            Name::TargetUri => {
                base.push_str(self.origin.scheme_of(self.parts)?.as_str());
                base.push_str("://");
                push(base, self.authority()?.as_bytes())?;
                push(base, self.path().as_bytes())?;
                uri.query().map_or(Ok(()), |query| push_query(base, query))
            }
            // What a client sends, and HTTP/2 calls `:path`: origin form, but for CONNECT and `OPTIONS *`.
            Name::RequestTarget if self.parts.method == Method::CONNECT => {
                push(base, uri.authority().ok_or(Error::Policy)?.as_str().as_bytes())
            }
            Name::RequestTarget => {
                let target = if uri.path() == "*" { "*" } else { self.path() };
                push(base, target.as_bytes())?;
                uri.query().map_or(Ok(()), |query| push_query(base, query))
            }
            Name::Path => push(base, self.path().as_bytes()),
            Name::Query => push_query(base, uri.query().unwrap_or_default()),
            Name::QueryParam(name) => {
                push(base, query::parameter(uri.query().unwrap_or_default(), name)?.as_bytes())
            }
            Name::Status | Name::Field { .. } => Err(Error::Policy),
        }
    }

    /// Never empty; that of `OPTIONS *` is.
    fn path(&self) -> &str {
        match self.parts.uri.path() {
            "" | "*" => "/",
            path => path,
        }
    }
}

fn push_query(base: &mut String, query: &str) -> Result<(), Error> {
    base.push('?');
    push(base, query.as_bytes())
}

/// RFC 9421 section 2.1.
fn write_field(headers: &HeaderMap, name: &HeaderName, form: &Form, base: &mut String) -> Result<(), Error> {
    let lines = || headers.get_all(name).iter().map(HeaderValue::as_bytes);
    if lines().next().is_none() {
        return Err(Error::Header);
    }
    match form {
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
        Form::Strict => base.push_str(&strict(name, &joined(headers, name)?)?),
        Form::Member(key) => {
            let value = joined(headers, name)?;
            let members = field::dictionary(&value).ok_or(Error::Malformed)?;
            field::get(&members, key).ok_or(Error::Header)?.write(base);
        }
    }
    Ok(())
}

/// The lines of a field as one, within the bound for structured fields.
///
/// # Errors
/// [`Error::TooLarge`].
pub(super) fn joined<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Cow<'a, [u8]>, Error> {
    let lines = headers.get_all(name).iter().map(HeaderValue::as_bytes);
    field::joined(lines).ok_or(Error::TooLarge)
}

/// The canonical text of a structured field. Where its type is not known, that of every type it can be, if they all
/// agree: `a, a` is two members of a list, and one of a dictionary.
fn strict(name: &HeaderName, value: &[u8]) -> Result<String, Error> {
    if let Some(of) = known_type(name) {
        return field::canonical(value, of).ok_or(Error::Malformed);
    }
    let mut texts =
        [Type::Dictionary, Type::List, Type::Item].into_iter().filter_map(|of| field::canonical(value, of));
    let text = texts.next().ok_or(Error::Malformed)?;
    if texts.all(|other| other == text) { Ok(text) } else { Err(Error::Malformed) }
}

/// Structured fields of the IANA registry that are in use.
fn known_type(name: &HeaderName) -> Option<Type> {
    const DICTIONARIES: &str = "accept-signature cdn-cache-control content-digest priority repr-digest signature \
                                signature-input use-as-dictionary want-content-digest want-repr-digest";
    const LISTS: &str = "accept-ch cache-status client-cert-chain proxy-status";
    const ITEMS: &str =
        "client-cert cross-origin-embedder-policy cross-origin-opener-policy origin-agent-cluster";
    let has = |names: &str| names.split_whitespace().any(|other| name == other);
    [(DICTIONARIES, Type::Dictionary), (LISTS, Type::List), (ITEMS, Type::Item)]
        .into_iter()
        .find_map(|(names, of)| has(names).then_some(of))
}

/// Appends a value of visible characters, spaces and, inside of a field, tabs: what would end a line ends the
/// signature.
fn push(base: &mut String, value: &[u8]) -> Result<(), Error> {
    let visible = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t');
    let text = core::str::from_utf8(value).map_err(|_| Error::Malformed)?;
    if !value.iter().all(visible) {
        return Err(Error::Malformed);
    }
    base.push_str(text);
    Ok(())
}
