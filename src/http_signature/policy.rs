// SPDX-License-Identifier: MIT OR Apache-2.0
//! [`Policy`]: what a signature must cover, how old it may be, and for whom it must be.

use crate::{
    ConfigError, Error, UnixTime,
    http_signature::{
        base::{Message, joined},
        component::{Component, Form, Name},
        digest::CONTENT_DIGEST,
        origin::{self, Origin},
        params::{Input, MAX_TEXT, Params, SIGNATURE},
        verify::labels,
    },
    wire::structured_field as field,
};
use alloc::{string::String, vec::Vec};
use core::time::Duration;

const MAX_AGE: Duration = Duration::from_secs(300);
const MAX_SKEW: Duration = Duration::from_secs(30);
/// The longest that a web bot's signature should be valid (draft-meunier-web-bot-auth-architecture).
const BOT_MAX_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// What makes a signature good enough: there is no default, and a [`Verifier`](super::Verifier) is not made
/// without one.
///
/// Every policy demands `created` and `keyid`, and bounds the age: 300 seconds, and 30 into the future, unless said.
/// A signature without a tag is accepted where the policy has none, one with a tag where it is the policy's.
///
/// ```
/// use chancery::http_signature::Policy;
/// use core::time::Duration;
///
/// let policy = Policy::api(["api.example.com"])
///     .covering(&["content-type", "x-tenant"])
///     .max_age(Duration::from_secs(60));
/// # let _ = policy;
/// ```
///
/// ```compile_fail,E0061
/// # use chancery::{http_signature::{VerifyKey, Verifier}, signing::SigningKey};
/// let key = VerifyKey::from(SigningKey::generate().unwrap().verifying_key());
/// let verifier = Verifier::new(key); // what must it cover?
/// ```
#[derive(Clone, Debug)]
#[must_use]
#[expect(clippy::struct_excessive_bools, reason = "each is one demand or one permission")]
pub struct Policy {
    required: Vec<String>,
    authorities: Vec<String>,
    external_url: Option<String>,
    tag: Option<String>,
    is_for_responses: bool,
    nonce: bool,
    expires: bool,
    unsigned_body: bool,
    unbound: bool,
    max_age: Duration,
    max_skew: Duration,
}

impl Policy {
    /// For the requests of an API: they cover `@method`, `@authority`, `@path` and `@query`, and the body by its
    /// `content-digest`, and carry a `nonce`. This is what a [`Signer`](super::Signer) signs.
    ///
    /// `authorities` are the names that clients call this service by, `api.example.com` or
    /// `api.example.com:8443`: a request that was signed for another service is refused.
    pub fn api<A: AsRef<str>>(authorities: impl IntoIterator<Item = A>) -> Self {
        let policy = Self::custom_request(authorities, &["@method", "@authority", "@path", "@query"]);
        Self { nonce: true, ..policy }
    }

    /// For crawlers and agents that say who they are (draft-meunier-web-bot-auth-architecture): the tag
    /// `web-bot-auth`, `@authority`, and `expires`, at most a day ahead.
    ///
    /// It says who sends, and nothing of what: method, path and body are not signed. A bot may send one signature
    /// many times, which a replay store would refuse.
    ///
    /// ```
    /// use chancery::{http_signature::{SignKey, Signer}, signing::SigningKey};
    /// use core::time::Duration;
    ///
    /// // Such a bot: named by the thumbprint of its key.
    /// let key = SignKey::from(SigningKey::generate()?);
    /// let thumbprint = key.verify_key().and_then(|key| key.jwk_thumbprint()).expect("a public key");
    /// let bot = Signer::new(key.named(&thumbprint)?)
    ///     .covering_only(&["@authority"])?
    ///     .tag("web-bot-auth")?
    ///     .expires_after(Duration::from_secs(3600));
    /// # let _ = bot;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn web_bot_auth<A: AsRef<str>>(authorities: impl IntoIterator<Item = A>) -> Self {
        let policy = Self::custom_request(authorities, &["@authority"]).tag("web-bot-auth");
        Self { expires: true, max_age: BOT_MAX_AGE, ..policy }
    }

    /// For the answers to our own requests: they cover `@status`, the body by its `content-digest`, and
    /// of the request `@method`, `@authority`, `@path` and `@query` and, if it was signed, its signature: each of those
    /// that it was sent with.
    pub fn response() -> Self {
        Self::custom_response(&["@status", "@method;req", "@authority;req", "@path;req", "@query;req"])
    }

    /// For requests that cover these components at least, `@authority` (or `@target-uri`) among them.
    ///
    /// A component is written as in RFC 9421, without quotes around its name: `@path`, `content-type`,
    /// `@query-param;name="id"`, `x-list;sf`. It is met by the same component with the same parameters, and parts of the
    /// target URI by `@target-uri`.
    pub fn custom_request<A: AsRef<str>>(
        authorities: impl IntoIterator<Item = A>,
        components: &[&str],
    ) -> Self {
        let authorities = authorities.into_iter().map(|authority| authority.as_ref().into()).collect();
        Self { authorities, ..Self::new(false, components) }
    }

    /// For responses that cover these components at least, `@status` and `@authority;req` (or `@target-uri;req`)
    /// among them.
    pub fn custom_response(components: &[&str]) -> Self {
        Self::new(true, components)
    }

    fn new(is_for_responses: bool, components: &[&str]) -> Self {
        Self {
            required: components.iter().copied().map(String::from).collect(),
            authorities: Vec::new(),
            external_url: None,
            tag: None,
            is_for_responses,
            nonce: false,
            expires: false,
            unsigned_body: false,
            unbound: false,
            max_age: MAX_AGE,
            max_skew: MAX_SKEW,
        }
    }

    /// These components must be covered, too: headers that a handler relies on.
    pub fn covering(mut self, components: &[&str]) -> Self {
        self.required.extend(components.iter().copied().map(String::from));
        self
    }

    /// The tag that signatures must have. It keeps the signatures of one protocol out of another one.
    pub fn tag(mut self, tag: &str) -> Self {
        self.tag = Some(tag.into());
        self
    }

    /// Signatures must have a `nonce`, by which a replay store knows them.
    pub const fn require_nonce(mut self) -> Self {
        self.nonce = true;
        self
    }

    /// Signatures must say when they expire.
    pub const fn require_expires(mut self) -> Self {
        self.expires = true;
        self
    }

    /// How old a signature may be: 300 seconds unless said. `expires` can only shorten it.
    pub const fn max_age(mut self, age: Duration) -> Self {
        self.max_age = age;
        self
    }

    /// How far the signer's clock may be ahead: 30 seconds unless said.
    pub const fn max_skew(mut self, skew: Duration) -> Self {
        self.max_skew = skew;
        self
    }

    /// The URL that clients see, `https://api.example.com`, for a service behind a proxy that changes `Host`: scheme and
    /// authority of every request are these, whatever it says. Its authority must be one of the policy's. No
    /// forwarded header is ever looked at.
    pub fn external_url(mut self, url: &str) -> Self {
        self.external_url = Some(url.into());
        self
    }

    /// Accepts a body that the signature does not cover, for peers who sign none: anybody on the way can change
    /// it. Where the `content-digest` of the head is covered, in whatever form, it is checked all the same.
    pub const fn allow_unsigned_body(mut self) -> Self {
        self.unsigned_body = true;
        self
    }

    /// Accepts a response that does not say which request it answers: it may be the answer to another one.
    pub const fn allow_unbound(mut self) -> Self {
        self.unbound = true;
        self
    }

    /// # Errors
    /// As [`Verifier::new`](super::Verifier::new).
    pub(super) fn into_rules(self) -> Result<Rules, ConfigError> {
        let required: Vec<_> =
            self.required.iter().map(|text| Component::parse(text)).collect::<Result<_, _>>()?;
        let origin = self.external_url.as_deref().map(Origin::parse).transpose()?.unwrap_or_default();
        let normal = |text: &String| origin::parse(text, origin.scheme()).ok_or(ConfigError::Url);
        let authorities: Vec<_> = self.authorities.iter().map(normal).collect::<Result<_, _>>()?;
        let covers = |component: &Component| required.iter().any(|other| other.implies(component));
        let authority = Component::new(Name::Authority);
        let sound = if self.is_for_responses {
            let bound = self.unbound || covers(&authority.req());
            bound && covers(&Component::new(Name::Status)) && authorities.is_empty()
        } else {
            let external = origin.authority().is_none_or(|one| authorities.iter().any(|other| other == one));
            external && covers(&authority) && !required.iter().any(|component| component.req) && !self.unbound
        };
        let tag = self.tag.as_deref();
        let tag_is_text = tag.is_none_or(|tag| {
            (1..=MAX_TEXT).contains(&tag.len()) && field::write_string(&mut String::new(), tag)
        });
        if !sound || !tag_is_text {
            return Err(ConfigError::Scheme);
        }
        if !self.is_for_responses && authorities.is_empty() {
            return Err(ConfigError::Url);
        }
        if self.max_age.as_secs() == 0 {
            return Err(ConfigError::Limit);
        }
        Ok(Rules { required, authorities, origin, policy: self })
    }
}

/// A policy that does not contradict itself.
#[derive(Debug)]
pub(super) struct Rules {
    required: Vec<Component>,
    authorities: Vec<String>,
    pub(super) origin: Origin,
    policy: Policy,
}

impl Rules {
    pub(super) const fn is_for_responses(&self) -> bool {
        self.policy.is_for_responses
    }

    pub(super) fn tag(&self) -> Option<&str> {
        self.policy.tag.as_deref()
    }

    pub(super) const fn needs_nonce(&self) -> bool {
        self.policy.nonce
    }

    pub(super) const fn needs_expires(&self) -> bool {
        self.policy.expires
    }

    pub(super) const fn allows_unsigned_body(&self) -> bool {
        self.policy.unsigned_body
    }

    pub(super) const fn max_skew(&self) -> Duration {
        self.policy.max_skew
    }

    /// The components to ask for.
    pub(super) fn components(&self) -> Vec<Component> {
        let mut components = self.required.clone();
        let digest = Component::field(CONTENT_DIGEST);
        if !self.policy.unsigned_body && !components.contains(&digest) {
            components.push(digest);
        }
        components
    }

    /// The authority that the message is for.
    ///
    /// # Errors
    /// [`Error::Policy`] when a component or a parameter is missing; [`Error::Header`] and [`Error::Malformed`]
    /// for a request without one authority.
    pub(super) fn check(&self, input: &Input, message: Message<'_>) -> Result<String, Error> {
        let covers = |component: &Component| input.components.iter().any(|other| other.implies(component));
        let params = &input.params;
        let nonce = params.nonce.as_deref().is_some_and(|nonce| !nonce.is_empty());
        let complete = self.required.iter().all(covers)
            && params.created.is_some()
            && (nonce || !self.policy.nonce)
            && (params.expires.is_some() || !self.policy.expires);
        // A digest that anybody could have written is not left for a handler to find.
        let digest = Component::field(CONTENT_DIGEST);
        let digested = self.policy.unsigned_body
            || !message.headers.contains_key(CONTENT_DIGEST)
            || input.components.contains(&digest);
        if !complete || !digested || !self.is_bound(input, message)? {
            return Err(Error::Policy);
        }
        let authority = message.request.ok_or(Error::Policy)?.authority()?.into_owned();
        let ours = self.policy.is_for_responses || self.authorities.contains(&authority);
        ours.then_some(authority).ok_or(Error::Policy)
    }

    /// A response to a signed request must cover the signature: it is the answer to this one, and not to the same
    /// request at another time. All that were sent: one of them may be sent many times.
    fn is_bound(&self, input: &Input, message: Message<'_>) -> Result<bool, Error> {
        let Some(request) = message.request.filter(|_| self.policy.is_for_responses && !self.policy.unbound)
        else {
            return Ok(true);
        };
        let sent = joined(&request.parts.headers, &SIGNATURE)?.unwrap_or_default();
        let covers = |label: &str| {
            let component = Component::new(Name::Field {
                name: SIGNATURE,
                form: Form::Member(label.into()),
                trailer: false,
            });
            input.components.contains(&component.req())
        };
        Ok(labels(&sent)?.iter().all(|(label, _)| covers(label)))
    }

    /// When it was made, and the last second in which it is accepted.
    ///
    /// # Errors
    /// [`Error::Policy`], [`Error::NotYetValid`], [`Error::Expired`].
    pub(super) fn times(&self, params: &Params, now: UnixTime) -> Result<(UnixTime, UnixTime), Error> {
        let created = UnixTime::from_secs(params.created.ok_or(Error::Policy)?);
        let oldest = created.saturating_add(self.policy.max_age);
        let expires = params.expires.map_or(oldest, |expires| oldest.min(UnixTime::from_secs(expires)));
        if created > now.saturating_add(self.policy.max_skew) {
            return Err(Error::NotYetValid);
        }
        // Also what expires before it was made.
        if expires < now || expires < created {
            return Err(Error::Expired);
        }
        Ok((created, expires))
    }
}
