// SPDX-License-Identifier: MIT OR Apache-2.0
//! Layers of tower: requests are verified before a handler is reached, and handled once.
//!
//! ```
//! use chancery::{middleware::{Webhook, WebhookLayer}, replay::MemoryStore, webhook::{Verifier, provider}};
//! use std::{convert::Infallible, sync::Arc};
//! use tower::{ServiceBuilder, service_fn};
//!
//! async fn handle(request: http::Request<axum::body::Body>) -> Result<http::Response<axum::body::Body>, Infallible> {
//!     let webhook = request.extensions().get::<Webhook>().expect("the layer is in front");
//!     println!("{:?} of {} bytes", webhook.id(), webhook.body().len());
//!     Ok(http::Response::default())
//! }
//!
//! let verifier = Verifier::new(provider::STRIPE.secret("whsec_wJalrXUtnFEMIK7MDENGbPxRfiCY")?)?;
//! let layer = WebhookLayer::new(verifier, Arc::new(MemoryStore::new(100_000)));
//! let service = ServiceBuilder::new().layer(layer).service(service_fn(handle));
//! # fn is_service(_: impl tower::Service<http::Request<axum::body::Body>>) {}
//! # is_service(service);
//! # Ok::<(), chancery::ConfigError>(())
//! ```
//!
//! With axum a handler takes [`extract::Webhook`](crate::extract::Webhook), and the layer goes onto its route.
//!
//! # What it answers
//! | | |
//! |---|---|
//! | the delivery is authentic and new | what the handler answers |
//! | it was handled before | 200, and the handler is not called |
//! | a copy of it is being handled | 409 |
//! | it is refused | [`Error::status`](crate::Error::status): 400, 401, 413 or 503 |
//!
//! All but the first with an empty body; the [`Error`](crate::Error) is in the extensions of the response, for a log.
//!
//! # Claims
//! Before the handler is called, the delivery is claimed as a lease. An answer of 2xx settles it: no copy is
//! handled after that. Any other answer, an error, a panic that unwinds and a sender that hangs up release it,
//! so that the next attempt is handled; a process that dies lets it lapse. A handler that takes longer than the lease can meet
//! a copy of itself. When the store does not answer after the handler is done, the handler's answer is sent all the same.
//!
//! Where two deliveries can be the same bytes, the second is taken for a copy of the first: see "Claims" in
//! [`provider`](crate::webhook::provider). [`WebhookLayer::allow_replays`] is the layer that claims nothing.
//!
//! # Deployment
//! * The body is buffered, up to the verifier's `max_body`: what is announced as longer is refused unread, what
//!   turns out longer is cut off. How long a sender may take for it is for a timeout outside of this layer.
//! * What changes the body, such as decompression, belongs inside of it: the bytes that arrived are signed.
//! * For schemes that sign the URL, the target is that of the request as this layer sees it; what a router
//!   has taken off in front of it belongs into the URL of the verifier.
//! * Trailers are dropped.

mod body;
mod webhook;

pub use webhook::{Webhook, WebhookLayer, WebhookService};
