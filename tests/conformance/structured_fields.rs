// SPDX-License-Identifier: MIT OR Apache-2.0
//! The corpus httpwg/structured-field-tests, through the crate `sfv` without its `parsed-types`.
//!
//! What parses must be what is expected, in its order, and serialise as the canonical form; what must fail
//! must fail. A case that may fail and does not is held to its expectation, too.

use crate::report::{Row, Run, Verdict, ensure, said};
use serde_json::Value;
use sfv::{
    BareItem, BareItemFromInput, Date, Decimal, DictSerializer, Error, InnerListSerializer, Integer,
    ItemSerializer, Key, KeyRef, ListSerializer, Parser, StringRef, TokenRef,
    visitor::{
        DictionaryVisitor, EntryVisitor, InnerListVisitor, ItemVisitor, ListVisitor, ParameterVisitor,
    },
};
use std::convert::Infallible;

pub(crate) const FOLDER: &str = "structured-fields/";

/// The files, and how many cases each must have.
pub(crate) const FILES: [(&str, usize); 24] = [
    ("binary.json", 15),
    ("boolean.json", 12),
    ("date.json", 17),
    ("dictionary.json", 26),
    ("display-string.json", 22),
    ("examples.json", 21),
    ("item.json", 5),
    ("key-generated.json", 640),
    ("large-generated.json", 11),
    ("list.json", 11),
    ("listlist.json", 12),
    ("number-generated.json", 193),
    ("number.json", 37),
    ("param-dict.json", 14),
    ("param-list.json", 20),
    ("param-listlist.json", 3),
    ("serialisation-tests/key-generated.json", 378),
    ("serialisation-tests/number.json", 9),
    ("serialisation-tests/string-generated.json", 33),
    ("serialisation-tests/token-generated.json", 124),
    ("string-generated.json", 256),
    ("string.json", 14),
    ("token-generated.json", 256),
    ("token.json", 6),
];

/// Whatever the members of a case may be called: a new name is one that nobody has looked at.
const NAMES: [&str; 7] = ["can_fail", "canonical", "expected", "header_type", "must_fail", "name", "raw"];

/// Runs all cases of `text`, the contents of the file.
pub(crate) fn row(name: &str, text: &str) -> Row {
    let file: Value = serde_json::from_str(text).expect("JSON");
    let mut row = Row::new(name);
    for (n, case) in list(&file).iter().enumerate() {
        let members = case.as_object().expect("an object");
        assert!(members.keys().all(|member| NAMES.contains(&member.as_str())), "{name}: {members:?}");
        let verdict = if case["raw"].is_null() { serialises(case) } else { parses(case) };
        row.count(&format!("{n} {}", case["name"]), verdict);
    }
    row
}

fn parses(case: &Value) -> Verdict {
    let lines: Vec<&str> = list(&case["raw"]).iter().map(text).collect();
    // RFC 9651 section 4.2: the lines of a field are combined.
    let parsed = Field::parse(text(&case["header_type"]), &lines.join(", "));
    let parsed = match parsed {
        Err(_) if flag(case, "must_fail") || flag(case, "can_fail") => return Ok(Run::Passed),
        Err(error) => return Err(format!("does not parse: {error}")),
        Ok(parsed) => parsed,
    };
    ensure(!flag(case, "must_fail"), "parses and must not")?;
    let expected = Field::expected(case).map_err(said("the expectation cannot be had"))?;
    ensure(parsed == expected, "parses as something else")?;
    ensure(parsed.serialise() == canonical(case), "is serialised as something else")?;
    Ok(Run::Passed)
}

fn serialises(case: &Value) -> Verdict {
    match Field::expected(case) {
        Err(_) if flag(case, "must_fail") => Ok(Run::Passed),
        Err(error) => Err(format!("cannot be serialised: {error}")),
        Ok(_) if flag(case, "must_fail") => Err("can be serialised and must not".to_owned()),
        Ok(field) => {
            ensure(field.serialise() == canonical(case), "is serialised as something else")?;
            Ok(Run::Passed)
        }
    }
}

/// The canonical form, which is the raw one unless stated. Nothing at all for an empty list or dictionary.
fn canonical(case: &Value) -> Option<String> {
    let stated = if case["canonical"].is_null() { &case["raw"] } else { &case["canonical"] };
    match &list(stated)[..] {
        [] => None,
        [line] => Some(text(line).to_owned()),
        more => panic!("{more:?}: a canonical form is of one line"),
    }
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().expect("an array")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn flag(case: &Value, name: &str) -> bool {
    case.get(name).is_some_and(|flag| flag.as_bool().expect("a flag"))
}

type Parameters = Vec<(Key, BareItem)>;

#[derive(PartialEq)]
struct Item(BareItem, Parameters);

#[derive(PartialEq)]
enum Member {
    Item(Item),
    Inner(Vec<Item>, Parameters),
}

#[derive(PartialEq)]
enum Field {
    Item(Item),
    List(Vec<Member>),
    Dictionary(Vec<(Key, Member)>),
}

impl Field {
    fn parse(kind: &str, raw: &str) -> Result<Self, Error> {
        let parser = Parser::new(raw);
        Ok(match kind {
            "item" => {
                let mut items = Vec::new();
                parser.parse_item_with_visitor(Last(&mut items))?;
                Self::Item(items.remove(0))
            }
            "list" => {
                let mut members = Vec::new();
                parser.parse_list_with_visitor(List(&mut members))?;
                Self::List(members)
            }
            "dictionary" => {
                let mut members = Vec::new();
                parser.parse_dictionary_with_visitor(Dictionary(&mut members))?;
                Self::Dictionary(members)
            }
            other => panic!("{other}"),
        })
    }

    /// What a case states.
    ///
    /// # Errors
    /// For what is no value of the types of `sfv`, so that it cannot be serialised.
    fn expected(case: &Value) -> Result<Self, Error> {
        let stated = &case["expected"];
        Ok(match text(&case["header_type"]) {
            "item" => Self::Item(item(stated)?),
            "list" => Self::List(list(stated).iter().map(member).collect::<Result<_, _>>()?),
            "dictionary" => Self::Dictionary(pairs(stated, member)?),
            other => panic!("{other}"),
        })
    }

    fn serialise(&self) -> Option<String> {
        match self {
            Self::Item(Item(value, parameters)) => {
                Some(ItemSerializer::new().bare_item(value).parameters(by_reference(parameters)).finish())
            }
            Self::List(members) => {
                let mut list = ListSerializer::new();
                for member in members {
                    match member {
                        Member::Item(Item(value, parameters)) => {
                            _ = list.bare_item(value).parameters(by_reference(parameters));
                        }
                        Member::Inner(items, parameters) => write(list.inner_list(), items, parameters),
                    }
                }
                list.finish()
            }
            Self::Dictionary(members) => {
                let mut dictionary = DictSerializer::new();
                for (key, member) in members {
                    match member {
                        Member::Item(Item(value, parameters)) => {
                            _ = dictionary.bare_item(key, value).parameters(by_reference(parameters));
                        }
                        Member::Inner(items, parameters) => {
                            write(dictionary.inner_list(key), items, parameters);
                        }
                    }
                }
                dictionary.finish()
            }
        }
    }
}

fn by_reference(parameters: &Parameters) -> impl Iterator<Item = (&Key, &BareItem)> {
    parameters.iter().map(|(key, value)| (key, value))
}

fn write(mut list: InnerListSerializer<'_>, items: &[Item], parameters: &Parameters) {
    for Item(value, parameters) in items {
        _ = list.bare_item(value).parameters(by_reference(parameters));
    }
    _ = list.finish().parameters(by_reference(parameters));
}

fn pairs<V>(stated: &Value, value: fn(&Value) -> Result<V, Error>) -> Result<Vec<(Key, V)>, Error> {
    let pair = |pair: &Value| Ok((KeyRef::from_str(text(&pair[0]))?.to_owned(), value(&pair[1])?));
    list(stated).iter().map(pair).collect()
}

fn member(stated: &Value) -> Result<Member, Error> {
    if let Value::Array(items) = &stated[0] {
        let items = items.iter().map(item).collect::<Result<_, _>>()?;
        return Ok(Member::Inner(items, pairs(&stated[1], bare)?));
    }
    item(stated).map(Member::Item)
}

fn item(stated: &Value) -> Result<Item, Error> {
    Ok(Item(bare(&stated[0])?, pairs(&stated[1], bare)?))
}

fn bare(stated: &Value) -> Result<BareItem, Error> {
    Ok(match stated {
        Value::Bool(flag) => BareItem::Boolean(*flag),
        Value::String(text) => BareItem::String(StringRef::from_str(text)?.to_owned()),
        Value::Number(number) => match number.as_i64() {
            Some(number) => BareItem::Integer(Integer::try_from(number)?),
            None => BareItem::Decimal(Decimal::try_from(number.as_f64().expect("a number"))?),
        },
        Value::Object(_) => match text(&stated["__type"]) {
            "token" => BareItem::Token(TokenRef::from_str(text(&stated["value"]))?.to_owned()),
            "binary" => BareItem::ByteSequence(from_base32(text(&stated["value"]))),
            "date" => {
                let seconds = stated["value"].as_i64().expect("a number");
                BareItem::Date(Date::from_unix_seconds(Integer::try_from(seconds)?))
            }
            "displaystring" => BareItem::DisplayString(text(&stated["value"]).to_owned()),
            other => panic!("{other}"),
        },
        other => panic!("{other}"),
    })
}

/// RFC 4648 section 6.
fn from_base32(text: &str) -> Vec<u8> {
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for c in text.trim_end_matches('=').bytes() {
        let value = match c {
            b'A'..=b'Z' => c - b'A',
            b'2'..=b'7' => c - b'2' + 26,
            other => panic!("{other}"),
        };
        (bits, count) = (bits << 5 | u32::from(value), count + 5);
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count).expect("eight bits"));
            bits &= (1 << count) - 1;
        }
    }
    bytes
}

/// RFC 9651 sections 4.2.2 and 4.2.3.2: a key that is there already keeps its place and has its value overwritten.
fn set<'a, V>(pairs: &'a mut Vec<(Key, V)>, key: &KeyRef, value: V) -> &'a mut V {
    let at = pairs.iter().position(|(other, _)| *other == *key).unwrap_or(pairs.len());
    if at == pairs.len() {
        pairs.push((key.to_owned(), value));
    } else {
        pairs[at].1 = value;
    }
    &mut pairs[at].1
}

/// Parameters go in here.
struct Into<'a>(&'a mut Parameters);

impl<'de> ParameterVisitor<'de> for Into<'_> {
    type Out = ();
    type Error = Infallible;

    fn parameter(&mut self, key: &'de KeyRef, value: BareItemFromInput<'de>) -> Result<(), Infallible> {
        set(self.0, key, value.into());
        Ok(())
    }

    fn finish(self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// An item becomes the last of these.
struct Last<'a>(&'a mut Vec<Item>);

impl<'de> ItemVisitor<'de> for Last<'_> {
    type Out = ();
    type Error = Infallible;

    fn bare_item(
        self,
        value: BareItemFromInput<'de>,
    ) -> Result<impl ParameterVisitor<'de, Out = ()>, Infallible> {
        self.0.push(Item(value.into(), Vec::new()));
        Ok(Into(&mut self.0.last_mut().expect("just pushed").1))
    }
}

struct Inner<'a>(&'a mut Vec<Item>, &'a mut Parameters);

impl<'de> InnerListVisitor<'de> for Inner<'_> {
    type Error = Infallible;

    fn item(&mut self) -> Result<impl ItemVisitor<'de>, Infallible> {
        Ok(Last(self.0))
    }

    fn finish(self) -> Result<impl ParameterVisitor<'de>, Infallible> {
        Ok(Into(self.1))
    }
}

/// A member of a list or dictionary, empty until it is known what it is.
struct Entry<'a>(&'a mut Member);

const EMPTY: Member = Member::Inner(Vec::new(), Vec::new());

impl<'de> ItemVisitor<'de> for Entry<'_> {
    type Out = ();
    type Error = Infallible;

    fn bare_item(
        self,
        value: BareItemFromInput<'de>,
    ) -> Result<impl ParameterVisitor<'de, Out = ()>, Infallible> {
        *self.0 = Member::Item(Item(value.into(), Vec::new()));
        match self.0 {
            Member::Item(item) => Ok(Into(&mut item.1)),
            Member::Inner(..) => unreachable!("just put there"),
        }
    }
}

impl<'de> EntryVisitor<'de> for Entry<'_> {
    type Error = Infallible;

    fn item(self) -> Result<impl ItemVisitor<'de>, Infallible> {
        Ok(self)
    }

    fn inner_list(self) -> Result<impl InnerListVisitor<'de>, Infallible> {
        match self.0 {
            Member::Inner(items, parameters) => Ok(Inner(items, parameters)),
            Member::Item(_) => unreachable!("not known yet"),
        }
    }
}

struct List<'a>(&'a mut Vec<Member>);

impl<'de> ListVisitor<'de> for List<'_> {
    type Out = ();
    type Error = Infallible;

    fn entry(&mut self) -> Result<impl EntryVisitor<'de>, Infallible> {
        self.0.push(EMPTY);
        Ok(Entry(self.0.last_mut().expect("just pushed")))
    }

    fn finish(self) -> Result<(), Infallible> {
        Ok(())
    }
}

struct Dictionary<'a>(&'a mut Vec<(Key, Member)>);

impl<'de> DictionaryVisitor<'de> for Dictionary<'_> {
    type Out = ();
    type Error = Infallible;

    fn entry(&mut self, key: &'de KeyRef) -> Result<impl EntryVisitor<'de>, Infallible> {
        Ok(Entry(set(self.0, key, EMPTY)))
    }

    fn finish(self) -> Result<(), Infallible> {
        Ok(())
    }
}
