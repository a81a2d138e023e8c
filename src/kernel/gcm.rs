// SPDX-License-Identifier: MIT OR Apache-2.0
//! GCM over vectors of any width: what `aes_gcm_avx512` and `aes_gcm_avx2` are made from.
//!
//! Registers, of which AVX-512 has 32 and AVX2 has 16: 8 counter blocks in flight, the 3 sums of GHASH, a round key, a block, a
//! power of H and what comes in between. A group is 8 vectors. While it goes through the rounds of AES, one at
//! a time, the vectors of the group before as it was written (sealing) or of itself as it is read (opening) go into the
//! sums, one after each round, and both units of the processor are busy.

/// The algorithm, for a vector type `V` of `LANES` blocks and the operations that the module has on it.
macro_rules! gcm {
    ($features:literal) => {
        /// Bytes of a vector.
        const BYTES: usize = 16 * LANES;
        /// Vectors of a group.
        const GROUP: usize = 8;

        /// Bytes of a group.
        type Group = [u8; GROUP * BYTES];

        /// What the counters of a group add to its base, which is a multiple of its blocks: 2 to begin with, as J0 is 1.
        /// In the last vector the base is that of the next group where the count starts again: [`at_the_end`].
        static OFFSETS: [[u8; BYTES]; GROUP] = {
            let mut offsets = [[0; BYTES]; GROUP];
            let mut i = 0;
            while i < GROUP * LANES {
                offsets[i / LANES][i % LANES * 16 + 15] = ((i + 2) % (GROUP * LANES)) as u8;
                i += 1;
            }
            offsets
        };

        /// Products of blocks and powers of H, not reduced: `low`, `middle` and `high` stand for
        /// `low + middle x^64 + high x^128`, in each lane.
        #[derive(Clone, Copy)]
        struct Sum {
            low: V,
            middle: V,
            high: V,
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn empty() -> Sum {
            Sum { low: zero(), middle: zero(), high: zero() }
        }

        /// Adds the products of the blocks, byte-reversed, and the powers.
        #[inline]
        #[target_feature(enable = $features)]
        fn add(sum: &mut Sum, blocks: V, powers: V) {
            let inner = xor(multiply::<0x01>(blocks, powers), multiply::<0x10>(blocks, powers));
            sum.low = xor(sum.low, multiply::<0x00>(blocks, powers));
            sum.middle = xor(sum.middle, inner);
            sum.high = xor(sum.high, multiply::<0x11>(blocks, powers));
        }

        /// The sum of each lane modulo `x^128 + x^7 + x^2 + x + 1`. In the order of bits that GHASH has, the low half is folded
        /// into the middle and that into the high one, each by its swapped halves and a product with `x^63 + x^62 + x^57`.
        #[inline]
        #[target_feature(enable = $features)]
        fn reduce(sum: Sum) -> V {
            let polynomial = broadcast(_mm_set_epi64x(0xc200_0000_0000_0000_u64.cast_signed(), 0));
            let fold = |onto: V, from: V| xor(xor(onto, swap(from)), multiply::<0x01>(polynomial, from));
            fold(sum.high, fold(sum.middle, sum.low))
        }

        /// The products of two vectors, lane by lane.
        #[inline]
        #[target_feature(enable = $features)]
        fn product(a: V, b: V) -> V {
            let mut sum = empty();
            add(&mut sum, a, b);
            reduce(sum)
        }

        /// Fills in the powers of H, of which the last is there, up to `H^needed` or as far as a group and a vector reach;
        /// their number.
        #[target_feature(enable = $features)]
        pub(super) fn powers(powers: &mut [__m128i; POWERS + 3], needed: usize) -> usize {
            let h1 = powers[POWERS - 1];
            let h2 = low_lane(product(from_block(h1), from_block(h1)));
            let lower = pair(h2, h1);
            // H^4 and H^3 are H^2 and H times H^2.
            let mut last = product(lower, broadcast(h2));
            store_four(&mut powers[POWERS - 4..], last, lower);
            let needed = needed.min(LANES * (GROUP + 1));
            let mut ready = 4;
            while ready < needed {
                // H^(i + ready) = H^i H^ready, for up to `ready` of them, from the lowest on: the last one is the next factor.
                let by = broadcast(low_lane(last));
                let more = ready.min(needed - ready);
                for done in (0..more).step_by(LANES) {
                    let from = POWERS - done - LANES;
                    last = product(load_powers(&powers[from..]), by);
                    store_powers(&mut powers[from - ready..], last);
                }
                ready += more.next_multiple_of(LANES);
            }
            ready
        }

        /// The round keys, in every lane.
        #[inline]
        #[target_feature(enable = $features)]
        fn round_key(key: &AesGcm, round: usize) -> V {
            broadcast(key.round_keys[round])
        }

        /// `J0` and, byte-reversed, the base of the first group: the same with 0 for a counter.
        #[inline]
        #[target_feature(enable = $features)]
        fn start(nonce: &[u8; 12]) -> (__m128i, V) {
            let mut j0 = [0; 16];
            j0[..12].copy_from_slice(nonce);
            let base = reverse(broadcast(load(&j0)));
            j0[15] = 1;
            (load(&j0), base)
        }

        /// The first `N` vectors of counter blocks of a group, with the first round key. Moves the base on.
        #[inline]
        #[target_feature(enable = $features)]
        fn counter_blocks<const N: usize>(base: &mut V, first: V) -> [V; N] {
            let this = xor(reverse(*base), first);
            *base = add_32(*base, broadcast(_mm_set_epi32(0, 0, 0, (GROUP * LANES) as i32)));
            let next = xor(reverse(*base), first);
            let mut b = [zero(); N];
            // With a number, not zipped with the offsets: the blocks stay in registers.
            for (i, b) in b.iter_mut().enumerate() {
                let base = if i == GROUP - 1 { at_the_end(this, next) } else { this };
                *b = xor(base, load_whole(&OFFSETS[i]));
            }
            b
        }

        /// The sum of the blocks of `bytes`, the last of which ends in zeros, with the powers from `at` on.
        #[inline]
        #[target_feature(enable = $features)]
        fn add_bytes(sum: &mut Sum, key: &AesGcm, mut at: usize, bytes: &[u8], mut first: V) {
            for part in bytes.chunks(BYTES) {
                add(sum, xor(reverse(load_part(part)), first), load_powers(&key.powers[at..]));
                first = zero();
                at += LANES;
            }
        }

        /// A group through AES in counter mode and, if `HASHED`, `previous` or else the group as it is read into GHASH.
        #[inline]
        #[target_feature(enable = $features)]
        fn group<const ROUNDS: usize, const HASHED: bool>(
            key: &AesGcm,
            base: &mut V,
            acc: V,
            mut group: InOut<'_, '_, Group>,
            previous: Option<&Group>,
        ) -> V {
            let mut b = counter_blocks::<GROUP>(base, round_key(key, 0));
            let mut sum = empty();
            let (hashed, _) = previous.unwrap_or(group.get_in()).as_chunks();
            for round in 1..ROUNDS {
                let round_key = round_key(key, round);
                for b in &mut b {
                    *b = aes_round(*b, round_key);
                }
                if HASHED && round <= GROUP {
                    let i = round - 1;
                    let mut x = reverse(load_whole(&hashed[i]));
                    if i == 0 {
                        x = xor(x, acc);
                    }
                    add(&mut sum, x, load_powers(&key.powers[POWERS - GROUP * LANES + i * LANES..]));
                }
            }
            if FETCHES_NEXT {
                fetch_next(&mut group);
            }
            // All is read before anything is written: a processor takes what is read for what was just written, and waits, where
            // their addresses differ by a multiple of 4096 bytes or about that.
            let last = round_key(key, ROUNDS);
            for (b, bytes) in b.iter_mut().zip(group.get_in().as_chunks().0) {
                *b = aes_last(*b, xor(last, load_whole(bytes)));
            }
            for (b, bytes) in b.into_iter().zip(group.get_out().as_chunks_mut().0) {
                store_whole(bytes, b);
            }
            if HASHED { from_block(fold_lanes(reduce(sum))) } else { acc }
        }

        /// What is left, at most `N` vectors, the lengths, and the tag.
        #[inline]
        #[target_feature(enable = $features)]
        fn finish<const ROUNDS: usize, const SEAL: bool, const N: usize>(
            key: &AesGcm,
            (j0, mut base): (__m128i, V),
            (mut sum, mut acc): (Sum, V),
            mut data: InOutBuf<'_, '_, u8>,
            lengths: __m128i,
        ) -> [u8; 16] {
            let first = round_key(key, 0);
            let mut b = counter_blocks::<N>(&mut base, first);
            let mut t = xor(from_block(j0), first);
            for round in 1..ROUNDS {
                let round_key = round_key(key, round);
                for b in &mut b {
                    *b = aes_round(*b, round_key);
                }
                t = aes_round(t, round_key);
            }
            let last = round_key(key, ROUNDS);
            t = aes_last(t, last);
            let mut at = POWERS - 1 - blocks(data.len());
            for b in b {
                if data.is_empty() {
                    break;
                }
                let len = data.len().min(BYTES);
                let (mut part, rest) = data.split_at(len);
                let before = load_part(part.get_in());
                let after = aes_last(b, xor(last, before));
                store_part(part.get_out(), after);
                let ciphertext = if SEAL { keep(after, len) } else { before };
                add(&mut sum, xor(reverse(ciphertext), acc), load_powers(&key.powers[at..]));
                acc = zero();
                at += LANES;
                data = rest;
            }
            add(&mut sum, xor(from_block(lengths), acc), load_powers(&key.powers[POWERS - 1..]));
            let s = reverse(from_block(fold_lanes(reduce(sum))));
            to_bytes(xor(s, t))
        }

        /// Encrypts or decrypts `data`; the tag.
        #[target_feature(enable = $features)]
        pub(super) fn run<const ROUNDS: usize, const SEAL: bool>(
            key: &AesGcm,
            nonce: &[u8; 12],
            aad: &[u8],
            mut data: InOutBuf<'_, '_, u8>,
        ) -> [u8; 16] {
            let bits = |len: usize| (len as u64).wrapping_mul(8).cast_signed();
            let lengths = _mm_set_epi64x(bits(aad.len()), bits(data.len()));
            let (j0, mut base) = start(nonce);
            let (mut sum, mut acc) = (empty(), zero());

            let total = blocks(aad.len()).saturating_add(blocks(data.len())).saturating_add(1);
            if total <= LANES * (GROUP + 1) && data.len() <= GROUP * BYTES {
                // All of it in one sum.
                add_bytes(&mut sum, key, POWERS - total, aad, zero());
            } else {
                for part in aad.chunks(16 * LANES * GROUP) {
                    let mut sum = empty();
                    add_bytes(&mut sum, key, POWERS - blocks(part.len()), part, acc);
                    acc = from_block(fold_lanes(reduce(sum)));
                }
            }

            if data.len() > GROUP * BYTES {
                let (groups, rest) = chunks(data);
                data = rest;
                let mut groups = groups.into_iter();
                if !SEAL {
                    for next in groups {
                        acc = group::<ROUNDS, true>(key, &mut base, acc, next, None);
                    }
                } else if let Some(mut first) = groups.next() {
                    // The first group is on its own, so that nothing in the loop is decided.
                    group::<ROUNDS, false>(key, &mut base, acc, first.reborrow(), None);
                    let mut previous: &Group = first.into_out();
                    for mut next in groups {
                        acc = group::<ROUNDS, true>(key, &mut base, acc, next.reborrow(), Some(previous));
                        previous = next.into_out();
                    }
                    let mut sum = empty();
                    add_bytes(&mut sum, key, POWERS - GROUP * LANES, previous, acc);
                    acc = from_block(fold_lanes(reduce(sum)));
                }
            }

            let (position, so_far) = ((j0, base), (sum, acc));
            match data.len().div_ceil(BYTES) {
                0 => finish::<ROUNDS, SEAL, 0>(key, position, so_far, data, lengths),
                1 => finish::<ROUNDS, SEAL, 1>(key, position, so_far, data, lengths),
                2 => finish::<ROUNDS, SEAL, 2>(key, position, so_far, data, lengths),
                3 | 4 => finish::<ROUNDS, SEAL, 4>(key, position, so_far, data, lengths),
                _ => finish::<ROUNDS, SEAL, 8>(key, position, so_far, data, lengths),
            }
        }
    };
}

pub(super) use gcm;
