// SPDX-License-Identifier: MIT OR Apache-2.0
//! ChaCha20-Poly1305, RFC 8439 section 2.8.

#![expect(unsafe_code)]

use super::{chacha20_poly1305_avx2, chacha20_poly1305_avx512, tier::Tier};
use alloc::boxed::Box;
use inout::InOutBuf;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A key, and what runs with it.
pub(crate) struct ChaCha20Poly1305 {
    key: [u32; 8],
    run: Run,
}

/// The tag of state, direction, AAD and text; needs the instruction sets of a tier.
type Run = unsafe fn(&[u32; 16], Direction, &[u8], InOutBuf<'_, '_, u8>) -> [u8; 16];

/// What is to be done with a text.
#[derive(Clone, Copy)]
pub(super) enum Direction {
    /// Plaintext becomes ciphertext.
    Seal,
    /// Ciphertext becomes plaintext.
    Open,
}

impl ChaCha20Poly1305 {
    /// `None` without AVX2: there the portable code is the better one.
    pub(crate) fn new(key: &[u8; 32]) -> Option<Box<Self>> {
        let run = match Tier::current() {
            Tier::Portable => return None,
            Tier::Avx2 => chacha20_poly1305_avx2::run,
            Tier::Avx512 => chacha20_poly1305_avx512::run,
        };
        let mut new = Box::new(Self { key: [0; 8], run });
        for (word, bytes) in new.key.iter_mut().zip(key.as_chunks().0) {
            *word = u32::from_le_bytes(*bytes);
        }
        Some(new)
    }

    /// Encrypts `text` and returns the tag. At most 2^32 - 1 blocks of 64 bytes.
    pub(crate) fn seal(&self, nonce: &[u8; 12], aad: &[u8], text: InOutBuf<'_, '_, u8>) -> [u8; 16] {
        self.run(Direction::Seal, nonce, aad, text)
    }

    /// Decrypts `text` and returns the tag that the ciphertext should have.
    pub(crate) fn open(&self, nonce: &[u8; 12], aad: &[u8], text: InOutBuf<'_, '_, u8>) -> [u8; 16] {
        self.run(Direction::Open, nonce, aad, text)
    }

    /// Section 2.3: constants, key, counter, nonce.
    fn run(
        &self,
        direction: Direction,
        nonce: &[u8; 12],
        aad: &[u8],
        text: InOutBuf<'_, '_, u8>,
    ) -> [u8; 16] {
        let mut state =
            [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let (_, rest) = state.split_at_mut(4);
        let (key, rest) = rest.split_at_mut(8);
        key.copy_from_slice(&self.key);
        for (word, bytes) in rest.iter_mut().skip(1).zip(nonce.as_chunks().0) {
            *word = u32::from_le_bytes(*bytes);
        }
        // SAFETY: `new` chose it by what `Tier::current` found in this machine.
        let tag = unsafe { (self.run)(&state, direction, aad, text) };
        state.zeroize();
        tag
    }
}

impl Drop for ChaCha20Poly1305 {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

impl ZeroizeOnDrop for ChaCha20Poly1305 {}
