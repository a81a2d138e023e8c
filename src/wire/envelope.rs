// SPDX-License-Identifier: MIT OR Apache-2.0
//! The header of an envelope, version 1.
//!
//! ```text
//! header = "CHN" 0x01 | suite u8 | flags u8 | count u8 | count * entry
//! entry  = kem u16 | id (8) | enc (32 or 1120) | wrap (48)
//! ```
//!
//! Specification: `docs/envelope-v1.md`, "Envelope".

use crate::{Error, KeyId, wire::cursor::Cursor};
use alloc::vec::Vec;
#[cfg(feature = "std")]
use core::num::NonZeroUsize;

const MAGIC: &[u8; 4] = b"CHN\x01";
/// Magic, version, suite, flags and count.
pub(crate) const FIXED_LEN: usize = 7;
/// So many recipients: a header stays below 38 KB, and so does what is done before anything is authentic.
pub(crate) const MAX_RECIPIENTS: usize = 32;
/// A sealed payload key: 32 bytes and the tag.
pub(crate) const WRAP_LEN: usize = 48;

/// What the header says about the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct Flags {
    pub(crate) signed: bool,
    pub(crate) padded: bool,
    pub(crate) request: bool,
}

impl Flags {
    const SIGNED: u8 = 0x01;
    const PADDED: u8 = 0x02;
    const REQUEST: u8 = 0x04;

    fn parse(byte: u8) -> Result<Self, Error> {
        let flags = Self {
            signed: byte & Self::SIGNED != 0,
            padded: byte & Self::PADDED != 0,
            request: byte & Self::REQUEST != 0,
        };
        if flags.byte() == byte { Ok(flags) } else { Err(Error::Malformed) }
    }

    fn byte(self) -> u8 {
        let bit = |set, bit| if set { bit } else { 0 };
        bit(self.signed, Self::SIGNED) | bit(self.padded, Self::PADDED) | bit(self.request, Self::REQUEST)
    }
}

/// The payload key, sealed for one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry<'a> {
    pub(crate) kem: u16,
    pub(crate) id: KeyId,
    pub(crate) enc: &'a [u8],
    pub(crate) wrap: &'a [u8],
}

/// Length of `enc`; `None` for a KEM this version does not have.
fn enc_len(kem: u16) -> Option<usize> {
    match kem {
        0x0020 => Some(32),   // DHKEM(X25519, HKDF-SHA256)
        0x647a => Some(1120), // MLKEM768-X25519
        _ => None,
    }
}

/// `"CHN" 0x01 | suite | flags | count`.
pub(crate) fn fixed(suite: u8, flags: Flags, count: u8) -> [u8; FIXED_LEN] {
    let [a, b, c, d] = *MAGIC;
    [a, b, c, d, suite, flags.byte(), count]
}

/// Appends an entry.
pub(crate) fn write_entry(out: &mut Vec<u8>, entry: &Entry<'_>) {
    out.extend_from_slice(&entry.kem.to_be_bytes());
    out.extend_from_slice(entry.id.as_bytes());
    out.extend_from_slice(entry.enc);
    out.extend_from_slice(entry.wrap);
}

/// A header and where it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header<'a> {
    pub(crate) suite: u8,
    pub(crate) flags: Flags,
    pub(crate) entries: Vec<Entry<'a>>,
    /// The header's own bytes.
    pub(crate) bytes: &'a [u8],
}

/// How many bytes are missing at the least, of a header that begins like this; `None` when it is all
/// there.
#[cfg(feature = "std")]
pub(crate) fn missing(start: &[u8]) -> Result<Option<NonZeroUsize>, Error> {
    /// Of a KEM with the shortest `enc`.
    const SHORTEST_ENTRY: usize = 2 + KeyId::LEN + 32 + WRAP_LEN;
    let mut cursor = Cursor::new(start);
    if start.len() < FIXED_LEN {
        return Ok(NonZeroUsize::new(FIXED_LEN.saturating_sub(start.len())));
    }
    let (_, _, count) = parse_fixed(&mut cursor)?;
    for _ in 0..count {
        let have = cursor.rest().len();
        let len = match cursor.u16() {
            Ok(kem) => entry_len(kem)?,
            Err(_) => SHORTEST_ENTRY,
        };
        if let Some(missing) = NonZeroUsize::new(len.saturating_sub(have)) {
            return Ok(Some(missing));
        }
        cursor.take(len.saturating_sub(2))?;
    }
    Ok(None)
}

#[cfg(feature = "std")]
fn entry_len(kem: u16) -> Result<usize, Error> {
    let enc = enc_len(kem).ok_or(Error::Malformed)?;
    Ok(enc.saturating_add(2 + KeyId::LEN + WRAP_LEN))
}

/// Suite, flags and count, behind the magic.
fn parse_fixed(cursor: &mut Cursor<'_>) -> Result<(u8, Flags, usize), Error> {
    if cursor.array()? != *MAGIC {
        return Err(Error::Malformed);
    }
    let suite = cursor.u8()?;
    let flags = Flags::parse(cursor.u8()?)?;
    let count = usize::from(cursor.u8()?);
    let counts = if flags.request { 1..=1 } else { 1..=MAX_RECIPIENTS };
    if !matches!(suite, 1 | 2) || !counts.contains(&count) {
        return Err(Error::Malformed);
    }
    Ok((suite, flags, count))
}

impl<'a> Header<'a> {
    /// Parses the header in front of `envelope`; what is left is the body.
    pub(crate) fn parse(envelope: &'a [u8]) -> Result<(Self, &'a [u8]), Error> {
        let mut cursor = Cursor::new(envelope);
        let (suite, flags, count) = parse_fixed(&mut cursor)?;
        let mut entries = Vec::with_capacity(count);
        for _ in 0..count {
            let entry = Entry::parse(&mut cursor)?;
            if entries.iter().any(|other: &Entry<'_>| (other.kem, other.id) == (entry.kem, entry.id)) {
                return Err(Error::Malformed);
            }
            entries.push(entry);
        }
        let body = cursor.rest();
        let len = envelope.len().checked_sub(body.len()).ok_or(Error::Malformed)?;
        let bytes = envelope.get(..len).ok_or(Error::Malformed)?;
        Ok((Self { suite, flags, entries, bytes }, body))
    }

    /// The first seven bytes.
    pub(crate) fn fixed(&self) -> &'a [u8] {
        self.bytes.get(..FIXED_LEN).unwrap_or_default()
    }
}

impl<'a> Entry<'a> {
    fn parse(cursor: &mut Cursor<'a>) -> Result<Self, Error> {
        let kem = cursor.u16()?;
        let id = KeyId::from_bytes(cursor.array()?);
        let enc = cursor.take(enc_len(kem).ok_or(Error::Malformed)?)?;
        Ok(Self { kem, id, enc, wrap: cursor.take(WRAP_LEN)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    /// A header with one entry of each KEM, and three bytes of body.
    fn sample(flags: u8, ids: &[(u16, u8)]) -> Vec<u8> {
        let mut bytes = vec![b'C', b'H', b'N', 1, 2, flags, u8::try_from(ids.len()).unwrap()];
        for (kem, id) in ids {
            let enc = vec![0xE0; enc_len(*kem).unwrap_or(0)];
            let entry = Entry { kem: *kem, id: KeyId::from_bytes([*id; 8]), enc: &enc, wrap: &[0xAA; 48] };
            write_entry(&mut bytes, &entry);
        }
        bytes.extend_from_slice(b"end");
        bytes
    }

    #[test]
    fn what_parses_serialises_to_the_same_bytes() {
        for flags in 0..=3 {
            let bytes = sample(flags, &[(0x0020, 1), (0x647a, 1), (0x0020, 2)]);
            let (header, body) = Header::parse(&bytes).unwrap();
            assert_eq!(body, b"end");
            let count = u8::try_from(header.entries.len()).unwrap();
            let mut again = fixed(header.suite, header.flags, count).to_vec();
            header.entries.iter().for_each(|entry| write_entry(&mut again, entry));
            assert_eq!(again, header.bytes);
            assert_eq!(header.fixed(), &bytes[..7]);
        }
    }

    #[test]
    fn every_prefix_of_a_header_is_refused() {
        let bytes = sample(1, &[(0x0020, 1), (0x647a, 2)]);
        for len in 0..bytes.len() - 3 {
            assert_eq!(Header::parse(&bytes[..len]).map(|_| ()), Err(Error::Malformed), "{len}");
        }
    }

    /// A reader that asks how much is missing gets the header and not a byte of what follows.
    #[cfg(feature = "std")]
    #[test]
    fn what_is_missing_leads_to_the_end_of_the_header() {
        for ids in [&[(0x0020, 1)][..], &[(0x647a, 1)], &[(0x0020, 1), (0x647a, 2), (0x0020, 3)]] {
            let bytes = sample(1, ids);
            let mut have = 0;
            while let Some(n) = missing(&bytes[..have]).unwrap() {
                have += n.get();
            }
            assert_eq!(Header::parse(&bytes[..have]).unwrap().0.bytes.len(), have);
            assert_eq!(have, bytes.len() - 3);
            for len in 0..have {
                assert!(missing(&bytes[..len]).unwrap().is_some(), "{len}");
            }
        }
        for (at, value) in [(0, b'c'), (3, 2), (4, 3), (5, 0xff), (6, 0), (6, 33), (7, 0xff)] {
            let mut bytes = sample(0, &[(0x0020, 1)]);
            bytes[at] = value;
            assert_eq!(missing(&bytes), Err(Error::Malformed), "{at}");
        }
    }

    #[test]
    fn what_the_version_does_not_have_is_refused() {
        let refused = |bytes: Vec<u8>| assert_eq!(Header::parse(&bytes).map(|_| ()), Err(Error::Malformed));
        for flag in 3..8 {
            refused(sample(1 << flag, &[(0x0020, 1)]));
        }
        for (at, value) in [(0, b'c'), (3, 0), (3, 2), (4, 0), (4, 3), (6, 0), (6, 33), (6, 255)] {
            let mut bytes = sample(0, &[(0x0020, 1)]);
            bytes[at] = value;
            refused(bytes);
        }
        refused(sample(0, &[(0x0010, 1)]));
        refused(sample(0, &[]));
    }

    #[test]
    fn a_repeated_recipient_and_a_request_to_two_are_refused() {
        assert!(Header::parse(&sample(0, &[(0x0020, 1), (0x0020, 1)])).is_err());
        assert!(Header::parse(&sample(0, &[(0x0020, 1), (0x647a, 1)])).is_ok());
        assert!(Header::parse(&sample(4, &[(0x0020, 1)])).is_ok());
        assert!(Header::parse(&sample(4, &[(0x0020, 1), (0x0020, 2)])).is_err());
    }

    #[test]
    fn thirty_two_recipients_are_accepted_and_thirty_three_are_not() {
        let ids: Vec<_> = (0..33).map(|i| (0x0020, i)).collect();
        assert!(Header::parse(&sample(0, &ids[..32])).is_ok());
        assert!(Header::parse(&sample(0, &ids)).is_err());
    }
}
