// SPDX-License-Identifier: MIT OR Apache-2.0
//! The published keys of an issuer, which is a real server on the loopback and not always well.
//!
//! The clock is handed in; what is counted are the requests that the issuer has seen.

mod cache;
mod issuer;
mod lies;
#[cfg(feature = "rsa")]
#[path = "../jwt/rfc7515.rs"]
mod rfc7515;
#[cfg(feature = "rsa")]
mod rsa;
#[cfg(feature = "axum")]
mod served;

use chancery::{
    Error, Keyring, UnixTime,
    jwks::{Jwks, RemoteVerifier},
    jwt::{Expect, Grant, SignKey, Signer, Verifier, VerifyKey, dpop},
    replay::MemoryStore,
    signing::SigningKey,
};
use issuer::{Answer, Issuer};
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

const NOW: u64 = 1_790_000_000;
const EXPECT: Expect<'static> = Expect { issuer: "https://id.example.com", audience: "orders.example.com" };

fn signing_key(seed: u8) -> SigningKey {
    let bytes: [u8; 32] = core::array::from_fn(|i| seed.wrapping_add(u8::try_from(i).unwrap() * 7));
    SigningKey::from_seed(&bytes).unwrap()
}

fn verify_key(seed: u8) -> VerifyKey {
    VerifyKey::from(signing_key(seed).verifying_key()).named(&format!("k{seed}")).unwrap()
}

/// The set with the keys of these seeds, named `k` and the seed.
fn set(seeds: &[u8]) -> String {
    let keys: Vec<_> = seeds.iter().map(|seed| verify_key(*seed).to_jwk().unwrap()).collect();
    format!(r#"{{"keys":[{}]}}"#, keys.join(","))
}

/// A token by the key of this seed that names it as `kid`, and ends so many seconds after `NOW`.
fn named(seed: u8, kid: &str, seconds: u64) -> String {
    let signer = Signer::new(SignKey::from(signing_key(seed)).named(kid).unwrap(), EXPECT.issuer).unwrap();
    let grant = Grant::new(EXPECT.audience, Duration::from_secs(seconds)).subject("user-17");
    signer.issue(&grant, &json!({ "admin": true }), UnixTime::from_secs(NOW)).unwrap()
}

/// One that lives for a day.
fn token(seed: u8) -> String {
    named(seed, &format!("k{seed}"), 86_400)
}

/// A clock that the test turns.
#[derive(Clone, Default)]
struct Clock(Arc<AtomicU64>);

impl Clock {
    /// So many seconds after `NOW`.
    fn set(&self, seconds: u64) {
        self.0.store(seconds, SeqCst);
    }

    fn of(&self, keys: Jwks) -> Jwks {
        let clock = self.clone();
        keys.clock(move || UnixTime::from_secs(NOW + clock.0.load(SeqCst)))
    }
}

fn builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder().no_proxy()
}

fn keys(issuer: &Issuer, clock: &Clock) -> Jwks {
    clock.of(Jwks::new(&issuer.url, builder()).unwrap()).timeout(Duration::from_secs(60))
}

fn verifier_of(keys: Jwks) -> RemoteVerifier {
    RemoteVerifier::new(keys, |keys| Verifier::new(keys, EXPECT)).unwrap()
}

fn verifier(issuer: &Issuer, clock: &Clock) -> RemoteVerifier {
    verifier_of(keys(issuer, clock))
}

async fn verify(verifier: &RemoteVerifier, token: &str) -> Result<String, Error> {
    let token = verifier.verify::<Value>(token).await?;
    assert_eq!(token.claims()["admin"], true);
    Ok(token.subject().unwrap().to_owned())
}

#[tokio::test]
async fn the_rules_are_asked_once_for_keys_that_were_read_together() {
    let (issuer, clock, asked) = (Issuer::with(&set(&[1])), Clock::default(), Arc::new(AtomicU64::new(0)));
    let count = Arc::clone(&asked);
    let rules = move |keys| {
        count.fetch_add(1, SeqCst);
        Verifier::new(keys, EXPECT)
    };
    let verifier = RemoteVerifier::new(keys(&issuer, &clock), rules).unwrap();
    assert_eq!(asked.load(SeqCst), 1, "at the start");
    for _ in 0..10 {
        assert!(verify(&verifier.clone(), &token(1)).await.is_ok());
    }
    assert_eq!(asked.load(SeqCst), 2);
    issuer.publishes(&set(&[1, 2]));
    clock.set(60);
    for _ in 0..10 {
        assert!(verify(&verifier, &token(2)).await.is_ok());
    }
    assert_eq!(asked.load(SeqCst), 3);
}

#[tokio::test]
async fn a_token_is_taken_or_refused_as_by_the_verifier_with_the_same_keys() {
    let (issuer, clock) = (Issuer::with(&set(&[1, 2])), Clock::default());
    let remote = verifier(&issuer, &clock);
    let local = Verifier::new(Keyring::from_jwk_set(&set(&[1, 2])).unwrap(), EXPECT).unwrap();
    let other_audience = {
        let signer = Signer::new(SignKey::from(signing_key(1)).named("k1").unwrap(), EXPECT.issuer).unwrap();
        let grant = Grant::new("billing.example.com", Duration::from_secs(60));
        signer.issue(&grant, &(), UnixTime::from_secs(NOW)).unwrap()
    };
    let mut changed = token(1);
    changed.replace_range(60..61, if &changed[60..61] == "A" { "B" } else { "A" });
    let cases = [
        token(1),
        token(2),
        named(1, "k2", 60),
        named(1, "k3", 60),
        other_audience,
        changed,
        String::new(),
        "a.b".into(),
        "x".repeat(10_000),
    ];
    let mut seen = Vec::new();
    for token in &cases {
        let now = UnixTime::from_secs(NOW);
        let there = remote.verify::<Value>(token).await.map(|token| (token.key(), token.expires()));
        let here = local.verify::<Value>(token, now).map(|token| (token.key(), token.expires()));
        assert_eq!(there, here, "{token}");
        seen.push(here.err());
    }
    for error in [Error::NotAuthentic, Error::UnknownKey, Error::Policy, Error::Malformed, Error::TooLarge] {
        assert!(seen.contains(&Some(error)), "no case of {error:?}");
    }
    assert_eq!((&seen[..2], issuer.hits()), (&[None, None][..], 1));
}

#[tokio::test]
async fn tokens_that_are_good_once_and_tokens_that_are_bound_are_claimed() {
    let (issuer, clock) = (Issuer::with(&set(&[1])), Clock::default());
    let verifier = verifier(&issuer, &clock);
    let (store, now) = (MemoryStore::new(10), UnixTime::from_secs(NOW));
    let signer = Signer::new(SignKey::from(signing_key(1)).named("k1").unwrap(), EXPECT.issuer).unwrap();
    let grant = || Grant::new(EXPECT.audience, Duration::from_secs(60));
    let once = signer.issue(&grant(), &(), now).unwrap();
    let claim = async || verifier.verify_once::<Value>(&once).await.unwrap().claim(&store, now);
    assert!(claim().await.is_ok());
    assert_eq!(claim().await.err(), Some(Error::Replayed));

    let (client, url) = (dpop::Prover::new(signing_key(9)), "https://orders.example.com/orders");
    let text = client.prove("POST", url, None, now).unwrap();
    let asks = dpop::Proof { proof: &text, method: "POST", url };
    let thumbprint = asks.verify(now).unwrap().claim(&store, now).unwrap();
    let bound = signer.issue(&grant().bound_to(&thumbprint), &(), now).unwrap();
    let text = client.prove("GET", url, Some(&bound), now).unwrap();
    let proof = dpop::Proof { proof: &text, method: "GET", url };
    assert!(verifier.verify_bound::<Value>(&bound, proof).await.unwrap().claim(&store, now).is_ok());
    assert_eq!(verifier.verify::<Value>(&bound).await.err(), Some(Error::Policy));
}

#[test]
fn a_verifier_without_an_audience_is_not_made() {
    let keys = Jwks::new("https://id.example.com/jwks", builder()).unwrap();
    let rules = |keys| Verifier::new(keys, Expect { audience: "", ..EXPECT });
    assert_eq!(RemoteVerifier::new(keys, rules).err(), Some(chancery::ConfigError::Scheme));
}

#[tokio::test]
async fn a_verifier_works_in_a_task_of_a_runtime_with_many_threads() {
    fn sent<T: Send>(value: T) -> T {
        value
    }
    let (issuer, clock) = (Issuer::with(&set(&[1])), Clock::default());
    let (verifier, token) = (verifier(&issuer, &clock), token(1));
    assert!(sent(verifier.verify::<Value>(&token)).await.is_ok());
}
