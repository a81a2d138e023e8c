// SPDX-License-Identifier: MIT OR Apache-2.0
//! Issuers that sign with RSA, as the larger identity providers do.

use super::*;
use crate::rfc7515::{N, pkcs1v15, pss};
use base64ct::{Base64UrlUnpadded, Encoding};

/// A token as such an issuer makes it, by the RSA key.
fn rsa_token(alg: &str) -> String {
    let header = json!({ "typ": "JWT", "alg": alg, "kid": "r" });
    let claims = json!({ "iss": EXPECT.issuer, "aud": EXPECT.audience, "sub": "user-17", "iat": NOW,
        "exp": NOW + 3600, "admin": true });
    let [header, claims] =
        [header, claims].map(|part| Base64UrlUnpadded::encode_string(part.to_string().as_bytes()));
    let input = format!("{header}.{claims}");
    let signature = if alg == "PS256" { pss(&input, 32) } else { pkcs1v15(&input) };
    format!("{input}.{}", Base64UrlUnpadded::encode_string(&signature))
}

/// Its key beside one for encryption, one that is too short and one of Ed25519.
fn published(more: &str) -> String {
    let ours = verify_key(1).to_jwk().unwrap();
    format!(
        r#"{{"keys":[
            {{"kty":"RSA","use":"enc","kid":"e","e":"AQAB","n":"{N}","alg":"RSA-OAEP"}},
            {{"kty":"RSA","use":"sig","kid":"s","e":"AQAB","n":"{}"}},
            {{"kty":"RSA","use":"sig","kid":"r","x5t":"r","e":"AQAB","n":"{N}","x5c":["MII"],"issuer":"x"{more}}},
            {ours}
        ]}}"#,
        &N[..171],
    )
}

#[tokio::test]
async fn tokens_of_an_rsa_issuer_are_verified_by_the_algorithm_that_it_publishes() {
    // As Google, Auth0 and Okta publish their keys; as Entra ID does, which says no algorithm; and one of PS256.
    for (more, good, bad) in [
        (r#","alg":"RS256""#, "RS256", "PS256"),
        ("", "RS256", "PS256"),
        (r#","alg":"PS256""#, "PS256", "RS256"),
    ] {
        let (issuer, clock) = (Issuer::with(&published(more)), Clock::default());
        let verifier = verifier(&issuer, &clock);
        assert_eq!(verify(&verifier, &rsa_token(good)).await.as_deref(), Ok("user-17"), "{more}");
        assert_eq!(verify(&verifier, &rsa_token(bad)).await.err(), Some(Error::Policy), "{more}");
        let mut changed = rsa_token(good);
        let last = changed.pop().unwrap();
        changed.push(if last == 'A' { 'Q' } else { 'A' });
        assert_eq!(verify(&verifier, &changed).await.err(), Some(Error::NotAuthentic), "{more}");
        assert!(verify(&verifier, &token(1)).await.is_ok());
        assert_eq!(issuer.hits(), 1);
        // A key that the issuer has replaced is another one under its name.
        issuer.publishes(&set(&[1]));
        clock.set(300);
        assert_eq!(verify(&verifier, &rsa_token(good)).await.err(), Some(Error::UnknownKey), "{more}");
    }
}
