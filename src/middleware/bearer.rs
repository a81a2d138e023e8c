// SPDX-License-Identifier: MIT OR Apache-2.0
//! The layer for tokens: one bearer token from `Authorization`, verified with every request.

#[cfg(feature = "jwks")]
use crate::jwks::RemoteVerifier;
use crate::{
    Error, UnixTime, Verified,
    jwt::{Token, Verifier},
    middleware::{
        challenge::{Refused, conceal, credentials},
        live::Live,
        service::{Around, Guarded},
    },
};
use alloc::sync::Arc;
use core::{fmt, marker::PhantomData, ops::Deref};
use http::{Request, Response, header::AUTHORIZATION};
use serde::de::DeserializeOwned;
use tower_layer::Layer;
use tower_service::Service;

/// A token that was verified: in the extensions of every request behind a [`BearerLayer`] of the same claims.
///
/// ```compile_fail,E0423
/// # use chancery::{Verified, jwt::Token, middleware::Bearer};
/// fn forge(token: std::sync::Arc<Verified<Token<()>>>) -> Bearer<()> {
///     Bearer(token) // the field is private
/// }
/// ```
pub struct Bearer<C>(Arc<Verified<Token<C>>>);

impl<C> Deref for Bearer<C> {
    type Target = Verified<Token<C>>;

    fn deref(&self) -> &Verified<Token<C>> {
        &self.0
    }
}

impl<C> Clone for Bearer<C> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<C> fmt::Debug for Bearer<C> {
    /// Without the claims.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Bearer").field(&**self.0).finish()
    }
}

impl<C> From<Verified<Token<C>>> for Bearer<C> {
    /// For those who verify without the layer, in the tests of a handler for example.
    fn from(token: Verified<Token<C>>) -> Self {
        Self(Arc::new(token))
    }
}

/// Lets only requests with a good token through: in one `Authorization`, as `Bearer` (RFC 6750, section 2.1). One in a
/// query or a body is none. The claims are read into `C`, which a handler then takes.
///
/// The header is marked as sensitive for what logs headers behind it. A token that is bound to a key is refused, see
/// [`dpop`](crate::jwt::dpop).
pub struct BearerLayer<C> {
    verifier: Live<Source>,
    clock: Arc<dyn Fn() -> UnixTime + Send + Sync>,
    claims: PhantomData<fn() -> C>,
}

/// Who verifies.
#[derive(Debug)]
enum Source {
    Local(Arc<Verifier>),
    #[cfg(feature = "jwks")]
    Remote(RemoteVerifier),
}

impl<C> BearerLayer<C> {
    /// A layer that verifies with the keys of `verifier`.
    #[must_use]
    pub fn new(verifier: impl Into<Arc<Verifier>>) -> Self {
        Self::with(Source::Local(verifier.into()))
    }

    /// A layer that verifies with the keys that the issuer publishes, by the clock of [`Jwks`](crate::jwks::Jwks).
    #[cfg(feature = "jwks")]
    #[must_use]
    pub fn remote(verifier: RemoteVerifier) -> Self {
        Self::with(Source::Remote(verifier))
    }

    fn with(source: Source) -> Self {
        Self { verifier: Live::new(Arc::new(source)), clock: Arc::new(UnixTime::now), claims: PhantomData }
    }

    /// Another clock than the system's, for tests.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> UnixTime + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Another verifier from the next request on, in all clones of this layer and the services that they made: how keys
    /// are rotated that no issuer publishes.
    pub fn replace(&self, verifier: impl Into<Arc<Verifier>>) {
        self.verifier.replace(Arc::new(Source::Local(verifier.into())));
    }
}

impl<C: DeserializeOwned + Send + Sync + 'static> BearerLayer<C> {
    async fn admit<B>(&self, request: &mut Request<B>) -> Result<(), Refused> {
        conceal(request.headers_mut(), [AUTHORIZATION]);
        let mut all = request.headers().get_all(AUTHORIZATION).iter();
        let value = all.next().ok_or(Refused::None)?;
        if all.next().is_some() {
            return Err(Refused::Several);
        }
        // What is not visible ASCII is no token.
        let value = value.to_str().map_err(|_| Refused::Invalid(Error::Malformed))?;
        let token = self.verify(credentials(value)?).await.map_err(Refused::Invalid)?;
        request.extensions_mut().insert(Bearer::from(token));
        Ok(())
    }

    #[cfg_attr(not(feature = "jwks"), expect(clippy::unused_async, reason = "published keys are waited for"))]
    async fn verify(&self, text: &str) -> Result<Verified<Token<C>>, Error> {
        match &*self.verifier.current() {
            Source::Local(verifier) => verifier.verify(text, (self.clock)()),
            #[cfg(feature = "jwks")]
            Source::Remote(verifier) => verifier.verify(text).await,
        }
    }
}

impl<C> Clone for BearerLayer<C> {
    fn clone(&self) -> Self {
        Self { verifier: self.verifier.clone(), clock: Arc::clone(&self.clock), claims: PhantomData }
    }
}

impl<C> fmt::Debug for BearerLayer<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BearerLayer").field("verifier", &self.verifier.current()).finish_non_exhaustive()
    }
}

impl<S, C> Layer<S> for BearerLayer<C> {
    type Service = Guarded<S, Self>;

    fn layer(&self, inner: S) -> Guarded<S, Self> {
        Guarded::new(inner, self.clone())
    }
}

impl<S, B, R, C> Around<S, B> for BearerLayer<C>
where
    S: Service<Request<B>, Response = Response<R>> + Send,
    S::Future: Send,
    B: Send,
    R: Default + Send,
    C: DeserializeOwned + Send + Sync + 'static,
{
    async fn around(self, mut inner: S, mut request: Request<B>) -> Result<Response<R>, S::Error> {
        match self.admit(&mut request).await {
            Ok(()) => inner.call(request).await,
            Err(refused) => Ok(refused.answer("BearerLayer")),
        }
    }
}
