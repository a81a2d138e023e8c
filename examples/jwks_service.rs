// SPDX-License-Identifier: MIT OR Apache-2.0
//! An issuer that publishes its keys and replaces one, a service that fetches them and verifies tokens, and a client
//! that notices nothing. It ends by itself after a few seconds.
//!
//! `cargo run --release --features axum,jwks --example jwks_service`

use axum::{
    Router,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use chancery::{
    ConfigError, Keyring, UnixTime,
    extract::Bearer,
    jwks::{Jwks, RemoteVerifier},
    jwt::{Expect, Grant, SignKey, Signer, Verifier},
    middleware::BearerLayer,
    signing::SigningKey,
};
use core::time::Duration;
use serde::{Deserialize, Serialize};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering::Relaxed},
};
use tokio::{net::TcpListener, time::sleep};

type Failure = Box<dyn std::error::Error>;

const EXPECT: Expect<'static> = Expect { issuer: "https://id.example.com", audience: "orders.example.com" };

#[derive(Serialize, Deserialize)]
struct Claims {
    scope: String,
}

/// What is published, and how often it was read.
#[derive(Default)]
struct Published {
    set: Mutex<String>,
    reads: AtomicUsize,
}

async fn publish(State(published): State<Arc<Published>>) -> Response {
    published.reads.fetch_add(1, Relaxed);
    let set = published.set.lock().map(|set| set.clone()).unwrap_or_default();
    ([(header::CONTENT_TYPE, "application/jwk-set+json")], set).into_response()
}

async fn orders(token: Bearer<Claims>) -> String {
    format!("{} may {}", token.subject().unwrap_or_default(), token.claims().scope)
}

async fn serve(app: Router) -> Result<String, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(url)
}

fn issue(keys: &Keyring<SignKey>) -> Result<String, Failure> {
    let grant = Grant::new(EXPECT.audience, Duration::from_secs(600)).access_token("user-17", "web-shop");
    let claims = Claims { scope: "orders:read".into() };
    Ok(Signer::new(keys, EXPECT.issuer)?.issue(&grant, &claims, UnixTime::now())?)
}

async fn ask(url: &str, token: &str) -> Result<u16, Failure> {
    let answer = reqwest::Client::builder().no_proxy().build()?.get(url).bearer_auth(token).send().await?;
    let status = answer.status().as_u16();
    println!("  {status} {}", answer.text().await?);
    Ok(status)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let published = Arc::new(Published::default());
    let announce = |keys: &Keyring<SignKey>| -> Result<(), ConfigError> {
        let set = keys.to_jwk_set()?;
        published.set.lock().map(|mut published| *published = set).map_err(|_| ConfigError::KeyText)
    };
    let keys = Keyring::new(SignKey::from(SigningKey::generate()?).named("monday")?);
    announce(&keys)?;
    let issuer = serve(Router::new().route("/jwks", get(publish)).with_state(published.clone())).await?;

    // The service. Seconds, where minutes would do, so that there is something to see.
    let fetched = Jwks::new(&format!("{issuer}/jwks"), reqwest::Client::builder())?
        .max_age(Duration::from_secs(2))
        .min_interval(Duration::from_secs(1));
    let verifier = RemoteVerifier::new(fetched, |keys| Verifier::access_tokens(keys, EXPECT))?;
    let layer = BearerLayer::<Claims>::remote(verifier);
    let service = serve(Router::new().route("/orders", get(orders)).layer(layer)).await?;
    let orders = format!("{service}/orders");

    let first = issue(&keys)?;
    println!("monday");
    for _ in 0..3 {
        assert_eq!(ask(&orders, &first).await?, 200);
    }
    println!("  the keys were read {} time", published.reads.load(Relaxed));

    println!("tuesday: a new key is published, and signs a second later");
    let both = keys.accept(SignKey::from(SigningKey::generate()?).named("tuesday")?)?;
    let (old, new) = (keys.primary_id(), both.ids().nth(1).ok_or("two keys")?);
    announce(&both)?;
    sleep(Duration::from_secs(1)).await;
    let rotated = both.promote(new)?;
    let second = issue(&rotated)?;
    for token in [&first, &second] {
        assert_eq!(ask(&orders, token).await?, 200);
    }

    println!("wednesday: the old key is withdrawn, and goes when the keys are read again");
    announce(&rotated.retire(old)?)?;
    sleep(Duration::from_secs(3)).await;
    assert_eq!(ask(&orders, &first).await?, 401);
    assert_eq!(ask(&orders, &second).await?, 200);
    println!("  the keys were read {} times", published.reads.load(Relaxed));
    Ok(())
}
