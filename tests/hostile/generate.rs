// SPDX-License-Identifier: MIT OR Apache-2.0
//! What makes the kit. A new file is a line in one of the lists; `CHANCERY_WRITE_HOSTILE=1` writes it.

mod content;
mod envelope;
mod forge;
mod hpke;
mod sealed;
mod signature;
mod wrap;

use crate::file::{File, hex};
use std::fs;

const PAYLOAD: &[u8] = b"payload";
const FIELDS: [&[u8]; 2] = [b"order", b"v1"];

const MALFORMED: &str = "malformed";
const POLICY: &str = "policy";
const UNKNOWN_KEY: &str = "unknown key";
const NOT_AUTHENTIC: &str = "not authentic";
const EXPIRED: &str = "expired";
const NOT_YET_VALID: &str = "not yet valid";

/// A file whose `name` begins with its format, without the fields of keys and context.
fn file(name: &str, expect: &str, comment: &str, body: Vec<u8>) -> File {
    let (format, _) = name.split_once('/').unwrap();
    File::new(name, body).with("expect", [expect]).with("format", [format]).with("comment", [comment])
}

fn opens(file: &File, payload: &[u8]) -> File {
    file.clone().with("expect", ["opened"]).with("payload-sha256", [hex(&forge::sha256(&[payload]))])
}

#[test]
fn the_files_are_what_the_generator_makes_and_there_is_no_other() {
    let envelopes = [envelope::files(), wrap::files(), content::files(), signature::files()].concat();
    let mut made = [envelopes, sealed::files(), hpke::files()].concat();
    made.sort_by_key(File::path);
    assert!(made.windows(2).all(|pair| pair[0].name != pair[1].name), "two files of one name");
    if std::env::var_os("CHANCERY_WRITE_HOSTILE").is_some() {
        for file in &made {
            fs::create_dir_all(file.path().parent().unwrap()).unwrap();
            fs::write(file.path(), file.text()).unwrap();
        }
    }
    for file in &made {
        let text = fs::read_to_string(file.path()).unwrap_or_default();
        assert!(text == file.text(), "{} is not what the generator makes", file.name);
        assert_eq!(File::parse(&file.name, &text).as_ref(), Ok(file), "{}", file.name);
    }
    let names = |files: &[File]| files.iter().map(|file| file.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&File::all()), names(&made), "a file that the generator does not make");
}
