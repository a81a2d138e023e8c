// SPDX-License-Identifier: MIT OR Apache-2.0
//! A client over reqwest: bodies are sealed on the way out, answers opened on the way back.
//!
//! ```no_run
//! use chancery::{Context, client::Client, envelope::Sealer, hpke::Recipient, signing::SigningKey};
//!
//! # async fn quote(billing: Recipient, ours: SigningKey) -> Result<(), Box<dyn std::error::Error>> {
//! let context = Context::of("quote").field("POST /quotes");
//! let sealer = Sealer::to(billing, &context)?.signed_by(ours);
//! let client = Client::new(reqwest::Client::builder())?.sealing(sealer);
//!
//! let request = http::Request::post("https://billing.example/quotes").body(r#"{"item":"lamp"}"#)?;
//! let answer = client.send(request).await?;
//! println!("{}: {} bytes", answer.status(), answer.body().len());
//! # Ok(())
//! # }
//! ```
//!
//! The service at the other end is a [`SealedLayer`](crate::middleware::SealedLayer), or anything else that opens and
//! seals the same bytes.
//!
//! # Security
//! * Redirects are not followed: what was made for one service is not sent to another.
//! * The status and the headers of a sealed answer are not authentic, its body is.
//! * A request is made anew each time that it is sent. One that was sent and not answered may have been handled.
//!
//! # Errors
//! [`Error`].

use crate::{
    UnixTime,
    envelope::{MEDIA_TYPE, Sealer},
};
use alloc::{sync::Arc, vec::Vec};
use core::fmt;
use http::{HeaderValue, Request, Response, StatusCode, header::CONTENT_TYPE};

/// The longest answer unless said otherwise: as the layer for sealed bodies takes of a request.
const MAX_ANSWER: usize = 2 * 1024 * 1024;

/// A client that seals. A clone shares the connections.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    sealer: Option<Arc<Sealer>>,
    max_answer: usize,
    clock: Arc<dyn Fn() -> UnixTime + Send + Sync>,
}

impl Client {
    /// A client that is built as `builder` says, but follows no redirects.
    ///
    /// # Errors
    /// As [`reqwest::ClientBuilder::build`].
    pub fn new(builder: reqwest::ClientBuilder) -> Result<Self, reqwest::Error> {
        let http = builder.redirect(reqwest::redirect::Policy::none()).build()?;
        Ok(Self { http, sealer: None, max_answer: MAX_ANSWER, clock: Arc::new(UnixTime::now) })
    }

    /// Bodies are sealed as requests of this sealer, and answers must be sealed in return.
    #[must_use]
    pub fn sealing(mut self, sealer: impl Into<Arc<Sealer>>) -> Self {
        self.sealer = Some(sealer.into());
        self
    }

    /// The longest answer, in bytes: 2 MiB unless said.
    #[must_use]
    pub const fn max_answer(mut self, bytes: usize) -> Self {
        self.max_answer = bytes;
        self
    }

    /// Another clock than the system's, for tests.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> UnixTime + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Sends a request to an absolute URL, and waits for the whole answer.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn send<B: AsRef<[u8]>>(&self, request: Request<B>) -> Result<Response<Vec<u8>>, Error> {
        let (mut head, body) = request.into_parts();
        let now = (self.clock)();
        let sealed = self.sealer.as_ref().map(|sealer| sealer.request(body.as_ref(), now)).transpose()?;
        let (body, reply) = match sealed {
            Some((sealed, reply)) => {
                head.headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
                (sealed, Some(reply))
            }
            None => (body.as_ref().to_vec(), None),
        };
        let request = Request::from_parts(head, body);
        let response = self.http.execute(request.try_into()?).await?;
        let (head, received) = self.receive(response).await?.into_parts();
        let Some(mut reply) = reply else { return Ok(Response::from_parts(head, received)) };
        if head.headers.get(CONTENT_TYPE).is_none_or(|media_type| media_type != MEDIA_TYPE) {
            return Err(Error::Unsealed(head.status));
        }
        Ok(Response::from_parts(head, reply.open(&received)?))
    }

    /// The whole answer, within the bound.
    async fn receive(&self, mut response: reqwest::Response) -> Result<Response<Vec<u8>>, Error> {
        let mut received = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if chunk.len() > self.max_answer.saturating_sub(received.len()) {
                return Err(crate::Error::TooLarge.into());
            }
            received.extend_from_slice(&chunk);
        }
        let mut whole = Response::new(received);
        *whole.status_mut() = response.status();
        *whole.headers_mut() = core::mem::take(response.headers_mut());
        Ok(whole)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("sealer", &self.sealer)
            .field("max_answer", &self.max_answer)
            .finish_non_exhaustive()
    }
}

/// Why there is no answer.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The request could not be made, or the answer is not what it should be.
    Refused(crate::Error),
    /// The connection failed, or the HTTP on it.
    Http(reqwest::Error),
    /// The answer is not sealed. Anybody on the way can have sent it: a proxy, or the service, which did not open the
    /// request.
    Unsealed(StatusCode),
}

impl From<crate::Error> for Error {
    fn from(error: crate::Error) -> Self {
        Self::Refused(error)
    }
}

impl From<reqwest::Error> for Error {
    fn from(error: reqwest::Error) -> Self {
        Self::Http(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(_) => f.write_str("the request could not be made, or its answer is not acceptable"),
            Self::Http(_) => f.write_str("the request was not answered"),
            Self::Unsealed(status) => write!(f, "the answer is not sealed, its status is {status}"),
        }
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Refused(error) => Some(error),
            Self::Http(error) => Some(error),
            Self::Unsealed(_) => None,
        }
    }
}
