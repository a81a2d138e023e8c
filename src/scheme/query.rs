// SPDX-License-Identifier: MIT OR Apache-2.0
//! The query of a request target, as `application/x-www-form-urlencoded` (URL standard, section 5.1).

use crate::{
    Error,
    primitive::{ct, hash::sha256},
    scheme::Query,
    wire::hex,
};
use alloc::{string::String, vec::Vec};

/// More parameters than this are refused before any is decoded.
const MAX_PARAMETERS: usize = 256;
const MAX_LEN: usize = 8192;

/// Names and values, decoded, in order.
///
/// # Errors
/// [`Error::TooLarge`]; [`Error::Malformed`] for a percent sign without two digits behind it and for what is
/// not UTF-8 after decoding.
pub(super) fn pairs(form: &[u8]) -> Result<Vec<(String, String)>, Error> {
    let parts = || form.split(|byte| *byte == b'&').filter(|part| !part.is_empty());
    if parts().count() > MAX_PARAMETERS {
        return Err(Error::TooLarge);
    }
    parts()
        .map(|part| {
            let at = part.iter().position(|byte| *byte == b'=').unwrap_or(part.len());
            let (name, value) = part.split_at_checked(at).ok_or(Error::Malformed)?;
            Ok((decode(name)?, decode(value.strip_prefix(b"=").unwrap_or_default())?))
        })
        .collect()
}

fn decode(text: &[u8]) -> Result<String, Error> {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.iter());
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(*rest.next()?).to_digit(16);
                let (high, low) = digit().zip(digit()).ok_or(Error::Malformed)?;
                u8::try_from(high << 4 | low).map_err(|_| Error::Malformed)?
            }
            byte => *byte,
        });
    }
    String::from_utf8(bytes).map_err(|_| Error::Malformed)
}

/// The query of a target: what follows the first question mark.
fn of(target: &str) -> Result<&[u8], Error> {
    if target.len() > MAX_LEN {
        return Err(Error::TooLarge);
    }
    Ok(target.split_once('?').map(|(_, query)| query.as_bytes()).unwrap_or_default())
}

/// The value of a parameter that is there at most once.
///
/// # Errors
/// [`Error::Header`] when it is there twice; as [`pairs`].
pub(crate) fn one(target: &str, name: &str) -> Result<Option<String>, Error> {
    let mut values = pairs(of(target)?)?.into_iter().filter(|(other, _)| other == name);
    let value = values.next().map(|(_, value)| value);
    if values.next().is_some() { Err(Error::Header) } else { Ok(value) }
}

/// The parameters but `without`, as they were signed.
///
/// # Errors
/// As [`pairs`]; [`Error::Malformed`] for a name that is there too often, or could be read in two places.
pub(super) fn signed(target: &str, without: &str, form: Query) -> Result<String, Error> {
    let mut pairs = pairs(of(target)?)?;
    pairs.retain(|(name, _)| name != without);
    // Stable: the values of one name stay in their order.
    pairs.sort_by(|(one, _), (other, _)| one.cmp(other));
    let (mut text, mut last) = (String::new(), None);
    for (name, value) in &pairs {
        let again = last.replace(name) == Some(name);
        match form {
            Query::Joined { once } if again && once.contains(&name.as_str()) => return Err(Error::Malformed),
            Query::Joined { .. } if again => text.extend([",", value]),
            Query::Joined { .. } => text.extend([name, "=", value]),
            Query::Encoded if again => return Err(Error::Malformed),
            Query::Encoded => {
                let between = if text.is_empty() { "" } else { "&" };
                text.extend([between, &encode(name), "=", &encode(value)]);
            }
        }
    }
    match form {
        // With nothing between them, what stands in a value or in a longer name can be read as a parameter.
        Query::Joined { once } if once.iter().any(|name| text.matches(&[name, "="].concat()).count() > 1) => {
            Err(Error::Malformed)
        }
        _ => Ok(text),
    }
}

/// URL standard, section 1.3, with the set of section 5.2.
fn encode(text: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"*-._".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let digit = |value: u8| DIGITS.get(usize::from(value)).copied().map_or('0', char::from);
            encoded.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    encoded
}

/// The parameters of a form in the body, as Twilio signs them: sorted, each pair once, nothing between. A body
/// whose hash is in the URL is no form, and adds nothing.
///
/// # Errors
/// As [`pairs`]; [`Error::NotAuthentic`] when the body does not have that hash.
pub(super) fn form(url: &str, body: &[u8]) -> Result<String, Error> {
    if let Some(hash) = one(url, "bodySHA256")? {
        let matches = hex::decode(hash.as_bytes()).is_some_and(|hash| ct::equal(&sha256(body), &hash));
        return if matches { Ok(String::new()) } else { Err(Error::NotAuthentic) };
    }
    let mut pairs = pairs(body)?;
    pairs.sort();
    pairs.dedup();
    Ok(pairs.into_iter().flat_map(|(name, value)| [name, value]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_signed_in_one_order() {
        let joined = Query::Joined { once: &["shop"] };
        assert_eq!(signed("/x?b=2&a=1&a=%2C+3&s=9&c", "s", joined).unwrap(), "a=1,, 3b=2c=");
        assert_eq!(signed("/x?a1=1&a=2", "s", joined).unwrap(), "a=2a1=1");
        assert_eq!(signed("/x?shop=1&shop=2", "s", joined), Err(Error::Malformed));
        assert_eq!(signed("/x?shop=1&a=shop%3D2", "s", joined), Err(Error::Malformed));
        assert_eq!(signed("/x?shop=1&bishop=2", "s", joined), Err(Error::Malformed));
        assert_eq!(signed("/x?shop=1&a=shop", "s", joined).unwrap(), "a=shopshop=1");
        assert_eq!(signed("/x?b=%C3%A9+~*&a=%26=", "s", Query::Encoded).unwrap(), "a=%26%3D&b=%C3%A9%20%7E*");
        assert_eq!(signed("/x?a=1&%61=2", "s", Query::Encoded), Err(Error::Malformed));
        assert_eq!(signed("/x", "s", joined).unwrap(), "");
    }

    #[test]
    fn what_cannot_be_decoded_is_refused() {
        for query in ["a=%", "a=%2", "a=%+1", "a=%zz", "a=%FF", "%C3=1"] {
            assert_eq!(pairs(query.as_bytes()), Err(Error::Malformed), "{query}");
        }
        assert!(pairs("a=1&".repeat(MAX_PARAMETERS).as_bytes()).is_ok());
        assert_eq!(pairs("a=1&".repeat(MAX_PARAMETERS + 1).as_bytes()), Err(Error::TooLarge));
    }
}
