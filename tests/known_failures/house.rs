// SPDX-License-Identifier: MIT OR Apache-2.0
//! Failures that cannot occur because there is nothing for them to occur in, and the table of all failures.

use crate::table::{ADVISORIES, REQUEST_ROWS, ROWS, Shown};
use std::{fs, path::Path};

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Every source below a folder, with its text.
fn sources(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).expect(folder) {
        let entry = entry.expect(folder);
        let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.file_type().expect("a type").is_dir() {
            found.extend(sources(&name));
        } else if Path::new(&name).extension().is_some_and(|extension| extension == "rs") {
            let text = read(&name);
            found.push((name, text));
        }
    }
    found
}

/// Lines of code of `src/` that have one of these words.
fn mentions(words: &[&str]) -> Vec<String> {
    let sources = sources("src");
    assert!(sources.len() >= 40, "{} sources", sources.len());
    let mut found = Vec::new();
    for (name, text) in sources {
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            found.extend(
                words.iter().filter(|word| line.contains(**word)).map(|word| format!("{name}: {word}")),
            );
        }
    }
    found.sort();
    found.dedup();
    found
}

/// Scans for a comparison elsewhere would find names; that nothing else compares is that nothing else can.
#[test]
fn requests_01_one_function_compares_and_no_call_returns_what_a_signature_should_have_been() {
    let compares = ["src/primitive/ct.rs: ConstantTimeEq", "src/primitive/ct.rs: ct_eq"];
    assert_eq!(mentions(&["ct_eq", "ConstantTimeEq", "verify_slice"]), compares);
    let secret = read("src/scheme/secret.rs");
    let body =
        |function| secret.split(function).nth(1).and_then(|rest| rest.split("\n    }\n").next()).unwrap();
    let (matches, writes) = (body("fn matches("), body("fn writes("));
    assert!(matches.contains("writes(expected.as_bytes(), text)"));
    assert!(writes.contains("ct::equal(own.as_bytes(), text)") && writes.contains("ct::equal(mac, bytes)"));
    assert!(
        [matches, writes].iter().all(|body| !body.contains("==") && !body.contains("starts_with(signature"))
    );
    assert!(!secret.contains("pub fn mac(") && !secret.contains("pub fn sign("));
}

#[test]
fn pitfall_13_there_is_no_auth_mode() {
    assert_eq!(mentions(&["MODE_"]), ["src/hpke/schedule.rs: MODE_"]);
    let schedule = read("src/hpke/schedule.rs");
    let modes = schedule.lines().filter(|line| line.starts_with("const MODE_"));
    assert_eq!(modes.collect::<Vec<_>>(), ["const MODE_BASE: u8 = 0x00;", "const MODE_PSK: u8 = 0x01;"]);
    assert_eq!(mentions(&["auth_encap", "AuthEncap", "auth_decap", "seal_auth", "open_auth"]), [""; 0]);
}

#[test]
fn pitfall_29_nothing_is_executed_or_loaded() {
    assert_eq!(mentions(&["std::process", "Command::", "dlopen", "libloading"]), [""; 0]);
}

/// No name in an input becomes a path: there is no environment, and no file but the one that a service gives to its store.
#[test]
fn rustsec_2024_0433_age_no_name_is_looked_up() {
    assert_eq!(mentions(&["std::env", "std::fs", "std::net"]), [""; 0]);
    assert_eq!(mentions(&["path::Path"]), ["src/store/redb.rs: path::Path"]);
    // The search finds what is there.
    assert!(!mentions(&["std::io"]).is_empty());
}

#[test]
fn rustsec_2024_0354_vodozemac_text_of_secrets_is_made_by_base64ct() {
    assert_eq!(mentions(&["base64ct"]), ["src/wire/base64.rs: base64ct"]);
    assert_eq!(mentions(&["base64::engine", "base64::Engine"]), [""; 0]);
    assert!(!dependencies().iter().any(|name| name == "base64"));
}

#[test]
fn rustsec_2026_0097_rand_randomness_comes_from_the_system_and_nothing_else() {
    assert_eq!(mentions(&["getrandom::"]), ["src/primitive/rng.rs: getrandom::"]);
    assert_eq!(mentions(&["thread_rng", "OsRng", "rand::", "rand_core"]), [""; 0]);
    assert!(dependencies().iter().all(|name| !name.starts_with("rand")));
}

/// The names of the dependencies that are built into the crate.
fn dependencies() -> Vec<String> {
    let manifest = read("Cargo.toml");
    let section = manifest.split("\n[dependencies]\n").nth(1).unwrap().split("\n[").next().unwrap();
    let names = section.lines().filter_map(|line| line.split_once(" = ").map(|(name, _)| name.to_owned()));
    let names: Vec<_> = names.filter(|name| !name.starts_with('#')).collect();
    assert!(names.len() >= 8, "{names:?}");
    names
}

/// The tests of a file by name.
fn tests(text: &str) -> Vec<&str> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let is_test = |at: &usize| ["#[test]", "#[tokio::test]"].contains(&lines[*at]);
    let name = |at: usize| {
        let line =
            lines[at..].iter().find_map(|line| line.trim_start_matches("async ").strip_prefix("fn "))?;
        line.split_once('(').map(|(name, _)| name)
    };
    (0..lines.len()).filter(is_test).filter_map(name).collect()
}

/// Every test that the table names is there, and every test that is named after a failure is in the table.
#[test]
fn every_known_failure_has_its_test_or_a_reason() {
    let rows = ROWS.iter().map(|(row, shown)| (format!("pitfall_{row:02}_"), shown));
    let advisories = ADVISORIES.iter().map(|(id, shown)| {
        let first = id.split([',', ' ']).next().unwrap_or(id);
        (format!("{}_", first.to_lowercase().replace('-', "_")), shown)
    });
    let requests = REQUEST_ROWS.iter().map(|(row, shown)| (format!("requests_{row:02}_"), shown));
    let mut named = Vec::new();
    for (prefix, shown) in rows.chain(requests).chain(advisories) {
        match shown {
            Shown::By(tests_of_row) => {
                assert!(!tests_of_row.is_empty(), "{prefix}: no test");
                let after_row =
                    |test: &&&str| test.split_once("::").is_some_and(|(_, n)| n.starts_with(&prefix));
                assert!(tests_of_row.iter().any(|test| after_row(&test)), "{prefix}: no test is named so");
                named.extend(tests_of_row.iter().copied());
            }
            Shown::Later(reason) | Shown::Never(reason) => assert!(reason.len() > 5, "{prefix}: no reason"),
        }
    }
    for test in &named {
        let (file, name) = test.split_once("::").unwrap_or_else(|| panic!("{test}: no file"));
        assert!(tests(&read(file)).contains(&name), "{test}: there is no such test");
    }
    let all = sources("src").into_iter().chain(sources("tests"));
    for (file, text) in all {
        let prefixes = ["pitfall_", "requests_", "rustsec_"];
        for name in tests(&text).iter().filter(|name| prefixes.iter().any(|prefix| name.starts_with(prefix)))
        {
            let test = format!("{file}::{name}");
            assert!(named.contains(&test.as_str()), "{test} is not in the table");
        }
    }
    println!(
        "known failures: {} tests of {} rows",
        named.len(),
        ROWS.len() + REQUEST_ROWS.len() + ADVISORIES.len()
    );
}

#[test]
fn the_table_has_every_row_once() {
    let rows: Vec<u8> = ROWS.iter().map(|(row, _)| *row).collect();
    assert_eq!(rows, (1..=30).collect::<Vec<_>>());
    let rows: Vec<u8> = REQUEST_ROWS.iter().map(|(row, _)| *row).collect();
    assert_eq!(rows, (1..=31).collect::<Vec<_>>());
    let mut ids: Vec<&str> = ADVISORIES.iter().flat_map(|(ids, _)| ids.split(", ")).collect();
    let n = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), n);
}
