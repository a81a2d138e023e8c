// SPDX-License-Identifier: MIT OR Apache-2.0
//! Envelopes, section 9, but for their signatures.

use super::{
    EXPIRED, FIELDS, MALFORMED, NOT_AUTHENTIC, NOT_YET_VALID, PAYLOAD, POLICY, UNKNOWN_KEY, file,
    forge::{
        AES, CHACHA, Chunks, Entry, Header, Hpke, body_context, ctx, flip, label, low_order, payload_key,
        random, sha256, top_bit,
    },
    opens,
};
use crate::file::{File, hex};
use chancery::hazmat;

pub(super) const CREATED: u64 = 1_790_000_000;
pub(super) const SIGNED: u8 = 1;
pub(super) const PADDED: u8 = 2;
const REQUEST: u8 = 4;

pub(super) fn header(flags: u8) -> Header {
    let start = [b'C', b'H', b'N', 1, 1, flags];
    let entries = vec![Entry::to("identity")];
    Header { start, count: None, entries, label: "envelope wrap", ctx: ctx(&FIELDS) }
}

fn with(entries: Vec<Entry>) -> Header {
    Header { entries, ..header(0) }
}

pub(super) fn body(header: &[u8]) -> Chunks {
    Chunks::new(AES, &payload_key(), &body_context("envelope body", header, &ctx(&FIELDS)))
}

fn created_at(created: u64) -> Vec<u8> {
    [&created.to_be_bytes(), PAYLOAD].concat()
}

fn content() -> Vec<u8> {
    created_at(CREATED)
}

/// The header as it is, and a body that belongs to it.
pub(super) fn under(header: &[u8], content: &[u8]) -> Vec<u8> {
    [header, &body(header).seal(content)].concat()
}

pub(super) fn holds(flags: u8, content: &[u8]) -> Vec<u8> {
    under(&header(flags).bytes(), content)
}

fn begins(header: &Header) -> Vec<u8> {
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
    let parts = [opened(), headers(), entries(), cut(), keyrings(), encs(), wraps(), insiders(), bodies()];
    [parts.concat(), contexts(), changed(), padding(), times()].concat()
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
            let mut header = begins(&with(vec![noise(0x647a, 1120)]));
            header[9..17].copy_from_slice(&begins(&super::envelope::header(0))[9..17]);
            header
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

/// An entry that this HPKE message is, as the whole header.
fn wrapped(hpke: Hpke) -> Vec<u8> {
    begins(&with(vec![Entry::For(hpke, payload_key())]))
}

fn own() -> Hpke {
    Hpke::to(AES, &random("identity"), b"")
}

fn encs() -> Vec<File> {
    let low = |(i, enc): (usize, [u8; 32])| {
        let comment = "enc is of small order: the shared secret is zero, and the rest authentic under it";
        no(&format!("enc-low-order-{i:02}"), comment, wrapped(own().with_enc(enc, [0; 32])))
    };
    let mut above_p = [0xff; 32];
    (above_p[0], above_p[31]) = (0xf6, 0x7f);
    let Hpke { public, enc, dh, .. } = own();
    let sent_otherwise = Hpke { enc: top_bit(enc), ..own() };
    let special = [
        yes(
            "enc-not-canonical",
            "enc is p + 9: RFC 7748, section 5, has it accepted, and it enters the schedule as it is",
            PAYLOAD,
            wrapped(own().with_enc(above_p, public)),
        ),
        yes(
            "enc-top-bit",
            "enc has its top bit set by the sealer: X25519 ignores it, and it enters the schedule as it is",
            PAYLOAD,
            wrapped(own().with_enc(top_bit(enc), dh)),
        ),
        no(
            "enc-top-bit-changed",
            "enc has another top bit than in the schedule: the same point, other bytes",
            wrapped(sent_otherwise),
        ),
    ];
    low_order().into_iter().enumerate().map(low).chain(special).collect()
}

fn wraps() -> Vec<File> {
    let wrap = |name: &str, comment: &str, hpke: Hpke| no(&format!("wrap-{name}"), comment, wrapped(hpke));
    let labelled = |name: &str, label| {
        no(
            &format!("wrap-{name}"),
            "the info of the wrap has another label",
            begins(&Header { label, ..header(0) }),
        )
    };
    let two = with(vec![Entry::to("identity"), Entry::to("second")]).bytes();
    let (first, second) = (&two[7..97], &two[97..]);
    let swapped = [&two[..7], &first[..10], &second[10..], &second[..10], &first[10..]].concat();
    let foreign = {
        let mut header = with(vec![own_entry(), Entry::Noise(0x0020, 1, 32)]).bytes();
        let sealed = under(&header, &content());
        header[186] ^= 1;
        [header.clone(), sealed[header.len()..].to_vec()].concat()
    };
    vec![
        wrap("aad", "the AAD of the wrap is not empty", Hpke { aad: b"aad".to_vec(), ..own() }),
        wrap("sequence-1", "the wrap is the second message of its context", Hpke { sequence: 1, ..own() }),
        wrap("psk-mode", "the wrap is in PSK mode", {
            Hpke { mode: 1, psk: random("psk").to_vec(), psk_id: b"psk id".to_vec(), ..own() }
        }),
        wrap("auth-mode", "the mode of the wrap is 0x02, Auth", Hpke { mode: 2, ..own() }),
        wrap("aead-code", "the schedule of the wrap names the AEAD of the other suite", {
            Hpke { codes: [0x0020, 1, 3], ..own() }
        }),
        wrap("kem-context-without-public", "the KEM's context is enc without the recipient's key", {
            let enc = own().enc.to_vec();
            Hpke { kem_context: enc, ..own() }
        }),
        labelled("label-hpke", "hpke"),
        labelled("label-body", "envelope body"),
        no("wrap-other-context", "the wrap is for another context, the body for the right one", {
            begins(&Header { ctx: ctx(&[b"order", b"v2"]), ..header(0) })
        }),
        no("wraps-swapped", "the wraps of two recipients are swapped, the body belongs to that header", {
            under(&swapped, &content())
        }),
        no("wrap-of-stranger-changed", "a bit of another's wrap changed on the way: HH is another", foreign),
    ]
}

fn own_entry() -> Entry {
    Entry::to("identity")
}

/// What a recipient, who knows the payload key, can do to the header: the body is new and belongs to it.
fn insiders() -> Vec<File> {
    let two = with(vec![own_entry(), Entry::to("second")]).bytes();
    let padded = {
        let mut header = header(0).bytes();
        header[5] = PADDED;
        let content = padded_content(256, 7, PAYLOAD);
        under(&header, &content)
    };
    let noise = Header { entries: vec![own_entry(), Entry::Noise(0x0020, 1, 32)], ..header(0) }.bytes();
    let alone = header(0).bytes();
    let first = |count: u8, rest: &[&[u8]]| [&two[..6], &[count], rest.concat().as_slice()].concat();
    vec![
        no(
            "insider-new-flag",
            "a recipient sets PADDED and writes a new body: the wrap binds the flags",
            padded,
        ),
        no("insider-drops-recipient", "a recipient drops another: the wrap binds the recipients", {
            under(&first(1, &[&two[7..97]]), &content())
        }),
        no("insider-swaps-recipients", "a recipient swaps the entries: the wrap binds their order", {
            under(&first(2, &[&two[97..], &two[7..97]]), &content())
        }),
        no("insider-adds-recipient", "a recipient adds another: the wrap binds the recipients", {
            under(&[&alone[..6], &[2], &alone[7..], &noise[97..]].concat(), &content())
        }),
    ]
}

fn bodies() -> Vec<File> {
    let h = header(0).bytes();
    let in_context =
        |context: [u8; 32]| [h.clone(), Chunks::new(AES, &payload_key(), &context).seal(&content())].concat();
    let own_context = || body_context("envelope body", &h, &ctx(&FIELDS));
    let with_key = |key: &[u8; 32]| Chunks::new(AES, key, &own_context());
    let of = |body: Vec<u8>| [h.clone(), body].concat();
    let rewrapped =
        with(vec![Entry::For(own().with_enc(top_bit(own().enc), own().dh), payload_key())]).bytes();
    let c = body(&h);
    // To the second recipient another key was given, under which the chunk is authentic.
    let two_keys = {
        let second = Hpke::to(AES, &random("second"), b"");
        let header = with(vec![Entry::For(second, random("second key")), own_entry()]).bytes();
        let context = body_context("envelope body", &header, &ctx(&FIELDS));
        let committed = Chunks::new(AES, &random("second key"), &context).commitment;
        [header.clone(), body(&header).committed_to(committed).seal(&content())].concat()
    };
    let named = |aead, name: &str| Chunks::named(aead, name, &payload_key(), &own_context()).seal(&content());
    vec![
        no(
            "body-of-other-header",
            "the payload key was wrapped again, and the body is that of the first header",
            [rewrapped, c.seal(&content())].concat(),
        ),
        no(
            "body-of-other-key",
            "the body of an envelope with another payload key",
            of(with_key(&random("other")).seal(&content())),
        ),
        no("body-label", "the context of the body has the label of the wrap", {
            in_context(body_context("envelope wrap", &h, &ctx(&FIELDS)))
        }),
        no("body-other-context", "the body is for another context, the wrap for the right one", {
            in_context(body_context("envelope body", &h, &ctx(&[b"order", b"v2"])))
        }),
        no("body-without-context", "the context of the body does not hold CTX", {
            in_context(sha256(&[&label("envelope body"), &sha256(&[&h])]))
        }),
        no("body-without-header", "the context of the body does not hold HH", {
            in_context(sha256(&[&label("envelope body"), &ctx(&FIELDS)]))
        }),
        no(
            "body-cipher-other",
            "the body is sealed with the AEAD of the other suite",
            of(named(CHACHA, CHACHA.name())),
        ),
        no("body-cipher-name-other", "the keys of the body are derived under the name of the other AEAD", {
            of(named(AES, CHACHA.name()))
        }),
        no(
            "commitment-to-other-recipients-key",
            "two recipients have two keys: the chunk is authentic under ours, \
            the commitment is that of the other's",
            two_keys,
        ),
        no("commitment-of-zeros", "no commitment, and the chunk is authentic", {
            of(body(&h).committed_to(vec![0; 32]).seal(&content()))
        }),
        no("chunk-counted-from-1", "the first chunk has number 1", of(c.of(&[c.chunk(1, &content())]))),
        no("chunk-after-last", "an authentic second chunk behind a short one", {
            of(c.of(&[c.chunk(0, &content()), c.chunk(1, b"more")]))
        }),
        no("chunk-empty-after-last", "an authentic empty chunk behind a short one", {
            of(c.of(&[c.chunk(0, &content()), c.chunk(1, b"")]))
        }),
        no("chunk-full-last", "the last chunk is full: cut at the boundary", {
            of(c.of(&[c.chunk(0, &[content(), vec![0; 16_384 - 15]].concat())]))
        }),
        no("content-empty", "no content", of(c.seal(b""))),
        no("content-7", "7 bytes of content: created is cut", of(c.seal(&content()[..7]))),
    ]
}

fn contexts() -> Vec<File> {
    let sealed_for = |name: &str, comment: &str, fields: &[&[u8]]| {
        let header = Header { ctx: ctx(fields), ..header(0) }.bytes();
        let context = body_context("envelope body", &header, &ctx(fields));
        no(name, comment, [header, Chunks::new(AES, &payload_key(), &context).seal(&content())].concat())
    };
    vec![
        sealed_for("context-split", "sealed with the fields divided elsewhere", &[b"orderv", b"1"]),
        sealed_for("context-joined", "sealed with the fields in one", &[b"orderv1"]),
        sealed_for("context-swapped", "sealed with the fields in another order", &[b"v1", b"order"]),
        sealed_for("context-shorter", "sealed with a field less", &[b"order"]),
        sealed_for("context-longer", "sealed with an empty field more", &[b"order", b"v1", b""]),
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

/// `created || n || payload`, and zeros up to `total`.
fn padded_content(total: usize, n: u64, payload: &[u8]) -> Vec<u8> {
    let mut content = [&CREATED.to_be_bytes(), &n.to_be_bytes(), payload].concat();
    content.resize(total, 0);
    content
}

fn padding() -> Vec<File> {
    let padded = |total, n, payload: &[u8]| holds(PADDED, &padded_content(total, n, payload));
    let edge = |n: usize, total: usize| {
        let comment = format!("{n} bytes are padded to {total} bytes of content");
        let payload = vec![0x2e; n];
        yes(&format!("padded-{n:04}"), &comment, &payload, padded(total, n as u64, &payload))
    };
    let total = |name: &str, comment: &str, total, n: usize| {
        no(&format!("padded-{name}"), comment, padded(total, n as u64, &vec![0x2e; n]))
    };
    let claimed = |name: &str, n: u64| {
        let comment = format!("7 bytes in 256, and n is {n}");
        no(&format!("padded-n-{name}"), &comment, padded(256, n, PAYLOAD))
    };
    let nonzero = |name: &str, at: usize| {
        let mut content = padded_content(256, 7, PAYLOAD);
        content[at] = 0x80;
        no(&format!("padded-nonzero-{name}"), "a byte of the padding is not zero", holds(PADDED, &content))
    };
    vec![
        edge(0, 256),
        edge(239, 256),
        edge(240, 256),
        edge(241, 272),
        edge(496, 512),
        edge(497, 544),
        edge(1008, 1024),
        edge(1009, 1088),
        yes(
            "padded-n-8",
            "7 bytes in 256, and n is 8: a zero is of the payload, as the sender says",
            b"payload\0",
            padded(256, 8, PAYLOAD),
        ),
        total("255", "7 bytes are padded to 255", 255, 7),
        total("257", "7 bytes are padded to 257", 257, 7),
        total("272", "7 bytes are padded to the next step but one", 272, 7),
        total("241-in-257", "241 bytes are not padded", 257, 241),
        total("241-in-271", "241 bytes are padded to 271, not 272", 271, 241),
        total("241-in-273", "241 bytes are padded to 273, not 272", 273, 241),
        total("241-in-512", "241 bytes are padded to a power of two", 512, 241),
        total("497-in-528", "497 bytes are padded in steps of 16, not 32", 528, 497),
        total("not-at-all", "7 bytes are not padded", 23, 7),
        claimed("6", 6),
        claimed("241", 241),
        claimed("2-32", (1 << 32) + 7),
        claimed("2-63", 1 << 63),
        claimed("2-64-16", u64::MAX - 15),
        claimed("2-64-1", u64::MAX),
        nonzero("first", 23),
        nonzero("middle", 140),
        nonzero("last", 255),
        no("padded-content-15", "15 bytes of padded content: n is cut", {
            holds(PADDED, &padded_content(15, 0, b""))
        }),
        no("padded-content-8", "8 bytes of padded content: no n", holds(PADDED, &content()[..8])),
    ]
}

fn times() -> Vec<File> {
    let at = |file: File, now: u64, skew: u64, age: Option<u64>| {
        let file = file.with("now", [now.to_string()]).with("skew", [skew.to_string()]);
        file.with("max-age", age.map(|age| age.to_string()))
    };
    let made = |created| holds(0, &created_at(created));
    let good = |name: &str, comment: &str, created, now, skew, age| {
        at(yes(&format!("time-{name}"), comment, PAYLOAD, made(created)), now, skew, age)
    };
    let bad = |name: &str, expect: &str, comment: &str, created, now, skew, age| {
        at(row(&format!("time-{name}"), expect, comment, made(created)), now, skew, age)
    };
    let (c, max) = (CREATED, u64::MAX);
    vec![
        good("last-second", "in the last second of its age", c, c + 300, 60, Some(300)),
        bad("a-second-too-old", EXPIRED, "a second older than the maximum age", c, c + 301, 60, Some(300)),
        good("first-second", "ahead by the whole skew", c, c - 60, 60, Some(300)),
        bad(
            "a-second-too-early",
            NOT_YET_VALID,
            "ahead by a second more than the skew",
            c,
            c - 61,
            60,
            Some(300),
        ),
        bad("ahead-without-skew", NOT_YET_VALID, "a second ahead, and no skew", c, c - 1, 0, None),
        good("same-without-skew", "made now; no skew, and a maximum age of 0", c, c, 0, Some(0)),
        bad(
            "old-by-one-of-0",
            EXPIRED,
            "a second old, and a maximum age of 0: the skew does not count",
            c,
            c + 1,
            60,
            Some(0),
        ),
        good("any-age", "sixty years old, and no maximum age", 1, c, 60, None),
        good("zero", "created is 0, and no maximum age", 0, c, 60, None),
        bad("zero-too-old", EXPIRED, "created is 0", 0, c, 60, Some(300)),
        good("now-below-age", "now is less than the maximum age: it saturates at 0", 0, 100, 60, Some(300)),
        bad("max", NOT_YET_VALID, "created is 2^64 - 1", max, c, 60, Some(300)),
        bad("2-63", NOT_YET_VALID, "created is 2^63", 1 << 63, c, 60, Some(300)),
        good("max-now-max", "created and now are 2^64 - 1: sums saturate", max, max, 60, Some(300)),
        good(
            "max-by-skew",
            "created is 2^64 - 1, and now + skew is that: sums saturate",
            max,
            max - 30,
            60,
            Some(300),
        ),
        good("age-max", "the maximum age is 2^64 - 1: sums saturate", c, c + 300, 60, Some(max)),
        good("skew-max", "the skew is 2^64 - 1: sums saturate", c, c - 300, max, None),
    ]
}

#[test]
fn x25519_of_the_base_point_is_the_public_key() {
    let Hpke { public, .. } = own();
    let mut above_p = [0xff; 32];
    (above_p[0], above_p[31]) = (0xf6, 0x7f);
    assert_eq!(hazmat::x25519(&random("identity"), &above_p).unwrap().expose_secret(), public);
}
