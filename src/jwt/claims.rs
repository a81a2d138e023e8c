// SPDX-License-Identifier: MIT OR Apache-2.0
//! The registered claims (RFC 7519, section 4.1) as a token has them, each of its one type.

use crate::wire::json::{Members, Names, Object};
use alloc::{string::String, vec::Vec};
use core::fmt;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// What the caller's claims must not be called: they are set by the signer.
pub(super) const RESERVED: [&str; 9] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "client_id", "cnf"];

/// Absent is `None`. A value of another type than the claim's is an error of the whole object, never absent.
#[derive(Default)]
pub(super) struct Registered<'de> {
    pub(super) iss: Option<String>,
    pub(super) sub: Option<String>,
    pub(super) aud: Vec<String>,
    pub(super) exp: Option<u64>,
    pub(super) nbf: Option<u64>,
    pub(super) iat: Option<u64>,
    pub(super) jti: Option<String>,
    /// RFC 8693, section 4.3.
    pub(super) client_id: Option<String>,
    /// The key that whoever presents the token must have (RFC 7800).
    pub(super) cnf: Option<Confirmation>,
    names: Names<'de>,
}

impl Registered<'_> {
    /// Whether there is such a claim that is not `null`.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.iter().any(|(there, null)| there == name && !null)
    }
}

impl<'de> Members<'de> for Registered<'de> {
    fn member<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        match name {
            "iss" => self.iss = Some(map.next_value()?),
            "sub" => self.sub = Some(map.next_value()?),
            "aud" => self.aud = map.next_value::<Audience>()?.0,
            // An unsigned integer: a time with a fraction or an exponent is not exact everywhere.
            "exp" => self.exp = Some(map.next_value()?),
            "nbf" => self.nbf = Some(map.next_value()?),
            "iat" => self.iat = Some(map.next_value()?),
            "jti" => self.jti = Some(map.next_value()?),
            "client_id" => self.client_id = Some(map.next_value()?),
            "cnf" => self.cnf = Some(map.next_value::<Object<_>>()?.0),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn named(&mut self, names: Names<'de>) {
        self.names = names;
    }
}

/// Which key it is. Bound in a way that is not known here is not for anybody.
#[derive(Default)]
pub(super) struct Confirmation {
    /// A thumbprint of a JWK (RFC 9449, section 6.1).
    pub(super) jkt: Option<String>,
    /// Bound to something else, too, a certificate for example, that nobody here looks at.
    pub(super) more: bool,
}

impl<'de> Members<'de> for Confirmation {
    fn member<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        if name != "jkt" {
            self.more = true;
            return Ok(false);
        }
        self.jkt = Some(map.next_value()?);
        Ok(true)
    }
}

/// A string or a list of strings.
struct Audience(Vec<String>);

impl<'de> Deserialize<'de> for Audience {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Audience;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or a list of strings")
            }

            fn visit_str<E>(self, one: &str) -> Result<Audience, E> {
                Ok(Audience(Vec::from([one.into()])))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Audience, A::Error> {
                let mut all = Vec::new();
                while let Some(one) = list.next_element()? {
                    all.push(one);
                }
                Ok(Audience(all))
            }
        }

        deserializer.deserialize_any(Reader)
    }
}
