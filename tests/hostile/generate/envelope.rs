// SPDX-License-Identifier: MIT OR Apache-2.0
//! Envelopes, section 9.1: the header, and what happens to an envelope on the way.

use super::{
    FIELDS, MALFORMED, NOT_AUTHENTIC, PAYLOAD, POLICY, UNKNOWN_KEY, file,
    forge::{AES, CHACHA, Chunks, Entry, Header, Hpke, body_context, ctx, flip, payload_key, random},
    opens,
};
use crate::file::{File, hex};

pub(super) const CREATED: u64 = 1_790_000_000;
pub(super) const SIGNED: u8 = 1;
pub(super) const PADDED: u8 = 2;
const REQUEST: u8 = 4;

pub(super) fn header(flags: u8) -> Header {
    let start = [b'C', b'H', b'N', 1, 1, flags];
    let entries = vec![Entry::to("identity")];
    Header { start, count: None, entries, label: "envelope wrap", ctx: ctx(&FIELDS) }
}

pub(super) fn with(entries: Vec<Entry>) -> Header {
    Header { entries, ..header(0) }
}

pub(super) fn body(header: &[u8]) -> Chunks {
    Chunks::new(AES, &payload_key(), &body_context("envelope body", header, &ctx(&FIELDS)))
}

pub(super) fn created_at(created: u64) -> Vec<u8> {
    [&created.to_be_bytes(), PAYLOAD].concat()
}

pub(super) fn content() -> Vec<u8> {
    created_at(CREATED)
}

/// The header as it is, and a body that belongs to it.
pub(super) fn under(header: &[u8], content: &[u8]) -> Vec<u8> {
    [header, &body(header).seal(content)].concat()
}

pub(super) fn holds(flags: u8, content: &[u8]) -> Vec<u8> {
    under(&header(flags).bytes(), content)
}

pub(super) fn begins(header: &Header) -> Vec<u8> {
    under(&header.bytes(), &content())
}

pub(super) fn row(name: &str, expect: &str, comment: &str, body: Vec<u8>) -> File {
    file(&format!("envelope/{name}"), expect, comment, body)
        .with("aead", ["AES-256-GCM"])
        .with("identity", [hex(&random("identity"))])
        .with("sender", ["anyone"])
        .with("context", FIELDS.map(hex))
        .with("now", [CREATED.to_string()])
        .with("skew", ["60"])
}

pub(super) fn no(name: &str, comment: &str, body: Vec<u8>) -> File {
    row(name, NOT_AUTHENTIC, comment, body)
}

pub(super) fn yes(name: &str, comment: &str, payload: &[u8], body: Vec<u8>) -> File {
    opens(&row(name, "", comment, body), payload)
}

pub(super) fn files() -> Vec<File> {
    [opened(), headers(), entries(), cut(), keyrings(), changed()].concat()
}

fn opened() -> Vec<File> {
    let start = [b'C', b'H', b'N', 1, 2, 0];
    let entries = vec![Entry::For(Hpke::to(CHACHA, &random("identity"), b""), payload_key())];
    let chacha = Header { start, entries, ..header(0) }.bytes();
    let context = body_context("envelope body", &chacha, &ctx(&FIELDS));
    let sealed = Chunks::new(CHACHA, &payload_key(), &context).seal(&content());
    vec![
        yes("opens", "nothing is wrong", PAYLOAD, holds(0, &content())),
        yes("opens-chacha", "nothing is wrong", PAYLOAD, [chacha, sealed].concat())
            .with("aead", ["ChaCha20-Poly1305"]),
        yes("opens-empty", "a payload of nothing: eight bytes of content", b"", holds(0, &content()[..8])),
    ]
}

fn headers() -> Vec<File> {
    let start = |name: &str, expect: &str, comment: &str, at: usize, byte: u8| {
        let mut header = header(0);
        header.start[at] = byte;
        row(name, expect, &format!("{comment}, authentic"), begins(&header))
    };
    let count = |count| begins(&Header { count: Some(count), ..header(0) });
    let strangers = |n| (0..n).map(|id| Entry::Noise(0x0020, id, 32));
    let chacha = {
        // Everything of an identity for ChaCha20-Poly1305, under the number of the other suite.
        let entries = vec![Entry::For(Hpke::to(CHACHA, &random("identity"), b""), payload_key())];
        let header = with(entries).bytes();
        let context = body_context("envelope body", &header, &ctx(&FIELDS));
        [header, Chunks::new(CHACHA, &payload_key(), &context).seal(&content())].concat()
    };
    let flags = (3..8).map(|bit| {
        let flag: u8 = 1 << bit;
        start(&format!("flag-{flag:02x}"), MALFORMED, &format!("flag 0x{flag:02x}"), 5, flag)
    });
    let to_two = Header { entries: strangers(1).chain([Entry::to("identity")]).collect(), ..header(REQUEST) };
    let others = vec![
        start("magic", MALFORMED, "chn in the place of CHN", 0, b'c'),
        start("version-0", MALFORMED, "version 0", 3, 0),
        start("version-2", MALFORMED, "version 2", 3, 2),
        start("suite-0", MALFORMED, "suite 0", 4, 0),
        start("suite-3", MALFORMED, "suite 3", 4, 3),
        start(
            "suite-other",
            POLICY,
            "suite 2 for an identity of suite 1, and all of it sealed as suite 1",
            4,
            2,
        ),
        row(
            "suite-other-1",
            POLICY,
            "suite 1 for an identity of suite 2, and all of it sealed as suite 2",
            chacha,
        )
        .with("aead", ["ChaCha20-Poly1305"]),
        row("count-0", MALFORMED, "no entry", begins(&with(Vec::new()))),
        row("count-0-with-entry", MALFORMED, "one entry, and a count of 0", count(0)),
        row("count-33", MALFORMED, "33 entries, the last of them the recipient's", {
            begins(&with(strangers(32).chain([Entry::to("identity")]).collect()))
        }),
        row("count-255", MALFORMED, "a count of 255, and one entry", count(255)),
        row("count-too-high", MALFORMED, "a count of 2 and one entry: the body is no entry", count(2)),
        no("count-too-low", "a count of 1 and two entries: the second is taken for the body", {
            let entries = vec![Entry::to("identity"), Entry::Noise(0x0020, 1, 32)];
            begins(&Header { count: Some(1), ..with(entries) })
        }),
        row("request", POLICY, "a request, where none is expected", holds(REQUEST, &content())),
        row("request-to-two", MALFORMED, "a request with two entries", begins(&to_two)),
    ];
    flags.chain(others).collect()
}

fn entries() -> Vec<File> {
    let own = || Entry::to("identity");
    let noise = |kem, len| Entry::Noise(kem, 1, len);
    let bad = |name: &str, comment: &str, entries| row(name, MALFORMED, comment, begins(&with(entries)));
    let good = |name: &str, comment: &str, entries| yes(name, comment, PAYLOAD, begins(&with(entries)));
    let strangers = || (0..31).map(|id| Entry::Noise(0x0020, id, 32));
    vec![
        good("entry-stranger-before", "an entry for another stands before", vec![noise(0x0020, 32), own()]),
        good("entry-stranger-after", "an entry for another stands behind", vec![own(), noise(0x0020, 32)]),
        good("entry-last-of-32", "32 entries, ours is the last", strangers().chain([own()]).collect()),
        good(
            "entry-xwing-before",
            "an X-Wing entry of 1178 bytes stands before",
            vec![noise(0x647a, 1120), own()],
        ),
        good(
            "entry-xwing-after",
            "an X-Wing entry of 1178 bytes stands behind",
            vec![own(), noise(0x647a, 1120)],
        ),
        good("entry-one-id-two-kems", "the same id under two KEMs: not a repetition", {
            vec![noise(0x647a, 1120), noise(0x0020, 32), own()]
        }),
        bad("entry-twice", "the recipient's entry twice", vec![own(), own()]),
        bad(
            "entry-stranger-twice",
            "an entry for another twice",
            vec![own(), noise(0x0020, 32), noise(0x0020, 32)],
        ),
        bad(
            "entry-xwing-twice",
            "an X-Wing entry twice",
            vec![own(), noise(0x647a, 1120), noise(0x647a, 1120)],
        ),
        bad("entry-xwing-short", "an X-Wing entry with an enc of 32 bytes", vec![own(), noise(0x647a, 32)]),
        bad("entry-kem-0", "KEM 0x0000, with an enc of 32 bytes", vec![own(), noise(0, 32)]),
        bad("entry-kem-p256", "KEM 0x0010, which this version does not have", vec![own(), noise(0x0010, 65)]),
        bad("entry-kem-x448", "KEM 0x0021, which this version does not have", vec![own(), noise(0x0021, 56)]),
        bad("entry-kem-x448-of-32", "KEM 0x0021, with an enc of 32 bytes", vec![noise(0x0021, 32), own()]),
        bad(
            "entry-kem-little-endian",
            "KEM 0x2000: the code is little-endian",
            vec![own(), noise(0x2000, 32)],
        ),
        row("id-of-other-aead", UNKNOWN_KEY, "the id is that of the same key in the other suite", {
            let other = Hpke { aead: CHACHA, ..Hpke::to(AES, &random("identity"), b"") };
            begins(&with(vec![Entry::For(other, payload_key())]))
        }),
        row("id-stranger", UNKNOWN_KEY, "for another recipient", {
            begins(&with(vec![Entry::to("another identity")]))
        }),
        row(
            "id-zero",
            UNKNOWN_KEY,
            "an id of zeros: it names nobody",
            begins(&with(vec![Entry::Noise(0x0020, 0, 32)])),
        ),
        row("id-under-xwing", UNKNOWN_KEY, "the id is right, the KEM another", {
            let mut sealed = begins(&with(vec![noise(0x647a, 1120)]));
            sealed[9..17].copy_from_slice(&begins(&header(0))[9..17]);
            sealed
        }),
    ]
}

fn cut() -> Vec<File> {
    let whole = holds(0, &content());
    let to = |(len, comment): (usize, &str), expect: &str| {
        row(&format!("cut-to-{len:03}"), expect, &format!("cut: {comment}"), whole[..len].to_vec())
    };
    let header = [
        (0, "nothing there"),
        (4, "after the version"),
        (6, "before the count"),
        (7, "before the first entry"),
        (8, "in the KEM"),
        (9, "after the KEM"),
        (17, "after the id"),
        (49, "after enc"),
        (96, "in the wrap"),
    ];
    let body = [
        (97, "the header alone"),
        (121, "after the salt"),
        (152, "in the commitment"),
        (153, "no chunk"),
        (168, "15 bytes of a chunk: shorter than its tag"),
        (169, "16 bytes of a chunk: as long as the tag of an empty one"),
        (183, "the last byte missing"),
    ];
    let header = header.map(|cut| to(cut, MALFORMED));
    let body = body.map(|cut| to(cut, NOT_AUTHENTIC));
    let more = [
        no("longer-by-one", "a byte behind the body", [whole.as_slice(), &[0]].concat()),
        no("longer-by-16", "16 bytes behind the body", [whole.as_slice(), &[0; 16]].concat()),
        no("longer-by-itself", "the envelope twice", whole.repeat(2)),
    ];
    header.into_iter().chain(body).chain(more).collect()
}

/// Two entries, each for an identity that is held: the first is taken, and only that.
fn keyrings() -> Vec<File> {
    let both = |file: File| file.with("identity", ["identity", "second"].map(|name| hex(&random(name))));
    let broken = |name: &str| {
        let hpke = Hpke::to(AES, &random(name), b"");
        Entry::For(Hpke { sequence: 1, ..hpke }, payload_key())
    };
    vec![
        both(no(
            "two-identities-first-broken",
            "both are held: the first entry does not open, the second would",
            begins(&with(vec![broken("identity"), Entry::to("second")])),
        )),
        both(yes("two-identities-second-broken", "both are held: the first entry opens", PAYLOAD, {
            begins(&with(vec![Entry::to("identity"), broken("second")]))
        })),
        both(yes(
            "two-identities-second-named",
            "two are held: the only entry is for the second",
            PAYLOAD,
            begins(&with(vec![Entry::to("second")])),
        )),
    ]
}

fn changed() -> Vec<File> {
    let whole = holds(0, &content());
    let set = |at: usize, byte: u8| {
        let mut bytes = whole.clone();
        bytes[at] = byte;
        bytes
    };
    let bit = |name: &str, at| no(&format!("changed-{name}"), "one bit changed on the way", flip(&whole, at));
    vec![
        row("changed-id", UNKNOWN_KEY, "one bit changed on the way", flip(&whole, 9)),
        row("changed-kem", MALFORMED, "the KEM became X-Wing on the way: the entry is too short", {
            let mut bytes = whole.clone();
            bytes[7..9].copy_from_slice(&[0x64, 0x7a]);
            bytes
        }),
        no("changed-flag-padded", "PADDED was set on the way", set(5, PADDED)),
        row("changed-flag-request", POLICY, "REQUEST was set on the way", set(5, REQUEST)),
        bit("enc", 17),
        bit("wrap", 49),
        bit("wrap-tag", 96),
        bit("salt", 97),
        bit("salt-end", 120),
        bit("commitment", 121),
        bit("commitment-end", 152),
        bit("ciphertext", 153),
        bit("tag", -16),
        bit("tag-end", -1),
    ]
}
