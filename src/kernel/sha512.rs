// SPDX-License-Identifier: MIT OR Apache-2.0
//! The compression function of SHA-512 and SHA-384, FIPS 180-4 section 6.4, for processors with AVX2 or AVX-512.
//!
//! The rounds are in the registers of whole numbers, where BMI2 rotates without destroying. The message schedule is in
//! vectors of four words, the last sixteen in `x0` to `x3`; it is sixteen rounds ahead, so that the processor does both
//! at a time. `W(t) + K(t)` goes from one to the other through memory.
//!
//! ```text
//! W(t) = s1(W(t-2)) + W(t-7) + s0(W(t-15)) + W(t-16)
//! ```
//!
//! Of four words the upper two need `s1` of the lower two, which are finished first.

#![expect(unsafe_code)]

use super::tier::Tier;
use core::arch::x86_64::{
    __m256i, _mm256_add_epi64, _mm256_alignr_epi8, _mm256_alignr_epi64, _mm256_loadu_si256, _mm256_or_si256,
    _mm256_permute2x128_si256, _mm256_ror_epi64, _mm256_set_epi64x, _mm256_shuffle_epi8, _mm256_slli_epi64,
    _mm256_srli_epi64, _mm256_storeu_si256, _mm256_ternarylogic_epi64, _mm256_xor_si256,
};
use zeroize::Zeroize;

/// `K`, section 4.2.3, in rows of four.
#[rustfmt::skip]
const K: [[u64; 4]; 20] = [
    [0x428a_2f98_d728_ae22, 0x7137_4491_23ef_65cd, 0xb5c0_fbcf_ec4d_3b2f, 0xe9b5_dba5_8189_dbbc],
    [0x3956_c25b_f348_b538, 0x59f1_11f1_b605_d019, 0x923f_82a4_af19_4f9b, 0xab1c_5ed5_da6d_8118],
    [0xd807_aa98_a303_0242, 0x1283_5b01_4570_6fbe, 0x2431_85be_4ee4_b28c, 0x550c_7dc3_d5ff_b4e2],
    [0x72be_5d74_f27b_896f, 0x80de_b1fe_3b16_96b1, 0x9bdc_06a7_25c7_1235, 0xc19b_f174_cf69_2694],
    [0xe49b_69c1_9ef1_4ad2, 0xefbe_4786_384f_25e3, 0x0fc1_9dc6_8b8c_d5b5, 0x240c_a1cc_77ac_9c65],
    [0x2de9_2c6f_592b_0275, 0x4a74_84aa_6ea6_e483, 0x5cb0_a9dc_bd41_fbd4, 0x76f9_88da_8311_53b5],
    [0x983e_5152_ee66_dfab, 0xa831_c66d_2db4_3210, 0xb003_27c8_98fb_213f, 0xbf59_7fc7_beef_0ee4],
    [0xc6e0_0bf3_3da8_8fc2, 0xd5a7_9147_930a_a725, 0x06ca_6351_e003_826f, 0x1429_2967_0a0e_6e70],
    [0x27b7_0a85_46d2_2ffc, 0x2e1b_2138_5c26_c926, 0x4d2c_6dfc_5ac4_2aed, 0x5338_0d13_9d95_b3df],
    [0x650a_7354_8baf_63de, 0x766a_0abb_3c77_b2a8, 0x81c2_c92e_47ed_aee6, 0x9272_2c85_1482_353b],
    [0xa2bf_e8a1_4cf1_0364, 0xa81a_664b_bc42_3001, 0xc24b_8b70_d0f8_9791, 0xc76c_51a3_0654_be30],
    [0xd192_e819_d6ef_5218, 0xd699_0624_5565_a910, 0xf40e_3585_5771_202a, 0x106a_a070_32bb_d1b8],
    [0x19a4_c116_b8d2_d0c8, 0x1e37_6c08_5141_ab53, 0x2748_774c_df8e_eb99, 0x34b0_bcb5_e19b_48a8],
    [0x391c_0cb3_c5c9_5a63, 0x4ed8_aa4a_e341_8acb, 0x5b9c_ca4f_7763_e373, 0x682e_6ff3_d6b2_b8a3],
    [0x748f_82ee_5def_b2fc, 0x78a5_636f_4317_2f60, 0x84c8_7814_a1f0_ab72, 0x8cc7_0208_1a64_39ec],
    [0x90be_fffa_2363_1e28, 0xa450_6ceb_de82_bde9, 0xbef9_a3f7_b2c6_7915, 0xc671_78f2_e372_532b],
    [0xca27_3ece_ea26_619c, 0xd186_b8c7_21c0_c207, 0xeada_7dd6_cde0_eb1e, 0xf57d_4f7f_ee6e_d178],
    [0x06f0_67aa_7217_6fba, 0x0a63_7dc5_a2c8_98a6, 0x113f_9804_bef9_0dae, 0x1b71_0b35_131c_471b],
    [0x28db_77f5_2304_7d84, 0x32ca_ab7b_40c7_2493, 0x3c9e_be0a_15c9_bebc, 0x431d_67c4_9c10_0d4c],
    [0x4cc5_d4be_cb3e_42b6, 0x597f_299c_fc65_7e2a, 0x5fcb_6fab_3ad6_faec, 0x6c44_198c_4a47_5817],
];

/// Compresses the blocks into the state; `false`, and nothing done, where this kernel does not run.
pub(crate) fn compress(state: &mut [u64; 8], blocks: &[[u8; 128]]) -> bool {
    match Tier::current() {
        Tier::Portable => return false,
        // SAFETY: this processor has what the tier stands for.
        Tier::Avx2 => unsafe { compress_avx2(state, blocks) },
        // SAFETY: as above.
        Tier::Avx512 => unsafe { compress_avx512(state, blocks) },
    }
    true
}

macro_rules! compress {
    ($compress:ident, $features:literal, $next:ident) => {
        #[target_feature(enable = $features)]
        fn $compress(state: &mut [u64; 8], blocks: &[[u8; 128]]) {
            let [k0, k1, k2, k3, k_rest @ ..] = &K;
            let mut wk = [[0; 4]; 4];
            for block in blocks {
                let [wk0, wk1, wk2, wk3] = &mut wk;
                let [mut x0, mut x1, mut x2, mut x3] = message(block);
                store(wk0, _mm256_add_epi64(x0, load(k0)));
                store(wk1, _mm256_add_epi64(x1, load(k1)));
                store(wk2, _mm256_add_epi64(x2, load(k2)));
                store(wk3, _mm256_add_epi64(x3, load(k3)));
                let [_, b, c, ..] = *state;
                let (mut s, mut bc) = (*state, b ^ c);
                for [k0, k1, k2, k3] in k_rest.as_chunks().0 {
                    (s, bc) = rounds(s, bc, wk0);
                    x0 = $next(x0, x1, x2, x3);
                    store(wk0, _mm256_add_epi64(x0, load(k0)));
                    (s, bc) = rounds(s, bc, wk1);
                    x1 = $next(x1, x2, x3, x0);
                    store(wk1, _mm256_add_epi64(x1, load(k1)));
                    (s, bc) = rounds(s, bc, wk2);
                    x2 = $next(x2, x3, x0, x1);
                    store(wk2, _mm256_add_epi64(x2, load(k2)));
                    (s, bc) = rounds(s, bc, wk3);
                    x3 = $next(x3, x0, x1, x2);
                    store(wk3, _mm256_add_epi64(x3, load(k3)));
                }
                for wk in [wk0, wk1, wk2, wk3] {
                    (s, bc) = rounds(s, bc, wk);
                }
                for (to, from) in state.iter_mut().zip(s) {
                    *to = to.wrapping_add(from);
                }
            }
            wk.as_flattened_mut().zeroize();
        }
    };
}
compress!(compress_avx2, "avx2,bmi1,bmi2", next_avx2);
compress!(compress_avx512, "avx512f,avx512vl,avx2,bmi1,bmi2", next_avx512);

/// Four rounds, section 6.4.2 step 3, after which the names are where they were. `bc` is `b XOR c`.
#[expect(clippy::inline_always, reason = "the state stays in registers")]
#[inline(always)]
fn rounds(s: [u64; 8], bc: u64, wk: &[u64; 4]) -> ([u64; 8], u64) {
    let [a, b, c, d, e, f, g, h] = s;
    let [w0, w1, w2, w3] = *wk;
    let (d, h, bc) = round(a, b, bc, d, e, f, g, h, w0);
    let (c, g, bc) = round(h, a, bc, c, d, e, f, g, w1);
    let (b, f, bc) = round(g, h, bc, b, c, d, e, f, w2);
    let (a, e, bc) = round(f, g, bc, a, b, c, d, e, w3);
    ([e, f, g, h, a, b, c, d], bc)
}

/// The `d` and `h` that become `e` and `a`, and `a XOR b`; `wk` is `W(t) + K(t)`. `e`, which everything waits for, is
/// four operations from the one before; `Maj(a, b, c) = ((a XOR b) AND (b XOR c)) XOR b`, and half of that was there.
#[expect(clippy::inline_always, reason = "the state stays in registers")]
#[expect(clippy::too_many_arguments, reason = "the names of the specification")]
#[inline(always)]
fn round(a: u64, b: u64, bc: u64, d: u64, e: u64, f: u64, g: u64, h: u64, wk: u64) -> (u64, u64, u64) {
    let h = h.wrapping_add(wk);
    let sum1 = e.rotate_right(14) ^ e.rotate_right(18) ^ e.rotate_right(41);
    let ch = ((f ^ g) & e) ^ g;
    let next_e = d.wrapping_add(h).wrapping_add(ch).wrapping_add(sum1);
    let sum0 = a.rotate_right(28) ^ a.rotate_right(34) ^ a.rotate_right(39);
    let ab = a ^ b;
    let maj = (ab & bc) ^ b;
    let t1 = h.wrapping_add(ch).wrapping_add(sum1);
    (next_e, t1.wrapping_add(sum0.wrapping_add(maj)), ab)
}

/// The next four words of the schedule.
#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx2")]
fn next_avx512(x0: __m256i, x1: __m256i, x2: __m256i, x3: __m256i) -> __m256i {
    const XOR: i32 = 0x96;
    let t15 = _mm256_alignr_epi64::<1>(x1, x0);
    let t7 = _mm256_alignr_epi64::<1>(x3, x2);
    let s0 = _mm256_ternarylogic_epi64::<XOR>(
        _mm256_ror_epi64::<1>(t15),
        _mm256_ror_epi64::<8>(t15),
        _mm256_srli_epi64::<7>(t15),
    );
    let s1 = |x| {
        _mm256_ternarylogic_epi64::<XOR>(
            _mm256_ror_epi64::<19>(x),
            _mm256_ror_epi64::<61>(x),
            _mm256_srli_epi64::<6>(x),
        )
    };
    let w = _mm256_add_epi64(_mm256_add_epi64(x0, t7), s0);
    let w = _mm256_add_epi64(w, s1(upper_to_lower(x3)));
    _mm256_add_epi64(w, s1(lower_to_upper(w)))
}

/// The same without rotations.
#[inline]
#[target_feature(enable = "avx2")]
fn next_avx2(x0: __m256i, x1: __m256i, x2: __m256i, x3: __m256i) -> __m256i {
    let xor = |a, b, c| _mm256_xor_si256(_mm256_xor_si256(a, b), c);
    let t15 = after_one(x0, x1);
    let t7 = after_one(x2, x3);
    let s0 = xor(
        _mm256_or_si256(_mm256_srli_epi64::<1>(t15), _mm256_slli_epi64::<63>(t15)),
        _mm256_or_si256(_mm256_srli_epi64::<8>(t15), _mm256_slli_epi64::<56>(t15)),
        _mm256_srli_epi64::<7>(t15),
    );
    let s1 = |x| {
        xor(
            _mm256_or_si256(_mm256_srli_epi64::<19>(x), _mm256_slli_epi64::<45>(x)),
            _mm256_or_si256(_mm256_srli_epi64::<61>(x), _mm256_slli_epi64::<3>(x)),
            _mm256_srli_epi64::<6>(x),
        )
    };
    let w = _mm256_add_epi64(_mm256_add_epi64(x0, t7), s0);
    let w = _mm256_add_epi64(w, s1(upper_to_lower(x3)));
    _mm256_add_epi64(w, s1(lower_to_upper(w)))
}

/// `x` from its second word on, and the first of `y`.
#[inline]
#[target_feature(enable = "avx2")]
fn after_one(x: __m256i, y: __m256i) -> __m256i {
    _mm256_alignr_epi8::<8>(_mm256_permute2x128_si256::<0x21>(x, y), x)
}

/// Two words and two zeros.
#[inline]
#[target_feature(enable = "avx2")]
fn upper_to_lower(x: __m256i) -> __m256i {
    _mm256_permute2x128_si256::<0x81>(x, x)
}

/// Two zeros and two words.
#[inline]
#[target_feature(enable = "avx2")]
fn lower_to_upper(x: __m256i) -> __m256i {
    _mm256_permute2x128_si256::<0x08>(x, x)
}

/// The words of a block, big-endian.
#[inline]
#[target_feature(enable = "avx2")]
fn message(block: &[u8; 128]) -> [__m256i; 4] {
    let reversed = _mm256_set_epi64x(
        0x0809_0a0b_0c0d_0e0f,
        0x0001_0203_0405_0607,
        0x0809_0a0b_0c0d_0e0f,
        0x0001_0203_0405_0607,
    );
    // SAFETY: 128 bytes are read, of any alignment.
    let words = unsafe { block.as_ptr().cast::<[__m256i; 4]>().read_unaligned() };
    words.map(|words| _mm256_shuffle_epi8(words, reversed))
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(words: &[u64; 4]) -> __m256i {
    // SAFETY: 32 bytes are read, of any alignment.
    unsafe { _mm256_loadu_si256(words.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn store(words: &mut [u64; 4], value: __m256i) {
    // SAFETY: 32 bytes are written, of any alignment.
    unsafe { _mm256_storeu_si256(words.as_mut_ptr().cast(), value) }
    // Or the compiler takes the words out of the vector one by one.
    core::hint::black_box(words);
}
