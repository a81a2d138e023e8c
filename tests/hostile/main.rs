// SPDX-License-Identifier: MIT OR Apache-2.0
//! The kit of hostile files: each says what must happen, and that is what happens, in memory and as a stream.
//!
//! `cargo test --all-features --test hostile -- --nocapture` prints how many there were. With
//! `CHANCERY_WRITE_HOSTILE=1` (and feature `hazmat`) the files are written instead of compared.

#![cfg(feature = "std")]

mod file;
#[cfg(feature = "hazmat")]
mod generate;

use chancery::{
    Context, Error, Keyring, UnixTime,
    aead::{Algorithm, SealKey},
    envelope::{OpenReader, Opener},
    hpke::{Identity, Info, Psk, Suite},
    signing::VerifyingKey,
};
use file::{FORMATS, File, hex};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    io::{self, Read},
    time::Duration,
};

type Outcome = Result<Vec<u8>, Error>;

fn suite(file: &File) -> Suite {
    match file.one("aead") {
        "AES-256-GCM" => Suite::X25519Aes256Gcm,
        "ChaCha20-Poly1305" => Suite::X25519ChaCha20Poly1305,
        "AES-128-GCM" => Suite::X25519Aes128Gcm,
        other => panic!("{}: {other}", file.name),
    }
}

fn keyring<K: chancery::Key>(keys: impl IntoIterator<Item = K>) -> Keyring<K> {
    let mut keys = keys.into_iter();
    let first = Keyring::new(keys.next().expect("a key"));
    keys.fold(first, |keyring, key| keyring.accept(key).expect("another key"))
}

fn context(file: &File) -> Context {
    let fields = file.each_bytes("context");
    fields[1..].iter().fold(Context::of(&fields[0]), Context::field)
}

/// What came out of a stream, or the error of ours that it ended with.
fn ended<T>(read: io::Result<T>) -> Result<T, Error> {
    let source = |error: io::Error| *error.get_ref().unwrap().downcast_ref().expect("an error of ours");
    read.map_err(source)
}

fn read_all(mut reader: impl Read) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    reader.read_to_end(&mut all)?;
    Ok(all)
}

/// The same file opened in every way there is.
fn open(file: &File) -> Vec<Outcome> {
    match file.one("format") {
        "envelope" => open_envelope(file),
        "sealed" => open_sealed(file),
        "hpke" => vec![open_hpke(file)],
        other => panic!("{}: {other}", file.name),
    }
}

fn open_envelope(file: &File) -> Vec<Outcome> {
    let secrets = file.each_bytes("identity");
    let identities = keyring(secrets.iter().map(|secret| Identity::from_bytes(suite(file), secret).unwrap()));
    let opener = if file.one("sender") == "anyone" {
        Opener::from_anyone(identities, &context(file))
    } else {
        let senders = file.each_bytes("sender");
        let senders = keyring(senders.iter().map(|key| VerifyingKey::from_bytes(key).unwrap()));
        Opener::from_senders(identities, &context(file), senders)
    };
    let seconds = |field| file.number(field).map(Duration::from_secs);
    let mut opener = opener.unwrap().max_skew(seconds("skew").expect("a skew"));
    if let Some(age) = seconds("max-age") {
        opener = opener.max_age(age);
    }
    let now = UnixTime::from_secs(file.number("now").expect("a time"));
    let whole = opener.open(&file.body, now).map(|opened| opened.allow_replays().into_inner().into_payload());
    let reader = || opener.open_reader(file.body.as_slice(), now);
    let read = |reader: io::Result<OpenReader<&[u8]>>| {
        let mut reader = reader?;
        let payload = read_all(&mut reader)?;
        let _ = reader.finish()?;
        Ok(payload)
    };
    // Nothing is read here but by `finish`.
    let finished = ended(reader().and_then(OpenReader::finish));
    let finished = finished.map(|_| whole.clone().unwrap_or_default());
    vec![
        whole,
        ended(read(reader())),
        finished,
        #[cfg(feature = "parallel")]
        ended(read(reader().map(OpenReader::parallel))),
    ]
}

fn open_sealed(file: &File) -> Vec<Outcome> {
    let algorithm = match file.one("aead") {
        "AES-256-GCM" => Algorithm::Aes256Gcm,
        "ChaCha20-Poly1305" => Algorithm::ChaCha20Poly1305,
        other => panic!("{}: {other}", file.name),
    };
    let keys = Keyring::new(SealKey::from_bytes(algorithm, &file.bytes("key")).unwrap());
    let context = context(file);
    let reader = || keys.open_reader(&context, file.body.as_slice());
    vec![
        keys.open(&context, &file.body),
        ended(reader().and_then(read_all)),
        #[cfg(feature = "parallel")]
        ended(reader().map(chancery::aead::OpenReader::parallel).and_then(read_all)),
    ]
}

fn open_hpke(file: &File) -> Outcome {
    let mut identity = Identity::from_bytes(suite(file), &file.bytes("identity")).unwrap();
    if let Some(id) = file.number("tink-id") {
        identity = identity.with_tink_id(u32::try_from(id).unwrap());
    }
    let info = file.bytes("info");
    let info = Info::raw(&info).unwrap();
    if file.maybe("psk").is_none() {
        return identity.open(info, &file.body);
    }
    let psk = Psk::new(&file.bytes("psk"), &file.bytes("psk-id")).unwrap();
    identity.open_psk(info, &psk, &file.body)
}

/// An outcome in the words of the kit.
fn verdict(outcome: &Outcome) -> String {
    match outcome {
        Ok(payload) => format!("opened {}", hex(&Sha256::digest(payload))),
        Err(Error::Malformed) => "malformed".into(),
        Err(Error::Policy) => "policy".into(),
        Err(Error::UnknownKey) => "unknown key".into(),
        Err(Error::NotAuthentic) => "not authentic".into(),
        Err(Error::Expired) => "expired".into(),
        Err(Error::NotYetValid) => "not yet valid".into(),
        Err(other) => format!("{other:?}"),
    }
}

fn expected(file: &File) -> String {
    let expect = file.one("expect");
    file.maybe("payload-sha256").map_or(expect.into(), |sha256| format!("{expect} {sha256}"))
}

#[test]
fn every_file_ends_as_it_says() {
    let (files, mut wrong) = (File::all(), Vec::new());
    let mut counts = BTreeMap::<_, [usize; 3]>::new();
    for file in &files {
        let format = FORMATS.iter().position(|format| *format == file.one("format")).expect("a format");
        assert!(
            file.name.starts_with(&format!("{}/", FORMATS[format])),
            "{} is in another folder",
            file.name
        );
        counts.entry(file.one("expect")).or_default()[format] += 1;
        for outcome in open(file) {
            if verdict(&outcome) != expected(file) {
                wrong.push(format!("{}: {}, not {}", file.name, verdict(&outcome), expected(file)));
            }
        }
    }
    let line = |name: &str, counts: [usize; 3]| {
        let [a, b, c] = counts;
        println!("{name:<16}{a:>10}{b:>10}{c:>10}{:>10}", a + b + c);
    };
    println!("{:<16}{:>10}{:>10}{:>10}{:>10}", "hostile files", FORMATS[0], FORMATS[1], FORMATS[2], "all");
    for (expect, counts) in &counts {
        line(expect, *counts);
    }
    let all = counts.values().fold([0; 3], |[a, b, c], [x, y, z]| [a + x, b + y, c + z]);
    line("files", all);
    let opened: usize = counts.get("opened").map_or(0, |counts| counts.iter().sum());
    println!(
        "{} files: {} refused, {opened} opened, in memory and as streams",
        files.len(),
        files.len() - opened
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(files.len() >= 390, "files are missing");
}

#[cfg(not(feature = "hazmat"))]
#[test]
fn without_hazmat_the_files_are_read_and_not_made_again() {
    println!("hostile: NOT RUN without the feature `hazmat`: that the generator makes these files");
}
