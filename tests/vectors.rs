// SPDX-License-Identifier: MIT OR Apache-2.0
//! Known answers: `tests/vectors/envelope-v1.json` is what this crate writes, byte for byte.
//!
//! With `CHANCERY_WRITE_VECTORS=1` (and feature `hazmat`) the file is written instead of compared. A
//! format that changes makes the test fail: the bytes of a version stay.

#![cfg(feature = "std")]

use chancery::{
    ConfigError, Context, Error, Key, KeyId, Keyring, UnixTime, Verified,
    aead::{Algorithm, SealKey},
    envelope::{Opened, Opener},
    hpke::{Identity, Info, Psk, Recipient, Suite},
    mac::{Hash, MacKey},
    signing::{Signature, SigningKey, VerifyingKey},
};
use serde_json::Value;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/envelope-v1.json");

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

fn context(value: &Value) -> Context {
    let fields: Vec<_> = value.as_array().unwrap().iter().map(unhex).collect();
    fields[1..].iter().fold(Context::of(&fields[0]), Context::field)
}

fn algorithm(value: &Value) -> Algorithm {
    match value.as_str().unwrap() {
        "AES-256-GCM" => Algorithm::Aes256Gcm,
        "ChaCha20-Poly1305" => Algorithm::ChaCha20Poly1305,
        other => panic!("{other}"),
    }
}

fn suite(value: &Value) -> Suite {
    match value.as_str().unwrap() {
        "AES-256-GCM" => Suite::X25519Aes256Gcm,
        "ChaCha20-Poly1305" => Suite::X25519ChaCha20Poly1305,
        "AES-128-GCM" => Suite::X25519Aes128Gcm,
        other => panic!("{other}"),
    }
}

fn file() -> Value {
    serde_json::from_slice(&std::fs::read(FILE).expect("the vectors are there")).expect("JSON")
}

fn rows<'a>(file: &'a Value, name: &str, least: usize) -> &'a Vec<Value> {
    let rows = file[name].as_array().unwrap();
    assert!(rows.len() >= least, "{name}: {}", rows.len());
    rows
}

#[test]
fn the_contexts_of_the_file_have_their_digests() {
    use sha2::Digest;
    for row in rows(&file(), "contexts", 4) {
        let fields: Vec<_> = row["fields"].as_array().unwrap().iter().map(unhex).collect();
        let mut encoded = b"chancery/v1 context\0".to_vec();
        encoded.extend(u16::try_from(fields.len()).unwrap().to_be_bytes());
        for field in &fields {
            encoded.extend(u32::try_from(field.len()).unwrap().to_be_bytes());
            encoded.extend(field);
        }
        assert_eq!(unhex(&row["ctx"]), sha2::Sha256::digest(encoded).to_vec());
    }
}

/// The id and the text of the key in a row, or what its text is refused with.
fn parsed(row: &Value) -> Result<(String, String), ConfigError> {
    let text = row["text"].as_str().unwrap();
    Ok(match row["kind"].as_str().unwrap() {
        "seal" => ids(&text.parse::<SealKey>()?, |k| k.to_secret_text().expose_secret().into()),
        "mac" => ids(&text.parse::<MacKey>()?, |k| k.to_secret_text().expose_secret().into()),
        "signing" => ids(&text.parse::<SigningKey>()?, |k| k.to_secret_text().expose_secret().into()),
        "verifying" => ids(&text.parse::<VerifyingKey>()?, ToString::to_string),
        "identity" => ids(&text.parse::<Identity>()?, |k| k.to_secret_text().expose_secret().into()),
        "recipient" => ids(&text.parse::<Recipient>()?, ToString::to_string),
        other => panic!("{other}"),
    })
}

fn ids<K: Key>(key: &K, text: impl Fn(&K) -> String) -> (String, String) {
    (key.id().to_string(), text(key))
}

#[test]
fn the_key_texts_of_the_file_parse_to_keys_with_their_ids() {
    for row in rows(&file(), "keys", 13) {
        let (id, text) = parsed(row).unwrap();
        assert_eq!((row["id"].as_str(), row["text"].as_str()), (Some(id.as_str()), Some(text.as_str())));
    }
    refused("keys", 27, |row| parsed(row).is_ok());
}

/// No row that is to be refused opens.
fn refused(name: &str, least: usize, opens: impl Fn(&Value) -> bool) {
    for row in rows(&file()["refused"], name, least) {
        assert!(!opens(row), "{name}: {}", row["reason"]);
    }
}

fn open_sealed(row: &Value) -> Result<Vec<u8>, Error> {
    let key = SealKey::from_bytes(algorithm(&row["aead"]), &unhex(&row["key"])).unwrap();
    Keyring::new(key).open(&context(&row["context"]), &unhex(&row["sealed"]))
}

#[test]
fn the_sealed_messages_of_the_file_open() {
    for row in rows(&file(), "sealed", 8) {
        assert_eq!(open_sealed(row).unwrap(), unhex(&row["payload"]));
    }
    refused("sealed", 14, |row| open_sealed(row).is_ok());
}

fn open_hpke(row: &Value) -> Result<Vec<u8>, Error> {
    let mut identity = Identity::from_bytes(suite(&row["aead"]), &unhex(&row["secret"])).unwrap();
    if let Some(id) = row["tink_id"].as_u64() {
        identity = identity.with_tink_id(u32::try_from(id).unwrap());
    }
    let (info, sealed) = (unhex(&row["info"]), unhex(&row["sealed"]));
    let info = Info::raw(&info).unwrap();
    if row["psk"].is_null() {
        return identity.open(info, &sealed);
    }
    identity.open_psk(info, &Psk::new(&unhex(&row["psk"]), &unhex(&row["psk_id"])).unwrap(), &sealed)
}

#[test]
fn the_hpke_messages_of_the_file_open() {
    for row in rows(&file(), "hpke", 9) {
        assert_eq!(open_hpke(row).unwrap(), unhex(&row["payload"]));
    }
    for row in rows(&file(), "hpke_contexts", 3) {
        let identity = Identity::from_bytes(suite(&row["aead"]), &unhex(&row["secret"])).unwrap();
        let opened = identity.open(&context(&row["context"]), &unhex(&row["sealed"]));
        assert_eq!(opened.unwrap(), unhex(&row["payload"]));
    }
    refused("hpke", 15, |row| open_hpke(row).is_ok());
}

fn open_envelope(row: &Value, secret: &Value, now: UnixTime) -> Result<Verified<Opened>, Error> {
    let identity = Identity::from_bytes(suite(&row["aead"]), &unhex(secret)).unwrap();
    let context = context(&row["context"]);
    let opener = if row["sender"].is_null() {
        Opener::from_anyone(identity, &context)
    } else {
        let sender = VerifyingKey::from_bytes(&unhex(&row["sender"])).unwrap();
        Opener::from_senders(identity, &context, sender)
    };
    Ok(opener.unwrap().open(&unhex(&row["sealed"]), now)?.allow_replays())
}

#[test]
fn the_envelopes_of_the_file_open_for_each_recipient() {
    for row in rows(&file(), "envelopes", 11) {
        for recipient in row["recipients"].as_array().unwrap() {
            let now = UnixTime::from_secs(row["created"].as_u64().unwrap());
            let opened = open_envelope(row, &recipient["secret"], now).unwrap();
            assert_eq!(opened.payload(), unhex(&row["payload"]));
            assert_eq!(opened.created(), now);
            assert_eq!(hex(opened.message_id()), row["message_id"].as_str().unwrap());
        }
    }
    refused("envelopes", 40, |row| open_envelope(row, &row["secret"], UnixTime::MAX).is_ok());
}

fn check_mac(row: &Value) -> Result<KeyId, Error> {
    let hash = match row["hash"].as_str().unwrap() {
        "SHA-256" => Hash::Sha256,
        "SHA-384" => Hash::Sha384,
        "SHA-512" => Hash::Sha512,
        other => panic!("{other}"),
    };
    let keys = Keyring::new(MacKey::from_bytes(hash, &unhex(&row["key"])).unwrap());
    keys.verify(&context(&row["context"]), &unhex(&row["message"]), &unhex(&row["tag"]))
}

#[test]
fn the_tags_of_the_file_are_those_of_their_messages() {
    for row in rows(&file(), "macs", 3) {
        check_mac(row).unwrap();
    }
    refused("macs", 7, |row| check_mac(row).is_ok());
}

/// A weak key is refused when it is imported, a wrong signature when it is checked.
fn signature_holds(row: &Value) -> bool {
    let Ok(key) = VerifyingKey::from_bytes(&unhex(&row["public"])) else { return false };
    let signature = Signature::from_bytes(unhex(&row["signature"]).try_into().unwrap());
    Keyring::new(key).verify(&context(&row["context"]), &unhex(&row["message"]), &signature).is_ok()
}

#[test]
fn the_signatures_of_the_file_are_those_of_their_messages() {
    for row in rows(&file(), "signatures", 4) {
        assert!(signature_holds(row));
    }
    refused("signatures", 7, signature_holds);
}

#[cfg(feature = "hazmat")]
#[path = "vectors/forging.rs"]
mod forging;
#[path = "vectors/post_quantum.rs"]
mod post_quantum;
#[cfg(feature = "hazmat")]
#[path = "vectors/refused.rs"]
mod refused;
#[cfg(feature = "hazmat")]
#[path = "vectors/writing.rs"]
mod writing;

#[cfg(not(feature = "hazmat"))]
#[test]
fn without_hazmat_the_file_is_read_and_not_made_again() {
    println!("vectors: NOT RUN without the feature `hazmat`: that the crate writes these bytes");
}
