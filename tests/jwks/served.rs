// SPDX-License-Identifier: MIT OR Apache-2.0
//! The layer in front of a real server, with the keys that a real issuer publishes.

use crate::{Answer, Clock, Issuer, builder, keys, set, token, verifier_of};
use axum::{Router, routing::get};
use chancery::{extract::Bearer, middleware::BearerLayer};
use serde_json::Value;
use std::time::Duration;

async fn subject(token: Bearer<Value>) -> String {
    token.subject().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_service_takes_tokens_by_published_keys_and_is_503_while_it_cannot_tell() {
    let (issuer, clock) = (Issuer::start(Answer::Status(500)), Clock::default());
    let keys = keys(&issuer, &clock).min_interval(Duration::from_secs(10));
    let layer = BearerLayer::<Value>::remote(verifier_of(keys));
    let app = Router::new().route("/", get(subject)).layer(layer);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let client = builder().build().unwrap();
    let ask = async |token: &str| {
        let answer = client.get(&url).bearer_auth(token).send().await.unwrap();
        let challenge =
            answer.headers().get("www-authenticate").map(|value| value.to_str().unwrap().to_owned());
        (answer.status().as_u16(), challenge, answer.text().await.unwrap())
    };
    let good = || (200, None, "user-17".to_owned());
    let invalid = || (401, Some(r#"Bearer error="invalid_token""#.to_owned()), String::new());
    // Nobody can tell, and nothing is wrong with the token.
    assert_eq!(ask(&token(1)).await, (503, None, String::new()));
    issuer.publishes(&set(&[1]));
    clock.set(10);
    assert_eq!(ask(&token(1)).await, good());
    assert_eq!(ask(&token(2)).await, invalid());
    assert_eq!(ask("").await.0, 401);
    // A new key, and the old one withdrawn.
    issuer.publishes(&set(&[2]));
    clock.set(20);
    assert_eq!(ask(&token(2)).await, good());
    assert_eq!(ask(&token(1)).await, invalid());
}
