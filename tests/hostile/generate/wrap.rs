// SPDX-License-Identifier: MIT OR Apache-2.0
//! Envelopes, section 9.2: the payload key in the header, and what it is bound to.

use super::{
    PAYLOAD,
    content::padded_content,
    envelope::{PADDED, begins, content, header, no, under, with, yes},
    forge::{AES, Entry, Header, Hpke, base_point_above_p, ctx, low_order, payload_key, random, top_bit},
};
use crate::file::File;

pub(super) fn files() -> Vec<File> {
    [encs(), wraps(), insiders()].concat()
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
    let Hpke { public, enc, dh, .. } = own();
    let sent_otherwise = Hpke { enc: top_bit(enc), ..own() };
    let special = [
        yes(
            "enc-not-canonical",
            "enc is p + 9: RFC 7748, section 5, has it accepted, and it enters the schedule as it is",
            PAYLOAD,
            wrapped(own().with_enc(base_point_above_p(), public)),
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
        let mut header = with(vec![Entry::to("identity"), Entry::Noise(0x0020, 1, 32)]).bytes();
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

/// What a recipient, who knows the payload key, can do to the header: the body is new and belongs to it.
fn insiders() -> Vec<File> {
    let two = with(vec![Entry::to("identity"), Entry::to("second")]).bytes();
    let padded = {
        let mut header = header(0).bytes();
        header[5] = PADDED;
        let content = padded_content(256, 7, PAYLOAD);
        under(&header, &content)
    };
    let noise =
        Header { entries: vec![Entry::to("identity"), Entry::Noise(0x0020, 1, 32)], ..header(0) }.bytes();
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
