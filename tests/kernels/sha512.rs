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
    let cases: [(&[u8], &[u8], &str); 3] = [
        (
            &[0x0b; 20],
            b"Hi There",
            "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854",
        ),
        (
            b"Jefe",
            b"what do ya want for nothing?",
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
        ),
        (
            &[0xaa; 131],
            b"Test Using Larger Than Block-Size Key - Hash Key First",
            "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598",
        ),
    ];
    beside_portable(
        "SHA-512, vectors",
        || (),
        |(), tier| {
            for (key, message, expected) in cases {
                let mac = hmac(Hash::Sha512, key, message);
                let hex: String = mac.expose_secret().iter().map(|byte| format!("{byte:02x}")).collect();
                assert_eq!(hex, expected, "{tier:?}");
            }
        },
    );
}
