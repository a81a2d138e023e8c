// SPDX-License-Identifier: MIT OR Apache-2.0
//! The URL that a sender was given, from configuration and the target of a request.

use crate::{ConfigError, Error, wire::hex};
use alloc::{string::String, vec::Vec};
use core::fmt;

const MAX_LEN: usize = 8192;

/// Scheme and authority, and the path if it is not that of the request.
pub(super) struct Base {
    origin: String,
    path: String,
}

impl fmt::Debug for Base {
    /// Without the URL, which may have a password or a token in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Base(..)")
    }
}

/// What a URI has behind its authority (RFC 3986, section 3.3 and 3.4). No JSON begins with one of these, but a
/// number, `true`, `false` and `null`.
fn is_of_target(text: &str) -> bool {
    text.len() <= MAX_LEN
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:@/?".contains(&byte))
}

impl Base {
    /// # Errors
    /// [`ConfigError::Url`].
    pub(super) fn parse(url: &str) -> Result<Self, ConfigError> {
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let rest = rest.ok_or(ConfigError::Url)?;
        let at = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(at).ok_or(ConfigError::Url)?;
        let unbracketed = authority.replace(['[', ']'], "");
        if authority.is_empty() || !is_of_target(&unbracketed) || !is_of_target(path) {
            return Err(ConfigError::Url);
        }
        let origin = url.get(..url.len().saturating_sub(path.len())).ok_or(ConfigError::Url)?;
        Ok(Self { origin: origin.into(), path: path.into() })
    }

    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    /// Without a path, not even `/`.
    pub(super) const fn is_origin(&self) -> bool {
        self.path.is_empty()
    }

    /// The URL of a request, first as it is, and with the default port or without, if `any_port`.
    ///
    /// # Errors
    /// [`Error::Malformed`] when the target is not path and query, [`Error::TooLarge`].
    pub(super) fn urls(&self, target: &str, any_port: bool) -> Result<Vec<String>, Error> {
        if target.len() > MAX_LEN {
            return Err(Error::TooLarge);
        }
        let begins = target.is_empty() || target.starts_with(['/', '?']);
        if !begins || !is_of_target(target) {
            return Err(Error::Malformed);
        }
        let query = || target.find('?').and_then(|at| target.get(at..)).unwrap_or_default();
        let rest: String = match self.path.as_str() {
            "" => target.into(),
            whole if whole.contains('?') => whole.into(),
            path => [path, query()].concat(),
        };
        let other = any_port.then(|| self.of_other_port());
        Ok(core::iter::once(self.origin.clone())
            .chain(other)
            .map(|origin| [origin, rest.clone()].concat())
            .collect())
    }

    /// Without its port if it has one, with that of its scheme otherwise.
    fn of_other_port(&self) -> String {
        let authority =
            self.origin.rfind(['/', '@']).and_then(|at| self.origin.get(at..)).unwrap_or_default();
        let host_ends = authority.rfind(']').unwrap_or_default();
        match authority.get(host_ends..).unwrap_or_default().rsplit_once(':') {
            Some((_, port)) => {
                let len = self.origin.len().saturating_sub(port.len()).saturating_sub(1);
                self.origin.get(..len).unwrap_or_default().into()
            }
            None if self.origin.starts_with("https") => [&self.origin, ":443"].concat(),
            None => [&self.origin, ":80"].concat(),
        }
    }
}

/// The URL with these characters decoded wherever they are percent-encoded.
pub(super) fn decoded(url: &str, characters: &str) -> String {
    let mut pieces = url.split('%');
    let mut text = String::from(pieces.next().unwrap_or_default());
    for piece in pieces {
        let code = piece.get(..2).and_then(|digits| hex::decode(digits.as_bytes())).unwrap_or_default();
        match code.first().map(|code| char::from(*code)) {
            Some(code) if characters.contains(code) => {
                text.push(code);
                text.push_str(piece.get(2..).unwrap_or_default());
            }
            _ => {
                text.push('%');
                text.push_str(piece);
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_has_a_scheme_and_a_host_and_no_fragment() {
        for url in ["https://a.example", "http://[::1]:80/x?y=1", "https://user:pass@a.example:8443/"] {
            assert!(Base::parse(url).is_ok(), "{url}");
        }
        for url in
            ["", "a.example", "https://", "https:///x", "https://?x", "ftp://a", "HTTPS://a", "https://a/{"]
        {
            assert_eq!(Base::parse(url).err(), Some(ConfigError::Url), "{url}");
        }
        assert!(Base::parse("https://a/#x").is_err());
    }

    #[test]
    fn the_path_is_that_of_the_base_or_that_of_the_request() {
        let url =
            |base, target| Base::parse(base).unwrap().urls(target, false).map(|mut urls| urls.remove(0));
        for (base, target, expected) in [
            ("https://a", "", "https://a"),
            ("https://a", "/x?y=1", "https://a/x?y=1"),
            ("https://a/hook", "/x", "https://a/hook"),
            ("https://a/hook", "", "https://a/hook"),
            ("https://a/hook", "/x?y=1?2", "https://a/hook?y=1?2"),
            ("https://a/hook?z=3", "/x?y=1", "https://a/hook?z=3"),
        ] {
            assert_eq!(url(base, target).unwrap(), expected);
        }
        for target in ["x", "https://b/", "/x{", "/x[", "/x y", "/x\"", "/\u{e9}", "/x#y"] {
            assert_eq!(url("https://a", target), Err(Error::Malformed), "{target}");
        }
    }

    #[test]
    fn the_other_port_is_the_default_or_none() {
        for (url, other) in [
            ("https://a/x", "https://a:443/x"),
            ("http://a/x", "http://a:80/x"),
            ("https://a:443/x", "https://a/x"),
            ("https://a:8443/x:y", "https://a/x:y"),
            ("https://u:p@a/x", "https://u:p@a:443/x"),
            ("https://[::1]/x", "https://[::1]:443/x"),
            ("https://[::1]:443/x", "https://[::1]/x"),
        ] {
            assert_eq!(Base::parse(url).unwrap().urls("", true).unwrap(), [url, other]);
        }
    }

    #[test]
    fn only_the_named_characters_are_decoded() {
        assert_eq!(decoded("https://a/%3a%3A%2F%20%25%3", ":/"), "https://a/::/%20%25%3");
        assert_eq!(decoded("%%3A%+1%E9", ":"), "%:%+1%E9");
    }
}
