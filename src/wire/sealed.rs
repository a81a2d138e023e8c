// SPDX-License-Identifier: MIT OR Apache-2.0
//! What stands in front of a sealed message: `P = 0xC1 || id8`.
//!
//! Specification: `docs/envelope-v1.md`, "Sealed message".

use crate::{Error, KeyId, wire::cursor::Cursor};

/// First byte of a sealed message, version 1.
const SEALED: u8 = 0xC1;
/// Length of the prefix in bytes.
pub(crate) const PREFIX_LEN: usize = 1 + KeyId::LEN;

/// `0xC1 || id8`.
pub(crate) fn prefix(key: KeyId) -> [u8; PREFIX_LEN] {
    let mut prefix = [SEALED; PREFIX_LEN];
    let (_, id) = prefix.split_at_mut(1);
    id.copy_from_slice(key.as_bytes());
    prefix
}

/// The identifier of the key in a prefix.
pub(crate) fn parse(prefix: &[u8; PREFIX_LEN]) -> Result<KeyId, Error> {
    let mut cursor = Cursor::new(prefix);
    if cursor.u8()? != SEALED {
        return Err(Error::Malformed);
    }
    Ok(KeyId::from_bytes(cursor.array()?))
}
