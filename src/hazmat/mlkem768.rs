// SPDX-License-Identifier: MIT OR Apache-2.0
//! ML-KEM-768, FIPS 203, alone. Not hybrid: what breaks ML-KEM breaks it.

use crate::{
    Error,
    primitive::{
        mlkem768::{CIPHERTEXT_LEN, PUBLIC_LEN, PublicKey, SEED_LEN, SecretKey},
        rng::{self, Random},
    },
    secret::{SecretArray, SecretBytes},
};

fn secret(seed: &[u8; SEED_LEN]) -> SecretKey {
    let mut bytes = SecretArray::zeroed();
    bytes.expose_secret_mut().copy_from_slice(seed);
    SecretKey::new(&bytes)
}

/// The public key, 1,184 bytes, of the secret key with the seed `d || z` (FIPS 203 algorithm 16).
#[must_use]
pub fn mlkem768_public(seed: &[u8; SEED_LEN]) -> [u8; PUBLIC_LEN] {
    secret(seed).public().to_bytes()
}

/// A ciphertext of 1,088 bytes and its shared secret of 32 (FIPS 203 algorithm 20). From `random` come the 32
/// bytes of the message.
///
/// # Errors
/// [`Error::Malformed`] when a coefficient of the key is not below q (FIPS 203 section 7.2); those of `random`.
pub fn mlkem768_encapsulate(
    public: &[u8; PUBLIC_LEN],
    random: &mut dyn Random,
) -> Result<([u8; CIPHERTEXT_LEN], SecretBytes), Error> {
    let public = PublicKey::parse(public).ok_or(Error::Malformed)?;
    let (shared, ciphertext) = public.encapsulate(&rng::secret(random)?);
    Ok((ciphertext, SecretBytes::new(shared.to_vec())))
}

/// The shared secret, 32 bytes, of a ciphertext (FIPS 203 algorithm 21). One that nobody encapsulated to this key
/// gives a secret that nobody else knows.
#[must_use]
pub fn mlkem768_decapsulate(seed: &[u8; SEED_LEN], ciphertext: &[u8; CIPHERTEXT_LEN]) -> SecretBytes {
    SecretBytes::new(secret(seed).decapsulate(ciphertext).to_vec())
}
