// SPDX-License-Identifier: MIT OR Apache-2.0
//! [`HttpFetch`]: a JWK set over reqwest, from one URL, within bounds.

use crate::{
    ConfigError,
    jwks::{Fetch, FetchError, FetchFuture},
};
use alloc::{boxed::Box, string::String, vec::Vec};
use core::{fmt, net::IpAddr};
use http::{
    HeaderMap, StatusCode,
    header::{ACCEPT, CONTENT_TYPE},
};
use reqwest::{Client, ClientBuilder, Url, redirect::Policy};

/// As much as is read of a set, in bytes: identity providers have 30 KiB.
const MAX_BODY: usize = 128 * 1024;

/// Reads a JWK set from one URL.
pub struct HttpFetch {
    http: Client,
    url: Url,
}

impl HttpFetch {
    /// The set at an absolute URL: `https`, or `http` with an address of the loopback, which then goes through no proxy.
    ///
    /// The client is built as `builder` says, TLS and proxies for example, but follows no redirects.
    ///
    /// # Errors
    /// [`FetchError::Url`], [`FetchError::Client`].
    pub fn new(url: &str, builder: ClientBuilder) -> Result<Self, FetchError> {
        let url = Url::parse(url).map_err(|_| FetchError::Url)?;
        // A name is no loopback: somebody resolves it.
        let address = url.host_str().map(|host| host.trim_matches(['[', ']']).parse::<IpAddr>());
        let loopback = matches!(address, Some(Ok(address)) if address.is_loopback());
        let plain = url.scheme() == "http" && loopback;
        let named = !url.username().is_empty() || url.password().is_some();
        if (url.scheme() != "https" && !plain) || named {
            return Err(FetchError::Url);
        }
        let builder = if plain { builder.no_proxy() } else { builder };
        let http = builder.redirect(Policy::none()).build().map_err(|_| FetchError::Client)?;
        Ok(Self { http, url })
    }

    async fn read(&self) -> Result<String, FetchError> {
        let request =
            self.http.get(self.url.clone()).header(ACCEPT, "application/json, application/jwk-set+json");
        let mut answer = request.send().await.map_err(|error| of(&error))?;
        if answer.status() != StatusCode::OK {
            return Err(FetchError::Status(answer.status().as_u16()));
        }
        if !is_json(answer.headers()) {
            return Err(FetchError::MediaType);
        }
        let mut text = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| of(&error))? {
            if chunk.len() > MAX_BODY.saturating_sub(text.len()) {
                return Err(FetchError::TooLarge);
            }
            text.extend_from_slice(&chunk);
        }
        String::from_utf8(text).map_err(|_| FetchError::Set(ConfigError::KeyText))
    }
}

impl Fetch for HttpFetch {
    fn fetch(&self) -> FetchFuture<'_> {
        Box::pin(self.read())
    }
}

fn of(error: &reqwest::Error) -> FetchError {
    if error.is_timeout() { FetchError::Timeout } else { FetchError::Unreachable }
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = value.split(';').next().unwrap_or_default().trim();
    ["application/json", "application/jwk-set+json"].iter().any(|json| media_type.eq_ignore_ascii_case(json))
}

impl fmt::Debug for HttpFetch {
    /// Without the path and the query, which may hold what is nobody's business.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpFetch").field("host", &self.url.host_str()).finish_non_exhaustive()
    }
}
