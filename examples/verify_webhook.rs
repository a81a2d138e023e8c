// SPDX-License-Identifier: MIT OR Apache-2.0
//! A server that takes webhooks of five providers: genuine ones once, and no forged, changed or old ones.
//!
//! `cargo run --release --features axum,testing --example verify_webhook`

use axum::{Router, http::StatusCode, routing::post};
use chancery::{
    UnixTime,
    extract::Webhook,
    middleware::WebhookLayer,
    replay::MemoryStore,
    scheme::Scheme,
    testing::Signer,
    webhook::{Verifier, provider},
};
use std::{
    error::Error,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

/// Path, scheme, what the provider signs with, what somebody else would sign with.
const PROVIDERS: [(&str, Scheme, &str, &str); 5] = [
    ("/stripe", provider::STRIPE, "whsec_yw7oIDKxSRRbqV2s", "whsec_guessedguessed0000"),
    ("/github", provider::GITHUB, "It's a Secret to Everybody", "It's a Secret to Nobody"),
    ("/slack", provider::SLACK, "8f742231b10e8888abcd99yyyzzz85a5", "8f742231b10e8888abcd99yyyzzz85a6"),
    (
        "/standard",
        provider::STANDARD,
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
    ),
    (
        "/discord",
        provider::DISCORD,
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e20",
    ),
];
const BODY: &[u8] = br#"{"event": "paid", "order": 1017}"#;

static HANDLED: AtomicUsize = AtomicUsize::new(0);

/// Nothing but a verified delivery reaches this.
async fn handle(webhook: Webhook) -> StatusCode {
    assert_eq!(webhook.body(), BODY);
    HANDLED.fetch_add(1, SeqCst);
    StatusCode::NO_CONTENT
}

fn app() -> Result<Router, Box<dyn Error>> {
    let store = Arc::new(MemoryStore::new(100_000));
    PROVIDERS.iter().try_fold(Router::new(), |app, (path, scheme, secret, _)| {
        // Discord gives a public key to its receivers, the others give the secret itself.
        let public_key = Signer::new(scheme, secret)?.public_key();
        let secret = scheme.secret(public_key.as_deref().unwrap_or(secret))?;
        let layer = WebhookLayer::new(Verifier::new(secret)?, store.clone());
        Ok(app.route(path, post(handle).layer(layer)))
    })
}

/// Sends a request as it is, and gives the status of the answer.
fn post_to(
    server: SocketAddr,
    path: &str,
    headers: &[(String, String)],
    body: &[u8],
) -> Result<u16, Box<dyn Error>> {
    let mut stream = TcpStream::connect(server)?;
    write!(stream, "POST {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n")?;
    for (name, value) in headers {
        write!(stream, "{name}: {value}\r\n")?;
    }
    write!(stream, "content-length: {}\r\n\r\n", body.len())?;
    stream.write_all(body)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer.split(' ').nth(1).ok_or("no status")?.parse()?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let (server, app) = (listener.local_addr()?, app()?);
    listener.set_nonblocking(true)?;
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async { axum::serve(tokio::net::TcpListener::from_std(listener)?, app).await })
    });

    let now = UnixTime::now();
    let an_hour_ago = now.saturating_sub(Duration::from_secs(3600));
    println!(
        "{:10} {:>8} {:>8} {:>8} {:>8} {:>12}",
        "", "genuine", "again", "changed", "forged", "an hour old"
    );
    for (path, scheme, secret, guess) in PROVIDERS {
        let (signer, forger) = (Signer::new(&scheme, secret)?, Signer::new(&scheme, guess)?);
        let genuine = signer.sign(BODY, now)?.headers;
        let answers = [
            post_to(server, path, &genuine, BODY)?,
            post_to(server, path, &genuine, BODY)?,
            post_to(server, path, &genuine, br#"{"event": "paid", "order": 1018}"#)?,
            post_to(server, path, &forger.sign(BODY, now)?.headers, BODY)?,
            post_to(server, path, &signer.sign(BODY, an_hour_ago)?.headers, BODY)?,
        ];
        let [a, b, c, d, e] = answers;
        println!("{path:10} {a:>8} {b:>8} {c:>8} {d:>8} {e:>12}");
        // GitHub signs no time: the old delivery is the same one, and was handled.
        let old = if path == "/github" { 200 } else { 401 };
        assert_eq!(answers, [204, 200, 401, 401, old], "{path}");
    }
    assert_eq!(HANDLED.load(SeqCst), PROVIDERS.len(), "each was handled once");
    println!("\nhandled    {} deliveries, each once", HANDLED.load(SeqCst));
    Ok(())
}
