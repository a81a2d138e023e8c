// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sealed streams under inner readers and writers that behave as badly as `std::io` permits.

#![cfg(feature = "std")]

mod flaky;
mod model;
mod moves;
mod read;
mod seek;
mod write;

use chancery::{
    Context, Error, Keyring,
    aead::{Algorithm, SealKey},
};
use std::io::{self, Write};

/// Plaintext of a full chunk, the same with its tag, and what stands in front of the first.
const CHUNK: usize = 16_384;
const SEALED_CHUNK: usize = CHUNK + 16;
const START: usize = 65;

/// Lengths at the edges of a chunk.
const LENGTHS: [usize; 7] = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 40_000];

fn keys(algorithm: Algorithm) -> Keyring<SealKey> {
    let bytes: [u8; 32] = core::array::from_fn(|i| u8::try_from(i).expect("below 32"));
    Keyring::new(SealKey::from_bytes(algorithm, &bytes).expect("a key"))
}

fn aes() -> Keyring<SealKey> {
    keys(Algorithm::Aes256Gcm)
}

fn context() -> Context {
    Context::of("streams")
}

/// Bytes of which no two neighbouring chunks are alike.
fn plaintext(len: usize) -> Vec<u8> {
    (0..len).map(|i| u8::try_from((i * 7 + i / CHUNK) % 251).expect("below 251")).collect()
}

fn sealed(len: usize) -> Vec<u8> {
    aes().seal(&context(), &plaintext(len)).expect("sealed")
}

/// A message sealed through a writer, in one piece.
fn streamed(keys: &Keyring<SealKey>, message: &[u8]) -> Vec<u8> {
    let mut writer = keys.seal_writer(&context(), Vec::new()).expect("a writer");
    writer.write_all(message).expect("a vector takes everything");
    writer.finish().expect("a vector takes everything")
}

/// The error of ours that an I/O error was made from.
fn source(error: &io::Error) -> Option<Error> {
    error.get_ref()?.downcast_ref().copied()
}

/// A small generator with a seed, so that a failure can be repeated.
#[derive(Debug)]
struct Lcg(u64);

impl Lcg {
    /// A number below `bound`, by the high bits of Knuth's MMIX generator.
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % bound
    }
}
