// SPDX-License-Identifier: MIT OR Apache-2.0
//! Requests signed and verified by RFC 9421: from the request as it is, with its map of headers, to the two fields, and from
//! these to a verdict.
//!
//! All cover the same components and write `created`, `nonce`, `keyid` and `alg`. A signer reads the clock and makes a nonce for
//! each request; what the last call added is taken out again, by everybody alike. All verify the same request, which
//! `httpsig-hyper` signed: it writes the parameters in an order of its own also when it verifies. The URI is
//! absolute, as that of HTTP/2, for it does not read `Host`.

use crate::race::{Contender, Job};
use chancery::{
    UnixTime,
    http_signature::{Policy, SignKey, Signer, Verifier, VerifyKey},
    mac::{Hash, MacKey},
    scheme::request as hmac_request,
    signing::SigningKey,
    webhook,
};
use http::Request;
use httpsig_hyper::{
    MessageSignatureReqSync,
    prelude::{
        AlgorithmName, HttpSignatureParams, PublicKey, SecretKey, SharedKey, VerifyingKey,
        message_component::HttpMessageComponentId,
    },
};
use std::hint::black_box;

const THREE: [&str; 3] = ["@method", "@authority", "@path"];
const EIGHT: [&str; 8] = [
    "@method",
    "@authority",
    "@path",
    "@query",
    "content-type",
    "content-digest",
    "x-request-id",
    "x-tenant",
];
const BODY: &str = r#"{"amount":17,"currency":"EUR"}"#;
const AUTHORITY: &str = "api.example.com";
const URL: &str = "https://api.example.com/orders/17?draft=1";
const SECRET: [u8; 32] = *b"a secret of thirty-two bytes....";
const SECRET_BASE64: &str = "YSBzZWNyZXQgb2YgdGhpcnR5LXR3byBieXRlcy4uLi4=";
const KEYID: &str = "billing-2026";

const SIGNS: &str = "a nonce of 16 bytes from the system";
const SIGNS_WITH_DIGEST: &str = "a nonce of 16 bytes from the system; hashes the body, for the digest";
const VERIFIES: &str = "by a policy: components, authority, age, nonce there; prepares a claim";
const VERIFIES_DIGEST: &str =
    "by a policy: components, authority, age, nonce there; body and digest; prepares a claim";
const THEIR_SIGNS: &str = "a nonce of 32 bytes from a generator in the process";
const THEIR_VERIFIES: &str = "the signature by its keyid, and nothing else";

/// Adds the fields of a signature.
type Sign = Box<dyn FnMut(&mut Request<String>)>;

/// What is signed with: Ed25519, or a secret of both sides.
#[derive(Clone, Copy)]
enum Algorithm {
    Ed25519,
    Hmac,
}

impl Algorithm {
    fn name(self) -> &'static str {
        self.theirs().as_str()
    }

    fn theirs(self) -> AlgorithmName {
        match self {
            Self::Ed25519 => AlgorithmName::Ed25519,
            Self::Hmac => AlgorithmName::HmacSha256,
        }
    }

    fn mac_key() -> MacKey {
        MacKey::from_bytes(Hash::Sha256, &SECRET).expect("a key")
    }

    fn signing_key() -> SigningKey {
        SigningKey::from_seed(&SECRET).expect("a key")
    }

    fn sign_key(self) -> SignKey {
        let key = match self {
            Self::Ed25519 => Self::signing_key().into(),
            Self::Hmac => SignKey::try_from(Self::mac_key()).expect("a key"),
        };
        key.named(KEYID).expect("a name")
    }

    fn verify_key(self) -> VerifyKey {
        let key = match self {
            Self::Ed25519 => Self::signing_key().verifying_key().into(),
            Self::Hmac => VerifyKey::try_from(Self::mac_key()).expect("a key"),
        };
        key.named(KEYID).expect("a name")
    }
}

pub(crate) fn jobs() -> Vec<Job> {
    let mut jobs = Vec::new();
    for components in [&THREE[..], &EIGHT] {
        for algorithm in [Algorithm::Ed25519, Algorithm::Hmac] {
            let name =
                |does: &str| format!("http-signature {}: {does} {}", algorithm.name(), components.len());
            // Without a digest there is no body.
            let size = body(components).len();
            jobs.push(Job::new(name("sign"), size, move || sign(algorithm, components)));
            jobs.push(Job::new(name("verify"), size, move || verify(algorithm, components)));
        }
    }
    for size in [BODY.len(), 1024] {
        let name = format!("{}: verify", hmac_request::HMAC.name());
        jobs.push(Job::new(name, size, move || vec![hmac_scheme(&"x".repeat(size))]));
    }
    jobs
}

fn body(components: &[&str]) -> &'static str {
    if components.contains(&"content-digest") { BODY } else { "" }
}

/// As it is before it is signed: with the digest, if it is to be signed.
fn request(components: &[&str]) -> Request<String> {
    let builder = Request::post(URL)
        .header("accept", "application/json")
        .header("user-agent", "race")
        .header("x-request-id", "0192f6c7-6d1e-7c2a-b2f4-3e8f2f1f9a01")
        .header("x-tenant", "acme");
    let builder = match body(components) {
        "" => builder,
        body => builder
            .header("content-type", "application/json")
            .header("content-length", body.len())
            .header("content-digest", digest(body)),
    };
    builder.body(body(components).into()).expect("a request")
}

/// As a signer of ours makes it.
fn digest(body: &str) -> String {
    let (mut request, ()) = Request::post(URL).body(()).expect("a request").into_parts();
    let signer = Signer::new(Algorithm::Ed25519.sign_key());
    signer.sign(&mut request, body.as_bytes(), UnixTime::now()).expect("signed");
    request.headers["content-digest"].to_str().expect("text").into()
}

fn sign(algorithm: Algorithm, components: &'static [&'static str]) -> Vec<Contender> {
    let signer = Signer::new(algorithm.sign_key()).covering_only(components).expect("components");
    let (mut parts, body) = request(components).into_parts();
    let remark = if body.is_empty() { SIGNS } else { SIGNS_WITH_DIGEST };
    let chancery = Contender::new("chancery", move || {
        parts.headers.remove("signature");
        parts.headers.remove("signature-input");
        signer.sign(black_box(&mut parts), body.as_bytes(), UnixTime::now()).expect("signed");
        black_box(&parts);
    });
    let (mut request, mut sign) = (request(components), httpsig_signer(algorithm, components));
    let httpsig = Contender::new("httpsig-hyper", move || {
        request.headers_mut().remove("signature");
        request.headers_mut().remove("signature-input");
        sign(black_box(&mut request));
        black_box(&request);
    });
    vec![chancery.remark(remark), httpsig.remark(THEIR_SIGNS)]
}

fn httpsig_signer(algorithm: Algorithm, components: &[&str]) -> Sign {
    let component = |text: &&str| HttpMessageComponentId::try_from(*text).expect("a component");
    let components: Vec<_> = components.iter().map(component).collect();
    let name = algorithm.theirs();
    let params = move || {
        let mut params = HttpSignatureParams::try_new(&components).expect("components");
        params.set_random_nonce().set_keyid(KEYID).set_alg(&name);
        params
    };
    match algorithm {
        Algorithm::Ed25519 => {
            let key = SecretKey::from_bytes(&AlgorithmName::Ed25519, &SECRET).expect("a key");
            Box::new(move |request| {
                request.set_message_signature_sync(&params(), &key, Some("sig1")).expect("signed");
            })
        }
        Algorithm::Hmac => {
            let key = shared_key();
            Box::new(move |request| {
                request.set_message_signature_sync(&params(), &key, Some("sig1")).expect("signed");
            })
        }
    }
}

fn shared_key() -> SharedKey {
    SharedKey::from_base64(&AlgorithmName::HmacSha256, SECRET_BASE64).expect("a key")
}

fn verify(algorithm: Algorithm, components: &'static [&'static str]) -> Vec<Contender> {
    // Now: a race is over before it is old.
    let mut request = request(components);
    httpsig_signer(algorithm, components)(&mut request);
    let policy = Policy::custom_request([AUTHORITY], components).require_nonce();
    let verifier = Verifier::new(algorithm.verify_key(), policy).expect("a policy");
    let (parts, body) = request.clone().into_parts();
    let remark = if body.is_empty() { VERIFIES } else { VERIFIES_DIGEST };
    let chancery = Contender::new("chancery", move || {
        let outcome = verifier.verify(black_box(&parts), body.as_bytes(), UnixTime::now());
        black_box(outcome.expect("authentic").allow_replays());
    });
    let theirs = match algorithm {
        Algorithm::Ed25519 => {
            let key = Algorithm::signing_key().verifying_key();
            let key = PublicKey::from_bytes(&AlgorithmName::Ed25519, key.as_bytes()).expect("a key");
            httpsig_verifier(key, request)
        }
        Algorithm::Hmac => httpsig_verifier(shared_key(), request),
    };
    vec![chancery.remark(remark), theirs]
}

fn httpsig_verifier(key: impl VerifyingKey + Sync + 'static, request: Request<String>) -> Contender {
    Contender::new("httpsig-hyper", move || {
        black_box(black_box(&request).verify_message_signature_sync(&key, Some(KEYID)).expect("authentic"));
    })
    .remark(THEIR_VERIFIES)
}

/// For peers without RFC 9421; there is nobody else who does it.
fn hmac_scheme(body: &str) -> Contender {
    let (secret, url) = ("4f0c81e9b7d25a6303cf4e1d98ab7762", "https://api.example.com");
    let signer = hmac_request::Signer::new(secret, url).expect("a secret");
    let added = signer.sign("POST", "/orders/17?draft=1", body.as_bytes(), UnixTime::now()).expect("signed");
    let (mut parts, body) = (request(&THREE).into_parts().0, body.to_owned());
    for (name, value) in added {
        let name: http::HeaderName = name.parse().expect("a name");
        parts.headers.insert(name, value.parse().expect("a value"));
    }
    let secret = hmac_request::HMAC.secret(secret).expect("a secret");
    let verifier = webhook::Verifier::at(secret, url).expect("a URL");
    Contender::new("chancery", move || {
        let (method, headers) = (black_box(parts.method.as_str()), black_box(&parts.headers));
        let target = parts.uri.path_and_query().expect("a path").as_str();
        let outcome = verifier.verify_at(method, target, headers, body.as_bytes(), UnixTime::now());
        black_box(outcome.expect("authentic").allow_replays());
    })
}
