// SPDX-License-Identifier: MIT OR Apache-2.0
//! The crate's side of the interoperability matrix: one JSON object per line in, one per line out.

use chancery::{
    Context, Keyring, UnixTime,
    aead::{Algorithm, SealKey},
    envelope::{Opener, Sealer},
    hpke::{Identity, Info, Psk, Recipient, Suite},
    signing::{SigningKey, VerifyingKey},
};
use serde_json::{Value, json};
use std::io::{BufRead, Write};

type Outcome = Result<Value, Box<dyn std::error::Error>>;

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let answer = serde_json::from_str(&line?).map_err(Into::into).and_then(|request| answer(&request));
        let answer = match answer {
            Ok(ok) => json!({ "ok": ok }),
            Err(error) => json!({ "error": error.to_string() }),
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
        "hpke.seal" => hpke_seal(request),
        "hpke.open" => hpke_open(request),
        "envelope.seal" => envelope_seal(request),
        "envelope.open" => envelope_open(request),
        op => Err(format!("unsupported: {op}").into()),
    }
}

fn seal_keys(request: &Value) -> Result<Keyring<SealKey>, Box<dyn std::error::Error>> {
    let algorithm = match text(request, "aead")? {
        "AES-256-GCM" => Algorithm::Aes256Gcm,
        "ChaCha20-Poly1305" => Algorithm::ChaCha20Poly1305,
        other => return Err(format!("unsupported: {other}").into()),
    };
    Ok(Keyring::new(SealKey::from_bytes(algorithm, &bytes(request, "key")?)?))
}

fn hpke_suite(request: &Value) -> Result<Suite, Box<dyn std::error::Error>> {
    Ok(match text(request, "aead")? {
        "AES-128-GCM" => Suite::X25519Aes128Gcm,
        "AES-256-GCM" => Suite::X25519Aes256Gcm,
        "ChaCha20-Poly1305" => Suite::X25519ChaCha20Poly1305,
        other => return Err(format!("unsupported: {other}").into()),
    })
}

fn psk(request: &Value) -> Result<Option<Psk>, Box<dyn std::error::Error>> {
    if request.get("psk").is_none_or(Value::is_null) {
        return Ok(None);
    }
    Ok(Some(Psk::new(&bytes(request, "psk")?, &bytes(request, "psk_id")?)?))
}

fn tink_id(request: &Value) -> Result<Option<u32>, Box<dyn std::error::Error>> {
    Ok(request.get("tink_id").and_then(Value::as_u64).map(u32::try_from).transpose()?)
}

fn hpke_seal(request: &Value) -> Outcome {
    let mut recipient = Recipient::from_bytes(hpke_suite(request)?, &bytes(request, "public")?)?;
    if let Some(id) = tink_id(request)? {
        recipient = recipient.with_tink_id(id);
    }
    let (info, payload) = (bytes(request, "info")?, bytes(request, "payload")?);
    let info = Info::raw(&info)?;
    let sealed = match psk(request)? {
        None => recipient.seal(info, &payload)?,
        Some(psk) => recipient.seal_psk(info, &psk, &payload)?,
    };
    Ok(json!({ "sealed": hex(&sealed) }))
}

fn hpke_open(request: &Value) -> Outcome {
    let mut identity = Identity::from_bytes(hpke_suite(request)?, &bytes(request, "secret")?)?;
    if let Some(id) = tink_id(request)? {
        identity = identity.with_tink_id(id);
    }
    let (info, sealed) = (bytes(request, "info")?, bytes(request, "sealed")?);
    let info = Info::raw(&info)?;
    let payload = match psk(request)? {
        None => identity.open(info, &sealed)?,
        Some(psk) => identity.open_psk(info, &psk, &sealed)?,
    };
    Ok(json!({ "payload": hex(&payload) }))
}

fn envelope_suite(request: &Value) -> Result<Suite, Box<dyn std::error::Error>> {
    match request.get("suite").and_then(Value::as_u64) {
        Some(1) => Ok(Suite::X25519Aes256Gcm),
        Some(2) => Ok(Suite::X25519ChaCha20Poly1305),
        _ => Err("unsupported: suite".into()),
    }
}

fn envelope_seal(request: &Value) -> Outcome {
    let (suite, context) = (envelope_suite(request)?, context(request)?);
    let mut recipients = list(request, "recipients")?.into_iter();
    let first = recipients.next().ok_or("no recipients")?;
    let mut sealer = Sealer::to(Recipient::from_bytes(suite, &first)?, &context)?;
    for recipient in recipients {
        sealer = sealer.and(Recipient::from_bytes(suite, &recipient)?)?;
    }
    if request.get("signer").is_some_and(|signer| !signer.is_null()) {
        sealer = sealer.signed_by(SigningKey::from_seed(&bytes(request, "signer")?)?);
    }
    if request.get("padded").and_then(Value::as_bool) == Some(true) {
        sealer = sealer.padded();
    }
    let created = request.get("created").and_then(Value::as_u64).ok_or("no created")?;
    let payload = bytes(request, "payload")?;
    let sealed = sealer.seal(&payload, UnixTime::from_secs(created))?;
    Ok(json!({ "sealed": hex(&sealed) }))
}

fn envelope_open(request: &Value) -> Outcome {
    let identity = Identity::from_bytes(envelope_suite(request)?, &bytes(request, "secret")?)?;
    let context = context(request)?;
    let opener = if request.get("senders").is_some_and(|senders| !senders.is_null()) {
        let mut keys = list(request, "senders")?.into_iter();
        let first = keys.next().ok_or("no senders")?;
        let mut senders = Keyring::new(VerifyingKey::from_bytes(&first)?);
        for key in keys {
            senders = senders.accept(VerifyingKey::from_bytes(&key)?)?;
        }
        Opener::from_senders(identity, &context, senders)?
    } else {
        Opener::from_anyone(identity, &context)?
    };
    // The peers have no policy on time: at the end of time nothing is in the future.
    let opened = opener.open(&bytes(request, "sealed")?, UnixTime::MAX)?.allow_replays();
    Ok(json!({
        "payload": hex(opened.payload()),
        "created": opened.created().as_secs(),
        "message_id": hex(opened.message_id()),
        "sender": opened.sender().map(|id| id.to_string()),
    }))
}

fn context(request: &Value) -> Result<Context, Box<dyn std::error::Error>> {
    let mut fields = list(request, "context")?.into_iter();
    let first = fields.next().ok_or("no context")?;
    Ok(fields.fold(Context::of(first), Context::field))
}

fn list(request: &Value, name: &str) -> Result<Vec<Vec<u8>>, Box<dyn std::error::Error>> {
    let items = request.get(name).and_then(Value::as_array).ok_or_else(|| format!("no {name}"))?;
    items.iter().map(|item| unhex(item.as_str().ok_or("not a string")?)).collect()
}

fn text<'a>(request: &'a Value, name: &str) -> Result<&'a str, String> {
    request.get(name).and_then(Value::as_str).ok_or_else(|| format!("no {name}"))
}

fn bytes(request: &Value, name: &str) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    unhex(text(request, name)?)
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

fn unhex(text: &str) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let pair = |at| text.get(at..at + 2).ok_or("odd length");
    (0..text.len()).step_by(2).map(|at| Ok(u8::from_str_radix(pair(at)?, 16)?)).collect()
}
