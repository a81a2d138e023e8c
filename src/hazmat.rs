// SPDX-License-Identifier: MIT OR Apache-2.0
//! The primitives underneath, for protocols of your own and for conformance tests (feature `hazmat`).
//!
//! Everything here can be held wrong: a nonce used twice gives away the authentication key, a raw
//! signature can be moved to another protocol, a random source that repeats itself repeats keys. If
//! one of the other modules does the job, use that.
//!
//! ```
//! use chancery::hazmat::{Aead, AeadKey};
//!
//! let key = AeadKey::new(Aead::Aes256Gcm, &[7; 32])?;
//! // It is for you to see to it that no nonce is used twice with a key.
//! let nonce = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
//! let sealed = key.seal(&nonce, b"header", b"payload")?;
//! assert_eq!(key.open(&nonce, b"header", &sealed)?, b"payload");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(feature = "http")]
mod http;
#[cfg(feature = "jwt")]
mod jws;
#[cfg(feature = "pq")]
mod mlkem768;
mod protocol;
mod xchacha20_poly1305;

#[cfg(all(feature = "simd", target_arch = "x86_64"))]
pub use crate::kernel::Tier;
pub use crate::primitive::{aead::Aead, mac::Hash, rng::Random};
#[cfg(feature = "http")]
pub use http::{http_sign, http_signature_base, http_signature_base_of_response};
#[cfg(feature = "jwt")]
pub use jws::{constant_mac_key, jws_verify};
#[cfg(feature = "pq")]
pub use mlkem768::{mlkem768_decapsulate, mlkem768_encapsulate, mlkem768_public};
#[cfg(feature = "std")]
pub use protocol::chunked_reader;
pub use protocol::{
    HpkeReceiver, HpkeSender, chunked_open, chunked_seal, envelope_header, hpke_decapsulate,
    hpke_encapsulate, hpke_receiver, hpke_seal, hpke_sender, reserved_info, seal, seal_envelope,
    seal_request, seal_response,
};
pub use xchacha20_poly1305::XChaCha20Poly1305Key;

#[cfg(feature = "std")]
use crate::primitive::{x25519::contributory, x25519_table};
use crate::{
    ConfigError, Error,
    primitive::{
        aead::{Cipher, room},
        kdf,
        mac::{self, Hmac},
        x25519::SecretKey,
    },
    secret::{SecretArray, SecretBytes, erased_by_fields},
    signing::{Signature, SigningKey, VerifyingKey},
};
use alloc::vec::Vec;
use core::fmt;

/// An AEAD key whose nonces are the caller's.
pub struct AeadKey(Cipher);

erased_by_fields!(AeadKey: 0);

impl AeadKey {
    /// # Errors
    /// [`ConfigError::WeakKey`] unless the key is of the AEAD's length, [`Aead::key_len`].
    pub fn new(aead: Aead, key: &[u8]) -> Result<Self, ConfigError> {
        Cipher::new(aead, key).map(Self).ok_or(ConfigError::WeakKey)
    }

    /// `ciphertext || tag (16)` of `plaintext` under a nonce that this key has never seen.
    ///
    /// # Errors
    /// [`Error::TooLarge`] above 2^36 - 32 bytes of plaintext, 2^36 bytes of AAD.
    pub fn seal(&self, nonce: &[u8; 12], aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        let mut sealed = Vec::new();
        let to = room(&mut sealed, plaintext.len().checked_add(16).ok_or(Error::TooLarge)?)?;
        let (ciphertext, tag) = to.split_last_chunk_mut().ok_or(Error::TooLarge)?;
        *tag = self.0.seal_to(nonce, aad, plaintext, ciphertext)?;
        Ok(sealed)
    }

    /// The plaintext of `ciphertext || tag (16)`.
    ///
    /// # Errors
    /// [`Error::Malformed`] below 16 bytes, [`Error::NotAuthentic`].
    pub fn open(&self, nonce: &[u8; 12], aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Error> {
        let (ciphertext, tag) = sealed.split_last_chunk().ok_or(Error::Malformed)?;
        let mut opened = Vec::new();
        self.0.open_to(nonce, aad, ciphertext, tag, room(&mut opened, ciphertext.len())?)?;
        Ok(opened)
    }

    /// Seals `buffer` in place under a nonce that this key has never seen, and returns the tag.
    ///
    /// # Errors
    /// [`Error::TooLarge`] above 2^36 - 32 bytes of plaintext, 2^36 bytes of AAD.
    pub fn seal_in_place(&self, nonce: &[u8; 12], aad: &[u8], buffer: &mut [u8]) -> Result<[u8; 16], Error> {
        self.0.seal_in_place(nonce, aad, buffer)
    }

    /// Opens `buffer` in place against a detached tag. On failure the buffer is cleared.
    ///
    /// # Errors
    /// [`Error::NotAuthentic`].
    pub fn open_in_place(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        buffer: &mut [u8],
        tag: &[u8; 16],
    ) -> Result<(), Error> {
        self.0.open_in_place(nonce, aad, buffer, tag)
    }

    /// Seals `plaintext` into `out`, of the same length, under a nonce that this key has never seen, and returns the tag.
    ///
    /// # Errors
    /// [`Error::Length`] when the lengths differ; [`Error::TooLarge`] above 2^36 - 32 bytes of plaintext, 2^36 bytes
    /// of AAD.
    pub fn seal_to(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        plaintext: &[u8],
        out: &mut [u8],
    ) -> Result<[u8; 16], Error> {
        self.0.seal_to(nonce, aad, plaintext, out)
    }

    /// Opens `ciphertext` against a detached tag into `out`, of the same length. On every failure `out` is cleared.
    ///
    /// ```
    /// # use chancery::hazmat::{Aead, AeadKey};
    /// # let (key, nonce) = (AeadKey::new(Aead::Aes256Gcm, &[7; 32])?, [0; 12]);
    /// let (mut sealed, mut opened) = ([0; 7], [0; 7]);
    /// let tag = key.seal_to(&nonce, b"header", b"payload", &mut sealed)?;
    /// key.open_to(&nonce, b"header", &sealed, &tag, &mut opened)?;
    /// assert_eq!(opened, *b"payload");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Length`] when the lengths differ; [`Error::NotAuthentic`]; [`Error::TooLarge`] as [`seal_to`](Self::seal_to).
    pub fn open_to(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        ciphertext: &[u8],
        tag: &[u8; 16],
        out: &mut [u8],
    ) -> Result<(), Error> {
        self.0.open_to(nonce, aad, ciphertext, tag, out)
    }
}

impl fmt::Debug for AeadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AeadKey(..)")
    }
}

/// A key of HMAC, RFC 2104, of any length, hashed once for many messages.
pub struct HmacKey(Hmac);

erased_by_fields!(HmacKey: 0);

impl HmacKey {
    /// A key that short ones are padded to and long ones hashed to.
    #[must_use]
    pub fn new(hash: Hash, key: &[u8]) -> Self {
        Self(Hmac::new(hash, key))
    }

    /// As [`hmac()`].
    #[must_use]
    pub fn mac(&self, message: &[u8]) -> SecretBytes {
        SecretBytes::new(self.0.mac([message]).as_bytes().to_vec())
    }

    /// As [`hmac_verify`].
    ///
    /// # Errors
    /// [`Error::NotAuthentic`].
    pub fn verify(&self, message: &[u8], tag: &[u8]) -> Result<(), Error> {
        if self.0.verify([message], tag) { Ok(()) } else { Err(Error::NotAuthentic) }
    }
}

impl fmt::Debug for HmacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HmacKey(..)")
    }
}

/// HMAC, RFC 2104, with a key of any length: the whole output.
#[must_use]
pub fn hmac(hash: Hash, key: &[u8], message: &[u8]) -> SecretBytes {
    SecretBytes::new(mac::mac(hash, key, [message]).as_bytes().to_vec())
}

/// Whether `tag` is the whole HMAC of `message`, in constant time.
///
/// # Errors
/// [`Error::NotAuthentic`].
pub fn hmac_verify(hash: Hash, key: &[u8], message: &[u8], tag: &[u8]) -> Result<(), Error> {
    HmacKey::new(hash, key).verify(message, tag)
}

/// HKDF-Extract, RFC 5869 section 2.2.
#[must_use]
pub fn hkdf_extract(hash: Hash, salt: &[u8], ikm: &[u8]) -> SecretBytes {
    SecretBytes::new(kdf::extract(hash, salt, &[ikm]).as_bytes().to_vec())
}

/// HKDF-Expand, RFC 5869 section 2.3, with a pseudorandom key of any length.
///
/// # Errors
/// [`Error::TooLarge`] above 255 times the length of the hash.
pub fn hkdf_expand(hash: Hash, prk: &[u8], info: &[u8], len: usize) -> Result<SecretBytes, Error> {
    if len > hash.output_len().saturating_mul(255) {
        return Err(Error::TooLarge);
    }
    let mut out = zeroize::Zeroizing::new(alloc::vec![0; len]);
    kdf::expand(&Hmac::new(hash, prk), &[info], &mut out)?;
    Ok(SecretBytes::new(core::mem::take(&mut *out)))
}

fn x25519_secret(secret: &[u8; 32]) -> SecretKey {
    let mut bytes = SecretArray::zeroed();
    bytes.expose_secret_mut().copy_from_slice(secret);
    SecretKey::new(bytes)
}

/// The public key of an X25519 secret key, RFC 7748 section 6.1. The secret is clamped on use.
#[must_use]
pub fn x25519_public(secret: &[u8; 32]) -> [u8; 32] {
    x25519_secret(secret).public()
}

/// X25519, RFC 7748 section 5. The result is not a key: put it through a KDF together with
/// both public keys.
///
/// # Errors
/// [`Error::NotAuthentic`] when the result is all zero (RFC 7748 section 6.1).
pub fn x25519(secret: &[u8; 32], public: &[u8; 32]) -> Result<SecretBytes, Error> {
    let shared = x25519_secret(secret).diffie_hellman(public)?;
    Ok(SecretBytes::new(shared.to_vec()))
}

/// A public key of X25519 with a table of its multiples, 24 or 30 KiB: for many agreements with the same peer. A
/// [`Recipient`](crate::hpke::Recipient) makes one by itself when it pays.
#[cfg(feature = "std")]
pub struct X25519Table(x25519_table::Table);

#[cfg(feature = "std")]
impl X25519Table {
    /// `None` for the half of all 32 bytes that are no point of the curve but of its twist, and when there are
    /// 1,024 tables.
    #[must_use]
    pub fn new(public: &[u8; 32]) -> Option<Self> {
        x25519_table::Table::new(public).map(Self)
    }

    /// [`x25519_public`] of the secret, and [`x25519`] of both.
    ///
    /// # Errors
    /// [`Error::NotAuthentic`] when the result is all zero.
    pub fn agree(&self, secret: &[u8; 32]) -> Result<([u8; 32], SecretBytes), Error> {
        let (public, shared) = self.0.agree(secret);
        Ok((public, SecretBytes::new(contributory(shared)?.to_vec())))
    }
}

#[cfg(feature = "std")]
impl fmt::Debug for X25519Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("X25519Table(..)")
    }
}

/// What every input of a signature in this crate's formats begins with.
const RESERVED: &[u8] = b"\xFFchancery/";

/// Pure Ed25519, RFC 8032 section 5.1, without a context.
///
/// # Errors
/// [`Error::Context`] for a message that begins with `0xFF "chancery/"`: it would be a signature in a format
/// of this crate.
pub fn ed25519_sign(key: &SigningKey, message: &[u8]) -> Result<Signature, Error> {
    if message.starts_with(RESERVED) {
        return Err(Error::Context);
    }
    Ok(Signature::from_bytes(key.raw().sign(message)))
}

/// Strict verification of pure Ed25519, without a context.
///
/// # Errors
/// [`Error::Context`] for a message that begins with `0xFF "chancery/"`, [`Error::NotAuthentic`].
pub fn ed25519_verify(key: &VerifyingKey, message: &[u8], signature: &Signature) -> Result<(), Error> {
    if message.starts_with(RESERVED) {
        return Err(Error::Context);
    }
    key.raw().verify(message, signature.as_bytes())
}

/// Builds the table of the key's point now, rather than after some uses: 24 or 30 KiB, with which signatures are verified
/// faster. Whether there is one: no more than 1,024 keys of all kinds have a table.
#[cfg(feature = "std")]
#[must_use]
pub fn ed25519_precompute(key: &VerifyingKey) -> bool {
    key.raw().precompute()
}
