// SPDX-License-Identifier: MIT OR Apache-2.0
//! DHKEM(X25519, HKDF-SHA256), RFC 9180 section 4.1, KEM 0x0020, and the labelled HKDF of section 4.

use crate::{
    Error,
    primitive::{
        kdf,
        mac::{Hash, Hmac, Output},
        x25519::{LEN, SecretKey},
    },
};
use zeroize::Zeroizing;

/// `KEM(0x0020)`: X25519 with HKDF-SHA256.
pub(crate) const X25519_HKDF_SHA256: u16 = 0x0020;

/// The version that RFC 9180 puts in front of every label.
const VERSION: &[u8] = b"HPKE-v1";

/// ```text
/// LabeledExtract(salt, label, ikm) = Extract(salt, "HPKE-v1" || suite_id || label || ikm)
/// ```
pub(crate) fn labeled_extract(salt: &[u8], suite: &[u8], label: &[u8], ikm: &[u8]) -> Output {
    kdf::extract(Hash::Sha256, salt, &[VERSION, suite, label, ikm])
}

/// ```text
/// LabeledExpand(prk, label, info, L) =
///   Expand(prk, I2OSP(L, 2) || "HPKE-v1" || suite_id || label || info, L)
/// ```
///
/// # Errors
/// [`Error::TooLarge`] above 255 times 32 bytes, RFC 9180 section 5.3.
pub(crate) fn labeled_expand(
    prk: &Hmac,
    suite: &[u8],
    label: &[u8],
    info: [&[u8]; 2],
    out: &mut [u8],
) -> Result<(), Error> {
    let length = u16::try_from(out.len()).map_err(|_| Error::TooLarge)?.to_be_bytes();
    let [first, second] = info;
    kdf::expand(prk, &[&length, VERSION, suite, label, first, second], out)
}

/// An X25519 shared secret as the KEM gives it: 32 bytes.
pub(crate) type SharedSecret = Zeroizing<[u8; 32]>;

/// ```text
/// Encap(pkR): skE, pkE = GenerateKeyPair(); dh = DH(skE, pkR); enc = pkE
///   return ExtractAndExpand(dh, concat(enc, pkRm)), enc
/// ```
///
/// # Errors
/// [`Error::NotAuthentic`] when the recipient's key is of small order.
pub(crate) fn encapsulate(
    recipient: &[u8; LEN],
    ephemeral: &SecretKey,
) -> Result<(SharedSecret, [u8; LEN]), Error> {
    let enc = ephemeral.public();
    let dh = ephemeral.diffie_hellman(recipient)?;
    Ok((extract_and_expand(&dh, &enc, recipient)?, enc))
}

/// ```text
/// Decap(enc, skR): dh = DH(skR, enc); return ExtractAndExpand(dh, concat(enc, pk(skR)))
/// ```
///
/// # Errors
/// [`Error::NotAuthentic`] when `enc` is of small order.
pub(crate) fn decapsulate(
    enc: &[u8; LEN],
    secret: &SecretKey,
    public: &[u8; LEN],
) -> Result<SharedSecret, Error> {
    let dh = secret.diffie_hellman(enc)?;
    extract_and_expand(&dh, enc, public)
}

/// ```text
/// ExtractAndExpand(dh, kem_context):
///   eae_prk = LabeledExtract("", "eae_prk", dh)
///   return LabeledExpand(eae_prk, "shared_secret", kem_context, Nsecret)
/// ```
fn extract_and_expand(dh: &[u8; LEN], enc: &[u8; LEN], recipient: &[u8; LEN]) -> Result<SharedSecret, Error> {
    const SUITE: &[u8] = b"KEM\x00\x20";
    let eae_prk = labeled_extract(b"", SUITE, b"eae_prk", dh);
    let prk = Hmac::new(Hash::Sha256, eae_prk.as_bytes());
    let mut shared = Zeroizing::new([0; 32]);
    labeled_expand(&prk, SUITE, b"shared_secret", [enc, recipient], shared.as_mut_slice())?;
    Ok(shared)
}
