// SPDX-License-Identifier: MIT OR Apache-2.0
//! Access to one case of a vector file, which panics where the file is not of its schema.

use chancery::{Error, hazmat::Random};
use serde_json::Value;

/// One object of a file: a file, a group or a case.
#[derive(Clone, Copy)]
pub(crate) struct Case<'a>(pub(crate) &'a Value);

impl<'a> Case<'a> {
    pub(crate) fn has(self, name: &str) -> bool {
        self.0.get(name).is_some()
    }

    pub(crate) fn object(self, name: &str) -> Self {
        Case(self.0.get(name).unwrap_or_else(|| panic!("no {name} in {}", self.0)))
    }

    pub(crate) fn text(self, name: &str) -> &'a str {
        self.object(name).0.as_str().unwrap_or_else(|| panic!("{name} is no text"))
    }

    pub(crate) fn bytes(self, name: &str) -> Vec<u8> {
        unhex(self.text(name))
    }

    pub(crate) fn number(self, name: &str) -> usize {
        let number = self.object(name).0.as_u64().unwrap_or_else(|| panic!("{name} is no number"));
        usize::try_from(number).expect("fits")
    }

    pub(crate) fn list(self, name: &str) -> impl ExactSizeIterator<Item = Self> {
        self.object(name).0.as_array().unwrap_or_else(|| panic!("{name} is no list")).iter().map(Case)
    }

    /// The names of the members of an object.
    pub(crate) fn names(self, name: &str) -> impl Iterator<Item = &'a str> {
        let members = self.object(name).0.as_object().unwrap_or_else(|| panic!("{name} is no object"));
        members.keys().map(String::as_str)
    }

    /// The flags; a set may do without, but then it explains none.
    pub(crate) fn flags(self) -> impl Iterator<Item = &'a str> {
        let flags = self.has("flags").then(|| self.list("flags"));
        flags.into_iter().flatten().map(|flag| flag.0.as_str().expect("a flag is a text"))
    }

    pub(crate) fn flag(self, name: &str) -> bool {
        self.flags().any(|flag| flag == name)
    }

    /// Whether the result must be a success; panics for `acceptable`, which a check must decide itself.
    pub(crate) fn valid(self) -> bool {
        match self.text("result") {
            "valid" => true,
            "invalid" => false,
            other => panic!("result {other}"),
        }
    }
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    assert!(text.len().is_multiple_of(2) && text.is_ascii(), "no hex: {text}");
    let digits = |i| u8::from_str_radix(&text[i..i + 2], 16).unwrap_or_else(|_| panic!("no hex: {text}"));
    (0..text.len()).step_by(2).map(digits).collect()
}

/// The randomness that a vector states: in order, once.
pub(crate) struct Stated(pub(crate) Vec<u8>);

impl Random for Stated {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
        let given = self.0.get(..buffer.len()).ok_or(Error::Unavailable)?;
        buffer.copy_from_slice(given);
        self.0.drain(..buffer.len());
        Ok(())
    }
}
