// SPDX-License-Identifier: MIT OR Apache-2.0
//! Parameters of a query as components: decoded as a form, encoded again in one way (RFC 9421 section 2.2.8).

use crate::Error;
use alloc::{string::String, vec::Vec};

/// A longer query is not taken apart. `@query` has no such bound.
const MAX_LEN: usize = 8192;

/// The value of the parameter of this name, both encoded.
///
/// # Errors
/// [`Error::TooLarge`] above 8,192 bytes;
/// [`Error::Header`] when it is not there, or more than once: nobody knows which of them a reader takes.
/// [`Error::Malformed`] for a percent sign without two digits behind it and for what is not UTF-8.
pub(super) fn parameter(query: &str, name: &str) -> Result<String, Error> {
    if query.len() > MAX_LEN {
        return Err(Error::TooLarge);
    }
    let mut found = None;
    for part in query.split('&').filter(|part| !part.is_empty()) {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        if encode(&decode(key)?) == name && found.replace(value).is_some() {
            return Err(Error::Header);
        }
    }
    decode(found.ok_or(Error::Header)?).map(|value| encode(&value))
}

fn decode(text: &str) -> Result<String, Error> {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.bytes());
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                let (high, low) = digit().zip(digit()).ok_or(Error::Malformed)?;
                u8::try_from(high << 4 | low).map_err(|_| Error::Malformed)?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).map_err(|_| Error::Malformed)
}

/// URL standard, section 1.3, with the set of forms.
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"*-._".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let digit =
                |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0').to_ascii_uppercase();
            encoded.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 9421 section 2.2.8.
    #[test]
    fn a_value_is_decoded_and_encoded_again() {
        let query = "var=this%20is%20a%20big%0Amultiline%20value&bar=with+plus+whitespace&fa%C3%A7ade%22%3A%20=something&qux=";
        for (name, value) in [
            ("var", "this%20is%20a%20big%0Amultiline%20value"),
            ("bar", "with%20plus%20whitespace"),
            ("fa%C3%A7ade%22%3A%20", "something"),
            ("qux", ""),
        ] {
            assert_eq!(parameter(query, name).unwrap(), value, "{name}");
        }
    }

    #[test]
    fn a_name_that_is_missing_or_there_twice_is_refused() {
        assert_eq!(parameter("", "a"), Err(Error::Header));
        assert_eq!(parameter("b=1", "a"), Err(Error::Header));
        assert_eq!(parameter("a=1&a=1", "a"), Err(Error::Header));
        assert_eq!(parameter("a=1&%61=2", "a"), Err(Error::Header));
        for query in ["a=%", "a=%2", "a=%zz", "a=%FF", "a=1&%C3=2"] {
            assert_eq!(parameter(query, "a"), Err(Error::Malformed), "{query}");
        }
    }
}
