// SPDX-License-Identifier: MIT OR Apache-2.0
//! What stands in front of the answer to a request: `0xC2`, and nothing else.
//!
//! Specification: `docs/envelope-v1.md`, section 11.

use crate::Error;

/// First byte of a response, version 1.
pub(crate) const RESPONSE: u8 = 0xC2;
/// Prefix, salt (24), commitment (32) and the tag of an empty chunk.
const LEAST_LEN: usize = 1 + 24 + 32 + 16;

/// The chunked encryption that follows the prefix: never shorter than that of an empty answer.
pub(crate) fn parse(response: &[u8]) -> Result<&[u8], Error> {
    match response.split_first() {
        Some((&RESPONSE, sealed)) if response.len() >= LEAST_LEN => Ok(sealed),
        _ => Err(Error::Malformed),
    }
}
