// SPDX-License-Identifier: MIT OR Apache-2.0
//! The house of DESIGN.md, section 2: which module may import which, and the budgets, read from the sources.

mod budgets;
mod paths;
mod rules;
mod source;
mod tokens;

use rules::Root;
use source::File;

fn assert_none(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

/// Applies a check to every file of `src/`.
fn everywhere(check: impl Fn(&File) -> Vec<String>) {
    let files = source::all();
    assert!(files.len() >= 40, "found {} files only", files.len());
    assert_none(&files.iter().flat_map(check).collect::<Vec<_>>());
}

fn root() -> Root {
    Root::of(&File::new("src/lib.rs", &source::read("src/lib.rs")))
}

#[test]
fn no_module_imports_what_its_layer_must_not() {
    everywhere(|file| rules::forbidden_edges(file, &root()));
}

#[test]
fn only_the_primitives_name_cryptography_and_only_integrations_a_framework() {
    everywhere(rules::named_dependencies);
}

#[test]
fn there_is_unsafe_code_in_kernels_only() {
    everywhere(budgets::unsafe_code);
}

#[test]
fn every_file_begins_with_its_licence_and_says_what_it_does() {
    everywhere(budgets::head);
}

#[test]
fn no_file_is_longer_than_400_lines_without_its_tests() {
    everywhere(budgets::length);
}

#[test]
fn no_module_is_more_than_two_deep() {
    everywhere(budgets::depth);
}

#[test]
fn each_error_type_has_at_most_14_variants() {
    let errors = File::new("src/error.rs", &source::read("src/error.rs"));
    assert_none(&budgets::error_variants(&errors));
}

#[test]
fn no_generic_parameter_has_to_be_written_by_a_user() {
    everywhere(budgets::generics);
}

#[test]
fn there_are_at_most_10_mandatory_dependencies_and_each_has_a_place() {
    let found = budgets::dependencies(&source::read("Cargo.toml"));
    assert!((1..=budgets::DEPENDENCIES).contains(&found.len()), "Cargo.toml: {}: {found:?}", found.len());
    assert_none(&rules::unplaced(&found));
}

// The checks see what there is, and fire.

#[test]
fn edges_that_everybody_knows_of_are_seen() {
    let (files, root) = (source::all(), root());
    assert!(root.modules.len() >= 15, "{:?}", root.modules);
    // Nested trees over several lines, re-exports at the root, paths in expressions.
    for (name, to) in [
        ("src/envelope/open.rs", "hpke"),
        ("src/envelope/open.rs", "keyring"),
        ("src/envelope/open.rs", "verified"),
        ("src/primitive/rng.rs", "primitive"),
        ("src/keyring/text.rs", "wire"),
        ("src/agreement.rs", "aead"),
        ("src/hazmat/protocol.rs", "envelope"),
        ("src/mac.rs", "primitive"),
    ] {
        let file = files.iter().find(|file| file.name == name).expect(name);
        let found = rules::edges(file, &root);
        assert!(found.iter().any(|(module, line)| module == to && *line > 1), "{name} -> {to}: {found:?}");
    }
    let sum: usize = files.iter().map(|file| rules::edges(file, &root).len()).sum();
    assert!(sum >= 200, "{sum} edges");
}

#[test]
fn a_forbidden_edge_is_found_in_every_spelling() {
    let root = root();
    for (name, source, expected) in [
        ("src/wire/text.rs", "\nuse crate::primitive::ct;", "text.rs:2: `wire` must not import `primitive`"),
        (
            "src/wire/text.rs",
            "use crate::{\n Error,\n primitive::{\n ct}};",
            ":4: `wire` must not import `primitive`",
        ),
        (
            "src/primitive/ct.rs",
            "fn f() { crate::wire::base64::encode(x) }",
            "`primitive` must not import `wire`",
        ),
        ("src/primitive/ct.rs", "use super::super::wire;", "`primitive` must not import `wire`"),
        ("src/error.rs", "use crate::Keyring;", "`error` must not import `keyring`"),
        ("src/error.rs", "use super::aead;", "`error` must not import `aead`"),
        ("src/time.rs", "use crate::Key as K;", "`time` must not import `keyring`"),
        ("src/keyring/mod.rs", "use super::signing::SigningKey;", "`keyring` must not import `signing`"),
        ("src/aead/stream.rs", "use crate::mac::MacKey;", "`aead` must not import `mac`"),
        ("src/signing.rs", "type X = crate::agreement::Role;", "`signing` must not import `agreement`"),
        ("src/agreement.rs", "use crate::signing;", "`agreement` must not import `signing`"),
        ("src/hpke/keys.rs", "use crate::envelope::Sealer;", "`hpke` must not import `envelope`"),
        ("src/envelope/open.rs", "use crate::hazmat;", "`envelope` must not import `hazmat`"),
        ("src/envelope/open.rs", "mod tests { use crate::hazmat; }", "`envelope` must not import `hazmat`"),
        ("src/middleware/mod.rs", "use crate::primitive::ct;", "`middleware` must not import `primitive`"),
        ("src/extract.rs", "use crate::wire::hex;", "`extract` must not import `wire`"),
        ("src/aio.rs", "use crate::primitive::engine::Seal;", "`aio` must not import `primitive`"),
        ("src/aio/envelope.rs", "use crate::wire::envelope;", "`aio` must not import `wire`"),
        ("src/envelope/read.rs", "use crate::aio;", "`envelope` must not import `aio`"),
        ("src/wire/mod.rs", "use super::*;", "`crate::*` names no module of ours"),
        ("src/wire/mod.rs", "use crate as all;", "`crate` names no module of ours"),
        ("src/helper.rs", "", "`helper` has no layer"),
    ] {
        let found = rules::forbidden_edges(&File::new(name, source), &root);
        assert!(found.len() == 1 && found[0].contains(expected), "{name} {source}: {found:?}");
    }
    for (name, source) in [
        ("src/wire/text.rs", "// use crate::primitive\nuse crate::{Error, error::KeyKind, wire::base64};"),
        ("src/envelope/open.rs", "use super::bind; use crate::{Key, Verified, hpke, signing};"),
        ("src/agreement.rs", "use crate::aead::SealKey;"),
        ("src/wire/mod.rs", "mod tests { use super::*; }"),
    ] {
        assert_none(&rules::forbidden_edges(&File::new(name, source), &root));
    }
}

#[test]
fn a_named_dependency_is_found_in_every_spelling() {
    for source in [
        "use sha2::Digest;",
        "use ::sha2 as hash;",
        "use {core::fmt, sha2::{Digest}};",
        "extern crate sha2;",
        "fn f() { let x = sha2::Sha256::new(); }",
        "impl From<::sha2::Sha256> for X {}",
    ] {
        let found = rules::named_dependencies(&File::new("src/mac.rs", source));
        assert_eq!(found, ["src/mac.rs:1: only `primitive` may name `sha2`"], "{source}");
        assert_none(&rules::named_dependencies(&File::new("src/primitive/mac.rs", source)));
    }
    let framework = "use tower_service::Service;";
    let found = rules::named_dependencies(&File::new("src/webhook/mod.rs", framework));
    assert_eq!(
        found,
        ["src/webhook/mod.rs:1: only `middleware extract client jwks aio store` may name `tower_service`"]
    );
    assert_none(&rules::named_dependencies(&File::new("src/middleware/mod.rs", framework)));
    let found = rules::named_dependencies(&File::new("src/envelope/read.rs", "use tokio::io::AsyncRead;"));
    assert_eq!(
        found,
        ["src/envelope/read.rs:1: only `middleware extract client jwks aio store` may name `tokio`"]
    );
    assert_none(&rules::named_dependencies(&File::new("src/aio/envelope.rs", "use tokio::io::AsyncRead;")));
    // A field and a function of that name are not the crate.
    let harmless = "use crate::primitive::mac::Hmac; fn hmac() {} fn g(&self) { self.hmac.mac() } // sha2::x";
    assert_none(&rules::named_dependencies(&File::new("src/mac.rs", harmless)));
    assert_eq!(rules::unplaced(&["zeroize".into(), "aes-gcm".into(), "left-pad".into()]).len(), 1);
}

#[test]
fn the_budgets_fire() {
    type Check = fn(&File) -> Vec<String>;
    let line = "// SPDX-License-Identifier: MIT OR Apache-2.0\n";
    let variants = "#[a(b, c)] /** d */ V(X, Y), ".repeat(15);
    let enums = |body: &str| format!("enum Error {{ A }} enum ConfigError {{ {body} }}");
    let cases: [(Check, &str, String, String); 13] = [
        (
            budgets::unsafe_code,
            "mac.rs",
            "fn f() { unsafe { g() } }".into(),
            "fn unsafe_code() {} // unsafe".into(),
        ),
        (budgets::head, "mac.rs", "//! Docs.".into(), format!("{line}//! Docs.")),
        (budgets::head, "mac.rs", format!("{line}use x;\n//! Docs."), format!("{line}//! Docs.")),
        (
            budgets::length,
            "mac.rs",
            "\n".repeat(401),
            format!("{}#[cfg(test)]\nmod tests {{", "\n".repeat(400)),
        ),
        (budgets::length, "mac.rs", format!("#[cfg(test)]\nuse x;{}", "\n".repeat(400)), String::new()),
        (budgets::depth, "a/b.rs", "fn f() { } mod c { }".into(), "mod tests { } mod d;".into()),
        (budgets::depth, "a.rs", "mod b { mod c { } }".into(), "mod b { } mod c { }".into()),
        (budgets::error_variants, "error.rs", enums(&variants), enums("A, B { x: u8, y: u8 }, C,")),
        (budgets::generics, "mac.rs", "pub struct X<T>(T);".into(), "pub struct Verified<T>(T);".into()),
        (budgets::generics, "mac.rs", "pub fn f<T: A>() -> T".into(), "pub fn f<T: A>(t: &[T]) -> T".into()),
        (budgets::generics, "mac.rs", "pub const fn f<const N: usize>()".into(), "pub fn f<'a>()".into()),
        (budgets::generics, "mac.rs", "pub trait X<A> {}".into(), "pub(crate) trait X<A> {}".into()),
        (
            budgets::generics,
            "mac.rs",
            "pub fn f<'a, F: Fn(u8) -> X<T>, T>(f: F)".into(),
            "pub fn f(t: T)".into(),
        ),
    ];
    for (check, name, bad, good) in cases {
        let name = format!("src/{name}");
        assert_eq!(check(&File::new(&name, &bad)).len(), 1, "{name} {bad}");
        assert_none(&check(&File::new(&name, &good)));
    }
    assert_eq!(budgets::depth(&File::new("src/a/b/c.rs", "")).len(), 1);
}

#[test]
fn mandatory_dependencies_are_counted_in_every_spelling() {
    let manifest = "
        [dependencies] # none here
        a = \"1\"
        # b = \"1\"
        c = { version = \"1\", optional = true }
        d = { version = \"1\" }
        [dependencies.e]
        version = \"1\"
        [dependencies.f]
        optional = true
        [target.'cfg(unix)'.dependencies]
        g = \"1\"
        [dev-dependencies]
        h = \"1\"
        [dev-dependencies.i]
        version = \"1\"
    ";
    assert_eq!(budgets::dependencies(manifest), ["a", "d", "e", "g"]);
}
