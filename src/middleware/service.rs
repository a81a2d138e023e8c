// SPDX-License-Identifier: MIT OR Apache-2.0
//! The service that every layer in front of a handler makes.

use alloc::boxed::Box;
use core::{
    future::Future,
    mem,
    pin::Pin,
    task::{Context, Poll},
};
use http::{Request, Response};
use tower_service::Service;

/// What a layer does around the call of the service behind it.
pub(super) trait Around<S: Service<Request<B>>, B>: Clone + Send + 'static {
    /// The answer of the service, or one in its place.
    fn around(
        self,
        inner: S,
        request: Request<B>,
    ) -> impl Future<Output = Result<S::Response, S::Error>> + Send;
}

/// A service behind a layer of this module, made by the layer.
#[derive(Clone, Debug)]
pub struct Guarded<S, L> {
    inner: S,
    layer: L,
}

impl<S, L> Guarded<S, L> {
    pub(super) const fn new(inner: S, layer: L) -> Self {
        Self { inner, layer }
    }
}

impl<S, L, B, R> Service<Request<B>> for Guarded<S, L>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    L: Around<S, B>,
    B: Send + 'static,
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
        let inner = mem::replace(&mut self.inner, clone);
        Box::pin(self.layer.clone().around(inner, request))
    }
}
