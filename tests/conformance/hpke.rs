// SPDX-License-Identifier: MIT OR Apache-2.0
//! The vectors of RFC 9180, appendix A, through `hazmat::hpke_sender` and `hazmat::hpke_receiver`.

use crate::{
    case::{Case, Stated},
    report::{Counts, Row, Run, Verdict, ensure, said},
};
use chancery::{
    Error,
    hazmat::{HpkeReceiver, HpkeSender, hpke_receiver, hpke_sender, x25519_public},
    hpke::{Identity, Info, Psk, Recipient, Suite},
};

pub(crate) const FILE: &str = "hpke/rfc9180-x25519-hkdf-sha256.json";

/// 6 entries of 257 encryptions and 8 of 3 exports, of which 2 entries have no AEAD.
pub(crate) const COUNTS: Counts =
    Counts { cases: 6 * 257 + 8 * 3, executed: 6 * (257 + 3), refused_by_type: 0, unsupported: 2 * 3 };

const EXPORT_ONLY: usize = 0xffff;

pub(crate) fn row(text: &str) -> Row {
    let entries: serde_json::Value = serde_json::from_str(text).expect("JSON");
    let mut row = Row::new(FILE);
    for (i, entry) in entries.as_array().expect("a list").iter().map(Case).enumerate() {
        run(&mut row, &format!("entry {i}"), entry);
    }
    row
}

fn run(row: &mut Row, name: &str, entry: Case<'_>) {
    let (encryptions, exports) = (entry.list("encryptions"), entry.list("exports"));
    if entry.number("aead_id") == EXPORT_ONLY {
        assert_eq!(encryptions.len(), 0, "{name}");
        for _ in exports {
            row.count(name, export_only(entry));
        }
        return;
    }
    let (mut sender, mut receiver) = match contexts(entry) {
        Ok(contexts) => contexts,
        Err(difference) => {
            for _ in 0..encryptions.len() + exports.len() {
                row.count(name, Err(difference.clone()));
            }
            return;
        }
    };
    for (sequence, encryption) in encryptions.enumerate() {
        let verdict =
            nonce(entry, encryption, sequence).and_then(|()| message(&mut sender, &mut receiver, encryption));
        row.count(&format!("{name} encryption {sequence}"), verdict);
    }
    for (i, stated) in exports.enumerate() {
        row.count(&format!("{name} export {i}"), export(&sender, &receiver, stated));
    }
}

/// The key pairs are those of the KEM, which the entry shares with the others; the key schedule is not.
fn export_only(entry: Case<'_>) -> Verdict {
    for (secret, public) in [("skRm", "pkRm"), ("skEm", "pkEm")] {
        let secret = entry.bytes(secret).try_into().map_err(said("a secret key"))?;
        ensure(x25519_public(&secret)[..] == entry.bytes(public), "another public key")?;
    }
    Ok(Run::Unsupported("exports of the export-only AEAD 0xffff, for which there is no suite"))
}

fn suite(entry: Case<'_>) -> Result<Suite, String> {
    let codes = ["kem_id", "kdf_id", "aead_id"].map(|name| entry.number(name));
    let suites = [Suite::X25519Aes128Gcm, Suite::X25519Aes256Gcm, Suite::X25519ChaCha20Poly1305];
    let suite = suites.into_iter().find(|suite| suite.codes().map(usize::from) == codes);
    suite.ok_or_else(|| format!("no suite for {codes:?}"))
}

fn contexts(entry: Case<'_>) -> Result<(HpkeSender, HpkeReceiver), String> {
    let suite = suite(entry)?;
    let psk = match entry.number("mode") {
        0 => None,
        1 => Some(Psk::new(&entry.bytes("psk"), &entry.bytes("psk_id")).map_err(said("the PSK"))?),
        mode => return Err(format!("mode {mode}")),
    };
    let identity = Identity::from_bytes(suite, &entry.bytes("skRm")).map_err(said("skRm"))?;
    let recipient = Recipient::from_bytes(suite, &entry.bytes("pkRm")).map_err(said("pkRm"))?;
    ensure(identity.recipient() == recipient, "pkRm is not the recipient of skRm")?;

    let info = entry.bytes("info");
    let info = Info::raw(&info).map_err(said("info"))?;
    let mut ephemeral = Stated(entry.bytes("skEm"));
    let (enc, sender) =
        hpke_sender(&recipient, info.clone(), psk.as_ref(), &mut ephemeral).map_err(said("the sender"))?;
    ensure(enc == entry.bytes("enc") && enc == entry.bytes("pkEm"), "another enc")?;
    let receiver = hpke_receiver(&identity, &enc, info, psk.as_ref()).map_err(said("the receiver"))?;
    Ok((sender, receiver))
}

/// That the encryptions of the file are in order and without gaps: `base_nonce XOR sequence`.
fn nonce(entry: Case<'_>, encryption: Case<'_>, sequence: usize) -> Result<(), String> {
    let mut nonce = entry.bytes("base_nonce");
    for (byte, count) in nonce.iter_mut().rev().zip(sequence.to_le_bytes()) {
        *byte ^= count;
    }
    ensure(nonce == encryption.bytes("nonce"), "the file is not in the order of the sequence")
}

fn message(sender: &mut HpkeSender, receiver: &mut HpkeReceiver, stated: Case<'_>) -> Verdict {
    let (aad, plaintext, ciphertext) = (stated.bytes("aad"), stated.bytes("pt"), stated.bytes("ct"));
    let sealed = sender.seal(&aad, &plaintext).map_err(said("seal"))?;
    ensure(sealed == ciphertext, "sealed differently")?;

    let mut forged = ciphertext.clone();
    forged[0] ^= 1;
    let refused = receiver.open(&aad, &forged) == Err(Error::NotAuthentic);
    ensure(refused, "a changed ciphertext was not refused")?;
    let opened = receiver.open(&aad, &ciphertext).map_err(said("open"))?;
    ensure(opened == plaintext, "opened differently")?;
    let replayed = receiver.open(&aad, &ciphertext) == Err(Error::NotAuthentic);
    ensure(replayed, "opened under the next sequence number as well")?;
    Ok(Run::Passed)
}

fn export(sender: &HpkeSender, receiver: &HpkeReceiver, stated: Case<'_>) -> Verdict {
    let (context, len) = (stated.bytes("exporter_context"), stated.number("L"));
    for exported in [sender.export(&context, len), receiver.export(&context, len)] {
        let exported = exported.map_err(said("export"))?;
        ensure(exported.expose_secret() == stated.bytes("exported_value"), "exported differently")?;
    }
    Ok(Run::Passed)
}
