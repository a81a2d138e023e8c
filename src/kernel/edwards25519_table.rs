// SPDX-License-Identifier: MIT OR Apache-2.0
//! Multiples of fixed points of edwards25519: a table, and a constant-time look-up of eight multiples at once.
//!
//! ```text
//! k = sum of d_n 16^n, n = 0..63, -8 <= d_n <= 8
//! k P = sum of d_(2i) 256^i P + 16 * (sum of d_(2i+1) 256^i P), i = 0..31
//! ```
//! The table has m 256^i P for m = 1..8: eight rows of four lanes, row r and lane l for i = 8 l + r. Each lane sums up its
//! eight i, odd digits first; four doublings; even digits; then the lanes are added to each other. A register has eight
//! lanes, which are either two rows of one point, or the same row of two points.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "numbers of digits, rows and lanes"
)]
#![expect(clippy::large_types_passed_by_value, reason = "they are registers")]

use crate::kernel::{
    Tier,
    edwards25519::{ONE, Points, Summands, TWICE_D},
    field25519::{Factor8, MASK},
};
use alloc::{boxed::Box, vec::Vec};
use core::arch::x86_64::{
    __m256i, __m512i, _mm512_abs_epi64, _mm512_and_si512, _mm512_castsi512_si256, _mm512_cmpeq_epi64_mask,
    _mm512_extracti64x4_epi64, _mm512_mask_broadcast_i64x4, _mm512_movepi64_mask, _mm512_or_si512,
    _mm512_set_epi64, _mm512_set1_epi64, _mm512_setzero_si512, _mm512_slli_epi64, _mm512_srli_epi64,
};
use std::sync::LazyLock;

/// The generator, y = 4/5, RFC 8032 section 5.1. On curve25519 it is u = 9.
const B: [u8; 32] = {
    let mut b = [0x66; 32];
    b[0] = 0x58;
    b
};

/// `m 256^i P` for m = 1..8 and four i, as the words of y + x, y - x and 2dxy, four of 64 bits each.
type Row = [[__m256i; 12]; 8];

/// Multiples of a point, 24 KiB.
pub(super) struct Table([Row; 8]);

/// The digits of a scalar.
pub(super) type Digits = [i8; 64];

/// Signed digits in radix 16 of a scalar below 2^255: the last one is up to 8.
pub(super) fn digits(k: &[u8; 32]) -> Digits {
    let (mut digits, mut carry) = ([0; 64], 0);
    for (pair, byte) in digits.as_chunks_mut::<2>().0.iter_mut().zip(k) {
        for (digit, nibble) in pair.iter_mut().zip([byte & 15, byte >> 4]) {
            let sum = nibble.wrapping_add(carry);
            carry = sum.wrapping_add(8) >> 4;
            *digit = sum.wrapping_sub(carry << 4).cast_signed();
        }
    }
    // What the last digit would carry stays with it: it is 8 then.
    digits[63] = digits[63].wrapping_add((carry << 4).cast_signed());
    digits
}

/// The rows for the lanes 0..3 and 4..7, and the numbers of their digits: row r has those of i = 8 l + r.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
fn lookup(rows: [&Row; 2], digits: __m512i) -> Summands {
    let (one, zero) = (_mm512_set1_epi64(1), _mm512_setzero_si512());
    let mut words = [one, zero, zero, zero, one, zero, zero, zero, zero, zero, zero, zero];
    let (negative, magnitude) = (_mm512_movepi64_mask(digits), _mm512_abs_epi64(digits));
    for ((low, high), m) in rows[0].iter().zip(rows[1]).zip(1..) {
        // Every entry is read; the masks pick.
        let found = _mm512_cmpeq_epi64_mask(magnitude, _mm512_set1_epi64(m));
        for ((word, low), high) in words.iter_mut().zip(low).zip(high) {
            *word = _mm512_mask_broadcast_i64x4(*word, found & 0x0f, *low);
            *word = _mm512_mask_broadcast_i64x4(*word, found & 0xf0, *high);
        }
    }
    let [a, b, c, d, e, f, g, h, i, j, k, l] = words;
    let (plus, minus, t) = (unpack([a, b, c, d]), unpack([e, f, g, h]), unpack([i, j, k, l]));
    // -(x, y) = (-x, y)
    Summands {
        plus: plus.blend(negative, minus),
        minus: minus.blend(negative, plus),
        z: None,
        t: t.negative_in(negative),
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
fn unpack([a, b, c, d]: [__m512i; 4]) -> Factor8 {
    let mask = |word| _mm512_and_si512(word, _mm512_set1_epi64(MASK.cast_signed()));
    Factor8([
        mask(a),
        mask(_mm512_or_si512(_mm512_srli_epi64::<51>(a), _mm512_slli_epi64::<13>(b))),
        mask(_mm512_or_si512(_mm512_srli_epi64::<38>(b), _mm512_slli_epi64::<26>(c))),
        mask(_mm512_or_si512(_mm512_srli_epi64::<25>(c), _mm512_slli_epi64::<39>(d))),
        _mm512_srli_epi64::<12>(d),
    ])
}

/// The digits `2 (8 l + r) + parity` of each scalar for l = 0..3 and the r of its row.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
fn digit_lanes(scalars: [&Digits; 2], rows: [usize; 2], parity: usize) -> __m512i {
    let digit = |n: usize, l: usize| i64::from(scalars[n][2 * (8 * l + rows[n]) + parity]);
    _mm512_set_epi64(
        digit(1, 3),
        digit(1, 2),
        digit(1, 1),
        digit(1, 0),
        digit(0, 3),
        digit(0, 2),
        digit(0, 1),
        digit(0, 0),
    )
}

/// Four lanes for k P and four for l Q, not yet added up.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
fn sums([p, q]: [&Table; 2], scalars: [&Digits; 2]) -> Points {
    let mut sums = Points::neutral();
    for parity in [1, 0] {
        for r in 0..8 {
            sums = sums.add(lookup([&p.0[r], &q.0[r]], digit_lanes(scalars, [r, r], parity)));
        }
        if parity == 1 {
            sums = sums.double().double().double().double();
        }
    }
    sums
}

/// k P and k Q, in the lanes 0 to 3 and 4 to 7.
#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
pub(super) fn multiples(tables: [&Table; 2], k: &Digits) -> Points {
    sums(tables, [k, k]).folded()
}

/// k P + l Q, in all lanes.
#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
pub(super) fn combination(tables: [&Table; 2], scalars: [&Digits; 2]) -> Points {
    sums(tables, scalars).halves_added().folded()
}

/// The table of the generator, which both curves have; `None` where this kernel does not run.
#[expect(unsafe_code, reason = "dispatch")]
pub(super) static GENERATOR: LazyLock<Option<Box<Table>>> = LazyLock::new(|| {
    if Tier::of_this_machine() < Tier::Avx512 {
        return None;
    }
    // SAFETY: this processor has what the tier stands for.
    unsafe { Points::decompress_vartime(&B).map(|point| Table::new(point)) }
});

impl Table {
    /// k P, in all lanes.
    #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
    pub(super) fn multiple(&self, k: &Digits) -> Points {
        let mut sum = Points::neutral();
        for parity in [1, 0] {
            for r in 0..4 {
                let digits = digit_lanes([k, k], [r, r + 4], parity);
                sum = sum.add(lookup([&self.0[r], &self.0[r + 4]], digits));
            }
            if parity == 1 {
                sum = sum.double().double().double().double();
            }
        }
        sum.halves_added().folded()
    }

    /// The table of a point that is in all lanes. The point is public.
    #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
    pub(super) fn new(mut point: Points) -> Box<Self> {
        // Lane l of row 0 is 2^(64 l) P, and of row 4, which has the upper lanes, 2^(64 l + 32) P.
        let mut start = point;
        for n in 1..8 {
            point = (0..32).fold(point, |point, _| point.double());
            let lane: u8 = 1 << (4 * (n % 2) + n / 2);
            start = Points {
                x: start.x.blend(lane, point.x),
                y: start.y.blend(lane, point.y),
                z: start.z.blend(lane, point.z),
                t: start.t.blend(lane, point.t),
            };
        }
        let mut multiples = Vec::with_capacity(32);
        for _ in 0..4 {
            let row = multiples_to_8(start);
            multiples.extend(row);
            start = row[7].double().double().double().double().double(); // 8 * 2^5 = 256
        }
        #[expect(clippy::large_stack_arrays, reason = "moved to the heap")]
        let mut table = Box::new(Self([[[_mm512_castsi512_si256(_mm512_setzero_si512()); 12]; 8]; 8]));
        table.fill(&multiples);
        table
    }

    /// Affine coordinates, by one inversion: with `p_n = z_0 ... z_n`, `1 / z_n = p_(n-1) / p_n`.
    #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
    fn fill(&mut self, points: &[Points]) {
        let mut products = [Factor8::splat(ONE); 33];
        for (n, point) in points.iter().enumerate() {
            products[n + 1] = products[n].mul(point.z.carry()).carry();
        }
        let mut inverse = products[32].invert();
        for (n, point) in points.iter().enumerate().rev() {
            let reciprocal = inverse.mul(products[n]).carry();
            inverse = inverse.mul(point.z.carry()).carry();
            let [x, y] = [point.x, point.y].map(|coordinate| coordinate.carry().mul(reciprocal));
            let t = x.carry().mul(y.carry()).carry().mul(Factor8::splat(TWICE_D)).carry();
            for (c, coordinate) in [y.plus(x), y.minus(x), t].into_iter().enumerate() {
                for (w, word) in pack(coordinate).into_iter().enumerate() {
                    self.0[n / 8][n % 8][4 * c + w] = _mm512_castsi512_si256(word);
                    self.0[n / 8 + 4][n % 8][4 * c + w] = _mm512_extracti64x4_epi64::<1>(word);
                }
            }
        }
    }
}

/// `m P` for m = 1..8.
#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
fn multiples_to_8(p: Points) -> [Points; 8] {
    let one = p.summands();
    let p2 = p.double();
    let p3 = p2.add(one);
    let (p4, p6) = (p2.double(), p3.double());
    [p, p2, p3, p4, p4.add(one), p6, p6.add(one), p4.double()]
}

/// Four words of a number below 2^255, which need not be below p.
#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
fn pack(element: Factor8) -> [__m512i; 4] {
    // A carry can pass through all limbs and come back to the first, which is near zero then.
    let Factor8([a, b, c, d, e]) = (0..6).fold(element, |element, _| element.sum().carry());
    let join = |low, high| _mm512_or_si512(low, high);
    [
        join(a, _mm512_slli_epi64::<51>(b)),
        join(_mm512_srli_epi64::<13>(b), _mm512_slli_epi64::<38>(c)),
        join(_mm512_srli_epi64::<26>(c), _mm512_slli_epi64::<25>(d)),
        join(_mm512_srli_epi64::<39>(d), _mm512_slli_epi64::<12>(e)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::field25519::{Limbs, to_bytes};

    #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
    fn check(limbs: Limbs) {
        let [unpacked, ..] = unpack(pack(Factor8::splat(limbs))).lanes();
        assert!(unpacked.iter().all(|limb| *limb <= MASK), "{limbs:x?} {unpacked:x?}");
        assert_eq!(to_bytes(unpacked), to_bytes(limbs), "{limbs:x?}");
    }

    #[test]
    #[expect(unsafe_code, reason = "dispatch")]
    fn what_is_packed_has_no_limb_above_51_bits_however_far_a_carry_goes() {
        if Tier::of_this_machine() < Tier::Avx512 {
            std::println!("edwards25519_table: NOT RUN without AVX-512");
            return;
        }
        let most = MASK + (1 << 17);
        for start in [0, 1, MASK - 18, MASK - 1, MASK, MASK + 1, MASK + 19, most] {
            for rest in [0, MASK - 1, MASK, MASK + 1, most] {
                for at in 0..5 {
                    // SAFETY: this processor has what the tier stands for.
                    unsafe { check(core::array::from_fn(|k| if k == at { start } else { rest })) };
                }
            }
        }
    }
}
