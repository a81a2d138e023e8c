// SPDX-License-Identifier: MIT OR Apache-2.0
//! The crate's side of webhooks: deliveries signed as their providers do, and verified.

use super::{Outcome, bytes, internal, seconds, text, unsupported};
use chancery::{
    Keyring, UnixTime,
    scheme::Scheme,
    testing::Signer,
    webhook::{SendKey, Sender, Verifier, adyen, provider},
};
use serde_json::{Value, json};

const SCHEMES: [Scheme; 25] = [
    provider::STANDARD,
    provider::SVIX,
    provider::STRIPE,
    provider::GITHUB,
    provider::SLACK,
    provider::SHOPIFY,
    provider::SHOPIFY_APP_PROXY,
    provider::SHOPIFY_OAUTH,
    provider::TWILIO,
    provider::TWILIO_SHA256,
    provider::SENDGRID,
    provider::DISCORD,
    provider::SQUARE,
    provider::LINEAR,
    provider::PADDLE,
    provider::HUBSPOT,
    provider::BOX,
    provider::LINE,
    provider::COINBASE_COMMERCE,
    provider::WEBFLOW,
    provider::ELEVENLABS,
    provider::WORKOS,
    provider::SANITY,
    provider::RAZORPAY,
    provider::ADYEN,
];

fn scheme(request: &Value) -> Outcome<Scheme> {
    let name = text(request, "scheme")?;
    SCHEMES.into_iter().find(|scheme| scheme.name() == name).ok_or_else(|| unsupported(name))
}

pub(super) fn now(request: &Value) -> Outcome<UnixTime> {
    seconds(request, "now")?.map(UnixTime::from_secs).ok_or_else(|| internal("no now"))
}

/// The URL of the delivery, divided behind the host: who was told of it, and what is on the request line.
fn url(request: &Value) -> Outcome<(&str, &str)> {
    let url = text(request, "url")?;
    let host = url.strip_prefix("https://").ok_or_else(|| internal("no https"))?;
    let path = host.find('/').ok_or_else(|| internal("no path"))?;
    url.split_at_checked("https://".len() + path).ok_or_else(|| internal("not characters"))
}

fn signs_url(scheme: &Scheme) -> bool {
    ["twilio", "twilio-sha256", "square", "hubspot"].contains(&scheme.name())
}

pub(super) fn sign(request: &Value) -> Outcome {
    let (scheme, secret) = (scheme(request)?, text(request, "secret")?);
    let (base, target) = url(request)?;
    let signer =
        if signs_url(&scheme) { Signer::at(&scheme, secret, base) } else { Signer::new(&scheme, secret) };
    // The keys of ECDSA verify and nothing else, and Adyen's signatures are in the body.
    let signer = signer.map_err(|error| unsupported(&format!("to sign for {}: {error}", scheme.name())))?;
    let signer = signer.id(text(request, "id")?);
    let signed = signer.sign_at("POST", target, &bytes(request, "body")?, now(request)?)?;
    let headers: serde_json::Map<_, _> =
        signed.headers.into_iter().map(|(name, value)| (name, value.into())).collect();
    Ok(
        json!({ "headers": headers, "url": format!("{base}{}", signed.target), "body": text(request, "body")? }),
    )
}

/// With every key of a rotation.
pub(super) fn send(request: &Value) -> Outcome {
    let mut keys = Vec::new();
    for key in request.get("keys").and_then(Value::as_array).ok_or_else(|| internal("no keys"))? {
        keys.push(key.as_str().ok_or_else(|| internal("not a string"))?.parse::<SendKey>()?);
    }
    let mut keys = keys.into_iter();
    let mut ring = Keyring::new(keys.next().ok_or_else(|| internal("no keys"))?);
    for key in keys {
        ring = ring.rotate(key)?;
    }
    let sender = Sender::new(ring)?;
    let headers = sender.sign(text(request, "id")?, &bytes(request, "body")?, now(request)?)?;
    let headers: serde_json::Map<_, _> =
        headers.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    Ok(json!({ "headers": headers, "url": text(request, "url")?, "body": text(request, "body")? }))
}

pub(super) fn verify(request: &Value) -> Outcome {
    let (scheme, body, (base, target)) = (scheme(request)?, bytes(request, "body")?, url(request)?);
    let secret = scheme.secret(text(request, "secret")?)?;
    if scheme.name() == "adyen" {
        adyen::Verifier::new(secret)?.verify(&body)?;
        return Ok(json!({ "accepted": true }));
    }
    let verifier = if signs_url(&scheme) { Verifier::at(secret, base) } else { Verifier::new(secret) }?;
    let headers = request.get("headers").and_then(Value::as_object).ok_or_else(|| internal("no headers"))?;
    let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_default()));
    let headers: Vec<_> = headers.collect();
    verifier.verify_at("POST", target, &headers, body, now(request)?)?.allow_replays();
    Ok(json!({ "accepted": true }))
}
