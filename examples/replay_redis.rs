// SPDX-License-Identifier: MIT OR Apache-2.0
//! Two instances of a service share a Redis: each webhook is handled by one of them, once, also when Redis goes away and comes back.
//!
//! `cargo run --release --features axum,redis,testing --example replay_redis` (starts a `redis-server` of its own)

use axum::{Router, http::StatusCode, routing::post};
use chancery::{
    UnixTime,
    extract::Webhook,
    middleware::WebhookLayer,
    store::RedisStore,
    testing::Signer,
    webhook::{Verifier, provider},
};
use std::{
    error::Error,
    fmt::Write,
    net::{SocketAddr, TcpListener},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const SECRET: &str = "whsec_yw7oIDKxSRRbqV2s";
static HANDLED: AtomicUsize = AtomicUsize::new(0);

/// Ends with the example, however that ends.
struct Redis(Child);

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(port: u16) -> std::io::Result<Redis> {
    let mut command = Command::new("redis-server");
    command.args(["--bind", "127.0.0.1", "--save", "", "--port", &port.to_string()]);
    command.current_dir(std::env::temp_dir()).stdout(Stdio::null()).spawn().map(Redis)
}

async fn handle(_: Webhook) -> StatusCode {
    HANDLED.fetch_add(1, SeqCst);
    StatusCode::NO_CONTENT
}

/// An instance, as it would run on a machine of its own.
async fn instance(url: &str) -> Result<SocketAddr, Box<dyn Error>> {
    let begun = Instant::now();
    let store = loop {
        match RedisStore::connect(url, "example").await {
            // So short that the example ends soon; 30 seconds unless said.
            Ok(store) => break store.skew(Duration::from_secs(1)),
            Err(error) if begun.elapsed() > Duration::from_secs(10) => return Err(error.into()),
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    };
    // A webhook may be from before its time: for as long as this, too, one is refused after Redis was started.
    let verifier = Verifier::new(provider::STRIPE.secret(SECRET)?)?.max_skew(Duration::from_secs(1));
    let app = Router::new().route("/", post(handle).layer(WebhookLayer::new(verifier, Arc::new(store))));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(address)
}

/// A webhook that is made now, as its provider signs it.
struct Delivery(String);

impl Delivery {
    fn new(body: &str) -> Result<Self, Box<dyn Error>> {
        let signed = Signer::new(&provider::STRIPE, SECRET)?.sign(body.as_bytes(), UnixTime::now())?;
        let mut request = String::from("POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n");
        for (name, value) in signed.headers {
            write!(request, "{name}: {value}\r\n")?;
        }
        Ok(Self(request + &format!("content-length: {}\r\n\r\n{body}", body.len())))
    }

    /// The status of the answer.
    async fn send(&self, to: SocketAddr) -> Result<u16, Box<dyn Error>> {
        let mut stream = tokio::net::TcpStream::connect(to).await?;
        stream.write_all(self.0.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer.split(' ').nth(1).ok_or("no status")?.parse()?)
    }
}

/// New webhooks, until one is handled.
async fn resumed(to: SocketAddr) -> Result<(Delivery, Duration), Box<dyn Error>> {
    let begun = Instant::now();
    loop {
        let delivery =
            Delivery::new(&format!(r#"{{"event": "paid", "after": {}}}"#, begun.elapsed().as_millis()))?;
        match delivery.send(to).await? {
            204 => return Ok((delivery, begun.elapsed())),
            status if begun.elapsed() > Duration::from_secs(60) => {
                return Err(format!("still {status}").into());
            }
            status => assert_eq!(status, 503),
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let redis = match start(port) {
        Err(error) if std::env::var_os("CHANCERY_REQUIRE_PROGRAMS").is_some() => {
            return Err(error.into());
        }
        Err(_) => {
            println!("redis-server is not installed: the example did not run");
            return Ok(());
        }
        Ok(redis) => redis,
    };
    let url = format!("redis://127.0.0.1:{port}/");
    let instances = [instance(&url).await?, instance(&url).await?];
    println!("two instances, one Redis that has just been started");
    let (first, after) = resumed(instances[0]).await?;
    println!(
        "  the first webhook is handled after {after:.1?}: what was signed before might have been seen by a Redis before"
    );

    HANDLED.store(0, SeqCst);
    for n in 0..100 {
        let delivery = Delivery::new(&format!(r#"{{"event": "paid", "order": {n}}}"#))?;
        let [a, b] = instances;
        let copies =
            tokio::try_join!(delivery.send(a), delivery.send(b), delivery.send(a), delivery.send(b))?;
        assert!(
            [copies.0, copies.1, copies.2, copies.3].iter().all(|status| [204, 200, 409].contains(status))
        );
    }
    println!(
        "  100 webhooks, each sent to both instances twice at the same time: handled {} times",
        HANDLED.load(SeqCst)
    );
    assert_eq!(HANDLED.load(SeqCst), 100);

    drop(redis);
    let late = Delivery::new(r#"{"event": "paid", "order": 1017}"#)?;
    let answers = [late.send(instances[0]).await?, first.send(instances[1]).await?];
    println!("Redis is killed: a new webhook gets {}, a copy {}", answers[0], answers[1]);
    assert_eq!(answers, [503, 503]);

    let _redis = start(port)?;
    let (_, after) = resumed(instances[1]).await?;
    println!("Redis is started again, empty: new webhooks are handled after {after:.1?}");
    HANDLED.store(0, SeqCst);
    let copies = [first.send(instances[0]).await?, first.send(instances[1]).await?];
    println!(
        "  copies of the first webhook, of which Redis knows nothing any more, get {} and {}",
        copies[0], copies[1]
    );
    assert_eq!((copies, HANDLED.load(SeqCst)), ([503, 503], 0));
    Ok(())
}
