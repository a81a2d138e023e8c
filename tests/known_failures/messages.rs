// SPDX-License-Identifier: MIT OR Apache-2.0
//! Failures of messages: nonces, algorithms, contexts, copies.

use crate::{NOW, bytes32, context, keys::assert_distinct};
use chancery::{
    ConfigError, Context, Error, Hold, Key, Keyring, Replay, UnixTime,
    aead::{Algorithm, SealKey},
    envelope::{Opener, Sealer},
    hpke::{Identity, Suite},
    signing::SigningKey,
};
use core::{cell::RefCell, time::Duration};

const AES: Algorithm = Algorithm::Aes256Gcm;
const CHACHA: Algorithm = Algorithm::ChaCha20Poly1305;

fn key(algorithm: Algorithm, seed: u8) -> SealKey {
    SealKey::from_bytes(algorithm, &bytes32(seed)).unwrap()
}

fn identity(suite: Suite, seed: u8) -> Identity {
    Identity::from_bytes(suite, &bytes32(seed)).unwrap()
}

/// Salts of messages that were sealed from four threads at once.
fn salts(n: usize, seal: impl Fn() -> Vec<u8> + Sync) -> Vec<Vec<u8>> {
    let some = || (0..n / 4).map(|_| seal()[9..33].to_vec()).collect::<Vec<_>>();
    std::thread::scope(|scope| {
        let threads = [(); 4].map(|()| scope.spawn(some));
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

const MANY: usize = if cfg!(debug_assertions) { 1 << 10 } else { 1 << 16 };

/// The key and the nonce of the chunks come from the salt, so it is the salt that must not repeat.
#[test]
fn pitfall_01_no_two_messages_have_a_salt_in_common() {
    let keys = Keyring::new(key(AES, 1));
    let salts = salts(MANY, || keys.seal(&context(), b"").unwrap());
    assert_distinct(salts);
    let (a, b) = (keys.seal(&context(), b"same").unwrap(), keys.seal(&context(), b"same").unwrap());
    // Salt, commitment, ciphertext and tag.
    for range in [9..33, 33..65, 65..69, 69..85] {
        assert_ne!(a[range.clone()], b[range]);
    }
    let identity = identity(Suite::X25519Aes256Gcm, 1);
    let sealer = Sealer::to(identity.recipient(), &context()).unwrap();
    let encs = (0..200).map(|_| identity.recipient().seal(&context(), b"").unwrap()[..32].to_vec());
    assert_distinct(encs.collect());
    let envelopes: Vec<_> = (0..200).map(|_| sealer.seal(b"", NOW).unwrap()).collect();
    for range in [17..49, 49..97, 97..121] {
        // enc, wrap, salt
        assert_distinct(envelopes.iter().map(|envelope| envelope[range.clone()].to_vec()).collect());
    }
}

/// There is no state to copy: clones of a keyring, and the same key read twice, share the system's randomness.
#[test]
fn rustsec_2023_0068_cocoon_copies_of_a_sealer_do_not_repeat_each_other() {
    let keys = Keyring::new(key(AES, 1));
    let text = key(AES, 1).to_secret_text();
    let again = Keyring::new(text.expose_secret().parse::<SealKey>().unwrap());
    let all = [&keys, &keys.clone(), &Keyring::from(&keys), &again];
    let seal = |keys: &Keyring<SealKey>| salts(MANY / 4, || keys.seal(&context(), b"").unwrap());
    assert_distinct(all.into_iter().flat_map(seal).collect());
}

#[test]
fn pitfall_16_the_algorithm_is_that_of_the_key_and_never_that_of_the_message() {
    // The same 32 bytes for both algorithms, the identifier exchanged.
    let keys = Keyring::new(key(AES, 1)).accept(key(CHACHA, 1)).unwrap();
    let mut sealed = keys.seal(&context(), b"x").unwrap();
    sealed[1..9].copy_from_slice(key(CHACHA, 1).id().as_bytes());
    assert_eq!(keys.open(&context(), &sealed), Err(Error::NotAuthentic));

    let (aes, chacha) = (Suite::X25519Aes256Gcm, Suite::X25519ChaCha20Poly1305);
    let mut envelope = Sealer::to(identity(aes, 1).recipient(), &context()).unwrap().seal(b"x", NOW).unwrap();
    assert_eq!(envelope[4], 1);
    envelope[4] = 2;
    let one = Opener::from_anyone(identity(aes, 1), &context()).unwrap();
    assert_eq!(one.open(&envelope, NOW).map(|_| ()), Err(Error::Policy));
    let both = Keyring::new(identity(aes, 1)).accept(identity(chacha, 1)).unwrap();
    let both = Opener::from_anyone(both, &context()).unwrap();
    assert_eq!(both.open(&envelope, NOW).map(|_| ()), Err(Error::UnknownKey));
    envelope[9..17].copy_from_slice(identity(chacha, 1).id().as_bytes());
    assert_eq!(both.open(&envelope, NOW).map(|_| ()), Err(Error::NotAuthentic));
    for suite in (0..=255).filter(|suite| !(1..=2).contains(suite)) {
        envelope[4] = suite;
        assert_eq!(both.open(&envelope, NOW).map(|_| ()), Err(Error::Malformed), "{suite}");
    }
}

/// How long a message is depends on the length of its plaintext only: nothing is compressed.
#[test]
fn pitfall_18_a_message_of_zeros_is_as_long_as_any_other() {
    let keys = Keyring::new(key(AES, 1));
    let sealer = Sealer::to(identity(Suite::X25519Aes256Gcm, 1).recipient(), &context()).unwrap();
    for len in [0, 1, 100, 16_384, 40_000] {
        let zeros = vec![0; len];
        let mixed: Vec<u8> = (0..len).map(|i| (i * i % 251).to_le_bytes()[0]).collect();
        let sealed = |bytes: &[u8]| keys.seal(&context(), bytes).unwrap().len();
        assert_eq!((sealed(&zeros), sealed(&mixed)), (len + 81 + 16 * (len / 16_384), sealed(&zeros)));
        let sealed = |bytes: &[u8]| sealer.seal(bytes, NOW).unwrap().len();
        assert_eq!(sealed(&zeros), sealed(&mixed));
    }
}

/// An identifier says which key to try and no more. It is named when nobody has it: that is public.
#[test]
fn pitfall_20_an_identifier_in_a_message_is_a_hint() {
    let keys = Keyring::new(key(AES, 1)).accept(key(AES, 2)).unwrap();
    let sealed = keys.seal(&context(), b"x").unwrap();
    let with_id = |id: &[u8; 8]| [&sealed[..1], id, &sealed[9..]].concat();
    let other = keys.open(&context(), &with_id(key(AES, 2).id().as_bytes())).unwrap_err();
    let unknown = keys.open(&context(), &with_id(key(AES, 3).id().as_bytes())).unwrap_err();
    assert_eq!((other, unknown), (Error::NotAuthentic, Error::UnknownKey));
    // The peer cannot tell them apart.
    assert_eq!(other.status(), unknown.status());
    assert_eq!(keys.open(&context(), &sealed).unwrap(), b"x");
}

/// What was sealed for one field, record or tenant opens in no other place.
#[test]
fn pitfall_24_a_message_does_not_open_in_another_field() {
    let keys = Keyring::new(key(AES, 1));
    let place = |tenant: &str, record: u32, field: &str| {
        Context::of("customer").field(tenant).field(record.to_be_bytes()).field(field)
    };
    let places = [place("a", 1, "iban"), place("a", 1, "name"), place("a", 2, "iban"), place("b", 1, "iban")];
    for (i, from) in places.iter().enumerate() {
        let sealed = keys.seal(from, b"x").unwrap();
        for (j, to) in places.iter().enumerate() {
            assert_eq!(keys.open(to, &sealed).is_ok(), i == j, "{i} {j}");
        }
    }
}

/// A payload key belongs to one header and one context: it cannot be moved with its wrap.
#[test]
fn pitfall_23_a_wrapped_key_opens_nowhere_else() {
    let suite = Suite::X25519Aes256Gcm;
    let both = |context: &Context| {
        let sealer = Sealer::to(identity(suite, 1).recipient(), context).unwrap();
        sealer.and(identity(suite, 2).recipient()).unwrap()
    };
    let other = Context::of("other");
    let sealed = [
        Sealer::to(identity(suite, 1).recipient(), &context()).unwrap().seal(b"x", NOW).unwrap(),
        both(&context()).seal(b"x", NOW).unwrap(),
        both(&context()).padded().seal(b"x", NOW).unwrap(),
        both(&other).seal(b"x", NOW).unwrap(),
    ];
    let opener = Opener::from_anyone(identity(suite, 1), &context()).unwrap();
    for (i, from) in sealed.iter().enumerate() {
        for (j, to) in sealed.iter().enumerate() {
            // enc and wrap of the first recipient.
            let moved = [&to[..17], &from[17..97], &to[97..]].concat();
            let expected = if i == j && i != 3 { Ok(()) } else { Err(Error::NotAuthentic) };
            assert_eq!(opener.open(&moved, NOW).map(|_| ()), expected, "{i} {j}");
        }
    }
}

#[derive(Default)]
struct Store(RefCell<Vec<([u8; 32], UnixTime)>>);

impl Replay for Store {
    fn claim(&self, id: &[u8; 32], _: Option<UnixTime>, hold: Hold, _: UnixTime) -> Result<(), Error> {
        let (Hold::Lease(expires) | Hold::Done(expires)) = hold;
        let mut claimed = self.0.borrow_mut();
        if claimed.iter().any(|(other, _)| other == id) {
            return Err(Error::Replayed);
        }
        claimed.push((*id, expires));
        Ok(())
    }

    fn settle(&self, _: &[u8; 32], _: UnixTime, _: UnixTime) -> Result<(), Error> {
        Ok(())
    }

    fn release(&self, _: &[u8; 32], _: UnixTime) -> Result<(), Error> {
        Ok(())
    }
}

#[test]
fn pitfall_27_the_second_copy_of_an_envelope_is_refused() {
    let sender = || SigningKey::from_seed(&bytes32(9)).unwrap();
    let sealer = Sealer::to(identity(Suite::X25519Aes256Gcm, 1).recipient(), &context()).unwrap();
    let sealer = sealer.signed_by(sender());
    let opener = || {
        let identity = identity(Suite::X25519Aes256Gcm, 1);
        Opener::from_senders(identity, &context(), sender().verifying_key()).unwrap()
    };
    let (age, skew) = (Duration::from_secs(300), Duration::from_secs(7));
    let (first, second) = (sealer.seal(b"x", NOW).unwrap(), sealer.seal(b"x", NOW).unwrap());
    let store = Store::default();
    let open = |bytes: &[u8]| opener().max_age(age).max_skew(skew).open(bytes, NOW).unwrap();
    assert_eq!(open(&first).claim(&store, NOW).unwrap().payload(), b"x");
    for _ in 0..3 {
        assert_eq!(open(&first).claim(&store, NOW).map(|_| ()), Err(Error::Replayed));
    }
    // Another envelope of the same payload is another message. Both are remembered until they are too old.
    open(&second).claim(&store, NOW).unwrap();
    let until = NOW.saturating_add(age + skew + Duration::from_secs(1));
    assert!(store.0.borrow().iter().all(|(_, expires)| *expires == until));
    let after = |seconds: u64| UnixTime::from_secs(NOW.as_secs() + seconds);
    assert!(opener().max_age(age).open(&first, after(300)).is_ok());
    assert_eq!(opener().max_age(age).open(&first, after(301)).map(|_| ()), Err(Error::Expired));
    // Without a maximal age it is for ever.
    opener().open(&first, NOW).unwrap().claim(&store, NOW).unwrap_err();
    let store = Store::default();
    opener().open(&first, NOW).unwrap().claim(&store, NOW).unwrap();
    assert_eq!(store.0.borrow()[0].1, UnixTime::MAX);
}

/// Post-quantum and classical ones: `tests/post_quantum.rs`.
#[test]
fn pitfall_28_recipients_of_two_suites_are_not_mixed() {
    let recipient = |suite| identity(suite, 1).recipient();
    let (aes, chacha) = (Suite::X25519Aes256Gcm, Suite::X25519ChaCha20Poly1305);
    for (a, b) in [(aes, chacha), (chacha, aes), (aes, Suite::X25519Aes128Gcm)] {
        let sealer = Sealer::to(recipient(a), &context()).unwrap();
        assert_eq!(sealer.and(recipient(b)).map(|_| ()), Err(ConfigError::Suite));
    }
    let weak = Sealer::to(recipient(Suite::X25519Aes128Gcm), &context());
    assert_eq!(weak.map(|_| ()), Err(ConfigError::Suite));
}

/// In whatever pieces a message is written or read, it is the same.
#[cfg(feature = "std")]
#[test]
fn rustsec_2018_0012_orion_every_way_to_split_a_message_is_one_message() {
    use std::io::{Read, Write};

    let keys = Keyring::new(key(AES, 1));
    let message: Vec<u8> = (0..150).collect();
    for split in 0..=message.len() {
        let mut writer = keys.seal_writer(&context(), Vec::new()).unwrap();
        writer.write_all(&message[..split]).unwrap();
        writer.write_all(&message[split..]).unwrap();
        let sealed = writer.finish().unwrap();
        assert_eq!(keys.open(&context(), &sealed).unwrap(), message, "{split}");
        let mut reader = keys.open_reader(&context(), sealed.as_slice()).unwrap();
        let (mut head, mut tail) = (vec![0; split], Vec::new());
        reader.read_exact(&mut head).unwrap();
        reader.read_to_end(&mut tail).unwrap();
        assert_eq!([head, tail].concat(), message, "{split}");
    }
}

/// Also RUSTSEC-2026-0073, 0076, 0104, 0124, 0199, 0216, RUSTSEC-2025-0009 and 0136. Every prefix and every
/// change of what is well formed is in `tests/tamper`; this is what is not.
#[test]
fn rustsec_2026_0025_libcrux_no_parser_panics_on_short_long_or_strange_input() {
    let identity = || identity(Suite::X25519Aes256Gcm, 1);
    let (keys, opener) = (Keyring::new(key(AES, 1)), Opener::from_anyone(identity(), &context()).unwrap());
    let tink = Keyring::new(identity().with_tink_id(7));
    let starts: [&[u8]; 8] = [
        b"",
        b"\xC1",
        &[&b"\xC1"[..], key(AES, 1).id().as_bytes()].concat(),
        b"CHN\x01\x01\x00\x01",
        b"CHN\x01\x02\x07\x20",
        &[&b"CHN\x01\x01\x00\x02\x00\x20"[..], identity().id().as_bytes()].concat(),
        b"\x01\x00\x00\x00\x07",
        b"\xFF\xFE\xED",
    ];
    for (start, len) in starts.iter().flat_map(|start| (0..300).map(move |len| (start, len))) {
        for byte in [0, 1, 0x20, 0x64, 0x7F, 0x80, 0xFF] {
            let mut bytes = start.to_vec();
            bytes.resize(start.len() + len, byte);
            assert!(keys.open(&context(), &bytes).is_err());
            assert!(opener.open(&bytes, NOW).is_err());
            if byte == 0x80 && len % 16 == 0 {
                assert!(identity().open(&context(), &bytes).is_err());
                assert!(tink.open(&context(), &bytes).is_err());
            }
        }
    }
    for text in
        ["", "chn_", "chn_sk_", "chn_sk_seal_", "chn_sk_seal_\u{e9}", "\u{feff}chn_sk_seal_AA", "\u{10ffff}"]
    {
        for more in 0..100 {
            for filling in ["A", "_", "-", "\u{e9}", "\u{1f511}", "\0", "="] {
                let text = [text, &filling.repeat(more)].concat();
                assert!(text.parse::<SealKey>().is_err());
                assert!(text.parse::<Identity>().is_err());
                assert!(text.parse::<SigningKey>().is_err());
                let _ = chancery::envelope::dearmor(&text);
            }
        }
    }
}
