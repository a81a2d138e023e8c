// SPDX-License-Identifier: MIT OR Apache-2.0
//! JSON objects in which every member is there once (RFC 7515 and RFC 7519, section 4), to a bounded depth.
//!
//! `serde_json` keeps the last of two members of one name, others keep the first: who signs and who verifies
//! must not read two things.

use alloc::{borrow::Cow, vec::Vec};
use core::{fmt, marker::PhantomData};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

/// Levels below the object itself. `serde_json` stops at 128, which is for its stack.
const MAX_DEPTH: u8 = 16;

const TWICE: &str = "a member is there twice";

/// What is read of an object.
pub(crate) trait Members<'de>: Default {
    /// Reads the value of a member that means something here. `false` leaves it unread.
    fn member<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error>;

    /// The names of all members, in order.
    fn named(&mut self, _names: Names<'de>) {}
}

/// Names, each with whether its value is `null`.
pub(crate) type Names<'de> = Vec<(Cow<'de, str>, bool)>;

/// In order, if each is there once. Sorted at the end: an object of thousands of names costs no more than that.
fn once(mut names: Names<'_>) -> Option<Names<'_>> {
    names.sort_unstable();
    let twice = names.windows(2).any(|two| matches!(two, [(one, _), (other, _)] if one == other));
    (!twice).then_some(names)
}

/// The object that `json` is; `None` when it is none, has a member twice at any level, or is too deep.
pub(crate) fn object<'de, M: Members<'de>>(json: &'de [u8]) -> Option<M> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let Object(members) = Object::deserialize(&mut deserializer).ok()?;
    deserializer.end().ok()?;
    Some(members)
}

/// An object inside another one.
pub(crate) struct Object<M>(pub(crate) M);

impl<'de, M: Members<'de>> Deserialize<'de> for Object<M> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<M>(PhantomData<M>);

        impl<'de, M: Members<'de>> Visitor<'de> for Reader<M> {
            type Value = Object<M>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let (mut members, mut names) = (M::default(), Vec::with_capacity(8));
                while let Some(Name(name)) = map.next_key()? {
                    let null = !members.member(&name, &mut map)? && map.next_value_seed(Any(MAX_DEPTH))?;
                    names.push((name, null));
                }
                members.named(once(names).ok_or_else(|| A::Error::custom(TWICE))?);
                Ok(Object(members))
            }
        }

        deserializer.deserialize_map(Reader(PhantomData))
    }
}

/// The name of a member, borrowed unless it is escaped.
struct Name<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Borrowed(name)))
            }

            fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Owned(name.into())))
            }
        }

        deserializer.deserialize_str(Reader)
    }
}

/// Any value, that may be so many levels deep. Says whether it is `null`.
struct Any(u8);

impl Any {
    fn inner<E: serde::de::Error>(&self) -> Result<u8, E> {
        self.0.checked_sub(1).ok_or_else(|| E::custom("too deep"))
    }
}

impl<'de> DeserializeSeed<'de> for Any {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Any {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(true)
    }

    fn visit_bool<E>(self, _: bool) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_i64<E>(self, _: i64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_u64<E>(self, _: u64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_f64<E>(self, _: f64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_str<E>(self, _: &str) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<bool, A::Error> {
        let depth = self.inner()?;
        while list.next_element_seed(Any(depth))?.is_some() {}
        Ok(false)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let depth = self.inner()?;
        let mut names = Vec::new();
        while let Some(Name(name)) = map.next_key()? {
            names.push((name, map.next_value_seed(Any(depth))?));
        }
        once(names).map(|_| false).ok_or_else(|| A::Error::custom(TWICE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{format, string::String};

    #[derive(Default)]
    struct Known {
        n: Option<u64>,
        names: Vec<(String, bool)>,
    }

    impl<'de> Members<'de> for Known {
        fn member<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
            if name != "n" {
                return Ok(false);
            }
            self.n = Some(map.next_value()?);
            Ok(true)
        }

        fn named(&mut self, names: Names<'de>) {
            self.names = names.into_iter().map(|(name, null)| (name.into_owned(), null)).collect();
        }
    }

    fn read(json: &str) -> Option<Known> {
        object(json.as_bytes())
    }

    #[test]
    fn a_member_is_there_once_at_every_level_and_in_every_spelling() {
        let known = read(r#"{"n":7,"a":{"n":1,"b":[{"n":2},{"n":3}]},"c":null, "d":-1.5e3}"#).unwrap();
        let names = [("a", false), ("c", true), ("d", false), ("n", false)];
        assert_eq!(known.n, Some(7));
        assert_eq!(known.names, names.map(|(name, null)| (name.into(), null)));
        for twice in [
            r#"{"n":7,"n":7}"#,
            r#"{"a":7,"a":8}"#,
            r#"{"a":7,"\u0061":8}"#,
            r#"{"a":null,"a":8}"#,
            r#"{"a":8,"a":null}"#,
            r#"{"a":null,"a":null}"#,
            r#"{"a":{"b":1,"b":1}}"#,
            r#"{"a":[[{"b":1,"\u0062":1}]]}"#,
        ] {
            assert!(read(twice).is_none(), "{twice}");
        }
    }

    #[test]
    fn only_an_object_that_is_not_too_deep_is_one() {
        let nested = |levels: usize| {
            let (open, close) = ("[".repeat(levels), "]".repeat(levels));
            format!(r#"{{"a":{open}{close}}}"#)
        };
        assert!(read(&nested(16)).is_some());
        assert!(read(&nested(17)).is_none());
        assert!(read(&nested(100_000)).is_none());
        let objects = |levels: usize| {
            let (open, close) = (r#"{"a":"#.repeat(levels), "}".repeat(levels));
            String::from(&open) + "1" + &close
        };
        assert!(read(&objects(17)).is_some());
        assert!(read(&objects(18)).is_none());
        for none in [
            "",
            "[]",
            "1",
            "null",
            "{}{}",
            "{} x",
            "{\"n\":1e400}",
            "{\"n\":1.0}",
            "{\"n\":-1}",
            "\u{feff}{}",
        ] {
            assert!(read(none).is_none(), "{none}");
        }
    }
}
