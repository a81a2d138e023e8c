// SPDX-License-Identifier: MIT OR Apache-2.0
//! HMAC with a kept keyed state: RFC 2104 over SHA-256, SHA-384 and SHA-512, and over SHA-1 by feature.

use crate::primitive::ct;
use alloc::boxed::Box;
use core::fmt;
use hmac::{KeyInit, Mac};
use zeroize::{ZeroizeOnDrop, Zeroizing};

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
    bytes: Zeroizing<[u8; 64]>,
    len: usize,
}

impl Output {
    fn of(bytes: &[u8]) -> Self {
        let mut output = Self { bytes: Zeroizing::new([0; 64]), len: bytes.len() };
        for (to, from) in output.bytes.iter_mut().zip(bytes) {
            *to = *from;
        }
        output
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// A keyed state: the key has been hashed into it and is not kept. On the heap, so that moving
/// the owner leaves no copy behind.
pub(crate) enum Hmac {
    Sha256(Box<hmac::Hmac<sha2::Sha256>>),
    Sha384(Box<hmac::Hmac<sha2::Sha384>>),
    Sha512(Box<hmac::Hmac<sha2::Sha512>>),
}

fn keyed<M: KeyInit>(key: &[u8]) -> M {
    // HMAC takes a key of any length (RFC 2104, section 2): the crate's error cannot occur.
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    M::new_from_slice(key).expect("HMAC takes a key of any length")
}

fn run<'a, M: Mac + Clone>(keyed: &M, parts: impl IntoIterator<Item = &'a [u8]>) -> Output {
    let mut mac = keyed.clone();
    for part in parts {
        mac.update(part);
    }
    Output::of(&mac.finalize().into_bytes())
}

impl Hmac {
    pub(crate) fn new(hash: Hash, key: &[u8]) -> Self {
        match hash {
            Hash::Sha256 => Self::Sha256(Box::new(keyed(key))),
            Hash::Sha384 => Self::Sha384(Box::new(keyed(key))),
            Hash::Sha512 => Self::Sha512(Box::new(keyed(key))),
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
            Self::Sha256(keyed) => run(keyed.as_ref(), parts),
            Self::Sha384(keyed) => run(keyed.as_ref(), parts),
            Self::Sha512(keyed) => run(keyed.as_ref(), parts),
        }
    }

    /// Whether `tag` is the whole MAC of the concatenation of `parts`.
    pub(crate) fn verify<'a>(&self, parts: impl IntoIterator<Item = &'a [u8]>, tag: &[u8]) -> bool {
        ct::equal(self.mac(parts).as_bytes(), tag)
    }
}

/// HMAC over SHA-1, for webhooks of senders who know nothing better: RFC 2104 holds with it, but there is no
/// reason to begin with it.
#[cfg(feature = "legacy-sha1")]
pub(crate) struct HmacSha1(Box<hmac::Hmac<sha1::Sha1>>);

#[cfg(feature = "legacy-sha1")]
impl HmacSha1 {
    pub(crate) fn new(key: &[u8]) -> Self {
        Self(Box::new(keyed(key)))
    }

    /// The MAC, 20 bytes, of the concatenation of `parts`.
    pub(crate) fn mac<'a>(&self, parts: impl IntoIterator<Item = &'a [u8]>) -> Output {
        run(self.0.as_ref(), parts)
    }
}

#[cfg(feature = "legacy-sha1")]
impl ZeroizeOnDrop for HmacSha1 {}

impl fmt::Debug for Hmac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hmac({:?}, ..)", self.hash())
    }
}

/// Each variant erases itself: `hmac` does not carry the marker, but consists of nothing but hash
/// states and their buffers, which do. `tests/secrets` looks at the freed memory.
impl ZeroizeOnDrop for Hmac {}

const _: () = {
    const fn erased<T: ZeroizeOnDrop>() {}
    erased::<sha2::Sha256>();
    erased::<sha2::Sha384>();
    erased::<sha2::Sha512>();
    #[cfg(feature = "legacy-sha1")]
    erased::<sha1::Sha1>();
};

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
}
