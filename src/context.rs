// SPDX-License-Identifier: MIT OR Apache-2.0
//! [`Context`]: what the bytes are for, bound into everything that is sealed, signed or derived.
//!
//! Bytes made for one context do not open in another, so a message cannot be moved from the place
//! it was made for. The context is not secret and is not sent: both sides know it.
//!
//! Specification: `docs/envelope-v1.md`, "Context".

use alloc::vec::Vec;
use core::fmt;

/// At most so many fields, so that the encoding of a context stays near a mebibyte.
const MAX_FIELDS: u16 = 16;

/// What the bytes are for: 1 to 16 fields of 0 to 65,535 bytes, not all of them empty.
///
/// The encoding prefixes the count and each length, so that two different lists of fields never
/// give the same bytes: `("ab", "c")` is not `("a", "bc")`.
///
/// ```
/// use chancery::Context;
///
/// // One label for the purpose, then whatever tells one place from another.
/// let context = Context::of("invoice").field("customer 4711").field(2026_u32.to_be_bytes());
/// # let _ = context;
/// ```
///
/// A context outside these bounds is refused where it is used, with [`Error::Context`] or
/// [`ConfigError::Context`], and never shortened.
///
/// A payload is not a context, so the two cannot be swapped by accident:
///
/// ```compile_fail,E0308
/// # use chancery::{Context, Keyring, aead::SealKey};
/// let keys = Keyring::new(SealKey::generate()?);
/// keys.seal(b"payload", &Context::of("invoice"))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [`Error::Context`]: crate::Error::Context
/// [`ConfigError::Context`]: crate::ConfigError::Context
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Context {
    /// `u16 n || n * (u32 length || bytes)`, the count kept current.
    encoded: Vec<u8>,
    fields: u16,
    /// Some field has a byte, and no bound was crossed.
    has_bytes: bool,
    in_bounds: bool,
}

impl Context {
    /// A context of one field, by custom a label that names the purpose.
    pub fn of(label: impl AsRef<[u8]>) -> Self {
        let empty = Self { encoded: alloc::vec![0, 0], fields: 0, has_bytes: false, in_bounds: true };
        empty.field(label)
    }

    /// The same context with one more field. The order of fields counts.
    #[must_use]
    pub fn field(mut self, field: impl AsRef<[u8]>) -> Self {
        let field = field.as_ref();
        let (Ok(length), true) = (u16::try_from(field.len()), self.fields < MAX_FIELDS) else {
            // Remembered, so that what is refused is the use and not, silently, the field.
            self.in_bounds = false;
            return self;
        };
        self.fields = self.fields.saturating_add(1);
        self.encoded.extend_from_slice(&u32::from(length).to_be_bytes());
        self.encoded.extend_from_slice(field);
        if let Some(count) = self.encoded.first_chunk_mut() {
            *count = self.fields.to_be_bytes();
        }
        self.has_bytes |= length > 0;
        self
    }

    /// The injective encoding, `None` outside the bounds.
    pub(crate) fn encoded(&self) -> Option<&[u8]> {
        (self.in_bounds && self.has_bytes).then_some(&self.encoded)
    }
}

impl fmt::Debug for Context {
    /// The number of fields and their length together: contents may be names of customers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("fields", &self.fields)
            .field("encoded_bytes", &self.encoded.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoding_is_injective() {
        let a = Context::of("ab").field("c");
        let b = Context::of("a").field("bc");
        let c = Context::of("abc");
        let d = Context::of("abc").field("");
        let all = [a, b, c, d];
        for (i, x) in all.iter().enumerate() {
            for (j, y) in all.iter().enumerate() {
                assert_eq!(i == j, x.encoded() == y.encoded(), "{i} {j}");
            }
        }
        assert_eq!(all[0].encoded().unwrap(), b"\0\x02\0\0\0\x02ab\0\0\0\x01c");
    }

    #[test]
    fn bounds_are_exact_and_remembered() {
        assert!(Context::of("").encoded().is_none());
        assert!(Context::of("").field("").encoded().is_none());
        assert!(Context::of("").field("x").encoded().is_some());
        assert!(Context::of(alloc::vec![0; 65_535]).encoded().is_some());
        assert!(Context::of(alloc::vec![0; 65_536]).encoded().is_none());
        let mut sixteen = Context::of("1");
        for _ in 1..16 {
            sixteen = sixteen.field("");
        }
        assert!(sixteen.encoded().is_some());
        assert!(sixteen.clone().field("").encoded().is_none());
        assert!(Context::of("x").field(alloc::vec![0; 65_536]).field("y").encoded().is_none());
    }
}
