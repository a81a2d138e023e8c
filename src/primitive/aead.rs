// SPDX-License-Identifier: MIT OR Apache-2.0
//! AEADs under a nonce that the caller is responsible for. In place or from one buffer into another, detached 16-byte tag.
//!
//! AES-GCM: NIST SP 800-38D. ChaCha20-Poly1305: RFC 8439.

use crate::Error;
#[cfg(all(feature = "simd", target_arch = "x86_64"))]
use crate::{kernel, primitive::ct};
use aes_gcm::aead::{AeadInOut, KeyInit, inout::InOutBuf};
use alloc::{boxed::Box, vec::Vec};
use core::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Length of every tag, in bytes.
pub(crate) const TAG_LEN: usize = 16;
/// Length of every nonce, in bytes.
pub(crate) const NONCE_LEN: usize = 12;
/// RFC 8439 section 2.8: 2^38 - 64 bytes; SP 800-38D section 5.2.1.1: 2^36 - 32 bytes.
/// The stricter of the two holds for all, so that a counter never wraps.
const MAX_PLAINTEXT: u64 = (1 << 36) - 32;
/// SP 800-38D allows 2^61 - 1 bytes of AAD; no caller has a use for more than this.
const MAX_AAD: u64 = 1 << 36;

/// An AEAD, its code in RFC 9180 section 7.3 and its name in the IANA registry "AEAD Algorithms".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Aead {
    /// AES-128-GCM, 16-byte key, HPKE 0x0001. For partners who need it.
    Aes128Gcm,
    /// AES-256-GCM, 32-byte key, HPKE 0x0002.
    Aes256Gcm,
    /// ChaCha20-Poly1305, 32-byte key, HPKE 0x0003.
    ChaCha20Poly1305,
}

impl Aead {
    pub(crate) const ALL: [Self; 3] = [Self::Aes128Gcm, Self::Aes256Gcm, Self::ChaCha20Poly1305];

    /// Length of the key in bytes.
    #[must_use]
    pub const fn key_len(self) -> usize {
        match self {
            Self::Aes128Gcm => 16,
            Self::Aes256Gcm | Self::ChaCha20Poly1305 => 32,
        }
    }

    /// The HPKE AEAD identifier, RFC 9180 section 7.3.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::Aes128Gcm => 1,
            Self::Aes256Gcm => 2,
            Self::ChaCha20Poly1305 => 3,
        }
    }

    pub(crate) fn from_code(code: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|aead| aead.code() == code)
    }

    /// The name in the IANA registry.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aes128Gcm => "AEAD_AES_128_GCM",
            Self::Aes256Gcm => "AEAD_AES_256_GCM",
            Self::ChaCha20Poly1305 => "AEAD_CHACHA20_POLY1305",
        }
    }
}

/// A keyed AEAD. On the heap, so that moving the owner leaves no copy behind.
pub(crate) enum Cipher {
    Aes128Gcm(Box<aes_gcm::Aes128Gcm>),
    Aes256Gcm(Box<aes_gcm::Aes256Gcm>),
    ChaCha20Poly1305(Box<chacha20poly1305::ChaCha20Poly1305>),
    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    ChaCha20Poly1305Kernel(Box<kernel::ChaCha20Poly1305>),
    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    AesGcmKernel(Box<kernel::AesGcm>),
}

impl Cipher {
    /// `None` when the key is not of the AEAD's length.
    pub(crate) fn new(aead: Aead, key: &[u8]) -> Option<Self> {
        Self::for_up_to(aead, key, usize::MAX)
    }

    /// The same, prepared for messages of up to `longest` bytes: a key for one short message is made sooner.
    pub(crate) fn for_up_to(aead: Aead, key: &[u8], longest: usize) -> Option<Self> {
        if key.len() != aead.key_len() {
            return None;
        }
        #[cfg(all(feature = "simd", target_arch = "x86_64"))]
        if let Some(kernel) = Self::kernel(aead, key, longest) {
            return Some(kernel);
        }
        #[cfg(not(all(feature = "simd", target_arch = "x86_64")))]
        let _ = longest; // the crates beneath prepare for any
        Some(match aead {
            Aead::Aes128Gcm => Self::Aes128Gcm(Box::new(KeyInit::new_from_slice(key).ok()?)),
            Aead::Aes256Gcm => Self::Aes256Gcm(Box::new(KeyInit::new_from_slice(key).ok()?)),
            Aead::ChaCha20Poly1305 => Self::ChaCha20Poly1305(Box::new(KeyInit::new_from_slice(key).ok()?)),
        })
    }

    /// That of a kernel, if this machine has one.
    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    fn kernel(aead: Aead, key: &[u8], longest: usize) -> Option<Self> {
        match aead {
            Aead::Aes128Gcm | Aead::Aes256Gcm => kernel::AesGcm::new(key, longest).map(Self::AesGcmKernel),
            Aead::ChaCha20Poly1305 => {
                kernel::ChaCha20Poly1305::new(key.try_into().ok()?).map(Self::ChaCha20Poly1305Kernel)
            }
        }
    }

    /// Encrypts `buffer` in place and returns the tag.
    ///
    /// # Errors
    /// [`Error::TooLarge`] over the AEAD's limits.
    pub(crate) fn seal_in_place(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        buffer: &mut [u8],
    ) -> Result<[u8; TAG_LEN], Error> {
        self.seal(nonce, aad, buffer.into())
    }

    /// Encrypts `plaintext` into `out`, of the same length, and returns the tag.
    ///
    /// # Errors
    /// [`Error::Length`] when the lengths differ; [`Error::TooLarge`] over the AEAD's limits.
    pub(crate) fn seal_to(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        plaintext: &[u8],
        out: &mut [u8],
    ) -> Result<[u8; TAG_LEN], Error> {
        self.seal(nonce, aad, InOutBuf::new(plaintext, out).map_err(|_| Error::Length)?)
    }

    fn seal(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        text: InOutBuf<'_, '_, u8>,
    ) -> Result<[u8; TAG_LEN], Error> {
        check_limits(text.len(), aad.len())?;
        let tag = match self {
            Self::Aes128Gcm(c) => c.encrypt_inout_detached(nonce.into(), aad, text),
            Self::Aes256Gcm(c) => c.encrypt_inout_detached(nonce.into(), aad, text),
            Self::ChaCha20Poly1305(c) => c.encrypt_inout_detached(nonce.into(), aad, text),
            #[cfg(all(feature = "simd", target_arch = "x86_64"))]
            Self::ChaCha20Poly1305Kernel(c) => return Ok(c.seal(nonce, aad, text)),
            #[cfg(all(feature = "simd", target_arch = "x86_64"))]
            Self::AesGcmKernel(c) => return Ok(c.seal(nonce, aad, text)),
        };
        tag.map(Into::into).map_err(|_| Error::TooLarge)
    }

    /// Decrypts `buffer` in place. On failure the buffer is cleared: no caller can take for
    /// plaintext what was not authentic.
    ///
    /// # Errors
    /// [`Error::NotAuthentic`]; [`Error::TooLarge`] over the AEAD's limits.
    #[cfg(any(feature = "std", feature = "hazmat", test))]
    pub(crate) fn open_in_place(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        buffer: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<(), Error> {
        self.open(nonce, aad, buffer.into(), tag)
    }

    /// Decrypts `ciphertext` into `out`, of the same length, which is cleared on failure.
    ///
    /// # Errors
    /// [`Error::Length`] when the lengths differ; [`Error::NotAuthentic`]; [`Error::TooLarge`] over the AEAD's limits.
    pub(crate) fn open_to(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        ciphertext: &[u8],
        tag: &[u8; TAG_LEN],
        out: &mut [u8],
    ) -> Result<(), Error> {
        if ciphertext.len() != out.len() {
            out.zeroize();
        }
        self.open(nonce, aad, InOutBuf::new(ciphertext, out).map_err(|_| Error::Length)?, tag)
    }

    fn open(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        mut text: InOutBuf<'_, '_, u8>,
        tag: &[u8; TAG_LEN],
    ) -> Result<(), Error> {
        let opened = check_limits(text.len(), aad.len()).and_then(|()| {
            let text = text.reborrow();
            let opened = match self {
                Self::Aes128Gcm(c) => c.decrypt_inout_detached(nonce.into(), aad, text, tag.into()),
                Self::Aes256Gcm(c) => c.decrypt_inout_detached(nonce.into(), aad, text, tag.into()),
                Self::ChaCha20Poly1305(c) => c.decrypt_inout_detached(nonce.into(), aad, text, tag.into()),
                #[cfg(all(feature = "simd", target_arch = "x86_64"))]
                Self::ChaCha20Poly1305Kernel(c) => return authentic(&c.open(nonce, aad, text), tag),
                #[cfg(all(feature = "simd", target_arch = "x86_64"))]
                Self::AesGcmKernel(c) => return authentic(&c.open(nonce, aad, text), tag),
            };
            opened.map_err(|_| Error::NotAuthentic)
        });
        if opened.is_err() {
            text.get_out().zeroize();
        }
        opened
    }
}

/// So many zeros at the end of `out`, which a text is sealed or opened into.
///
/// # Errors
/// [`Error::TooLarge`] when that is over `usize`.
pub(crate) fn room(out: &mut Vec<u8>, len: usize) -> Result<&mut [u8], Error> {
    let end = out.len();
    let total = end.checked_add(len).ok_or(Error::TooLarge)?;
    out.resize(total, 0);
    Ok(out.get_mut(end..).unwrap_or_default())
}

/// Whether a kernel found the tag that came.
#[cfg(all(feature = "simd", target_arch = "x86_64"))]
fn authentic(found: &[u8; TAG_LEN], tag: &[u8; TAG_LEN]) -> Result<(), Error> {
    if ct::equal(found, tag) { Ok(()) } else { Err(Error::NotAuthentic) }
}

fn check_limits(plaintext: usize, aad: usize) -> Result<(), Error> {
    if plaintext as u64 > MAX_PLAINTEXT || aad as u64 > MAX_AAD {
        return Err(Error::TooLarge);
    }
    Ok(())
}

impl fmt::Debug for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cipher(..)")
    }
}

impl ZeroizeOnDrop for Cipher {}

const _: () = {
    const fn erased<T: ZeroizeOnDrop>() {}
    erased::<aes_gcm::Aes128Gcm>();
    erased::<aes_gcm::Aes256Gcm>();
    erased::<chacha20poly1305::ChaCha20Poly1305>();
    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    erased::<kernel::ChaCha20Poly1305>();
    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    erased::<kernel::AesGcm>();
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rustsec_2023_0096_aes_gcm_no_plaintext_is_left_after_a_wrong_tag() {
        for aead in Aead::ALL {
            let cipher = Cipher::new(aead, &[7; 32][..aead.key_len()]).unwrap();
            let plaintext = [0x55; 100];
            let mut sealed = plaintext;
            let tag = cipher.seal_in_place(&[1; 12], b"aad", &mut sealed).unwrap();
            for bit in 0..128 {
                let mut wrong = tag;
                wrong[bit / 8] ^= 1 << (bit % 8);
                let mut buffer = sealed;
                let result = cipher.open_in_place(&[1; 12], b"aad", &mut buffer, &wrong);
                assert_eq!(result, Err(Error::NotAuthentic));
                assert_eq!(buffer, [0; 100], "{aead:?} bit {bit}");
            }
            let mut buffer = sealed;
            cipher.open_in_place(&[1; 12], b"aad", &mut buffer, &tag).unwrap();
            assert_eq!(buffer, plaintext);
        }
    }

    #[test]
    fn an_output_is_as_long_as_the_input_and_is_cleared_by_every_failure() {
        for aead in Aead::ALL {
            let cipher = Cipher::new(aead, &[7; 32][..aead.key_len()]).unwrap();
            let plaintext = [0x55; 100];
            let mut sealed = [0; 100];
            let tag = cipher.seal_to(&[1; 12], b"aad", &plaintext, &mut sealed).unwrap();
            let opened = |tag: &[u8; TAG_LEN], len| {
                let mut out = alloc::vec![0xaa; len];
                (cipher.open_to(&[1; 12], b"aad", &sealed, tag, &mut out), out)
            };
            assert_eq!(opened(&tag, 100), (Ok(()), plaintext.to_vec()), "{aead:?}");
            let mut wrong = tag;
            wrong[15] ^= 0x80;
            assert_eq!(opened(&wrong, 100), (Err(Error::NotAuthentic), alloc::vec![0; 100]), "{aead:?}");
            for len in [0, 99, 101, 200] {
                assert_eq!(opened(&tag, len), (Err(Error::Length), alloc::vec![0; len]), "{aead:?} {len}");
                let sealed = cipher.seal_to(&[1; 12], b"aad", &plaintext, &mut alloc::vec![0; len]);
                assert_eq!(sealed, Err(Error::Length), "{aead:?} {len}");
            }
        }
    }

    #[test]
    fn rustsec_2026_0238_dcrypt_each_nonce_gives_its_own_ciphertext() {
        for aead in Aead::ALL {
            let cipher = Cipher::new(aead, &[7; 32][..aead.key_len()]).unwrap();
            let (mut a, mut b) = ([9; 40], [9; 40]);
            let tag_a = cipher.seal_in_place(&[1; 12], b"", &mut a).unwrap();
            let tag_b = cipher.seal_in_place(&[2; 12], b"", &mut b).unwrap();
            assert_ne!(a, b);
            assert_ne!(tag_a, tag_b);
            assert!(cipher.open_in_place(&[2; 12], b"", &mut a, &tag_a).is_err());
            cipher.open_in_place(&[2; 12], b"", &mut b, &tag_b).unwrap();
            assert_eq!(b, [9; 40]);
        }
    }

    // Lengths are mocked: nobody has 64 GiB here.

    #[test]
    fn rustsec_2019_0029_chacha20_a_length_that_would_wrap_the_counter_is_refused() {
        let edge = usize::try_from(MAX_PLAINTEXT).unwrap();
        assert_eq!(check_limits(edge, 0), Ok(()));
        assert_eq!(check_limits(edge + 1, 0), Err(Error::TooLarge));
    }

    #[test]
    fn rustsec_2026_0209_libcrux_aes_too_much_additional_data_is_refused() {
        let edge = usize::try_from(MAX_AAD).unwrap();
        assert_eq!(check_limits(0, edge), Ok(()));
        assert_eq!(check_limits(0, edge + 1), Err(Error::TooLarge));
    }
}
