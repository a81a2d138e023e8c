// SPDX-License-Identifier: MIT OR Apache-2.0
//! The text of a key: its one form, its checksum, and what a scanner sees of it.

use crate::{Counting, NOW, issued, live, outcome};
use chancery::{
    ConfigError, Error,
    api_key::{ApiKeyId, ApiKeyStore, ApiKeys},
    mac::MacKey,
};
use sha2::{Digest, Sha256};
use std::sync::atomic::Ordering::SeqCst;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// By the table of digits, and with numbers as lists of decimal-free bytes: another way than the crate's.
fn base62(bytes: &[u8], digits: usize) -> String {
    let mut places = vec![0_u32; digits];
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for place in places.iter_mut().rev() {
            let sum = *place * 256 + carry;
            (*place, carry) = (sum % 62, sum / 62);
        }
        assert_eq!(carry, 0, "too few digits");
    }
    places.iter().map(|place| char::from(DIGITS[*place as usize])).collect()
}

/// The text with the checksum that belongs to it, as `docs/api-keys.md` has it.
fn summed(text: &str) -> String {
    let sum = Sha256::digest([b"chancery/v1 api-key text\0", text.as_bytes()].concat());
    format!("{text}{}", base62(&sum[..4], 6))
}

/// `\bacme_live_[0-9A-Za-z]{17}_[0-9A-Za-z]{49}\b` by hand: whether it is found in the text.
fn scanned(text: &str) -> bool {
    let is_word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let bytes = text.as_bytes();
    (0..bytes.len()).any(|at| {
        let before = at.checked_sub(1).and_then(|at| bytes.get(at));
        let Some(rest) = bytes[at..].strip_prefix(b"acme_live_") else { return false };
        let Some((id, rest)) = rest.split_at_checked(17) else { return false };
        let Some((secret, rest)) = rest.strip_prefix(b"_").and_then(|rest| rest.split_at_checked(49)) else {
            return false;
        };
        !is_word(before)
            && !is_word(rest.first())
            && [id, secret].iter().all(|part| part.iter().all(u8::is_ascii_alphanumeric))
    })
}

#[test]
fn the_text_is_what_the_document_says() {
    let (keys, store) = (live(), Counting::default());
    for _ in 0..50 {
        let key = issued(&keys, &store);
        let text = key.expose_secret();
        let parts: Vec<&str> = text.split('_').collect();
        let [name, env, id, secret] = parts[..] else { panic!("{} parts", parts.len()) };
        assert_eq!((name, env, id.len(), secret.len()), ("acme", "live", 17, 49));
        assert_eq!(id, key.id().to_string());
        assert_eq!(id.parse::<ApiKeyId>(), Ok(key.id()));
        // One double click selects it: a word, for those who count `_` among the letters.
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'));
        assert_eq!(summed(&text[..text.len() - 6]), text);
        assert_eq!(keys.untrusted_id(text), Ok(key.id()));
    }
}

#[test]
fn a_scanner_finds_what_is_issued_and_nothing_else() {
    let (keys, store) = (live(), Counting::default());
    assert_eq!(keys.scanner_pattern(), r"\bacme_live_[0-9A-Za-z]{17}_[0-9A-Za-z]{49}\b");
    let key = issued(&keys, &store);
    let text = key.expose_secret();
    for found in
        [text.into(), format!("KEY=\"{text}\";"), format!("https://x/?key={text}&y"), format!("\n{text}\n")]
    {
        assert!(scanned(&found), "{found}");
    }
    let other = issued(&ApiKeys::new("acme_test", MacKey::generate().unwrap()).unwrap(), &store);
    for not in [
        text[..text.len() - 1].to_owned(),
        format!("{text}0"),
        format!("{text}_"),
        format!("x{text}"),
        text.replacen("live", "Live", 1),
        text.replacen('_', "-", 3),
        other.expose_secret().to_owned(),
        MacKey::generate().unwrap().to_secret_text().expose_secret().to_owned(),
        String::new(),
    ] {
        assert!(!scanned(&not), "{not}");
    }
}

#[test]
fn the_key_and_the_pattern_of_the_document_are_those_of_the_crate() {
    let document = include_str!("../../docs/api-keys.md");
    assert!(document.lines().any(|line| line == live().scanner_pattern()));
    let shown: Vec<&str> = document.lines().filter(|line| scanned(line)).collect();
    let [key] = shown[..] else { panic!("{shown:?}") };
    assert!(live().untrusted_id(key).is_ok());
}

#[test]
fn every_character_counts_and_is_checked_before_the_store_is_asked() {
    let (keys, store) = (live(), Counting::default());
    let key = issued(&keys, &store);
    let text = key.expose_secret();
    let refused = |text: &str| {
        assert_eq!(outcome(keys.verify(&store, text, NOW)), Err(Error::Malformed), "{text}");
        assert_eq!(keys.untrusted_id(text), Err(Error::Malformed));
    };
    for at in 0..text.len() {
        refused(&text[..at]);
        refused(&text[at + 1..]);
        for other in b"09AZaz_-+= \0".iter().filter(|other| **other != text.as_bytes()[at]) {
            let mut changed = text.as_bytes().to_vec();
            changed[at] = *other;
            refused(std::str::from_utf8(&changed).unwrap());
            // One more, in front of it.
            changed.insert(at + 1, text.as_bytes()[at]);
            refused(std::str::from_utf8(&changed).unwrap());
        }
        refused(&format!("{}\u{e9}{}", &text[..at], &text[at..]));
    }
    for end in ["0", "\n", " ", "_", "="] {
        refused(&format!("{text}{end}"));
        refused(&format!("{end}{text}"));
    }
    refused(&text.to_uppercase());
    refused(&text.repeat(2));
    refused(&"acme_live_".repeat(1 << 20));
    assert_eq!(store.asked.load(SeqCst), 0);
    assert_eq!(outcome(keys.verify(&store, text, NOW)), Ok(key.id()));
    assert_eq!(store.asked.load(SeqCst), 1);
}

/// By somebody who can compute a checksum, and knows everything but the secret.
#[test]
fn requests_29_a_forged_secret_is_refused_by_the_hash_and_an_unknown_id_as_such() {
    let (keys, plain) = (live(), ApiKeys::unpeppered("acme_live").unwrap());
    let (store, mut forged) = (Counting::default(), 0);
    for keys in [keys, plain] {
        let key = issued(&keys, &store);
        let text = &key.expose_secret()[..71];
        let ended = issued(&keys, &store);
        store.revoke(ended.id(), NOW).unwrap();
        let of_ended = format!("{}{}", &ended.expose_secret()[..28], &text[28..]);
        // That it was revoked is told only to those who have it.
        assert_eq!(outcome(keys.verify(&store, &summed(&of_ended), NOW)), Err(Error::NotAuthentic));
        for at in (10..27).chain(28..71) {
            for other in DIGITS.iter().step_by(7).filter(|other| **other != text.as_bytes()[at]) {
                let mut changed = text.as_bytes().to_vec();
                changed[at] = *other;
                let changed = summed(std::str::from_utf8(&changed).unwrap());
                let expected = match keys.untrusted_id(&changed) {
                    // In the first digit of a number: too large.
                    Err(_) => Error::Malformed,
                    Ok(id) if id == key.id() => Error::NotAuthentic,
                    Ok(_) => Error::UnknownKey,
                };
                assert_eq!(outcome(keys.verify(&store, &changed, NOW)), Err(expected), "{at}");
                forged += u32::from(expected == Error::NotAuthentic);
            }
        }
        assert_eq!(outcome(keys.verify(&store, key.expose_secret(), NOW)), Ok(key.id()));
    }
    assert!(forged > 2 * 42 * 8, "{forged}");
}

/// With a checksum that is right: numbers that are too large, and the largest that are not.
#[test]
fn there_is_one_text_for_each_key() {
    let (keys, store) = (live(), Counting::default());
    let (id, secret) = (base62(&[255; 12], 17), base62(&[255; 32], 43));
    let next = |text: &str| {
        let last = DIGITS.iter().position(|digit| Some(digit) == text.as_bytes().last()).unwrap();
        format!("{}{}", &text[..text.len() - 1], char::from(DIGITS[last + 1]))
    };
    let read = |id: &str, secret: &str| keys.untrusted_id(&summed(&format!("acme_live_{id}_{secret}")));
    assert!(read(&id, &secret).is_ok());
    for (id, secret) in [
        (next(&id), secret.clone()),
        (id.clone(), next(&secret)),
        ("z".repeat(17), secret.clone()),
        (id.clone(), "z".repeat(43)),
        (id[1..].to_owned(), secret.clone()),
        (format!("0{id}"), secret.clone()),
        (id.clone(), format!("0{secret}")),
    ] {
        assert_eq!(read(&id, &secret), Err(Error::Malformed), "{id} {secret}");
    }
    assert_eq!(store.asked.load(SeqCst), 0);
    assert_eq!(next(&id).parse::<ApiKeyId>(), Err(Error::Malformed));
    assert_eq!(format!("0{id}").parse::<ApiKeyId>(), Err(Error::Malformed));
    assert_eq!("".parse::<ApiKeyId>(), Err(Error::Malformed));
}

#[test]
fn a_prefix_is_two_words() {
    let new = |prefix: &str| ApiKeys::unpeppered(prefix).map(|_| ());
    for good in ["acme_live", "a_b", "a1_b2", "abcdefghijklmnop_abcdefghijklmnop"] {
        assert_eq!(new(good), Ok(()), "{good}");
    }
    for bad in [
        "",
        "acme",
        "acme_",
        "_live",
        "acme_live_",
        "acme_live_eu",
        "acme-live",
        "Acme_live",
        "acme_Live",
        "1a_b",
        "a_1b",
        "abcdefghijklmnopq_a",
        "a_abcdefghijklmnopq",
        "\u{e9}_b",
        "a b_c",
        "chn_sk",
        "chn_live",
    ] {
        assert_eq!(new(bad), Err(ConfigError::Scheme), "{bad}");
    }
}
