// SPDX-License-Identifier: MIT OR Apache-2.0
//! What RFC 6750 has for bearers of tokens and keys: how they present them, and how they are refused.

use crate::{
    Error,
    middleware::answer::{refusal, refusal_with},
};
use http::{
    HeaderMap, HeaderName, HeaderValue, Response, StatusCode,
    header::{Entry, WWW_AUTHENTICATE},
};

/// Why there is no answer of the handler.
pub(super) enum Refused {
    /// Nothing was presented.
    None,
    /// More than one thing was.
    Several,
    Invalid(Error),
}

impl Refused {
    /// Section 3.1.
    pub(super) fn answer<R: Default>(self, layer: &'static str) -> Response<R> {
        let (error, status, challenge) = match self {
            Self::None => (Error::Header, StatusCode::UNAUTHORIZED, "Bearer"),
            Self::Several => (Error::Header, StatusCode::BAD_REQUEST, r#"Bearer error="invalid_request""#),
            Self::Invalid(Error::Unavailable) => return refusal(layer, Error::Unavailable),
            Self::Invalid(error) => (error, StatusCode::UNAUTHORIZED, r#"Bearer error="invalid_token""#),
        };
        let mut response = refusal_with(layer, status, error);
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        response
    }
}

/// No `Debug` of these headers prints what they present.
pub(super) fn conceal<const N: usize>(headers: &mut HeaderMap, names: [HeaderName; N]) {
    for name in names {
        if let Entry::Occupied(mut entry) = headers.entry(name) {
            entry.iter_mut().for_each(|value| value.set_sensitive(true));
        }
    }
}

/// Section 2.1: what `Authorization` presents. `Basic` and others present nothing of ours.
pub(super) fn credentials(value: &str) -> Result<&str, Refused> {
    let bearer = value.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Bearer"));
    bearer.map(|(_, text)| text).ok_or(Refused::None)
}
