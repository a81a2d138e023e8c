// SPDX-License-Identifier: MIT OR Apache-2.0
//! A client that hangs up when the handler is done, and before it has the answer: its request was handled.

use axum::body::{Body, Bytes};
use chancery::{
    Context, UnixTime,
    envelope::{Opener, Sealer},
    hpke::Identity,
    http_signature::{Policy, SignKey, Signer, Verifier},
    middleware::{SealedLayer, SignedLayer},
    replay::MemoryStore,
    signing::SigningKey,
};
use http::{Request, Response};
use http_body::Frame;
use std::{
    convert::Infallible,
    future::{Ready, ready},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::{self, Poll},
    time::Duration,
};
use tower::{Layer, Service, ServiceExt};

/// A body that never comes.
struct Never;

impl http_body::Body for Never {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut task::Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

#[derive(Clone, Default)]
struct Handler(Arc<AtomicUsize>);

impl Service<Request<Body>> for Handler {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut task::Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Body>) -> Self::Future {
        self.0.fetch_add(1, SeqCst);
        ready(Ok(Response::new(Body::new(Never))))
    }
}

/// Sends the request twice, hangs up both times while the answer is on its way, and counts the calls.
async fn calls<S>(layer: impl Layer<Handler, Service = S>, request: impl Fn() -> Request<Body>) -> usize
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    let handler = Handler::default();
    for _ in 0..2 {
        let answer = layer.layer(handler.clone()).oneshot(request());
        let _ = tokio::time::timeout(Duration::from_millis(50), answer).await;
    }
    handler.0.load(SeqCst)
}

#[tokio::test]
async fn a_signed_request_whose_answer_nobody_waited_for_was_handled() {
    let key = SignKey::from(SigningKey::generate().unwrap());
    let verifier = Verifier::new(key.verify_key().unwrap(), Policy::api(["api.example.com"])).unwrap();
    let answering = Signer::new(SignKey::from(SigningKey::generate().unwrap()));
    let layer = SignedLayer::new(verifier, Arc::new(MemoryStore::new(10))).signing_answers(answering);
    let mut head = Request::post("https://api.example.com/").body(()).unwrap().into_parts().0;
    Signer::new(key).sign(&mut head, b"pay", UnixTime::now()).unwrap();
    assert_eq!(calls(layer, || Request::from_parts(head.clone(), Body::from("pay"))).await, 1);
}

#[tokio::test]
async fn a_sealed_request_whose_answer_nobody_waited_for_was_handled() {
    let (identity, context) = (Identity::generate().unwrap(), Context::of("pay"));
    let sealer = Sealer::to(identity.recipient(), &context).unwrap();
    let (sealed, _) = sealer.request(b"pay", UnixTime::now()).unwrap();
    let opener = Opener::from_anyone(identity, &context).unwrap();
    let layer = SealedLayer::new(opener, Arc::new(MemoryStore::new(10)), Duration::from_secs(60));
    assert_eq!(calls(layer, || Request::new(Body::from(sealed.clone()))).await, 1);
}
