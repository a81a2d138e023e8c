// SPDX-License-Identifier: MIT OR Apache-2.0
//! HKDF (RFC 5869) over the kept state of an HMAC, straight into the caller's buffer, and the labelled
//! HKDF of HPKE (RFC 9180, section 4).
//!
//! The `hkdf` crate keeps its last block in memory and refuses a 32-byte key for SHA-512, which the
//! chunked format has; the two functions are short enough to stand here.

use crate::{
    Error,
    primitive::mac::{self, Hash, Hmac, Output},
};
#[cfg(feature = "std")]
use std::sync::LazyLock;

/// `HKDF-Extract(salt, IKM) = HMAC-Hash(salt, IKM)`, RFC 5869 section 2.2.
/// The keyed state over the pseudorandom key is what [`expand`] takes.
pub(crate) fn extract(hash: Hash, salt: &[u8], ikm: &[&[u8]]) -> Output {
    #[cfg(feature = "std")]
    if salt.is_empty() && hash == Hash::Sha256 {
        return WITHOUT_SALT.mac(ikm.iter().copied());
    }
    mac::mac(hash, salt, ikm.iter().copied())
}

/// HPKE extracts without salt three times for a message.
#[cfg(feature = "std")]
static WITHOUT_SALT: LazyLock<Hmac> = LazyLock::new(|| Hmac::new(Hash::Sha256, &[]));

/// `HKDF-Expand(PRK, info, L)`, RFC 5869 section 2.3:
/// `T(0) = empty, T(i) = HMAC(PRK, T(i-1) || info || i), OKM = (T(1) || T(2) || ...)[..L]`.
///
/// With SHA-512 and up to 128 bytes this is `X(k, i, n)` of the specification.
///
/// # Errors
/// [`Error::TooLarge`] above 255 times the length of the hash.
pub(crate) fn expand(prk: &Hmac, info: &[&[u8]], out: &mut [u8]) -> Result<(), Error> {
    let block = prk.hash().output_len();
    if out.len() > block.saturating_mul(255) {
        return Err(Error::TooLarge);
    }
    let mut previous: &[u8] = &[];
    for (i, chunk) in (1..=255_u8).zip(out.chunks_mut(block)) {
        let parts = [previous].into_iter().chain(info.iter().copied());
        let t = prk.mac(parts.chain([&[i][..]]));
        chunk.copy_from_slice(t.as_bytes().get(..chunk.len()).unwrap_or_default());
        // All of T(i), unless it is the last.
        previous = chunk;
    }
    Ok(())
}

/// The version that RFC 9180 puts in front of every label.
const VERSION: &[u8] = b"HPKE-v1";

/// ```text
/// LabeledExtract(salt, label, ikm) = Extract(salt, "HPKE-v1" || suite_id || label || ikm)
/// ```
pub(crate) fn labeled_extract(salt: &[u8], suite: &[u8], label: &[u8], ikm: &[u8]) -> Output {
    extract(Hash::Sha256, salt, &[VERSION, suite, label, ikm])
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
    expand(prk, &[&length, VERSION, suite, label, first, second], out)
}
