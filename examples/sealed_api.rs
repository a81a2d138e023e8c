// SPDX-License-Identifier: MIT OR Apache-2.0
//! A service and its client behind a gateway that reads along: bodies are sealed both ways, and the handler sees JSON.
//!
//! `cargo run --release --features axum,reqwest --example sealed_api`

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    http::{Request, Response},
    routing::post,
};
use chancery::{
    Context,
    client::Client,
    envelope::{Opener, Sealer},
    extract::Sealed,
    hpke::Identity,
    middleware::SealedLayer,
    replay::MemoryStore,
    signing::SigningKey,
};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tower::ServiceExt;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What the service does: it knows nothing of sealing, but for who asks.
async fn quote(sealed: Sealed, body: Bytes) -> String {
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let client = sealed.sender().map(|id| id.to_string());
    json!({ "item": asked["item"], "eur": 42, "for": client }).to_string()
}

/// What passed the gateway: requests and answers, one after the other.
type Tape = Arc<Mutex<Vec<Bytes>>>;

/// Sees every byte between client and service, and passes it on.
async fn gateway(tape: Tape, service: Router, request: Request<Body>) -> Result<Response<Body>, String> {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.map_err(|error| error.to_string())?;
    tape.lock().unwrap().push(body.clone());
    let answer = service.oneshot(Request::from_parts(head, Body::from(body))).await.unwrap();
    let (head, body) = answer.into_parts();
    let body = to_bytes(body, 1 << 20).await.map_err(|error| error.to_string())?;
    tape.lock().unwrap().push(body.clone());
    Ok(Response::from_parts(head, body.into()))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    // Each side has a key of its own, and knows the public one of the other.
    let (billing, shop) = (Identity::generate()?, SigningKey::generate()?);
    let (to_billing, from_shop) = (billing.recipient(), shop.verifying_key());
    // What a request is for: one that was sealed for another route does not open here.
    let context = Context::of("quote").field("POST /quotes");

    let opener = Opener::from_senders(billing, &context, from_shop)?;
    let store = Arc::new(MemoryStore::new(100_000));
    let layer = SealedLayer::new(opener, store, Duration::from_secs(60));
    let service = Router::new().route("/quotes", post(quote).layer(layer));

    let (tape, through) = (Tape::default(), service.clone());
    let recorder = Arc::clone(&tape);
    let gate = move |request| gateway(Arc::clone(&recorder), through.clone(), request);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/quotes", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(gate)).await });

    let sealer = Sealer::to(to_billing, &context)?.signed_by(shop).padded();
    let client = Client::new(reqwest::Client::builder().timeout(Duration::from_secs(10)))?.sealing(sealer);
    for item in ["lamp", "chair"] {
        let request = Request::post(&url).body(json!({ "item": item }).to_string())?;
        let answer = client.send(request).await?;
        println!("asked for a {item}: {} {}", answer.status(), String::from_utf8_lossy(answer.body()));
    }

    let tape = tape.lock().unwrap().clone();
    let sizes: Vec<usize> = tape.iter().map(Bytes::len).collect();
    let seen = |word: &[u8]| tape.iter().any(|body| body.windows(word.len()).any(|window| window == word));
    assert!(!seen(b"lamp") && !seen(b"eur"));
    println!("the gateway saw {sizes:?} bytes, and neither the item nor the price in them");

    let mut changed = tape[0].to_vec();
    changed[200] ^= 1;
    for (what, body) in
        [("sent once more", tape[0].to_vec()), ("changed", changed), ("not sealed", b"{}".to_vec())]
    {
        let answer = service.clone().oneshot(Request::post("/quotes").body(Body::from(body))?).await?;
        println!("{what}: {}", answer.status());
        assert!(answer.status().is_client_error());
    }
    Ok(())
}
