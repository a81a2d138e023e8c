// SPDX-License-Identifier: MIT OR Apache-2.0
//! The AEAD of RFC 8439 section 2.8 with AVX2.
//!
//! Poly1305 runs in 64-bit registers, which the rounds of ChaCha20 leave alone. Up to 320 bytes its key, which is
//! block 0, and the whole keystream come from one run of the rounds. Above, each further run of eight blocks goes beside
//! Poly1305 of 512 bytes: sealing of those before, opening of its own.

use super::{
    chacha20_avx2::{Block, Set, blocks, columns, rows, xor},
    chacha20_poly1305::Direction,
    in_out::{chunks, parts},
    poly1305::Poly1305,
};
use core::arch::x86_64::{
    _mm_cvtsi128_si64, _mm_extract_epi64, _mm256_castsi256_si128, _mm256_extracti128_si256,
    _mm256_setzero_si256,
};
use inout::{InOut, InOutBuf};
use zeroize::Zeroize;

/// What comes from the same run of the rounds as the key.
const HEAD: usize = 320;
/// Eight blocks of ChaCha20.
const CHUNK: usize = 512;
/// What Poly1305 takes between two double rounds.
const STEP: usize = 32;

/// `text` sealed or opened, and the tag of the ciphertext.
#[target_feature(enable = "avx2,bmi2")]
pub(super) fn run(
    state: &[u32; 16],
    direction: Direction,
    aad: &[u8],
    text: InOutBuf<'_, '_, u8>,
) -> [u8; 16] {
    match text.len() {
        0..=64 => short(rows::<1>(state, 0, || {}), direction, aad, text),
        65..=192 => short(rows::<2>(state, 0, || {}), direction, aad, text),
        193..=HEAD => short(rows::<3>(state, 0, || {}), direction, aad, text),
        _ => long(state, direction, aad, text),
    }
}

/// Block 0 is the first of the keystream.
#[inline]
#[target_feature(enable = "avx2,bmi2")]
fn short<const N: usize>(
    sets: [Set; N],
    direction: Direction,
    aad: &[u8],
    mut text: InOutBuf<'_, '_, u8>,
) -> [u8; 16] {
    let mut keystream = sets.map(|set| blocks(set));
    let [key, others @ ..] = keystream.as_flattened() else { return [0; 16] };
    let mut poly = poly1305(*key);
    poly.absorb(aad);
    if let Direction::Open = direction {
        poly.absorb(text.get_in());
    }
    apply(others, text.reborrow());
    keystream.zeroize();
    if let Direction::Seal = direction {
        poly.absorb(text.get_out());
    }
    poly.tag(aad.len(), text.len())
}

#[target_feature(enable = "avx2,bmi2")]
fn long(state: &[u32; 16], direction: Direction, aad: &[u8], text: InOutBuf<'_, '_, u8>) -> [u8; 16] {
    let len = text.len();
    let mut keystream = rows::<3>(state, 0, || {}).map(|set| blocks(set));
    let [key, others @ ..] = keystream.as_flattened() else { return [0; 16] };
    let mut poly = poly1305(*key);
    poly.absorb(aad);
    let (mut head, rest) = text.split_at(HEAD);
    if let Direction::Open = direction {
        poly.absorb(head.get_in());
    }
    apply(others, head.reborrow());
    keystream.zeroize();

    let mut before: &[[u8; STEP]] = head.into_out().as_chunks().0;
    let (chunks, mut tail) = chunks::<CHUNK>(rest);
    let mut counter = 6_u32;
    for mut chunk in chunks {
        let mut steps =
            if let Direction::Open = direction { chunk.get_in().as_chunks().0 } else { before }.iter();
        let sets = columns(state, counter, || absorb_next(&mut poly, &mut steps));
        apply_chunk(&sets, chunk.reborrow());
        before = chunk.into_out().as_chunks().0;
        counter = counter.wrapping_add(8);
    }
    let (steps, end) =
        if let Direction::Open = direction { tail.get_in().as_chunks() } else { (before, &[][..]) };
    let mut steps = steps.iter();
    let sets = end_of_stream(state, counter, tail.len(), || absorb_next(&mut poly, &mut steps));
    poly.absorb(end);
    apply(sets.map(|set| blocks(set)).as_flattened(), tail.reborrow());
    if let Direction::Seal = direction {
        poly.absorb(tail.get_out());
    }
    poly.tag(aad.len(), len)
}

/// The first `len` bytes, less than [`CHUNK`], of the stream from block `counter`.
#[inline]
#[target_feature(enable = "avx2,bmi2")]
fn end_of_stream(state: &[u32; 16], counter: u32, len: usize, between: impl FnMut()) -> [Set; 4] {
    let none = [_mm256_setzero_si256(); 4];
    match len {
        0..=128 => {
            let [first] = rows::<1>(state, counter, between);
            [first, none, none, none]
        }
        129..=256 => {
            let [first, second] = rows::<2>(state, counter, between);
            [first, second, none, none]
        }
        257..=384 => {
            let [first, second, third] = rows::<3>(state, counter, between);
            [first, second, third, none]
        }
        _ => columns(state, counter, between),
    }
}

#[expect(clippy::inline_always, reason = "a call would spill the registers of the rounds")]
#[inline(always)]
fn absorb_next<'a>(poly: &mut Poly1305, steps: &mut impl Iterator<Item = &'a [u8; STEP]>) {
    if let Some(step) = steps.next() {
        for block in step.as_chunks().0 {
            poly.block(u128::from_le_bytes(*block));
        }
    }
}

/// Section 2.6: `r` and `s` are the first half of block 0.
#[inline]
#[target_feature(enable = "avx2,bmi2")]
fn poly1305([half, _]: Block) -> Poly1305 {
    let [r, s] = [_mm256_castsi256_si128(half), _mm256_extracti128_si256::<1>(half)].map(|number| {
        let [low, high] = [_mm_cvtsi128_si64(number), _mm_extract_epi64::<1>(number)].map(i64::cast_unsigned);
        u128::from(low) | u128::from(high) << 64
    });
    Poly1305::new(r, s)
}

#[inline]
#[target_feature(enable = "avx2")]
fn apply_chunk(sets: &[Set; 4], chunk: InOut<'_, '_, [u8; CHUNK]>) {
    for (part, set) in parts::<CHUNK, 128>(chunk).zip(sets) {
        for (block, keystream) in parts(part).zip(blocks(*set)) {
            xor(block, keystream);
        }
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn apply(keystream: &[Block], text: InOutBuf<'_, '_, u8>) {
    let mut keystream = keystream.iter();
    let (full, mut part) = chunks(text);
    for (block, keystream) in full.into_iter().zip(keystream.by_ref()) {
        xor(block, *keystream);
    }
    if let (false, Some(keystream)) = (part.is_empty(), keystream.next()) {
        let mut block = [0; 64];
        for (to, from) in block.iter_mut().zip(part.get_in()) {
            *to = *from;
        }
        xor((&mut block).into(), *keystream);
        for (to, from) in part.get_out().iter_mut().zip(&block) {
            *to = *from;
        }
        block.zeroize();
    }
}
