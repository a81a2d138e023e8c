// SPDX-License-Identifier: MIT OR Apache-2.0
//! A small service with API keys in a file: issued, used, rotated with an overlap, revoked.
//!
//! `cargo run --release --features axum,redb --example api_keys`

use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
    routing::{get, post},
};
use chancery::{
    Keyring, UnixTime,
    api_key::{ApiKeyStore, ApiKeys, Grant, MissingScope},
    extract::ApiKey,
    mac::MacKey,
    middleware::ApiKeyLayer,
    store::RedbStore,
};
use std::{sync::Arc, time::Duration};
use tower::ServiceExt;

type Failure = Box<dyn std::error::Error + Send + Sync>;

async fn list(key: ApiKey) -> Result<String, MissingScope> {
    key.require("orders:read")?;
    Ok(format!("the orders, for {:?}", key.name()))
}

async fn create(key: ApiKey) -> Result<String, MissingScope> {
    key.require("orders:write")?;
    Ok("created".into())
}

/// What a client sees: the status, and the challenge or the answer.
async fn ask(service: &Router, request: Request<Body>) -> Result<String, Failure> {
    let answer = service.clone().oneshot(request).await?;
    let (head, body) = answer.into_parts();
    let body = to_bytes(body, 1000).await?;
    let challenge = head.headers.get("www-authenticate").map_or("", |value| value.to_str().unwrap_or(""));
    Ok(format!("{} {challenge}{}", head.status, String::from_utf8_lossy(&body)))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let path = std::env::temp_dir().join(format!("api-keys-{}.redb", std::process::id()));
    let store = Arc::new(RedbStore::open(&path)?);
    // From where secrets are kept, and not from where the file is: `text.parse::<MacKey>()`.
    let pepper = Keyring::new(MacKey::generate()?);
    let keys = ApiKeys::new("acme_live", &pepper)?;
    println!("for the secret scanner: {}", keys.scanner_pattern());

    let layer = ApiKeyLayer::new(keys.clone(), store.clone());
    let service =
        Router::new().route("/orders", get(list)).route("/orders", post(create)).layer(layer.clone());

    // Shown to its owner once. Here it is printed; a service shows it on a page and keeps no copy.
    let grant = Grant::new("reports", ["orders:read"])?.lifetime(Duration::from_secs(90 * 86_400));
    let key = keys.issue(&*store, &grant, UnixTime::now())?;
    println!("issued {}: {}", key.id(), key.expose_secret());
    let read = |key: &str| Request::get("/orders").header("authorization", format!("Bearer {key}"));
    let write = |key: &str| Request::post("/orders").header("x-api-key", key);
    println!("read:         {}", ask(&service, read(key.expose_secret()).body(Body::empty())?).await?);
    println!("write:        {}", ask(&service, write(key.expose_secret()).body(Body::empty())?).await?);
    println!("no key:       {}", ask(&service, Request::get("/orders").body(Body::empty())?).await?);
    let mistyped = key.expose_secret().replacen("live", "1ive", 1);
    println!("mistyped:     {}", ask(&service, read(&mistyped).body(Body::empty())?).await?);
    let twice = read(key.expose_secret()).header("x-api-key", key.expose_secret());
    println!("two headers:  {}", ask(&service, twice.body(Body::empty())?).await?);

    // A new pepper, and a new key under it. For a day both keys are good.
    let pepper = pepper.rotate(MacKey::generate()?)?;
    let keys = ApiKeys::new("acme_live", &pepper)?;
    layer.replace(keys.clone());
    let new = keys.rotate(&*store, key.id(), Duration::from_secs(86_400), UnixTime::now())?;
    for (name, key) in [("old", &key), ("new", &new)] {
        println!("the {name} key:  {}", ask(&service, read(key.expose_secret()).body(Body::empty())?).await?);
    }

    // Somebody has found the old one in a public repository, and says so.
    let found = keys.untrusted_id(key.expose_secret())?;
    store.revoke(found, UnixTime::now())?;
    let refused = ask(&service, read(key.expose_secret()).body(Body::empty())?).await?;
    println!("revoked:      {refused}");
    assert!(refused.starts_with("401"));

    for record in store.list(None, 100)? {
        println!("{}: {:?}, revoked: {}", record.id(), record.name(), record.revoked().is_some());
    }
    drop((store, service, layer));
    std::fs::remove_file(path)?;
    Ok(())
}
