// SPDX-License-Identifier: MIT OR Apache-2.0
//! ChaCha20, RFC 8439 section 2.3, in 256-bit registers: 2 to 6 blocks at the latency of one, or 8 at full throughput.
//!
//! The layouts are those of `chacha20_avx512`, with half as many blocks: a register holds one row of two blocks, or one
//! word of eight. Registers: all 16 for the state; two of its words are in memory while a quarter round needs room.
//! Rotations by 16 and 8 become shuffles of bytes.

#![expect(unsafe_code)]

use core::arch::x86_64::{
    __m256i, _mm256_add_epi32, _mm256_loadu_si256, _mm256_or_si256, _mm256_permute2x128_si256,
    _mm256_set1_epi32, _mm256_setr_epi32, _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_shuffle_epi32,
    _mm256_slli_epi32, _mm256_srli_epi32, _mm256_storeu_si256, _mm256_unpackhi_epi32, _mm256_unpackhi_epi64,
    _mm256_unpacklo_epi32, _mm256_unpacklo_epi64, _mm256_xor_si256,
};
use core::hint::black_box;
use inout::InOut;

/// One row of the matrix of several blocks: N registers.
type Row<const N: usize> = [__m256i; N];
/// Two consecutive blocks: rows `a`, `b`, `c`, `d`.
pub(super) type Set = [__m256i; 4];
/// 64 bytes of keystream.
pub(super) type Block = [__m256i; 2];

/// Blocks `counter` to `counter + 2N - 1`. `between` runs 20 times, as in [`columns`].
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn rows<const N: usize>(state: &[u32; 16], counter: u32, mut between: impl FnMut()) -> [Set; N] {
    let start = start_rows::<N>(state, counter);
    let rotations = Rotations::new();
    let mut x = start;
    for _ in 0..10 {
        double_round_of_rows(&mut x, &rotations);
        between();
        between();
    }
    let [a, b, c, d] = sum(x, start);
    let mut sets = [[_mm256_setzero_si256(); 4]; N];
    for ((((set, a), b), c), d) in sets.iter_mut().zip(a).zip(b).zip(c).zip(d) {
        *set = [a, b, c, d];
    }
    sets
}

/// Blocks `counter` to `counter + 7`. `between` runs after each of the 20 rounds, in what they leave idle.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn columns(state: &[u32; 16], counter: u32, mut between: impl FnMut()) -> [Set; 4] {
    let mut x = start_columns(state, counter);
    let rotations = Rotations::new();
    for _ in 0..10 {
        quarter_rounds_by_two(&mut x, &rotations);
        between();
        x = diagonals(x);
        quarter_rounds_by_two(&mut x, &rotations);
        between();
        x = undo_diagonals(x);
    }
    let [a, b, c, d] = sum(x, start_columns(state, counter));
    let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (transposed(a), transposed(b));
    let ([c0, c1, c2, c3], [d0, d1, d2, d3]) = (transposed(c), transposed(d));
    [[a0, b0, c0, d0], [a1, b1, c1, d1], [a2, b2, c2, d2], [a3, b3, c3, d3]]
}

#[inline]
#[target_feature(enable = "avx2")]
fn start_rows<const N: usize>(state: &[u32; 16], counter: u32) -> [Row<N>; 4] {
    let [a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3, _, n0, n1, n2] = state.map(u32::cast_signed);
    let row = |w0, w1, w2, w3| _mm256_setr_epi32(w0, w1, w2, w3, w0, w1, w2, w3);
    let counter = row(counter.cast_signed(), n0, n1, n2);
    let mut counter = _mm256_add_epi32(counter, _mm256_setr_epi32(0, 0, 0, 0, 1, 0, 0, 0));
    let mut d = [counter; N];
    for set in &mut d {
        *set = counter;
        counter = _mm256_add_epi32(counter, row(2, 0, 0, 0));
    }
    [[row(a0, a1, a2, a3); N], [row(b0, b1, b2, b3); N], [row(c0, c1, c2, c3); N], d]
}

#[inline]
#[target_feature(enable = "avx2")]
fn start_columns(state: &[u32; 16], counter: u32) -> [Row<4>; 4] {
    let words = state.map(|word| _mm256_set1_epi32(word.cast_signed()));
    let [a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3, _, n0, n1, n2] = words;
    // In this order `transposed` leaves consecutive blocks in the lanes of a register.
    let index = _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7);
    let counters = _mm256_add_epi32(_mm256_set1_epi32(counter.cast_signed()), index);
    [[a0, a1, a2, a3], [b0, b1, b2, b3], [c0, c1, c2, c3], [counters, n0, n1, n2]]
}

/// Section 2.1, for all that the rows hold:
/// `a += b; d ^= a; d <<<= 16; c += d; b ^= c; b <<<= 12; a += b; d ^= a; d <<<= 8; c += d; b ^= c; b <<<= 7`.
#[inline]
#[target_feature(enable = "avx2")]
fn quarter_rounds<const N: usize>([a, b, c, d]: &mut [Row<N>; 4], rotations: &Rotations) {
    add_xor_rotate(a, b, d, |z| _mm256_shuffle_epi8(z, rotations.by_16));
    add_xor_rotate(c, d, b, |z| _mm256_or_si256(_mm256_slli_epi32::<12>(z), _mm256_srli_epi32::<20>(z)));
    add_xor_rotate(a, b, d, |z| _mm256_shuffle_epi8(z, rotations.by_8));
    add_xor_rotate(c, d, b, |z| _mm256_or_si256(_mm256_slli_epi32::<7>(z), _mm256_srli_epi32::<25>(z)));
}

/// Rotations to the left by whole bytes, as shuffles.
struct Rotations {
    by_16: __m256i,
    by_8: __m256i,
}

impl Rotations {
    /// Out of the compiler's sight: of a shuffle that it knows it makes two, on either side of the exclusive or before.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn new() -> Self {
        Self {
            by_16: black_box(_mm256_setr_epi32(
                0x0100_0302,
                0x0504_0706,
                0x0908_0b0a,
                0x0d0c_0f0e,
                0x0100_0302,
                0x0504_0706,
                0x0908_0b0a,
                0x0d0c_0f0e,
            )),
            by_8: black_box(_mm256_setr_epi32(
                0x0201_0003,
                0x0605_0407,
                0x0a09_080b,
                0x0e0d_0c0f,
                0x0201_0003,
                0x0605_0407,
                0x0a09_080b,
                0x0e0d_0c0f,
            )),
        }
    }
}

/// `x += y; z ^= x; z <<<= n`.
#[inline]
#[target_feature(enable = "avx2")]
fn add_xor_rotate<const N: usize>(
    x: &mut Row<N>,
    y: &Row<N>,
    z: &mut Row<N>,
    rotated: impl Fn(__m256i) -> __m256i,
) {
    for ((x, y), z) in x.iter_mut().zip(y).zip(z) {
        *x = _mm256_add_epi32(*x, *y);
        *z = rotated(_mm256_xor_si256(*z, *x));
    }
}

/// Two columns at a time, which leaves registers for what is between.
#[inline]
#[target_feature(enable = "avx2")]
fn quarter_rounds_by_two(x: &mut [Row<4>; 4], rotations: &Rotations) {
    let mut left = x.map(|[first, second, _, _]| [first, second]);
    let mut right = x.map(|[_, _, third, fourth]| [third, fourth]);
    quarter_rounds(&mut left, rotations);
    quarter_rounds(&mut right, rotations);
    for ((row, [first, second]), [third, fourth]) in x.iter_mut().zip(left).zip(right) {
        *row = [first, second, third, fourth];
    }
}

/// Section 2.3: the second half of a double round takes the diagonals `a0 b1 c2 d3`, `a1 b2 c3 d0` and so on. Names only.
#[inline]
#[target_feature(enable = "avx2")]
fn diagonals([a, b, c, d]: [Row<4>; 4]) -> [Row<4>; 4] {
    let ([b0, b1, b2, b3], [c0, c1, c2, c3], [d0, d1, d2, d3]) = (b, c, d);
    [a, [b1, b2, b3, b0], [c2, c3, c0, c1], [d3, d0, d1, d2]]
}

/// The inverse of [`diagonals`].
#[inline]
#[target_feature(enable = "avx2")]
fn undo_diagonals([a, b, c, d]: [Row<4>; 4]) -> [Row<4>; 4] {
    let ([b1, b2, b3, b0], [c2, c3, c0, c1], [d3, d0, d1, d2]) = (b, c, d);
    [a, [b0, b1, b2, b3], [c0, c1, c2, c3], [d0, d1, d2, d3]]
}

/// Rotates `a`, `c` and `d` against `b`, which a quarter round finishes last and the next one needs first.
#[inline]
#[target_feature(enable = "avx2")]
fn double_round_of_rows<const N: usize>(x: &mut [Row<N>; 4], rotations: &Rotations) {
    const LEFT_1: i32 = 0b00_11_10_01;
    const LEFT_2: i32 = 0b01_00_11_10;
    const LEFT_3: i32 = 0b10_01_00_11;
    quarter_rounds(x, rotations);
    let [a, _, c, d] = &mut *x;
    *a = a.map(|row| _mm256_shuffle_epi32::<LEFT_3>(row));
    *c = c.map(|row| _mm256_shuffle_epi32::<LEFT_1>(row));
    *d = d.map(|row| _mm256_shuffle_epi32::<LEFT_2>(row));
    quarter_rounds(x, rotations);
    let [a, _, c, d] = &mut *x;
    *a = a.map(|row| _mm256_shuffle_epi32::<LEFT_1>(row));
    *c = c.map(|row| _mm256_shuffle_epi32::<LEFT_3>(row));
    *d = d.map(|row| _mm256_shuffle_epi32::<LEFT_2>(row));
}

#[inline]
#[target_feature(enable = "avx2")]
fn sum<const N: usize>(mut x: [Row<N>; 4], start: [Row<N>; 4]) -> [Row<N>; 4] {
    for (x, start) in x.as_flattened_mut().iter_mut().zip(start.as_flattened()) {
        *x = _mm256_add_epi32(*x, *start);
    }
    x
}

/// Four words of eight blocks to one row of four times two blocks.
#[inline]
#[target_feature(enable = "avx2")]
fn transposed([w0, w1, w2, w3]: Row<4>) -> Row<4> {
    let (low01, high01) = (_mm256_unpacklo_epi32(w0, w1), _mm256_unpackhi_epi32(w0, w1));
    let (low23, high23) = (_mm256_unpacklo_epi32(w2, w3), _mm256_unpackhi_epi32(w2, w3));
    [
        _mm256_unpacklo_epi64(low01, low23),
        _mm256_unpackhi_epi64(low01, low23),
        _mm256_unpacklo_epi64(high01, high23),
        _mm256_unpackhi_epi64(high01, high23),
    ]
}

/// The two blocks of a set, in order.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn blocks([a, b, c, d]: Set) -> [Block; 2] {
    const LOW: i32 = 0x20;
    const HIGH: i32 = 0x31;
    [
        [_mm256_permute2x128_si256::<LOW>(a, b), _mm256_permute2x128_si256::<LOW>(c, d)],
        [_mm256_permute2x128_si256::<HIGH>(a, b), _mm256_permute2x128_si256::<HIGH>(c, d)],
    ]
}

/// `output = input ^ keystream`.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn xor(mut block: InOut<'_, '_, [u8; 64]>, keystream: Block) {
    let mut input = [_mm256_setzero_si256(); 2];
    for (half, bytes) in input.iter_mut().zip(block.get_in().as_chunks().0) {
        *half = load(bytes);
    }
    for ((bytes, half), keystream) in block.get_out().as_chunks_mut().0.iter_mut().zip(input).zip(keystream) {
        store(bytes, _mm256_xor_si256(half, keystream));
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(bytes: &[u8; 32]) -> __m256i {
    // SAFETY: 32 bytes are read, of any alignment.
    unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn store(bytes: &mut [u8; 32], value: __m256i) {
    // SAFETY: 32 bytes are written, of any alignment.
    unsafe { _mm256_storeu_si256(bytes.as_mut_ptr().cast(), value) }
}
