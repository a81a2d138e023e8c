// SPDX-License-Identifier: MIT OR Apache-2.0
//! [`Token`]: what a token said, for a handler that has it as `Verified`.

use crate::{KeyId, UnixTime};
use alloc::string::String;
use core::fmt;

/// The claims of a token.
///
/// ```
/// use chancery::{Verified, jwt::Token};
///
/// #[derive(serde::Deserialize)]
/// struct Claims {
///     tenant: String,
/// }
///
/// fn orders(token: &Verified<Token<Claims>>) -> String {
///     format!("{} of {}", token.subject().unwrap_or("somebody"), token.claims().tenant)
/// }
/// ```
pub struct Token<C> {
    pub(super) claims: C,
    pub(super) key: KeyId,
    pub(super) subject: Option<String>,
    pub(super) client: Option<String>,
    pub(super) id: Option<String>,
    pub(super) issued: Option<UnixTime>,
    pub(super) expires: UnixTime,
}

impl<C> Token<C> {
    /// The claims that were asked for.
    #[must_use]
    pub const fn claims(&self) -> &C {
        &self.claims
    }

    /// The claims that were asked for, without the rest.
    #[must_use]
    pub fn into_claims(self) -> C {
        self.claims
    }

    /// `sub`: whom the token is about, unique for its issuer only.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// `client_id`: the application that the token was given to.
    #[must_use]
    pub fn client(&self) -> Option<&str> {
        self.client.as_deref()
    }

    /// `jti`: the name of the token itself, for a log or a list of those that were revoked.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// `iat`: when the token was made.
    #[must_use]
    pub const fn issued(&self) -> Option<UnixTime> {
        self.issued
    }

    /// `exp`: when it ends.
    #[must_use]
    pub const fn expires(&self) -> UnixTime {
        self.expires
    }

    /// The key that has signed it: whether an old one is still in use.
    #[must_use]
    pub const fn key(&self) -> KeyId {
        self.key
    }
}

impl<C> fmt::Debug for Token<C> {
    /// Without the claims: they do not belong in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("key", &self.key)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}
