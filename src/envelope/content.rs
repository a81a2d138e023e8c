// SPDX-License-Identifier: MIT OR Apache-2.0
//! The content of an envelope: what stands around the payload, inside the encryption.
//!
//! ```text
//! created u64 || [PADDED: n u64] || payload || [PADDED: zeros] || [SIGNED: sender id (8) || signature (64)]
//! ```
//!
//! Specification: `docs/envelope-v1.md`, "Body and content" and "Padding".

use crate::{
    Error, KeyId,
    primitive::{chunked::MAX_LEN, ct},
    signing::Signature,
    wire::{cursor::Cursor, envelope::Flags},
};

/// Identifier of the sender and signature.
pub(super) const TRAILER_LEN: usize = KeyId::LEN + 64;
/// Nothing shorter than this tells its length.
const LEAST_PADDED: u64 = 256;

/// Bytes of a content before the payload.
pub(super) const fn start_len(flags: Flags) -> usize {
    if flags.padded { 16 } else { 8 }
}

/// How many zeros follow a payload of `n` bytes; `None` when a message does not hold that much.
///
/// PADDED: `len(content) = max(256, padme(8 + 8 + n + (72 if SIGNED)))`.
pub(super) fn padding(flags: Flags, n: u64) -> Option<u64> {
    let trailer = if flags.signed { TRAILER_LEN } else { 0 };
    let least = n.checked_add(start_len(flags).checked_add(trailer)? as u64)?;
    let len = if flags.padded { padme(least)?.max(LEAST_PADDED) } else { least };
    if len > MAX_LEN { None } else { len.checked_sub(least) }
}

/// `padme(v)`: with `e = floor(log2 v)` and `s = floor(log2 e) + 1`, `v` rounded up to a multiple of
/// `2^(e-s)`. At most 12 % more (from 256 bytes on a sixteenth), and the length tells only `O(log log v)` bits.
fn padme(v: u64) -> Option<u64> {
    let e = v.checked_ilog2()?;
    let Some(s) = e.checked_ilog2() else { return Some(v) }; // v = 1: nothing to round
    let mask = 1_u64.checked_shl(e.saturating_sub(s.saturating_add(1)))?.checked_sub(1)?;
    Some(v.checked_add(mask)? & !mask)
}

/// The parts of a content, found but not checked.
#[derive(Debug)]
pub(super) struct Content<'a> {
    pub(super) created: u64,
    /// `[n u64] || payload || [zeros]`.
    middle: &'a [u8],
    pub(super) sender: Option<(KeyId, Signature)>,
    flags: Flags,
}

impl<'a> Content<'a> {
    /// # Errors
    /// [`Error::NotAuthentic`] when it is too short: the sender did not follow the format.
    pub(super) fn split(content: &'a [u8], flags: Flags) -> Result<Self, Error> {
        let short = |_| Error::NotAuthentic;
        let mut cursor = Cursor::new(content);
        let created = u64::from_be_bytes(cursor.array().map_err(short)?);
        let rest = cursor.rest();
        let (middle, trailer) = if flags.signed {
            rest.split_last_chunk::<TRAILER_LEN>().map(|(middle, trailer)| (middle, trailer.as_slice()))
        } else {
            Some((rest, &[][..]))
        }
        .ok_or(Error::NotAuthentic)?;
        let mut trailer = Cursor::new(trailer);
        let sender = if flags.signed {
            let id = KeyId::from_bytes(trailer.array().map_err(short)?);
            Some((id, Signature::from_bytes(trailer.array().map_err(short)?)))
        } else {
            None
        };
        Ok(Self { created, middle, sender, flags })
    }

    /// The payload, when the padding is exactly what it must be: the total length, and every zero.
    ///
    /// # Errors
    /// [`Error::NotAuthentic`].
    pub(super) fn payload(&self) -> Result<&'a [u8], Error> {
        if !self.flags.padded {
            return Ok(self.middle);
        }
        let mut cursor = Cursor::new(self.middle);
        let n = u64::from_be_bytes(cursor.array().map_err(|_| Error::NotAuthentic)?);
        let len = usize::try_from(n).map_err(|_| Error::NotAuthentic)?;
        let (payload, zeros) = cursor.rest().split_at_checked(len).ok_or(Error::NotAuthentic)?;
        if padding(self.flags, n) != Some(zeros.len() as u64) || !all_zero(zeros) {
            return Err(Error::NotAuthentic);
        }
        Ok(payload)
    }
}

/// Whether every byte is zero, in a time that depends on the length only.
fn all_zero(bytes: &[u8]) -> bool {
    ct::equal(&[bytes.iter().fold(0, |all, byte| all | byte)], &[0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    const PADDED: Flags = Flags { signed: false, padded: true, request: false };

    #[test]
    fn padme_rounds_as_the_specification_says() {
        // v, e, s, multiple of 2^(e-s)
        for (v, expected) in [
            (1, 1),
            (2, 2),
            (8, 8),
            (9, 10),
            (255, 256),
            (256, 256),
            (257, 272),
            (1000, 1024),
            (1025, 1088),
            (16_384, 16_384),
            (1_000_000, 1_015_808),
        ] {
            assert_eq!(padme(v), Some(expected), "{v}");
        }
        assert_eq!(padme(0), None);
        assert_eq!(padme(u64::MAX), None);
        assert_eq!(padme(1 << 63), Some(1 << 63));
    }

    #[test]
    fn padme_never_shrinks_and_costs_at_most_an_eighth() {
        for v in (1..20_000).chain((0..60).map(|i| (1_u64 << i) + 1)) {
            let padded = padme(v).unwrap();
            assert!(padded >= v && padded - v <= v / 8 + 1, "{v} {padded}");
            assert_eq!(padme(padded), Some(padded), "{v}");
        }
    }

    fn content(payload: &[u8]) -> Vec<u8> {
        let n = payload.len() as u64;
        let zeros = usize::try_from(padding(PADDED, n).unwrap()).unwrap();
        [&7_u64.to_be_bytes(), &n.to_be_bytes(), payload, &alloc::vec![0; zeros]].concat()
    }

    #[test]
    fn padding_is_exact_and_zero() {
        for n in [0, 1, 239, 240, 241, 1000] {
            let good = content(&alloc::vec![0x11; n]);
            assert!(good.len() >= 256);
            assert_eq!(Content::split(&good, PADDED).unwrap().payload().unwrap().len(), n);
            let refused = |bytes: &[u8]| {
                let got = Content::split(bytes, PADDED).and_then(|c| c.payload().map(<[u8]>::len));
                assert_eq!(got, Err(Error::NotAuthentic));
            };
            refused(&[good.as_slice(), &[0]].concat());
            refused(&good[..good.len() - 1]);
            for at in 16 + n..good.len() {
                let mut bad = good.clone();
                bad[at] = 1;
                refused(&bad);
            }
            // A longer n takes in zeros as payload; the total no longer fits or a length is claimed twice.
            let mut bad = good.clone();
            bad[8..16].copy_from_slice(&u64::MAX.to_be_bytes());
            refused(&bad);
        }
    }

    #[test]
    fn what_is_too_short_is_refused() {
        let signed = Flags { signed: true, ..Flags::default() };
        for flags in [Flags::default(), signed, PADDED, Flags { signed: true, ..PADDED }] {
            let least = 8 + if flags.signed { 72 } else { 0 } + if flags.padded { 8 } else { 0 };
            for len in 0..least {
                let bytes = alloc::vec![0; len];
                let got = Content::split(&bytes, flags).and_then(|c| c.payload().map(<[u8]>::len));
                assert_eq!(got, Err(Error::NotAuthentic), "{flags:?} {len}");
            }
        }
    }
}
