// SPDX-License-Identifier: MIT OR Apache-2.0
//! The text forms of all kinds of keys.

use crate::{
    battery::{Battery, assert_only},
    bytes32,
};
use chancery::{
    ConfigError, Key, KeyKind,
    aead::{Algorithm, SealKey},
    hpke::{Identity, Recipient, Suite},
    mac::{Hash, MacKey},
    signing::{SigningKey, VerifyingKey},
};
use core::str::FromStr;

/// Every change to the text of a key. A text that is still UTF-8 may look like that of another kind.
fn battery<K: Key + FromStr<Err = ConfigError>>(kind: KeyKind, key: &K, texts: [String; 2]) {
    let [good, other] = texts;
    let name = format!("text of {kind:?}");
    assert!(good.starts_with(kind.prefix()));
    // Prefix, three pieces of the body, checksum (in six characters).
    let rest = good.len() - kind.prefix().len() - 6;
    let segments = [kind.prefix().len(), rest / 3, rest / 3, rest - rest / 3 * 2, 6];
    let battery = Battery::new(&name, good.as_bytes(), other.as_bytes(), &segments);
    let errors = battery.run(b"", |bytes| {
        let text = str::from_utf8(bytes).map_err(|_| ConfigError::KeyText)?;
        let parsed: K = text.parse()?;
        assert_eq!(parsed.id() == key.id(), text == good, "{name}: {text}");
        Ok(Vec::new())
    });
    assert_only(&errors, &[ConfigError::KeyText, ConfigError::KeyChecksum]);
    // No prefix of the text, with the prefix of another kind in front, and no text of that kind.
    for other_kind in KeyKind::ALL.iter().copied().filter(|other| *other != kind) {
        let moved = good.replace(kind.prefix(), other_kind.prefix());
        let expected = ConfigError::WrongKeyKind { expected: kind, found: other_kind };
        assert_eq!(moved.parse::<K>().err(), Some(expected));
    }
}

fn two<K>(key: impl Fn(u8) -> K, text: impl Fn(&K) -> String) -> (K, [String; 2]) {
    let texts = [text(&key(1)), text(&key(2))];
    (key(1), texts)
}

#[test]
fn a_changed_key_text_is_refused() {
    let seal = |seed| SealKey::from_bytes(Algorithm::ChaCha20Poly1305, &bytes32(seed)).unwrap();
    let (key, texts) = two(seal, |key| key.to_secret_text().expose_secret().into());
    battery(KeyKind::Seal, &key, texts);
    for (hash, len) in [(Hash::Sha256, 32), (Hash::Sha384, 49), (Hash::Sha512, 128)] {
        let mac = |seed| MacKey::from_bytes(hash, &bytes32(seed).repeat(4)[..len]).unwrap();
        let (key, texts) = two(mac, |key| key.to_secret_text().expose_secret().into());
        battery(KeyKind::Mac, &key, texts);
    }
    let signing = |seed| SigningKey::from_seed(&bytes32(seed)).unwrap();
    let (key, texts) = two(signing, |key| key.to_secret_text().expose_secret().into());
    battery(KeyKind::Signing, &key, texts);
    #[cfg(all(feature = "p256", any(feature = "http", feature = "jwt")))]
    {
        let signing = |seed| chancery::signing::P256SigningKey::from_bytes(&bytes32(seed)).unwrap();
        let (key, texts) = two(signing, |key| key.to_secret_text().expose_secret().into());
        battery(KeyKind::Signing, &key, texts);
    }
    let verifying = |seed| signing(seed).verifying_key();
    let (key, texts) = two(verifying, VerifyingKey::to_string);
    battery(KeyKind::Verifying, &key, texts);
    let identity = |seed| Identity::from_bytes(Suite::X25519Aes128Gcm, &bytes32(seed)).unwrap();
    let (key, texts) = two(identity, |key| key.to_secret_text().expose_secret().into());
    battery(KeyKind::Identity, &key, texts);
    let recipient = |seed| identity(seed).recipient();
    let (key, texts) = two(recipient, Recipient::to_string);
    battery(KeyKind::Recipient, &key, texts);
}
