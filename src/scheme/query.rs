// SPDX-License-Identifier: MIT OR Apache-2.0
//! The query of a request target, as `application/x-www-form-urlencoded` (URL standard, section 5.1).

use crate::Error;
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
pub(super) fn one(target: &str, name: &str) -> Result<Option<String>, Error> {
    let mut values = pairs(of(target)?)?.into_iter().filter(|(other, _)| other == name);
    let value = values.next().map(|(_, value)| value);
    if values.next().is_some() { Err(Error::Header) } else { Ok(value) }
}

/// `name=value` of every parameter but `without`, sorted by name, with `between` between them; several
/// values of one name joined by commas.
///
/// # Errors
/// As [`pairs`].
pub(super) fn sorted(target: &str, without: &str, between: &str) -> Result<String, Error> {
    let mut joined: Vec<(String, String)> = Vec::new();
    for (name, value) in pairs(of(target)?)? {
        match joined.iter_mut().find(|(other, _)| *other == name) {
            _ if name == without => {}
            Some((_, values)) => {
                values.push(',');
                values.push_str(&value);
            }
            None => joined.push((name, value)),
        }
    }
    joined.sort();
    let texts: Vec<String> = joined.into_iter().map(|(name, value)| [name, value].join("=")).collect();
    Ok(texts.join(between))
}
