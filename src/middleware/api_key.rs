// SPDX-License-Identifier: MIT OR Apache-2.0
//! The layer for API keys: one key from one header, verified against the store with every request.

use crate::{
    Error, UnixTime, Verified,
    api_key::{ApiKeyRecord, ApiKeys, AsyncApiKeyStore},
    middleware::{
        challenge::{Refused, conceal, credentials},
        live::Live,
        service::{Around, Guarded},
    },
};
use alloc::sync::Arc;
use core::{fmt, ops::Deref};
use http::{HeaderMap, HeaderName, Request, Response, header::AUTHORIZATION};
use tower_layer::Layer;
use tower_service::Service;

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// What a key that was verified may do: in the extensions of every request behind an [`ApiKeyLayer`].
///
/// ```compile_fail,E0423
/// # use chancery::{Verified, api_key::ApiKeyRecord, middleware::ApiKey};
/// fn forge(record: std::sync::Arc<Verified<ApiKeyRecord>>) -> ApiKey {
///     ApiKey(record) // the field is private
/// }
/// ```
#[derive(Clone, Debug)]
pub struct ApiKey(Arc<Verified<ApiKeyRecord>>);

impl Deref for ApiKey {
    type Target = Verified<ApiKeyRecord>;

    fn deref(&self) -> &Verified<ApiKeyRecord> {
        &self.0
    }
}

impl From<Verified<ApiKeyRecord>> for ApiKey {
    /// For those who verify without the layer, in the tests of a handler for example.
    fn from(record: Verified<ApiKeyRecord>) -> Self {
        Self(Arc::new(record))
    }
}

/// Lets only requests with a good API key through: in `Authorization`, as `Bearer`, or in `X-Api-Key`, and not in both.
///
/// The header is marked as sensitive for what logs headers behind it.
#[derive(Clone)]
pub struct ApiKeyLayer {
    keys: Live<ApiKeys>,
    store: Arc<dyn AsyncApiKeyStore>,
    clock: Arc<dyn Fn() -> UnixTime + Send + Sync>,
}

impl ApiKeyLayer {
    /// A layer that asks `store`.
    #[must_use]
    pub fn new(keys: impl Into<Arc<ApiKeys>>, store: Arc<dyn AsyncApiKeyStore>) -> Self {
        Self { keys: Live::new(keys.into()), store, clock: Arc::new(UnixTime::now) }
    }

    /// Another clock than the system's, for tests.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> UnixTime + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Other peppers from the next request on, in all clones of this layer and the services that they made.
    pub fn replace(&self, keys: impl Into<Arc<ApiKeys>>) {
        self.keys.replace(keys.into());
    }

    async fn admit<B>(&self, request: &mut Request<B>) -> Result<(), Refused> {
        conceal(request.headers_mut(), [AUTHORIZATION, X_API_KEY]);
        let (text, keys) = (presented(request.headers())?, self.keys.current());
        let record = keys.verify_async(&*self.store, text, (self.clock)()).await.map_err(Refused::Invalid)?;
        request.extensions_mut().insert(ApiKey::from(record));
        Ok(())
    }
}

/// The text of the key in the one header that presents one.
fn presented(headers: &HeaderMap) -> Result<&str, Refused> {
    let mut all = headers.get_all(AUTHORIZATION).iter().chain(headers.get_all(X_API_KEY));
    let value = all.next().ok_or(Refused::None)?;
    if all.next().is_some() {
        return Err(Refused::Several);
    }
    // What is not visible ASCII is no key.
    let value = value.to_str().map_err(|_| Refused::Invalid(Error::Malformed))?;
    if headers.contains_key(X_API_KEY) { Ok(value) } else { credentials(value) }
}

impl fmt::Debug for ApiKeyLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKeyLayer").field("keys", &self.keys.current()).finish_non_exhaustive()
    }
}

impl<S> Layer<S> for ApiKeyLayer {
    type Service = Guarded<S, Self>;

    fn layer(&self, inner: S) -> Guarded<S, Self> {
        Guarded::new(inner, self.clone())
    }
}

impl<S, B, R> Around<S, B> for ApiKeyLayer
where
    S: Service<Request<B>, Response = Response<R>> + Send,
    S::Future: Send,
    B: Send,
    R: Default + Send,
{
    async fn around(self, mut inner: S, mut request: Request<B>) -> Result<Response<R>, S::Error> {
        match self.admit(&mut request).await {
            Ok(()) => inner.call(request).await,
            Err(refused) => Ok(refused.answer("ApiKeyLayer")),
        }
    }
}
