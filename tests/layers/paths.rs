// SPDX-License-Identifier: MIT OR Apache-2.0
//! The paths that a source file names, in `use` trees and in expressions, resolved to `crate::...`.

use crate::tokens::Token;

/// A path: of ours if it begins with `crate`, else of a dependency or of something in scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) segments: Vec<String>,
    /// The name that a `use` gives it.
    pub(crate) name: String,
    pub(crate) line: usize,
    /// In a `use` or `extern crate`, not in an expression.
    pub(crate) from_use: bool,
}

/// All paths in a file that is the module `module` (empty for the root).
pub(crate) fn paths(tokens: &[Token], module: &[String]) -> Vec<Path> {
    let mut walk = Walk { tokens, at: 0, module: module.to_vec(), inline: Vec::new(), found: Vec::new() };
    let mut depth = 0_usize;
    while let Some(token) = tokens.get(walk.at) {
        match token.text.as_str() {
            "{" => depth += 1,
            "}" => {
                depth = depth.saturating_sub(1);
                if walk.inline.last() == Some(&depth) {
                    walk.inline.pop();
                    walk.module.pop();
                }
            }
            "mod" if walk.text(2) == "{" => {
                walk.inline.push(depth);
                walk.module.push(walk.text(1).to_owned());
            }
            "use" if walk.text(1) != "<" => {
                walk.at += 1;
                walk.tree(&[]);
                continue;
            }
            "extern" if walk.text(1) == "crate" => {
                let name = walk.text(2).to_owned();
                walk.add(vec![name.clone()], name, token.line, true);
            }
            _ if walk.begins_path() => {
                walk.path();
                continue;
            }
            _ => {}
        }
        walk.at += 1;
    }
    walk.found
}

struct Walk<'a> {
    tokens: &'a [Token],
    at: usize,
    /// The module at this place, and the depths of braces at which inline modules began.
    module: Vec<String>,
    inline: Vec<usize>,
    found: Vec<Path>,
}

impl Walk<'_> {
    fn text(&self, ahead: usize) -> &str {
        self.tokens.get(self.at + ahead).map_or("", |token| &token.text)
    }

    /// A word with `::` behind it, and not with `::` or `.` in front of it.
    fn begins_path(&self) -> bool {
        let before = |n: usize| self.at.checked_sub(n).map(|at| &self.tokens[at]);
        let continued = before(1).is_some_and(|token| token.is("."))
            || before(1).is_some_and(|token| token.is("::"))
                && before(2).is_some_and(|token| token.is_word() || token.is(">"));
        self.tokens[self.at].is_word() && self.text(1) == "::" && !continued
    }

    /// `a::b::c` in an expression, a type or a visibility.
    fn path(&mut self) {
        let line = self.tokens[self.at].line;
        let mut segments = vec![self.text(0).to_owned()];
        self.at += 1;
        while self.text(0) == "::" && self.tokens.get(self.at + 1).is_some_and(Token::is_word) {
            segments.push(self.text(1).to_owned());
            self.at += 2;
        }
        let name = segments.last().cloned().unwrap_or_default();
        self.add(segments, name, line, false);
    }

    /// `UseTree: (SimplePath? ::)? * | (SimplePath? ::)? { UseTree,* } | SimplePath (as IDENTIFIER)?`
    fn tree(&mut self, prefix: &[String]) {
        let mut segments = prefix.to_vec();
        loop {
            let line = self.tokens.get(self.at).map_or(0, |token| token.line);
            match self.text(0) {
                "::" => self.at += 1,
                "{" => {
                    self.at += 1;
                    while !matches!(self.text(0), "}" | "") {
                        self.tree(&segments);
                        self.at += usize::from(self.text(0) == ",");
                    }
                    self.at += 1;
                    return;
                }
                "" | ";" | "," | "}" => return,
                word => {
                    let own = word == "self" && !segments.is_empty();
                    segments.extend((!own).then(|| word.to_owned()));
                    self.at += 1;
                    if self.text(0) == "::" {
                        continue;
                    }
                    let mut name = segments.last().cloned().unwrap_or_default();
                    if self.text(0) == "as" {
                        self.text(1).clone_into(&mut name);
                        self.at += 2;
                    }
                    self.add(segments, name, line, true);
                    return;
                }
            }
        }
    }

    fn add(&mut self, segments: Vec<String>, name: String, line: usize, from_use: bool) {
        let segments = absolute(segments, &self.module);
        self.found.push(Path { segments, name, line, from_use });
    }
}

/// `self::` and `super::` from `module`, as `crate::`.
fn absolute(segments: Vec<String>, module: &[String]) -> Vec<String> {
    let supers = segments.iter().take_while(|segment| *segment == "super").count();
    let own = segments.first().is_some_and(|segment| segment == "self");
    if supers == 0 && !own {
        return segments;
    }
    let base = &module[..module.len().saturating_sub(supers)];
    let rest = &segments[supers.max(usize::from(own))..];
    [&["crate".to_owned()], base, rest].concat()
}

#[test]
fn nested_trees_aliases_globs_and_expressions_are_resolved() {
    let source = "
        use crate::{
            Error as E, keyring::{self, id::{*}, text},
            wire,
        };
        use ::sha2::Digest;
        use schedule::Schedule;
        impl X { fn f() -> impl Sized + use<'_> { crate::primitive::ct::equal(a.crate_::b, super::Y::z::<u8>()) } }
        mod tests { use super::*; use super::super::secret; }
        fn after() { self::here(); $crate::wire::x!(); }
    ";
    let module = ["envelope".to_owned(), "open".to_owned()];
    let found: Vec<_> = paths(&crate::tokens::tokens(source), &module)
        .into_iter()
        .map(|path| format!("{} {} {}", path.line, path.segments.join("::"), path.name))
        .collect();
    let expected = [
        "3 crate::Error E",
        "3 crate::keyring keyring",
        "3 crate::keyring::id::* *",
        "3 crate::keyring::text text",
        "4 crate::wire wire",
        "6 sha2::Digest Digest",
        "7 schedule::Schedule Schedule",
        "8 crate::primitive::ct::equal equal",
        "8 crate::envelope::Y::z z",
        "9 crate::envelope::open::* *",
        "9 crate::envelope::secret secret",
        "10 crate::envelope::open::here here",
        "10 crate::wire::x x",
    ];
    assert_eq!(found, expected);
}
