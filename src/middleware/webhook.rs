// SPDX-License-Identifier: MIT OR Apache-2.0
//! The layer for webhooks: verify, claim, call, settle.

use crate::{
    AsyncReplay, Error, UnixTime, Verified,
    middleware::{
        answer::refusal,
        body,
        claim::{Claim, Guard},
        live::Live,
        service::{Around, Guarded},
    },
    webhook::{Delivery, Verifier},
};
use alloc::sync::Arc;
use bytes::Bytes;
use core::{fmt, ops::Deref, time::Duration};
use http::{Request, Response, StatusCode};
use http_body::Body;
use tower_layer::Layer;
use tower_service::Service;

/// In the log.
const NAME: &str = "WebhookLayer";

/// A delivery that was verified and claimed: in the extensions of every request behind a [`WebhookLayer`].
///
/// ```compile_fail,E0423
/// # use chancery::{middleware::Webhook, webhook::Delivery};
/// fn forge(delivery: std::sync::Arc<chancery::Verified<Delivery<bytes::Bytes>>>) -> Webhook {
///     Webhook(delivery) // the field is private
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Webhook(Arc<Verified<Delivery<Bytes>>>);

impl Deref for Webhook {
    type Target = Delivery<Bytes>;

    fn deref(&self) -> &Delivery<Bytes> {
        &self.0
    }
}

impl From<Verified<Delivery<Bytes>>> for Webhook {
    /// For those who verify without the layer, in the tests of a handler for example.
    fn from(delivery: Verified<Delivery<Bytes>>) -> Self {
        Self(Arc::new(delivery))
    }
}

/// Lets only verified deliveries through, each of them once unless replays are allowed.
#[derive(Clone)]
pub struct WebhookLayer {
    verifier: Live<Verifier>,
    guard: Guard,
}

impl WebhookLayer {
    /// A layer that claims in `store`.
    #[must_use]
    pub fn new(verifier: impl Into<Arc<Verifier>>, store: Arc<dyn AsyncReplay>) -> Self {
        Self { verifier: Live::new(verifier.into()), guard: Guard::new(Some(store)) }
    }

    /// A layer that claims nothing: every copy is handled. For providers whose deliveries can be the same bytes, such as
    /// Dropbox and Shopify's app proxy (see [`provider`](crate::webhook::provider)), and handlers that can run twice.
    #[must_use]
    pub fn allow_replays(verifier: impl Into<Arc<Verifier>>) -> Self {
        Self { verifier: Live::new(verifier.into()), guard: Guard::new(None) }
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
    /// how secrets are rotated while the service runs.
    pub fn replace(&self, verifier: impl Into<Arc<Verifier>>) {
        self.verifier.replace(verifier.into());
    }

    /// The request with its proof, and the claim that goes with it.
    async fn admit<B: Body + From<Bytes>>(
        &self,
        verifier: &Verifier,
        request: Request<B>,
    ) -> Result<(Request<B>, Claim), Error> {
        let (mut parts, body) = request.into_parts();
        let body = body::collect(&parts.headers, body, verifier.body_limit()).await?;
        let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
        // Once all is there: a body that trickles in does not stay young.
        let now = self.guard.now();
        let method = parts.method.as_str();
        let delivery = verifier.verify_at(method, target, &parts.headers, body.clone(), now)?;
        let (delivery, claim) = self.guard.claim(delivery, now).await?;
        parts.extensions.insert(Webhook::from(delivery));
        Ok((Request::from_parts(parts, B::from(body)), claim))
    }
}

impl fmt::Debug for WebhookLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookLayer")
            .field("verifier", &self.verifier.current())
            .field("guard", &self.guard)
            .finish_non_exhaustive()
    }
}

impl<S> Layer<S> for WebhookLayer {
    type Service = Guarded<S, Self>;

    fn layer(&self, inner: S) -> Guarded<S, Self> {
        Guarded::new(inner, self.clone())
    }
}

impl<S, B, R> Around<S, B> for WebhookLayer
where
    S: Service<Request<B>, Response = Response<R>> + Send,
    S::Future: Send,
    B: Body + From<Bytes> + Send,
    B::Data: Send,
    R: Default + Send,
{
    async fn around(self, mut inner: S, request: Request<B>) -> Result<Response<R>, S::Error> {
        let verifier = self.verifier.current();
        // A nonce is of one request, an identifier is of all attempts to deliver.
        let once = verifier.scheme().has_nonce();
        let (request, claim) = match self.admit(&verifier, request).await {
            Ok(admitted) => admitted,
            Err(Error::Replayed) if !once => return Ok(done()),
            Err(error) => return Ok(refusal(NAME, error)),
        };
        let response = inner.call(request).await?;
        let status = response.status();
        claim.end(if once { !status.is_server_error() } else { status.is_success() }).await;
        Ok(response)
    }
}

/// The sender of what was handled before did its part; it must not try again.
fn done<R: Default>() -> Response<R> {
    let mut response = refusal(NAME, Error::Replayed);
    *response.status_mut() = StatusCode::OK;
    response
}
