// SPDX-License-Identifier: MIT OR Apache-2.0
//! Layers of tower: messages are verified or opened before a handler is reached, and handled once.
//!
//! | | what arrives | what the handler gets |
//! |---|---|---|
//! | [`ApiKeyLayer`] | a request with an API key | [`ApiKey`] in the extensions |
//! | `BearerLayer` (feature `jwt`) | a request with a token | `Bearer` in the extensions |
//! | [`SignedLayer`] | a request with a signature of RFC 9421 | [`Signed`] in the extensions; answers are signed if told so |
//! | [`SealedLayer`] | a sealed body | plain JSON, and [`Sealed`] in the extensions; answers are sealed |
//! | [`WebhookLayer`] | a webhook, or a request signed with HMAC | [`Webhook`] in the extensions |
//! | [`SigningLayer`] | (for clients) | requests are signed on their way out |
//!
//! ```
//! use chancery::{
//!     http_signature::{Policy, VerifyKey, Verifier}, middleware::{Signed, SignedLayer}, replay::MemoryStore,
//! };
//! use std::{convert::Infallible, sync::Arc};
//! use tower::{ServiceBuilder, service_fn};
//!
//! async fn handle(request: http::Request<axum::body::Body>) -> Result<http::Response<axum::body::Body>, Infallible> {
//!     let signed = request.extensions().get::<Signed>().expect("the layer is in front");
//!     println!("{} sent {} bytes", signed.keyid(), signed.body().len());
//!     Ok(http::Response::default())
//! }
//!
//! # fn service(clients: VerifyKey) -> Result<(), chancery::ConfigError> {
//! let verifier = Verifier::new(clients, Policy::api(["api.example.com"]))?;
//! let layer = SignedLayer::new(verifier, Arc::new(MemoryStore::new(100_000)));
//! let service = ServiceBuilder::new().layer(layer).service(service_fn(handle));
//! # fn is_service(_: impl tower::Service<http::Request<axum::body::Body>>) {}
//! # is_service(service);
//! # Ok(())
//! # }
//! ```
//!
//! With axum a handler takes the types of [`extract`](crate::extract), and the layer goes onto its route.
//!
//! ```
//! use chancery::{Context, envelope::Opener, hpke::Identity, middleware::SealedLayer, replay::MemoryStore};
//! # use chancery::signing::VerifyingKey;
//! use std::{sync::Arc, time::Duration};
//!
//! # fn layer(identity: Identity, clients: VerifyingKey) -> Result<SealedLayer, chancery::ConfigError> {
//! // One layer for one route: what was sealed for another one does not open here.
//! let context = Context::of("quote").field("POST /quotes");
//! let opener = Opener::from_senders(identity, &context, clients)?;
//! Ok(SealedLayer::new(opener, Arc::new(MemoryStore::new(100_000)), Duration::from_secs(60)))
//! # }
//! ```
//!
//! # What they answer
//! | | request | webhook |
//! |---|---|---|
//! | authentic and new | what the handler answers | the same |
//! | it was handled before | 409 | 200 |
//! | a copy of it is being handled | 409 | 409 |
//! | it is refused | [`Error::status`](crate::Error::status): 400, 401, 413 or 503 | the same |
//!
//! All but the first with an empty body, and without the handler being called. The reason is an event of `tracing`,
//! and the [`Error`](crate::Error) is in the extensions of the response. What a scheme calls a
//! [nonce](crate::scheme::Scheme::nonce_header) makes a request of a webhook.
//!
//! In a sealed body there are neither method, path and headers nor the status of the answer: put the route into the
//! context. A sealed 204 or 205 becomes 200, because the seal of an empty body is a body.
//!
//! An API key and a bearer token are presented again and again and claimed by nobody: see "Over HTTP" in
//! [`api_key`](crate::api_key) and, the same for tokens, in `jwt`.
//!
//! # Claims
//! Before the handler is called, the message is claimed as a lease. For a webhook an answer of 2xx settles it, because
//! its sender tries again after every other one. For a request every answer but 5xx does: what a client was told
//! stays so. Otherwise, and after an error, a panic that unwinds and a client that hangs up, it is released,
//! so that the next attempt is handled; a process that dies lets it lapse. A handler that takes longer than the lease can meet
//! a copy of itself. When the store does not answer after the handler is done, the handler's answer is sent all the same.
//! After a panic or a hang-up nobody waits for a store on a network: there the lease may have to lapse, also of a request
//! that was handled, when the client hangs up in the moment in which it is settled.
//!
//! Where two messages can be the same bytes, the second is taken for a copy of the first: see "Claims" in
//! [`provider`](crate::webhook::provider). The `allow_replays` of a layer is the one that claims nothing.
//!
//! # Rotation
//! `replace` gives a layer other keys while requests arrive; keep a clone of the layer for it.
//!
//! # Deployment
//! * The body is buffered, up to `max_body`: what is announced as longer is refused unread, what
//!   turns out longer is cut off. How long a sender may take for it is for a timeout outside of this layer.
//! * What changes the body, such as decompression, belongs inside of it: the bytes that arrived are signed.
//! * The target is that of the request as the layer sees it. What a router has taken off in front of it, as axum's
//!   `nest` does, is not there any more: put the layer around the router that does so. For webhooks, what is taken off
//!   belongs into the URL of the verifier.
//! * Trailers are dropped.

mod answer;
mod api_key;
#[cfg(feature = "jwt")]
mod bearer;
mod body;
mod challenge;
mod claim;
mod live;
mod sealed;
mod service;
mod signed;
mod signing;
mod webhook;

pub use api_key::{ApiKey, ApiKeyLayer};
#[cfg(feature = "jwt")]
pub use bearer::{Bearer, BearerLayer};
pub use sealed::{Sealed, SealedLayer};
pub use service::Guarded;
pub use signed::{Signed, SignedLayer};
pub use signing::{SigningLayer, SigningService};
pub use webhook::{Webhook, WebhookLayer};
