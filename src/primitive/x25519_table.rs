// SPDX-License-Identifier: MIT OR Apache-2.0
//! The point of a public key as a table, built when it pays: X25519 to a recipient that is known then costs
//! what the generator costs. The bytes are the same.

#[cfg(all(feature = "simd", target_arch = "x86_64"))]
use crate::kernel;
use crate::{
    primitive::{
        known::{Counted, Known},
        x25519::{LEN, SecretKey, SharedSecret},
    },
    secret::SecretArray,
};
use alloc::boxed::Box;
use curve25519_dalek::{
    EdwardsPoint, MontgomeryPoint, edwards::EdwardsBasepointTable, traits::BasepointTable,
};
use zeroize::Zeroizing;

/// Building a table costs as much as it saves in about so many messages: 1.2 ms and 35 us each, or 90 and 18 us.
fn pays_after() -> u32 {
    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    if kernel::x25519::runs() {
        return 6;
    }
    32
}

impl Known<Table> {
    /// Counts a use of the point `u`.
    pub(crate) fn of_point(&self, u: &[u8; LEN]) -> Option<&Table> {
        self.table(pays_after(), || Table::new(u))
    }
}

/// Multiples of a point on the curve, in the form that this machine is fastest with.
pub(crate) struct Table {
    multiples: Multiples,
    _counted: Counted,
}

enum Multiples {
    Portable(Box<EdwardsBasepointTable>),
    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    Kernel(kernel::x25519::Table),
}

impl Table {
    /// `None` for a point on the twist, which has no Edwards form, for one of small order, and when there are enough.
    pub(crate) fn new(u: &[u8; LEN]) -> Option<Self> {
        SecretKey::new(SecretArray::zeroed()).diffie_hellman(u).ok()?;
        let counted = Counted::new()?;
        #[cfg(all(feature = "simd", target_arch = "x86_64"))]
        if let Some(table) = kernel::x25519::Table::new(u) {
            return Some(Self { multiples: Multiples::Kernel(table), _counted: counted });
        }
        // Both points with this u have multiples with the same u: either sign will do.
        let table = EdwardsBasepointTable::create(&MontgomeryPoint(*u).to_edwards(0)?);
        Some(Self { multiples: Multiples::Portable(Box::new(table)), _counted: counted })
    }

    /// `X25519(k, 9)` and `X25519(k, u)`. The clamped scalar is a multiple of 8 and is not reduced, so that a
    /// component of small order vanishes as it does on the ladder.
    pub(crate) fn agree(&self, k: &[u8; LEN]) -> ([u8; LEN], SharedSecret) {
        match &self.multiples {
            Multiples::Portable(table) => {
                let public = EdwardsPoint::mul_base_clamped(*k).to_montgomery().to_bytes();
                let shared = table.mul_base_clamped(*k).to_montgomery().to_bytes();
                (public, Zeroizing::new(shared))
            }
            #[cfg(all(feature = "simd", target_arch = "x86_64"))]
            Multiples::Kernel(table) => table.agree(k),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_there_after_some_uses_and_clones_share_it() {
        use crate::{
            primitive::x25519::{PublicKey, SecretKey},
            secret::SecretArray,
        };
        let secret = |byte| SecretKey::new(SecretArray::copy_of(&[byte; 32]).unwrap());
        let peer = secret(1).public();
        let (known, mut seen) = (PublicKey::parse(&peer).unwrap(), [None; 2]);
        for use_ in 0..2 * pays_after() {
            let clone = known.clone();
            let (public, shared) = secret(2).agree_with(&clone).unwrap();
            assert_eq!(public, secret(2).public());
            assert_eq!(shared, secret(2).diffie_hellman(&peer).unwrap());
            seen[usize::from(known.known.is_there())].get_or_insert(use_);
        }
        assert_eq!(seen, [Some(0), Some(pays_after() - 1)]);
    }

    #[test]
    fn a_point_on_the_twist_has_no_table() {
        let (known, twist) = (Known::default(), [2; 32]);
        assert!(Table::new(&twist).is_none());
        for _ in 0..2 * pays_after() {
            assert!(known.of_point(&twist).is_none());
        }
    }
}
