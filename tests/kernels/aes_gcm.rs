// SPDX-License-Identifier: MIT OR Apache-2.0
//! AES-GCM.

use crate::{
    between::{Message, check_alignments},
    bytes::Bytes,
    tiers::beside_portable,
};
use chancery::{
    Error,
    hazmat::{Aead, AeadKey, Tier, chunked_open, chunked_seal},
};

const AEADS: [Aead; 2] = [Aead::Aes128Gcm, Aead::Aes256Gcm];

/// What is sealed, and the sealed bytes.
struct Case {
    aead: Aead,
    key: Vec<u8>,
    nonce: [u8; 12],
    aad: Vec<u8>,
    plaintext: Vec<u8>,
    sealed: Vec<u8>,
}

impl Case {
    fn new(aead: Aead, bytes: &mut Bytes, aad: usize, len: usize) -> Self {
        let (key, nonce) = (bytes.take(aead.key_len()), bytes.array());
        let (aad, plaintext) = (bytes.take(aad), bytes.take(len));
        let sealed = AeadKey::new(aead, &key).unwrap().seal(&nonce, &aad, &plaintext).unwrap();
        Self { aead, key, nonce, aad, plaintext, sealed }
    }

    /// The same on this tier, both ways; and with a wrong tag nothing.
    fn check(&self, tier: Tier) {
        let name = format!("{:?}, {} bytes, {} of AAD", self.aead, self.plaintext.len(), self.aad.len());
        let key = AeadKey::new(self.aead, &self.key).unwrap();
        assert!(key.seal(&self.nonce, &self.aad, &self.plaintext).unwrap() == self.sealed, "sealed: {name}");
        assert!(key.open(&self.nonce, &self.aad, &self.sealed).unwrap() == self.plaintext, "opened: {name}");
        let mut buffer = self.plaintext.clone();
        let tag = &mut key.seal_in_place(&self.nonce, &self.aad, &mut buffer).unwrap();
        assert!([&buffer, &tag[..]].concat() == self.sealed, "sealed in place: {name}");
        tag[self.plaintext.len() % 16] ^= 1 << (self.aad.len() % 8);
        let refused = key.open_in_place(&self.nonce, &self.aad, &mut buffer, tag);
        assert_eq!(refused, Err(Error::NotAuthentic), "{name}");
        assert!(buffer.iter().all(|byte| *byte == 0), "not cleared: {name}");

        let (ciphertext, tag) = self.sealed.split_last_chunk().unwrap();
        let (nonce, aad, plaintext) = (&self.nonce, &self.aad, &self.plaintext);
        Message { nonce, aad, plaintext, ciphertext, tag }.check(&key, tier);
    }
}

/// The cases of the portable tier on all others.
fn check(what: &str, cases: impl Fn() -> Vec<Case>) {
    beside_portable(what, cases, |cases, tier| cases.iter().for_each(|case| case.check(tier)));
}

#[test]
fn every_length_to_2000_is_the_same_on_every_tier() {
    check("AES-GCM, every length", || {
        let mut bytes = Bytes(1);
        AEADS
            .into_iter()
            .flat_map(|aead| (0..=2000).map(move |len| (aead, len)))
            .map(|(aead, len)| Case::new(aead, &mut bytes, len % 23, len))
            .collect()
    });
}

#[test]
fn every_length_of_additional_data_to_200_is_the_same_on_every_tier() {
    check("AES-GCM, every AAD", || {
        let mut bytes = Bytes(2);
        let lengths = [0, 1, 16, 63, 64, 100, 300, 511, 512, 513, 559, 560, 561, 576, 1025];
        AEADS
            .into_iter()
            .flat_map(|aead| (0..=200).flat_map(move |aad| lengths.map(|len| (aead, aad, len))))
            .map(|(aead, aad, len)| Case::new(aead, &mut bytes, aad, len))
            .collect()
    });
}

#[test]
fn long_messages_and_long_additional_data_are_the_same_on_every_tier() {
    check("AES-GCM, to 1 MiB", || {
        let mut bytes = Bytes(3);
        // The last byte of the counter runs over at 254 blocks, the second at 65,534.
        let mut lengths = vec![254 * 16, 255 * 16 + 1, 65_534 * 16, 1 << 20];
        lengths.extend((0..12).map(|_| bytes.below(1 << 20)));
        let aads = [0, 13, 512, 513, 5000, 70_001];
        let longs = lengths.into_iter().enumerate().map(|(i, len)| (aads[i % aads.len()], len));
        longs.map(|(aad, len)| Case::new(AEADS[len % 2], &mut bytes, aad, len)).collect()
    });
}

#[test]
fn every_alignment_is_the_same_on_every_tier() {
    let cases = || {
        let mut bytes = Bytes(4);
        [0, 17, 64, 200, 512, 1111].map(|len| Case::new(Aead::Aes256Gcm, &mut bytes, 20, len))
    };
    beside_portable("AES-GCM, every alignment", cases, |cases, tier| {
        for case in cases {
            let key = AeadKey::new(case.aead, &case.key).unwrap();
            let (ciphertext, tag) = case.sealed.split_last_chunk().unwrap();
            for offset in 0..64 {
                let mut room = vec![0xee; offset + ciphertext.len() + 64];
                let buffer = &mut room[offset..][..ciphertext.len()];
                buffer.copy_from_slice(ciphertext);
                key.open_in_place(&case.nonce, &case.aad, buffer, tag).unwrap();
                assert!(*buffer == case.plaintext, "{tier:?}, {offset}");
                let sealed = key.seal_in_place(&case.nonce, &case.aad, buffer);
                assert!(sealed == Ok(*tag) && buffer == ciphertext, "{tier:?}, {offset}");
                key.open_in_place(&case.nonce, &case.aad, buffer, tag).unwrap();
                let outside = [&room[..offset], &room[offset + ciphertext.len()..]].concat();
                assert!(outside.iter().all(|byte| *byte == 0xee), "{tier:?}, {offset}");
            }
        }
    });
}

#[test]
fn every_alignment_of_input_and_output_is_the_same_on_every_tier() {
    for aead in AEADS {
        check_alignments("AES-GCM, between buffers", aead, &[1, 17, 64, 200, 512, 1111]);
    }
}

#[test]
fn after_a_wrong_byte_of_the_tag_nothing_is_left_on_any_tier() {
    let cases = || {
        let mut bytes = Bytes(6);
        [1, 16, 63, 64, 300, 512, 1025, 5000].map(|len| Case::new(AEADS[len % 2], &mut bytes, 9, len))
    };
    beside_portable("AES-GCM, every byte of the tag", cases, |cases, tier| {
        for case in cases {
            let key = AeadKey::new(case.aead, &case.key).unwrap();
            let (ciphertext, tag) = case.sealed.split_last_chunk().unwrap();
            for byte in 0..16 {
                let (mut buffer, mut wrong) = (ciphertext.to_vec(), *tag);
                wrong[byte] ^= 1 << (byte % 8);
                let refused = key.open_in_place(&case.nonce, &case.aad, &mut buffer, &wrong);
                assert_eq!(refused, Err(Error::NotAuthentic), "{tier:?}, {byte}");
                assert!(buffer.iter().all(|byte| *byte == 0), "{tier:?}, {byte}");
            }
        }
    });
}

/// The third byte of the counter runs over at 2^24 blocks, which are 256 MiB.
#[test]
#[cfg_attr(debug_assertions, ignore = "takes long unless it is optimised")]
fn the_counter_carries_into_its_highest_byte_on_every_tier() {
    let (key, nonce, len) = ([5; 32], [6; 12], (1 << 28) + 1000);
    let key = || AeadKey::new(Aead::Aes256Gcm, &key).unwrap();
    let sealed = || {
        let mut buffer = vec![0; len];
        let tag = key().seal_in_place(&nonce, b"", &mut buffer).unwrap();
        (buffer, tag)
    };
    beside_portable("AES-GCM, 256 MiB", sealed, |(sealed, tag), tier| {
        let mut buffer = vec![0; len];
        assert_eq!(key().seal_in_place(&nonce, b"", &mut buffer), Ok(*tag), "{tier:?}");
        assert!(buffer == *sealed, "{tier:?}");
        assert_eq!(key().open_in_place(&nonce, b"", &mut buffer, tag), Ok(()), "{tier:?}");
        assert!(buffer.iter().all(|byte| *byte == 0), "{tier:?}");
    });
}

/// Keys of chunked messages are prepared for the length that they are made for.
#[test]
fn a_message_in_chunks_is_the_same_on_every_tier() {
    struct Salt;
    impl chancery::hazmat::Random for Salt {
        fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
            buffer.fill(7);
            Ok(())
        }
    }
    let seal = |plaintext: &[u8]| chunked_seal(Aead::Aes256Gcm, &[3; 32], b"", plaintext, &mut Salt).unwrap();
    let cases = || {
        let mut bytes = Bytes(5);
        let edges = [16_383, 16_384, 16_385, 40_000, 32_768];
        let plaintexts: Vec<_> = (0..700).chain(edges).map(|len| bytes.take(len)).collect();
        plaintexts.into_iter().map(|plaintext| (seal(&plaintext), plaintext)).collect::<Vec<_>>()
    };
    beside_portable("AES-GCM, in chunks", cases, |cases, _| {
        for (sealed, plaintext) in cases {
            assert!(seal(plaintext) == *sealed, "{}", plaintext.len());
            assert!(chunked_open(Aead::Aes256Gcm, &[3; 32], b"", sealed).unwrap() == *plaintext);
        }
    });
}
