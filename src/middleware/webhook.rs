// SPDX-License-Identifier: MIT OR Apache-2.0
//! The layer for webhooks: verify, claim, call, settle.

use crate::{
    Error, Lease, Replay, UnixTime, Verified,
    middleware::body,
    webhook::{Delivery, Verifier},
};
use alloc::{boxed::Box, sync::Arc};
use bytes::Bytes;
use core::{
    fmt,
    future::Future,
    mem,
    ops::Deref,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use http::{Request, Response, StatusCode};
use http_body::Body;
use tower_layer::Layer;
use tower_service::Service;

/// Longer than a handler takes whose sender still waits: those give up after 10 to 30 seconds.
const LEASE: Duration = Duration::from_secs(60);

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
    verifier: Arc<Verifier>,
    store: Option<Arc<dyn Replay + Send + Sync>>,
    lease: Duration,
    clock: Arc<dyn Fn() -> UnixTime + Send + Sync>,
}

impl WebhookLayer {
    /// A layer that claims in `store`, whose calls must not block: in memory, that is.
    #[must_use]
    pub fn new(verifier: impl Into<Arc<Verifier>>, store: Arc<dyn Replay + Send + Sync>) -> Self {
        Self { store: Some(store), ..Self::allow_replays(verifier) }
    }

    /// A layer that claims nothing: every copy is handled. For providers whose deliveries can be the same bytes, such as
    /// Dropbox and Shopify's app proxy (see [`provider`](crate::webhook::provider)), and handlers that can run twice.
    #[must_use]
    pub fn allow_replays(verifier: impl Into<Arc<Verifier>>) -> Self {
        Self { verifier: verifier.into(), store: None, lease: LEASE, clock: Arc::new(UnixTime::now) }
    }

    /// How long a handler may take: a minute unless said. For so long copies are refused after a crash.
    #[must_use]
    pub const fn lease(mut self, duration: Duration) -> Self {
        self.lease = duration;
        self
    }

    /// Another clock than the system's, for tests.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> UnixTime + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The request with its proof, and the claim that goes with it.
    async fn admit<B: Body + From<Bytes>>(
        &self,
        request: Request<B>,
    ) -> Result<(Request<B>, Option<Claim>), Error> {
        let (mut parts, body) = request.into_parts();
        let body = body::collect(&parts.headers, body, self.verifier.body_limit()).await?;
        let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
        // Once all is there: a body that trickles in does not stay young.
        let now = (self.clock)();
        let method = parts.method.as_str();
        let delivery = self.verifier.verify_at(method, target, &parts.headers, body.clone(), now)?;
        let (delivery, claim) = match &self.store {
            Some(store) => {
                let (delivery, lease) = delivery.lease(&**store, self.lease, now)?;
                (delivery, Some(Claim { store: Arc::clone(store), lease: Some(lease) }))
            }
            None => (delivery.allow_replays(), None),
        };
        parts.extensions.insert(Webhook::from(delivery));
        Ok((Request::from_parts(parts, B::from(body)), claim))
    }
}

impl fmt::Debug for WebhookLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookLayer")
            .field("verifier", &self.verifier)
            .field("lease", &self.lease)
            .finish_non_exhaustive()
    }
}

impl<S> Layer<S> for WebhookLayer {
    type Service = WebhookService<S>;

    fn layer(&self, inner: S) -> WebhookService<S> {
        WebhookService { inner, layer: self.clone() }
    }
}

/// Made by [`WebhookLayer`].
#[derive(Clone, Debug)]
pub struct WebhookService<S> {
    inner: S,
    layer: WebhookLayer,
}

impl<S, B, R> Service<Request<B>> for WebhookService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Body + From<Bytes> + Send + 'static,
    B::Data: Send,
    R: Default,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The one that was made ready goes with the request.
        let clone = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, clone);
        let layer = self.layer.clone();
        Box::pin(async move {
            let (request, claim) = match layer.admit(request).await {
                Ok(admitted) => admitted,
                Err(error) => return Ok(refusal(error)),
            };
            let response = inner.call(request).await?;
            if let Some(claim) = claim.filter(|_| response.status().is_success()) {
                claim.settle((layer.clock)());
            }
            Ok(response)
        })
    }
}

/// An answer with an empty body.
fn refusal<R: Default>(error: Error) -> Response<R> {
    let mut response = Response::new(R::default());
    *response.status_mut() = match error {
        // The sender did its part; it must not try again.
        Error::Replayed => StatusCode::OK,
        error => StatusCode::from_u16(error.status()).unwrap_or(StatusCode::UNAUTHORIZED),
    };
    response.extensions_mut().insert(error);
    response
}

/// Released when it is dropped, on whatever way, unless it is settled.
struct Claim {
    store: Arc<dyn Replay + Send + Sync>,
    lease: Option<Lease>,
}

impl Claim {
    fn settle(mut self, now: UnixTime) {
        if let Some(lease) = self.lease.take() {
            // The work is done. An answer that says otherwise would have it done again.
            let _ = lease.settle(&*self.store, now);
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some(lease) = self.lease.take() {
            // It lapses in any case.
            let _ = lease.release(&*self.store);
        }
    }
}
