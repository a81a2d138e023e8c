// SPDX-License-Identifier: MIT OR Apache-2.0
//! [`KeyId`]: eight bytes that name a key. Computed from the key, never supplied.

use core::fmt;

/// The identifier of a key, 8 bytes, shown as 16 lower-case hexadecimal digits.
///
/// It is derived from the key and its algorithms when the key is made or imported, so it cannot
/// be set to that of another key. It is public: on the wire it says which key to try, it proves
/// nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; 8]);

impl KeyId {
    pub(crate) const LEN: usize = 8;

    /// The identifier in a message, or one that was noted elsewhere, for a look-up.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    /// The 8 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}
