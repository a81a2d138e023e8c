// SPDX-License-Identifier: MIT OR Apache-2.0
//! Rust source as tokens with their lines: comments gone, literals empty. As much of the language as `src/` uses.

/// An identifier, number, lifetime, operator, or `""` for a literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) line: usize,
}

impl Token {
    pub(crate) fn is(&self, text: &str) -> bool {
        self.text == text
    }

    pub(crate) fn is_word(&self) -> bool {
        self.text.starts_with(|c: char| c.is_alphanumeric() || c == '_')
    }
}

/// The tokens of `source`.
pub(crate) fn tokens(source: &str) -> Vec<Token> {
    let mut lexer = Lexer { rest: source, line: 1, tokens: Vec::new() };
    while !lexer.rest.is_empty() {
        lexer.next();
    }
    lexer.tokens
}

struct Lexer<'a> {
    rest: &'a str,
    line: usize,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    fn next(&mut self) {
        let rest = self.rest;
        if rest.starts_with(char::is_whitespace) {
            self.skip(rest.chars().next().map_or(1, char::len_utf8));
        } else if rest.starts_with("//") {
            self.skip(rest.find('\n').unwrap_or(rest.len()));
        } else if rest.starts_with("/*") {
            self.skip(block_comment(rest));
        } else if let Some(len) = literal(rest) {
            self.emit_as("\"\"", len);
        } else if let Some(lifetime) = rest.strip_prefix('\'') {
            self.emit(1 + word(lifetime));
        } else if word(rest) > 0 {
            self.emit(word(rest));
        } else {
            let long = ["::", "->", "=>"].iter().any(|operator| rest.starts_with(operator));
            self.emit(if long { 2 } else { rest.chars().next().map_or(1, char::len_utf8) });
        }
    }

    fn emit(&mut self, len: usize) {
        self.emit_as(&self.rest[..len], len);
    }

    fn emit_as(&mut self, text: &str, len: usize) {
        self.tokens.push(Token { text: text.to_owned(), line: self.line });
        self.skip(len);
    }

    fn skip(&mut self, len: usize) {
        let (skipped, rest) = self.rest.split_at(len);
        self.line += skipped.matches('\n').count();
        self.rest = rest;
    }
}

fn word(text: &str) -> usize {
    text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())
}

/// Length of the block comment that `text` begins with; they nest.
fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    loop {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
        } else {
            at += rest.chars().next().map_or(0, char::len_utf8);
        }
        if depth == 0 || at >= text.len() {
            return at;
        }
    }
}

/// Length of the string or character that `text` begins with.
fn literal(text: &str) -> Option<usize> {
    let prefix = ["br", "cr", "b", "c", "r", ""].iter().find(|prefix| text.starts_with(**prefix))?.len();
    let (raw, body) = (text[..prefix].ends_with('r'), &text[prefix..]);
    let hashes = body.len() - body.trim_start_matches('#').len();
    if raw && body[hashes..].starts_with('"') {
        let close = format!("\"{}", "#".repeat(hashes));
        let inside = prefix + hashes + 1;
        return Some(inside + text[inside..].find(&close)? + close.len());
    }
    if !raw && body.starts_with('"') {
        return Some(prefix + quoted(body, '"'));
    }
    // A character has a closing quote right after it, a lifetime has none.
    let mut chars = body.chars();
    let character = chars.next() == Some('\'') && (chars.next() == Some('\\') || chars.next() == Some('\''));
    (!raw && character).then(|| prefix + quoted(body, '\''))
}

/// Length up to the closing quote.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[test]
fn comments_strings_and_characters_hold_no_tokens() {
    let source = r##"
        a // unsafe
        /* unsafe /* unsafe */ unsafe */ b "unsafe \" unsafe" r#"unsafe " unsafe"# b"unsafe" br"unsafe\"
        '"' '\'' b'"' 'x' unsafe_code &'life c::d -> e
    "##;
    let found: Vec<_> = tokens(source).into_iter().map(|token| token.text).collect();
    let expected = [
        "a",
        "b",
        "\"\"",
        "\"\"",
        "\"\"",
        "\"\"",
        "\"\"",
        "\"\"",
        "\"\"",
        "\"\"",
        "unsafe_code",
        "&",
        "'life",
        "c",
        "::",
        "d",
        "->",
        "e",
    ];
    assert_eq!(found, expected);
    assert_eq!(tokens("a\n\nb /*\n*/ c").iter().map(|t| t.line).collect::<Vec<_>>(), [1, 3, 4]);
}
