// SPDX-License-Identifier: MIT OR Apache-2.0
//! Multiples of a fixed point of edwards25519: eight points at once, a table, and a constant-time look-up.
//!
//! ```text
//! k = sum of d_n 16^n, n = 0..63, -8 <= d_n <= 8
//! k P = sum of d_(2i) 256^i P + 16 * (sum of d_(2i+1) 256^i P), i = 0..31
//! ```
//! The table has m 256^i P for m = 1..8: eight rows of four lanes, row r and lane l for i = 8 l + r. Each lane sums up its
//! eight i, odd digits first; four doublings; even digits; then the lanes are added to each other. A register has eight
//! lanes, which are either two rows of one point, or the same row of two points for one k.
//!
//! Points are (X : Y : Z : T), x = X/Z, y = Y/Z, xy = T/Z, on -x^2 + y^2 = 1 + d x^2 y^2; addition and doubling are those
//! of Hisil, Wong, Carter and Dawson 2008, which are complete: no case is special.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "numbers of digits, rows and lanes"
)]
#![expect(clippy::large_types_passed_by_value, reason = "they are registers")]

use crate::kernel::field25519::{Factor4, Factor8, Limbs, MASK, Sum8, to_bytes};
use alloc::{boxed::Box, vec::Vec};
use core::arch::x86_64::{
    __m256i, __m512i, _mm512_abs_epi64, _mm512_and_si512, _mm512_castsi512_si256, _mm512_cmpeq_epi64_mask,
    _mm512_extracti64x4_epi64, _mm512_mask_broadcast_i64x4, _mm512_movepi64_mask, _mm512_or_si512,
    _mm512_permutex_epi64, _mm512_set_epi64, _mm512_set1_epi64, _mm512_setzero_si512, _mm512_shuffle_i64x2,
    _mm512_slli_epi64, _mm512_srli_epi64,
};

const TWICE_D: Limbs =
    [0x6_9b94_26b2_f159, 0x3_5050_762a_dd7a, 0x3_cf44_c003_8052, 0x6_738c_c740_7977, 0x2_406d_9dc5_6dff];
/// The square root of -486664, which takes curve25519 to edwards25519 (RFC 7748 section 4.1).
const ROOT: Limbs =
    [0x6_04aa_ff45_7e06, 0x2_296f_a350_598d, 0x7_f13d_fb16_874f, 0x3_5de9_3d84_6e01, 0xf26e_df46_0a00];
const ROOT_OF_MINUS_ONE: Limbs =
    [0x6_1b27_4a0e_a0b0, 0xd5a5_fc8f_189d, 0x7_ef5e_9cbd_0c60, 0x7_8595_a680_4c9e, 0x2_b832_4804_fc1d];
const A: Limbs = [486_662, 0, 0, 0, 0];
const ONE: Limbs = [1, 0, 0, 0, 0];

/// `m 256^i P` for m = 1..8 and four i, as the words of y + x, y - x and 2dxy, four of 64 bits each.
type Row = [[__m256i; 12]; 8];

/// Multiples of a point, 24 KiB.
pub(super) struct Table([Row; 8]);

/// Eight points. T is needed as a factor only.
#[derive(Clone, Copy)]
struct Points {
    x: Sum8,
    y: Sum8,
    z: Sum8,
    t: Factor8,
}

/// Eight points to be added: Y + X, Y - X, 2Z and 2dT; no 2Z of affine points.
#[derive(Clone, Copy)]
struct Summands {
    plus: Factor8,
    minus: Factor8,
    z: Option<Factor8>,
    t: Factor8,
}

impl Points {
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
    fn neutral() -> Self {
        let (zero, one) = (Factor8::splat([0; 5]), Factor8::splat(ONE).sum());
        Self { x: zero.sum(), y: one, z: one, t: zero }
    }

    /// ```text
    /// A = X^2, B = Y^2, C = 2 Z^2, H = A + B, E = H - (X + Y)^2, G = A - B, F = C + G
    /// X = E F, Y = G H, T = E H, Z = F G
    /// ```
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
    fn double(self) -> Self {
        let [a, b, z2] = [self.x, self.y, self.z].map(|coordinate| coordinate.carry().square());
        let (g, h) = (a.minus(b), a.plus(b));
        let e = h.sum().minus(self.x.plus(self.y).square());
        let f = z2.twice().plus(g.sum());
        Self::of(e, f, g, h)
    }

    /// ```text
    /// A = (Y1 - X1)(Y2 - X2), B = (Y1 + X1)(Y2 + X2), C = T1 2d T2, D = Z1 2 Z2
    /// E = B - A, F = D - C, G = D + C, H = B + A
    /// X = E F, Y = G H, T = E H, Z = F G
    /// ```
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
    fn add(self, other: Summands) -> Self {
        let a = self.y.minus(self.x).mul(other.minus);
        let b = self.y.plus(self.x).mul(other.plus);
        let c = self.t.mul(other.t);
        let d = other.z.map_or_else(|| self.z.twice(), |z| self.z.carry().mul(z));
        Self::of(b.minus(a), d.minus(c), d.plus(c), b.plus(a))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
    fn of(e: Factor8, f: Factor8, g: Factor8, h: Factor8) -> Self {
        Self { x: e.mul(f), y: g.mul(h), z: f.mul(g), t: e.mul(h).carry() }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
    fn summands(self) -> Summands {
        let t = self.t.mul(Factor8::splat(TWICE_D)).carry();
        let z = Some(self.z.twice().carry());
        Summands { plus: self.y.plus(self.x), minus: self.y.minus(self.x), z, t }
    }

    /// Each lane with the sum of itself and the one that `f` brings to it.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
    fn fold(self, f: impl Fn(__m512i) -> __m512i) -> Self {
        let Self { x, y, z, t } = self;
        self.add(Self { x: x.map(&f), y: y.map(&f), z: z.map(&f), t: t.map(&f) }.summands())
    }
}

/// The digits of a clamped scalar.
pub(super) type Digits = [i8; 64];

/// Signed digits in radix 16 of a clamped scalar, which is below 2^255: the last one is up to 8.
pub(super) fn digits(clamped: &[u8; 32]) -> Digits {
    let (mut digits, mut carry) = ([0; 64], 0);
    for (pair, byte) in digits.as_chunks_mut::<2>().0.iter_mut().zip(clamped) {
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

/// The digits `2 (8 l + r) + parity` for l = 0..3, and those of another r.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
fn digit_lanes(digits: &Digits, rows: [usize; 2], parity: usize) -> __m512i {
    let digit = |row: usize, l: usize| i64::from(digits[2 * (8 * l + rows[row]) + parity]);
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

/// `u = (Z + Y) / (Z - Y)` of the points in the lanes 0 to 3, which are the same, and of those in 4 to 7.
#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
fn montgomery(points: Points) -> [[u8; 32]; 2] {
    let quotient = [points.z.plus(points.y), points.z.minus(points.y)].map(|wide| {
        let low = Factor4(wide.0.map(|limb| _mm512_castsi512_si256(limb)));
        low.blend(0b10, Factor4(wide.0.map(|limb| _mm512_extracti64x4_epi64::<1>(limb))))
    });
    let [first, second, ..] = quotient[0].mul(quotient[1].invert()).carry().lanes();
    [to_bytes(first), to_bytes(second)]
}

/// The u-coordinates of k P and k Q.
#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
pub(super) fn multiples([p, q]: [&Table; 2], k: &Digits) -> [[u8; 32]; 2] {
    let mut sums = Points::neutral();
    for parity in [1, 0] {
        for r in 0..8 {
            sums = sums.add(lookup([&p.0[r], &q.0[r]], digit_lanes(k, [r, r], parity)));
        }
        if parity == 1 {
            sums = sums.double().double().double().double();
        }
    }
    let sums = sums.fold(|word| _mm512_permutex_epi64::<0b01_00_11_10>(word));
    montgomery(sums.fold(|word| _mm512_permutex_epi64::<0b10_11_00_01>(word)))
}

impl Table {
    /// The u-coordinate of k P.
    #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
    pub(super) fn multiple(&self, k: &Digits) -> [u8; 32] {
        let mut sum = Points::neutral();
        for parity in [1, 0] {
            for r in 0..4 {
                let digits = digit_lanes(k, [r, r + 4], parity);
                sum = sum.add(lookup([&self.0[r], &self.0[r + 4]], digits));
            }
            if parity == 1 {
                sum = sum.double().double().double().double();
            }
        }
        let sum = sum.fold(|word| _mm512_shuffle_i64x2::<0b01_00_11_10>(word, word));
        let sum = sum.fold(|word| _mm512_permutex_epi64::<0b01_00_11_10>(word));
        montgomery(sum.fold(|word| _mm512_permutex_epi64::<0b10_11_00_01>(word)))[0]
    }

    /// `None` for a point of the twist, and for u = 0. The point is public.
    #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
    pub(super) fn new(u: Limbs) -> Option<Box<Self>> {
        let mut point = edwards_vartime(Factor8::splat(u))?;
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
        Some(table)
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

/// The points with this u-coordinate are (x, y) and (-x, y), whose multiples have the same u: one of them. `None` for a
/// point of the twist and for u = 0. Public, and the same in all lanes.
///
/// ```text
/// v = sqrt(u^3 + A u^2 + u), x = sqrt(-486664) u / v, y = (u - 1) / (u + 1)      RFC 7748 section 4.1
/// ```
#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
fn edwards_vartime(u: Factor8) -> Option<Points> {
    let one = Factor8::splat(ONE);
    let w = u.square().plus(u.mul(Factor8::splat(A))).sum().plus(one.sum()).mul(u).carry();
    // A square root, if there is one, is w^((p + 3) / 8) = w^(2^252 - 2), or that times the root of -1.
    let (p250, _) = w.power_250();
    let root = p250.square().carry().square().carry().mul(w).carry().mul(w).carry();
    let roots = [root, root.mul(Factor8::splat(ROOT_OF_MINUS_ONE)).carry()];
    let v = roots.into_iter().find(|root| bytes(root.square().carry()) == bytes(w))?;

    let (above, below) = (u.sum().plus(one.sum()), u.sum().minus(one.sum()));
    let x = u.mul(Factor8::splat(ROOT)).carry();
    let z = v.mul(above);
    let point = Points { x: x.mul(above), y: below.mul(v), z, t: x.mul(below).carry() };
    (bytes(z.carry()) != [0; 32]).then_some(point)
}

/// What is in all lanes, and public.
#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
fn bytes(element: Factor8) -> [u8; 32] {
    to_bytes(element.lanes()[0])
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
    use crate::kernel::Tier;

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
            std::println!("edwards25519: NOT RUN without AVX-512");
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
