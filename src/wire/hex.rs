// SPDX-License-Identifier: MIT OR Apache-2.0
//! Hexadecimal text (RFC 4648 section 8), of either case: the case of a signature carries nothing.

use alloc::{string::String, vec::Vec};

/// The text of `bytes`, in lower case.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The bytes of `text`; `None` for an odd number of digits and for anything that is not one.
pub(crate) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = alloc::vec![0; text.len() / 2];
    decode_into(text, &mut bytes)?;
    Some(bytes)
}

/// The same at the start of a buffer; `None` for what does not fit, too.
pub(crate) fn decode_into<'a>(text: &[u8], buffer: &'a mut [u8]) -> Option<&'a [u8]> {
    let (pairs, []) = text.as_chunks::<2>() else { return None };
    let bytes = buffer.get_mut(..pairs.len())?;
    let mut all = u8::MAX;
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        let ((high, is_high), (low, is_low)) = (digit(*high), digit(*low));
        all &= is_high & is_low;
        *byte = high << 4 | low;
    }
    (all == u8::MAX).then_some(bytes)
}

/// The value, and all ones if it is a digit. Without a table or a branch on the digit: the text may be a secret.
fn digit(byte: u8) -> (u8, u8) {
    let in_range = |value: u8, count: u8| 0_u8.wrapping_sub(u8::from(value < count));
    let decimal = byte.wrapping_sub(b'0');
    let letter = (byte | 0x20).wrapping_sub(b'a');
    let (is_decimal, is_letter) = (in_range(decimal, 10), in_range(letter, 6));
    ((decimal & is_decimal) | (letter.wrapping_add(10) & is_letter), is_decimal | is_letter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn every_byte_in_either_case_and_nothing_else() {
        for byte in 0..=255_u8 {
            assert_eq!(decode(format!("{byte:02x}").as_bytes()), Some(alloc::vec![byte]));
            #[cfg(feature = "json")]
            assert_eq!(encode(&[byte]), format!("{byte:02x}"));
            assert_eq!(decode(format!("{byte:02X}").as_bytes()), Some(alloc::vec![byte]));
            assert_eq!(decode(&[byte, b'0']).is_some(), byte.is_ascii_hexdigit(), "{byte}");
            assert_eq!(decode(&[byte]), None);
        }
        assert_eq!(decode(b""), Some(Vec::new()));
        assert_eq!(decode_into(b"0aFF", &mut [0; 2]), Some(&[10, 255][..]));
        assert_eq!(decode_into(b"0aFF", &mut [0; 1]), None);
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        let bytes: Vec<u8> = (0..=255).collect();
        let text = encode(&bytes);
        assert!(text.starts_with("000102") && text.ends_with("fdfeff"), "{text}");
        assert_eq!(decode(text.as_bytes()), Some(bytes));
    }
}
