// SPDX-License-Identifier: MIT OR Apache-2.0
//! The layer for sealed bodies in front of an axum router: what the handler sees, what the client gets, what is claimed.

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    http::{HeaderMap, Request, Response, StatusCode, header},
    routing::post,
};
use chancery::{
    AsyncReplay, Context, Error, Key, KeyId, Keyring, UnixTime,
    envelope::{MEDIA_TYPE, Opener, Reply, Sealer},
    extract::Sealed,
    hpke::{Identity, Recipient},
    middleware::SealedLayer,
    replay::MemoryStore,
    signing::SigningKey,
};
use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tower::ServiceExt;

const NOW: u64 = 1_790_000_000;
const AGE: u64 = 60;
const LIMIT: usize = 10_000;

/// A service with an identity, a client that it knows, a clock that stands.
struct Setup {
    client: Sealer,
    client_id: KeyId,
    stranger: Sealer,
    layer: SealedLayer,
    clock: Arc<AtomicU64>,
    store: Arc<MemoryStore>,
    calls: Arc<AtomicUsize>,
}

fn context() -> Context {
    Context::of("quote").field("POST /quotes")
}

fn layer(opener: Opener, store: Arc<dyn AsyncReplay>, clock: &Arc<AtomicU64>) -> SealedLayer {
    let clock = Arc::clone(clock);
    SealedLayer::new(opener, store, Duration::from_secs(AGE))
        .max_body(LIMIT)
        .clock(move || UnixTime::from_secs(clock.load(SeqCst)))
}

impl Setup {
    fn new() -> Self {
        let (service, client) = (Identity::generate().unwrap(), SigningKey::generate().unwrap());
        let sealer = |key| Sealer::to(service.recipient(), &context()).unwrap().signed_by(key);
        let (known, client_id) = (client.verifying_key(), client.id());
        let (client, stranger) = (sealer(client), sealer(SigningKey::generate().unwrap()));
        let (clock, store) = (Arc::new(AtomicU64::new(NOW)), Arc::new(MemoryStore::new(1000)));
        let opener = Opener::from_senders(service, &context(), known).unwrap();
        let layer = layer(opener, store.clone(), &clock);
        Self { client, client_id, stranger, layer, clock, store, calls: Arc::default() }
    }

    fn app<F, O>(&self, then: F) -> Router
    where
        F: Fn(Bytes) -> O + Clone + Send + Sync + 'static,
        O: Future<Output = Response<Body>> + Send,
    {
        let calls = Arc::clone(&self.calls);
        let handler = async move |_: Sealed, body: Bytes| {
            calls.fetch_add(1, SeqCst);
            then(body).await
        };
        Router::new().route("/quotes", post(handler).layer(self.layer.clone()))
    }

    fn answering(&self, status: StatusCode) -> Router {
        self.app(move |_| async move { answer(status, "") })
    }

    fn request(&self, payload: &[u8]) -> (Vec<u8>, Reply) {
        self.client.request(payload, UnixTime::from_secs(NOW)).unwrap()
    }

    fn calls(&self) -> usize {
        self.calls.load(SeqCst)
    }
}

fn answer(status: StatusCode, body: &'static str) -> Response<Body> {
    Response::builder().status(status).body(Body::from(body)).unwrap()
}

async fn send(app: &Router, body: impl Into<Body>) -> Response<Body> {
    let request = Request::post("/quotes").header(header::CONTENT_TYPE, MEDIA_TYPE);
    app.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap()
}

async fn bytes(response: Response<Body>) -> Bytes {
    to_bytes(response.into_body(), usize::MAX).await.unwrap()
}

async fn refused(response: Response<Body>) -> (u16, Error) {
    let (parts, body) = response.into_parts();
    assert!(to_bytes(body, 1).await.unwrap().is_empty(), "{parts:?}");
    (parts.status.as_u16(), *parts.extensions.get().expect("an error"))
}

#[tokio::test]
async fn a_handler_sees_plain_json_and_who_sent_it_and_the_client_gets_a_sealed_answer() {
    let setup = Setup::new();
    let client_id = setup.client_id;
    let handler = async move |sealed: Sealed, headers: HeaderMap, body: Bytes| {
        assert_eq!(body, r#"{"item":"lamp"}"#);
        assert_eq!(
            (headers[header::CONTENT_TYPE].as_bytes(), &headers[header::CONTENT_LENGTH]),
            (&b"application/json"[..], &15.into())
        );
        assert_eq!((sealed.sender(), sealed.created()), (Some(client_id), UnixTime::from_secs(NOW)));
        ([(header::CONTENT_TYPE, "application/json"), (header::ETAG, "\"7\"")], r#"{"eur":42}"#)
    };
    let app = Router::new().route("/quotes", post(handler).layer(setup.layer.clone()));
    let (request, mut reply) = setup.request(br#"{"item":"lamp"}"#);
    let response = send(&app, request).await;
    assert_eq!(response.status(), StatusCode::OK);
    let headers = response.headers().clone();
    assert_eq!(
        (headers[header::CONTENT_TYPE].as_bytes(), &headers[header::ETAG]),
        (MEDIA_TYPE.as_bytes(), &"\"7\"".parse().unwrap())
    );
    let sealed = bytes(response).await;
    assert_eq!(headers[header::CONTENT_LENGTH], sealed.len().to_string());
    assert!(!sealed.windows(3).any(|window| window == b"eur"));
    assert_eq!(reply.open(&sealed).unwrap(), br#"{"eur":42}"#);
}

#[tokio::test]
async fn an_answer_of_any_status_is_sealed_and_never_without_a_body() {
    for (status, seen) in [(200, 200), (201, 201), (204, 200), (205, 200), (404, 404), (422, 422), (500, 500)]
    {
        let setup = Setup::new();
        let app = setup.app(move |_| async move { answer(StatusCode::from_u16(status).unwrap(), "") });
        let (request, mut reply) = setup.request(b"{}");
        let response = send(&app, request).await;
        assert_eq!(response.status().as_u16(), seen);
        assert_eq!(reply.open(&bytes(response).await).unwrap(), b"", "{status}");
    }
}

#[tokio::test]
async fn no_hash_of_an_answer_goes_out_beside_it() {
    let setup = Setup::new();
    let hashes = ["content-digest", "content-md5", "digest", "repr-digest"];
    let app = setup.app(move |_| async move {
        let mut response = answer(StatusCode::OK, "yes");
        for name in hashes {
            response.headers_mut().insert(name, "sha-256=:AAAA:".parse().unwrap());
        }
        response
    });
    let (request, mut reply) = setup.request(b"{}");
    let response = send(&app, request).await;
    assert!(hashes.into_iter().all(|name| !response.headers().contains_key(name)), "{response:?}");
    assert_eq!(reply.open(&bytes(response).await).unwrap(), b"yes");
}

#[tokio::test]
async fn what_is_refused_is_answered_with_its_status_and_reaches_no_handler() {
    let setup = Setup::new();
    let app = setup.answering(StatusCode::OK);
    let at = |secs| setup.client.request(b"{}", UnixTime::from_secs(secs)).unwrap().0;
    let mut changed = at(NOW);
    *changed.last_mut().unwrap() ^= 1;
    let stranger = setup.stranger.request(b"{}", UnixTime::from_secs(NOW)).unwrap().0;
    let no_request = setup.client.seal(b"{}", UnixTime::from_secs(NOW)).unwrap();
    for (body, expected) in [
        (br#"{"item":"lamp"}"#.to_vec(), (400, Error::Malformed)),
        (Vec::new(), (400, Error::Malformed)),
        (changed, (401, Error::NotAuthentic)),
        (stranger, (401, Error::NotAuthentic)),
        (no_request, (401, Error::Policy)),
        (at(NOW - AGE - 1), (401, Error::Expired)),
        (at(NOW + 3600), (401, Error::NotYetValid)),
        (setup.request(&[b' '; LIMIT]).0, (413, Error::TooLarge)),
    ] {
        assert_eq!(refused(send(&app, body).await).await, expected);
    }
    assert_eq!((setup.calls(), setup.store.len()), (0, 0));
}

#[tokio::test]
async fn a_request_that_was_sealed_for_another_route_is_refused() {
    let (service, client) = (Identity::generate().unwrap(), SigningKey::generate().unwrap());
    let (recipient, known) = (service.recipient(), client.verifying_key());
    let elsewhere = Context::of("quote").field("DELETE /quotes");
    let sealer = Sealer::to(recipient, &elsewhere).unwrap().signed_by(client);
    let (request, _) = sealer.request(b"{}", UnixTime::from_secs(NOW)).unwrap();
    let opener = Opener::from_senders(service, &context(), known).unwrap();
    let layer = layer(opener, Arc::new(MemoryStore::new(10)), &Arc::new(AtomicU64::new(NOW)));
    let app = Router::new().route("/quotes", post(async |_: Sealed| ()).layer(layer));
    assert_eq!(refused(send(&app, request).await).await, (401, Error::NotAuthentic));
}

#[tokio::test]
async fn without_the_layer_the_handler_cannot_be_reached() {
    let app = Router::new().route("/quotes", post(async |_: Sealed| ()));
    assert_eq!(send(&app, "{}").await.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn a_copy_is_refused_for_as_long_as_the_request_is_young_enough() {
    let setup = Setup::new();
    let app = setup.answering(StatusCode::OK);
    let (request, _) = setup.request(b"{}");
    assert_eq!(send(&app, request.clone()).await.status(), StatusCode::OK);
    for later in [0, 1, AGE] {
        setup.clock.store(NOW + later, SeqCst);
        assert_eq!(refused(send(&app, request.clone()).await).await, (409, Error::Replayed), "{later}");
    }
    setup.clock.store(NOW + AGE + 1, SeqCst);
    assert_eq!(refused(send(&app, request).await).await, (401, Error::Expired));
    assert_eq!(setup.calls(), 1);
}

#[tokio::test]
async fn what_a_client_was_told_stays_so_but_after_a_failure_of_the_service_it_can_try_again() {
    for (status, calls) in [(200, 1), (302, 1), (400, 1), (402, 1), (404, 1), (429, 1), (500, 2), (503, 2)] {
        let setup = Setup::new();
        let app = setup.answering(StatusCode::from_u16(status).unwrap());
        let (request, mut reply) = setup.request(b"{}");
        send(&app, request.clone()).await;
        let again = send(&app, request).await;
        assert_eq!(setup.calls(), calls, "{status}");
        if calls == 2 {
            assert!(reply.open(&bytes(again).await).is_ok(), "the second answer is for the same request");
        } else {
            assert_eq!(refused(again).await, (409, Error::Replayed), "{status}");
        }
    }
}

#[tokio::test]
async fn a_store_that_does_not_answer_refuses() {
    let setup = Setup::new();
    let (service, client) = (Identity::generate().unwrap(), SigningKey::generate().unwrap());
    let (recipient, known) = (service.recipient(), client.verifying_key());
    let opener = Opener::from_senders(service, &context(), known).unwrap();
    let full = layer(opener, Arc::new(MemoryStore::new(0)), &setup.clock);
    let app = Router::new().route("/quotes", post(async |_: Sealed| ()).layer(full));
    let sealer = Sealer::to(recipient, &context()).unwrap().signed_by(client);
    let (request, _) = sealer.request(b"{}", UnixTime::from_secs(NOW)).unwrap();
    assert_eq!(refused(send(&app, request).await).await, (503, Error::Unavailable));
}

#[tokio::test]
async fn an_identity_is_rotated_while_requests_arrive() {
    let setup = Setup::new();
    let (old, new) = (Identity::generate().unwrap(), Identity::generate().unwrap());
    let client = Keyring::new(SigningKey::generate().unwrap());
    let known = Keyring::new(client.primary().verifying_key());
    let sealed = |recipient: Recipient| {
        let sealer = Sealer::to(recipient, &context()).unwrap().signed_by(&client);
        sealer.request(b"{}", UnixTime::from_secs(NOW)).unwrap().0
    };
    let (to_old, to_new) = (old.recipient(), new.recipient());
    let opener = |keys: &Keyring<Identity>| Opener::from_senders(keys, &context(), &known).unwrap();
    let keys = Keyring::new(old);
    let layer = layer(opener(&keys), setup.store.clone(), &setup.clock);
    let app = Router::new().route("/quotes", post(async |_: Sealed| ()).layer(layer.clone()));
    let status = async |to: &Recipient| send(&app, sealed(to.clone())).await.status().as_u16();
    assert_eq!((status(&to_old).await, status(&to_new).await), (200, 401));
    let keys = keys.rotate(new).unwrap();
    layer.replace(opener(&keys));
    assert_eq!((status(&to_old).await, status(&to_new).await), (200, 200));
    layer.replace(opener(&keys.retire(keys.ids().last().unwrap()).unwrap()));
    assert_eq!((status(&to_old).await, status(&to_new).await), (401, 200));
    // The age is that of the layer, whatever the opener says.
    setup.clock.store(NOW + AGE + 1, SeqCst);
    assert_eq!(status(&to_new).await, 401);
}
