// SPDX-License-Identifier: MIT OR Apache-2.0
//! One member of `Signature-Input`: what is covered, and the parameters of the signature, as they were received.

use crate::{
    Error,
    http_signature::component::{Component, Form, Name},
    wire::structured_field::{Member, Value},
};
use alloc::{string::String, vec::Vec};
use core::ops::Range;
use http::HeaderName;

/// A signature covers no more components than this.
pub(super) const MAX_COMPONENTS: usize = 64;
/// A message has no more signatures than this.
pub(super) const MAX_LABELS: usize = 8;
/// The list and its parameters are seldom longer, in bytes.
const USUAL_LEN: usize = 256;
/// Of a `keyid`, a `nonce` and a `tag`: they are kept, and logged.
pub(super) const MAX_TEXT: usize = 256;

pub(super) const SIGNATURE: HeaderName = HeaderName::from_static("signature");
pub(super) const SIGNATURE_INPUT: HeaderName = HeaderName::from_static("signature-input");

/// What a signature is about.
pub(super) struct Input {
    pub(super) components: Vec<Component>,
    /// Where the identifier of each component stands in `text`.
    identifiers: Vec<Range<usize>>,
    /// The inner list with its parameters, in the order received, unknown ones included.
    pub(super) text: String,
    pub(super) params: Params,
}

#[derive(Default)]
pub(super) struct Params {
    pub(super) created: Option<u64>,
    pub(super) expires: Option<u64>,
    pub(super) nonce: Option<String>,
    pub(super) alg: Option<String>,
    pub(super) keyid: Option<String>,
    pub(super) tag: Option<String>,
}

impl Input {
    /// Reads the member of this label.
    ///
    /// # Errors
    /// [`Error::Malformed`] for what is no list of components or has a parameter of a wrong type,
    /// [`Error::TooLarge`] above 64 components or 256 bytes of a parameter, [`Error::Policy`] for a component that is
    /// not known, is there twice, or is this signature itself.
    pub(super) fn read(label: &str, member: &Member<'_>) -> Result<Self, Error> {
        let mut input = Self::list(label, member)?;
        member.write_parameters(&mut input.text);
        input.params = Params::read(member)?;
        Ok(input)
    }

    /// The same without the parameters.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub(super) fn list(label: &str, member: &Member<'_>) -> Result<Self, Error> {
        let Value::List(items) = &member.value else { return Err(Error::Malformed) };
        if items.len() > MAX_COMPONENTS {
            return Err(Error::TooLarge);
        }
        let mut input = Self::empty(items.len());
        for item in items {
            let component = Component::read(item)?;
            input.add(label, component, |_, text| {
                item.write(text);
                true
            })?;
        }
        input.text.push(')');
        Ok(input)
    }

    /// The same for a signature that is to be made; its parameters follow.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub(super) fn covering(label: &str, components: Vec<Component>) -> Result<Self, Error> {
        if components.len() > MAX_COMPONENTS {
            return Err(Error::TooLarge);
        }
        let mut input = Self::empty(components.len());
        for component in components {
            input.add(label, component, Component::write)?;
        }
        input.text.push(')');
        Ok(input)
    }

    fn empty(components: usize) -> Self {
        let mut text = String::with_capacity(USUAL_LEN);
        text.push('(');
        let (identifiers, components) = (Vec::with_capacity(components), Vec::with_capacity(components));
        Self { components, identifiers, text, params: Params::default() }
    }

    fn add(
        &mut self,
        label: &str,
        component: Component,
        write: impl FnOnce(&Component, &mut String) -> bool,
    ) -> Result<(), Error> {
        if self.components.contains(&component) || is_itself(label, &component) {
            return Err(Error::Policy);
        }
        if !self.components.is_empty() {
            self.text.push(' ');
        }
        let start = self.text.len();
        if !write(&component, &mut self.text) {
            return Err(Error::Malformed);
        }
        self.identifiers.push(start..self.text.len());
        self.components.push(component);
        Ok(())
    }

    /// Each component with its identifier, as received.
    pub(super) fn covered(&self) -> impl Iterator<Item = (&Component, &str)> {
        let identifiers =
            self.identifiers.iter().map(|range| self.text.get(range.clone()).unwrap_or_default());
        self.components.iter().zip(identifiers)
    }
}

/// RFC 9421 section 7.3.7: a signature over its own value, or over all of a field that has it, cannot be.
fn is_itself(label: &str, component: &Component) -> bool {
    let Component { name: Name::Field { name, form, .. }, req: false } = component else { return false };
    (name == SIGNATURE || name == SIGNATURE_INPUT) && !matches!(form, Form::Member(key) if key != label)
}

impl Params {
    fn read(member: &Member<'_>) -> Result<Self, Error> {
        let mut params = Self::default();
        for (name, value) in &member.parameters {
            let time = || value.integer().and_then(|time| u64::try_from(time).ok()).ok_or(Error::Malformed);
            let text = || match value.string() {
                None => Err(Error::Malformed),
                Some(text) if text.len() > MAX_TEXT => Err(Error::TooLarge),
                Some(text) => Ok(Some(String::from(text))),
            };
            match *name {
                "created" => params.created = Some(time()?),
                "expires" => params.expires = Some(time()?),
                "nonce" => params.nonce = text()?,
                "alg" => params.alg = text()?,
                "keyid" => params.keyid = text()?,
                "tag" => params.tag = text()?,
                // Signed, and repeated in the base; nothing is known of it.
                _ => {}
            }
        }
        Ok(params)
    }
}
