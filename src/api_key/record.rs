// SPDX-License-Identifier: MIT OR Apache-2.0
//! [`ApiKeyRecord`]: what a store keeps of a key, which is everything but the key.

use crate::{
    ConfigError, Error, KeyId, UnixTime, Verified,
    api_key::text::{ApiKeyId, Prefix},
};
use alloc::{string::String, vec::Vec};
use core::{fmt, time::Duration};

const MAX_NAME: usize = 256;
const MAX_SCOPES: usize = 64;
const MAX_SCOPE: usize = 128;

/// What a key is for: a name for those who look at a list, and what it may do.
#[derive(Clone, Debug)]
#[must_use]
pub struct Grant {
    pub(super) name: String,
    pub(super) scopes: Vec<String>,
    pub(super) lifetime: Option<Duration>,
}

impl Grant {
    /// A key with these scopes, which are compared to the letter. Without any it may do what asks for none.
    ///
    /// # Errors
    /// [`ConfigError::Limit`] for a name of more than 256 bytes, more than 64 scopes, and a scope that is empty or longer
    /// than 128 bytes; [`ConfigError::Scheme`] for a scope that is none by RFC 6749, section 3.3: printable ASCII but for
    /// space, `"` and `\`.
    pub fn new<'a>(name: &str, scopes: impl IntoIterator<Item = &'a str>) -> Result<Self, ConfigError> {
        let mut grant = Self { name: name.into(), scopes: Vec::new(), lifetime: None };
        for scope in scopes {
            grant.scopes.push(scope.into());
            if grant.scopes.len() > MAX_SCOPES {
                break;
            }
        }
        let scopes = grant.scopes.len() <= MAX_SCOPES && name.len() <= MAX_NAME;
        if !scopes || grant.scopes.iter().any(|scope| !(1..=MAX_SCOPE).contains(&scope.len())) {
            return Err(ConfigError::Limit);
        }
        let is_token = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
        if grant.scopes.iter().flat_map(|scope| scope.bytes()).all(is_token) {
            Ok(grant)
        } else {
            Err(ConfigError::Scheme)
        }
    }

    /// The key ends so many whole seconds after it was made. Without this it does not end by itself.
    pub const fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }
}

/// What is kept of a key. With feature `json` it is `Serialize` and `Deserialize`, as an object.
///
/// It proves nothing by itself: [`require`](Verified::require) is there once the key was verified.
///
/// ```compile_fail,E0599
/// # use chancery::api_key::{ApiKeyRecord, MissingScope};
/// fn may_read(record: &ApiKeyRecord) -> Result<(), MissingScope> {
///     record.require("orders:read")
/// }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKeyRecord {
    pub(super) id: ApiKeyId,
    pub(super) prefix: Prefix,
    pub(super) hash: [u8; 32],
    /// Of the hash.
    pub(super) pepper: Option<KeyId>,
    pub(super) name: String,
    pub(super) scopes: Vec<String>,
    pub(super) created: UnixTime,
    pub(super) expires: Option<UnixTime>,
    pub(super) revoked: Option<UnixTime>,
    pub(super) used: Option<UnixTime>,
    pub(super) successor: Option<ApiKeyId>,
}

impl ApiKeyRecord {
    /// The public identifier of the key.
    #[must_use]
    pub const fn id(&self) -> ApiKeyId {
        self.id
    }

    /// The two words that the key begins with, such as `acme_live`.
    #[must_use]
    pub fn prefix(&self) -> &str {
        self.prefix.as_str()
    }

    /// The pepper under which the key is kept, if any: it is retired when no record names it.
    #[must_use]
    pub const fn pepper(&self) -> Option<KeyId> {
        self.pepper
    }

    /// The name that it was given.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it may do, see [`require`](Verified::require).
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.scopes.iter().map(String::as_str)
    }

    /// When it was made.
    #[must_use]
    pub const fn created(&self) -> UnixTime {
        self.created
    }

    /// The second from which on it is refused.
    #[must_use]
    pub const fn expires(&self) -> Option<UnixTime> {
        self.expires
    }

    /// When it was revoked. It is refused whatever time that is.
    #[must_use]
    pub const fn revoked(&self) -> Option<UnixTime> {
        self.revoked
    }

    /// When it was last used, to a few minutes. What a crash loses of this is lost.
    #[must_use]
    pub const fn last_used(&self) -> Option<UnixTime> {
        self.used
    }

    /// The key that takes its place.
    #[must_use]
    pub const fn successor(&self) -> Option<ApiKeyId> {
        self.successor
    }

    /// Whether it has ended at this time.
    #[must_use]
    pub fn is_over(&self, now: UnixTime) -> bool {
        self.revoked.is_some() || self.expires.is_some_and(|expires| expires <= now)
    }

    /// What [`ApiKeyStore::rotate`](super::ApiKeyStore::rotate) does to it.
    ///
    /// # Errors
    /// [`Error::Expired`] when it was revoked, [`Error::Replayed`] when it has a successor. It is then as it was.
    pub fn rotate(&mut self, successor: ApiKeyId, until: UnixTime) -> Result<(), Error> {
        if self.revoked.is_some() {
            return Err(Error::Expired);
        }
        if self.successor.is_some() {
            return Err(Error::Replayed);
        }
        self.successor = Some(successor);
        self.expires = Some(self.expires.map_or(until, |expires| expires.min(until)));
        Ok(())
    }

    /// What [`ApiKeyStore::revoke`](super::ApiKeyStore::revoke) does to it. The first time stays.
    pub fn revoke(&mut self, now: UnixTime) {
        self.revoked.get_or_insert(now);
    }

    /// What [`ApiKeyStore::used`](super::ApiKeyStore::used) does to it. The last time stays.
    pub fn used(&mut self, now: UnixTime) {
        self.used = self.used.max(Some(now));
    }
}

impl fmt::Debug for ApiKeyRecord {
    /// Without the hash.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKeyRecord")
            .field("id", &self.id)
            .field("prefix", &self.prefix.as_str())
            .field("pepper", &self.pepper)
            .field("name", &self.name)
            .field("scopes", &self.scopes)
            .field("expires", &self.expires)
            .field("revoked", &self.revoked)
            .finish_non_exhaustive()
    }
}

impl Verified<ApiKeyRecord> {
    /// Whether the key has this scope, to the letter: `orders` is not `orders:read`, and there is no wildcard.
    ///
    /// # Errors
    /// [`MissingScope`]: answer with 403.
    pub fn require(&self, scope: &str) -> Result<(), MissingScope> {
        self.scopes().any(|granted| granted == scope).then_some(()).ok_or(MissingScope)
    }
}

/// The key is good, and not for this: 403. With feature `axum` it is an answer, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a handler may say it of its own accord")]
pub struct MissingScope;

impl fmt::Display for MissingScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the key does not have the scope that is needed here")
    }
}

impl core::error::Error for MissingScope {}
