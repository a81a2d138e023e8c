// SPDX-License-Identifier: MIT OR Apache-2.0
//! Compact JWS (RFC 7515): a header that names a key, and one signature by the algorithm of that key.
//!
//! What is below [`jwt`](crate::jwt): it knows neither claims nor a clock. A key type more is a variant in
//! `named_key`, and its members in `jwk.rs`.

mod header;
mod jwk;
mod key;

pub use key::{SignKey, VerifyKey};

use crate::{Error, Keyring, wire::base64};
use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use header::Header;

/// A signed text that was taken apart and not verified.
pub(crate) struct Compact<'a> {
    pub(crate) header: Header,
    /// `header.payload`, which is what is signed.
    input: &'a str,
    payload: &'a str,
    signature: &'a str,
}

impl<'a> Compact<'a> {
    /// `BASE64URL(header) . BASE64URL(payload) . BASE64URL(signature)`, section 7.1, and the header read.
    ///
    /// # Errors
    /// [`Error::TooLarge`] above `max` bytes; [`Error::Policy`] for the five parts of an encrypted token and for a
    /// header that asks for what is not done here; [`Error::Malformed`].
    pub(crate) fn read(text: &'a str, max: usize) -> Result<Self, Error> {
        if text.len() > max {
            return Err(Error::TooLarge);
        }
        let mut parts = text.split('.');
        let (Some(header), Some(payload), Some(signature)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(Error::Malformed);
        };
        match parts.count() {
            0 => {}
            2 => return Err(Error::Policy),
            _ => return Err(Error::Malformed),
        }
        let (input, _) = text.rsplit_once('.').ok_or(Error::Malformed)?;
        let header = Header::read(&base64::decode_public(header).ok_or(Error::Malformed)?)?;
        Ok(Self { header, input, payload, signature })
    }

    /// The key that the header names. Without a name it is the only key, if there is only one: otherwise a forged
    /// token would cost a verification for each of them.
    ///
    /// # Errors
    /// [`Error::UnknownKey`]; [`Error::Policy`] when the token brings its key along.
    pub(crate) fn key<'k>(&self, keys: &'k Keyring<VerifyKey>) -> Result<&'k VerifyKey, Error> {
        if self.header.jwk.is_some() {
            return Err(Error::Policy);
        }
        let key = match &self.header.kid {
            Some(kid) => keys.iter().find(|key| key.name() == kid),
            None => Some(keys.primary()).filter(|_| keys.iter().nth(1).is_none()),
        };
        key.ok_or(Error::UnknownKey)
    }

    /// What is signed.
    #[cfg(feature = "p256")]
    pub(crate) const fn input(&self) -> &str {
        self.input
    }

    /// The payload, if the key has signed it.
    ///
    /// # Errors
    /// [`Error::Policy`] when the header names another algorithm than the key's, [`Error::NotAuthentic`],
    /// [`Error::Malformed`].
    pub(crate) fn verify(&self, key: &VerifyKey) -> Result<Vec<u8>, Error> {
        if !key.is_for(&self.header.alg) {
            return Err(Error::Policy);
        }
        let signature = base64::decode_public(self.signature).ok_or(Error::Malformed)?;
        key.verify(self.input.as_bytes(), &signature)?;
        base64::decode_public(self.payload).ok_or(Error::Malformed)
    }

    /// The payload, whoever has signed it.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub(crate) fn untrusted_payload(&self) -> Result<Vec<u8>, Error> {
        base64::decode_public(self.payload).ok_or(Error::Malformed)
    }
}

/// The signed text of `payload`, whose header has the algorithm of the key and these members.
pub(crate) fn sign(key: &SignKey, members: &str, payload: &[u8]) -> String {
    let header = format!(r#"{{"alg":"{}",{members}}}"#, key.algorithm());
    let mut text = base64::encode(header.as_bytes());
    text.push('.');
    text.push_str(&base64::encode(payload));
    let signature = base64::encode(&key.sign(text.as_bytes()));
    text.push('.');
    text.push_str(&signature);
    text
}

/// A text as JSON has it.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
