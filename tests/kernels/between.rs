// SPDX-License-Identifier: MIT OR Apache-2.0
//! From one buffer into another.

use crate::bytes::Bytes;
use chancery::{
    Error,
    hazmat::{Aead, AeadKey, Tier},
};
use std::ops::Range;

/// A message, and what the portable code has sealed it to.
pub(crate) struct Message<'a> {
    pub(crate) nonce: &'a [u8; 12],
    pub(crate) aad: &'a [u8],
    pub(crate) plaintext: &'a [u8],
    pub(crate) ciphertext: &'a [u8],
    pub(crate) tag: &'a [u8; 16],
}

impl Message<'_> {
    /// The same on this tier, whatever was in the output; the input is as before, and with a wrong tag the output is cleared.
    pub(crate) fn check(&self, key: &AeadKey, tier: Tier) {
        let len = self.plaintext.len();
        let (whole, mut out) = (0..len, vec![0x5a; len]);
        self.check_at((&mut self.plaintext.to_vec(), &whole), (&mut out, &whole), key, tier);
        let (input, mut out) = (self.ciphertext.to_vec(), vec![0x5a; len]);
        let mut wrong = *self.tag;
        wrong[len % 16] ^= 1 << (self.aad.len() % 8);
        let refused = key.open_to(self.nonce, self.aad, &input, &wrong, &mut out);
        assert_eq!(refused, Err(Error::NotAuthentic), "{tier:?}: {len}");
        assert!(out.iter().all(|byte| *byte == 0) && input == self.ciphertext, "{tier:?}: {len}, wrong tag");
    }

    /// At these places of these rooms.
    fn check_at(
        &self,
        (from, at): (&mut [u8], &Range<usize>),
        (to, out): (&mut [u8], &Range<usize>),
        key: &AeadKey,
        tier: Tier,
    ) {
        let case = || format!("{tier:?}: {} bytes, {} of AAD, {at:?} to {out:?}", at.len(), self.aad.len());
        let beside = |room: &[u8], at: &Range<usize>| [&room[..at.start], &room[at.end..]].concat();
        let outside = [beside(from, at), beside(to, out)];

        from[at.clone()].copy_from_slice(self.plaintext);
        to[out.clone()].fill(0x5a);
        let tag = key.seal_to(self.nonce, self.aad, &from[at.clone()], &mut to[out.clone()]);
        assert!(tag == Ok(*self.tag) && to[out.clone()] == *self.ciphertext, "sealed: {}", case());
        assert!(from[at.clone()] == *self.plaintext, "input of sealing: {}", case());

        from[at.clone()].copy_from_slice(self.ciphertext);
        to[out.clone()].fill(0x5a);
        let opened = key.open_to(self.nonce, self.aad, &from[at.clone()], self.tag, &mut to[out.clone()]);
        assert!(opened == Ok(()) && to[out.clone()] == *self.plaintext, "opened: {}", case());
        assert!(from[at.clone()] == *self.ciphertext, "input of opening: {}", case());
        assert!([beside(from, at), beside(to, out)] == outside, "outside of the buffers: {}", case());
    }

    /// At every distance of input and output from a multiple of 64.
    pub(crate) fn check_alignments(&self, key: &AeadKey, tier: Tier) {
        let len = self.plaintext.len();
        let (mut from, mut to) = (vec![0xee; len + 192], vec![0xee; len + 192]);
        let [start, out_start] = [&from, &to].map(|room| 1 + room[1..].as_ptr().align_offset(64));
        for offset in 0..64 {
            for out_offset in 0..64 {
                let at = start + offset..start + offset + len;
                let out = out_start + out_offset..out_start + out_offset + len;
                self.check_at((&mut from, &at), (&mut to, &out), key, tier);
            }
        }
    }
}

/// Every alignment of messages of these lengths.
pub(crate) fn check_alignments(name: &str, aead: Aead, lengths: &[usize]) {
    let cases = || {
        let mut bytes = Bytes(7);
        let case = |len: &usize| {
            let (key, nonce) = (bytes.take(aead.key_len()), bytes.array::<12>());
            let (aad, plaintext) = (bytes.take(20), bytes.take(*len));
            let mut ciphertext = plaintext.clone();
            let portable = AeadKey::new(aead, &key).unwrap();
            let tag = portable.seal_in_place(&nonce, &aad, &mut ciphertext).unwrap();
            (key, nonce, aad, plaintext, ciphertext, tag)
        };
        lengths.iter().map(case).collect::<Vec<_>>()
    };
    crate::tiers::beside_portable(name, cases, |cases, tier| {
        for (key, nonce, aad, plaintext, ciphertext, tag) in cases {
            let key = AeadKey::new(aead, key).unwrap();
            Message { nonce, aad, plaintext, ciphertext, tag }.check_alignments(&key, tier);
        }
    });
}
