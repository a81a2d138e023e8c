// SPDX-License-Identifier: MIT OR Apache-2.0
//! A client over reqwest: requests are sealed and signed on their way out, answers verified and opened on their way back.
//!
//! ```no_run
//! use chancery::{client::Client, http_signature::{Policy, SignKey, Signer, VerifyKey, Verifier}};
//!
//! # async fn order(ours: SignKey, theirs: VerifyKey) -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::new(reqwest::Client::builder())?
//!     .signing(Signer::new(ours))
//!     .verifying(Verifier::new(theirs, Policy::response())?);
//!
//! let request = http::Request::post("https://billing.example/orders").body(r#"{"item":"lamp"}"#)?;
//! let answer = client.send(request).await?;
//! println!("{}: {} bytes", answer.status(), answer.body().len());
//! # Ok(())
//! # }
//! ```
//!
//! Sealed both ways, with the same call:
//!
//! ```no_run
//! use chancery::{Context, client::Client, envelope::Sealer, hpke::Recipient, signing::SigningKey};
//!
//! # fn sealing(billing: Recipient, ours: SigningKey) -> Result<Client, Box<dyn std::error::Error>> {
//! let context = Context::of("quote").field("POST /quotes");
//! let sealer = Sealer::to(billing, &context)?.signed_by(ours);
//! let client = Client::new(reqwest::Client::builder())?.sealing(sealer);
//! # Ok(client)
//! # }
//! ```
//!
//! The service at the other end has the layers of `middleware`, or anything else that reads and writes the same
//! bytes. TLS, timeouts and proxies are those of the builder; reqwest waits for ever unless told otherwise.
//!
//! # Security
//! * Redirects are not followed: what was made for one service is not sent to another.
//! * Of a verified answer the status and the body are authentic, and no other header than the signature covers: ask
//!   [`Signed::covers`](crate::http_signature::Signed::covers), in the extensions of the answer. Of a sealed answer the body is. Both belong to the request that was sent, if that was signed or sealed; otherwise an
//!   older answer to the same request can be sent again.
//! * A request is made anew each time that it is sent. One that was sent and not answered may have been handled.
//!
//! # Errors
//! [`Error`].

use crate::{
    UnixTime,
    envelope::{MEDIA_TYPE, Sealer},
    http_signature::{Signer, Verifier},
};
use alloc::{sync::Arc, vec::Vec};
use core::{fmt, mem};
use http::{
    HeaderName, HeaderValue, Request, Response, StatusCode, Uri,
    header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING},
    request, response,
};

/// The longest answer unless said otherwise, in bytes: as the layers take of a request.
const MAX_ANSWER: usize = 2 * 1024 * 1024;

/// What a sealed body must not be described by: hashes of what is in it, and an encoding that it does not have.
const OF_THE_PLAINTEXT: [&str; 5] =
    ["content-digest", "content-encoding", "content-md5", "digest", "repr-digest"];

/// A client that seals, signs and verifies as it was told. A clone shares the connections.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    sealer: Option<Arc<Sealer>>,
    signer: Option<Arc<Signer>>,
    verifier: Option<Arc<Verifier>>,
    max_answer: usize,
    clock: Arc<dyn Fn() -> UnixTime + Send + Sync>,
}

impl Client {
    /// A client that is built as `builder` says, but follows no redirects, and takes answers as they arrive: a body is
    /// signed as it is sent, and decompressed it would be another one.
    ///
    /// # Errors
    /// As [`reqwest::ClientBuilder::build`].
    pub fn new(builder: reqwest::ClientBuilder) -> Result<Self, reqwest::Error> {
        let builder = builder.redirect(reqwest::redirect::Policy::none());
        let http = builder.no_gzip().no_brotli().no_zstd().no_deflate().build()?;
        Ok(Self {
            http,
            sealer: None,
            signer: None,
            verifier: None,
            max_answer: MAX_ANSWER,
            clock: Arc::new(UnixTime::now),
        })
    }

    /// Bodies are sealed as requests of this sealer, and answers must be sealed in return.
    #[must_use]
    pub fn sealing(mut self, sealer: impl Into<Arc<Sealer>>) -> Self {
        self.sealer = Some(sealer.into());
        self
    }

    /// Requests are signed, the bodies as they are sent.
    #[must_use]
    pub fn signing(mut self, signer: impl Into<Arc<Signer>>) -> Self {
        self.signer = Some(signer.into());
        self
    }

    /// Answers must be signed, as the policy of this verifier says. What was signed, and with which key, is in the
    /// extensions of an answer: [`Signed<()>`](crate::http_signature::Signed).
    #[must_use]
    pub fn verifying(mut self, verifier: impl Into<Arc<Verifier>>) -> Self {
        self.verifier = Some(verifier.into());
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
        let (body, now) = (body.as_ref(), (self.clock)());
        let sealed = self.sealer.as_ref().map(|sealer| sealer.request(body, now)).transpose()?;
        let (body, reply) = match sealed {
            Some((sealed, reply)) => {
                for name in OF_THE_PLAINTEXT {
                    head.headers.remove(name);
                }
                head.headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
                (sealed, Some(reply))
            }
            None => (body.to_vec(), None),
        };
        // As long as what is sent, and not as what the caller had: hyper believes these, and cuts off or waits.
        head.headers.remove(TRANSFER_ENCODING);
        if head.headers.contains_key(CONTENT_LENGTH) {
            head.headers.insert(CONTENT_LENGTH, body.len().into());
        }
        // As reqwest will send it: it writes some URLs in another way.
        let mut request = reqwest::Request::try_from(Request::from_parts(head.clone(), Vec::new()))?;
        head.uri = Uri::try_from(request.url().as_str()).map_err(|_| crate::Error::Malformed)?;
        if let Some(signer) = &self.signer {
            signer.sign(&mut head, &body, now)?;
        }
        request.headers_mut().clone_from(&head.headers);
        *request.body_mut() = Some(body.into());
        let (parts, answer) = self.receive(self.http.execute(request).await?, &head).await?;
        let Some(mut reply) = reply else { return Ok(Response::from_parts(parts, answer)) };
        if parts.headers.get(CONTENT_TYPE).is_none_or(|media_type| media_type != MEDIA_TYPE) {
            return Err(Error::Unprotected(parts.status));
        }
        Ok(Response::from_parts(parts, reply.open(&answer)?))
    }

    /// The whole answer, within the bound. Its signature is verified before its body is read.
    async fn receive(
        &self,
        mut response: reqwest::Response,
        request: &request::Parts,
    ) -> Result<(response::Parts, Vec<u8>), Error> {
        let (mut parts, mut answer) = Response::new(Vec::new()).into_parts();
        parts.status = response.status();
        parts.version = response.version();
        parts.headers = mem::take(response.headers_mut());
        let mut head = None;
        if let Some(verifier) = &self.verifier {
            if !parts.headers.contains_key(HeaderName::from_static("signature")) {
                return Err(Error::Unprotected(parts.status));
            }
            head = Some(verifier.verify_response_head(&parts, request, (self.clock)())?);
        }
        while let Some(chunk) = response.chunk().await? {
            if chunk.len() > self.max_answer.saturating_sub(answer.len()) {
                return Err(crate::Error::TooLarge.into());
            }
            answer.extend_from_slice(&chunk);
        }
        if let Some(head) = head {
            let mut body = head.body();
            body.update(&answer);
            // It is bound to this request, which was sent once.
            parts.extensions.insert(body.finish()?.allow_replays().into_inner());
        }
        Ok((parts, answer))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("sealer", &self.sealer)
            .field("signer", &self.signer)
            .field("verifier", &self.verifier)
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
    /// The answer is not sealed, or not signed, where it must be. Anybody on the way can have sent it: a proxy, or the
    /// service, which did not accept the request.
    Unprotected(StatusCode),
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
            Self::Unprotected(status) => {
                write!(f, "the answer, {status}, is not sealed or signed as it must be")
            }
        }
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Refused(error) => Some(error),
            Self::Http(error) => Some(error),
            Self::Unprotected(_) => None,
        }
    }
}
