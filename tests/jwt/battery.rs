// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every change to a good token of every algorithm.

use super::*;

/// A token of each algorithm, with a verifier that takes it.
fn tokens() -> Vec<(&'static str, String, Verifier)> {
    let shared = |hash, alg: &'static str, named: &str| {
        let key = || MacKey::from_bytes(hash, &[bytes(3), bytes(4)].concat()).unwrap();
        let signer = chancery::jwt::Signer::new(SignKey::from(key()).named(named).unwrap(), ISSUER).unwrap();
        let grant = chancery::jwt::Grant::new(AUDIENCE, core::time::Duration::from_secs(300));
        let token = signer.issue(&grant, &json!({ "admin": true }), at(NOW)).unwrap();
        (alg, token, Verifier::new(VerifyKey::from(key()).named(named).unwrap(), EXPECT).unwrap())
    };
    let mut tokens = vec![
        ("EdDSA", good(), verifier()),
        shared(Hash::Sha256, "HS256", "a"),
        shared(Hash::Sha384, "HS384", "b"),
        shared(Hash::Sha512, "HS512", "c"),
    ];
    #[cfg(feature = "p256")]
    tokens.push(es256());
    #[cfg(feature = "rsa")]
    tokens.extend(rsa::tokens());
    tokens
}

/// Verified with the key of the library that signs.
#[cfg(feature = "p256")]
fn es256() -> (&'static str, String, Verifier) {
    use p256::ecdsa::{Signature, SigningKey, signature::Signer};

    let key = SigningKey::from_slice(&bytes(6)).unwrap();
    let point = key.verifying_key().to_sec1_point(false);
    let verify = VerifyKey::p256_from_sec1(point.as_bytes()).unwrap().named("k6").unwrap();
    let header = r#"{"alg":"ES256","kid":"k6","typ":"JWT"}"#;
    let input = format!("{}.{}", base64url(header.as_bytes()), base64url(claims().to_string().as_bytes()));
    let signature: Signature = key.sign(input.as_bytes());
    let token = format!("{input}.{}", base64url(&signature.to_bytes()));
    ("ES256", token, Verifier::new(verify, EXPECT).unwrap())
}

/// Of an ECDSA signature anybody makes a second one: the token is known by its `jti`.
#[cfg(feature = "p256")]
#[test]
fn the_second_text_of_an_es256_token_is_not_claimed_again() {
    let (_, token, verifier) = es256();
    let (input, signature) = token.rsplit_once('.').unwrap();
    let signature = Base64UrlUnpadded::decode_vec(signature).unwrap();
    let (r, s) = p256::ecdsa::Signature::from_slice(&signature).unwrap().split_scalars();
    let other = p256::ecdsa::Signature::from_scalars(r.to_bytes(), (-*s).to_bytes()).unwrap();
    let other = format!("{input}.{}", base64url(&other.to_bytes()));
    assert_ne!(token, other);
    let store = chancery::replay::MemoryStore::new(10);
    let claim =
        |text: &str| verifier.verify_once::<Value>(text, at(NOW)).unwrap().claim(&store, at(NOW)).err();
    assert_eq!([claim(&token), claim(&other)], [None, Some(Error::Replayed)]);
}

#[test]
fn a_changed_token_of_any_algorithm_is_refused() {
    let tokens = tokens();
    for (alg, token, verifier) in &tokens {
        let mut refused = 0;
        let mut refuse = |what: &str, changed: &[u8]| {
            // A header field is text; what is none does not come this far.
            let Ok(changed) = str::from_utf8(changed) else { return };
            assert!(verify(verifier, changed, NOW).is_err(), "{alg} {what}: {changed}");
            refused += 1;
        };
        let good = token.as_bytes();
        for at in 0..good.len() {
            for bit in 0..8 {
                let mut changed = good.to_vec();
                changed[at] ^= 1 << bit;
                refuse("a flipped bit", &changed);
            }
            refuse("a prefix", &good[..at]);
            refuse("a suffix", &good[at + 1..]);
            refuse("one removed", &[&good[..at], &good[at + 1..]].concat());
            for inserted in [b"A", b".", b"=", b" "] {
                refuse("one inserted", &[&good[..at], inserted, &good[at..]].concat());
            }
        }
        for byte in 0..128 {
            refuse("an extension", &[good, &[byte]].concat());
        }
        // Parts in other places, missing, or twice.
        let parts: Vec<&str> = token.split('.').collect();
        for a in 0..3 {
            for b in 0..3 {
                for c in 0..3 {
                    if (a, b, c) != (0, 1, 2) {
                        refuse("parts", [parts[a], parts[b], parts[c]].join(".").as_bytes());
                    }
                }
                refuse("two parts", [parts[a], parts[b]].join(".").as_bytes());
            }
        }
        // Parts of the others.
        for (other, ..) in
            tokens.iter().map(|(_, token, _)| (token, ())).filter(|(other, ())| *other != token)
        {
            let others: Vec<&str> = other.split('.').collect();
            for at in 0..3 {
                let mut mixed = parts.clone();
                mixed[at] = others[at];
                if mixed != parts {
                    refuse("a part of another", mixed.join(".").as_bytes());
                }
            }
        }
        assert!(refused > 10 * good.len(), "{refused}");
        assert!(verify(verifier, token, NOW).is_ok(), "{alg}");
    }
}
