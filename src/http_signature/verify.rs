// SPDX-License-Identifier: MIT OR Apache-2.0
//! [`Verifier`]: finds the signature that is meant for it, and checks that one.

#[cfg(feature = "hazmat")]
use crate::http_signature::origin::Origin;
use crate::{
    ConfigError, Error, Key, Keyring, Unclaimed, UnixTime,
    http_signature::{
        base::{self, Message, Request, joined},
        digest::{self, Digests},
        head::{Head, Signed},
        key::VerifyKey,
        params::{Input, MAX_LABELS, Params, SIGNATURE, SIGNATURE_INPUT},
        policy::{Policy, Rules},
    },
    named_key::distinct,
    primitive::hash::{Hasher, sha256},
    wire::structured_field::{self as field, Bare, Member, Members},
};
use alloc::borrow::Cow;
#[cfg(feature = "hazmat")]
use alloc::string::String;
use http::{HeaderMap, HeaderName, request, response};

/// Verifies messages under one key or several, as a [`Policy`] says.
#[derive(Debug)]
pub struct Verifier {
    keys: Keyring<VerifyKey>,
    pub(super) rules: Rules,
}

impl Verifier {
    /// A verifier for messages that were signed with one of these keys.
    ///
    /// # Errors
    /// [`ConfigError::DuplicateKey`] for two keys of one name;
    /// [`ConfigError::Scheme`] for a policy that demands nothing, no authority, or what a message of its kind does not
    /// have, or names a component that is none; [`ConfigError::Url`] for authorities that are none, or are not
    /// there, and for an external URL that is none; [`ConfigError::Limit`] for an age of zero.
    pub fn new(keys: impl Into<Keyring<VerifyKey>>, policy: Policy) -> Result<Self, ConfigError> {
        let keys = keys.into();
        distinct(keys.iter().map(VerifyKey::name))?;
        Ok(Self { keys, rules: policy.into_rules()? })
    }

    /// Verifies a request whose body is in memory.
    ///
    /// # Errors
    /// As the module says.
    pub fn verify<B: AsRef<[u8]>>(
        &self,
        request: &request::Parts,
        body: B,
        now: UnixTime,
    ) -> Result<Unclaimed<Signed<B>>, Error> {
        self.verify_head(request, now)?.check(body)
    }

    /// Verifies the signature of a request before a byte of its body is read: who cannot sign cannot have a body buffered.
    ///
    /// # Errors
    /// As the module says.
    pub fn verify_head(&self, request: &request::Parts, now: UnixTime) -> Result<Head, Error> {
        self.head(Message::request(request, &self.rules.origin), now)
    }

    /// Verifies a request with its trailers, which a signature can cover by `;tr`: when the body has been read, that is.
    ///
    /// # Errors
    /// As the module says.
    pub fn verify_with_trailers<B: AsRef<[u8]>>(
        &self,
        request: &request::Parts,
        trailers: &HeaderMap,
        body: B,
        now: UnixTime,
    ) -> Result<Unclaimed<Signed<B>>, Error> {
        let message = Message::request(request, &self.rules.origin).with_trailers(Some(trailers));
        self.head(message, now)?.check(body)
    }

    /// Verifies the response to a request, which is the one as it was sent, with its signature if it had one.
    ///
    /// # Errors
    /// As the module says.
    pub fn verify_response<B: AsRef<[u8]>>(
        &self,
        response: &response::Parts,
        request: &request::Parts,
        body: B,
        now: UnixTime,
    ) -> Result<Unclaimed<Signed<B>>, Error> {
        self.verify_response_head(response, request, now)?.check(body)
    }

    /// Verifies the signature of a response before its body is read.
    ///
    /// # Errors
    /// As the module says.
    pub fn verify_response_head(
        &self,
        response: &response::Parts,
        request: &request::Parts,
        now: UnixTime,
    ) -> Result<Head, Error> {
        let request = Request::new(request, &self.rules.origin);
        self.head(Message::response(response, Some(request)), now)
    }

    /// The first signature that holds. Labels select nothing: the tag and the key do.
    fn head(&self, message: Message<'_>, now: UnixTime) -> Result<Head, Error> {
        if message.status.is_some() != self.rules.is_for_responses() {
            return Err(Error::Policy);
        }
        let (inputs, signatures) =
            (present(message.headers, &SIGNATURE_INPUT)?, present(message.headers, &SIGNATURE)?);
        let (inputs, signatures) = (labels(&inputs)?, labels(&signatures)?);
        let (mut unknown, mut refusal) = (None, None);
        for (label, member) in &inputs {
            if !self.has_our_tag(member) {
                continue;
            }
            let Some(key) = self.key_of(member) else {
                unknown = Some(Error::UnknownKey);
                continue;
            };
            let signature = field::get(&signatures, label).ok_or(Error::Header);
            let candidate = signature.and_then(|signature| {
                let signature = signature.bytes().ok_or(Error::Malformed)?;
                self.check(message, Input::read(label, member)?, key, signature, now)
            });
            match candidate {
                Ok(head) => return Ok(head),
                Err(error) => refusal = refusal.or(Some(error)),
            }
        }
        Err(refusal.or(unknown).unwrap_or(Error::Policy))
    }

    fn has_our_tag(&self, member: &Member<'_>) -> bool {
        member.parameter("tag").map(Bare::string) == self.rules.tag().map(Some)
    }

    fn key_of(&self, member: &Member<'_>) -> Option<&VerifyKey> {
        let name = member.parameter("keyid")?.string()?;
        self.keys.iter().find(|key| key.name() == name)
    }

    fn check(
        &self,
        message: Message<'_>,
        input: Input,
        key: &VerifyKey,
        signature: &[u8],
        now: UnixTime,
    ) -> Result<Head, Error> {
        let audience = self.rules.check(&input, message)?;
        let params = &input.params;
        // It confirms the key's algorithm and never selects one.
        if params.alg.as_deref().is_some_and(|alg| alg != key.algorithm()) {
            return Err(Error::Policy);
        }
        let base = base::build(message.with_authority(&audience), &input)?;
        key.verify(&base, signature)?;
        // After the signature: only a signer is told what is wrong with its clock.
        let (created, expires) = self.rules.times(params, now)?;
        let covered = input.components.iter().any(digest::is_digest);
        let digests = covered.then(|| Digests::read(message.headers)).transpose()?;
        let id = self.claim_id(&audience, params, key, &base);
        let Input { components, params, .. } = input;
        Ok(Head {
            signed: Signed {
                body: (),
                key: key.id(),
                keyid: params.keyid.unwrap_or_default(),
                tag: params.tag,
                nonce: params.nonce,
                created,
                expires: params.expires.map(UnixTime::from_secs),
                components,
            },
            digests,
            allows_unsigned_body: self.rules.allows_unsigned_body(),
            id,
            expires,
            skew: self.rules.max_skew(),
        })
    }

    /// `H(L("http-signature claim") || kind || authority || key id || tag || nonce or H(base))`, each text behind its
    /// length: one store serves several services and keys.
    fn claim_id(&self, audience: &str, params: &Params, key: &VerifyKey, base: &str) -> [u8; 32] {
        let hasher = Hasher::labelled("http-signature claim")
            .chain(&[u8::from(self.rules.is_for_responses())])
            .counted(audience.as_bytes())
            .chain(key.id().as_bytes())
            .counted(params.tag.as_deref().unwrap_or_default().as_bytes());
        match params.nonce.as_deref().filter(|_| self.rules.needs_nonce()) {
            Some(nonce) => hasher.chain(b"n").counted(nonce.as_bytes()),
            None => hasher.chain(b"b").chain(&sha256(base.as_bytes())),
        }
        .finish()
    }
}

/// The base of the signature with this label, for tests: `hazmat::http_signature_base`.
#[cfg(feature = "hazmat")]
pub(crate) fn request_base(
    request: &request::Parts,
    trailers: Option<&HeaderMap>,
    label: &str,
) -> Result<String, Error> {
    base_of(Message::request(request, &Origin::default()).with_trailers(trailers), label)
}

#[cfg(feature = "hazmat")]
pub(crate) fn response_base(
    response: &response::Parts,
    request: Option<&request::Parts>,
    trailers: Option<&HeaderMap>,
    label: &str,
) -> Result<String, Error> {
    let origin = Origin::default();
    let request = request.map(|parts| Request::new(parts, &origin));
    base_of(Message::response(response, request).with_trailers(trailers), label)
}

#[cfg(feature = "hazmat")]
fn base_of(message: Message<'_>, label: &str) -> Result<String, Error> {
    let inputs = present(message.headers, &SIGNATURE_INPUT)?;
    let inputs = labels(&inputs)?;
    let member = field::get(&inputs, label).ok_or(Error::Header)?;
    base::build(message, &Input::read(label, member)?)
}

/// A field that must be there.
fn present<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Cow<'a, [u8]>, Error> {
    joined(headers, name)?.ok_or(Error::Header)
}

/// The whole field must be what it is: a proxy that reads less strictly must not see other labels.
pub(super) fn labels(value: &[u8]) -> Result<Members<'_>, Error> {
    let members = field::dictionary(value).ok_or(Error::Malformed)?;
    if members.len() > MAX_LABELS { Err(Error::TooLarge) } else { Ok(members) }
}
