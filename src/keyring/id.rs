// SPDX-License-Identifier: MIT OR Apache-2.0
//! How the identifiers of keys are derived.
//!
//! Specification: `docs/envelope-v1.md`, "Key ids".

use crate::{
    KeyId,
    primitive::{
        hash::{Hasher, label},
        kdf,
        mac::Hmac,
    },
};

/// `X(key, L("key-id") || algorithm name, 8)`, from the HMAC-SHA-512 state of the key.
pub(crate) fn symmetric(key: &Hmac, algorithm: &str) -> KeyId {
    let [a, b, c] = label("key-id");
    let mut id = [0; KeyId::LEN];
    // Eight bytes are within the limit of Expand.
    #[expect(clippy::expect_used, reason = "8 bytes are within the limit of HKDF-Expand")]
    kdf::expand(key, &[a, b, c, algorithm.as_bytes()], &mut id).expect("8 bytes");
    KeyId::from_bytes(id)
}

/// `H(L("key-id recipient") || u16 kem || u16 kdf || u16 aead || pk)[..8]`.
pub(crate) fn recipient(codes: [u16; 3], public: &[u8]) -> KeyId {
    let codes = codes
        .into_iter()
        .fold(Hasher::labelled("key-id recipient"), |hasher, code| hasher.chain(&code.to_be_bytes()));
    first_eight(codes.chain(public))
}

/// `H(L("key-id ed25519") || pk)[..8]`.
pub(crate) fn verifying(public: &[u8; 32]) -> KeyId {
    first_eight(Hasher::labelled("key-id ed25519").chain(public))
}

/// `H(L("key-id p256") || SPKI)[..8]`.
#[cfg(feature = "p256")]
pub(crate) fn verifying_p256(spki: &[u8]) -> KeyId {
    first_eight(Hasher::labelled("key-id p256").chain(spki))
}

/// `H(L("key-id rsa") || modulus)[..8]`, whatever the padding: one key is for one algorithm, and a keyring does not take
/// it for two.
#[cfg(feature = "rsa")]
pub(crate) fn verifying_rsa(modulus: &[u8]) -> KeyId {
    first_eight(Hasher::labelled("key-id rsa").chain(modulus))
}

fn first_eight(hasher: Hasher) -> KeyId {
    let [a, b, c, d, e, f, g, h, ..] = hasher.finish();
    KeyId::from_bytes([a, b, c, d, e, f, g, h])
}
