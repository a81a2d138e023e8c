// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a reader has to refuse, each for the reason that stands beside it and for no other.

use super::{
    Value,
    forging::{
        self, Bound, CREATED, Forgery, PADDED, REQUEST, SIGNED, ctx, hpke_of_zeros, label, plus_order,
        sealed, sha256, sign, signer,
    },
    hex,
    writing::{contexts, fixed, hexes, secret},
};
use base64ct::{Base64UrlUnpadded, Encoding};
use chancery::{
    hazmat,
    hpke::{Info, Psk},
    signing::SigningKey,
};
use serde_json::json;

pub(super) fn rows() -> Value {
    json!({
        "keys": keys(), "sealed": sealed_messages(), "hpke": hpke(), "envelopes": envelopes(),
        "macs": macs(), "signatures": signatures(),
    })
}

/// `row` with the fields of `changes`.
pub(super) fn with(row: &Value, changes: &[(&str, Value)]) -> Value {
    let mut row = row.clone();
    for (name, value) in changes {
        row[*name] = value.clone();
    }
    row
}

pub(super) fn flip(bytes: &[u8], at: usize) -> String {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 1;
    hex(&bytes)
}

/// A key text with this prefix and the checksum of another one.
fn text(prefix: &str, bytes: &[u8], summed: &str) -> String {
    let sum = sha256(&[&label("key-text"), summed.as_bytes(), bytes]);
    format!("{prefix}{}", Base64UrlUnpadded::encode_string(&[bytes, &sum[..4]].concat()))
}

/// A key text in order, whatever the bytes.
pub(super) fn sound(kind: &str, bytes: &[u8]) -> String {
    let half = if ["verifying", "recipient"].contains(&kind) { "pk" } else { "sk" };
    let prefix = format!("chn_{half}_{kind}_");
    text(&prefix, bytes, &prefix)
}

fn keys() -> Vec<Value> {
    let seal = [&[0, 2], secret("seal").as_slice()].concat();
    let good = sound("seal", &seal);
    let codes = |code: &[u8]| sound("seal", &[code, &seal[2..]].concat());
    let point = |y: u8| [&[8, 7, y], [0; 31].as_slice()].concat();
    let suite = |codes: [u8; 6], len| [codes.as_slice(), &secret("identity")[..len]].concat();
    // The last of 51 characters holds four bits and two that are not used.
    let (most, last) = good.split_at(good.len() - 1);
    let left_over = format!("{most}{}", char::from(last.as_bytes()[0] + 1));
    let above_p = [&[8, 7, 0xf0], [0xff; 30].as_slice(), &[0x7f]].concat();
    [
        ("seal", sound("mac", &[&[0, 4], &seal[2..]].concat()), "another kind of key"),
        (
            "recipient",
            sound("identity", &suite([0, 0x20, 0, 1, 0, 2], 32)),
            "a secret key where a public key belongs",
        ),
        ("seal", text("chn_sk_seal_", &seal, "chn_sk_mac_"), "the checksum is that of another prefix"),
        ("seal", good.replace('A', "B"), "mistyped"),
        ("seal", good[..good.len() - 4].into(), "cut"),
        ("seal", good[..good.len() - 2].into(), "an impossible length"),
        ("seal", left_over, "unused bits are not zero"),
        ("seal", format!("{good}="), "base64 padding"),
        ("seal", format!("{good}\n"), "a line end"),
        ("seal", format!(" {good}"), "a space in front"),
        ("seal", good.to_uppercase(), "the prefix in capitals"),
        ("seal", codes(&[0, 1]), "AES-128-GCM is not for seal keys"),
        ("seal", codes(&[0, 4]), "no such AEAD"),
        ("seal", sound("seal", &seal[..33]), "a key of 31 bytes"),
        ("seal", sound("seal", &[seal.as_slice(), &[1]].concat()), "a key of 33 bytes"),
        ("mac", sound("mac", &[&[0, 3], &seal[2..]].concat()), "no such hash"),
        ("mac", sound("mac", &[&[0, 5], &seal[2..]].concat()), "32 bytes are too few for SHA-384"),
        ("mac", sound("mac", &[&[0, 4], seal[2..].repeat(5).as_slice()].concat()), "more than 128 bytes"),
        ("signing", sound("signing", &[&[8, 8], &seal[2..]].concat()), "no such signature"),
        ("verifying", sound("verifying", &point(2)), "not a point of the curve"),
        ("verifying", sound("verifying", &point(1)), "a point of order 1"),
        ("verifying", sound("verifying", &point(0)), "a point of order 4"),
        ("verifying", sound("verifying", &above_p), "y = p + 3: not canonical"),
        ("identity", sound("identity", &suite([0, 0x10, 0, 1, 0, 2], 32)), "no such KEM"),
        ("identity", sound("identity", &suite([0, 0x20, 0, 2, 0, 2], 32)), "no such KDF"),
        ("identity", sound("identity", &suite([0, 0x20, 0, 1, 0xFF, 0xFF], 32)), "no such AEAD"),
        ("recipient", sound("recipient", &suite([0, 0x20, 0, 1, 0, 2], 31)), "a key of 31 bytes"),
    ]
    .into_iter()
    .map(|(kind, text, reason)| json!({ "kind": kind, "text": text, "reason": reason }))
    .collect()
}

fn sealed_messages() -> Vec<Value> {
    let fields = &contexts()[1];
    let good = sealed(0xC1, None, "sealed", fields);
    let row = json!({
        "aead": "AES-256-GCM", "key": hex(&secret("seal")), "context": hexes(fields), "sealed": hex(&good),
    });
    let bytes =
        |bytes: String, reason: &str| with(&row, &[("sealed", json!(bytes)), ("reason", json!(reason))]);
    let other =
        |name: &str, value: Value, reason: &str| with(&row, &[(name, value), ("reason", json!(reason))]);
    assert!(super::open_sealed(&row).is_ok(), "the control");
    let last = good.len() - 1;
    vec![
        bytes(hex(&sealed(0xC2, None, "sealed", fields)), "another first byte, authentic"),
        bytes(hex(&sealed(0xC1, Some([0; 8]), "sealed", fields)), "another key id, authentic"),
        bytes(hex(&sealed(0xC1, None, "field", fields)), "another label, authentic"),
        bytes(hex(&good[..80]), "80 bytes"),
        bytes(flip(&good, 9), "salt changed"),
        bytes(flip(&good, 33), "commitment changed"),
        bytes(flip(&good, 65), "ciphertext changed"),
        bytes(flip(&good, last), "tag changed"),
        bytes(hex(&good[..last]), "a byte missing at the end"),
        bytes(hex(&[good.as_slice(), &[0]].concat()), "a byte more at the end"),
        bytes(hex(&full_last_chunk()), "the last chunk is full: cut at a boundary"),
        other("context", json!(hexes(&contexts()[0])), "another context"),
        other("key", json!(hex(&secret("another"))), "another key"),
        other("aead", json!("ChaCha20-Poly1305"), "another AEAD"),
    ]
}

/// 16384 bytes are a full chunk and an empty one, which is taken away.
fn full_last_chunk() -> Vec<u8> {
    let key = super::SealKey::from_bytes(super::Algorithm::Aes256Gcm, &secret("seal")).unwrap();
    let context = super::writing::make(&contexts()[1]);
    let mut sealed = hazmat::seal(&key.into(), &context, &[7; 16_384], &mut fixed("full chunk")).unwrap();
    sealed.truncate(sealed.len() - 16);
    sealed
}

fn hpke() -> Vec<Value> {
    let (recipient, info) = (Forgery::identity().recipient(), b"partner info");
    let psk = Psk::new(&secret("psk"), b"psk id").unwrap();
    let seal = |psk: Option<&Psk>, tink_id: Option<u32>| {
        let recipient = match tink_id {
            Some(id) => recipient.clone().with_tink_id(id),
            None => recipient.clone(),
        };
        hazmat::hpke_seal(&recipient, Info::raw(info).unwrap(), psk, b"payload", &mut fixed("refused hpke"))
            .unwrap()
    };
    let (good, framed, under_psk) = (seal(None, None), seal(None, Some(7)), seal(Some(&psk), None));
    let row = json!({
        "aead": "AES-256-GCM", "secret": hex(&secret("identity")), "info": hex(info), "psk": null, "psk_id": null,
        "tink_id": null, "sealed": hex(&good),
    });
    let bytes =
        |bytes: String, reason: &str| with(&row, &[("sealed", json!(bytes)), ("reason", json!(reason))]);
    let other =
        |name: &str, value: Value, reason: &str| with(&row, &[(name, value), ("reason", json!(reason))]);
    assert!(super::open_hpke(&row).is_ok(), "the control");
    let psk_row = |key: &str, id: &[u8], reason: &str| {
        let row = with(&row, &[("sealed", json!(hex(&under_psk))), ("reason", json!(reason))]);
        with(&row, &[("psk", json!(hex(&secret(key)))), ("psk_id", json!(hex(id)))])
    };
    let of_zeros = |enc: [u8; 32]| hex(&hpke_of_zeros(&recipient, &enc, info, b"payload"));
    let mut one = [0; 32];
    one[0] = 1;
    vec![
        bytes(flip(&good, 0), "enc changed"),
        bytes(flip(&good, 32), "ciphertext changed"),
        bytes(flip(&good, good.len() - 1), "tag changed"),
        bytes(hex(&good[..47]), "47 bytes"),
        bytes(of_zeros([0; 32]), "enc = 0: a shared secret of zeros, authentic under it"),
        bytes(of_zeros(one), "enc = 1: a shared secret of zeros, authentic under it"),
        bytes(hex(&framed), "Tink framing where none is expected"),
        bytes(hex(&under_psk), "sealed under a PSK, opened without"),
        other("info", json!(hex(b"another info")), "another info"),
        other("secret", json!(hex(&secret("another"))), "another identity"),
        other("aead", json!("ChaCha20-Poly1305"), "another AEAD"),
        other("tink_id", json!(7), "no framing where it is expected"),
        with(
            &row,
            &[
                ("sealed", json!(hex(&framed))),
                ("tink_id", json!(8)),
                ("reason", json!("another Tink key id")),
            ],
        ),
        psk_row("another psk", b"psk id", "another PSK"),
        psk_row("psk", b"another id", "another PSK id"),
    ]
}

/// The content of an envelope that is padded to `total` and claims `n`.
fn padded(total: usize, n: u64, at: Option<usize>) -> Vec<u8> {
    let mut content = [&CREATED.to_be_bytes(), &n.to_be_bytes(), b"payload".as_slice()].concat();
    content.resize(total, 0);
    if let Some(at) = at {
        content[at] = 1;
    }
    content
}

fn envelopes() -> Vec<Value> {
    let (fields, sender) = (&contexts()[1], signer().verifying_key());
    let plain = |_: &Bound| [CREATED.to_be_bytes().as_slice(), b"payload"].concat();
    let good = Forgery::flags(0).seal(fields, plain);
    let whole = |bound: &Bound| forging::signed(b"payload", &sign(&bound.input(b"payload")));
    let signed = Forgery::flags(SIGNED).seal(fields, whole);
    let row = json!({
        "aead": "AES-256-GCM", "secret": hex(&secret("identity")), "context": hexes(fields), "sender": null,
        "sealed": hex(&good),
    });
    let bytes =
        |bytes: &[u8], reason: &str| with(&row, &[("sealed", json!(hex(bytes))), ("reason", json!(reason))]);
    let other =
        |name: &str, value: Value, reason: &str| with(&row, &[(name, value), ("reason", json!(reason))]);
    let by = |sender: Value, bytes: &[u8], reason: &str| {
        with(&row, &[("sender", sender), ("sealed", json!(hex(bytes))), ("reason", json!(reason))])
    };
    let known = json!(hex(sender.as_bytes()));
    let opens = |row: &Value| super::open_envelope(row, &row["secret"], super::UnixTime::MAX).is_ok();
    assert!(opens(&row) && opens(&by(known.clone(), &signed, "")), "the controls");
    let start = |start| Forgery { start, ..Forgery::flags(0) }.seal(fields, plain);
    let before = |flags, before| Forgery { before, ..Forgery::flags(flags) }.seal(fields, plain);
    let changed = |at| bytes_of(&flip(&good, at));
    let pad = |total, n, at| Forgery::flags(PADDED).seal(fields, |_| padded(total, n, at));
    let sender_of = |content: &dyn Fn(&Bound) -> Vec<u8>| Forgery::flags(SIGNED).seal(fields, content);
    assert!(opens(&bytes(&pad(256, 7, None), "")), "the control");
    let mut rows = vec![
        bytes(&start([2, 1, 0]), "version 2"),
        bytes(&start([1, 3, 0]), "suite 3"),
        bytes(&start([1, 2, 0]), "the suite is not the identity's"),
        bytes(&start([1, 1, 8]), "flag 0x08"),
        bytes(&start([1, 1, REQUEST]), "a request where none is expected"),
        bytes(&before(REQUEST, vec![(0x0020, 32, 1)]), "a request to two"),
        bytes(&Forgery { own: 0, ..Forgery::flags(0) }.seal(fields, plain), "count 0"),
        bytes(&Forgery { own: 2, ..Forgery::flags(0) }.seal(fields, plain), "the recipient's entry twice"),
        bytes(&before(0, vec![(0x647a, 1120, 1); 2]), "an X-Wing entry twice"),
        bytes(&before(0, vec![(0x0010, 65, 1)]), "an unknown KEM"),
        bytes(&before(0, (0..32).map(|id| (0x0020, 32, id)).collect()), "33 entries"),
        bytes(&good[..96], "the header is cut"),
        bytes(&good[..97], "no body"),
        bytes(&changed(9), "the id of the entry changed"),
        bytes(&changed(17), "enc changed"),
        bytes(&changed(96), "wrap changed"),
        bytes(&changed(97), "salt changed"),
        bytes(&changed(121), "commitment changed"),
        bytes(&changed(153), "ciphertext changed"),
        bytes(&good[..good.len() - 1], "a byte missing at the end"),
        bytes(&[good.as_slice(), &[0]].concat(), "a byte more at the end"),
        bytes(&Forgery::flags(0).seal(fields, |_| vec![0; 7]), "7 bytes of content"),
        other("context", json!(hexes(&contexts()[0])), "another context"),
        other("secret", json!(hex(&secret("another"))), "for another recipient"),
        other("sender", known.clone(), "not signed where a sender is expected"),
        bytes(&signed, "signed where anyone is accepted"),
    ];
    rows.extend([
        bytes(&pad(255, 7, None), "padded to 255 bytes"),
        bytes(&pad(272, 7, None), "padded a step too far"),
        bytes(&pad(256, 7, Some(23)), "the first byte of the padding is not zero"),
        bytes(&pad(256, 7, Some(255)), "the last byte of the padding is not zero"),
        bytes(&pad(256, 6, None), "a byte of the payload claimed as padding"),
        bytes(&pad(256, 241, None), "more claimed than there is"),
        bytes(&pad(256, u64::MAX, None), "n = 2^64 - 1"),
        bytes(&pad(15, 0, None), "15 bytes of padded content"),
    ]);
    let another = SigningKey::from_seed(&secret("another")).unwrap().verifying_key();
    let sign_as =
        |input: &dyn Fn(&Bound) -> Vec<u8>| sender_of(&|b| forging::signed(b"payload", &sign(&input(b))));
    let with_signature = |bound: &Bound| plus_order(&sign(&bound.input(b"payload")));
    rows.extend([
        by(json!(hex(another.as_bytes())), &signed, "another sender"),
        by(known.clone(), &sender_of(&|_| forging::signed(b"payload", &[0; 64])), "a signature of zeros"),
        by(
            known.clone(),
            &sender_of(&|b| forging::signed(b"payload", &with_signature(b))),
            "S not below the group order",
        ),
        by(known.clone(), &sign_as(&|b| b.input(b"another")), "the signature of another payload"),
        by(known.clone(), &sign_as(&|b| b.input(b"payload")[1..].to_vec()), "signed without 0xFF"),
        by(known, &sender_of(&|_| vec![0; 79]), "79 bytes of signed content"),
    ]);
    rows
}

fn bytes_of(hex: &str) -> Vec<u8> {
    super::unhex(&json!(hex))
}

fn macs() -> Vec<Value> {
    let (fields, key) = (&contexts()[1], secret("seal"));
    let input = [label("mac"), ctx(fields), b"message".to_vec()].concat();
    let tag = hazmat::hmac(chancery::mac::Hash::Sha256, &key, &input).expose_secret().to_vec();
    let row = json!({
        "hash": "SHA-256", "key": hex(&key), "context": hexes(fields), "message": hex(b"message"), "tag": hex(&tag),
    });
    let other =
        |name: &str, value: Value, reason: &str| with(&row, &[(name, value), ("reason", json!(reason))]);
    assert!(super::check_mac(&row).is_ok(), "the control");
    vec![
        other("tag", json!(hex(&tag[..16])), "half of the tag"),
        other("tag", json!(""), "no tag"),
        other("tag", json!(hex(&[tag.as_slice(), &[0]].concat())), "a byte more"),
        other("tag", json!(flip(&tag, 31)), "changed"),
        other("message", json!(hex(b"Message")), "another message"),
        other("context", json!(hexes(&contexts()[0])), "another context"),
        other("key", json!(hex(&secret("another"))), "another key"),
    ]
}

fn signatures() -> Vec<Value> {
    let fields = &contexts()[1];
    let signature = sign(&[vec![0xFF], label("signature"), ctx(fields), b"message".to_vec()].concat());
    let row = json!({
        "public": hex(signer().verifying_key().as_bytes()), "context": hexes(fields), "message": hex(b"message"),
        "signature": hex(&signature),
    });
    let other =
        |name: &str, value: Value, reason: &str| with(&row, &[(name, value), ("reason", json!(reason))]);
    assert!(super::signature_holds(&row), "the control");
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let of_all = with(
        &row,
        &[("public", json!(hex(&neutral))), ("signature", json!(hex(&[neutral, [0; 32]].concat())))],
    );
    vec![
        other("signature", json!(flip(&signature, 0)), "R changed"),
        other("signature", json!(flip(&signature, 32)), "S changed"),
        other("signature", json!(hex(&plus_order(&signature))), "S not below the group order"),
        other("signature", json!(hex(&sign(b"message"))), "plain Ed25519 of the message"),
        other("message", json!(hex(b"Message")), "another message"),
        other("context", json!(hexes(&contexts()[0])), "another context"),
        with(&of_all, &[("reason", json!("a key of small order, with a signature of every message"))]),
    ]
}
