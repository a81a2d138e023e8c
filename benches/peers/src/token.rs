// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tokens verified: the signature, that they have not ended, issuer and audience; claims into a type of ours.
//!
//! All verify the same token, of one key without a name, which `jsonwebtoken` has signed with keys of OpenSSL. Keys are
//! set up once, from the same JWK. Leeway is a minute.

use crate::race::{Contender, Job};
use chancery::{
    UnixTime,
    jwt::{Expect, Verifier, VerifyKey},
};
use jsonwebtoken_aws_lc::{Algorithm as Name, EncodingKey, Header, encode};
use jwt_simple::prelude::*;
use openssl::{
    bn::{BigNum, BigNumContext, BigNumRef},
    ec::{EcGroup, EcKey},
    nid::Nid,
    pkey::PKey,
    rsa::Rsa,
};
use serde_json::json;
use std::hint::black_box;

const ISSUER: &str = "https://id.example.com";
const AUDIENCE: &str = "orders.example.com";
const SECRET: [u8; 32] = *b"a secret of thirty-two bytes....";

const OURS: &str = "also refuses a member that is there twice, another type, more than a day of lifetime";
const SIMPLE: &str = "takes what is expected, and copies it, each time; pure Rust";

/// What is asked of a token beside what is checked.
#[derive(serde::Serialize, serde::Deserialize)]
struct Claims {
    sub: String,
    jti: String,
    scope: String,
    tenant: String,
}

/// The claims that are not registered.
#[derive(serde::Serialize, serde::Deserialize)]
struct Own {
    scope: String,
    tenant: String,
}

#[derive(Clone, Copy)]
enum Algorithm {
    Hs256,
    EdDsa,
    Es256,
    Rs256,
}

impl Algorithm {
    const fn name(self) -> Name {
        match self {
            Self::Hs256 => Name::HS256,
            Self::EdDsa => Name::EdDSA,
            Self::Es256 => Name::ES256,
            Self::Rs256 => Name::RS256,
        }
    }

    /// A key of this kind: what signs, and the JWK of what verifies.
    fn key(self) -> (EncodingKey, String) {
        match self {
            Self::Hs256 => {
                let jwk = json!({"kty": "oct", "alg": "HS256", "k": base64url(&SECRET)});
                (EncodingKey::from_secret(&SECRET), jwk.to_string())
            }
            Self::EdDsa => {
                let key = PKey::generate_ed25519().expect("a key");
                let x = base64url(&key.raw_public_key().expect("a key"));
                let jwk = json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "x": x});
                (EncodingKey::from_ed_der(&key.private_key_to_pkcs8().expect("a key")), jwk.to_string())
            }
            Self::Es256 => {
                let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).expect("a curve");
                let key = EcKey::generate(&group).expect("a key");
                let [mut x, mut y] = [(); 2].map(|()| BigNum::new().expect("a number"));
                let mut context = BigNumContext::new().expect("a context");
                key.public_key().affine_coordinates(&group, &mut x, &mut y, &mut context).expect("a point");
                let [x, y] = [x, y].map(|number| base64url(&number.to_vec_padded(32).expect("32 bytes")));
                let jwk = json!({"kty": "EC", "crv": "P-256", "alg": "ES256", "x": x, "y": y});
                let key = PKey::from_ec_key(key).expect("a key").private_key_to_pkcs8().expect("a key");
                (EncodingKey::from_ec_der(&key), jwk.to_string())
            }
            Self::Rs256 => {
                let key = Rsa::generate(2048).expect("a key");
                let number = |number: &BigNumRef| base64url(&number.to_vec());
                let jwk = json!({"kty": "RSA", "alg": "RS256", "n": number(key.n()), "e": number(key.e())});
                (EncodingKey::from_rsa_der(&key.private_key_to_der().expect("a key")), jwk.to_string())
            }
        }
    }
}

pub(crate) fn jobs() -> Vec<Job> {
    [Algorithm::Hs256, Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256]
        .into_iter()
        .map(|algorithm| {
            let (key, jwk) = algorithm.key();
            let token = token(algorithm, &key);
            Job::new(format!("jwt {:?}: verify", algorithm.name()), token.len(), move || {
                let verifies = Verifies { token, jwk };
                vec![
                    verifies.contender("chancery", chancery(algorithm, &verifies.jwk)).remark(OURS),
                    verifies.contender("jsonwebtoken 10, aws-lc", aws_lc::verifier(&verifies.jwk)),
                    verifies.contender("jsonwebtoken 11, RustCrypto", rust_crypto::verifier(&verifies.jwk)),
                    verifies.contender("jwt-simple", jwt_simple(algorithm, &verifies.jwk)).remark(SIMPLE),
                ]
            })
        })
        .collect()
}

/// Issued now: a race is over before it has expired.
fn token(algorithm: Algorithm, key: &EncodingKey) -> String {
    let now = UnixTime::now().as_secs();
    let claims = json!({
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "user-17",
        "iat": now,
        "exp": now + 12 * 60 * 60,
        "jti": "0192f6c7-6d1e-7c2a-b2f4-3e8f2f1f9a01",
        "scope": "orders:read orders:write",
        "tenant": "acme",
    });
    encode(&Header::new(algorithm.name()), &claims, key).expect("signed")
}

struct Verifies {
    token: String,
    jwk: String,
}

impl Verifies {
    /// Of one who gives the claims of this token and refuses another signature.
    fn contender(&self, name: &'static str, verify: impl Fn(&str) -> Option<Claims> + 'static) -> Contender {
        let token = self.token.clone();
        assert_eq!(verify(&token).expect("verified").sub, "user-17");
        // Not the last character, of which not all bits count.
        let at = token.rfind('.').expect("a signature") + 1;
        let other = if token[at..].starts_with('A') { "B" } else { "A" };
        let mut forged = token.clone();
        forged.replace_range(at..=at, other);
        assert!(verify(&forged).is_none(), "{name} verifies what was not signed");
        Contender::new(name, move || verify(black_box(&token)).expect("authentic"))
    }
}

fn chancery(algorithm: Algorithm, jwk: &str) -> impl Fn(&str) -> Option<Claims> + use<> {
    let key = match algorithm {
        Algorithm::Hs256 => VerifyKey::from_shared_jwk(jwk),
        _ => VerifyKey::from_jwk(jwk),
    };
    let expect = Expect { issuer: ISSUER, audience: AUDIENCE };
    let verifier = Verifier::new(key.expect("a key"), expect).expect("a verifier");
    move |token| {
        let verified = verifier.verify::<Claims>(token, UnixTime::now()).ok()?;
        Some(verified.into_inner().into_claims())
    }
}

/// Two versions of one interface.
macro_rules! jsonwebtoken {
    ($name:ident, $of:ident) => {
        mod $name {
            use super::{AUDIENCE, Claims, ISSUER};
            use $of::{DecodingKey, Validation, decode, jwk::Jwk};

            pub(super) fn verifier(jwk: &str) -> impl Fn(&str) -> Option<Claims> + use<> {
                let jwk: Jwk = serde_json::from_str(jwk).expect("a JWK");
                let key = DecodingKey::from_jwk(&jwk).expect("a key");
                let algorithm = jwk.common.key_algorithm.expect("an algorithm").to_string();
                let mut expect = Validation::new(algorithm.parse().expect("an algorithm"));
                expect.set_issuer(&[ISSUER]);
                expect.set_audience(&[AUDIENCE]);
                expect.set_required_spec_claims(&["exp", "iss", "aud"]);
                move |token| Some(decode::<Claims>(token, &key, &expect).ok()?.claims)
            }
        }
    };
}
jsonwebtoken!(aws_lc, jsonwebtoken_aws_lc);
jsonwebtoken!(rust_crypto, jsonwebtoken_rust_crypto);

type Verify = Box<dyn Fn(&str) -> Option<Claims>>;

fn jwt_simple(algorithm: Algorithm, jwk: &str) -> Verify {
    let expect = VerificationOptions {
        allowed_issuers: Some([ISSUER.to_owned()].into()),
        allowed_audiences: Some([AUDIENCE.to_owned()].into()),
        time_tolerance: Some(Duration::from_mins(1)),
        ..VerificationOptions::default()
    };
    let claims = |claims: JWTClaims<Own>| {
        let Own { scope, tenant } = claims.custom;
        Some(Claims { sub: claims.subject?, jti: claims.jwt_id?, scope, tenant })
    };
    macro_rules! verifier {
        ($key:expr) => {{
            let key = $key;
            Box::new(move |token| claims(key.verify_token(token, Some(expect.clone())).ok()?))
        }};
    }
    match algorithm {
        Algorithm::Hs256 => verifier!(HS256Key::from_bytes(&SECRET)),
        Algorithm::EdDsa => verifier!(Ed25519PublicKey::from_jwk(jwk).expect("a key")),
        Algorithm::Es256 => verifier!(ES256PublicKey::from_jwk(jwk).expect("a key")),
        Algorithm::Rs256 => verifier!(RS256PublicKey::from_jwk(jwk).expect("a key")),
    }
}

fn base64url(bytes: &[u8]) -> String {
    Base64UrlSafeNoPadding::encode_to_string(bytes).expect("a text")
}
