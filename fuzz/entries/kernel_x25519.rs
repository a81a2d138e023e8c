// SPDX-License-Identifier: MIT OR Apache-2.0
//! X25519 by the ladder, the table of the generator and that of the peer's point beside another library.

use super::input::Input;
use chancery::{
    Error,
    hazmat::{X25519Table, x25519, x25519_public},
};
use curve25519_dalek::{EdwardsPoint, MontgomeryPoint};

/// A secret and a point, which is one of small order, near the prime, far from a full limb, or any.
pub(crate) fn agree(data: &[u8]) -> bool {
    let mut input = Input::new(data);
    let (kind, secret, mut point) = (input.below(4), input.array::<32>(), input.array::<32>());
    match kind {
        0 => point[1..].fill(0),
        1 => point[1..].fill(0xff),
        2 => point.iter_mut().for_each(|byte| *byte = if *byte & 1 == 0 { 0 } else { 0xff }),
        _ => {}
    }
    let public = EdwardsPoint::mul_base_clamped(secret).to_montgomery().to_bytes();
    let expected = MontgomeryPoint(point).mul_clamped(secret).to_bytes();
    let expected = if expected == [0; 32] { Err(Error::NotAuthentic) } else { Ok(expected.to_vec()) };

    assert_eq!(x25519_public(&secret), public);
    assert_eq!(x25519(&secret, &point).map(|shared| shared.expose_secret().to_vec()), expected);
    let table = X25519Table::new(&point);
    let on_curve = MontgomeryPoint(point).to_edwards(0).is_some();
    assert_eq!(table.is_some(), on_curve && expected.is_ok());
    if let Some(table) = table {
        let (first, second) = table.agree(&secret).expect("a point that is not of small order");
        assert_eq!((first, Ok(second.expose_secret().to_vec())), (public, expected.clone()));
    }
    expected.is_ok()
}

pub(crate) fn agree_seeds() -> Vec<Vec<u8>> {
    let digits = [0x00, 0x08, 0x77, 0x88, 0xff];
    let scalars = digits.map(|byte| [byte; 32]);
    let mut seeds = Vec::new();
    for k in scalars {
        // 0, 1, 2 and 9; 2^255 - 19 without and with the top bit, and beside it; limbs that are full.
        for (kind, first) in [(0, 0), (0, 1), (0, 2), (0, 9), (1, 0xec), (1, 0xed), (1, 0xef), (3, 0x55)] {
            seeds.push([&[kind], k.as_slice(), &[first], &[0x55; 31]].concat());
        }
        seeds.push([&[2], k.as_slice(), &[1; 6], &[2; 6], &[1; 20]].concat());
    }
    seeds
}
