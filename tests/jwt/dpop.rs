// SPDX-License-Identifier: MIT OR Apache-2.0
//! Proofs that whoever presents a token has the key that it is bound to.

use super::*;
use chancery::{
    Unclaimed,
    jwt::{
        Grant, Signer,
        dpop::{Proof, Prover},
    },
    replay::MemoryStore,
};
use core::time::Duration;
use sha2::{Digest, Sha256};

const URL: &str = "https://orders.example.com/orders";

/// The client of these tests has the key of seed 7.
fn thumbprint(seed: u8) -> String {
    VerifyKey::from(signing_key(seed).verifying_key()).jwk_thumbprint().unwrap()
}

/// A token that is bound to the key of this seed.
fn bound(seed: u8) -> String {
    forge(HEADER, &with("cnf", json!({ "jkt": thumbprint(seed) })))
}

fn proof_header() -> Value {
    let x = base64url(signing_key(7).verifying_key().as_bytes());
    json!({ "typ": "dpop+jwt", "alg": "EdDSA", "jwk": { "kty": "OKP", "crv": "Ed25519", "x": x } })
}

fn proof_claims(token: &str) -> Value {
    let ath = base64url(&Sha256::digest(token.as_bytes()));
    json!({ "jti": "p1", "htm": "GET", "htu": URL, "iat": NOW, "ath": ath })
}

fn signed(seed: u8, header: &str, claims: &str) -> String {
    let input = format!("{}.{}", base64url(header.as_bytes()), base64url(claims.as_bytes()));
    format!("{input}.{}", base64url(&ed25519(seed, &input)))
}

fn prove(header: &Value, claims: &Value) -> String {
    signed(7, &header.to_string(), &claims.to_string())
}

fn check(token: &str, proof: &str, now: u64) -> Result<Unclaimed<Token<Value>>, Error> {
    verifier().verify_bound(token, Proof { proof, method: "GET", url: URL }, at(now))
}

#[track_caller]
fn refused_proof(proof: &str) -> Error {
    check(&bound(7), proof, NOW).map(drop).expect_err(proof)
}

#[test]
fn a_bound_token_is_good_with_a_proof_by_its_key_once_for_each_proof() {
    let store = MemoryStore::new(100);
    let (client, token) = (Prover::new(signing_key(7)), bound(7));
    let proofs = [0, 1].map(|_| client.prove("GET", URL, Some(&token), at(NOW)).unwrap());
    for proof in &proofs {
        let verified = check(&token, proof, NOW).unwrap().claim(&store, at(NOW)).unwrap();
        assert_eq!((verified.subject(), verified.claims()["admin"].as_bool()), (Some("user-17"), Some(true)));
        assert_eq!(
            check(&token, proof, NOW + 120).unwrap().claim(&store, at(NOW + 120)).err(),
            Some(Error::Replayed)
        );
    }
    // Of the length of the window, and a minute for the clock of the client.
    for (now, error) in [(NOW + 121, Error::Expired), (NOW - 61, Error::NotYetValid)] {
        assert_eq!(check(&token, &proofs[0], now).err(), Some(error), "{now}");
    }
    // The same name by another client is another one.
    let other = proof_header().to_string().replace(
        &base64url(signing_key(7).verifying_key().as_bytes()),
        &base64url(signing_key(8).verifying_key().as_bytes()),
    );
    let first = prove(&proof_header(), &proof_claims(&token));
    assert!(check(&token, &first, NOW).unwrap().claim(&store, at(NOW)).is_ok());
    let second = signed(8, &other, &proof_claims(&bound(8)).to_string());
    assert!(check(&bound(8), &second, NOW).unwrap().claim(&store, at(NOW)).is_ok());
}

#[test]
fn a_token_is_issued_for_the_key_that_was_shown() {
    let client = Prover::new(signing_key(7));
    let proof = client.prove("POST", "https://id.example.com/token", None, at(NOW)).unwrap();
    let shown =
        |method, url| Proof { proof: &proof, method, url }.verify(at(NOW)).map(Unclaimed::allow_replays);
    let shown_key = shown("POST", "https://ID.example.com:443/token?x#y").unwrap();
    for (method, url) in [("post", "https://id.example.com/token"), ("POST", "https://id.example.com/token/")]
    {
        assert_eq!(shown(method, url).err(), Some(Error::Policy));
    }
    let grant = Grant::new(AUDIENCE, Duration::from_secs(300)).bound_to(&shown_key);
    let token = Signer::new(sign_key(), ISSUER).unwrap().issue(&grant, &(), at(NOW)).unwrap();
    assert_eq!(verify(&verifier(), &token, NOW).unwrap_err(), Error::Policy);
    let proof = client.prove("GET", URL, Some(&token), at(NOW)).unwrap();
    let verified = check(&token, &proof, NOW).unwrap().allow_replays();
    assert_eq!(verified.claims()["cnf"], json!({ "jkt": thumbprint(7) }));
}

#[test]
fn a_token_of_another_key_or_of_none_is_not_helped_by_a_proof() {
    for (token, error) in [
        (bound(8), Error::NotAuthentic),
        (good(), Error::Policy),
        (forge(HEADER, &with("cnf", json!({ "x5t#S256": thumbprint(7) }))), Error::Policy),
        // Bound to a certificate as well, which nobody has looked at.
        (
            forge(HEADER, &with("cnf", json!({ "jkt": thumbprint(7), "x5t#S256": thumbprint(7) }))),
            Error::Policy,
        ),
        (forge(HEADER, &with("cnf", json!({ "jkt": "" }))), Error::NotAuthentic),
        (forge(HEADER, &with("cnf", json!({ "jkt": &thumbprint(7)[..42] }))), Error::NotAuthentic),
        (forge(HEADER, &with("cnf", json!({ "jkt": null }))), Error::Malformed),
    ] {
        let proof = prove(&proof_header(), &proof_claims(&token));
        assert_eq!(check(&token, &proof, NOW).err(), Some(error));
    }
    // A proof is no token, and a token no proof.
    let proof = prove(&proof_header(), &proof_claims(&bound(7)));
    assert_eq!(verify(&verifier().allow_any_typ(), &proof, NOW).unwrap_err(), Error::Policy);
    assert_eq!(refused_proof(&bound(7)), Error::Policy);
}

#[test]
fn a_proof_is_for_one_request_and_one_token() {
    let token = bound(7);
    let changed = |name: &str, value: Value| {
        let mut claims = proof_claims(&token);
        claims[name] = value;
        prove(&proof_header(), &claims)
    };
    for htm in ["POST", "get", "", "GET "] {
        assert_eq!(refused_proof(&changed("htm", json!(htm))), Error::Policy, "{htm}");
    }
    for htu in [
        "http://orders.example.com/orders",
        "https://orders.example.com/orders/",
        "https://orders.example.com/ORDERS",
        "https://orders.example.com:8443/orders",
        "https://orders.example.com.evil.example/orders",
        "https://orders.example.com@evil.example/orders",
        "https://user@orders.example.com/orders",
        "//orders.example.com/orders",
        "/orders",
        "",
    ] {
        assert_eq!(refused_proof(&changed("htu", json!(htu))), Error::Policy, "{htu}");
    }
    for htu in ["HTTPS://Orders.Example.COM:443/orders", "https://orders.example.com/orders?a=1#b"] {
        assert!(check(&token, &changed("htu", json!(htu)), NOW).is_ok(), "{htu}");
    }
    for ath in [json!(""), json!(base64url(&Sha256::digest(good().as_bytes())))] {
        assert_eq!(refused_proof(&changed("ath", ath)), Error::Policy);
    }
    for name in ["jti", "htm", "htu", "iat", "ath"] {
        let mut claims = proof_claims(&token);
        claims.as_object_mut().unwrap().remove(name).unwrap();
        assert_eq!(refused_proof(&prove(&proof_header(), &claims)), Error::Policy, "{name}");
        for value in [Value::Null, json!([]), json!(1.5), json!(true)] {
            assert_eq!(refused_proof(&changed(name, value)), Error::Malformed, "{name}");
        }
    }
}

#[test]
fn the_key_of_a_proof_is_public_and_signs_by_its_own_algorithm() {
    let claims = proof_claims(&bound(7));
    let changed = |name: &str, value: Value| {
        let mut header = proof_header();
        header[name] = value;
        prove(&header, &claims)
    };
    assert!(check(&bound(7), &prove(&proof_header(), &claims), NOW).is_ok());
    for typ in [json!("JWT"), json!("at+jwt"), json!("dpop")] {
        assert_eq!(refused_proof(&changed("typ", typ)), Error::Policy);
    }
    for alg in ["none", "HS256", "ES256", "RS256"] {
        assert_eq!(refused_proof(&changed("alg", json!(alg))), Error::Policy, "{alg}");
    }
    let public = proof_header()["jwk"].clone();
    let mut secret = public.clone();
    secret["d"] = json!(base64url(&bytes(7)));
    let shared = json!({ "kty": "oct", "k": base64url(&bytes(7)), "alg": "HS256" });
    for jwk in [secret, shared, json!({}), json!({ "kty": "OKP", "crv": "X25519", "x": public["x"] })] {
        assert_eq!(refused_proof(&changed("jwk", jwk)), Error::Policy);
    }
    for jwk in [Value::Null, json!([]), json!("x")] {
        assert_eq!(refused_proof(&changed("jwk", jwk)), Error::Malformed);
    }
    for member in ["jku", "x5c", "crit"] {
        assert_eq!(refused_proof(&changed(member, json!(["x"]))), Error::Policy);
    }
    let mut keyless = proof_header();
    keyless.as_object_mut().unwrap().remove("jwk").unwrap();
    assert_eq!(refused_proof(&prove(&keyless, &claims)), Error::Policy);
    // Signed by another than the key that it shows.
    assert_eq!(
        refused_proof(&signed(8, &proof_header().to_string(), &claims.to_string())),
        Error::NotAuthentic
    );
}

#[test]
fn a_changed_proof_is_refused() {
    let (token, proof) = (bound(7), prove(&proof_header(), &proof_claims(&bound(7))));
    for at in 0..proof.len() {
        for bit in 0..7 {
            let mut changed = proof.clone().into_bytes();
            changed[at] ^= 1 << bit;
            let changed = String::from_utf8(changed).unwrap();
            assert!(check(&token, &changed, NOW).is_err(), "{changed}");
        }
        assert!(check(&token, &proof[..at], NOW).is_err());
    }
}

#[test]
fn a_client_proves_nothing_for_what_is_no_url_of_a_service() {
    let client = Prover::new(signing_key(7));
    for url in [
        "",
        "/orders",
        "orders.example.com",
        "https://",
        "https:///orders",
        "https://user@a.example/",
        "ftp://a.example/",
    ] {
        assert_eq!(client.prove("GET", url, None, at(NOW)), Err(Error::Policy), "{url}");
    }
    for (url, htu) in
        [("https://A.example", "https://a.example/"), ("HTTP://a.example:80/A?b#c", "http://a.example/A")]
    {
        let proof = client.prove("GET", url, None, at(NOW)).unwrap();
        let claims = Base64UrlUnpadded::decode_vec(proof.split('.').nth(1).unwrap()).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&claims).unwrap()["htu"], htu);
    }
}

/// RFC 9449, section 4.1 and section 6.1: a proof with P-256, and its thumbprint.
#[cfg(feature = "p256")]
#[test]
fn the_example_of_rfc_9449_is_verified() {
    let proof = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
    let made = 1_562_262_616;
    let check =
        |now| Proof { proof, method: "POST", url: "https://server.example.com/token" }.verify(at(now));
    let thumbprint = check(made).unwrap().allow_replays();
    let token = Signer::new(sign_key(), ISSUER)
        .unwrap()
        .issue(&Grant::new(AUDIENCE, Duration::from_secs(60)).bound_to(&thumbprint), &(), at(NOW))
        .unwrap();
    let payload = Base64UrlUnpadded::decode_vec(token.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!(claims["cnf"]["jkt"], "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    assert_eq!(check(made + 121).err(), Some(Error::Expired));
}
