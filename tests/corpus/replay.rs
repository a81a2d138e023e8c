// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every input through its target, and that corpus, seeds and targets belong together.

use crate::entries::{self, TARGETS, Target};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

fn fuzz(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(path)
}

/// Names and contents of the files in a folder.
fn files(path: &str) -> BTreeMap<String, Vec<u8>> {
    let folder = fs::read_dir(fuzz(path)).unwrap_or_else(|error| panic!("fuzz/{path}: {error}"));
    let file = |entry: std::io::Result<fs::DirEntry>| {
        let entry = entry.unwrap();
        (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())
    };
    folder.map(file).collect()
}

fn corpus(target: &Target) -> BTreeMap<String, Vec<u8>> {
    files(&format!("corpus/{}", target.name))
}

#[test]
fn every_target_is_replayed_and_accepts_some_of_its_inputs_and_refuses_some() {
    let mut total = 0;
    for target in &TARGETS {
        let inputs = corpus(target);
        let accepted = inputs.values().filter(|input| entries::run(target.name, input)).count();
        println!("{:20} {:4} inputs, {accepted} accepted", target.name, inputs.len());
        assert!(accepted > 0, "{}: nothing was accepted", target.name);
        assert!(
            accepted < inputs.len() || target.name == "sealed_write",
            "{}: nothing was refused",
            target.name
        );
        total += inputs.len();
    }
    println!("{total} inputs of {} targets", TARGETS.len());
}

#[test]
fn the_seeds_are_those_that_are_written_here() {
    let write = std::env::var_os("CHANCERY_WRITE_CORPUS").is_some();
    for target in &TARGETS {
        let seeds = (target.seeds)().into_iter().enumerate();
        let seeds: BTreeMap<_, _> = seeds.map(|(i, seed)| (format!("seed-{i:02}"), seed)).collect();
        if write {
            write_seeds(&fuzz(&format!("corpus/{}", target.name)), &seeds);
        }
        let mut found = corpus(target);
        found.retain(|name, _| name.starts_with("seed-"));
        assert!(found == seeds, "{}: CHANCERY_WRITE_CORPUS=1 writes them anew", target.name);
    }
}

/// In the place of those that are there.
fn write_seeds(folder: &Path, seeds: &BTreeMap<String, Vec<u8>>) {
    fs::create_dir_all(folder).unwrap();
    for old in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if old.file_name().to_string_lossy().starts_with("seed-") {
            fs::remove_file(old.path()).unwrap();
        }
    }
    for (name, seed) in seeds {
        fs::write(folder.join(name), seed).unwrap();
    }
}

#[test]
fn no_target_fails_on_the_start_of_its_inputs_or_on_those_of_another() {
    let others: Vec<Vec<u8>> =
        TARGETS.iter().flat_map(|target| corpus(target).into_values().take(2)).collect();
    for target in &TARGETS {
        for input in corpus(target).values() {
            for len in [0, 1, 2, 3, 5, 9, 17].into_iter().filter(|len| *len < input.len()) {
                entries::run(target.name, &input[..len]);
            }
        }
        for input in &others {
            entries::run(target.name, input);
        }
    }
}

#[test]
fn the_targets_are_those_that_are_built() {
    let names: Vec<String> = TARGETS.iter().map(|target| format!("{}.rs", target.name)).collect();
    let files = files("targets");
    assert!(files.keys().eq(&names), "{:?}", files.keys());
    let manifest = fs::read_to_string(fuzz("Cargo.toml")).unwrap();
    for (file, source) in &files {
        assert!(manifest.contains(&format!("path = \"targets/{file}\"")), "fuzz/Cargo.toml: {file}");
        let call = format!("run(\"{}\", input)", file.trim_end_matches(".rs"));
        assert!(String::from_utf8_lossy(source).contains(&call), "{file}");
    }
}
