// SPDX-License-Identifier: MIT OR Apache-2.0
//! Base62: numbers in `0-9A-Za-z`, of a fixed number of digits, without table look-ups by secrets.
//!
//! Bytes are one big-endian number. It has one text of each length, and what is not the number of so many bytes is refused.

use alloc::{string::String, vec::Vec};
use zeroize::Zeroizing;

const BASE: u32 = 62;
/// So many digits at a time: 62^5 is below 2^30.
const GROUP: usize = 5;

/// Appends `bytes` as so many digits. What does not fit into them is lost: 17 for 12 bytes, 43 for 32, 6 for 4.
pub(crate) fn encode_to(text: &mut String, bytes: &[u8], digits: usize) {
    let mut number = Zeroizing::new(bytes.to_vec());
    let mut reversed = Zeroizing::new(Vec::with_capacity(digits));
    for _ in 0..digits {
        // Long division. The divisor is a constant, for which compilers multiply.
        let mut rest = 0_u32;
        for byte in number.iter_mut() {
            let value = rest << 8 | u32::from(*byte);
            [_, _, _, *byte] = (value / BASE).to_be_bytes();
            rest = value % BASE;
        }
        reversed.push(digit(rest));
    }
    text.extend(reversed.iter().rev().copied().map(char::from));
}

/// Fills `bytes`, whole words of four, with the number that the text is; `None` for other characters, and for what is too
/// large. Five digits at a time: one by one they are two thirds of what checking an API key takes.
pub(crate) fn decode_into(text: &[u8], bytes: &mut [u8]) -> Option<()> {
    bytes.fill(0);
    let (mut all, mut over) = (u8::MAX, 0_u64);
    for group in text.chunks(GROUP) {
        let (mut scale, mut carry) = (1_u64, 0_u64);
        for byte in group {
            let (value, is_digit) = value(*byte);
            all &= is_digit;
            scale = scale.wrapping_mul(u64::from(BASE));
            carry = carry.wrapping_mul(u64::from(BASE)).wrapping_add(u64::from(value));
        }
        for word in bytes.rchunks_exact_mut(4) {
            let number = word.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
            // Below 2^32 * 62^5.
            let sum = number.wrapping_mul(scale).wrapping_add(carry);
            let [_, _, _, _, low @ ..] = sum.to_be_bytes();
            word.copy_from_slice(&low);
            carry = sum >> 32;
        }
        over |= carry;
    }
    (all == u8::MAX && over == 0).then_some(())
}

/// The character of a value below 62. Without a table or a branch on the value: it may be of a secret.
fn digit(value: u32) -> u8 {
    let [_, _, _, value] = value.to_be_bytes();
    // From `0` on; from 10 on at `A`, and from 36 on at `a`.
    let upper = at_least(value, 10) & b'A'.wrapping_sub(b'0').wrapping_sub(10);
    let lower = at_least(value, 36) & b'a'.wrapping_sub(b'A').wrapping_sub(26);
    b'0'.wrapping_add(value).wrapping_add(upper).wrapping_add(lower)
}

/// The value, and all ones if it is a digit.
fn value(byte: u8) -> (u8, u8) {
    let in_range = |from: u8, count: u8| !at_least(byte.wrapping_sub(from), count);
    let (number, upper, lower) = (in_range(b'0', 10), in_range(b'A', 26), in_range(b'a', 26));
    let value = (byte.wrapping_sub(b'0') & number)
        | (byte.wrapping_sub(b'A').wrapping_add(10) & upper)
        | (byte.wrapping_sub(b'a').wrapping_add(36) & lower);
    (value, number | upper | lower)
}

/// All ones if it is.
fn at_least(value: u8, least: u8) -> u8 {
    0_u8.wrapping_sub(u8::from(value >= least))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(bytes: &[u8], digits: usize) -> String {
        let mut text = String::new();
        encode_to(&mut text, bytes, digits);
        text
    }

    #[test]
    fn the_digits_are_in_the_order_of_ascii_and_there_are_no_others() {
        let digits: String = (0..62).map(|value| char::from(digit(value))).collect();
        assert_eq!(digits, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
        for byte in 0..=255_u8 {
            let expected = digits.bytes().position(|digit| digit == byte);
            let (value, is_digit) = value(byte);
            assert_eq!((is_digit == u8::MAX).then_some(usize::from(value)), expected, "{byte}");
            assert_eq!(decode_into(&[byte], &mut [0; 4]).is_some(), byte.is_ascii_alphanumeric());
        }
    }

    /// Against another way to compute it.
    #[test]
    fn a_number_has_one_text_of_each_length() {
        for number in [0, 1, 61, 62, 12_345, u32::MAX - 1, u32::MAX] {
            let mut expected = [b'0'; 6];
            let mut rest = number;
            for place in expected.iter_mut().rev() {
                *place = digit(rest % 62);
                rest /= 62;
            }
            let text = encode(&number.to_be_bytes(), 6);
            assert_eq!(text.as_bytes(), expected);
            let mut bytes = [9; 4];
            assert_eq!(decode_into(text.as_bytes(), &mut bytes), Some(()));
            assert_eq!(u32::from_be_bytes(bytes), number);
        }
        // One more than the largest, and the largest of six digits.
        assert_eq!(encode(&u64::from(u32::MAX).to_be_bytes(), 6), "4gfFC3");
        assert_eq!(decode_into(b"4gfFC4", &mut [0; 4]), None);
        assert_eq!(decode_into(b"zzzzzz", &mut [0; 4]), None);
    }

    #[test]
    fn the_largest_number_of_so_many_bytes_fits_exactly() {
        for (len, digits) in [(4, 6), (12, 17), (32, 43)] {
            let bytes = alloc::vec![255; len];
            let text = encode(&bytes, digits);
            let mut decoded = alloc::vec![0; len];
            assert_eq!(decode_into(text.as_bytes(), &mut decoded), Some(()));
            assert_eq!(decoded, bytes);
            assert!(!text.starts_with('0'), "one digit less would be too few");
        }
    }
}
