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
#[derive(Clone, Copy)]
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
        // acc < 2p, so acc mod p is acc or acc - p; acc >= p when acc + 5 >= 2^130.
        let (less_p, carry) = self.acc.low.overflowing_add(5);
        let above = u128::from(self.acc.high.wrapping_add(u64::from(carry)) >> 2);
        let mask = above.wrapping_neg();
        ((less_p & mask) | (self.acc.low & !mask)).wrapping_add(self.s).to_le_bytes()
    }

    #[inline]
    fn block(&mut self, block: u128) {
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
