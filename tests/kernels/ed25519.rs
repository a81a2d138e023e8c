// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ed25519 beside `ed25519-dalek`: the same signatures, and with the table of a key the same ones accepted.

use crate::{numbers::Numbers, tiers::beside_portable};
use chancery::{
    Error,
    hazmat::{Tier, X25519Table, ed25519_precompute, ed25519_sign, ed25519_verify, x25519_public},
    signing::{Signature, SigningKey, VerifyingKey},
};
use curve25519_dalek::{EdwardsPoint, Scalar, constants::EIGHT_TORSION};
use ed25519_dalek::Signer;
use sha2::{Digest, Sha512};

/// A key that nobody has used, with a table.
fn known(public: &[u8; 32]) -> VerifyingKey {
    let key = VerifyingKey::from_bytes(public).unwrap();
    assert!(ed25519_precompute(&key));
    key
}

/// Whether the signature is accepted: with the table as without, and as by `verify_strict`.
fn accepted(key: &VerifyingKey, message: &[u8], signature: &[u8; 64]) -> bool {
    let [with, without] = [key, &VerifyingKey::from_bytes(key.as_bytes()).unwrap()]
        .map(|key| ed25519_verify(key, message, &Signature::from_bytes(*signature)));
    let dalek = ed25519_dalek::VerifyingKey::from_bytes(key.as_bytes()).unwrap();
    let strict = dalek.verify_strict(message, &ed25519_dalek::Signature::from_bytes(signature)).is_ok();
    let expected = if strict { Ok(()) } else { Err(Error::NotAuthentic) };
    assert_eq!((with, without), (expected, expected), "{key:?} {message:02x?} {signature:02x?}");
    strict
}

#[test]
fn every_tier_signs_what_dalek_signs() {
    beside_portable(
        "Ed25519, signing",
        || (),
        |(), _| {
            let mut numbers = Numbers(4);
            let lengths = (0..300).chain([500, 1000, 1023, 1024, 4096, 10_000]);
            for len in lengths {
                let (seed, message) = (numbers.bytes(), numbers.bytes().repeat(len / 32 + 1));
                let (ours, theirs) =
                    (SigningKey::from_seed(&seed).unwrap(), ed25519_dalek::SigningKey::from_bytes(&seed));
                assert_eq!(ours.verifying_key().as_bytes(), theirs.verifying_key().as_bytes());
                let signature = ed25519_sign(&ours, &message[..len]).unwrap();
                assert_eq!(*signature.as_bytes(), theirs.sign(&message[..len]).to_bytes(), "{len}");
            }
        },
    );
}

#[test]
fn with_a_table_every_flipped_bit_is_refused_as_without() {
    beside_portable(
        "Ed25519, flipped bits",
        || (),
        |(), _| {
            let mut numbers = Numbers(5);
            for len in [0, 1, 48, 100] {
                let signer = SigningKey::from_seed(&numbers.bytes()).unwrap();
                let mut message = numbers.bytes().repeat(7)[..len].to_vec();
                let mut signature = *ed25519_sign(&signer, &message).unwrap().as_bytes();
                let mut public = *signer.verifying_key().as_bytes();
                let key = known(&public);
                assert!(accepted(&key, &message, &signature));
                for bit in 0..512 {
                    signature[bit / 8] ^= 1 << (bit % 8);
                    assert!(!accepted(&key, &message, &signature), "bit {bit} of the signature");
                    signature[bit / 8] ^= 1 << (bit % 8);
                }
                for bit in 0..8 * len {
                    message[bit / 8] ^= 1 << (bit % 8);
                    assert!(!accepted(&key, &message, &signature), "bit {bit} of the message");
                    message[bit / 8] ^= 1 << (bit % 8);
                }
                for bit in (0..256).step_by(11) {
                    public[bit / 8] ^= 1 << (bit % 8);
                    if VerifyingKey::from_bytes(&public).is_ok() {
                        assert!(!accepted(&known(&public), &message, &signature), "bit {bit} of the key");
                    }
                    public[bit / 8] ^= 1 << (bit % 8);
                }
                assert!(accepted(&key, &message, &signature));
            }
        },
    );
}

/// `k = SHA-512(R || A || M) mod L`
fn challenge(r: &[u8; 32], a: &[u8; 32], message: &[u8]) -> Scalar {
    let hash = Sha512::new().chain_update(r).chain_update(a).chain_update(message).finalize();
    Scalar::from_bytes_mod_order_wide(&hash.into())
}

/// `A = aB + T` and `R = rB + U` with T and U of small order and `S = r + ka`: the equation with the cofactor holds
/// always, that without it when `U = -kT`.
#[test]
fn components_of_small_order_count_as_without_a_table() {
    beside_portable(
        "Ed25519, mixed order",
        || (),
        |(), tier| {
            let mut numbers = Numbers(6);
            let (mut yes, mut no) = (0, 0);
            for t in EIGHT_TORSION {
                let a = Scalar::from_bytes_mod_order(numbers.bytes());
                let public = (EdwardsPoint::mul_base(&a) + t).compress().to_bytes();
                let key = known(&public);
                for u in EIGHT_TORSION {
                    // An R of small order is refused even where the equation holds.
                    for r in [Scalar::from_bytes_mod_order(numbers.bytes()), Scalar::ZERO] {
                        let point = EdwardsPoint::mul_base(&r) + u;
                        let encoded = point.compress().to_bytes();
                        for n in 0..24_u8 {
                            let k = challenge(&encoded, &public, &[n]);
                            let signature: [u8; 64] =
                                [encoded, (r + k * a).to_bytes()].concat().try_into().unwrap();
                            let holds = EdwardsPoint::vartime_double_scalar_mul_basepoint(
                                &k,
                                &-(EdwardsPoint::mul_base(&a) + t),
                                &(r + k * a),
                            ) == point;
                            let strict = accepted(&key, &[n], &signature);
                            assert_eq!(strict, holds && r != Scalar::ZERO);
                            *(if strict { &mut yes } else { &mut no }) += 1;
                            refused_in_other_forms(&key, n, &signature);
                        }
                    }
                }
            }
            println!("Ed25519, mixed order, {tier:?}: {yes} accepted, {no} refused");
            assert!(yes > 100 && no > 100);
        },
    );
}

/// S + L, and R with its sign changed.
fn refused_in_other_forms(key: &VerifyingKey, n: u8, signature: &[u8; 64]) {
    let mut other = *signature;
    let order = (-Scalar::ONE).to_bytes();
    let mut carry = 1;
    for (byte, of_order) in other[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(of_order) + carry;
        (*byte, carry) = (sum.to_le_bytes()[0], sum >> 8);
    }
    assert!(!accepted(key, &[n], &other), "S + L");
    let mut other = *signature;
    other[31] ^= 0x80;
    assert!(!accepted(key, &[n], &other), "-R");
}

#[test]
fn a_key_verifies_the_same_before_and_after_it_is_known() {
    beside_portable(
        "Ed25519, known keys",
        || (),
        |(), _| {
            let signer = SigningKey::from_seed(&Numbers(7).bytes()).unwrap();
            let key = VerifyingKey::from_bytes(signer.verifying_key().as_bytes()).unwrap();
            for n in 0..100_u8 {
                let signature = ed25519_sign(&signer, &[n]).unwrap();
                assert_eq!(ed25519_verify(&key.clone(), &[n], &signature), Ok(()));
                assert_eq!(ed25519_verify(&key, &[n, n], &signature), Err(Error::NotAuthentic));
            }
        },
    );
}

#[test]
fn the_1024_tables_are_of_all_kinds_and_keys_beyond_verify_without() {
    beside_portable(
        "Ed25519, 1,024 tables",
        || (),
        |(), tier| {
            if tier != Tier::of_this_machine() {
                return;
            }
            let mut numbers = Numbers(8);
            let mut tables = Vec::new();
            while tables.len() < 1024 {
                tables.push(X25519Table::new(&x25519_public(&numbers.bytes())).expect("a table"));
            }
            let signer = SigningKey::from_seed(&numbers.bytes()).unwrap();
            let (key, signature) = (signer.verifying_key(), ed25519_sign(&signer, b"message").unwrap());
            assert!(!ed25519_precompute(&key));
            for _ in 0..100 {
                assert_eq!(ed25519_verify(&key, b"message", &signature), Ok(()));
            }
            tables.pop();
            assert!(ed25519_precompute(&key));
            assert!(X25519Table::new(&x25519_public(&numbers.bytes())).is_none());
            drop((key, signer));
            assert!(X25519Table::new(&x25519_public(&numbers.bytes())).is_some());
        },
    );
}
