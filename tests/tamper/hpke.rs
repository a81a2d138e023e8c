// SPDX-License-Identifier: MIT OR Apache-2.0
//! HPKE messages: raw, under a pre-shared key, and in Tink's framing.

use crate::{
    battery::{Battery, assert_only},
    bytes32, context,
};
use chancery::{
    Error, Keyring,
    hpke::{Identity, Psk, Suite},
};

const SUITES: [Suite; 3] = [Suite::X25519Aes256Gcm, Suite::X25519ChaCha20Poly1305, Suite::X25519Aes128Gcm];
const MESSAGE: &[u8] = b"message";
/// `enc`, ciphertext, tag.
const SEGMENTS: [usize; 3] = [32, MESSAGE.len(), 16];
const TINK_SEGMENTS: [usize; 5] = [1, 4, 32, MESSAGE.len(), 16];

fn identity(suite: Suite) -> Identity {
    Identity::from_bytes(suite, &bytes32(3)).unwrap()
}

/// Two messages of one kind.
fn two(seal: impl Fn() -> Result<Vec<u8>, Error>) -> (Vec<u8>, Vec<u8>) {
    (seal().unwrap(), seal().unwrap())
}

#[test]
fn a_changed_hpke_message_is_refused() {
    for suite in SUITES {
        let identity = identity(suite);
        let (good, other) = two(|| identity.recipient().seal(&context(), MESSAGE));
        let battery = Battery::new("HPKE", &good, &other, &SEGMENTS);
        let errors = battery.run(MESSAGE, |bytes| identity.open(&context(), bytes));
        assert_only(&errors, &[Error::Malformed, Error::NotAuthentic]);
    }
}

#[test]
fn a_changed_hpke_message_under_a_pre_shared_key_is_refused() {
    for suite in SUITES {
        let (identity, psk) = (identity(suite), Psk::new(&bytes32(4), b"id").unwrap());
        let (good, other) = two(|| identity.recipient().seal_psk(&context(), &psk, MESSAGE));
        let battery = Battery::new("HPKE with PSK", &good, &other, &SEGMENTS);
        let errors = battery.run(MESSAGE, |bytes| identity.open_psk(&context(), &psk, bytes));
        assert_only(&errors, &[Error::Malformed, Error::NotAuthentic]);
        // Neither mode opens what the other has sealed.
        assert_eq!(identity.open(&context(), &good), Err(Error::NotAuthentic));
        let base = identity.recipient().seal(&context(), MESSAGE).unwrap();
        assert_eq!(identity.open_psk(&context(), &psk, &base), Err(Error::NotAuthentic));
        for (key, id) in [(bytes32(5), b"id"), (bytes32(4), b"ID")] {
            let psk = Psk::new(&key, id).unwrap();
            assert_eq!(identity.open_psk(&context(), &psk, &good), Err(Error::NotAuthentic));
        }
    }
}

#[test]
fn a_changed_hpke_message_in_tinks_framing_is_refused() {
    for suite in SUITES {
        let identity = identity(suite).with_tink_id(0x0102_0304);
        let (good, other) = two(|| identity.recipient().seal(&context(), MESSAGE));
        let battery = Battery::new("HPKE, Tink", &good, &other, &TINK_SEGMENTS);
        let errors = battery.run(MESSAGE, |bytes| identity.open(&context(), bytes));
        assert_only(&errors, &[Error::Malformed, Error::NotAuthentic]);

        let second = Identity::from_bytes(suite, &bytes32(6)).unwrap().with_tink_id(0x0102_0305);
        let keys = Keyring::new(second).accept(identity).unwrap();
        let battery = Battery::new("HPKE, Tink, keyring", &good, &other, &TINK_SEGMENTS);
        let errors = battery.run(MESSAGE, |bytes| keys.open(&context(), bytes));
        assert_only(&errors, &[Error::Malformed, Error::UnknownKey, Error::NotAuthentic]);
    }
}

/// What is sent for an export has no tag, so a change shows in the secret, which is then nobody's.
#[test]
fn a_changed_export_is_refused_or_gives_an_unrelated_secret() {
    for suite in SUITES {
        let identity = identity(suite);
        let (sent, secret) = identity.recipient().send_export(&context(), b"x", 32).unwrap();
        let receive = |bytes: &[u8]| {
            let received = identity.receive_export(&context(), bytes, b"x", 32);
            // Of 32 bytes, some 31 differ.
            let differing =
                |got: &[u8]| got.iter().zip(secret.expose_secret()).filter(|(a, b)| a != b).count();
            received.map(|got| differing(got.expose_secret()))
        };
        assert_eq!(receive(&sent), Ok(0));
        for bit in 0..8 * sent.len() {
            let mut changed = sent.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(receive(&changed).is_ok_and(|differing| differing >= 20), "bit {bit}");
        }
        for len in 0..sent.len() {
            assert_eq!(receive(&sent[..len]), Err(Error::Malformed), "{len}");
        }
        assert_eq!(receive(&[&sent[..], &[0]].concat()), Err(Error::Malformed));
        assert_eq!(receive(&sent), Ok(0));
    }
}
