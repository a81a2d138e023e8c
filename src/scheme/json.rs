// SPDX-License-Identifier: MIT OR Apache-2.0
//! A time inside a JSON body.

use crate::Error;
use alloc::{string::ToString, vec::Vec};

/// The decimal text of the unsigned number at the top of `body`.
///
/// # Errors
/// [`Error::Malformed`] when the body is not an object with such a member, once.
pub(super) fn number(body: &[u8], name: &'static str) -> Result<Vec<u8>, Error> {
    struct Number(Option<u64>);

    struct Visitor(&'static str);

    impl<'de> serde::de::Visitor<'de> for Visitor {
        type Value = Number;

        fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Number, A::Error> {
            let mut number = None;
            while let Some(key) = map.next_key::<alloc::borrow::Cow<'de, str>>()? {
                if key != self.0 {
                    map.next_value::<serde::de::IgnoredAny>()?;
                } else if number.replace(map.next_value::<u64>()?).is_some() {
                    return Err(serde::de::Error::duplicate_field(self.0));
                }
            }
            Ok(Number(number))
        }
    }

    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let number = serde::Deserializer::deserialize_map(&mut deserializer, Visitor(name));
    deserializer.end().map_err(|_| Error::Malformed)?;
    let Number(number) = number.map_err(|_| Error::Malformed)?;
    number.map(|number| number.to_string().into_bytes()).ok_or(Error::Malformed)
}
