// SPDX-License-Identifier: MIT OR Apache-2.0
//! SHA-256, SHA-384 and SHA-512 (FIPS 180-4) over the compression functions beneath, and SHA-1 by feature: what an HMAC
//! needs and the crates' own hash states do not give, a state without a buffer to keep and another to go on from.

#[cfg(all(feature = "simd", target_arch = "x86_64"))]
use crate::kernel;
use zeroize::{DefaultIsZeroes, Zeroize, ZeroizeOnDrop};

/// Words of a state; of those of SHA-1 three are not used.
pub(crate) type State<W> = [W; 8];

/// A hash function with blocks of `BLOCK` bytes.
pub(crate) trait Function<const BLOCK: usize> {
    type Word: Word;
    /// `H(0)`, section 5.3.
    const INITIAL: State<Self::Word>;
    /// Bytes of the digest.
    const LEN: usize;

    fn compress(state: &mut State<Self::Word>, blocks: &[[u8; BLOCK]]);
}

pub(crate) trait Word: DefaultIsZeroes {
    /// The words, big-endian, from the first byte on.
    fn write(words: &State<Self>, to: &mut [u8; 64]);

    /// A number of bits as two words at the end of a block.
    fn write_length(bits: u128, block: &mut [u8]);
}

macro_rules! word {
    ($word:ty) => {
        impl Word for $word {
            fn write(words: &State<Self>, to: &mut [u8; 64]) {
                for (to, word) in to.as_chunks_mut().0.iter_mut().zip(words) {
                    *to = word.to_be_bytes();
                }
            }

            fn write_length(bits: u128, block: &mut [u8]) {
                const LEN: usize = 2 * size_of::<$word>();
                let bits = bits.to_be_bytes();
                if let (Some(to), Some(from)) = (block.last_chunk_mut::<LEN>(), bits.last_chunk()) {
                    *to = *from;
                }
            }
        }
    };
}
word!(u32);
word!(u64);

#[derive(Clone)]
pub(crate) struct Sha256;

impl Function<64> for Sha256 {
    type Word = u32;
    const INITIAL: State<u32> = [
        0x6a09_e667,
        0xbb67_ae85,
        0x3c6e_f372,
        0xa54f_f53a,
        0x510e_527f,
        0x9b05_688c,
        0x1f83_d9ab,
        0x5be0_cd19,
    ];
    const LEN: usize = 32;

    fn compress(state: &mut State<u32>, blocks: &[[u8; 64]]) {
        sha2::block_api::compress256(state, blocks);
    }
}

#[derive(Clone)]
pub(crate) struct Sha384;

impl Function<128> for Sha384 {
    type Word = u64;
    const INITIAL: State<u64> = [
        0xcbbb_9d5d_c105_9ed8,
        0x629a_292a_367c_d507,
        0x9159_015a_3070_dd17,
        0x152f_ecd8_f70e_5939,
        0x6733_2667_ffc0_0b31,
        0x8eb4_4a87_6858_1511,
        0xdb0c_2e0d_64f9_8fa7,
        0x47b5_481d_befa_4fa4,
    ];
    const LEN: usize = 48;

    fn compress(state: &mut State<u64>, blocks: &[[u8; 128]]) {
        Sha512::compress(state, blocks);
    }
}

#[derive(Clone)]
pub(crate) struct Sha512;

impl Function<128> for Sha512 {
    type Word = u64;
    const INITIAL: State<u64> = [
        0x6a09_e667_f3bc_c908,
        0xbb67_ae85_84ca_a73b,
        0x3c6e_f372_fe94_f82b,
        0xa54f_f53a_5f1d_36f1,
        0x510e_527f_ade6_82d1,
        0x9b05_688c_2b3e_6c1f,
        0x1f83_d9ab_fb41_bd6b,
        0x5be0_cd19_137e_2179,
    ];
    const LEN: usize = 64;

    fn compress(state: &mut State<u64>, blocks: &[[u8; 128]]) {
        #[cfg(all(feature = "simd", target_arch = "x86_64"))]
        if kernel::sha512::compress(state, blocks) {
            return;
        }
        sha2::block_api::compress512(state, blocks);
    }
}

#[cfg(feature = "legacy-sha1")]
#[derive(Clone)]
pub(crate) struct Sha1;

#[cfg(feature = "legacy-sha1")]
impl Function<64> for Sha1 {
    type Word = u32;
    const INITIAL: State<u32> = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0, 0, 0, 0];
    const LEN: usize = 20;

    fn compress(state: &mut State<u32>, blocks: &[[u8; 64]]) {
        if let Some(state) = state.first_chunk_mut() {
            sha1::block_api::compress(state, blocks);
        }
    }
}

/// A message that is being hashed; what was seen of it is erased with it.
#[derive(Clone)]
pub(crate) struct Hashing<F: Function<BLOCK>, const BLOCK: usize> {
    state: State<F::Word>,
    /// What does not fill a block yet, `len mod BLOCK` bytes, and zeros.
    buffer: [u8; BLOCK],
    len: u128,
}

impl<F: Function<BLOCK>, const BLOCK: usize> Hashing<F, BLOCK> {
    pub(crate) fn new() -> Self {
        Self::from(F::INITIAL, 0)
    }

    /// Goes on after `blocks` blocks, which made this state.
    pub(super) fn from(state: State<F::Word>, blocks: u8) -> Self {
        Self { state, buffer: [0; BLOCK], len: u128::from(blocks).wrapping_mul(BLOCK as u128) }
    }

    fn used(&self) -> usize {
        let used = self.len.checked_rem(BLOCK as u128).unwrap_or_default();
        usize::try_from(used).unwrap_or_default()
    }

    pub(crate) fn update(&mut self, part: &[u8]) {
        let blocks = self.take(part);
        if !blocks.is_empty() {
            F::compress(&mut self.state, blocks);
        }
    }

    /// Takes a part, of which these blocks are still to be compressed: what comes after them is in the buffer.
    fn take<'a>(&mut self, mut part: &'a [u8]) -> &'a [[u8; BLOCK]] {
        let used = self.used();
        self.len = self.len.wrapping_add(part.len() as u128);
        if used > 0 {
            let room = self.buffer.get_mut(used..).unwrap_or_default();
            let Some((now, later)) = part.split_at_checked(room.len()) else {
                room.split_at_mut(part.len()).0.copy_from_slice(part);
                return &[];
            };
            room.copy_from_slice(now);
            self.compress_buffer();
            part = later;
        }
        let (blocks, rest) = part.as_chunks();
        if !rest.is_empty() {
            self.buffer.split_at_mut(rest.len()).0.copy_from_slice(rest);
        }
        blocks
    }

    fn compress_buffer(&mut self) {
        F::compress(&mut self.state, core::slice::from_ref(&self.buffer));
        self.buffer = [0; BLOCK];
    }

    /// The digest after a last part, at the beginning of `to`, which is written over.
    ///
    /// Section 5.1: `0x80`, zeros, and the number of bits in the last eighth of the last block. It is written before
    /// the blocks of the part are compressed, for the processor to have it by then.
    pub(super) fn finish_into(mut self, last: &[u8], to: &mut [u8; 64]) {
        let blocks = self.take(last);
        let used = self.used();
        if let Some(mark) = self.buffer.get_mut(used) {
            *mark = 0x80;
        }
        let bits = self.len.wrapping_shl(3);
        let fits = used < const { BLOCK - BLOCK / 8 };
        if fits {
            F::Word::write_length(bits, &mut self.buffer);
        }
        if !blocks.is_empty() {
            F::compress(&mut self.state, blocks);
        }
        if !fits {
            self.compress_buffer();
            F::Word::write_length(bits, &mut self.buffer);
        }
        F::compress(&mut self.state, core::slice::from_ref(&self.buffer));
        F::Word::write(&self.state, to);
    }
}

impl<F: Function<BLOCK>, const BLOCK: usize> Drop for Hashing<F, BLOCK> {
    fn drop(&mut self) {
        self.state.as_mut_slice().zeroize();
        self.buffer.as_mut_slice().zeroize();
    }
}

impl<F: Function<BLOCK>, const BLOCK: usize> ZeroizeOnDrop for Hashing<F, BLOCK> {}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{vec, vec::Vec};
    use sha2::{Digest, digest::Output};

    fn digest<F: Function<BLOCK>, const BLOCK: usize>(parts: &[&[u8]]) -> Vec<u8> {
        let mut hashing = Hashing::<F, BLOCK>::new();
        let (last, first) = parts.split_last().unwrap();
        for part in first {
            hashing.update(part);
        }
        let mut digest = [0; 64];
        hashing.finish_into(last, &mut digest);
        digest[..F::LEN].to_vec()
    }

    fn agrees<F: Function<BLOCK>, D: Digest, const BLOCK: usize>() {
        let message: Vec<u8> = (0..70_001_u32).map(|i| (i.wrapping_mul(i) >> 5).to_le_bytes()[0]).collect();
        let expected = |len: usize| -> Output<D> { D::digest(&message[..len]) };
        for len in (0..700).chain([4096, 65_535, 70_001]) {
            assert_eq!(digest::<F, BLOCK>(&[&message[..len]]), expected(len).to_vec(), "{len}");
        }
        // Cut in two places, of which some are the same.
        let whole = expected(2 * BLOCK + 9).to_vec();
        for i in 0..2 * BLOCK + 9 {
            for j in i..2 * BLOCK + 9 {
                let parts = [&message[..i], &message[i..j], &message[j..2 * BLOCK + 9]];
                assert_eq!(digest::<F, BLOCK>(&parts), whole, "{i} {j}");
            }
        }
    }

    #[test]
    fn every_length_and_every_cut_is_as_in_another_implementation() {
        agrees::<Sha256, sha2::Sha256, 64>();
        agrees::<Sha384, sha2::Sha384, 128>();
        agrees::<Sha512, sha2::Sha512, 128>();
        #[cfg(feature = "legacy-sha1")]
        agrees::<Sha1, sha1::Sha1, 64>();
    }

    /// The length is in bits: that of half a gigabyte has 33 bits, and SHA-512 takes a message of 2^61 bytes and more.
    #[test]
    fn no_bit_of_the_length_is_lost() {
        fn last_block<F: Function<BLOCK>, const BLOCK: usize>(len: u128, bits: &[u8]) {
            let mut hashing = Hashing::<F, BLOCK> { state: F::INITIAL, buffer: [0; BLOCK], len };
            hashing.buffer[..3].fill(7);
            let mut block = [vec![7; 3], vec![0x80], vec![0; BLOCK - 4]].concat();
            block[BLOCK - bits.len()..].copy_from_slice(bits);
            let mut state = F::INITIAL;
            F::compress(&mut state, &[block.try_into().unwrap()]);
            let (mut expected, mut got) = ([0; 64], [0; 64]);
            F::Word::write(&state, &mut expected);
            hashing.finish_into(&[], &mut got);
            assert_eq!(got, expected, "{len}");
        }
        for len in [3_u128, (1 << 29) + 3, (1 << 60) + 3] {
            let bits = (len * 8).to_be_bytes();
            last_block::<Sha256, 64>(len, &bits[8..]);
            last_block::<Sha512, 128>(len, &bits);
        }
        last_block::<Sha512, 128>((1 << 61) + 3, &((1_u128 << 64) + 24).to_be_bytes());
        last_block::<Sha384, 128>((1 << 124) + 3, &((1_u128 << 127) + 24).to_be_bytes());
    }
}
