// SPDX-License-Identifier: MIT OR Apache-2.0
//! AES-GCM with vectors of 256 bits, two blocks each, and nothing of AVX-512.
#![expect(unsafe_code, reason = "loads and stores")]
#![expect(
    clippy::indexing_slicing,
    reason = "by constants, and by numbers of blocks that are within the table"
)]
#![expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "lengths within a group")]
#![expect(clippy::arithmetic_side_effects, reason = "of the same numbers")]
#![cfg_attr(
    not(test),
    expect(clippy::wildcard_imports, reason = "intrinsics, each the name of an instruction")
)]

use super::{
    aes_gcm::{AesGcm, POWERS, blocks, load},
    gcm::gcm,
    in_out::{chunks, fetch_next},
};
use core::arch::x86_64::*;
use inout::{InOut, InOutBuf};

type V = __m256i;
const LANES: usize = 2;
/// It would cost more than it saves.
const FETCHES_NEXT: bool = false;
/// Each byte its own number.
static INDEX: [u8; BYTES] = {
    let mut index = [0; BYTES];
    let mut i = 0;
    while i < BYTES {
        index[i] = i as u8;
        i += 1;
    }
    index
};

/// Operations, under the names that the algorithm has for them.
macro_rules! operations {
    ($($(#[$doc:meta])* fn $name:ident $([$imm:ident])? ($($arg:ident: $type:ty),*) -> $out:ty $body:block)*) => {
        $($(#[$doc])* #[inline]
        #[target_feature(enable = "avx2,vaes,vpclmulqdq")]
        fn $name $(<const $imm: i32>)? ($($arg: $type),*) -> $out $body)*
    };
}

operations! {
    fn zero() -> V { _mm256_setzero_si256() }
    fn xor(a: V, b: V) -> V { _mm256_xor_si256(a, b) }
    fn aes_round(block: V, key: V) -> V { _mm256_aesenc_epi128(block, key) }
    fn aes_last(block: V, key: V) -> V { _mm256_aesenclast_epi128(block, key) }
    /// Halves of the lanes of `a` and `b` that the immediate chooses, multiplied without carry.
    fn multiply[HALVES](a: V, b: V) -> V { _mm256_clmulepi64_epi128::<HALVES>(a, b) }
    /// The two halves of each lane, swapped.
    fn swap(a: V) -> V { _mm256_shuffle_epi32::<0b01_00_11_10>(a) }
    /// The bytes of each lane, reversed.
    fn reverse(a: V) -> V {
        _mm256_shuffle_epi8(
            a,
            _mm256_broadcastsi128_si256(_mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)),
        )
    }
    fn add_32(a: V, b: V) -> V { _mm256_add_epi32(a, b) }
    /// The base of the last vector of a group: its counters are 16 and 17.
    fn at_the_end(_this: V, next: V) -> V { next }
    fn broadcast(a: __m128i) -> V { _mm256_broadcastsi128_si256(a) }
    fn from_block(a: __m128i) -> V { _mm256_zextsi128_si256(a) }
    fn low_lane(a: V) -> __m128i { _mm256_castsi256_si128(a) }
    /// `a` in the lowest lane, `b` in the next.
    fn pair(a: __m128i, b: __m128i) -> V { _mm256_set_m128i(b, a) }
    /// The sum of all lanes.
    fn fold_lanes(a: V) -> __m128i {
        _mm_xor_si128(_mm256_castsi256_si128(a), _mm256_extracti128_si256::<1>(a))
    }
    fn to_bytes(a: V) -> [u8; 16] {
        let mut bytes = [0; 16];
        // SAFETY: 16 bytes are there.
        unsafe { _mm_storeu_si128(bytes.as_mut_ptr().cast(), low_lane(a)) };
        bytes
    }
    fn load_whole(bytes: &[u8; BYTES]) -> V {
        // SAFETY: 32 bytes are there.
        unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
    }
    fn store_whole(bytes: &mut [u8; BYTES], a: V) -> () {
        // SAFETY: 32 bytes are there.
        unsafe { _mm256_storeu_si256(bytes.as_mut_ptr().cast(), a) }
    }
    /// Of the first `n` words, all bits.
    fn mask(n: usize) -> V {
        _mm256_cmpgt_epi32(_mm256_set1_epi32(n as i32), _mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0))
    }
    /// Up to 32 bytes, then zeros: whole words, and up to three bytes of the next.
    fn load_part(bytes: &[u8]) -> V {
        if let Ok(whole) = bytes.try_into() {
            return load_whole(whole);
        }
        let (words, rest) = bytes.as_chunks::<4>();
        let n = words.len();
        let next = rest.iter().rev().fold(0, |word, byte| word << 8 | i32::from(*byte));
        // SAFETY: the mask has as many words as there are.
        let words = unsafe { _mm256_maskload_epi32(words.as_ptr().cast(), mask(n)) };
        _mm256_blendv_epi8(_mm256_and_si256(_mm256_set1_epi32(next), mask(n + 1)), words, mask(n))
    }
    fn store_part(bytes: &mut [u8], a: V) -> () {
        if let Ok(whole) = bytes.try_into() {
            return store_whole(whole, a);
        }
        let (words, rest) = bytes.as_chunks_mut::<4>();
        let n = words.len();
        // SAFETY: the mask has as many words as there are.
        unsafe { _mm256_maskstore_epi32(words.as_mut_ptr().cast(), mask(n), a) };
        let next = _mm256_cvtsi256_si32(_mm256_permutevar8x32_epi32(a, _mm256_set1_epi32(n as i32)));
        for (byte, next) in rest.iter_mut().zip(next.to_le_bytes()) {
            *byte = next;
        }
    }
    /// The first bytes, then zeros.
    fn keep(a: V, len: usize) -> V {
        _mm256_and_si256(a, _mm256_cmpgt_epi8(_mm256_set1_epi8(len as i8), load_whole(&INDEX)))
    }
    fn load_powers(powers: &[__m128i]) -> V {
        let two = &powers[..2];
        // SAFETY: 32 bytes are there.
        unsafe { _mm256_loadu_si256(two.as_ptr().cast()) }
    }
    fn store_powers(powers: &mut [__m128i], a: V) -> () {
        let two = &mut powers[..2];
        // SAFETY: 32 bytes are there.
        unsafe { _mm256_storeu_si256(two.as_mut_ptr().cast(), a) }
    }
    /// Both lanes of each.
    fn store_four(powers: &mut [__m128i], a: V, b: V) -> () {
        store_powers(powers, a);
        store_powers(&mut powers[2..], b);
    }
}

gcm!("avx2,vaes,vpclmulqdq");
