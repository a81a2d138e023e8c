// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tokens that other libraries have accepted.

use super::*;
use chancery::{ConfigError, jwt::untrusted_kid};
use core::time::Duration;

const REGISTERED: [&str; 9] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "client_id", "cnf"];

/// The good header with one member more.
fn header_with(member: &str) -> String {
    HEADER.replacen('{', &format!("{{{member},"), 1)
}

#[test]
fn cve_2026_25537_a_registered_claim_of_a_wrong_type_is_an_error_and_never_absent() {
    let literals = [
        "\"1790000300\"",
        "1790000300.5",
        "1790000300.0",
        "1.79e9",
        "-1",
        "1e400",
        "null",
        "[]",
        "[1]",
        "true",
        "{}",
        "18446744073709551616",
    ];
    let text = ["iss", "sub", "jti", "client_id"];
    let is_right = |name: &str, literal: &str| match name {
        "aud" => literal == "[]" || literal.starts_with('"'),
        "cnf" => literal == "{}",
        _ => text.contains(&name) && literal.starts_with('"'),
    };
    let mut tried = 0;
    for name in REGISTERED {
        for literal in literals {
            // Whether the claim would be needed or not.
            let payload = with(name, json!("?")).replace("\"?\"", literal);
            let error = refused_unless_right(&payload);
            if is_right(name, literal) {
                assert_ne!(error, Some(Error::Malformed), "{payload}");
            } else {
                assert_eq!(error, Some(Error::Malformed), "{payload}");
                tried += 1;
            }
        }
    }
    assert_eq!(tried, 9 * 12 - 4 - 2 - 1);
}

fn refused_unless_right(payload: &str) -> Option<Error> {
    verify(&verifier(), &forge(HEADER, payload), NOW).err()
}

#[test]
fn requests_27_what_must_be_there_is() {
    for name in ["iss", "aud", "exp"] {
        assert_eq!(refused(&forge(HEADER, &without(name))), Error::Policy, "{name}");
    }
    for name in ["sub", "iat", "jti"] {
        assert!(verify(&verifier(), &forge(HEADER, &without(name)), NOW).is_ok(), "{name}");
        let strict = verifier().requiring(&[name]);
        assert_eq!(
            verify(&strict, &forge(HEADER, &without(name)), NOW).unwrap_err(),
            Error::Policy,
            "{name}"
        );
    }
    let tenant = verifier().requiring(&["tenant"]);
    for (value, ok) in [(json!("acme"), true), (json!(0), true), (Value::Null, false)] {
        assert_eq!(verify(&tenant, &forge(HEADER, &with("tenant", value)), NOW).is_ok(), ok);
    }
}

#[test]
fn requests_27_a_token_is_of_our_issuer_and_for_us() {
    for iss in ["https://id.example.com/", "HTTPS://id.example.com", "https://id.example.co", ""] {
        assert_eq!(refused(&forge(HEADER, &with("iss", json!(iss)))), Error::Policy, "{iss}");
    }
    for aud in [json!("orders"), json!([]), json!(["a", "b"]), json!(""), json!(["orders.example.com "])] {
        assert_eq!(refused(&forge(HEADER, &with("aud", aud))), Error::Policy);
    }
    for aud in [json!([1, AUDIENCE]), json!([AUDIENCE, null]), json!([[AUDIENCE]]), json!({ "a": AUDIENCE })]
    {
        assert_eq!(refused(&forge(HEADER, &with("aud", aud))), Error::Malformed);
    }
    assert!(verify(&verifier(), &forge(HEADER, &with("aud", json!(["a", AUDIENCE]))), NOW).is_ok());
    for expect in [Expect { issuer: "", ..EXPECT }, Expect { audience: "", ..EXPECT }] {
        assert_eq!(Verifier::new(verify_key(), expect).err(), Some(ConfigError::Scheme));
    }
}

#[test]
fn requests_27_times_are_checked_to_the_second() {
    let check = |payload: &str, now: u64| verify(&verifier(), &forge(HEADER, payload), now).map(|_| ());
    let payload = claims().to_string();
    // `exp` is 300 seconds from now, `iat` is now, and clocks may be 60 seconds apart.
    for (now, expected) in [
        (NOW - 61, Err(Error::NotYetValid)),
        (NOW - 60, Ok(())),
        (NOW + 359, Ok(())),
        (NOW + 360, Err(Error::Expired)),
        (0, Err(Error::NotYetValid)),
        (u64::MAX, Err(Error::Expired)),
    ] {
        assert_eq!(check(&payload, now), expected, "{now}");
    }
    for (nbf, expected) in
        [(NOW + 60, Ok(())), (NOW + 61, Err(Error::NotYetValid)), (u64::MAX, Err(Error::NotYetValid))]
    {
        assert_eq!(check(&with("nbf", json!(nbf)), NOW), expected, "{nbf}");
    }
    // The longest lifetime is a day, from `iat` on, or from now where there is none.
    let day = 24 * 60 * 60;
    let mut claims = claims();
    for (iat, exp, expected) in [
        (Some(NOW), NOW + day, Ok(())),
        (Some(NOW), NOW + day + 1, Err(Error::Policy)),
        (Some(NOW), u64::MAX, Err(Error::Policy)),
        (Some(0), NOW + 1, Err(Error::Policy)),
        (None, NOW + 60 + day, Ok(())),
        (None, NOW + 60 + day + 1, Err(Error::Policy)),
        (None, u64::MAX, Err(Error::Policy)),
    ] {
        claims.as_object_mut().unwrap().remove("iat");
        if let Some(iat) = iat {
            claims["iat"] = json!(iat);
        }
        claims["exp"] = json!(exp);
        assert_eq!(check(&claims.to_string(), NOW), expected, "{iat:?} {exp}");
    }
    let exact = verifier().leeway(Duration::ZERO).max_lifetime(Duration::from_secs(300));
    assert!(verify(&exact, &good(), NOW + 299).is_ok());
    assert_eq!(verify(&exact, &good(), NOW + 300).unwrap_err(), Error::Expired);
    assert_eq!(verify(&exact, &good(), NOW - 1).unwrap_err(), Error::NotYetValid);
    let short = exact.max_lifetime(Duration::from_secs(299));
    assert_eq!(verify(&short, &good(), NOW).unwrap_err(), Error::Policy);
}

#[test]
fn requests_27_the_algorithm_is_that_of_the_key_and_the_header_agrees() {
    let header = |alg: &str| HEADER.replace("EdDSA", alg);
    for alg in ["EdDSA", "Ed25519"] {
        assert!(verify(&verifier(), &forge(&header(alg), &claims().to_string()), NOW).is_ok(), "{alg}");
    }
    for alg in
        ["none", "None", "NONE", "nOnE", "HS256", "ES256", "RS256", "eddsa", "EdDSA ", "Ed448", "EdDSA,none"]
    {
        let token = forge(&header(alg), &claims().to_string());
        assert_eq!(refused(&token), Error::Policy, "{alg}");
        // Without a signature, and without a part for one.
        let (input, _) = token.rsplit_once('.').unwrap();
        assert_eq!(refused(&format!("{input}.")), Error::Policy, "{alg}");
        assert_eq!(refused(input), Error::Malformed, "{alg}");
    }
    let unsigned = good().rsplit_once('.').map(|(input, _)| format!("{input}.")).unwrap();
    assert_eq!(refused(&unsigned), Error::NotAuthentic);
    for header in [
        r#"{"kid":"k1","typ":"JWT"}"#,
        r#"{"alg":"","kid":"k1"}"#,
        r#"{"alg":null,"kid":"k1"}"#,
        r#"{"alg":["EdDSA"]}"#,
        "{}",
        "[]",
        "null",
        "",
    ] {
        assert_eq!(refused(&forge(header, &claims().to_string())), Error::Malformed, "{header}");
    }
}

#[test]
fn requests_27_a_header_that_asks_for_more_is_refused() {
    for member in [
        r#""crit":[]"#,
        r#""crit":["exp"]"#,
        r#""crit":["b64"],"b64":false"#,
        r#""b64":true"#,
        r#""b64":false"#,
        r#""crit":null"#,
    ] {
        assert_eq!(refused(&forge(&header_with(member), &claims().to_string())), Error::Policy, "{member}");
    }
    // What means nothing here is passed over: Entra sends `x5t`.
    for member in [r#""x5t":"abc""#, r#""cty":"JWT""#, r#""nonce":"x""#, r#""ext":{"a":[1]}"#] {
        assert!(
            verify(&verifier(), &forge(&header_with(member), &claims().to_string()), NOW).is_ok(),
            "{member}"
        );
    }
}

/// Also CVE-2024-28122, CVE-2025-63811 and GHSA-cjwg-qfpm-7377.
#[test]
fn cve_2024_28180_nothing_is_decompressed_or_decrypted() {
    for member in
        [r#""zip":"DEF""#, r#""zip":null"#, r#""enc":"A256GCM""#, r#""zip":"DEF","enc":"A128CBC-HS256""#]
    {
        assert_eq!(refused(&forge(&header_with(member), &claims().to_string())), Error::Policy, "{member}");
    }
    // An encrypted token has five parts: its own error, whatever is in it (CVE-2026-29000).
    for text in ["....", "a.b.c.d.e", &format!("{}.x.y", good())] {
        assert_eq!(refused(text), Error::Policy, "{text}");
    }
}

#[test]
fn cve_2026_27962_a_key_that_comes_with_the_token_is_none() {
    let mallory = base64url(signing_key(9).verifying_key().as_bytes());
    let jwk = format!(r#""jwk":{{"kty":"OKP","crv":"Ed25519","x":"{mallory}","kid":"k1"}}"#);
    let elsewhere = [
        r#""jku":"https://mallory.example/jwks""#,
        r#""x5u":"https://mallory.example/x""#,
        r#""x5c":["MIIB"]"#,
    ];
    for member in elsewhere.into_iter().chain([jwk.as_str()]) {
        let header = header_with(member);
        let input =
            format!("{}.{}", base64url(header.as_bytes()), base64url(claims().to_string().as_bytes()));
        // By the key that comes along, and by the one that is known.
        for seed in [9, 1] {
            let token = format!("{input}.{}", base64url(&ed25519(seed, &input)));
            assert_eq!(refused(&token), Error::Policy, "{member}");
        }
    }
}

#[test]
fn requests_09_a_public_key_is_never_the_secret_of_an_hmac() {
    let public = signing_key(1).verifying_key();
    let header = r#"{"alg":"HS256","kid":"k1","typ":"JWT"}"#;
    let input = format!("{}.{}", base64url(header.as_bytes()), base64url(claims().to_string().as_bytes()));
    let text = public.to_string();
    for secret in [public.as_bytes().as_slice(), text.as_bytes(), base64url(public.as_bytes()).as_bytes()] {
        let token = format!("{input}.{}", base64url(&hs256(secret, &input)));
        assert_eq!(refused(&token), Error::Policy);
        // With both kinds of keys at hand as well, under either name.
        let both = ring([verify_key(), VerifyKey::from(mac_key(2)).named("k2").unwrap()]);
        let both = Verifier::new(both, EXPECT).unwrap();
        assert_eq!(verify(&both, &token, NOW).unwrap_err(), Error::Policy);
    }
    // And an Ed25519 signature is none of a MAC key.
    let token = forge(r#"{"alg":"EdDSA","kid":"k2","typ":"JWT"}"#, &claims().to_string());
    assert_eq!(verify(&shared_verifier(), &token, NOW).unwrap_err(), Error::Policy);
}

/// fast-jwt took a PEM with a space in front for a secret. There is no constructor that guesses.
#[test]
fn ghsa_mvf2_f6gm_w987_fast_jwt_no_text_decides_what_kind_of_key_it_is() {
    let pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n";
    for text in [pem.to_owned(), format!(" {pem}"), format!("\n\t{pem}"), format!("\u{feff}{pem}")] {
        assert_eq!(VerifyKey::from_jwk(&text).err(), Some(ConfigError::KeyText));
        assert_eq!(VerifyKey::from_shared_jwk(&text).err(), Some(ConfigError::KeyText));
        assert_eq!(SignKey::from_jwk(&text).err(), Some(ConfigError::KeyText));
    }
}

/// Also CVE-2026-45363 and CVE-2026-44351.
#[test]
fn cve_2026_44699_libjwt_an_hmac_key_is_as_long_as_its_hash_and_no_other_key() {
    let of =
        |hash, len: usize| MacKey::from_bytes(hash, &[bytes(1), bytes(2), bytes(3)].concat()[..len]).is_ok();
    for (hash, least) in [(Hash::Sha256, 32), (Hash::Sha384, 48), (Hash::Sha512, 64)] {
        assert_eq!([0, 1, least - 1, least].map(|len| of(hash, len)), [false, false, false, true]);
    }
    let rsa = r#"{"kty":"RSA","n":"AQAB","e":"AQAB","kid":"k1","alg":"HS256"}"#;
    // Of another algorithm, or of a type that is not known.
    let refused = if cfg!(feature = "rsa") { ConfigError::Suite } else { ConfigError::KeyText };
    assert_eq!(VerifyKey::from_jwk(rsa).err(), Some(refused));
    assert!(matches!(VerifyKey::from_shared_jwk(rsa).err(), Some(ConfigError::WrongKeyKind { .. })));
    // A token by the empty key, for one that has a key of its own.
    let header = r#"{"alg":"HS256","kid":"k2","typ":"JWT"}"#;
    let input = format!("{}.{}", base64url(header.as_bytes()), base64url(claims().to_string().as_bytes()));
    let token = |key: &[u8]| format!("{input}.{}", base64url(&hs256(key, &input)));
    assert!(verify(&shared_verifier(), &token(&bytes(2)), NOW).is_ok());
    assert_eq!(verify(&shared_verifier(), &token(b""), NOW).unwrap_err(), Error::NotAuthentic);
}

/// Also GHSA-869p-cjfg-cm3x.
#[test]
fn ghsa_jc38_x7x8_2xc8_only_the_compact_form_is_read_and_only_its_header() {
    let token = good();
    let [header, payload, signature]: [&str; 3] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
    for text in [
        json!({ "payload": payload, "protected": header, "signature": signature }).to_string(),
        json!({ "payload": payload, "header": { "alg": "EdDSA", "kid": "k1" }, "signature": signature })
            .to_string(),
        json!({ "payload": payload, "signatures": [{ "protected": header, "signature": signature }] })
            .to_string(),
        json!({ "payload": format!("{payload}.x.y"), "protected": header, "signature": signature })
            .to_string(),
    ] {
        assert!(matches!(refused(&text), Error::Malformed), "{text}");
    }
}

#[test]
fn requests_27_a_member_is_there_once() {
    for header in [
        r#"{"alg":"none","alg":"EdDSA","kid":"k1","typ":"JWT"}"#,
        r#"{"alg":"EdDSA","alg":"EdDSA","kid":"k1","typ":"JWT"}"#,
        r#"{"alg":"EdDSA","kid":"k1","typ":"JWT","\u0061lg":"EdDSA"}"#,
        r#"{"alg":"EdDSA","kid":"k1","typ":"JWT","x":{"a":1,"a":1}}"#,
    ] {
        assert_eq!(refused(&forge(header, &claims().to_string())), Error::Malformed, "{header}");
    }
    let claims = claims().to_string();
    for name in REGISTERED.into_iter().chain(["admin", "\\u0061dmin"]) {
        for value in ["null", "1", "\"x\""] {
            let twice = claims.replacen('{', &format!("{{\"{name}\":{value},\"{name}\":{value},"), 1);
            assert_eq!(refused(&forge(HEADER, &twice)), Error::Malformed, "{twice}");
        }
    }
    for value in [r#"{"a":1,"a":2}"#, r#"[{"b":{"a":1,"a":1}}]"#] {
        let payload = claims.replace("true", value);
        assert_eq!(refused(&forge(HEADER, &payload)), Error::Malformed, "{payload}");
    }
}

#[test]
fn requests_27_base64url_is_canonical_and_without_padding_or_space() {
    let token = good();
    let parts: Vec<&str> = token.split('.').collect();
    for at in 0..3 {
        for change in [
            |part: &str| format!("{part}="),
            |part: &str| format!("{part}=="),
            |part: &str| format!(" {part}"),
            |part: &str| format!("{part}\n"),
            |part: &str| format!("{}\t{}", &part[..4], &part[4..]),
            |part: &str| format!("{}+{}", &part[..4], &part[5..]),
            |part: &str| format!("{}/{}", &part[..4], &part[5..]),
            |part: &str| format!("{part}\u{e9}"),
            |part: &str| format!("{part}A"),
            // All texts whose last character differs in the bits that are left over.
            |part: &str| {
                let (rest, last) = part.split_at(part.len() - 1);
                format!("{rest}{}", char::from(last.as_bytes()[0] + 1))
            },
        ] {
            let mut changed: Vec<String> = parts.iter().map(ToString::to_string).collect();
            changed[at] = change(parts[at]);
            let changed = changed.join(".");
            assert!(verify(&verifier(), &changed, NOW).is_err(), "{changed}");
        }
    }
    // Also when it is signed so: the payload of this one has a bit left over.
    let payload = format!("{}{}", claims(), " ".repeat(3 - claims().to_string().len() % 3 + 1));
    let encoded = base64url(payload.as_bytes());
    assert_eq!(encoded.len() % 4, 2);
    let (rest, last) = encoded.split_at(encoded.len() - 1);
    let sign = |payload: &str| {
        let input = format!("{}.{payload}", base64url(HEADER.as_bytes()));
        format!("{input}.{}", base64url(&ed25519(1, &input)))
    };
    assert!(verify(&verifier(), &sign(&encoded), NOW).is_ok());
    let next = char::from(last.as_bytes()[0] + 1);
    assert_eq!(refused(&sign(&format!("{rest}{next}"))), Error::Malformed);
    assert_eq!(refused(&sign(&format!("{encoded}=="))), Error::Malformed);
}

#[test]
fn requests_27_a_key_is_found_by_its_name() {
    let payload = claims().to_string();
    let header = |kid: &str| HEADER.replace("k1", kid);
    for kid in ["k2", "K1", "k1 ", "../k1", &"k".repeat(256)] {
        assert_eq!(refused(&forge(&header(kid), &payload)), Error::UnknownKey, "{kid}");
    }
    for kid in ["", "\\u0000k1", "k1\\n", "\u{e9}", &"k".repeat(257)] {
        assert_eq!(refused(&forge(&header(kid), &payload)), Error::Malformed, "{kid}");
    }
    for kid in ["1", "null", "[\"k1\"]", "{}"] {
        assert_eq!(refused(&forge(&HEADER.replace("\"k1\"", kid), &payload)), Error::Malformed, "{kid}");
    }
    // Without a name: the only key, and none of several.
    let nameless = forge(r#"{"alg":"EdDSA","typ":"JWT"}"#, &payload);
    assert_eq!(untrusted_kid(&nameless), Ok(None));
    assert!(verify(&verifier(), &nameless, NOW).is_ok());
    let two = ring([verify_key(), signing_key(5).verifying_key().into()]);
    assert_eq!(verify(&Verifier::new(two, EXPECT).unwrap(), &nameless, NOW).unwrap_err(), Error::UnknownKey);
    let twice = ring([verify_key(), VerifyKey::from(signing_key(5).verifying_key()).named("k1").unwrap()]);
    assert_eq!(Verifier::new(twice, EXPECT).err(), Some(ConfigError::DuplicateKey));
    for name in ["", "k\n", "\u{e9}", &"k".repeat(257)] {
        assert_eq!(verify_key().named(name).err(), Some(ConfigError::KeyText));
        assert_eq!(sign_key().named(name).err(), Some(ConfigError::KeyText));
    }
}

#[test]
fn requests_27_a_token_is_of_the_type_that_is_expected() {
    let typed = |typ: &str| forge(&HEADER.replace("\"JWT\"", typ), &claims().to_string());
    for typ in ["\"JWT\"", "\"jwt\"", "\"application/jwt\"", "\"Application/JWT\""] {
        assert!(verify(&verifier(), &typed(typ), NOW).is_ok(), "{typ}");
    }
    for typ in
        ["\"at+jwt\"", "\"\"", "\"JWT \"", "\"application/\"", "\"application/application/jwt\"", "\"JOSE\""]
    {
        assert_eq!(refused(&typed(typ)), Error::Policy, "{typ}");
        assert!(verify(&verifier().allow_any_typ(), &typed(typ), NOW).is_ok(), "{typ}");
    }
    let untyped = forge(r#"{"alg":"EdDSA","kid":"k1"}"#, &claims().to_string());
    assert_eq!(refused(&untyped), Error::Policy);
    assert!(verify(&verifier().allow_any_typ(), &untyped, NOW).is_ok());
    assert!(verify(&verifier().typ("logout+jwt"), &typed("\"logout+jwt\""), NOW).is_ok());
    for typ in ["1", "null", "[]"] {
        assert_eq!(refused(&typed(typ)), Error::Malformed, "{typ}");
    }
}

#[test]
fn requests_27_what_is_too_long_is_refused_before_it_is_read() {
    let long = |len: usize| {
        // Base64url grows by a third, so the last bytes are found by trying.
        (0..len)
            .rev()
            .map(|n| forge(HEADER, &with("pad", json!("x".repeat(n)))))
            .find(|token| token.len() <= len)
    };
    let token = long(8192).unwrap();
    assert!(token.len() > 8188 && verify(&verifier(), &token, NOW).is_ok());
    assert_eq!(refused(&format!("{token}{}", "A".repeat(8193 - token.len()))), Error::TooLarge);
    assert_eq!(refused(&".".repeat(8193)), Error::TooLarge);
    let small = verifier().max_len(good().len());
    assert!(verify(&small, &good(), NOW).is_ok());
    assert_eq!(verify(&verifier().max_len(good().len() - 1), &good(), NOW).unwrap_err(), Error::TooLarge);
    // Depth.
    let deep = |levels: usize| {
        with("deep", json!("?")).replace("\"?\"", &format!("{}{}", "[".repeat(levels), "]".repeat(levels)))
    };
    assert!(verify(&verifier(), &forge(HEADER, &deep(16)), NOW).is_ok());
    assert_eq!(refused(&forge(HEADER, &deep(17))), Error::Malformed);
    assert_eq!(refused(&forge(HEADER, &deep(2900))), Error::Malformed);
}

#[test]
fn a_token_that_is_bound_to_a_key_is_no_bearer_token() {
    for cnf in [json!({ "jkt": "x" }), json!({ "x5t#S256": "x" }), json!({})] {
        assert_eq!(refused(&forge(HEADER, &with("cnf", cnf))), Error::Policy);
    }
}

#[test]
fn claims_that_are_not_those_that_are_asked_for_are_refused() {
    #[derive(serde::Deserialize)]
    struct Claims {
        admin: bool,
    }
    let token = verifier().verify::<Claims>(&good(), at(NOW)).unwrap();
    assert!(token.claims().admin);
    for payload in [without("admin"), with("admin", json!("yes"))] {
        let token = forge(HEADER, &payload);
        assert_eq!(verifier().verify::<Claims>(&token, at(NOW)).map(drop), Err(Error::Malformed));
    }
}

/// Every failure can be answered with one status, and none says more than its name.
#[test]
fn requests_30_a_refused_token_is_a_matter_of_401() {
    for (token, error) in [
        (forge(HEADER, &without("exp")), Error::Policy),
        (forge(&HEADER.replace("k1", "k2"), "{}"), Error::UnknownKey),
        (good().replace(&good()[good().len() - 8..], "AAAAAAAA"), Error::NotAuthentic),
    ] {
        assert_eq!((refused(&token), refused(&token).status()), (error, 401));
    }
    assert_eq!(verify(&verifier(), &good(), NOW + 1000).unwrap_err().status(), 401);
}
