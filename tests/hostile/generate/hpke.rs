// SPDX-License-Identifier: MIT OR Apache-2.0
//! HPKE, section 8.

use super::{
    MALFORMED, NOT_AUTHENTIC, PAYLOAD, file,
    forge::{AES, CHACHA, Hpke, base_point_above_p, ctx, flip, label, low_order, random, sha256, top_bit},
    opens,
};
use crate::file::{File, hex};
use chancery::hazmat::{self, Aead};

const INFO: &[u8] = b"partner info";
const PSK_ID: &[u8] = b"psk id";

fn base() -> Hpke {
    Hpke::to(AES, &random("identity"), INFO)
}

fn with_psk() -> Hpke {
    Hpke { mode: 1, psk: random("psk").to_vec(), psk_id: PSK_ID.to_vec(), ..base() }
}

fn framed(first: u8, id: u32) -> Vec<u8> {
    [vec![first], id.to_be_bytes().to_vec(), base().seal(PAYLOAD)].concat()
}

fn row(name: &str, expect: &str, comment: &str, body: Vec<u8>) -> File {
    file(&format!("hpke/{name}"), expect, comment, body)
        .with("aead", ["AES-256-GCM"])
        .with("identity", [hex(&random("identity"))])
        .with("info", [hex(INFO)])
}

fn no(name: &str, comment: &str, body: Vec<u8>) -> File {
    row(name, NOT_AUTHENTIC, comment, body)
}

fn yes(name: &str, comment: &str, payload: &[u8], body: Vec<u8>) -> File {
    opens(&row(name, "", comment, body), payload)
}

/// Opened with the PSK.
fn psk(file: &File) -> File {
    file.clone().with("psk", [hex(&random("psk"))]).with("psk-id", [hex(PSK_ID)])
}

pub(super) fn files() -> Vec<File> {
    [opened(), enc(), schedules(), psks(), framings(), changed(), infos()].concat()
}

fn opened() -> Vec<File> {
    let sealed = |aead| Hpke::to(aead, &random("identity"), INFO).seal(PAYLOAD);
    vec![
        yes("opens", "nothing is wrong", PAYLOAD, sealed(AES)),
        yes("opens-chacha", "nothing is wrong", PAYLOAD, sealed(CHACHA)).with("aead", ["ChaCha20-Poly1305"]),
        yes("opens-aes-128", "nothing is wrong", PAYLOAD, sealed(Aead::Aes128Gcm))
            .with("aead", ["AES-128-GCM"]),
        yes("opens-empty", "no plaintext: a tag", b"", base().seal(b"")),
        yes(
            "opens-no-info",
            "an info of nothing",
            PAYLOAD,
            Hpke { info: Vec::new(), ..base() }.seal(PAYLOAD),
        )
        .with("info", [""]),
        yes("opens-tink", "in Tink's framing", PAYLOAD, framed(1, 7)).with("tink-id", ["7"]),
        psk(&yes("opens-psk", "in PSK mode", PAYLOAD, with_psk().seal(PAYLOAD))),
    ]
}

fn enc() -> Vec<File> {
    let low = |(i, enc): (usize, [u8; 32])| {
        let comment = "enc is of small order: the shared secret is zero, and the rest authentic under it";
        no(&format!("enc-low-order-{i:02}"), comment, base().with_enc(enc, [0; 32]).seal(PAYLOAD))
    };
    let (sealed, public) = (base().seal(PAYLOAD), hazmat::x25519_public(&random("identity")));
    let (enc, ct) = sealed.split_at(32);
    let own = base();
    let canonical = Hpke { kem_context: [enc, &own.public].concat(), ..own.clone() };
    let reduced = [enc[..31].to_vec(), vec![enc[31] | 0x80]].concat();
    let special = vec![
        yes(
            "enc-not-canonical",
            "enc is p + 9: RFC 7748, section 5, has it accepted, and it enters the schedule as it is",
            PAYLOAD,
            base().with_enc(base_point_above_p(), public).seal(PAYLOAD),
        ),
        yes(
            "enc-top-bit",
            "enc has its top bit set by the sealer: X25519 ignores it, and it enters the schedule as it is",
            PAYLOAD,
            base().with_enc(top_bit(own.enc), own.dh).seal(PAYLOAD),
        ),
        no("enc-top-bit-changed", "the top bit of enc was set on the way: the same point, other bytes", {
            [reduced, canonical.seal(PAYLOAD)[32..].to_vec()].concat()
        }),
        no("enc-short", "31 bytes of enc", [&enc[..31], ct].concat()),
        no("enc-long", "33 bytes of enc", [enc, &[0], ct].concat()),
        no(
            "enc-is-recipient",
            "enc is the recipient's own public key, and the ciphertext that of another enc",
            [&public, ct].concat(),
        ),
        no("enc-swapped", "the ciphertext stands before enc", [ct, enc].concat()),
    ];
    low_order().into_iter().enumerate().map(low).chain(special).collect()
}

fn schedules() -> Vec<File> {
    let codes = |name: &str, what: &str, codes| {
        no(name, &format!("the schedule names another {what}"), Hpke { codes, ..base() }.seal(PAYLOAD))
    };
    let (enc, public) = (base().enc, base().public);
    vec![
        codes("code-kem", "KEM", [0x0021, 1, 2]),
        codes("code-kdf", "KDF", [0x0020, 2, 2]),
        codes("code-aead", "AEAD", [0x0020, 1, 3]),
        no(
            "kem-context-without-public",
            "the KEM's context is enc without the recipient's key",
            Hpke { kem_context: enc.to_vec(), ..base() }.seal(PAYLOAD),
        ),
        no(
            "kem-context-swapped",
            "the KEM's context is the recipient's key, then enc",
            Hpke { kem_context: [public, enc].concat(), ..base() }.seal(PAYLOAD),
        ),
        no("aad", "the AAD is not empty", Hpke { aad: b"aad".to_vec(), ..base() }.seal(PAYLOAD)),
        no("aad-is-info", "the AAD is the info", Hpke { aad: INFO.to_vec(), ..base() }.seal(PAYLOAD)),
        no("sequence-1", "the second message of its context", Hpke { sequence: 1, ..base() }.seal(PAYLOAD)),
        no("mode-auth", "the mode is 0x02, Auth", Hpke { mode: 2, ..base() }.seal(PAYLOAD)),
        no("aead-other", "opened by an identity for the other AEAD", base().seal(PAYLOAD))
            .with("aead", ["ChaCha20-Poly1305"]),
        no("identity-other", "sealed to another recipient", {
            Hpke::to(AES, &random("another identity"), INFO).seal(PAYLOAD)
        }),
    ]
}

fn psks() -> Vec<File> {
    let opened = |name: &str, comment: &str, hpke: Hpke| psk(&no(name, comment, hpke.seal(PAYLOAD)));
    vec![
        no("psk-mode", "sealed in PSK mode, opened in base mode", with_psk().seal(PAYLOAD)),
        no("psk-mode-without-psk", "the mode is 0x01, with neither PSK nor id", {
            Hpke { mode: 1, ..base() }.seal(PAYLOAD)
        }),
        opened("psk-base-mode", "sealed in base mode, opened in PSK mode", base()),
        opened(
            "psk-with-mode-0",
            "the PSK is in the schedule, the mode is 0x00",
            Hpke { mode: 0, ..with_psk() },
        ),
        opened("psk-other", "another PSK", Hpke { psk: random("another psk").to_vec(), ..with_psk() }),
        opened("psk-missing", "no PSK, with the right id", Hpke { psk: Vec::new(), ..with_psk() }),
        opened("psk-id-other", "another PSK id", Hpke { psk_id: b"another".to_vec(), ..with_psk() }),
        opened("psk-id-missing", "no PSK id", Hpke { psk_id: Vec::new(), ..with_psk() }),
        opened("psk-info-swapped", "the PSK id and the info are swapped", {
            Hpke { psk_id: INFO.to_vec(), info: PSK_ID.to_vec(), ..with_psk() }
        }),
    ]
}

fn framings() -> Vec<File> {
    let tink = |name: &str, comment: &str, body| row(name, MALFORMED, comment, body).with("tink-id", ["7"]);
    let little = [vec![1], 7_u32.to_le_bytes().to_vec(), base().seal(PAYLOAD)].concat();
    vec![
        no("tink-unexpected", "in Tink's framing, where none is configured", framed(1, 7)),
        tink("tink-missing", "no framing, where it is configured", base().seal(PAYLOAD)),
        tink("tink-id-other", "another Tink key id", framed(1, 8)),
        tink("tink-id-little-endian", "the Tink key id is little-endian", little),
        tink("tink-legacy", "the framing begins with 0x00, as Tink's legacy keys have it", framed(0, 7)),
        tink("tink-twice", "the framing twice", framed(1, 7)[..5].repeat(2)),
        tink("tink-cut", "cut in the framing", framed(1, 7)[..4].to_vec()),
        tink("tink-alone", "the framing and nothing else", framed(1, 7)[..5].to_vec()),
        no("tink-framed-twice", "the framing twice, of which the configured one is taken", {
            [framed(1, 7)[..5].to_vec(), framed(1, 7)].concat()
        })
        .with("tink-id", ["7"]),
    ]
}

fn changed() -> Vec<File> {
    let whole = base().seal(PAYLOAD);
    let bit = |name: &str, at| no(&format!("changed-{name}"), "one bit changed", flip(&whole, at));
    let cut = |len: usize, comment: &str| {
        row(&format!("cut-to-{len:02}"), MALFORMED, comment, whole[..len].to_vec())
    };
    vec![
        bit("enc", 0),
        bit("ciphertext", 32),
        bit("tag", -16),
        bit("tag-end", -1),
        cut(0, "nothing there"),
        cut(31, "cut in enc"),
        cut(32, "enc and nothing else"),
        cut(47, "a byte too short for a tag"),
        no("cut-to-48", "cut to the length of a tag", whole[..48].to_vec()),
        no("cut-by-one", "the last byte missing", whole[..whole.len() - 1].to_vec()),
        no("longer-by-one", "a byte more", [whole.as_slice(), &[0]].concat()),
        no("message-twice", "a second copy behind it", whole.repeat(2)),
    ]
}

fn infos() -> Vec<File> {
    let of_context = [label("hpke"), ctx(&[INFO]).to_vec()].concat();
    let info = |name: &str, comment: &str, info: &[u8]| {
        no(name, comment, Hpke { info: info.to_vec(), ..base() }.seal(PAYLOAD))
    };
    vec![
        info("info-other", "another info", b"partner inf0"),
        info("info-missing", "an info of nothing", b""),
        info("info-longer", "a zero byte behind the info", b"partner info\0"),
        info("info-hashed", "the info was hashed beforehand", &sha256(&[INFO])),
        info("info-labelled", "the info was taken for a context", &of_context),
    ]
}
