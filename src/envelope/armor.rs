// SPDX-License-Identifier: MIT OR Apache-2.0
//! Text armor: base64url without padding (RFC 4648 section 5), for JSON fields, headers and URLs.

use crate::{Error, wire::base64};
use alloc::{string::String, vec::Vec};

/// The sealed bytes as text, four characters for three bytes.
///
/// ```
/// use chancery::envelope::{armor, dearmor};
/// let text = armor(b"CHN\x01...");
/// assert_eq!(text, "Q0hOAS4uLg");
/// assert_eq!(dearmor(&text)?, b"CHN\x01...");
/// # Ok::<(), chancery::Error>(())
/// ```
#[must_use]
pub fn armor(sealed: &[u8]) -> String {
    base64::encode(sealed)
}

/// The sealed bytes of a text that [`armor`] made.
///
/// # Errors
/// [`Error::Malformed`] unless it is the one text of these bytes: no padding, no white space.
pub fn dearmor(text: &str) -> Result<Vec<u8>, Error> {
    let mut bytes = base64::decode(text).ok_or(Error::Malformed)?;
    Ok(core::mem::take(&mut *bytes))
}
