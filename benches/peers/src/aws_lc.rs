// SPDX-License-Identifier: MIT OR Apache-2.0
//! HPKE of aws-lc, for which `aws-lc-rs` has no interface: DHKEM(X25519, HKDF-SHA256) and HKDF-SHA256.

#![expect(unsafe_code, reason = "functions of C")]

use aws_lc_sys as c;
use std::ptr;

const ENC: usize = c::X25519_PUBLIC_VALUE_LEN as usize;
const TAG: usize = 16;

/// A key of the recipient, and its public half.
pub(crate) struct Hpke {
    key: *mut c::EVP_HPKE_KEY,
    public: [u8; ENC],
    aead: *const c::EVP_HPKE_AEAD,
}

/// What one message needs; freed when dropped.
struct Context(*mut c::EVP_HPKE_CTX);

impl Context {
    fn new() -> Self {
        // SAFETY: no argument; a null pointer is an error.
        let context = unsafe { c::EVP_HPKE_CTX_new() };
        assert!(!context.is_null());
        Self(context)
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: made by `new`, and freed once.
        unsafe { c::EVP_HPKE_CTX_free(self.0) };
    }
}

impl Hpke {
    pub(crate) fn aes_256_gcm(secret: &[u8; 32]) -> Self {
        // SAFETY: no argument; a pointer to what is never freed.
        Self::new(secret, unsafe { c::EVP_hpke_aes_256_gcm() })
    }

    pub(crate) fn chacha20_poly1305(secret: &[u8; 32]) -> Self {
        // SAFETY: as above.
        Self::new(secret, unsafe { c::EVP_hpke_chacha20_poly1305() })
    }

    fn new(secret: &[u8; 32], aead: *const c::EVP_HPKE_AEAD) -> Self {
        let (mut public, mut len) = ([0; ENC], 0);
        // SAFETY: the lengths are those of what is pointed to.
        let key = unsafe {
            let key = c::EVP_HPKE_KEY_new();
            assert!(!key.is_null());
            let kem = c::EVP_hpke_x25519_hkdf_sha256();
            assert_eq!(c::EVP_HPKE_KEY_init(key, kem, secret.as_ptr(), secret.len()), 1);
            assert_eq!(c::EVP_HPKE_KEY_public_key(key, public.as_mut_ptr(), &raw mut len, ENC), 1);
            key
        };
        assert_eq!(len, ENC);
        Self { key, public, aead }
    }

    /// `enc || ct`.
    pub(crate) fn seal(&self, info: &[u8], message: &[u8]) -> Vec<u8> {
        let (context, mut len) = (Context::new(), 0);
        let mut sealed = vec![0; ENC + message.len() + TAG];
        let (enc, out) = sealed.split_at_mut(ENC);
        // SAFETY: the lengths are those of what is pointed to.
        unsafe {
            let (kem, kdf) = (c::EVP_hpke_x25519_hkdf_sha256(), c::EVP_hpke_hkdf_sha256());
            let (public, info, info_len) = (self.public.as_ptr(), info.as_ptr(), info.len());
            let done = c::EVP_HPKE_CTX_setup_sender(
                context.0,
                enc.as_mut_ptr(),
                &raw mut len,
                ENC,
                kem,
                kdf,
                self.aead,
                public,
                ENC,
                info,
                info_len,
            );
            assert_eq!(done, 1);
            let (out, room, message, message_len) =
                (out.as_mut_ptr(), out.len(), message.as_ptr(), message.len());
            let done = c::EVP_HPKE_CTX_seal(
                context.0,
                out,
                &raw mut len,
                room,
                message,
                message_len,
                ptr::null(),
                0,
            );
            assert_eq!(done, 1);
        }
        sealed
    }

    pub(crate) fn open(&self, info: &[u8], sealed: &[u8]) -> Vec<u8> {
        let (context, mut len) = (Context::new(), 0);
        let (enc, sealed) = sealed.split_at(ENC);
        // It wants room for the tag.
        let mut message = vec![0; sealed.len()];
        // SAFETY: the lengths are those of what is pointed to.
        unsafe {
            let (kdf, enc, info, info_len) =
                (c::EVP_hpke_hkdf_sha256(), enc.as_ptr(), info.as_ptr(), info.len());
            let done = c::EVP_HPKE_CTX_setup_recipient(
                context.0, self.key, kdf, self.aead, enc, ENC, info, info_len,
            );
            assert_eq!(done, 1);
            let (out, room, sealed, sealed_len) =
                (message.as_mut_ptr(), message.len(), sealed.as_ptr(), sealed.len());
            let done =
                c::EVP_HPKE_CTX_open(context.0, out, &raw mut len, room, sealed, sealed_len, ptr::null(), 0);
            assert_eq!(done, 1, "not authentic");
        }
        message.truncate(len);
        message
    }
}

impl Drop for Hpke {
    fn drop(&mut self) {
        // SAFETY: made by `new`, and freed once.
        unsafe { c::EVP_HPKE_KEY_free(self.key) };
    }
}
