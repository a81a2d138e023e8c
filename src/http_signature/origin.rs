// SPDX-License-Identifier: MIT OR Apache-2.0
//! Scheme and authority of a request: from its URI and its `Host`, or from configuration; from no other header.

use crate::{ConfigError, Error};
use alloc::string::{String, ToString};
use http::{
    header::HOST,
    request::Parts,
    uri::{Authority, Uri},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Http,
    Https,
}

impl Scheme {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Http, Self::Https].into_iter().find(|scheme| text.eq_ignore_ascii_case(scheme.as_str()))
    }
}

/// Where clients find this service, if it cannot tell from their requests.
#[derive(Clone, Debug, Default)]
pub(super) struct Origin(Option<(Scheme, String)>);

impl Origin {
    /// Reads `https://api.example.com`.
    ///
    /// # Errors
    /// [`ConfigError::Url`] for another scheme, a path, a query, and for what is no URL.
    pub(super) fn parse(url: &str) -> Result<Self, ConfigError> {
        let uri: Uri = url.parse().map_err(|_| ConfigError::Url)?;
        let scheme = uri.scheme_str().and_then(Scheme::parse).ok_or(ConfigError::Url)?;
        if uri.path_and_query().is_some_and(|target| target.as_str() != "/") {
            return Err(ConfigError::Url);
        }
        let authority = uri.authority().and_then(|authority| normal(authority, scheme));
        Ok(Self(Some((scheme, authority.ok_or(ConfigError::Url)?))))
    }

    /// The one that is configured.
    pub(super) fn authority(&self) -> Option<&str> {
        self.0.as_ref().map(|(_, authority)| authority.as_str())
    }

    /// The scheme that is configured, else that of the URI, else `https`.
    ///
    /// # Errors
    /// [`Error::Malformed`] for another one than `http` and `https`.
    pub(super) fn scheme_of(&self, request: &Parts) -> Result<Scheme, Error> {
        match (&self.0, request.uri.scheme_str()) {
            (Some((scheme, _)), _) => Ok(*scheme),
            (None, Some(scheme)) => Scheme::parse(scheme).ok_or(Error::Malformed),
            (None, None) => Ok(Scheme::Https),
        }
    }

    /// The authority that is configured, else that of the URI and of `Host`, which must agree: in lower case, and
    /// without the default port of the scheme.
    ///
    /// # Errors
    /// [`Error::Header`] when there is none, or `Host` twice; [`Error::Malformed`] when they disagree or are none.
    pub(super) fn authority_of(&self, request: &Parts) -> Result<String, Error> {
        if let Some((_, authority)) = &self.0 {
            return Ok(authority.clone());
        }
        let scheme = self.scheme_of(request)?;
        let normal = |authority: &Authority| normal(authority, scheme).ok_or(Error::Malformed);
        let mut hosts = request.headers.get_all(HOST).iter();
        let host =
            hosts.next().map(|host| Authority::try_from(host.as_bytes()).map_err(|_| Error::Malformed));
        if hosts.next().is_some() {
            return Err(Error::Header);
        }
        match (request.uri.authority(), host.transpose()?) {
            (None, None) => Err(Error::Header),
            (Some(one), None) => normal(one),
            (None, Some(one)) => normal(&one),
            (Some(one), Some(other)) => {
                let authority = normal(one)?;
                if normal(&other)? == authority { Ok(authority) } else { Err(Error::Malformed) }
            }
        }
    }
}

/// An authority as it is configured, `api.example.com` or `api.example.com:8443`.
pub(super) fn parse(text: &str, scheme: Scheme) -> Option<String> {
    normal(&Authority::try_from(text).ok()?, scheme)
}

impl Origin {
    /// The scheme by which configured authorities are read.
    pub(super) fn scheme(&self) -> Scheme {
        self.0.as_ref().map_or(Scheme::Https, |(scheme, _)| *scheme)
    }
}

/// RFC 9110 section 4.2.3. `None` for an authority with a user, without a host, or with a port that is none.
fn normal(authority: &Authority, scheme: Scheme) -> Option<String> {
    let text = authority.as_str();
    let host = authority.host();
    let port = text.strip_prefix(host)?;
    if host.is_empty() || text.contains('@') {
        return None;
    }
    let mut normal = host.to_ascii_lowercase();
    match port.strip_prefix(':') {
        None if port.is_empty() => {}
        Some("") => {}
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            let port: u16 = digits.parse().ok()?;
            if port != scheme.default_port() {
                normal.push(':');
                normal.push_str(&port.to_string());
            }
        }
        _ => return None,
    }
    Some(normal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn authority(uri: &str, hosts: &[&str]) -> Result<String, Error> {
        let mut request = Request::get(uri);
        for host in hosts {
            request = request.header("host", *host);
        }
        Origin::default().authority_of(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn an_authority_is_in_lower_case_and_without_its_default_port() {
        for (uri, host, expected) in [
            ("/", "API.Example.com", "api.example.com"),
            ("/", "api.example.com:443", "api.example.com"),
            ("/", "api.example.com:0443", "api.example.com"),
            ("/", "api.example.com:", "api.example.com"),
            ("/", "api.example.com:80", "api.example.com:80"),
            ("/", "[2001:DB8::1]:8443", "[2001:db8::1]:8443"),
            ("http://a.example:80/", "A.EXAMPLE", "a.example"),
            ("https://a.example/", "a.example:443", "a.example"),
        ] {
            assert_eq!(authority(uri, &[host]).unwrap(), expected, "{uri} {host}");
        }
        assert_eq!(authority("https://A.example:443/x", &[]).unwrap(), "a.example");
        assert_eq!(authority("http://a.example:443/x", &[]).unwrap(), "a.example:443");
    }

    #[test]
    fn a_request_with_two_authorities_or_none_is_refused() {
        assert_eq!(authority("/", &[]), Err(Error::Header));
        assert_eq!(authority("/", &["a.example", "a.example"]), Err(Error::Header));
        assert_eq!(authority("https://a.example/", &["b.example"]), Err(Error::Malformed));
        assert_eq!(authority("https://a.example/", &["a.example:8443"]), Err(Error::Malformed));
        for host in
            ["", "u@a.example", "a b", "a.example:x", "a.example:+80", "a.example:65536", ":80", "a/b"]
        {
            assert_eq!(authority("/", &[host]), Err(Error::Malformed), "{host}");
        }
        assert_eq!(authority("https://u:p@a.example/", &[]), Err(Error::Malformed));
    }

    #[test]
    fn what_is_configured_is_what_counts() {
        let origin = Origin::parse("https://API.example.com:443/").unwrap();
        let request = Request::get("http://10.0.0.1/").header("host", "internal").body(()).unwrap();
        assert_eq!(origin.authority_of(&request.into_parts().0).unwrap(), "api.example.com");
        for url in [
            "api.example.com",
            "ftp://a.example",
            "https://a.example/x",
            "https://a.example/?",
            "https://u@a",
            "",
        ] {
            assert!(Origin::parse(url).is_err(), "{url}");
        }
    }
}
