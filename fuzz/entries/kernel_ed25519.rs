// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ed25519 beside another library: what is signed, and what is verified with the table of a key and without.

use super::input::Input;
use chancery::{
    hazmat::{ed25519_precompute, ed25519_sign, ed25519_verify},
    signing::{Signature, SigningKey, VerifyingKey},
};
use curve25519_dalek::{EdwardsPoint, Scalar, constants::EIGHT_TORSION};
use ed25519_dalek::Signer;
use sha2::{Digest, Sha512};

/// A message signed with a seed; and a signature under `A = [a]B + T` with `R = [r]B + U`, T and U of small order, that
/// satisfies the equation with the cofactor, before bits of it are flipped.
pub(crate) fn verify(data: &[u8]) -> bool {
    let mut input = Input::new(data);
    let [t, u] = [input.below(8), input.below(8)].map(|n| EIGHT_TORSION[n]);
    let (seed, r, bits) = (input.array::<32>(), input.array::<32>(), input.array::<4>());
    let message = input.rest();
    let dalek = ed25519_dalek::SigningKey::from_bytes(&seed);
    if let Ok(key) = SigningKey::from_seed(&seed)
        && let Ok(signature) = ed25519_sign(&key, message)
    {
        assert_eq!(*signature.as_bytes(), dalek.sign(message).to_bytes());
    }

    let (a, r) = (dalek.to_scalar(), Scalar::from_bytes_mod_order(r));
    let public = (EdwardsPoint::mul_base(&a) + t).compress().to_bytes();
    let encoded_r = (EdwardsPoint::mul_base(&r) + u).compress().to_bytes();
    let hash = Sha512::new().chain_update(encoded_r).chain_update(public).chain_update(message).finalize();
    let s = r + Scalar::from_bytes_mod_order_wide(&hash.into()) * a;
    let mut signature = [encoded_r, s.to_bytes()].concat();
    for bit in bits.into_iter().filter(|bit| *bit != 0) {
        signature[usize::from(bit) / 8 + 32 * usize::from(bit % 2)] ^= 1 << (bit / 2 % 8);
    }
    let signature: [u8; 64] = signature.try_into().expect("64 bytes");

    let strict = ed25519_dalek::VerifyingKey::from_bytes(&public)
        .expect("a point")
        .verify_strict(message, &ed25519_dalek::Signature::from_bytes(&signature));
    let key = VerifyingKey::from_bytes(&public).expect("a key");
    if message.starts_with(b"\xFFchancery/") {
        return false;
    }
    for _ in 0..2 {
        let verified = ed25519_verify(&key, message, &Signature::from_bytes(signature));
        assert_eq!(verified.is_ok(), strict.is_ok());
        assert!(ed25519_precompute(&key));
    }
    strict.is_ok()
}

pub(crate) fn verify_seeds() -> Vec<Vec<u8>> {
    let (seed, r, zero) = ([0x55; 31], [0x77; 32], [0; 32]);
    let mut seeds = Vec::new();
    // Of the order L; A, R and both of mixed order; R of small order; bits of R and of S.
    for (t, u) in [(0, 0), (4, 0), (0, 4), (4, 4), (1, 7), (1, 1)] {
        for r in [r, zero] {
            seeds.push([&[t, u, 1], seed.as_slice(), &r, &[0; 4], b"message"].concat());
        }
    }
    for bit in [2, 3, 16, 255] {
        seeds.push([&[0, 0, 1], seed.as_slice(), &r, &[bit, 0, 0, 0]].concat());
    }
    seeds
}
