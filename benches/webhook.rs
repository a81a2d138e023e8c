// SPDX-License-Identifier: MIT OR Apache-2.0
//! Deliveries verified, beside the crates `standardwebhooks` and `webhook-verify`: `cargo bench --bench webhook`.
//!
//! Ours is measured with and without the claim in a store; the others have none.

use chancery::{
    UnixTime,
    replay::MemoryStore,
    scheme::Scheme,
    webhook::{SendKey, Sender, Verifier, provider},
};
use criterion::{BenchmarkId, Criterion, Throughput};
use hmac::{Hmac, KeyInit, Mac};
use std::{hint::black_box, time::Duration};

const SIZES: [usize; 2] = [1024, 16 * 1024];
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

type Headers = Vec<(String, String)>;

/// HMAC-SHA-256 as hexadecimal, in the words of the dependency.
fn mac(parts: &[&[u8]]) -> String {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    for part in parts {
        mac.update(part);
    }
    let digits = mac.finalize().into_bytes().into_iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from_digit(digit.into(), 16).unwrap()).collect()
}

/// What such a request carries besides.
fn headers(signed: impl IntoIterator<Item = (&'static str, String)>) -> Headers {
    let usual = [("host", "hooks.example"), ("user-agent", "bench"), ("content-type", "application/json")];
    let usual = usual.into_iter().map(|(name, value)| (name, value.to_owned()));
    usual.chain(signed).map(|(name, value)| (name.to_owned(), value)).collect()
}

fn stripe(body: &[u8], now: UnixTime) -> Headers {
    let time = now.as_secs().to_string();
    headers([("stripe-signature", format!("t={time},v1={}", mac(&[time.as_bytes(), b".", body])))])
}

fn github(body: &[u8], _: UnixTime) -> Headers {
    headers([("x-hub-signature-256", format!("sha256={}", mac(&[body])))])
}

fn standard(body: &[u8], now: UnixTime) -> Headers {
    let sender = Sender::new(SECRET.parse::<SendKey>().unwrap()).unwrap();
    headers(sender.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", body, now).unwrap())
}

fn http(headers: &Headers) -> http::HeaderMap {
    let parse = |(name, value): &(String, String)| -> (http::HeaderName, http::HeaderValue) {
        (name.parse().unwrap(), value.parse().unwrap())
    };
    headers.iter().map(parse).collect()
}

fn webhook(c: &mut Criterion) {
    type Sign = fn(&[u8], UnixTime) -> Headers;
    let providers: [(Scheme, Sign, webhook_verify::Provider); 3] = [
        (provider::STRIPE, stripe, webhook_verify::Provider::Stripe),
        (provider::GITHUB, github, webhook_verify::Provider::GitHub),
        (provider::STANDARD, standard, webhook_verify::Provider::StandardWebhooks),
    ];
    for (scheme, sign, theirs) in providers {
        let verifier = Verifier::new(scheme.secret(SECRET).unwrap()).unwrap();
        let mut group = c.benchmark_group(format!("webhook {}", scheme.name()));
        group.measurement_time(Duration::from_secs(3));
        for size in SIZES {
            let body = vec![b'x'; size];
            // The others read the clock; a signature is young for five minutes.
            let now = UnixTime::now();
            let headers = sign(&body, now);
            group.throughput(Throughput::Bytes(size as u64));
            let verify = || verifier.verify(black_box(&headers), black_box(&*body), now).unwrap();
            group.bench_function(BenchmarkId::new("verify", size), |b| b.iter(|| verify().allow_replays()));
            let store = MemoryStore::new(1000);
            group.bench_function(BenchmarkId::new("verify and claim", size), |b| {
                b.iter(|| verify().claim(&store, now).err());
            });
            let secret = webhook_verify::Secret::new(SECRET);
            group.bench_function(BenchmarkId::new("webhook-verify: verify", size), |b| {
                b.iter(|| {
                    let options = webhook_verify::VerifyOptions::default();
                    webhook_verify::verify(theirs, black_box(&headers), black_box(&body), &secret, options)
                        .unwrap();
                });
            });
            if scheme.name() == "standard-webhooks" {
                let (webhook, headers) = (standardwebhooks::Webhook::new(SECRET).unwrap(), http(&headers));
                group.bench_function(BenchmarkId::new("standardwebhooks: verify", size), |b| {
                    b.iter(|| webhook.verify(black_box(&body), black_box(&headers)).unwrap());
                });
            }
        }
    }
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    webhook(&mut criterion);
    criterion.final_summary();
}
