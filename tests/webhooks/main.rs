// SPDX-License-Identifier: MIT OR Apache-2.0
//! Webhooks: the schemes of providers against published examples, known answers and every change that an attacker
//! could make. With `-- --nocapture` it says what ran, and what did not.

#![cfg(feature = "std")]

#[cfg(feature = "json")]
mod adyen;
mod attacks;
mod battery;
#[cfg(feature = "json")]
mod handshakes;
mod known;
mod mutations;
#[cfg(feature = "json")]
mod published;
mod requests;
mod rows;
mod secrets;
mod standard;
#[cfg(feature = "legacy-sha1")]
mod twilio;

/// Constants that are compiled in, by their names in the source.
fn constants() -> Vec<&'static str> {
    let source = include_str!("../../src/webhook/provider.rs");
    let mut feature = true;
    let mut names = Vec::new();
    for line in source.lines() {
        let line = line.trim_start();
        if let Some(name) = line.strip_prefix("#[cfg(feature = \"") {
            feature = match name.split('"').next().expect("a name") {
                "json" => cfg!(feature = "json"),
                "legacy-sha1" => cfg!(feature = "legacy-sha1"),
                "p256" => cfg!(feature = "p256"),
                other => panic!("the feature {other} is not known here"),
            };
        } else if let Some(rest) = line.strip_prefix("pub const ") {
            names.extend(rest.split(':').next().filter(|_| feature));
            feature = true;
        }
    }
    names
}

#[test]
fn every_scheme_has_a_row_and_a_known_answer() {
    let mut in_source = constants();
    in_source.push(rows::HMAC_REQUEST);
    in_source.sort_unstable();
    let mut in_table: Vec<_> = rows::rows().iter().map(|row| row.name).collect();
    if cfg!(feature = "json") {
        // Items with a signature each: `adyen.rs`.
        in_table.push("ADYEN");
    }
    in_table.sort_unstable();
    assert_eq!(in_source, in_table);
    assert!(in_source.len() >= 38, "the source is read wrongly");
    for left_out in ["json", "legacy-sha1", "p256"] {
        let there = match left_out {
            "json" => cfg!(feature = "json"),
            "legacy-sha1" => cfg!(feature = "legacy-sha1"),
            _ => cfg!(feature = "p256"),
        };
        if !there {
            println!("webhooks: NOT RUN without the feature `{left_out}`: its providers");
        }
    }
    println!("webhooks: {} schemes: {}", in_source.len(), in_source.join(" "));
}

#[test]
fn the_manual_has_a_row_for_every_scheme() {
    let manual = include_str!("../../docs/webhooks.md");
    let rows: Vec<&str> =
        manual.lines().filter_map(|line| line.strip_prefix("| ")?.split('|').next()).collect();
    for name in constants() {
        assert_eq!(rows.iter().filter(|row| row.contains(&format!("`{name}`"))).count(), 1, "{name}");
    }
}

#[test]
fn every_scheme_gives_the_known_answer() {
    let mut ran = 0;
    for row in rows::rows() {
        let known = known::KNOWN.iter().find(|(name, _)| *name == row.name);
        // ECDSA has as many answers as there are nonces: a published one stands in `published.rs`.
        let Some((_, known)) = known else {
            assert_eq!(row.name, "SENDGRID");
            continue;
        };
        let request = row.make(row.time.text(), row.body, &|made| {
            assert_eq!(made, *known, "{}", row.name);
            (*known).to_owned()
        });
        let delivery = rows::verify(&row.verifier(row.secret), &request, rows::NOW);
        let delivery = delivery.unwrap_or_else(|error| panic!("{}: {error}", row.name)).allow_replays();
        assert_eq!(delivery.body(), request.body, "{}", row.name);
        ran += 1;
    }
    println!("webhooks: {ran} known answers, computed from the senders' formulas by another implementation");
}
