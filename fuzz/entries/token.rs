// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tokens: what is accepted was signed by the key, for us and for now.

use super::{
    input::{Input, edited},
    known::{CREATED as NOW, SKEW as LEEWAY, secret},
    naive::base64url,
};
use chancery::{
    Keyring, UnixTime, hazmat,
    jwt::{Expect, Verifier, VerifyKey, untrusted_issuer, untrusted_kid},
    signing::SigningKey,
};
use serde_json::Value;

const HEADERS: [&str; 3] = [
    r#"{"alg":"EdDSA","kid":"k","typ":"JWT"}"#,
    r#"{"alg":"Ed25519","typ":"application/jwt"}"#,
    r#"{"alg":"none"}"#,
];
const CLAIMS: [&str; 3] = [
    r#"{"iss":"i","aud":"a","exp":1790000300}"#,
    r#"{"iss":"i","aud":["b","a"],"sub":"s","jti":"t","iat":1790000000,"nbf":1790000000,"exp":1790000300,"x":{"y":[1]}}"#,
    r#"{"iss":"i","aud":"a","exp":1789999000}"#,
];

fn signing_key() -> SigningKey {
    SigningKey::from_seed(&secret("token")).expect("a key")
}

fn signed(header: &[u8], claims: &[u8]) -> String {
    let input = format!("{}.{}", base64url(header), base64url(claims));
    let signature = hazmat::ed25519_sign(&signing_key(), input.as_bytes()).expect("no prefix of ours");
    format!("{input}.{}", base64url(signature.as_bytes()))
}

fn verified(token: &str) -> bool {
    let key = VerifyKey::from(signing_key().verifying_key()).named("k").expect("a name");
    let verifier = Verifier::new(key, Expect { issuer: "i", audience: "a" }).expect("a verifier");
    verifier.verify::<Value>(token, UnixTime::from_secs(NOW)).is_ok()
}

/// A good token with edits, a header and claims that are signed whatever they are, or a set of keys.
pub(crate) fn token(data: &[u8]) -> bool {
    let mut input = Input::new(data);
    match input.below(3) {
        0 => {
            let good = [
                signed(HEADERS[0].as_bytes(), CLAIMS[0].as_bytes()),
                signed(HEADERS[1].as_bytes(), CLAIMS[1].as_bytes()),
            ];
            let bytes = edited(&mut input, &[good[0].as_bytes(), good[1].as_bytes()]);
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let accepted = verified(&text);
            assert_eq!(accepted, good.contains(&text));
            // A peek reads what nobody has signed.
            assert!(untrusted_issuer(&text).is_err() || untrusted_kid(&text).is_ok());
            accepted
        }
        1 => {
            let (header, claims) = (input.short(), input.rest());
            let accepted = verified(&signed(header, claims));
            assert!(!accepted || (is_header(header) && are_claims(claims)), "accepted");
            accepted
        }
        _ => {
            let Ok(keys) = Keyring::from_jwk_set(&String::from_utf8_lossy(input.rest())) else {
                return false;
            };
            let again =
                keys.to_jwk_set().and_then(|text| Keyring::from_jwk_set(&text)).expect("its own text");
            assert!(keys.iter().map(VerifyKey::name).eq(again.iter().map(VerifyKey::name)));
            assert!(keys.ids().eq(again.ids()));
            true
        }
    }
}

fn is_header(json: &[u8]) -> bool {
    let Ok(header) = serde_json::from_slice::<Value>(json) else { return false };
    let text = |name: &str| header.get(name).and_then(Value::as_str);
    let refused = ["crit", "b64", "jwk", "jku", "x5u", "x5c", "zip", "enc"];
    matches!(text("alg"), Some("EdDSA" | "Ed25519"))
        && (header.get("kid").is_none() || text("kid") == Some("k"))
        && text("typ").is_some_and(|typ| matches!(&*typ.to_lowercase(), "jwt" | "application/jwt"))
        && refused.iter().all(|name| header.get(name).is_none())
}

fn are_claims(json: &[u8]) -> bool {
    let Ok(claims) = serde_json::from_slice::<Value>(json) else { return false };
    let seconds = |name: &str| claims.get(name).map(Value::as_u64);
    let is_text = |name: &&str| claims.get(name).is_none_or(Value::is_string);
    let audience = |aud: &Value| aud == "a" || aud.as_array().is_some_and(|all| all.contains(&"a".into()));
    let begins = |name: &str| seconds(name).is_none_or(|time| time.is_some_and(|time| time <= NOW + LEEWAY));
    claims.get("iss") == Some(&"i".into())
        && claims.get("aud").is_some_and(audience)
        && seconds("exp").flatten().is_some_and(|exp| (NOW - LEEWAY + 1..NOW + 90_000).contains(&exp))
        && begins("iat")
        && begins("nbf")
        && ["sub", "jti", "client_id"].iter().all(is_text)
        && claims.get("cnf").is_none()
}

pub(crate) fn token_seeds() -> Vec<Vec<u8>> {
    let mut seeds =
        vec![vec![0, 0], vec![0, 1], vec![0, 0, 4, 0, 9, 1], vec![0, 1, 0, 0, 90], b"\0\x02a.b.c".to_vec()];
    for header in HEADERS {
        for claims in CLAIMS {
            let length = u8::try_from(header.len()).expect("short");
            seeds.push([&[1, length], header.as_bytes(), claims.as_bytes()].concat());
        }
    }
    for more in [r#""iss":"i""#, r#""nbf":1.5"#, r#""cnf":{}"#, r#""x":{"y":1,"y":1}"#] {
        let claims = CLAIMS[0].replacen('{', &format!("{{{more},"), 1);
        let length = u8::try_from(HEADERS[0].len()).expect("short");
        seeds.push([&[1, length], HEADERS[0].as_bytes(), claims.as_bytes()].concat());
    }
    let x = base64url(signing_key().verifying_key().as_bytes());
    let key = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}","kid":"k","use":"sig"}}"#);
    for keys in [
        key.clone(),
        format!("{key},{key}"),
        format!(r#"{key},{{"kty":"oct","k":"AAAA"}}"#),
        r#"{"kty":"RSA"}"#.into(),
    ] {
        seeds.push(format!(r#"{}{{"keys":[{keys}]}}"#, '\x02').into_bytes());
    }
    seeds
}
