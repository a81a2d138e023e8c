// SPDX-License-Identifier: MIT OR Apache-2.0
//! Failures of primitives: other implementations' answers, and a random source that fails.

use crate::{NOW, bytes32, context};
use chancery::{
    Error, Keyring,
    aead::{Algorithm, SealKey},
    envelope::Sealer,
    hazmat::{self, Aead, AeadKey, Random},
    hpke::{Identity, Suite},
    mac::Hash,
};
use sha2::{Digest, Sha256};

fn message(len: usize) -> Vec<u8> {
    (0..len).map(|i| ((i * 7 + i / 251) % 256).to_le_bytes()[0]).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

/// SHA-256 over the answers for messages of every length up to 300 and of some long ones, around the blocks
/// that wide implementations take at once.
fn answers(answer: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let long = [1023, 1024, 1025, 4095, 4096, 16_383, 16_384, 100_000];
    let all = (0..=300).chain(long).map(|len| answer(&message(len)));
    hex(&all.fold(Sha256::new(), Sha256::chain_update).finalize())
}

/// The answers of OpenSSL, through Python's `cryptography` 48 and `hashlib`. Also RUSTSEC-2025-0133 and
/// RUSTSEC-2026-0125: whichever implementation this machine selects, it agrees.
#[test]
fn rustsec_2021_0100_sha2_long_messages_have_the_answers_of_another_implementation() {
    let key: Vec<u8> = (0..64_u8).map(|i| i.wrapping_mul(5).wrapping_add(3)).collect();
    let nonce: [u8; 12] = core::array::from_fn(|i| i.to_le_bytes()[0]);
    for (aead, expected) in [
        (Aead::Aes128Gcm, "92eb1b76e8b0730765215fef54b41c06019c66e217b84b5c5a3d136e90bee04b"),
        (Aead::Aes256Gcm, "cabaf5420d61023d40c35e61ffeaa7a16ee810fc0d9ffd8a04bf2bcc256568ce"),
        (Aead::ChaCha20Poly1305, "71b45a8e2147e0ed9193522f0997020d0c7a480cf344ec60cbd5dd169fdc4fcb"),
    ] {
        let cipher = AeadKey::new(aead, &key[..aead.key_len()]).unwrap();
        let sealed = answers(|message| {
            let sealed = cipher.seal(&nonce, b"header", message).unwrap();
            assert_eq!(cipher.open(&nonce, b"header", &sealed).unwrap(), message);
            sealed
        });
        assert_eq!(sealed, expected, "{aead:?}");
    }
    for (hash, expected) in [
        (Hash::Sha256, "f595ed7263aa78a16ea4a813725350258b083f891619f040823c906fd042ca91"),
        (Hash::Sha384, "eeada612d5c567727ecec293e7ffe2c28f78c5fd131efbfda525782f854e0d9d"),
        (Hash::Sha512, "252a80c91730aade49ce5ad99dcd770a7409d4ebaa7a7d33e65ae0412f93f5e5"),
    ] {
        let macs = answers(|message| hazmat::hmac(hash, &key, message).expose_secret().to_vec());
        assert_eq!(macs, expected, "{hash:?}");
    }
}

/// Fails, does nothing, or fills with zeros, from the `n`-th call on.
struct Broken {
    how: u8,
    good: usize,
}

impl Random for Broken {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
        if self.good > 0 {
            self.good -= 1;
            buffer.copy_from_slice(&bytes32(buffer.len().to_le_bytes()[0])[..buffer.len()]);
            return Ok(());
        }
        match self.how {
            0 => return Err(Error::Unavailable),
            1 => {}
            _ => buffer.fill(0),
        }
        Ok(())
    }
}

#[test]
fn rustsec_2026_0075_nothing_is_sealed_with_a_broken_random_source() {
    let identity = Identity::from_bytes(Suite::X25519Aes256Gcm, &bytes32(1)).unwrap();
    let recipient = identity.recipient();
    let keys = Keyring::new(SealKey::from_bytes(Algorithm::Aes256Gcm, &bytes32(2)).unwrap());
    let sealer = Sealer::to(recipient.clone(), &context()).unwrap();
    let sealer = sealer.and(Identity::generate().unwrap().recipient()).unwrap();
    for how in 0..3 {
        let broken = |good| Broken { how, good };
        assert_eq!(hazmat::seal(&keys, &context(), b"", &mut broken(0)), Err(Error::Unavailable));
        assert_eq!(
            hazmat::hpke_seal(&recipient, hazmat::reserved_info(b""), None, b"", &mut broken(0)),
            Err(Error::Unavailable)
        );
        let chunked = hazmat::chunked_seal(Aead::Aes256Gcm, &bytes32(3), b"", b"", &mut broken(0));
        assert_eq!(chunked, Err(Error::Unavailable));
        // Payload key, two ephemeral keys, salt: whichever of the four fails.
        for good in 0..4 {
            let sealed = hazmat::seal_envelope(&sealer, b"", NOW, &mut broken(good));
            assert_eq!(sealed, Err(Error::Unavailable), "{how} {good}");
        }
        assert!(hazmat::seal_envelope(&sealer, b"", NOW, &mut broken(4)).is_ok());
    }
}

#[test]
fn pitfall_06_what_is_opened_in_place_and_not_authentic_is_cleared() {
    for aead in [Aead::Aes128Gcm, Aead::Aes256Gcm, Aead::ChaCha20Poly1305] {
        let cipher = AeadKey::new(aead, &bytes32(1)[..aead.key_len()]).unwrap();
        let sealed = cipher.seal(&[1; 12], b"header", &message(300)).unwrap();
        let (ciphertext, tag) = sealed.split_last_chunk::<16>().unwrap();
        let open = |nonce: u8, aad: &[u8], flip: Option<usize>| {
            let mut buffer = ciphertext.to_vec();
            if let Some(at) = flip {
                buffer[at] ^= 1;
            }
            let result = cipher.open_in_place(&[nonce; 12], aad, &mut buffer, tag);
            (result, buffer)
        };
        assert_eq!(open(1, b"header", None), (Ok(()), message(300)));
        let cleared = (Err(Error::NotAuthentic), vec![0; 300]);
        assert_eq!(open(2, b"header", None), cleared);
        assert_eq!(open(1, b"HEADER", None), cleared);
        assert!((0..300).all(|at| open(1, b"header", Some(at)) == cleared));
    }
}

/// Under one salt, a message whose every chunk is valid under one key and whose commitment is that of another:
/// without the commitment it would open.
#[test]
fn pitfall_04_a_message_opens_under_the_key_that_it_commits_to_and_no_other() {
    struct Same;

    impl Random for Same {
        fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
            buffer.fill(7);
            Ok(())
        }
    }

    for aead in [Aead::Aes256Gcm, Aead::ChaCha20Poly1305] {
        let seal = |key: u8| hazmat::chunked_seal(aead, &bytes32(key), b"", b"payload", &mut Same).unwrap();
        let open = |key: u8, bytes: &[u8]| hazmat::chunked_open(aead, &bytes32(key), b"", bytes);
        let (one, two) = (seal(1), seal(2));
        assert_eq!(one[..24], two[..24]);
        let mixed = [&one[..56], &two[56..]].concat();
        for key in [1, 2] {
            assert_eq!(open(key, &mixed), Err(Error::NotAuthentic));
        }
        assert_eq!((open(1, &one).unwrap(), open(2, &two).unwrap()), (b"payload".into(), b"payload".into()));
        assert!(open(1, &two).is_err() && open(2, &one).is_err());
    }
}
