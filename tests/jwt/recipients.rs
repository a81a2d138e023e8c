// SPDX-License-Identifier: MIT OR Apache-2.0
//! Recipients of sealed messages as JWK, alone and in the set that an issuer publishes.

use super::*;
use chancery::{
    ConfigError, KeyKind,
    hpke::{Identity, Recipient, Suite},
};

const SUITE: Suite = Suite::X25519Aes256Gcm;
/// RFC 8037, appendix A.6.
const X: &str = "3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08";

fn okp(more: &str) -> String {
    format!(r#"{{"kty":"OKP","crv":"X25519","x":"{X}","kid":"Bob"{more}}}"#)
}

fn set(keys: &[String]) -> String {
    format!(r#"{{"keys":[{}]}}"#, keys.join(","))
}

fn read(json: &str) -> Result<Recipient, ConfigError> {
    Recipient::from_jwk(SUITE, json)
}

fn identity(seed: u8) -> Identity {
    Identity::from_bytes(SUITE, &bytes(seed)).unwrap()
}

#[test]
fn what_is_published_is_read_as_the_same_recipient() {
    let recipient = identity(1).recipient();
    let jwk = recipient.to_jwk().unwrap();
    let thumbprint = recipient.jwk_thumbprint().unwrap();
    let expected = json!({ "kty": "OKP", "crv": "X25519", "x": base64url(recipient.as_bytes()), "kid": thumbprint, "use": "enc" });
    assert_eq!(serde_json::from_str::<Value>(&jwk).unwrap(), expected);
    assert_eq!(read(&jwk).unwrap(), recipient);
    // The suite is what was agreed on.
    let other = Recipient::from_jwk(Suite::X25519ChaCha20Poly1305, &jwk).unwrap();
    assert_eq!((other.as_bytes(), other.suite()), (recipient.as_bytes(), Suite::X25519ChaCha20Poly1305));
    assert_ne!(other.id(), recipient.id());
    assert_eq!(base64url(read(&okp("")).unwrap().as_bytes()), X);
}

#[test]
fn the_thumbprint_is_that_of_its_members() {
    use sha2::{Digest, Sha256};

    let members = format!(r#"{{"crv":"X25519","kty":"OKP","x":"{X}"}}"#);
    assert_eq!(
        read(&okp("")).unwrap().jwk_thumbprint(),
        Some(base64url(&Sha256::digest(members.as_bytes())))
    );
}

#[test]
fn a_key_for_something_else_is_no_recipient() {
    for (text, error) in [
        (okp(r#","use":"sig""#), ConfigError::Suite),
        (okp(r#","alg":"ECDH-ES""#), ConfigError::Suite),
        (okp(r#","alg":"ECDH-ES+A256KW""#), ConfigError::Suite),
        (okp(r#","key_ops":["deriveBits"]"#), ConfigError::Suite),
        (okp("").replace("X25519", "Ed25519"), ConfigError::KeyText),
        (okp("").replace("X25519", "X448"), ConfigError::KeyText),
        (okp("").replace("OKP", "EC"), ConfigError::KeyText),
        (okp("").replace(X, &X[..40]), ConfigError::WeakKey),
        (okp("").replace(X, &format!("{X}=")), ConfigError::KeyText),
        // Of small order.
        (okp("").replace(X, &base64url(&[0; 32])), ConfigError::WeakKey),
        (okp("").replace(r#""x""#, r#""z""#), ConfigError::KeyText),
        ("{}".into(), ConfigError::KeyText),
        (okp("") + " x", ConfigError::KeyText),
    ] {
        assert_eq!(read(&text).err(), Some(error), "{text}");
    }
    for good in ["", r#","use":"enc""#, r#","key_ops":["encrypt"]"#] {
        assert!(read(&okp(good)).is_ok(), "{good}");
    }
    let wrong = |found| ConfigError::WrongKeyKind { expected: KeyKind::Recipient, found };
    assert_eq!(
        read(&okp(&format!(r#","d":"{}""#, base64url(&bytes(1))))).err(),
        Some(wrong(KeyKind::Signing))
    );
    assert_eq!(read(&okp(r#","k":"AA""#)).err(), Some(wrong(KeyKind::Mac)));
}

#[test]
fn a_set_has_the_recipient_of_a_name_beside_the_keys_of_tokens() {
    let signing = verify_key().to_jwk().unwrap();
    let both = set(&[signing.clone(), okp(r#","use":"enc""#), identity(1).recipient().to_jwk().unwrap()]);
    let named = |json: &str, kid: &str| Recipient::from_jwk_set(SUITE, json, kid);
    assert_eq!(named(&both, "Bob").unwrap(), read(&okp("")).unwrap());
    let thumbprint = identity(1).recipient().jwk_thumbprint().unwrap();
    assert_eq!(named(&both, &thumbprint).unwrap(), identity(1).recipient());
    assert_eq!(named(&both, "bob").err(), Some(ConfigError::NoSuchKey));
    // A key of tokens is none, and the other way round those are passed over.
    assert_eq!(named(&both, "k1").err(), Some(ConfigError::Suite));
    for more in ["", r#","use":"enc""#, r#","use":"sig""#] {
        let keys = Keyring::from_jwk_set(&set(&[okp(more), signing.clone()])).unwrap();
        assert_eq!(keys.iter().map(VerifyKey::name).collect::<Vec<_>>(), ["k1"], "{more}");
    }
    assert_eq!(Keyring::from_jwk_set(&set(&[okp("")])).err(), Some(ConfigError::NoSuchKey));
    assert_eq!(named(&set(&[okp(""), okp(r#","use":"enc""#)]), "Bob").err(), Some(ConfigError::DuplicateKey));
    // With a secret in it, whosever, it is no set of public keys.
    let secret = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{X}","d":"{X}","kid":"s"}}"#);
    assert!(matches!(named(&set(&[okp(""), secret]), "Bob").err(), Some(ConfigError::WrongKeyKind { .. })));
    for text in ["", "{}", "[]", r#"{"keys":[1]}"#] {
        assert_eq!(named(text, "Bob").err(), Some(ConfigError::KeyText), "{text}");
    }
    let long = format!(r#"{{"keys":[{}],"pad":"{}"}}"#, okp(""), "x".repeat(128 * 1024));
    assert_eq!(named(&long, "Bob").err(), Some(ConfigError::Limit));
}

#[test]
fn identities_are_published_without_their_secrets() {
    let keys = Keyring::new(identity(1)).accept(identity(5)).unwrap();
    let published = keys.to_jwk_set().unwrap();
    for seed in [1, 5] {
        let recipient = identity(seed).recipient();
        let found = Recipient::from_jwk_set(SUITE, &published, &recipient.jwk_thumbprint().unwrap());
        assert_eq!(found.unwrap(), recipient);
        assert!(!published.contains(&base64url(&bytes(seed))[..12]));
    }
    let twice = Identity::from_bytes(Suite::X25519ChaCha20Poly1305, &bytes(1)).unwrap();
    assert_eq!(keys.accept(twice).unwrap().to_jwk_set().err(), Some(ConfigError::DuplicateKey));
}

#[cfg(feature = "pq")]
#[test]
fn a_post_quantum_recipient_has_no_jwk() {
    let identity = Identity::generate_for(Suite::XWingAes256Gcm).unwrap();
    assert_eq!((identity.recipient().to_jwk(), identity.recipient().jwk_thumbprint()), (None, None));
    assert_eq!(Keyring::new(identity).to_jwk_set().err(), Some(ConfigError::Suite));
    assert_eq!(Recipient::from_jwk(Suite::XWingAes256Gcm, &okp("")).err(), Some(ConfigError::Suite));
}
