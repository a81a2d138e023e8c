// SPDX-License-Identifier: MIT OR Apache-2.0
//! The header of a JWS (RFC 7515, section 4): which key, and that nothing else is asked for.

use crate::{
    Error,
    named_key::is_name,
    wire::{
        json::{self, Members, Object},
        jwk::Jwk,
    },
};
use alloc::string::String;
use serde::de::MapAccess;

/// What a header says. Members that are not known here mean nothing.
#[derive(Default)]
pub(crate) struct Header {
    pub(crate) alg: String,
    pub(crate) kid: Option<String>,
    pub(crate) typ: Option<String>,
    /// A key that came along with what it has signed.
    pub(crate) jwk: Option<Jwk>,
    asks_for_more: bool,
}

impl<'de> Members<'de> for Header {
    fn member<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        match name {
            "alg" => self.alg = map.next_value()?,
            "kid" => self.kid = Some(map.next_value()?),
            "typ" => self.typ = Some(map.next_value()?),
            "jwk" => self.jwk = Some(map.next_value::<Object<_>>()?.0),
            // Extensions that must be understood, another way to build what is signed, keys from elsewhere,
            // compression, encryption (RFC 7515, RFC 7797, RFC 7516).
            "crit" | "b64" | "jku" | "x5u" | "x5c" | "zip" | "enc" => {
                self.asks_for_more = true;
                return Ok(false);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl Header {
    /// # Errors
    /// [`Error::Malformed`], also for a `kid` that is no name; [`Error::Policy`] when it asks for what is not done.
    pub(super) fn read(json: &[u8]) -> Result<Self, Error> {
        let header: Self = json::object(json).ok_or(Error::Malformed)?;
        if header.asks_for_more {
            return Err(Error::Policy);
        }
        let named = header.kid.as_deref().is_none_or(is_name);
        if named && !header.alg.is_empty() { Ok(header) } else { Err(Error::Malformed) }
    }
}
