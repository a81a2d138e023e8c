// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tokens: what is issued is verified, and whatever else arrives is refused.
//!
//! Tokens that no signer of ours makes are forged here with the keys that everybody has.

mod battery;
mod dpop;
#[cfg(feature = "p256")]
mod es256;
mod issued;
mod jwks;
#[cfg(feature = "p256")]
mod plaid;
mod recipients;
mod refused;
#[cfg(feature = "rsa")]
mod rfc7515;
#[cfg(feature = "rsa")]
mod rsa;
#[cfg(feature = "axum")]
mod served;

use base64ct::{Base64UrlUnpadded, Encoding};
use chancery::{
    Error, Key, Keyring, UnixTime, Verified,
    jwt::{Expect, SignKey, Token, Verifier, VerifyKey},
    mac::{Hash, MacKey},
    signing::SigningKey,
};
use ed25519_dalek::Signer as _;
use hmac::{KeyInit, Mac};
use serde_json::{Value, json};

/// That of the examples of RFC 7515: `{"iss":"joe", "exp":1300819380, "http://example.com/is_root":true}`.
#[cfg(any(feature = "p256", feature = "rsa"))]
const PAYLOAD: &str =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

const NOW: u64 = 1_790_000_000;
const ISSUER: &str = "https://id.example.com";
const AUDIENCE: &str = "orders.example.com";
const EXPECT: Expect<'static> = Expect { issuer: ISSUER, audience: AUDIENCE };

const fn at(seconds: u64) -> UnixTime {
    UnixTime::from_secs(seconds)
}

fn bytes(seed: u8) -> [u8; 32] {
    core::array::from_fn(|i| seed.wrapping_add(u8::try_from(i).unwrap().wrapping_mul(7)))
}

fn signing_key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&bytes(seed)).unwrap()
}

fn mac_key(seed: u8) -> MacKey {
    MacKey::from_bytes(Hash::Sha256, &bytes(seed)).unwrap()
}

/// The Ed25519 key that the good tokens of these tests are signed with.
fn verify_key() -> VerifyKey {
    VerifyKey::from(signing_key(1).verifying_key()).named("k1").unwrap()
}

fn sign_key() -> SignKey {
    SignKey::from(signing_key(1)).named("k1").unwrap()
}

fn verifier() -> Verifier {
    Verifier::new(verify_key(), EXPECT).unwrap()
}

/// One for HS256 with the key of seed 2, named `k2`.
fn shared_verifier() -> Verifier {
    Verifier::new(VerifyKey::from(mac_key(2)).named("k2").unwrap(), EXPECT).unwrap()
}

fn base64url(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// The claims of a good token.
fn claims() -> Value {
    json!({ "iss": ISSUER, "aud": AUDIENCE, "sub": "user-17", "iat": NOW, "exp": NOW + 300, "jti": "t1", "admin": true })
}

/// The same with another value in place of, or beside them.
fn with(name: &str, value: Value) -> String {
    let mut claims = claims();
    claims[name] = value;
    claims.to_string()
}

fn without(name: &str) -> String {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name).unwrap();
    claims.to_string()
}

fn ed25519(seed: u8, input: &str) -> Vec<u8> {
    ed25519_dalek::SigningKey::from_bytes(&bytes(seed)).sign(input.as_bytes()).to_bytes().to_vec()
}

fn hs256(key: &[u8], input: &str) -> Vec<u8> {
    let mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(key).unwrap();
    mac.chain_update(input.as_bytes()).finalize().into_bytes().to_vec()
}

/// A token of these texts, signed with the key of seed 1 whatever they say.
fn forge(header: &str, payload: &str) -> String {
    let input = format!("{}.{}", base64url(header.as_bytes()), base64url(payload.as_bytes()));
    let signature = base64url(&ed25519(1, &input));
    format!("{input}.{signature}")
}

const HEADER: &str = r#"{"alg":"EdDSA","kid":"k1","typ":"JWT"}"#;

fn good() -> String {
    forge(HEADER, &claims().to_string())
}

fn verify(verifier: &Verifier, token: &str, now: u64) -> Result<Verified<Token<Value>>, Error> {
    verifier.verify(token, at(now))
}

#[track_caller]
fn refused(token: &str) -> Error {
    verify(&verifier(), token, NOW).expect_err(token)
}

fn ring(keys: impl IntoIterator<Item = VerifyKey>) -> Keyring<VerifyKey> {
    let mut keys = keys.into_iter();
    let first = Keyring::new(keys.next().unwrap());
    keys.fold(first, |ring, key| ring.accept(key).unwrap())
}

#[test]
fn the_token_that_is_changed_in_these_tests_is_good() {
    let token = verify(&verifier(), &good(), NOW).unwrap();
    assert_eq!(token.claims()["admin"], true);
    assert_eq!(
        (token.subject(), token.id(), token.key()),
        (Some("user-17"), Some("t1"), signing_key(1).id())
    );
}
