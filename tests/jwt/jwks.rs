// SPDX-License-Identifier: MIT OR Apache-2.0
//! Keys as JSON.

use super::*;
use chancery::{ConfigError, KeyKind};

fn public(seed: u8) -> String {
    base64url(signing_key(seed).verifying_key().as_bytes())
}

fn okp(seed: u8, more: &str) -> String {
    format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{}"{more}}}"#, public(seed))
}

fn set(keys: &[String]) -> String {
    format!(r#"{{"keys":[{}]}}"#, keys.join(","))
}

const fn wrong(expected: KeyKind, found: KeyKind) -> ConfigError {
    ConfigError::WrongKeyKind { expected, found }
}

#[test]
fn what_is_published_is_read_as_the_same_keys() {
    let keys =
        Keyring::new(sign_key()).accept(SignKey::from(signing_key(5)).named("\"\\ 5").unwrap()).unwrap();
    let published = keys.to_jwk_set().unwrap();
    let read = Keyring::from_jwk_set(&published).unwrap();
    let names: Vec<_> = read.iter().map(|key| (key.id(), key.name().to_owned())).collect();
    assert_eq!(names, keys.iter().map(|key| (key.id(), key.name().to_owned())).collect::<Vec<_>>());
    assert_eq!(read.to_jwk_set().unwrap(), published);
    let parsed: Value = serde_json::from_str(&published).unwrap();
    let expected =
        json!({ "kty": "OKP", "crv": "Ed25519", "x": public(1), "kid": "k1", "use": "sig", "alg": "EdDSA" });
    assert_eq!(parsed["keys"][0], expected);
    // No byte of a secret.
    assert!(!published.contains(&base64url(&bytes(1))[..12]));
}

#[test]
fn a_shared_key_is_never_published() {
    let keys = Keyring::new(sign_key()).accept(mac_key(2).into()).unwrap();
    assert_eq!(keys.to_jwk_set().err(), Some(wrong(KeyKind::Verifying, KeyKind::Mac)));
    let shared = VerifyKey::from(mac_key(2));
    assert_eq!((shared.to_jwk(), shared.jwk_thumbprint()), (None, None));
    assert_eq!(
        ring([verify_key(), shared]).to_jwk_set().err(),
        Some(wrong(KeyKind::Verifying, KeyKind::Mac))
    );
}

/// What is published must be a set that is read: one that is not takes every verifier down.
#[test]
fn requests_09_two_keys_of_one_name_are_neither_published_nor_signed_with() {
    let named = |seed| SignKey::from(signing_key(seed)).named("k1").unwrap();
    let keys = || Keyring::new(named(1)).accept(named(5)).unwrap();
    assert_eq!(keys().to_jwk_set(), Err(ConfigError::DuplicateKey));
    let public = ring([1, 5].map(|seed| named(seed).verify_key().unwrap()));
    assert_eq!(public.to_jwk_set(), Err(ConfigError::DuplicateKey));
    let signer = chancery::jwt::Signer::new(keys(), ISSUER);
    assert_eq!(signer.err(), Some(ConfigError::DuplicateKey));
}

#[test]
fn a_secret_is_no_public_key_and_a_public_key_no_secret() {
    let secret = okp(1, &format!(r#","d":"{}""#, base64url(&bytes(1))));
    let oct = format!(r#"{{"kty":"oct","k":"{}","alg":"HS256"}}"#, base64url(&bytes(2)));
    assert_eq!(VerifyKey::from_jwk(&secret).err(), Some(wrong(KeyKind::Verifying, KeyKind::Signing)));
    assert_eq!(VerifyKey::from_jwk(&oct).err(), Some(wrong(KeyKind::Verifying, KeyKind::Mac)));
    assert_eq!(SignKey::from_jwk(&okp(1, "")).err(), Some(wrong(KeyKind::Signing, KeyKind::Verifying)));
    assert_eq!(VerifyKey::from_shared_jwk(&okp(1, "")).err(), Some(wrong(KeyKind::Mac, KeyKind::Verifying)));
    assert_eq!(VerifyKey::from_shared_jwk(&secret).err(), Some(wrong(KeyKind::Mac, KeyKind::Signing)));
    for mixed in [secret.clone(), oct.clone()] {
        assert!(matches!(
            Keyring::from_jwk_set(&set(&[okp(5, ""), mixed])).err(),
            Some(ConfigError::WrongKeyKind { .. })
        ));
    }
    // Also of a type that is not known here.
    for secret in [r#""kty":"RSA","n":"AQAB","e":"AQAB","p":"AA""#, r#""kty":"AKP","pub":"AA","priv":"AA""#] {
        assert_eq!(
            Keyring::from_jwk_set(&set(&[okp(5, ""), format!("{{{secret}}}")])).err(),
            Some(wrong(KeyKind::Verifying, KeyKind::Signing))
        );
    }
    assert_eq!(SignKey::from_jwk(&secret).unwrap().id(), signing_key(1).id());
    assert_eq!(SignKey::from_jwk(&oct).unwrap().id(), mac_key(2).id());
    assert_eq!(VerifyKey::from_shared_jwk(&oct).unwrap().id(), mac_key(2).id());
    // RUSTSEC-2022-0093: a seed with the public key of another.
    let other = secret.replace(&public(1), &public(5));
    assert_eq!(SignKey::from_jwk(&other).err(), Some(ConfigError::KeyText));
}

#[test]
fn requests_09_only_oct_is_a_shared_key_whatever_members_another_type_has() {
    let shared = |kty: &str| format!(r#"{{{kty}"k":"{}","alg":"HS256"}}"#, base64url(&bytes(2)));
    assert!(VerifyKey::from_shared_jwk(&shared(r#""kty":"oct","#)).is_ok());
    let okp = format!(r#""kty":"OKP","crv":"Ed25519","x":"{}","#, public(1));
    for kty in [&okp, r#""kty":"RSA","n":"AQAB","e":"AQAB","#, r#""kty":"EC","#, r#""kty":"OCT","#, ""] {
        let jwk = shared(kty);
        assert_eq!(VerifyKey::from_shared_jwk(&jwk).err(), Some(ConfigError::KeyText), "{jwk}");
        assert_eq!(SignKey::from_jwk(&jwk).err(), Some(ConfigError::KeyText), "{jwk}");
        // It is still a secret where a public key is asked for.
        assert_eq!(VerifyKey::from_jwk(&jwk).err(), Some(wrong(KeyKind::Verifying, KeyKind::Mac)), "{jwk}");
    }
}

#[test]
fn a_key_is_for_one_use_and_of_one_algorithm() {
    for good in
        ["", r#","use":"sig""#, r#","alg":"EdDSA""#, r#","alg":"Ed25519""#, r#","key_ops":["sign","verify"]"#]
    {
        assert!(VerifyKey::from_jwk(&okp(1, good)).is_ok(), "{good}");
    }
    for bad in [
        r#","use":"enc""#,
        r#","alg":"ES256""#,
        r#","alg":"HS256""#,
        r#","alg":"ECDH-ES""#,
        r#","key_ops":["sign"]"#,
        r#","key_ops":[]"#,
    ] {
        assert_eq!(VerifyKey::from_jwk(&okp(1, bad)).err(), Some(ConfigError::Suite), "{bad}");
    }
    // Bytes are a key of no algorithm.
    let oct = |alg: &str| format!(r#"{{"kty":"oct","k":"{}"{alg}}}"#, base64url(&bytes(2)));
    for alg in ["", r#","alg":"A256GCM""#, r#","alg":"dir""#, r#","alg":"hs256""#] {
        assert_eq!(SignKey::from_jwk(&oct(alg)).err(), Some(ConfigError::Suite), "{alg}");
    }
    for alg in ["HS384", "HS512"] {
        assert_eq!(
            SignKey::from_jwk(&oct(&format!(r#","alg":"{alg}""#))).err(),
            Some(ConfigError::WeakKey),
            "{alg}"
        );
    }
}

/// Of a key that is short: with RSA it is weak, and without it is of a type that is not known.
const RSA: ConfigError = if cfg!(feature = "rsa") { ConfigError::WeakKey } else { ConfigError::KeyText };

#[test]
fn what_is_no_key_is_refused() {
    let x = public(1);
    for (text, error) in [
        (String::new(), ConfigError::KeyText),
        ("[]".into(), ConfigError::KeyText),
        ("{}".into(), ConfigError::KeyText),
        (okp(1, "").replace("OKP", "okp"), ConfigError::KeyText),
        (okp(1, "").replace("Ed25519", "X25519"), ConfigError::KeyText),
        (okp(1, "").replace("Ed25519", "Ed448"), ConfigError::KeyText),
        (okp(1, "").replace(&x, &format!("{x}=")), ConfigError::KeyText),
        (okp(1, "").replace(&x, &x[..42]), ConfigError::KeyText),
        (okp(1, "").replace(&x, &x[..40]), ConfigError::WeakKey),
        // The identity, of small order.
        (okp(1, "").replace(&x, &base64url(&[&[1_u8][..], &[0; 31]].concat())), ConfigError::WeakKey),
        (okp(1, r#","kid":"""#), ConfigError::KeyText),
        (okp(1, r#","x":"AA""#), ConfigError::KeyText),
        (okp(1, r#","kid":7"#), ConfigError::KeyText),
        (okp(1, &format!(r#","pad":"{}""#, "x".repeat(16 * 1024))), ConfigError::KeyText),
        (r#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#.into(), RSA),
    ] {
        assert_eq!(VerifyKey::from_jwk(&text).err(), Some(error), "{text:.200}");
    }
}

#[cfg(feature = "p256")]
#[test]
fn a_p256_key_has_a_point_of_the_curve_and_both_coordinates_whole() {
    use p256::ecdsa::SigningKey;

    let point = SigningKey::from_slice(&bytes(6)).unwrap().verifying_key().to_sec1_point(false);
    let (x, y) = (base64url(&point.as_bytes()[1..33]), base64url(&point.as_bytes()[33..]));
    let ec = |x: &str, y: &str| format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}","kid":"k6"}}"#);
    let key = VerifyKey::from_jwk(&ec(&x, &y)).unwrap();
    let expected =
        json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": "k6", "use": "sig", "alg": "ES256" });
    assert_eq!(serde_json::from_str::<Value>(&key.to_jwk().unwrap()).unwrap(), expected);
    assert_eq!(VerifyKey::from_jwk(&key.to_jwk().unwrap()).unwrap().id(), key.id());
    for bad in [ec(&y, &x), ec(&x, &x), ec(&x, ""), ec("", &y), ec(&x[..40], &y)] {
        assert_eq!(VerifyKey::from_jwk(&bad).err(), Some(ConfigError::WeakKey), "{bad}");
    }
    // 31 and 33 bytes, which are a point together.
    let whole = &point.as_bytes()[1..];
    let split = |at: usize| ec(&base64url(&whole[..at]), &base64url(&whole[at..]));
    assert!(VerifyKey::from_jwk(&split(32)).is_ok());
    for at in [31, 33] {
        assert_eq!(VerifyKey::from_jwk(&split(at)).err(), Some(ConfigError::WeakKey));
    }
    for (from, to) in [("P-256", "P-384"), ("P-256", "Ed25519"), ("EC", "OKP"), ("EC", "RSA")] {
        assert_eq!(VerifyKey::from_jwk(&ec(&x, &y).replace(from, to)).err(), Some(ConfigError::KeyText));
    }
}

#[test]
fn a_set_is_its_keys_that_can_be_used_here() {
    let named = |seed, kid: &str, more: &str| okp(seed, &format!(r#","kid":"{kid}"{more}"#));
    let read = |keys: &[String]| Keyring::from_jwk_set(&set(keys));
    let rsa = r#"{"kty":"RSA","n":"AQAB","e":"AQAB","kid":"r","x5c":["MII"]}"#.to_owned();
    let keys = [rsa.clone(), named(1, "a", ""), named(5, "b", r#","use":"enc""#), named(7, "c", "")];
    assert_eq!(read(&keys).unwrap().iter().map(VerifyKey::name).collect::<Vec<_>>(), ["a", "c"]);
    for none in [vec![], vec![rsa], vec![named(1, "a", r#","alg":"ES512""#)]] {
        assert_eq!(read(&none).err(), Some(ConfigError::NoSuchKey));
    }
    for twice in [[named(1, "a", ""), named(5, "a", "")], [named(1, "a", ""), named(1, "b", "")]] {
        assert_eq!(read(&twice).err(), Some(ConfigError::DuplicateKey));
    }
    for text in
        ["", "{}", "[]", r#"{"keys":{}}"#, r#"{"keys":[1]}"#, r#"{"keys":[],"keys":[]}"#, r#"{"keys":null}"#]
    {
        assert_eq!(Keyring::from_jwk_set(text).err(), Some(ConfigError::KeyText), "{text}");
    }
    let many: Vec<_> = (0..65).map(|seed| okp(seed, "")).collect();
    assert_eq!(read(&many[..64]).unwrap().iter().count(), 64);
    assert_eq!(read(&many).err(), Some(ConfigError::Limit));
    let long = format!(r#"{{"keys":[{}],"pad":"{}"}}"#, okp(1, ""), "x".repeat(128 * 1024));
    assert_eq!(Keyring::from_jwk_set(&long).err(), Some(ConfigError::Limit));
}

#[test]
fn requests_28_a_set_of_more_than_64_keys_is_none_whatever_they_are() {
    let strange = |count: usize| [vec![okp(1, "")], vec!["{}".into(); count]].concat();
    assert_eq!(Keyring::from_jwk_set(&set(&strange(63))).unwrap().iter().count(), 1);
    for count in [64, 40_000] {
        assert_eq!(Keyring::from_jwk_set(&set(&strange(count))).err(), Some(ConfigError::Limit));
    }
}
