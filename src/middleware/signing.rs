// SPDX-License-Identifier: MIT OR Apache-2.0
//! The layer for clients: requests are signed on their way out.

use crate::{
    UnixTime,
    http_signature::Signer,
    middleware::{body, live::Live},
};
use alloc::{boxed::Box, sync::Arc};
use bytes::Bytes;
use core::{
    error::Error,
    fmt,
    future::Future,
    mem,
    pin::Pin,
    task::{Context, Poll},
};
use http::{HeaderMap, Request};
use http_body::Body;
use tower_layer::Layer;
use tower_service::Service;

type BoxError = Box<dyn Error + Send + Sync>;

/// Signs the requests of a client, whose URIs are absolute or have a `Host`. The whole of a body is kept in memory for
/// that.
///
/// It belongs inside of what tries again: each attempt is signed for itself.
#[derive(Clone)]
pub struct SigningLayer {
    signer: Live<Signer>,
    clock: Arc<dyn Fn() -> UnixTime + Send + Sync>,
}

impl SigningLayer {
    /// A layer that signs with this.
    #[must_use]
    pub fn new(signer: impl Into<Arc<Signer>>) -> Self {
        Self { signer: Live::new(signer.into()), clock: Arc::new(UnixTime::now) }
    }

    /// Another clock than the system's, for tests.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> UnixTime + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Another signer from the next request on, in all clones of this layer and the services that they made.
    pub fn replace(&self, signer: impl Into<Arc<Signer>>) {
        self.signer.replace(signer.into());
    }

    async fn sign<B: Body + From<Bytes>>(&self, request: Request<B>) -> Result<Request<B>, crate::Error> {
        let (mut parts, body) = request.into_parts();
        // It is the client's own.
        let body = body::collect(&HeaderMap::new(), body, usize::MAX).await?;
        self.signer.current().sign(&mut parts, &body, (self.clock)())?;
        Ok(Request::from_parts(parts, B::from(body)))
    }
}

impl fmt::Debug for SigningLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningLayer").field("signer", &self.signer.current()).finish_non_exhaustive()
    }
}

impl<S> Layer<S> for SigningLayer {
    type Service = SigningService<S>;

    fn layer(&self, inner: S) -> SigningService<S> {
        SigningService { inner, layer: self.clone() }
    }
}

/// Made by [`SigningLayer`].
#[derive(Clone, Debug)]
pub struct SigningService<S> {
    inner: S,
    layer: SigningLayer,
}

impl<S, B> Service<Request<B>> for SigningService<S>
where
    S: Service<Request<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<BoxError>,
    B: Body + From<Bytes> + Send + 'static,
    B::Data: Send,
{
    type Response = S::Response;
    /// That of the client, or an [`Error`](crate::Error) of signing.
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The one that was made ready goes with the request.
        let clone = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, clone);
        let layer = self.layer.clone();
        Box::pin(async move { inner.call(layer.sign(request).await?).await.map_err(Into::into) })
    }
}
