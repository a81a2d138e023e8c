// SPDX-License-Identifier: MIT OR Apache-2.0
//! A sender of Standard Webhooks: it tries again on the schedule, and replaces its key while receivers have either.
//!
//! `cargo run --release --features axum --example send_webhook`

use axum::{Router, http::StatusCode, routing::post};
use chancery::{
    Keyring, UnixTime,
    extract::Webhook,
    middleware::WebhookLayer,
    replay::MemoryStore,
    webhook::{RETRY_SCHEDULE, SendKey, Sender, Verifier, new_message_id, provider},
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

/// Five seconds of the schedule take a millisecond here.
const SCALE: u32 = 5000;

/// A receiver that was given the secret of this key, and that fails twice before it takes a message.
fn receiver(path: &str, key: &SendKey) -> Result<Router, Box<dyn Error>> {
    let secret = match key.to_public_text() {
        Some(public_key) => provider::STANDARD_ED25519.secret(&public_key)?,
        None => provider::STANDARD.secret(key.to_secret_text().expose_secret())?,
    };
    let layer = WebhookLayer::new(Verifier::new(secret)?, Arc::new(MemoryStore::new(1000)));
    let attempts = Arc::new(AtomicUsize::new(0));
    let handler = move |_: Webhook| {
        let busy = attempts.fetch_add(1, SeqCst) % 3 < 2;
        async move { if busy { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::NO_CONTENT } }
    };
    Ok(Router::new().route(path, post(handler).layer(layer)))
}

/// Sends a message until it is taken: the answers.
fn deliver(sender: &Sender, server: SocketAddr, path: &str) -> Result<Vec<u16>, Box<dyn Error>> {
    let (id, body) = (new_message_id()?, br#"{"type": "invoice.paid", "data": {"id": "inv_1017"}}"#);
    let mut answers = Vec::new();
    for wait in [Duration::ZERO].into_iter().chain(RETRY_SCHEDULE) {
        std::thread::sleep(wait / SCALE);
        // The same identifier, the time of the attempt.
        let headers = sender.sign(&id, body, UnixTime::now())?;
        let answer = post_to(server, path, &headers, body)?;
        answers.push(answer);
        if answer < 300 || answer == 401 {
            break;
        }
    }
    println!("{path:5} {id}  {answers:?}");
    Ok(answers)
}

/// Sends a request, and gives the status of the answer.
fn post_to(
    server: SocketAddr,
    path: &str,
    headers: &[(&'static str, String)],
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
    // A secret that both sides have is replaced by a key of which the receiver has only the public half.
    let (old, new) = (SendKey::generate()?, SendKey::generate_ed25519()?);
    let app = receiver("/old", &old)?.merge(receiver("/new", &new)?);
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let server = listener.local_addr()?;
    listener.set_nonblocking(true)?;
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async { axum::serve(tokio::net::TcpListener::from_std(listener)?, app).await })
    });

    let taken = [503, 503, 204];
    let keys = Keyring::new(old);
    println!("signed with the old key");
    assert_eq!(deliver(&Sender::new(&keys)?, server, "/old")?, taken);

    println!("\nsigned with both: it is all the same which of them a receiver has");
    let both = keys.rotate(new)?;
    let sender = Sender::new(&both)?;
    assert_eq!(deliver(&sender, server, "/old")?, taken);
    assert_eq!(deliver(&sender, server, "/new")?, taken);

    println!("\nsigned with the new key");
    let sender = Sender::new(both.retire(keys.primary_id())?)?;
    assert_eq!(deliver(&sender, server, "/new")?, taken);
    assert_eq!(deliver(&sender, server, "/old")?, [401], "the old one is no longer used");
    Ok(())
}
