// SPDX-License-Identifier: MIT OR Apache-2.0
//! What `XChaCha20` puts in front of ChaCha20, draft-irtf-cfrg-xchacha-03 section 2.3: a key and a nonce of 12 bytes from a key and
//! one of 24.

use crate::{
    primitive::aead::{Aead, Cipher, NONCE_LEN},
    secret::SecretArray,
};
use chacha20::{R20, hchacha};
use zeroize::Zeroize;

/// Length of the nonce in bytes.
pub(crate) const EXTENDED_NONCE_LEN: usize = 24;

/// `HChaCha20(K, N[0..16])` as the key of a ChaCha20-Poly1305, and `0^32 || N[16..24]` as its nonce.
pub(crate) fn derive(
    key: &SecretArray<32>,
    nonce: &[u8; EXTENDED_NONCE_LEN],
) -> Option<(Cipher, [u8; NONCE_LEN])> {
    let (input, rest) = nonce.split_first_chunk::<16>()?;
    let mut subkey = hchacha::<R20>(key.expose_secret().into(), input.into());
    let cipher = Cipher::new(Aead::ChaCha20Poly1305, &subkey);
    subkey.zeroize();
    let mut short = [0; NONCE_LEN];
    *short.last_chunk_mut::<8>()? = rest.try_into().ok()?;
    Some((cipher?, short))
}
