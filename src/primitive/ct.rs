// SPDX-License-Identifier: MIT OR Apache-2.0
//! The one comparison of secrets, and of what depends on them, in this crate.

use subtle::ConstantTimeEq;

/// Whether `a` and `b` are the same bytes, in a time that depends on their lengths only.
/// Different lengths are different: nothing stops at the shorter input.
pub(crate) fn equal(a: &[u8], b: &[u8]) -> bool {
    let differences = a.iter().zip(b).fold(0, |differences, (a, b)| differences | (a ^ b));
    a.len() == b.len() && differences.ct_eq(&0).into()
}

/// Whether all bytes are the same, in a time that depends on their number only. Nothing is.
///
/// A key like that is a placeholder, or a buffer that nobody filled.
pub(crate) fn is_constant(bytes: &[u8]) -> bool {
    let first = bytes.first().copied().unwrap_or_default();
    let differences = bytes.iter().fold(0, |differences, byte| differences | (byte ^ first));
    differences.ct_eq(&0).into()
}

#[cfg(test)]
mod tests {
    use super::{equal, is_constant};

    #[test]
    fn bytes_are_constant_when_no_bit_of_any_differs() {
        assert!(is_constant(&[]) && is_constant(&[5]) && is_constant(&[0xa5; 64]));
        for bit in 0..64 * 8 {
            let mut bytes = [0xa5; 64];
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(!is_constant(&bytes), "bit {bit}");
        }
    }

    #[test]
    fn rustsec_2024_0010_svix_no_prefix_and_no_extension_is_equal() {
        let tag: [u8; 32] = core::array::from_fn(|i| u8::try_from(i).unwrap());
        assert!(equal(&tag, &tag));
        for n in 0..32 {
            assert!(!equal(&tag, &tag[..n]), "prefix of {n}");
            assert!(!equal(&tag[..n], &tag), "prefix of {n}");
            let mut other = tag;
            other[n] ^= 1;
            assert!(!equal(&tag, &other), "byte {n}");
        }
        assert!(!equal(&tag, &[&tag[..], &[0]].concat()));
        assert!(equal(&[], &[]));
    }
}
