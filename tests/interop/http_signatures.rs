// SPDX-License-Identifier: MIT OR Apache-2.0
//! The crate's side of HTTP signatures: messages signed and verified as RFC 9421 says.

use super::{Outcome, bytes, internal, number, text, texts, unsupported, webhooks::now};
use chancery::{
    UnixTime,
    http_signature::{Policy, SignKey, Signer, Verifier, VerifyKey},
    mac::{Hash, MacKey},
    signing::{P256SigningKey, SigningKey, VerifyingKey},
};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, Uri, header::HOST, request, response};
use serde_json::{Value, json};
use std::time::Duration;

enum Message {
    Request(request::Parts),
    Response(response::Parts, request::Parts),
}

impl Message {
    fn headers(&self) -> &HeaderMap {
        match self {
            Self::Request(request) => &request.headers,
            Self::Response(response, _) => &response.headers,
        }
    }
}

pub(super) fn sign(request: &Value) -> Outcome {
    if request.get("order").is_some() {
        return Err(unsupported("to choose the parameters and their order"));
    }
    let (body, created) = (bytes(request, "body")?, number(request, "created")?);
    let mut message = message(field(request, "message")?, uri)?;
    let mut signer = Signer::new(sign_key(request)?).label(text(request, "label")?)?;
    if !["api", "response"].contains(&text(request, "policy")?) {
        signer = signer.covering_only(&texts(request, "components")?)?;
    }
    if let Some(tag) = optional(request, "tag")? {
        signer = signer.tag(tag)?;
    }
    if let Some(expires) = request.get("expires").and_then(Value::as_u64) {
        signer = signer.expires_after(Duration::from_secs(expires.saturating_sub(created)));
    }
    let created = UnixTime::from_secs(created);
    match &mut message {
        Message::Request(request) => signer.sign(request, &body, created)?,
        Message::Response(response, request) => signer.sign_response(response, request, &body, created)?,
    }
    let mut headers = Vec::new();
    for (name, value) in message.headers() {
        headers.push(json!([name.as_str(), value.to_str().map_err(internal)?]));
    }
    Ok(json!({ "headers": headers }))
}

pub(super) fn verify(request: &Value) -> Outcome {
    let (body, now) = (bytes(request, "body")?, now(request)?);
    let verifier = Verifier::new(verify_key(request)?, policy(request)?)?;
    match message(field(request, "message")?, origin_form)? {
        Message::Request(request) => verifier.verify(&request, body, now)?.allow_replays(),
        Message::Response(response, request) => {
            verifier.verify_response(&response, &request, body, now)?.allow_replays()
        }
    };
    Ok(json!({ "accepted": true }))
}

fn policy(request: &Value) -> Outcome<Policy> {
    let (authority, components) = ([text(request, "authority")?], texts(request, "components")?);
    let policy = match text(request, "policy")? {
        "api" => Policy::api(authority),
        "web-bot-auth" => return Ok(Policy::web_bot_auth(authority).covering(&components)),
        "request" => Policy::custom_request(authority, &components),
        "response" => Policy::response(),
        "custom-response" => Policy::custom_response(&components).allow_unbound(),
        other => return Err(internal(format!("policy {other}"))),
    };
    Ok(match optional(request, "tag")? {
        Some(tag) => policy.tag(tag),
        None => policy,
    })
}

/// Web bots name their keys by the thumbprint of the JWK, which is the crate's own here, whatever `keyid` says.
fn sign_key(request: &Value) -> Outcome<SignKey> {
    let secret = bytes(request, "secret")?;
    let key = match text(request, "algorithm")? {
        "ed25519" => SignKey::from(SigningKey::from_seed(&secret)?),
        "hmac-sha256" => MacKey::from_bytes(Hash::Sha256, &secret)?.try_into()?,
        "ecdsa-p256-sha256" => P256SigningKey::from_bytes(&secret)?.into(),
        other => return Err(unsupported(other)),
    };
    let thumbprint = key.verify_key().and_then(|key| key.jwk_thumbprint());
    Ok(key.named(&name(request, thumbprint)?)?)
}

fn verify_key(request: &Value) -> Outcome<VerifyKey> {
    let key = bytes(request, "key")?;
    let key = match text(request, "algorithm")? {
        "ed25519" => VerifyKey::from(VerifyingKey::from_bytes(&key)?),
        "hmac-sha256" => MacKey::from_bytes(Hash::Sha256, &key)?.try_into()?,
        "ecdsa-p256-sha256" => VerifyKey::p256_from_spki(&key)?,
        other => return Err(unsupported(other)),
    };
    let thumbprint = key.jwk_thumbprint();
    Ok(key.named(&name(request, thumbprint)?)?)
}

fn name(request: &Value, thumbprint: Option<String>) -> Outcome<String> {
    match text(request, "policy")? {
        "web-bot-auth" => thumbprint.ok_or_else(|| unsupported("a thumbprint of a secret")),
        _ => Ok(text(request, "keyid")?.into()),
    }
}

fn message(
    message: &Value,
    target: impl Fn(&str) -> Outcome<(Uri, Option<HeaderValue>)>,
) -> Outcome<Message> {
    let Some(answered) = message.get("request") else {
        return Ok(Message::Request(request_parts(message, target)?));
    };
    let (mut response, ()) = Response::new(()).into_parts();
    let status = u16::try_from(number(message, "status")?).map_err(internal)?;
    response.status = status.try_into().map_err(internal)?;
    response.headers = headers(message)?;
    // A client has its request as it was sent.
    Ok(Message::Response(response, request_parts(answered, uri)?))
}

fn request_parts(
    message: &Value,
    target: impl Fn(&str) -> Outcome<(Uri, Option<HeaderValue>)>,
) -> Outcome<request::Parts> {
    let (uri, host) = target(text(message, "url")?)?;
    let request = Request::builder().method(text(message, "method")?).uri(uri).body(()).map_err(internal)?;
    let (mut request, ()) = request.into_parts();
    request.headers = headers(message)?;
    request.headers.extend(host.map(|host| (HOST, host)));
    Ok(request)
}

/// As a client has it.
fn uri(url: &str) -> Outcome<(Uri, Option<HeaderValue>)> {
    Ok((url.parse().map_err(internal)?, None))
}

/// As a server has it: what was on the request line, and `Host`. The scheme is known by the connection, which is one of TLS
/// unless somebody says so.
fn origin_form(url: &str) -> Outcome<(Uri, Option<HeaderValue>)> {
    let (uri, _) = uri(url)?;
    let (Some("https"), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Ok((uri, None));
    };
    let host = HeaderValue::from_str(authority.as_str()).map_err(internal)?;
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    // Nobody sends a target without a path.
    let slash = if target.starts_with('/') { "" } else { "/" };
    Ok((format!("{slash}{target}").parse().map_err(internal)?, Some(host)))
}

fn headers(message: &Value) -> Outcome<HeaderMap> {
    let mut headers = HeaderMap::new();
    for line in field(message, "headers")?.as_array().into_iter().flatten() {
        let part = |at| line.get(at).and_then(Value::as_str).ok_or_else(|| internal("no line of a field"));
        let name: HeaderName = part(0)?.parse().map_err(internal)?;
        headers.append(name, part(1)?.parse().map_err(internal)?);
    }
    Ok(headers)
}

fn field<'a>(request: &'a Value, name: &str) -> Outcome<&'a Value> {
    request.get(name).ok_or_else(|| internal(format!("no {name}")))
}

fn optional<'a>(request: &'a Value, name: &str) -> Outcome<Option<&'a str>> {
    request.get(name).map(|_| text(request, name)).transpose()
}
