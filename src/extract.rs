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
//! # Errors
//! Without the layer in front there is nothing to take: 500, and the handler is not called. What the layer refuses
//! it answers itself, see [`middleware`](crate::middleware).

use crate::api_key::MissingScope;
use axum_core::{
    body::Body,
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header::WWW_AUTHENTICATE, request::Parts};

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

macro_rules! left_by_the_layer {
    ($($extension:ident),*) => {$(
        impl<S: Send + Sync> FromRequestParts<S> for $extension {
            type Rejection = StatusCode;

            async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
                parts.extensions.get::<Self>().cloned().ok_or(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    )*};
}

left_by_the_layer!(ApiKey, Sealed, Signed, Webhook);
