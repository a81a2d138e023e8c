// SPDX-License-Identifier: MIT OR Apache-2.0
//! [`ApiKeyRecord`] as an object, for stores and files.
//!
//! What is not known is refused: a member that a later version adds may end a key. So is a member that is there twice.

use crate::{
    KeyId, UnixTime,
    api_key::{
        record::ApiKeyRecord,
        text::{ApiKeyId, Prefix},
    },
    wire::hex,
};
use alloc::{
    string::{String, ToString},
    vec::Vec,
};
use core::fmt;
use serde::{
    de::{Deserialize, Deserializer, Error, MapAccess, Visitor},
    ser::{Serialize, SerializeMap, Serializer},
};

impl Serialize for ApiKeyRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let seconds = |time: Option<UnixTime>| time.map(UnixTime::as_secs);
        let mut map = serializer.serialize_map(Some(11))?;
        map.serialize_entry("id", &self.id.to_string())?;
        map.serialize_entry("prefix", self.prefix.as_str())?;
        map.serialize_entry("hash", &hex::encode(&self.hash))?;
        map.serialize_entry("pepper", &self.pepper.map(|pepper| pepper.to_string()))?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("scopes", &self.scopes)?;
        map.serialize_entry("created", &self.created.as_secs())?;
        map.serialize_entry("expires", &seconds(self.expires))?;
        map.serialize_entry("revoked", &seconds(self.revoked))?;
        map.serialize_entry("last_used", &seconds(self.used))?;
        map.serialize_entry("successor", &self.successor.map(|id| id.to_string()))?;
        map.end()
    }
}

/// The outer `Option` is whether it was there: none may be missing.
#[derive(Default)]
#[expect(clippy::option_option, reason = "absent is an error, `null` is not")]
struct Members {
    id: Option<String>,
    prefix: Option<String>,
    hash: Option<String>,
    pepper: Option<Option<String>>,
    name: Option<String>,
    scopes: Option<Vec<String>>,
    created: Option<u64>,
    expires: Option<Option<u64>>,
    revoked: Option<Option<u64>>,
    used: Option<Option<u64>>,
    successor: Option<Option<String>>,
}

impl Members {
    fn read<'de, A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<bool, A::Error> {
        fn once<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
            to: &mut Option<T>,
            map: &mut A,
        ) -> Result<(), A::Error> {
            match to.replace(map.next_value()?) {
                None => Ok(()),
                Some(_) => Err(A::Error::custom("a member is there twice")),
            }
        }
        let Some(name) = map.next_key::<String>()? else { return Ok(false) };
        match &*name {
            "id" => once(&mut self.id, map)?,
            "prefix" => once(&mut self.prefix, map)?,
            "hash" => once(&mut self.hash, map)?,
            "pepper" => once(&mut self.pepper, map)?,
            "name" => once(&mut self.name, map)?,
            "scopes" => once(&mut self.scopes, map)?,
            "created" => once(&mut self.created, map)?,
            "expires" => once(&mut self.expires, map)?,
            "revoked" => once(&mut self.revoked, map)?,
            "last_used" => once(&mut self.used, map)?,
            "successor" => once(&mut self.successor, map)?,
            _ => return Err(A::Error::custom("a member that is not known")),
        }
        Ok(true)
    }

    fn record(self) -> Option<ApiKeyRecord> {
        let id = |text: String| text.parse::<ApiKeyId>().ok();
        let pepper = |text: String| hex::decode(text.as_bytes())?.try_into().ok().map(KeyId::from_bytes);
        let seconds = |seconds: Option<u64>| seconds.map(UnixTime::from_secs);
        Some(ApiKeyRecord {
            id: id(self.id?)?,
            prefix: Prefix::new(&self.prefix?).ok()?,
            hash: hex::decode(self.hash?.as_bytes())?.try_into().ok()?,
            // What is there and cannot be read is not nothing.
            pepper: self.pepper?.map(|text| pepper(text).ok_or(())).transpose().ok()?,
            name: self.name?,
            scopes: self.scopes?,
            created: UnixTime::from_secs(self.created?),
            expires: seconds(self.expires?),
            revoked: seconds(self.revoked?),
            used: seconds(self.used?),
            successor: self.successor?.map(|text| id(text).ok_or(())).transpose().ok()?,
        })
    }
}

impl<'de> Deserialize<'de> for ApiKeyRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = ApiKeyRecord;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the record of an API key")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ApiKeyRecord, A::Error> {
                let mut members = Members::default();
                while members.read(&mut map)? {}
                members.record().ok_or_else(|| A::Error::custom("not the record of an API key"))
            }
        }

        deserializer.deserialize_map(Reader)
    }
}
