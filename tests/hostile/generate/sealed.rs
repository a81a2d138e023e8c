// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sealed messages, section 7, and the chunked encryption of section 6 in its shortest frame.

use super::{
    FIELDS, MALFORMED, NOT_AUTHENTIC, PAYLOAD, UNKNOWN_KEY, file, forge,
    forge::{AES, CHACHA, Chunks, ctx, flip, label, random, sha256},
    opens,
};
use crate::file::{File, hex};
use chancery::{hazmat::Aead, mac::Hash};

const FULL: usize = 16_384;

/// `P`: the version byte and the id that the key has under this AEAD.
fn prefix(aead: Aead, key: &[u8; 32]) -> Vec<u8> {
    let id = forge::expand(Hash::Sha512, key, &[&label("key-id"), aead.name().as_bytes()], 8);
    [vec![0xC1], id].concat()
}

fn own_prefix() -> Vec<u8> {
    prefix(AES, &random("key"))
}

/// The chunks under `P`, this label and these fields.
fn chunks_for(prefix: &[u8], purpose: &str, fields: &[&[u8]]) -> Chunks {
    Chunks::new(AES, &random("key"), &sha256(&[&label(purpose), prefix, &ctx(fields)]))
}

fn chunks() -> Chunks {
    chunks_for(&own_prefix(), "sealed", &FIELDS)
}

/// Sealed under another prefix, which is authentic like the rest.
fn begins_with(prefix: &[u8]) -> Vec<u8> {
    [prefix, &chunks_for(prefix, "sealed", &FIELDS).seal(PAYLOAD)].concat()
}

/// For another label or other fields.
fn is_for(purpose: &str, fields: &[&[u8]]) -> Vec<u8> {
    [own_prefix(), chunks_for(&own_prefix(), purpose, fields).seal(PAYLOAD)].concat()
}

fn of(body: &[u8]) -> Vec<u8> {
    [&own_prefix(), body].concat()
}

/// One and two full chunks of different bytes.
fn full(n: u8) -> Vec<u8> {
    vec![n; FULL]
}

fn row(name: &str, expect: &str, comment: &str, body: Vec<u8>) -> File {
    file(&format!("sealed/{name}"), expect, comment, body)
        .with("aead", ["AES-256-GCM"])
        .with("key", [hex(&random("key"))])
        .with("context", FIELDS.map(hex))
}

fn no(name: &str, comment: &str, body: Vec<u8>) -> File {
    row(name, NOT_AUTHENTIC, comment, body)
}

fn yes(name: &str, comment: &str, payload: &[u8], body: Vec<u8>) -> File {
    opens(&row(name, "", comment, body), payload)
}

pub(super) fn files() -> Vec<File> {
    [opened(), prefixes(), cut(), contexts(), changed(), chunked()].concat()
}

fn opened() -> Vec<File> {
    let chacha = prefix(CHACHA, &random("key"));
    let context = sha256(&[&label("sealed"), &chacha, &ctx(&FIELDS)]);
    let chacha = [chacha, Chunks::new(CHACHA, &random("key"), &context).seal(PAYLOAD)].concat();
    let many: Vec<&[u8]> = vec![b"", b"x", b"", b"\xff\x00", b"", b"6", b"7", b"8", b"9", b"a", b"b", b"c"];
    let many: Vec<&[u8]> = [many, vec![b"d", b"e", b"", b""]].concat();
    vec![
        yes("opens", "nothing is wrong", PAYLOAD, is_for("sealed", &FIELDS)),
        yes("opens-chacha", "nothing is wrong", PAYLOAD, chacha).with("aead", ["ChaCha20-Poly1305"]),
        yes("opens-empty", "a message of nothing is one empty chunk", b"", of(&chunks().seal(b""))),
        yes("opens-one-byte", "the shortest message with a byte in it", b"1", of(&chunks().seal(b"1"))),
        yes("opens-16-fields", "16 fields, empty ones among them", PAYLOAD, is_for("sealed", &many))
            .with("context", many.iter().map(|field| hex(field))),
        yes(
            "opens-full-chunk",
            "16384 bytes are a full chunk and an empty one",
            &full(7),
            of(&chunks().seal(&full(7))),
        ),
    ]
}

fn prefixes() -> Vec<File> {
    let at = |at: usize, byte: u8| {
        let mut prefix = own_prefix();
        prefix[at] = byte;
        begins_with(&prefix)
    };
    let changed_id = [vec![0xC1], flip(&own_prefix()[1..], 7)].concat();
    let without = [own_prefix()[1..].to_vec(), chunks().seal(PAYLOAD)].concat();
    vec![
        row("version-c0", MALFORMED, "begins with 0xC0, authentic", at(0, 0xC0)),
        row("version-response", MALFORMED, "begins with 0xC2 as a response does, authentic", at(0, 0xC2)),
        row("version-missing", MALFORMED, "the first byte is missing", without),
        row("id-other", UNKNOWN_KEY, "one bit of the key id is another, authentic", begins_with(&changed_id)),
        row(
            "id-zero",
            UNKNOWN_KEY,
            "a key id of zeros, authentic: an id names a key and none means any",
            begins_with(&[0xC1, 0, 0, 0, 0, 0, 0, 0, 0]),
        ),
        row(
            "id-of-other-aead",
            UNKNOWN_KEY,
            "the id that the same 32 bytes have as a key for the other AEAD",
            begins_with(&prefix(CHACHA, &random("key"))),
        ),
        row("key-other", UNKNOWN_KEY, "sealed with another key", is_for("sealed", &FIELDS))
            .with("key", [hex(&random("another key"))]),
        row(
            "aead-other",
            UNKNOWN_KEY,
            "the same 32 bytes, as a key for the other AEAD",
            is_for("sealed", &FIELDS),
        )
        .with("aead", ["ChaCha20-Poly1305"]),
    ]
}

fn cut() -> Vec<File> {
    let whole = is_for("sealed", &FIELDS);
    let malformed = |len: usize, where_: &str| {
        row(&format!("cut-to-{len:02}"), MALFORMED, &format!("cut: {where_}"), whole[..len].to_vec())
    };
    let not_authentic = |len: usize, where_: &str| {
        no(&format!("cut-to-{len:02}"), &format!("cut: {where_}"), whole[..len].to_vec())
    };
    vec![
        malformed(0, "nothing there"),
        malformed(1, "the first byte alone"),
        malformed(8, "in the key id"),
        malformed(9, "after the key id"),
        malformed(33, "after the salt"),
        malformed(64, "in the commitment"),
        not_authentic(65, "after the commitment: no chunk"),
        not_authentic(66, "one byte of a chunk"),
        not_authentic(80, "15 bytes of a chunk: shorter than its tag"),
        not_authentic(81, "16 bytes of a chunk: as long as the tag of an empty one"),
        not_authentic(87, "the last byte missing"),
    ]
}

fn contexts() -> Vec<File> {
    let own = own_prefix();
    let under = |context: &[u8]| of(&Chunks::new(AES, &random("key"), context).seal(PAYLOAD));
    let label_of = |purpose: &str| {
        no(
            &format!("label-{purpose}"),
            &format!("sealed for L(\"{purpose}\") in the place of L(\"sealed\")"),
            is_for(purpose, &FIELDS),
        )
    };
    let fields = |name: &str, comment: &str, fields: &[&[u8]]| no(name, comment, is_for("sealed", fields));
    vec![
        label_of("keyring"),
        label_of("field"),
        label_of("kms"),
        label_of("envelope body"),
        no("label-missing", "no label", under(&sha256(&[&own, &ctx(&FIELDS)]))),
        no("label-without-nul", "the label without its 0x00", {
            under(&sha256(&[b"chancery/v1 sealed", &own, &ctx(&FIELDS)]))
        }),
        no(
            "prefix-not-bound",
            "the digest does not hold P",
            under(&sha256(&[&label("sealed"), &ctx(&FIELDS)])),
        ),
        no("context-not-bound", "the digest does not hold CTX", under(&sha256(&[&label("sealed"), &own]))),
        no(
            "context-not-hashed",
            "the context of the chunks is what should have been hashed",
            under(&[label("sealed"), own, ctx(&FIELDS).to_vec()].concat()),
        ),
        fields("context-split", "the fields are divided elsewhere", &[b"orderv", b"1"]),
        fields("context-joined", "the fields are one", &[b"orderv1"]),
        fields("context-swapped", "the fields are in another order", &[b"v1", b"order"]),
        fields("context-shorter", "a field less", &[b"order"]),
        fields("context-longer", "an empty field more", &[b"order", b"v1", b""]),
    ]
}

fn changed() -> Vec<File> {
    let whole = is_for("sealed", &FIELDS);
    let bit = |name: &str, at| no(&format!("changed-{name}"), "one bit changed", flip(&whole, at));
    let committed = |commitment: Vec<u8>| of(&chunks().committed_to(commitment).seal(PAYLOAD));
    let own = || sha256(&[&label("sealed"), &own_prefix(), &ctx(&FIELDS)]);
    let other = || Chunks::new(AES, &random("another key"), &own());
    let mut half = chunks().commitment;
    half[16..].fill(0);
    vec![
        bit("salt", 9),
        bit("salt-end", 32),
        bit("commitment", 33),
        bit("commitment-end", 64),
        bit("ciphertext", 65),
        bit("tag", -16),
        bit("tag-end", -1),
        no(
            "commitment-of-another-key",
            "the chunk is authentic under this key, the commitment is that of another",
            committed(other().commitment),
        ),
        no("commitment-half", "only the first half of the commitment is there", committed(half)),
        no("commitment-of-zeros", "no commitment", committed(vec![0; 32])),
        no(
            "commitment-to-another-chunk",
            "the commitment is that of this key, the chunk is authentic under another",
            of(&[chunks().start(), other().chunk(0, PAYLOAD)].concat()),
        ),
        no(
            "cipher-other",
            "the chunk is sealed with ChaCha20-Poly1305, with the key id of an AES key",
            of(&Chunks::named(CHACHA, AES.name(), &random("key"), &own()).seal(PAYLOAD)),
        ),
        no(
            "cipher-name-other",
            "AES, with keys that are derived under the name of ChaCha20-Poly1305",
            of(&Chunks::named(AES, CHACHA.name(), &random("key"), &own()).seal(PAYLOAD)),
        ),
        no("longer-by-one", "a byte behind the last chunk", [whole.as_slice(), &[0]].concat()),
        no("longer-by-16", "16 bytes behind the last chunk", [whole.as_slice(), &[0; 16]].concat()),
    ]
}

fn chunked() -> Vec<File> {
    let c = chunks();
    let (short, empty) = (c.chunk(0, PAYLOAD), c.chunk(1, b""));
    vec![
        no("chunk-none", "salt and commitment, and no chunk", of(&c.start())),
        no("chunk-counted-from-1", "the first chunk has number 1", of(&c.of(&[c.chunk(1, PAYLOAD)]))),
        no("chunk-after-last", "an authentic second chunk behind a short one", {
            of(&c.of(&[short.clone(), c.chunk(1, b"more")]))
        }),
        no(
            "chunk-empty-after-last",
            "an authentic empty chunk behind a short one",
            of(&c.of(&[short, empty])),
        ),
        no("chunk-empty-first", "an empty chunk before the last", {
            of(&c.of(&[c.chunk(0, b""), c.chunk(1, PAYLOAD)]))
        }),
        no(
            "chunk-full-last",
            "the last chunk is full: cut at the boundary",
            of(&c.of(&[c.chunk(0, &full(1))])),
        ),
        no("chunk-overlong", "one chunk of 16385 bytes", {
            of(&c.of(&[c.chunk(0, &[full(1), vec![1]].concat())]))
        }),
        no("chunk-first-missing", "the first chunk is missing: what is left has number 1", {
            of(&c.of(&[c.chunk(1, b"last")]))
        }),
        no("chunk-number-repeated", "the second chunk has number 0 again", {
            of(&c.of(&[c.chunk(0, &full(1)), c.chunk(0, b"last")]))
        }),
        no("chunk-left-out", "number 1 is left out between full chunk 0 and last chunk 2", {
            of(&c.of(&[c.chunk(0, &full(1)), c.chunk(2, b"last")]))
        }),
        no("chunk-little-endian", "the numbers of the chunks are little-endian", {
            of(&c.of(&[c.chunk(0, &full(1)), c.chunk(1 << 88, b"last")]))
        }),
        no("chunk-last-changed", "the first chunk is authentic, the last is not", {
            flip(&of(&c.of(&[c.chunk(0, &full(1)), c.chunk(1, b"last")])), -1)
        }),
        no("chunk-last-too-short", "a full chunk and 15 bytes", {
            let sealed = of(&c.seal(&full(1)));
            sealed[..sealed.len() - 1].to_vec()
        }),
        no("chunk-repeated", "the first of two full chunks in the place of both", {
            of(&c.of(&[c.chunk(0, &full(1)), c.chunk(0, &full(1)), c.chunk(2, b"last")]))
        }),
        no("chunk-swapped", "two full chunks swapped", {
            of(&c.of(&[c.chunk(1, &full(2)), c.chunk(0, &full(1)), c.chunk(2, b"last")]))
        }),
    ]
}
