// SPDX-License-Identifier: MIT OR Apache-2.0
//! Policies: which are none, what they demand, and when.

use crate::{
    BODY, HOST, NOW, TIME, api, at, outcome, outgoing, post, received, sign_key, signed, signed_by, signer,
    text, verifier, verify_key,
};
use chancery::{
    ConfigError, Error, Keyring,
    http_signature::{Policy, Signer, Verifier},
};
use core::time::Duration;
use http::{Method, request};

fn refused(policy: Policy) -> ConfigError {
    Verifier::new(verify_key(1), policy).expect_err("a policy that is none")
}

#[test]
fn a_policy_that_demands_too_little_is_none() {
    assert_eq!(refused(Policy::custom_request([HOST], &[])), ConfigError::Scheme);
    assert_eq!(refused(Policy::custom_request([HOST], &["@method", "@path"])), ConfigError::Scheme);
    assert_eq!(refused(Policy::custom_request([HOST], &["@authority", "@path;req"])), ConfigError::Scheme);
    assert_eq!(refused(Policy::custom_response(&[])), ConfigError::Scheme);
    assert_eq!(refused(Policy::custom_response(&["@status"])), ConfigError::Scheme);
    assert_eq!(refused(Policy::custom_response(&["@authority;req"])), ConfigError::Scheme);
    assert_eq!(refused(api().allow_unbound()), ConfigError::Scheme);
    assert_eq!(refused(api().covering(&["@nonsense"])), ConfigError::Scheme);
    assert_eq!(refused(api().tag("")), ConfigError::Scheme);
    assert_eq!(refused(api().max_age(Duration::ZERO)), ConfigError::Limit);
    assert_eq!(refused(Policy::api([""; 0])), ConfigError::Url);
    for authority in ["", "a b", "https://api.example.com", "u@api.example.com", "api.example.com/x", "a:b"] {
        assert_eq!(refused(Policy::api([authority])), ConfigError::Url, "{authority}");
    }
    assert_eq!(refused(api().external_url("api.example.com")), ConfigError::Url);
    assert_eq!(refused(api().external_url("https://other.example")), ConfigError::Scheme);
}

#[test]
fn two_keys_of_one_name_are_refused() {
    let keys = Keyring::new(verify_key(1).named("a").unwrap()).accept(verify_key(2).named("a").unwrap());
    assert!(matches!(Verifier::new(keys.unwrap(), api()), Err(ConfigError::DuplicateKey)));
}

/// Signs what is listed and no more.
fn signed_over(components: &[&str]) -> request::Parts {
    signed_by(&signer().covering_only(components).unwrap(), post(), BODY)
}

#[test]
fn each_component_of_the_policy_is_needed() {
    let all = ["@method", "@authority", "@path", "@query", "content-digest"];
    assert_eq!(outcome(verifier(api()).verify(&signed_over(&all), BODY, NOW)), Ok(()));
    for without in all {
        let rest: Vec<_> = all.into_iter().filter(|component| *component != without).collect();
        let request = signed_over(&rest);
        assert_eq!(outcome(verifier(api()).verify(&request, BODY, NOW)), Err(Error::Policy), "{without}");
    }
    let more = api().covering(&["content-type"]);
    assert_eq!(outcome(verifier(more.clone()).verify(&signed_over(&all), BODY, NOW)), Err(Error::Policy));
    assert_eq!(outcome(verifier(more).verify(&signed(), BODY, NOW)), Ok(()));
}

#[test]
fn the_target_uri_is_all_of_its_parts() {
    let request = signed_over(&["@target-uri", "@method", "content-digest"]);
    let signed = verifier(api()).verify(&request, BODY, NOW).unwrap().allow_replays();
    for part in ["@path", "@query", "@authority", "@scheme", "@target-uri"] {
        assert!(signed.covers(part), "{part}");
    }
    assert!(!signed.covers("@request-target") && !signed.covers("@path;req"));
}

#[test]
fn a_signature_is_young_enough_and_not_of_the_future() {
    let request = signed();
    for (seconds, expected) in [
        (TIME - 31, Err(Error::NotYetValid)),
        (TIME - 30, Ok(())),
        (TIME + 300, Ok(())),
        (TIME + 301, Err(Error::Expired)),
        (0, Err(Error::NotYetValid)),
        (u64::MAX, Err(Error::Expired)),
    ] {
        assert_eq!(outcome(verifier(api()).verify(&request, BODY, at(seconds))), expected, "{seconds}");
    }
    let short = signed_by(&signer().expires_after(Duration::from_secs(10)), post(), BODY);
    for (seconds, expected) in [(TIME + 10, Ok(())), (TIME + 11, Err(Error::Expired))] {
        assert_eq!(outcome(verifier(api()).verify(&short, BODY, at(seconds))), expected, "{seconds}");
    }
    // It shortens, and lengthens nothing.
    let long = signed_by(&signer().expires_after(Duration::from_secs(10_000)), post(), BODY);
    assert_eq!(outcome(verifier(api()).verify(&long, BODY, at(TIME + 301))), Err(Error::Expired));
    let policy = api().max_age(Duration::from_secs(20)).max_skew(Duration::ZERO).require_expires();
    for (seconds, expected) in
        [(TIME - 1, Err(Error::NotYetValid)), (TIME + 20, Ok(())), (TIME + 21, Err(Error::Expired))]
    {
        assert_eq!(outcome(verifier(policy.clone()).verify(&long, BODY, at(seconds))), expected, "{seconds}");
    }
    assert_eq!(outcome(verifier(policy).verify(&request, BODY, NOW)), Err(Error::Policy));
}

#[test]
fn behind_a_proxy_the_authority_is_the_configured_one() {
    let mut request = signed();
    request.headers.insert("host", "10.0.0.7:8080".parse().unwrap());
    assert_eq!(outcome(verifier(api()).verify(&request, BODY, NOW)), Err(Error::Policy));
    for name in ["forwarded", "x-forwarded-host", "x-forwarded-proto", "x-original-host"] {
        request.headers.insert(name, "host=api.example.com".parse().unwrap());
        request.headers.append(name, "api.example.com".parse().unwrap());
    }
    assert_eq!(outcome(verifier(api()).verify(&request, BODY, NOW)), Err(Error::Policy));
    let external = api().external_url("https://api.example.com");
    assert_eq!(outcome(verifier(external).verify(&request, BODY, NOW)), Ok(()));
}

#[test]
fn an_unsigned_body_is_accepted_only_when_that_is_said() {
    let request = signed_over(&["@method", "@authority", "@path", "@query"]);
    assert_eq!(outcome(verifier(api()).verify(&request, BODY, NOW)), Err(Error::Policy));
    let lenient = || verifier(api().allow_unsigned_body());
    assert_eq!(outcome(lenient().verify(&request, BODY, NOW)), Ok(()));
    // A digest that is covered is checked all the same.
    assert_eq!(outcome(lenient().verify(&signed(), b"other", NOW)), Err(Error::NotAuthentic));
    // One that is not is nobody's word.
    let mut with = request;
    with.headers.insert("content-digest", signed().headers["content-digest"].clone());
    assert_eq!(outcome(verifier(api()).verify(&with, b"", NOW)), Err(Error::Policy));
}

#[test]
fn a_policy_is_for_requests_or_for_responses() {
    let (request, answers) = (signed(), verifier(Policy::response()));
    assert_eq!(outcome(answers.verify(&request, BODY, NOW)), Err(Error::Policy));
    let (response, ()) = http::Response::new(()).into_parts();
    assert_eq!(outcome(verifier(api()).verify_response(&response, &request, b"", NOW)), Err(Error::Policy));
}

#[test]
fn web_bot_auth_wants_its_tag_and_an_end() {
    let bot = || Signer::new(sign_key(1)).covering_only(&["@authority"]).unwrap();
    let get = || outgoing(Method::GET, "/robots.txt");
    let verifier = verifier(Policy::web_bot_auth([HOST]));
    let day = Duration::from_secs(24 * 60 * 60);
    let good = signed_by(&bot().tag("web-bot-auth").unwrap().expires_after(day * 2), get(), b"");
    for (seconds, expected) in [(TIME + 86_400, Ok(())), (TIME + 86_401, Err(Error::Expired))] {
        assert_eq!(outcome(verifier.verify(&good, b"", at(seconds))), expected, "{seconds}");
    }
    assert_eq!(outcome(verifier.verify(&good, b"x", NOW)), Err(Error::Policy));
    for bot in
        [bot(), bot().expires_after(day), bot().tag("web-bot-auth").unwrap(), bot().tag("other").unwrap()]
    {
        let request = signed_by(&bot, get(), b"");
        assert_eq!(outcome(verifier.verify(&request, b"", NOW)), Err(Error::Policy));
    }
}

#[test]
fn an_authority_is_one_whatever_its_spelling() {
    let mut request = post();
    signer().sign(&mut request, BODY, NOW).unwrap();
    let mut request = received(request);
    for host in ["API.EXAMPLE.COM", "api.example.com:443", "Api.Example.Com:"] {
        request.headers.insert("host", host.parse().unwrap());
        let verifier = verifier(Policy::api(["other.example", "API.example.com:443"]));
        assert_eq!(outcome(verifier.verify(&request, BODY, NOW)), Ok(()), "{host}");
    }
    assert!(text(&request.headers, "signature-input").contains("@authority"));
}
