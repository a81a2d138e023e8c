// SPDX-License-Identifier: MIT OR Apache-2.0
//! Secrets that are erased when dropped and never printed.
//!
//! They have no `Clone`, `PartialEq`, `AsRef`, `Display` or `Serialize`; the way to the bytes is
//! called [`expose_secret`](SecretBytes::expose_secret), so that a reader of code finds every use.
//!
//! ```compile_fail,E0599
//! fn copy(secret: chancery::SecretBytes) -> (chancery::SecretBytes, chancery::SecretBytes) {
//!     (secret.clone(), secret)
//! }
//! ```
//!
//! ```compile_fail,E0277
//! fn log(secret: &chancery::SecretText) -> String {
//!     format!("{secret}")
//! }
//! ```
//!
//! ```compile_fail,E0369
//! fn compare(a: &chancery::SecretBytes, b: &chancery::SecretBytes) -> bool {
//!     a == b
//! }
//! ```

use alloc::{boxed::Box, string::String, vec::Vec};
use core::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Secret bytes of any length, for example an exported secret.
pub struct SecretBytes(Box<[u8]>);

impl SecretBytes {
    /// Takes the bytes over. Whatever capacity the vector has beyond its length is erased.
    pub(crate) fn new(mut bytes: Vec<u8>) -> Self {
        if bytes.capacity() == bytes.len() {
            return Self(bytes.into_boxed_slice());
        }
        // `into_boxed_slice` would move the bytes to a smaller block and leave them in this one.
        let exact = bytes.as_slice().into();
        bytes.zeroize();
        Self(exact)
    }

    /// The bytes. They are the caller's to protect from here on.
    #[must_use]
    pub fn expose_secret(&self) -> &[u8] {
        &self.0
    }
}

/// A secret as text, for example the text form of a key.
pub struct SecretText(String);

impl SecretText {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    /// The text. It is the caller's to protect from here on.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        &self.0
    }
}

/// A secret of a fixed length, on the heap so that moving its owner does not copy it.
pub(crate) struct SecretArray<const N: usize>(Box<[u8; N]>);

impl<const N: usize> SecretArray<N> {
    /// All zero, to be filled.
    pub(crate) fn zeroed() -> Self {
        Self(Box::new([0; N]))
    }

    /// A copy of exactly `N` bytes.
    pub(crate) fn copy_of(bytes: &[u8]) -> Option<Self> {
        let mut secret = Self::zeroed();
        if bytes.len() != N {
            return None;
        }
        secret.0.copy_from_slice(bytes);
        Some(secret)
    }

    pub(crate) fn expose_secret(&self) -> &[u8; N] {
        &self.0
    }

    pub(crate) fn expose_secret_mut(&mut self) -> &mut [u8; N] {
        &mut self.0
    }
}

/// Says that a type erases itself when it is dropped, because every field that holds a secret does.
macro_rules! erased_by_fields {
    ($type:ty: $($field:tt),+) => {
        impl zeroize::ZeroizeOnDrop for $type {}

        const _: fn(&$type) = |this| {
            fn erased<T: zeroize::ZeroizeOnDrop>(_: &T) {}
            $(erased(&this.$field);)+
        };
    };
}
pub(crate) use erased_by_fields;

macro_rules! erased_and_silent {
    ($($(const $n:ident)? $name:ty: $bytes:ident),*) => {$(
        impl $(<const $n: usize>)? Drop for $name {
            fn drop(&mut self) {
                self.0.$bytes().zeroize();
            }
        }

        impl $(<const $n: usize>)? ZeroizeOnDrop for $name {}

        impl $(<const $n: usize>)? fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    )*};
}

// A slice is erased in words, an array or a vector byte by byte.
erased_and_silent!(SecretBytes: as_mut, SecretText: as_mut_str, const N SecretArray<N>: as_mut_slice);
