// SPDX-License-Identifier: MIT OR Apache-2.0
//! Structured fields (RFC 9651), read whole or not at all, and written in their one canonical form.
//!
//! The grammar is that of the crate `sfv`; the bounds are ours. A key that is there twice is refused, where
//! RFC 9651 lets the last one win: what one reader takes from the first and another one from the last must not be
//! what a signature is about.

use alloc::{borrow::Cow, string::String, vec::Vec};
use core::{error, fmt};
use sfv::{
    BareItemFromInput, ItemSerializer, KeyRef, Parser, StringRef,
    visitor::{
        DictionaryVisitor, EntryVisitor, InnerListVisitor, ItemVisitor, ListVisitor, ParameterVisitor,
    },
};

/// A longer field is refused before it is looked at.
pub(crate) const MAX_LEN: usize = 8192;
/// Of a dictionary, of a list and of an inner list.
const MAX_MEMBERS: usize = 128;
const MAX_PARAMETERS: usize = 32;

/// An item without parameters.
pub(crate) struct Bare<'a>(BareItemFromInput<'a>);

/// Names and values, in the order received.
pub(crate) type Parameters<'a> = Vec<(&'a str, Bare<'a>)>;

/// What stands in a dictionary or in a list.
pub(crate) struct Member<'a> {
    pub(crate) value: Value<'a>,
    pub(crate) parameters: Parameters<'a>,
}

pub(crate) enum Value<'a> {
    Item(Bare<'a>),
    List(Vec<Item<'a>>),
}

pub(crate) struct Item<'a> {
    pub(crate) bare: Bare<'a>,
    pub(crate) parameters: Parameters<'a>,
}

/// Members by their keys, in the order received. Those of a list have an empty key.
pub(crate) type Members<'a> = Vec<(&'a str, Member<'a>)>;

/// The members of a dictionary; `None` for what is none, over a bound, or has a key twice.
pub(crate) fn dictionary(field: &[u8]) -> Option<Members<'_>> {
    bounded(field)?.parse_dictionary_with_visitor(Collect(Vec::new())).ok()
}

fn list(field: &[u8]) -> Option<Members<'_>> {
    bounded(field)?.parse_list_with_visitor(Collect(Vec::new())).ok()
}

/// An item with its parameters; `None` for what is none or over a bound.
pub(crate) fn item(field: &[u8]) -> Option<Item<'_>> {
    let mut members = Vec::new();
    bounded(field)?.parse_item_with_visitor(Slot { members: &mut members, key: "" }).ok()?;
    let (_, Member { value: Value::Item(bare), parameters }) = members.pop()? else { return None };
    Some(Item { bare, parameters })
}

fn bounded(field: &[u8]) -> Option<Parser<'_>> {
    (field.len() <= MAX_LEN).then(|| Parser::new(field))
}

/// The canonical text of a field, whatever its type: a list of one member is written as that item, and a dictionary that can
/// be read as a list has keys only, which are written as tokens. `None` for what is no structured field.
pub(crate) fn canonical(field: &[u8]) -> Option<String> {
    let mut text = String::new();
    let Some(members) = dictionary(field) else {
        for (_, member) in list(field)? {
            separate(&mut text);
            member.write(&mut text);
        }
        return Some(text);
    };
    for (key, member) in members {
        separate(&mut text);
        text.push_str(key);
        match &member.value {
            Value::Item(bare) if bare.is_true() => write_parameters(&mut text, &member.parameters),
            _ => {
                text.push('=');
                member.write(&mut text);
            }
        }
    }
    Some(text)
}

fn separate(text: &mut String) {
    if !text.is_empty() {
        text.push_str(", ");
    }
}

fn write_parameters(text: &mut String, parameters: &Parameters<'_>) {
    for (key, value) in parameters {
        text.extend([";", key]);
        if !value.is_true() {
            text.push('=');
            value.write(text);
        }
    }
}

/// Writes `text` as a string; `false` when it has a byte that no string has.
#[must_use]
pub(crate) fn write_string(out: &mut String, text: &str) -> bool {
    let Ok(text) = StringRef::from_str(text) else { return false };
    write_quoted(out, text);
    true
}

/// Most have nothing to escape, and are written in one piece.
fn write_quoted(out: &mut String, string: &StringRef) {
    let text = string.as_str();
    if text.bytes().any(|byte| matches!(byte, b'"' | b'\\')) {
        let _ = ItemSerializer::with_buffer(out).bare_item(string).finish();
    } else {
        out.extend(["\"", text, "\""]);
    }
}

pub(crate) fn write_bytes(out: &mut String, bytes: &[u8]) {
    let _ = ItemSerializer::with_buffer(out).bare_item(bytes).finish();
}

/// Whether `text` can be a key of a dictionary or of parameters.
pub(crate) fn is_key(text: &str) -> bool {
    KeyRef::from_str(text).is_ok()
}

impl Bare<'_> {
    pub(crate) fn integer(&self) -> Option<i64> {
        self.0.as_integer().map(i64::from)
    }

    pub(crate) fn string(&self) -> Option<&str> {
        self.0.as_string().map(StringRef::as_str)
    }

    pub(crate) fn bytes(&self) -> Option<&[u8]> {
        self.0.as_byte_sequence()
    }

    pub(crate) fn is_true(&self) -> bool {
        self.0.as_boolean() == Some(true)
    }

    fn write(&self, text: &mut String) {
        match self.0.as_string() {
            Some(string) => write_quoted(text, string),
            None => {
                let _ = ItemSerializer::with_buffer(text).bare_item(&self.0).finish();
            }
        }
    }
}

impl Item<'_> {
    pub(crate) fn write(&self, text: &mut String) {
        self.bare.write(text);
        write_parameters(text, &self.parameters);
    }
}

impl Member<'_> {
    /// The member itself, without its key.
    pub(crate) fn write(&self, text: &mut String) {
        match &self.value {
            Value::Item(bare) => bare.write(text),
            Value::List(items) => {
                text.push('(');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        text.push(' ');
                    }
                    item.write(text);
                }
                text.push(')');
            }
        }
        write_parameters(text, &self.parameters);
    }

    pub(crate) fn write_parameters(&self, text: &mut String) {
        write_parameters(text, &self.parameters);
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<&Bare<'_>> {
        self.parameters.iter().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    pub(crate) fn bytes(&self) -> Option<&[u8]> {
        match &self.value {
            Value::Item(bare) => bare.bytes(),
            Value::List(_) => None,
        }
    }
}

/// The member of a dictionary with this key.
pub(crate) fn get<'a, 'm>(members: &'m Members<'a>, key: &str) -> Option<&'m Member<'a>> {
    members.iter().find(|(other, _)| *other == key).map(|(_, member)| member)
}

/// Over a bound, or a key twice.
#[derive(Debug)]
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("over a bound, or a key twice")
    }
}

impl error::Error for Refused {}

/// Collects members.
struct Collect<'a>(Members<'a>);

impl<'a> DictionaryVisitor<'a> for Collect<'a> {
    type Out = Members<'a>;
    type Error = Refused;

    fn entry(&mut self, key: &'a KeyRef) -> Result<impl EntryVisitor<'a>, Refused> {
        let key = key.as_str();
        if self.0.len() >= MAX_MEMBERS || get(&self.0, key).is_some() {
            return Err(Refused);
        }
        Ok(Slot { members: &mut self.0, key })
    }

    fn finish(self) -> Result<Members<'a>, Refused> {
        Ok(self.0)
    }
}

impl<'a> ListVisitor<'a> for Collect<'a> {
    type Out = Members<'a>;
    type Error = Refused;

    fn entry(&mut self) -> Result<impl EntryVisitor<'a>, Refused> {
        if self.0.len() >= MAX_MEMBERS {
            return Err(Refused);
        }
        Ok(Slot { members: &mut self.0, key: "" })
    }

    fn finish(self) -> Result<Members<'a>, Refused> {
        Ok(self.0)
    }
}

/// Where the next member goes.
struct Slot<'s, 'a> {
    members: &'s mut Members<'a>,
    key: &'a str,
}

impl<'s, 'a> Slot<'s, 'a> {
    fn put(self, value: Value<'a>) -> Result<&'s mut Member<'a>, Refused> {
        self.members.push((self.key, Member { value, parameters: Vec::new() }));
        self.members.last_mut().map(|(_, member)| member).ok_or(Refused)
    }
}

impl<'a> EntryVisitor<'a> for Slot<'_, 'a> {
    type Error = Refused;

    fn item(self) -> Result<impl ItemVisitor<'a>, Refused> {
        Ok(self)
    }

    fn inner_list(self) -> Result<impl InnerListVisitor<'a>, Refused> {
        self.put(Value::List(Vec::new())).map(Inner)
    }
}

impl<'a> ItemVisitor<'a> for Slot<'_, 'a> {
    type Out = ();
    type Error = Refused;

    fn bare_item(
        self,
        bare: BareItemFromInput<'a>,
    ) -> Result<impl ParameterVisitor<'a, Out = Self::Out>, Refused> {
        Ok(Named(&mut self.put(Value::Item(Bare(bare)))?.parameters))
    }
}

/// An inner list that is being read.
struct Inner<'s, 'a>(&'s mut Member<'a>);

impl<'a> InnerListVisitor<'a> for Inner<'_, 'a> {
    type Error = Refused;

    fn item(&mut self) -> Result<impl ItemVisitor<'a>, Refused> {
        match &mut self.0.value {
            Value::List(items) if items.len() < MAX_MEMBERS => Ok(InnerSlot(items)),
            _ => Err(Refused),
        }
    }

    fn finish(self) -> Result<impl ParameterVisitor<'a>, Refused> {
        Ok(Named(&mut self.0.parameters))
    }
}

struct InnerSlot<'s, 'a>(&'s mut Vec<Item<'a>>);

impl<'a> ItemVisitor<'a> for InnerSlot<'_, 'a> {
    type Out = ();
    type Error = Refused;

    fn bare_item(
        self,
        bare: BareItemFromInput<'a>,
    ) -> Result<impl ParameterVisitor<'a, Out = Self::Out>, Refused> {
        self.0.push(Item { bare: Bare(bare), parameters: Vec::new() });
        self.0.last_mut().map(|item| Named(&mut item.parameters)).ok_or(Refused)
    }
}

/// Parameters that are being read.
struct Named<'s, 'a>(&'s mut Parameters<'a>);

impl<'a> ParameterVisitor<'a> for Named<'_, 'a> {
    type Out = ();
    type Error = Refused;

    fn parameter(&mut self, key: &'a KeyRef, value: BareItemFromInput<'a>) -> Result<(), Refused> {
        let key = key.as_str();
        if self.0.len() >= MAX_PARAMETERS || self.0.iter().any(|(other, _)| *other == key) {
            return Err(Refused);
        }
        self.0.push((key, Bare(value)));
        Ok(())
    }

    fn finish(self) -> Result<(), Refused> {
        Ok(())
    }
}

/// The lines of a field, trimmed and joined as RFC 9110 section 5.2 says.
///
/// `None` over [`MAX_LEN`], all lines together.
pub(crate) fn joined<'a>(first: &'a [u8], others: impl Iterator<Item = &'a [u8]>) -> Option<Cow<'a, [u8]>> {
    let mut value = Cow::Borrowed(trim(first));
    for line in others {
        if value.len() > MAX_LEN {
            break;
        }
        let value = value.to_mut();
        value.extend_from_slice(b", ");
        value.extend_from_slice(trim(line));
    }
    (value.len() <= MAX_LEN).then_some(value)
}

/// Without optional white space (RFC 9110 section 5.6.3) at either end.
pub(crate) fn trim(mut line: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = line {
        line = rest;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn a_field_has_one_canonical_text() {
        for (field, expected) in [
            ("a=1,    b=2;x=1;y=2,   c=(a   b   c), d, e;q=?1", "a=1, b=2;x=1;y=2, c=(a b c), d, e;q"),
            ("a=:AQI:, b=?1;c", "a=:AQI=:, b;c"),
            ("a,   (b  c);x, 1.50", "a, (b c);x, 1.5"),
            ("  \"a\\\"\";b=?0 ", "\"a\\\"\";b=?0"),
            ("", ""),
        ] {
            assert_eq!(canonical(field.as_bytes()).as_deref(), Some(expected), "{field}");
        }
        assert_eq!(canonical(b"a=1, b c"), None);
    }

    #[test]
    fn a_field_that_can_be_of_several_types_has_the_same_text_in_each() {
        for field in ["a", "a;x=1", "a,b;c;d=?0, *", "*;x=\"y\"", "a-b_c.d*"] {
            let mut texts = Vec::new();
            let as_list = list(field.as_bytes()).unwrap();
            texts.push(
                as_list
                    .iter()
                    .map(|(_, member)| written(|text| member.write(text)))
                    .collect::<Vec<_>>()
                    .join(", "),
            );
            if let Some(item) = item(field.as_bytes()) {
                texts.push(written(|text| item.write(text)));
            }
            assert!(texts.iter().all(|text| Some(text) == canonical(field.as_bytes()).as_ref()), "{field}");
            assert!(dictionary(field.as_bytes()).is_some(), "{field}");
        }
    }

    fn written(write: impl FnOnce(&mut String)) -> String {
        let mut text = String::new();
        write(&mut text);
        text
    }

    #[test]
    fn a_key_that_is_there_twice_is_refused() {
        assert!(dictionary(b"a=1, b=2, a=1").is_none());
        assert!(dictionary(b"a=1;x;x").is_none());
        assert!(dictionary(b"a=(b;x;x)").is_none());
        assert!(dictionary(b"a=(b b);x").is_some());
    }

    #[test]
    fn bounds_are_exact() {
        let many = |n: usize, of: &dyn Fn(usize) -> String| (0..n).map(of).collect::<Vec<_>>();
        let dictionary_of = |n| many(n, &|i| format!("k{i}=1")).join(", ");
        assert!(dictionary(dictionary_of(MAX_MEMBERS).as_bytes()).is_some());
        assert!(dictionary(dictionary_of(MAX_MEMBERS + 1).as_bytes()).is_none());
        let list_of = |n| many(n, &|_| "1".into()).join(",");
        assert!(list(list_of(MAX_MEMBERS).as_bytes()).is_some());
        assert!(list(list_of(MAX_MEMBERS + 1).as_bytes()).is_none());
        let inner = |n| format!("a=({})", many(n, &|_| "1".into()).join(" "));
        assert!(dictionary(inner(MAX_MEMBERS).as_bytes()).is_some());
        assert!(dictionary(inner(MAX_MEMBERS + 1).as_bytes()).is_none());
        let parameters = |n| format!("a{}", many(n, &|i| format!(";p{i}")).concat());
        assert!(item(parameters(MAX_PARAMETERS).as_bytes()).is_some());
        assert!(item(parameters(MAX_PARAMETERS + 1).as_bytes()).is_none());
        let long = |n| format!("\"{}\"", "x".repeat(n - 2));
        assert!(item(long(MAX_LEN).as_bytes()).is_some());
        assert!(item(long(MAX_LEN + 1).as_bytes()).is_none());
    }

    #[test]
    fn lines_are_joined_within_the_bound() {
        assert_eq!(joined(b" a\t", [&b""[..], b"b "].into_iter()).unwrap(), &b"a, , b"[..]);
        assert_eq!(joined(b" ", [].into_iter()).unwrap(), &b""[..]);
        let half = "x".repeat(MAX_LEN / 2 - 1);
        assert!(joined(half.as_bytes(), [half.as_bytes()].into_iter()).is_some());
        assert!(joined(half.as_bytes(), [half.as_bytes(), b""].into_iter()).is_none());
    }
}
