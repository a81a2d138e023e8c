// SPDX-License-Identifier: MIT OR Apache-2.0
//! ChaCha20-Poly1305, RFC 8439.

use crate::{
    between::{Message, check_alignments},
    bytes::Bytes,
    tiers::beside_portable,
};
use chancery::{
    Error,
    hazmat::{Aead, AeadKey, Tier},
};
use std::ops::Range;

const KEY: [u8; 32] = *b"ChaCha20 for the stream, a tag..";

fn array<const N: usize>(bytes: &mut Bytes) -> [u8; N] {
    bytes.take(N).try_into().unwrap()
}

fn key(key: &[u8; 32]) -> AeadKey {
    AeadKey::new(Aead::ChaCha20Poly1305, key).unwrap()
}

/// Seals and opens with both, and edits the tag.
fn agrees(portable: &AeadKey, kernel: &AeadKey, nonce: &[u8; 12], aad: &[u8], text: &[u8], tier: Tier) {
    let case = || format!("{tier:?}, {} bytes, {} of AAD", text.len(), aad.len());
    let mut expected = text.to_vec();
    let tag = portable.seal_in_place(nonce, aad, &mut expected).unwrap();
    let mut sealed = text.to_vec();
    assert!(kernel.seal_in_place(nonce, aad, &mut sealed) == Ok(tag) && sealed == expected, "{}", case());
    assert_eq!(kernel.open_in_place(nonce, aad, &mut sealed, &tag), Ok(()), "{}", case());
    assert!(sealed == text, "{}", case());

    Message { nonce, aad, plaintext: text, ciphertext: &expected, tag: &tag }.check(kernel, tier);

    let mut wrong = tag;
    wrong[text.len() % 16] ^= 1 << (aad.len() % 8);
    assert_eq!(
        kernel.open_in_place(nonce, aad, &mut expected, &wrong),
        Err(Error::NotAuthentic),
        "{}",
        case()
    );
    assert!(expected.iter().all(|byte| *byte == 0), "something is left: {}", case());
}

#[test]
fn every_length_to_2000_and_random_ones_to_1_mib_agree() {
    beside_portable(
        "ChaCha20-Poly1305, lengths",
        || key(&KEY),
        |portable, tier| {
            let (mut bytes, kernel) = (Bytes(1), key(&KEY));
            let random: Vec<usize> =
                (0..40).map(|i| bytes.below(if i < 20 { 20_000 } else { 1 << 20 })).collect();
            for len in (0..=2000).chain(random).chain([1 << 20]) {
                let (nonce, aad_len) = (array(&mut bytes), bytes.below(40));
                agrees(portable, &kernel, &nonce, &bytes.take(aad_len), &bytes.take(len), tier);
            }
        },
    );
}

#[test]
fn every_length_of_aad_to_200_and_long_ones_agree() {
    beside_portable(
        "ChaCha20-Poly1305, AAD",
        || key(&KEY),
        |portable, tier| {
            let (mut bytes, kernel) = (Bytes(2), key(&KEY));
            for aad in (0..=200).chain([255, 256, 257, 511, 512, 513, 800, 5000]) {
                for len in
                    [0, 1, 16, 64, 65, 192, 193, 300, 448, 704, 705, 1000, 1024, 1025, 1500, 2048, 4096, 5000]
                {
                    agrees(portable, &kernel, &array(&mut bytes), &bytes.take(aad), &bytes.take(len), tier);
                }
            }
        },
    );
}

#[test]
fn every_key_and_nonce_agrees() {
    let keys = || {
        let mut bytes = Bytes(3);
        let mut keys: Vec<[u8; 32]> = (0..500).map(|_| array(&mut bytes)).collect();
        keys.extend([[0; 32], [0xff; 32]]);
        keys.into_iter().map(|bytes| (bytes, key(&bytes))).collect::<Vec<_>>()
    };
    beside_portable("ChaCha20-Poly1305, keys", keys, |keys, tier| {
        let mut bytes = Bytes(4);
        for (at, (key_bytes, portable)) in keys.iter().enumerate() {
            let nonce = if at % 10 == 0 { [0xff; 12] } else { array(&mut bytes) };
            for text in [bytes.take(at * 5), vec![0; at * 4], vec![0xff; at * 6]] {
                agrees(portable, &key(key_bytes), &nonce, &bytes.take(at % 17), &text, tier);
            }
        }
    });
}

/// The text in the middle of other bytes, `offset` bytes after a multiple of 64.
fn room_for(text: &[u8], offset: usize) -> (Vec<u8>, Range<usize>) {
    let mut room = vec![0xa5; text.len() + 192];
    let at = room[1..].as_ptr().align_offset(64) + 1 + offset;
    room[at..at + text.len()].copy_from_slice(text);
    (room, at..at + text.len())
}

/// Whether the room holds these bytes and around them what it held before.
fn holds(room: &[u8], at: &Range<usize>, bytes: &[u8]) -> bool {
    let mut beside = room[..at.start].iter().chain(&room[at.end..]);
    &room[at.clone()] == bytes && beside.all(|byte| *byte == 0xa5)
}

#[test]
fn every_alignment_agrees_and_nothing_beside_the_buffer_is_touched() {
    let portable = || key(&KEY);
    beside_portable("ChaCha20-Poly1305, alignments", portable, |portable, tier| {
        let (mut bytes, kernel) = (Bytes(5), key(&KEY));
        for len in [1, 15, 63, 64, 100, 300, 600, 1000, 1024, 1500, 3000] {
            let (nonce, text, aad) = (array(&mut bytes), bytes.take(len), bytes.take(20));
            let mut sealed = text.clone();
            let tag = portable.seal_in_place(&nonce, &aad, &mut sealed).unwrap();
            for offset in 0..64 {
                let (mut room, at) = room_for(&text, offset);
                assert_eq!(kernel.seal_in_place(&nonce, &aad, &mut room[at.clone()]), Ok(tag));
                assert!(holds(&room, &at, &sealed), "{tier:?}: {len} sealed at {offset}");
                assert_eq!(kernel.open_in_place(&nonce, &aad, &mut room[at.clone()], &tag), Ok(()));
                assert!(holds(&room, &at, &text), "{tier:?}: {len} opened at {offset}");
            }
        }
    });
}

#[test]
fn every_alignment_of_input_and_output_agrees() {
    let lengths = [1, 15, 64, 100, 300, 600, 1024, 1500, 2500];
    check_alignments("ChaCha20-Poly1305, between buffers", Aead::ChaCha20Poly1305, &lengths);
}
