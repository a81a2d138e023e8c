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
//! For sealed bodies there is [`SealedLayer`]: the handler sees plain JSON, and what it answers is sealed for the one
//! who asked.
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
//! | | webhook | sealed body |
//! |---|---|---|
//! | authentic and new | what the handler answers | the same status, the body sealed |
//! | it was handled before | 200, and the handler is not called | 409 |
//! | a copy of it is being handled | 409 | 409 |
//! | it is refused | [`Error::status`](crate::Error::status): 400, 401, 413 or 503 | the same |
//!
//! All but the first with an empty body; the reason is an event of `tracing`, and the [`Error`](crate::Error) is in the
//! extensions of the response.
//! Method, path, headers and status are not in a sealed body: put the route into the context. 204 and 205 become 200,
//! because the seal of an empty body is a body.
//!
//! # Claims
//! Before the handler is called, the message is claimed as a lease. For a webhook an answer of 2xx settles it, because
//! its sender tries again after every other one. For a sealed request every answer but 5xx does: what a client was told
//! stays so. Otherwise, and after an error, a panic that unwinds and a sender that hangs up, it is released,
//! so that the next attempt is handled; a process that dies lets it lapse. A handler that takes longer than the lease can meet
//! a copy of itself. When the store does not answer after the handler is done, the handler's answer is sent all the same.
//! After a panic or a hang-up nobody waits for a store on a network: there the lease may have to lapse.
//!
//! # Rotation
//! `replace` gives a layer other keys while requests arrive; keep a clone of the layer for it.
//!
//! # Deployment
//! * The body is buffered, up to `max_body`: what is announced as longer is refused unread, what
//!   turns out longer is cut off. How long a sender may take for it is for a timeout outside of this layer.
//! * What changes the body, such as decompression, belongs inside of it: the bytes that arrived are signed.
//! * For schemes that sign the URL, the target is that of the request as this layer sees it; what a router
//!   has taken off in front of it belongs into the URL of the verifier.
//! * Trailers are dropped.

mod answer;
mod body;
mod claim;
mod live;
mod sealed;
mod signed;
mod signing;
mod webhook;

pub use sealed::{Sealed, SealedLayer, SealedService};
pub use signed::{Signed, SignedLayer, SignedService};
pub use signing::{SigningLayer, SigningService};
pub use webhook::{Webhook, WebhookLayer, WebhookService};
