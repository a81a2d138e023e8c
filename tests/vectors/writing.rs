// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the file holds, made by the crate from randomness that is the same every time.

use super::{
    forging::{CREATED, Forgery, ctx, label, sha256},
    refused, *,
};
use chancery::{envelope::Sealer, hazmat};
use serde_json::json;

/// Bytes that look random and are the same every time: HKDF-SHA-512 of a name and a counter.
pub(super) struct Fixed(Vec<u8>, u32);

impl hazmat::Random for Fixed {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
        self.1 += 1;
        let info = [self.0.as_slice(), &self.1.to_be_bytes()].concat();
        let bytes = hazmat::hkdf_expand(Hash::Sha512, &[0x43; 64], &info, buffer.len())?;
        buffer.copy_from_slice(bytes.expose_secret());
        Ok(())
    }
}

pub(super) fn fixed(name: &str) -> Fixed {
    Fixed(name.into(), 0)
}

pub(super) fn secret(name: &str) -> Vec<u8> {
    let mut bytes = vec![0; 32];
    hazmat::Random::fill(&mut fixed(name), &mut bytes).unwrap();
    bytes
}

pub(super) fn payload(len: usize) -> Vec<u8> {
    (0..len).map(|i| u8::try_from(i % 251).unwrap()).collect()
}

pub(super) fn contexts() -> Vec<Vec<&'static [u8]>> {
    vec![vec![b"order"], vec![b"order", b"v1"], vec![b"", b"x", b""], vec![b"\xff\x00", "\u{e9}".as_bytes()]]
}

pub(super) fn make(fields: &[&[u8]]) -> Context {
    fields[1..].iter().fold(Context::of(fields[0]), Context::field)
}

pub(super) fn hexes(fields: &[&[u8]]) -> Vec<String> {
    fields.iter().map(|field| hex(field)).collect()
}

fn context_rows() -> Vec<Value> {
    contexts().iter().map(|f| json!({ "fields": hexes(f), "ctx": hex(&ctx(f)) })).collect()
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
            let sealed = hazmat::hpke_seal(
                &recipient,
                Info::raw(b"partner info").unwrap(),
                key.as_ref(),
                &payload(100),
                random,
            )
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
    rows.push(among_strangers());
    rows
}

/// An X-Wing entry and another one stand in front, both of noise: a reader steps over them.
fn among_strangers() -> Value {
    let forgery = Forgery { before: vec![(0x647a, 1120, 1), (0x0020, 32, 1)], ..Forgery::flags(0) };
    let fields = &contexts()[1];
    let sealed = forgery.seal(fields, |_| [&CREATED.to_be_bytes(), payload(100).as_slice()].concat());
    let (header, salt) = sealed.split_at(7 + 1178 + 90 + 90);
    let recipient = Forgery::identity().recipient();
    json!({
        "aead": "AES-256-GCM", "context": hexes(fields), "created": CREATED, "sender": null, "signer": null,
        "recipients": [{
            "secret": hex(&secret("identity")), "public": hex(recipient.as_bytes()), "id": recipient.id().to_string(),
        }],
        "padded": false, "payload": hex(&payload(100)), "sealed": hex(&sealed),
        "message_id": hex(&sha256(&[&label("message-id"), &sha256(&[header]), &salt[..24]])),
    })
}

fn hpke_context_rows() -> Vec<Value> {
    let mut rows = Vec::new();
    for (aead, fields) in ["AES-256-GCM", "ChaCha20-Poly1305", "AES-128-GCM"].into_iter().zip(contexts()) {
        let recipient = Identity::from_bytes(suite(&json!(aead)), &secret("identity")).unwrap().recipient();
        let random = &mut fixed(&format!("hpke context {aead}"));
        let sealed = hazmat::hpke_seal(&recipient, &make(&fields), None, &payload(100), random).unwrap();
        rows.push(json!({
            "aead": aead, "secret": hex(&secret("identity")), "public": hex(recipient.as_bytes()),
            "context": hexes(&fields), "payload": hex(&payload(100)), "sealed": hex(&sealed),
        }));
    }
    rows
}

fn mac_rows() -> Vec<Value> {
    let hashes = [("SHA-256", Hash::Sha256), ("SHA-384", Hash::Sha384), ("SHA-512", Hash::Sha512)];
    let row = |((name, hash), fields): ((&str, Hash), &Vec<&[u8]>)| {
        let key = hazmat::hkdf_expand(Hash::Sha512, b"mac", b"", hash.output_len()).unwrap();
        let keys = Keyring::new(MacKey::from_bytes(hash, key.expose_secret()).unwrap());
        let tag = keys.tag(&make(fields), &payload(100)).unwrap();
        json!({
            "hash": name, "key": hex(key.expose_secret()), "context": hexes(fields),
            "message": hex(&payload(100)), "tag": hex(tag.as_bytes()),
        })
    };
    hashes.into_iter().zip(&contexts()).map(row).collect()
}

fn signature_rows() -> Vec<Value> {
    let key = SigningKey::from_seed(&secret("signing")).unwrap();
    let row = |(fields, len): (&Vec<&[u8]>, usize)| {
        let signature = key.sign(&make(fields), &payload(len)).unwrap();
        json!({
            "seed": hex(&secret("signing")), "public": hex(key.verifying_key().as_bytes()), "context": hexes(fields),
            "message": hex(&payload(len)), "signature": hex(signature.as_bytes()),
        })
    };
    contexts().iter().zip([0, 1, 100, 1000]).map(row).collect()
}

/// By the formula of appendix B: the crate's own secrets for agreement cannot be given.
fn agreement_rows() -> Vec<Value> {
    let (a, b): ([u8; 32], [u8; 32]) =
        (secret("initiator").try_into().unwrap(), secret("responder").try_into().unwrap());
    let (pa, pb) = (hazmat::x25519_public(&a), hazmat::x25519_public(&b));
    let prk = hazmat::hkdf_extract(Hash::Sha512, b"", hazmat::x25519(&a, &pb).unwrap().expose_secret());
    let row = |fields: &Vec<&[u8]>| {
        let info = [label("agreement"), ctx(fields), pa.to_vec(), pb.to_vec()].concat();
        let keys = hazmat::hkdf_expand(Hash::Sha512, prk.expose_secret(), &info, 64).unwrap();
        let (to_responder, to_initiator) = keys.expose_secret().split_at(32);
        json!({
            "initiator_secret": hex(&a), "initiator_public": hex(&pa), "responder_secret": hex(&b),
            "responder_public": hex(&pb), "context": hexes(fields),
            "to_responder": hex(to_responder), "to_initiator": hex(to_initiator),
        })
    };
    contexts().iter().map(row).collect()
}

#[test]
fn the_file_is_what_this_crate_writes() {
    let made = json!({
        "format": "chancery envelope-v1 test vectors",
        "contexts": context_rows(), "keys": key_rows(), "sealed": sealed_rows(),
        "hpke": hpke_rows(), "hpke_contexts": hpke_context_rows(), "envelopes": envelope_rows(),
        "macs": mac_rows(), "signatures": signature_rows(), "agreements": agreement_rows(),
        "refused": refused::rows(),
    });
    if std::env::var_os("CHANCERY_WRITE_VECTORS").is_some() {
        std::fs::write(FILE, serde_json::to_string_pretty(&made).unwrap() + "\n").unwrap();
    }
    assert!(made == file(), "the bytes of the format have changed");
}
