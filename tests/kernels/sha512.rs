// SPDX-License-Identifier: MIT OR Apache-2.0
//! SHA-512 and SHA-384, by their HMAC.

use crate::{bytes::Bytes, tiers::beside_portable};
use chancery::hazmat::{Hash, hmac};

/// Every length, at every alignment in turn, and some long ones: whole blocks go to the kernel from where they are.
#[test]
fn every_length_and_alignment_is_the_same_on_every_tier() {
    let mut bytes = Bytes(9);
    let (key, message) = (bytes.take(40), bytes.take((1 << 20) + 64));
    let longs: Vec<usize> = (0..12).map(|_| bytes.below(1 << 20)).collect();
    let macs = || -> Vec<Vec<u8>> {
        let lengths = (0..=2000).chain(longs.iter().copied()).enumerate();
        let messages = lengths.map(|(i, len)| &message[i % 64..][..len]);
        let both = |message| [Hash::Sha384, Hash::Sha512].map(|hash| hmac(hash, &key, message));
        messages.flat_map(both).map(|mac| mac.expose_secret().to_vec()).collect()
    };
    beside_portable("SHA-512, every length", macs, |portable, tier| {
        assert!(macs() == *portable, "{tier:?}");
    });
}

/// RFC 4231, test cases 1, 2 and 6.
#[test]
fn published_vectors_hold_on_every_tier() {
    let cases: [(&[u8], &[u8], [u128; 4]); 3] = [
        (
            &[0x0b; 20],
            b"Hi There",
            [
                0x87aa_7cde_a5ef_619d_4ff0_b424_1a1d_6cb0,
                0x2379_f4e2_ce4e_c278_7ad0_b305_45e1_7cde,
                0xdaa8_33b7_d6b8_a702_038b_274e_aea3_f4e4,
                0xbe9d_914e_eb61_f170_2e69_6c20_3a12_6854,
            ],
        ),
        (
            b"Jefe",
            b"what do ya want for nothing?",
            [
                0x164b_7a7b_fcf8_19e2_e395_fbe7_3b56_e0a3,
                0x87bd_6422_2e83_1fd6_1027_0cd7_ea25_0554,
                0x9758_bf75_c05a_994a_6d03_4f65_f8f0_e6fd,
                0xcaea_b1a3_4d4a_6b4b_636e_070a_38bc_e737,
            ],
        ),
        (
            &[0xaa; 131],
            b"Test Using Larger Than Block-Size Key - Hash Key First",
            [
                0x80b2_4263_c7c1_a3eb_b714_93c1_dd7b_e8b4,
                0x9b46_d1f4_1b4a_eec1_121b_0137_83f8_f352,
                0x6b56_d037_e05f_2598_bd0f_d221_5d6a_1e52,
                0x95e6_4f73_f63f_0aec_8b91_5a98_5d78_6598,
            ],
        ),
    ];
    beside_portable(
        "SHA-512, vectors",
        || (),
        |(), tier| {
            for (key, message, expected) in cases {
                let mac = hmac(Hash::Sha512, key, message);
                let expected = expected.map(u128::to_be_bytes);
                assert_eq!(mac.expose_secret(), expected.as_flattened(), "{tier:?}");
            }
        },
    );
}
