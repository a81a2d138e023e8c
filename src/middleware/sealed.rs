// SPDX-License-Identifier: MIT OR Apache-2.0
//! The layer for sealed bodies: open, claim, call, seal the answer.

use crate::{
    AsyncReplay, Error, UnixTime, Verified,
    envelope::{MEDIA_TYPE, Opener, Origin, Responder},
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
use http::{
    HeaderMap, HeaderValue, Request, Response, StatusCode,
    header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRAILER, TRANSFER_ENCODING},
};
use http_body::Body;
use tower_layer::Layer;
use tower_service::Service;

/// In the log.
const NAME: &str = "SealedLayer";

/// Who sent what the handler gets, when, and which message it is: in the extensions of every request behind a
/// [`SealedLayer`].
///
/// ```compile_fail,E0423
/// # use chancery::{Verified, envelope::Origin, middleware::Sealed};
/// fn forge(origin: std::sync::Arc<Verified<Origin>>) -> Sealed {
///     Sealed(origin) // the field is private
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Sealed(Arc<Verified<Origin>>);

impl Deref for Sealed {
    type Target = Origin;

    fn deref(&self) -> &Origin {
        &self.0
    }
}

impl From<Verified<Origin>> for Sealed {
    /// For those who open without the layer, in the tests of a handler for example.
    fn from(origin: Verified<Origin>) -> Self {
        Self(Arc::new(origin))
    }
}

/// Opens the bodies of requests, each once, and seals those of the answers.
///
/// The client is [`Sealer::request`](crate::envelope::Sealer::request) in any HTTP client, in any language.
#[derive(Clone)]
pub struct SealedLayer {
    opener: Live<Opener>,
    guard: Guard,
    max_age: Duration,
    max_body: usize,
    media_type: HeaderValue,
}

impl SealedLayer {
    /// A layer that claims in `store`, and takes no request older than `max_age`.
    #[must_use]
    pub fn new(opener: Opener, store: Arc<dyn AsyncReplay>, max_age: Duration) -> Self {
        Self {
            opener: Live::new(Arc::new(opener.max_age(max_age))),
            guard: Guard::new(Some(store)),
            max_age,
            max_body: MAX_BODY,
            media_type: HeaderValue::from_static("application/json"),
        }
    }

    /// The longest request body, in bytes: 2 MiB unless said.
    #[must_use]
    pub const fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// What the handler is told that the payload is: `application/json` unless said. What the request says is the
    /// type of the envelope.
    #[must_use]
    pub fn media_type(mut self, media_type: HeaderValue) -> Self {
        self.media_type = media_type;
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

    /// Another opener from the next request on, in all clones of this layer and the services that they made:
    /// how keys are rotated while the service runs.
    pub fn replace(&self, opener: Opener) {
        self.opener.replace(Arc::new(opener.max_age(self.max_age)));
    }

    /// The request as the handler sees it, and what goes with it.
    async fn admit<B: Body + From<Bytes>>(
        &self,
        request: Request<B>,
    ) -> Result<(Request<B>, Responder, Claim), Error> {
        let (mut parts, body) = request.into_parts();
        let sealed = body::collect(&parts.headers, body, self.max_body).await?;
        // Once all is there: a body that trickles in does not stay young.
        let now = self.guard.now();
        let request = self.opener.current().request(&sealed, now)?;
        let (request, claim) = self.guard.claim(request, now).await?;
        let (opened, responder) = request.into_parts();
        let (origin, payload) = opened.into_parts();
        describe(&mut parts.headers, &self.media_type, payload.len());
        parts.extensions.insert(Sealed::from(origin));
        Ok((Request::from_parts(parts, B::from(Bytes::from(payload))), responder, claim))
    }
}

impl fmt::Debug for SealedLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedLayer")
            .field("max_age", &self.max_age)
            .field("max_body", &self.max_body)
            .field("guard", &self.guard)
            .finish_non_exhaustive()
    }
}

impl<S> Layer<S> for SealedLayer {
    type Service = Guarded<S, Self>;

    fn layer(&self, inner: S) -> Guarded<S, Self> {
        Guarded::new(inner, self.clone())
    }
}

impl<S, B, R> Around<S, B> for SealedLayer
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
        let (request, responder, claim) = match self.admit(request).await {
            Ok(admitted) => admitted,
            Err(error) => return Ok(refusal(NAME, error)),
        };
        let response = inner.call(request).await?;
        // What was done is done, even if the answer is lost: its body may still be on its way.
        claim.end(!response.status().is_server_error()).await;
        Ok(seal(response, responder).await.unwrap_or_else(|error| refusal(NAME, error)))
    }
}

/// The answer with its body sealed, whatever its status: what a handler says of an error is for the client, too.
async fn seal<R: Body + From<Bytes>>(
    response: Response<R>,
    responder: Responder,
) -> Result<Response<R>, Error> {
    let (mut parts, body) = response.into_parts();
    // It is the handler's own, and as long as the handler makes it.
    let answer = body::collect(&HeaderMap::new(), body, usize::MAX).await.map_err(|_| Error::Unavailable)?;
    let sealed = responder.seal(&answer)?;
    // These have no body, in which the client would find that the answer is authentic.
    if matches!(parts.status, StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT) {
        parts.status = StatusCode::OK;
    }
    describe(&mut parts.headers, &HeaderValue::from_static(MEDIA_TYPE), sealed.len());
    Ok(Response::from_parts(parts, R::from(Bytes::from(sealed))))
}

/// What stands in the headers of the body that is there now.
fn describe(headers: &mut HeaderMap, media_type: &HeaderValue, length: usize) {
    for name in [CONTENT_ENCODING, TRANSFER_ENCODING, TRAILER] {
        headers.remove(name);
    }
    // Of another body, and a hash of an answer is enough to guess a short one.
    for name in ["content-digest", "content-md5", "digest", "repr-digest"] {
        headers.remove(name);
    }
    headers.insert(CONTENT_TYPE, media_type.clone());
    headers.insert(CONTENT_LENGTH, length.into());
}
