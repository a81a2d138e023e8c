// SPDX-License-Identifier: MIT OR Apache-2.0
//! ES256 signed by us, for peers that do not have Ed25519.

use super::*;
use chancery::{
    ConfigError, KeyKind,
    jwt::{
        Grant, Signer,
        dpop::{Proof, Prover},
    },
    signing::P256SigningKey,
};
use core::time::Duration;

// The key of RFC 7515, appendix A.3.
pub(crate) const X: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
pub(crate) const Y: &str = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
pub(crate) const D: &str = "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI";
/// Of `{"alg":"ES256"}` and the payload.
const SIGNATURE: &str =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

/// The key with these members more.
fn jwk(more: &str) -> String {
    format!(r#"{{"kty":"EC","crv":"P-256","x":"{X}","y":"{Y}"{more}}}"#)
}

fn secret() -> Vec<u8> {
    Base64UrlUnpadded::decode_vec(D).unwrap()
}

#[test]
fn the_token_of_rfc_7515_is_by_its_key() {
    // It has no audience, and so is none for us: that is found after the signature.
    let verifier = Verifier::new(VerifyKey::from_jwk(&jwk("")).unwrap(), EXPECT).unwrap().allow_any_typ();
    let checked = |signature: &str| {
        verify(&verifier, &format!("eyJhbGciOiJFUzI1NiJ9.{PAYLOAD}.{signature}"), NOW).unwrap_err()
    };
    assert_eq!(checked(SIGNATURE), Error::Policy);
    assert_eq!(checked(&SIGNATURE.replace("DtEh", "DtEi")), Error::NotAuthentic);
}

#[test]
fn what_is_signed_here_others_verify() {
    use p256::ecdsa::{Signature, SigningKey, signature::Verifier as _};

    let key = || SignKey::from(P256SigningKey::from_bytes(&secret()).unwrap());
    let grant = Grant::new(AUDIENCE, Duration::from_secs(60));
    let token = Signer::new(key(), ISSUER).unwrap().issue(&grant, &(), at(NOW)).unwrap();
    let (input, signature) = token.rsplit_once('.').unwrap();
    let signature = Signature::from_slice(&Base64UrlUnpadded::decode_vec(signature).unwrap()).unwrap();
    let theirs = SigningKey::from_slice(&secret()).unwrap();
    assert!(theirs.verifying_key().verify(input.as_bytes(), &signature).is_ok());
    let public = key().verify_key().unwrap();
    assert_eq!((public.id(), public.name()), (key().id(), key().name()));
    let verifier = Verifier::new(public, EXPECT).unwrap();
    assert!(verify(&verifier, &token, NOW).is_ok());
    // And a client proves that it has such a key.
    let client = Prover::p256(P256SigningKey::from_bytes(&secret()).unwrap());
    let text = client.prove("GET", "https://a.example/", None, at(NOW)).unwrap();
    let proof = Proof { proof: &text, method: "GET", url: "https://a.example/" };
    assert!(proof.verify(at(NOW)).is_ok());
}

#[test]
fn a_secret_key_is_read_from_its_jwk_with_the_public_key_that_belongs_to_it() {
    let with_secret = |d: &str| jwk(&format!(r#","d":"{d}","kid":"e""#));
    let key = SignKey::from_jwk(&with_secret(D)).unwrap();
    assert_eq!((key.name(), key.id()), ("e", P256SigningKey::from_bytes(&secret()).unwrap().id()));
    assert_eq!(format!("{key:?}"), format!("SignKey(ES256 {})", key.id()));
    let public = key.verify_key().unwrap();
    let expected =
        json!({ "kty": "EC", "crv": "P-256", "x": X, "y": Y, "kid": "e", "use": "sig", "alg": "ES256" });
    assert_eq!(serde_json::from_str::<Value>(&public.to_jwk().unwrap()).unwrap(), expected);
    // A public key of another secret, none, and a secret that is none.
    assert_eq!(SignKey::from_jwk(&with_secret(&base64url(&bytes(6)))).err(), Some(ConfigError::KeyText));
    let half = with_secret(D).replace(r#""y""#, r#""z""#);
    assert_eq!(SignKey::from_jwk(&half).err(), Some(ConfigError::KeyText));
    for weak in [
        "",
        &base64url(&[0; 32]),
        &base64url(&[0xFF; 32]),
        &D[..40],
        &base64url(&[&[0], &secret()[..]].concat()),
    ] {
        assert_eq!(SignKey::from_jwk(&with_secret(weak)).err(), Some(ConfigError::WeakKey), "{weak}");
    }
    for (more, error) in [
        (r#","alg":"ES384""#, ConfigError::Suite),
        (r#","use":"enc""#, ConfigError::Suite),
        (r#","key_ops":["verify"]"#, ConfigError::Suite),
    ] {
        let text = with_secret(D).replace('}', more) + "}";
        assert_eq!(SignKey::from_jwk(&text).err(), Some(error), "{more}");
    }
    let wrong = ConfigError::WrongKeyKind { expected: KeyKind::Verifying, found: KeyKind::Signing };
    assert_eq!(VerifyKey::from_jwk(&with_secret(D)).err(), Some(wrong));
    assert_eq!(Keyring::from_jwk_set(&format!(r#"{{"keys":[{}]}}"#, with_secret(D))).err(), Some(wrong));
}

#[test]
fn a_key_has_a_text_and_its_public_half_is_what_others_import() {
    let key = P256SigningKey::from_bytes(&secret()).unwrap();
    let text = key.to_secret_text();
    let text = text.expose_secret();
    assert!(text.starts_with("chn_sk_signing_"));
    assert_eq!(text.parse::<P256SigningKey>().unwrap().id(), key.id());
    // None of the other algorithm, either way.
    assert_eq!(text.parse::<SigningKey>().err(), Some(ConfigError::KeyText));
    let ed25519 = signing_key(1).to_secret_text();
    assert_eq!(ed25519.expose_secret().parse::<P256SigningKey>().err(), Some(ConfigError::KeyText));
    let public = VerifyKey::p256_from_spki(&key.public_spki()).unwrap();
    assert_eq!(
        (public.id(), public.jwk_thumbprint()),
        (key.id(), VerifyKey::from_jwk(&jwk("")).unwrap().jwk_thumbprint())
    );
    // The order of the group, and what is above it.
    let order = hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    let below = hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550");
    assert!(P256SigningKey::from_bytes(&below).is_ok());
    for weak in [&order[..], &[0; 32], &[1; 32], &[0xFF; 32], &secret()[1..], &[]] {
        assert_eq!(P256SigningKey::from_bytes(weak).err(), Some(ConfigError::WeakKey));
    }
    assert_eq!(format!("{key:?}"), format!("P256SigningKey({})", key.id()));
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}
