// SPDX-License-Identifier: MIT OR Apache-2.0
//! `Accept-Signature`: asking for a signature, and answering. RFC 9421 section 5.

use crate::{
    Error, Key, KeyId, Keyring,
    http_signature::{
        base::joined,
        component::{Component, Name},
        key::SignKey,
        params::{Input, MAX_TEXT},
        verify::{Verifier, labels},
    },
    wire::structured_field::{self as field, Bare, Member},
};
use alloc::{string::String, vec::Vec};
use core::time::Duration;
use http::{HeaderMap, HeaderName, HeaderValue};

pub(super) const ACCEPT_SIGNATURE: HeaderName = HeaderName::from_static("accept-signature");

/// For one who asks for `expires` and leaves open when.
const EXPIRES: Duration = Duration::from_secs(300);

/// What the other side asks for, and we would do.
pub(super) struct Wanted {
    pub(super) label: String,
    pub(super) components: Vec<Component>,
    pub(super) key: KeyId,
    pub(super) nonce: Option<String>,
    pub(super) expires: Option<Duration>,
}

impl Wanted {
    /// The first member that one of our keys can answer, under our own tag.
    ///
    /// # Errors
    /// [`Error::Header`] when there is no field, [`Error::Malformed`], [`Error::TooLarge`], [`Error::UnknownKey`],
    /// [`Error::Policy`].
    pub(super) fn read(
        headers: &HeaderMap,
        keys: &Keyring<SignKey>,
        tag: Option<&str>,
    ) -> Result<Self, Error> {
        if !headers.contains_key(ACCEPT_SIGNATURE) {
            return Err(Error::Header);
        }
        let value = joined(headers, &ACCEPT_SIGNATURE)?;
        let mut refusal = None;
        for (label, member) in labels(&value)? {
            match Self::of(label, &member, keys, tag) {
                Ok(wanted) => return Ok(wanted),
                Err(error) => refusal = refusal.or(Some(error)),
            }
        }
        Err(refusal.unwrap_or(Error::Policy))
    }

    fn of(
        label: &str,
        member: &Member<'_>,
        keys: &Keyring<SignKey>,
        tag: Option<&str>,
    ) -> Result<Self, Error> {
        let text = |name| match member.parameter(name).map(Bare::string) {
            None => Ok(None),
            Some(None) => Err(Error::Malformed),
            Some(Some(text)) if text.len() > MAX_TEXT => Err(Error::TooLarge),
            Some(text) => Ok(text),
        };
        // To sign for another protocol because somebody asks for it would be to sign for anybody.
        if text("tag")?.is_some_and(|wanted| Some(wanted) != tag) {
            return Err(Error::Policy);
        }
        let key = match text("keyid")? {
            None => keys.primary(),
            Some(name) => keys.iter().find(|key| key.name() == name).ok_or(Error::UnknownKey)?,
        };
        if text("alg")?.is_some_and(|alg| alg != key.algorithm()) {
            return Err(Error::Policy);
        }
        let components = components(label, member)?;
        let expires = member.parameter("expires").map(|_| EXPIRES);
        Ok(Self {
            label: label.into(),
            components,
            key: key.id(),
            nonce: text("nonce")?.map(String::from),
            expires,
        })
    }
}

fn components(label: &str, member: &Member<'_>) -> Result<Vec<Component>, Error> {
    let components = Input::list(label, member)?.components;
    let trailer = |component: &Component| matches!(component.name, Name::Field { trailer: true, .. });
    if components.iter().any(trailer) { Err(Error::Policy) } else { Ok(components) }
}

impl Verifier {
    /// The value of an `Accept-Signature` header that asks for what this verifier demands.
    ///
    /// # Errors
    /// [`Error::TooLarge`] for a policy of more than 64 components.
    pub fn accept_signature(&self) -> Result<HeaderValue, Error> {
        let mut text = String::from("sig1=");
        text.push_str(&Input::covering("", self.rules.components())?.text);
        text.push_str(";created");
        if self.rules.needs_expires() {
            text.push_str(";expires");
        }
        if let Some(tag) = self.rules.tag() {
            text.push_str(";tag=");
            if !field::write_string(&mut text, tag) {
                return Err(Error::Malformed);
            }
        }
        HeaderValue::try_from(text).map_err(|_| Error::Malformed)
    }
}
