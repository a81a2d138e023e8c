// SPDX-License-Identifier: MIT OR Apache-2.0
//! The layer in front of an axum router: which header, which answer, which claims the handler sees.

use crate::{HEADER, NOW, at, forge, shared_verifier, sign_key, verifier, with};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, Response, header},
    routing::get,
};
use chancery::{
    Error,
    api_key::MissingScope,
    extract::Bearer,
    jwt::{Grant, SignKey, Signer, dpop::Prover},
    middleware::BearerLayer,
};
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};
use tower::ServiceExt;

#[derive(serde::Deserialize)]
struct Claims {
    scope: String,
}

async fn read(token: Bearer<Claims>) -> Result<String, MissingScope> {
    let may = |scope| token.claims().scope.split(' ').any(|granted| granted == scope);
    may("orders:read").then_some(()).ok_or(MissingScope)?;
    Ok(token.subject().unwrap_or_default().to_owned())
}

async fn other(_: Bearer<Value>) {}

async fn echo(request: Request<Body>) -> String {
    format!("{:?} {:?}", request.headers(), request.extensions().get::<Bearer<Claims>>())
}

fn app(layer: &BearerLayer<Claims>) -> Router {
    let routes = Router::new().route("/read", get(read)).route("/other", get(other));
    routes.route("/echo", get(echo)).layer(layer.clone())
}

fn layer() -> BearerLayer<Claims> {
    BearerLayer::new(verifier()).clock(|| at(NOW))
}

fn issue(key: SignKey, grant: &Grant, scope: &Value) -> String {
    let signer = Signer::new(key, crate::ISSUER).unwrap();
    signer.issue(grant, &json!({ "scope": scope }), at(NOW)).unwrap()
}

fn grant() -> Grant {
    Grant::new(crate::AUDIENCE, Duration::from_secs(300)).subject("user-17")
}

fn token() -> String {
    issue(sign_key(), &grant(), &json!("orders:list orders:read"))
}

async fn ask(app: &Router, path: &str, headers: &[(&str, &str)]) -> Response<Body> {
    let request =
        headers.iter().fold(Request::get(path), |request, (name, value)| request.header(*name, *value));
    app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

async fn present(app: &Router, token: &str) -> Response<Body> {
    ask(app, "/read", &[("authorization", &format!("Bearer {token}"))]).await
}

#[track_caller]
fn refused(response: &Response<Body>, status: u16, challenge: Option<&str>) {
    assert_eq!(response.status().as_u16(), status);
    let found = response.headers().get(header::WWW_AUTHENTICATE).map(|value| value.to_str().unwrap());
    assert_eq!(found, challenge);
}

async fn text(response: Response<Body>) -> String {
    assert_eq!(response.status().as_u16(), 200);
    String::from_utf8(to_bytes(response.into_body(), 10_000).await.unwrap().to_vec()).unwrap()
}

const INVALID: Option<&str> = Some(r#"Bearer error="invalid_token""#);

#[tokio::test]
async fn a_good_token_reaches_the_handler_with_its_claims() {
    let app = app(&layer());
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let header = format!("{scheme} {}", token());
        assert_eq!(text(ask(&app, "/read", &[("authorization", &header)]).await).await, "user-17");
    }
}

#[tokio::test]
async fn one_field_presents_the_token_and_nothing_else_does() {
    let (app, token) = (app(&layer()), token());
    let bearer = format!("Bearer {token}");
    refused(&ask(&app, "/read", &[]).await, 401, Some("Bearer"));
    for elsewhere in [&*format!("/read?access_token={token}"), "/read"] {
        refused(&ask(&app, elsewhere, &[("x-api-key", &token)]).await, 401, Some("Bearer"));
    }
    for none in ["", "Bearer", &token, "Basic eDp5", &format!("DPoP {token}"), &format!("Bearer:{token}")] {
        refused(&ask(&app, "/read", &[("authorization", none)]).await, 401, Some("Bearer"));
    }
    for other in [&*bearer, "Basic eDp5", ""] {
        let twice = ask(&app, "/read", &[("authorization", &bearer), ("authorization", other)]).await;
        refused(&twice, 400, Some(r#"Bearer error="invalid_request""#));
    }
    for bad in [format!("Bearer  {token}"), format!("{bearer} "), format!("{bearer}, {bearer}"), bearer + "="]
    {
        refused(&ask(&app, "/read", &[("authorization", &bad)]).await, 401, INVALID);
    }
}

#[tokio::test]
async fn a_token_that_is_refused_is_401_whatever_it_is_and_the_handler_is_not_reached() {
    let app = app(&layer());
    let scope = json!("orders:read");
    let client = Prover::new(crate::signing_key(9));
    let url = "https://orders.example.com/read";
    let proof = client.prove("GET", url, None, at(NOW)).unwrap();
    let shown = chancery::jwt::dpop::Proof { proof: &proof, method: "GET", url }.verify(at(NOW)).unwrap();
    let thumbprint = shown.allow_replays().into_inner();
    let good = token();
    let (signed, _) = good.rsplit_once('.').unwrap();
    for (bad, reason) in [
        ("x".to_owned(), Error::Malformed),
        ("x".repeat(9000), Error::TooLarge),
        (format!("{signed}.{}", "A".repeat(86)), Error::NotAuthentic),
        (
            issue(SignKey::from(crate::signing_key(1)).named("k7").unwrap(), &grant(), &scope),
            Error::UnknownKey,
        ),
        (issue(sign_key(), &grant().typ("at+jwt"), &scope), Error::Policy),
        (issue(sign_key(), &Grant::new("billing", Duration::from_secs(9)), &scope), Error::Policy),
        // Bound to a key, which nobody has shown.
        (issue(sign_key(), &grant().bound_to(&thumbprint), &scope), Error::Policy),
        // Claims of another shape than the handler takes.
        (issue(sign_key(), &grant(), &json!(["orders:read"])), Error::Malformed),
    ] {
        let response = present(&app, &bad).await;
        refused(&response, 401, INVALID);
        assert_eq!(response.extensions().get::<Error>(), Some(&reason));
        let names: Vec<_> = response.headers().keys().map(header::HeaderName::as_str).collect();
        assert_eq!(names, ["www-authenticate", "content-length"]);
        assert!(to_bytes(response.into_body(), 10).await.unwrap().is_empty());
    }
    assert_eq!(present(&app, &good).await.status(), 200);
}

#[tokio::test]
async fn a_missing_scope_is_403_and_says_so() {
    let app = app(&layer());
    for scope in ["", "orders", "orders:reader", "orders:rea d"] {
        let response = present(&app, &issue(sign_key(), &grant(), &json!(scope))).await;
        refused(&response, 403, Some(r#"Bearer error="insufficient_scope""#));
    }
}

#[tokio::test]
async fn a_token_expires_by_the_clock_of_the_layer_and_keys_are_replaced_live() {
    let clock = Arc::new(AtomicU64::new(NOW));
    let hand = Arc::clone(&clock);
    let layer = layer().clock(move || at(hand.load(SeqCst)));
    let (app, token) = (app(&layer), token());
    for (seconds, status) in [(359, 200), (360, 401)] {
        clock.store(NOW + seconds, SeqCst);
        assert_eq!(present(&app, &token).await.status(), status);
    }
    clock.store(NOW, SeqCst);
    let shared = SignKey::from(crate::mac_key(2)).named("k2").unwrap();
    let other = issue(shared, &grant(), &json!("orders:read"));
    let statuses = async || {
        [present(&app, &token).await.status().as_u16(), present(&app, &other).await.status().as_u16()]
    };
    assert_eq!(statuses().await, [200, 401]);
    layer.replace(shared_verifier());
    assert_eq!(statuses().await, [401, 200]);
}

#[tokio::test]
async fn no_log_behind_the_layer_has_the_token_or_its_claims() {
    let (layer, token) = (layer(), token());
    let app = app(&layer);
    let printed = text(ask(&app, "/echo", &[("authorization", &format!("Bearer {token}"))]).await).await;
    let (_, signature) = token.rsplit_once('.').unwrap();
    for secret in [signature, "orders", "user-17"] {
        assert!(!printed.contains(secret), "{printed}");
    }
    assert!(printed.contains("authorization") && printed.contains("expires"), "{printed}");
    assert!(format!("{layer:?}").contains("BearerLayer"));
}

#[tokio::test]
async fn without_the_layer_or_with_other_claims_there_is_nothing_to_take() {
    let bare = Router::new().route("/read", get(read));
    assert_eq!(present(&bare, &token()).await.status(), 500);
    let header = format!("Bearer {}", token());
    assert_eq!(ask(&app(&layer()), "/other", &[("authorization", &header)]).await.status(), 500);
    // Without the layer, in the test of a handler.
    let claims = with("scope", json!("orders:read"));
    let verified = verifier().verify::<Claims>(&forge(HEADER, &claims), at(NOW)).unwrap();
    assert_eq!(read(verified.into()).await, Ok("user-17".into()));
}
