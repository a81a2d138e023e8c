// SPDX-License-Identifier: MIT OR Apache-2.0
//! The layer for signed requests: verify the head, then the body, claim, call, sign the answer.

use crate::{
    AsyncReplay, Error, UnixTime, Verified,
    http_signature::{self, Signer, Verifier},
    middleware::{
        answer::refusal,
        body::{self, MAX_BODY},
        claim::{Claim, Guard},
        live::Live,
        service::{Around, Guarded},
    },
};
use alloc::sync::Arc;
use bytes::Bytes;
use core::{fmt, ops::Deref, time::Duration};
use http::{HeaderMap, Method, Request, Response, StatusCode, request};
use http_body::Body;
use tower_layer::Layer;
use tower_service::Service;

/// In the log.
const NAME: &str = "SignedLayer";

/// A request that was verified and claimed: in the extensions of every request behind a [`SignedLayer`].
///
/// ```compile_fail,E0423
/// # use chancery::{Verified, http_signature, middleware::Signed};
/// fn forge(signed: std::sync::Arc<Verified<http_signature::Signed<bytes::Bytes>>>) -> Signed {
///     Signed(signed) // the field is private
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Signed(Arc<Verified<http_signature::Signed<Bytes>>>);

impl Deref for Signed {
    type Target = http_signature::Signed<Bytes>;

    fn deref(&self) -> &http_signature::Signed<Bytes> {
        &self.0
    }
}

impl From<Verified<http_signature::Signed<Bytes>>> for Signed {
    /// For those who verify without the layer, in the tests of a handler for example.
    fn from(signed: Verified<http_signature::Signed<Bytes>>) -> Self {
        Self(Arc::new(signed))
    }
}

/// Lets only signed requests through, each of them once unless replays are allowed.
///
/// The signature is verified before a byte of the body is read: who cannot sign cannot have one buffered.
#[derive(Clone)]
pub struct SignedLayer {
    verifier: Live<Verifier>,
    signer: Option<Live<Signer>>,
    guard: Guard,
    max_body: usize,
}

impl SignedLayer {
    /// A layer that claims in `store`.
    #[must_use]
    pub fn new(verifier: impl Into<Arc<Verifier>>, store: Arc<dyn AsyncReplay>) -> Self {
        Self::with(verifier.into(), Some(store))
    }

    /// A layer that claims nothing: every copy is handled, for as long as the policy takes it. For peers who send one
    /// signature many times, as web bots do, and handlers that can run twice.
    #[must_use]
    pub fn allow_replays(verifier: impl Into<Arc<Verifier>>) -> Self {
        Self::with(verifier.into(), None)
    }

    fn with(verifier: Arc<Verifier>, store: Option<Arc<dyn AsyncReplay>>) -> Self {
        Self { verifier: Live::new(verifier), signer: None, guard: Guard::new(store), max_body: MAX_BODY }
    }

    /// Answers are signed, and bound to their requests. The whole of an answer is kept in memory for that. Refusals are
    /// not signed.
    #[must_use]
    pub fn signing_answers(mut self, signer: impl Into<Arc<Signer>>) -> Self {
        self.signer = Some(Live::new(signer.into()));
        self
    }

    /// The longest request body, in bytes: 2 MiB unless said.
    #[must_use]
    pub const fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// How long a handler may take: a minute unless said. For so long copies are refused after a crash.
    #[must_use]
    pub const fn lease(mut self, duration: Duration) -> Self {
        self.guard.lease = duration;
        self
    }

    /// Another clock than the system's, for tests.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> UnixTime + Send + Sync + 'static) -> Self {
        self.guard.clock = Arc::new(clock);
        self
    }

    /// Another verifier from the next request on, in all clones of this layer and the services that they made:
    /// how keys are rotated while the service runs.
    pub fn replace(&self, verifier: impl Into<Arc<Verifier>>) {
        self.verifier.replace(verifier.into());
    }

    /// Another signer from the next answer on, if answers are signed.
    pub fn replace_signer(&self, signer: impl Into<Arc<Signer>>) {
        if let Some(live) = &self.signer {
            live.replace(signer.into());
        }
    }

    /// The request with its proof, and the claim that goes with it.
    async fn admit<B: Body + From<Bytes>>(&self, request: Request<B>) -> Result<(Request<B>, Claim), Error> {
        let (mut parts, body) = request.into_parts();
        let head = self.verifier.current().verify_head(&parts, self.guard.now())?;
        let body = body::collect(&parts.headers, body, self.max_body).await?;
        let signed = head.check(body.clone())?;
        // Now that all is there: a body that trickles in does not stay young.
        let (signed, claim) = self.guard.claim(signed, self.guard.now()).await?;
        parts.extensions.insert(Signed::from(signed));
        Ok((Request::from_parts(parts, B::from(body)), claim))
    }
}

impl fmt::Debug for SignedLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedLayer")
            .field("verifier", &self.verifier.current())
            .field("signs_answers", &self.signer.is_some())
            .field("guard", &self.guard)
            .field("max_body", &self.max_body)
            .finish()
    }
}

impl<S> Layer<S> for SignedLayer {
    type Service = Guarded<S, Self>;

    fn layer(&self, inner: S) -> Guarded<S, Self> {
        Guarded::new(inner, self.clone())
    }
}

impl<S, B, R> Around<S, B> for SignedLayer
where
    S: Service<Request<B>, Response = Response<R>> + Send,
    S::Future: Send,
    S::Error: Send,
    B: Body + From<Bytes> + Send,
    B::Data: Send,
    R: Body + Default + From<Bytes> + Send,
    R::Data: Send,
{
    async fn around(self, mut inner: S, request: Request<B>) -> Result<Response<R>, S::Error> {
        let (request, claim) = match self.admit(request).await {
            Ok(admitted) => admitted,
            Err(error) => return Ok(refusal(NAME, error)),
        };
        // As it arrived, before a handler takes it apart.
        let (parts, body) = request.into_parts();
        let asked = self.signer.as_ref().map(|signer| (signer, parts.clone()));
        let response = inner.call(Request::from_parts(parts, body)).await?;
        // What was done is done, even if the answer is lost: its body may still be on its way.
        claim.end(!response.status().is_server_error()).await;
        let Some((signer, asked)) = asked else { return Ok(response) };
        let signed = sign(response, &asked, &signer.current(), self.guard.now()).await;
        Ok(signed.unwrap_or_else(|error| refusal(NAME, error)))
    }
}

/// The answer with its signature.
async fn sign<R: Body + From<Bytes>>(
    response: Response<R>,
    asked: &request::Parts,
    signer: &Signer,
    now: UnixTime,
) -> Result<Response<R>, Error> {
    let (mut parts, body) = response.into_parts();
    // It is the handler's own, and as long as the handler makes it.
    let body = body::collect(&HeaderMap::new(), body, usize::MAX).await.map_err(|_| Error::Unavailable)?;
    // RFC 9110 section 6.4.1: these have the headers of a body at most, and it is not sent.
    let without = asked.method == Method::HEAD
        || matches!(parts.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    let sent: &[u8] = if without { &[] } else { &body };
    signer.sign_response(&mut parts, asked, sent, now).map_err(|_| Error::Unavailable)?;
    Ok(Response::from_parts(parts, R::from(body)))
}
