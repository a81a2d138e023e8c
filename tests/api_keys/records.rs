// SPDX-License-Identifier: MIT OR Apache-2.0
//! Records as JSON, and lists of them.

use crate::{NOW, after, grant, issued, live, outcome};
use chancery::{
    Error, Key, KeyId, Keyring,
    api_key::{ApiKeyRecord, ApiKeyStore, ApiKeys, MemoryStore},
    mac::{Hash, MacKey},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::time::Duration;

#[test]
fn a_record_is_the_same_after_json_and_verifies_the_key() {
    let (keys, store) = (live(), MemoryStore::new());
    let old = keys.issue(&store, &grant().lifetime(Duration::from_secs(100)), NOW).unwrap();
    let new = keys.rotate(&store, old.id(), Duration::from_secs(50), NOW).unwrap();
    keys.verify(&store, new.expose_secret(), NOW).unwrap();
    let plain = issued(&ApiKeys::unpeppered("acme_live").unwrap(), &store);
    store.revoke(plain.id(), after(3)).unwrap();
    let restored = MemoryStore::new();
    for record in store.list(None, usize::MAX).unwrap() {
        let text = serde_json::to_string(&record).unwrap();
        for secret in [&old, &new, &plain] {
            assert!(!text.contains(&secret.expose_secret()[28..]), "{text}");
        }
        let read: ApiKeyRecord = serde_json::from_str(&text).unwrap();
        assert!(read == record);
        restored.create(&read).unwrap();
    }
    for key in [&old, &new] {
        assert_eq!(outcome(keys.verify(&restored, key.expose_secret(), NOW)), Ok(key.id()));
    }
}

/// The digits of base62 in the text, as a number of so many bytes.
fn number(text: &str, len: usize) -> Vec<u8> {
    let mut bytes = vec![0_u8; len];
    for digit in text.bytes() {
        let mut carry = match digit {
            b'0'..=b'9' => u32::from(digit - b'0'),
            b'A'..=b'Z' => u32::from(digit - b'A') + 10,
            _ => u32::from(digit - b'a') + 36,
        };
        for byte in bytes.iter_mut().rev() {
            carry += u32::from(*byte) * 62;
            *byte = carry.to_be_bytes()[3];
            carry >>= 8;
        }
    }
    bytes
}

/// The bytes of `docs/api-keys.md`, computed with another library.
#[test]
fn the_hash_is_what_the_document_says() {
    use hmac::{KeyInit, Mac};

    let store = MemoryStore::new();
    let pepper: [u8; 32] = std::array::from_fn(|i| u8::try_from(i).unwrap());
    let peppered = ApiKeys::new("acme_live", MacKey::from_bytes(Hash::Sha256, &pepper).unwrap()).unwrap();
    for keys in [peppered, ApiKeys::unpeppered("acme_live").unwrap()] {
        let key = issued(&keys, &store);
        let record = serde_json::to_value(store.find(key.id()).unwrap()).unwrap();
        let parts: Vec<&str> = key.expose_secret().split('_').collect();
        let (id, secret) = (number(parts[2], 12), number(&parts[3][..43], 32));
        let input = [b"chancery/v1 api-key\0\x09acme_live", &id[..], &secret].concat();
        let hash: [u8; 32] = if record["pepper"].is_null() {
            Sha256::digest(input).into()
        } else {
            let mut mac = hmac::Hmac::<Sha256>::new_from_slice(&pepper).unwrap();
            mac.update(&input);
            mac.finalize().into_bytes().into()
        };
        let hash = hash.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        assert_eq!(record["hash"], hash);
        assert_eq!(record["id"], parts[2]);
    }
}

#[test]
fn a_record_with_a_member_too_many_too_few_or_of_a_wrong_type_is_refused() {
    let (keys, store) = (live(), MemoryStore::new());
    let key = issued(&keys, &store);
    let record = store.find(key.id()).unwrap().unwrap();
    let good = serde_json::to_value(&record).unwrap();
    let read = |value: &Value| serde_json::from_value::<ApiKeyRecord>(value.clone());
    assert!(read(&good).unwrap() == record);
    assert_eq!(good.as_object().unwrap().len(), 11);
    for name in good.as_object().unwrap().keys() {
        let mut changed = good.clone();
        changed.as_object_mut().unwrap().remove(name);
        assert!(read(&changed).is_err(), "without {name}");
        for wrong in [json!(true), json!(-1), json!(1.5), json!({}), json!("x"), json!("\u{e9}")] {
            // A name is any text.
            if name != "name" || !wrong.is_string() {
                let mut changed = good.clone();
                changed[name] = wrong.clone();
                assert!(read(&changed).is_err(), "{name}: {wrong}");
            }
        }
        let text = good.to_string();
        let twice = text.replacen('{', &format!("{{\"{name}\":{},", good[name]), 1);
        assert!(serde_json::from_str::<ApiKeyRecord>(&twice).is_err(), "{twice}");
    }
    let mut changed = good.clone();
    changed["suspended"] = json!(true);
    assert!(read(&changed).is_err());
    for (name, text) in
        [("hash", "00"), ("pepper", "00"), ("pepper", ""), ("successor", ""), ("prefix", "acme")]
    {
        let mut changed = good.clone();
        changed[name] = json!(text);
        assert!(read(&changed).is_err(), "{name}: {text}");
    }
    assert!(serde_json::from_str::<ApiKeyRecord>("[]").is_err());
}

#[test]
fn a_list_goes_on_behind_the_last_and_has_each_record_once() {
    let (keys, store) = (live(), MemoryStore::new());
    let mut ids: Vec<_> = (0..25).map(|_| issued(&keys, &store).id()).collect();
    ids.sort();
    let (mut listed, mut last) = (Vec::new(), None);
    loop {
        let page = store.list(last, 10).unwrap();
        assert!(page.len() <= 10);
        let Some(end) = page.last() else { break };
        last = Some(end.id());
        listed.extend(page.iter().map(ApiKeyRecord::id));
    }
    assert_eq!(listed, ids);
    assert_eq!(store.list(None, 0).unwrap().len(), 0);
    let record = store.find(ids[0]).unwrap().unwrap();
    assert_eq!(store.create(&record), Err(Error::Replayed));
}

/// Which peppers are in use is in the list.
#[test]
fn a_pepper_is_retired_when_no_record_names_it() {
    let store = MemoryStore::new();
    let old = Keyring::new(MacKey::generate().unwrap());
    let new = old.rotate(MacKey::generate().unwrap()).unwrap();
    for peppers in [&old, &new] {
        let _ = issued(&ApiKeys::new("acme_live", peppers).unwrap(), &store);
    }
    let named =
        |id: KeyId| store.list(None, 99).unwrap().iter().filter(|record| record.pepper() == Some(id)).count();
    assert_eq!(new.iter().map(|pepper| named(pepper.id())).collect::<Vec<_>>(), [1, 1]);
}
