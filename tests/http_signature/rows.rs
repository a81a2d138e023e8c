// SPDX-License-Identifier: MIT OR Apache-2.0
//! What went wrong in other libraries with signed requests.

use crate::{
    BODY, HOST, NOW, TIME, api, at, forge, mac_key, outcome, outgoing, post, received, set, sign_key, signed,
    signed_by, signer, text, verifier, verify, verify_key,
};
use base64ct::{Base64, Encoding};
use chancery::{
    Error, Keyring,
    hazmat::{Random, http_sign},
    http_signature::{Policy, SignKey, Signer, Verifier, VerifyKey},
    replay::MemoryStore,
};
use core::time::Duration;
use http::{HeaderMap, HeaderValue, Method};
use sha2::{Digest, Sha256, Sha512};

fn api_over(more: &str) -> String {
    format!("({more}{}{}", &forge::API[1..], forge::params())
}

#[test]
fn requests_04_a_time_is_digits_within_bounds_and_does_not_overflow() {
    for (created, expected) in [
        ("999999999999999", Err(Error::NotYetValid)),
        ("0", Err(Error::Expired)),
        ("-1", Err(Error::Malformed)),
        ("1790000000.0", Err(Error::Malformed)),
        ("\"1790000000\"", Err(Error::Malformed)),
        ("?1", Err(Error::Malformed)),
        ("@1790000000", Err(Error::Malformed)),
    ] {
        let params = forge::params().replace(&TIME.to_string(), created);
        let input = format!("{}{params}", forge::API);
        let mut request = forge::get(&[]);
        set(&mut request.headers, "signature-input", &format!("s={input}"));
        if expected == Err(Error::Malformed) {
            set(&mut request.headers, "signature", "s=:AAAA:");
        } else {
            request = forge::forge(forge::get(&[]), &input);
        }
        let endless = api().max_age(Duration::MAX).max_skew(Duration::MAX);
        assert_eq!(verify(&request, b""), expected, "{created}");
        let lenient = outcome(verifier(endless).verify(&request, b"", NOW));
        assert_eq!(lenient, if expected == Err(Error::Malformed) { expected } else { Ok(()) }, "{created}");
    }
}

#[test]
fn requests_05_fields_that_are_lists_may_have_lines_and_host_has_one() {
    let mut request = signed();
    Signer::new(sign_key(2)).sign(&mut request, BODY, NOW).unwrap();
    assert_eq!(request.headers.get_all("signature").iter().count(), 2);
    assert_eq!(verify(&request, BODY), Ok(()));
    request.headers.append("host", HeaderValue::from_static(HOST));
    assert_eq!(verify(&request, BODY), Err(Error::Header));
}

#[test]
fn requests_09_a_name_belongs_to_one_key_and_a_key_to_one_algorithm() {
    let name = |key: VerifyKey| key.named("the name").unwrap();
    let shared = name(VerifyKey::try_from(mac_key(1)).unwrap());
    let two = Keyring::new(name(verify_key(1))).accept(shared).unwrap();
    assert!(Verifier::new(two, api()).is_err());
    // Signed by the one, said to be by the other.
    let hmac = Signer::new(SignKey::try_from(mac_key(1)).unwrap().named("the name").unwrap());
    let verifier = Verifier::new(name(verify_key(1)), api()).unwrap();
    let mut request = signed_by(&hmac, post(), BODY);
    assert_eq!(outcome(verifier.verify(&request, BODY, NOW)), Err(Error::Policy));
    let input = text(&request.headers, "signature-input").replace("hmac-sha256", "ed25519");
    set(&mut request.headers, "signature-input", &input);
    assert_eq!(outcome(verifier.verify(&request, BODY, NOW)), Err(Error::NotAuthentic));
}

#[test]
fn requests_10_a_policy_is_met_by_whole_identifiers_only() {
    let x = [("x", "a=1"), ("x", "b=2")];
    let demand = |component: &str| verifier(api().covering(&[component]));
    for (covered, demanded, expected) in [
        ("\"x\" ", "x", Ok(())),
        ("\"x\";key=\"a\" ", "x", Err(Error::Policy)),
        ("\"x\" ", "x;key=\"a\"", Err(Error::Policy)),
        ("\"x\";key=\"b\" ", "x;key=\"a\"", Err(Error::Policy)),
        ("\"x\";key=\"a\" ", "x;key=\"a\"", Ok(())),
        ("\"x\";key=\"a\";sf ", "x;key=\"a\"", Ok(())),
        ("\"x\";sf ", "x", Err(Error::Policy)),
        ("\"x\";bs ", "x", Err(Error::Policy)),
        ("", "x", Err(Error::Policy)),
    ] {
        let request = forge::forge(forge::get(&x), &api_over(covered));
        assert_eq!(outcome(demand(demanded).verify(&request, b"", NOW)), expected, "{covered} {demanded}");
    }
    for without in ["keyid", "nonce", "created"] {
        let params = forge::params();
        let params: String =
            params.split(';').filter(|param| !param.starts_with(without)).collect::<Vec<_>>().join(";");
        let request = forge::forge(forge::get(&[]), &format!("{}{params}", forge::API));
        let expected = if without == "keyid" { Error::UnknownKey } else { Error::Policy };
        assert_eq!(verify(&request, b""), Err(expected), "{without}");
    }
}

#[test]
fn ghsa_x9cc_346q_g27m_an_empty_list_of_components_is_refused() {
    let request = forge::forge(forge::get(&[]), &format!("(){}", forge::params()));
    assert_eq!(verify(&request, b""), Err(Error::Policy));
    let tagged = format!("(){};tag=\"web-bot-auth\";expires={}", forge::params(), TIME + 60);
    let request = forge::forge(forge::get(&[]), &tagged);
    assert_eq!(
        outcome(verifier(Policy::web_bot_auth([HOST])).verify(&request, b"", NOW)),
        Err(Error::Policy)
    );
}

#[test]
fn requests_11_every_known_digest_must_match_and_weak_ones_never_count() {
    let one = |name: &str, bytes: &[u8]| format!("{name}=:{}:", Base64::encode_string(bytes));
    let (sha256, sha512) = (one("sha-256", &Sha256::digest(BODY)), one("sha-512", &Sha512::digest(BODY)));
    let (other256, other512) = (one("sha-256", &Sha256::digest(b"x")), one("sha-512", &Sha512::digest(b"x")));
    let (md5, short) = (one("md5", &[0; 16]), one("sha-256", &Sha256::digest(BODY)[..31]));
    for (field, expected) in [
        (sha256.clone(), Ok(())),
        (sha512.clone(), Ok(())),
        (format!("{sha256}, {sha512}"), Ok(())),
        (format!("{sha512},{md5},unknown=1, {sha256}"), Ok(())),
        (other256.clone(), Err(Error::NotAuthentic)),
        (format!("{sha256}, {other512}"), Err(Error::NotAuthentic)),
        (format!("{other256}, {sha512}"), Err(Error::NotAuthentic)),
        (format!("{other256}, {sha256}"), Err(Error::Malformed)),
        (md5, Err(Error::Policy)),
        ("unknown=:AA==:".into(), Err(Error::Policy)),
        (String::new(), Err(Error::Policy)),
        (short, Err(Error::Malformed)),
        ("sha-256=abc".into(), Err(Error::Malformed)),
        ("sha-256=(:AA==:)".into(), Err(Error::Malformed)),
        ("sha-256=:".into(), Err(Error::Malformed)),
    ] {
        let request =
            forge::forge(forge::get(&[("content-digest", &field)]), &api_over("\"content-digest\" "));
        assert_eq!(verify(&request, BODY), expected, "{field}");
    }
    // A part of the field is not the field.
    let part = forge::forge(
        forge::get(&[("content-digest", &sha256)]),
        &api_over("\"content-digest\";key=\"sha-256\" "),
    );
    assert_eq!(verify(&part, BODY), Err(Error::Policy));
}

#[test]
fn requests_12_what_is_absent_is_an_error_and_so_is_a_component_twice() {
    let good = forge::forge(forge::get(&[("x", ""), ("y", "a=1")]), &api_over("\"x\" \"y\";key=\"a\" "));
    assert_eq!(verify(&good, b""), Ok(()));
    let mut without = good.clone();
    without.headers.remove("x");
    assert_eq!(verify(&without, b""), Err(Error::Header));
    let mut without = good;
    set(&mut without.headers, "y", "b=1");
    assert_eq!(verify(&without, b""), Err(Error::Header));
    // By hand: nobody makes a base of these.
    for twice in ["\"x\" \"x\" ", "\"@path\" ", "\"y\";key=\"a\" \"y\";key=\"a\";sf ", "\"y\";sf;bs "] {
        let mut request = forge::get(&[("x", "1"), ("y", "a=1")]);
        set(&mut request.headers, "signature-input", &format!("s={}", api_over(twice)));
        let base = format!("\"x\": 1\n\"x\": 1\n\"@signature-params\": {}", api_over(twice));
        forge::sign_base(&mut request, "s", &base, 1);
        assert_eq!(verify(&request, b""), Err(Error::Policy), "{twice}");
    }
}

#[test]
fn requests_13_parameters_are_signed_as_received_unknown_ones_included() {
    let keyid = verify_key(1).name().to_owned();
    let params =
        format!(";nonce=\"a\\\"b\";new=1.0;keyid=\"{keyid}\";token=x;flag;created={TIME};bytes=:AQI=:");
    let input = format!("{}{params}", forge::API);
    // The base by hand: it ends with what is on the wire.
    let mut request = forge::get(&[]);
    set(&mut request.headers, "signature-input", &format!("s={input}"));
    let lines = format!("\"@method\": GET\n\"@authority\": {HOST}\n\"@path\": /orders\n\"@query\": ?a=1");
    forge::sign_base(&mut request, "s", &format!("{lines}\n\"@signature-params\": {input}"), 1);
    let signed = verifier(api()).verify(&request, b"", NOW).unwrap().allow_replays();
    assert_eq!(signed.nonce(), Some("a\"b"));
    let mut sorted = request;
    let value = text(&sorted.headers, "signature-input").replace(";token=x;flag", ";flag;token=x");
    set(&mut sorted.headers, "signature-input", &value);
    assert_eq!(verify(&sorted, b""), Err(Error::NotAuthentic));
}

#[test]
fn requests_14_the_authority_is_ours_and_one() {
    let elsewhere = {
        let mut request = post();
        request.uri = "https://other.example/orders".parse().unwrap();
        signed_by(&signer(), request, BODY)
    };
    assert_eq!(verify(&elsewhere, BODY), Err(Error::Policy));
    let mut request = elsewhere;
    for name in ["forwarded", "x-forwarded-host", "x-host"] {
        set(&mut request.headers, name, HOST);
    }
    assert_eq!(verify(&request, BODY), Err(Error::Policy));
    let mut two = post();
    signer().sign(&mut two, BODY, NOW).unwrap();
    set(&mut two.headers, "host", "other.example");
    assert_eq!(verify(&two, BODY), Err(Error::Malformed));
}

#[test]
fn requests_15_a_query_parameter_is_encoded_in_one_way() {
    let over = |name: &str| format!("(\"@query-param\";name=\"{name}\" \"@authority\"){}", forge::params());
    let mut request = forge::get(&[]);
    request.uri = "/p?caf%c3%a9=a%2bb+c&b=2".parse().unwrap();
    let request = forge::forge(request, &over("caf%C3%A9"));
    let policy = Policy::custom_request([HOST], &["@query-param;name=\"caf%C3%A9\"", "@authority"]);
    let verify = |request: &_| outcome(verifier(policy.clone()).verify(request, b"", NOW));
    for (target, expected) in [
        ("/p?b=3&caf%C3%A9=a%2Bb%20c", Ok(())),
        ("/p?caf%C3%A9=a+b+c", Err(Error::NotAuthentic)),
        ("/p?caf%C3%A9=a%2Bb%20c&caf%C3%A9=", Err(Error::Header)),
        ("/p?cafe=a%2Bb%20c", Err(Error::Header)),
        ("/p?caf%C3%A9=%", Err(Error::Malformed)),
    ] {
        let mut changed = request.clone();
        changed.uri = target.parse().unwrap();
        assert_eq!(verify(&changed), expected, "{target}");
    }
}

#[test]
fn requests_16_white_space_is_trimmed_and_what_is_not_visible_is_refused() {
    let input = api_over("\"x\" ");
    let request = forge::forge(forge::get(&[("x", "a b")]), &input);
    let mut padded = request.clone();
    padded.headers.insert("x", HeaderValue::from_static(" \t a b\t"));
    assert_eq!(verify(&padded, b""), Ok(()));
    for bytes in [&b"caf\xc3\xa9"[..], b"\xff", b"a\x80"] {
        let mut request = request.clone();
        request.headers.insert("x", HeaderValue::from_bytes(bytes).unwrap());
        assert_eq!(verify(&request, b""), Err(Error::Malformed), "{bytes:?}");
        let mut unsigned = post();
        unsigned.headers.insert("x", HeaderValue::from_bytes(bytes).unwrap());
        assert_eq!(signer().covering(&["x"]).unwrap().sign(&mut unsigned, BODY, NOW), Err(Error::Malformed));
        // Wrapped it is visible.
        assert_eq!(signer().covering(&["x;bs"]).unwrap().sign(&mut unsigned, BODY, NOW), Ok(()));
        let policy = api().covering(&["x;bs"]);
        assert_eq!(outcome(verifier(policy).verify(&received(unsigned), BODY, NOW)), Ok(()));
    }
    for bytes in [&b"a\nb"[..], b"a\rb", b"a\r\n b", b"a\0b", b"\x7f"] {
        assert!(HeaderValue::from_bytes(bytes).is_err(), "{bytes:?}");
    }
}

#[test]
fn requests_17_a_field_is_read_whole_or_not_at_all_and_rogue_labels_do_no_harm() {
    // Behind ours, and in front.
    let with = |input: &str, signature: &str| {
        let mut behind = signed();
        let mut in_front = behind.clone();
        for (name, more) in [("signature-input", input), ("signature", signature)] {
            if !more.is_empty() {
                let (ours, rogue) = (behind.headers[name].clone(), HeaderValue::from_str(more).unwrap());
                behind.headers.append(name, rogue.clone());
                in_front.headers.insert(name, rogue);
                in_front.headers.append(name, ours);
            }
        }
        let outcome = verify(&behind, BODY);
        assert_eq!(verify(&in_front, BODY), outcome, "{input} {signature}");
        outcome
    };
    let ours = forge::params();
    for (input, signature) in [
        ("rogue=(\"@nonsense\");keyid=\"theirs\"", "rogue=:AAAA:"),
        ("rogue=()", ""),
        ("", "rogue=:AAAA:"),
        ("rogue", "rogue"),
        ("rogue=1", "rogue=\"x\""),
        ("rogue=(a b)", "rogue=(:AAAA:)"),
        // Also one that says to be ours, and is not.
        (&format!("rogue=(\"@nonsense\"){ours}"), "rogue=:AAAA:"),
        (&format!("rogue={}{ours}", forge::API), "rogue=:AAAA:"),
        (&format!("rogue={}{ours}", forge::API), ""),
    ] {
        assert_eq!(with(input, signature), Ok(()), "{input} {signature}");
    }
    for broken in
        ["rogue=(", "rogue=\"", "ROGUE=1", "rogue=1 2", "=1", "rogue=:::", "sig1=1", "a=1, a=2", "a;b;b"]
    {
        assert_eq!(with(broken, ""), Err(Error::Malformed), "{broken}");
        assert_eq!(with("", broken), Err(Error::Malformed), "{broken}");
    }
}

#[test]
fn requests_18_a_label_selects_nothing() {
    for label in ["sig1", "sig", "a", "attacker", "*"] {
        let request = signed_by(&signer().label(label).unwrap(), post(), BODY);
        assert_eq!(verify(&request, BODY), Ok(()), "{label}");
    }
    // Whatever stands first and whatever it is called.
    let theirs = Signer::new(sign_key(2)).label("sig1").unwrap();
    let mut request = post();
    theirs.sign(&mut request, BODY, NOW).unwrap();
    signer().label("zzz").unwrap().sign(&mut request, BODY, NOW).unwrap();
    let request = received(request);
    let signed = verifier(api()).verify(&request, BODY, NOW).unwrap().allow_replays();
    assert_eq!(signed.keyid(), verify_key(1).name());
}

#[test]
fn requests_19_a_signature_is_fresh_at_both_ends_and_when_it_is_claimed() {
    let expired = format!("{}{};expires={}", forge::API, forge::params(), TIME - 1);
    let request = forge::forge(forge::get(&[]), &expired);
    // Before it was made: at no time.
    for seconds in [TIME - 2, TIME - 1, TIME] {
        assert_eq!(
            outcome(verifier(api()).verify(&request, b"", at(seconds))),
            Err(Error::Expired),
            "{seconds}"
        );
    }
    // Verified in time, claimed too late: the store may have forgotten the first copy.
    let (request, store) = (signed(), MemoryStore::new(10));
    let late = || verifier(api()).verify(&request, BODY, at(TIME + 300)).unwrap();
    assert_eq!(late().claim(&store, at(TIME + 301)).map(drop), Err(Error::Expired));
    assert_eq!(late().claim(&store, at(TIME + 300)).map(drop), Ok(()));
}

#[test]
fn web_bot_auth_125_expired_and_future_signatures_are_refused_and_ports_normalised() {
    let bot = Signer::new(sign_key(1)).covering_only(&["@authority"]).unwrap().tag("web-bot-auth").unwrap();
    let request = signed_by(&bot.expires_after(Duration::from_secs(60)), outgoing(Method::GET, "/"), b"");
    let verifier = verifier(Policy::web_bot_auth([HOST]));
    for (seconds, expected) in [
        (TIME - 31, Err(Error::NotYetValid)),
        (TIME - 30, Ok(())),
        (TIME + 60, Ok(())),
        (TIME + 61, Err(Error::Expired)),
    ] {
        assert_eq!(outcome(verifier.verify(&request, b"", at(seconds))), expected, "{seconds}");
    }
    for (host, expected) in [
        ("api.example.com:443", Ok(())),
        ("API.example.com", Ok(())),
        ("api.example.com:80", Err(Error::Policy)),
        ("api.example.com.evil.example", Err(Error::Policy)),
    ] {
        let mut request = request.clone();
        set(&mut request.headers, "host", host);
        assert_eq!(outcome(verifier.verify(&request, b"", NOW)), expected, "{host}");
    }
}

/// A random source that repeats itself.
struct Same(u8);

impl Random for Same {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
        buffer.fill(self.0);
        Ok(())
    }
}

#[test]
fn requests_20_a_claim_is_of_one_service_one_key_one_tag_and_one_nonce() {
    let store = MemoryStore::new(100);
    let take = |host: &str, seed: u8, tag: &str, nonce: u8, path: &str| {
        let signer = Signer::new(sign_key(seed)).tag(tag).unwrap();
        let uri = format!("https://{host}{path}");
        let mut request = http::Request::get(uri).body(()).unwrap().into_parts().0;
        http_sign(&signer, &mut request, b"", NOW, &mut Same(nonce)).unwrap();
        let verifier = Verifier::new(verify_key(seed), Policy::api([host]).tag(tag)).unwrap();
        verifier.verify(&request, b"", NOW).unwrap().claim(&store, NOW).map(drop)
    };
    assert_eq!(take("a.example", 1, "x", 1, "/"), Ok(()));
    assert_eq!(take("a.example", 1, "x", 1, "/"), Err(Error::Replayed));
    // A nonce is used once, whatever for.
    assert_eq!(take("a.example", 1, "x", 1, "/other"), Err(Error::Replayed));
    assert_eq!(take("b.example", 1, "x", 1, "/"), Ok(()));
    assert_eq!(take("a.example", 2, "x", 1, "/"), Ok(()));
    assert_eq!(take("a.example", 1, "y", 1, "/"), Ok(()));
    assert_eq!(take("a.example", 1, "x", 2, "/"), Ok(()));
}

#[test]
fn requests_20_without_a_nonce_a_claim_is_of_all_that_was_signed() {
    let store = MemoryStore::new(100);
    let policy = Policy::custom_request([HOST], &["@authority", "@path"]);
    let take = |path: &str| {
        let mut request = forge::get(&[]);
        request.uri = path.parse().unwrap();
        let request = forge::forge(request, &format!("(\"@authority\" \"@path\"){}", forge::params()));
        verifier(policy.clone()).verify(&request, b"", NOW).unwrap().claim(&store, NOW).map(drop)
    };
    assert_eq!((take("/a"), take("/a"), take("/b")), (Ok(()), Err(Error::Replayed), Ok(())));
}

#[test]
fn requests_20_a_claim_is_kept_while_a_copy_would_be_accepted() {
    let (request, store) = (signed(), MemoryStore::new(10));
    let take = |seconds| {
        let unclaimed = verifier(api()).verify(&request, BODY, at(seconds))?;
        unclaimed.claim(&store, at(seconds)).map(drop)
    };
    assert_eq!(take(TIME - 30), Ok(()));
    for seconds in TIME - 30..=TIME + 300 {
        assert_eq!(take(seconds), Err(Error::Replayed), "{seconds}");
    }
    assert_eq!(take(TIME + 301), Err(Error::Expired));
}

#[test]
fn requests_30_whatever_fails_in_the_cryptography_is_answered_with_401() {
    let status = |request: &_, body: &[u8]| verify(request, body).unwrap_err().status();
    let forged = {
        let mut request = signed();
        set(&mut request.headers, "content-type", "text/plain");
        request
    };
    let unknown = signed_by(&Signer::new(sign_key(2)), post(), BODY);
    let weak = forge::forge(forge::get(&[]), &format!("(){}", forge::params()));
    let late = signed();
    assert_eq!(status(&forged, BODY), 401);
    assert_eq!(status(&unknown, BODY), 401);
    assert_eq!(status(&weak, b""), 401);
    assert_eq!(status(&signed(), b"another body"), 401);
    assert_eq!(status(&received(post()), BODY), 401);
    assert_eq!(outcome(verifier(api()).verify(&late, BODY, at(TIME + 999))).unwrap_err().status(), 401);
}

#[test]
fn requests_31_what_is_too_large_is_refused_before_it_is_read() {
    let with = |input: String, signature: String| {
        let mut request = forge::get(&[]);
        set(&mut request.headers, "signature-input", &input);
        set(&mut request.headers, "signature", &signature);
        verify(&request, b"")
    };
    let ours = format!("s={}{}", forge::API, forge::params());
    // 8,192 bytes, in one line or in many.
    let padded = |len: usize| format!("{ours};pad=\"{}\"", "x".repeat(len - ours.len() - 7));
    assert_eq!(with(padded(8192), "s=:AAAA:".into()), Err(Error::NotAuthentic));
    assert_eq!(with(padded(8193), "s=:AAAA:".into()), Err(Error::TooLarge));
    assert_eq!(with(ours.clone(), format!("s=:{}:", "A".repeat(8190))), Err(Error::TooLarge));
    let mut lines = forge::get(&[("signature", "s=:AAAA:")]);
    for n in 0..5 {
        let line = format!("s{n}=\"{}\"", "x".repeat(2000));
        lines.headers.append("signature-input", HeaderValue::from_str(&line).unwrap());
    }
    assert_eq!(verify(&lines, b""), Err(Error::TooLarge));
    // 8 labels.
    let labels = |n: usize| (1..n).map(|n| format!(", s{n}=()")).collect::<Vec<_>>().concat();
    assert_eq!(with(format!("{ours}{}", labels(8)), "s=:AAAA:".into()), Err(Error::NotAuthentic));
    assert_eq!(with(format!("{ours}{}", labels(9)), "s=:AAAA:".into()), Err(Error::TooLarge));
    assert_eq!(with(ours.clone(), format!("s=:AAAA:{}", labels(9))), Err(Error::TooLarge));
    // 64 components, 32 parameters, 256 bytes of a text.
    let headers: Vec<String> = (0..61).map(|n| format!("x-{n}")).collect();
    let listed =
        |n: usize| headers[..n].iter().map(|name| format!("\"{name}\" ")).collect::<Vec<_>>().concat();
    for (more, expected) in [(60, Ok(())), (61, Err(Error::TooLarge))] {
        let mut request = forge::get(&[]);
        for name in &headers {
            request.headers.insert(http::HeaderName::try_from(name).unwrap(), HeaderValue::from_static("1"));
        }
        let input = api_over(&listed(more));
        if expected.is_ok() {
            request = forge::forge(request, &input);
        } else {
            set(&mut request.headers, "signature-input", &format!("s={input}"));
            set(&mut request.headers, "signature", "s=:AAAA:");
        }
        assert_eq!(verify(&request, b""), expected, "{more}");
    }
    let parameters = (0..30).map(|n| format!(";p{n}")).collect::<Vec<_>>().concat();
    assert_eq!(with(format!("{ours}{parameters}"), "s=:AAAA:".into()), Err(Error::Malformed));
    let nonce = |len| ours.replace("n-1", &"n".repeat(len));
    assert_eq!(with(nonce(256), "s=:AAAA:".into()), Err(Error::NotAuthentic));
    assert_eq!(with(nonce(257), "s=:AAAA:".into()), Err(Error::TooLarge));
    // What is signed.
    let mut wide = forge::get(&[]);
    for n in 0..9 {
        wide.headers.append("x", HeaderValue::from_str(&format!("{n}{}", "x".repeat(8000))).unwrap());
    }
    set(&mut wide.headers, "signature-input", &format!("s={}", api_over("\"x\" ")));
    set(&mut wide.headers, "signature", "s=:AAAA:");
    assert_eq!(verify(&wide, b""), Err(Error::TooLarge));
}

#[test]
fn trailers_are_verified_when_they_are_there() {
    let mut trailers = HeaderMap::new();
    trailers.insert("x-checksum", HeaderValue::from_static("17"));
    let request = forge::forge_as(forge::get(&[]), "s", &api_over("\"x-checksum\";tr "), 1, Some(&trailers));
    let policy = api().covering(&["x-checksum;tr"]);
    let verify = |trailers: &HeaderMap| {
        outcome(verifier(policy.clone()).verify_with_trailers(&request, trailers, b"", NOW))
    };
    assert_eq!(verify(&trailers), Ok(()));
    assert_eq!(verify(&HeaderMap::new()), Err(Error::Header));
    trailers.insert("x-checksum", HeaderValue::from_static("18"));
    assert_eq!(verify(&trailers), Err(Error::NotAuthentic));
    // Header first there are none.
    assert_eq!(outcome(verifier(policy.clone()).verify(&request, b"", NOW)), Err(Error::Policy));
}
