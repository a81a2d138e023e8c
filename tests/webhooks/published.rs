// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every published example, read where it is (`CHANCERY_VECTORS`). One that is in the files and not here is a
//! failure.

use crate::{
    rows::{Request, request, verify},
    standard,
};
use chancery::{
    scheme::{Encoding, Scheme},
    webhook::{Verifier, adyen, provider},
};
use serde_json::Value;

enum Outcome {
    Ran,
    /// Why it was not.
    NotRun(&'static str),
}

use Outcome::{NotRun, Ran};

const REQUESTS: Outcome = NotRun("a signature of an HTTP request, not of a webhook");

fn text<'a>(entry: &'a Value, name: &str) -> &'a str {
    entry[name].as_str().unwrap_or_else(|| panic!("{entry}: no {name}"))
}

fn secret(entry: &Value) -> &str {
    ["secret", "token", "key", "key_hex", "pubkey"]
        .iter()
        .find_map(|name| entry[name].as_str())
        .unwrap_or_else(|| panic!("{entry}: no secret"))
}

/// Accepted as it is, refused with another body and with another secret.
fn holds(entry: &Value, scheme: Scheme, url: Option<&str>, request: &Request, now: u64) {
    let verifier = |text: &str| {
        let secret = scheme.weak_secret(text)?;
        if let Some(url) = url { Verifier::at(secret, url) } else { Verifier::new(secret) }
    };
    let good = verifier(secret(entry)).unwrap();
    let delivery = verify(&good, request, now).unwrap_or_else(|error| panic!("{entry}: {error}"));
    assert_eq!(delivery.allow_replays().body(), request.body);
    let mut other = request.clone();
    other.body.push(b'!');
    assert!(verify(&good, &other, now).is_err(), "{entry}");
    // Of the same form, whatever it is.
    let (prefix, rest) = secret(entry).split_at(secret(entry).rfind('_').unwrap_or(0));
    let changed = format!("{prefix}{}", rest.replace(['A', 'M', '1'], "B").replace(['a', 'e'], "c"));
    if let Ok(verifier) = verifier(&changed) {
        assert!(verify(&verifier, request, now).is_err(), "{entry}");
    } else {
        assert_eq!(scheme.name(), "sendgrid", "{entry}: no other secret");
    }
}

fn over_body(entry: &Value, scheme: Scheme, header: &str) -> Outcome {
    holds(
        entry,
        scheme,
        None,
        &request(&[(header, text(entry, "expected"))], text(entry, "body").as_bytes()),
        0,
    );
    Ran
}

fn standard(entry: &Value) -> Outcome {
    let time = entry["ts"].as_u64().unwrap();
    for (scheme, prefix) in
        [(provider::STANDARD, "webhook"), (provider::SVIX, "svix"), (provider::GITLAB, "webhook")]
    {
        let name = |rest| format!("{prefix}-{rest}");
        let headers = [
            (&*name("id"), text(entry, "id")),
            (&*name("timestamp"), &*time.to_string()),
            (&*name("signature"), text(entry, "expected")),
        ];
        holds(entry, scheme, None, &request(&headers, text(entry, "body").as_bytes()), time);
    }
    Ran
}

fn with_time(entry: &Value, scheme: Scheme, headers: [&str; 2], body: &str) -> Outcome {
    let time = entry["ts"].as_u64().unwrap();
    let headers = [(headers[0], &*time.to_string()), (headers[1], text(entry, "expected"))];
    holds(entry, scheme, None, &request(&headers, body.as_bytes()), time);
    Ran
}

fn boxes(entry: &Value, header: &str) -> Outcome {
    let headers = [("box-delivery-timestamp", text(entry, "ts")), (header, text(entry, "expected"))];
    // 2020-01-01T00:00:00-07:00
    holds(entry, provider::BOX, None, &request(&headers, text(entry, "body").as_bytes()), 1_577_862_000);
    Ran
}

#[cfg(feature = "legacy-sha1")]
fn twilio(entry: &Value, url: &str, body: &str) -> Outcome {
    let request = request(&[("x-twilio-signature", text(entry, "expected"))], body.as_bytes());
    holds(entry, provider::TWILIO, Some(url), &request, 0);
    Ran
}

#[cfg(not(feature = "legacy-sha1"))]
fn twilio(_: &Value, _: &str, _: &str) -> Outcome {
    NotRun("without the feature `legacy-sha1`")
}

/// The parameters of an entry as a form.
fn form(entry: &Value) -> String {
    let pair = |pair: &Value| {
        format!("{}={}", pair[0].as_str().unwrap(), pair[1].as_str().unwrap().replace('+', "%2B"))
    };
    entry["params"].as_array().unwrap().iter().map(pair).collect::<Vec<_>>().join("&")
}

/// Of twilio-python's tests.
const CALL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";
const CALLER: &str =
    "CallSid=CA1234567890ABCDE&Digits=1234&From=%2B14158675309&To=%2B18005551212&Caller=%2B14158675309";
const JSON: &str = r#"{"property": "value", "boolean": true}"#;
const JSON_HASH: &str = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";

#[cfg(feature = "p256")]
fn sendgrid(entry: &Value) -> Outcome {
    let name = |rest| format!("X-Twilio-Email-Event-Webhook-{rest}");
    let headers = [(&*name("Timestamp"), text(entry, "ts")), (&*name("Signature"), text(entry, "sig"))];
    let time = text(entry, "ts").parse().unwrap();
    holds(entry, provider::SENDGRID, None, &request(&headers, text(entry, "body").as_bytes()), time);
    Ran
}

#[cfg(not(feature = "p256"))]
fn sendgrid(_: &Value) -> Outcome {
    NotRun("without the feature `p256`")
}

fn adyen(entry: &Value) -> Outcome {
    let fields: Vec<&str> = text(entry, "data").split(':').collect();
    let body = crate::adyen::body(&fields.try_into().unwrap(), text(entry, "expected"));
    let verifier = adyen::Verifier::new(provider::ADYEN.secret(secret(entry)).unwrap()).unwrap();
    assert_eq!(verifier.verify(body.as_bytes()).unwrap().len(), 1);
    assert!(verifier.verify(body.replace("1000", "1001").as_bytes()).is_err());
    Ran
}

fn run(entry: &Value) -> Outcome {
    const COINIFY: Scheme =
        Scheme::hmac_sha256("coinify", Encoding::Hex).in_header("x-coinify-webhook-signature", "");
    const DATASAUR: Scheme =
        Scheme::hmac_sha256("datasaur", Encoding::Hex).in_header("x-datasaur-signature", "");
    match text(entry, "name") {
        "standard-webhooks rust ref" | "standard-webhooks python ref" => standard(entry),
        "github docs" | "github octokit" => over_body(entry, provider::GITHUB, text(entry, "header")),
        "slack docs" => with_time(
            entry,
            provider::SLACK,
            ["X-Slack-Request-Timestamp", "X-Slack-Signature"],
            text(entry, "body"),
        ),
        "twilio-python base" | "twilio-python duplicates (dedupe+sort)" => {
            twilio(entry, text(entry, "url"), &form(entry))
        }
        // The file has no input for these; it is that of the source that it names.
        "twilio docs" => {
            let body = CALLER.replace("14158675309", "14158675310");
            twilio(entry, "https://example.com/myapp.php?foo=1&bar=2", &body)
        }
        "twilio port 443 added" => twilio(entry, CALL, CALLER),
        "twilio bodySHA256" => {
            assert_eq!((text(entry, "expected"), text(entry, "body")), (JSON_HASH, JSON));
            NotRun("a hash, and no signature: it is a part of the next one")
        }
        "twilio json body sig" => twilio(entry, &format!("{CALL}&bodySHA256={JSON_HASH}"), JSON),
        "square docs" => {
            let headers = [("x-square-hmacsha256-signature", text(entry, "expected"))];
            let request = request(&headers, text(entry, "body").as_bytes());
            holds(entry, provider::SQUARE, Some(text(entry, "url")), &request, 0);
            Ran
        }
        "adyen classic item" => adyen(entry),
        "line bot sdk" => over_body(entry, provider::LINE, text(entry, "header")),
        "coinify" => over_body(entry, COINIFY, "X-Coinify-Webhook-Signature"),
        "datasaur docs" => over_body(entry, DATASAUR, "X-Datasaur-Signature"),
        "meta style hex" => {
            let signature = format!("sha256={}", text(entry, "expected"));
            let request = request(&[("x-hub-signature-256", &signature)], text(entry, "body").as_bytes());
            holds(entry, provider::META, None, &request, 0);
            Ran
        }
        "box SamplePrimaryKey" => boxes(entry, "BOX-SIGNATURE-PRIMARY"),
        "box SampleSecondaryKey" => boxes(entry, "BOX-SIGNATURE-SECONDARY"),
        "sendgrid nodejs spec" => sendgrid(entry),
        "stripe (LOCAL vector of webhook-verify, scheme only)" => {
            let signature = format!("t={},v1={}", entry["ts"], text(entry, "expected"));
            let request = request(&[("stripe-signature", &signature)], text(entry, "body").as_bytes());
            holds(entry, provider::STRIPE, None, &request, entry["ts"].as_u64().unwrap());
            Ran
        }
        "zoom (LOCAL vector of webhook-verify)" => with_time(
            entry,
            provider::ZOOM,
            ["x-zm-request-timestamp", "x-zm-signature"],
            r#"{"event":"meeting.started","event_ts":1626230691572}"#,
        ),
        name if name.starts_with("rfc9421")
            || name.starts_with("rfc9530")
            || name.starts_with("web-bot-auth") =>
        {
            REQUESTS
        }
        name => panic!("{name}: a published example that is not known here"),
    }
}

fn read(name: &str) -> Option<Value> {
    let Ok(folder) = std::env::var("CHANCERY_VECTORS") else {
        println!("webhooks: NOT RUN without CHANCERY_VECTORS: {name}");
        return None;
    };
    let text = std::fs::read_to_string(format!("{folder}/{name}")).expect("a file of the vectors");
    Some(serde_json::from_str(&text).expect("JSON"))
}

#[test]
fn every_published_example_verifies() {
    let Some(file) = read("webhooks/schemes.json") else { return };
    let mut ran = 0;
    let entries = file.as_array().unwrap();
    for entry in entries {
        match run(entry) {
            Ran => {
                ran += 1;
                println!("webhooks: published example: {}", text(entry, "name"));
            }
            NotRun(why) => println!("webhooks: NOT RUN: {}: {why}", text(entry, "name")),
        }
    }
    println!("webhooks: {ran} of {} published examples", entries.len());
    assert!(ran > 0);
}

#[test]
fn every_published_example_of_standard_webhooks_verifies() {
    let Some(file) = read("standard-webhooks/standard-webhooks.json") else { return };
    let known_answers = file["kat"].as_array().unwrap();
    for entry in known_answers {
        let entry = serde_json::json!({
            "name": "known answer", "secret": entry["secret"], "id": entry["id"], "ts": entry["timestamp"],
            "body": entry["payload"], "expected": entry["signature"],
        });
        assert!(matches!(standard(&entry), Ran));
    }
    let ours = standard::behaviours();
    let theirs: Vec<&str> =
        file["behaviours"].as_array().unwrap().iter().map(|b| b.as_str().unwrap()).collect();
    assert_eq!(ours.iter().map(|(words, _)| *words).collect::<Vec<_>>(), theirs);
    assert!(ours.iter().all(|(_, holds)| *holds));
    println!(
        "webhooks: {} known answers and {} behaviours of Standard Webhooks",
        known_answers.len(),
        theirs.len()
    );
}
