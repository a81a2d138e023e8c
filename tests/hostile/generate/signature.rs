// SPDX-License-Identifier: MIT OR Apache-2.0
//! Signed envelopes, section 9.5.

use super::{
    FIELDS, PAYLOAD, POLICY,
    envelope::{
        CREATED, PADDED, SIGNED, body, header, holds, no as unsigned, row, under, yes as opens_unsigned,
    },
    forge::{Entry, Header, ctx, flip, label, random, sha256, unhex},
};
use crate::file::{File, hex};
use ed25519_dalek::{Signer, SigningKey};
use sha2::{Digest, Sha512};

fn signer(name: &str) -> SigningKey {
    SigningKey::from_bytes(&random(name))
}

fn public(name: &str) -> [u8; 32] {
    signer(name).verifying_key().to_bytes()
}

/// Section 4.
fn id(public: &[u8; 32]) -> Vec<u8> {
    sha256(&[&label("key-id ed25519"), public])[..8].to_vec()
}

/// `M`, for the body under this header.
fn transcript(header: &[u8], payload: &[u8]) -> Vec<u8> {
    [
        vec![0xFF],
        label("envelope signature"),
        sha256(&[header]).to_vec(),
        body(header).start(),
        ctx(&FIELDS).to_vec(),
        public("sender").to_vec(),
        CREATED.to_be_bytes().to_vec(),
        (payload.len() as u64).to_be_bytes().to_vec(),
        sha256(&[payload]).to_vec(),
    ]
    .concat()
}

fn sign(name: &str, message: &[u8]) -> Vec<u8> {
    signer(name).sign(message).to_bytes().to_vec()
}

fn start() -> Vec<u8> {
    header(SIGNED).bytes()
}

/// The transcript of what is sealed here unless said.
fn usual() -> Vec<u8> {
    transcript(&start(), PAYLOAD)
}

/// Content with this payload and trailer.
fn holding(payload: &[u8], trailer: &[u8]) -> Vec<u8> {
    under(&start(), &[&CREATED.to_be_bytes(), payload, trailer].concat())
}

/// With this signature, or what stands there.
fn bearing(signature: &[u8]) -> Vec<u8> {
    holding(PAYLOAD, &[id(&public("sender")), signature.to_vec()].concat())
}

fn good() -> Vec<u8> {
    bearing(&sign("sender", &usual()))
}

fn from(file: File) -> File {
    file.with("sender", [hex(&public("sender"))])
}

fn no(name: &str, comment: &str, body: Vec<u8>) -> File {
    from(unsigned(&format!("signed-{name}"), comment, body))
}

fn yes(name: &str, comment: &str, payload: &[u8], body: Vec<u8>) -> File {
    from(opens_unsigned(&format!("signed-{name}"), comment, payload, body))
}

pub(super) fn files() -> Vec<File> {
    [opened(), flags(), senders(), transcripts(), strict(), trailers(), padded()].concat()
}

/// A payload whose trailer begins 30 bytes before a chunk ends.
fn straddling() -> (Vec<u8>, Vec<u8>) {
    let payload = vec![0x2e; 16_384 - 8 - 30];
    let signature = sign("sender", &transcript(&start(), &payload));
    (payload, [id(&public("sender")), signature].concat())
}

fn opened() -> Vec<File> {
    let (payload, trailer) = straddling();
    let empty = [id(&public("sender")), sign("sender", &transcript(&start(), b""))].concat();
    vec![
        yes("opens", "nothing is wrong", PAYLOAD, good()),
        yes("opens-empty", "a payload of nothing", b"", holding(b"", &empty)),
        yes("one-of-two-senders", "signed by the second of two senders", PAYLOAD, good())
            .with("sender", ["another", "sender"].map(|name| hex(&public(name)))),
        yes("straddling", "the trailer lies in two chunks", &payload, holding(&payload, &trailer)),
        no("straddling-changed", "the trailer lies in two chunks, the signature is not valid", {
            holding(&payload, &flip(&trailer, -1))
        }),
    ]
}

fn flags() -> Vec<File> {
    let plain = || holds(0, &[&CREATED.to_be_bytes(), PAYLOAD].concat());
    let set = |mut bytes: Vec<u8>, flags: u8| {
        bytes[5] = flags;
        bytes
    };
    vec![
        row("signed-to-anyone", POLICY, "signed, where anyone is accepted", good()),
        from(row("signed-not", POLICY, "not signed, where a sender is expected", plain())),
        unsigned("signed-cleared", "SIGNED was cleared on the way", set(good(), 0)),
        from(unsigned("signed-set", "SIGNED was set on the way", set(plain(), SIGNED))),
        no("insider-signs", "a recipient sets SIGNED over a wrap of an unsigned envelope, and signs", {
            let header = set(header(0).bytes(), SIGNED);
            let signature = sign("sender", &transcript(&header, PAYLOAD));
            under(&header, &[&CREATED.to_be_bytes(), PAYLOAD, &id(&public("sender")), &signature].concat())
        }),
        no("missing", "SIGNED, and no trailer: 7 bytes of payload", {
            under(&start(), &[&CREATED.to_be_bytes(), PAYLOAD].concat())
        }),
        no("missing-long", "SIGNED, and no trailer: the last 72 bytes are payload", {
            under(&start(), &[CREATED.to_be_bytes().to_vec(), vec![0x2e; 100]].concat())
        }),
    ]
}

fn senders() -> Vec<File> {
    let (sender, another) = (public("sender"), public("another"));
    let by = |id: &[u8], signature: Vec<u8>| holding(PAYLOAD, &[id, &signature].concat());
    let own = sign("sender", &usual());
    let theirs = [&usual()[..152], &another, &usual()[184..]].concat();
    let two = |file: File| file.with("sender", [hex(&sender), hex(&another)]);
    vec![
        no(
            "by-another",
            "signed by another key, with the id of the sender",
            bearing(&sign("another", &usual())),
        ),
        no(
            "by-stranger",
            "signed by somebody who is not a sender here",
            by(&id(&another), sign("another", &theirs)),
        ),
        no("id-zero", "an id of zeros: it names nobody", by(&[0; 8], own.clone())),
        no("id-changed", "one bit of the sender's id is another", by(&flip(&id(&sender), 7), own.clone())),
        two(no(
            "id-of-other-sender",
            "the id is that of another sender who is accepted",
            by(&id(&another), own.clone()),
        )),
        two(no(
            "as-other-sender",
            "signed by one sender, in the name of another",
            by(&id(&sender), sign("another", &theirs)),
        )),
        no(
            "id-of-recipient-kind",
            "the id of the sender's bytes as a recipient",
            by(&super::forge::recipient_id(super::forge::AES, &sender), own),
        ),
    ]
}

fn transcripts() -> Vec<File> {
    let over = |name: &str, comment: &str, message: &[u8]| {
        no(&format!("over-{name}"), comment, bearing(&sign("sender", message)))
    };
    // Offsets of the parts of M.
    let parts = [
        ("first-byte", 0),
        ("label", 13),
        ("header", 32),
        ("salt", 64),
        ("commitment", 88),
        ("context", 120),
        ("sender", 152),
        ("created", 191),
        ("length", 199),
        ("payload", 200),
    ];
    let bits = parts.map(|(part, at)| {
        over(&format!("other-{part}"), "one bit of what is signed is another", &flip(&usual(), at))
    });
    let prehashed = Sha512::digest(usual());
    let little = [&usual()[..184], &CREATED.to_le_bytes(), &usual()[192..]].concat();
    let detached = [vec![0xFF], label("signature"), ctx(&FIELDS).to_vec(), PAYLOAD.to_vec()].concat();
    let others = [
        over("without-ff", "M without its first byte", &usual()[1..]),
        over("prehashed", "the signature is over SHA-512 of M", &prehashed),
        over(
            "payload-itself",
            "M ends with the payload, not its digest",
            &[&usual()[..200], PAYLOAD].concat(),
        ),
        over("little-endian", "created is little-endian in M", &little),
        over("detached", "a detached signature of the payload, appendix B.2", &detached),
        over("nothing", "the signature of nothing", b""),
        no("forwarded", "what was signed for another recipient, sealed again for this one", forwarded()),
        no("payload-other", "another payload of the same length", {
            holding(b"Payload", &[id(&public("sender")), sign("sender", &usual())].concat())
        }),
        no("payload-longer", "a byte more of payload", {
            holding(b"payload\0", &[id(&public("sender")), sign("sender", &usual())].concat())
        }),
    ];
    bits.into_iter().chain(others).collect()
}

/// A dishonest recipient keeps payload key, salt and signature. HH, and with it the commitment, cannot be kept.
fn forwarded() -> Vec<u8> {
    let first = Header { entries: vec![Entry::to("second")], ..header(SIGNED) }.bytes();
    bearing(&sign("sender", &transcript(&first, PAYLOAD)))
}

/// L, the order of the group, as its upper and lower half.
const ORDER: (u128, u128) = (1 << 124, 0x14de_f9de_a2f7_9cd6_5812_631a_5cf5_d3ed);

fn add((a, b): (u128, u128), (c, d): (u128, u128)) -> (u128, u128) {
    let (low, carry) = b.overflowing_add(d);
    (a + c + u128::from(carry), low)
}

fn reduced(number: (u128, u128)) -> (u128, u128) {
    if number < ORDER {
        return number;
    }
    let (low, borrow) = number.1.overflowing_sub(ORDER.1);
    (number.0 - ORDER.0 - u128::from(borrow), low)
}

/// `number * by mod L`, bit by bit; `number` is little-endian.
fn multiplied(number: &[u8], by: (u128, u128)) -> (u128, u128) {
    let bits = number.iter().rev().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1));
    bits.fold((0, 0), |sum, bit| {
        let doubled = reduced(add(sum, sum));
        if bit { reduced(add(doubled, by)) } else { doubled }
    })
}

fn little_endian((high, low): (u128, u128)) -> Vec<u8> {
    [low.to_le_bytes(), high.to_le_bytes()].concat()
}

/// A signature with this R, of which the sender knows that it is `r B` up to a point of small order.
fn with_r(encoded: &[u8; 32], r: (u128, u128)) -> Vec<u8> {
    let mut scalar: [u8; 32] = Sha512::digest(random("sender"))[..32].try_into().unwrap();
    scalar[0] &= 0xf8;
    scalar[31] = scalar[31] & 0x7f | 0x40;
    let h = Sha512::digest([encoded.as_slice(), &public("sender"), &usual()].concat());
    let s = reduced(add(multiplied(&h, multiplied(&scalar, (0, 1))), r));
    [encoded.to_vec(), little_endian(s)].concat()
}

/// `r B` for the secret scalar of another key.
fn honest_r() -> ([u8; 32], (u128, u128)) {
    let mut scalar: [u8; 32] = Sha512::digest(random("nonce"))[..32].try_into().unwrap();
    scalar[0] &= 0xf8;
    scalar[31] = scalar[31] & 0x7f | 0x40;
    (public("nonce"), multiplied(&scalar, (0, 1)))
}

/// `(-x, -y)`: the point plus that of order 2. In bytes p - y, and the other sign.
fn plus_order_2(point: [u8; 32]) -> [u8; 32] {
    let (mut sum, mut borrow) = ([0; 32], 0);
    for (i, byte) in sum.iter_mut().enumerate() {
        let (p, y) = match i {
            0 => (0xed, point[0]),
            31 => (0x7f, point[31] & 0x7f),
            _ => (0xff, point[i]),
        };
        let difference = p - i16::from(y) - borrow;
        borrow = i16::from(difference < 0);
        *byte = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
    sum[31] |= !point[31] & 0x80;
    sum
}

fn strict() -> Vec<File> {
    let good = sign("sender", &usual());
    let (r, s) = good.split_at(32);
    let number = |bytes: &[u8]| {
        let half = |bytes: &[u8]| u128::from_le_bytes(bytes.try_into().unwrap());
        (half(&bytes[16..]), half(&bytes[..16]))
    };
    let point = |text: &str| -> [u8; 32] { unhex(text).try_into().unwrap() };
    let identity = point("0100000000000000000000000000000000000000000000000000000000000000");
    let above_p = point("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
    let negative_zero = point("0100000000000000000000000000000000000000000000000000000000000080");
    let order_2 = point("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
    let (honest, scalar) = honest_r();
    let mut high = s.to_vec();
    high[31] |= 0x80;
    vec![
        yes(
            "by-hand",
            "the control of those below: R and S made by hand",
            PAYLOAD,
            bearing(&with_r(&honest, scalar)),
        ),
        no("s-plus-order", "S + L for S", bearing(&[r, &little_endian(add(number(s), ORDER))].concat())),
        no("s-is-order", "S is L", bearing(&[r, &little_endian(ORDER)].concat())),
        no("s-top-bit", "S with its top bit", bearing(&[r, &high].concat())),
        no(
            "r-identity",
            "R is the identity, for which both equations hold",
            bearing(&with_r(&identity, (0, 0))),
        ),
        no("r-order-2", "R has order 2", bearing(&with_r(&order_2, (0, 0)))),
        no("r-above-p", "R is the identity as y = p + 1", bearing(&with_r(&above_p, (0, 0)))),
        no(
            "r-negative-zero",
            "R is the identity with the sign of x",
            bearing(&with_r(&negative_zero, (0, 0))),
        ),
        no(
            "r-mixed-order",
            "R is r B plus the point of order 2: only the equation with the cofactor holds",
            bearing(&with_r(&plus_order_2(honest), scalar)),
        ),
        no("r-changed", "a bit of R is another", bearing(&flip(&good, 0))),
        no("s-changed", "a bit of S is another", bearing(&flip(&good, 32))),
        no("halves-swapped", "S stands before R", bearing(&[s, r].concat())),
        no("of-zeros", "a signature of zeros", bearing(&[0; 64])),
    ]
}

fn trailers() -> Vec<File> {
    let sender = id(&public("sender"));
    let own = sign("sender", &usual());
    let created = CREATED.to_be_bytes();
    let content = |parts: &[&[u8]]| under(&start(), &parts.concat());
    vec![
        no("content-empty", "no content", content(&[])),
        no("content-71", "71 bytes of content: shorter than a trailer", content(&[&[0; 71]])),
        no("content-72", "72 bytes of content: created and a signature", content(&[&created, &own])),
        no("content-79", "79 bytes of content: created is cut", content(&[&created[..7], &sender, &own])),
        no(
            "signature-63",
            "the last byte of the signature is missing",
            content(&[&created, PAYLOAD, &sender, &own[..63]]),
        ),
        no("signature-65", "a byte behind the signature", content(&[&created, PAYLOAD, &sender, &own, &[0]])),
        no("id-behind", "the id stands behind the signature", content(&[&created, PAYLOAD, &own, &sender])),
        no("id-missing", "a signature without an id", content(&[&created, PAYLOAD, &own])),
        no(
            "trailer-in-front",
            "the trailer stands before the payload",
            content(&[&created, &sender, &own, PAYLOAD]),
        ),
    ]
}

/// With PADDED too: the zeros stand before the trailer and count it.
fn padded() -> Vec<File> {
    let start = header(SIGNED | PADDED).bytes();
    let trailer =
        |payload: &[u8]| [id(&public("sender")), sign("sender", &transcript(&start, payload))].concat();
    let content = |parts: &[&[u8]]| under(&start, &parts.concat());
    let edge = |n: usize, total: usize| {
        let payload = vec![0x2e; n];
        let zeros = vec![0; total - 16 - n - 72];
        let front = [CREATED.to_be_bytes(), (n as u64).to_be_bytes()].concat();
        content(&[&front, &payload, &zeros, &trailer(&payload)])
    };
    let opened = |n: usize, total: usize| {
        let comment = format!("{n} bytes are padded to {total} bytes of content, the trailer among them");
        yes(&format!("padded-{n:04}"), &comment, &vec![0x2e; n], edge(n, total))
    };
    let front = |n: u64| [CREATED.to_be_bytes(), n.to_be_bytes()].concat();
    let own = trailer(PAYLOAD);
    let mut zeros = [0; 161];
    let behind = content(&[&front(7), PAYLOAD, &own, &zeros]);
    let claimed = |n: u64| content(&[&front(n), PAYLOAD, &zeros, &own]);
    let overflow = claimed(u64::MAX - 87);
    let into_trailer = claimed(169);
    let whole = {
        // As long as without a trailer, which stands behind.
        let zeros = [0; 233];
        content(&[&front(7), PAYLOAD, &zeros, &own])
    };
    zeros[160] = 1;
    vec![
        opened(0, 256),
        opened(168, 256),
        opened(169, 272),
        opened(1000, 1088),
        no(
            "padded-nonzero",
            "the byte before the trailer is not zero",
            content(&[&front(7), PAYLOAD, &zeros, &own]),
        ),
        no("padded-behind", "the zeros stand behind the trailer", behind),
        no("padded-beside", "the padding does not count the trailer", whole),
        no("padded-n-into-trailer", "n reaches into the trailer", into_trailer),
        no("padded-n-2-64-88", "n is 2^64 - 88: with all that stands beside it the sum is 0", overflow),
        no("padded-content-87", "87 bytes of padded content: n is cut", content(&[&[0; 15], &own])),
    ]
}
