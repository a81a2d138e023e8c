// SPDX-License-Identifier: MIT OR Apache-2.0
//! Envelopes, sections 9.3 and 9.4 and step 7 of section 10: body, content, padding, time.

use super::{
    EXPIRED, FIELDS, NOT_YET_VALID, PAYLOAD,
    envelope::{CREATED, PADDED, body, content, created_at, header, holds, no, row, with, yes},
    forge::{
        AES, CHACHA, Chunks, Entry, Header, Hpke, body_context, ctx, label, payload_key, random, sha256,
        top_bit,
    },
};
use crate::file::File;

pub(super) fn files() -> Vec<File> {
    [bodies(), contexts(), padding(), times()].concat()
}

fn bodies() -> Vec<File> {
    let h = header(0).bytes();
    let in_context =
        |context: [u8; 32]| [h.clone(), Chunks::new(AES, &payload_key(), &context).seal(&content())].concat();
    let own_context = || body_context("envelope body", &h, &ctx(&FIELDS));
    let with_key = |key: &[u8; 32]| Chunks::new(AES, key, &own_context());
    let of = |body: Vec<u8>| [h.clone(), body].concat();
    let own = Hpke::to(AES, &random("identity"), b"");
    let other_enc = own.clone().with_enc(top_bit(own.enc), own.dh);
    let rewrapped = with(vec![Entry::For(other_enc, payload_key())]).bytes();
    let c = body(&h);
    // To the second recipient another key was given, under which the chunk is authentic.
    let two_keys = {
        let second = Hpke::to(AES, &random("second"), b"");
        let header = with(vec![Entry::For(second, random("second key")), Entry::to("identity")]).bytes();
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

/// `created || n || payload`, and zeros up to `total`.
pub(super) fn padded_content(total: usize, n: u64, payload: &[u8]) -> Vec<u8> {
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
