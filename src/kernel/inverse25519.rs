// SPDX-License-Identifier: MIT OR Apache-2.0
//! `1 / x` modulo p = 2^255 - 19 of one element, in constant time: the divsteps of Bernstein and Yang 2019
//! (<https://eprint.iacr.org/2019/266>), with delta starting at 1/2.
//!
//! ```text
//! f, g = p, x     d, e = 0, 1     f = d x, g = e x (mod p)
//! divstep: (delta, f, g) = (1 - delta, g, (g - f) / 2)    if delta > 0 and g is odd
//!                          (1 + delta, f, (g + (g mod 2) f) / 2) otherwise
//! ```
//! After 590 of them, whatever x is, g = 0 and f = 1 or -1, so that d or -d is `1 / x`; for x = 0 it is 0. They are made
//! 59 at a time, on the lowest word of f and g; the matrix of the 59 is then applied to all four numbers.
//!
//! Numbers are five limbs in radix 2^62, of which the last has the sign. x decides no branch and no address.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    unsafe_code,
    reason = "numbers of limbs; words of a wide number; a barrier"
)]

use crate::kernel::field25519::{Limbs, from_bytes, to_bytes};
use core::arch::asm;

type Number = [i64; 5];

/// `[[u, v], [q, r]]`
type Matrix = [i64; 4];

const MASK: i64 = (1 << 62) - 1;

/// p, with a limb that is negative.
const P: Number = [-19, 0, 0, 0, 128];

/// `1 / p = 1 / -19 (mod 2^62)`: x * x = 1 (mod 8) for odd x, and each turn doubles the bits.
const INVERSE_OF_P: i64 = {
    let (p, mut x, mut bits) = (P[0], P[0], 3);
    while bits < 62 {
        x = x.wrapping_mul(2_i64.wrapping_sub(p.wrapping_mul(x)));
        bits *= 2;
    }
    x
};

/// `1 / x`, below p in limbs below 2^51; zero for zero. Limbs of x below 2^52.
#[inline(never)]
pub(super) fn invert(x: Limbs) -> Limbs {
    let (mut f, mut g) = (P, number(&to_bytes(x)));
    let (mut d, mut e) = ([0; 5], [1, 0, 0, 0, 0]);
    let mut zeta = -1;
    for _ in 0..10 {
        let matrix = divsteps_59(&mut zeta, low(&f), low(&g));
        (d, e) = times_modulo_p(matrix, &d, &e);
        (f, g) = times(matrix, &f, &g);
    }
    // d is above -2 p and below p. With the sign of f, and p added where it is negative, it is between 0 and p.
    let d = plus_p_if_negative(d);
    let sign = opaque(f[4] >> 63);
    from_bytes(&bytes(plus_p_if_negative(carry(d.map(|limb| (limb ^ sign).wrapping_sub(sign))))))
}

/// The lowest 64 bits.
fn low(x: &Number) -> i64 {
    x[0] | x[1] << 62
}

fn number(bytes: &[u8; 32]) -> Number {
    let mut words = [0; 4];
    for (word, bytes) in words.iter_mut().zip(bytes.as_chunks().0) {
        *word = u64::from_le_bytes(*bytes);
    }
    let [a, b, c, d] = words;
    let limbs = [a, a >> 62 | b << 2, b >> 60 | c << 4, c >> 58 | d << 6];
    let [a, b, c, e] = limbs.map(|limb| limb.cast_signed() & MASK);
    [a, b, c, e, (d >> 56).cast_signed()]
}

/// Of a number from 0 to 2^256 - 1 with carried limbs.
fn bytes(x: Number) -> [u8; 32] {
    let [a, b, c, d, e] = x.map(i64::cast_unsigned);
    let mut bytes = [0; 32];
    let words = [a | b << 62, b >> 2 | c << 60, c >> 4 | d << 58, d >> 6 | e << 56];
    for (to, word) in bytes.as_chunks_mut().0.iter_mut().zip(words) {
        *to = word.to_le_bytes();
    }
    bytes
}

/// 59 divsteps on the lowest bits of f and g, and their matrix, times `2^62`. zeta is `-(delta + 1/2)`.
#[inline]
fn divsteps_59(zeta: &mut i64, mut f: i64, mut g: i64) -> Matrix {
    let [a, b, c, d] = divsteps::<30>(zeta, &mut f, &mut g);
    let [u, v, q, r] = divsteps::<29>(zeta, &mut f, &mut g);
    [wide(u, a, v, c), wide(u, b, v, d), wide(q, a, r, c), wide(q, b, r, d)].map(|sum| (sum as i64) << 3)
}

/// N divsteps and their matrix, times `2^N`, N at most 30. Each of its rows is in one word, `u + 2^32 v`.
#[inline]
fn divsteps<const N: u32>(zeta: &mut i64, f: &mut i64, g: &mut i64) -> Matrix {
    let (mut first, mut second) = (1_i64, 1_i64 << 32);
    for _ in 0..N {
        let positive = opaque(*zeta >> 63);
        let odd = opaque((*g & 1).wrapping_neg());
        let swap = positive & odd;
        let added = |x: i64| (x ^ positive).wrapping_sub(positive) & odd;
        let sums = (g.wrapping_add(added(*f)), second.wrapping_add(added(first)));
        *f ^= (*f ^ *g) & swap;
        first = (first ^ (first ^ second) & swap) << 1;
        (*g, second) = (sums.0 >> 1, sums.1);
        *zeta = (*zeta ^ swap).wrapping_sub(1);
    }
    let columns = |row: i64| {
        let low = i64::from(row as i32);
        (low, row.wrapping_sub(low) >> 32)
    };
    let ((u, v), (q, r)) = (columns(first), columns(second));
    [u, v, q, r]
}

/// A mask that the compiler knows nothing about, so that it makes no branch of it.
#[inline]
fn opaque(mut mask: i64) -> i64 {
    // SAFETY: no instruction.
    unsafe { asm!("/* {} */", inout(reg) mask, options(pure, nomem, nostack, preserves_flags)) };
    mask
}

/// `a b + c d`
#[inline]
fn wide(a: i64, b: i64, c: i64, d: i64) -> i128 {
    let product = |a, b| i128::from(a).wrapping_mul(i128::from(b));
    product(a, b).wrapping_add(product(c, d))
}

/// The products with f and g by `2^62`, which divides them.
#[inline]
fn times([u, v, q, r]: Matrix, f: &Number, g: &Number) -> (Number, Number) {
    let (mut to_f, mut to_g) = ([0; 5], [0; 5]);
    let (mut a, mut b) = (wide(u, f[0], v, g[0]) >> 62, wide(q, f[0], r, g[0]) >> 62);
    for i in 1..5 {
        a = a.wrapping_add(wide(u, f[i], v, g[i]));
        b = b.wrapping_add(wide(q, f[i], r, g[i]));
        (to_f[i - 1], to_g[i - 1]) = (a as i64 & MASK, b as i64 & MASK);
        (a, b) = (a >> 62, b >> 62);
    }
    (to_f[4], to_g[4]) = (a as i64, b as i64);
    (to_f, to_g)
}

/// The products with d and e by `2^62`, modulo p. What is above -2 p and below p stays so.
#[inline]
fn times_modulo_p([u, v, q, r]: Matrix, d: &Number, e: &Number) -> (Number, Number) {
    let (mut to_d, mut to_e) = ([0; 5], [0; 5]);
    let (mut a, m) = divisible(u, v, d, e);
    let (mut b, n) = divisible(q, r, d, e);
    for i in 1..5 {
        a = a.wrapping_add(wide(u, d[i], v, e[i])).wrapping_add(wide(m, P[i], 0, 0));
        b = b.wrapping_add(wide(q, d[i], r, e[i])).wrapping_add(wide(n, P[i], 0, 0));
        (to_d[i - 1], to_e[i - 1]) = (a as i64 & MASK, b as i64 & MASK);
        (a, b) = (a >> 62, b >> 62);
    }
    (to_d[4], to_e[4]) = (a as i64, b as i64);
    (to_d, to_e)
}

/// The multiple m of p that makes `u d + v e + m p` divisible by `2^62`, m being what brings negative d and e into range less
/// 0 to `2^62 - 1`; and what is carried from the first limb.
#[inline]
fn divisible(u: i64, v: i64, d: &Number, e: &Number) -> (i128, i64) {
    let m = (u & opaque(d[4] >> 63)).wrapping_add(v & opaque(e[4] >> 63));
    let sum = wide(u, d[0], v, e[0]);
    let m = m.wrapping_sub(INVERSE_OF_P.wrapping_mul(sum as i64).wrapping_add(m) & MASK);
    (sum.wrapping_add(wide(m, P[0], 0, 0)) >> 62, m)
}

fn plus_p_if_negative(x: Number) -> Number {
    let negative = opaque(x[4] >> 63);
    let mut sum = x;
    for (limb, of_p) in sum.iter_mut().zip(P) {
        *limb = limb.wrapping_add(of_p & negative);
    }
    carry(sum)
}

/// Limbs from 0 to `2^62 - 1`, but for the last.
fn carry(mut x: Number) -> Number {
    for i in 0..4 {
        x[i + 1] = x[i + 1].wrapping_add(x[i] >> 62);
        x[i] &= MASK;
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{
        Tier,
        field25519::{Factor4, MASK},
    };

    #[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
    fn check(x: Limbs) {
        let inverse = invert(x);
        assert!(inverse.iter().all(|limb| *limb <= MASK));
        assert_eq!(inverse, from_bytes(&to_bytes(inverse)), "{x:x?}");
        let [product, ..] = Factor4::splat(inverse).mul(Factor4::splat(x)).carry().lanes();
        let one = u8::from(to_bytes(x) != [0; 32]);
        assert_eq!(to_bytes(product), core::array::from_fn(|i| if i == 0 { one } else { 0 }), "{x:x?}");
        assert_eq!(one == 0, inverse == [0; 5], "{x:x?}");
    }

    #[test]
    #[expect(unsafe_code, reason = "dispatch")]
    fn an_element_times_its_inverse_is_one() {
        if Tier::of_this_machine() < Tier::Avx512 {
            std::println!("inverse25519: NOT RUN without AVX-512");
            return;
        }
        // SAFETY: this processor has what the tier stands for.
        let check = |x| unsafe { check(x) };
        let edges = [0, 1, 2, MASK - 19, MASK - 18, MASK - 17, MASK - 1, MASK, MASK + 1, (1 << 52) - 1];
        for a in edges {
            for b in edges {
                for at in 0..5 {
                    check(core::array::from_fn(|k| if k == at { a } else { b }));
                }
            }
        }
        for bit in 0..255 {
            let mut power = [0; 5];
            power[bit / 51] = 1 << (bit % 51);
            check(power);
            check(core::array::from_fn(|k| MASK - power[k]));
        }
        // One in four million that take more than 9 rounds.
        check([
            0x1_ab7c_d56f_9745,
            0x84d_6e2d_07a9,
            0x1_3d75_5e09_676a,
            0x5_6e59_a8c2_aaf9,
            0x6_643d_769b_213e,
        ]);
        let mut number: u64 = 1;
        for _ in 0..20_000 {
            check(core::array::from_fn(|_| {
                number =
                    number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                number >> 13
            }));
        }
    }
}
