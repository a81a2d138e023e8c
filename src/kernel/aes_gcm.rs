// SPDX-License-Identifier: MIT OR Apache-2.0
//! AES-GCM, NIST SP 800-38D, with AES and carry-less multiplication in vectors (VAES, VPCLMULQDQ).
//!
//! ```text
//! H  = E(K, 0^128)          J0 = nonce || 0^31 1
//! C  = P xor E(K, inc32(J0)) || E(K, inc32(inc32(J0))) || ...
//! S  = GHASH_H(pad(A) || pad(C) || [len(A)]64 || [len(C)]64)         tag = S xor E(K, J0)
//! ```
//!
//! GHASH of n blocks is `X1 H^n + X2 H^(n-1) + ... + Xn H`: with the powers of H at hand, products are summed up
//! unreduced, and a group of blocks is reduced once. This file prepares a key; [`gcm`](super::gcm) is the algorithm, once for
//! both widths.
#![expect(unsafe_code, reason = "the call into functions with target features")]
#![expect(
    clippy::indexing_slicing,
    reason = "by constants, and by numbers of blocks that are within the table"
)]
#![expect(clippy::arithmetic_side_effects, reason = "of the same numbers")]

use super::{Tier, aes_gcm_avx2, aes_gcm_avx512, tier};
use alloc::boxed::Box;
use core::arch::x86_64::{
    __m128i, _mm_aesenc_si128, _mm_aesenclast_si128, _mm_and_si128, _mm_loadu_si128, _mm_or_si128,
    _mm_set_epi8, _mm_set_epi64x, _mm_set1_epi32, _mm_setzero_si128, _mm_shuffle_epi8, _mm_shuffle_epi32,
    _mm_slli_epi64, _mm_slli_si128, _mm_srai_epi32, _mm_srli_epi64, _mm_xor_si128,
};
use inout::InOutBuf;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Powers of H: the blocks of the largest group, and of what is left beside it.
pub(super) const POWERS: usize = 36;
/// A vector of powers may reach this far behind the last.
const PAD: usize = 3;

/// A key, expanded, with as many powers of H as its messages need.
pub(crate) struct AesGcm {
    /// Round keys: 11 of AES-128, 15 of AES-256.
    pub(super) round_keys: [__m128i; 15],
    /// `H^36, ..., H^1`, zeros. Of these the last `ready` are computed; vectors of two blocks take 18.
    pub(super) powers: [__m128i; POWERS + PAD],
    ready: usize,
    /// Whether these are all that a message of any length needs.
    whole: bool,
    is_256: bool,
    tier: Tier,
}

impl AesGcm {
    /// A key of 16 or 32 bytes. Messages of up to `longest` bytes, without additional data, need no further preparation.
    ///
    /// `None` for a key of another length, and where there is no kernel.
    pub(crate) fn new(key: &[u8], longest: usize) -> Option<Box<Self>> {
        let tier = Tier::current();
        if tier == Tier::Portable || !tier::vaes() {
            return None;
        }
        // SAFETY: `vaes` has asked for AES, and every tier with vectors has AVX2.
        let mut new = unsafe { Self::expanded(tier, key) }?;
        new.prepare(blocks(longest).saturating_add(1));
        Some(new)
    }

    /// The round keys and H.
    #[target_feature(enable = "aes,avx2")]
    fn expanded(tier: Tier, key: &[u8]) -> Option<Box<Self>> {
        let mut new = Box::new(Self {
            round_keys: [_mm_setzero_si128(); 15],
            powers: [_mm_setzero_si128(); POWERS + PAD],
            ready: 0,
            whole: false,
            is_256: key.len() == 32,
            tier,
        });
        let h = match key.as_chunks() {
            ([key], []) => new.expand_128(key),
            ([low, high], []) => new.expand_256([low, high]),
            _ => return None,
        };
        new.powers[POWERS - 1] = hash_key(h);
        Some(new)
    }

    /// Encrypts `data`; the tag.
    pub(crate) fn seal(&self, nonce: &[u8; 12], aad: &[u8], data: InOutBuf<'_, '_, u8>) -> [u8; 16] {
        self.run::<true>(nonce, aad, data)
    }

    /// Decrypts `data`; the tag that it must have had.
    pub(crate) fn open(&self, nonce: &[u8; 12], aad: &[u8], data: InOutBuf<'_, '_, u8>) -> [u8; 16] {
        self.run::<false>(nonce, aad, data)
    }

    fn run<const SEAL: bool>(&self, nonce: &[u8; 12], aad: &[u8], data: InOutBuf<'_, '_, u8>) -> [u8; 16] {
        let total = blocks(aad.len()).saturating_add(blocks(data.len())).saturating_add(1);
        if total > self.ready && !self.whole {
            // Longer than was said: with a copy that is prepared for it.
            let mut longer = Self { round_keys: self.round_keys, powers: self.powers, ..*self };
            longer.prepare(total);
            return longer.run::<SEAL>(nonce, aad, data);
        }
        // SAFETY: `tier` is what this machine has.
        unsafe {
            match (self.tier, self.is_256) {
                (Tier::Avx512, true) => aes_gcm_avx512::run::<14, SEAL>(self, nonce, aad, data),
                (Tier::Avx512, false) => aes_gcm_avx512::run::<10, SEAL>(self, nonce, aad, data),
                (_, true) => aes_gcm_avx2::run::<14, SEAL>(self, nonce, aad, data),
                (_, false) => aes_gcm_avx2::run::<10, SEAL>(self, nonce, aad, data),
            }
        }
    }

    /// Computes the powers of H that a message of so many blocks needs.
    fn prepare(&mut self, total: usize) {
        // SAFETY: `tier` is what this machine has.
        self.ready = unsafe {
            match self.tier {
                Tier::Avx512 => aes_gcm_avx512::powers(&mut self.powers, total),
                _ => aes_gcm_avx2::powers(&mut self.powers, total),
            }
        };
        self.whole = self.ready < total;
    }

    /// FIPS 197, section 5.2, with Nk = 8: a round key from the two before it. H is encrypted along the way.
    #[target_feature(enable = "aes,avx2")]
    fn expand_256(&mut self, key: [&[u8; 16]; 2]) -> __m128i {
        let [mut even, mut odd] = key.map(load);
        let mut h = _mm_aesenc_si128(even, odd);
        self.round_keys[0] = even;
        self.round_keys[1] = odd;
        let mut rcon = 1;
        for pair in self.round_keys[2..].chunks_mut(2) {
            even = next(even, sub_word(odd, true, rcon));
            pair[0] = even;
            rcon <<= 1;
            if let Some(key) = pair.get_mut(1) {
                odd = next(odd, sub_word(even, false, 0));
                h = _mm_aesenc_si128(h, even);
                h = _mm_aesenc_si128(h, odd);
                *key = odd;
            } else {
                h = _mm_aesenclast_si128(h, even);
            }
        }
        h
    }

    /// The same with Nk = 4.
    #[target_feature(enable = "aes,avx2")]
    fn expand_128(&mut self, key: &[u8; 16]) -> __m128i {
        let mut last = load(key);
        let mut h = last;
        self.round_keys[0] = last;
        for (i, round_key) in self.round_keys[1..11].iter_mut().enumerate() {
            // x^i in GF(2^8)
            let rcon = if i < 8 { 1 << i } else { 0x1b << (i - 8) };
            last = next(last, sub_word(last, true, rcon));
            h = if i < 9 { _mm_aesenc_si128(h, last) } else { _mm_aesenclast_si128(h, last) };
            *round_key = last;
        }
        h
    }
}

/// Blocks of 16 bytes, the last of which may be short.
pub(super) const fn blocks(len: usize) -> usize {
    len.div_ceil(16)
}

/// Sixteen bytes.
pub(super) fn load(bytes: &[u8; 16]) -> __m128i {
    // SAFETY: 16 bytes are there.
    unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) }
}

/// `SubWord(w)` or `SubWord(RotWord(w))` of the last word `w`, plus `rcon`, in all four words: the last round of AES
/// without its key is `SubBytes` and `ShiftRows`, which moves nothing where all columns are the same.
#[inline]
#[target_feature(enable = "aes,avx2")]
fn sub_word(key: __m128i, rotated: bool, rcon: i32) -> __m128i {
    let order = if rotated { 0x0c0f_0e0d } else { 0x0f0e_0d0c };
    _mm_aesenclast_si128(_mm_shuffle_epi8(key, _mm_set1_epi32(order)), _mm_set1_epi32(rcon))
}

/// Each word plus all words before it, plus `w`.
#[inline]
#[target_feature(enable = "avx2")]
fn next(key: __m128i, w: __m128i) -> __m128i {
    let two = _mm_xor_si128(key, _mm_slli_si128::<4>(key));
    _mm_xor_si128(_mm_xor_si128(two, _mm_slli_si128::<8>(two)), w)
}

/// H as the products want it: the bytes reversed, so that the bits of a block are in one order, and times x, so that the
/// product of two such blocks, which is one bit short, is in place.
#[inline]
#[target_feature(enable = "avx2")]
fn hash_key(h: __m128i) -> __m128i {
    let h = _mm_shuffle_epi8(h, _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
    let carry = _mm_srli_epi64::<63>(h);
    let doubled = _mm_or_si128(_mm_slli_epi64::<1>(h), _mm_slli_si128::<8>(carry));
    // What is shifted out is x^128 = x^7 + x^2 + x + 1, here from the other end.
    let out = _mm_shuffle_epi32::<0b1111_1111>(_mm_srai_epi32::<31>(h));
    _mm_xor_si128(doubled, _mm_and_si128(out, _mm_set_epi64x(0xc200_0000_0000_0000_u64.cast_signed(), 1)))
}

impl Drop for AesGcm {
    fn drop(&mut self) {
        self.round_keys.zeroize();
        for power in &mut self.powers[POWERS - self.ready..] {
            power.zeroize();
        }
    }
}

impl ZeroizeOnDrop for AesGcm {}

#[cfg(test)]
mod tests {
    use super::{AesGcm, Tier, tier};
    use alloc::vec;

    #[test]
    fn a_machine_with_vector_aes_has_the_kernel_for_keys_of_16_and_32_bytes() {
        let there = tier::vaes() && Tier::of_this_machine() > Tier::Portable;
        for len in 0..=64 {
            let made = AesGcm::new(&vec![7; len], usize::MAX).is_some();
            assert_eq!(made, there && (len == 16 || len == 32), "{len}");
        }
    }

    /// On both widths, with additional data that fits beside the message into one sum, and that does not.
    #[test]
    fn a_message_may_be_longer_than_was_said() {
        let seal = |tier, longest, aad: usize, len: usize| {
            let mut key = AesGcm::new(&[7; 32], longest)?;
            key.tier = key.tier.min(tier); // the powers are the same
            let mut data = vec![3; len];
            let tag = key.seal(&[1; 12], &vec![2; aad], data.as_mut_slice().into());
            Some((tag, data))
        };
        for tier in [Tier::Avx2, Tier::Avx512] {
            for aad in [0, 1, 40, 300, 513, 600] {
                for len in [0, 15, 16, 64, 256, 257, 500, 513, 600, 5000] {
                    let prepared = seal(Tier::Avx512, usize::MAX, aad, len);
                    for longest in [0, 16, 48, 300, 500, 560] {
                        let found = seal(tier, longest, aad, len);
                        assert!(found == prepared, "{tier:?}, {longest}, {aad}, {len}");
                    }
                }
            }
        }
    }
}
