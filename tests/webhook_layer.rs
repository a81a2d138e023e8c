// SPDX-License-Identifier: MIT OR Apache-2.0
//! The webhook layer in front of an axum router: what it answers, what it buffers, what it claims.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, Response, StatusCode},
    routing::{get, post},
};
use bytes::Bytes;
use chancery::{
    AsyncReplay, Error, UnixTime,
    extract::Webhook,
    middleware::WebhookLayer,
    replay::MemoryStore,
    testing,
    webhook::{Verifier, provider},
};
use http_body::{Frame, SizeHint};
use std::{
    convert::Infallible,
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst},
    },
    task::{Context, Poll},
    time::Duration,
};
use tokio::sync::Notify;
use tower::{Layer, ServiceExt, service_fn};

const SECRET: &str = "whsec_of_the_test_environment";
const NOW: u64 = 1_790_000_000;
const LIMIT: usize = 1000;
const LEASE: u64 = 30;

/// A clock that stands, a store, and how often a handler was called.
struct Setup {
    clock: Arc<AtomicU64>,
    store: Arc<MemoryStore>,
    calls: Arc<AtomicUsize>,
}

impl Setup {
    fn new() -> Self {
        let clock = Arc::new(AtomicU64::new(NOW));
        Self { clock, store: Arc::new(MemoryStore::new(1000)), calls: Arc::default() }
    }

    fn layer(&self) -> WebhookLayer {
        self.layer_with(self.store.clone())
    }

    fn layer_with(&self, store: Arc<dyn AsyncReplay>) -> WebhookLayer {
        let clock = Arc::clone(&self.clock);
        let verifier = Verifier::new(provider::STRIPE.secret(SECRET).unwrap()).unwrap().max_body(LIMIT);
        WebhookLayer::new(verifier, store)
            .lease(Duration::from_secs(LEASE))
            .clock(move || UnixTime::from_secs(clock.load(SeqCst)))
    }

    /// A route whose handler counts, and then does this.
    fn app<F, O>(&self, then: F) -> Router
    where
        F: Fn() -> O + Clone + Send + Sync + 'static,
        O: Future<Output = StatusCode> + Send,
    {
        let calls = Arc::clone(&self.calls);
        let handler = async move |_: Webhook| {
            calls.fetch_add(1, SeqCst);
            then().await
        };
        Router::new().route("/", post(handler).layer(self.layer()))
    }

    fn answering(&self, status: StatusCode) -> Router {
        self.app(move || async move { status })
    }

    fn calls(&self) -> usize {
        self.calls.load(SeqCst)
    }
}

fn request(body: &'static [u8], time: u64) -> Request<Body> {
    let headers = testing::sign(&provider::STRIPE, SECRET, body, UnixTime::from_secs(time)).unwrap();
    let request =
        headers.into_iter().fold(Request::post("/"), |request, (name, value)| request.header(name, value));
    request.body(Body::from(body)).unwrap()
}

async fn status(app: &Router, request: Request<Body>) -> StatusCode {
    app.clone().oneshot(request).await.unwrap().status()
}

/// The status of a refusal, whose body is empty and whose reason is in the extensions.
async fn refused(response: Response<Body>) -> (u16, Error) {
    let (parts, body) = response.into_parts();
    assert!(to_bytes(body, 1).await.unwrap().is_empty(), "{parts:?}");
    (parts.status.as_u16(), *parts.extensions.get().expect("an error"))
}

/// A body of these frames, which counts those that were asked for.
struct Framed {
    frames: Vec<Result<Bytes, &'static str>>,
    asked: Arc<AtomicUsize>,
    announced: u64,
}

impl http_body::Body for Framed {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        self.asked.fetch_add(1, SeqCst);
        Poll::Ready(self.frames.pop().map(|frame| frame.map(Frame::data)))
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = SizeHint::new();
        hint.set_lower(self.announced);
        hint
    }
}

#[tokio::test]
async fn a_verified_delivery_reaches_the_handler_with_the_body_that_was_checked() {
    let setup = Setup::new();
    let handler = async |webhook: Webhook, body: Bytes| {
        assert_eq!(webhook.body(), b"{\"paid\":true}");
        assert_eq!(body, webhook.body());
        assert_eq!((webhook.scheme(), webhook.timestamp()), ("stripe", Some(UnixTime::from_secs(NOW))));
        StatusCode::CREATED
    };
    let app = Router::new().route("/", post(handler).layer(setup.layer()));
    assert_eq!(status(&app, request(b"{\"paid\":true}", NOW)).await, StatusCode::CREATED);
}

#[tokio::test]
async fn what_is_refused_is_answered_with_its_status_and_nothing_else() {
    let setup = Setup::new();
    let app = setup.answering(StatusCode::OK);
    let with = |change: fn(&mut Request<Body>)| {
        let mut request = request(b"{}", NOW);
        change(&mut request);
        request
    };
    for (request, expected) in [
        (with(|r| _ = r.headers_mut().remove("stripe-signature")), (401, Error::Header)),
        (
            with(|r| _ = r.headers_mut().append("stripe-signature", "t=1,v1=00".parse().unwrap())),
            (401, Error::Header),
        ),
        (with(|r| *r.body_mut() = Body::from("{ }")), (401, Error::NotAuthentic)),
        (
            with(|r| _ = r.headers_mut().insert("stripe-signature", "t=x,v1=00".parse().unwrap())),
            (400, Error::Malformed),
        ),
        (
            with(|r| _ = r.headers_mut().insert("content-length", "-1".parse().unwrap())),
            (400, Error::Malformed),
        ),
        (request(b"{}", NOW - 301), (401, Error::Expired)),
        (request(b"{}", NOW + 301), (401, Error::NotYetValid)),
        (request(&[b' '; LIMIT + 1], NOW), (413, Error::TooLarge)),
    ] {
        let response = app.clone().oneshot(request).await.unwrap();
        assert_eq!(refused(response).await, expected);
    }
    let full = setup.layer_with(Arc::new(MemoryStore::new(0)));
    let app = Router::new().route("/", post(async |_: Webhook| ()).layer(full));
    assert_eq!(refused(app.oneshot(request(b"{}", NOW)).await.unwrap()).await, (503, Error::Unavailable));
    assert_eq!(setup.calls(), 0);
    assert!(setup.store.is_empty(), "nothing refused is claimed");
}

#[tokio::test]
async fn without_the_layer_the_handler_cannot_be_reached() {
    let app = Router::new().route("/", post(async |_: Webhook| StatusCode::OK));
    assert_eq!(status(&app, request(b"{}", NOW)).await, StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn a_body_that_is_announced_as_too_long_is_refused_unread() {
    let app = Setup::new().answering(StatusCode::OK);
    for (length, hint) in [(Some(LIMIT as u64 + 1), 0), (Some(u64::MAX), 0), (None, LIMIT as u64 + 1)] {
        let asked = Arc::new(AtomicUsize::new(0));
        let body = Body::new(Framed { frames: vec![], asked: Arc::clone(&asked), announced: hint });
        let mut request = request(b"{}", NOW).map(|_| body);
        if let Some(length) = length {
            request.headers_mut().insert("content-length", length.into());
        }
        assert_eq!(refused(app.clone().oneshot(request).await.unwrap()).await, (413, Error::TooLarge));
        assert_eq!(asked.load(SeqCst), 0);
    }
}

#[tokio::test]
async fn a_body_that_turns_out_too_long_is_cut_off_at_the_limit() {
    let app = Setup::new().answering(StatusCode::OK);
    for (frame, most) in [(100, 11), (1, LIMIT + 1), (LIMIT + 1, 1)] {
        let asked = Arc::new(AtomicUsize::new(0));
        let frames = vec![Ok(Bytes::from(vec![b' '; frame])); 100_000];
        let body = Body::new(Framed { frames, asked: Arc::clone(&asked), announced: 0 });
        let request = request(b"{}", NOW).map(|_| body);
        assert_eq!(refused(app.clone().oneshot(request).await.unwrap()).await, (413, Error::TooLarge));
        assert_eq!(asked.load(SeqCst), most, "frames of {frame}");
    }
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_in_many_frames_is_accepted_and_a_broken_one_is_not() {
    let setup = Setup::new();
    let app = setup.answering(StatusCode::OK);
    let whole = request(&[b'x'; LIMIT], NOW);
    let mut broken = request(&[b'x'; LIMIT], NOW);
    let frames = |first| {
        let mut frames = vec![Ok(Bytes::from_static(b"x")); LIMIT];
        frames[0] = first;
        Body::new(Framed { frames, asked: Arc::default(), announced: 0 })
    };
    *broken.body_mut() = frames(Err("the connection is gone"));
    assert_eq!(refused(app.clone().oneshot(broken).await.unwrap()).await, (400, Error::Malformed));
    assert_eq!(status(&app, whole.map(|_| frames(Ok(Bytes::from_static(b"x"))))).await, StatusCode::OK);
    assert_eq!(setup.calls(), 1);
}

/// `{}`, which takes its time.
struct Late(Option<Box<dyn FnOnce() + Send>>);

impl http_body::Body for Late {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|passes| {
            passes();
            Ok(Frame::data(Bytes::from_static(b"{}")))
        }))
    }
}

#[tokio::test]
async fn the_age_is_that_at_the_end_of_the_body() {
    let setup = Setup::new();
    let app = setup.answering(StatusCode::OK);
    let clock = Arc::clone(&setup.clock);
    let late = Body::new(Late(Some(Box::new(move || clock.store(NOW + 301, SeqCst)))));
    let response = app.oneshot(request(b"{}", NOW).map(|_| late)).await.unwrap();
    assert_eq!(refused(response).await, (401, Error::Expired));
}

#[tokio::test]
async fn a_delivery_that_was_handled_is_answered_200_and_not_handled_again() {
    let setup = Setup::new();
    let app = setup.answering(StatusCode::NO_CONTENT);
    assert_eq!(status(&app, request(b"{}", NOW)).await, StatusCode::NO_CONTENT);
    for later in [0, 60, 300] {
        setup.clock.store(NOW + later, SeqCst);
        let response = app.clone().oneshot(request(b"{}", NOW)).await.unwrap();
        assert_eq!(refused(response).await, (200, Error::Replayed), "{later} s later");
    }
    setup.clock.store(NOW + 301, SeqCst);
    assert_eq!(status(&app, request(b"{}", NOW)).await, StatusCode::UNAUTHORIZED);
    assert_eq!(setup.calls(), 1);
}

#[tokio::test]
async fn of_many_copies_at_once_one_is_handled_and_the_others_are_told_so() {
    let setup = Setup::new();
    let (started, finish) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let app = setup.app({
        let (started, finish) = (Arc::clone(&started), Arc::clone(&finish));
        move || {
            let (started, finish) = (Arc::clone(&started), Arc::clone(&finish));
            async move {
                started.notify_one();
                finish.notified().await;
                StatusCode::OK
            }
        }
    });
    let copies: Vec<_> = (0..50).map(|_| tokio::spawn(app.clone().oneshot(request(b"{}", NOW)))).collect();
    started.notified().await;
    // All the others are answered while the one is at work.
    let response = app.clone().oneshot(request(b"{}", NOW)).await.unwrap();
    assert_eq!(refused(response).await, (409, Error::InProgress));
    tokio::task::yield_now().await;
    finish.notify_one();
    let mut statuses = Vec::new();
    for copy in copies {
        statuses.push(copy.await.unwrap().unwrap().status().as_u16());
    }
    assert_eq!(setup.calls(), 1);
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 49, "{statuses:?}");
    assert_eq!(status(&app, request(b"{}", NOW)).await, StatusCode::OK);
    assert_eq!(setup.calls(), 1);
}

#[tokio::test]
async fn an_answer_other_than_2xx_lets_the_next_attempt_through() {
    for code in [199, 302, 400, 404, 410, 500, 503] {
        let setup = Setup::new();
        let failing = setup.answering(StatusCode::from_u16(code).unwrap());
        assert_eq!(status(&failing, request(b"{}", NOW)).await.as_u16(), code);
        assert!(setup.store.is_empty(), "{code}");
        assert_eq!(status(&setup.answering(StatusCode::OK), request(b"{}", NOW)).await, StatusCode::OK);
        assert_eq!(setup.calls(), 2, "{code}");
    }
}

#[tokio::test]
async fn an_error_of_the_service_lets_the_next_attempt_through() {
    let setup = Setup::new();
    let failing = setup.layer().layer(service_fn(async |_: Request<Body>| Err::<Response<Body>, _>("no")));
    assert_eq!(failing.oneshot(request(b"{}", NOW)).await.unwrap_err(), "no");
    assert!(setup.store.is_empty());
}

#[tokio::test]
async fn a_panic_in_the_handler_lets_the_next_attempt_through() {
    let setup = Setup::new();
    let app = setup.app(|| async { panic!("in the handler, for the test") });
    assert!(tokio::spawn(app.oneshot(request(b"{}", NOW))).await.unwrap_err().is_panic());
    assert_eq!(setup.calls(), 1);
    assert_eq!(status(&setup.answering(StatusCode::OK), request(b"{}", NOW)).await, StatusCode::OK);
    assert_eq!(setup.calls(), 2);
}

/// Polls once: the handler is at work, and does not come back.
async fn begin(future: &mut (impl Future<Output = Result<Response<Body>, Infallible>> + Unpin)) {
    let polled = poll_fn(|context| Poll::Ready(pin!(&mut *future).poll(context).is_pending())).await;
    assert!(polled);
}

#[tokio::test]
async fn a_sender_that_hangs_up_lets_the_next_attempt_through() {
    let setup = Setup::new();
    let mut handled = Box::pin(setup.app(std::future::pending).oneshot(request(b"{}", NOW)));
    begin(&mut handled).await;
    assert_eq!((setup.calls(), setup.store.len()), (1, 1));
    drop(handled);
    assert!(setup.store.is_empty());
}

#[tokio::test]
async fn deliveries_of_the_same_bytes_are_all_handled_where_replays_are_allowed() {
    let setup = Setup::new();
    let scheme = provider::SHOPIFY_APP_PROXY;
    let target = "/reviews?shop=a.example&path_prefix=/apps/reviews&logged_in_customer_id=";
    let now = UnixTime::from_secs(NOW);
    let signed = testing::Signer::new(&scheme, SECRET).unwrap().sign_at("GET", target, b"", now).unwrap();
    let app = |layer: WebhookLayer| {
        let calls = Arc::clone(&setup.calls);
        let handler = async move |_: Webhook| assert!(calls.fetch_add(1, SeqCst) < 9);
        Router::new().route("/reviews", get(handler).layer(layer.clock(move || now)))
    };
    let verifier = Arc::new(Verifier::new(scheme.secret(SECRET).unwrap()).unwrap());
    // Two visitors in one second: what is signed is the same, and the second one sees an empty page.
    let claiming = app(WebhookLayer::new(Arc::clone(&verifier), setup.store.clone()));
    let allowing = app(WebhookLayer::allow_replays(verifier));
    for (app, calls) in [(claiming, 1), (allowing, 3)] {
        for _ in 0..2 {
            let request = Request::get(&signed.target).body(Body::empty()).unwrap();
            assert_eq!(status(&app, request).await, StatusCode::OK);
        }
        assert_eq!(setup.calls(), calls);
        let forged =
            Request::get(signed.target.replace("a.example", "b.example")).body(Body::empty()).unwrap();
        assert_eq!(status(&app, forged).await, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn a_lease_below_a_second_is_a_lease() {
    for lease in [Duration::ZERO, Duration::from_millis(999)] {
        let setup = Setup::new();
        let handler =
            service_fn(async |_| std::future::pending::<Result<Response<Body>, Infallible>>().await);
        let service = setup.layer().lease(lease).layer(handler);
        let mut handled = Box::pin(service.clone().oneshot(request(b"{}", NOW)));
        begin(&mut handled).await;
        let mut copy = Box::pin(service.oneshot(request(b"{}", NOW)));
        let polled = poll_fn(|context| Poll::Ready(copy.as_mut().poll(context))).await;
        let Poll::Ready(Ok(answer)) = polled else { panic!("handled twice at once, under {lease:?}") };
        assert_eq!(refused(answer).await, (409, Error::InProgress));
    }
}

#[tokio::test]
async fn after_a_crash_the_lease_lapses() {
    let setup = Setup::new();
    let mut handled = Box::pin(setup.app(std::future::pending).oneshot(request(b"{}", NOW)));
    begin(&mut handled).await;
    std::mem::forget(handled); // nothing that is dropped runs
    let app = setup.answering(StatusCode::OK);
    setup.clock.store(NOW + LEASE - 1, SeqCst);
    assert_eq!(status(&app, request(b"{}", NOW)).await, StatusCode::CONFLICT);
    setup.clock.store(NOW + LEASE, SeqCst);
    assert_eq!(status(&app, request(b"{}", NOW)).await, StatusCode::OK);
    assert_eq!(setup.calls(), 2);
}
