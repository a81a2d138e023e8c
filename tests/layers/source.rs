// SPDX-License-Identifier: MIT OR Apache-2.0
//! A file of `src/`, read once.

use crate::{
    paths::{self, Path},
    tokens::{self, Token},
};
use std::{fs, path::PathBuf};

/// A source file, `name` with forward slashes from the root of the package.
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) tokens: Vec<Token>,
}

impl File {
    pub(crate) fn new(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), text: text.to_owned(), tokens: tokens::tokens(text) }
    }

    /// The module that the file is: none for `lib.rs`, `["wire"]` for `wire/mod.rs` and `wire.rs`.
    pub(crate) fn module(&self) -> Vec<String> {
        let name = self.name.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
        if name == "lib" { Vec::new() } else { name.split('/').map(str::to_owned).collect() }
    }

    /// The first module of its path; `lib` for the root.
    pub(crate) fn layer(&self) -> &str {
        let name = self.name.trim_start_matches("src/").trim_end_matches(".rs");
        name.split('/').next().unwrap_or(name)
    }

    pub(crate) fn paths(&self) -> Vec<Path> {
        paths::paths(&self.tokens, &self.module())
    }

    pub(crate) fn problem(&self, line: usize, what: &str) -> String {
        format!("{}:{line}: {what}", self.name)
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The text of a file of the package.
pub(crate) fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Every `.rs` file below `src/`, sorted.
pub(crate) fn all() -> Vec<File> {
    let mut files = Vec::new();
    let mut folders = vec!["src".to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).expect("a folder of the package") {
            let entry = entry.expect("an entry of a folder");
            let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                folders.push(name);
            } else if entry.path().extension().is_some_and(|extension| extension == "rs") {
                files.push(File::new(&name, &read(&name)));
            }
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}
