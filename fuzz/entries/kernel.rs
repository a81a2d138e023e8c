// SPDX-License-Identifier: MIT OR Apache-2.0
//! Kernels of every tier of this machine beside the portable code.

use super::input::Input;
use chancery::{
    Error,
    hazmat::{Aead, AeadKey},
};

/// A key of each tier, the portable one first.
#[cfg(all(feature = "simd", target_arch = "x86_64"))]
fn keys(aead: Aead, key: &[u8]) -> Vec<AeadKey> {
    use chancery::hazmat::Tier;
    // The last is the greatest: what comes after has no limit.
    let key = |tier: Tier| {
        tier.limit();
        AeadKey::new(aead, key).expect("a key of this length")
    };
    Tier::ALL.into_iter().map(key).collect()
}

#[cfg(not(all(feature = "simd", target_arch = "x86_64")))]
fn keys(aead: Aead, key: &[u8]) -> Vec<AeadKey> {
    vec![AeadKey::new(aead, key).expect("a key of this length")]
}

/// Any key, nonce, AAD and text: the same ciphertext and tag, and the text again unless a bit of the tag was changed,
/// in place and from one buffer into another.
pub(crate) fn chacha20_poly1305(data: &[u8]) -> bool {
    agree(data, |_| Aead::ChaCha20Poly1305)
}

/// The same with AES-GCM, whose key length the first byte of the key chooses.
pub(crate) fn aes_gcm(data: &[u8]) -> bool {
    agree(data, |key| if key[0] % 2 == 0 { Aead::Aes256Gcm } else { Aead::Aes128Gcm })
}

fn agree(data: &[u8], aead: impl Fn(&[u8; 32]) -> Aead) -> bool {
    let mut input = Input::new(data);
    let (key, nonce): ([u8; 32], [u8; 12]) = (input.array(), input.array());
    let aead = aead(&key);
    let (len, aad, changed) = (usize::from(input.u16() % 5000), input.short(), input.byte());
    let pattern = if input.is_empty() { &[0] } else { input.rest() };
    let text: Vec<u8> = pattern.iter().copied().cycle().take(len).collect();

    let keys = keys(aead, &key[..aead.key_len()]);
    let mut expected = text.clone();
    let tag = keys[0].seal_in_place(&nonce, aad, &mut expected).expect("sealed");
    let mut given = tag;
    if changed < 128 {
        given[usize::from(changed / 8)] ^= 1 << (changed % 8);
    }
    let refused = (Err(Error::NotAuthentic), vec![0; len]);
    for key in &keys {
        let mut buffer = text.clone();
        assert!(key.seal_in_place(&nonce, aad, &mut buffer) == Ok(tag) && buffer == expected);
        let opened = (key.open_in_place(&nonce, aad, &mut buffer, &given), buffer);
        assert!(if changed < 128 { opened == refused } else { opened == (Ok(()), text.clone()) });

        let mut out = vec![0x5a; len];
        assert!(key.seal_to(&nonce, aad, &text, &mut out) == Ok(tag) && out == expected);
        let mut out = vec![0x5a; len];
        let opened = (key.open_to(&nonce, aad, &expected, &given, &mut out), out);
        assert!(if changed < 128 { opened == refused } else { opened == (Ok(()), text.clone()) });
    }
    changed >= 128
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for len in [0_u16, 1, 64, 192, 320, 448, 704, 1000, 1024, 1345, 2048, 4999] {
        for (key, aad, changed, pattern) in [
            (0, &b""[..], 255, &b""[..]),
            (0xff, &b"associated data"[..], 128, &[0xff]),
            (7, &[9; 200], 127, b"payload"),
        ] {
            let aad_len = u8::try_from(aad.len()).expect("short");
            let start = [[key; 44].as_slice(), &len.to_be_bytes(), &[aad_len]].concat();
            seeds.push([&start, aad, &[changed], pattern].concat());
        }
    }
    seeds
}
