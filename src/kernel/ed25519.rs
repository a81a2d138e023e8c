// SPDX-License-Identifier: MIT OR Apache-2.0
//! What Ed25519, RFC 8032, needs of the curve, with AVX-512 IFMA: `[r]B` and `[S]B - [k]A`, encoded.
//!
//! Every scalar is below 2^255 and taken as it is, not modulo L, so that a component of small order in A is multiplied
//! too. Scalars and digits decide no branch and no address: r is secret, S, k and A are public.

use crate::kernel::{
    Tier,
    edwards25519::Points,
    edwards25519_table::{self, GENERATOR, combination, digits},
};
use alloc::boxed::Box;
use zeroize::Zeroize;

/// Whether the functions here give anything.
pub(crate) fn runs() -> bool {
    Tier::current() >= Tier::Avx512
}

/// The encoding of `[r]B`; `None` where this kernel does not run.
#[expect(unsafe_code, reason = "dispatch")]
pub(crate) fn base_multiple(r: &[u8; 32]) -> Option<[u8; 32]> {
    if !runs() {
        return None;
    }
    let generator = GENERATOR.as_deref()?;
    let mut digits = digits(r);
    // SAFETY: this processor has what the tier stands for.
    let encoded = unsafe { generator.multiple(&digits).compress() };
    digits.zeroize();
    Some(encoded)
}

/// The points of the generator and of the negative of a public key as tables.
pub(crate) struct Table(&'static edwards25519_table::Table, Box<edwards25519_table::Table>);

impl Table {
    /// `None` for what is not the encoding of a point or of one of order 1 or 2, and where this kernel does not run.
    #[expect(unsafe_code, reason = "dispatch")]
    pub(crate) fn new(a: &[u8; 32]) -> Option<Self> {
        if !runs() {
            return None;
        }
        // -(x, y) = (-x, y)
        let mut minus_a = *a;
        minus_a[31] ^= 0x80;
        // SAFETY: this processor has what the tier stands for.
        let table = unsafe { edwards25519_table::Table::new(Points::decompress_vartime(&minus_a)?) };
        Some(Self(GENERATOR.as_deref()?, table))
    }

    /// The encoding of `[s]B - [k]A`.
    #[expect(unsafe_code, reason = "dispatch")]
    pub(crate) fn combination(&self, s: &[u8; 32], k: &[u8; 32]) -> [u8; 32] {
        // SAFETY: a table was made, so that this processor has what the tier stands for.
        unsafe { combination([self.0, &self.1], [&digits(s), &digits(k)]).compress() }
    }
}
