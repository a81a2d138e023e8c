// SPDX-License-Identifier: MIT OR Apache-2.0
//! Failures of keys: made, imported, confused, rotated.

use crate::{bytes32, context, h};
use chancery::{
    ConfigError, Context, Error, Key, KeyId, KeyKind, Keyring,
    aead::{Algorithm, SealKey},
    agreement::{EphemeralPublicKey, EphemeralSecret, Role},
    envelope::{armor, dearmor},
    hpke::{Identity, Info, Psk, Recipient, Suite},
    mac::{Hash, MacKey},
    signing::{Signature, SigningKey, VerifyingKey},
};

const SUITES: [Suite; 3] = [Suite::X25519Aes256Gcm, Suite::X25519ChaCha20Poly1305, Suite::X25519Aes128Gcm];

fn seal_key(seed: u8) -> SealKey {
    SealKey::from_bytes(Algorithm::Aes256Gcm, &bytes32(seed)).unwrap()
}

fn identity(suite: Suite, seed: u8) -> Identity {
    Identity::from_bytes(suite, &bytes32(seed)).unwrap()
}

#[test]
fn pitfall_03_each_direction_of_an_agreement_has_a_key_of_its_own() {
    let agree = |second| {
        let (a, b) = (EphemeralSecret::generate().unwrap(), EphemeralSecret::generate().unwrap());
        let (to_b, to_a) = (a.public_key(), b.public_key());
        let a = a.agree(&to_a, Role::Initiator).unwrap().derive(&context()).unwrap();
        (a, b.agree(&to_b, second).unwrap().derive(&context()).unwrap())
    };
    let (a, b) = agree(Role::Responder);
    assert_eq!((a.sealing.id(), a.opening.id()), (b.opening.id(), b.sealing.id()));
    assert_ne!(a.sealing.id(), a.opening.id());
    // What a side has sent is not taken for an answer.
    let sent = Keyring::new(a.sealing).seal(&context(), b"x").unwrap();
    assert_eq!(Keyring::new(a.opening).open(&context(), &sent), Err(Error::UnknownKey));
    // Two sides in one role have no key in common.
    let (a, b) = agree(Role::Initiator);
    assert_ne!(a.sealing.id(), b.opening.id());
    assert_ne!(a.opening.id(), b.sealing.id());
}

#[test]
fn pitfall_10_public_keys_and_context_are_bound_into_agreed_keys() {
    let (ours, theirs) = (EphemeralSecret::generate().unwrap(), EphemeralSecret::generate().unwrap());
    let (our_public, their_public) = (ours.public_key(), theirs.public_key());
    // X25519 ignores the top bit: the raw result is the same with this twin of the public key.
    let mut twin = *their_public.as_bytes();
    twin[31] |= 0x80;
    let ours = ours.agree(&EphemeralPublicKey::from_bytes(twin), Role::Initiator).unwrap();
    let theirs = theirs.agree(&our_public, Role::Responder).unwrap();
    let (a, b) = (ours.derive(&context()).unwrap(), theirs.derive(&context()).unwrap());
    assert_ne!(a.sealing.id(), b.opening.id());
    assert_ne!(a.opening.id(), b.sealing.id());
    let c = ours.derive(&Context::of("other")).unwrap();
    assert_ne!(a.sealing.id(), c.sealing.id());
    assert_ne!(a.opening.id(), c.opening.id());
}

#[test]
fn pitfall_11_a_signature_is_one_of_its_context_and_message_only() {
    let key = SigningKey::from_seed(&bytes32(1)).unwrap();
    let keys = Keyring::new(key.verifying_key());
    let contexts = || {
        let fields: [&[&str]; 5] = [&["ab", "cd"], &["abcd"], &["ab"], &["ab", "", "cd"], &["a", "bcd"]];
        fields.map(|f| f[1..].iter().fold(Context::of(f[0]), Context::field))
    };
    for (i, made) in contexts().iter().enumerate() {
        for (message, suffix) in [("", "x"), ("cd", "x"), ("x", "")] {
            let signature = key.sign(made, message.as_bytes()).unwrap();
            for (j, context) in contexts().iter().enumerate() {
                let ok = keys.verify(context, message.as_bytes(), &signature).is_ok();
                assert_eq!(ok, i == j, "{i} {j}");
                let longer = [message, suffix, "x"].concat();
                assert!(keys.verify(context, longer.as_bytes(), &signature).is_err());
            }
        }
    }
}

/// RFC 8032, section 7.1, test 1: the public key is that of the seed, whatever is written beside it.
#[test]
fn rustsec_2022_0093_ed25519_dalek_no_public_key_is_taken_along_with_a_seed() {
    let unhex = |text: &str| -> Vec<u8> {
        (0..64).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
    };
    let seed = unhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    let public = unhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    let key = SigningKey::from_seed(&seed).unwrap();
    assert_eq!(key.verifying_key().as_bytes().as_slice(), public);
    let other = SigningKey::generate().unwrap().verifying_key();
    for beside in [public.as_slice(), other.as_bytes()] {
        let pair = [seed.as_slice(), beside].concat();
        assert_eq!(SigningKey::from_seed(&pair).map(|_| ()), Err(ConfigError::WeakKey));
        let text = key_text(KeyKind::Signing, &[&[8, 7], pair.as_slice()].concat());
        assert_eq!(text.parse::<SigningKey>().map(|_| ()), Err(ConfigError::KeyText));
    }
    let text = key_text(KeyKind::Signing, &[&[8, 7], seed.as_slice()].concat());
    assert_eq!(text.parse::<SigningKey>().unwrap().id(), key.id());
}

#[test]
fn pitfall_14_a_pre_shared_key_is_32_random_bytes_with_a_name() {
    for len in 0..=70 {
        let key = &bytes32(1).repeat(3)[..len];
        assert_eq!(Psk::new(key, b"name").is_ok(), len >= 32, "{len}");
        assert!(Psk::new(key, b"").is_err());
        assert!(Psk::new(&vec![7; len], b"name").is_err());
    }
    // Key and name are not interchangeable.
    let (a, b) = (Psk::new(&bytes32(1), &bytes32(2)).unwrap(), Psk::new(&bytes32(2), &bytes32(1)).unwrap());
    let identity = identity(Suite::X25519Aes256Gcm, 3);
    let sealed = identity.recipient().seal_psk(&context(), &a, b"x").unwrap();
    assert_eq!(identity.open_psk(&context(), &b, &sealed), Err(Error::NotAuthentic));
    assert_eq!(identity.open_psk(&context(), &a, &sealed).unwrap(), b"x");
}

/// A text of `bytes` with the right checksum.
fn key_text(kind: KeyKind, bytes: &[u8]) -> String {
    let sum = h(&[b"chancery/v1 key-text\0", kind.prefix().as_bytes(), bytes]);
    [kind.prefix(), &armor(&[bytes, &sum[..4]].concat())].concat()
}

#[test]
fn pitfall_15_no_key_is_taken_for_one_of_another_kind_or_algorithm() {
    // One secret for all: the identifiers differ, and so do the messages.
    let secret = bytes32(1);
    let signing = SigningKey::from_seed(&secret).unwrap();
    let texts = [
        SealKey::from_bytes(Algorithm::Aes256Gcm, &secret)
            .unwrap()
            .to_secret_text()
            .expose_secret()
            .to_owned(),
        MacKey::from_bytes(Hash::Sha256, &secret).unwrap().to_secret_text().expose_secret().to_owned(),
        signing.to_secret_text().expose_secret().to_owned(),
        signing.verifying_key().to_string(),
        identity(SUITES[0], 1).to_secret_text().expose_secret().to_owned(),
        identity(SUITES[0], 1).recipient().to_string(),
    ];
    for (text, found) in texts.iter().zip(KeyKind::ALL.iter().copied()) {
        let refusals = [
            text.parse::<SealKey>().map(|_| ()),
            text.parse::<MacKey>().map(|_| ()),
            text.parse::<SigningKey>().map(|_| ()),
            text.parse::<VerifyingKey>().map(|_| ()),
            text.parse::<Identity>().map(|_| ()),
            text.parse::<Recipient>().map(|_| ()),
        ];
        for (result, expected) in refusals.into_iter().zip(KeyKind::ALL.iter().copied()) {
            let wrong = Err(ConfigError::WrongKeyKind { expected, found });
            assert_eq!(result, if expected == found { Ok(()) } else { wrong });
        }
    }
    let mut ids: Vec<KeyId> = SUITES.iter().map(|suite| identity(*suite, 1).id()).collect();
    for algorithm in [Algorithm::Aes256Gcm, Algorithm::ChaCha20Poly1305] {
        ids.push(SealKey::from_bytes(algorithm, &secret).unwrap().id());
    }
    ids.extend([MacKey::from_bytes(Hash::Sha256, &secret).unwrap().id(), signing.id()]);
    assert_distinct(ids);
    let sealed = identity(SUITES[0], 1).recipient().seal(&context(), b"x").unwrap();
    for other in [SUITES[1], SUITES[2]] {
        assert_eq!(identity(other, 1).open(&context(), &sealed), Err(Error::NotAuthentic));
    }
}

pub(crate) fn assert_distinct<T: Ord>(mut all: Vec<T>) {
    let n = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), n);
}

#[test]
fn pitfall_19_identifiers_are_unique_and_a_retired_key_is_gone() {
    let keys = Keyring::new(seal_key(1));
    assert_eq!(keys.accept(seal_key(1)).map(|_| ()), Err(ConfigError::DuplicateKey));
    assert_eq!(keys.rotate(seal_key(1)).map(|_| ()), Err(ConfigError::DuplicateKey));
    let two = keys.rotate(seal_key(2)).unwrap();
    for seed in [1, 2] {
        assert_eq!(two.accept(seal_key(seed)).map(|_| ()), Err(ConfigError::DuplicateKey));
    }
    let (old, new) = (seal_key(1).id(), seal_key(2).id());
    assert_eq!(two.primary_id(), new);
    assert_eq!(two.retire(new).map(|_| ()), Err(ConfigError::PrimaryKey));
    let sealed = keys.seal(&context(), b"x").unwrap();
    assert_eq!(two.open(&context(), &sealed).unwrap(), b"x");
    // No way leads back for a key that was retired, least of all to the place of the primary.
    let one = two.retire(old).unwrap();
    assert_eq!(one.open(&context(), &sealed), Err(Error::UnknownKey));
    assert_eq!(one.promote(old).map(|_| ()), Err(ConfigError::NoSuchKey));
    assert_eq!(one.retire(old).map(|_| ()), Err(ConfigError::NoSuchKey));
    assert_eq!((one.ids().count(), one.primary_id()), (1, new));
    // An identity is one key, under whatever Tink identifier.
    let keys = Keyring::new(identity(SUITES[0], 1).with_tink_id(1));
    assert!(keys.accept(identity(SUITES[0], 1).with_tink_id(2)).is_err());
    // Two that claim one Tink identifier: neither is tried.
    let keys = keys.accept(identity(SUITES[0], 2).with_tink_id(1)).unwrap();
    let sealed = identity(SUITES[0], 2).with_tink_id(1).recipient().seal(&context(), b"x").unwrap();
    assert_eq!(keys.open(&context(), &sealed), Err(Error::UnknownKey));
}

/// The same key, clamped (RFC 7748 section 5) or not, is the same identity.
/// A variable with one key or several; an editor's newline at its end is none of a key.
#[test]
fn a_keyring_is_read_from_the_texts_of_its_keys_the_primary_first() {
    let text = |seed| seal_key(seed).to_secret_text().expose_secret().to_owned();
    let keys: Keyring<SealKey> = format!(" {}\n{}\t{}\n", text(2), text(1), text(3)).parse().unwrap();
    assert_eq!(keys.ids().collect::<Vec<_>>(), [2, 1, 3].map(|seed| seal_key(seed).id()));
    let read = |text: &str| text.parse::<Keyring<SealKey>>().err();
    assert_eq!(read(&text(1)), None);
    assert_eq!(read(""), Some(ConfigError::KeyText));
    assert_eq!(read(" \n"), Some(ConfigError::KeyText));
    assert_eq!(read(&format!("{0} {0}", text(1))), Some(ConfigError::DuplicateKey));
    assert_eq!(read(&format!("{},{}", text(1), text(2))), Some(ConfigError::KeyText));
    let public = SigningKey::from_seed(&bytes32(9)).unwrap().verifying_key().to_string();
    let wrong = ConfigError::WrongKeyKind { expected: KeyKind::Seal, found: KeyKind::Verifying };
    assert_eq!(read(&format!("{} {public}", text(1))), Some(wrong));
    let many: Vec<String> = (1..=65).map(text).collect();
    assert_eq!((read(&many[..64].join(" ")), read(&many.join(" "))), (None, Some(ConfigError::Limit)));
}

#[test]
fn pitfall_26_a_clamped_secret_is_the_same_identity() {
    for seed in [0, 1, 0x55, 0xFF] {
        let secret = bytes32(seed);
        let mut clamped = secret;
        clamped[0] &= 0xF8;
        clamped[31] = clamped[31] & 0x7F | 0x40;
        for suite in SUITES {
            let a = Identity::from_bytes(suite, &secret).unwrap();
            let b = Identity::from_bytes(suite, &clamped).unwrap();
            assert_eq!((a.id(), a.recipient()), (b.id(), b.recipient()));
            let sealed = a.recipient().seal(&context(), b"x").unwrap();
            assert_eq!(b.open(&context(), &sealed).unwrap(), b"x");
            assert!(Keyring::new(a).accept(b).is_err());
        }
    }
}

/// Also RUSTSEC-2026-0024 of libcrux-psq: a length that is not looked at, then one that nothing passes.
#[test]
fn rustsec_2026_0023_libcrux_ecdh_keys_of_32_bytes_are_imported_and_no_others() {
    let long: Vec<u8> = bytes32(1).repeat(5);
    let public = identity(SUITES[0], 1).recipient().as_bytes().to_vec();
    for len in 0..=160 {
        let bytes = &long[..len];
        assert_eq!(Identity::from_bytes(SUITES[0], bytes).is_ok(), len == 32, "{len}");
        assert_eq!(SigningKey::from_seed(bytes).is_ok(), len == 32, "{len}");
        assert_eq!(SealKey::from_bytes(Algorithm::Aes256Gcm, bytes).is_ok(), len == 32, "{len}");
        assert_eq!(MacKey::from_bytes(Hash::Sha256, bytes).is_ok(), (32..=128).contains(&len), "{len}");
        assert_eq!(MacKey::from_bytes(Hash::Sha384, bytes).is_ok(), (48..=128).contains(&len), "{len}");
        assert_eq!(MacKey::from_bytes(Hash::Sha512, bytes).is_ok(), (64..=128).contains(&len), "{len}");
        let public = &public.repeat(5)[..len];
        assert_eq!(Recipient::from_bytes(SUITES[0], public).is_ok(), len == 32, "{len}");
    }
}

/// An identity of 251 random bits would show in 200 of them: each bit is 0 in some and 1 in some.
#[test]
fn rustsec_2026_0026_libcrux_ed25519_every_bit_of_a_new_key_is_random() {
    let random = |text: &dyn Fn() -> String, codes: usize| {
        let (mut ones, mut zeros) = ([0_u8; 32], [0_u8; 32]);
        for _ in 0..200 {
            let bytes = dearmor(text().splitn(4, '_').last().unwrap()).unwrap();
            for (i, byte) in bytes[codes..codes + 32].iter().enumerate() {
                ones[i] |= byte;
                zeros[i] |= !byte;
            }
        }
        assert_eq!((ones, zeros), ([0xFF; 32], [0xFF; 32]));
    };
    random(&|| SigningKey::generate().unwrap().to_secret_text().expose_secret().to_owned(), 2);
    random(&|| Identity::generate().unwrap().to_secret_text().expose_secret().to_owned(), 6);
    random(&|| SealKey::generate().unwrap().to_secret_text().expose_secret().to_owned(), 2);
    random(&|| MacKey::generate().unwrap().to_secret_text().expose_secret().to_owned(), 2);
}

/// The export-only AEAD, and any other code that is not ours, makes no key to seal with.
#[test]
fn rustsec_2026_0070_hpke_rs_no_key_has_the_export_only_aead() {
    let text = |kem: u16, kdf: u16, aead: u16| {
        let codes = [kem, kdf, aead].map(u16::to_be_bytes).concat();
        key_text(KeyKind::Identity, &[codes.as_slice(), &bytes32(1)].concat())
    };
    for aead in 0..=u16::MAX {
        // All 65,536 in release; at the edges otherwise.
        if cfg!(debug_assertions) && (9..0xFFF0).contains(&aead) {
            continue;
        }
        let parsed = text(0x20, 1, aead).parse::<Identity>();
        assert_eq!(parsed.is_ok(), (1..=3).contains(&aead), "{aead:#x}");
    }
    // X-Wing, where it is built in, and not with AES-128-GCM or what is no AEAD.
    for aead in [0, 1, 2, 3, 4, 0xFFFF] {
        let parsed = text(0x647A, 1, aead).parse::<Identity>();
        assert_eq!(parsed.is_ok(), cfg!(feature = "pq") && matches!(aead, 2 | 3), "{aead:#x}");
    }
    for (kem, kdf) in
        [(0x10, 1), (0x21, 1), (0x647B, 1), (0x647A, 2), (0x20, 2), (0x20, 3), (0x20, 0), (0, 1)]
    {
        assert_eq!(text(kem, kdf, 2).parse::<Identity>().err(), Some(ConfigError::KeyText));
    }
    let seal = |code: u16| key_text(KeyKind::Seal, &[&code.to_be_bytes()[..], &bytes32(1)].concat());
    for code in [0, 1, 4, 0xFFFF] {
        assert_eq!(seal(code).parse::<SealKey>().err(), Some(ConfigError::KeyText), "{code}");
    }
    assert!(seal(2).parse::<SealKey>().is_ok());
    assert!(Info::raw(b"chancery/v2").is_err());
}

/// `==` looks at both sides, and at all of them.
#[test]
fn rustsec_2019_0026_sodiumoxide_equality_compares_every_bit_of_both_sides() {
    let recipient = identity(SUITES[0], 1).recipient();
    let public: [u8; 32] = recipient.as_bytes().try_into().unwrap();
    let twice = |bytes: [u8; 32]| Signature::from_bytes([bytes, bytes].concat().try_into().unwrap());
    assert_eq!(twice(public), twice(public));
    assert_eq!(Context::of(public), Context::of(public));
    assert_eq!(Recipient::from_bytes(SUITES[0], &public).as_ref(), Ok(&recipient));
    for bit in 0..256 {
        let mut flipped = public;
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert_ne!(twice(flipped), twice(public), "{bit}");
        assert_ne!(EphemeralPublicKey::from_bytes(flipped), EphemeralPublicKey::from_bytes(public), "{bit}");
        assert_ne!(Context::of(flipped), Context::of(public), "{bit}");
        // All but the top bit, which would be the same point in a second form.
        let other = Recipient::from_bytes(SUITES[0], &flipped);
        assert_eq!(other.is_ok(), bit < 255, "{bit}");
        assert_ne!(other.as_ref(), Ok(&recipient), "{bit}");
    }
    assert_ne!(recipient, recipient.clone().with_tink_id(0));
    assert_ne!(recipient, identity(SUITES[1], 1).recipient());
}
