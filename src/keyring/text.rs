// SPDX-License-Identifier: MIT OR Apache-2.0
//! The text form of keys, with its checksum.
//!
//! Specification: `docs/envelope-v1.md`, "Text form of keys".

use crate::{
    ConfigError,
    error::KeyKind,
    primitive::{ct, hash::Hasher},
    secret::SecretText,
    wire,
};
use alloc::{string::String, vec::Vec};
use zeroize::Zeroizing;

const CHECKSUM_LEN: usize = 4;

/// `H(L("key-text") || prefix || bytes)[..4]`.
fn checksum(kind: KeyKind, bytes: &[u8]) -> [u8; CHECKSUM_LEN] {
    let hasher = Hasher::labelled("key-text").chain(kind.prefix().as_bytes());
    let [a, b, c, d, ..] = hasher.chain(bytes).finish();
    [a, b, c, d]
}

/// The text of a public key. `parts` are the codes of the algorithms and the key.
pub(crate) fn public(kind: KeyKind, parts: &[&[u8]]) -> String {
    let len = parts.iter().fold(CHECKSUM_LEN, |sum, part| sum.saturating_add(part.len()));
    let mut payload = Zeroizing::new(Vec::with_capacity(len));
    for part in parts {
        payload.extend_from_slice(part);
    }
    let sum = checksum(kind, &payload);
    payload.extend_from_slice(&sum);
    wire::text::encode(kind, &payload)
}

/// The text of a secret key.
pub(crate) fn secret(kind: KeyKind, parts: &[&[u8]]) -> SecretText {
    SecretText::new(public(kind, parts))
}

/// The codes of the algorithms and the key in a text of the expected kind.
///
/// # Errors
/// [`ConfigError::KeyText`], [`ConfigError::KeyChecksum`], [`ConfigError::WrongKeyKind`].
pub(crate) fn parse(kind: KeyKind, text: &str) -> Result<Zeroizing<Vec<u8>>, ConfigError> {
    let mut payload = wire::text::decode(kind, text)?;
    let (bytes, sum) = payload.split_last_chunk::<CHECKSUM_LEN>().ok_or(ConfigError::KeyText)?;
    if !ct::equal(&checksum(kind, bytes), sum) {
        return Err(ConfigError::KeyChecksum);
    }
    let len = bytes.len();
    payload.truncate(len);
    Ok(payload)
}
