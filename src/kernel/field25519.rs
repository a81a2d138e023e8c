// SPDX-License-Identifier: MIT OR Apache-2.0
//! The field of 2^255 - 19 elements: eight of them at once in AVX-512 IFMA, and one by itself.
//!
//! An element is five limbs in radix 2^51, x = x0 + 2^51 x1 + 2^102 x2 + 2^153 x3 + 2^204 x4, of a 64-bit word each.
//! Three bounds of a limb occur, and every function says which it takes and gives:
//!
//! ```text
//! reduced   below 2^51 + 2^13
//! factor    below 2^52: what the multiplier of IFMA reads; it ignores higher bits
//! loose     below 2^61
//! ```
//!
//! Registers of a multiplication: 5 + 5 for the factors, 10 for the low and 10 for the high halves of the products.

use core::arch::x86_64::{
    __m512i, _mm512_add_epi64, _mm512_and_si512, _mm512_madd52hi_epu64, _mm512_madd52lo_epu64,
    _mm512_mask_blend_epi64, _mm512_set1_epi64, _mm512_setzero_si512, _mm512_slli_epi64, _mm512_srli_epi64,
    _mm512_storeu_si512, _mm512_sub_epi64,
};

pub(super) const MASK: u64 = (1 << 51) - 1;

/// Twice p, so that `2p - x` has no negative limb for a reduced x.
const TWICE_P: [u64; 5] = [(1 << 52) - 38, (1 << 52) - 2, (1 << 52) - 2, (1 << 52) - 2, (1 << 52) - 2];

/// Eight elements, one in each lane.
#[derive(Clone, Copy)]
pub(super) struct Fe8(pub(super) [__m512i; 5]);

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn splat(word: u64) -> __m512i {
    _mm512_set1_epi64(word.cast_signed())
}

impl Fe8 {
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn splat(Fe([a, b, c, d, e]): Fe) -> Self {
        Self([splat(a), splat(b), splat(c), splat(d), splat(e)])
    }

    #[target_feature(enable = "avx512f,avx512ifma")]
    #[expect(unsafe_code, reason = "a store")]
    pub(super) fn lanes(self) -> [Fe; 8] {
        let mut limbs = [[0_u64; 8]; 5];
        for (to, from) in limbs.iter_mut().zip(self.0) {
            // SAFETY: the array has the 64 bytes that are written.
            unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), from) };
        }
        core::array::from_fn(|lane| Fe(limbs.map(|limb| limb[lane])))
    }

    /// The same for every limb.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn map(self, f: impl Fn(__m512i) -> __m512i) -> Self {
        let [a, b, c, d, e] = self.0;
        Self([f(a), f(b), f(c), f(d), f(e)])
    }

    /// The lanes of `other` where `mask` has a bit, and of `self` elsewhere.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn blend(self, mask: u8, other: Self) -> Self {
        let ([a, b, c, d, e], [v, w, x, y, z]) = (self.0, other.0);
        let blend = |a, b| _mm512_mask_blend_epi64(mask, a, b);
        Self([blend(a, v), blend(b, w), blend(c, x), blend(d, y), blend(e, z)])
    }

    /// Limbs below 2^61 to reduced ones: what exceeds 51 bits is below 2^10 and goes to the next limb, from the last to
    /// the first 19-fold, 2^255 = 19 (mod p).
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn carry(self) -> Self {
        let mask = splat(MASK);
        let Self([c0, c1, c2, c3, c4]) = self.map(|limb| _mm512_srli_epi64::<51>(limb));
        let Self([x0, x1, x2, x3, x4]) = self.map(|limb| _mm512_and_si512(limb, mask));
        Self([
            _mm512_madd52lo_epu64(x0, c4, splat(19)),
            _mm512_add_epi64(x1, c0),
            _mm512_add_epi64(x2, c1),
            _mm512_add_epi64(x3, c2),
            _mm512_add_epi64(x4, c3),
        ])
    }

    /// The sum of the limbs, not carried.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn plus(self, other: Self) -> Self {
        let ([a, b, c, d, e], [v, w, x, y, z]) = (self.0, other.0);
        let add = |a, b| _mm512_add_epi64(a, b);
        Self([add(a, v), add(b, w), add(c, x), add(d, y), add(e, z)])
    }

    /// `2p - self` of a reduced element: below 2^52, not carried.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn negative(self) -> Self {
        let ([a, b, c, d, e], [v, w, x, y, z]) = (self.0, TWICE_P);
        let sub = |a, p| _mm512_sub_epi64(splat(p), a);
        Self([sub(a, v), sub(b, w), sub(c, x), sub(d, y), sub(e, z)])
    }

    /// The sum, reduced.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn add(self, other: Self) -> Self {
        self.plus(other).carry()
    }

    /// The difference, reduced; `other` is reduced.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn sub(self, other: Self) -> Self {
        self.plus(other.negative()).carry()
    }

    /// The product of two factors, reduced.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn mul(self, other: Self) -> Self {
        let (mut low, mut high) = ([_mm512_setzero_si512(); 10], [_mm512_setzero_si512(); 10]);
        for (i, a) in self.0.into_iter().enumerate() {
            for (j, b) in other.0.into_iter().enumerate() {
                low[i + j] = _mm512_madd52lo_epu64(low[i + j], a, b);
                high[i + j + 1] = _mm512_madd52hi_epu64(high[i + j + 1], a, b);
            }
        }
        fold(low, high)
    }

    /// The square of a factor, reduced: the products of different limbs occur twice.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn square(self) -> Self {
        let (mut low, mut high) = ([_mm512_setzero_si512(); 10], [_mm512_setzero_si512(); 10]);
        for (i, a) in self.0.into_iter().enumerate() {
            for (j, b) in self.0.into_iter().enumerate().skip(i + 1) {
                low[i + j] = _mm512_madd52lo_epu64(low[i + j], a, b);
                high[i + j + 1] = _mm512_madd52hi_epu64(high[i + j + 1], a, b);
            }
        }
        low = low.map(|word| _mm512_add_epi64(word, word));
        high = high.map(|word| _mm512_add_epi64(word, word));
        for (i, a) in self.0.into_iter().enumerate() {
            low[2 * i] = _mm512_madd52lo_epu64(low[2 * i], a, a);
            high[2 * i + 1] = _mm512_madd52hi_epu64(high[2 * i + 1], a, a);
        }
        fold(low, high)
    }
}

/// From the halves of the products of 52-bit factors to a reduced element. A high half counts twice, because
/// 2^52 is 2 * 2^51.
///
/// ```text
/// r_k = low_k + 2 high_k        k = 0..9, at most 5 low and 5 high halves, one of both sums having 4: below 14 * 2^52
/// x_k = r_k + 19 r_(k+5)        k = 0..4: below 280 * 2^52 < 2^61
/// ```
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn fold(low: [__m512i; 10], high: [__m512i; 10]) -> Fe8 {
    let mut r = [_mm512_setzero_si512(); 10];
    for k in 0..10 {
        r[k] = _mm512_add_epi64(low[k], _mm512_add_epi64(high[k], high[k]));
    }
    let mut x = [_mm512_setzero_si512(); 5];
    for k in 0..5 {
        // 19 = 16 + 2 + 1
        let above = r[k + 5];
        let three = _mm512_add_epi64(above, _mm512_add_epi64(above, above));
        let sixteen = _mm512_add_epi64(r[k], _mm512_slli_epi64::<4>(above));
        x[k] = _mm512_add_epi64(three, sixteen);
    }
    Fe8(x).carry()
}

/// One element; its limbs are below 2^52.
#[derive(Clone, Copy)]
pub(super) struct Fe(pub(super) [u64; 5]);

/// The product of two words in 128 bits, which it always fits.
fn wide(a: u64, b: u64) -> u128 {
    u128::from(a).wrapping_mul(u128::from(b))
}

impl Fe {
    pub(super) const ZERO: Self = Self([0; 5]);
    pub(super) const ONE: Self = Self([1, 0, 0, 0, 0]);

    /// Little-endian; the top bit is ignored, RFC 7748 section 5.
    pub(super) fn from_bytes(bytes: &[u8; 32]) -> Self {
        let mut words = [0; 4];
        for (word, bytes) in words.iter_mut().zip(bytes.as_chunks().0) {
            *word = u64::from_le_bytes(*bytes);
        }
        let [a, b, c, d] = words;
        Self([
            a & MASK,
            (a >> 51 | b << 13) & MASK,
            (b >> 38 | c << 26) & MASK,
            (c >> 25 | d << 39) & MASK,
            d >> 12 & MASK,
        ])
    }

    /// Little-endian, below p.
    pub(super) fn to_bytes(self) -> [u8; 32] {
        // Twice, then every limb is below 2^51: when the first round leaves a carry, the second starts near zero.
        let mut x = self.carry_through().carry_through().0;
        // The quotient by p is the carry out of x + 19, and p = 2^255 - 19.
        let carry = |q: u64, limb: &u64| limb.wrapping_add(q) >> 51;
        let mut q = x.iter().fold(19, carry).wrapping_mul(19);
        for limb in &mut x {
            let sum = limb.wrapping_add(q);
            (*limb, q) = (sum & MASK, sum >> 51);
        }
        let [a, b, c, d, e] = x;
        let words = [a | b << 51, b >> 13 | c << 38, c >> 26 | d << 25, d >> 39 | e << 12];
        let mut bytes = [0; 32];
        for (to, word) in bytes.as_chunks_mut().0.iter_mut().zip(words) {
            *to = word.to_le_bytes();
        }
        bytes
    }

    /// Limbs below 2^63 to limbs below 2^51, but for the first, which may exceed it by 19 times the last carry.
    fn carry_through(self) -> Self {
        let (mut x, mut carry) = (self.0, 0);
        for limb in &mut x {
            let sum = limb.wrapping_add(carry);
            (*limb, carry) = (sum & MASK, sum >> 51);
        }
        x[0] = x[0].wrapping_add(carry.wrapping_mul(19));
        Self(x)
    }

    pub(super) fn add(self, other: Self) -> Self {
        let (mut x, y) = (self.0, other.0);
        x.iter_mut().zip(y).for_each(|(x, y)| *x = x.wrapping_add(y));
        Self(x).carry_through()
    }

    /// `self + 2p - other`, whose limbs are below 2^52 - 38.
    pub(super) fn sub(self, other: Self) -> Self {
        let (mut x, y) = (self.0, other.0);
        x.iter_mut().zip(TWICE_P).zip(y).for_each(|((x, p), y)| *x = x.wrapping_add(p).wrapping_sub(y));
        Self(x).carry_through()
    }

    pub(super) fn mul(self, other: Self) -> Self {
        let [a0, a1, a2, a3, a4] = self.0;
        let [b0, b1, b2, b3, b4] = other.0;
        // Below 2^57.
        let [c1, c2, c3, c4] = [b1, b2, b3, b4].map(|b| b.wrapping_mul(19));
        Self::from_products([
            [wide(a0, b0), wide(a1, c4), wide(a2, c3), wide(a3, c2), wide(a4, c1)],
            [wide(a0, b1), wide(a1, b0), wide(a2, c4), wide(a3, c3), wide(a4, c2)],
            [wide(a0, b2), wide(a1, b1), wide(a2, b0), wide(a3, c4), wide(a4, c3)],
            [wide(a0, b3), wide(a1, b2), wide(a2, b1), wide(a3, b0), wide(a4, c4)],
            [wide(a0, b4), wide(a1, b3), wide(a2, b2), wide(a3, b1), wide(a4, b0)],
        ])
    }

    pub(super) fn square(self) -> Self {
        let [a0, a1, a2, a3, a4] = self.0;
        let [d0, d1, d2, d3] = [a0, a1, a2, a3].map(|a| a.wrapping_mul(2));
        let [c3, c4] = [a3, a4].map(|a| a.wrapping_mul(19));
        Self::from_products([
            [wide(a0, a0), wide(d1, c4), wide(d2, c3)],
            [wide(d0, a1), wide(d2, c4), wide(a3, c3)],
            [wide(d0, a2), wide(a1, a1), wide(d3, c4)],
            [wide(d0, a3), wide(d1, a2), wide(a4, c4)],
            [wide(d0, a4), wide(d1, a3), wide(a2, a2)],
        ])
    }

    /// From the products for each limb, below 2^112 together, to limbs below 2^51, the second one below 2^51 + 2^10.
    #[inline]
    fn from_products<const N: usize>(products: [[u128; N]; 5]) -> Self {
        let (mut x, mut carry) = ([0; 5], 0_u128);
        for (limb, products) in x.iter_mut().zip(products) {
            let sum = products.into_iter().fold(carry, u128::wrapping_add);
            *limb = low_word(sum) & MASK;
            carry = sum >> 51;
        }
        // No product for the last limb is 19-fold: its carry is below 2^56.
        let first = low_word(carry).wrapping_mul(19).wrapping_add(x[0]);
        x[0] = first & MASK;
        x[1] = x[1].wrapping_add(first >> 51);
        Self(x)
    }

    fn square_times(self, n: u32) -> Self {
        (0..n).fold(self, |x, _| x.square())
    }

    /// `x^(2^250 - 1)` and `x^11`.
    fn power_250(self) -> (Self, Self) {
        let x2 = self.square();
        let x9 = x2.square_times(2).mul(self);
        let x11 = x9.mul(x2);
        let p5 = x11.square().mul(x9); // 2^5 - 1
        let p10 = p5.square_times(5).mul(p5);
        let p20 = p10.square_times(10).mul(p10);
        let p40 = p20.square_times(20).mul(p20);
        let p50 = p40.square_times(10).mul(p10);
        let p100 = p50.square_times(50).mul(p50);
        let p200 = p100.square_times(100).mul(p100);
        (p200.square_times(50).mul(p50), x11)
    }

    /// `1 / x = x^(p - 2) = x^(2^255 - 21)`; zero for zero.
    pub(super) fn invert(self) -> Self {
        let (p250, x11) = self.power_250();
        p250.square_times(5).mul(x11)
    }

    /// A square root, public: `x^((p + 3) / 8) = x^(2^252 - 2)`, times the root of -1 where that is needed.
    pub(super) fn sqrt_vartime(self) -> Option<Self> {
        const ROOT_OF_MINUS_ONE: Fe =
            Fe([0x6_1b27_4a0e_a0b0, 0xd5a5_fc8f_189d, 0x7_ef5e_9cbd_0c60, 0x7_8595_a680_4c9e, 0x2_b832_4804_fc1d]);
        let root = self.power_250().0.square_times(2).mul(self).mul(self);
        [root, root.mul(ROOT_OF_MINUS_ONE)].into_iter().find(|root| root.square().equals_vartime(self))
    }

    pub(super) fn equals_vartime(self, other: Self) -> bool {
        self.to_bytes() == other.to_bytes()
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the low half")]
const fn low_word(wide: u128) -> u64 {
    wide as u64
}
