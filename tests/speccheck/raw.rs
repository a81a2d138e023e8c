// SPDX-License-Identifier: MIT OR Apache-2.0
//! What only raw signatures and raw X25519 can show, through `hazmat`.

use super::{LOW_ORDER, SMALL_ORDER, SUITES, identity, low_order_points, point, unhex};
use chancery::{
    ConfigError, Error,
    hazmat::{self, ed25519_precompute, ed25519_sign, hpke_receiver, x25519, x25519_public},
    hpke::Info,
    signing::{Signature, SigningKey, VerifyingKey},
};
use sha2::{Digest, Sha512};

/// Without the table of the key and with it.
fn ed25519_verify(key: &VerifyingKey, message: &[u8], signature: &Signature) -> Result<(), Error> {
    let key = VerifyingKey::from_bytes(key.as_bytes()).unwrap();
    let without = hazmat::ed25519_verify(&key, message, signature);
    assert!(ed25519_precompute(&key));
    assert_eq!(hazmat::ed25519_verify(&key, message, signature), without);
    without
}

/// What a strict verifier says.
#[derive(Debug, PartialEq)]
enum Strict {
    Accepts,
    RefusesTheKey,
    RefusesTheSignature,
}

/// Message, key, `R`, `S` and the answer, in the numbering of the paper.
const SPECCHECK: [(&str, &str, &str, &str, Strict); 12] = [
    // 0: A and R of small order, S = 0.
    (
        "8c93255d71dcab10e8f379c26200f3c7bd5f09d9bc3068d3ef4edeb4853022b6",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "0000000000000000000000000000000000000000000000000000000000000000",
        Strict::RefusesTheKey,
    ),
    // 1: A of small order, R of mixed order.
    (
        "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
        "a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04",
        Strict::RefusesTheKey,
    ),
    // 2: A of mixed order, R of small order.
    (
        "aebf3f2601a0c8c5d39cc7d8911642f740b78168218da8471772b35f9d35b9ab",
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "8c4bd45aecaca5b24fb97bc10ac27ac8751a7dfe1baff8b953ec9f5833ca260e",
        Strict::RefusesTheSignature,
    ),
    // 3: A and R of mixed order, both equations hold: the one that everybody accepts.
    (
        "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
        "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        "9046a64750444938de19f227bb80485e92b83fdb4b6506c160484c016cc1852f",
        "87909e14428a7a1d62e9f22f3d3ad7802db02eb2e688b6c52fcd6648a98bd009",
        Strict::Accepts,
    ),
    // 4: A and R of mixed order, only the equation with the cofactor holds.
    (
        "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
        "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        "160a1cb0dc9c0258cd0a7d23e94d8fa878bcb1925f2c64246b2dee1796bed512",
        "5ec6bc982a269b723e0668e540911a9a6a58921d6925e434ab10aa7940551a09",
        Strict::RefusesTheSignature,
    ),
    // 5: A of mixed order, R of order L, only the equation with the cofactor holds.
    (
        "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
        "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        "21122a84e0b5fca4052f5b1235c80a537878b38f3142356b2c2384ebad4668b7",
        "e40bc836dac0f71076f9abe3a53f9c03c1ceeeddb658d0030494ace586687405",
        Strict::RefusesTheSignature,
    ),
    // 6: S above L.
    (
        "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
        "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
        "e96f66be976d82e60150baecff9906684aebb1ef181f67a7189ac78ea23b6c0e",
        "547f7690a0e2ddcd04d87dbc3490dc19b3b3052f7ff0538cb68afb369ba3a514",
        Strict::RefusesTheSignature,
    ),
    // 7: S far above L.
    (
        "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
        "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
        "8ce5b96c8f26d0ab6c47958c9e68b937104cd36e13c33566acd2fe8d38aa1942",
        "7e71f98a473474f2f13f06f97c20d58cc3f54b8bd0d272f42b695dd7e89a8c22",
        Strict::RefusesTheSignature,
    ),
    // 8: R not canonical and of small order; holds if R is brought into canonical form before hashing.
    (
        "9bedc267423725d473888631ebf45988bad3db83851ee85c85e241a07d148b41",
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "03be9678ac102edcd92b0210bb34d7428d12ffc5df5f37e359941266a4e35f0f",
        Strict::RefusesTheSignature,
    ),
    // 9: The same; holds if R is hashed as it is.
    (
        "9bedc267423725d473888631ebf45988bad3db83851ee85c85e241a07d148b41",
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "ca8c5b64cd208982aa38d4936621a4775aa233aa0505711d8fdcfdaa943d4908",
        Strict::RefusesTheSignature,
    ),
    // 10: A not canonical and of small order; holds if A is brought into canonical form before hashing.
    (
        "e96b7021eb39c1a163b6da4e3093dcd3f21387da4cc4572be588fafae23c155b",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "a9d55260f765261eb9b84e106f665e00b867287a761990d7135963ee0a7d59dc",
        "a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04",
        Strict::RefusesTheKey,
    ),
    // 11: The same; holds if A is hashed as it is.
    (
        "39a591f5321bbe07fd5a23dc2f39d025d74526615746727ceefd6e82ae65c06f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "a9d55260f765261eb9b84e106f665e00b867287a761990d7135963ee0a7d59dc",
        "a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04",
        Strict::RefusesTheKey,
    ),
];

fn signature(r: &[u8; 32], s: &[u8; 32]) -> Signature {
    Signature::from_bytes([*r, *s].concat().try_into().unwrap())
}

#[test]
fn the_12_cases_of_ed25519_speccheck_are_decided_strictly() {
    for (i, (message, key, r, s, strict)) in SPECCHECK.into_iter().enumerate() {
        let answer = match VerifyingKey::from_bytes(&unhex(key)) {
            Err(_) => Strict::RefusesTheKey,
            Ok(key) => match ed25519_verify(&key, &unhex(message), &signature(&point(r), &point(s))) {
                Err(_) => Strict::RefusesTheSignature,
                Ok(()) => Strict::Accepts,
            },
        };
        assert_eq!(answer, strict, "case {i}");
    }
}

/// The order of the basepoint, L = 2^252 + 27742317777372353535851937790883648493, in 32-bit digits.
const L: [u32; 8] = [0x5cf5_d3ed, 0x5812_631a, 0xa2f7_9cd6, 0x14de_f9de, 0, 0, 0, 0x1000_0000];

/// A number below 2^512, least significant digit first.
type Wide = [u32; 16];

fn wide(bytes: &[u8]) -> Wide {
    let mut digits = [0; 16];
    for (i, byte) in bytes.iter().enumerate() {
        digits[i / 4] |= u32::from(*byte) << (8 * (i % 4));
    }
    digits
}

/// The low 256 bits.
fn bytes(number: &Wide) -> [u8; 32] {
    let low: Vec<u8> = number[..8].iter().flat_map(|digit| digit.to_le_bytes()).collect();
    low.try_into().unwrap()
}

#[expect(clippy::cast_possible_truncation, reason = "the low digit of a sum or product is meant")]
fn multiply_add(a: &Wide, b: &Wide, c: &Wide) -> Wide {
    let mut result = *c;
    for (i, x) in a[..8].iter().enumerate() {
        let mut carry = 0;
        for (j, y) in b[..8].iter().chain(&[0; 8]).take(16 - i).enumerate() {
            let sum = u64::from(*x) * u64::from(*y) + u64::from(result[i + j]) + carry;
            result[i + j] = sum as u32;
            carry = sum >> 32;
        }
    }
    result
}

/// `number mod L`, by subtracting L shifted by 259 bits and less.
fn reduced(mut number: Wide) -> Wide {
    for shift in (0..260).rev() {
        let mut less = [0; 16];
        let mut borrow = false;
        for (i, digit) in number.iter().enumerate() {
            let (difference, a) = digit.overflowing_sub(shifted_order(shift, i));
            let (difference, b) = difference.overflowing_sub(u32::from(borrow));
            (less[i], borrow) = (difference, a || b);
        }
        if !borrow {
            number = less;
        }
    }
    number
}

/// Digit `i` of `L << shift`.
fn shifted_order(shift: usize, i: usize) -> u32 {
    let digit = |i: Option<usize>| u64::from(i.and_then(|i| L.get(i)).copied().unwrap_or(0));
    let low = i.checked_sub(shift / 32);
    let both = digit(low) << 32 | digit(low.and_then(|low| low.checked_sub(1)));
    (both << (shift % 32) >> 32) as u32
}

const ONE: Wide = {
    let mut one = [0; 16];
    one[0] = 1;
    one
};

/// The secret scalar of RFC 8032, section 5.1.5, and a key with it.
fn key(seed: u8) -> (Wide, SigningKey) {
    let mut seed = [seed; 32];
    seed[0] ^= 0xff;
    let mut scalar: [u8; 32] = Sha512::digest(seed)[..32].try_into().unwrap();
    scalar[0] &= 0xf8;
    scalar[31] = scalar[31] & 0x7f | 0x40;
    (wide(&scalar), SigningKey::from_seed(&seed).unwrap())
}

/// `S = r + H(R || A || M) a mod L`, as one who knows `a` makes it for an `R` of his choice.
fn response(r: &Wide, encoded_r: &[u8; 32], a: &Wide, public: &[u8; 32], message: &[u8]) -> [u8; 32] {
    let hash = Sha512::new().chain_update(encoded_r).chain_update(public).chain_update(message).finalize();
    bytes(&reduced(multiply_add(&reduced(wide(&hash)), a, r)))
}

/// The positive control of what follows: with an honest `R` it makes signatures that verify.
#[test]
fn a_signature_made_by_hand_verifies() {
    let ((a, signer), (r, nonce)) = (key(1), key(2));
    let (verifier, encoded_r) = (signer.verifying_key(), *nonce.verifying_key().as_bytes());
    for message in [&b""[..], b"one", b"two", &[7; 1000]] {
        let s = response(&r, &encoded_r, &a, verifier.as_bytes(), message);
        assert_eq!(ed25519_verify(&verifier, message, &signature(&encoded_r, &s)), Ok(()));
        assert_eq!(ed25519_verify(&verifier, b"other", &signature(&encoded_r, &s)), Err(Error::NotAuthentic));
    }
}

/// For R the identity both equations hold; for the others of small order the one with the cofactor.
#[test]
fn an_r_of_small_order_is_refused_in_every_encoding() {
    let (a, signer) = key(1);
    let verifier = signer.verifying_key();
    for r in SMALL_ORDER.map(point) {
        for message in (0..16).map(|n| [n]) {
            let s = response(&[0; 16], &r, &a, verifier.as_bytes(), &message);
            let refused = ed25519_verify(&verifier, &message, &signature(&r, &s));
            assert_eq!(refused, Err(Error::NotAuthentic), "{r:02x?}");
        }
    }
}

/// RUSTSEC-2026-0240: under the identity as key, R = B and S = 1 verify every message.
#[test]
fn rustsec_2026_0240_dcrypt_sign_the_identity_is_no_key_and_r_b_s_1_no_signature() {
    let mut basepoint = [0x66; 32];
    basepoint[0] = 0x58;
    let forged = signature(&basepoint, &bytes(&ONE));
    for identity in SMALL_ORDER.iter().take(4) {
        assert_eq!(VerifyingKey::from_bytes(&unhex(identity)), Err(ConfigError::WeakKey), "{identity}");
    }
    // B is a point like any other: as a key, and as R of a signature that is made properly.
    assert!(VerifyingKey::from_bytes(&basepoint).is_ok());
    let (a, signer) = key(1);
    let verifier = signer.verifying_key();
    for message in [&b""[..], b"any message", &[0; 100]] {
        assert_eq!(ed25519_verify(&verifier, message, &forged), Err(Error::NotAuthentic));
        let s = response(&ONE, &basepoint, &a, verifier.as_bytes(), message);
        assert_eq!(ed25519_verify(&verifier, message, &signature(&basepoint, &s)), Ok(()));
    }
}

/// `S + n L` satisfies both equations as `S` does.
#[test]
fn an_s_of_l_or_more_is_refused() {
    let (_, signer) = key(3);
    let (verifier, order) = (signer.verifying_key(), L.map(u32::to_le_bytes).concat());
    let signed = ed25519_sign(&signer, b"message").unwrap();
    let (r, s) = signed.as_bytes().split_first_chunk::<32>().unwrap();
    let with = |s: &[u8]| ed25519_verify(&verifier, b"message", &signature(r, s.try_into().unwrap()));
    assert_eq!(with(s), Ok(()));
    let mut more = wide(s);
    // 15 L + S is the last below 2^256.
    for n in 1..=15 {
        more = multiply_add(&wide(&order), &ONE, &more);
        assert_eq!(reduced(more), wide(s), "{n}");
        assert_eq!(with(&bytes(&more)), Err(Error::NotAuthentic), "S + {n} L");
    }
    for top in [0x20, 0x40, 0x80, 0xe0] {
        let mut high = s.to_vec();
        high[31] |= top;
        assert_eq!(with(&high), Err(Error::NotAuthentic), "S with {top:#x} in its last byte");
    }
    assert_eq!(with(&order), Err(Error::NotAuthentic), "S = L");
}

/// For R above p nobody knows a discrete logarithm but that of 0 and 1, which are of small order: here
/// it is shown that no canonical form is accepted in the place of the other.
#[test]
fn an_r_that_is_not_canonical_is_refused() {
    let (a, signer) = key(4);
    let verifier = signer.verifying_key();
    let identity = point(SMALL_ORDER[0]);
    for r in SMALL_ORDER.iter().skip(1).take(3).map(|text| point(text)) {
        // Hashed as it is, and in the canonical form of the point.
        for hashed in [r, identity] {
            let s = response(&[0; 16], &hashed, &a, verifier.as_bytes(), b"message");
            let refused = ed25519_verify(&verifier, b"message", &signature(&r, &s));
            assert_eq!(refused, Err(Error::NotAuthentic), "{r:02x?}");
        }
    }
}

#[test]
fn rustsec_2017_0001_sodiumoxide_x25519_refuses_every_point_of_low_order() {
    for secret in [[0; 32], [0xff; 32], [0x77; 32], x25519_public(&[5; 32])] {
        for public in low_order_points() {
            assert!(matches!(x25519(&secret, &public), Err(Error::NotAuthentic)), "{public:02x?}");
        }
        // The control: one more or less than a point of low order is not one.
        for public in LOW_ORDER.iter().skip(2).take(2).map(|text| point(text)) {
            let (mut more, mut less) = (public, public);
            (more[0], less[0]) = (public[0] + 1, public[0] - 1);
            assert!(x25519(&secret, &more).is_ok() && x25519(&secret, &less).is_ok());
        }
    }
}

#[test]
fn rustsec_2017_0001_sodiumoxide_no_hpke_context_begins_with_an_enc_of_low_order() {
    let info = || Info::raw(b"info").unwrap();
    for suite in SUITES {
        let identity = identity(suite);
        for enc in low_order_points() {
            let refused = hpke_receiver(&identity, &enc, info(), None);
            assert!(matches!(refused, Err(Error::NotAuthentic)), "{enc:02x?}");
        }
        assert!(hpke_receiver(&identity, &x25519_public(&[5; 32]), info(), None).is_ok());
        assert!(matches!(hpke_receiver(&identity, &[9; 31], info(), None), Err(Error::Malformed)));
    }
}
