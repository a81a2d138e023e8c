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

use crate::kernel::field25519::{Fe, Fe8, MASK, splat};
use alloc::boxed::Box;
use core::arch::x86_64::{
    __m256i, __m512i, _mm512_abs_epi64, _mm512_and_si512, _mm512_castsi512_si256, _mm512_cmpeq_epi64_mask,
    _mm512_extracti64x4_epi64, _mm512_mask_broadcast_i64x4, _mm512_movepi64_mask, _mm512_or_si512,
    _mm512_permutex_epi64, _mm512_set_epi64, _mm512_setzero_si512, _mm512_shuffle_i64x2, _mm512_slli_epi64,
    _mm512_srli_epi64,
};

const TWICE_D: Fe = Fe([0x6_9b94_26b2_f159, 0x3_5050_762a_dd7a, 0x3_cf44_c003_8052, 0x6_738c_c740_7977, 0x2_406d_9dc5_6dff]);
/// The square root of -486664, which takes curve25519 to edwards25519 (RFC 7748 section 4.1).
const ROOT: Fe = Fe([0x6_04aa_ff45_7e06, 0x2_296f_a350_598d, 0x7_f13d_fb16_874f, 0x3_5de9_3d84_6e01, 0xf26e_df46_0a00]);
const A: Fe = Fe([486_662, 0, 0, 0, 0]);

/// `m 256^i P` for m = 1..8 and four i, as the words of y + x, y - x and 2dxy, four of 64 bits each.
type Row = [[__m256i; 12]; 8];

/// Multiples of a point, 24 KiB.
pub(super) struct Table([Row; 8]);

/// Eight points.
#[derive(Clone, Copy)]
struct Points {
    x: Fe8,
    y: Fe8,
    z: Fe8,
    t: Fe8,
}

/// Eight points to be added: Y + X, Y - X, 2Z and 2dT, factors; `None` for 2Z of affine points, which is 2.
#[derive(Clone, Copy)]
struct Summands {
    plus: Fe8,
    minus: Fe8,
    z: Option<Fe8>,
    t: Fe8,
}

impl Points {
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn neutral() -> Self {
        let (zero, one) = (Fe8::splat(Fe::ZERO), Fe8::splat(Fe::ONE));
        Self { x: zero, y: one, z: one, t: zero }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn map(self, f: impl Fn(Fe8) -> Fe8) -> Self {
        Self { x: f(self.x), y: f(self.y), z: f(self.z), t: f(self.t) }
    }

    /// ```text
    /// A = X^2, B = Y^2, C = 2 Z^2, H = A + B, E = H - (X + Y)^2, G = A - B, F = C + G
    /// X = E F, Y = G H, T = E H, Z = F G
    /// ```
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn double(self) -> Self {
        let (a, b, c) = (self.x.square(), self.y.square(), self.z.square());
        let e = self.x.add(self.y).square();
        let g = a.plus(b.negative());
        let f = c.plus(c).plus(g).carry();
        let h = a.plus(b);
        Self::of(h.plus(e.negative()).carry(), f, g.carry(), h.carry())
    }

    /// ```text
    /// A = (Y1 - X1)(Y2 - X2), B = (Y1 + X1)(Y2 + X2), C = T1 2d T2, D = Z1 2 Z2
    /// E = B - A, F = D - C, G = D + C, H = B + A
    /// X = E F, Y = G H, T = E H, Z = F G
    /// ```
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn add(self, other: Summands) -> Self {
        let a = self.y.sub(self.x).mul(other.minus);
        let b = self.y.add(self.x).mul(other.plus);
        let c = self.t.mul(other.t);
        let d = other.z.map_or(self.z.plus(self.z), |z| self.z.mul(z));
        Self::of(b.sub(a), d.sub(c), d.add(c), b.add(a))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn of(e: Fe8, f: Fe8, g: Fe8, h: Fe8) -> Self {
        Self { x: e.mul(f), y: g.mul(h), z: f.mul(g), t: e.mul(h) }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn summands(self) -> Summands {
        let z = Some(self.z.add(self.z));
        let t = self.t.mul(Fe8::splat(TWICE_D));
        Summands { plus: self.y.add(self.x), minus: self.y.sub(self.x), z, t }
    }

    /// Each lane with the sum of itself and the one that `f` brings to it.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn fold(self, f: impl Fn(__m512i) -> __m512i) -> Self {
        self.add(self.map(|fe| fe.map(&f)).summands())
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
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn lookup(rows: [&Row; 2], digits: __m512i) -> Summands {
    let (one, zero) = (splat(1), _mm512_setzero_si512());
    let mut words = [one, zero, zero, zero, one, zero, zero, zero, zero, zero, zero, zero];
    let (negative, magnitude) = (_mm512_movepi64_mask(digits), _mm512_abs_epi64(digits));
    for ((low, high), m) in rows[0].iter().zip(rows[1]).zip(1..) {
        // Every entry is read; the masks pick.
        let found = _mm512_cmpeq_epi64_mask(magnitude, splat(m));
        for ((word, low), high) in words.iter_mut().zip(low).zip(high) {
            *word = _mm512_mask_broadcast_i64x4(*word, found & 0x0f, *low);
            *word = _mm512_mask_broadcast_i64x4(*word, found & 0xf0, *high);
        }
    }
    let [a, b, c, d, e, f, g, h, i, j, k, l] = words;
    let (plus, minus, t) = (unpack([a, b, c, d]), unpack([e, f, g, h]), unpack([i, j, k, l]));
    // -(x, y) = (-x, y). No limb is above 2^51, so 2p - t is a factor.
    Summands {
        plus: plus.blend(negative, minus),
        minus: minus.blend(negative, plus),
        z: None,
        t: t.blend(negative, t.negative()),
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn unpack([a, b, c, d]: [__m512i; 4]) -> Fe8 {
    let mask = |word| _mm512_and_si512(word, splat(MASK));
    Fe8([
        mask(a),
        mask(_mm512_or_si512(_mm512_srli_epi64::<51>(a), _mm512_slli_epi64::<13>(b))),
        mask(_mm512_or_si512(_mm512_srli_epi64::<38>(b), _mm512_slli_epi64::<26>(c))),
        mask(_mm512_or_si512(_mm512_srli_epi64::<25>(c), _mm512_slli_epi64::<39>(d))),
        _mm512_srli_epi64::<12>(d),
    ])
}

/// The digits `2 (8 l + r) + parity` for l = 0..3, and those of another r.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
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

/// `u = (Z + Y) / (Z - Y)` as numerator and denominator, of the points in the lanes 0 and 4.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn montgomery(points: Points) -> [[Fe; 2]; 2] {
    let (numerators, denominators) = (points.z.add(points.y), points.z.sub(points.y));
    let (n, d) = (numerators.lanes(), denominators.lanes());
    [[n[0], d[0]], [n[4], d[4]]]
}

/// The u-coordinate of k P, as a fraction.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn multiple(table: &Table, k: &Digits) -> [Fe; 2] {
    let mut sum = Points::neutral();
    for parity in [1, 0] {
        for r in 0..4 {
            let digits = digit_lanes(k, [r, r + 4], parity);
            sum = sum.add(lookup([&table.0[r], &table.0[r + 4]], digits));
        }
        if parity == 1 {
            sum = (0..4).fold(sum, |sum, _| sum.double());
        }
    }
    let sum = sum
        .fold(|word| _mm512_shuffle_i64x2::<0b01_00_11_10>(word, word))
        .fold(|word| _mm512_permutex_epi64::<0b01_00_11_10>(word))
        .fold(|word| _mm512_permutex_epi64::<0b10_11_00_01>(word));
    montgomery(sum)[0]
}

/// The u-coordinates of k P and k Q, as fractions.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn multiple_of_two(tables: [&Table; 2], k: &Digits) -> [[Fe; 2]; 2] {
    let mut sums = Points::neutral();
    for parity in [1, 0] {
        for r in 0..8 {
            let digits = digit_lanes(k, [r, r], parity);
            sums = sums.add(lookup([&tables[0].0[r], &tables[1].0[r]], digits));
        }
        if parity == 1 {
            sums = (0..4).fold(sums, |sums, _| sums.double());
        }
    }
    let sums = sums
        .fold(|word| _mm512_permutex_epi64::<0b01_00_11_10>(word))
        .fold(|word| _mm512_permutex_epi64::<0b10_11_00_01>(word));
    montgomery(sums)
}

/// The points with this u-coordinate are (x, y) and (-x, y), whose multiples have the same u: one of them, or `None`
/// for a point of the twist and for u = 0. Public.
///
/// ```text
/// v = sqrt(u^3 + A u^2 + u), x = sqrt(-486664) u / v, y = (u - 1) / (u + 1)      RFC 7748 section 4.1
/// ```
fn edwards_vartime(u: Fe) -> Option<[Fe; 4]> {
    let v = u.square().add(A.mul(u)).add(Fe::ONE).mul(u).sqrt_vartime()?;
    let (above, below) = (u.add(Fe::ONE), u.sub(Fe::ONE));
    let (x, y, z) = (ROOT.mul(u).mul(above), below.mul(v), v.mul(above));
    let t = ROOT.mul(u).mul(below);
    (!z.equals_vartime(Fe::ZERO)).then_some([x, y, z, t])
}

impl Table {
    /// `None` for a point of the twist, and for u = 0. The point is public.
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    pub(super) fn new(u: Fe) -> Option<Box<Self>> {
        let [x, y, z, t] = edwards_vartime(u)?.map(|fe| Fe8::splat(fe));
        let mut point = Points { x, y, z, t };
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
        let mut multiples = [[Points::neutral(); 8]; 4];
        for row in &mut multiples {
            *row = Self::row(start);
            start = row[7].double().double().double().double().double(); // 8 * 2^5 = 256
        }
        let mut table = Box::new(Self([[[_mm512_castsi512_si256(_mm512_setzero_si512()); 12]; 8]; 8]));
        Self::normalise(multiples.as_flattened(), &mut table);
        Some(table)
    }

    /// `m P` for m = 1..8.
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn row(p: Points) -> [Points; 8] {
        let one = p.summands();
        let p2 = p.double();
        let p3 = p2.add(one);
        let p4 = p2.double();
        let p6 = p3.double();
        [p, p2, p3, p4, p4.add(one), p6, p6.add(one), p4.double()]
    }

    /// Affine coordinates, by one inversion: with p_n = z_0 ... z_n, 1/z_n = p_(n-1) / p_n.
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn normalise(points: &[Points], table: &mut Self) {
        let mut products = [Fe8::splat(Fe::ONE); 33];
        for (n, point) in points.iter().enumerate() {
            products[n + 1] = products[n].mul(point.z);
        }
        let mut inverse = inverses(products[points.len()]);
        for (n, point) in points.iter().enumerate().rev() {
            let reciprocal = inverse.mul(products[n]);
            inverse = inverse.mul(point.z);
            let (x, y) = (point.x.mul(reciprocal), point.y.mul(reciprocal));
            let t = x.mul(y).mul(Fe8::splat(TWICE_D));
            for (c, coordinate) in [y.add(x), y.sub(x), t].into_iter().enumerate() {
                for (w, word) in pack(coordinate).into_iter().enumerate() {
                    table.0[n / 8][n % 8][4 * c + w] = _mm512_castsi512_si256(word);
                    table.0[n / 8 + 4][n % 8][4 * c + w] = _mm512_extracti64x4_epi64::<1>(word);
                }
            }
        }
    }
}

/// The inverses of public elements.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn inverses(elements: Fe8) -> Fe8 {
    let inverses = elements.lanes().map(Fe::invert);
    let limb = |i: usize| {
        let [a, b, c, d, e, f, g, h] = inverses.map(|Fe(limbs)| limbs[i].cast_signed());
        _mm512_set_epi64(h, g, f, e, d, c, b, a)
    };
    Fe8([limb(0), limb(1), limb(2), limb(3), limb(4)])
}

/// Four words of a number below 2^255, which need not be below p.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn pack(element: Fe8) -> [__m512i; 4] {
    // Reduced limbs exceed 51 bits by at most one carry, which can pass through all limbs and come back to the first.
    let Fe8([a, b, c, d, e]) = (0..6).fold(element, |element, _| element.carry());
    let join = |low, high| _mm512_or_si512(low, high);
    [
        join(a, _mm512_slli_epi64::<51>(b)),
        join(_mm512_srli_epi64::<13>(b), _mm512_slli_epi64::<38>(c)),
        join(_mm512_srli_epi64::<26>(c), _mm512_slli_epi64::<25>(d)),
        join(_mm512_srli_epi64::<39>(d), _mm512_slli_epi64::<12>(e)),
    ]
}
