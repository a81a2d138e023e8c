// SPDX-License-Identifier: MIT OR Apache-2.0
//! Answers whose body does not reach the client: it hung up, or HTTP does not send one.

use axum::body::{Body, Bytes};
use chancery::{
    Context, UnixTime,
    envelope::{Opener, Sealer},
    hpke::Identity,
    http_signature::{Policy, SignKey, Signer, Verifier, VerifyKey},
    middleware::{SealedLayer, SignedLayer},
    replay::MemoryStore,
    signing::SigningKey,
};
use http::{Request, Response, request::Parts, response};
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
use tower::{Layer, Service, ServiceExt, service_fn};

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

/// Answers with this status, and with a body that a server leaves out.
async fn answer(layer: &SignedLayer, head: &Parts, status: u16) -> response::Parts {
    let answered = move |_: Request<Body>| {
        let response = Response::builder().status(status).body(Body::from("x")).unwrap();
        ready(Ok::<_, Infallible>(response))
    };
    let request = Request::from_parts(head.clone(), Body::empty());
    layer.layer(service_fn(answered)).oneshot(request).await.unwrap().into_parts().0
}

#[tokio::test]
async fn a_body_that_is_not_sent_is_not_signed() {
    let (client, answering) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
    let answers = Verifier::new(VerifyKey::from(answering.verifying_key()), Policy::response()).unwrap();
    let client = SignKey::from(client);
    let verifier = Verifier::new(client.verify_key().unwrap(), Policy::api(["api.example.com"])).unwrap();
    let client = Signer::new(client);
    let layer = SignedLayer::allow_replays(verifier).signing_answers(Signer::new(SignKey::from(answering)));
    for (method, status, sent) in
        [("GET", 204, ""), ("GET", 304, ""), ("HEAD", 200, ""), ("GET", 200, "x"), ("GET", 404, "x")]
    {
        let request = Request::builder().method(method).uri("https://api.example.com/");
        let mut head = request.body(()).unwrap().into_parts().0;
        client.sign(&mut head, b"", UnixTime::now()).unwrap();
        let response = answer(&layer, &head, status).await;
        assert_eq!(response.status, status);
        let verified = answers.verify_response(&response, &head, sent, UnixTime::now());
        assert!(verified.is_ok(), "{method} {status}: {:?}", verified.map(drop));
    }
}
