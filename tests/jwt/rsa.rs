// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tokens of identity providers that sign with RSA: verified, with the algorithm of the key.

use super::*;
use chancery::{ConfigError, KeyKind, jwt::dpop::Proof};
use rfc7515::{N, pkcs1v15, pss};

/// Of `{"alg":"RS256"}` and the payload.
const SIGNATURE: &str = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

/// The key of RFC 7515, appendix A.2, with these members more.
fn jwk(more: &str) -> String {
    format!(r#"{{"kty":"RSA","n":"{N}","e":"AQAB","kid":"r"{more}}}"#)
}

/// As most issuers publish it.
const RS256: &str = r#","alg":"RS256","use":"sig""#;
const PS256: &str = r#","alg":"PS256","use":"sig""#;

fn of(jwk: &str) -> Verifier {
    Verifier::new(VerifyKey::from_jwk(jwk).unwrap(), EXPECT).unwrap()
}

fn input(alg: &str) -> String {
    let header = json!({ "alg": alg, "kid": "r", "typ": "JWT" });
    format!("{}.{}", base64url(header.to_string().as_bytes()), base64url(claims().to_string().as_bytes()))
}

fn token(input: &str, signature: &[u8]) -> String {
    format!("{input}.{}", base64url(signature))
}

pub(crate) fn tokens() -> [(&'static str, String, Verifier); 2] {
    let (one, other) = (input("RS256"), input("PS256"));
    [
        ("RS256", token(&one, &pkcs1v15(&one)), of(&jwk(RS256))),
        ("PS256", token(&other, &pss(&other, 32)), of(&jwk(PS256))),
    ]
}

#[test]
fn the_token_of_rfc_7515_is_by_its_key() {
    // It has no audience, and so is none for us: that is found after the signature.
    let input = format!("eyJhbGciOiJSUzI1NiJ9.{PAYLOAD}");
    let verifier = of(&jwk(RS256)).allow_any_typ();
    let checked = |signature: &str| verify(&verifier, &format!("{input}.{signature}"), NOW).unwrap_err();
    assert_eq!(checked(SIGNATURE), Error::Policy);
    assert_eq!(checked(&SIGNATURE.replace("cC4h", "cC4i")), Error::NotAuthentic);
    assert_eq!(base64url(&pkcs1v15(&input)), SIGNATURE);
}

#[test]
fn a_key_verifies_the_algorithm_that_it_is_of_and_no_other() {
    let [(_, rs256, _), (_, ps256, _)] = tokens();
    // Some issuers (Entra ID) say no algorithm: it is not the token that says one then.
    for (more, good, bad) in [(RS256, &rs256, &ps256), ("", &rs256, &ps256), (PS256, &ps256, &rs256)] {
        let verifier = of(&jwk(more));
        assert_eq!(verify(&verifier, good, NOW).unwrap().subject(), Some("user-17"), "{more}");
        assert_eq!(verify(&verifier, bad, NOW).unwrap_err(), Error::Policy, "{more}");
    }
    for alg in ["RS384", "RS512", "PS384", "PS512", "RSA1_5", "RSA-OAEP", "HS256", "ES256", "rs256", ""] {
        let refused = VerifyKey::from_jwk(&jwk(&format!(r#","alg":"{alg}""#)));
        assert_eq!(refused.err(), Some(ConfigError::Suite), "{alg}");
        let (text, verifier) = (input(alg), of(&jwk(RS256)));
        let error = if alg.is_empty() { Error::Malformed } else { Error::Policy };
        assert_eq!(verify(&verifier, &token(&text, &pkcs1v15(&text)), NOW).unwrap_err(), error, "{alg}");
    }
    // The one signature under the name of the other.
    let (one, other) = (input("RS256"), input("PS256"));
    assert_eq!(verify(&of(&jwk(RS256)), &token(&one, &pss(&one, 32)), NOW).unwrap_err(), Error::NotAuthentic);
    let crossed = token(&other, &pkcs1v15(&other));
    assert_eq!(verify(&of(&jwk(PS256)), &crossed, NOW).unwrap_err(), Error::NotAuthentic);
}

/// RFC 8725, section 3.1: a key that is said to be of two is of neither.
#[test]
fn requests_27_one_rsa_key_is_not_for_two_algorithms() {
    let set = |keys: &[String]| Keyring::from_jwk_set(&format!(r#"{{"keys":[{}]}}"#, keys.join(",")));
    let other = jwk(PS256).replace(r#""kid":"r""#, r#""kid":"p""#);
    assert_eq!(set(&[jwk(RS256), other]).err(), Some(ConfigError::DuplicateKey));
    assert!(set(&[jwk(RS256)]).is_ok());
}

#[test]
fn requests_09_an_rsa_modulus_is_never_the_secret_of_an_hmac() {
    let modulus = Base64UrlUnpadded::decode_vec(N).unwrap();
    for secret in [&modulus[..], N.as_bytes(), jwk("").as_bytes(), b""] {
        let text = input("HS256");
        let token = token(&text, &hs256(secret, &text));
        assert_eq!(verify(&of(&jwk(RS256)), &token, NOW).unwrap_err(), Error::Policy);
    }
}

#[test]
fn a_salt_is_as_long_as_the_hash() {
    let (text, verifier) = (input("PS256"), of(&jwk(PS256)));
    // 222 is the longest that fits.
    for salt in [0, 20, 31, 33, 48, 64, 222] {
        assert_eq!(
            verify(&verifier, &token(&text, &pss(&text, salt)), NOW).unwrap_err(),
            Error::NotAuthentic,
            "{salt}"
        );
    }
    assert!(verify(&verifier, &token(&text, &pss(&text, 32)), NOW).is_ok());
}

/// Of one signature there is one text: without the zeros in front, or with more of them, it is none.
#[test]
fn a_signature_is_as_long_as_the_modulus() {
    let verifier = of(&jwk(RS256));
    let mut seen = false;
    for jti in 0..2000 {
        let header = json!({ "alg": "RS256", "kid": "r", "typ": "JWT" }).to_string();
        let payload = with("jti", json!(format!("t{jti}")));
        let text = format!("{}.{}", base64url(header.as_bytes()), base64url(payload.as_bytes()));
        let signature = pkcs1v15(&text);
        let longer = [&[0], &signature[..]].concat();
        assert_eq!(verify(&verifier, &token(&text, &longer), NOW).unwrap_err(), Error::NotAuthentic);
        if signature[0] == 0 {
            assert!(verify(&verifier, &token(&text, &signature), NOW).is_ok());
            let shorter = verify(&verifier, &token(&text, &signature[1..]), NOW);
            assert_eq!(shorter.unwrap_err(), Error::NotAuthentic);
            seen = true;
            break;
        }
    }
    assert!(seen, "no signature begins with a zero");
    // The number of the signature, and the modulus added to it.
    for bytes in [vec![], vec![0; 256], vec![1], vec![0xFF; 256], Base64UrlUnpadded::decode_vec(N).unwrap()] {
        let text = input("RS256");
        assert_eq!(verify(&verifier, &token(&text, &bytes), NOW).unwrap_err(), Error::NotAuthentic);
    }
}

/// A modulus of so many bits that nobody has a private key of.
fn modulus(bits: usize) -> Vec<u8> {
    let mut bytes = vec![0xA7; bits.div_ceil(8)];
    bytes[0] = match bits % 8 {
        0 => 0x80,
        odd => 1 << (odd - 1),
    };
    bytes
}

fn with_modulus(bytes: &[u8]) -> Result<VerifyKey, ConfigError> {
    VerifyKey::from_jwk(&format!(r#"{{"kty":"RSA","n":"{}","e":"AQAB"}}"#, base64url(bytes)))
}

#[test]
fn a_modulus_has_2048_to_4096_bits_in_its_one_text() {
    for (bits, error) in [
        (1024, Some(ConfigError::WeakKey)),
        (2047, Some(ConfigError::WeakKey)),
        (2048, None),
        (2049, None),
        (3072, None),
        (4095, None),
        (4096, None),
        (4097, Some(ConfigError::Limit)),
        (8192, Some(ConfigError::Limit)),
        (16_384, Some(ConfigError::Limit)),
    ] {
        assert_eq!(with_modulus(&modulus(bits)).err(), error, "{bits}");
    }
    let good = modulus(2048);
    let even = [&good[..255], &[0xA6]].concat();
    let padded = [&[0], &good[..]].concat();
    for bad in [&even[..], &padded, &[0; 256], &[0], &[]] {
        assert_eq!(with_modulus(bad).err(), Some(ConfigError::WeakKey));
    }
    for bad in [
        jwk("").replace(r#""n""#, r#""m""#),
        jwk("").replace(r#""e""#, r#""m""#),
        jwk("").replace(N, &format!("{N}=")),
    ] {
        assert_eq!(VerifyKey::from_jwk(&bad).err(), Some(ConfigError::KeyText), "{bad}");
    }
    for more in [r#","crv":"P-256""#, r#","use":"enc""#, r#","key_ops":["encrypt"]"#] {
        assert!(VerifyKey::from_jwk(&jwk(more)).is_err(), "{more}");
    }
}

#[test]
fn the_exponent_is_65537_in_its_one_text() {
    // 1, 3, 65536, 65539, 65537 with a zero in front, 2^32 + 1, and nothing.
    for e in ["AQ", "Aw", "AQAA", "AQAD", "AAEAAQ", "AQAAAAE", ""] {
        let refused = VerifyKey::from_jwk(&jwk("").replace("AQAB", e));
        assert_eq!(refused.err(), Some(ConfigError::WeakKey), "{e}");
    }
}

/// CVE-2017-15361: a modulus that is a power of 65537 modulo all small primes.
#[test]
fn a_key_of_a_broken_generator_is_refused() {
    let mut power = vec![1];
    for _ in 0..130 {
        // Times 65537: itself, and itself two bytes further up.
        let (mut product, mut carry) = (Vec::new(), 0);
        let (long, short) = ([&power[..], &[0, 0]].concat(), [&[0, 0], &power[..]].concat());
        for (a, b) in long.iter().zip(&short).rev() {
            let sum = u16::from(*a) + u16::from(*b) + carry;
            product.push(sum.to_le_bytes()[0]);
            carry = sum >> 8;
        }
        product.reverse();
        power = product.into_iter().skip_while(|byte| *byte == 0).collect();
    }
    assert_eq!(with_modulus(&power).err(), Some(ConfigError::WeakKey));
    power[40] ^= 1;
    assert_eq!(with_modulus(&power).err(), None);
}

#[test]
fn rustsec_2023_0071_no_private_key_of_rsa_is_taken() {
    let wrong = |expected| ConfigError::WrongKeyKind { expected, found: KeyKind::Signing };
    for secret in [r#"d":"AA"#, r#"p":"AA"#, r#"q":"AA"#, r#"dp":"AA"#, r#"dq":"AA"#, r#"qi":"AA"#] {
        let jwk = jwk(&format!(r#","{secret}""#));
        assert_eq!(VerifyKey::from_jwk(&jwk).err(), Some(wrong(KeyKind::Verifying)), "{secret}");
        let set = Keyring::from_jwk_set(&format!(r#"{{"keys":[{jwk}]}}"#));
        assert_eq!(set.err(), Some(wrong(KeyKind::Verifying)), "{secret}");
        // And it signs nothing.
        assert_eq!(SignKey::from_jwk(&jwk).err(), Some(ConfigError::KeyText), "{secret}");
    }
    assert_eq!(VerifyKey::from_jwk(&jwk(r#","oth":[]"#)).err(), Some(wrong(KeyKind::Verifying)));
}

#[test]
fn a_key_is_published_as_it_was_read() {
    for (more, alg) in [("", "RS256"), (RS256, "RS256"), (PS256, "PS256")] {
        let key = VerifyKey::from_jwk(&jwk(more)).unwrap();
        let expected = json!({ "kty": "RSA", "n": N, "e": "AQAB", "kid": "r", "use": "sig", "alg": alg });
        assert_eq!(serde_json::from_str::<Value>(&key.to_jwk().unwrap()).unwrap(), expected);
        assert_eq!(VerifyKey::from_jwk(&key.to_jwk().unwrap()).unwrap().id(), key.id());
        assert_eq!(format!("{key:?}"), format!("VerifyKey({alg} {})", key.id()));
    }
    // RFC 7638, section 3.1.
    let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    let key = VerifyKey::from_jwk(&jwk("").replace(N, n)).unwrap();
    assert_eq!(key.jwk_thumbprint().as_deref(), Some("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"));
}

/// Whoever sends a proof chooses its key, and the work with it.
#[test]
fn a_proof_is_not_by_an_rsa_key() {
    let header = json!({ "typ": "dpop+jwt", "alg": "RS256", "jwk": { "kty": "RSA", "n": N, "e": "AQAB" } });
    let claims = json!({ "jti": "p1", "htm": "GET", "htu": "https://a.example/", "iat": NOW });
    let input =
        format!("{}.{}", base64url(header.to_string().as_bytes()), base64url(claims.to_string().as_bytes()));
    let proof = token(&input, &pkcs1v15(&input));
    let proof = Proof { proof: &proof, method: "GET", url: "https://a.example/" };
    assert_eq!(proof.verify(at(NOW)).map(drop).unwrap_err(), Error::Policy);
}
