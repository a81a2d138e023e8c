// SPDX-License-Identifier: MIT OR Apache-2.0
//! JWS without claims (RFC 7515): a signature over bytes that say neither for whom nor for how long.

use crate::{
    ConfigError, Error, Keyring,
    jws::{Compact, VerifyKey},
    mac::{Hash, MacKey},
};
use alloc::vec::Vec;

/// The payload of a compact JWS of at most 64 KiB.
///
/// # Errors
/// As [`Verifier::verify`](crate::jwt::Verifier::verify) has them without claims.
pub fn jws_verify(keys: &Keyring<VerifyKey>, text: &str) -> Result<Vec<u8>, Error> {
    let compact = Compact::read(text, 64 * 1024)?;
    compact.verify(compact.key(keys)?)
}

/// A MAC key whose bytes may all be the same, as in some known answers.
///
/// # Errors
/// [`ConfigError::WeakKey`] below the length of the hash and above 128 bytes.
pub fn constant_mac_key(hash: Hash, bytes: &[u8]) -> Result<MacKey, ConfigError> {
    MacKey::perhaps_constant(hash, bytes)
}
