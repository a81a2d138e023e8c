// SPDX-License-Identifier: MIT OR Apache-2.0
//! The race: every contender of a job in one process, in turns.
//!
//! `cargo run --release --manifest-path benches/peers/Cargo.toml -- [--quick] [--json FILE] [WORD]`: the jobs with the word
//! in their name, or all of them. How it measures is in `race.rs`, what in the module of each job.

mod http_signature;
mod race;
mod webhook;

use race::{Effort, Job, Row};
use std::{env, fs, process::ExitCode};

const USAGE: &str = "usage: [--quick] [--json FILE] [WORD]";

fn main() -> ExitCode {
    match run(env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn run(mut arguments: impl Iterator<Item = String>) -> Result<(), String> {
    let (mut effort, mut file, mut word) = (Effort::FULL, None, String::new());
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--quick" => effort = Effort::QUICK,
            "--json" => file = Some(arguments.next().ok_or(USAGE)?),
            option if option.starts_with('-') => return Err(USAGE.into()),
            _ => word = argument,
        }
    }
    let jobs: Vec<Job> = http_signature::jobs()
        .into_iter()
        .chain(webhook::jobs())
        .filter(|job| job.name.contains(&word))
        .collect();
    if jobs.is_empty() {
        return Err(format!("no job is named {word}"));
    }
    let rows: Vec<Row> = jobs.into_iter().flat_map(|job| job.race(effort)).collect();
    if let Some(file) = file {
        let rows: Vec<_> = rows.iter().map(Row::json).collect();
        let text = serde_json::to_string_pretty(&rows).map_err(|error| error.to_string())?;
        fs::write(&file, text + "\n").map_err(|error| format!("{file}: {error}"))?;
    }
    Ok(())
}
