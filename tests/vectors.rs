// SPDX-License-Identifier: MIT OR Apache-2.0
//! Known answers: `tests/vectors/envelope-v1.json` is what this crate writes, byte for byte.
//!
//! With `CHANCERY_WRITE_VECTORS=1` (and feature `hazmat`) the file is written instead of compared. A
//! format that changes makes the test fail: the bytes of a version stay.

#![cfg(feature = "std")]

use chancery::{
    Context, Key, Keyring, UnixTime,
    aead::{Algorithm, SealKey},
    envelope::Opener,
    hpke::{Identity, Info, Psk, Recipient, Suite},
    mac::{Hash, MacKey},
    signing::{SigningKey, VerifyingKey},
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

#[test]
fn the_key_texts_of_the_file_parse_to_keys_with_their_ids() {
    for row in rows(&file(), "keys", 9) {
        let text = row["text"].as_str().unwrap();
        let (id, again) = match row["kind"].as_str().unwrap() {
            "seal" => ids(&text.parse::<SealKey>().unwrap(), |k| k.to_secret_text().expose_secret().into()),
            "mac" => ids(&text.parse::<MacKey>().unwrap(), |k| k.to_secret_text().expose_secret().into()),
            "signing" => {
                ids(&text.parse::<SigningKey>().unwrap(), |k| k.to_secret_text().expose_secret().into())
            }
            "verifying" => ids(&text.parse::<VerifyingKey>().unwrap(), ToString::to_string),
            "identity" => {
                ids(&text.parse::<Identity>().unwrap(), |k| k.to_secret_text().expose_secret().into())
            }
            "recipient" => ids(&text.parse::<Recipient>().unwrap(), ToString::to_string),
            other => panic!("{other}"),
        };
        assert_eq!(row["id"].as_str().unwrap(), id, "{text}");
        assert_eq!(text, again);
    }
}

fn ids<K: Key>(key: &K, text: impl Fn(&K) -> String) -> (String, String) {
    (key.id().to_string(), text(key))
}

#[test]
fn the_sealed_messages_of_the_file_open() {
    for row in rows(&file(), "sealed", 6) {
        let key = SealKey::from_bytes(algorithm(&row["aead"]), &unhex(&row["key"])).unwrap();
        let opened = Keyring::new(key).open(&context(&row["context"]), &unhex(&row["sealed"])).unwrap();
        assert_eq!(opened, unhex(&row["payload"]));
    }
}

#[test]
fn the_hpke_messages_of_the_file_open() {
    for row in rows(&file(), "hpke", 5) {
        let mut identity = Identity::from_bytes(suite(&row["aead"]), &unhex(&row["secret"])).unwrap();
        if let Some(id) = row["tink_id"].as_u64() {
            identity = identity.with_tink_id(u32::try_from(id).unwrap());
        }
        let (info, sealed) = (unhex(&row["info"]), unhex(&row["sealed"]));
        let info = Info::raw(&info).unwrap();
        let opened = if row["psk"].is_null() {
            identity.open(info, &sealed)
        } else {
            let psk = Psk::new(&unhex(&row["psk"]), &unhex(&row["psk_id"])).unwrap();
            identity.open_psk(info, &psk, &sealed)
        };
        assert_eq!(opened.unwrap(), unhex(&row["payload"]));
    }
}

#[test]
fn the_envelopes_of_the_file_open_for_each_recipient() {
    for row in rows(&file(), "envelopes", 8) {
        for recipient in row["recipients"].as_array().unwrap() {
            let identity = Identity::from_bytes(suite(&row["aead"]), &unhex(&recipient["secret"])).unwrap();
            let context = context(&row["context"]);
            let opener = if row["sender"].is_null() {
                Opener::from_anyone(identity, &context)
            } else {
                let sender = VerifyingKey::from_bytes(&unhex(&row["sender"])).unwrap();
                Opener::from_senders(identity, &context, sender)
            };
            let now = UnixTime::from_secs(row["created"].as_u64().unwrap());
            let opened = opener.unwrap().open(&unhex(&row["sealed"]), now).unwrap().allow_replays();
            assert_eq!(opened.payload(), unhex(&row["payload"]));
            assert_eq!(opened.created(), now);
            assert_eq!(hex(opened.message_id()), row["message_id"].as_str().unwrap());
        }
    }
}

#[cfg(feature = "hazmat")]
mod writing {
    use super::*;
    use chancery::{envelope::Sealer, hazmat};
    use serde_json::json;

    /// Bytes that look random and are the same every time: HKDF-SHA-512 of a name and a counter.
    struct Fixed(Vec<u8>, u32);

    impl hazmat::Random for Fixed {
        fn fill(&mut self, buffer: &mut [u8]) -> Result<(), chancery::Error> {
            self.1 += 1;
            let info = [self.0.as_slice(), &self.1.to_be_bytes()].concat();
            let bytes = hazmat::hkdf_expand(Hash::Sha512, &[0x43; 64], &info, buffer.len())?;
            buffer.copy_from_slice(bytes.expose_secret());
            Ok(())
        }
    }

    fn fixed(name: &str) -> Fixed {
        Fixed(name.into(), 0)
    }

    fn secret(name: &str) -> Vec<u8> {
        let mut bytes = vec![0; 32];
        hazmat::Random::fill(&mut fixed(name), &mut bytes).unwrap();
        bytes
    }

    fn payload(len: usize) -> Vec<u8> {
        (0..len).map(|i| u8::try_from(i % 251).unwrap()).collect()
    }

    fn contexts() -> Vec<Vec<&'static [u8]>> {
        vec![
            vec![b"order"],
            vec![b"order", b"v1"],
            vec![b"", b"x", b""],
            vec![b"\xff\x00", "\u{e9}".as_bytes()],
        ]
    }

    fn make(fields: &[&[u8]]) -> Context {
        fields[1..].iter().fold(Context::of(fields[0]), Context::field)
    }

    fn hexes(fields: &[&[u8]]) -> Vec<String> {
        fields.iter().map(|field| hex(field)).collect()
    }

    fn context_rows() -> Vec<Value> {
        use sha2::Digest;
        let digest = |fields: &[&[u8]]| {
            let mut encoded = b"chancery/v1 context\0".to_vec();
            encoded.extend(u16::try_from(fields.len()).unwrap().to_be_bytes());
            for field in fields {
                encoded.extend(u32::try_from(field.len()).unwrap().to_be_bytes());
                encoded.extend(*field);
            }
            hex(&sha2::Sha256::digest(encoded))
        };
        contexts().iter().map(|f| json!({ "fields": hexes(f), "ctx": digest(f) })).collect()
    }

    fn key_row(kind: &str, key: &impl Key, bytes: &[u8], text: &str) -> Value {
        json!({ "kind": kind, "bytes": hex(bytes), "text": text, "id": key.id().to_string() })
    }

    fn key_rows() -> Vec<Value> {
        let mut rows = Vec::new();
        for algorithm in [Algorithm::Aes256Gcm, Algorithm::ChaCha20Poly1305] {
            let key = SealKey::from_bytes(algorithm, &secret("seal")).unwrap();
            rows.push(key_row("seal", &key, &secret("seal"), key.to_secret_text().expose_secret()));
        }
        for (hash, len) in [(Hash::Sha256, 32), (Hash::Sha384, 48), (Hash::Sha512, 64)] {
            let bytes = hazmat::hkdf_expand(Hash::Sha512, b"mac", b"", len).unwrap();
            let key = MacKey::from_bytes(hash, bytes.expose_secret()).unwrap();
            rows.push(key_row("mac", &key, bytes.expose_secret(), key.to_secret_text().expose_secret()));
        }
        let key = SigningKey::from_seed(&secret("signing")).unwrap();
        rows.push(key_row("signing", &key, &secret("signing"), key.to_secret_text().expose_secret()));
        let key = key.verifying_key();
        rows.push(key_row("verifying", &key, key.as_bytes(), &key.to_string()));
        for suite in [Suite::X25519Aes256Gcm, Suite::X25519ChaCha20Poly1305, Suite::X25519Aes128Gcm] {
            let key = Identity::from_bytes(suite, &secret("identity")).unwrap();
            rows.push(key_row("identity", &key, &secret("identity"), key.to_secret_text().expose_secret()));
            let key = key.recipient();
            rows.push(key_row("recipient", &key, key.as_bytes(), &key.to_string()));
        }
        rows
    }

    fn sealed_rows() -> Vec<Value> {
        let mut rows = Vec::new();
        for aead in ["AES-256-GCM", "ChaCha20-Poly1305"] {
            for (fields, len) in contexts().iter().zip([0, 1, 100, 16_384]) {
                let key = SealKey::from_bytes(algorithm(&json!(aead)), &secret("seal")).unwrap();
                let random = &mut fixed(&format!("{aead} {len}"));
                let sealed = hazmat::seal(&Keyring::new(key), &make(fields), &payload(len), random).unwrap();
                rows.push(json!({
                    "aead": aead, "key": hex(&secret("seal")), "context": hexes(fields),
                    "payload": hex(&payload(len)), "sealed": hex(&sealed),
                }));
            }
        }
        rows
    }

    fn hpke_rows() -> Vec<Value> {
        let mut rows = Vec::new();
        for aead in ["AES-256-GCM", "ChaCha20-Poly1305", "AES-128-GCM"] {
            for (psk, tink_id) in [(None, None), (Some(secret("psk")), None), (None, Some(0xC0FF_EE00_u32))] {
                let identity = Identity::from_bytes(suite(&json!(aead)), &secret("identity")).unwrap();
                let mut recipient = identity.recipient();
                if let Some(id) = tink_id {
                    recipient = recipient.with_tink_id(id);
                }
                let key = psk.as_ref().map(|psk| Psk::new(psk, b"psk id").unwrap());
                let random = &mut fixed(&format!("hpke {aead} {} {}", psk.is_some(), tink_id.is_some()));
                let sealed =
                    hazmat::hpke_seal(&recipient, b"partner info", key.as_ref(), &payload(100), random)
                        .unwrap();
                rows.push(json!({
                    "aead": aead, "secret": hex(&secret("identity")), "public": hex(recipient.as_bytes()),
                    "info": hex(b"partner info"), "psk": psk.as_ref().map(|psk| hex(psk)),
                    "psk_id": psk.as_ref().map(|_| hex(b"psk id")), "tink_id": tink_id,
                    "payload": hex(&payload(100)), "sealed": hex(&sealed),
                }));
            }
        }
        rows
    }

    fn envelope_row(aead: &str, recipients: usize, signed: bool, padded: bool, len: usize) -> Value {
        let fields = &contexts()[recipients % 4];
        let secrets: Vec<_> = (0..recipients).map(|i| secret(&format!("recipient {i}"))).collect();
        let identity = |bytes: &Vec<u8>| Identity::from_bytes(suite(&json!(aead)), bytes).unwrap();
        let mut sealer = Sealer::to(identity(&secrets[0]).recipient(), &make(fields)).unwrap();
        for bytes in &secrets[1..] {
            sealer = sealer.and(identity(bytes).recipient()).unwrap();
        }
        let signer = SigningKey::from_seed(&secret("signing")).unwrap();
        let sender = signer.verifying_key();
        sealer = if signed { sealer.signed_by(signer) } else { sealer };
        sealer = if padded { sealer.padded() } else { sealer };
        let now = UnixTime::from_secs(1_790_000_000);
        let random = &mut fixed(&format!("envelope {aead} {recipients} {signed} {padded} {len}"));
        let sealed = hazmat::seal_envelope(&sealer, &payload(len), now, random).unwrap();

        let context = make(fields);
        let opener = if signed {
            Opener::from_senders(identity(&secrets[0]), &context, sender.clone())
        } else {
            Opener::from_anyone(identity(&secrets[0]), &context)
        };
        let opened = opener.unwrap().open(&sealed, now).unwrap().allow_replays();
        let recipients: Vec<_> = secrets
            .iter()
            .map(|secret| {
                let recipient = identity(secret).recipient();
                json!({
                    "secret": hex(secret), "public": hex(recipient.as_bytes()), "id": recipient.id().to_string(),
                })
            })
            .collect();
        json!({
            "aead": aead, "recipients": recipients, "context": hexes(fields), "created": now.as_secs(),
            "sender": signed.then(|| hex(sender.as_bytes())),
            "signer": signed.then(|| hex(&secret("signing"))), "padded": padded,
            "payload": hex(&payload(len)), "sealed": hex(&sealed), "message_id": hex(opened.message_id()),
        })
    }

    fn envelope_rows() -> Vec<Value> {
        let mut rows = Vec::new();
        for aead in ["AES-256-GCM", "ChaCha20-Poly1305"] {
            rows.push(envelope_row(aead, 1, false, false, 0));
            rows.push(envelope_row(aead, 1, false, true, 100));
            rows.push(envelope_row(aead, 2, true, false, 100));
            rows.push(envelope_row(aead, 3, true, true, 300));
            rows.push(envelope_row(aead, 1, true, false, 16_384 - 8 - 72));
        }
        rows
    }

    #[test]
    fn the_file_is_what_this_crate_writes() {
        let made = json!({
            "format": "chancery envelope-v1 test vectors",
            "contexts": context_rows(), "keys": key_rows(), "sealed": sealed_rows(),
            "hpke": hpke_rows(), "envelopes": envelope_rows(),
        });
        if std::env::var_os("CHANCERY_WRITE_VECTORS").is_some() {
            std::fs::write(FILE, serde_json::to_string_pretty(&made).unwrap() + "\n").unwrap();
        }
        assert!(made == file(), "the bytes of the format have changed");
    }
}
