// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bytes to structs and back: total, canonical, bounded. No keys, no cryptography, no clock.

pub(crate) mod base62;
pub(crate) mod base64;
pub(crate) mod cursor;
pub(crate) mod envelope;
pub(crate) mod hex;
#[cfg(feature = "jwt")]
pub(crate) mod json;
#[cfg(feature = "jwt")]
pub(crate) mod jwk;
pub(crate) mod response;
pub(crate) mod sealed;
pub(crate) mod signature_header;
#[cfg(feature = "http")]
pub(crate) mod structured_field;
pub(crate) mod text;
pub(crate) mod timestamp;
