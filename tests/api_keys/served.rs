// SPDX-License-Identifier: MIT OR Apache-2.0
//! The layer in front of an axum router: which header, which answer, which key the handler sees.

use crate::{NOW, after, issued, live, outcome};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, Response, StatusCode, header},
    routing::get,
};
use chancery::{
    Error, Keyring, UnixTime,
    api_key::{
        ApiKeyFuture, ApiKeyId, ApiKeyRecord, ApiKeyStore, ApiKeys, AsyncApiKeyStore, MemoryStore,
        MissingScope,
    },
    extract::ApiKey,
    mac::MacKey,
    middleware::ApiKeyLayer,
};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::SeqCst},
};
use tower::ServiceExt;

async fn read(key: ApiKey) -> Result<String, MissingScope> {
    key.require("orders:read")?;
    Ok(key.name().to_owned())
}

async fn write(key: ApiKey) -> Result<String, MissingScope> {
    key.require("orders:write")?;
    Ok(String::new())
}

async fn echo(request: Request<Body>) -> String {
    format!("{:?}", request.headers())
}

fn app(layer: &ApiKeyLayer) -> Router {
    let routes =
        Router::new().route("/read", get(read)).route("/write", get(write)).route("/echo", get(echo));
    routes.layer(layer.clone())
}

async fn ask(app: &Router, path: &str, headers: &[(&str, &str)]) -> Response<Body> {
    let request =
        headers.iter().fold(Request::get(path), |request, (name, value)| request.header(*name, *value));
    app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

#[track_caller]
fn refused(response: &Response<Body>, status: u16, challenge: Option<&str>) {
    assert_eq!(response.status().as_u16(), status);
    let found = response.headers().get(header::WWW_AUTHENTICATE).map(|value| value.to_str().unwrap());
    assert_eq!(found, challenge);
}

async fn text(response: Response<Body>) -> String {
    assert_eq!(response.status(), StatusCode::OK);
    String::from_utf8(to_bytes(response.into_body(), 10_000).await.unwrap().to_vec()).unwrap()
}

const INVALID: Option<&str> = Some(r#"Bearer error="invalid_token""#);
const SEVERAL: Option<&str> = Some(r#"Bearer error="invalid_request""#);
const SCOPE: Option<&str> = Some(r#"Bearer error="insufficient_scope""#);

fn setup() -> (Arc<MemoryStore>, ApiKeys, ApiKeyLayer, Router) {
    let (keys, store) = (live(), Arc::new(MemoryStore::new()));
    let layer = ApiKeyLayer::new(keys.clone(), store.clone()).clock(|| NOW);
    let app = app(&layer);
    (store, keys, layer, app)
}

#[tokio::test]
async fn a_good_key_in_either_header_reaches_the_handler() {
    let (store, keys, _, app) = setup();
    let key = issued(&keys, &*store);
    let bearer = format!("Bearer {}", key.expose_secret());
    for headers in [
        ("authorization", &*bearer),
        ("authorization", &*bearer.replacen("Bearer", "bearer", 1)),
        ("x-api-key", key.expose_secret()),
    ] {
        assert_eq!(text(ask(&app, "/read", &[headers]).await).await, "reports");
    }
    let response = ask(&app, "/write", &[("x-api-key", key.expose_secret())]).await;
    refused(&response, 403, SCOPE);
    assert!(to_bytes(response.into_body(), 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn one_key_in_one_header_and_nothing_else() {
    let (store, keys, _, app) = setup();
    let key = issued(&keys, &*store);
    let key = key.expose_secret();
    let bearer = &*format!("Bearer {key}");
    refused(&ask(&app, "/read", &[]).await, 401, Some("Bearer"));
    for several in [
        &[("authorization", bearer), ("x-api-key", key)][..],
        &[("authorization", bearer), ("authorization", bearer)],
        &[("x-api-key", key), ("x-api-key", key)],
        &[("authorization", "Basic eDp5"), ("x-api-key", key)],
        &[("authorization", ""), ("x-api-key", key)],
    ] {
        refused(&ask(&app, "/read", several).await, 400, SEVERAL);
    }
    for none in ["", "Basic eDp5", "Bearer", key, &bearer.replacen("Bearer", "Bearer:", 1)] {
        refused(&ask(&app, "/read", &[("authorization", none)]).await, 401, Some("Bearer"));
    }
    for bad in
        [format!("Bearer  {key}"), format!("Bearer {key} x"), format!("Bearer {key},{key}"), "Bearer ".into()]
    {
        let status = ask(&app, "/read", &[("authorization", &bad)]).await;
        assert_eq!(status.status(), 401, "{bad}");
    }
    for bad in [bearer, "", &key[1..], &format!("x {key}"), "\u{e9}"] {
        refused(&ask(&app, "/read", &[("x-api-key", bad)]).await, 401, INVALID);
    }
}

#[tokio::test]
async fn whatever_is_wrong_with_a_key_is_one_answer_without_a_body() {
    let (store, keys, _, app) = setup();
    let revoked = issued(&keys, &*store);
    store.revoke(revoked.id(), NOW).unwrap();
    let unknown = issued(&keys, &MemoryStore::new());
    let forged = issued(&live(), &*store);
    let mistyped = &issued(&keys, &*store).expose_secret()[1..].to_owned();
    for (key, reason) in [
        (revoked.expose_secret(), Error::Expired),
        (unknown.expose_secret(), Error::UnknownKey),
        (forged.expose_secret(), Error::NotAuthentic),
        (mistyped, Error::Malformed),
    ] {
        let response = ask(&app, "/read", &[("x-api-key", key)]).await;
        refused(&response, 401, INVALID);
        assert_eq!(response.extensions().get::<Error>(), Some(&reason));
        let names: Vec<_> = response.headers().keys().map(header::HeaderName::as_str).collect();
        assert_eq!(names, ["www-authenticate", "content-length"]);
        assert!(to_bytes(response.into_body(), 10).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn no_log_of_headers_behind_the_layer_has_the_key() {
    let (store, keys, _, app) = setup();
    let key = issued(&keys, &*store);
    for (name, value) in
        [("x-api-key", key.expose_secret()), ("authorization", &format!("Bearer {}", key.expose_secret()))]
    {
        let printed = text(ask(&app, "/echo", &[(name, value)]).await).await;
        assert!(printed.contains(name) && !printed.contains("acme"), "{printed}");
    }
}

#[tokio::test]
async fn a_revoked_key_is_refused_with_the_next_request_and_peppers_are_replaced_live() {
    let (store, _, layer, app) = setup();
    let peppers = Keyring::new(MacKey::generate().unwrap());
    let keys = ApiKeys::new("acme_live", &peppers).unwrap();
    let key = issued(&keys, &*store);
    let get = async || ask(&app, "/read", &[("x-api-key", key.expose_secret())]).await.status().as_u16();
    assert_eq!(get().await, 401);
    layer.replace(keys);
    assert_eq!(get().await, 200);
    let rotated = peppers.rotate(MacKey::generate().unwrap()).unwrap();
    layer.replace(ApiKeys::new("acme_live", &rotated).unwrap());
    assert_eq!(get().await, 200);
    AsyncApiKeyStore::revoke_async(&*store, key.id(), NOW).await.unwrap();
    assert_eq!(get().await, 401);
}

#[tokio::test]
async fn a_key_expires_by_the_clock_of_the_layer() {
    let (store, keys, layer, _) = setup();
    let clock = Arc::new(AtomicU64::new(NOW.as_secs()));
    let hand = Arc::clone(&clock);
    let app = app(&layer.clock(move || UnixTime::from_secs(hand.load(SeqCst))));
    let grant = crate::grant().lifetime(std::time::Duration::from_secs(10));
    let key = keys.issue_async(&*store, &grant, NOW).await.unwrap();
    for (seconds, status) in [(9, 200), (10, 401)] {
        clock.store(after(seconds).as_secs(), SeqCst);
        assert_eq!(ask(&app, "/read", &[("x-api-key", key.expose_secret())]).await.status().as_u16(), status);
    }
}

#[tokio::test]
async fn the_calls_that_wait_do_what_their_twins_do() {
    let (store, keys, ..) = setup();
    let old = keys.issue_async(&*store, &crate::grant(), NOW).await.unwrap();
    let new = keys.rotate_async(&*store, old.id(), std::time::Duration::from_secs(5), NOW).await.unwrap();
    for (key, seconds, expected) in
        [(&old, 4, Ok(old.id())), (&old, 5, Err(Error::Expired)), (&new, 5, Ok(new.id()))]
    {
        let verified = keys.verify_async(&*store, key.expose_secret(), after(seconds)).await;
        assert_eq!(outcome(verified), expected);
    }
    let again = keys.rotate_async(&*store, old.id(), std::time::Duration::ZERO, NOW).await;
    assert_eq!(again.map(|_| ()), Err(Error::Replayed));
    assert_eq!(store.list_async(None, 9).await.unwrap().len(), 2);
    assert!(store.find_async(old.id()).await.unwrap().unwrap().last_used().is_some());
}

/// A store that does not answer.
struct Down;

impl AsyncApiKeyStore for Down {
    fn create_async<'a>(&'a self, _: &'a ApiKeyRecord) -> ApiKeyFuture<'a, ()> {
        Box::pin(async { Err(Error::Unavailable) })
    }

    fn find_async(&self, _: ApiKeyId) -> ApiKeyFuture<'_, Option<ApiKeyRecord>> {
        Box::pin(async { Err(Error::Unavailable) })
    }

    fn rotate_async<'a>(&'a self, _: ApiKeyId, _: UnixTime, _: &'a ApiKeyRecord) -> ApiKeyFuture<'a, ()> {
        Box::pin(async { Err(Error::Unavailable) })
    }

    fn revoke_async(&self, _: ApiKeyId, _: UnixTime) -> ApiKeyFuture<'_, ()> {
        Box::pin(async { Err(Error::Unavailable) })
    }

    fn used_async(&self, _: ApiKeyId, _: UnixTime) -> ApiKeyFuture<'_, ()> {
        Box::pin(async { Err(Error::Unavailable) })
    }

    fn list_async(&self, _: Option<ApiKeyId>, _: usize) -> ApiKeyFuture<'_, Vec<ApiKeyRecord>> {
        Box::pin(async { Err(Error::Unavailable) })
    }
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_503_and_nobody_gets_in() {
    let keys = live();
    let key = issued(&keys, &MemoryStore::new());
    let app = app(&ApiKeyLayer::new(keys, Arc::new(Down)));
    refused(&ask(&app, "/read", &[("x-api-key", key.expose_secret())]).await, 503, None);
    // It is not asked for what is no key.
    refused(&ask(&app, "/read", &[("x-api-key", "acme_live_x")]).await, 401, INVALID);
}

#[tokio::test]
async fn without_the_layer_there_is_nothing_to_take() {
    let app = Router::new().route("/read", get(read));
    assert_eq!(ask(&app, "/read", &[]).await.status(), 500);
}
