// SPDX-License-Identifier: MIT OR Apache-2.0
//! [`KeyId`]: eight bytes that name a key. Computed from the key, never supplied.

use crate::ConfigError;
use core::{fmt, str::FromStr};

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

impl FromStr for KeyId {
    type Err = ConfigError;

    /// What it is shown as, for example in a log from which a key is to be retired.
    ///
    /// # Errors
    /// [`ConfigError::KeyText`] for anything but 16 lower-case hexadecimal digits.
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let digits = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let number = u64::from_str_radix(text, 16).ok().filter(|_| digits && text.len() == 16);
        number.map(|number| Self(number.to_be_bytes())).ok_or(ConfigError::KeyText)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::KeyId;
    use alloc::string::ToString;

    #[test]
    fn an_identifier_is_read_as_it_is_shown_and_in_no_other_way() {
        let id = KeyId::from_bytes([0, 1, 0x2f, 0xa0, 0xff, 0x80, 9, 0xee]);
        assert_eq!(id.to_string(), "00012fa0ff8009ee");
        assert_eq!(id.to_string().parse(), Ok(id));
        for other in [
            "",
            "00012fa0ff8009e",
            "00012fa0ff8009ee0",
            "00012FA0ff8009ee",
            "+0012fa0ff8009ee",
            " 0012fa0ff8009ee",
        ] {
            assert!(other.parse::<KeyId>().is_err(), "{other}");
        }
    }
}
