// SPDX-License-Identifier: MIT OR Apache-2.0
//! `Accept-Signature`: asked for, and answered or refused.

use crate::{BODY, NOW, api, outcome, post, received, signer, text, verifier, verify_key};
use chancery::{
    Error, Keyring,
    http_signature::{Policy, SignKey, Signer, Verifier},
};
use core::time::Duration;
use http::{HeaderMap, HeaderValue};

fn asking(value: &str) -> HeaderMap {
    HeaderMap::from_iter([("accept-signature".parse().unwrap(), HeaderValue::from_str(value).unwrap())])
}

#[test]
fn what_a_verifier_asks_for_a_signer_signs() {
    let policy =
        api().covering(&["content-type", "@query-param;name=\"page\""]).tag("billing").require_expires();
    let verifier = verifier(policy);
    let value = verifier.accept_signature().unwrap();
    assert_eq!(
        value.to_str().unwrap(),
        "sig1=(\"@method\" \"@authority\" \"@path\" \"@query\" \"content-type\" \"@query-param\";name=\"page\" \
         \"content-digest\");created;expires;tag=\"billing\""
    );
    let signer = signer().tag("billing").unwrap();
    for body in [BODY, b""] {
        let mut request = post();
        signer.sign_requested(&mut request, body, &asking(value.to_str().unwrap()), NOW).unwrap();
        assert_eq!(outcome(verifier.verify(&received(request), body, NOW)), Ok(()));
    }
    assert!(Verifier::new(verify_key(1), Policy::response()).unwrap().accept_signature().is_ok());
}

#[test]
fn what_is_asked_for_is_signed_beside_what_is_signed_anyway() {
    let mut request = post();
    let wanted = asking("theirs=(\"content-type\");nonce=\"their own\";expires;alg=\"ed25519\"");
    signer().sign_requested(&mut request, BODY, &wanted, NOW).unwrap();
    let input = text(&request.headers, "signature-input");
    assert!(input.starts_with("theirs=(\"@method\" \"@authority\" \"@path\" \"@query\""), "{input}");
    let request = received(request);
    let signed = verifier(api()).verify(&request, BODY, NOW).unwrap().allow_replays();
    assert_eq!(signed.nonce(), Some("their own"));
    assert_eq!(signed.expires(), Some(NOW.saturating_add(Duration::from_secs(300))));
    assert!(signed.covers("content-type"));
}

#[test]
fn the_key_that_is_asked_for_signs_if_it_is_ours() {
    let keys = Keyring::new(SignKey::from(crate::signing_key(1)).named("new").unwrap());
    let keys = keys.accept(SignKey::from(crate::signing_key(2)).named("old").unwrap()).unwrap();
    let signer = Signer::new(keys);
    let mut request = post();
    signer.sign_requested(&mut request, BODY, &asking("a=();keyid=\"old\""), NOW).unwrap();
    let old = Verifier::new(verify_key(2).named("old").unwrap(), api()).unwrap();
    assert_eq!(outcome(old.verify(&received(request), BODY, NOW)), Ok(()));
    let theirs = signer.sign_requested(&mut post(), BODY, &asking("a=();keyid=\"theirs\""), NOW);
    assert_eq!(theirs, Err(Error::UnknownKey));
}

#[test]
fn what_a_signer_would_not_do_it_refuses() {
    let sign = |wanted: &str| signer().sign_requested(&mut post(), BODY, &asking(wanted), NOW);
    for (wanted, expected) in [
        ("a=();tag=\"web-bot-auth\"", Error::Policy),
        ("a=();alg=\"rsa-v1_5-sha256\"", Error::Policy),
        ("a=();alg=\"hmac-sha256\"", Error::Policy),
        ("a=(\"@nonsense\")", Error::Policy),
        ("a=(\"expires\";tr)", Error::Policy),
        ("a=(\"@status\")", Error::Policy),
        ("a=(\"@path\";req)", Error::Policy),
        ("a=(\"signature\")", Error::Policy),
        ("a=(\"x\" \"x\")", Error::Policy),
        ("a=(\"x-missing\")", Error::Header),
        ("a=1", Error::Malformed),
        ("a=(x)", Error::Malformed),
        ("a=(", Error::Malformed),
        ("a=();nonce=1", Error::Malformed),
        ("", Error::Policy),
    ] {
        assert_eq!(sign(wanted), Err(expected), "{wanted}");
    }
    assert_eq!(signer().sign_requested(&mut post(), BODY, &HeaderMap::new(), NOW), Err(Error::Header));
    // The first that it would do.
    assert_eq!(sign("a=();tag=\"web-bot-auth\", b=(\"content-type\")"), Ok(()));
}
