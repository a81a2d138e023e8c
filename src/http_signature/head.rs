// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a verified head gives: a check of the body, and then what was signed.

use crate::{
    Error, KeyId, Unclaimed, UnixTime,
    http_signature::{component::Component, digest::Digests},
};
use alloc::{string::String, vec::Vec};
use core::{fmt, time::Duration};

/// A head whose signature was verified, while the body is still to come. It gives out nothing: what was signed is
/// reached through the check of the body, also of an empty one.
///
/// ```compile_fail,E0616
/// # use chancery::{KeyId, http_signature::Head};
/// fn peek(head: Head) -> KeyId {
///     head.signed.key // private, and there is no accessor
/// }
/// ```
#[must_use = "what was signed is reached by `check` or `body`"]
pub struct Head {
    pub(super) signed: Signed<()>,
    /// `None` when the signature covers no digest.
    pub(super) digests: Option<Digests>,
    pub(super) allows_unsigned_body: bool,
    pub(super) id: [u8; 32],
    pub(super) expires: UnixTime,
    pub(super) skew: Duration,
}

impl Head {
    /// Checks a body that is in memory: the bytes as they came, before anything has decoded them.
    ///
    /// # Errors
    /// [`Error::NotAuthentic`] when it is not the one that was signed, [`Error::Policy`] when there are bytes and the
    /// signature covers none.
    pub fn check<B: AsRef<[u8]>>(self, body: B) -> Result<Unclaimed<Signed<B>>, Error> {
        let mut check = self.body();
        check.update(body.as_ref());
        check.finish_with(body)
    }

    /// Checks a body that comes in pieces.
    ///
    /// Every piece can be used before the end, for a file that is thrown away if `finish` fails. Nothing that is final
    /// may be done with them before.
    #[must_use = "the body is authentic only when `finish` says so"]
    pub const fn body(self) -> BodyCheck {
        BodyCheck { head: self, is_empty: true }
    }
}

impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Head(..)")
    }
}

/// A body that is being checked, made by [`Head::body`].
#[must_use = "the body is authentic only when `finish` says so"]
pub struct BodyCheck {
    head: Head,
    is_empty: bool,
}

impl BodyCheck {
    /// The next piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.is_empty &= piece.is_empty();
        if let Some(digests) = &mut self.head.digests {
            digests.update(piece);
        }
    }

    /// The end.
    ///
    /// # Errors
    /// As [`Head::check`].
    pub fn finish(self) -> Result<Unclaimed<Signed<()>>, Error> {
        self.finish_with(())
    }

    fn finish_with<B>(self, body: B) -> Result<Unclaimed<Signed<B>>, Error> {
        let Head { signed, digests, allows_unsigned_body, id, expires, skew } = self.head;
        match digests {
            Some(digests) => digests.finish()?,
            // Whether there is a body is decided by the bytes that came, not by a header.
            None if self.is_empty || allows_unsigned_body => {}
            None => return Err(Error::Policy),
        }
        let created = signed.created;
        Ok(Unclaimed::new(signed.with(body), id, expires, skew).made(Some(created)))
    }
}

impl fmt::Debug for BodyCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BodyCheck(..)")
    }
}

/// What was signed, and by whom.
#[derive(Clone)]
pub struct Signed<B> {
    pub(super) body: B,
    pub(super) key: KeyId,
    pub(super) keyid: String,
    pub(super) tag: Option<String>,
    pub(super) nonce: Option<String>,
    pub(super) created: UnixTime,
    pub(super) expires: Option<UnixTime>,
    pub(super) components: Vec<Component>,
}

impl<B> Signed<B> {
    fn with<C>(self, body: C) -> Signed<C> {
        let Self { body: _, key, keyid, tag, nonce, created, expires, components } = self;
        Signed { body, key, keyid, tag, nonce, created, expires, components }
    }

    /// The body, as it arrived. It is what was signed, unless the policy allows a body that is not.
    pub const fn body(&self) -> &B {
        &self.body
    }

    /// The body, taken out.
    pub fn into_body(self) -> B {
        self.body
    }

    /// The key that signed. When only the new one is seen any more, the old one can be retired.
    pub const fn key(&self) -> KeyId {
        self.key
    }

    /// The name of that key, as both sides know it: who sent this.
    pub fn keyid(&self) -> &str {
        &self.keyid
    }

    /// The tag, which is the one of the policy.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The nonce.
    pub fn nonce(&self) -> Option<&str> {
        self.nonce.as_deref()
    }

    /// When it was signed, by the signer's clock.
    pub const fn created(&self) -> UnixTime {
        self.created
    }

    /// When it ends, if the signer said so.
    pub const fn expires(&self) -> Option<UnixTime> {
        self.expires
    }

    /// Whether the signature covers this component, in the notation of
    /// [`Policy::custom_request`](super::Policy::custom_request). What it does not cover anybody on the way may have
    /// changed: ask before relying on a header that the policy does not demand.
    pub fn covers(&self, component: &str) -> bool {
        let covers = |component: Component| self.components.iter().any(|other| other.implies(&component));
        Component::parse(component).is_ok_and(covers)
    }
}

impl<B> fmt::Debug for Signed<B> {
    /// Without the body.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signed")
            .field("key", &self.key)
            .field("keyid", &self.keyid)
            .field("tag", &self.tag)
            .field("created", &self.created)
            .finish_non_exhaustive()
    }
}
