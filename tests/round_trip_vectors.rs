// SPDX-License-Identifier: MIT OR Apache-2.0
//! Known answers of round trips: `tests/vectors/round-trip-v1.json`, byte for byte.
//!
//! With `CHANCERY_WRITE_VECTORS=1` the file is written instead of compared.

#![cfg(feature = "hazmat")]

use chancery::{
    Context, Error, UnixTime,
    envelope::{Opener, Sealer},
    hazmat::{self, Aead, Hash},
    hpke::{Identity, Suite},
    signing::SigningKey,
};
use serde_json::{Value, json};
use sha2::Digest;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/round-trip-v1.json");
const NOW: UnixTime = UnixTime::from_secs(1_790_000_000);
const FIELDS: [&[u8]; 2] = [b"quote", b"v1"];

/// Bytes that look random and are the same every time: HKDF-SHA-512 of a name and a counter.
struct Fixed(String, u32);

impl hazmat::Random for Fixed {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
        self.1 += 1;
        let info = [self.0.as_bytes(), &self.1.to_be_bytes()].concat();
        let bytes = hazmat::hkdf_expand(Hash::Sha512, &[0x43; 64], &info, buffer.len())?;
        buffer.copy_from_slice(bytes.expose_secret());
        Ok(())
    }
}

fn fixed(name: &str) -> Fixed {
    Fixed(name.to_owned(), 0)
}

fn secret(name: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    hazmat::Random::fill(&mut fixed(name), &mut bytes).unwrap();
    bytes
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

fn unhex(value: &Value) -> Vec<u8> {
    let text = value.as_str().expect("a string");
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

fn bytes(len: usize) -> Vec<u8> {
    (0..len).map(|i| u8::try_from(i % 251).unwrap()).collect()
}

fn context() -> Context {
    FIELDS[1..].iter().fold(Context::of(FIELDS[0]), Context::field)
}

fn suite(aead: &str) -> Suite {
    if aead == "AES-256-GCM" { Suite::X25519Aes256Gcm } else { Suite::X25519ChaCha20Poly1305 }
}

fn row(aead: &str, signed: bool, padded: bool, len: usize) -> Value {
    let identity = Identity::from_bytes(suite(aead), &secret("recipient")).unwrap();
    let (recipient, signer) = (identity.recipient(), SigningKey::from_seed(&secret("signing")).unwrap());
    let sender = signer.verifying_key();
    let mut sealer = Sealer::to(recipient.clone(), &context()).unwrap();
    sealer = if signed { sealer.signed_by(signer) } else { sealer };
    sealer = if padded { sealer.padded() } else { sealer };
    let opener = if signed {
        Opener::from_senders(identity, &context(), sender.clone())
    } else {
        Opener::from_anyone(identity, &context())
    };

    let name = format!("{aead} {signed} {padded} {len}");
    let payload = b"how much?";
    let (request, mut reply) =
        hazmat::seal_request(&sealer, payload, NOW, &mut fixed(&format!("request {name}"))).unwrap();
    let asked = opener.unwrap().request(&request, NOW).unwrap().allow_replays();
    let message_id = *asked.opened().message_id();
    let (opened, responder) = asked.into_parts();
    assert_eq!(opened.payload(), payload);
    let response =
        hazmat::seal_response(responder, &bytes(len), &mut fixed(&format!("response {name}"))).unwrap();
    assert_eq!(reply.open(&response).unwrap(), bytes(len));

    json!({
        "aead": aead, "secret": hex(&secret("recipient")), "public": hex(recipient.as_bytes()),
        "context": FIELDS.map(hex), "created": NOW.as_secs(), "padded": padded,
        "sender": signed.then(|| hex(sender.as_bytes())), "signer": signed.then(|| hex(&secret("signing"))),
        "payload": hex(payload), "request": hex(&request), "message_id": hex(&message_id),
        "payload_key": hex(&secret(&format!("request {name}"))), // the first bytes that were drawn
        "answer": hex(&bytes(len)), "response": hex(&response),
    })
}

fn rows() -> Vec<Value> {
    let mut rows = Vec::new();
    for aead in ["AES-256-GCM", "ChaCha20-Poly1305"] {
        rows.push(row(aead, false, false, 0));
        rows.push(row(aead, true, false, 100));
        rows.push(row(aead, true, true, 16_384));
    }
    rows
}

fn file() -> Value {
    serde_json::from_slice(&std::fs::read(FILE).expect("the vectors are there")).expect("JSON")
}

#[test]
fn the_file_is_what_this_crate_writes() {
    let made = json!({ "format": "chancery round-trip-v1 test vectors", "round_trips": rows() });
    if std::env::var_os("CHANCERY_WRITE_VECTORS").is_some() {
        std::fs::write(FILE, serde_json::to_string_pretty(&made).unwrap() + "\n").unwrap();
    }
    assert!(made == file(), "the bytes of the format have changed");
}

/// With nothing of the round trip itself: section 11 of the specification, put together from the primitives.
#[test]
fn the_responses_of_the_file_open_as_the_specification_says() {
    let file = file();
    let rows = file["round_trips"].as_array().unwrap();
    assert_eq!(rows.len(), 6);
    let hash = |parts: &[&[u8]]| sha2::Sha256::digest(parts.concat());
    for row in rows {
        let mut encoded = b"chancery/v1 context\0".to_vec();
        encoded.extend([0, 2]);
        for field in row["context"].as_array().unwrap() {
            let field = unhex(field);
            encoded.extend(u32::try_from(field.len()).unwrap().to_be_bytes());
            encoded.extend(field);
        }
        let ctx = hash(&[&encoded]);
        let info = [b"chancery/v1 response key\0", hash(&[&unhex(&row["request"])]).as_slice()].concat();
        let key = hazmat::hkdf_expand(Hash::Sha512, &unhex(&row["payload_key"]), &info, 32).unwrap();
        let aead = if row["aead"] == "AES-256-GCM" { Aead::Aes256Gcm } else { Aead::ChaCha20Poly1305 };
        let response = unhex(&row["response"]);
        assert_eq!(response[0], 0xC2);
        let bound = hash(&[b"chancery/v1 response\0\xC2", &ctx]);
        let answer = hazmat::chunked_open(aead, key.expose_secret(), &bound, &response[1..]).unwrap();
        assert_eq!(answer, unhex(&row["answer"]));
    }
}
