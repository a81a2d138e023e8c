// SPDX-License-Identifier: MIT OR Apache-2.0
//! Edge cases of Ed25519 and X25519 on which verifiers disagree: ours is strict.
//!
//! The 12 cases of ed25519-speccheck are those of Chalkias, Garillot and Nikolaenko (2020,
//! <https://eprint.iacr.org/2020/1244>). Everything else is derived here from the curve: the order, the
//! prime, and the few points of small order.

use chancery::{
    ConfigError, Context, Error, UnixTime,
    agreement::{EphemeralPublicKey, EphemeralSecret, Role},
    envelope::{Opener, Sealer},
    hpke::{Identity, Info, Recipient, Suite},
    signing::VerifyingKey,
};

const SUITES: [Suite; 3] = [Suite::X25519Aes256Gcm, Suite::X25519ChaCha20Poly1305, Suite::X25519Aes128Gcm];

/// p = 2^255 - 19, little-endian.
const P: [u8; 32] = {
    let mut p = [0xff; 32];
    p[0] = 0xed;
    p[31] = 0x7f;
    p
};

/// The encodings of the points of small order on edwards25519: eight, and what else decodes to them.
const SMALL_ORDER: [&str; 14] = [
    // Order 1: canonical, x = -0, y = p + 1, both.
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    // Order 2: canonical, x = -0.
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    // Order 4: two, and y = p.
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    // Order 8: four.
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
];

/// The u coordinates of small order on curve25519 and its twist: 0, 1, two of order 8, and p - 1, p, p + 1.
const LOW_ORDER: [&str; 7] = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

fn point(text: &str) -> [u8; 32] {
    unhex(text).try_into().unwrap()
}

/// `p + n` with a top bit, for `n` below 19: the encodings of a number above p.
fn above_p(n: u8, top: u8) -> [u8; 32] {
    let mut bytes = P;
    bytes[0] += n;
    bytes[31] |= top;
    bytes
}

/// Each with the top bit clear and set: X25519 ignores it.
fn low_order_points() -> impl Iterator<Item = [u8; 32]> {
    LOW_ORDER.iter().flat_map(|text| {
        let (clear, mut set) = (point(text), point(text));
        set[31] |= 0x80;
        [clear, set]
    })
}

fn identity(suite: Suite) -> Identity {
    let secret: Vec<u8> = (1..=32).collect();
    Identity::from_bytes(suite, &secret).unwrap()
}

#[test]
fn every_encoding_of_a_small_order_key_is_refused_at_import() {
    for text in SMALL_ORDER {
        assert_eq!(VerifyingKey::from_bytes(&unhex(text)), Err(ConfigError::WeakKey), "{text}");
    }
}

/// Some of them are points of large order, so that only the encoding can be what is refused.
#[test]
fn every_encoding_of_a_key_above_p_is_refused_at_import() {
    let mut sound = 0;
    for n in 0..19 {
        for top in [0, 0x80] {
            let refused = VerifyingKey::from_bytes(&above_p(n, top));
            assert_eq!(refused, Err(ConfigError::WeakKey), "p + {n}, sign {top}");
            let mut canonical = [0; 32];
            (canonical[0], canonical[31]) = (n, top);
            sound += usize::from(VerifyingKey::from_bytes(&canonical).is_ok());
        }
    }
    assert_eq!(sound, 2 * 10, "y = 3, 4, 5, 6, 9, 10, 14, 15, 16 and 18 are on the curve, twice each");
}

#[test]
fn a_key_that_is_no_point_or_has_another_length_is_refused_at_import() {
    let mut not_on_the_curve = [0; 32];
    not_on_the_curve[0] = 2;
    assert_eq!(VerifyingKey::from_bytes(&not_on_the_curve), Err(ConfigError::WeakKey));
    let mut basepoint = [0x66; 40];
    basepoint[0] = 0x58;
    for len in 0..=40 {
        assert_eq!(VerifyingKey::from_bytes(&basepoint[..len]).is_ok(), len == 32, "{len}");
    }
}

#[test]
fn rustsec_2017_0001_sodiumoxide_no_low_order_point_becomes_a_recipient() {
    for public in low_order_points() {
        for suite in SUITES {
            assert_eq!(Recipient::from_bytes(suite, &public), Err(ConfigError::WeakKey), "{public:02x?}");
        }
    }
}

#[test]
fn a_recipient_above_p_is_refused() {
    for suite in SUITES {
        for n in 0..19 {
            for top in [0, 0x80] {
                let refused = Recipient::from_bytes(suite, &above_p(n, top));
                assert_eq!(refused, Err(ConfigError::WeakKey), "p + {n}, top bit {top}");
            }
        }
        // 2p - 1, 2p and 2p + 1, which some lists of points of low order have.
        for low in [0xd9, 0xda, 0xdb] {
            let mut public = [0xff; 32];
            public[0] = low;
            assert_eq!(Recipient::from_bytes(suite, &public), Err(ConfigError::WeakKey), "{low:#x}");
        }
        let mut public: [u8; 32] = identity(suite).recipient().as_bytes().try_into().unwrap();
        assert!(Recipient::from_bytes(suite, &public).is_ok());
        public[31] |= 0x80;
        assert_eq!(Recipient::from_bytes(suite, &public), Err(ConfigError::WeakKey));
    }
}

#[test]
fn rustsec_2017_0001_sodiumoxide_no_message_opens_whose_enc_is_of_low_order() {
    let info = Info::raw(b"info").unwrap();
    for suite in SUITES {
        let identity = identity(suite);
        let sound = identity.recipient().seal(info.clone(), b"message").unwrap();
        assert_eq!(identity.open(info.clone(), &sound).unwrap(), b"message");
        let (sent, _) = identity.recipient().send_export(info.clone(), b"", 32).unwrap();
        assert!(identity.receive_export(info.clone(), &sent, b"", 32).is_ok());
        for enc in low_order_points() {
            let forged = [&enc, &sound[32..]].concat();
            assert_eq!(identity.open(info.clone(), &forged), Err(Error::NotAuthentic), "{enc:02x?}");
            // An export has no tag: nothing but the shared secret of zero can be what is refused.
            let exported = identity.receive_export(info.clone(), &enc, b"", 32);
            assert!(matches!(exported, Err(Error::NotAuthentic)), "{enc:02x?}");
        }
    }
}

#[test]
fn pitfall_09_nobody_agrees_or_opens_with_a_point_of_low_order() {
    let context = Context::of("speccheck");
    for point in low_order_points() {
        for role in [Role::Initiator, Role::Responder] {
            let secret = EphemeralSecret::generate().unwrap();
            let agreed = secret.agree(&EphemeralPublicKey::from_bytes(point), role);
            assert_eq!(agreed.map(|_| ()), Err(Error::NotAuthentic), "{point:02x?}");
        }
        for suite in [Suite::X25519Aes256Gcm, Suite::X25519ChaCha20Poly1305] {
            let sealer = Sealer::to(identity(suite).recipient(), &context).unwrap();
            let mut sealed = sealer.seal(b"payload", UnixTime::from_secs(1)).unwrap();
            sealed[17..49].copy_from_slice(&point); // enc of the one recipient
            let opener = Opener::from_anyone(identity(suite), &context).unwrap();
            let opened = opener.open(&sealed, UnixTime::from_secs(1));
            assert_eq!(opened.map(|_| ()), Err(Error::NotAuthentic), "{point:02x?}");
        }
    }
}

#[cfg(not(feature = "hazmat"))]
#[test]
fn without_hazmat_no_raw_signature_is_checked() {
    println!("speccheck: NOT RUN without the feature `hazmat`: the 12 cases of ed25519-speccheck, forgeries");
    println!("with R = B or R of small order, S of L and above, and raw X25519 with points of low order");
}

#[cfg(feature = "hazmat")]
#[path = "speccheck/raw.rs"]
mod raw;
