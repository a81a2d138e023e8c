// SPDX-License-Identifier: MIT OR Apache-2.0
//! `H` and `L` of the specification: SHA-256, and the labels that keep its uses apart.
//!
//! Specification: `docs/envelope-v1.md`, "Conventions" and "Context".

#[cfg(feature = "http")]
use crate::primitive::sha;
use crate::{
    Context, Error,
    primitive::sha::{Hashing, Sha256},
};

/// `L(s) = "chancery/v1 " || s || 0x00`, as parts of an input.
pub(crate) const fn label(s: &str) -> [&[u8]; 3] {
    [b"chancery/v1 ", s.as_bytes(), &[0]]
}

/// `H` over parts that come one after another.
#[derive(Clone)]
pub(crate) struct Hasher(Hashing<Sha256, 64>);

impl Hasher {
    pub(crate) fn new() -> Self {
        Self(Hashing::new())
    }

    /// Begins with `L(s)`.
    pub(crate) fn labelled(s: &str) -> Self {
        label(s).iter().fold(Self::new(), |hasher, part| hasher.chain(part))
    }

    pub(crate) fn chain(mut self, part: &[u8]) -> Self {
        self.0.update(part);
        self
    }

    /// A part behind its length, so that two parts do not run into each other.
    #[cfg(any(feature = "http", feature = "jwt"))]
    pub(crate) fn counted(self, part: &[u8]) -> Self {
        let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
        self.chain(&length.to_be_bytes()).chain(part)
    }

    #[cfg(feature = "std")]
    pub(crate) fn update(&mut self, part: &[u8]) {
        self.0.update(part);
    }

    pub(crate) fn finish(self) -> [u8; 32] {
        let mut digest = [0; 64];
        self.0.finish_into(&[], &mut digest);
        digest.first_chunk().copied().unwrap_or_default()
    }
}

/// SHA-512, for digests of others.
#[cfg(feature = "http")]
#[derive(Clone)]
pub(crate) struct Sha512(Hashing<sha::Sha512, 128>);

#[cfg(feature = "http")]
impl Sha512 {
    pub(crate) fn new() -> Self {
        Self(Hashing::new())
    }

    pub(crate) fn update(&mut self, part: &[u8]) {
        self.0.update(part);
    }

    pub(crate) fn finish(self) -> [u8; 64] {
        let mut digest = [0; 64];
        self.0.finish_into(&[], &mut digest);
        digest
    }
}

/// `H(bytes)`.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Hasher::new().chain(bytes).finish()
}

/// `CTX = H(L("context") || u16 n || n * (u32 length || bytes))`.
pub(crate) fn context(context: &Context) -> Result<[u8; 32], Error> {
    let encoded = context.encoded().ok_or(Error::Context)?;
    Ok(Hasher::labelled("context").chain(encoded).finish())
}
