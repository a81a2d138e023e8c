// SPDX-License-Identifier: MIT OR Apache-2.0
//! The crate's side of tokens: issued, verified, published and bound to a key.

use super::{Outcome, bytes, internal, number, text, texts, unsupported, webhooks::now};
use chancery::{
    Keyring,
    jwt::{
        Expect, Grant, SignKey, Signer, Verifier, VerifyKey,
        dpop::{Proof, Prover},
    },
    signing::{P256SigningKey, SigningKey},
};
use serde_json::{Value, json};
use std::time::Duration;

/// Of a JWK that only others sign with.
const RSA: &str = r#""RSA""#;

pub(super) fn sign(request: &Value) -> Outcome {
    let key = text(request, "key")?;
    if key.contains(RSA) {
        return Err(unsupported("to sign with RSA"));
    }
    let lifetime = Duration::from_secs(number(request, "lifetime")?);
    let mut grant = Grant::new(text(request, "audience")?, lifetime);
    if let Some(client) = request.get("client_id").and_then(Value::as_str) {
        grant = grant.access_token(text(request, "subject")?, client);
    } else if request.get("subject").is_some() {
        grant = grant.subject(text(request, "subject")?);
    }
    grant = grant.typ(text(request, "typ")?);
    if let Some(shown) = request.get("proof") {
        grant = grant.bound_to(&proof(shown)?.verify(now(request)?)?.allow_replays());
    }
    let signer = Signer::new(SignKey::from_jwk(key)?, text(request, "issuer")?)?;
    let token = signer.issue(&grant, request.get("claims").unwrap_or(&Value::Null), now(request)?)?;
    Ok(json!({ "token": token }))
}

pub(super) fn verify(request: &Value) -> Outcome {
    let token = verifier(request)?.verify::<Value>(text(request, "token")?, now(request)?)?;
    Ok(json!({ "claims": token.claims().to_string() }))
}

/// A set is published of public keys, whoever has the secrets.
pub(super) fn publish(request: &Value) -> Outcome {
    let keys = texts(request, "keys")?;
    if keys.iter().any(|key| key.contains(RSA)) {
        return Err(unsupported("to have a secret key of RSA"));
    }
    let mut keys = keys.into_iter().map(SignKey::from_jwk);
    let first = keys.next().ok_or_else(|| internal("no keys"))??;
    let keys = keys.try_fold(Keyring::new(first), |keyring, key| keyring.accept(key?))?;
    Ok(json!({ "set": keys.to_jwk_set()? }))
}

pub(super) fn thumbprints(request: &Value) -> Outcome {
    let keys = Keyring::from_jwk_set(text(request, "set")?)?;
    let named: Vec<_> = keys.iter().map(|key| json!([key.name(), key.jwk_thumbprint()])).collect();
    Ok(json!({ "thumbprints": named }))
}

pub(super) fn prove(request: &Value) -> Outcome {
    let secret = bytes(request, "secret")?;
    let prover = match text(request, "algorithm")? {
        "EdDSA" => Prover::new(SigningKey::from_seed(&secret)?),
        "ES256" => Prover::p256(P256SigningKey::from_bytes(&secret)?),
        other => return Err(unsupported(other)),
    };
    let token = request.get("token").and_then(Value::as_str);
    let proof = prover.prove(text(request, "method")?, text(request, "url")?, token, now(request)?)?;
    Ok(json!({ "proof": proof }))
}

pub(super) fn verify_bound(request: &Value) -> Outcome {
    let (verifier, token, proof) = (verifier(request)?, text(request, "token")?, proof(request)?);
    let bound = verifier.verify_bound::<Value>(token, proof, now(request)?)?.allow_replays();
    Ok(json!({ "claims": bound.claims().to_string() }))
}

fn proof(request: &Value) -> Outcome<Proof<'_>> {
    let (proof, method, url) = (text(request, "proof")?, text(request, "method")?, text(request, "url")?);
    Ok(Proof { proof, method, url })
}

fn verifier(request: &Value) -> Outcome<Verifier> {
    let keys = match request.get("shared") {
        Some(_) => Keyring::new(VerifyKey::from_shared_jwk(text(request, "shared")?)?),
        None => Keyring::from_jwk_set(text(request, "set")?)?,
    };
    let expect = Expect { issuer: text(request, "issuer")?, audience: text(request, "audience")? };
    let verifier = match text(request, "typ")? {
        "at+jwt" => Verifier::access_tokens(keys, expect)?,
        typ => Verifier::new(keys, expect)?.typ(typ),
    };
    Ok(verifier.requiring(&texts(request, "required")?))
}
