// SPDX-License-Identifier: MIT OR Apache-2.0
//! Texts: one for each key and for each envelope, and no other is accepted.

use super::{
    input::Input,
    known::secret,
    naive::{self, label},
};
use chancery::{
    ConfigError, KeyKind,
    aead::SealKey,
    envelope::{armor as to_text, dearmor},
    hazmat,
    hpke::{Identity, Recipient},
    mac::MacKey,
    signing::{SigningKey, VerifyingKey},
};

/// Bytes have one text, and a text is refused or the text of its bytes; as a decoder of bits finds, too.
pub(crate) fn armor(data: &[u8]) -> bool {
    let text = to_text(data);
    assert_eq!(text, naive::base64url(data));
    assert_eq!(dearmor(&text).as_deref(), Ok(data));

    let text = String::from_utf8_lossy(data);
    let bytes = dearmor(&text).ok();
    assert_eq!(bytes, naive::from_base64url(&text));
    bytes.is_some()
}

pub(crate) fn armor_seeds() -> Vec<Vec<u8>> {
    ["", "A", "Zg", "Zh", "Zm9v", "Zm9vYg==", "Q0hOAS4uLg", "a-_b", "a+/b", "Zg\n", "\u{e9}"]
        .map(|text| text.as_bytes().to_vec())
        .into()
}

/// The text of the key that `text` is said to be.
fn text_of(kind: KeyKind, text: &str) -> Result<String, ConfigError> {
    Ok(match kind {
        KeyKind::Seal => text.parse::<SealKey>()?.to_secret_text().expose_secret().to_owned(),
        KeyKind::Mac => text.parse::<MacKey>()?.to_secret_text().expose_secret().to_owned(),
        KeyKind::Signing => text.parse::<SigningKey>()?.to_secret_text().expose_secret().to_owned(),
        KeyKind::Identity => text.parse::<Identity>()?.to_secret_text().expose_secret().to_owned(),
        KeyKind::Verifying => text.parse::<VerifyingKey>()?.to_string(),
        KeyKind::Recipient => text.parse::<Recipient>()?.to_string(),
        other => panic!("no parser for {other}"),
    })
}

/// A text, or bytes that get the prefix of a kind and a right checksum.
pub(crate) fn key(data: &[u8]) -> bool {
    let mut input = Input::new(data);
    let made = KeyKind::ALL.get(input.below(KeyKind::ALL.len() + 1)).copied();
    let text = match made {
        Some(kind) => checksummed(kind.prefix(), input.rest()),
        None => String::from_utf8_lossy(input.rest()).into_owned(),
    };
    let accepts = |kind: &&KeyKind| match text_of(**kind, &text) {
        Ok(again) => {
            assert_eq!(again, text, "another text of the same key");
            true
        }
        Err(error) => {
            let other = matches!(error, ConfigError::WrongKeyKind { expected, .. } if expected == **kind);
            // A text that is too long is refused before anybody looks at it.
            assert!(other || made.is_none_or(|made| made == **kind) || text.len() > 4096, "{error}");
            false
        }
    };
    let accepted: Vec<_> = KeyKind::ALL.iter().filter(accepts).copied().collect();
    match made {
        Some(kind) => match is_sound(kind, input.rest()) {
            Some(true) => assert_eq!(accepted, [kind]),
            Some(false) => assert_eq!(accepted, []),
            None => assert!(accepted.is_empty() || accepted == [kind]),
        },
        None => assert!(accepted.len() <= 1),
    }
    !accepted.is_empty()
}

fn checksummed(prefix: &str, bytes: &[u8]) -> String {
    let sum = naive::sha256(&[&label("key-text"), prefix.as_bytes(), bytes]);
    format!("{prefix}{}", naive::base64url(&[bytes, &sum[..4]].concat()))
}

/// Section 5; `None` where it takes the arithmetic of the curve.
fn is_sound(kind: KeyKind, bytes: &[u8]) -> Option<bool> {
    let mut input = Input::new(bytes);
    let is_suite = |input: &mut Input<'_>| matches!(input.take(6), [0, 0x20, 0, 1, 0, 1..=3]);
    let varied = |key: &[u8]| key.iter().any(|byte| *byte != key[0]);
    match kind {
        KeyKind::Seal => {
            let code = matches!(input.take(2), [0, 2 | 3]);
            Some(code && input.rest().len() == 32 && varied(input.rest()))
        }
        KeyKind::Mac => {
            let least = match input.take(2) {
                [0, 4] => 32,
                [0, 5] => 48,
                [0, 6] => 64,
                _ => return Some(false),
            };
            Some((least..=128).contains(&input.rest().len()) && varied(input.rest()))
        }
        KeyKind::Signing => Some(input.take(2) == [8, 7] && input.rest().len() == 32 && varied(input.rest())),
        KeyKind::Identity => Some(is_suite(&mut input) && input.rest().len() == 32 && varied(input.rest())),
        KeyKind::Recipient => {
            let suite = is_suite(&mut input);
            let Ok(public) = <&[u8; 32]>::try_from(input.rest()) else { return Some(false) };
            // Below 2^255 - 19, from the most significant byte on; and no secret gives zero.
            let canonical =
                public.iter().rev().lt([0x7F].iter().chain([0xFF; 30].iter()).chain([0xED].iter()));
            Some(suite && canonical && hazmat::x25519(&secret("identity"), public).is_ok())
        }
        _ => (bytes.len() != 34 || !bytes.starts_with(&[8, 7])).then_some(false),
    }
}

pub(crate) fn key_seeds() -> Vec<Vec<u8>> {
    let key: Vec<u8> = (1..=32).collect();
    let made = |kind: u8, codes: &[u8], key: &[u8]| [&[kind], codes, key].concat();
    let verifying = SigningKey::from_seed(&key).expect("a key").verifying_key();
    let suite = [0, 0x20, 0, 1, 0, 2];
    let mut seeds = vec![
        made(0, &[0, 2], &key),
        made(0, &[0, 1], &key),
        made(1, &[0, 4], &key),
        made(1, &[0, 6], &key),
        made(1, &[0, 6], &[&key[..], &key].concat()),
        made(2, &[8, 7], &key),
        made(0, &[0, 2], &[7; 32]),
        made(1, &[0, 4], &[7; 32]),
        made(2, &[8, 7], &[7; 32]),
        made(2, &[8, 8], &key),
        made(3, &[8, 7], verifying.as_bytes()),
        made(3, &[8, 7], &[1; 32]),
        made(4, &suite, &key),
        made(4, &suite, &[7; 32]),
        made(5, &suite, &hazmat::x25519_public(&[9; 32])),
        made(5, &suite, &[0; 32]),
        made(5, &suite, &[0xFF; 32]),
    ];
    let texts = [
        (KeyKind::Seal, [&[0, 3][..], &key].concat()),
        (KeyKind::Mac, [&[0, 4][..], &key].concat()),
        (KeyKind::Signing, [&[8, 7][..], &key].concat()),
        (KeyKind::Verifying, [&[8, 7], verifying.as_bytes().as_slice()].concat()),
        (KeyKind::Identity, [&suite[..], &key].concat()),
        (KeyKind::Recipient, [&suite[..], &hazmat::x25519_public(&[9; 32])].concat()),
    ];
    for (kind, bytes) in texts {
        let text = checksummed(kind.prefix(), &bytes);
        // Another prefix, alphabet, checksum, and a line end.
        let (start, checksum) = text.split_at(text.len() - 4);
        let mistyped = format!("{start}{}", checksum.chars().rev().collect::<String>());
        for text in [text.replace("chn", "chm"), text.replace('_', "-"), mistyped, format!("{text}\n"), text]
        {
            seeds.push([&[6], text.as_bytes()].concat());
        }
    }
    seeds
}
