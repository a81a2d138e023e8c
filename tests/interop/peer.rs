// SPDX-License-Identifier: MIT OR Apache-2.0
//! The crate's side of the interoperability matrix: one JSON object per line in, one per line out.

mod http_signatures;
mod tokens;
mod webhooks;

use chancery::{
    ConfigError, Context, Error, Key, Keyring, UnixTime,
    aead::{Algorithm, SealKey},
    agreement::{EphemeralPublicKey, EphemeralSecret, Role},
    envelope::{Opener, Reply, Sealer},
    hpke::{Identity, Info, Psk, Recipient, Suite},
    mac::{Hash, MacKey},
    signing::{Signature, SigningKey, VerifyingKey},
};
use serde_json::{Value, json};
use std::{
    cell::RefCell,
    io::{BufRead, Write},
    time::Duration,
};

type Outcome<T = Value> = Result<T, Failure>;

/// What is answered instead of `ok`, as `README.md` tells them apart.
enum Failure {
    Refused(String),
    Unsupported(String),
    Internal(String),
}

impl Failure {
    fn text(self) -> String {
        match self {
            Self::Refused(why) => why,
            Self::Unsupported(what) => format!("unsupported: {what}"),
            Self::Internal(what) => format!("internal: {what}"),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Refused(error.to_string())
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Refused(error.to_string())
    }
}

fn internal(what: impl std::fmt::Display) -> Failure {
    Failure::Internal(what.to_string())
}

fn unsupported(what: &str) -> Failure {
    Failure::Unsupported(what.into())
}

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let request = serde_json::from_str(&line?).map_err(internal);
        let answer = match request.and_then(|request| answer(&request)) {
            Ok(ok) => json!({ "ok": ok }),
            Err(failure) => json!({ "error": failure.text() }),
        };
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

fn answer(request: &Value) -> Outcome {
    match text(request, "op")? {
        "sealed.seal" => {
            let sealed = seal_keys(request)?.seal(&context(request)?, &bytes(request, "payload")?)?;
            Ok(json!({ "sealed": hex(&sealed) }))
        }
        "sealed.open" => {
            let payload = seal_keys(request)?.open(&context(request)?, &bytes(request, "sealed")?)?;
            Ok(json!({ "payload": hex(&payload) }))
        }
        "hpke.seal" => hpke_seal(request, Info::raw(&bytes(request, "info")?)?),
        "hpke.open" => hpke_open(request, Info::raw(&bytes(request, "info")?)?),
        "hpke.context.seal" => hpke_seal(request, Info::from(&context(request)?)),
        "hpke.context.open" => hpke_open(request, Info::from(&context(request)?)),
        "envelope.seal" => envelope_seal(request),
        "envelope.open" => envelope_open(request),
        "request.seal" => request_seal(request),
        "request.answer" => request_answer(request),
        "response.open" => response_open(request),
        "key.text" => key_text(request),
        "key.parse" => key_parse(request),
        "mac.tag" => mac_tag(request),
        "mac.verify" => mac_verify(request),
        "signature.sign" => sign(request),
        "signature.verify" => verify(request),
        "agreement.start" => agreement_start(request),
        "webhook.sign" => webhooks::sign(request),
        "webhook.send" => webhooks::send(request),
        "webhook.verify" => webhooks::verify(request),
        "http.sign" => http_signatures::sign(request),
        "http.verify" => http_signatures::verify(request),
        "jwt.sign" => tokens::sign(request),
        "jwt.verify" => tokens::verify(request),
        "jwk.publish" => tokens::publish(request),
        "jwk.thumbprints" => tokens::thumbprints(request),
        "dpop.prove" => tokens::prove(request),
        "dpop.verify" => tokens::verify_bound(request),
        op => Err(unsupported(op)),
    }
}

fn seal_key(request: &Value, algorithm: &str) -> Outcome<SealKey> {
    let algorithm = match text(request, algorithm)? {
        "AES-256-GCM" => Algorithm::Aes256Gcm,
        "ChaCha20-Poly1305" => Algorithm::ChaCha20Poly1305,
        other => return Err(unsupported(other)),
    };
    Ok(SealKey::from_bytes(algorithm, &bytes(request, "key")?)?)
}

fn seal_keys(request: &Value) -> Outcome<Keyring<SealKey>> {
    seal_key(request, "aead").map(Keyring::new)
}

/// By its name as the algorithm of a key.
fn hpke_suite(name: &str) -> Outcome<Suite> {
    Ok(match name {
        "AES-128-GCM" => Suite::X25519Aes128Gcm,
        "AES-256-GCM" => Suite::X25519Aes256Gcm,
        "ChaCha20-Poly1305" => Suite::X25519ChaCha20Poly1305,
        #[cfg(feature = "pq")]
        "X-Wing AES-256-GCM" => Suite::XWingAes256Gcm,
        #[cfg(feature = "pq")]
        "X-Wing ChaCha20-Poly1305" => Suite::XWingChaCha20Poly1305,
        other => return Err(unsupported(other)),
    })
}

fn suite_of(x_wing: bool, aead: &str) -> Outcome<Suite> {
    if x_wing { hpke_suite(&format!("X-Wing {aead}")) } else { hpke_suite(aead) }
}

/// Whose secret key it is.
fn names_x_wing(request: &Value) -> Outcome<bool> {
    match request.get("kem").map(|kem| kem.as_str().ok_or_else(|| internal("no kem"))).transpose()? {
        None | Some("X25519") => Ok(false),
        Some("MLKEM768-X25519") => Ok(true),
        Some(other) => Err(unsupported(other)),
    }
}

/// Among raw public keys those of X-Wing are known by their length.
fn recipient(aead: &str, public: &[u8]) -> Outcome<Recipient> {
    Ok(Recipient::from_bytes(suite_of(public.len() == 1216, aead)?, public)?)
}

fn psk(request: &Value) -> Outcome<Option<Psk>> {
    if request.get("psk").is_none() {
        return Ok(None);
    }
    Ok(Some(Psk::new(&bytes(request, "psk")?, &bytes(request, "psk_id")?)?))
}

fn tink_id(request: &Value) -> Outcome<Option<u32>> {
    if request.get("tink_id").is_none() {
        return Ok(None);
    }
    u32::try_from(number(request, "tink_id")?).map(Some).map_err(internal)
}

fn hpke_seal(request: &Value, info: Info<'_>) -> Outcome {
    let mut recipient = recipient(text(request, "aead")?, &bytes(request, "public")?)?;
    if let Some(id) = tink_id(request)? {
        recipient = recipient.with_tink_id(id);
    }
    let payload = bytes(request, "payload")?;
    let sealed = match psk(request)? {
        None => recipient.seal(info, &payload)?,
        Some(psk) => recipient.seal_psk(info, &psk, &payload)?,
    };
    Ok(json!({ "sealed": hex(&sealed) }))
}

fn hpke_open(request: &Value, info: Info<'_>) -> Outcome {
    let suite = suite_of(names_x_wing(request)?, text(request, "aead")?)?;
    let mut identity = Identity::from_bytes(suite, &bytes(request, "secret")?)?;
    if let Some(id) = tink_id(request)? {
        identity = identity.with_tink_id(id);
    }
    let sealed = bytes(request, "sealed")?;
    let payload = match psk(request)? {
        None => identity.open(info, &sealed)?,
        Some(psk) => identity.open_psk(info, &psk, &sealed)?,
    };
    Ok(json!({ "payload": hex(&payload) }))
}

fn envelope_aead(request: &Value) -> Outcome<&'static str> {
    match number(request, "suite")? {
        1 => Ok("AES-256-GCM"),
        2 => Ok("ChaCha20-Poly1305"),
        other => Err(unsupported(&format!("suite {other}"))),
    }
}

thread_local! {
    /// What waits for an answer: a request's `reply` is its place here.
    static REPLIES: RefCell<Vec<Reply>> = const { RefCell::new(Vec::new()) };
}

fn request_seal(request: &Value) -> Outcome {
    let created = UnixTime::from_secs(number(request, "created")?);
    let (sealed, reply) = sealer(request)?.request(&bytes(request, "payload")?, created)?;
    let place = REPLIES.with_borrow_mut(|replies| {
        replies.push(reply);
        replies.len() - 1
    });
    Ok(json!({ "sealed": hex(&sealed), "reply": place.to_string() }))
}

fn request_answer(request: &Value) -> Outcome {
    let asked = opener(request)?.request(&bytes(request, "sealed")?, UnixTime::MAX)?;
    let (question, responder) = asked.allow_replays().into_parts();
    let response = responder.seal(&bytes(request, "answer")?)?;
    Ok(json!({ "payload": hex(question.payload()), "response": hex(&response) }))
}

fn response_open(request: &Value) -> Outcome {
    let place: usize = text(request, "reply")?.parse().map_err(internal)?;
    let response = bytes(request, "response")?;
    REPLIES.with_borrow_mut(|replies| {
        let reply = replies.get_mut(place).ok_or_else(|| internal("no such reply"))?;
        Ok(json!({ "answer": hex(&reply.open(&response)?) }))
    })
}

fn envelope_seal(request: &Value) -> Outcome {
    let created = UnixTime::from_secs(number(request, "created")?);
    let sealed = sealer(request)?.seal(&bytes(request, "payload")?, created)?;
    Ok(json!({ "sealed": hex(&sealed) }))
}

fn sealer(request: &Value) -> Outcome<Sealer> {
    let (aead, context) = (envelope_aead(request)?, context(request)?);
    let (first, others) = at_least_one(request, "recipients")?;
    let mut sealer = Sealer::to(recipient(aead, &first)?, &context)?;
    if request.get("mixed").and_then(Value::as_bool) == Some(true) {
        sealer = sealer.allow_mixed();
    }
    for public in others {
        sealer = sealer.and(recipient(aead, &public)?)?;
    }
    if request.get("signer").is_some() {
        sealer = sealer.signed_by(SigningKey::from_seed(&bytes(request, "signer")?)?);
    }
    if request.get("padded").and_then(Value::as_bool).ok_or_else(|| internal("no padded"))? {
        sealer = sealer.padded();
    }
    Ok(sealer)
}

fn opener(request: &Value) -> Outcome<Opener> {
    let suite = suite_of(names_x_wing(request)?, envelope_aead(request)?)?;
    let identity = Identity::from_bytes(suite, &bytes(request, "secret")?)?;
    let context = context(request)?;
    let mut opener = if request.get("senders").is_some() {
        let (first, others) = at_least_one(request, "senders")?;
        let mut senders = Keyring::new(VerifyingKey::from_bytes(&first)?);
        for key in others {
            senders = senders.accept(VerifyingKey::from_bytes(&key)?)?;
        }
        Opener::from_senders(identity, &context, senders)?
    } else {
        Opener::from_anyone(identity, &context)?
    };
    if let Some(seconds) = seconds(request, "skew")? {
        opener = opener.max_skew(Duration::from_secs(seconds));
    }
    if let Some(seconds) = seconds(request, "max_age")? {
        opener = opener.max_age(Duration::from_secs(seconds));
    }
    Ok(opener)
}

fn envelope_open(request: &Value) -> Outcome {
    // Where no time is given: at the end of time nothing is in the future.
    let now = seconds(request, "now")?.map_or(UnixTime::MAX, UnixTime::from_secs);
    let opened = opener(request)?.open(&bytes(request, "sealed")?, now)?.allow_replays();
    Ok(json!({
        "payload": hex(opened.payload()),
        "created": opened.created().as_secs(),
        "message_id": hex(opened.message_id()),
        "sender": opened.sender().map(|id| id.to_string()),
    }))
}

/// A string, since JSON's numbers end at 2^53 in some languages.
fn seconds(request: &Value, name: &str) -> Outcome<Option<u64>> {
    let parse = |value: &Value| value.as_str().and_then(|text| text.parse().ok());
    request.get(name).map(|value| parse(value).ok_or_else(|| internal(format!("no {name}")))).transpose()
}

fn hash(name: &str) -> Outcome<Hash> {
    Ok(match name {
        "SHA-256" => Hash::Sha256,
        "SHA-384" => Hash::Sha384,
        "SHA-512" => Hash::Sha512,
        other => return Err(unsupported(other)),
    })
}

fn written<K: Key>(key: &K, text: impl Fn(&K) -> String) -> Value {
    json!({ "text": text(key), "id": key.id().to_string() })
}

fn seal_text(key: &SealKey) -> String {
    key.to_secret_text().expose_secret().into()
}

fn mac_text(key: &MacKey) -> String {
    key.to_secret_text().expose_secret().into()
}

fn signing_text(key: &SigningKey) -> String {
    key.to_secret_text().expose_secret().into()
}

fn identity_text(key: &Identity) -> String {
    key.to_secret_text().expose_secret().into()
}

fn key_text(request: &Value) -> Outcome {
    let (kind, algorithm, key) =
        (text(request, "kind")?, text(request, "algorithm")?, bytes(request, "key")?);
    Ok(match (kind, algorithm) {
        ("seal", _) => written(&seal_key(request, "algorithm")?, seal_text),
        ("mac", name) => written(&MacKey::from_bytes(hash(name)?, &key)?, mac_text),
        ("signing", "Ed25519") => written(&SigningKey::from_seed(&key)?, signing_text),
        ("verifying", "Ed25519") => written(&VerifyingKey::from_bytes(&key)?, ToString::to_string),
        ("identity", name) => written(&Identity::from_bytes(hpke_suite(name)?, &key)?, identity_text),
        ("recipient", name) => written(&Recipient::from_bytes(hpke_suite(name)?, &key)?, ToString::to_string),
        _ => return Err(unsupported(&format!("{kind}, {algorithm}"))),
    })
}

fn key_parse(request: &Value) -> Outcome {
    let key = text(request, "text")?;
    Ok(match text(request, "kind")? {
        "seal" => written(&key.parse()?, seal_text),
        "mac" => written(&key.parse()?, mac_text),
        "signing" => written(&key.parse()?, signing_text),
        "verifying" => written(&key.parse::<VerifyingKey>()?, ToString::to_string),
        "identity" => written(&key.parse()?, identity_text),
        "recipient" => written(&key.parse::<Recipient>()?, ToString::to_string),
        other => return Err(unsupported(other)),
    })
}

fn mac_keys(request: &Value) -> Outcome<Keyring<MacKey>> {
    Ok(Keyring::new(MacKey::from_bytes(hash(text(request, "hash")?)?, &bytes(request, "key")?)?))
}

fn mac_tag(request: &Value) -> Outcome {
    let tag = mac_keys(request)?.tag(&context(request)?, &bytes(request, "message")?)?;
    Ok(json!({ "tag": hex(tag.as_bytes()) }))
}

fn mac_verify(request: &Value) -> Outcome {
    let (message, tag) = (bytes(request, "message")?, bytes(request, "tag")?);
    let id = mac_keys(request)?.verify(&context(request)?, &message, &tag)?;
    Ok(json!({ "id": id.to_string() }))
}

fn sign(request: &Value) -> Outcome {
    let key = SigningKey::from_seed(&bytes(request, "seed")?)?;
    let signature = key.sign(&context(request)?, &bytes(request, "message")?)?;
    Ok(json!({ "signature": hex(signature.as_bytes()) }))
}

fn verify(request: &Value) -> Outcome {
    let keys = Keyring::new(VerifyingKey::from_bytes(&bytes(request, "public")?)?);
    let (message, signature) = (bytes(request, "message")?, bytes(request, "signature")?);
    let signature = Signature::from_bytes(array(&signature)?);
    let id = keys.verify(&context(request)?, &message, &signature)?;
    Ok(json!({ "id": id.to_string() }))
}

fn agreement_start(request: &Value) -> Outcome {
    let role = match text(request, "role")? {
        "initiator" => Role::Initiator,
        "responder" => Role::Responder,
        other => return Err(internal(format!("role {other}"))),
    };
    let secret = EphemeralSecret::generate()?;
    let public = secret.public_key();
    let peer = EphemeralPublicKey::from_bytes(array(&bytes(request, "public")?)?);
    let keys = secret.agree(&peer, role)?.derive(&context(request)?)?;
    Ok(json!({
        "public": hex(public.as_bytes()),
        "sealing": seal_text(&keys.sealing),
        "opening": seal_text(&keys.opening),
    }))
}

fn context(request: &Value) -> Outcome<Context> {
    let (first, others) = at_least_one(request, "context")?;
    Ok(others.into_iter().fold(Context::of(first), Context::field))
}

/// The crate has no empty lists: its types refuse them, so this does.
fn at_least_one(request: &Value, name: &str) -> Outcome<(Vec<u8>, Vec<Vec<u8>>)> {
    let items = request.get(name).and_then(Value::as_array).ok_or_else(|| internal(format!("no {name}")))?;
    let item = |item: &Value| unhex(item.as_str().ok_or_else(|| internal("not a string"))?);
    let mut items: Vec<_> = items.iter().map(item).collect::<Outcome<_>>()?;
    if items.is_empty() {
        return Err(Failure::Refused(format!("{name}: none")));
    }
    Ok((items.remove(0), items))
}

/// A length that the crate's own type has no room for.
fn array<const N: usize>(bytes: &[u8]) -> Outcome<[u8; N]> {
    bytes.try_into().map_err(|_| Failure::Refused(format!("not {N} bytes")))
}

fn text<'a>(request: &'a Value, name: &str) -> Outcome<&'a str> {
    request.get(name).and_then(Value::as_str).ok_or_else(|| internal(format!("no {name}")))
}

fn texts<'a>(request: &'a Value, name: &str) -> Outcome<Vec<&'a str>> {
    let texts = request.get(name).and_then(Value::as_array).ok_or_else(|| internal(format!("no {name}")))?;
    texts.iter().map(|text| text.as_str().ok_or_else(|| internal("not a string"))).collect()
}

fn number(request: &Value, name: &str) -> Outcome<u64> {
    request.get(name).and_then(Value::as_u64).ok_or_else(|| internal(format!("no {name}")))
}

fn bytes(request: &Value, name: &str) -> Outcome<Vec<u8>> {
    unhex(text(request, name)?)
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

fn unhex(text: &str) -> Outcome<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    };
    text.as_bytes().chunks(2).map(pair).collect::<Option<_>>().ok_or_else(|| internal("not hexadecimal"))
}
