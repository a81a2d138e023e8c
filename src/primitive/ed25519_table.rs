// SPDX-License-Identifier: MIT OR Apache-2.0
//! The point of a verifying key as a table, built when it pays: `[S]B - [k]A` is then two look-ups. What is accepted is
//! the same. Everything here is public.

#![expect(clippy::arithmetic_side_effects, reason = "points")]

#[cfg(all(feature = "simd", target_arch = "x86_64"))]
use crate::kernel;
use crate::primitive::known::{Counted, Known};
use alloc::boxed::Box;
use curve25519_dalek::{
    EdwardsPoint, Scalar, constants::EIGHT_TORSION, edwards::EdwardsBasepointTable, traits::BasepointTable,
};
use ed25519_dalek::{Signature, VerifyingKey};
use std::sync::LazyLock;

/// Building a table costs as much as it saves in about so many messages: 1.2 ms and 18 us each, or 110 and 35 us.
fn pays_after() -> u32 {
    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    if kernel::ed25519::runs() {
        return 3;
    }
    64
}

impl Known<Table> {
    /// Counts a use of the key.
    pub(crate) fn of_key(&self, key: &VerifyingKey) -> Option<&Table> {
        self.table(pays_after(), || Table::new(key))
    }
}

/// Multiples of `-A`, in the form that this machine is fastest with.
pub(crate) struct Table {
    multiples: Multiples,
    _counted: Counted,
}

enum Multiples {
    Portable(Box<EdwardsBasepointTable>),
    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    Kernel(kernel::ed25519::Table),
}

impl Table {
    /// For a key in its canonical encoding and not of small order; `None` when there are enough.
    pub(crate) fn new(key: &VerifyingKey) -> Option<Self> {
        let counted = Counted::new()?;
        #[cfg(all(feature = "simd", target_arch = "x86_64"))]
        if let Some(table) = kernel::ed25519::Table::new(key.as_bytes()) {
            return Some(Self { multiples: Multiples::Kernel(table), _counted: counted });
        }
        let table = EdwardsBasepointTable::create(&-key.to_edwards());
        Some(Self { multiples: Multiples::Portable(Box::new(table)), _counted: counted })
    }

    /// What `verify_strict` checks of a key that is not of small order: `S < L` and `R = [S]B - [k]A`, compared as
    /// encodings, so that R is canonical, and not of small order; `k = SHA-512(R || A || M) mod L`. RFC 8032 section 5.1.7.
    pub(crate) fn verify(&self, signature: &Signature, k: impl FnOnce(&[u8; 32]) -> Scalar) -> bool {
        let r = signature.r_bytes();
        let s: Option<Scalar> = Scalar::from_canonical_bytes(*signature.s_bytes()).into();
        s.is_some_and(|s| self.combination(&s, &k(r)) == *r) && !SMALL_ORDER.contains(r)
    }

    /// The encoding of `[s]B - [k]A`. The multiples are those of integers, not modulo L, so that a component of small order in
    /// A counts.
    fn combination(&self, s: &Scalar, k: &Scalar) -> [u8; 32] {
        match &self.multiples {
            Multiples::Portable(table) => (EdwardsPoint::mul_base(s) + &**table * k).compress().to_bytes(),
            #[cfg(all(feature = "simd", target_arch = "x86_64"))]
            Multiples::Kernel(table) => table.combination(s.as_bytes(), k.as_bytes()),
        }
    }
}

/// The canonical encodings of the eight points.
static SMALL_ORDER: LazyLock<[[u8; 32]; 8]> =
    LazyLock::new(|| EIGHT_TORSION.map(|point| point.compress().to_bytes()));

#[cfg(test)]
mod tests {
    use super::*;
    use std::{vec, vec::Vec};

    /// 0, 1, 2, L - 1, 2^252, and digits at both ends of what a table has.
    fn scalars() -> Vec<Scalar> {
        let mut power = [0; 32];
        power[31] = 0x10;
        let mut scalars = vec![Scalar::ZERO, Scalar::ONE, Scalar::from(2_u8), -Scalar::ONE];
        scalars.extend([power, power.map(|byte| byte / 2)].map(Scalar::from_bytes_mod_order));
        for byte in [0x88, 0x77, 0x78, 0x87, 0x80, 0x08, 0x7f, 0xf7, 0xff] {
            let mut bytes = [byte; 32];
            bytes[31] &= 0x0f;
            scalars.push(Scalar::from_canonical_bytes(bytes).unwrap());
            scalars.push(Scalar::from_bytes_mod_order([byte; 32]));
        }
        scalars
    }

    #[test]
    fn a_combination_is_that_without_a_table_whatever_the_order_of_the_point() {
        for (n, torsion) in EIGHT_TORSION.into_iter().enumerate() {
            let a = EdwardsPoint::mul_base(&Scalar::from(n as u64 + 77).invert()) + torsion;
            let table = Table::new(&VerifyingKey::from(a)).unwrap();
            for s in scalars() {
                for k in scalars() {
                    let expected = EdwardsPoint::vartime_double_scalar_mul_basepoint(&k, &-a, &s);
                    let combination = table.combination(&s, &k);
                    assert_eq!(combination, expected.compress().to_bytes(), "{n} {s:?} {k:?}");
                }
            }
        }
    }

    #[test]
    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    fn the_kernel_multiplies_the_generator_by_every_scalar_below_2_255() {
        if !kernel::ed25519::runs() {
            std::println!("Ed25519: NOT RUN without AVX-512");
            return;
        }
        let mut all: Vec<_> = scalars().iter().map(Scalar::to_bytes).collect();
        all.extend([0x88, 0x77, 0x78, 0x87, 0x80, 0x08, 0x7f, 0xf7, 0xff].map(|byte| {
            let mut bytes = [byte; 32];
            bytes[31] &= 0x7f;
            bytes
        }));
        for mut k in all {
            for first in 0..=8 {
                k[0] = k[0].wrapping_add(first * 31);
                let expected = EdwardsPoint::mul_base(&Scalar::from_bytes_mod_order(k)).compress().to_bytes();
                assert_eq!(kernel::ed25519::base_multiple(&k), Some(expected), "{k:02x?}");
            }
        }
    }

    #[test]
    fn the_table_is_there_after_some_uses_and_clones_share_it() {
        use crate::{primitive::ed25519::SigningKey, secret::SecretArray};

        let signer = SigningKey::from_seed(&SecretArray::copy_of(&[1; 32]).unwrap());
        let (known, signature) = (signer.verifying_key(), signer.sign(b"message"));
        let mut seen = [None; 2];
        for use_ in 0..2 * pays_after() {
            let right = use_ % 2 == 0;
            let message: &[u8] = if right { b"message" } else { b"another" };
            assert_eq!(known.clone().verify(message, &signature).is_ok(), right);
            seen[usize::from(known.known.is_there())].get_or_insert(use_);
        }
        assert_eq!(seen, [Some(0), Some(pays_after() - 1)]);
    }
}
