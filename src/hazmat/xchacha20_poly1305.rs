// SPDX-License-Identifier: MIT OR Apache-2.0
//! XChaCha20-Poly1305, draft-irtf-cfrg-xchacha-03: what libsodium and its relatives seal with. No format of this crate
//! has it.

use crate::{
    Error,
    hazmat::AeadKey,
    primitive::xchacha20,
    secret::{SecretArray, erased_by_fields},
};
use alloc::vec::Vec;
use core::fmt;

/// A key of XChaCha20-Poly1305, whose nonces have 24 bytes: random ones do not repeat.
///
/// ```
/// use chancery::hazmat::XChaCha20Poly1305Key;
///
/// let key = XChaCha20Poly1305Key::new(&[7; 32]);
/// let nonce = [9; 24]; // random, for each message
/// let sealed = key.seal(&nonce, b"header", b"payload")?;
/// assert_eq!(key.open(&nonce, b"header", &sealed)?, b"payload");
/// # Ok::<(), chancery::Error>(())
/// ```
pub struct XChaCha20Poly1305Key(SecretArray<32>);

erased_by_fields!(XChaCha20Poly1305Key: 0);

impl XChaCha20Poly1305Key {
    /// 32 bytes.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        let mut bytes = SecretArray::zeroed();
        bytes.expose_secret_mut().copy_from_slice(key);
        Self(bytes)
    }

    /// `ciphertext || tag (16)` of `plaintext` under a nonce that this key has never seen.
    ///
    /// # Errors
    /// [`Error::TooLarge`] above 2^36 - 32 bytes of plaintext, 2^36 bytes of AAD.
    pub fn seal(&self, nonce: &[u8; 24], aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        let (cipher, nonce) = xchacha20::derive(&self.0, nonce).ok_or(Error::Malformed)?;
        AeadKey(cipher).seal(&nonce, aad, plaintext)
    }

    /// The plaintext of `ciphertext || tag (16)`.
    ///
    /// # Errors
    /// [`Error::Malformed`] below 16 bytes, [`Error::NotAuthentic`].
    pub fn open(&self, nonce: &[u8; 24], aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Error> {
        let (cipher, nonce) = xchacha20::derive(&self.0, nonce).ok_or(Error::Malformed)?;
        AeadKey(cipher).open(&nonce, aad, sealed)
    }

    /// Seals `buffer` in place under a nonce that this key has never seen, and returns the tag.
    ///
    /// # Errors
    /// As [`Self::seal`].
    pub fn seal_in_place(&self, nonce: &[u8; 24], aad: &[u8], buffer: &mut [u8]) -> Result<[u8; 16], Error> {
        let (cipher, nonce) = xchacha20::derive(&self.0, nonce).ok_or(Error::Malformed)?;
        cipher.seal_in_place(&nonce, aad, buffer)
    }

    /// Opens `buffer` in place against a detached tag. On failure the buffer is cleared.
    ///
    /// # Errors
    /// [`Error::NotAuthentic`].
    pub fn open_in_place(
        &self,
        nonce: &[u8; 24],
        aad: &[u8],
        buffer: &mut [u8],
        tag: &[u8; 16],
    ) -> Result<(), Error> {
        let (cipher, nonce) = xchacha20::derive(&self.0, nonce).ok_or(Error::Malformed)?;
        cipher.open_in_place(&nonce, aad, buffer, tag)
    }
}

impl fmt::Debug for XChaCha20Poly1305Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("XChaCha20Poly1305Key(..)")
    }
}
