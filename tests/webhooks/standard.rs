// SPDX-License-Identifier: MIT OR Apache-2.0
//! The behaviours that the reference libraries of Standard Webhooks are tested for, each under its words, and the
//! reports of what one of them did wrong.

use crate::rows::{BODY, NOW, STANDARD, rows};
use chancery::{
    ConfigError, Error, UnixTime,
    webhook::{Verifier, provider},
};

fn good() -> Vec<(String, String)> {
    let row = rows().into_iter().find(|row| row.name == "STANDARD").unwrap();
    row.good().headers.into_iter().map(|(name, value)| (name, String::from_utf8(value).unwrap())).collect()
}

fn with(name: &str, value: Option<&str>) -> Vec<(String, String)> {
    let mut headers = good();
    headers.retain(|(other, _)| other != name);
    headers.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    headers
}

fn signature() -> String {
    good().into_iter().find(|(name, _)| name == "webhook-signature").unwrap().1
}

fn verify_at(headers: &Vec<(String, String)>, now: u64) -> Result<(), Error> {
    let verifier = Verifier::new(provider::STANDARD.secret(STANDARD).unwrap()).unwrap();
    verifier.verify(headers, BODY, UnixTime::from_secs(now)).map(|delivery| drop(delivery.allow_replays()))
}

fn verify(headers: &Vec<(String, String)>) -> Result<(), Error> {
    verify_at(headers, NOW)
}

/// The words of the file of vectors, and whether it is so.
pub(crate) fn behaviours() -> Vec<(&'static str, bool)> {
    let secret = |text: &str| provider::STANDARD.secret(text).err();
    let without = |name| verify(&with(name, None)) == Err(Error::Header);
    let signed = |text: &str| verify(&with("webhook-signature", Some(text)));
    let signature = signature();
    let own = provider::STANDARD.secret(STANDARD.trim_start_matches("whsec_").trim_end_matches('='));
    let asymmetric = rows().into_iter().find(|row| row.name == "STANDARD_ED25519").unwrap();
    let v1a = String::from_utf8(asymmetric.good().headers[2].1.clone()).unwrap();
    vec![
        ("empty secret rejected: \"\" and \"whsec_\"", secret("").is_some() && secret("whsec_").is_some()),
        ("missing webhook-id rejected", without("webhook-id")),
        ("missing webhook-timestamp rejected", without("webhook-timestamp")),
        ("non-numeric timestamp rejected", verify(&with("webhook-timestamp", Some("hello"))).is_err()),
        ("missing webhook-signature rejected", without("webhook-signature")),
        ("wrong v1 signature rejected", signed("v1,dGhpcyBpcyBub3QgaXQ=").is_err()),
        ("timestamp older than 300 s rejected", verify_at(&good(), NOW + 301) == Err(Error::Expired)),
        ("timestamp newer than 300 s rejected", verify_at(&good(), NOW - 301) == Err(Error::NotYetValid)),
        (
            "list of signatures \"v1,bad v2,bad v1,good v1,bad\" accepted",
            signed(&format!("v1,bad v2,bad {signature} v1,bad")).is_ok(),
        ),
        ("only-wrong list rejected", signed("v1,bad v2,bad v1,YmFk") == Err(Error::NotAuthentic)),
        (
            "partial signature \"v1,\" and first 8 bytes rejected",
            signed("v1,").is_err() && signed(&signature[..11]).is_err(),
        ),
        (
            "secret accepted with and without whsec_ prefix",
            secret(STANDARD).is_none() && secret(STANDARD.trim_start_matches("whsec_")).is_none(),
        ),
        ("secret accepted unpadded (python)", Verifier::new(own.unwrap()).is_ok()),
        (
            "v2/unknown versions skipped, v1a = Ed25519",
            signed(&format!("v2,x v1a,x {v1a} v10,x {signature}")).is_ok()
                && signed(&signature.replace("v1,", "v2,")).is_err()
                && signed(&v1a).is_err(),
        ),
    ]
}

#[test]
fn what_the_reference_libraries_are_tested_for() {
    for (words, holds) in behaviours() {
        assert!(holds, "{words}");
    }
    println!("webhooks: {} behaviours of Standard Webhooks", behaviours().len());
}

#[test]
fn standard_webhooks_286_an_empty_or_short_secret_is_refused_at_construction() {
    for text in ["", "whsec_", "whsec_====", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRY="] {
        let error = provider::STANDARD.secret(text).unwrap_err();
        assert!(matches!(error, ConfigError::WeakKey | ConfigError::KeyText), "{text}: {error:?}");
        assert!(provider::STANDARD.weak_secret(text).is_err(), "{text}");
    }
}

#[test]
fn standard_webhooks_verify_the_bytes_of_the_time_are_signed_and_extremes_do_not_overflow() {
    // The battery has these for every scheme; here are the ones of the report, on both sides of the clock.
    for time in
        ["+1790000000", "01790000000", "-9223372036854775808", "9223372036854775807", "18446744073709551615"]
    {
        for now in [0, NOW, u64::MAX] {
            assert!(verify_at(&with("webhook-timestamp", Some(time)), now).is_err(), "{time} at {now}");
        }
    }
}

#[test]
fn rustsec_2024_0010_svix_a_part_of_a_signature_is_none() {
    let signature = signature();
    for len in 0..signature.len() {
        assert!(verify(&with("webhook-signature", Some(&signature[..len]))).is_err(), "{len}");
    }
    assert!(verify(&with("webhook-signature", Some(&format!("{signature}A")))).is_err());
    assert!(verify(&with("webhook-signature", Some(&format!("{signature},")))).is_err());
}

#[test]
fn requests_06_malformed_signatures_are_skipped_and_more_than_sixteen_are_not_looked_at() {
    let signature = signature();
    let behind = |n: usize| {
        let bad = "v1,bad ".repeat(n);
        verify(&with("webhook-signature", Some(&format!("{bad}{signature}"))))
    };
    assert_eq!((behind(15), behind(16)), (Ok(()), Err(Error::NotAuthentic)));
}
