// SPDX-License-Identifier: MIT OR Apache-2.0
//! What keeps a file readable: its head, its length, its depth, its generics, its errors.

use crate::{source::File, tokens::Token};

const LINES: usize = 400;
const DEPTH: usize = 2;
const ERROR_VARIANTS: usize = 14;
pub(crate) const DEPENDENCIES: usize = 10;
/// Types whose parameter is inferred from what they are made of, or is a claims type.
const GENERIC: [&str; 13] = [
    "ApiKeyFuture",
    "Bearer",
    "BearerLayer",
    "Delivery",
    "Guarded",
    "Keyring",
    "OpenReader",
    "SealWriter",
    "Signed",
    "SigningService",
    "Token",
    "Unclaimed",
    "Verified",
];

/// The licence on top, and a sentence on what the module does.
pub(crate) fn head(file: &File) -> Vec<String> {
    let mut problems = Vec::new();
    if file.text.lines().next() != Some("// SPDX-License-Identifier: MIT OR Apache-2.0") {
        problems.push(file.problem(1, "the SPDX line is missing"));
    }
    let readme = file.name == "src/lib.rs" && file.text.contains("include_str!(\"../README.md\")");
    let comments = file.text.lines().take_while(|line| line.starts_with("//"));
    if !readme && !comments.into_iter().any(|line| line.starts_with("//! ")) {
        problems.push(file.problem(2, "the module has no documentation (`//!`)"));
    }
    problems
}

/// Lines before the tests.
pub(crate) fn length(file: &File) -> Vec<String> {
    let lines: Vec<&str> = file.text.lines().collect();
    let tests = lines.windows(2).position(|two| two[0] == "#[cfg(test)]" && two[1].starts_with("mod "));
    let length = tests.unwrap_or(lines.len());
    let too_long = || file.problem(length, &format!("{length} lines without tests, at most {LINES}"));
    (length > LINES).then(too_long).into_iter().collect()
}

/// Modules below `src`, those with a file and those in braces; tests do not count.
pub(crate) fn depth(file: &File) -> Vec<String> {
    let own = file.module().len();
    let too_deep = |line, n: usize| file.problem(line, &format!("a module {n} deep, at most {DEPTH}"));
    let mut problems: Vec<String> = (own > DEPTH).then(|| too_deep(1, own)).into_iter().collect();
    let (mut braces, mut inline) = (0_usize, Vec::new());
    for (at, token) in file.tokens.iter().enumerate() {
        match token.text.as_str() {
            "{" => braces += 1,
            "}" => {
                braces = braces.saturating_sub(1);
                inline.pop_if(|opened| *opened == braces);
            }
            "mod" if file.tokens.get(at + 2).is_some_and(|open| open.is("{")) => {
                inline.push(braces);
                let (n, tests) = (own + inline.len(), file.tokens[at + 1].is("tests"));
                problems.extend((n > DEPTH && !tests).then(|| too_deep(token.line, n)));
            }
            _ => {}
        }
    }
    problems
}

/// `unsafe` as a keyword outside of the kernels.
pub(crate) fn unsafe_code(file: &File) -> Vec<String> {
    if file.layer() == "kernel" {
        return Vec::new();
    }
    let found = file.tokens.iter().filter(|token| token.is("unsafe"));
    found.map(|token| file.problem(token.line, "`unsafe` outside of a kernel layer")).collect()
}

/// The variants of the two error types.
pub(crate) fn error_variants(file: &File) -> Vec<String> {
    let mut problems = Vec::new();
    for name in ["Error", "ConfigError"] {
        let at = file.tokens.windows(2).position(|two| two[0].is("enum") && two[1].is(name));
        let Some(at) = at else {
            problems.push(file.problem(1, &format!("no enum `{name}`")));
            continue;
        };
        let n = variants(&file.tokens[at + 2..]);
        if !(1..=ERROR_VARIANTS).contains(&n) {
            let line = file.tokens[at].line;
            problems
                .push(file.problem(line, &format!("`{name}` has {n} variants, at most {ERROR_VARIANTS}")));
        }
    }
    problems
}

/// Words that begin a variant in `{ #[attribute] A, B { .. }, C(..) }`.
fn variants(tokens: &[Token]) -> usize {
    let (mut depth, mut begins, mut n) = (0_usize, true, 0);
    for token in tokens {
        match token.text.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth -= 1,
            "," if depth == 1 => begins = true,
            _ if depth == 1 && begins && token.is_word() => {
                begins = false;
                n += 1;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    n
}

/// Functions that give a type of the user's.
const CLAIMS: [&str; 4] = ["json", "verify", "verify_bound", "verify_once"];

/// Public items with a parameter that a user would have to write.
pub(crate) fn generics(file: &File) -> Vec<String> {
    let mut problems = Vec::new();
    for (at, token) in file.tokens.iter().enumerate() {
        let rest = &file.tokens[at + 1..];
        if !token.is("pub") || rest.first().is_none_or(|next| next.is("(")) {
            continue;
        }
        let modifiers = ["const", "async", "unsafe", "extern", "\"\""];
        let skipped = rest.iter().take_while(|next| modifiers.contains(&next.text.as_str())).count();
        let [kind, name, open, rest @ ..] = &rest[skipped..] else { continue };
        let items = ["fn", "struct", "enum", "union", "trait", "type"];
        if !items.contains(&kind.text.as_str()) || !open.is("<") {
            continue;
        }
        let (parameters, rest) = parameters(rest);
        let inferred = |parameter: &String| {
            if kind.is("fn") {
                CLAIMS.contains(&&*name.text) || arguments(rest).iter().any(|t| t.is(parameter))
            } else {
                GENERIC.contains(&&*name.text)
            }
        };
        for parameter in parameters.iter().filter(|parameter| !inferred(parameter)) {
            let what = format!("`{}` has the parameter `{parameter}`, which a user must write", name.text);
            problems.push(file.problem(name.line, &what));
        }
    }
    problems
}

/// The names in `T: Bound, const N: usize, 'a>`, without lifetimes, and what comes after.
fn parameters(tokens: &[Token]) -> (Vec<String>, &[Token]) {
    let (mut depth, mut begins, mut names) = (1_usize, true, Vec::new());
    for (at, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            "<" | "(" | "[" => depth += 1,
            ">" | ")" | "]" => depth -= 1,
            "," if depth == 1 => begins = true,
            "const" => {}
            _ if begins => {
                begins = false;
                names.extend(token.is_word().then(|| token.text.clone()));
            }
            _ => {}
        }
        if depth == 0 {
            return (names, &tokens[at + 1..]);
        }
    }
    (names, &[])
}

/// The tokens between the parentheses that `tokens` begins with.
fn arguments(tokens: &[Token]) -> &[Token] {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        depth += usize::from(token.is("("));
        depth -= usize::from(token.is(")"));
        if depth == 0 {
            return &tokens[..at];
        }
    }
    tokens
}

/// The mandatory dependencies of a manifest, those of a target included.
pub(crate) fn dependencies(manifest: &str) -> Vec<String> {
    let (mut section, mut found) = (String::new(), Vec::<(String, bool)>::new());
    for line in manifest.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[') {
            name.split(']').next().unwrap_or(name).clone_into(&mut section);
            if let Some((_, name)) = section.split_once("dependencies.") {
                let ours = !section.starts_with("dev-") && !section.starts_with("build-");
                found.extend(ours.then(|| (name.to_owned(), false)));
            }
        } else if section == "dependencies" || section.ends_with(".dependencies") {
            let entry = line.split_once('=').filter(|_| !line.starts_with('#'));
            found.extend(
                entry.map(|(name, value)| (name.trim().to_owned(), value.contains("optional = true"))),
            );
        } else if section.contains("dependencies.") && line == "optional = true" {
            found.last_mut().expect("a section of a dependency").1 = true;
        }
    }
    found.into_iter().filter(|(_, optional)| !optional).map(|(name, _)| name).collect()
}
