// SPDX-License-Identifier: MIT OR Apache-2.0
//! Two services that call each other with signed requests and signed answers, and replace their keys meanwhile.
//!
//! `cargo run --release --features axum,reqwest --example signed_services`

use axum::{Router, http::Request, routing::post};
use chancery::{
    Keyring, UnixTime,
    client::Client,
    extract,
    http_signature::{Policy, SignKey, Signed, Signer, Verifier, VerifyKey},
    middleware::SignedLayer,
    replay::MemoryStore,
    signing::SigningKey,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, RwLock},
    time::Duration,
};
use tokio::{net::TcpListener, time::sleep};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// How long a request can be on its way: its client gives up then. Each step of a rotation waits for this long.
const TIMEOUT: Duration = Duration::from_secs(2);
const BODY: &str = r#"{"item":"lamp"}"#;

/// What was verified, or not, and under which key: how often.
static COUNTS: Mutex<BTreeMap<(&str, String), usize>> = Mutex::new(BTreeMap::new());

fn count(what: &'static str, which: &str) {
    *COUNTS.lock().unwrap().entry((what, which.into())).or_default() += 1;
}

/// Nothing but a verified request reaches this.
async fn order(signed: extract::Signed) -> String {
    count("request under", signed.keyid());
    format!("{} bytes", signed.body().len())
}

/// What a service answers with, and what it calls the other one with.
struct Service {
    authority: String,
    layer: SignedLayer,
    client: RwLock<Client>,
}

impl Service {
    async fn start(ours: &Keyring<SignKey>, theirs: &Keyring<VerifyKey>) -> Result<Arc<Self>, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        // What clients call it by: from its configuration, and there `api.example.com`.
        let authority = listener.local_addr()?.to_string();
        let requests = Verifier::new(theirs, Policy::api([&authority]))?;
        let layer = SignedLayer::new(requests, Arc::new(MemoryStore::new(1_000_000)))
            .signing_answers(Signer::new(ours));
        let app = Router::new().route("/orders", post(order)).layer(layer.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });

        let client = Client::new(reqwest::Client::builder().no_proxy().timeout(TIMEOUT))?;
        let service = Arc::new(Self { authority, layer, client: RwLock::new(client) });
        service.use_keys(ours, theirs)?;
        Ok(service)
    }

    /// Takes these keys from here on, for what it sends and for what it receives.
    fn use_keys(&self, ours: &Keyring<SignKey>, theirs: &Keyring<VerifyKey>) -> Result<(), Failure> {
        self.layer.replace(Verifier::new(theirs, Policy::api([&self.authority]))?);
        self.layer.replace_signer(Signer::new(ours));
        let (signer, answers) = (Signer::new(ours), Verifier::new(theirs, Policy::response())?);
        let mut client = self.client.write().unwrap();
        *client = client.clone().signing(signer).verifying(answers);
        Ok(())
    }

    /// Sends one order after another.
    async fn call(self: Arc<Self>, url: String) {
        loop {
            let client = self.client.read().unwrap().clone();
            match client.send(Request::post(&url).body(BODY).unwrap()).await {
                Ok(answer) if answer.status() == 200 => {
                    count("answer under", answer.extensions().get::<Signed<()>>().unwrap().keyid());
                }
                other => count("refused:", &format!("{other:?}")),
            }
        }
    }
}

/// A new key, and the public one that the other service gets.
fn key(name: &str) -> Result<(SignKey, VerifyKey), Failure> {
    let key = SignKey::from(SigningKey::generate()?).named(name)?;
    let public = key.verify_key().ok_or("a shared key")?;
    Ok((key, public))
}

/// An order as the client sends it.
fn signed(keys: &Keyring<SignKey>, url: &str) -> Result<Request<&'static str>, Failure> {
    let (mut head, body) = Request::post(url).body(BODY)?.into_parts();
    Signer::new(keys).sign(&mut head, body.as_bytes(), UnixTime::now())?;
    Ok(Request::from_parts(head, body))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let ((key_a, public_a), (key_b, public_b)) = (key("shop-1")?, key("billing-1")?);
    let (mut shop, mut billing) = (Keyring::new(key_a), Keyring::new(key_b));
    let (mut of_shop, mut of_billing) = (Keyring::new(public_a), Keyring::new(public_b));
    let at_shop = Service::start(&shop, &of_billing).await?;
    let at_billing = Service::start(&billing, &of_shop).await?;
    let url = |service: &Service| format!("http://{}/orders", service.authority);
    let mut load = tokio::task::JoinSet::new();
    for _ in 0..3 {
        load.spawn(at_shop.clone().call(url(&at_billing)));
        load.spawn(at_billing.clone().call(url(&at_shop)));
    }
    sleep(TIMEOUT / 4).await;

    // 1. Each side knows the other's new key, and nobody uses it.
    let ((key_a, public_a), (key_b, public_b)) = (key("shop-2")?, key("billing-2")?);
    (of_shop, of_billing) = (of_shop.rotate(public_a)?, of_billing.rotate(public_b)?);
    at_shop.use_keys(&shop, &of_billing)?;
    at_billing.use_keys(&billing, &of_shop)?;
    sleep(TIMEOUT).await; // what began before is over
    // 2. The new keys sign, and the old ones are still accepted.
    let (old_shop, old_billing) = (shop.clone(), billing.primary_id());
    (shop, billing) = (shop.rotate(key_a)?, billing.rotate(key_b)?);
    at_shop.use_keys(&shop, &of_billing)?;
    at_billing.use_keys(&billing, &of_shop)?;
    sleep(TIMEOUT).await;
    // 3. The old ones are gone.
    (of_shop, of_billing) = (of_shop.retire(old_shop.primary_id())?, of_billing.retire(old_billing)?);
    (shop, billing) = (shop.retire(old_shop.primary_id())?, billing.retire(old_billing)?);
    at_shop.use_keys(&shop, &of_billing)?;
    at_billing.use_keys(&billing, &of_shop)?;
    sleep(TIMEOUT / 4).await;

    load.shutdown().await;
    let counts = COUNTS.lock().unwrap().clone();
    let mut refused = 0;
    for ((what, which), count) in &counts {
        println!("{count:>7} {what} {which}");
        refused += if *what == "refused:" { *count } else { 0 };
    }
    println!("{refused:>7} refused\n");
    assert_eq!((refused, counts.len()), (0, 8), "four keys, each seen in requests and in answers");

    // What somebody can do who sees the requests of the shop.
    let sent = signed(&shop, &url(&at_billing))?;
    let mut changed = signed(&shop, &url(&at_billing))?;
    *changed.body_mut() = r#"{"item":"yacht"}"#;
    let mut elsewhere = signed(&shop, &url(&at_shop))?;
    elsewhere.headers_mut().insert("host", at_shop.authority.parse()?);
    let attacker = reqwest::Client::builder().no_proxy().build()?;
    for (what, request, expected) in [
        ("genuine", &sent, 200),
        ("sent once more", &sent, 409),
        ("with another body", &changed, 401),
        ("signed for another service", &elsewhere, 401),
        ("signed with the retired key", &signed(&old_shop, &url(&at_billing))?, 401),
    ] {
        let again = attacker.post(url(&at_billing)).headers(request.headers().clone()).body(*request.body());
        let status = again.send().await?.status();
        println!("{what:28} {status}");
        assert_eq!(status, expected, "{what}");
    }
    Ok(())
}
