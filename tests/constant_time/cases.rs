// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is done with secrets, and which answers depend on them.

use crate::{
    Case,
    Expected::{self, In},
    memcheck,
};
use chancery::{
    Context, Error, Keyring,
    aead::{Algorithm, SealKey},
    hazmat::{self, Aead, AeadKey, Hash, Random},
    hpke::{Identity, Suite},
    mac::MacKey,
    signing::SigningKey,
};
use std::hint::black_box;

/// On the heap, so that what is marked is not what the compiler keeps in registers.
pub(crate) struct Bytes<const N: usize>(pub(crate) Box<[u8; N]>);

impl<const N: usize> std::ops::Deref for Bytes<N> {
    type Target = [u8; N];

    fn deref(&self) -> &[u8; N] {
        &self.0
    }
}

/// Bytes like any others, marked as secret.
pub(crate) fn secret<const N: usize>() -> Bytes<N> {
    let mut bytes = Bytes([0; N].into());
    for (byte, n) in bytes.0.iter_mut().zip((17_u32..).step_by(91)) {
        *byte = n.to_le_bytes()[0];
    }
    memcheck::secret(&mut *bytes.0);
    bytes
}

/// A random source whose bytes are marked as secret.
struct Secret(u8);

impl Random for Secret {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
        for byte in buffer.iter_mut() {
            self.0 = self.0.wrapping_mul(73).wrapping_add(29);
            *byte = self.0;
        }
        memcheck::secret(buffer);
        Ok(())
    }
}

/// A random source whose bytes are public: salts.
struct Salt;

impl Random for Salt {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
        buffer.fill(5);
        Ok(())
    }
}

const AEADS: [Aead; 3] = [Aead::Aes128Gcm, Aead::Aes256Gcm, Aead::ChaCha20Poly1305];
/// Lengths on all sides of a block, of a group of blocks, and of what is done at once.
const LENGTHS: [usize; 8] = [0, 1, 15, 64, 191, 512, 1500, 4099];

fn context() -> Context {
    Context::of("constant time")
}

fn seal(aead: Aead) {
    let key = secret::<32>();
    let key = AeadKey::new(aead, &key[..aead.key_len()]).unwrap();
    for len in LENGTHS {
        let mut plaintext = vec![7; len];
        memcheck::secret(&mut plaintext);
        black_box(key.seal(&[9; 12], b"header", &plaintext).unwrap());
    }
}

fn open(aead: Aead) {
    // The bytes of the key that `secret` has, but not marked: what is sealed is public.
    let mut same = secret::<32>();
    memcheck::public(&mut *same.0);
    let sealer = AeadKey::new(aead, &same[..aead.key_len()]).unwrap();
    let secret = secret::<32>();
    let opener = AeadKey::new(aead, &secret[..aead.key_len()]).unwrap();
    for len in LENGTHS {
        let mut sealed = sealer.seal(&[9; 12], b"header", &vec![7; len]).unwrap();
        let _ = black_box(opener.open(&[9; 12], b"header", &sealed));
        sealed[len] ^= 1;
        let _ = black_box(opener.open(&[9; 12], b"header", &sealed));
    }
}

fn chunked(aead: Aead) {
    let key = secret::<32>();
    for len in [0, 100, 16 * 1024 + 5] {
        let sealed = hazmat::chunked_seal(aead, &key[..aead.key_len()], b"context", &vec![7; len], &mut Salt);
        let mut sealed = sealed.unwrap();
        memcheck::public(&mut sealed);
        let _ = black_box(hazmat::chunked_open(aead, &key[..aead.key_len()], b"context", &sealed));
    }
}

fn hmac(hash: Hash) {
    for message in [&b""[..], &[1; 64], &[2; 300]] {
        black_box(hazmat::hmac(hash, &*secret::<64>(), message));
    }
    let _ = black_box(hazmat::hmac_verify(hash, &*secret::<64>(), b"message", &vec![7; hash.output_len()]));
}

fn hkdf(hash: Hash) {
    let prk = hazmat::hkdf_extract(hash, &*secret::<32>(), &*secret::<32>());
    black_box(hazmat::hkdf_expand(hash, prk.expose_secret(), b"info", 100).unwrap());
}

/// Where an AEAD says whether the tag was right, and those above hand it on.
const OPENED: Expected =
    In(&["decrypt_inout_detached", "open_in_place", "AeadKey::open", "open", "open_all"]);

fn aead_cases() -> Vec<Case> {
    vec![
        Case { name: "AES-128-GCM: seal", run: || seal(AEADS[0]), expected: Expected::None },
        Case { name: "AES-128-GCM: open", run: || open(AEADS[0]), expected: OPENED },
        Case { name: "AES-256-GCM: seal", run: || seal(AEADS[1]), expected: Expected::None },
        Case { name: "AES-256-GCM: open", run: || open(AEADS[1]), expected: OPENED },
        Case { name: "ChaCha20-Poly1305: seal", run: || seal(AEADS[2]), expected: Expected::None },
        Case { name: "ChaCha20-Poly1305: open", run: || open(AEADS[2]), expected: OPENED },
        Case { name: "chunked AES-256-GCM", run: || chunked(AEADS[1]), expected: OPENED },
        Case { name: "chunked ChaCha20-Poly1305", run: || chunked(AEADS[2]), expected: OPENED },
    ]
}

fn hash_cases() -> Vec<Case> {
    vec![
        Case { name: "HMAC-SHA-256", run: || hmac(Hash::Sha256), expected: Expected::None },
        Case { name: "HMAC-SHA-384", run: || hmac(Hash::Sha384), expected: Expected::None },
        Case { name: "HMAC-SHA-512", run: || hmac(Hash::Sha512), expected: Expected::None },
        Case { name: "HKDF-SHA-256", run: || hkdf(Hash::Sha256), expected: Expected::None },
        Case { name: "HKDF-SHA-512", run: || hkdf(Hash::Sha512), expected: Expected::None },
    ]
}

/// An all-zero result is refused. The other one is the end of an iterator over bits: that a bit is neither the first nor the
/// second value of `bool`, but the third of `Option<bool>`, does not depend on which of the two it is.
const AGREED: &[&str] = &["contributory", "mul_bits_be"];

/// Beside these: a secret whose bytes are all the same is refused, here or when it is drawn.
const ENCAPSULATED: &[&str] = &["contributory", "mul_bits_be", "rng::secret"];
const DECAPSULATED: &[&str] = &["contributory", "mul_bits_be", "from_bytes"];
/// And the matrix is made from the public part of the key, which is made from the seed.
#[cfg(feature = "pq")]
const DECAPSULATED_X_WING: &[&str] = &["contributory", "mul_bits_be", "from_bytes", "rej_uniform"];

fn encapsulate(suite: Suite) {
    let recipient = Identity::generate_for(suite).unwrap().recipient();
    for _ in 0..40 {
        let (mut enc, shared) = hazmat::hpke_encapsulate(&recipient, &mut Secret(3)).unwrap();
        memcheck::public(&mut enc);
        black_box((enc, shared));
    }
}

fn decapsulate(suite: Suite) {
    let mut same = secret::<32>();
    memcheck::public(&mut *same.0);
    let recipient = Identity::from_bytes(suite, &*same).unwrap().recipient();
    let (enc, _) = hazmat::hpke_encapsulate(&recipient, &mut Salt).unwrap();
    let identity = Identity::from_bytes(suite, &*secret::<32>()).unwrap();
    black_box(hazmat::hpke_decapsulate(&identity, &enc).unwrap());
}

fn curve_cases() -> Vec<Case> {
    vec![
        Case {
            name: "X25519: public key",
            run: || {
                black_box(hazmat::x25519_public(&secret::<32>()));
            },
            expected: Expected::None,
        },
        Case {
            name: "X25519: Diffie-Hellman",
            run: || {
                let peer = hazmat::x25519_public(&[3; 32]);
                let _ = black_box(hazmat::x25519(&secret::<32>(), &peer));
            },
            expected: In(AGREED),
        },
        Case {
            name: "Ed25519: sign",
            run: || {
                let key = SigningKey::from_seed(&*secret::<32>()).unwrap();
                black_box(hazmat::ed25519_sign(&key, &[7; 200]).unwrap());
                black_box(key.sign(&context(), &[7; 200]).unwrap());
            },
            // A key whose bytes are all the same is refused.
            expected: In(&["from_seed"]),
        },
        Case {
            name: "HPKE X25519: encapsulate",
            run: || encapsulate(Suite::X25519Aes256Gcm),
            expected: In(ENCAPSULATED),
        },
        Case {
            name: "HPKE X25519: decapsulate",
            run: || decapsulate(Suite::X25519Aes256Gcm),
            expected: In(DECAPSULATED),
        },
    ]
}

/// X-Wing, which is there with the feature `pq`.
#[cfg(feature = "pq")]
fn post_quantum_cases() -> Vec<Case> {
    vec![
        Case {
            name: "HPKE X-Wing: encapsulate",
            run: || encapsulate(Suite::XWingAes256Gcm),
            expected: In(ENCAPSULATED),
        },
        Case {
            name: "HPKE X-Wing: decapsulate",
            run: || decapsulate(Suite::XWingAes256Gcm),
            expected: In(DECAPSULATED_X_WING),
        },
    ]
}

#[cfg(not(feature = "pq"))]
fn post_quantum_cases() -> Vec<Case> {
    Vec::new()
}

fn sealed(algorithm: Algorithm) {
    let keys = Keyring::from(SealKey::from_bytes(algorithm, &*secret::<32>()).unwrap());
    let mut sealed = hazmat::seal(&keys, &context(), b"a secret", &mut Salt).unwrap();
    memcheck::public(&mut sealed);
    let _ = black_box(keys.open(&context(), &sealed));
}

fn key_cases() -> Vec<Case> {
    // The identifier of a key is public, and made from it: whether a message carries it is a branch.
    const MESSAGE: Expected = In(&[
        "Keyring",
        "get<",
        "start_open",
        "from_bytes",
        "decrypt_inout_detached",
        "open_in_place",
        "open",
        "open_all",
    ]);
    vec![
        Case { name: "sealed message, AES", run: || sealed(Algorithm::Aes256Gcm), expected: MESSAGE },
        Case {
            name: "sealed message, ChaCha",
            run: || sealed(Algorithm::ChaCha20Poly1305),
            expected: MESSAGE,
        },
        Case {
            name: "MAC with a context",
            run: || {
                let key = Keyring::from(MacKey::from_bytes(Hash::Sha256, &*secret::<32>()).unwrap());
                black_box(key.tag(&context(), b"message").unwrap());
            },
            expected: In(&["from_bytes"]),
        },
        Case {
            name: "text of a key: written",
            run: || {
                black_box(SigningKey::from_seed(&*secret::<32>()).unwrap().to_secret_text());
            },
            expected: In(&["from_seed"]),
        },
    ]
}

pub(crate) fn all() -> Vec<Case> {
    [aead_cases(), hash_cases(), curve_cases(), post_quantum_cases(), key_cases()]
        .into_iter()
        .flatten()
        .collect()
}
