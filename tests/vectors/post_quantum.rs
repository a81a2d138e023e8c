// SPDX-License-Identifier: MIT OR Apache-2.0
//! Known answers with X-Wing: `tests/vectors/envelope-v1-pq.json` is what this crate writes, byte for byte.
//!
//! Without the feature `pq` the rows of X25519 are run, recipients beside those of X-Wing, and the others are
//! counted.

use super::{Value, context, hex, unhex};
use chancery::{
    Error, Key, UnixTime, Verified,
    envelope::{Opened, Opener},
    hpke::{Identity, Info, Psk, Recipient, Suite},
    signing::VerifyingKey,
};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/envelope-v1-pq.json");

fn file() -> Value {
    serde_json::from_slice(&std::fs::read(FILE).expect("the vectors are there")).expect("JSON")
}

/// `None` for a KEM that this build does not have.
fn suite(kem: &Value, aead: &Value) -> Option<Suite> {
    match (kem.as_str().unwrap(), aead.as_str().unwrap()) {
        ("X25519", "AES-256-GCM") => Some(Suite::X25519Aes256Gcm),
        ("X25519", "ChaCha20-Poly1305") => Some(Suite::X25519ChaCha20Poly1305),
        #[cfg(feature = "pq")]
        ("MLKEM768-X25519", "AES-256-GCM") => Some(Suite::XWingAes256Gcm),
        #[cfg(feature = "pq")]
        ("MLKEM768-X25519", "ChaCha20-Poly1305") => Some(Suite::XWingChaCha20Poly1305),
        ("MLKEM768-X25519", _) if cfg!(not(feature = "pq")) => None,
        other => panic!("{other:?}"),
    }
}

/// Runs the rows of a KEM that this build has, of which there must be so many.
fn run(rows: &[&Value], of_x_wing: usize, of_x25519: usize, check: impl Fn(&Value, Suite)) {
    let mut ran = 0;
    for row in rows {
        if let Some(suite) = suite(&row["kem"], &row["aead"]) {
            check(row, suite);
            ran += 1;
        }
    }
    let expected = of_x25519 + if cfg!(feature = "pq") { of_x_wing } else { 0 };
    assert_eq!((ran, rows.len()), (expected, of_x_wing + of_x25519));
    if ran < rows.len() {
        println!("vectors: NOT RUN without the feature `pq`: {} rows of X-Wing", rows.len() - ran);
    }
}

fn rows<'a>(file: &'a Value, name: &str) -> Vec<&'a Value> {
    file[name].as_array().unwrap().iter().collect()
}

#[test]
fn the_post_quantum_key_texts_of_the_file_parse_to_keys_with_their_ids() {
    let file = file();
    run(&rows(&file, "keys"), 4, 0, |row, suite| {
        let (text, bytes) = (row["text"].as_str().unwrap(), unhex(&row["bytes"]));
        let (id, again) = match row["kind"].as_str().unwrap() {
            "identity" => {
                let key: Identity = text.parse().unwrap();
                assert_eq!(key.recipient(), Identity::from_bytes(suite, &bytes).unwrap().recipient());
                (key.id(), key.to_secret_text().expose_secret().to_owned())
            }
            "recipient" => {
                let key: Recipient = text.parse().unwrap();
                assert_eq!(key, Recipient::from_bytes(suite, &bytes).unwrap());
                (key.id(), key.to_string())
            }
            other => panic!("{other}"),
        };
        assert_eq!((id.to_string().as_str(), again.as_str()), (row["id"].as_str().unwrap(), text));
    });
    // A build without X-Wing refuses them, too, for the reason that it has no X-Wing.
    for row in rows(&file["refused"], "keys") {
        let text = row["text"].as_str().unwrap();
        let parses = match row["kind"].as_str().unwrap() {
            "identity" => text.parse::<Identity>().is_ok(),
            "recipient" => text.parse::<Recipient>().is_ok(),
            other => panic!("{other}"),
        };
        assert!(!parses, "{}", row["reason"]);
    }
    assert_eq!(rows(&file["refused"], "keys").len(), 9);
}

fn open_hpke(row: &Value, suite: Suite) -> Result<Vec<u8>, Error> {
    let mut identity = Identity::from_bytes(suite, &unhex(&row["secret"])).unwrap();
    if let Some(id) = row["tink_id"].as_u64() {
        identity = identity.with_tink_id(u32::try_from(id).unwrap());
    }
    let (info, sealed) = (unhex(&row["info"]), unhex(&row["sealed"]));
    let info = Info::raw(&info).unwrap();
    if row["psk"].is_null() {
        return identity.open(info, &sealed);
    }
    identity.open_psk(info, &Psk::new(&unhex(&row["psk"]), &unhex(&row["psk_id"])).unwrap(), &sealed)
}

#[test]
fn the_post_quantum_hpke_messages_of_the_file_open() {
    let file = file();
    run(&rows(&file, "hpke"), 6, 0, |row, suite| {
        assert_eq!(open_hpke(row, suite).unwrap(), unhex(&row["payload"]));
    });
    run(&rows(&file["refused"], "hpke"), 8, 0, |row, suite| {
        assert!(open_hpke(row, suite).is_err(), "{}", row["reason"]);
    });
}

fn open_envelope(row: &Value, suite: Suite, now: UnixTime) -> Result<Verified<Opened>, Error> {
    let identity = Identity::from_bytes(suite, &unhex(&row["secret"])).unwrap();
    let context = context(&row["context"]);
    let opener = if row["sender"].is_null() {
        Opener::from_anyone(identity, &context)
    } else {
        let sender = VerifyingKey::from_bytes(&unhex(&row["sender"])).unwrap();
        Opener::from_senders(identity, &context, sender)
    };
    Ok(opener.unwrap().open(&unhex(&row["sealed"]), now)?.allow_replays())
}

#[test]
fn the_post_quantum_envelopes_of_the_file_open_for_each_recipient() {
    let file = file();
    let mut openings = Vec::new();
    for row in rows(&file, "envelopes") {
        for recipient in row["recipients"].as_array().unwrap() {
            let mut opening = row.clone();
            for name in ["kem", "secret"] {
                opening[name] = recipient[name].clone();
            }
            openings.push(opening);
        }
    }
    run(&openings.iter().collect::<Vec<_>>(), 8, 2, |row, suite| {
        let now = UnixTime::from_secs(row["created"].as_u64().unwrap());
        let opened = open_envelope(row, suite, now).unwrap();
        assert_eq!(opened.payload(), unhex(&row["payload"]));
        assert_eq!(opened.created(), now);
        assert_eq!(hex(opened.message_id()), row["message_id"].as_str().unwrap());
    });
    run(&rows(&file["refused"], "envelopes"), 3, 1, |row, suite| {
        assert!(open_envelope(row, suite, UnixTime::MAX).is_err(), "{}", row["reason"]);
    });
}

#[cfg(all(feature = "hazmat", feature = "pq"))]
mod writing {
    use super::*;
    use crate::{
        forging::hpke_under,
        refused::{flip, sound, with},
        writing::{contexts, fixed, hexes, make, payload, secret},
    };
    use chancery::{envelope::Sealer, hazmat, signing::SigningKey};
    use serde_json::json;

    const X_WING: &str = "MLKEM768-X25519";
    const AEADS: [&str; 2] = ["AES-256-GCM", "ChaCha20-Poly1305"];
    const NOW: UnixTime = UnixTime::from_secs(1_790_000_000);

    /// The bytes that a row states, in order.
    struct Stated(Vec<u8>);

    impl hazmat::Random for Stated {
        fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
            buffer.copy_from_slice(&self.0[..buffer.len()]);
            self.0.drain(..buffer.len());
            Ok(())
        }
    }

    fn identity(kem: &str, aead: &str, secret: &[u8]) -> Identity {
        Identity::from_bytes(suite(&json!(kem), &json!(aead)).unwrap(), secret).unwrap()
    }

    fn kem_row(name: &str) -> Value {
        let identity = identity(X_WING, AEADS[0], &secret(name));
        let eseed = [secret(&format!("{name} m")), secret(&format!("{name} ek_X"))].concat();
        let recipient = identity.recipient();
        let (enc, shared) = hazmat::hpke_encapsulate(&recipient, &mut Stated(eseed.clone())).unwrap();
        let again = hazmat::hpke_decapsulate(&identity, &enc).unwrap();
        assert_eq!(again.expose_secret(), shared.expose_secret());
        json!({
            "kem": X_WING, "secret": hex(&secret(name)), "public": hex(recipient.as_bytes()),
            "eseed": hex(&eseed), "enc": hex(&enc), "shared_secret": hex(shared.expose_secret()),
        })
    }

    fn key_rows() -> Vec<Value> {
        let rows = |aead| {
            let identity = identity(X_WING, aead, &secret("identity"));
            let (recipient, text) = (identity.recipient(), identity.to_secret_text());
            let row = |kind: &str, bytes: &[u8], text: &str| {
                json!({
                    "kind": kind, "kem": X_WING, "aead": aead, "bytes": hex(bytes), "text": text,
                    "id": identity.id().to_string(),
                })
            };
            [
                row("identity", &secret("identity"), text.expose_secret()),
                row("recipient", recipient.as_bytes(), &recipient.to_string()),
            ]
        };
        AEADS.into_iter().flat_map(rows).collect()
    }

    fn hpke_row(aead: &str, psk: Option<&[u8]>, tink_id: Option<u32>) -> Value {
        let mut recipient = identity(X_WING, aead, &secret("identity")).recipient();
        if let Some(id) = tink_id {
            recipient = recipient.with_tink_id(id);
        }
        let key = psk.map(|psk| Psk::new(psk, b"psk id").unwrap());
        let random = &mut fixed(&format!("hpke {X_WING} {aead} {} {}", psk.is_some(), tink_id.is_some()));
        let info = Info::raw(b"partner info").unwrap();
        let sealed = hazmat::hpke_seal(&recipient, info, key.as_ref(), &payload(100), random);
        json!({
            "kem": X_WING, "aead": aead, "secret": hex(&secret("identity")),
            "public": hex(recipient.as_bytes()), "info": hex(b"partner info"), "psk": psk.map(hex),
            "psk_id": psk.map(|_| hex(b"psk id")), "tink_id": tink_id, "payload": hex(&payload(100)),
            "sealed": hex(&sealed.unwrap()),
        })
    }

    fn hpke_rows() -> Vec<Value> {
        let psk = secret("psk");
        let modes = [(None, None), (Some(psk.as_slice()), None), (None, Some(0xC0FF_EE00))];
        AEADS.into_iter().flat_map(|aead| modes.map(|(psk, id)| hpke_row(aead, psk, id))).collect()
    }

    /// For one recipient of each of `kems`; signed and padded, or neither.
    fn envelope_row(aead: &str, kems: &[&str], signed: bool, len: usize) -> Value {
        let fields = &contexts()[kems.len() % 4];
        let context = make(fields);
        let named: Vec<_> =
            kems.iter().enumerate().map(|(i, kem)| (*kem, secret(&format!("recipient {i}")))).collect();
        let identities: Vec<_> = named.iter().map(|(kem, secret)| identity(kem, aead, secret)).collect();
        let sealer = Sealer::to(identities[0].recipient(), &context).unwrap().allow_mixed();
        let mut sealer = identities[1..].iter().fold(sealer, |s, i| s.and(i.recipient()).unwrap());
        let signer = SigningKey::from_seed(&secret("signing")).unwrap();
        let sender = signer.verifying_key();
        if signed {
            sealer = sealer.signed_by(signer).padded();
        }
        let random = &mut fixed(&format!("envelope {aead} {kems:?} {signed} {len}"));
        let sealed = hazmat::seal_envelope(&sealer, &payload(len), NOW, random).unwrap();

        let recipients = identities.iter().zip(&named).map(|(identity, (kem, secret))| {
            let public = identity.recipient();
            json!({
                "kem": kem, "secret": hex(secret), "public": hex(public.as_bytes()),
                "id": identity.id().to_string(),
            })
        });
        let recipients: Vec<_> = recipients.collect();
        let first = identity(kems[0], aead, &named[0].1);
        let opener = if signed {
            Opener::from_senders(first, &context, sender.clone())
        } else {
            Opener::from_anyone(first, &context)
        };
        let opened = opener.unwrap().open(&sealed, NOW).unwrap().allow_replays();
        json!({
            "aead": aead, "recipients": recipients, "context": hexes(fields), "created": NOW.as_secs(),
            "sender": signed.then(|| hex(sender.as_bytes())),
            "signer": signed.then(|| hex(&secret("signing"))), "padded": signed,
            "payload": hex(&payload(len)), "sealed": hex(&sealed), "message_id": hex(opened.message_id()),
        })
    }

    fn envelope_rows(aead: &str) -> [Value; 3] {
        [
            envelope_row(aead, &[X_WING], false, 0),
            envelope_row(aead, &[X_WING, X_WING], true, 100),
            envelope_row(aead, &[X_WING, "X25519"], false, 300),
        ]
    }

    fn refused_keys() -> Vec<Value> {
        let codes = |kem: [u8; 2], aead: u8, key: &[u8]| [kem.as_slice(), &[0, 1, 0, aead], key].concat();
        let x_wing = |key: &[u8]| codes([0x64, 0x7a], 2, key);
        let public = identity(X_WING, AEADS[0], &secret("identity")).recipient().as_bytes().to_vec();
        // Two coefficients in three bytes: the first is q, or the second is q.
        let coefficients = |three: [u8; 3]| [three.as_slice(), &public[3..]].concat();
        let x25519 = |half: [u8; 32]| [&public[..1184], &half].concat();
        let seed = secret("identity");
        [
            ("recipient", x_wing(&coefficients([0x01, 0x0d, 0x00])), "the first coefficient is q"),
            ("recipient", x_wing(&coefficients([0x00, 0x10, 0xd0])), "the second coefficient is q"),
            ("recipient", x_wing(&x25519([0; 32])), "the X25519 half is of small order"),
            ("recipient", x_wing(&x25519([0xff; 32])), "the X25519 half is not canonical"),
            ("recipient", x_wing(&public[..1215]), "a public key of 1215 bytes"),
            ("recipient", codes([0, 0x20], 2, &public), "an X-Wing key with the codes of X25519"),
            ("identity", x_wing(&[seed.as_slice(), &seed].concat()), "a seed of 64 bytes"),
            ("identity", x_wing(&[7; 32]), "all bytes of the seed are equal"),
            ("identity", codes([0x64, 0x7a], 4, &seed), "no such AEAD"),
        ]
        .into_iter()
        .map(|(kind, bytes, reason)| json!({ "kind": kind, "text": sound(kind, &bytes), "reason": reason }))
        .collect()
    }

    /// Sealed with an X25519 half of zeros: right for who does not look at it.
    fn of_zeros(public: &[u8], ct_x: [u8; 32]) -> Vec<u8> {
        use sha3::Digest;
        let (pk_m, pk_x) = public.split_at(1184);
        let random = &mut fixed("refused ML-KEM");
        let (ct_m, ss_m) = hazmat::mlkem768_encapsulate(pk_m.try_into().unwrap(), random).unwrap();
        let input = [ss_m.expose_secret(), &[0; 32], &ct_x, pk_x, br"\.//^\"].concat();
        let enc = [ct_m.as_slice(), &ct_x].concat();
        hpke_under(&sha3::Sha3_256::digest(input), [0x64, 0x7a], &enc, b"partner info", b"payload")
    }

    fn refused_hpke() -> Vec<Value> {
        let mut row = hpke_row(AEADS[0], None, None);
        let good = unhex(&row["sealed"]);
        let public = unhex(&row["public"]);
        for name in ["public", "payload"] {
            row.as_object_mut().unwrap().remove(name);
        }
        let mut one = [0; 32];
        one[0] = 1;
        let rows = [
            ("sealed", flip(&good, 0), "ct_M changed"),
            ("sealed", flip(&good, 1088), "ct_X changed"),
            ("sealed", flip(&good, 1120), "ciphertext changed"),
            ("sealed", hex(&good[..1135]), "1135 bytes"),
            ("sealed", hex(&of_zeros(&public, [0; 32])), "ct_X = 0: ss_X of zeros, authentic under it"),
            ("sealed", hex(&of_zeros(&public, one)), "ct_X = 1: ss_X of zeros, authentic under it"),
            ("secret", hex(&secret("another")), "another identity"),
            ("aead", AEADS[1].to_owned(), "another AEAD"),
        ];
        rows.map(|(name, value, reason)| with(&row, &[(name, json!(value)), ("reason", json!(reason))]))
            .to_vec()
    }

    /// The mixed envelope, whose first entry is X-Wing's, for each of its recipients.
    fn refused_envelopes() -> Vec<Value> {
        let envelope = envelope_row(AEADS[0], &[X_WING, "X25519"], false, 300);
        let good = unhex(&envelope["sealed"]);
        let mut row = json!({ "sender": null });
        for name in ["aead", "context"] {
            row[name] = envelope[name].clone();
        }
        let rows = [
            (0, flip(&good, 7 + 10), "ct_M changed"),
            (0, flip(&good, 7 + 10 + 1119), "ct_X changed"),
            (0, flip(&good, 7 + 10 + 1120), "the wrap changed"),
            (1, flip(&good, 7 + 10), "the entry of the other recipient changed"),
        ];
        let changed = |(recipient, sealed, reason): (usize, String, &str)| {
            let recipient = &envelope["recipients"][recipient];
            let who = [("kem", recipient["kem"].clone()), ("secret", recipient["secret"].clone())];
            with(&with(&row, &who), &[("sealed", json!(sealed)), ("reason", json!(reason))])
        };
        rows.map(changed).to_vec()
    }

    /// Without its rule, what has an X25519 half of zeros would open: the same forgery with a sound half does.
    #[test]
    fn the_forger_of_x_wing_gets_everything_else_right() {
        let own = identity(X_WING, AEADS[0], &secret("identity"));
        let (enc, shared) = hazmat::hpke_encapsulate(&own.recipient(), &mut fixed("control")).unwrap();
        let info = b"partner info";
        let sealed = hpke_under(shared.expose_secret(), [0x64, 0x7a], &enc, info, b"payload");
        assert_eq!(own.open(Info::raw(info).unwrap(), &sealed).unwrap(), b"payload");
    }

    #[test]
    fn the_post_quantum_file_is_what_this_crate_writes() {
        let made = json!({
            "format": "chancery envelope-v1 test vectors, post-quantum",
            "kem": [kem_row("kem 0"), kem_row("kem 1")], "keys": key_rows(), "hpke": hpke_rows(),
            "envelopes": AEADS.into_iter().flat_map(envelope_rows).collect::<Vec<_>>(),
            "refused": { "keys": refused_keys(), "hpke": refused_hpke(), "envelopes": refused_envelopes() },
        });
        if std::env::var_os("CHANCERY_WRITE_VECTORS").is_some() {
            std::fs::write(FILE, serde_json::to_string_pretty(&made).unwrap() + "\n").unwrap();
        }
        assert!(made == file(), "the bytes of the format have changed");
    }
}
