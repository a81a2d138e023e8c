// SPDX-License-Identifier: MIT OR Apache-2.0
//! What owns a cipher can be moved, and leaves no key where it was.

use crate::allocator::leaks_nothing;
use chancery::{
    Context, Keyring,
    aead::{Algorithm, SealKey},
    hazmat::{self, Aead, AeadKey, Hash},
};

const KEY: [u8; 32] = *b"thirty-two bytes that are secret";

#[test]
fn a_reader_or_cipher_that_is_moved_leaves_no_key() {
    for (algorithm, aead) in
        [(Algorithm::Aes256Gcm, Aead::Aes256Gcm), (Algorithm::ChaCha20Poly1305, Aead::ChaCha20Poly1305)]
    {
        let keys = Keyring::new(SealKey::from_bytes(algorithm, &KEY).unwrap());
        let context = Context::of("moved");
        let sealed = keys.seal(&context, b"message").unwrap();
        let needle = message_key(aead, &sealed);
        leaks_nothing("a moved reader", &[&needle], || {
            let on_the_heap = Box::new(keys.open_reader(&context, sealed.as_slice()).unwrap());
            let moved = *on_the_heap;
            drop(moved);
        });
        leaks_nothing("a moved cipher", &[&KEY], || {
            let on_the_heap = Box::new(AeadKey::new(aead, &KEY).unwrap());
            let moved = *on_the_heap;
            drop(moved);
        });
    }
}

/// The first 32 bytes of the specification's section 6, for the context "moved".
fn message_key(aead: Aead, sealed: &[u8]) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    let encoded = b"chancery/v1 context\0\0\x01\0\0\0\x05moved";
    let bound = [b"chancery/v1 sealed\0", &sealed[..9], &Sha256::digest(encoded)].concat();
    let info = [
        b"c2sp.org/chunked-encryption@v1+",
        aead.name().as_bytes(),
        &[0],
        &sealed[9..33],
        &Sha256::digest(bound),
    ];
    let okm = hazmat::hkdf_expand(Hash::Sha512, &KEY, &info.concat(), 76).unwrap();
    assert_eq!(okm.expose_secret()[44..], sealed[33..65], "the commitment");
    okm.expose_secret()[..32].try_into().unwrap()
}
