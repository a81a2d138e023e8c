// SPDX-License-Identifier: MIT OR Apache-2.0
//! Base64 (RFC 4648 sections 4 and 5), canonical, without table look-ups by secrets.

use alloc::{string::String, vec::Vec};
use base64ct::{Base64, Base64Unpadded, Base64UrlUnpadded, Encoding};
use zeroize::Zeroizing;

/// The text of `bytes`.
pub(crate) fn encode(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// The bytes of `text`; `None` unless it is the one text of these bytes.
pub(crate) fn decode(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    decode_as::<Base64UrlUnpadded>(text.as_bytes())
}

/// The same of what is no secret, and is not erased.
#[cfg(feature = "jwt")]
pub(crate) fn decode_public(text: &str) -> Option<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(text).ok()
}

/// The bytes of `text` in the alphabet of RFC 4648 section 4, padded.
pub(crate) fn decode_standard(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    decode_as::<Base64>(text)
}

/// The same at the start of a buffer; `None` for what does not fit, too.
pub(crate) fn decode_standard_into<'a>(text: &[u8], buffer: &'a mut [u8]) -> Option<&'a [u8]> {
    Base64::decode(text, buffer).ok()
}

/// As [`decode`], at the start of a buffer; `None` for what does not fit, too.
pub(crate) fn decode_into<'a>(text: &[u8], buffer: &'a mut [u8]) -> Option<&'a [u8]> {
    Base64UrlUnpadded::decode(text, buffer).ok()
}

/// The same without padding.
pub(crate) fn decode_unpadded(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    decode_as::<Base64Unpadded>(text)
}

/// The text of `bytes` in the alphabet of RFC 4648 section 4, padded.
pub(crate) fn encode_standard(bytes: &[u8]) -> String {
    Base64::encode_string(bytes)
}

/// The same at the start of a buffer; `None` where it does not fit.
pub(crate) fn encode_standard_into<'a>(bytes: &[u8], buffer: &'a mut [u8]) -> Option<&'a str> {
    Base64::encode(bytes, buffer).ok()
}

/// As [`encode`], at the start of a buffer; `None` where it does not fit.
pub(crate) fn encode_into<'a>(bytes: &[u8], buffer: &'a mut [u8]) -> Option<&'a str> {
    Base64UrlUnpadded::encode(bytes, buffer).ok()
}

fn decode_as<E: Encoding>(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    // Four characters are three bytes; at most one too many for the last group. `decode_vec` would leave
    // what it has decoded behind when the last character is wrong.
    let mut bytes = Zeroizing::new(alloc::vec![0; text.len().div_ceil(4).saturating_mul(3)]);
    // base64ct refuses white space, other alphabets, other padding and left-over bits in the last character.
    let len = E::decode(text, &mut bytes).ok()?.len();
    bytes.truncate(len);
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn a_buffer_takes_what_fits() {
        let mut buffer = [0; 4];
        assert_eq!(encode_standard_into(b"\xFF", &mut buffer), Some("/w=="));
        assert_eq!(encode_into(b"\xFF", &mut buffer), Some("_w"));
        assert_eq!(encode_standard_into(b"four", &mut buffer), None);
        assert_eq!(decode_standard_into(b"Zm91cg==", &mut buffer), Some(&b"four"[..]));
        assert_eq!(decode_into(b"Zm91cg", &mut buffer), Some(&b"four"[..]));
        assert_eq!(decode_standard_into(b"Zm91cnM=", &mut buffer), None);
        assert_eq!(decode_into(b"Zm91cnM", &mut buffer), None);
    }

    #[test]
    fn pitfall_25_only_the_canonical_text_is_accepted() {
        for len in 0..40_u8 {
            let bytes: Vec<u8> = (0..len).map(|i| i.wrapping_mul(97)).collect();
            let text = encode(&bytes);
            assert_eq!(decode(&text).unwrap().as_slice(), bytes);
            for bad in ["=", " ", "\n", "+", "/", "A===", "\u{e9}"] {
                assert!(decode(&format!("{text}{bad}")).is_none(), "{text}{bad}");
            }
        }
        // "Zg" is 0x66; the other fifteen texts that decode to the same byte are not canonical.
        assert!(decode("Zg").is_some());
        for bad in ["Zh", "Zi", "Zv", "Z"] {
            assert!(decode(bad).is_none(), "{bad}");
        }
    }
}
