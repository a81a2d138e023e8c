// SPDX-License-Identifier: MIT OR Apache-2.0
//! The field of 2^255 - 19 elements in AVX-512 IFMA: four or eight elements at once, one in each lane.
//!
//! An element is five limbs in radix 2^51, x = x0 + 2^51 x1 + 2^102 x2 + 2^153 x3 + 2^204 x4, each in a register. IFMA
//! multiplies the low 52 bits of two words and adds either the low or the high 52 bits of the product. The types keep
//! the bounds of the limbs:
//!
//! ```text
//! factor   below 2^52, after a carry below 2^51 + 2^17: what can be multiplied
//! sum      at most 2^62 - 2^16: products, and twice a product, not carried
//! ```
//!
//! Registers of a multiplication: 5 + 5 for the factors, 9 for the low and 9 for the high halves of the products.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "the bounds of limbs and their numbers"
)]

use core::arch::x86_64::{
    __m256i, __m512i, _mm256_add_epi64, _mm256_and_si256, _mm256_madd52hi_epu64, _mm256_madd52lo_epu64,
    _mm256_mask_blend_epi64, _mm256_rol_epi64, _mm256_set1_epi64x, _mm256_setzero_si256, _mm256_srli_epi64,
    _mm256_storeu_si256, _mm256_sub_epi64, _mm512_add_epi64, _mm512_and_si512, _mm512_madd52hi_epu64,
    _mm512_madd52lo_epu64, _mm512_mask_blend_epi64, _mm512_rol_epi64, _mm512_set1_epi64,
    _mm512_setzero_si512, _mm512_srli_epi64, _mm512_storeu_si512, _mm512_sub_epi64,
};

pub(super) const MASK: u64 = (1 << 51) - 1;

/// 2^11 p, so that `2^11 p - x` has no negative limb for a sum x: each is at least 2^62 - 2^16, and below 2^62.
const MULTIPLE_OF_P: [u64; 5] = [
    ((1 << 51) - 19) << 11,
    ((1 << 51) - 1) << 11,
    ((1 << 51) - 1) << 11,
    ((1 << 51) - 1) << 11,
    ((1 << 51) - 1) << 11,
];

/// The limbs of one element, below 2^52; of one that is a factor next, below 2^51.
pub(super) type Limbs = [u64; 5];

/// Little-endian; the top bit is ignored, RFC 7748 section 5.
pub(super) fn from_bytes(bytes: &[u8; 32]) -> Limbs {
    let mut words = [0; 4];
    for (word, bytes) in words.iter_mut().zip(bytes.as_chunks().0) {
        *word = u64::from_le_bytes(*bytes);
    }
    let [a, b, c, d] = words;
    let limbs = [a, a >> 51 | b << 13, b >> 38 | c << 26, c >> 25 | d << 39, d >> 12];
    limbs.map(|limb| limb & MASK)
}

/// Little-endian, below p, of limbs below 2^52.
pub(super) fn to_bytes(limbs: Limbs) -> [u8; 32] {
    // The second carry leaves every limb below 2^51: when the first one came back to limb 0, that is near zero.
    let (limbs, carry) = carry_through(limbs, 0);
    let (limbs, carry) = carry_through(limbs, carry.wrapping_mul(19));
    let (limbs, _) = carry_through(limbs, carry.wrapping_mul(19));
    // The quotient by p is 1 when x + 19 reaches 2^255, and then x - p = x + 19 - 2^255.
    let (_, quotient) = carry_through(limbs, 19);
    let ([a, b, c, d, e], _) = carry_through(limbs, quotient.wrapping_mul(19));
    let words = [a | b << 51, b >> 13 | c << 38, c >> 26 | d << 25, d >> 39 | e << 12];
    let mut bytes = [0; 32];
    for (to, word) in bytes.as_chunks_mut().0.iter_mut().zip(words) {
        *to = word.to_le_bytes();
    }
    bytes
}

/// Limbs below 2^51 of `limbs + carry`, and the multiple of 2^255 that is left.
fn carry_through(mut limbs: Limbs, mut carry: u64) -> (Limbs, u64) {
    for limb in &mut limbs {
        let sum = limb.wrapping_add(carry);
        (*limb, carry) = (sum & MASK, sum >> 51);
    }
    (limbs, carry)
}

/// `Factor` and `Sum` for registers of one width.
macro_rules! field {
    (
        $factor:ident, $sum:ident, $word:ty, $lanes:literal, $features:literal,
        $zero:ident, $set:ident, $add:ident, $sub:ident, $and:ident, $right:ident, $rotate:ident,
        $low:ident, $high:ident, $blend:ident, $store:ident
    ) => {
        /// Elements that can be multiplied.
        #[derive(Clone, Copy)]
        pub(super) struct $factor(pub(super) [$word; 5]);

        /// Products of factors, or sums of two of them.
        #[derive(Clone, Copy)]
        pub(super) struct $sum([$word; 5]);

        impl $factor {
            #[inline]
            #[target_feature(enable = $features)]
            pub(super) fn splat(limbs: Limbs) -> Self {
                Self(limbs.map(|limb| $set(limb.cast_signed())))
            }

            #[inline]
            #[target_feature(enable = $features)]
            pub(super) fn map(self, f: impl Fn($word) -> $word) -> Self {
                Self(self.0.map(f))
            }

            /// The lanes of `other` where `mask` has a bit, and of `self` elsewhere.
            #[inline]
            #[target_feature(enable = $features)]
            pub(super) fn blend(self, mask: u8, other: Self) -> Self {
                Self(self.sum().blend(mask, other.sum()).0)
            }

            #[inline]
            #[target_feature(enable = $features)]
            pub(super) const fn sum(self) -> $sum {
                $sum(self.0)
            }

            #[inline]
            #[target_feature(enable = $features)]
            pub(super) fn mul(self, other: Self) -> $sum {
                let (mut low, mut high) = ([$zero(); 9], [$zero(); 9]);
                for (i, a) in self.0.into_iter().enumerate() {
                    for (j, b) in other.0.into_iter().enumerate() {
                        low[i + j] = $low(low[i + j], a, b);
                        high[i + j] = $high(high[i + j], a, b);
                    }
                }
                $sum::of(low, high)
            }

            /// The products of different limbs occur twice.
            #[inline]
            #[target_feature(enable = $features)]
            pub(super) fn square(self) -> $sum {
                let (mut low, mut high) = ([$zero(); 9], [$zero(); 9]);
                for (i, a) in self.0.into_iter().enumerate() {
                    for (j, b) in self.0.into_iter().enumerate().skip(i + 1) {
                        low[i + j] = $low(low[i + j], a, b);
                        high[i + j] = $high(high[i + j], a, b);
                    }
                }
                low = low.map(|word| $add(word, word));
                high = high.map(|word| $add(word, word));
                for (i, a) in self.0.into_iter().enumerate() {
                    low[2 * i] = $low(low[2 * i], a, a);
                    high[2 * i] = $high(high[2 * i], a, a);
                }
                $sum::of(low, high)
            }

            #[target_feature(enable = $features)]
            fn square_times(self, n: u32) -> Self {
                (0..n).fold(self, |x, _| x.square().carry())
            }

            /// `x^(2^250 - 1)` and `x^11`.
            #[target_feature(enable = $features)]
            pub(super) fn power_250(self) -> (Self, Self) {
                let times = |a: Self, b: Self| a.mul(b).carry();
                let x2 = self.square_times(1);
                let x9 = times(x2.square_times(2), self);
                let x11 = times(x9, x2);
                let p5 = times(x11.square_times(1), x9); // x^(2^5 - 1)
                let p10 = times(p5.square_times(5), p5);
                let p20 = times(p10.square_times(10), p10);
                let p40 = times(p20.square_times(20), p20);
                let p50 = times(p40.square_times(10), p10);
                let p100 = times(p50.square_times(50), p50);
                let p200 = times(p100.square_times(100), p100);
                (times(p200.square_times(50), p50), x11)
            }

            /// `1 / x = x^(p - 2) = x^(2^255 - 21)`; zero for zero.
            #[target_feature(enable = $features)]
            pub(super) fn invert(self) -> Self {
                let (p250, x11) = self.power_250();
                p250.square_times(5).mul(x11).carry()
            }

            #[target_feature(enable = $features)]
            #[expect(unsafe_code, reason = "a store")]
            pub(super) fn lanes(self) -> [Limbs; $lanes] {
                let limbs = self.0.map(|limb| {
                    let mut lanes = [0_u64; $lanes];
                    // SAFETY: the array has the size of the register.
                    unsafe { $store(lanes.as_mut_ptr().cast(), limb) };
                    lanes
                });
                core::array::from_fn(|lane| limbs.map(|limb| limb[lane]))
            }
        }

        impl $sum {
            /// From the low and high halves of products. A high half counts twice, 2^52 being 2 * 2^51, one limb further:
            ///
            /// ```text
            /// r_k = low_k + 2 high_(k-1)   k = 0..9, 5 + 2 * 4 or 4 + 2 * 5 halves: at most 14 * 2^52
            /// x_k = r_k + 19 r_(k+5)       k = 0..4, at most 280 * 2^52 < 2^61 - 2^16
            /// ```
            #[inline]
            #[target_feature(enable = $features)]
            fn of(low: [$word; 9], high: [$word; 9]) -> Self {
                let mut r = [$zero(); 10];
                for k in 0..9 {
                    r[k] = $add(r[k], low[k]);
                    r[k + 1] = $add(high[k], high[k]);
                }
                let mut x = [$zero(); 5];
                for k in 0..5 {
                    // 19 = 1 + 2 + 16. A rotation loses nothing, and the compiler makes no slow multiplication of it.
                    let (one, two, sixteen) = (r[k + 5], $rotate::<1>(r[k + 5]), $rotate::<4>(r[k + 5]));
                    x[k] = $add($add(r[k], one), $add(two, sixteen));
                }
                Self(x)
            }

            /// What exceeds 51 bits of a word below 2^63 is below 2^12 and goes to the next limb, from the last to the first one 19-fold, because
            /// 2^255 = 19 (mod p).
            #[inline]
            #[target_feature(enable = $features)]
            pub(super) fn carry(self) -> $factor {
                let mask = $set(MASK.cast_signed());
                let [x0, x1, x2, x3, x4] = self.0.map(|limb| $and(limb, mask));
                let [c0, c1, c2, c3, c4] = self.0.map(|limb| $right::<51>(limb));
                $factor([$low(x0, c4, $set(19)), $add(x1, c0), $add(x2, c1), $add(x3, c2), $add(x4, c3)])
            }

            /// The lanes of `other` where `mask` has a bit, and of `self` elsewhere.
            #[inline]
            #[target_feature(enable = $features)]
            pub(super) fn blend(self, mask: u8, other: Self) -> Self {
                let ([a, b, c, d, e], [v, w, x, y, z]) = (self.0, other.0);
                let blend = |a, b| $blend(mask, a, b);
                Self([blend(a, v), blend(b, w), blend(c, x), blend(d, y), blend(e, z)])
            }

            #[inline]
            #[target_feature(enable = $features)]
            pub(super) fn map(self, f: impl Fn($word) -> $word) -> Self {
                Self(self.0.map(f))
            }

            /// `2^11 p - self` in the lanes of `mask`: below 2^62, to be added to something.
            #[inline]
            #[target_feature(enable = $features)]
            pub(super) fn negative_in(self, mask: u8) -> Self {
                let ([a, b, c, d, e], [v, w, x, y, z]) = (self.0, MULTIPLE_OF_P);
                let sub = |limb, p: u64| $sub($set(p.cast_signed()), limb);
                self.blend(mask, Self([sub(a, v), sub(b, w), sub(c, x), sub(d, y), sub(e, z)]))
            }

            /// Limbs below 2^62 are added: below 2^63, of which 12 bits are carried.
            #[inline]
            #[target_feature(enable = $features)]
            pub(super) fn plus(self, other: Self) -> $factor {
                let ([a, b, c, d, e], [v, w, x, y, z]) = (self.0, other.0);
                Self([$add(a, v), $add(b, w), $add(c, x), $add(d, y), $add(e, z)]).carry()
            }
        }
    };
}

field!(
    Factor4,
    Sum4,
    __m256i,
    4,
    "avx512f,avx512vl,avx512ifma",
    _mm256_setzero_si256,
    _mm256_set1_epi64x,
    _mm256_add_epi64,
    _mm256_sub_epi64,
    _mm256_and_si256,
    _mm256_srli_epi64,
    _mm256_rol_epi64,
    _mm256_madd52lo_epu64,
    _mm256_madd52hi_epu64,
    _mm256_mask_blend_epi64,
    _mm256_storeu_si256
);

field!(
    Factor8,
    Sum8,
    __m512i,
    8,
    "avx512f,avx512vl,avx512ifma",
    _mm512_setzero_si512,
    _mm512_set1_epi64,
    _mm512_add_epi64,
    _mm512_sub_epi64,
    _mm512_and_si512,
    _mm512_srli_epi64,
    _mm512_rol_epi64,
    _mm512_madd52lo_epu64,
    _mm512_madd52hi_epu64,
    _mm512_mask_blend_epi64,
    _mm512_storeu_si512
);

impl Factor8 {
    /// `2p - self` in the lanes of `mask`, where limbs are below 2^51.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
    pub(super) fn negative_in(self, mask: u8) -> Self {
        let ([a, b, c, d, e], [v, w, x, y, z]) = (self.0, MULTIPLE_OF_P);
        let sub = |limb, p: u64| _mm512_sub_epi64(_mm512_set1_epi64((p >> 10).cast_signed()), limb);
        self.blend(mask, Self([sub(a, v), sub(b, w), sub(c, x), sub(d, y), sub(e, z)]))
    }
}

impl Sum8 {
    /// Twice a product or a factor.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
    pub(super) fn twice(self) -> Self {
        self.map(|limb| _mm512_add_epi64(limb, limb))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
    pub(super) fn minus(self, other: Self) -> Factor8 {
        self.plus(other.negative_in(!0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Tier;

    const P: Limbs = [MASK - 18, MASK, MASK, MASK, MASK];

    fn bytes(low: u8, others: u8, high: u8) -> [u8; 32] {
        core::array::from_fn(|i| [low, others, high][usize::from(i > 0) + usize::from(i == 31)])
    }

    #[test]
    fn bytes_are_below_p() {
        let full = (1 << 52) - 1;
        for (limbs, expected) in [
            ([0; 5], bytes(0, 0, 0)),
            ([P[0] - 1, P[1], P[2], P[3], P[4]], bytes(0xec, 0xff, 0x7f)),
            (P, bytes(0, 0, 0)),
            ([P[0] + 1, P[1], P[2], P[3], P[4]], bytes(1, 0, 0)),
            ([MASK; 5], bytes(18, 0, 0)),
            ([MASK + 1, MASK, MASK, MASK, MASK], bytes(19, 0, 0)),
            (P.map(|limb| 2 * limb), bytes(0, 0, 0)),
            ([2 * P[0] - 1, 2 * P[1], 2 * P[2], 2 * P[3], 2 * P[4]], bytes(0xec, 0xff, 0x7f)),
        ] {
            assert_eq!(to_bytes(limbs), expected, "{limbs:x?}");
        }
        assert_eq!(to_bytes(from_bytes(&bytes(0xed, 0xff, 0xff))), [0; 32]);
        assert_ne!(to_bytes([full; 5]), [0; 32]);
    }

    /// Limbs anywhere below 2^52, and the same element in limbs below 2^51, give the same results.
    #[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
    fn check(a: Limbs, b: Limbs) {
        let reduced = [a, b].map(|limbs| from_bytes(&to_bytes(limbs)));
        let results = [[a, b], reduced].map(|[a, b]| {
            let [a8, b8] = [a, b].map(|limbs| Factor8::splat(limbs));
            let [a4, b4] = [a, b].map(|limbs| Factor4::splat(limbs));
            let (product, square) = (a8.mul(b8), a8.square());
            let eight = [
                product.carry(),
                square.carry(),
                product.twice().plus(square.twice()),
                square.twice().minus(product.twice()),
                product.minus(square),
                a8.sum().minus(b8.sum()),
                a8.sum().carry(),
            ];
            let four = [
                a4.mul(b4).carry(),
                a4.square().carry(),
                a4.sum().plus(b4.mul(b4).negative_in(0b1111)),
                a4.sum().carry().invert().mul(a4).carry(),
            ];
            assert_eq!(to_bytes(a8.mul(a8).carry().lanes()[7]), to_bytes(eight[1].lanes()[0]));
            assert_eq!(to_bytes(a4.mul(a4).carry().lanes()[3]), to_bytes(four[1].lanes()[0]));
            let one = usize::from(to_bytes(a) != [0; 32]);
            assert_eq!(to_bytes(four[3].lanes()[0]), bytes(u8::try_from(one).unwrap(), 0, 0));
            (eight.map(|e| to_bytes(e.lanes()[3])), four.map(|e| to_bytes(e.lanes()[2])))
        });
        assert_eq!(results[0], results[1], "{a:x?} {b:x?}");
    }

    #[test]
    #[expect(unsafe_code, reason = "dispatch")]
    fn limbs_at_their_bounds_are_those_of_the_same_element() {
        if Tier::of_this_machine() < Tier::Avx512 {
            std::println!("field25519: NOT RUN without AVX-512");
            return;
        }
        let edges = [0, 1, MASK - 18, MASK, MASK + 1, MASK + (1 << 17), (1 << 52) - 1];
        let mut elements: std::vec::Vec<Limbs> = edges.map(|edge| [edge; 5]).into();
        for (i, edge) in edges.into_iter().enumerate() {
            elements.push(core::array::from_fn(|k| if k == i % 5 { edge } else { edges[(i + k) % 7] }));
        }
        for a in &elements {
            for b in &elements {
                // SAFETY: this processor has what the tier stands for.
                unsafe { check(*a, *b) };
            }
        }
    }
}
