// SPDX-License-Identifier: MIT OR Apache-2.0
//! Poly1305, RFC 8439 section 2.5, in 64-bit registers, as the AEAD uses it: all blocks have 16 bytes.
//!
//! `acc = (acc + block + 2^128) * r mod p`, `p = 2^130 - 5`. With `acc = h0 + h1 2^64 + h2 2^128`, `h2` of a few
//! bits, and the clamped `r = r0 + r1 2^64`, whose top four bits of each limb are zero and whose `r1` is a multiple of
//! four, `2^128 r1 = 2^130 r1/4 = 5 r1/4 mod p`, so that
//!
//! ```text
//! acc * r = (h0 r0 + h1 5r1/4)  +  (h0 r1 + h1 r0 + h2 5r1/4) 2^64  +  h2 r0 2^128
//! ```
//!
//! and no sum passes 2^128. What is above 2^130 comes back times five.

use zeroize::Zeroize;

/// A message that is being authenticated.
pub(super) struct Poly1305 {
    r: [u64; 2],
    /// `5 r1/4`.
    r1_folded: u64,
    s: u128,
    acc: Acc,
}

/// `low + high 2^128`, below `2p`; `high` is at most 4.
#[derive(Clone, Copy, Debug)]
pub(super) struct Acc {
    pub(super) low: u128,
    pub(super) high: u64,
}

impl Poly1305 {
    /// Of the first half of block 0 of ChaCha20: `r`, which is clamped here, and `s`.
    #[inline]
    pub(super) fn new(r: u128, s: u128) -> Self {
        let r = r & 0x0fff_fffc_0fff_fffc_0fff_fffc_0fff_ffff;
        let [r0, r1] = [low(r), high(r)];
        Self { r: [r0, r1], r1_folded: r1.wrapping_add(r1 >> 2), s, acc: Acc { low: 0, high: 0 } }
    }

    pub(super) fn r(&self) -> [u64; 2] {
        self.r
    }

    pub(super) fn acc(&self) -> Acc {
        self.acc
    }

    /// What another unit made of [`Self::acc`].
    pub(super) fn set_acc(&mut self, acc: Acc) {
        self.acc = acc;
    }

    /// `data`, and zeros to the end of its last block.
    #[inline]
    pub(super) fn absorb(&mut self, data: &[u8]) {
        let (blocks, rest) = data.as_chunks();
        for block in blocks {
            self.block(u128::from_le_bytes(*block));
        }
        if !rest.is_empty() {
            let mut block = [0; 16];
            for (to, from) in block.iter_mut().zip(rest) {
                *to = *from;
            }
            self.block(u128::from_le_bytes(block));
        }
    }

    /// The tag of all that was absorbed and of the lengths, RFC 8439 section 2.8.
    #[inline]
    pub(super) fn tag(mut self, aad: usize, text: usize) -> [u8; 16] {
        self.block(aad as u128 | (text as u128) << 64);
        self.acc.modulo_p().wrapping_add(self.s).to_le_bytes()
    }

    /// One block, in line: a call between the rounds of ChaCha20 would spill their registers.
    #[expect(clippy::inline_always, reason = "see above")]
    #[inline(always)]
    pub(super) fn block(&mut self, block: u128) {
        let [r0, r1] = self.r;
        let (sum, carry) = self.acc.low.overflowing_add(block);
        let (h0, h1) = (low(sum), high(sum));
        let h2 = self.acc.high.wrapping_add(1).wrapping_add(u64::from(carry));

        let d0 = product(h0, r0).wrapping_add(product(h1, self.r1_folded));
        let d1 = product(h0, r1)
            .wrapping_add(product(h1, r0))
            .wrapping_add(u128::from(h2.wrapping_mul(self.r1_folded)))
            .wrapping_add(d0 >> 64);
        let d2 = h2.wrapping_mul(r0).wrapping_add(high(d1));

        // d2 = 4 q + d2 mod 4, and 2^128 4q = 2^130 q = 5q mod p.
        let five_q = (d2 & !3).wrapping_add(d2 >> 2);
        let (sum, carry) = (u128::from(low(d0)) | d1 << 64).overflowing_add(u128::from(five_q));
        self.acc = Acc { low: sum, high: (d2 & 3).wrapping_add(u64::from(carry)) };
    }
}

impl Drop for Poly1305 {
    fn drop(&mut self) {
        self.r.zeroize();
        self.r1_folded.zeroize();
        self.s.zeroize();
    }
}

impl Acc {
    /// The low 128 bits of `acc mod p`, which is `acc` or `acc - p`: the latter when `acc + 5 >= 2^130`.
    #[inline]
    pub(super) fn modulo_p(self) -> u128 {
        let (less_p, carry) = self.low.overflowing_add(5);
        let above = self.high.wrapping_add(u64::from(carry)) >> 2;
        let mask = u128::from(above).wrapping_neg();
        (less_p & mask) | (self.low & !mask)
    }
}

#[inline]
pub(super) fn product(a: u64, b: u64) -> u128 {
    u128::from(a).wrapping_mul(u128::from(b))
}

#[expect(clippy::cast_possible_truncation, reason = "the low half is what is asked for")]
#[inline]
pub(super) fn low(x: u128) -> u64 {
    x as u64
}

#[inline]
pub(super) fn high(x: u128) -> u64 {
    low(x >> 64)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::{vec, vec::Vec};

    /// A number below p: its low 128 bits and the two above.
    type Number = (u128, u128);
    const P: Number = (u128::MAX - 4, 3);

    fn sum(a: Number, b: Number) -> Number {
        let (low, carry) = a.0.overflowing_add(b.0);
        let (low, high) = (low, a.1 + b.1 + u128::from(carry));
        if (high, low) < (P.1, P.0) {
            return (low, high);
        }
        let (low, borrow) = low.overflowing_sub(P.0);
        (low, high - P.1 - u128::from(borrow))
    }

    /// By doubling and adding.
    fn product_mod_p(a: Number, r: u128) -> Number {
        (0..128).rev().fold((0, 0), |x, bit| {
            let doubled = sum(x, x);
            if r >> bit & 1 == 1 { sum(doubled, a) } else { doubled }
        })
    }

    /// RFC 8439 section 2.5.1, without `s`.
    pub(in crate::kernel) fn expected(r: u128, blocks: &[[u8; 16]]) -> u128 {
        let step = |acc, block: &[u8; 16]| product_mod_p(sum(acc, (u128::from_le_bytes(*block), 1)), r);
        blocks.iter().fold((0, 0), step).0
    }

    /// Clamped values of r: none, the least, the greatest, single bits, all of a limb.
    pub(in crate::kernel) const KEYS: [u128; 9] = [
        0,
        1,
        2,
        4 << 32,
        4 << 64,
        0x0fff_fffc_0fff_fffc_0fff_fffc_0fff_ffff,
        0x0fff_fffc_0fff_fffc_0000_0000_0000_0000,
        0x0000_0000_0000_0000_0fff_fffc_0fff_ffff,
        0x0800_0000_0000_0000_0000_0000_0000_0001,
    ];

    /// Messages of `n` blocks that make carries run through, and one that does not.
    pub(in crate::kernel) fn messages(n: usize) -> Vec<Vec<[u8; 16]>> {
        let ones = [0xff; 16];
        // p - 1, p, p + 1 and 2^130 - 1 less the 2^128 of a block, where r = 1 keeps them.
        let edges = [0xfa_u8, 0xfb, 0xfc, 0xff].map(|byte| {
            let mut block = ones;
            block[0] = byte;
            [[0xff; 16], [1; 16], block].into_iter().cycle().take(n).collect()
        });
        let mixed = |i: usize| std::array::from_fn(|j| u8::try_from((i * 31 + j * 167) % 256).unwrap());
        let mut messages = vec![vec![ones; n], vec![[0; 16]; n], (0..n).map(mixed).collect()];
        messages.extend(edges);
        messages
    }

    #[test]
    fn carries_run_through_as_in_arithmetic_of_any_size() {
        for r in KEYS {
            for blocks in (0..20).flat_map(messages) {
                let mut poly = Poly1305::new(r, 0);
                poly.absorb(blocks.as_flattened());
                assert_eq!(poly.acc().modulo_p(), expected(r, &blocks), "{r:x} {blocks:x?}");
                let lengths = (9_u128 << 64 | 7).to_le_bytes();
                let tag = expected(r, &[blocks, vec![lengths]].concat()).wrapping_add(u128::MAX - 8);
                poly.s = u128::MAX - 8;
                assert_eq!(poly.tag(7, 9), tag.to_le_bytes());
            }
        }
    }

    #[test]
    fn what_is_not_below_p_is_reduced_once_more() {
        // Around p and 2^130: the low 128 bits, the bits above, what is left.
        for (low, high, left) in [
            (0, 0, 0),
            (u128::MAX, 0, u128::MAX),
            (u128::MAX - 5, 3, u128::MAX - 5),
            (u128::MAX - 4, 3, 0),
            (u128::MAX - 3, 3, 1),
            (u128::MAX, 3, 4),
            (0, 4, 5),
            (1 << 66, 4, (1 << 66) + 5),
        ] {
            assert_eq!(Acc { low, high }.modulo_p(), left, "{low:x} {high}");
        }
    }

    #[test]
    fn the_key_is_clamped() {
        assert_eq!(Poly1305::new(u128::MAX, 0).r(), [0x0fff_fffc_0fff_ffff, 0x0fff_fffc_0fff_fffc]);
    }
}
