// SPDX-License-Identifier: MIT OR Apache-2.0
//! Webhooks verified: the signature, and the age against the clock, which everybody reads for each delivery.
//!
//! All get the same body, secret and headers, but for the type in which their interface wants them. The secret is set up once
//! where the interface has a place for it: `webhook-verify` and `async-stripe-webhook` take its text with every delivery.

use crate::race::{Contender, Job};
use chancery::{
    UnixTime,
    scheme::Scheme,
    testing::Signer,
    webhook::{Verifier, provider},
};
use std::{hint::black_box, rc::Rc};
use stripe_webhook::{Webhook as Stripe, WebhookError};
use webhook_verify::Provider;

const SIZES: [usize; 2] = [1024, 16 * 1024];
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const KEYED: &str = "takes the secret's text each time";
const ALONE: &str =
    "takes the text of its header, and of the secret each time; fails to parse after that, as it must";

/// A delivery as it arrives.
struct Delivery {
    body: String,
    headers: Vec<(String, String)>,
}

impl Delivery {
    /// Signed now: a race is over before it is old.
    fn new(scheme: &Scheme, body: String) -> Rc<Self> {
        let usual = [("host", "hooks.example"), ("user-agent", "race"), ("content-type", "application/json")];
        let mut headers: Vec<_> =
            usual.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let signer = Signer::new(scheme, SECRET).expect("a secret of the scheme");
        headers.extend(signer.sign(body.as_bytes(), UnixTime::now()).expect("a scheme of headers").headers);
        Rc::new(Self { body, headers })
    }

    fn header(&self, name: &str) -> &str {
        &self.headers.iter().find(|(other, _)| other == name).expect("a header of the scheme").1
    }
}

pub(crate) fn jobs() -> Vec<Job> {
    let mut jobs = Vec::new();
    for size in SIZES {
        for (scheme, theirs) in [
            (provider::STRIPE, Provider::Stripe),
            (provider::GITHUB, Provider::GitHub),
            (provider::STANDARD, Provider::StandardWebhooks),
        ] {
            let name = format!("webhook {}: verify", scheme.name());
            jobs.push(Job::new(name, size, move || verify(&scheme, theirs, size)));
        }
        jobs.push(Job::new("webhook stripe: verify and parse", size, move || parse(size)));
    }
    jobs
}

fn verify(scheme: &Scheme, theirs: Provider, size: usize) -> Vec<Contender> {
    // No JSON: the one that parses is done with it at the first byte.
    let delivery = Delivery::new(scheme, "x".repeat(size));
    let mut contenders = vec![chancery(scheme, &delivery, |_| ()), webhook_verify(theirs, &delivery, |_| ())];
    match theirs {
        Provider::StandardWebhooks => contenders.push(standardwebhooks(&delivery)),
        Provider::Stripe => contenders.push(async_stripe(&delivery)),
        _ => {}
    }
    contenders
}

/// Into the types of `async-stripe-webhook`, which parses what it has verified: the others by its function that does
/// nothing else.
fn parse(size: usize) -> Vec<Contender> {
    let delivery = Delivery::new(&provider::STRIPE, event(size));
    let event = |body: &str| drop(black_box(Stripe::insecure(body).expect("an event")));
    let whole = {
        let delivery = Rc::clone(&delivery);
        Contender::new("async-stripe-webhook", move || {
            let header = black_box(delivery.header("stripe-signature"));
            black_box(Stripe::construct_event(black_box(&delivery.body), header, SECRET).expect("an event"));
        })
    };
    vec![
        chancery(&provider::STRIPE, &delivery, event).remark("parsed by async-stripe-webhook"),
        webhook_verify(Provider::Stripe, &delivery, event).remark("parsed by async-stripe-webhook"),
        whole,
    ]
}

fn chancery(scheme: &Scheme, delivery: &Rc<Delivery>, parse: impl Fn(&str) + 'static) -> Contender {
    let verifier = Verifier::new(scheme.secret(SECRET).expect("a secret")).expect("a scheme of headers");
    let delivery = Rc::clone(delivery);
    Contender::new("chancery", move || {
        let body = black_box(delivery.body.as_bytes());
        let outcome = verifier.verify(black_box(&delivery.headers), body, UnixTime::now());
        black_box(outcome.expect("authentic").allow_replays());
        parse(&delivery.body);
    })
}

fn webhook_verify(provider: Provider, delivery: &Rc<Delivery>, parse: impl Fn(&str) + 'static) -> Contender {
    let (secret, delivery) = (webhook_verify::Secret::new(SECRET), Rc::clone(delivery));
    let call = move || {
        let (headers, body) = (black_box(&delivery.headers), black_box(delivery.body.as_bytes()));
        webhook_verify::verify(provider, headers, body, &secret, webhook_verify::VerifyOptions::default())
            .expect("authentic");
        parse(&delivery.body);
    };
    Contender::new("webhook-verify", call).remark(KEYED)
}

fn standardwebhooks(delivery: &Rc<Delivery>) -> Contender {
    let webhook = standardwebhooks::Webhook::new(SECRET).expect("a secret");
    let headers = delivery.headers.iter().map(|(name, value)| {
        let name: http::HeaderName = name.parse().expect("a name");
        (name, value.parse().expect("a value"))
    });
    let (headers, delivery): (http::HeaderMap, _) = (headers.collect(), Rc::clone(delivery));
    Contender::new("standardwebhooks", move || {
        webhook.verify(black_box(delivery.body.as_bytes()), black_box(&headers)).expect("authentic");
    })
    .remark("takes http::HeaderMap; checks that the body is UTF-8")
}

fn async_stripe(delivery: &Rc<Delivery>) -> Contender {
    let delivery = Rc::clone(delivery);
    Contender::new("async-stripe-webhook", move || {
        let header = black_box(delivery.header("stripe-signature"));
        let outcome = Stripe::construct_event(black_box(&delivery.body), header, SECRET);
        // Behind the signature and the time.
        assert!(matches!(outcome, Err(WebhookError::BadParse(_))), "not verified");
    })
    .remark(ALONE)
}

/// An event of Stripe's of this length: a product with much to say.
fn event(size: usize) -> String {
    let with = |description: &str| {
        format!(
            r#"{{"id":"evt_1","object":"event","api_version":"2026-09-30.endive","created":1790000000,"livemode":false,
"pending_webhooks":1,"request":{{"id":null,"idempotency_key":null}},"type":"product.created","data":{{"object":{{
"id":"prod_1","object":"product","active":true,"created":1790000000,"default_price":null,"description":"{description}",
"images":[],"livemode":false,"marketing_features":[],"metadata":{{}},"name":"A","package_dimensions":null,
"shippable":null,"statement_descriptor":null,"tax_code":null,"type":"service","unit_label":null,
"updated":1790000000,"url":null}}}}}}"#
        )
    };
    let body = with(&"x".repeat(size.checked_sub(with("").len()).expect("an event is that long")));
    assert_eq!(body.len(), size);
    body
}
