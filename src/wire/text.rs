// SPDX-License-Identifier: MIT OR Apache-2.0
//! The text of a key: `prefix || base64url(bytes || checksum)`. The checksum is computed above.
//!
//! Specification: `docs/envelope-v1.md`, "Text form of keys".

use crate::{
    error::{ConfigError, KeyKind},
    wire::base64,
};
use alloc::{string::String, vec::Vec};
use zeroize::Zeroizing;

/// Longer than any key: an X-Wing recipient takes 1,652 characters.
const MAX_LEN: usize = 4096;

/// `prefix || base64url(payload)` in a string of exactly its length.
pub(crate) fn encode(kind: KeyKind, payload: &[u8]) -> String {
    let body = Zeroizing::new(base64::encode(payload));
    let mut text = String::with_capacity(kind.prefix().len().saturating_add(body.len()));
    text.push_str(kind.prefix());
    text.push_str(&body);
    text
}

/// The payload of a text of the expected kind.
///
/// # Errors
/// [`ConfigError::WrongKeyKind`] for the text of another kind, [`ConfigError::KeyText`] for
/// anything else.
pub(crate) fn decode(expected: KeyKind, text: &str) -> Result<Zeroizing<Vec<u8>>, ConfigError> {
    if text.len() > MAX_LEN {
        return Err(ConfigError::KeyText);
    }
    let found = KeyKind::ALL.iter().copied().find(|kind| text.starts_with(kind.prefix()));
    let found = found.ok_or(ConfigError::KeyText)?;
    if found != expected {
        return Err(ConfigError::WrongKeyKind { expected, found });
    }
    let body = text.get(found.prefix().len()..).ok_or(ConfigError::KeyText)?;
    base64::decode(body).ok_or(ConfigError::KeyText)
}
