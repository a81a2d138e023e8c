// SPDX-License-Identifier: MIT OR Apache-2.0
//! HMAC-signed requests (`docs/hmac-requests.md`): known answers, whose requests they are, and each of them once.

use crate::rows::{HMAC_REQUEST, NOW, OTHER, Request, SECRET, rows, verify};
use chancery::{
    ConfigError, Error, Keyring, UnixTime,
    replay::MemoryStore,
    scheme::request::{HMAC, Signer},
    webhook::Verifier,
};

const URL: &str = "https://api.example.com";
const DOCUMENT: &str = include_str!("../../docs/hmac-requests.md");

fn verifier(secret: &str, url: &str) -> Verifier {
    Verifier::at(HMAC.secret(secret).unwrap(), url).unwrap()
}

/// As a client in Rust sends it.
fn signed(secret: &str, method: &str, target: &str, body: &[u8]) -> Request {
    let headers =
        Signer::new(secret, URL).unwrap().sign(method, target, body, UnixTime::from_secs(NOW)).unwrap();
    let headers = headers.into_iter().map(|(name, value)| (name, value.into_bytes())).collect();
    Request { method: method.into(), target: target.into(), headers, body: body.to_vec() }
}

#[test]
fn the_vectors_are_accepted_and_nothing_else_is() {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../vectors/hmac-requests.json")).unwrap();
    let cases = vectors["cases"].as_array().unwrap();
    for case in cases {
        let text = |name: &str| case[name].as_str().unwrap().to_owned();
        let time = case["timestamp"].as_u64().unwrap();
        let body = text("body");
        let digits = |at: usize| u8::from_str_radix(&body[at..at + 2], 16).unwrap();
        let request = Request {
            method: text("method"),
            target: text("target"),
            headers: vec![
                ("x-timestamp".into(), time.to_string().into_bytes()),
                ("x-nonce".into(), text("nonce").into_bytes()),
                ("x-signature".into(), text("signature").into_bytes()),
            ],
            body: (0..body.len()).step_by(2).map(digits).collect(),
        };
        let verifier = verifier(&text("secret"), &text("url"));
        let delivery = verify(&verifier, &request, time).unwrap_or_else(|error| panic!("{case}: {error}"));
        assert_eq!(delivery.allow_replays().id(), Some(&*text("nonce")));
        let others = [
            Request { method: "PATCH".into(), ..request.clone() },
            Request { target: format!("{}x", request.target), ..request.clone() },
            Request { body: [&request.body[..], b"\0"].concat(), ..request.clone() },
        ];
        for other in others {
            assert_eq!(verify(&verifier, &other, time).err(), Some(Error::NotAuthentic), "{case}");
        }
    }
    assert_eq!(cases.len(), 4);
    // What the document prints is the first of them.
    for printed in ["secret", "signed", "signature"] {
        assert!(DOCUMENT.contains(cases[0][printed].as_str().unwrap()), "{printed}");
    }
}

#[test]
fn a_signer_makes_what_the_verifier_accepts_with_a_nonce_of_its_own_each_time() {
    let verifier = verifier(SECRET, URL);
    let mut nonces = Vec::new();
    for (method, target, body) in
        [("GET", "/", &b""[..]), ("POST", "/orders?dry=1", b"{}"), ("POST", "/orders?dry=1", b"{}")]
    {
        let request = signed(SECRET, method, target, body);
        let names: Vec<&str> = request.headers.iter().map(|(name, _)| &**name).collect();
        assert_eq!(names, ["x-nonce", "x-timestamp", "x-signature"]);
        let delivery = verify(&verifier, &request, NOW).unwrap().allow_replays();
        assert_eq!((delivery.body(), delivery.scheme()), (body, "hmac-request"));
        nonces.push(delivery.id().unwrap().to_owned());
    }
    nonces.sort();
    nonces.dedup();
    assert_eq!(nonces.iter().map(String::len).collect::<Vec<_>>(), [32, 32, 32]);
}

#[test]
fn a_signer_is_not_made_for_a_weak_secret_or_a_part_of_a_service_and_signs_no_target_that_is_none() {
    let refusal = |secret, url| Signer::new(secret, url).err();
    assert_eq!(refusal("15 bytes only..", URL), Some(ConfigError::WeakKey));
    assert_eq!(refusal("white space at its end ", URL), Some(ConfigError::KeyText));
    for url in ["https://api.example.com/", "https://api.example.com/v1", "https://api.example.com?x", "api"]
    {
        assert_eq!(refusal(SECRET, url), Some(ConfigError::Url), "{url}");
    }
    let signer = Signer::new(SECRET, URL).unwrap();
    let sign = |method, target| signer.sign(method, target, b"", UnixTime::from_secs(NOW)).err();
    for (method, target) in [
        ("get", "/"),
        ("GET /", "/"),
        ("GET\n", "/"),
        ("GET", ""),
        ("GET", "?x"),
        ("GET", "x"),
        ("GET", "/\n"),
    ] {
        assert_eq!(sign(method, target), Some(Error::Malformed), "{method} {target}");
    }
    assert_eq!(sign("GET", &format!("/{}", "x".repeat(8192))), Some(Error::TooLarge));
    assert_eq!(format!("{signer:?}"), "Signer(..)");
}

#[test]
fn requests_14_the_url_is_that_of_the_configuration_whatever_a_header_says() {
    let mut request = signed(SECRET, "POST", "/orders", b"{}");
    for name in ["host", ":authority", "forwarded", "x-forwarded-host", "x-forwarded-proto", "x-original-url"]
    {
        request.headers.push((name.into(), b"api.example.com".to_vec()));
    }
    assert!(verify(&verifier(SECRET, URL), &request, NOW).is_ok());
    // Another service that has the same secret.
    for other in [
        "https://admin.example.com",
        "http://api.example.com",
        "https://api.example.com:8443",
        "https://api.example.co",
    ] {
        let refused = verify(&verifier(SECRET, other), &request, NOW).err();
        assert_eq!(refused, Some(Error::NotAuthentic), "{other}");
    }
    // The path is that of the request, and never one of the configuration.
    let secret = || HMAC.secret(SECRET).unwrap();
    assert_eq!(Verifier::new(secret()).err(), Some(ConfigError::Url));
    for url in ["https://api.example.com/", "https://api.example.com/orders", "https://api.example.com?x=1"] {
        assert_eq!(Verifier::at(secret(), url).err(), Some(ConfigError::Url), "{url}");
    }
    // Who forgets it is not served.
    request.target = String::new();
    assert_eq!(verify(&verifier(SECRET, URL), &request, NOW).err(), Some(Error::Malformed));
}

#[test]
fn requests_20_a_nonce_is_good_once_for_each_service_and_secret() {
    const OTHER_URL: &str = "https://admin.example.com";
    let (store, now) = (MemoryStore::new(16), UnixTime::from_secs(NOW));
    let request = |secret: &str, url: &str, body: &[u8]| {
        let hash = crate::rows::hex(&<sha2::Sha256 as sha2::Digest>::digest(body));
        let lines = format!("POST\n{url}/x\n{NOW}\nn-1\n{hash}");
        let signature = crate::rows::hex(&crate::rows::sha256(secret.as_bytes(), &[lines.as_bytes()]));
        let time = NOW.to_string();
        let headers = [("X-Timestamp", &*time), ("X-Nonce", "n-1"), ("X-Signature", &*signature)];
        Request { target: "/x".into(), ..crate::rows::request(&headers, body) }
    };
    let both = || Keyring::new(HMAC.secret(OTHER).unwrap()).rotate(HMAC.secret(SECRET).unwrap()).unwrap();
    let claim = |url: &str, secret: &str, body: &[u8]| {
        let verifier = Verifier::at(both(), url).unwrap();
        verify(&verifier, &request(secret, url, body), NOW).unwrap().claim(&store, now).map(drop)
    };
    assert_eq!(claim(URL, SECRET, b"{}"), Ok(()));
    assert_eq!(claim(URL, SECRET, b"{}"), Err(Error::Replayed));
    // Not even for another request.
    assert_eq!(claim(URL, SECRET, b"{\"n\":2}"), Err(Error::Replayed));
    // The nonces of another client and for another service are others.
    assert_eq!(claim(URL, OTHER, b"{}"), Ok(()));
    assert_eq!(claim(OTHER_URL, SECRET, b"{}"), Ok(()));
    assert_eq!(claim(URL, OTHER, b"{}"), Err(Error::Replayed));
    assert_eq!(claim(OTHER_URL, SECRET, b"{}"), Err(Error::Replayed));
}

#[test]
fn a_nonce_is_remembered_for_as_long_as_its_request_is_accepted_and_not_for_days() {
    let row = rows().into_iter().find(|row| row.name == HMAC_REQUEST).unwrap();
    let (verifier, good) = (row.verifier(SECRET), row.good());
    // Room for one: the claim of the first has to be gone.
    let store = MemoryStore::new(1);
    let claim =
        |now| verify(&verifier, &good, NOW).unwrap().claim(&store, UnixTime::from_secs(now)).map(drop);
    assert_eq!(claim(NOW), Ok(()));
    assert_eq!(claim(NOW + 300), Err(Error::Replayed));
    let later = Signer::new(SECRET, "https://hooks.example.com").unwrap();
    let later_claim = |at: u64| {
        let now = UnixTime::from_secs(at);
        let headers = later.sign("POST", "/", b"", now).unwrap();
        let request = verifier.verify_at("POST", "/", &headers, b"", now).unwrap();
        request.claim(&store, now).map(drop)
    };
    assert_eq!(later_claim(NOW + 600), Err(Error::Unavailable));
    assert_eq!(later_claim(NOW + 700), Ok(()));
}
