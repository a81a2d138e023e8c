// SPDX-License-Identifier: MIT OR Apache-2.0
//! Chunked encryption and key derivation beside the naive ones, whatever somebody with the key makes.

use super::{
    input::{Input, Rationed, edit},
    known::{self, secret},
    naive::{self, c2sp_keys, c2sp_nonce, c2sp_open},
};
use chancery::hazmat::{self, Aead, Hash};
use std::io::{Cursor, Read};

const AEADS: [Aead; 3] = [Aead::Aes128Gcm, Aead::Aes256Gcm, Aead::ChaCha20Poly1305];

/// Chunks of any length, under any number, each authentic; then edits.
pub(crate) fn chunked(data: &[u8]) -> bool {
    let mut input = Input::new(data);
    let (aead, key, context) = (AEADS[input.below(3)], secret("input key"), input.short());
    let key = &key[..aead.key_len()];
    let salt: [u8; 24] = input.array();
    let (cipher, base, commitment) = c2sp_keys(aead, key, &salt, context);
    let mut sealed = [salt.as_slice(), &commitment].concat();
    for index in 0..input.below(5) {
        let (number, len) = (index as u64 ^ u64::from(input.byte()), input.u16());
        let chunk = known::payload(if len < 0x8000 { len.into() } else { 16_384 });
        sealed.extend(cipher.seal(&c2sp_nonce(base, number), b"", &chunk).expect("sealed"));
    }
    let sizes = input.sizes();
    edit(&mut sealed, &mut input, &[&[0; 100]]);

    let expected = c2sp_open(aead, key, context, &sealed);
    let opened = hazmat::chunked_open(aead, key, context, &sealed);
    assert!(opened.as_ref().ok() == expected.as_ref(), "{:?}", opened.err());
    let reader = Rationed::new(Cursor::new(sealed), sizes);
    let mut read = Vec::new();
    let streamed =
        hazmat::chunked_reader(aead, key, context, reader).and_then(|mut r| r.read_to_end(&mut read));
    assert!(streamed.is_ok() == expected.is_some() && expected.as_ref().is_none_or(|e| *e == read));
    expected.is_some()
}

pub(crate) fn chunked_seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for aead in 0..3 {
        let start = [&[aead, 3], b"ctx".as_slice(), &[5; 24]].concat();
        for chunks in [
            // Empty; a full and a short one, by sizes; full at the end; short in the middle; swapped; twice; none.
            &[1, 0, 0, 0][..],
            &[2, 0, 0x80, 0, 0, 0, 100, 2, 0x10, 0, 0x30, 0],
            &[1, 0, 0x80, 0],
            &[2, 0, 0, 100, 0, 0, 100],
            &[2, 1, 0x80, 0, 1, 0, 5],
            &[2, 0, 0x80, 0, 1, 0, 5],
            &[1, 0, 0x40, 1],
            &[0],
            &[2, 0, 0x80, 0, 0, 0, 100, 0, 4, 0, 30, 1],
            &[2, 0, 0x80, 0, 0, 0, 100, 0, 0, 0x40, 0x48],
        ] {
            seeds.push([start.as_slice(), chunks].concat());
        }
    }
    seeds
}

/// HKDF and HMAC with keys, salts and messages of any length; a tag holds as it is and in no other way.
pub(crate) fn kdf(data: &[u8]) -> bool {
    let mut input = Input::new(data);
    let hash = [Hash::Sha256, Hash::Sha384, Hash::Sha512][input.below(3)];
    let (key, salt, len) = (input.short(), input.short(), usize::from(input.u16() % 17_000));
    let (tampering, message) = (input.short(), input.rest());

    let prk = hazmat::hkdf_extract(hash, salt, key);
    assert_eq!(prk.expose_secret(), naive::hmac(hash, salt, key));
    let okm = hazmat::hkdf_expand(hash, key, message, len);
    assert_eq!(okm.is_ok(), len <= 255 * hash.output_len());
    if let Ok(okm) = &okm {
        assert!(okm.expose_secret() == naive::expand(hash, key, message, len));
    }

    let tag = hazmat::hmac(hash, key, message);
    assert_eq!(tag.expose_secret(), naive::hmac(hash, key, message));
    let mut given = tag.expose_secret().to_vec();
    edit(&mut given, &mut Input::new(tampering), &[&[0; 64]]);
    let verified = hazmat::hmac_verify(hash, key, message, &given).is_ok();
    assert_eq!(verified, given == tag.expose_secret());
    verified && okm.is_ok()
}

pub(crate) fn kdf_seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for hash in 0..3 {
        for rest in [
            // A short output, the longest of SHA-256, one more; a changed and a cut tag.
            &b"\x03key\x04salt\x00\x40\x00info"[..],
            b"\x03key\x04salt\x1f\xe0\x00info",
            b"\x03key\x04salt\x3f\xc1\x00info",
            b"\x03key\x04salt\x00\x40\x04\x04\x00\x05\x01message",
            b"\x03key\x04salt\x00\x40\x03\x00\x00\x10message",
            b"",
        ] {
            seeds.push([&[hash], rest].concat());
        }
        let long = [&[hash, 200], [3; 200].as_slice(), &[130], &[4; 130], b"\x00\x20\x00message"].concat();
        seeds.push(long);
    }
    seeds
}
