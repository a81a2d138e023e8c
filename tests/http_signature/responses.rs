// SPDX-License-Identifier: MIT OR Apache-2.0
//! Responses: bound to their request, and to no other one.

use crate::{BODY, HOST, NOW, outcome, outgoing, post, set, sign_key, signer, text, verify_key};
use chancery::{
    Error,
    http_signature::{Policy, Signer, Verifier},
};
use http::{Method, Response, StatusCode, request, response};

const ANSWER: &[u8] = b"{\"number\":4711}";

fn answers() -> Verifier {
    Verifier::new(verify_key(9), Policy::response()).unwrap()
}

fn service() -> Signer {
    Signer::new(sign_key(9))
}

/// A request as it was sent, with a signature.
fn sent() -> request::Parts {
    let mut request = post();
    signer().sign(&mut request, BODY, NOW).unwrap();
    request
}

fn answer_to(request: &request::Parts, body: &[u8]) -> response::Parts {
    let (mut response, ()) = Response::builder()
        .status(201)
        .header("content-type", "application/json")
        .body(())
        .unwrap()
        .into_parts();
    service().sign_response(&mut response, request, body, NOW).unwrap();
    response
}

fn verify(response: &response::Parts, request: &request::Parts, body: &[u8]) -> Result<(), Error> {
    outcome(answers().verify_response(response, request, body, NOW))
}

#[test]
fn an_answer_is_verified_against_the_request_as_it_was_sent() {
    let sent = sent();
    // The server sees it in origin form.
    let response = answer_to(&crate::received(sent.clone()), ANSWER);
    assert_eq!(verify(&response, &sent, ANSWER), Ok(()));
    let signed = answers().verify_response(&response, &sent, ANSWER, NOW).unwrap().allow_replays();
    for component in
        ["@status", "content-digest", "content-type", "@method;req", "signature;req;key=\"sig1\""]
    {
        assert!(signed.covers(component), "{component}");
    }
    let mut head = answers().verify_response_head(&response, &sent, NOW).unwrap().body();
    head.update(ANSWER);
    assert!(head.finish().is_ok());
}

#[test]
fn an_answer_is_not_that_to_another_request_or_another_answer() {
    let sent = sent();
    let response = answer_to(&sent, ANSWER);
    let mut changed = response.clone();
    changed.status = StatusCode::OK;
    assert_eq!(verify(&changed, &sent, ANSWER), Err(Error::NotAuthentic));
    assert_eq!(verify(&response, &sent, b"{}"), Err(Error::NotAuthentic));
    assert_eq!(verify(&response, &sent, b""), Err(Error::NotAuthentic));
    // The same request, signed again: another signature.
    assert_eq!(verify(&response, &self::sent(), ANSWER), Err(Error::NotAuthentic));
    let mut other = sent.clone();
    other.uri = format!("https://{HOST}/orders?draft=2&page=2").parse().unwrap();
    assert_eq!(verify(&response, &other, ANSWER), Err(Error::NotAuthentic));
    let mut other = sent.clone();
    other.method = Method::PUT;
    assert_eq!(verify(&response, &other, ANSWER), Err(Error::NotAuthentic));
    // A request that was not signed has no signature to cover.
    assert_eq!(verify(&response, &post(), ANSWER), Err(Error::Header));
    assert_eq!(verify(&answer_to(&post(), ANSWER), &post(), ANSWER), Ok(()));
    assert_eq!(verify(&answer_to(&post(), ANSWER), &sent, ANSWER), Err(Error::Policy));
}

#[test]
fn the_signature_of_the_client_is_the_one_that_is_answered() {
    let sent = sent();
    let mut forwarded = sent.clone();
    Signer::new(sign_key(5)).label("proxy").unwrap().sign(&mut forwarded, BODY, NOW).unwrap();
    assert_eq!(verify(&answer_to(&forwarded, ANSWER), &sent, ANSWER), Ok(()));
}

#[test]
fn an_empty_answer_needs_no_digest_and_a_body_does() {
    let sent = sent();
    let response = answer_to(&sent, b"");
    assert!(!response.headers.contains_key("content-digest"));
    assert_eq!(verify(&response, &sent, b""), Ok(()));
    assert_eq!(verify(&response, &sent, b"x"), Err(Error::Policy));
}

#[test]
fn a_response_that_is_bound_to_nothing_is_accepted_only_when_that_is_said() {
    let sent = sent();
    let (mut response, ()) = Response::new(()).into_parts();
    let unbound = service().covering_only(&["@status", "content-digest"]).unwrap();
    unbound.sign_response(&mut response, &sent, ANSWER, NOW).unwrap();
    assert_eq!(verify(&response, &sent, ANSWER), Err(Error::Policy));
    let policy = Policy::custom_response(&["@status", "content-digest"]).allow_unbound();
    let lenient = Verifier::new(verify_key(9), policy).unwrap();
    assert_eq!(outcome(lenient.verify_response(&response, &sent, ANSWER, NOW)), Ok(()));
}

#[test]
fn a_request_is_no_response_and_the_other_way_round() {
    // One key for both, which HMAC between two services comes to.
    let key = Signer::new(sign_key(9));
    let mut request = outgoing(Method::GET, "/");
    key.sign(&mut request, b"", NOW).unwrap();
    let (mut response, ()) = Response::new(()).into_parts();
    for name in ["signature", "signature-input"] {
        set(&mut response.headers, name, &text(&request.headers, name));
    }
    assert_eq!(verify(&response, &request, b""), Err(Error::Policy));
}

#[test]
fn behind_a_proxy_the_service_signs_for_the_authority_that_clients_see() {
    let sent = sent();
    let mut inside = crate::received(sent.clone());
    set(&mut inside.headers, "host", "10.0.0.7:8080");
    let (mut response, ()) = Response::new(()).into_parts();
    service().sign_response(&mut response, &inside, ANSWER, NOW).unwrap();
    assert_eq!(verify(&response, &sent, ANSWER), Err(Error::NotAuthentic));
    let (mut response, ()) = Response::new(()).into_parts();
    let service = service().external_url("https://api.example.com").unwrap();
    service.sign_response(&mut response, &inside, ANSWER, NOW).unwrap();
    assert_eq!(verify(&response, &sent, ANSWER), Ok(()));
}
