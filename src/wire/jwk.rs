// SPDX-License-Identifier: MIT OR Apache-2.0
//! JWK and JWK sets (RFC 7517, RFC 8037) as members: what they are keys of is decided above.

use crate::{
    error::{ConfigError, KeyKind},
    wire::{
        base64,
        json::{self, Members, Object},
    },
};
use alloc::{string::String, vec::Vec};
use core::fmt;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use zeroize::Zeroizing;

/// Of the text of a key: an RSA key with its certificates is below 8 KiB.
const MAX_KEY: usize = 16 * 1024;
/// Of the text of a set: identity providers have a few keys with their certificates, 30 KiB.
const MAX_SET: usize = 128 * 1024;
/// Of a set, whatever they are: the text of one that says nothing is three bytes, and what is kept of it a hundred times that.
const MAX_KEYS: usize = 64;

/// The members of a JWK that mean something here.
#[derive(Default)]
pub(crate) struct Jwk {
    pub(crate) kty: String,
    pub(crate) crv: String,
    pub(crate) x: Option<String>,
    pub(crate) y: Option<String>,
    /// Modulus and exponent of an RSA key.
    pub(crate) n: Option<String>,
    pub(crate) e: Option<String>,
    /// The seed of an `OKP` key, or the secret number of another one.
    pub(crate) d: Option<Zeroizing<String>>,
    /// The bytes of an `oct` key.
    pub(crate) k: Option<Zeroizing<String>>,
    /// Another secret part: of RSA (RFC 7518, section 6.3.2), or of an `AKP` key, which is ML-DSA.
    secret: bool,
    pub(crate) kid: Option<String>,
    purpose: Option<String>,
    operations: Option<Vec<String>>,
    pub(crate) alg: Option<String>,
}

impl<'de> Members<'de> for Jwk {
    fn member<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        match name {
            "kty" => self.kty = map.next_value()?,
            "crv" => self.crv = map.next_value()?,
            "x" => self.x = Some(map.next_value()?),
            "y" => self.y = Some(map.next_value()?),
            "n" => self.n = Some(map.next_value()?),
            "e" => self.e = Some(map.next_value()?),
            "d" => self.d = Some(Zeroizing::new(map.next_value()?)),
            "k" => self.k = Some(Zeroizing::new(map.next_value()?)),
            "p" | "q" | "dp" | "dq" | "qi" | "oth" | "priv" => {
                self.secret = true;
                return Ok(false);
            }
            "kid" => self.kid = Some(map.next_value()?),
            "use" => self.purpose = Some(map.next_value()?),
            "key_ops" => self.operations = Some(map.next_value()?),
            "alg" => self.alg = Some(map.next_value()?),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// # Errors
/// [`ConfigError::KeyText`].
pub(crate) fn one(json: &str) -> Result<Jwk, ConfigError> {
    let fits = json.len() <= MAX_KEY;
    fits.then(|| json::object(json.as_bytes())).flatten().ok_or(ConfigError::KeyText)
}

/// The keys of a set (RFC 7517, section 5).
///
/// # Errors
/// [`ConfigError::KeyText`]; [`ConfigError::Limit`] above 128 KiB or 64 keys.
pub(crate) fn all(json: &str) -> Result<impl Iterator<Item = Jwk>, ConfigError> {
    if json.len() > MAX_SET {
        return Err(ConfigError::Limit);
    }
    let Set(keys) = json::object(json.as_bytes()).ok_or(ConfigError::KeyText)?;
    let Keys { keys, more } = keys.ok_or(ConfigError::KeyText)?;
    if more { Err(ConfigError::Limit) } else { Ok(keys.into_iter()) }
}

impl Jwk {
    /// By its members and not by its `kty` alone: a secret is one wherever it stands.
    pub(crate) fn kind(&self) -> KeyKind {
        if self.kty == "oct" || self.k.is_some() {
            KeyKind::Mac
        } else if self.d.is_some() || self.secret {
            KeyKind::Signing
        } else {
            KeyKind::Verifying
        }
    }

    /// # Errors
    /// [`ConfigError::Suite`] for a key of another `use` or without this one among its `key_ops`.
    pub(crate) fn is_for(&self, purpose: &str, operation: &str) -> Result<(), ConfigError> {
        let purpose = self.purpose.as_deref().is_none_or(|listed| listed == purpose);
        let operations = self.operations.as_ref();
        let operation = operations.is_none_or(|list| list.iter().any(|listed| listed == operation));
        (purpose && operation).then_some(()).ok_or(ConfigError::Suite)
    }
}

/// The bytes of a member.
///
/// # Errors
/// [`ConfigError::KeyText`] when it is not there, or not in its one text.
pub(crate) fn bytes(text: Option<&str>) -> Result<Zeroizing<Vec<u8>>, ConfigError> {
    text.and_then(base64::decode).ok_or(ConfigError::KeyText)
}

#[derive(Default)]
struct Set(Option<Keys>);

impl<'de> Members<'de> for Set {
    fn member<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        if name != "keys" {
            return Ok(false);
        }
        self.0 = Some(map.next_value()?);
        Ok(true)
    }
}

#[derive(Default)]
struct Keys {
    keys: Vec<Jwk>,
    /// There are more than are kept.
    more: bool,
}

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Keys;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of keys")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Keys, A::Error> {
                let mut all = Keys::default();
                while let Some(Object(jwk)) = list.next_element()? {
                    if all.keys.len() < MAX_KEYS {
                        all.keys.push(jwk);
                    } else {
                        all.more = true;
                    }
                }
                Ok(all)
            }
        }

        deserializer.deserialize_seq(Reader)
    }
}
