// SPDX-License-Identifier: MIT OR Apache-2.0
//! Twilio: forms, bodies that are none, and ports.

use crate::rows::{Request, request, sha1, verify};
use base64ct::{Base64, Encoding as _};
use chancery::{
    ConfigError, Error,
    webhook::{Verifier, provider},
};
use sha2::Digest as _;

const TOKEN: &str = "0123456789abcdef0123456789abcdee";

fn signed(url: &str, parameters: &str, target: &str, body: &[u8]) -> Request {
    let signature = Base64::encode_string(&sha1(TOKEN.as_bytes(), &[url.as_bytes(), parameters.as_bytes()]));
    Request { target: target.into(), ..request(&[("x-twilio-signature", &signature)], body) }
}

fn at(url: &str, request: &Request) -> Result<(), Error> {
    let verifier = Verifier::at(provider::TWILIO.secret(TOKEN).unwrap(), url).unwrap();
    verify(&verifier, request, 0).map(|delivery| drop(delivery.allow_replays()))
}

#[test]
fn requests_24_a_body_that_is_no_form_must_have_the_hash_in_the_url() {
    let json = br#"{"a":1}"#;
    let hash = crate::rows::hex(&sha2::Sha256::digest(json));
    let with = |hash: &str, body: &[u8]| {
        let target = format!("/in?bodySHA256={hash}");
        at("https://a.example", &signed(&format!("https://a.example{target}"), "", &target, body))
    };
    assert_eq!(with(&hash, json), Ok(()));
    assert_eq!(with(&hash, br#"{"a":2}"#), Err(Error::NotAuthentic));
    assert_eq!(with(&hash, b""), Err(Error::NotAuthentic));
    for bad in ["", "00", &hash[..63], &format!("{hash}0"), &format!("{hash}&bodySHA256={hash}")] {
        assert!(with(bad, json).is_err(), "{bad}");
    }
    // Signed without one: a signature of the URL alone is no signature of a body.
    let bare = signed("https://a.example/in", "", "/in", json);
    assert_eq!(at("https://a.example", &bare), Err(Error::NotAuthentic));
}

#[test]
fn parameters_are_sorted_and_a_pair_counts_once() {
    let signed_as = |body: &str| {
        at("https://a.example/in", &signed("https://a.example/in", "A1A2B x+\u{e9}", "", body.as_bytes()))
    };
    for body in [
        "A=1&A=2&B=%20x%2B%c3%a9",
        "B=+x%2B%C3%A9&A=2&A=1",
        "A=2&A=1&A=2&B=+x%2B%C3%A9&A=1",
        "&A=1&&A=2&B=%20x%2B%C3%A9&",
    ] {
        assert_eq!(signed_as(body), Ok(()), "{body}");
    }
    for body in [
        "A=1&B=%20x%2B%C3%A9",
        "A=1&A=2&A=3&B=%20x%2B%C3%A9",
        "A=1,2&B=%20x%2B%C3%A9",
        "A=1&A=2&B=%20x+%C3%A9",
    ] {
        assert_eq!(signed_as(body), Err(Error::NotAuthentic), "{body}");
    }
    for body in ["A=%", "A=%f", "A=%ff"] {
        assert_eq!(signed_as(body), Err(Error::Malformed), "{body}");
    }
    assert_eq!(signed_as(&"A=1&".repeat(257)), Err(Error::TooLarge));
}

#[test]
fn the_url_is_signed_with_its_default_port_or_without() {
    for (configured, sent) in [
        ("https://a.example/in", "https://a.example:443/in"),
        ("https://a.example:443/in", "https://a.example/in"),
        ("http://a.example/in", "http://a.example:80/in"),
        ("https://a.example:8443/in", "https://a.example/in"),
        ("https://a.example/in", "https://a.example/in"),
    ] {
        assert_eq!(at(configured, &signed(sent, "", "", b"")), Ok(()), "{configured} {sent}");
    }
    for sent in [
        "https://a.example:80/in",
        "https://a.example:8443/in",
        "http://a.example/in",
        "https://b.example/in",
    ] {
        assert_eq!(
            at("https://a.example/in", &signed(sent, "", "", b"")),
            Err(Error::NotAuthentic),
            "{sent}"
        );
    }
}

#[test]
fn requests_23_sha1_is_a_matter_of_named_providers_and_their_url_is_mandatory() {
    assert_eq!(Verifier::new(provider::TWILIO.secret(TOKEN).unwrap()).err(), Some(ConfigError::Url));
    let public = include_str!("../../src/scheme/mod.rs");
    assert!(!public.contains("pub const fn hmac_sha1") && public.contains("pub(crate) const fn hmac_sha1"));
}
