// SPDX-License-Identifier: MIT OR Apache-2.0
//! [`Signer`]: signs requests, and the responses to them.

use crate::{
    ConfigError, Error, Keyring, UnixTime,
    http_signature::{
        accept::Wanted,
        base::{self, Message, Request, joined},
        component::{Component, Form, Name},
        digest::{self, CONTENT_DIGEST},
        key::SignKey,
        origin::Origin,
        params::{Input, MAX_LABELS, MAX_TEXT, SIGNATURE, SIGNATURE_INPUT},
        verify::labels,
    },
    primitive::rng::{self, Random, System},
    wire::{base64, structured_field as field},
};
use alloc::{format, string::String, vec::Vec};
use core::{fmt::Write, time::Duration};
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{CONTENT_TYPE, Entry},
    request, response,
};

/// Signs messages with the primary key of a keyring.
///
/// A request is signed over `@method`, `@authority`, `@path` and `@query` and, when there is a body, over its
/// `Content-Digest`, which is made here, and its `Content-Type`; with the time, a random nonce, the name of the key
/// and its algorithm. That is what [`Policy::api`](super::Policy::api) demands.
#[derive(Debug)]
#[must_use]
pub struct Signer {
    keys: Keyring<SignKey>,
    /// Beyond those that are signed anyway, or in their place.
    components: Vec<Component>,
    only: bool,
    tag: Option<String>,
    label: String,
    expires_after: Option<Duration>,
    origin: Origin,
}

impl Signer {
    /// A signer with the primary key of these.
    pub fn new(keys: impl Into<Keyring<SignKey>>) -> Self {
        Self {
            keys: keys.into(),
            components: Vec::new(),
            only: false,
            tag: None,
            label: "sig1".into(),
            expires_after: None,
            origin: Origin::default(),
        }
    }

    /// Signs these components, too: headers that the other side relies on. They are written as in
    /// [`Policy::custom_request`](super::Policy::custom_request), and must be there when a message is signed.
    ///
    /// # Errors
    /// [`ConfigError::Scheme`] for what is no component, and for a trailer, which is not there yet when a head is signed.
    pub fn covering(mut self, components: &[&str]) -> Result<Self, ConfigError> {
        for text in components {
            let component = Component::parse(text)?;
            if matches!(component.name, Name::Field { trailer: true, .. }) {
                return Err(ConfigError::Scheme);
            }
            if !self.components.contains(&component) {
                self.components.push(component);
            }
        }
        Ok(self)
    }

    /// Signs these components and no others, for peers that want just these.
    ///
    /// # Errors
    /// As [`covering`](Self::covering), and [`ConfigError::Scheme`] for none.
    pub fn covering_only(self, components: &[&str]) -> Result<Self, ConfigError> {
        if components.is_empty() {
            return Err(ConfigError::Scheme);
        }
        Self { components: Vec::new(), only: true, ..self }.covering(components)
    }

    /// With a tag, which says what protocol the signature belongs to.
    ///
    /// # Errors
    /// [`ConfigError::Scheme`] unless it is 1 to 256 printable ASCII characters.
    pub fn tag(self, tag: &str) -> Result<Self, ConfigError> {
        let fits = (1..=MAX_TEXT).contains(&tag.len()) && field::write_string(&mut String::new(), tag);
        fits.then_some(Self { tag: Some(tag.into()), ..self }).ok_or(ConfigError::Scheme)
    }

    /// With `expires`, so long after it was made. Without it the verifier's bound on the age holds alone.
    pub const fn expires_after(mut self, duration: Duration) -> Self {
        self.expires_after = Some(duration);
        self
    }

    /// Under this label in place of `sig1`. It is not signed and says nothing; a number follows if it is taken.
    ///
    /// # Errors
    /// [`ConfigError::Scheme`] unless it begins with a lower-case letter and consists of lower-case letters, digits, `_`,
    /// `-`, `.` and `*`, 64 at most.
    pub fn label(self, label: &str) -> Result<Self, ConfigError> {
        let fits = label.len() <= 64 && field::is_key(label);
        fits.then_some(Self { label: label.into(), ..self }).ok_or(ConfigError::Scheme)
    }

    /// The URL that clients see, `https://api.example.com`: for a service that signs responses behind a proxy which
    /// changes `Host`. A request is signed for whom it is sent to, always.
    ///
    /// # Errors
    /// [`ConfigError::Url`].
    pub fn external_url(self, url: &str) -> Result<Self, ConfigError> {
        Ok(Self { origin: Origin::parse(url)?, ..self })
    }

    /// Signs a request with this body, which may be empty: adds `Content-Digest`, `Signature-Input` and `Signature`.
    /// Signatures that are there already stay. Each attempt to send a request is signed for itself, from a head without
    /// the signature of the last attempt.
    ///
    /// # Errors
    /// [`Error::Header`] when a covered header or the authority is not there; [`Error::Policy`] for a component that a
    /// request does not have; [`Error::Malformed`] for values that cannot be signed, and for signature fields that
    /// are none; [`Error::NotAuthentic`] when there is a `Content-Digest` of another body; [`Error::TooLarge`] beyond 8
    /// signatures; [`Error::Unavailable`] when the system has no randomness.
    pub fn sign(&self, request: &mut request::Parts, body: &[u8], now: UnixTime) -> Result<(), Error> {
        self.sign_with(request, body, now, &mut System)
    }

    pub(crate) fn sign_with(
        &self,
        request: &mut request::Parts,
        body: &[u8],
        now: UnixTime,
        random: &mut dyn Random,
    ) -> Result<(), Error> {
        let components = self.request_components(&request.headers, body);
        let job = Job::new(self, self.keys.primary(), components, &self.label, &request.headers)?;
        sign_request(request, body, now, job, random)
    }

    /// Signs a request as the other side has asked for: `wanted` are the headers of its response, with
    /// `Accept-Signature` among them.
    ///
    /// What is signed anyway is signed, and beside it what is asked for, under the label that is asked for.
    ///
    /// # Errors
    /// As [`sign`](Self::sign); [`Error::Header`] when nothing was asked for; [`Error::Policy`] when nothing that was
    /// asked for is what this signer would do: another tag than its own, an algorithm that is not the key's;
    /// [`Error::UnknownKey`] for a key that it does not have.
    pub fn sign_requested(
        &self,
        request: &mut request::Parts,
        body: &[u8],
        wanted: &HeaderMap,
        now: UnixTime,
    ) -> Result<(), Error> {
        let wanted = Wanted::read(wanted, &self.keys, self.tag.as_deref())?;
        let mut components = self.request_components(&request.headers, body);
        for component in wanted.components {
            if !components.contains(&component) {
                components.push(component);
            }
        }
        let key = self.keys.get(wanted.key).ok_or(Error::UnknownKey)?;
        let mut job = Job::new(self, key, components, &wanted.label, &request.headers)?;
        job.nonce = wanted.nonce;
        job.expires = job.expires.or(wanted.expires);
        sign_request(request, body, now, job, &mut System)
    }

    /// Signs the response to a request, so that it answers no other one: over `@status`, when there is a body over
    /// `Content-Digest` and `Content-Type`, and of the request over `@method`, `@authority`, `@path`, `@query` and, if
    /// it is signed, its signature (the first, which is that of the client: proxies add theirs behind it).
    ///
    /// # Errors
    /// As [`sign`](Self::sign).
    pub fn sign_response(
        &self,
        response: &mut response::Parts,
        request: &request::Parts,
        body: &[u8],
        now: UnixTime,
    ) -> Result<(), Error> {
        let components = self.response_components(&response.headers, request, body)?;
        let job = Job::new(self, self.keys.primary(), components, &self.label, &response.headers)?;
        let made = with_digest(&mut response.headers, &job, body)?;
        let request = Request::new(request, &self.origin);
        let signed = job.sign(Message::response(response, Some(request)), now, &mut System);
        finish(&mut response.headers, made, signed)
    }

    fn request_components(&self, headers: &HeaderMap, body: &[u8]) -> Vec<Component> {
        let target = [Name::Method, Name::Authority, Name::Path, Name::Query].map(Component::new);
        self.components(target.into(), headers, body)
    }

    fn response_components(
        &self,
        headers: &HeaderMap,
        request: &request::Parts,
        body: &[u8],
    ) -> Result<Vec<Component>, Error> {
        let target = [Name::Method, Name::Authority, Name::Path, Name::Query];
        let mut components = Vec::from([Component::new(Name::Status)]);
        components.extend(target.map(|name| Component::new(name).req()));
        let signatures = joined(&request.headers, &SIGNATURE)?.unwrap_or_default();
        if let Some((label, _)) = labels(&signatures)?.first() {
            let form = Form::Member((*label).into());
            components.push(Component::new(Name::Field { name: SIGNATURE, form, trailer: false }).req());
        }
        Ok(self.components(components, headers, body))
    }

    fn components(&self, target: Vec<Component>, headers: &HeaderMap, body: &[u8]) -> Vec<Component> {
        if self.only {
            return self.components.clone();
        }
        let mut components = target;
        if !body.is_empty() {
            components.push(Component::field(CONTENT_DIGEST));
            components.extend(headers.contains_key(CONTENT_TYPE).then(|| Component::field(CONTENT_TYPE)));
        }
        let new: Vec<_> = self.components.iter().filter(|new| !components.contains(new)).cloned().collect();
        components.extend(new);
        components
    }
}

/// One signature that is to be made.
struct Job<'a> {
    key: &'a SignKey,
    input: Input,
    label: String,
    tag: Option<&'a str>,
    expires: Option<Duration>,
    /// One that the other side has asked for.
    nonce: Option<String>,
}

impl<'a> Job<'a> {
    fn new(
        signer: &'a Signer,
        key: &'a SignKey,
        components: Vec<Component>,
        label: &str,
        headers: &HeaderMap,
    ) -> Result<Self, Error> {
        let label = free_label(headers, label)?;
        let input = Input::covering(&label, components)?;
        let (tag, expires) = (signer.tag.as_deref(), signer.expires_after);
        Ok(Self { key, input, label, tag, expires, nonce: None })
    }

    fn needs_digest(&self) -> bool {
        self.input.components.contains(&Component::field(CONTENT_DIGEST))
    }

    /// The two fields.
    fn sign(
        mut self,
        message: Message<'_>,
        now: UnixTime,
        random: &mut dyn Random,
    ) -> Result<[(HeaderName, HeaderValue); 2], Error> {
        self.write_params(now, random)?;
        let base = base::build(message, &self.input)?;
        let mut signature = format!("{}=", self.label);
        field::write_bytes(&mut signature, &self.key.sign(&base));
        let input = [self.label.as_str(), "=", &self.input.text].concat();
        let value = |text: String| HeaderValue::try_from(text).map_err(|_| Error::Malformed);
        Ok([(SIGNATURE_INPUT, value(input)?), (SIGNATURE, value(signature)?)])
    }

    fn write_params(&mut self, now: UnixTime, random: &mut dyn Random) -> Result<(), Error> {
        let nonce = match self.nonce.take() {
            Some(nonce) => nonce,
            None => base64::encode(&rng::public::<16>(random)?),
        };
        let out = &mut self.input.text;
        write!(out, ";created={}", now.as_secs()).map_err(|_| Error::Malformed)?;
        if let Some(duration) = self.expires {
            write!(out, ";expires={}", now.saturating_add(duration).as_secs())
                .map_err(|_| Error::Malformed)?;
        }
        let texts = [
            ("nonce", Some(nonce.as_str())),
            ("keyid", Some(self.key.name())),
            ("alg", Some(self.key.algorithm())),
            ("tag", self.tag),
        ];
        for (name, text) in texts {
            let Some(text) = text else { continue };
            out.extend([";", name, "="]);
            if !field::write_string(out, text) {
                return Err(Error::Malformed);
            }
        }
        Ok(())
    }
}

/// For whom the request says that it is, not for our own URL.
fn sign_request(
    request: &mut request::Parts,
    body: &[u8],
    now: UnixTime,
    job: Job<'_>,
    random: &mut dyn Random,
) -> Result<(), Error> {
    let made = with_digest(&mut request.headers, &job, body)?;
    let signed = job.sign(Message::request(request, &Origin::default()), now, random);
    finish(&mut request.headers, made, signed)
}

/// Whether a `Content-Digest` was put in place.
fn with_digest(headers: &mut HeaderMap, job: &Job<'_>, body: &[u8]) -> Result<bool, Error> {
    let made = job.needs_digest() && !headers.contains_key(CONTENT_DIGEST);
    if job.needs_digest() {
        digest::put(headers, body)?;
    }
    Ok(made)
}

/// Puts the fields in place, behind those that are there; a head that was not signed is as it was.
fn finish(
    headers: &mut HeaderMap,
    made: bool,
    signed: Result<[(HeaderName, HeaderValue); 2], Error>,
) -> Result<(), Error> {
    let signed = signed.inspect_err(|_| {
        if let (true, Entry::Occupied(digest)) = (made, headers.entry(CONTENT_DIGEST)) {
            digest.remove();
        }
    })?;
    for (name, value) in signed {
        headers.append(name, value);
    }
    Ok(())
}

/// The label, or the label and a number: one that neither field has.
///
/// # Errors
/// [`Error::TooLarge`] when there are 8 already; [`Error::Malformed`].
fn free_label(headers: &HeaderMap, wanted: &str) -> Result<String, Error> {
    let value = |name| joined(headers, name).map(Option::unwrap_or_default);
    let (inputs, signatures) = (value(&SIGNATURE_INPUT)?, value(&SIGNATURE)?);
    let (inputs, signatures) = (labels(&inputs)?, labels(&signatures)?);
    if inputs.len().max(signatures.len()) >= MAX_LABELS {
        return Err(Error::TooLarge);
    }
    let is_free = |label: &String| {
        [&inputs, &signatures].iter().all(|members| field::get(members, label.as_str()).is_none())
    };
    let numbered = (2..=17).map(|number| format!("{wanted}-{number}"));
    core::iter::once(wanted.into()).chain(numbered).find(is_free).ok_or(Error::TooLarge)
}
