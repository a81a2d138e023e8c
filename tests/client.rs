// SPDX-License-Identifier: MIT OR Apache-2.0
//! The client over real sockets: what it sends, and what it takes for an answer.

use axum::{
    Router,
    body::{Body, Bytes},
    extract::Path,
    http::{HeaderMap, Request, StatusCode, header},
    response::IntoResponse,
    routing::post,
};
use chancery::{
    Context, Error, UnixTime,
    client::{self, Client},
    envelope::{MEDIA_TYPE, Opener, Sealer},
    extract::Sealed,
    hpke::Identity,
    middleware::SealedLayer,
    replay::MemoryStore,
};
use http_body::Frame;
use std::{
    mem,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::{self, Poll},
    time::Duration,
};
use tokio::net::TcpListener;

async fn serve(app: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

fn context() -> Context {
    Context::of("quote")
}

fn client() -> Client {
    Client::new(reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10))).unwrap()
}

/// A client that seals to the identity.
fn sealing(to: &Identity) -> Client {
    client().sealing(Sealer::to(to.recipient(), &context()).unwrap())
}

fn layer(identity: Identity) -> SealedLayer {
    let opener = Opener::from_anyone(identity, &context()).unwrap();
    SealedLayer::new(opener, Arc::new(MemoryStore::new(100)), Duration::from_secs(60))
}

fn post_to(url: &str, body: &[u8]) -> Request<Vec<u8>> {
    Request::post(url).header(header::CONTENT_TYPE, "application/json").body(body.to_vec()).unwrap()
}

#[tokio::test]
async fn bodies_are_sealed_both_ways_up_to_their_bounds() {
    let identity = Identity::generate().unwrap();
    let client = sealing(&identity);
    let echo = async |_: Sealed, headers: HeaderMap, body: Bytes| {
        assert_eq!(headers[header::CONTENT_TYPE], "application/json");
        (StatusCode::CREATED, body)
    };
    let url = serve(Router::new().route("/", post(echo).layer(layer(identity)))).await;
    for len in [0, 1, 100, 100_000, 2_000_000] {
        let payload = vec![7; len];
        let answer = client.send(post_to(&url, &payload)).await.unwrap();
        assert_eq!((answer.status(), answer.body()), (StatusCode::CREATED, &payload), "{len}");
    }
    // The service answers 413 and closes; whether the client still reads that depends on the sockets.
    assert!(client.send(post_to(&url, &vec![7; 2 << 20])).await.is_err());
    let bounded = client.clone().max_answer(1000);
    assert!(bounded.send(post_to(&url, &[7; 900])).await.is_ok());
    let refused = bounded.send(post_to(&url, &[7; 1000])).await;
    assert!(matches!(refused, Err(client::Error::Refused(Error::TooLarge))), "{refused:?}");
}

#[tokio::test]
async fn what_is_said_of_another_body_is_not_said_of_the_one_that_is_sent() {
    let identity = Identity::generate().unwrap();
    let client = sealing(&identity);
    let opener = Arc::new(Opener::from_anyone(identity, &context()).unwrap());
    let handler = move |headers: HeaderMap, body: Bytes| {
        let opened = opener.request(&body, UnixTime::now()).unwrap().allow_replays();
        let (opened, responder) = opened.into_parts();
        assert_eq!(opened.into_inner().into_payload(), b"{}");
        let hashes = ["content-digest", "content-encoding", "content-md5", "digest", "repr-digest"];
        let found: Vec<_> = hashes.into_iter().filter(|name| headers.contains_key(*name)).collect();
        let answer = responder.seal(found.join(" ").as_bytes()).unwrap();
        std::future::ready(([(header::CONTENT_TYPE, MEDIA_TYPE)], answer))
    };
    let url = serve(Router::new().route("/", post(handler))).await;
    for (name, value) in [
        ("content-length", "1"),
        ("content-length", "1000"),
        ("transfer-encoding", "gzip"),
        ("content-digest", "sha-256=:RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=:"),
        ("content-encoding", "gzip"),
        ("content-md5", "mZFLkyvTelC5g8XnyQrpOw=="),
        ("digest", "SHA-256=RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o="),
        ("repr-digest", "sha-256=:RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=:"),
    ] {
        let mut request = post_to(&url, b"{}");
        request.headers_mut().insert(name, value.parse().unwrap());
        let answer = client.send(request).await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(answer.body(), b"", "{name}");
    }
}

/// Answers as its path says.
fn liar(opener: &Opener, earlier: &Mutex<Vec<u8>>, path: &str, body: &[u8]) -> impl IntoResponse + use<> {
    let opened = opener.request(body, UnixTime::now()).unwrap().allow_replays();
    let mut answer = opened.into_parts().1.seal(b"{}").unwrap();
    let earlier = mem::replace(&mut *earlier.lock().unwrap(), answer.clone());
    let mut media_type = MEDIA_TYPE;
    match path {
        "honest" => {}
        "changed" => answer[70] ^= 1,
        "cut" => answer.truncate(72),
        "empty" => answer.clear(),
        "plain" => answer = b"{\"eur\":1}".to_vec(),
        "earlier" => answer = earlier,
        "unlabelled" => media_type = "application/json",
        other => panic!("{other}"),
    }
    ([(header::CONTENT_TYPE, media_type)], answer)
}

#[tokio::test]
async fn an_answer_that_is_not_sealed_or_not_for_this_request_is_none() {
    let identity = Identity::generate().unwrap();
    let client = sealing(&identity);
    let opener = Arc::new(Opener::from_anyone(identity, &context()).unwrap());
    let earlier = Arc::<Mutex<_>>::default();
    let handler = move |Path(path): Path<String>, body: Bytes| {
        std::future::ready(liar(&opener, &earlier, &path, &body))
    };
    let url = serve(Router::new().route("/{path}", post(handler))).await;
    let send = async |path| client.send(post_to(&format!("{url}/{path}"), b"{}")).await;
    assert_eq!(send("honest").await.unwrap().body(), b"{}");
    for path in ["changed", "earlier"] {
        let refused = send(path).await;
        assert!(matches!(refused, Err(client::Error::Refused(Error::NotAuthentic))), "{path}: {refused:?}");
    }
    for path in ["cut", "empty", "plain"] {
        let refused = send(path).await;
        assert!(matches!(refused, Err(client::Error::Refused(Error::Malformed))), "{path}: {refused:?}");
    }
    let refused = send("unlabelled").await;
    assert!(matches!(refused, Err(client::Error::Unprotected(StatusCode::OK))), "{refused:?}");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_nothing_is_sent_to_where_it_leads() {
    let identity = Identity::generate().unwrap();
    let reached = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&reached);
    let elsewhere = async move || {
        count.fetch_add(1, SeqCst);
    };
    let there = serve(Router::new().fallback(elsewhere)).await;
    let here = async move || (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, there)]);
    let url = serve(Router::new().route("/", post(here))).await;
    let refused = sealing(&identity).send(post_to(&url, b"{}")).await;
    assert!(
        matches!(refused, Err(client::Error::Unprotected(StatusCode::TEMPORARY_REDIRECT))),
        "{refused:?}"
    );
    assert_eq!(client().send(post_to(&url, b"{}")).await.unwrap().status(), StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(reached.load(SeqCst), 0);
}

#[tokio::test]
async fn an_answer_that_never_ends_is_cut_off_at_the_bound() {
    let endless = async || {
        let chunks =
            std::iter::repeat_with(|| Ok::<_, std::convert::Infallible>(Bytes::from_static(&[b' '; 1000])));
        Body::new(StreamBody(Box::new(chunks)))
    };
    let url = serve(Router::new().route("/", post(endless))).await;
    let refused = client().max_answer(1 << 20).send(post_to(&url, b"{}")).await;
    assert!(matches!(refused, Err(client::Error::Refused(Error::TooLarge))), "{refused:?}");
}

type Chunks = Box<dyn Iterator<Item = Result<Bytes, std::convert::Infallible>> + Send>;

struct StreamBody(Chunks);

impl http_body::Body for StreamBody {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut task::Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(self.0.next().map(|chunk| chunk.map(Frame::data)))
    }
}

#[tokio::test]
async fn a_service_that_is_not_there_is_an_error_of_http() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    assert!(matches!(client().send(post_to(&url, b"{}")).await, Err(client::Error::Http(_))));
    let relative = client().send(Request::post("/orders").body("").unwrap()).await;
    assert!(matches!(relative, Err(client::Error::Http(_))), "{relative:?}");
}
