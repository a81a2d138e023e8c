// SPDX-License-Identifier: MIT OR Apache-2.0
//! ChaCha20, RFC 8439 section 2.3, in 512-bit registers: 4 to 12 blocks at the latency of one, or 16 at full throughput.
//!
//! The state is a matrix of four by four words; `a`, `b`, `c`, `d` are its rows. Two layouts:
//!
//! * *Rows.* A register holds one row of four consecutive blocks, a block per 128-bit lane: the quarter rounds of all
//!   four columns at once. Between rounds the rows are rotated against each other, which makes diagonals of columns.
//!   N sets of four registers are N times four blocks, and their dependency chains run side by side.
//! * *Columns.* A register holds one word of 16 blocks, so the matrix is 16 registers, and diagonals are a matter of
//!   naming. Registers: 16 of state, none spilled; the other 16 are for what runs between the rounds.
//!
//! Both end as rows, from which [`blocks`] makes blocks in the order of the stream.

#![expect(unsafe_code)]

use core::arch::x86_64::{
    __m512i, _mm512_add_epi32, _mm512_loadu_si512, _mm512_mask_storeu_epi8, _mm512_maskz_loadu_epi8,
    _mm512_rol_epi32, _mm512_set1_epi32, _mm512_set4_epi32, _mm512_setr_epi32, _mm512_shuffle_epi32,
    _mm512_shuffle_i32x4, _mm512_storeu_si512, _mm512_unpackhi_epi32, _mm512_unpackhi_epi64,
    _mm512_unpacklo_epi32, _mm512_unpacklo_epi64, _mm512_xor_si512,
};
use inout::{InOut, InOutBuf};

/// One row of the matrix of several blocks: N registers.
type Row<const N: usize> = [__m512i; N];
/// Four consecutive blocks: rows `a`, `b`, `c`, `d`.
pub(super) type Set = [__m512i; 4];

/// Blocks `counter` to `counter + 4N - 1`.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn rows<const N: usize>(state: &[u32; 16], counter: u32) -> [Set; N] {
    let start = start_rows::<N>(state, counter);
    let mut x = start;
    for _ in 0..10 {
        double_round_of_rows(&mut x);
    }
    sum_of_rows(x, start)
}

/// Blocks `counter` to `counter + 15`. `between` runs after each of the ten double rounds, in what they leave idle.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn columns(state: &[u32; 16], counter: u32, mut between: impl FnMut()) -> [Set; 4] {
    let mut x = start_columns(state, counter);
    for _ in 0..10 {
        quarter_rounds(&mut x);
        x = diagonals(x);
        quarter_rounds(&mut x);
        x = undo_diagonals(x);
        between();
    }
    let [a, b, c, d] = sum(x, start_columns(state, counter));
    let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (transposed(a), transposed(b));
    let ([c0, c1, c2, c3], [d0, d1, d2, d3]) = (transposed(c), transposed(d));
    [[a0, b0, c0, d0], [a1, b1, c1, d1], [a2, b2, c2, d2], [a3, b3, c3, d3]]
}

/// Blocks 0 to 3 in rows, and blocks `counter` to `counter + 15` in columns.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn columns_and_first(state: &[u32; 16], counter: u32) -> ([__m512i; 4], [Set; 4]) {
    let start = start_rows::<1>(state, 0);
    let mut x = start;
    let sets = columns(state, counter, || double_round_of_rows(&mut x));
    let [first] = sum_of_rows(x, start);
    (blocks(first), sets)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn start_rows<const N: usize>(state: &[u32; 16], counter: u32) -> [Row<N>; 4] {
    let [a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3, _, n0, n1, n2] = state.map(u32::cast_signed);
    let row = |w0, w1, w2, w3| _mm512_set4_epi32(w3, w2, w1, w0);
    let index = _mm512_setr_epi32(0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0);
    let mut counter = _mm512_add_epi32(row(counter.cast_signed(), n0, n1, n2), index);
    let mut d = [counter; N];
    for set in &mut d {
        *set = counter;
        counter = _mm512_add_epi32(counter, row(4, 0, 0, 0));
    }
    [[row(a0, a1, a2, a3); N], [row(b0, b1, b2, b3); N], [row(c0, c1, c2, c3); N], d]
}

#[inline]
#[target_feature(enable = "avx512f")]
fn start_columns(state: &[u32; 16], counter: u32) -> [Row<4>; 4] {
    let words = state.map(|word| _mm512_set1_epi32(word.cast_signed()));
    let [a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3, _, n0, n1, n2] = words;
    // In this order `transposed` leaves consecutive blocks in the lanes of a register.
    let index = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    let counters = _mm512_add_epi32(_mm512_set1_epi32(counter.cast_signed()), index);
    [[a0, a1, a2, a3], [b0, b1, b2, b3], [c0, c1, c2, c3], [counters, n0, n1, n2]]
}

/// Section 2.1, for all that the rows hold:
/// `a += b; d ^= a; d <<<= 16; c += d; b ^= c; b <<<= 12; a += b; d ^= a; d <<<= 8; c += d; b ^= c; b <<<= 7`.
#[inline]
#[target_feature(enable = "avx512f")]
fn quarter_rounds<const N: usize>([a, b, c, d]: &mut [Row<N>; 4]) {
    add_xor_rotate::<16, N>(a, b, d);
    add_xor_rotate::<12, N>(c, d, b);
    add_xor_rotate::<8, N>(a, b, d);
    add_xor_rotate::<7, N>(c, d, b);
}

/// `x += y; z ^= x; z <<<= LEFT`.
#[inline]
#[target_feature(enable = "avx512f")]
fn add_xor_rotate<const LEFT: i32, const N: usize>(x: &mut Row<N>, y: &Row<N>, z: &mut Row<N>) {
    for ((x, y), z) in x.iter_mut().zip(y).zip(z) {
        *x = _mm512_add_epi32(*x, *y);
        *z = _mm512_rol_epi32::<LEFT>(_mm512_xor_si512(*z, *x));
    }
}

/// Section 2.3: the second half of a double round takes the diagonals `a0 b1 c2 d3`, `a1 b2 c3 d0` and so on. Names only.
#[inline]
#[target_feature(enable = "avx512f")]
fn diagonals([a, b, c, d]: [Row<4>; 4]) -> [Row<4>; 4] {
    let ([b0, b1, b2, b3], [c0, c1, c2, c3], [d0, d1, d2, d3]) = (b, c, d);
    [a, [b1, b2, b3, b0], [c2, c3, c0, c1], [d3, d0, d1, d2]]
}

/// The inverse of [`diagonals`].
#[inline]
#[target_feature(enable = "avx512f")]
fn undo_diagonals([a, b, c, d]: [Row<4>; 4]) -> [Row<4>; 4] {
    let ([b1, b2, b3, b0], [c2, c3, c0, c1], [d3, d0, d1, d2]) = (b, c, d);
    [a, [b0, b1, b2, b3], [c0, c1, c2, c3], [d0, d1, d2, d3]]
}

/// Rotates `a`, `c` and `d` against `b`, which a quarter round finishes last and the next one needs first.
#[inline]
#[target_feature(enable = "avx512f")]
fn double_round_of_rows<const N: usize>(x: &mut [Row<N>; 4]) {
    const LEFT_1: i32 = 0b00_11_10_01;
    const LEFT_2: i32 = 0b01_00_11_10;
    const LEFT_3: i32 = 0b10_01_00_11;
    quarter_rounds(x);
    let [a, _, c, d] = &mut *x;
    *a = a.map(|row| _mm512_shuffle_epi32::<LEFT_3>(row));
    *c = c.map(|row| _mm512_shuffle_epi32::<LEFT_1>(row));
    *d = d.map(|row| _mm512_shuffle_epi32::<LEFT_2>(row));
    quarter_rounds(x);
    let [a, _, c, d] = &mut *x;
    *a = a.map(|row| _mm512_shuffle_epi32::<LEFT_1>(row));
    *c = c.map(|row| _mm512_shuffle_epi32::<LEFT_3>(row));
    *d = d.map(|row| _mm512_shuffle_epi32::<LEFT_2>(row));
}

#[inline]
#[target_feature(enable = "avx512f")]
fn sum<const N: usize>(mut x: [Row<N>; 4], start: [Row<N>; 4]) -> [Row<N>; 4] {
    for (x, start) in x.as_flattened_mut().iter_mut().zip(start.as_flattened()) {
        *x = _mm512_add_epi32(*x, *start);
    }
    x
}

#[inline]
#[target_feature(enable = "avx512f")]
fn sum_of_rows<const N: usize>(x: [Row<N>; 4], start: [Row<N>; 4]) -> [Set; N] {
    let [a, b, c, d] = sum(x, start);
    let mut sets = [[_mm512_set1_epi32(0); 4]; N];
    for ((((set, a), b), c), d) in sets.iter_mut().zip(a).zip(b).zip(c).zip(d) {
        *set = [a, b, c, d];
    }
    sets
}

/// Four words of 16 blocks to one row of four times four blocks.
#[inline]
#[target_feature(enable = "avx512f")]
fn transposed([w0, w1, w2, w3]: Row<4>) -> Row<4> {
    let (low01, high01) = (_mm512_unpacklo_epi32(w0, w1), _mm512_unpackhi_epi32(w0, w1));
    let (low23, high23) = (_mm512_unpacklo_epi32(w2, w3), _mm512_unpackhi_epi32(w2, w3));
    [
        _mm512_unpacklo_epi64(low01, low23),
        _mm512_unpackhi_epi64(low01, low23),
        _mm512_unpacklo_epi64(high01, high23),
        _mm512_unpackhi_epi64(high01, high23),
    ]
}

/// The four blocks of a set, in order.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn blocks([a, b, c, d]: Set) -> [__m512i; 4] {
    const EVEN: i32 = 0b10_00_10_00;
    const ODD: i32 = 0b11_01_11_01;
    let (ab_low, ab_high) =
        (_mm512_shuffle_i32x4::<0b01_00_01_00>(a, b), _mm512_shuffle_i32x4::<0b11_10_11_10>(a, b));
    let (cd_low, cd_high) =
        (_mm512_shuffle_i32x4::<0b01_00_01_00>(c, d), _mm512_shuffle_i32x4::<0b11_10_11_10>(c, d));
    [
        _mm512_shuffle_i32x4::<EVEN>(ab_low, cd_low),
        _mm512_shuffle_i32x4::<ODD>(ab_low, cd_low),
        _mm512_shuffle_i32x4::<EVEN>(ab_high, cd_high),
        _mm512_shuffle_i32x4::<ODD>(ab_high, cd_high),
    ]
}

/// `output = input ^ keystream`.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn xor(mut block: InOut<'_, '_, [u8; 64]>, keystream: __m512i) {
    let input = load(block.get_in());
    store(block.get_out(), _mm512_xor_si512(input, keystream));
}

/// The same, for less than a block.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,bmi2")]
pub(super) fn xor_part(part: InOutBuf<'_, '_, u8>, keystream: __m512i) {
    let mask =
        u64::MAX.checked_shr(64_u32.saturating_sub(u32::try_from(part.len()).unwrap_or(64))).unwrap_or(0);
    let (input, output) = part.into_raw();
    // SAFETY: the mask has at most as many bits as `part` has bytes; bytes without a bit are not accessed.
    unsafe {
        let input = _mm512_maskz_loadu_epi8(mask, input.cast());
        _mm512_mask_storeu_epi8(output.cast(), mask, _mm512_xor_si512(input, keystream));
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn load(bytes: &[u8; 64]) -> __m512i {
    // SAFETY: 64 bytes are read, of any alignment.
    unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn store(bytes: &mut [u8; 64], value: __m512i) {
    // SAFETY: 64 bytes are written, of any alignment.
    unsafe { _mm512_storeu_si512(bytes.as_mut_ptr().cast(), value) }
}
