// SPDX-License-Identifier: MIT OR Apache-2.0
//! The AEAD of RFC 8439 section 2.8 with AVX-512.
//!
//! Up to 1024 bytes the key of Poly1305, which is block 0, and the whole keystream come from one run of the rounds.
//! Above, each further run of 16 blocks goes beside Poly1305 of 1024 bytes: sealing of those before, opening of its own.

use super::{
    chacha20_avx512::{Set, blocks, columns, columns_and_first, rows, xor, xor_part},
    chacha20_poly1305::Direction,
    in_out::{chunks, parts},
    poly1305::Poly1305,
    poly1305_avx512::Lanes,
};
use core::arch::x86_64::{
    __m512i, _mm_cvtsi128_si64, _mm_extract_epi64, _mm512_castsi512_si128, _mm512_extracti32x4_epi32,
};
use inout::{InOut, InOutBuf};
use zeroize::Zeroize;

/// 16 blocks of ChaCha20.
const CHUNK: usize = 1024;
/// 16 blocks of Poly1305.
const STEP: usize = 256;

/// `text` sealed or opened, and the tag of the ciphertext.
#[target_feature(enable = "avx512f,avx512bw,avx512ifma,bmi2")]
pub(super) fn run(
    state: &[u32; 16],
    direction: Direction,
    aad: &[u8],
    text: InOutBuf<'_, '_, u8>,
) -> [u8; 16] {
    match text.len() {
        0..=192 => short(rows::<1>(state, 0), direction, aad, text),
        193..=448 => short(rows::<2>(state, 0), direction, aad, text),
        449..=704 => short(rows::<3>(state, 0), direction, aad, text),
        705..=CHUNK => {
            let ([key, ..], sets) = columns_and_first(state, 1);
            at_once(key, sets.map(|set| blocks(set)).as_flattened(), direction, aad, text)
        }
        _ => long(state, direction, aad, text),
    }
}

/// Block 0 is the first of the keystream.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512ifma,bmi2")]
fn short<const N: usize>(
    sets: [Set; N],
    direction: Direction,
    aad: &[u8],
    text: InOutBuf<'_, '_, u8>,
) -> [u8; 16] {
    let mut keystream = sets.map(|set| blocks(set));
    let [key, rest @ ..] = keystream.as_flattened() else { return [0; 16] };
    let tag = at_once(*key, rest, direction, aad, text);
    keystream.zeroize();
    tag
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512ifma,bmi2")]
fn at_once(
    key: __m512i,
    keystream: &[__m512i],
    direction: Direction,
    aad: &[u8],
    mut text: InOutBuf<'_, '_, u8>,
) -> [u8; 16] {
    let mut poly = poly1305(key);
    absorb(&mut poly, aad);
    if let Direction::Open = direction {
        absorb(&mut poly, text.get_in());
    }
    apply(keystream, text.reborrow());
    if let Direction::Seal = direction {
        absorb(&mut poly, text.get_out());
    }
    poly.tag(aad.len(), text.len())
}

#[target_feature(enable = "avx512f,avx512bw,avx512ifma,bmi2")]
fn long(state: &[u32; 16], direction: Direction, aad: &[u8], text: InOutBuf<'_, '_, u8>) -> [u8; 16] {
    let len = text.len();
    let ([key, ..], sets) = columns_and_first(state, 1);
    let mut poly = poly1305(key);
    absorb(&mut poly, aad);

    let (chunks, mut tail) = chunks::<CHUNK>(text);
    let mut chunks = chunks.into_iter();
    let Some(mut head) = chunks.next() else { return [0; 16] };
    let (mut lanes, mut before);
    if let Direction::Open = direction {
        let [first, others @ ..] = head.get_in().as_chunks().0 else { return [0; 16] };
        lanes = Lanes::new(&poly, first);
        lanes.absorb_all(others);
        apply_chunk(&sets, head);
        before = &[][..];
    } else {
        apply_chunk(&sets, head.reborrow());
        let [first, others @ ..] = head.into_out().as_chunks().0 else { return [0; 16] };
        (lanes, before) = (Lanes::new(&poly, first), others);
    }
    let mut counter = 17_u32;
    for mut chunk in chunks {
        let steps = if let Direction::Open = direction { chunk.get_in().as_chunks().0 } else { before };
        let mut steps = steps.iter();
        let sets = columns(state, counter, || {
            if let Some(step) = steps.next() {
                lanes.absorb(step);
            }
        });
        apply_chunk(&sets, chunk.reborrow());
        if let Direction::Seal = direction {
            before = chunk.into_out().as_chunks().0;
        }
        counter = counter.wrapping_add(16);
    }
    lanes.absorb_all(before);
    if let Direction::Seal = direction {
        apply_tail(state, counter, tail.reborrow());
    }
    let ciphertext = if let Direction::Seal = direction { tail.get_out() } else { tail.get_in() };
    let (steps, end) = ciphertext.as_chunks();
    lanes.absorb_all(steps);
    poly.set_acc(lanes.acc());
    poly.absorb(end);
    if let Direction::Open = direction {
        apply_tail(state, counter, tail);
    }
    poly.tag(aad.len(), len)
}

/// Lanes cost about as much as 16 blocks in 64-bit registers.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,bmi2")]
fn absorb(poly: &mut Poly1305, data: &[u8]) {
    let (steps, rest) = data.as_chunks::<STEP>();
    match steps {
        [first, others @ ..] if !others.is_empty() => {
            let mut lanes = Lanes::new(poly, first);
            lanes.absorb_all(others);
            poly.set_acc(lanes.acc());
            poly.absorb(rest);
        }
        _ => poly.absorb(data),
    }
}

/// Section 2.6: `r` and `s` are the first half of block 0.
#[inline]
#[target_feature(enable = "avx512f,bmi2")]
fn poly1305(block: __m512i) -> Poly1305 {
    let halves = [_mm512_castsi512_si128(block), _mm512_extracti32x4_epi32::<1>(block)];
    let [r, s] = halves.map(|half| {
        let [low, high] = [_mm_cvtsi128_si64(half), _mm_extract_epi64::<1>(half)].map(i64::cast_unsigned);
        u128::from(low) | u128::from(high) << 64
    });
    Poly1305::new(r, s)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn apply_chunk(sets: &[Set; 4], chunk: InOut<'_, '_, [u8; CHUNK]>) {
    for (part, set) in parts::<CHUNK, 256>(chunk).zip(sets) {
        for (block, keystream) in parts(part).zip(blocks(*set)) {
            xor(block, keystream);
        }
    }
}

/// Less than a chunk, from block `counter`.
#[target_feature(enable = "avx512f,avx512bw,bmi2")]
fn apply_tail(state: &[u32; 16], counter: u32, tail: InOutBuf<'_, '_, u8>) {
    if tail.is_empty() {
        return;
    }
    match tail.len() {
        0..=256 => apply(rows::<1>(state, counter).map(|set| blocks(set)).as_flattened(), tail),
        257..=512 => apply(rows::<2>(state, counter).map(|set| blocks(set)).as_flattened(), tail),
        513..=768 => apply(rows::<3>(state, counter).map(|set| blocks(set)).as_flattened(), tail),
        _ => apply(columns(state, counter, || {}).map(|set| blocks(set)).as_flattened(), tail),
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,bmi2")]
fn apply(keystream: &[__m512i], text: InOutBuf<'_, '_, u8>) {
    let mut keystream = keystream.iter();
    let (full, part) = chunks(text);
    for (block, keystream) in full.into_iter().zip(keystream.by_ref()) {
        xor(block, *keystream);
    }
    if let (false, Some(keystream)) = (part.is_empty(), keystream.next()) {
        xor_part(part, *keystream);
    }
}
