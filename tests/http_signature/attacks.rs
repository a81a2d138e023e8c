// SPDX-License-Identifier: MIT OR Apache-2.0
//! What once worked for an attacker.

use crate::{
    BODY, HOST, NOW, api,
    forge::{API, forge, get, params},
    outcome, outgoing, received, set, sign_key, signed_by, signer, text, verifier, verify_key,
};
use chancery::{
    Error,
    http_signature::{Policy, Signer, Verifier},
};
use http::{Method, Response, Uri, request, response};

#[test]
fn a_digest_is_checked_in_whatever_form_it_is_covered() {
    let digest = text(&crate::signed().headers, "content-digest");
    for form in ["sf", "bs", "key=\"sha-256\""] {
        let request = forge(
            get(&[("content-digest", &digest)]),
            &format!("(\"@authority\" \"content-digest\";{form}){}", params()),
        );
        let component = format!("content-digest;{form}");
        let policy = Policy::custom_request([HOST], &["@authority", &component]).allow_unsigned_body();
        assert_eq!(outcome(verifier(policy.clone()).verify(&request, BODY, NOW)), Ok(()), "{form}");
        let other = outcome(verifier(policy).verify(&request, b"other", NOW));
        assert_eq!(other, Err(Error::NotAuthentic), "{form}");
    }
    // One that proves nothing is none.
    let request = forge(
        get(&[("content-digest", "md5=:AAAAAAAAAAAAAAAAAAAAAA==:")]),
        &format!("(\"@authority\" \"content-digest\";key=\"md5\"){}", params()),
    );
    let policy = Policy::custom_request([HOST], &["@authority"]).allow_unsigned_body();
    assert_eq!(outcome(verifier(policy).verify(&request, BODY, NOW)), Ok(()));
}

#[test]
fn a_target_that_is_no_path_is_not_the_path_that_was_signed() {
    let of = |method: Method, target: &'static str| {
        let mut request = signed_by(&signer(), outgoing(method, "/"), b"");
        request.uri = Uri::from_static(target);
        crate::verify(&request, b"")
    };
    assert_eq!(of(Method::GET, "/"), Ok(()));
    assert_eq!(of(Method::GET, "*"), Err(Error::Malformed));
    assert_eq!(of(Method::GET, HOST), Err(Error::Malformed));
    // RFC 9110 section 4.2.3: here an empty path, and that is `/`.
    assert_eq!(of(Method::OPTIONS, "*"), Ok(()));
    assert_eq!(of(Method::CONNECT, HOST), Ok(()));
}

/// What a gateway passes on, with a signature that is sent many times, and then its own.
fn passed_on(bot: &request::Parts) -> request::Parts {
    let mut request = bot.clone();
    signer().sign(&mut request, b"", NOW).unwrap();
    request
}

#[test]
fn an_answer_that_is_bound_to_a_signature_which_is_sent_many_times_is_none() {
    let mut bot = outgoing(Method::GET, "/price");
    Signer::new(sign_key(7)).covering_only(&["@authority"]).unwrap().sign(&mut bot, b"", NOW).unwrap();
    let (first, second) = (passed_on(&bot), passed_on(&bot));
    let answers = Verifier::new(verify_key(9), Policy::response()).unwrap();
    let verify = |response: &response::Parts, request: &request::Parts| {
        outcome(answers.verify_response(response, request, BODY, NOW))
    };
    let service = || Signer::new(sign_key(9));
    let answered = |service: &Signer| {
        let (mut response, ()) = Response::new(()).into_parts();
        service.sign_response(&mut response, &received(first.clone()), BODY, NOW).unwrap();
        response
    };
    // It covers the signature of the bot, which the second request has, too.
    assert_eq!(verify(&answered(&service()), &second), Err(Error::Policy));
    let bound = answered(&service().covering(&["signature;req;key=\"sig1-2\""]).unwrap());
    assert_eq!(verify(&bound, &first), Ok(()));
    assert_eq!(verify(&bound, &second), Err(Error::NotAuthentic));
}

#[test]
fn a_request_is_signed_for_whom_it_is_sent_to_whatever_our_own_url_is() {
    let signer = signer().external_url("https://api.example.com").unwrap();
    let mut request = http::Request::get("https://other.example/").body(()).unwrap().into_parts().0;
    signer.sign(&mut request, b"", NOW).unwrap();
    // The other one sends it on, to us.
    request.uri = Uri::from_static("/");
    set(&mut request.headers, "host", HOST);
    assert_eq!(crate::verify(&request, b""), Err(Error::NotAuthentic));
}

/// Tens of milliseconds were had for a few kilobytes, without a key.
#[test]
fn what_is_taken_apart_for_one_signature_is_bounded_all_together() {
    // 1,024 bytes, as a field and as a query.
    let field = format!("k=\"{}\"", "x".repeat(1020));
    let query = format!("k={}", "x".repeat(1022));
    assert_eq!((field.len(), query.len()), (1024, 1024));
    let names: Vec<_> = (0..17).map(|i| format!("x-{i}")).collect();
    let of = |count: usize, form: &str| {
        let mut request = get(&[]);
        for name in &names {
            request
                .headers
                .insert(http::HeaderName::try_from(name.as_str()).unwrap(), field.parse().unwrap());
        }
        request.uri = format!("/orders?{query}").parse().unwrap();
        let listed: Vec<_> = names[..count].iter().map(|name| format!("\"{name}\";{form}")).collect();
        let start = API.trim_end_matches(')');
        set(
            &mut request.headers,
            "signature-input",
            &format!("s={start} {} \"@query-param\";name=\"k\"){}", listed.join(" "), params()),
        );
        set(&mut request.headers, "signature", &format!("s=:{}==:", "A".repeat(86)));
        outcome(verifier(api()).verify(&request, b"", NOW))
    };
    for form in ["sf", "key=\"k\""] {
        assert_eq!(of(15, form), Err(Error::NotAuthentic), "{form}");
        assert_eq!(of(16, form), Err(Error::TooLarge), "{form}");
    }
}

/// Every spelling of one request that verifies is one request to the store.
#[test]
fn a_copy_in_another_spelling_is_a_copy() {
    // Known by its nonce, and by all that was signed.
    for policy in [api(), Policy::custom_request([HOST], &["@authority"])] {
        every_spelling_is_one(policy);
    }
}

fn every_spelling_is_one(policy: Policy) {
    let verifier = verifier(policy);
    let store = chancery::replay::MemoryStore::new(10);
    let request = crate::signed();
    let claim =
        |request: &request::Parts| verifier.verify(request, BODY, NOW).unwrap().claim(&store, NOW).map(drop);
    assert_eq!(claim(&request), Ok(()));
    let (input, signature) = (text(&request.headers, "signature-input"), text(&request.headers, "signature"));
    let changed = |input: &str, signature: &str| {
        let mut copy = request.clone();
        set(&mut copy.headers, "signature-input", input);
        set(&mut copy.headers, "signature", signature);
        copy
    };
    let mut copies = vec![
        request.clone(),
        changed(&input.replacen("sig1", "other", 1), &signature.replacen("sig1", "other", 1)),
        changed(&input.replace(" \"", "    \""), &signature.replace("==:", ":")),
        changed(&input, &format!("{signature};x=1")),
        changed(&format!("a=(),{input}"), &format!("b=:AA==:\t,  {signature}")),
    ];
    let mut host = request.clone();
    set(&mut host.headers, "host", "API.example.COM:0443");
    copies.push(host);
    let mut twice = request.clone();
    twice.headers.append("signature", signature.replacen("sig1", "again", 1).parse().unwrap());
    twice.headers.append("signature-input", input.replacen("sig1", "again", 1).parse().unwrap());
    copies.push(twice);
    for copy in copies {
        assert_eq!(claim(&copy), Err(Error::Replayed), "{:?}", copy.headers);
    }
}
