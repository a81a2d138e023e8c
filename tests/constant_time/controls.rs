// SPDX-License-Identifier: MIT OR Apache-2.0
//! Mistakes that memcheck must report: without them no report would prove nothing.

use crate::{
    Case, Expected,
    cases::{Bytes, secret},
    memcheck,
};
use std::hint::black_box;

const TABLE: [u8; 256] = [7; 256];

/// Compares and stops at the first difference.
#[inline(never)]
fn control_first_difference(a: &[u8], b: &[u8]) -> bool {
    for (a, b) in a.iter().zip(b) {
        if black_box(*a) != *b {
            return false;
        }
    }
    true
}

#[inline(never)]
fn control_slices(a: &[u8], b: &[u8]) -> bool {
    black_box(a) == black_box(b)
}

#[inline(never)]
fn control_table(secret: &[u8]) -> u8 {
    secret.iter().fold(0, |sum, byte| sum ^ black_box(&TABLE)[usize::from(*byte)])
}

#[inline(never)]
fn control_branch(secret: &[u8]) -> u64 {
    let mut sum = 0;
    for byte in secret {
        if black_box(byte & 1) == 1 {
            sum = black_box(sum + 3);
        }
    }
    sum
}

#[inline(never)]
fn control_length(secret: &[u8]) -> usize {
    (0..usize::from(secret[0] & 7)).fold(0, |sum, i| black_box(sum + i))
}

#[inline(never)]
fn control_store(secret: &[u8]) -> [u8; 256] {
    let mut seen = [0; 256];
    for byte in secret {
        black_box(&mut seen)[usize::from(*byte)] = 1;
    }
    seen
}

/// The alphabet searched, as decoders of Base64 do.
#[inline(never)]
fn control_alphabet(secret: &[u8]) -> Option<usize> {
    let alphabet = black_box(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
    alphabet.iter().position(|letter| *letter == secret[0])
}

/// An HMAC of the dependency, compared by us and badly.
#[inline(never)]
fn control_tag(key: &[u8]) -> bool {
    let tag = chancery::hazmat::hmac(chancery::hazmat::Hash::Sha256, key, b"message");
    control_first_difference(tag.expose_secret(), &[0; 32])
}

pub(crate) fn all() -> Vec<Case> {
    macro_rules! controls {
        ($($name:ident: $run:expr;)*) => {
            vec![$(Case {
                name: concat!("control: ", stringify!($name)),
                run: || {
                    let mut result = $run(&secret::<32>());
                    black_box(&mut result);
                },
                expected: Expected::In(&["control_"]),
            }),*]
        };
    }
    let mut all = controls! {
        first_difference: |s: &Bytes<32>| control_first_difference(&s[..], &[7; 32]);
        slices: |s: &Bytes<32>| control_slices(&s[..], &[7; 32]);
        table: |s: &Bytes<32>| control_table(&s[..]);
        branch: |s: &Bytes<32>| control_branch(&s[..]);
        length: |s: &Bytes<32>| control_length(&s[..]);
        store: |s: &Bytes<32>| control_store(&s[..]);
        alphabet: |s: &Bytes<32>| control_alphabet(&s[..]);
        tag: |s: &Bytes<32>| control_tag(&s[..]);
    };
    // And one that must not be: public bytes may decide.
    all.push(Case {
        name: "control: public bytes",
        run: || {
            let mut bytes = secret::<32>();
            memcheck::public(&mut *bytes.0);
            black_box((control_table(&bytes[..]), control_branch(&bytes[..])));
        },
        expected: Expected::None,
    });
    all
}
