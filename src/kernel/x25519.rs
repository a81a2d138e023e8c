// SPDX-License-Identifier: MIT OR Apache-2.0
//! X25519, RFC 7748: the ladder for any point, and tables for points that are known, with AVX-512 IFMA.
//!
//! A step of the ladder has ten multiplications, in three groups that do not depend on each other within. Lanes
//! hold, with the names of RFC 7748:
//!
//! ```text
//! V   x_2             z_2              x_3             z_3
//! H   A = x_2 + z_2   B = x_2 - z_2    C = x_3 + z_3   D = x_3 - z_3
//! M   AA = A^2        BB = B^2         CB = C * B      DA = D * A
//! S                   E = AA - BB      DA + CB         CB - DA
//! N   AA * BB         a24 * E          (DA + CB)^2     (CB - DA)^2
//! V'  AA * BB         E * (BB + a24*E) (DA + CB)^2     x_1 * (DA - CB)^2
//! ```
//! with a24 = 121666 because BB stands where RFC 7748 has AA.

#![expect(clippy::indexing_slicing, reason = "the bytes of a scalar")]

use crate::kernel::{
    Tier,
    edwards25519::Points,
    edwards25519_table::{self, GENERATOR, digits, multiples},
    field25519::{Factor4, Limbs, Sum4, from_bytes, to_bytes},
    inverse25519::invert,
};
use alloc::boxed::Box;
use core::arch::x86_64::{
    _mm256_permute4x64_epi64, _mm256_permutexvar_epi64, _mm256_set_epi64x, _mm256_set1_epi64x,
    _mm256_xor_si256,
};
use zeroize::{Zeroize, Zeroizing};

type Shared = Zeroizing<[u8; 32]>;

/// Whether the functions here give anything.
pub(crate) fn runs() -> bool {
    Tier::current() >= Tier::Avx512
}

fn clamp(k: &[u8; 32]) -> Shared {
    let mut k = Zeroizing::new(*k);
    k[0] &= 0xf8;
    k[31] &= 0x7f;
    k[31] |= 0x40;
    k
}

/// `X25519(k, u)`; `None` where this kernel does not run.
#[expect(unsafe_code, reason = "dispatch")]
pub(crate) fn diffie_hellman(k: &[u8; 32], u: &[u8; 32]) -> Option<Shared> {
    if !runs() {
        return None;
    }
    // SAFETY: this processor has what the tier stands for.
    Some(unsafe { ladder(&clamp(k), from_bytes(u)) })
}

/// `X25519(k, 9)`; `None` where this kernel does not run.
#[expect(unsafe_code, reason = "dispatch")]
pub(crate) fn public(k: &[u8; 32]) -> Option<[u8; 32]> {
    if !runs() {
        return None;
    }
    let generator = GENERATOR.as_deref()?;
    let mut digits = digits(&clamp(k));
    // SAFETY: this processor has what the tier stands for.
    let public = unsafe { generator.multiple(&digits).montgomery() };
    digits.zeroize();
    Some(public)
}

/// The points of the generator and of a public key as tables.
pub(crate) struct Table(&'static edwards25519_table::Table, Box<edwards25519_table::Table>);

impl Table {
    /// `None` for a point of the twist, for u = 0, and where this kernel does not run.
    #[expect(unsafe_code, reason = "dispatch")]
    pub(crate) fn new(u: &[u8; 32]) -> Option<Self> {
        if !runs() {
            return None;
        }
        // SAFETY: this processor has what the tier stands for.
        let table = unsafe { edwards25519_table::Table::new(Points::from_u_vartime(from_bytes(u))?) };
        Some(Self(GENERATOR.as_deref()?, table))
    }

    /// `X25519(k, 9)` and `X25519(k, u)`.
    #[expect(unsafe_code, reason = "dispatch")]
    pub(crate) fn agree(&self, k: &[u8; 32]) -> ([u8; 32], Shared) {
        let mut digits = digits(&clamp(k));
        // SAFETY: a table was made, so that this processor has what the tier stands for.
        let [public, shared] = unsafe { multiples([self.0, &self.1], &digits).montgomery_pair() };
        digits.zeroize();
        (public, Zeroizing::new(shared))
    }
}

#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
fn ladder(k: &[u8; 32], u: Limbs) -> Shared {
    const Z2: u8 = 0b0010;
    const X3: u8 = 0b0100;
    const Z3: u8 = 0b1000;

    let (x_1, a24) = (Factor4::splat(u), Factor4::splat([121_666, 0, 0, 0, 0]));
    let one = Factor4::splat([1, 0, 0, 0, 0]);
    // x_2, z_2, x_3, z_3 = 1, 0, u, 1
    let mut v = one.blend(Z2, Factor4::splat([0; 5])).blend(X3, x_1).sum();
    // Where the factors A B B A and A B C D come from. With x_2, z_2 and x_3, z_3 swapped they are C D D C and C D A B: the
    // numbers of the lanes differ in bit 1.
    let (left, right) = (_mm256_set_epi64x(0, 1, 1, 0), _mm256_set_epi64x(3, 2, 1, 0));
    let mut swap = 0;
    for t in (0..255).rev() {
        let k_t = k[t / 8] >> (t % 8) & 1;
        swap ^= k_t;
        let exchange = _mm256_set1_epi64x(i64::from(swap << 1));
        let (left, right) = (_mm256_xor_si256(left, exchange), _mm256_xor_si256(right, exchange));
        swap = k_t;

        let h = sums(v);
        let m = h
            .map(|limb| _mm256_permutexvar_epi64(left, limb))
            .mul(h.map(|limb| _mm256_permutexvar_epi64(right, limb)));
        let (s, m) = (sums(m), m.carry());
        let bb = m.map(|limb| _mm256_permute4x64_epi64::<0b11_10_01_01>(limb));
        let n = m.blend(Z2, a24).blend(X3 | Z3, s).mul(bb.blend(Z2 | X3 | Z3, s));
        let bb = Factor4::splat([0; 5]).blend(Z2, m);
        v = n.blend(Z2 | Z3, s.blend(Z3, x_1).mul(n.plus(bb.sum())));
    }
    // Bit 0 of a clamped scalar is 0: nothing is left to be swapped.
    let v = v.carry();
    let [_, z_2, ..] = v.lanes();
    let [x, ..] = v.mul(Factor4::splat(invert(z_2))).carry().lanes();
    Zeroizing::new(to_bytes(x))
}

/// In even lanes the sum with the lane above, in odd ones what is left of the lane below.
#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
fn sums(v: Sum4) -> Factor4 {
    const ODD: u8 = 0b1010;
    let neighbours = v.map(|limb| _mm256_permute4x64_epi64::<0b10_11_00_01>(limb));
    neighbours.plus(v.negative_in(ODD))
}
