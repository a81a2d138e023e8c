// SPDX-License-Identifier: MIT OR Apache-2.0
//! X25519, RFC 7748: the ladder for any point, and tables for points that are known, with AVX-512 IFMA.
//!
//! A step of the ladder has ten multiplications, in three groups that do not depend on each other within. Lanes 0 to 3
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
//! with a24 = 121666 because BB stands where RFC 7748 has AA. Lanes 4 to 7 repeat them.

use crate::kernel::{
    Tier,
    edwards25519::{self, Digits},
    field25519::{Fe, Fe8, splat},
};
use alloc::boxed::Box;
use core::arch::x86_64::{
    _mm512_mask_add_epi64, _mm512_permutex_epi64, _mm512_permutexvar_epi64, _mm512_set_epi64,
    _mm512_xor_si512,
};
use std::sync::LazyLock;
use zeroize::{Zeroize, Zeroizing};

type Shared = Zeroizing<[u8; 32]>;

fn clamp(k: &[u8; 32]) -> Shared {
    let mut k = Zeroizing::new(*k);
    k[0] &= 248;
    k[31] &= 127;
    k[31] |= 64;
    k
}

/// `X25519(k, u)`; `None` where this kernel does not run.
#[expect(unsafe_code, reason = "dispatch")]
pub(crate) fn diffie_hellman(k: &[u8; 32], u: &[u8; 32]) -> Option<Shared> {
    if Tier::current() < Tier::Avx512 {
        return None;
    }
    // SAFETY: this processor has what the tier stands for.
    let [x, z] = unsafe { ladder(&clamp(k), Fe::from_bytes(u)) };
    Some(Zeroizing::new(x.mul(z.invert()).to_bytes()))
}

/// `X25519(k, 9)`; `None` where this kernel does not run.
#[expect(unsafe_code, reason = "dispatch")]
pub(crate) fn public(k: &[u8; 32]) -> Option<[u8; 32]> {
    if Tier::current() < Tier::Avx512 {
        return None;
    }
    let generator = GENERATOR.as_deref()?;
    let mut digits = edwards25519::digits(&clamp(k));
    // SAFETY: this processor has what the tier stands for.
    let [x, z] = unsafe { edwards25519::multiple(generator, &digits) };
    digits.zeroize();
    Some(x.mul(z.invert()).to_bytes())
}

static GENERATOR: LazyLock<Option<Box<edwards25519::Table>>> = LazyLock::new(|| table(Fe([9, 0, 0, 0, 0])));

#[expect(unsafe_code, reason = "dispatch")]
fn table(u: Fe) -> Option<Box<edwards25519::Table>> {
    if Tier::of_this_machine() < Tier::Avx512 {
        return None;
    }
    // SAFETY: this processor has what the tier stands for.
    unsafe { edwards25519::Table::new(u) }
}

/// The point of a public key and of the generator as tables.
pub(crate) struct Table(Box<edwards25519::Table>, &'static edwards25519::Table);

impl Table {
    /// `None` for a point of the twist, for u = 0, and where this kernel does not run.
    pub(crate) fn new(u: &[u8; 32]) -> Option<Self> {
        if Tier::current() < Tier::Avx512 {
            return None;
        }
        Some(Self(table(Fe::from_bytes(u))?, GENERATOR.as_deref()?))
    }

    /// `X25519(k, 9)` and `X25519(k, u)`; zeros twice when the point is of small order.
    #[expect(unsafe_code, reason = "dispatch")]
    pub(crate) fn agree(&self, k: &[u8; 32]) -> ([u8; 32], Shared) {
        let mut digits: Digits = edwards25519::digits(&clamp(k));
        // SAFETY: a table was made, so that this processor has what the tier stands for.
        let [[x1, z1], [x2, z2]] = unsafe { edwards25519::multiple_of_two([self.1, &self.0], &digits) };
        digits.zeroize();
        // Two inversions by one.
        let inverse = z1.mul(z2).invert();
        let (public, shared) = (x1.mul(z2).mul(inverse), x2.mul(z1).mul(inverse));
        (public.to_bytes(), Zeroizing::new(shared.to_bytes()))
    }
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn ladder(k: &[u8; 32], u: Fe) -> [Fe; 2] {
    const Z2: u8 = 0b0010_0010;
    const X3: u8 = 0b0100_0100;
    const Z3: u8 = 0b1000_1000;
    const A24: u64 = 121_666;

    let (zero, one, x_1) = (Fe8::splat(Fe::ZERO), Fe8::splat(Fe::ONE), Fe8::splat(u));
    let a24 = Fe8::splat(Fe([A24, 0, 0, 0, 0]));
    // x_2, z_2, x_3, z_3 = 1, 0, u, 1
    let mut v = one.blend(Z2, zero).blend(X3, x_1);
    // Where A B C D come from, for the factors A B B A and A B C D; with x_2, z_2 and x_3, z_3 swapped, C D D C and C D A B.
    let left = _mm512_set_epi64(4, 5, 5, 4, 0, 1, 1, 0);
    let right = _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0);
    let mut swapped = 0;
    let (mut byte_at, mut bit_at) = (31_usize, 6_u32);
    for _ in 0..255 {
        let bit = k[byte_at] >> bit_at & 1;
        let exchange = splat(u64::from(2 * (swapped ^ bit)));
        swapped = bit;
        let h = sums(v).carry();
        let l = h.map(|limb| _mm512_permutexvar_epi64(_mm512_xor_si512(left, exchange), limb));
        let r = h.map(|limb| _mm512_permutexvar_epi64(_mm512_xor_si512(right, exchange), limb));
        let m = l.mul(r);
        let s = sums(m).carry();
        let bb = m.map(|limb| _mm512_permutex_epi64::<0b11_10_01_01>(limb));
        let n = m.blend(Z2, a24).blend(X3 | Z3, s).mul(bb.blend(Z2 | X3 | Z3, s));
        let bb = Fe8(core::array::from_fn(|i| _mm512_mask_add_epi64(n.0[i], Z2, n.0[i], m.0[i]))).carry();
        v = n.blend(Z2 | Z3, s.blend(Z3, x_1).mul(bb));
        (byte_at, bit_at) = if bit_at == 0 { (byte_at.saturating_sub(1), 7) } else { (byte_at, bit_at - 1) };
    }
    // Bit 0 of a clamped scalar is 0: nothing is left to be swapped.
    let [x_2, z_2, ..] = v.lanes();
    [x_2, z_2]
}

/// In the lanes 0 and 2 the sum with the lane above, in 1 and 3 what is left of the lane below; loose.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn sums(v: Fe8) -> Fe8 {
    const ODD: u8 = 0b1010_1010;
    let negative = v.negative();
    let neighbours = v.map(|limb| _mm512_permutex_epi64::<0b10_11_00_01>(limb));
    neighbours.plus(v.blend(ODD, negative))
}
