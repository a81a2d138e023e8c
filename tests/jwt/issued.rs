// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is issued is verified, by whom and for as long as it says.

use super::*;
use chancery::{
    ConfigError,
    jwt::{Grant, Signer, untrusted_issuer, untrusted_kid},
    replay::MemoryStore,
};
use core::time::Duration;
use serde::{Deserialize, Serialize, de::IgnoredAny};

const HOUR: Duration = Duration::from_secs(3600);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Claims {
    tenant: String,
    roles: Vec<String>,
}

fn acme() -> Claims {
    Claims { tenant: "acme".into(), roles: vec!["reader".into(), "\u{1F511}\"\\".into()] }
}

fn signer(key: impl Into<Keyring<SignKey>>) -> Signer {
    Signer::new(key, ISSUER).unwrap()
}

fn grant() -> Grant {
    Grant::new(AUDIENCE, HOUR)
}

#[test]
fn a_token_of_every_algorithm_gives_back_the_claims_and_who_signed() {
    let long = |hash| MacKey::from_bytes(hash, &[bytes(3), bytes(4)].concat()).unwrap();
    let pairs = [
        ("EdDSA", sign_key(), verify_key()),
        ("HS256", mac_key(2).into(), mac_key(2).into()),
        ("HS384", long(Hash::Sha384).into(), long(Hash::Sha384).into()),
        ("HS512", long(Hash::Sha512).into(), long(Hash::Sha512).into()),
    ];
    for (alg, sign, verify) in pairs {
        assert_eq!((sign.id(), sign.name()), (verify.id(), verify.name()));
        let (id, name) = (sign.id(), sign.name().to_owned());
        let token = signer(sign).issue(&grant().subject("user-17"), &acme(), at(NOW)).unwrap();
        let header: Value = serde_json::from_slice(&header_of(&token)).unwrap();
        assert_eq!(header, json!({ "alg": alg, "kid": name, "typ": "JWT" }));

        let verified = Verifier::new(verify, EXPECT).unwrap().verify::<Claims>(&token, at(NOW)).unwrap();
        assert_eq!(verified.claims(), &acme());
        assert_eq!((verified.subject(), verified.client(), verified.key()), (Some("user-17"), None, id));
        assert_eq!((verified.issued(), verified.expires()), (Some(at(NOW)), at(NOW + 3600)));
        assert_eq!(verified.id().map(str::len), Some(22));
        assert_eq!(verified.into_inner().into_claims(), acme());
    }
}

#[test]
fn a_number_in_a_claim_is_the_one_that_was_signed() {
    // To the last bit, as everybody else reads it; some of 17 digits are not, where they are read the quick way.
    let numbers = [1.5e-300, 0.1 + 0.2, 2.0_f64.sqrt(), f64::MAX, f64::MIN_POSITIVE];
    let token = signer(sign_key()).issue(&grant(), &json!({ "numbers": numbers }), at(NOW)).unwrap();
    let verified = verify(&verifier(), &token, NOW).unwrap();
    let read: Vec<f64> = serde_json::from_value(verified.claims()["numbers"].clone()).unwrap();
    assert_eq!(read.iter().map(|number| number.to_bits()).collect::<Vec<_>>(), numbers.map(f64::to_bits));
}

fn header_of(token: &str) -> Vec<u8> {
    Base64UrlUnpadded::decode_vec(token.split('.').next().unwrap()).unwrap()
}

#[test]
fn no_two_tokens_have_one_name() {
    let signer = signer(sign_key());
    let tokens: Vec<_> = (0..50).map(|_| signer.issue(&grant(), &(), at(NOW)).unwrap()).collect();
    let mut names: Vec<_> = tokens
        .iter()
        .map(|token| verify(&verifier(), token, NOW).unwrap().id().unwrap().to_owned())
        .collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 50);
}

#[test]
fn claims_that_are_no_object_or_are_called_as_ours_are_not_signed() {
    let signer = signer(sign_key());
    for name in ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "client_id", "cnf"] {
        let claims = json!({ "tenant": "acme", name: "x" });
        assert_eq!(signer.issue(&grant(), &claims, at(NOW)), Err(Error::Policy), "{name}");
    }
    for claims in [json!([]), json!("x"), json!(17), json!(true)] {
        assert_eq!(signer.issue(&grant(), &claims, at(NOW)), Err(Error::Malformed), "{claims}");
    }
    assert_eq!(signer.issue(&grant(), &json!({ "a": "x".repeat(8192) }), at(NOW)), Err(Error::TooLarge));
    // What a user has nested is refused here, and not wherever the token is then presented.
    let nested = |levels| json!({ "a": (0..levels).fold(json!(1), |inner, _| json!([inner])) });
    assert!(verify(&verifier(), &signer.issue(&grant(), &nested(16), at(NOW)).unwrap(), NOW).is_ok());
    assert_eq!(signer.issue(&grant(), &nested(17), at(NOW)), Err(Error::Malformed));
    assert_eq!(signer.issue(&Grant::new("", HOUR), &(), at(NOW)), Err(Error::Policy));
    let instant = Grant::new(AUDIENCE, Duration::from_millis(999));
    assert_eq!(signer.issue(&instant, &(), at(NOW)), Err(Error::Policy));
    assert_eq!(Signer::new(sign_key(), "").err(), Some(ConfigError::Scheme));
}

#[test]
fn an_access_token_is_of_its_type_and_complete() {
    let access = Verifier::access_tokens(verify_key(), EXPECT).unwrap();
    let signer = signer(sign_key());
    let token = signer.issue(&grant().access_token("user-17", "web"), &acme(), at(NOW)).unwrap();
    let verified = access.verify::<Claims>(&token, at(NOW)).unwrap();
    assert_eq!((verified.subject(), verified.client()), (Some("user-17"), Some("web")));
    // Neither is taken for the other.
    assert_eq!(verify(&verifier(), &token, NOW).unwrap_err(), Error::Policy);
    let other = signer.issue(&grant().subject("user-17"), &acme(), at(NOW)).unwrap();
    assert_eq!(verify(&access, &other, NOW).unwrap_err(), Error::Policy);
    // RFC 9068, section 2.2: what must be there.
    let header = r#"{"alg":"EdDSA","kid":"k1","typ":"application/AT+JWT"}"#;
    assert!(verify(&access, &forge(header, &with("client_id", json!("web"))), NOW).is_ok());
    for name in ["sub", "iat", "jti", "exp", "iss", "aud"] {
        let mut claims: Value = serde_json::from_str(&with("client_id", json!("web"))).unwrap();
        claims.as_object_mut().unwrap().remove(name).unwrap();
        assert_eq!(
            verify(&access, &forge(header, &claims.to_string()), NOW).unwrap_err(),
            Error::Policy,
            "{name}"
        );
    }
    assert_eq!(verify(&access, &forge(header, &claims().to_string()), NOW).unwrap_err(), Error::Policy);
}

#[test]
fn a_key_is_rotated_without_a_token_that_is_refused() {
    let (old, new) = (signing_key(1), signing_key(5));
    let both = ring([old.verifying_key().into(), new.verifying_key().into()]);
    let verifier = Verifier::new(&both, EXPECT).unwrap();
    let keys = Keyring::new(SignKey::from(old));
    let rotated = keys.rotate(new.into()).unwrap();
    let tokens = [keys, rotated].map(|keys| signer(keys).issue(&grant(), &(), at(NOW)).unwrap());
    let by: Vec<_> = tokens.iter().map(|token| verify(&verifier, token, NOW).unwrap().key()).collect();
    assert_eq!(by, both.ids().collect::<Vec<_>>());
    // Afterwards.
    let new = Verifier::new(VerifyKey::from(signing_key(5).verifying_key()), EXPECT).unwrap();
    assert_eq!(verify(&new, &tokens[0], NOW).unwrap_err(), Error::UnknownKey);
    assert!(verify(&new, &tokens[1], NOW).is_ok());
}

#[test]
fn a_token_for_one_time_is_good_once_for_each_issuer_and_audience() {
    let store = MemoryStore::new(1000);
    let once = |verifier: &Verifier, token: &str, now: u64| {
        verifier
            .verify_once::<IgnoredAny>(token, at(now))
            .and_then(|token| token.claim(&store, at(now)))
            .map(drop)
    };
    let token = good();
    assert_eq!(once(&verifier(), &token, NOW), Ok(()));
    // Also later, to the last second in which it is accepted, and as another text of the same name.
    assert_eq!(once(&verifier(), &token, NOW + 359), Err(Error::Replayed));
    assert_eq!(once(&verifier(), &token, NOW + 360), Err(Error::Expired));
    assert_eq!(once(&verifier(), &forge(HEADER, &with("admin", json!(false))), NOW), Err(Error::Replayed));
    assert_eq!(once(&verifier(), &forge(HEADER, &with("jti", json!("t2"))), NOW), Ok(()));
    assert_eq!(once(&verifier(), &forge(HEADER, &without("jti")), NOW), Err(Error::Policy));
    // The names run not into each other, and another issuer or audience has names of its own.
    for (issuer, audience, jti) in [("i", "au", "t1"), ("ia", "u", "t1"), ("i", "a", "ut1"), ("i", "a", "t1")]
    {
        let verifier = Verifier::new(verify_key(), Expect { issuer, audience }).unwrap();
        let claims = json!({ "iss": issuer, "aud": audience, "jti": jti, "exp": NOW + 300 }).to_string();
        assert_eq!(once(&verifier, &forge(HEADER, &claims), NOW), Ok(()), "{issuer} {audience} {jti}");
    }
    // A bearer token is good again and again.
    assert!(verify(&verifier(), &token, NOW).is_ok());
}

#[test]
fn a_peek_says_what_is_written_and_refuses_what_is_no_token() {
    let mallory = forge(r#"{"alg":"none","kid":"k9"}"#, &with("iss", json!("mallory")));
    assert_eq!(untrusted_kid(&mallory).unwrap().as_deref(), Some("k9"));
    assert_eq!(untrusted_issuer(&mallory).unwrap().as_deref(), Some("mallory"));
    assert_eq!(untrusted_kid(&forge(r#"{"alg":"EdDSA"}"#, "{}")), Ok(None));
    assert_eq!(untrusted_issuer(&forge(HEADER, "{}")), Ok(None));
    assert_eq!(untrusted_issuer(&forge(HEADER, "[]")), Err(Error::Malformed));
    assert_eq!(untrusted_issuer(&forge(HEADER, r#"{"iss":"a","iss":"b"}"#)), Err(Error::Malformed));
    for (text, error) in [("", Error::Malformed), ("a.b", Error::Malformed), ("a.b.c.d.e", Error::Policy)] {
        assert_eq!(untrusted_kid(text), Err(error));
    }
    assert_eq!(untrusted_kid(&"a".repeat(8193)), Err(Error::TooLarge));
}

#[test]
fn nothing_prints_a_key_or_a_claim() {
    let token = verify(&verifier(), &good(), NOW).unwrap();
    let printed = format!("{:?} {:?} {:?}", token, *token, verifier());
    let printed = format!("{printed} {:?} {:?}", sign_key(), SignKey::from(mac_key(2)));
    assert!(!printed.contains("admin") && !printed.contains("user-17"), "{printed}");
    let keys = format!("{:?} {:?}", sign_key(), SignKey::from(mac_key(2)));
    let (ours, shared) = (signing_key(1).id(), mac_key(2).id());
    assert_eq!(keys, format!("SignKey(EdDSA {ours}) SignKey(HS256 {shared})"));
    let proof = chancery::jwt::dpop::Proof { proof: "eyJ", method: "GET", url: "https://a.example/?secret" };
    assert_eq!(format!("{proof:?}"), r#"Proof { method: "GET", .. }"#);
}
