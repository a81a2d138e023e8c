// SPDX-License-Identifier: MIT OR Apache-2.0
//! Webhooks of Plaid, whose signature is a token.

use super::*;
use chancery::{
    ConfigError,
    jwt::{plaid, untrusted_kid},
    replay::MemoryStore,
};
use es256::{D, X, Y};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};

const KID: &str = "bfbd5111-8e33-4643-8ced-b2e642a72f3c";
const BODY: &[u8] = br#"{"webhook_type": "TRANSACTIONS","webhook_code": "SYNC_UPDATES_AVAILABLE"}"#;
const HASH: &str = "292844e4c1ac10d477253c5db4fac877d7241d4dfccf0c08e1b635208bd81700";
/// Of `BODY` at `NOW`, with the key of RFC 7515, appendix A.3, signed with RFC 6979 by the package `cryptography` for Python.
const TOKEN: &str = "eyJhbGciOiJFUzI1NiIsImtpZCI6ImJmYmQ1MTExLThlMzMtNDY0My04Y2VkLWIyZTY0MmE3MmYzYyIsInR5cCI6IkpXVCJ9.eyJpYXQiOjE3OTAwMDAwMDAsInJlcXVlc3RfYm9keV9zaGEyNTYiOiIyOTI4NDRlNGMxYWMxMGQ0NzcyNTNjNWRiNGZhYzg3N2Q3MjQxZDRkZmNjZjBjMDhlMWI2MzUyMDhiZDgxNzAwIn0.-N-Ob9U-QKkjqziHgRwyKZ5wzyv_DNz-cGn69XnCWxDtA6XjNHQV7DGHhQZKhht7DcuuMZtu4A1NagjsKcPrHg";

/// As Plaid's endpoint gives it.
fn key() -> VerifyKey {
    let jwk = json!({ "alg": "ES256", "created_at": 1_560_466_950, "crv": "P-256", "expired_at": null,
        "kid": KID, "kty": "EC", "use": "sig", "x": X, "y": Y });
    VerifyKey::from_jwk(&jwk.to_string()).unwrap()
}

fn verifier() -> plaid::Verifier {
    plaid::Verifier::new(key()).unwrap()
}

fn sign(header: &Value, claims: &Value) -> String {
    let key = SigningKey::from_slice(&Base64UrlUnpadded::decode_vec(D).unwrap()).unwrap();
    let input =
        format!("{}.{}", base64url(header.to_string().as_bytes()), base64url(claims.to_string().as_bytes()));
    let signature: Signature = key.sign(input.as_bytes());
    format!("{input}.{}", base64url(&signature.to_bytes()))
}

fn header() -> Value {
    json!({ "alg": "ES256", "kid": KID, "typ": "JWT" })
}

fn claims() -> Value {
    json!({ "iat": NOW, "request_body_sha256": HASH })
}

#[track_caller]
fn refused(token: &str, body: &[u8], now: u64) -> Error {
    verifier().verify(token, body, at(now)).map(drop).expect_err(token)
}

#[test]
fn a_webhook_gives_the_bytes_that_were_signed_once_for_each_token() {
    // What is signed here is what others sign.
    assert_eq!(sign(&header(), &claims()), TOKEN);
    assert_eq!(untrusted_kid(TOKEN).unwrap().as_deref(), Some(KID));
    let store = MemoryStore::new(10);
    let claim =
        |token: &str, now: u64| verifier().verify(token, BODY, at(now)).unwrap().claim(&store, at(now));
    let delivery = claim(TOKEN, NOW).unwrap();
    assert_eq!((delivery.body(), delivery.timestamp(), delivery.key()), (BODY, at(NOW), key().id()));
    assert_eq!(
        format!("{:?}", *delivery),
        format!("Delivery {{ key: {:?}, timestamp: {:?}, .. }}", key().id(), at(NOW))
    );
    assert_eq!(delivery.into_inner().into_body(), BODY);
    assert_eq!(claim(TOKEN, NOW + 300).err(), Some(Error::Replayed));
    // Of an ECDSA signature anybody makes a second one.
    let (input, signature) = TOKEN.rsplit_once('.').unwrap();
    let (r, s) =
        Signature::from_slice(&Base64UrlUnpadded::decode_vec(signature).unwrap()).unwrap().split_scalars();
    let other = Signature::from_scalars(r.to_bytes(), (-*s).to_bytes()).unwrap();
    assert_eq!(claim(&format!("{input}.{}", base64url(&other.to_bytes())), NOW).err(), Some(Error::Replayed));
    // Sent again, it is another one.
    let again = sign(&header(), &json!({ "iat": NOW + 10, "request_body_sha256": HASH }));
    assert!(claim(&again, NOW + 10).is_ok());
}

#[test]
fn a_webhook_is_taken_for_five_minutes_and_by_a_clock_that_is_a_minute_off() {
    for (now, error) in [
        (NOW - 61, Some(Error::NotYetValid)),
        (NOW - 60, None),
        (NOW + 300, None),
        (NOW + 301, Some(Error::Expired)),
    ] {
        assert_eq!(verifier().verify(TOKEN, BODY, at(now)).err(), error, "{now}");
    }
    for iat in [0, u64::MAX] {
        assert!(
            verifier()
                .verify(&sign(&header(), &json!({ "iat": iat, "request_body_sha256": HASH })), BODY, at(NOW))
                .is_err()
        );
    }
}

#[test]
fn another_body_is_refused() {
    let mut changed = BODY.to_vec();
    for at in 0..changed.len() {
        changed[at] ^= 1;
        assert_eq!(refused(TOKEN, &changed, NOW), Error::NotAuthentic);
        changed[at] ^= 1;
    }
    for body in [&BODY[1..], b"", &[BODY, b"\n"].concat()] {
        assert_eq!(refused(TOKEN, body, NOW), Error::NotAuthentic);
    }
    for hash in [&HASH[..63], "", &HASH.to_uppercase(), &format!("{HASH} "), &HASH[..32]] {
        let token = sign(&header(), &json!({ "iat": NOW, "request_body_sha256": hash }));
        assert_eq!(refused(&token, BODY, NOW), Error::NotAuthentic, "{hash}");
    }
}

#[test]
fn a_claim_that_is_missing_or_of_another_type_is_refused() {
    for (claims, error) in [
        (json!({ "request_body_sha256": HASH }), Error::Policy),
        (json!({ "iat": NOW }), Error::Policy),
        (json!({}), Error::Policy),
        (json!([]), Error::Malformed),
        (json!({ "iat": NOW.to_string(), "request_body_sha256": HASH }), Error::Malformed),
        (json!({ "iat": null, "request_body_sha256": HASH }), Error::Malformed),
        (json!({ "iat": NOW, "request_body_sha256": 7 }), Error::Malformed),
    ] {
        assert_eq!(refused(&sign(&header(), &claims), BODY, NOW), error, "{claims}");
    }
}

#[test]
fn only_es256_by_the_named_key_is_a_signature() {
    for (name, value, error) in [
        ("alg", json!("none"), Error::Policy),
        ("alg", json!("HS256"), Error::Policy),
        ("alg", json!("ES384"), Error::Policy),
        ("kid", json!("another"), Error::UnknownKey),
        ("typ", json!("at+jwt"), Error::Policy),
        ("jwk", json!({ "kty": "EC", "crv": "P-256", "x": X, "y": Y }), Error::Policy),
        ("crit", json!(["exp"]), Error::Policy),
    ] {
        let mut header = header();
        header[name] = value;
        assert_eq!(refused(&sign(&header, &claims()), BODY, NOW), error, "{header}");
    }
    for at in 0..TOKEN.len() {
        let mut changed = TOKEN.as_bytes().to_vec();
        changed[at] ^= 1;
        refused(str::from_utf8(&changed).unwrap(), BODY, NOW);
    }
    assert_eq!(refused(&"a".repeat(8193), BODY, NOW), Error::TooLarge);
    // Nor is it a token of anybody's, though the key is right.
    let tokens = Verifier::new(key(), EXPECT).unwrap();
    assert_eq!(verify(&tokens, TOKEN, NOW).unwrap_err(), Error::Policy);
    for other in [verify_key(), mac_key(2).into()] {
        assert_eq!(plaid::Verifier::new(other).err(), Some(ConfigError::Suite));
    }
    let twice = ring([key(), VerifyKey::p256_from_sec1(&point()).unwrap().named(KID).unwrap()]);
    assert_eq!(plaid::Verifier::new(twice).err(), Some(ConfigError::DuplicateKey));
}

fn point() -> Vec<u8> {
    SigningKey::from_slice(&bytes(6)).unwrap().verifying_key().to_sec1_point(false).as_bytes().to_vec()
}
