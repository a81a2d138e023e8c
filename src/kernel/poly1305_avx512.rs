// SPDX-License-Identifier: MIT OR Apache-2.0
//! Poly1305, RFC 8439 section 2.5, eight blocks at once with AVX-512 IFMA.
//!
//! Numbers modulo `p = 2^130 - 5` are three limbs: `x = x0 + x1 2^44 + x2 2^88`, one register a limb, a number per 64-bit
//! lane. Lane l holds an accumulator of its own for the blocks l, l + 8, l + 16, … of the message, and
//!
//! ```text
//! acc = h[0] r^8 + h[1] r^7 + … + h[7] r
//! ```
//!
//! where a step takes 16 blocks, `h = h r^16 + m[0..8] r^8 + m[8..16]`, with one reduction for both products.
//!
//! The multiply-add takes the low or the high 52 bits of a product of two 52-bit numbers. As `2^132 = 20 mod p`, with
//! `s1 = 20 r1`, `s2 = 20 r2`:
//!
//! ```text
//! d0 = a0 r0 + a1 s2 + a2 s1,  d1 = a0 r1 + a1 r0 + a2 s2,  d2 = a0 r2 + a1 r1 + a2 r0
//! ```
//!
//! each as a sum of low and a sum of high halves; a high half weighs 2^52, which is 2^8 in the next limb.
//! Limbs of factors stay below 2^46, `s1` and `s2` below 2^49, sums of six low halves below 2^55, of high halves below
//! 2^46.
//!
//! Registers: 3 of `h`, 6 of sums, 6 of message limbs, 2 of masks; the powers of r are operands in memory.

#![cfg_attr(test, expect(unsafe_code))]

use super::{
    chacha20_avx512::load,
    poly1305::{Acc, Poly1305, low, product},
};
use core::arch::x86_64::{
    __m512i, _mm512_add_epi64, _mm512_and_si512, _mm512_madd52hi_epu64, _mm512_madd52lo_epu64,
    _mm512_or_si512, _mm512_reduce_add_epi64, _mm512_set1_epi64, _mm512_setr_epi64, _mm512_setzero_si512,
    _mm512_slli_epi64, _mm512_srli_epi64, _mm512_unpackhi_epi64, _mm512_unpacklo_epi64,
};
use zeroize::Zeroize;

const MASK_44: u64 = (1 << 44) - 1;
const MASK_42: u64 = (1 << 42) - 1;

/// A number, or the same limb of eight.
type Limbs<T> = [T; 3];

/// A factor: its limbs and 20 times the upper two.
struct Factor {
    r: Limbs<__m512i>,
    s: [__m512i; 2],
}

/// Accumulators of eight lanes, and the powers of r that they need.
pub(super) struct Lanes {
    h: Limbs<__m512i>,
    r8: Factor,
    r16: Factor,
    /// `r^8` to `r`, in the order of the lanes.
    last: Factor,
}

impl Lanes {
    /// Takes over what `poly` absorbed, and the next 16 blocks.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,bmi2")]
    pub(super) fn new(poly: &Poly1305, first: &[u8; 256]) -> Self {
        let [low, high] = poly.r();
        let r = limbs(u128::from(low) | u128::from(high) << 64, 0);
        let r2 = times(r, r);
        let (r3, r4) = (times(r2, r), times(r2, r2));
        let (r5, r6, r7, r8) = (times(r4, r), times(r4, r2), times(r4, r3), times(r4, r4));
        let powers = [r8, r4, r7, r3, r6, r2, r5, r];
        let acc = poly.acc();
        let h =
            limbs(acc.low, acc.high).map(|limb| _mm512_setr_epi64(limb.cast_signed(), 0, 0, 0, 0, 0, 0, 0));
        let mut lanes = Self {
            h,
            r8: Factor::same(r8),
            r16: Factor::same(times(r8, r8)),
            last: Factor::new(gather(powers)),
        };
        let [a, b, c, d] = registers(first);
        let mut sum = Sum::of(message(c, d));
        sum.add(plus(h, message(a, b)), &lanes.r8);
        lanes.h = sum.reduced();
        lanes
    }

    /// The next 16 blocks.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn absorb(&mut self, blocks: &[u8; 256]) {
        let [a, b, c, d] = registers(blocks);
        // What does not wait for the step before comes first.
        let mut sum = Sum::of(message(c, d));
        sum.add(message(a, b), &self.r8);
        sum.add(self.h, &self.r16);
        self.h = sum.reduced();
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn absorb_all(&mut self, steps: &[[u8; 256]]) {
        for blocks in steps {
            self.absorb(blocks);
        }
    }

    /// `h[0] r^8 + … + h[7] r`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn acc(&self) -> Acc {
        let mut sum = Sum::of([_mm512_setzero_si512(); 3]);
        sum.add(self.h, &self.last);
        let [h0, h1, h2] = sum.reduced().map(|limb| _mm512_reduce_add_epi64(limb).cast_unsigned());
        // Below 2^48 each.
        let h1 = h1.wrapping_add(h0 >> 44);
        let h2 = h2.wrapping_add(h1 >> 44);
        let h0 = (h0 & MASK_44).wrapping_add((h2 >> 42).wrapping_mul(5));
        let low = u128::from(h0).wrapping_add(u128::from(h1 & MASK_44) << 44);
        let (low, carry) = low.overflowing_add(u128::from(h2 & MASK_42) << 88);
        Acc { low, high: ((h2 & MASK_42) >> 40).wrapping_add(u64::from(carry)) }
    }
}

impl Drop for Lanes {
    fn drop(&mut self) {
        for factor in [&mut self.r8, &mut self.r16, &mut self.last] {
            factor.r.zeroize();
            factor.s.zeroize();
        }
    }
}

impl Factor {
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn new(r: Limbs<__m512i>) -> Self {
        let [_, r1, r2] = r;
        let times_20 = |limb| _mm512_add_epi64(_mm512_slli_epi64::<4>(limb), _mm512_slli_epi64::<2>(limb));
        Self { r, s: [times_20(r1), times_20(r2)] }
    }

    /// In all lanes.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn same(r: Limbs<u64>) -> Self {
        Self::new(r.map(|limb| _mm512_set1_epi64(limb.cast_signed())))
    }
}

/// `d0`, `d1`, `d2`: sums of products.
struct Sum {
    low: Limbs<__m512i>,
    high: Limbs<__m512i>,
}

impl Sum {
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn of(low: Limbs<__m512i>) -> Self {
        Self { low, high: [_mm512_setzero_si512(); 3] }
    }

    /// Plus `a` times a factor.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn add(&mut self, a: Limbs<__m512i>, factor: &Factor) {
        let ([r0, r1, r2], [s1, s2]) = (factor.r, factor.s);
        for (a, [f0, f1, f2]) in a.into_iter().zip([[r0, r1, r2], [s2, r0, r1], [s1, s2, r0]]) {
            let [d0, d1, d2] = self.low;
            self.low = [
                _mm512_madd52lo_epu64(d0, a, f0),
                _mm512_madd52lo_epu64(d1, a, f1),
                _mm512_madd52lo_epu64(d2, a, f2),
            ];
            let [d0, d1, d2] = self.high;
            self.high = [
                _mm512_madd52hi_epu64(d0, a, f0),
                _mm512_madd52hi_epu64(d1, a, f1),
                _mm512_madd52hi_epu64(d2, a, f2),
            ];
        }
    }

    /// Modulo p, in limbs below 2^44 + 2^18.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn reduced(self) -> Limbs<__m512i> {
        let ([d0, d1, d2], [e0, e1, e2]) = (self.low, self.high);
        let mask_44 = _mm512_set1_epi64(MASK_44.cast_signed());
        let mask_42 = _mm512_set1_epi64(MASK_42.cast_signed());
        // e2 weighs 2^140 = 5 2^10 mod p; without an s in its sum it is below 2^39, and the product below 2^52.
        let d0 = _mm512_madd52lo_epu64(d0, e2, _mm512_set1_epi64(5 << 10));
        let d1 = _mm512_add_epi64(d1, _mm512_slli_epi64::<8>(e0));
        let d2 = _mm512_add_epi64(d2, _mm512_slli_epi64::<8>(e1));
        let d1 = _mm512_add_epi64(d1, _mm512_srli_epi64::<44>(d0));
        let d2 = _mm512_add_epi64(d2, _mm512_srli_epi64::<44>(d1));
        let h0 = _mm512_and_si512(d0, mask_44);
        [
            _mm512_madd52lo_epu64(h0, _mm512_srli_epi64::<42>(d2), _mm512_set1_epi64(5)),
            _mm512_and_si512(d1, mask_44),
            _mm512_and_si512(d2, mask_42),
        ]
    }
}

/// Eight blocks, each with its 2^128, in lanes 0, 2, 4, 6 and 1, 3, 5, 7.
#[inline]
#[target_feature(enable = "avx512f")]
fn message(a: __m512i, b: __m512i) -> Limbs<__m512i> {
    let (low, high) = (_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
    let mask = _mm512_set1_epi64(MASK_44.cast_signed());
    let middle = _mm512_or_si512(_mm512_srli_epi64::<44>(low), _mm512_slli_epi64::<20>(high));
    [
        _mm512_and_si512(low, mask),
        _mm512_and_si512(middle, mask),
        _mm512_or_si512(_mm512_srli_epi64::<24>(high), _mm512_set1_epi64(1 << 40)),
    ]
}

#[inline]
#[target_feature(enable = "avx512f")]
fn plus([a0, a1, a2]: Limbs<__m512i>, [b0, b1, b2]: Limbs<__m512i>) -> Limbs<__m512i> {
    [_mm512_add_epi64(a0, b0), _mm512_add_epi64(a1, b1), _mm512_add_epi64(a2, b2)]
}

/// Eight numbers to lanes.
#[inline]
#[target_feature(enable = "avx512f")]
fn gather(numbers: [Limbs<u64>; 8]) -> Limbs<__m512i> {
    let lanes = |limb: fn(Limbs<u64>) -> u64| {
        let [a, b, c, d, e, f, g, h] = numbers.map(|number| limb(number).cast_signed());
        _mm512_setr_epi64(a, b, c, d, e, f, g, h)
    };
    [lanes(|[limb, _, _]| limb), lanes(|[_, limb, _]| limb), lanes(|[_, _, limb]| limb)]
}

#[inline]
#[target_feature(enable = "avx512f")]
fn registers(blocks: &[u8; 256]) -> [__m512i; 4] {
    let mut registers = [_mm512_setzero_si512(); 4];
    for (register, bytes) in registers.iter_mut().zip(blocks.as_chunks().0) {
        *register = load(bytes);
    }
    registers
}

/// The limbs of `low + high 2^128`.
fn limbs(lower: u128, higher: u64) -> Limbs<u64> {
    [low(lower) & MASK_44, low(lower >> 44) & MASK_44, low(lower >> 88) | higher << 40]
}

/// `a b mod p`, of limbs below 2^45 to such. Carries go from all three sums at once, twice, which is the shortest way.
#[inline]
fn times([a0, a1, a2]: Limbs<u64>, [b0, b1, b2]: Limbs<u64>) -> Limbs<u64> {
    let (s1, s2) = (b1.wrapping_mul(20), b2.wrapping_mul(20));
    let sum = |x: u128, y, z| x.wrapping_add(y).wrapping_add(z);
    let d0 = sum(product(a0, b0), product(a1, s2), product(a2, s1));
    let d1 = sum(product(a0, b1), product(a1, b0), product(a2, s2));
    let d2 = sum(product(a0, b2), product(a1, b1), product(a2, b0));
    let h0 = (low(d0) & MASK_44).wrapping_add(low(d2 >> 42).wrapping_mul(5));
    let h1 = (low(d1) & MASK_44).wrapping_add(low(d0 >> 44));
    let h2 = (low(d2) & MASK_42).wrapping_add(low(d1 >> 44));
    [
        (h0 & MASK_44).wrapping_add((h2 >> 42).wrapping_mul(5)),
        (h1 & MASK_44).wrapping_add(h0 >> 44),
        (h2 & MASK_42).wrapping_add(h1 >> 44),
    ]
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            poly1305::tests::{KEYS, expected, messages},
            tier::Tier,
        },
        *,
    };
    use std::{println, vec::Vec};

    #[target_feature(enable = "avx512f,avx512ifma,bmi2")]
    fn absorbed(r: u128, before: &[[u8; 16]], blocks: &[[u8; 16]]) -> u128 {
        let mut poly = Poly1305::new(r, 0);
        poly.absorb(before.as_flattened());
        let (first, steps) = blocks.as_flattened().as_chunks().0.split_first().unwrap();
        let mut lanes = Lanes::new(&poly, first);
        lanes.absorb_all(steps);
        lanes.acc().modulo_p()
    }

    #[test]
    fn carries_run_through_in_eight_lanes_as_in_arithmetic_of_any_size() {
        if Tier::of_this_machine() < Tier::Avx512 {
            println!("not run: this machine has no AVX-512 IFMA");
            return;
        }
        for r in KEYS {
            for n in [16, 32, 48, 64] {
                for (before, blocks) in
                    [0, 1, 3].into_iter().flat_map(messages).zip(messages(n).iter().cycle())
                {
                    let all: Vec<_> = before.iter().chain(blocks).copied().collect();
                    // SAFETY: the tier is that of this machine.
                    let found = unsafe { absorbed(r, &before, blocks) };
                    assert_eq!(found, expected(r, &all), "{r:x} {before:x?} {blocks:x?}");
                }
            }
        }
    }
}
