// SPDX-License-Identifier: MIT OR Apache-2.0
//! The layer for signed requests in front of an axum router: what reaches a handler, what is refused and how, what is
//! claimed, and how answers are signed.

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header, request, response},
    response::IntoResponse,
    routing::{any, get, post},
};
use chancery::{
    Error, Keyring, UnixTime,
    extract::Signed,
    http_signature::{Policy, SignKey, Signer, Verifier, VerifyKey},
    middleware::{SignedLayer, SigningLayer},
    replay::MemoryStore,
    signing::SigningKey,
};
use http_body::Frame;
use std::{
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst},
    },
    task::{self, Poll},
    time::Duration,
};
use tower::{Layer, ServiceExt};

const NOW: u64 = 1_790_000_000;
const AGE: u64 = 300;
const LIMIT: usize = 10_000;
const AUTHORITY: &str = "api.example.com";

fn key(name: &str) -> SignKey {
    SignKey::from(SigningKey::generate().unwrap()).named(name).unwrap()
}

fn public(key: &SignKey) -> VerifyKey {
    key.verify_key().unwrap()
}

fn verifier(keys: impl Into<Keyring<VerifyKey>>) -> Verifier {
    Verifier::new(keys, Policy::api([AUTHORITY])).unwrap()
}

/// A client, a service that knows it, and a clock that stands.
struct Setup {
    client: Signer,
    known: Keyring<VerifyKey>,
    layer: SignedLayer,
    store: Arc<MemoryStore>,
    clock: Arc<AtomicU64>,
    calls: Arc<AtomicUsize>,
}

impl Setup {
    fn new() -> Self {
        let client = key("shop");
        let known = Keyring::new(public(&client));
        let (store, clock) = (Arc::new(MemoryStore::new(1000)), Arc::new(AtomicU64::new(NOW)));
        let layer = SignedLayer::new(verifier(&known), store.clone()).max_body(LIMIT);
        let time = Arc::clone(&clock);
        let layer = layer.clock(move || UnixTime::from_secs(time.load(SeqCst)));
        Self { client: Signer::new(client), known, layer, store, clock, calls: Arc::default() }
    }

    /// A service that answers all requests with this status, and the length of the body.
    fn app(&self, status: u16) -> Router {
        let calls = Arc::clone(&self.calls);
        let handler = async move |signed: Signed| {
            calls.fetch_add(1, SeqCst);
            (StatusCode::from_u16(status).unwrap(), signed.body().len().to_string())
        };
        Router::new().route("/orders", any(handler)).layer(self.layer.clone())
    }

    fn calls(&self) -> usize {
        self.calls.load(SeqCst)
    }

    /// The head of a signed request, as it arrives.
    fn head(&self, method: &str, uri: &str, body: &[u8]) -> request::Parts {
        signed(&self.client, method, uri, body, NOW)
    }
}

fn signed(signer: &Signer, method: &str, uri: &str, body: &[u8], at: u64) -> request::Parts {
    let request = Request::builder().method(method).uri(uri).header(header::HOST, AUTHORITY);
    let (mut head, ()) = request.header(header::CONTENT_TYPE, "text/plain").body(()).unwrap().into_parts();
    signer.sign(&mut head, body, UnixTime::from_secs(at)).unwrap();
    head
}

async fn send(app: &Router, head: &request::Parts, body: impl Into<Body>) -> Response<Body> {
    app.clone().oneshot(Request::from_parts(head.clone(), body.into())).await.unwrap()
}

async fn whole(response: Response<Body>) -> (response::Parts, Bytes) {
    let (parts, body) = response.into_parts();
    (parts, to_bytes(body, usize::MAX).await.unwrap())
}

async fn refused(response: Response<Body>) -> (u16, Error) {
    let (parts, body) = whole(response).await;
    assert!(body.is_empty(), "{parts:?}");
    (parts.status.as_u16(), *parts.extensions.get().expect("an error"))
}

#[tokio::test]
async fn a_handler_gets_the_verified_body_and_who_signed_it() {
    let setup = Setup::new();
    let handler = async |signed: Signed, body: Bytes| {
        assert_eq!((signed.keyid(), signed.created()), ("shop", UnixTime::from_secs(NOW)));
        assert!(signed.covers("@path") && signed.covers("content-digest") && !signed.covers("x-tenant"));
        assert_eq!(*signed.body(), body);
        body
    };
    let app = Router::new().route("/orders", post(handler).layer(setup.layer.clone()));
    let head = setup.head("POST", "/orders?draft=1", b"lamp");
    let (parts, body) = whole(send(&app, &head, "lamp").await).await;
    assert_eq!((parts.status, &*body), (StatusCode::OK, &b"lamp"[..]));
    assert_eq!(setup.store.len(), 1);
}

#[tokio::test]
async fn what_is_refused_is_answered_with_its_status_and_reaches_no_handler() {
    let setup = Setup::new();
    let app = setup.app(200);
    let head = || setup.head("POST", "/orders?a=1", b"lamp");
    let with = |change: fn(&mut request::Parts)| {
        let mut head = head();
        change(&mut head);
        head
    };
    let at = |at| signed(&setup.client, "POST", "/orders", b"lamp", at);
    let no_nonce = Signer::new(key("shop")).covering_only(&["@method", "@authority"]).unwrap();
    let (unauthentic, policy) = ((401, Error::NotAuthentic), (401, Error::Policy));
    for (what, head, expected) in [
        ("unsigned", with(|head| head.headers.clear()), (401, Error::Header)),
        ("half", with(|head| _ = head.headers.remove("signature")), (401, Error::Header)),
        ("method", with(|head| head.method = Method::PUT), unauthentic),
        ("query", with(|head| head.uri = "/orders?a=2".parse().unwrap()), unauthentic),
        ("type", with(|head| _ = head.headers.insert("content-type", "a/b".parse().unwrap())), unauthentic),
        ("host", with(|head| _ = head.headers.insert("host", "other.example".parse().unwrap())), policy),
        ("no host", with(|head| _ = head.headers.remove("host")), (401, Error::Header)),
        ("no digest", setup.head("POST", "/orders", b""), policy),
        ("other digest", setup.head("POST", "/orders", b"yacht"), unauthentic),
        ("coverage", signed(&no_nonce, "POST", "/orders", b"lamp", NOW), policy),
        ("impostor", signed(&Signer::new(key("shop")), "POST", "/orders", b"lamp", NOW), unauthentic),
        (
            "stranger",
            signed(&Signer::new(key("x")), "POST", "/orders", b"lamp", NOW),
            (401, Error::UnknownKey),
        ),
        ("old", at(NOW - AGE - 1), (401, Error::Expired)),
        ("ahead", at(NOW + 31), (401, Error::NotYetValid)),
        (
            "broken",
            with(|head| _ = head.headers.insert("signature-input", "sig1=(".parse().unwrap())),
            (400, Error::Malformed),
        ),
    ] {
        assert_eq!(refused(send(&app, &head, "lamp").await).await, expected, "{what}");
    }
    assert_eq!((setup.calls(), setup.store.len()), (0, 0));
    for at in [NOW - AGE, NOW + 30] {
        assert_eq!(
            send(&app, &signed(&setup.client, "POST", "/orders", b"lamp", at), "lamp").await.status(),
            200
        );
    }
}

#[tokio::test]
async fn without_the_layer_the_handler_cannot_be_reached() {
    let setup = Setup::new();
    let app = Router::new().route("/orders", post(async |_: Signed| ()));
    let response = send(&app, &setup.head("POST", "/orders", b""), "").await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

/// A body that says how often it was asked for a piece.
struct Pieces {
    asked: Arc<AtomicUsize>,
    left: usize,
    and_then: Box<dyn Fn() + Send + Sync>,
}

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut task::Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.asked.fetch_add(1, SeqCst);
        (self.and_then)();
        let Some(left) = self.left.checked_sub(1) else { return Poll::Ready(None) };
        self.left = left;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b'x'; 1000])))))
    }
}

fn pieces(count: usize) -> (Body, Arc<AtomicUsize>) {
    let asked = Arc::<AtomicUsize>::default();
    let body = Pieces { asked: Arc::clone(&asked), left: count, and_then: Box::new(|| ()) };
    (Body::new(body), asked)
}

#[tokio::test]
async fn the_body_of_who_cannot_sign_is_not_touched() {
    let setup = Setup::new();
    let app = setup.app(200);
    let unsigned = Request::post("/orders").header("host", AUTHORITY).body(()).unwrap().into_parts().0;
    let stranger = signed(&Signer::new(key("shop")), "POST", "/orders", &[b'x'; 1000], NOW);
    for head in [unsigned, stranger] {
        let (body, asked) = pieces(1);
        assert_eq!(send(&app, &head, body).await.status(), 401);
        assert_eq!(asked.load(SeqCst), 0);
    }
    let (body, asked) = pieces(1);
    assert_eq!(send(&app, &setup.head("POST", "/orders", &[b'x'; 1000]), body).await.status(), 200);
    assert_eq!(asked.load(SeqCst), 2);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_unread_or_cut_off() {
    let setup = Setup::new();
    let app = setup.app(200);
    let head = |length: usize| setup.head("POST", "/orders", &vec![b'x'; length]);
    let fits = send(&app, &head(LIMIT), pieces(10).0).await;
    assert_eq!(fits.status(), 200);
    let (body, asked) = pieces(1000);
    assert_eq!(refused(send(&app, &head(LIMIT + 1000), body).await).await, (413, Error::TooLarge));
    assert_eq!(asked.load(SeqCst), 11);

    let mut announced = head(LIMIT + 1);
    announced.headers.insert(header::CONTENT_LENGTH, (LIMIT + 1).into());
    let (body, asked) = pieces(11);
    assert_eq!(refused(send(&app, &announced, body).await).await, (413, Error::TooLarge));
    assert_eq!(asked.load(SeqCst), 0);
    assert_eq!(setup.calls(), 1);
}

#[tokio::test]
async fn a_body_that_trickles_in_does_not_stay_young() {
    let setup = Setup::new();
    let clock = Arc::clone(&setup.clock);
    let later = Box::new(move || _ = clock.fetch_add(AGE, SeqCst));
    let body = Body::new(Pieces { asked: Arc::default(), left: 1, and_then: later });
    let head = setup.head("POST", "/orders", &[b'x'; 1000]);
    assert_eq!(refused(send(&setup.app(200), &head, body).await).await, (401, Error::Expired));
    assert_eq!(setup.calls(), 0);
}

#[tokio::test]
async fn a_copy_is_refused_for_as_long_as_the_request_is_young_enough() {
    let setup = Setup::new();
    let app = setup.app(200);
    let head = setup.head("POST", "/orders", b"lamp");
    assert_eq!(send(&app, &head, "lamp").await.status(), 200);
    for later in [0, 1, AGE] {
        setup.clock.store(NOW + later, SeqCst);
        assert_eq!(refused(send(&app, &head, "lamp").await).await, (409, Error::Replayed), "{later}");
    }
    setup.clock.store(NOW + AGE + 1, SeqCst);
    assert_eq!(refused(send(&app, &head, "lamp").await).await, (401, Error::Expired));
    assert_eq!(setup.calls(), 1);
    let every_copy = Router::new()
        .route("/orders", post(async |_: Signed| ()))
        .layer(SignedLayer::allow_replays(verifier(&setup.known)).clock(|| UnixTime::from_secs(NOW)));
    for _ in 0..2 {
        assert_eq!(send(&every_copy, &head, "lamp").await.status(), 200);
    }
}

#[tokio::test]
async fn a_copy_that_comes_while_the_first_is_handled_is_refused_and_a_hang_up_releases() {
    let setup = Setup::new();
    let never = Router::new()
        .route("/orders", post(async |_: Signed| std::future::pending::<()>().await))
        .layer(setup.layer.clone());
    let head = setup.head("POST", "/orders", b"lamp");
    let first = tokio::time::timeout(Duration::from_millis(50), send(&never, &head, "lamp"));
    let mut first = Box::pin(first);
    assert!(poll_once(first.as_mut()).is_pending());
    assert_eq!(refused(send(&never, &head, "lamp").await).await, (409, Error::InProgress));
    drop(first);
    assert_eq!(setup.store.len(), 0);
    assert_eq!(send(&setup.app(200), &head, "lamp").await.status(), 200);
}

fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut task::Context::from_waker(task::Waker::noop()))
}

#[tokio::test]
async fn what_a_client_was_told_stays_so_but_after_a_failure_of_the_service_it_can_try_again() {
    for (status, calls) in [(200, 1), (302, 1), (400, 1), (404, 1), (429, 1), (500, 2), (503, 2)] {
        for signing in [false, true] {
            let mut setup = Setup::new();
            if signing {
                setup.layer = setup.layer.signing_answers(Signer::new(key("billing")));
            }
            let (app, head) = (setup.app(status), setup.head("POST", "/orders", b"lamp"));
            assert_eq!(send(&app, &head, "lamp").await.status(), status);
            let again = send(&app, &head, "lamp").await.status();
            assert_eq!((setup.calls(), again.as_u16()), (calls, if calls == 1 { 409 } else { status }));
        }
    }
}

#[tokio::test]
async fn a_store_that_does_not_answer_refuses() {
    let setup = Setup::new();
    let layer = SignedLayer::new(verifier(&setup.known), Arc::new(MemoryStore::new(0)));
    let app = Router::new().route("/orders", post(async |_: Signed| ()));
    let app = app.layer(layer.clock(|| UnixTime::from_secs(NOW)));
    let response = send(&app, &setup.head("POST", "/orders", b"lamp"), "lamp").await;
    assert_eq!(refused(response).await, (503, Error::Unavailable));
}

#[tokio::test]
async fn answers_are_signed_and_bound_to_their_requests() {
    let setup = Setup::new();
    let service = key("billing");
    let answers = Verifier::new(public(&service), Policy::response()).unwrap();
    let handler = async |signed: Signed| match signed.body().len() {
        0 => StatusCode::NO_CONTENT.into_response(),
        1 => (StatusCode::NOT_MODIFIED, "a body that is not sent").into_response(),
        _ => (StatusCode::CREATED, signed.body().clone()).into_response(),
    };
    let app = Router::new()
        .route("/orders", post(handler).merge(get(async |_: Signed| "a long answer")))
        .layer(setup.layer.clone().signing_answers(Signer::new(service)));
    let now = UnixTime::from_secs(NOW);
    let head = setup.head("POST", "/orders", b"lamp");
    for (method, sent, status, received) in [
        ("POST", "lamp", 201, "lamp"),
        ("POST", "", 204, ""),
        ("POST", "1", 304, ""),
        ("GET", "", 200, "a long answer"),
        ("HEAD", "", 200, ""),
    ] {
        let asked = setup.head(method, "/orders", sent.as_bytes());
        let (mut answer, _) = whole(send(&app, &asked, sent).await).await;
        assert_eq!(answer.status, status);
        let signed = answers.verify_response(&answer, &asked, received, now).unwrap().allow_replays();
        assert!(signed.covers("@status") && signed.keyid() == "billing");
        assert_eq!(signed.covers("content-digest"), !received.is_empty(), "{method} {sent}");
        let refused = |answer: &_, asked: &_, body: &str| {
            answers.verify_response(answer, asked, body, now).map(|_| ()).unwrap_err()
        };
        assert_eq!(refused(&answer, &head, received), Error::NotAuthentic, "another request");
        assert!(matches!(refused(&answer, &asked, "other"), Error::NotAuthentic | Error::Policy));
        answer.status = StatusCode::ACCEPTED;
        assert_eq!(refused(&answer, &asked, received), Error::NotAuthentic, "another status");
    }
    // What is refused is not an answer.
    let head = setup.head("POST", "/orders", b"lamp");
    assert_eq!(refused(send(&app, &head, "yacht").await).await, (401, Error::NotAuthentic));
}

#[tokio::test]
async fn a_client_with_the_signing_layer_is_let_through_each_time() {
    let setup = Setup::new();
    let layer = SigningLayer::new(setup.client).clock(|| UnixTime::from_secs(NOW));
    let handler = async |signed: Signed| signed.body().clone();
    let service = Router::new().route("/orders", post(handler)).layer(setup.layer.clone());
    let client = layer.layer(service);
    for _ in 0..2 {
        let request = Request::post("/orders").header("host", AUTHORITY).body(Body::from("lamp")).unwrap();
        let response = client.clone().oneshot(request).await.unwrap();
        assert_eq!(whole(response).await.1, "lamp");
    }
    layer.replace(Signer::new(key("stranger")));
    let request = Request::post("/orders").header("host", AUTHORITY).body(Body::from("lamp")).unwrap();
    assert_eq!(client.clone().oneshot(request).await.unwrap().status(), 401);
    let no_host = Request::post("/orders").body(Body::from("lamp")).unwrap();
    assert!(client.oneshot(no_host).await.is_err(), "it is not sent unsigned");
    assert_eq!(setup.store.len(), 2);
}

#[tokio::test]
async fn keys_of_both_sides_are_rotated_while_requests_arrive() {
    let setup = Setup::new();
    let (new_client, [one, two]) = (key("shop-2"), ["billing", "billing-2"].map(key));
    let answers = Verifier::new(Keyring::new(public(&one)).accept(public(&two)).unwrap(), Policy::response());
    let (answers, known) = (answers.unwrap(), setup.known.rotate(public(&new_client)).unwrap());
    let layer = setup.layer.clone().signing_answers(Signer::new(one));
    let app = Router::new().route("/orders", post(async |_: Signed| "done")).layer(layer.clone());
    let new_client = Signer::new(new_client);
    let ask = async |signer: &Signer| {
        let asked = signed(signer, "POST", "/orders", b"lamp", NOW);
        let (answer, body) = whole(send(&app, &asked, "lamp").await).await;
        let signed = answers.verify_response(&answer, &asked, body, UnixTime::from_secs(NOW));
        signed.map_or(String::new(), |signed| signed.allow_replays().keyid().into())
    };
    assert_eq!([ask(&setup.client).await, ask(&new_client).await], ["billing", ""]);
    layer.replace(verifier(&known));
    assert_eq!([ask(&setup.client).await, ask(&new_client).await], ["billing", "billing"]);
    layer.replace_signer(Signer::new(two));
    assert_eq!([ask(&setup.client).await, ask(&new_client).await], ["billing-2", "billing-2"]);
    layer.replace(verifier(known.retire(setup.known.primary_id()).unwrap()));
    assert_eq!([ask(&setup.client).await, ask(&new_client).await], ["", "billing-2"]);
}

/// What a router has taken off in front of the layer is not there any more.
#[tokio::test]
async fn the_layer_belongs_around_the_router_that_takes_off_a_prefix() {
    let setup = Setup::new();
    let handler = post(async |signed: Signed| signed.body().clone());
    let inside = Router::new().route("/orders", handler.clone()).layer(setup.layer.clone());
    let inside = Router::new().nest("/v1", inside);
    let around = Router::new().nest("/v1", Router::new().route("/orders", handler));
    let around = around.layer(setup.layer.clone());
    let head = setup.head("POST", "/v1/orders", b"lamp");
    assert_eq!(refused(send(&inside, &head, "lamp").await).await, (401, Error::NotAuthentic));
    assert_eq!(whole(send(&around, &head, "lamp").await).await.1, "lamp");
}

#[tokio::test]
async fn behind_a_proxy_the_authority_is_the_one_that_is_configured() {
    let setup = Setup::new();
    let policy = Policy::api([AUTHORITY]).external_url("https://api.example.com");
    setup.layer.replace(Verifier::new(&setup.known, policy).unwrap());
    let app = setup.app(200);
    let mut head = setup.head("POST", "/orders", b"lamp");
    head.headers.insert("host", HeaderValue::from_static("10.0.0.7:8080"));
    head.headers.insert("x-forwarded-host", HeaderValue::from_static("other.example"));
    assert_eq!(send(&app, &head, "lamp").await.status(), 200);
    let mut elsewhere = head.clone();
    elsewhere.headers = HeaderMap::new();
    elsewhere.headers.insert("host", HeaderValue::from_static("other.example"));
    setup.client.sign(&mut elsewhere, b"lamp", UnixTime::from_secs(NOW)).unwrap();
    assert_eq!(refused(send(&app, &elsewhere, "lamp").await).await, (401, Error::NotAuthentic));
}
