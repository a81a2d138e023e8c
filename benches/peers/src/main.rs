// SPDX-License-Identifier: MIT OR Apache-2.0
//! The race: every contender of a job in one process, in turns.
//!
//! `cargo run --release --manifest-path benches/peers/Cargo.toml -- [--quick] [--json FILE] [--svg DIR] [--markdown FILE]
//! [--summary FILE] [--tier portable|avx2|avx512] [WORD]`:
//! the jobs with the word in their name, or all of them. How it measures is in `race.rs`, what in the module of each job.
//! A contender more is a line in the list of its job.

mod aead;
mod api_key;
mod aws_lc;
mod chart;
mod dh;
mod envelope;
mod hmac;
mod hpke;
mod http_signature;
mod race;
mod report;
mod sealed;
mod sealing;
mod signatures;
mod stream;
mod tiers;
mod token;
mod webhook;

use race::{Effort, Job, Row};
use report::Part;
use std::{env, fs, path::Path, process::ExitCode};

const USAGE: &str = "usage: [--quick] [--json FILE] [--svg DIR] [--markdown FILE] [--summary FILE] [--tier portable|avx2|avx512] [WORD]; a page has no place for some of the jobs";

type Jobs = fn(Effort) -> Vec<Job>;

/// What is drawn together.
const FAMILIES: [(&str, Jobs); 14] = [
    ("aes-256-gcm", |_| aead::aes_256_gcm()),
    ("chacha20-poly1305", |_| aead::chacha20_poly1305()),
    ("tiers", |_| tiers::jobs()),
    ("x25519", |_| dh::jobs()),
    ("ed25519", |_| signatures::jobs()),
    ("hmac", |_| hmac::jobs()),
    ("sealed-message", |_| sealed::jobs()),
    ("hpke", |_| hpke::jobs()),
    ("envelope", |_| envelope::jobs()),
    ("stream", stream::jobs),
    ("http-signature", |_| http_signature::jobs()),
    ("webhook", |_| webhook::jobs()),
    ("jwt", |_| token::jobs()),
    ("api-key", |_| api_key::jobs()),
];

struct Arguments {
    effort: Effort,
    json: Option<String>,
    svg: Option<String>,
    pages: Vec<(Part, String)>,
    word: Option<String>,
}

fn main() -> ExitCode {
    match run(env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn parse(mut from: impl Iterator<Item = String>) -> Option<Arguments> {
    let mut arguments =
        Arguments { effort: Effort::FULL, json: None, svg: None, pages: Vec::new(), word: None };
    while let Some(argument) = from.next() {
        match argument.as_str() {
            "--quick" => arguments.effort = Effort::QUICK,
            "--json" => arguments.json = Some(from.next()?),
            "--svg" => arguments.svg = Some(from.next()?),
            "--markdown" => arguments.pages.push((Part::Figures, from.next()?)),
            "--summary" => arguments.pages.push((Part::Summary, from.next()?)),
            "--tier" => tiers::limit(&from.next()?)?,
            option if option.starts_with('-') => return None,
            _ => arguments.word = Some(argument),
        }
    }
    (arguments.pages.is_empty() || arguments.word.is_none()).then_some(arguments)
}

fn run(arguments: impl Iterator<Item = String>) -> Result<(), String> {
    let Arguments { effort, json, svg, pages, word } = parse(arguments).ok_or(USAGE)?;
    // A page without a place is found before the race, not after it.
    for (part, file) in &pages {
        part.renew(&read(file)?, &[], effort)?;
    }
    let word = word.unwrap_or_default();
    let mut families = Vec::new();
    for (family, jobs) in FAMILIES {
        let jobs = jobs(effort).into_iter().filter(|job| job.name.contains(&word));
        let rows: Vec<Row> = jobs.flat_map(|job| job.race(effort)).collect();
        if !rows.is_empty() {
            families.push((family, rows));
        }
    }
    if families.is_empty() {
        return Err(format!("no job is named {word}"));
    }
    if let Some(file) = json {
        let rows: Vec<_> = families.iter().flat_map(|(_, rows)| rows).map(Row::json).collect();
        let text = serde_json::to_string_pretty(&rows).map_err(|error| error.to_string())?;
        write(&file, &(text + "\n"))?;
    }
    if let Some(directory) = svg {
        fs::create_dir_all(&directory).map_err(|error| format!("{directory}: {error}"))?;
        for (family, rows) in &families {
            let path = Path::new(&directory).join(family).with_extension("svg");
            chart::draw(&path, rows).map_err(|error| format!("{}: {error}", path.display()))?;
        }
    }
    for (part, file) in pages {
        write(&file, &part.renew(&read(&file)?, &families, effort)?)?;
    }
    Ok(())
}

fn read(file: &str) -> Result<String, String> {
    fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))
}

fn write(file: &str, text: &str) -> Result<(), String> {
    fs::write(file, text).map_err(|error| format!("{file}: {error}"))
}
