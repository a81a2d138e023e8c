// SPDX-License-Identifier: MIT OR Apache-2.0
//! `docs/envelope-v1.md` against the crate: every worked example, the table of padding, the labels, and the
//! fields of the vectors.

#![cfg(feature = "std")]

use chancery::{
    Context, UnixTime,
    envelope::Sealer,
    hpke::{Recipient, Suite},
    signing::SigningKey,
};
use serde_json::Value;
use std::{collections::BTreeSet, fs, path::Path};

const DOCUMENT: &str = include_str!("../docs/envelope-v1.md");
const VECTORS: &str = include_str!("vectors/envelope-v1.json");
const POST_QUANTUM: &str = include_str!("vectors/envelope-v1-pq.json");

/// The bytes `from..=to`, as the document writes `00..1f`.
fn run(from: u8, to: u8) -> Vec<u8> {
    (from..=to).collect()
}

/// The cells of the rows of all tables, without backticks.
fn tables() -> impl Iterator<Item = Vec<String>> {
    let rows = DOCUMENT.lines().filter(|line| line.starts_with("| "));
    rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.replace('`', "").trim().into()).collect())
}

fn part(from: &str, to: &str) -> &'static str {
    let (_, part) = DOCUMENT.split_once(from).expect("the heading");
    part.split_once(to).map_or(part, |(part, _)| part)
}

/// Section 9.4: n, SIGNED, v, e, s, 2^(e-s), padme(v), length of the content, zeros.
#[test]
fn the_table_of_padding_is_what_the_crate_pads_to() {
    let recipient = Recipient::from_bytes(Suite::X25519Aes256Gcm, &[9; 32]).unwrap();
    let mut rows = 0;
    for row in tables().filter(|row| row.len() == 9 && row[0] != "n") {
        let number = |at: usize| row[at].parse::<usize>().unwrap();
        let mut sealer = Sealer::to(recipient.clone(), &Context::of("x")).unwrap().padded();
        if row[1] == "yes" {
            sealer = sealer.signed_by(SigningKey::from_seed(&run(1, 32)).unwrap());
        }
        let payload = vec![1; number(0)];
        let sealed = sealer.seal(&payload, UnixTime::from_secs(0)).unwrap().len();
        let content = number(7);
        assert_eq!(sealed, 97 + 56 + content + 16 * (content / 16_384 + 1), "{row:?}");
        let v = 16 + payload.len() + if row[1] == "yes" { 72 } else { 0 };
        let (e, step) = (v.ilog2(), v.ilog2() - v.ilog2().ilog2() - 1);
        let expected = [v, e as usize, (e - step) as usize, 1 << step, v.next_multiple_of(1 << step)];
        assert_eq!([2, 3, 4, 5, 6].map(number), expected, "{row:?}");
        assert_eq!(number(8), content - v);
        rows += 1;
    }
    assert_eq!(rows, 6);
}

/// The strings in `label("...")` and `labelled("...")` of the sources below `folder`.
fn labels(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            labels(&entry, found);
            continue;
        }
        let source = fs::read_to_string(&entry).unwrap();
        for call in ["label(\"", "labelled(\"", "input(\"", "PURPOSE: &'static str = \""] {
            let strings = source.split(call).skip(1).filter_map(|rest| rest.split_once('"'));
            found.extend(strings.map(|(label, _)| label.to_owned()));
        }
    }
}

#[test]
fn every_label_of_the_crate_is_in_appendix_a() {
    let mut found = BTreeSet::new();
    labels(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    let listed: BTreeSet<_> =
        part("## Appendix A.", "## Appendix B.").split('`').skip(1).step_by(2).map(String::from).collect();
    // Of uses that are not built yet.
    let reserved = ["keyring", "field", "kms", "response key", "response"].map(String::from);
    let expected: BTreeSet<_> = found.into_iter().chain(reserved).chain(["L(s)".into()]).collect();
    assert_eq!(listed, expected);
}

type Arrays = Vec<(String, BTreeSet<String>)>;

/// The names of the arrays, and of the fields that every element has.
fn arrays(value: &Value) -> Arrays {
    let fields = |rows: &Value| {
        let rows = rows.as_array().unwrap();
        let names = |row: &Value| row.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
        assert!(rows.iter().all(|row| names(row) == names(&rows[0])));
        names(&rows[0])
    };
    let arrays = value.as_object().unwrap().iter().filter(|(_, rows)| rows.is_array());
    arrays.map(|(name, rows)| (name.clone(), fields(rows))).collect()
}

/// What a table of section 16 says of them.
fn listed(from: &str, to: &str) -> Arrays {
    let rows = part(from, to).lines().filter(|line| line.starts_with("| `"));
    let row = |row: &str| {
        let cells: Vec<_> = row.split('|').map(|cell| cell.replace('`', "")).collect();
        let fields = cells[2].split(", ").map(|name| name.trim().to_owned()).collect::<BTreeSet<_>>();
        (cells[1].trim().to_owned(), fields)
    };
    let mut listed: Vec<_> = rows.map(row).collect();
    listed.sort();
    listed
}

const FIELDS: [&str; 3] = ["| array | fields", "| array of `refused`", "## Appendix A."];

/// Section 16 against the file: its arrays, and the fields of every element.
#[test]
fn the_document_names_the_fields_of_the_vectors() {
    let file: Value = serde_json::from_str(VECTORS).unwrap();
    let [own, refused, end] = FIELDS;
    assert_eq!(listed(own, refused), arrays(&file));
    assert_eq!(listed(refused, end), arrays(&file["refused"]));
}

/// The same tables, the three arrays of them, and what section 16 adds in words.
#[test]
fn the_document_names_the_fields_of_the_post_quantum_vectors() {
    let file: Value = serde_json::from_str(POST_QUANTUM).unwrap();
    let [own, refused, end] = FIELDS;
    let with = |listed: Arrays, more: [(&str, &[&str]); 3]| {
        let of = |(name, fields): (String, BTreeSet<String>)| {
            let (_, more) = more.iter().find(|(array, _)| *array == name)?;
            Some((name, fields.into_iter().chain(more.iter().map(ToString::to_string)).collect()))
        };
        listed.into_iter().filter_map(of).collect::<Arrays>()
    };
    let more: [(&str, &[&str]); 3] = [("keys", &["kem", "aead"]), ("hpke", &["kem"]), ("envelopes", &[])];
    let mut expected = with(listed(own, refused), more);
    let kem = ["kem", "secret", "public", "eseed", "enc", "shared_secret"].map(String::from);
    expected.push(("kem".into(), kem.into()));
    expected.sort();
    assert_eq!(expected, arrays(&file));
    let more: [(&str, &[&str]); 3] = [("keys", &[]), ("hpke", &["kem"]), ("envelopes", &["kem"])];
    assert_eq!(with(listed(refused, end), more), arrays(&file["refused"]));
    let recipients = file["envelopes"].as_array().unwrap().iter();
    let mut recipients = recipients.flat_map(|row| row["recipients"].as_array().unwrap());
    assert!(recipients.all(|recipient| recipient["kem"].is_string()));
}

#[cfg(not(feature = "hazmat"))]
#[test]
fn without_hazmat_no_example_is_computed() {
    println!(
        "specification: NOT RUN without the feature `hazmat`: the worked examples, whose randomness is fixed"
    );
}

#[cfg(feature = "hazmat")]
#[path = "specification/examples.rs"]
mod examples;
