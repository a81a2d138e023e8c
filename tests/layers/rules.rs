// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who may import whom: the layers, the dependencies of cryptography and of frameworks, the roots of both.

use crate::{paths::Path, source::File};
use std::collections::BTreeMap;

/// Modules of a layer, and which others they may import. Each imports itself and the vocabulary.
const LAYERS: [(&str, &str); 25] = [
    (VOCABULARY, ""),
    ("wire", ""),
    ("kernel", ""),
    ("primitive", "kernel"),
    ("keyring", "wire primitive"),
    ("aead mac signing", "wire primitive keyring"),
    // It derives the keys of `aead`; nothing else crosses here.
    ("agreement", "wire primitive keyring aead"),
    ("hpke", "wire primitive keyring aead mac signing agreement"),
    ("envelope", "wire primitive keyring aead mac signing agreement hpke"),
    ("scheme", "wire primitive keyring"),
    ("named_key", "wire primitive keyring mac signing"),
    ("jws", "wire primitive keyring mac signing named_key"),
    ("http_signature", "wire primitive keyring mac signing named_key"),
    ("api_key", "wire primitive keyring mac"),
    ("jwt", "wire primitive keyring signing named_key jws"),
    ("replay", ""),
    ("webhook", "wire primitive keyring scheme"),
    // Integrations: public modules and their framework.
    ("middleware", "api_key envelope http_signature jwks jwt webhook"),
    ("extract", "api_key middleware"),
    ("client", "envelope http_signature"),
    ("jwks", "keyring signing jwt"),
    ("aio", "keyring aead envelope"),
    ("store", "api_key"),
    // Nobody imports these.
    ("testing", "aead envelope hpke http_signature jwt signing scheme webhook"),
    ("hazmat", "wire kernel primitive keyring aead mac signing agreement hpke envelope jws http_signature"),
];

const VOCABULARY: &str = "context error key_id secret time verified";

/// The layers that may name these dependencies.
const CRYPTOGRAPHERS: &str = "primitive";
const CRYPTOGRAPHY: &str = "aes aes_gcm chacha20 chacha20poly1305 ctutils curve25519_dalek ed25519_dalek getrandom ghash \
                            hkdf hmac ml_kem p256 poly1305 rand rand_core rsa sha1 sha2 sha3 shake subtle";
/// The layers that may name these.
const INTEGRATIONS: &str = "middleware extract client jwks aio store";
const FRAMEWORKS: &str = "axum_core bytes http_body redb redis reqwest tokio tokio_postgres \
                          tower_layer tower_service tracing";
/// Dependencies that every layer may name.
const PLAIN: &str = "base64ct http inout rayon serde serde_json sfv zeroize";

fn has(words: &str, word: &str) -> bool {
    words.split_whitespace().any(|other| other == word)
}

/// What `lib.rs` says: the modules, and which of them a re-exported name comes from.
pub(crate) struct Root {
    pub(crate) modules: Vec<String>,
    exports: BTreeMap<String, String>,
}

impl Root {
    pub(crate) fn of(lib: &File) -> Self {
        let declares = |pair: &[crate::tokens::Token]| pair[0].is("mod").then(|| pair[1].text.clone());
        let modules: Vec<String> = lib.tokens.windows(2).filter_map(declares).collect();
        let exported = lib.paths().into_iter().filter(|path| path.from_use);
        let exports = exported.filter_map(|path| Some((path.name, path.segments.first()?.clone()))).collect();
        Self { modules, exports }
    }

    /// The module that an absolute path leads to.
    fn module(&self, path: &Path) -> Option<&str> {
        let name = path.segments.get(1)?;
        self.modules
            .iter()
            .find(|module| *module == name)
            .or_else(|| self.exports.get(name))
            .map(String::as_str)
    }
}

/// Every edge out of this file: the module it leads to and where it is.
pub(crate) fn edges(file: &File, root: &Root) -> Vec<(String, usize)> {
    let ours = file.paths().into_iter().filter(|path| path.segments[0] == "crate");
    ours.filter_map(|path| Some((root.module(&path)?.to_owned(), path.line))).collect()
}

/// Edges that the layers forbid, and paths of ours that lead nobody knows where.
pub(crate) fn forbidden_edges(file: &File, root: &Root) -> Vec<String> {
    let from = file.layer();
    if from == "lib" {
        return Vec::new();
    }
    let Some((_, allowed)) = LAYERS.iter().find(|(modules, _)| has(modules, from)) else {
        return vec![file.problem(1, &format!("`{from}` has no layer in tests/layers/rules.rs"))];
    };
    let mut problems = Vec::new();
    for path in file.paths().iter().filter(|path| path.segments[0] == "crate") {
        match root.module(path) {
            Some(to) if to == from || has(VOCABULARY, to) || has(allowed, to) => {}
            Some(to) => problems.push(file.problem(path.line, &format!("`{from}` must not import `{to}`"))),
            None => {
                let path_text = path.segments.join("::");
                problems.push(file.problem(path.line, &format!("`{path_text}` names no module of ours")));
            }
        }
    }
    problems
}

/// Dependencies that are named outside of their layers.
pub(crate) fn named_dependencies(file: &File) -> Vec<String> {
    let mut problems = Vec::new();
    for (layers, dependencies) in [(CRYPTOGRAPHERS, CRYPTOGRAPHY), (INTEGRATIONS, FRAMEWORKS)] {
        if has(layers, file.layer()) {
            continue;
        }
        let named = file.paths().into_iter().filter(|path| has(dependencies, &path.segments[0]));
        let only =
            |path: Path| file.problem(path.line, &format!("only `{layers}` may name `{}`", path.segments[0]));
        problems.extend(named.map(only));
    }
    problems
}

/// Dependencies of the manifest that stand in neither list, so that a new one has to be placed.
pub(crate) fn unplaced(dependencies: &[String]) -> Vec<String> {
    let crates = dependencies.iter().map(|name| name.replace('-', "_"));
    crates
        .filter(|name| ![CRYPTOGRAPHY, FRAMEWORKS, PLAIN].iter().any(|list| has(list, name)))
        .map(|name| format!("Cargo.toml: `{name}` is in no list of tests/layers/rules.rs"))
        .collect()
}
