// SPDX-License-Identifier: MIT OR Apache-2.0
//! `Content-Digest`: the hash of a body in a header, RFC 9530.
//!
//! SHA-256 and SHA-512 count, and each of them that is there must match. Others are ignored: a weak one
//! proves nothing.

use crate::{
    Error,
    http_signature::{
        base::joined,
        component::{Component, Form, Name},
    },
    primitive::{
        ct,
        hash::{Hasher, Sha512, sha256},
    },
    wire::structured_field as field,
};
use alloc::string::String;
use http::{HeaderMap, HeaderName, HeaderValue};

pub(super) const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");

/// Whether this is the digest in the head, in whatever form: all of it, or one that counts.
pub(super) fn is_digest(component: &Component) -> bool {
    let Component { name: Name::Field { name, form, trailer: false }, req: false } = component else {
        return false;
    };
    name == CONTENT_DIGEST && !matches!(form, Form::Member(key) if key != "sha-256" && key != "sha-512")
}

/// What the body must hash to, and how far it has been hashed.
pub(super) struct Digests {
    sha256: Option<(Hasher, [u8; 32])>,
    sha512: Option<(Sha512, [u8; 64])>,
}

impl Digests {
    /// Reads the field.
    ///
    /// # Errors
    /// [`Error::Header`] when it is not there, [`Error::Malformed`] when it is none, [`Error::TooLarge`],
    /// [`Error::Policy`] when neither SHA-256 nor SHA-512 is in it.
    pub(super) fn read(headers: &HeaderMap) -> Result<Self, Error> {
        let value = joined(headers, &CONTENT_DIGEST)?.ok_or(Error::Header)?;
        let members = field::dictionary(&value).ok_or(Error::Malformed)?;
        let bytes = |name| {
            let member = field::get(&members, name);
            member.map(|member| member.bytes().ok_or(Error::Malformed)).transpose()
        };
        let sha256 =
            bytes("sha-256")?.map(|bytes| bytes.try_into().map_err(|_| Error::Malformed)).transpose()?;
        let sha512 =
            bytes("sha-512")?.map(|bytes| bytes.try_into().map_err(|_| Error::Malformed)).transpose()?;
        if sha256.is_none() && sha512.is_none() {
            return Err(Error::Policy);
        }
        Ok(Self {
            sha256: sha256.map(|expected| (Hasher::new(), expected)),
            sha512: sha512.map(|expected| (Sha512::new(), expected)),
        })
    }

    pub(super) fn update(&mut self, part: &[u8]) {
        if let Some((hasher, _)) = &mut self.sha256 {
            hasher.update(part);
        }
        if let Some((hasher, _)) = &mut self.sha512 {
            hasher.update(part);
        }
    }

    /// # Errors
    /// [`Error::NotAuthentic`].
    pub(super) fn finish(self) -> Result<(), Error> {
        let matches = self.sha256.is_none_or(|(hasher, expected)| ct::equal(&hasher.finish(), &expected))
            && self.sha512.is_none_or(|(hasher, expected)| ct::equal(&hasher.finish(), &expected));
        matches.then_some(()).ok_or(Error::NotAuthentic)
    }
}

/// The field for a body, unless there is one already, which must be right.
///
/// # Errors
/// [`Error::NotAuthentic`] when the one that is there is of another body; as [`Digests::read`].
pub(super) fn put(headers: &mut HeaderMap, body: &[u8]) -> Result<(), Error> {
    if headers.contains_key(CONTENT_DIGEST) {
        let mut digests = Digests::read(headers)?;
        digests.update(body);
        return digests.finish();
    }
    let mut value = String::from("sha-256=");
    field::write_bytes(&mut value, &sha256(body));
    headers.insert(CONTENT_DIGEST, HeaderValue::try_from(value).map_err(|_| Error::Malformed)?);
    Ok(())
}
