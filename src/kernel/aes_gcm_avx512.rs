// SPDX-License-Identifier: MIT OR Apache-2.0
//! AES-GCM with vectors of 512 bits, four blocks each.
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

type V = __m512i;
const LANES: usize = 4;
/// A message that is in no cache near by is not to be waited for.
const FETCHES_NEXT: bool = true;

/// Operations, under the names that the algorithm has for them.
macro_rules! operations {
    ($($(#[$doc:meta])* fn $name:ident $([$imm:ident])? ($($arg:ident: $type:ty),*) -> $out:ty $body:block)*) => {
        $($(#[$doc])* #[inline]
        #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,vaes,vpclmulqdq")]
        fn $name $(<const $imm: i32>)? ($($arg: $type),*) -> $out $body)*
    };
}

operations! {
    fn zero() -> V { _mm512_setzero_si512() }
    fn xor(a: V, b: V) -> V { _mm512_xor_si512(a, b) }
    fn aes_round(block: V, key: V) -> V { _mm512_aesenc_epi128(block, key) }
    fn aes_last(block: V, key: V) -> V { _mm512_aesenclast_epi128(block, key) }
    /// Halves of the lanes of `a` and `b` that the immediate chooses, multiplied without carry.
    fn multiply[HALVES](a: V, b: V) -> V { _mm512_clmulepi64_epi128::<HALVES>(a, b) }
    /// The two halves of each lane, swapped.
    fn swap(a: V) -> V { _mm512_shuffle_epi32::<0b01_00_11_10>(a) }
    /// The bytes of each lane, reversed.
    fn reverse(a: V) -> V {
        _mm512_shuffle_epi8(
            a,
            _mm512_broadcast_i32x4(_mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)),
        )
    }
    fn add_32(a: V, b: V) -> V { _mm512_add_epi32(a, b) }
    /// The base of the last vector of a group: its counters 30 and 31, and then 32 and 33.
    fn at_the_end(this: V, next: V) -> V { _mm512_mask_blend_epi64(0xf0, this, next) }
    fn broadcast(a: __m128i) -> V { _mm512_broadcast_i32x4(a) }
    fn from_block(a: __m128i) -> V { _mm512_zextsi128_si512(a) }
    fn low_lane(a: V) -> __m128i { _mm512_castsi512_si128(a) }
    /// `a` in the lowest lane, `b` in the next.
    fn pair(a: __m128i, b: __m128i) -> V { _mm512_zextsi256_si512(_mm256_set_m128i(b, a)) }
    /// The sum of all lanes.
    fn fold_lanes(a: V) -> __m128i {
        let two = _mm256_xor_si256(_mm512_castsi512_si256(a), _mm512_extracti64x4_epi64::<1>(a));
        _mm_xor_si128(_mm256_castsi256_si128(two), _mm256_extracti128_si256::<1>(two))
    }
    fn to_bytes(a: V) -> [u8; 16] {
        let mut bytes = [0; 16];
        // SAFETY: 16 bytes are there.
        unsafe { _mm_storeu_si128(bytes.as_mut_ptr().cast(), low_lane(a)) };
        bytes
    }
    fn load_whole(bytes: &[u8; BYTES]) -> V {
        // SAFETY: 64 bytes are there.
        unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
    }
    fn store_whole(bytes: &mut [u8; BYTES], a: V) -> () {
        // SAFETY: 64 bytes are there.
        unsafe { _mm512_storeu_si512(bytes.as_mut_ptr().cast(), a) }
    }
    /// Of the first bytes of a vector, as many as there are, at most 64.
    fn mask(len: usize) -> __mmask64 { u64::MAX.unbounded_shr(64_u32.saturating_sub(len as u32)) }
    /// Up to 64 bytes, then zeros.
    fn load_part(bytes: &[u8]) -> V {
        // SAFETY: the mask has no bit beyond the bytes.
        unsafe { _mm512_maskz_loadu_epi8(mask(bytes.len()), bytes.as_ptr().cast()) }
    }
    fn store_part(bytes: &mut [u8], a: V) -> () {
        // SAFETY: the mask has no bit beyond the bytes.
        unsafe { _mm512_mask_storeu_epi8(bytes.as_mut_ptr().cast(), mask(bytes.len()), a) }
    }
    /// The first bytes, then zeros.
    fn keep(a: V, len: usize) -> V { _mm512_maskz_mov_epi8(mask(len), a) }
    fn load_powers(powers: &[__m128i]) -> V {
        let four = &powers[..4];
        // SAFETY: 64 bytes are there.
        unsafe { _mm512_loadu_si512(four.as_ptr().cast()) }
    }
    fn store_powers(powers: &mut [__m128i], a: V) -> () {
        let four = &mut powers[..4];
        // SAFETY: 64 bytes are there.
        unsafe { _mm512_storeu_si512(four.as_mut_ptr().cast(), a) }
    }
    /// The two lowest lanes of each.
    fn store_four(powers: &mut [__m128i], a: V, b: V) -> () {
        store_powers(powers, _mm512_inserti64x4::<1>(a, _mm512_castsi512_si256(b)));
    }
}

gcm!("avx512f,avx512bw,avx512dq,avx512vl,vaes,vpclmulqdq");
