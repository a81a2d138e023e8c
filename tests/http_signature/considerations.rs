// SPDX-License-Identifier: MIT OR Apache-2.0
//! RFC 9421 section 7, security considerations: a test for each of its 29 headings, or why there is none.

use crate::{
    BODY, HOST, NOW, api, forge, outcome, outgoing, post, received, set, sign_key, signed, signed_by, signer,
    signing_key, text, verifier, verify, verify_key,
};
use chancery::{
    Error, Key, Keyring,
    http_signature::{Policy, SignKey, Signer, Verifier},
    replay::MemoryStore,
};
use http::{HeaderName, HeaderValue, Method, request};

/// Headings that no test of this crate can be about.
const NOT_APPLICABLE: [(&str, &str); 2] = [
    (
        "7_1_2",
        "Use of TLS: the transport is somebody else's, and a signed request is not confidential, as the docs say",
    ),
    (
        "7_3_3",
        "Symmetric Cryptography: whoever verifies with HMAC can sign, which no code changes; the docs say so",
    ),
];

#[test]
fn rfc_9421_each_heading_of_the_security_considerations_has_its_test_or_a_reason() {
    let mut expected = Vec::new();
    for (section, headings) in [(1, 2), (2, 8), (3, 7), (4, 4), (5, 8)] {
        expected.extend((1..=headings).map(|heading| format!("7_{section}_{heading}")));
    }
    let tests =
        include_str!("considerations.rs").split("fn rfc9421_").skip(1).filter(|rest| rest.starts_with("7_"));
    let mut found: Vec<_> = tests.map(|rest| rest[..5].to_owned()).collect();
    found.extend(NOT_APPLICABLE.map(|(heading, _)| heading.to_owned()));
    found.sort_unstable();
    assert_eq!(found, expected);
    for (heading, reason) in NOT_APPLICABLE {
        println!("RFC 9421 section {}: not applicable: {reason}", heading.replace('_', "."));
    }
}

/// 7.1.1 Skipping Signature Verification
#[test]
fn rfc9421_7_1_1_a_request_without_a_signature_is_refused_like_a_forged_one() {
    let unsigned = received(post());
    assert_eq!(verify(&unsigned, BODY), Err(Error::Header));
    for name in ["signature", "signature-input"] {
        let mut half = signed();
        half.headers.remove(name);
        assert_eq!(verify(&half, BODY), Err(Error::Header));
    }
    assert_eq!(Error::Header.status(), Error::NotAuthentic.status());
}

/// 7.2.1 Insufficient Coverage
#[test]
fn rfc9421_7_2_1_a_signature_over_too_little_is_refused() {
    for components in
        ["()", "(\"@method\")", "(\"@authority\" \"@path\")", "(\"@method\" \"@authority\" \"@path\")"]
    {
        let request = forge::forge(forge::get(&[]), &format!("{components}{}", forge::params()));
        assert_eq!(verify(&request, b""), Err(Error::Policy), "{components}");
    }
    let request = forge::forge(forge::get(&[]), &format!("{}{}", forge::API, forge::params()));
    assert_eq!(verify(&request, b""), Ok(()));
}

/// 7.2.2 Signature Replay
#[test]
fn rfc9421_7_2_2_a_copy_is_accepted_once() {
    let (request, store, verifier) = (signed(), MemoryStore::new(10), verifier(api()));
    let take = || verifier.verify(&request, BODY, NOW).unwrap().claim(&store, NOW).map(drop);
    assert_eq!((take(), take()), (Ok(()), Err(Error::Replayed)));
}

/// 7.2.3 Choosing Message Components
#[test]
fn rfc9421_7_2_3_what_is_not_covered_is_known_not_to_be() {
    let mut request = signed();
    set(&mut request.headers, "x-tenant", "somebody else's");
    let signed = verifier(api()).verify(&request, BODY, NOW).unwrap().allow_replays();
    assert!(!signed.covers("x-tenant"));
    assert_eq!(
        outcome(verifier(api().covering(&["x-tenant"])).verify(&request, BODY, NOW)),
        Err(Error::Policy)
    );
}

/// 7.2.4 Choosing Signature Parameters and Derived Components over HTTP Fields
#[test]
fn rfc9421_7_2_4_date_is_no_created_and_host_is_no_authority() {
    let date = ("date", "Tue, 22 Sep 2026 00:00:00 GMT");
    let keyid = format!(";keyid=\"{}\";nonce=\"n\"", verify_key(1).name());
    let dated = forge::forge(forge::get(&[date]), &format!("(\"date\" {}{keyid}", &forge::API[1..]));
    assert_eq!(verify(&dated, b""), Err(Error::Policy));
    let hosted = format!("(\"@method\" \"host\" \"@path\" \"@query\"){}", forge::params());
    assert_eq!(verify(&forge::forge(forge::get(&[]), &hosted), b""), Err(Error::Policy));
}

/// 7.2.5 Signature Labels
#[test]
fn rfc9421_7_2_5_a_label_can_be_changed_and_says_nothing() {
    let mut request = signed();
    for name in ["signature", "signature-input"] {
        let value = text(&request.headers, name).replacen("sig1=", "renamed-by-a-proxy=", 1);
        set(&mut request.headers, name, &value);
    }
    assert_eq!(verify(&request, BODY), Ok(()));
}

/// 7.2.6 Multiple Signature Confusion
#[test]
fn rfc9421_7_2_6_a_signature_counts_for_its_own_key_and_coverage_only() {
    // Somebody signs a changed request with a key of their own beside ours.
    let mut request = signed();
    request.uri = "/orders?draft=2".parse().unwrap();
    Signer::new(sign_key(2)).sign(&mut request, BODY, NOW).unwrap();
    assert_eq!(verify(&request, BODY), Err(Error::NotAuthentic));
    let theirs = Verifier::new(verify_key(2), api()).unwrap();
    let signed = theirs.verify(&request, BODY, NOW).unwrap().allow_replays();
    assert_eq!(signed.keyid(), verify_key(2).name());
    // One that covers little does not add to one that covers much by somebody else.
    let weak = format!("(\"x\"){}", forge::params());
    let both = forge::forge_as(forge::get(&[("x", "1")]), "a", &weak, 1, None);
    let name = verify_key(2).name().to_owned();
    let strong = format!("{};keyid=\"{name}\";nonce=\"n\";created={}", forge::API, NOW.as_secs());
    let both = forge::forge_as(both, "b", &strong, 2, None);
    assert_eq!(verify(&both, b""), Err(Error::Policy));
    // The values of two labels are not exchanged.
    let mut swapped = both.clone();
    let labels =
        text_of_all(&both, "signature").replace("a=:", "c=:").replace("b=:", "a=:").replace("c=:", "b=:");
    set(&mut swapped.headers, "signature", &labels);
    assert_eq!(outcome(theirs.verify(&swapped, b"", NOW)), Err(Error::NotAuthentic));
    assert_eq!(outcome(theirs.verify(&both, b"", NOW)), Ok(()));
}

fn text_of_all(request: &request::Parts, name: &str) -> String {
    let lines: Vec<_> = request.headers.get_all(name).iter().map(|line| line.to_str().unwrap()).collect();
    lines.join(", ")
}

/// 7.2.7 Collision of Application-Specific Signature Tag
#[test]
fn rfc9421_7_2_7_a_tag_limits_which_signatures_are_looked_at_and_proves_nothing() {
    let tagged = signed_by(&signer().tag("app").unwrap(), post(), BODY);
    assert_eq!(verify(&tagged, BODY), Err(Error::Policy));
    assert_eq!(outcome(verifier(api().tag("app")).verify(&signed(), BODY, NOW)), Err(Error::Policy));
    assert_eq!(outcome(verifier(api().tag("app")).verify(&tagged, BODY, NOW)), Ok(()));
    // Everybody can write the tag: what it is on must still cover enough, by a key that is ours.
    let weak = forge::forge(forge::get(&[]), &format!("(\"@path\"){};tag=\"app\"", forge::params()));
    assert_eq!(outcome(verifier(api().tag("app")).verify(&weak, b"", NOW)), Err(Error::Policy));
    let mut both = tagged;
    Signer::new(sign_key(2)).tag("app").unwrap().label("a").unwrap().sign(&mut both, BODY, NOW).unwrap();
    assert_eq!(outcome(verifier(api().tag("app")).verify(&both, BODY, NOW)), Ok(()));
}

/// 7.2.8 Message Content
#[test]
fn rfc9421_7_2_8_a_body_is_compared_with_its_digest() {
    assert_eq!(verify(&signed(), b"{\"amount\":18}"), Err(Error::NotAuthentic));
    let uncovered = signed_by(&signer().covering_only(&["@target-uri", "@method"]).unwrap(), post(), BODY);
    assert_eq!(verify(&uncovered, BODY), Err(Error::Policy));
}

/// 7.3.1 Cryptography and Signature Collision
#[test]
fn rfc9421_7_3_1_a_value_does_not_become_a_line() {
    // Nothing of a header ends its line in the base.
    assert!(HeaderValue::from_bytes(b"1\n\"@path\": /orders").is_err());
    let input = format!("(\"x\" {}{}", &forge::API[1..], forge::params());
    let good = forge::forge(forge::get(&[("x", "1\", \"@method\": POST")]), &input);
    assert_eq!(verify(&good, b""), Ok(()));
    // The signature ends with what it is about: the same lines under another list are something else.
    let mut moved = good;
    let list = text(&moved.headers, "signature-input").replace("\"x\" \"@method\"", "\"@method\" \"x\"");
    set(&mut moved.headers, "signature-input", &list);
    assert_eq!(verify(&moved, b""), Err(Error::NotAuthentic));
}

/// 7.3.2 Key Theft
#[test]
fn rfc9421_7_3_2_a_key_that_was_retired_signs_for_nobody() {
    let keys = Keyring::new(verify_key(2)).accept(verify_key(1)).unwrap();
    let request = signed();
    assert!(Verifier::new(&keys, api()).unwrap().verify(&request, BODY, NOW).is_ok());
    let keys = keys.retire(verify_key(1).id()).unwrap();
    assert_eq!(
        outcome(Verifier::new(&keys, api()).unwrap().verify(&request, BODY, NOW)),
        Err(Error::UnknownKey)
    );
}

/// 7.3.4 Key Specification Mixup
#[test]
fn rfc9421_7_3_4_a_valid_signature_by_a_key_that_is_not_expected_is_none() {
    let request = signed_by(&Signer::new(sign_key(2)), post(), BODY);
    assert_eq!(verify(&request, BODY), Err(Error::UnknownKey));
    let ours = verify_key(1).name().to_owned();
    let named = SignKey::from(signing_key(2)).named(&ours).unwrap();
    let request = signed_by(&Signer::new(named), post(), BODY);
    assert_eq!(verify(&request, BODY), Err(Error::NotAuthentic));
}

/// 7.3.5 Non-deterministic Signature Primitives
#[cfg(feature = "p256")]
#[test]
fn rfc9421_7_3_5_two_signatures_of_one_request_are_one_request() {
    use base64ct::{Base64, Encoding};
    use chancery::http_signature::VerifyKey;
    use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
    let key = SigningKey::from_slice(&[7; 32]).unwrap();
    let point = key.verifying_key().to_sec1_point(false);
    let verify_key = VerifyKey::p256_from_sec1(point.as_bytes()).unwrap().named("p256").unwrap();
    // The nonce is none that the policy demands: a claim is of what was signed.
    let policy = Policy::custom_request([HOST], &["@authority", "@method", "@path", "@query"]);
    let verifier = Verifier::new(verify_key, policy).unwrap();
    let mut request = forge::get(&[]);
    let input = format!("{};created={};keyid=\"p256\"", forge::API, NOW.as_secs());
    set(&mut request.headers, "signature-input", &format!("s={input}"));
    let base = chancery::hazmat::http_signature_base(&request, None, "s").unwrap();
    let one: Signature = key.sign(base.as_bytes());
    // Anybody can make the second one of the first: `n - s`.
    let (r, s) = one.split_scalars();
    let other = Signature::from_scalars(r.to_bytes(), (-s.as_ref()).to_bytes()).unwrap();
    assert_ne!(one, other);
    let store = MemoryStore::new(10);
    let mut taken = Vec::new();
    for signature in [one, other] {
        let text = format!("s=:{}:", Base64::encode_string(&signature.to_bytes()));
        set(&mut request.headers, "signature", &text);
        taken.push(verifier.verify(&request, b"", NOW).unwrap().claim(&store, NOW).map(drop));
    }
    assert_eq!(taken, [Ok(()), Err(Error::Replayed)]);
    request.method = Method::PUT;
    assert_eq!(outcome(verifier.verify(&request, b"", NOW)), Err(Error::NotAuthentic));
}

/// 7.3.6 Key and Algorithm Specification Downgrades
#[test]
fn rfc9421_7_3_6_alg_selects_nothing() {
    for alg in ["hmac-sha256", "rsa-v1_5-sha256", "none", "", "ED25519"] {
        let input = format!("{}{};alg=\"{alg}\"", forge::API, forge::params());
        assert_eq!(verify(&forge::forge(forge::get(&[]), &input), b""), Err(Error::Policy), "{alg}");
    }
    // The public key as a shared one: there is no way from one to the other but through its bytes.
    let public = signing_key(1).verifying_key();
    let mac = chancery::mac::MacKey::from_bytes(chancery::mac::Hash::Sha256, public.as_bytes()).unwrap();
    let name = verify_key(1).name().to_owned();
    let forger = SignKey::try_from(mac).unwrap().named(&name).unwrap();
    let request = signed_by(&Signer::new(forger), post(), BODY);
    assert_eq!(verify(&request, BODY), Err(Error::Policy));
    let mut without_alg = request;
    let input = text(&without_alg.headers, "signature-input").replace(";alg=\"hmac-sha256\"", "");
    set(&mut without_alg.headers, "signature-input", &input);
    assert_eq!(verify(&without_alg, BODY), Err(Error::NotAuthentic));
}

/// 7.3.7 Signing Signature Values
#[test]
fn rfc9421_7_3_7_a_signature_covers_neither_itself_nor_what_another_one_covers() {
    for component in [
        "\"signature\"",
        "\"signature\";bs",
        "\"signature\";sf",
        "\"signature\";key=\"s\"",
        "\"signature-input\"",
    ] {
        let mut request = forge::get(&[("signature", "s=:AAAA:")]);
        let input = format!("s=({component} {}{}", &forge::API[1..], forge::params());
        set(&mut request.headers, "signature-input", &input);
        assert_eq!(verify(&request, b""), Err(Error::Policy), "{component}");
    }
    // Over the signature of another one: that does not cover what the other one does.
    let inner = signed_by(&Signer::new(sign_key(2)), outgoing(Method::GET, "/orders?a=1"), b"");
    let input = format!("(\"signature\";key=\"sig1\" \"@authority\"){}", forge::params());
    let outer = forge::forge(inner, &input);
    assert_eq!(verify(&outer, b""), Err(Error::Policy));
    let policy = Policy::custom_request([HOST], &["@authority"]);
    let signed = verifier(policy).verify(&outer, b"", NOW).unwrap().allow_replays();
    assert!(signed.covers("signature;key=\"sig1\"") && !signed.covers("@path"));
}

/// 7.4.1 Modification of Required Message Parameters
#[test]
fn rfc9421_7_4_1_a_parameter_that_was_changed_is_refused() {
    let good =
        forge::forge(forge::get(&[]), &format!("{}{};expires=1790000100", forge::API, forge::params()));
    assert_eq!(verify(&good, b""), Ok(()));
    for (from, to) in [
        ("created=1790000000", "created=1790000001"),
        ("expires=1790000100", "expires=1790000101"),
        (";expires=1790000100", ""),
        ("nonce=\"n-1\"", "nonce=\"n-2\""),
        (";nonce", ";alg=\"ed25519\";nonce"),
        (";created", ";new;created"),
    ] {
        let mut request = good.clone();
        let value = text(&request.headers, "signature-input");
        assert!(value.contains(from));
        set(&mut request.headers, "signature-input", &value.replace(from, to));
        assert_eq!(verify(&request, b""), Err(Error::NotAuthentic), "{from} {to}");
    }
}

/// 7.4.2 Matching Values of Covered Components to Values in the Target Message
#[test]
fn rfc9421_7_4_2_values_are_those_of_the_message_that_is_verified() {
    let mut request = signed();
    request.method = Method::PUT;
    assert_eq!(verify(&request, BODY), Err(Error::NotAuthentic));
}

/// 7.4.3 Message Component Source and Context
#[test]
fn rfc9421_7_4_3_no_header_says_what_the_target_is() {
    let mut request = signed();
    set(&mut request.headers, "host", "evil.example");
    for name in
        ["forwarded", "x-forwarded-host", "x-forwarded-server", "x-original-url", "x-http-method-override"]
    {
        set(&mut request.headers, name, HOST);
    }
    assert_eq!(verify(&request, BODY), Err(Error::Policy));
}

/// 7.4.4 Multiple Message Component Contexts
#[test]
fn rfc9421_7_4_4_each_signature_is_verified_in_its_own_context() {
    // A proxy passes the request on under another name, and signs for itself.
    let mut request = signed();
    set(&mut request.headers, "host", "orders.internal");
    let proxy = Signer::new(sign_key(2)).label("proxy").unwrap();
    proxy.sign(&mut request, BODY, NOW).unwrap();
    let of_client = verifier(api().external_url("https://api.example.com"));
    let of_proxy = Verifier::new(verify_key(2), Policy::api(["orders.internal"])).unwrap();
    assert_eq!(outcome(of_client.verify(&request, BODY, NOW)), Ok(()));
    assert_eq!(outcome(of_proxy.verify(&request, BODY, NOW)), Ok(()));
    // The other way round neither holds.
    let crossed = verifier(Policy::api(["orders.internal"]));
    assert_eq!(outcome(crossed.verify(&request, BODY, NOW)), Err(Error::NotAuthentic));
    let crossed = Verifier::new(verify_key(2), api().external_url("https://api.example.com")).unwrap();
    assert_eq!(outcome(crossed.verify(&request, BODY, NOW)), Err(Error::NotAuthentic));
}

/// 7.5.1 Processing Invalid HTTP Field Names as Derived Component Names
#[test]
fn rfc9421_7_5_1_a_name_with_an_at_sign_is_never_a_field() {
    assert!(HeaderName::from_bytes(b"@method").is_err());
    let mut request = signed();
    let input = text(&request.headers, "signature-input").replace("\"@method\"", "\"@x-method\"");
    set(&mut request.headers, "signature-input", &input);
    assert_eq!(verify(&request, BODY), Err(Error::Policy));
}

/// 7.5.2 Semantically Equivalent Field Values
#[test]
fn rfc9421_7_5_2_a_field_is_its_bytes_and_with_sf_its_structure() {
    let mut request = signed();
    set(&mut request.headers, "content-type", "Application/JSON");
    assert_eq!(verify(&request, BODY), Err(Error::NotAuthentic));
    let input = format!("(\"priority\";sf {}{}", &forge::API[1..], forge::params());
    let mut request = forge::forge(forge::get(&[("priority", "u=1,   i")]), &input);
    set(&mut request.headers, "priority", "u=1, i=?1");
    assert_eq!(verify(&request, b""), Ok(()));
    set(&mut request.headers, "priority", "u=1");
    assert_eq!(verify(&request, b""), Err(Error::NotAuthentic));
}

/// 7.5.3 Parsing Structured Field Values
#[test]
fn rfc9421_7_5_3_a_field_that_is_not_closed_is_refused_whole() {
    for broken in
        [", x=(\"a", ", x=(\"a\"", ", x=\"a", ", x=:AA", ",", ", X=1", ", x=(\"a\" \"b)", "; ", ", x=1 2"]
    {
        for name in ["signature", "signature-input"] {
            let mut request = signed();
            let value = text(&request.headers, name) + broken;
            set(&mut request.headers, name, &value);
            assert_eq!(verify(&request, BODY), Err(Error::Malformed), "{name} {broken}");
        }
    }
}

/// 7.5.4 HTTP Versions and Component Ambiguity
#[test]
fn rfc9421_7_5_4_a_request_is_the_same_in_every_version_of_http() {
    let mut two = post();
    signer().sign(&mut two, BODY, NOW).unwrap();
    assert_eq!(verify(&two, BODY), Ok(()));
    assert_eq!(verify(&received(two.clone()), BODY), Ok(()));
    // Both, and they differ: one of them is a lie.
    set(&mut two.headers, "host", "other.example");
    assert_eq!(verify(&two, BODY), Err(Error::Malformed));
}

/// 7.5.5 Canonicalization Attacks
#[test]
fn rfc9421_7_5_5_the_lines_of_a_field_are_one_value() {
    let input = format!("(\"x\" {}{}", &forge::API[1..], forge::params());
    let good = forge::forge(forge::get(&[("x", "a"), ("x", "b")]), &input);
    let with = |lines: &[&str]| {
        let mut request = good.clone();
        request.headers.remove("x");
        for line in lines {
            request.headers.append("x", HeaderValue::from_str(line).unwrap());
        }
        verify(&request, b"")
    };
    for same in [&["a", "b"][..], &["a, b"], &[" a\t", "b "]] {
        assert_eq!(with(same), Ok(()), "{same:?}");
    }
    for other in [&["b", "a"][..], &["a"], &["a", "b", ""], &["a,b"], &["a,  b"], &["a", "b", "c"]] {
        assert_eq!(with(other), Err(Error::NotAuthentic), "{other:?}");
    }
    // Line folding does not reach us.
    assert!(HeaderValue::from_bytes(b"a\r\n b").is_err());
}

/// 7.5.6 Non-List Field Values
#[test]
fn rfc9421_7_5_6_a_field_that_is_no_list_is_there_once_or_wrapped() {
    let cookies = [("set-cookie", "a=1; Expires=Wed, 09 Jun 2027 10:18:14 GMT"), ("set-cookie", "b=2")];
    let over = |component: &str| format!("({component} {}{}", &forge::API[1..], forge::params());
    let wrapped = forge::forge(forge::get(&cookies), &over("\"set-cookie\";bs"));
    assert_eq!(verify(&wrapped, b""), Ok(()));
    let mut joined = wrapped;
    set(&mut joined.headers, "set-cookie", &format!("{}, {}", cookies[0].1, cookies[1].1));
    assert_eq!(verify(&joined, b""), Err(Error::NotAuthentic));
    // Not wrapped, two lines are what one line is: they are not signed, and not verified.
    let one =
        forge::forge(forge::get(&[("content-type", "text/plain, text/html")]), &over("\"content-type\""));
    let mut two = one.clone();
    set(&mut two.headers, "content-type", "text/plain");
    two.headers.append("content-type", HeaderValue::from_static("text/html"));
    assert_eq!((verify(&one, b""), verify(&two, b"")), (Ok(()), Err(Error::Header)));
    let mut twice = post();
    twice.headers.append("content-type", HeaderValue::from_static("text/html"));
    assert_eq!(signer().sign(&mut twice, BODY, NOW), Err(Error::Header));
}

/// 7.5.7 Padding Attacks with Multiple Field Values
#[test]
fn rfc9421_7_5_7_nothing_is_added_to_a_covered_field() {
    for name in ["content-type", "content-digest"] {
        for (value, in_front) in [("garbage", true), ("garbage", false), ("sha-256=:AA==:", false)] {
            let mut request = signed();
            let old = request.headers[name].clone();
            let new = HeaderValue::from_static(value);
            let (first, second) = if in_front { (new, old) } else { (old, new) };
            request.headers.insert(name, first);
            request.headers.append(name, second);
            assert!(verify(&request, BODY).is_err(), "{name} {value}");
        }
    }
}

/// 7.5.8 Ambiguous Handling of Query Elements
#[test]
fn rfc9421_7_5_8_a_query_parameter_is_there_once_and_is_not_the_query() {
    let list = "(\"@query-param\";name=\"a\" \"@method\" \"@authority\" \"@path\"";
    let one = forge::forge(forge::get(&[]), &format!("{list}){}", forge::params()));
    assert_eq!(verify(&one, b""), Err(Error::Policy));
    let policy = Policy::custom_request([HOST], &["@authority", "@query-param;name=\"a\""]);
    let verify = |request: &_| outcome(verifier(policy.clone()).verify(request, b"", NOW));
    assert_eq!(verify(&one), Ok(()));
    for (target, expected) in [
        ("/orders?b=2&%61=1", Ok(())),
        ("/orders?a=2", Err(Error::NotAuthentic)),
        ("/orders?a=1&a=1", Err(Error::Header)),
        ("/orders?a=1&%61=2", Err(Error::Header)),
        ("/orders?b=1", Err(Error::Header)),
    ] {
        let mut request = one.clone();
        request.uri = target.parse().unwrap();
        assert_eq!(verify(&request), expected, "{target}");
    }
}
