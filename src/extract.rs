// SPDX-License-Identifier: MIT OR Apache-2.0
//! Extractors for axum: a handler that takes one is reached by nothing less than what was verified.
//!
//! ```
//! use axum::{Router, http::StatusCode, routing::post};
//! use chancery::{
//!     extract::Webhook, middleware::WebhookLayer, replay::MemoryStore, webhook::{Verifier, provider},
//! };
//! use std::sync::Arc;
//!
//! async fn paid(webhook: Webhook) -> StatusCode {
//!     println!("{}: {} bytes", webhook.scheme(), webhook.body().len());
//!     StatusCode::NO_CONTENT
//! }
//!
//! let verifier = Verifier::new(provider::STRIPE.secret("whsec_wJalrXUtnFEMIK7MDENGbPxRfiCY")?)?;
//! let store = Arc::new(MemoryStore::new(100_000));
//! let app: Router = Router::new()
//!     .route("/stripe", post(paid).layer(WebhookLayer::new(verifier, store)));
//! # Ok::<(), chancery::ConfigError>(())
//! ```
//!
//! A handler behind an [`ApiKeyLayer`](crate::middleware::ApiKeyLayer) says which scope it needs:
//!
//! ```
//! use chancery::{api_key::MissingScope, extract::ApiKey};
//!
//! async fn orders(key: ApiKey) -> Result<String, MissingScope> {
//!     key.require("orders:read")?; // or 403
//!     Ok(format!("the orders of {}", key.name()))
//! }
//! # let _: axum::Router = axum::Router::new().route("/orders", axum::routing::get(orders));
//! ```
//!
//! One behind a `BearerLayer` (feature `jwt`) takes the claims of the token:
//!
//! ```
//! # #[cfg(feature = "jwt")] {
//! use axum::{Router, routing::get};
//! use chancery::{api_key::MissingScope, extract::Bearer, jwt::Verifier, middleware::BearerLayer};
//!
//! #[derive(serde::Deserialize)]
//! struct Claims {
//!     scope: String,
//! }
//!
//! async fn orders(token: Bearer<Claims>) -> Result<String, MissingScope> {
//!     let may = token.claims().scope.split(' ').any(|scope| scope == "orders:read");
//!     may.then_some(()).ok_or(MissingScope)?; // 403
//!     Ok(format!("the orders of {}", token.subject().unwrap_or_default()))
//! }
//!
//! fn app(verifier: Verifier) -> Router {
//!     Router::new().route("/orders", get(orders)).layer(BearerLayer::<Claims>::new(verifier))
//! }
//! # }
//! ```
//!
//! One that opens or verifies itself answers with [`Error`] as the layers do, by `?`:
//!
//! ```
//! use axum::response::IntoResponse;
//! use chancery::{Context, Error, Keyring, aead::SealKey};
//!
//! async fn session(keys: Keyring<SealKey>, cookie: Vec<u8>) -> Result<Vec<u8>, Error> {
//!     keys.open(&Context::of("session"), &cookie)
//! }
//! assert_eq!(Error::NotAuthentic.into_response().status(), 401);
//! assert_eq!(Error::Malformed.into_response().extensions().get(), Some(&Error::Malformed));
//! ```
//!
//! # Errors
//! Without the layer in front, or behind a `BearerLayer` of other claims, there is nothing to take: 500, the log says which
//! type it was, and the handler is not called. What the layer refuses it answers itself, see [`middleware`](crate::middleware).

use crate::{Error, api_key::MissingScope};
use axum_core::{
    body::Body,
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header::WWW_AUTHENTICATE, request::Parts};

#[cfg(feature = "jwt")]
pub use crate::middleware::Bearer;
pub use crate::middleware::{ApiKey, Sealed, Signed, Webhook};

impl IntoResponse for MissingScope {
    /// 403, with an empty body and the challenge of RFC 6750, section 3.1.
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::FORBIDDEN;
        let challenge = HeaderValue::from_static(r#"Bearer error="insufficient_scope""#);
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        response
    }
}

impl IntoResponse for Error {
    /// [`Error::status`], with an empty body, as the layers answer: for a handler that opens or verifies itself.
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.into();
        response.extensions_mut().insert(self);
        response
    }
}

macro_rules! left_by_the_layer {
    ($($extension:ident $(<$claims:ident>)?),*) => {$(
        impl<S: Send + Sync $(, $claims: Send + Sync + 'static)?> FromRequestParts<S>
            for $extension $(<$claims>)?
        {
            type Rejection = StatusCode;

            async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
                parts.extensions.get::<Self>().cloned().ok_or_else(|| {
                    let wanted = core::any::type_name::<Self>();
                    tracing::error!(wanted, "no layer in front of this handler leaves what it takes");
                    StatusCode::INTERNAL_SERVER_ERROR
                })
            }
        }
    )*};
}

left_by_the_layer!(ApiKey, Sealed, Signed, Webhook);
#[cfg(feature = "jwt")]
left_by_the_layer!(Bearer<C>);
