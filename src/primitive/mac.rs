// SPDX-License-Identifier: MIT OR Apache-2.0
//! HMAC with a kept keyed state: RFC 2104 over SHA-256, SHA-384 and SHA-512, and over SHA-1 by feature.

#[cfg(feature = "legacy-sha1")]
use crate::primitive::sha::Sha1;
use crate::primitive::{
    ct,
    sha::{Function, Hashing, Sha256, Sha384, Sha512, State},
};
use alloc::boxed::Box;
use core::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The hash beneath an HMAC or an HKDF.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Hash {
    /// SHA-256, 32 bytes.
    Sha256,
    /// SHA-384, 48 bytes.
    Sha384,
    /// SHA-512, 64 bytes.
    Sha512,
}

impl Hash {
    /// Length of the output in bytes, and the least length of an HMAC key (RFC 2104, section 3).
    #[must_use]
    pub const fn output_len(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

/// The output of an HMAC: of the length of the hash, erased when dropped.
pub(crate) struct Output {
    bytes: [u8; 64],
    len: usize,
}

impl Output {
    fn new(len: usize) -> Self {
        Self { bytes: [0; 64], len }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.bytes.as_mut_slice().zeroize();
    }
}

/// What is left of a key: the states after `key XOR ipad` and `key XOR opad`, RFC 2104 section 4.
pub(crate) struct Keyed<F: Function<BLOCK>, const BLOCK: usize> {
    inner: State<F::Word>,
    outer: State<F::Word>,
}

impl<F: Function<BLOCK>, const BLOCK: usize> Keyed<F, BLOCK> {
    fn new(key: &[u8]) -> Self {
        let mut keyed = Self { inner: F::INITIAL, outer: F::INITIAL };
        keyed.key(key);
        keyed
    }

    /// Where it stays: what is moved to the heap is left on the stack.
    fn boxed(key: &[u8]) -> Box<Self> {
        let mut keyed = Box::new(Self { inner: F::INITIAL, outer: F::INITIAL });
        keyed.key(key);
        keyed
    }

    fn key(&mut self, key: &[u8]) {
        let mut hashed = Output::new(F::LEN);
        let mut short = key;
        if key.len() > BLOCK {
            Hashing::<F, BLOCK>::new().finish_into(key, &mut hashed.bytes);
            short = hashed.as_bytes();
        }
        let mut block = [0; BLOCK];
        block.split_at_mut(short.len()).0.copy_from_slice(short);
        for (state, pad) in [(&mut self.inner, 0x36), (&mut self.outer, 0x36 ^ 0x5c)] {
            for byte in &mut block {
                *byte ^= pad;
            }
            F::compress(state, core::slice::from_ref(&block));
        }
        block.as_mut_slice().zeroize();
    }

    /// `H(key XOR opad || H(key XOR ipad || parts))`.
    fn mac<'a>(&self, parts: impl IntoIterator<Item = &'a [u8]>) -> Output {
        let (mut digest, mut output) = (Output::new(F::LEN), Output::new(F::LEN));
        let mut inner = Hashing::<F, BLOCK>::from(self.inner, 1);
        let mut last: &[u8] = &[];
        for part in parts {
            inner.update(last);
            last = part;
        }
        inner.finish_into(last, &mut digest.bytes);
        Hashing::<F, BLOCK>::from(self.outer, 1).finish_into(digest.as_bytes(), &mut output.bytes);
        output
    }
}

impl<F: Function<BLOCK>, const BLOCK: usize> Drop for Keyed<F, BLOCK> {
    fn drop(&mut self) {
        self.inner.as_mut_slice().zeroize();
        self.outer.as_mut_slice().zeroize();
    }
}

impl<F: Function<BLOCK>, const BLOCK: usize> ZeroizeOnDrop for Keyed<F, BLOCK> {}

/// A keyed state: the key has been hashed into it and is not kept. On the heap, so that moving
/// the owner leaves no copy behind.
pub(crate) enum Hmac {
    Sha256(Box<Keyed<Sha256, 64>>),
    Sha384(Box<Keyed<Sha384, 128>>),
    Sha512(Box<Keyed<Sha512, 128>>),
}

impl Hmac {
    pub(crate) fn new(hash: Hash, key: &[u8]) -> Self {
        match hash {
            Hash::Sha256 => Self::Sha256(Keyed::boxed(key)),
            Hash::Sha384 => Self::Sha384(Keyed::boxed(key)),
            Hash::Sha512 => Self::Sha512(Keyed::boxed(key)),
        }
    }

    pub(crate) const fn hash(&self) -> Hash {
        match self {
            Self::Sha256(_) => Hash::Sha256,
            Self::Sha384(_) => Hash::Sha384,
            Self::Sha512(_) => Hash::Sha512,
        }
    }

    /// The MAC of the concatenation of `parts`.
    pub(crate) fn mac<'a>(&self, parts: impl IntoIterator<Item = &'a [u8]>) -> Output {
        match self {
            Self::Sha256(keyed) => keyed.mac(parts),
            Self::Sha384(keyed) => keyed.mac(parts),
            Self::Sha512(keyed) => keyed.mac(parts),
        }
    }

    /// Whether `tag` is the whole MAC of the concatenation of `parts`.
    pub(crate) fn verify<'a>(&self, parts: impl IntoIterator<Item = &'a [u8]>, tag: &[u8]) -> bool {
        ct::equal(self.mac(parts).as_bytes(), tag)
    }
}

/// The MAC of the concatenation of `parts` under a key that is not needed again.
pub(crate) fn mac<'a>(hash: Hash, key: &[u8], parts: impl IntoIterator<Item = &'a [u8]>) -> Output {
    match hash {
        Hash::Sha256 => Keyed::<Sha256, 64>::new(key).mac(parts),
        Hash::Sha384 => Keyed::<Sha384, 128>::new(key).mac(parts),
        Hash::Sha512 => Keyed::<Sha512, 128>::new(key).mac(parts),
    }
}

/// HMAC over SHA-1, for webhooks of senders who know nothing better: RFC 2104 holds with it, but there is no
/// reason to begin with it.
#[cfg(feature = "legacy-sha1")]
pub(crate) struct HmacSha1(Box<Keyed<Sha1, 64>>);

#[cfg(feature = "legacy-sha1")]
impl HmacSha1 {
    pub(crate) fn new(key: &[u8]) -> Self {
        Self(Keyed::boxed(key))
    }

    /// The MAC, 20 bytes, of the concatenation of `parts`.
    pub(crate) fn mac<'a>(&self, parts: impl IntoIterator<Item = &'a [u8]>) -> Output {
        self.0.mac(parts)
    }
}

#[cfg(feature = "legacy-sha1")]
impl ZeroizeOnDrop for HmacSha1 {}

impl fmt::Debug for Hmac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hmac({:?}, ..)", self.hash())
    }
}

/// Each variant erases itself.
impl ZeroizeOnDrop for Hmac {}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    /// RFC 4231 has no key at the edges of the block; these are the identities that a wrong block
    /// size breaks: zero padding up to the block, and hashing beyond it.
    #[test]
    fn rustsec_2019_0019_blake2_hmac_keys_around_the_block_size() {
        use sha2::Digest;
        for (hash, block) in [(Hash::Sha256, 64), (Hash::Sha384, 128), (Hash::Sha512, 128)] {
            for len in [0, 1, block - 1, block, block + 1, 2 * block] {
                let key = vec![0x5a; len];
                let mut padded = if len <= block {
                    key.clone()
                } else {
                    match hash {
                        Hash::Sha256 => sha2::Sha256::digest(&key).to_vec(),
                        Hash::Sha384 => sha2::Sha384::digest(&key).to_vec(),
                        Hash::Sha512 => sha2::Sha512::digest(&key).to_vec(),
                    }
                };
                padded.resize(block, 0);
                let pad = |x: u8| padded.iter().map(|b| b ^ x).collect::<vec::Vec<u8>>();
                let h = |a: &[u8], b: &[u8]| match hash {
                    Hash::Sha256 => sha2::Sha256::digest([a, b].concat()).to_vec(),
                    Hash::Sha384 => sha2::Sha384::digest([a, b].concat()).to_vec(),
                    Hash::Sha512 => sha2::Sha512::digest([a, b].concat()).to_vec(),
                };
                let expected = h(&pad(0x5c), &h(&pad(0x36), b"message"));
                let got = Hmac::new(hash, &key).mac([&b"mess"[..], b"", b"age"]);
                assert_eq!(got.as_bytes(), expected, "{hash:?} key of {len}");
            }
        }
    }

    /// The parts of the whole, whatever they are cut into.
    #[test]
    fn every_length_of_key_and_of_message_is_as_in_another_implementation() {
        use hmac::{KeyInit, Mac};
        fn expected<M: Mac + KeyInit>(key: &[u8], message: &[u8]) -> vec::Vec<u8> {
            let mac = <M as KeyInit>::new_from_slice(key).unwrap();
            mac.chain_update(message).finalize().into_bytes().to_vec()
        }
        let bytes: vec::Vec<u8> = (0..300_u32).map(|i| (i * i).to_le_bytes()[0]).collect();
        for key in (0..=300).map(|len| &bytes[..len]) {
            for len in 0..=300 {
                let (message, (a, b)) = (&bytes[..len], bytes[..len].split_at(key.len() % (len + 1)));
                for (hash, expected) in [
                    (Hash::Sha256, expected::<hmac::Hmac<sha2::Sha256>>(key, message)),
                    (Hash::Sha384, expected::<hmac::Hmac<sha2::Sha384>>(key, message)),
                    (Hash::Sha512, expected::<hmac::Hmac<sha2::Sha512>>(key, message)),
                ] {
                    let kept = Hmac::new(hash, key);
                    assert_eq!(kept.mac([a, &[], b]).as_bytes(), expected, "{hash:?} {} {len}", key.len());
                    assert_eq!(
                        mac(hash, key, [message]).as_bytes(),
                        expected,
                        "{hash:?} {} {len}",
                        key.len()
                    );
                }
                #[cfg(feature = "legacy-sha1")]
                assert_eq!(
                    HmacSha1::new(key).mac([a, b]).as_bytes(),
                    expected::<hmac::Hmac<sha1::Sha1>>(key, message)
                );
            }
        }
    }
}
