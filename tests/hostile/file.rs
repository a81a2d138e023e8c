// SPDX-License-Identifier: MIT OR Apache-2.0
//! One file of the kit: fields, an empty line, and the bytes in hexadecimal. `README.md` describes it.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Where the kit is: a folder for each format.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hostile");
pub(crate) const FORMATS: [&str; 3] = ["envelope", "sealed", "hpke"];
/// What there may be, in this order. `true`: more than once.
const FIELDS: [(&str, bool); 16] = [
    ("expect", false),
    ("format", false),
    ("comment", false),
    ("aead", false),
    ("identity", true),
    ("key", false),
    ("sender", true),
    ("context", true),
    ("info", false),
    ("psk", false),
    ("psk-id", false),
    ("tink-id", false),
    ("now", false),
    ("skew", false),
    ("max-age", false),
    ("payload-sha256", false),
];

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct File {
    /// Folder and name, without the extension.
    pub(crate) name: String,
    fields: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl File {
    /// All files of the folder, in the order of their names.
    pub(crate) fn all() -> Vec<Self> {
        let entries = FORMATS.map(|format| fs::read_dir(Path::new(FOLDER).join(format)).expect("a folder"));
        let mut paths: Vec<_> = entries.into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths.iter().map(|path| Self::read(path)).collect()
    }

    fn read(path: &Path) -> Self {
        let name = path.strip_prefix(FOLDER).unwrap().with_extension("");
        let name = name.to_str().unwrap().replace('\\', "/");
        let text = fs::read_to_string(path).unwrap();
        let file = Self::parse(&name, &text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(file.path(), path, "its name or its format is another");
        file
    }

    pub(crate) fn path(&self) -> PathBuf {
        Path::new(FOLDER).join(format!("{}.txt", self.name))
    }

    /// Fields up to the first empty line, then hexadecimal digits in which line ends do not count.
    pub(crate) fn parse(name: &str, text: &str) -> Result<Self, String> {
        let (head, body) = text.split_once("\n\n").ok_or("no empty line")?;
        let mut file = Self { name: name.into(), fields: Vec::new(), body: Vec::new() };
        for line in head.lines() {
            let (field, value) = line.split_once(':').ok_or_else(|| format!("not a field: {line}"))?;
            let (_, repeated) = FIELDS
                .iter()
                .find(|(name, _)| *name == field)
                .ok_or_else(|| format!("an unknown field: {field}"))?;
            if file.maybe(field).is_some() && !repeated {
                return Err(format!("more than one {field}"));
            }
            file.fields.push((field.into(), value.trim().into()));
        }
        file.body = unhex(&body.split_ascii_whitespace().collect::<String>()).ok_or("not hexadecimal")?;
        Ok(file)
    }

    pub(crate) fn maybe(&self, field: &str) -> Option<&str> {
        self.fields.iter().find(|(name, _)| name == field).map(|(_, value)| value.as_str())
    }

    pub(crate) fn one(&self, field: &str) -> &str {
        self.maybe(field).unwrap_or_else(|| panic!("{}: no {field}", self.name))
    }

    /// The values of a field that may be there more than once.
    pub(crate) fn each<'a>(&'a self, field: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(name, _)| name == field).map(|(_, value)| value.as_str())
    }

    pub(crate) fn bytes(&self, field: &str) -> Vec<u8> {
        self.decoded(self.one(field))
    }

    pub(crate) fn each_bytes(&self, field: &str) -> Vec<Vec<u8>> {
        self.each(field).map(|value| self.decoded(value)).collect()
    }

    fn decoded(&self, value: &str) -> Vec<u8> {
        unhex(value).unwrap_or_else(|| panic!("{}: {value} is not hexadecimal", self.name))
    }

    pub(crate) fn number(&self, field: &str) -> Option<u64> {
        let parsed = |value: &str| value.parse().unwrap_or_else(|_| panic!("{}: {field}", self.name));
        self.maybe(field).map(parsed)
    }
}

#[cfg(feature = "hazmat")]
impl File {
    pub(crate) fn new(name: &str, body: Vec<u8>) -> Self {
        Self { name: name.into(), fields: Vec::new(), body }
    }

    /// With these values in the place of those that are there; without any the field goes.
    #[must_use]
    pub(crate) fn with<V: Into<String>>(mut self, field: &str, values: impl IntoIterator<Item = V>) -> Self {
        self.fields.retain(|(name, _)| name != field);
        self.fields.extend(values.into_iter().map(|value| (field.into(), value.into())));
        self.fields.sort_by_key(|(field, _)| FIELDS.iter().position(|(name, _)| name == field));
        self
    }

    pub(crate) fn text(&self) -> String {
        let field =
            |(name, value): &(String, String)| format!("{name}: {value}").trim_end().to_owned() + "\n";
        let head: String = self.fields.iter().map(field).collect();
        let (mut rest, mut lines) = (self.body.as_slice(), String::new());
        for len in self.parts().into_iter().chain([usize::MAX]) {
            let (part, others) = rest.split_at(len.min(rest.len()));
            rest = others;
            lines.extend(part.chunks(64).map(|line| hex(line) + "\n"));
        }
        format!("{head}\n{lines}")
    }

    /// Lengths of the parts, as far as they are there: each begins a line, so that a reader can tell them apart.
    fn parts(&self) -> Vec<usize> {
        let mut parts = match self.one("format") {
            "envelope" => vec![7],
            "sealed" => return vec![1, 8, 24, 32],
            _ if self.maybe("tink-id").is_some() => return vec![1, 4, 32],
            _ => return vec![32],
        };
        let mut at = 7;
        for _ in 0..self.body.get(6).copied().unwrap_or(0) {
            let enc = match self.body.get(at..at + 2) {
                Some([0x00, 0x20]) => 32,
                Some([0x64, 0x7a]) => 1120,
                _ => return parts,
            };
            parts.extend([10, enc, 48]);
            at += 10 + enc + 48;
        }
        [parts, vec![24, 32]].concat()
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

/// Digits in pairs, capitals not among them.
fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |c: &u8| match c {
        b'0'..=b'9' => Some(c - b'0'),
        b'a'..=b'f' => Some(c - b'a' + 10),
        _ => None,
    };
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    };
    text.as_bytes().chunks(2).map(pair).collect()
}
