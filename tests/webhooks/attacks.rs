// SPDX-License-Identifier: MIT OR Apache-2.0
//! What one signature could be made to say besides what was signed, and what a declared scheme must not leave open.

use crate::rows::{BODY, NOW, Request, SECRET, hex, request, rows, sha256, verify};
use base64ct::{Base64, Encoding as _};
use chancery::{
    ConfigError, Error, UnixTime,
    replay::MemoryStore,
    scheme::{Encoding, Part, Query, Scheme, Unit},
    webhook::{Verifier, provider},
};
use core::time::Duration;
use sha2::Digest as _;

/// The bytes that STANDARD or TWITCH signs, divided at other places.
fn divided(name: &str, whole: &str) -> usize {
    let row = rows().into_iter().find(|row| row.name == name).unwrap();
    let verifier = row.verifier(row.secret);
    let good = row.good();
    let (id, time, signature) = (&good.headers[0].0, &good.headers[1].0, &good.headers[2]);
    let signed = if name == "TWITCH" {
        format!("sha256={}", hex(&sha256(SECRET.as_bytes(), &[whole.as_bytes()])))
    } else {
        let key: Vec<u8> = (0..32).collect();
        format!("v1,{}", Base64::encode_string(&sha256(&key, &[whole.as_bytes()])))
    };
    let mut accepted = 0;
    let separator = usize::from(name != "TWITCH");
    for end in 0..whole.len() {
        for start in end + separator..whole.len() {
            let fields =
                (whole.get(..end), whole.get(end + separator..start), whole.get(start + separator..));
            let (Some(first), Some(second), Some(body)) = fields else { continue };
            let headers = [(&**id, first), (&**time, second), (&*signature.0, &*signed)];
            accepted += usize::from(verify(&verifier, &request(&headers, body.as_bytes()), NOW).is_ok());
        }
    }
    accepted
}

#[test]
fn signed_bytes_are_divided_in_one_way() {
    let now = "2026-09-21T14:13:20Z";
    for whole in [
        format!("msg_1{now}{{\"at\":\"{now}\",\"n\":1}}"),
        format!("1{now}1{now}1"),
        format!("{now}{now}"),
        format!("msg_12{now}2026-09-21T14:13:20.5Z{{}}"),
    ] {
        assert!(divided("TWITCH", &whole) <= 1, "{whole}");
    }
    assert_eq!(divided("TWITCH", &format!("msg_1{now}{{\"at\":\"{now}\"}}")), 1);
    for whole in
        ["a.1790000000.1790000001.x", "a.b.1790000000.c.1790000000.d", "1790000000.1790000000.1790000000."]
    {
        assert!(divided("STANDARD", whole) <= 1, "{whole}");
    }
    assert_eq!(divided("STANDARD", "msg_1.1790000000.{\"a\":\"b.1790000000.c\"}"), 1);
    // An identifier with a dot could be read in two ways, and is not read at all.
    assert_eq!(divided("STANDARD", "a.b.1790000000.c"), 0);
}

#[test]
fn no_bytes_move_between_a_url_and_json() {
    for name in ["SQUARE", "HUBSPOT"] {
        let row = rows().into_iter().find(|row| row.name == name).unwrap();
        let verifier = Verifier::at(row.scheme.secret(SECRET).unwrap(), "https://hooks.example.com").unwrap();
        let url = "https://hooks.example.com";
        let whole = format!("/in{}", String::from_utf8_lossy(BODY));
        let time = row.time.text();
        let method = if name == "SQUARE" { "" } else { "POST" };
        let mac = sha256(
            SECRET.as_bytes(),
            &[method.as_bytes(), url.as_bytes(), whole.as_bytes(), time.as_bytes()],
        );
        let signature = Base64::encode_string(&mac);
        let mut bodies = Vec::new();
        for at in 0..=whole.len() {
            let headers = [
                ("x-square-hmacsha256-signature", &*signature),
                ("x-hubspot-signature-v3", &signature),
                ("x-hubspot-request-timestamp", time),
            ];
            let request =
                Request { target: whole[..at].into(), ..request(&headers, &whole.as_bytes()[at..]) };
            bodies.extend(verify(&verifier, &request, NOW).ok().map(|_| whole[at..].to_owned()));
        }
        // Of the URL something can be given to the body, but that is no JSON any more; of the body nothing.
        let signed = &*String::from_utf8_lossy(BODY);
        assert!(bodies.iter().all(|body| body.ends_with(signed)), "{name}: {bodies:?}");
        let json: Vec<_> = bodies.iter().filter(|body| body.starts_with('{')).collect();
        assert_eq!(json, [signed], "{name}");
        // With the path in the configuration, nothing can.
        if name == "SQUARE" {
            let verifier = row.verifier(SECRET);
            let accepted = (0..=whole.len()).filter(|at| {
                let headers = [("x-square-hmacsha256-signature", &*signature)];
                let request =
                    Request { target: whole[..*at].into(), ..request(&headers, &whole.as_bytes()[*at..]) };
                verify(&verifier, &request, NOW).is_ok()
            });
            assert_eq!(accepted.collect::<Vec<_>>(), [3]);
        }
    }
}

#[test]
fn requests_02_what_comes_out_are_the_bytes_that_were_checked() {
    let row = rows().into_iter().find(|row| row.name == "GITHUB").unwrap();
    let body = b"\xff\xfe{\"a\": 1}\r\n";
    let request = row.make("", body, &|signature| signature);
    let delivery = verify(&row.verifier(SECRET), &request, NOW).unwrap().allow_replays();
    assert!(core::ptr::eq(delivery.body(), &raw const request.body[..]));
    assert_eq!(delivery.into_inner().into_body(), body);
}

#[test]
fn requests_15_a_parameter_that_is_there_twice_is_not_guessed_at() {
    for (name, doubled) in [
        ("SHOPIFY_APP_PROXY", "shop=b.myshopify.com"),
        ("SHOPIFY_APP_PROXY", "logged_in_customer_id=1"),
        ("SHOPIFY_APP_PROXY", "timestamp=1790000000"),
        ("SHOPIFY_APP_PROXY", "signature=00"),
        ("SHOPIFY_OAUTH", "state=x"),
        ("SHOPIFY_OAUTH", "hmac=00"),
    ] {
        let row = rows().into_iter().find(|row| row.name == name).unwrap();
        for doubled in [format!("&{doubled}"), format!("&%{:02x}{}", doubled.as_bytes()[0], &doubled[1..])] {
            let mut request = row.good();
            request.target.push_str(&doubled);
            let error = verify(&row.verifier(SECRET), &request, NOW).unwrap_err();
            assert!(matches!(error, Error::Header | Error::Malformed), "{doubled}: {error:?}");
        }
    }
}

#[test]
fn who_sees_the_signature_of_an_app_proxy_is_no_other_customer_and_has_no_other_time() {
    let verifier = Verifier::new(provider::SHOPIFY_APP_PROXY.secret(SECRET).unwrap()).unwrap();
    let accepted = |signed: &str, query: &str| {
        let signature = hex(&sha256(SECRET.as_bytes(), &[signed.as_bytes()]));
        let target = format!("/proxy?{query}&path_prefix=/apps/x&shop=a.example&signature={signature}");
        let request = Request { method: "GET".into(), target, ..request(&[], b"") };
        verify(&verifier, &request, NOW).is_ok()
    };
    // A visitor asks for `?a=1&lz=logged_in_customer_id=7`, and divides what was signed anew.
    let signed = "a=1logged_in_customer_id=lz=logged_in_customer_id=7path_prefix=/apps/xshop=a.exampletimestamp=1790000000";
    let forged = "a=1logged_in_customer_id%3Dlz%3D&logged_in_customer_id=7&timestamp=1790000000";
    assert!(!accepted(signed, forged));
    let signed = "logged_in_customer_id=path_prefix=/apps/xshop=a.examplesz=timestamp=1000000000tz=timestamp=1790000000";
    let forged = "logged_in_customer_id=&sz=timestamp%3D1000000000tz%3D&timestamp=1790000000";
    assert!(!accepted(signed, forged));
    // What no other reading has is accepted.
    let signed = "a=1logged_in_customer_id=path_prefix=/apps/xshop=a.exampletimestamp=1790000000";
    assert!(accepted(signed, "a=1&logged_in_customer_id=&timestamp=1790000000"));
}

#[test]
fn requests_03_a_declared_scheme_signs_its_time_and_is_read_in_one_way() {
    const BASE: Scheme = Scheme::hmac_sha256("acme", Encoding::Hex).in_header("acme-signature", "");
    const TIMED: Scheme = BASE.timestamp_header("acme-time", Unit::Seconds).id_header("acme-id");
    const DATED: Scheme = BASE.timestamp_header("acme-time", Unit::Rfc3339).id_header("acme-id");
    use Part::{Body, BodyHash, Form, Id, Method, RequestUrl, Text, Timestamp, Url};
    const DOT: Part = Text(".");
    const LF: Part = Text("\n");
    const ONCE: Scheme = TIMED.nonce_header("acme-id");
    let check = |scheme: Scheme| scheme.secret(SECRET).err();
    for sound in [
        BASE,
        TIMED.over(&[Id, DOT, Timestamp, DOT, Body]),
        TIMED.over(&[Text("v0:"), Timestamp, Text(":"), Body]),
        TIMED.over(&[Timestamp, Body]),
        TIMED.over(&[Body, DOT, Id, DOT, Timestamp]),
        DATED.over(&[Id, Timestamp, Body]),
        TIMED.over(&[Id, LF, Timestamp, LF, Body]),
        ONCE.over(&[Method, LF, RequestUrl, LF, Timestamp, LF, Id, LF, BodyHash]),
        ONCE.over(&[Timestamp, DOT, Id, DOT, Body]),
        BASE.over(&[Text(" "), RequestUrl]),
        BASE.over(&[BodyHash, Text("/"), RequestUrl, LF, Body]),
        BASE.over(&[Method, Url, Body]),
        BASE.over(&[Method, Text("\n"), Url, Text("\n"), Body]),
        BASE.over(&[Body, DOT, Method]),
        TIMED.over(&[Timestamp, Method, Url, Body]),
        BASE.over(&[Url, Form]),
        BASE.in_pairs("acme-signature", b',', "v1")
            .timestamp_pair("t", Unit::Seconds)
            .over(&[Timestamp, Body]),
        BASE.in_query("sig").timestamp_query("t", Unit::Seconds).over(&[Part::Query(Query::Encoded)]),
    ] {
        assert_eq!(check(sound), None, "{sound:?}");
    }
    for unsound in [
        // A time, and it is not signed (Outpost).
        TIMED,
        BASE.in_query("sig").timestamp_query("t", Unit::Seconds),
        // Something is signed, and has no place.
        BASE.over(&[Timestamp, Body]),
        BASE.over(&[Id, DOT, Body]),
        BASE.over(&[Part::Query(Query::Encoded)]),
        BASE.timestamp_pair("t", Unit::Seconds).over(&[Timestamp, Body]),
        #[cfg(feature = "json")]
        BASE.timestamp_in_body("t", Unit::Seconds).over(&[Timestamp, DOT, Body]),
        // Nothing is signed, or the signature has no place.
        BASE.over(&[]),
        BASE.over(&[Text("v1")]),
        BASE.in_header("", ""),
        BASE.in_headers(&[]),
        Scheme::hmac_sha256("acme", Encoding::Hex),
        // Bytes can be moved.
        TIMED.over(&[Id, Timestamp, Body]),
        TIMED.over(&[Id, Body, DOT, Timestamp]),
        TIMED.over(&[Timestamp, Id, DOT, Body]),
        TIMED.over(&[Id, Text("|"), Timestamp, DOT, Body]),
        TIMED.over(&[Timestamp, DOT, Body, Id]),
        TIMED.over(&[Timestamp, DOT, Body, Text("|"), Id]),
        BASE.over(&[Method, Body]),
        BASE.over(&[Method, RequestUrl, LF, Body]),
        BASE.over(&[Body, RequestUrl]),
        BASE.over(&[RequestUrl, Body]),
        BASE.over(&[RequestUrl, Text("/"), Body]),
        BASE.over(&[RequestUrl, BodyHash]),
        BASE.over(&[Method, BodyHash]),
        TIMED.over(&[Timestamp, BodyHash]),
        BASE.over(&[BodyHash, Body]),
        TIMED.over(&[Id, Text(" "), Timestamp, DOT, Body]),
        // A nonce without a time, and one that is not signed.
        BASE.nonce_header("acme-id").over(&[Id, DOT, Body]),
        ONCE.over(&[Timestamp, DOT, Body]),
        // One copy for each of several signatures.
        ONCE.in_pairs("acme-signature", b',', "v1").over(&[Id, DOT, Timestamp, DOT, Body]),
        ONCE.in_headers(&["acme-1", "acme-2"]).over(&[Id, DOT, Timestamp, DOT, Body]),
        BASE.over(&[Method, Text(""), Body]),
        BASE.over(&[Method, Text("V1"), Body]),
        BASE.over(&[Body, Method]),
        BASE.over(&[Body, Text("V"), Method]),
        BASE.over(&[Url, Method]),
        BASE.over(&[Url, Form, Method]),
        BASE.in_query("sig").over(&[Part::Query(Query::Encoded), Body]),
    ] {
        assert_eq!(check(unsound), Some(ConfigError::Scheme), "{unsound:?}");
    }
}

#[test]
fn a_declared_scheme_is_verified_like_the_others() {
    const ACME: Scheme = Scheme::hmac_sha512("acme", Encoding::Base64Url)
        .in_headers(&["acme-new", "acme-old"])
        .timestamp_header("acme-time", Unit::Seconds)
        .over(&[Part::Timestamp, Part::Text("."), Part::Body])
        .tolerance(Duration::from_secs(10), Duration::from_secs(1));
    use base64ct::Base64UrlUnpadded;
    use hmac::{KeyInit as _, Mac as _};
    let mac = hmac::Hmac::<sha2::Sha512>::new_from_slice(SECRET.as_bytes()).unwrap();
    let signed = mac.chain_update(b"1790000000.").chain_update(BODY).finalize().into_bytes();
    let signature = Base64UrlUnpadded::encode_string(&signed);
    let headers = [("acme-time", "1790000000"), ("acme-old", &*signature)];
    let verifier = Verifier::new(ACME.secret(SECRET).unwrap()).unwrap();
    let at =
        |now| verify(&verifier, &request(&headers, BODY), now).map(|delivery| drop(delivery.allow_replays()));
    assert_eq!((at(NOW + 10), at(NOW + 11)), (Ok(()), Err(Error::Expired)));
    assert_eq!((at(NOW - 1), at(NOW - 2)), (Ok(()), Err(Error::NotYetValid)));
}

#[test]
fn requests_04_a_long_age_and_a_far_skew_do_not_overflow() {
    let row = rows().into_iter().find(|row| row.name == "STRIPE").unwrap();
    let verifier = row.verifier(SECRET).max_age(Duration::MAX).max_skew(Duration::MAX);
    for time in ["0", "1", "1790000000", "18446744073709551615"] {
        for now in [0, NOW, u64::MAX] {
            let request = row.make(time, BODY, &|signature| signature);
            let delivery = verify(&verifier, &request, now).unwrap();
            let store = MemoryStore::new(16);
            let first = delivery.claim(&store, UnixTime::from_secs(now)).err();
            let copy = verify(&verifier, &request, now).unwrap();
            let again = copy.claim(&store, UnixTime::from_secs(now)).err();
            // What is held until the end of time is never forgotten, and has ended there.
            let refused = (first, again) == (Some(Error::Policy), Some(Error::Policy));
            let once = (first, again) == (None, Some(Error::Replayed));
            assert!(
                refused || once || (first, now) == (None, u64::MAX),
                "{time} at {now}: {first:?} {again:?}"
            );
        }
    }
}

#[test]
fn copies_are_told_whatever_is_not_signed_about_them() {
    let store = MemoryStore::new(100);
    let now = UnixTime::from_secs(NOW);
    let mut names = std::collections::HashSet::new();
    for row in rows() {
        // Of Standard Webhooks a delivery carries both kinds of signatures, and is one delivery.
        if !names.insert(row.scheme.name()) {
            continue;
        }
        let verifier = row.verifier(row.secret);
        let claim = |request: &Request| verify(&verifier, request, NOW).unwrap().claim(&store, now).map(drop);
        let good = row.good();
        assert_eq!(claim(&good), Ok(()), "{}: what another scheme signs is another delivery", row.name);
        assert_eq!(claim(&good), Err(Error::Replayed), "{}", row.name);
        let mut copy = good.clone();
        copy.headers.push(("x-other".into(), b"1".to_vec()));
        if let Some(at) = copy.headers.iter().position(|(name, _)| Some(&**name) == row.unsigned_id) {
            copy.headers[at].1 = b"another".to_vec();
            // A token authenticates no more than its sender: then all that there is tells them apart.
            let is_token = row.scheme.name() == "gitlab-token";
            assert_eq!(claim(&copy).is_ok(), is_token, "{}", row.name);
        } else {
            assert_eq!(claim(&copy), Err(Error::Replayed), "{}", row.name);
        }
    }
}

#[test]
fn two_deliveries_behind_a_token_are_two() {
    let verifier = Verifier::new(provider::TELEGRAM.secret(SECRET).unwrap()).unwrap();
    let (store, now) = (MemoryStore::new(16), UnixTime::from_secs(NOW));
    let claim = |body: &[u8]| {
        let headers = [("x-telegram-bot-api-secret-token", SECRET)];
        verifier.verify(&headers, body, now).unwrap().claim(&store, now).map(drop)
    };
    assert_eq!((claim(b"{1}"), claim(b"{2}"), claim(b"{1}")), (Ok(()), Ok(()), Err(Error::Replayed)));
}

#[test]
fn a_retry_under_the_same_identifier_is_a_copy_and_senders_do_not_claim_each_others() {
    let row = rows().into_iter().find(|row| row.name == "STANDARD").unwrap();
    let store = MemoryStore::new(16);
    let claim = |verifier: &Verifier, time: &str, at: u64| {
        let request = row.make(time, BODY, &|signature| signature);
        verify(verifier, &request, at).unwrap().claim(&store, UnixTime::from_secs(at)).map(drop)
    };
    let own = row.verifier(row.secret);
    assert_eq!(claim(&own, "1790000000", NOW), Ok(()));
    // 28 hours later the schedule of Standard Webhooks ends.
    assert_eq!(claim(&own, "1790100800", NOW + 100_800), Err(Error::Replayed));
    let a = row.verifier(row.secret).sender("a");
    let b = row.verifier(row.secret).sender("b");
    assert_eq!((claim(&a, "1790000000", NOW), claim(&b, "1790000000", NOW)), (Ok(()), Ok(())));
    assert_eq!(claim(&a, "1790000000", NOW), Err(Error::Replayed));
}

#[test]
fn requests_20_a_claim_is_kept_for_longer_than_a_copy_is_accepted() {
    for row in rows().iter().filter(|row| row.time != crate::rows::Time::None) {
        let (past, future) = row.tolerance;
        let good = row.good();
        for skew in [future, 0] {
            let verifier = row.verifier(row.secret).remember_for(Duration::ZERO);
            let verifier = verifier.max_skew(Duration::from_secs(skew));
            let store = MemoryStore::new(16);
            let claim = |verified: u64, claimed: u64| {
                let delivery = verify(&verifier, &good, verified)?;
                delivery.claim(&store, UnixTime::from_secs(claimed)).map(drop)
            };
            assert_eq!(claim(NOW - skew, NOW - skew), Ok(()), "{}", row.name);
            for now in [NOW - skew, NOW, NOW + past] {
                assert_eq!(claim(now, now), Err(Error::Replayed), "{} at {now}", row.name);
            }
            // Verified in time, and claimed when the store may have forgotten the first copy.
            assert_eq!(claim(NOW + past, NOW + past + 1), Err(Error::Expired), "{}", row.name);
        }
    }
}

#[test]
fn requests_31_what_is_too_large_is_refused_before_it_is_read() {
    let row = rows().into_iter().find(|row| row.name == "GITHUB").unwrap();
    let verifier = row.verifier(SECRET).max_body(BODY.len());
    assert!(verify(&verifier, &row.good(), NOW).is_ok());
    let verifier = row.verifier(SECRET).max_body(BODY.len() - 1);
    assert_eq!(verify(&verifier, &row.good(), NOW).err(), Some(Error::TooLarge));
    let row = rows().into_iter().find(|row| row.name == "SHOPIFY_OAUTH").unwrap();
    let mut request = row.good();
    request.target.push_str(&"&a".repeat(256));
    assert_eq!(verify(&row.verifier(SECRET), &request, NOW).err(), Some(Error::TooLarge));
    request.target = format!("/?{}", "a".repeat(8192));
    assert_eq!(verify(&row.verifier(SECRET), &request, NOW).err(), Some(Error::TooLarge));
}

#[test]
fn requests_30_a_forged_delivery_is_answered_with_401() {
    for row in rows() {
        let mut request = row.good();
        for (_, value) in &mut request.headers {
            if value.len() > 40 {
                let last = value.last_mut().unwrap();
                *last = if *last == b'0' { b'1' } else { b'0' };
            }
        }
        request.target = request.target.replace("sig", "xig").replace("hmac", "xmac");
        let error = verify(&row.verifier(row.other), &request, NOW).unwrap_err();
        assert_eq!(error.status(), 401, "{}: {error:?}", row.name);
    }
}

#[test]
fn requests_26_hubspot_is_version_3_only() {
    let names: Vec<&str> = crate::constants();
    assert_eq!(names.iter().filter(|name| name.contains("HUBSPOT")).count(), 1);
    let verifier =
        Verifier::at(provider::HUBSPOT.secret(SECRET).unwrap(), "https://hooks.example.com/in").unwrap();
    let v1 = hex(&sha2::Sha256::digest([SECRET.as_bytes(), BODY].concat()));
    for headers in [
        vec![("x-hubspot-signature", &*v1), ("x-hubspot-signature-version", "v1")],
        vec![("x-hubspot-signature-v3", &*v1), ("x-hubspot-request-timestamp", "1790000000000")],
    ] {
        assert!(verify(&verifier, &request(&headers, BODY), NOW).is_err());
    }
}

#[test]
fn requests_05_a_signing_header_is_there_once() {
    // The battery repeats every header of every scheme; here the second one is the good one.
    for row in rows().iter().filter(|row| row.time == crate::rows::Time::None) {
        let mut request = row.good();
        let Some((name, _)) = request.headers.first().cloned() else { continue };
        request.headers.insert(0, (name, b"x".to_vec()));
        assert_eq!(
            verify(&row.verifier(row.secret), &request, NOW).err(),
            Some(Error::Header),
            "{}",
            row.name
        );
    }
    // Two times in a header of pairs: which one was signed?
    let row = rows().into_iter().find(|row| row.name == "STRIPE").unwrap();
    let mut request = row.good();
    request.headers[0].1.extend_from_slice(b",t=1790000000");
    assert_eq!(verify(&row.verifier(SECRET), &request, NOW).err(), Some(Error::Header));
}

#[cfg(feature = "json")]
#[test]
fn a_time_in_json_is_one_number_at_the_top_and_only_of_those_who_signed() {
    let verifier = Verifier::new(provider::LINEAR.secret(SECRET).unwrap()).unwrap();
    let signed = |body: &str| {
        let signature = hex(&sha256(SECRET.as_bytes(), &[body.as_bytes()]));
        let request = request(&[("linear-signature", &signature)], body.as_bytes());
        verify(&verifier, &request, NOW).map(|delivery| drop(delivery.allow_replays()))
    };
    let time = "\"webhookTimestamp\":1790000000000";
    for body in [
        format!("{{{time}}}"),
        format!("{{\"n\":1e999,\"x\":{{\"webhookTimestamp\":1}},{time}}}"),
        " { \"webhookTimestam\\u0070\":1790000000000 }\n".into(),
    ] {
        assert_eq!(signed(&body), Ok(()), "{body}");
    }
    for body in [
        format!("{{{time},{time}}}"),
        format!("{{{time},\"webhookTimestam\\u0070\":1790000000001}}"),
        format!("{{{time}}}{{}}"),
        format!("{{{time}}}x"),
        format!("[{{{time}}}]"),
        format!("{{\"x\":{{{time}}}}}"),
        "{\"webhookTimestamp\":1790000000000.0}".into(),
        "{\"webhookTimestamp\":179e10}".into(),
        "{\"webhookTimestamp\":\"1790000000000\"}".into(),
        "{\"webhookTimestamp\":-1}".into(),
        "{\"webhookTimestamp\":18446744073709551616}".into(),
        "{\"webhookTimestamp\":null}".into(),
        "{}".into(),
        String::new(),
        "[".repeat(100_000),
        "{\"a\":".repeat(100_000),
    ] {
        assert_eq!(signed(&body), Err(Error::Malformed), "{}", &body[..body.len().min(80)]);
    }
    // JSON of others is not parsed.
    let forged = request(&[("linear-signature", &"00".repeat(32))], b"[");
    assert_eq!(verify(&verifier, &forged, NOW).err(), Some(Error::NotAuthentic));
}

#[test]
fn base64_has_one_form() {
    let row = rows().into_iter().find(|row| row.name == "SHOPIFY").unwrap();
    let verifier = row.verifier(SECRET);
    for change in [
        |text: String| text.trim_end_matches('=').to_owned(),
        |text: String| text.replace('/', "_").replace('+', "-").replace('=', ""),
        |text: String| format!("{text}="),
        |text: String| format!("{}\n{}", &text[..20], &text[20..]),
        // The last character before the padding has four bits that carry nothing.
        |text: String| {
            let at = text.len() - 2;
            let next = char::from(text.as_bytes()[at] + 1);
            format!("{}{next}=", &text[..at])
        },
    ] {
        let request = row.make("", BODY, &change);
        assert!(verify(&verifier, &request, NOW).is_err(), "{request:?}");
    }
}
