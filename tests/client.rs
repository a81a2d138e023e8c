// SPDX-License-Identifier: MIT OR Apache-2.0
//! The client over real sockets: what it sends, and what it takes for an answer.

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::Path,
    http::{HeaderMap, Method, Request, Response, StatusCode, header},
    response::IntoResponse,
    routing::{any, post},
};
use chancery::{
    Context, Error, Key, UnixTime,
    client::{self, Client},
    envelope::{MEDIA_TYPE, Opener, Sealer},
    extract::{Sealed, Signed},
    hpke::Identity,
    http_signature::{self, Policy, SignKey, Signer, Verifier, VerifyKey},
    middleware::{SealedLayer, SignedLayer},
    replay::MemoryStore,
    signing::SigningKey,
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

/// A client and a service that know each other's keys; the service is called by this authority.
fn signing(authority: &str) -> (Client, SignedLayer) {
    let (ours, theirs) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
    let verifier = Verifier::new(VerifyKey::from(ours.verifying_key()), Policy::api([authority])).unwrap();
    let answers = Verifier::new(VerifyKey::from(theirs.verifying_key()), Policy::response()).unwrap();
    let layer = SignedLayer::new(verifier, Arc::new(MemoryStore::new(1000)));
    let client = client().signing(Signer::new(SignKey::from(ours))).verifying(answers);
    (client, layer.signing_answers(Signer::new(SignKey::from(theirs))))
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let authority = listener.local_addr().unwrap().to_string();
    (listener, authority)
}

#[tokio::test]
async fn urls_are_signed_as_they_are_sent() {
    let (listener, authority) = listen().await;
    let (client, layer) = signing(&authority);
    let echo =
        async |signed: Signed, request: Request<Body>| format!("{} {}", request.uri(), signed.body().len());
    let app = Router::new().fallback(any(echo)).layer(layer);
    tokio::spawn(async move { axum::serve(listener, app).await });
    for (target, sent) in [
        ("", "/"),
        ("/", "/"),
        ("?", "/?"),
        ("/a/../b", "/b"),
        ("/a/./b/%2e%2e/c", "/a/c"),
        ("//a//", "//a//"),
        ("/caf\u{e9}?q=\u{e9}", "/caf%C3%A9?q=%C3%A9"),
        ("/%7euser/%2F/%c3%a9", "/%7euser/%2F/%c3%a9"),
        ("/a?x='1'&y={2}&x=3", "/a?x=%271%27&y={2}&x=3"),
        ("/a;b=c,d:e@f!$*()", "/a;b=c,d:e@f!$*()"),
    ] {
        let answer = client.send(post_to(&format!("http://{authority}{target}"), b"{}")).await;
        assert_eq!(answer.unwrap().body(), format!("{sent} 2").as_bytes(), "{target}");
    }
    for method in ["GET", "HEAD", "DELETE", "PUT", "OPTIONS"] {
        let request = Request::builder().method(method).uri(format!("HTTP://{authority}/x?"));
        let answer = client.send(request.body("").unwrap()).await.unwrap();
        let body = if method == "HEAD" { "" } else { "/x? 0" };
        assert_eq!((answer.status(), answer.body()), (StatusCode::OK, &body.as_bytes().to_vec()), "{method}");
    }
}

/// Through a proxy, that is with the URL of a service whose port is the default one.
#[tokio::test]
async fn a_default_port_is_not_signed_whoever_writes_it() {
    let (listener, proxy) = listen().await;
    let (_, layer) = signing("api.example.com");
    let app = Router::new().fallback(any(async |_: Signed| "done"));
    let ours = SigningKey::generate().unwrap();
    let verifier =
        Verifier::new(VerifyKey::from(ours.verifying_key()), Policy::api(["api.example.com"])).unwrap();
    layer.replace(verifier);
    tokio::spawn(async move { axum::serve(listener, app.layer(layer)).await });
    let proxy = reqwest::Proxy::http(format!("http://{proxy}")).unwrap();
    let client = Client::new(reqwest::Client::builder().proxy(proxy))
        .unwrap()
        .signing(Signer::new(SignKey::from(ours)));
    for url in ["http://api.example.com/", "http://api.example.com:80/", "http://API.Example.Com:/"] {
        assert_eq!(client.send(post_to(url, b"{}")).await.unwrap().status(), 200, "{url}");
    }
    let other_port = client.send(post_to("http://api.example.com:8080/", b"{}")).await.unwrap();
    assert_eq!(other_port.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_verified_answer_says_which_key_signed_what() {
    let (listener, authority) = listen().await;
    let (client, layer) = signing(&authority);
    let theirs = SigningKey::generate().unwrap();
    let (key, answers) =
        (theirs.id(), Verifier::new(VerifyKey::from(theirs.verifying_key()), Policy::response()).unwrap());
    layer.replace_signer(Signer::new(SignKey::from(theirs)).covering(&["etag"]).unwrap());
    let app = Router::new().fallback(any(async |_: Signed| ([(header::ETAG, "\"7\"")], "lamp"))).layer(layer);
    tokio::spawn(async move { axum::serve(listener, app).await });
    let url = format!("http://{authority}/");
    let answer = client.clone().verifying(answers).send(post_to(&url, b"{}")).await.unwrap();
    let signed = answer.extensions().get::<http_signature::Signed<()>>().unwrap();
    assert!(signed.key() == key && signed.covers("etag") && !signed.covers("date"));
    let unknown = client.send(post_to(&url, b"{}")).await;
    assert!(matches!(unknown, Err(client::Error::Refused(Error::UnknownKey))), "{unknown:?}");
}

#[tokio::test]
async fn bodies_are_sealed_and_signed_both_ways() {
    let (listener, authority) = listen().await;
    let (client, layer) = signing(&authority);
    let identity = Identity::generate().unwrap();
    let client = client.sealing(Sealer::to(identity.recipient(), &context()).unwrap());
    let echo = async |signed: Signed, _: Sealed, body: Bytes| {
        assert_ne!(signed.body(), &body, "what was signed is sealed");
        body
    };
    let app = Router::new().route("/", post(echo).layer(self::layer(identity))).layer(layer);
    tokio::spawn(async move { axum::serve(listener, app).await });
    let answer = client.send(post_to(&format!("http://{authority}/"), b"lamp")).await.unwrap();
    assert_eq!(answer.body(), b"lamp");
}

type Recorded = Arc<Mutex<Option<(HeaderMap, Vec<u8>)>>>;

/// Signs an answer, and does with it as the path says.
async fn dishonest(signer: &Signer, earlier: Recorded, request: Request<Body>) -> Response<Body> {
    let (mut asked, body) = request.into_parts();
    let path = asked.uri.path().to_owned();
    to_bytes(body, 1000).await.unwrap();
    let (mut parts, ()) =
        Response::builder().header(header::CONTENT_TYPE, "a/b").body(()).unwrap().into_parts();
    let (mut body, mut now) = (b"lamp".to_vec(), UnixTime::now());
    match &*path {
        "/other-request" => asked.method = Method::PUT,
        "/old" => now = now.saturating_sub(Duration::from_secs(3600)),
        "/unbound" => _ = asked.headers.remove("signature"),
        _ => {}
    }
    if path != "/unsigned" {
        signer.sign_response(&mut parts, &asked, &body, now).unwrap();
    }
    let last = earlier.lock().unwrap().replace((parts.headers.clone(), body.clone()));
    match &*path {
        "/body" => body = b"yacht".to_vec(),
        "/empty" => body = Vec::new(),
        "/status" => parts.status = StatusCode::ACCEPTED,
        "/type" => _ = parts.headers.insert(header::CONTENT_TYPE, "c/d".parse().unwrap()),
        "/earlier" => (parts.headers, body) = last.unwrap(),
        "/half" => _ = parts.headers.remove("signature-input"),
        _ => {}
    }
    Response::from_parts(parts, Body::from(body))
}

#[tokio::test]
async fn an_answer_that_is_not_signed_or_not_for_this_request_is_none() {
    let key = SigningKey::generate().unwrap();
    let answers = Verifier::new(VerifyKey::from(key.verifying_key()), Policy::response()).unwrap();
    let client =
        client().signing(Signer::new(SignKey::from(SigningKey::generate().unwrap()))).verifying(answers);
    let (signer, earlier) = (Arc::new(Signer::new(SignKey::from(key))), Recorded::default());
    let handler = async move |request| dishonest(&signer, Arc::clone(&earlier), request).await;
    let url = serve(Router::new().fallback(any(handler))).await;
    let send = async |path: &str| client.send(post_to(&format!("{url}{path}"), b"{}")).await;
    for _ in 0..2 {
        assert_eq!(send("/honest").await.unwrap().body(), b"lamp");
    }
    for (path, expected) in [
        ("/earlier", Error::NotAuthentic),
        ("/other-request", Error::NotAuthentic),
        ("/body", Error::NotAuthentic),
        ("/empty", Error::NotAuthentic),
        ("/status", Error::NotAuthentic),
        ("/type", Error::NotAuthentic),
        ("/unbound", Error::Policy),
        ("/old", Error::Expired),
        ("/half", Error::Header),
    ] {
        let refused = send(path).await;
        assert!(
            matches!(&refused, Err(client::Error::Refused(error)) if *error == expected),
            "{path}: {refused:?}"
        );
    }
    let refused = send("/unsigned").await;
    assert!(matches!(refused, Err(client::Error::Unprotected(StatusCode::OK))), "{refused:?}");
    let bounded = client.clone().max_answer(3).send(post_to(&format!("{url}/honest"), b"{}")).await;
    assert!(matches!(bounded, Err(client::Error::Refused(Error::TooLarge))), "{bounded:?}");
}

#[tokio::test]
async fn a_refusal_is_not_signed_and_no_answer() {
    let (listener, authority) = listen().await;
    let (client, layer) = signing(&authority);
    let app = Router::new().fallback(any(async |_: Signed| "done")).layer(layer);
    tokio::spawn(async move { axum::serve(listener, app).await });
    let stranger = client.signing(Signer::new(SignKey::from(SigningKey::generate().unwrap())));
    let refused = stranger.send(post_to(&format!("http://{authority}/"), b"{}")).await;
    assert!(matches!(refused, Err(client::Error::Unprotected(StatusCode::UNAUTHORIZED))), "{refused:?}");
}
