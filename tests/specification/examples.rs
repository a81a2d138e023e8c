// SPDX-License-Identifier: MIT OR Apache-2.0
//! The worked examples, computed.

use super::{DOCUMENT, run};
use chancery::{
    Context, Error, Key, Keyring, UnixTime,
    aead::{Algorithm, SealKey},
    envelope::{Opener, Sealer},
    hazmat,
    hpke::{Identity, Suite},
    mac::{Hash, MacKey},
    signing::SigningKey,
};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Randomness that is written in the document.
struct Fixed(Vec<u8>);

impl hazmat::Random for Fixed {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
        let rest = self.0.split_off(buffer.len());
        buffer.copy_from_slice(&self.0);
        self.0 = rest;
        Ok(())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

fn sha256(parts: &[&[u8]]) -> Vec<u8> {
    Sha256::digest(parts.concat()).to_vec()
}

fn label(name: &str) -> Vec<u8> {
    format!("chancery/v1 {name}\0").into_bytes()
}

fn ctx(fields: &[&str]) -> Vec<u8> {
    let count = u16::try_from(fields.len()).unwrap().to_be_bytes();
    let mut encoded = [label("context"), count.to_vec()].concat();
    for field in fields {
        encoded.extend(u32::try_from(field.len()).unwrap().to_be_bytes());
        encoded.extend(field.as_bytes());
    }
    sha256(&[&encoded])
}

fn context() -> Context {
    Context::of("orders").field("v1")
}

/// Section 4: an X25519 secret key that is not clamped.
fn identity() -> Identity {
    let mut secret = run(0x20, 0x3f);
    secret[31] = 0x7f;
    Identity::from_bytes(Suite::X25519Aes256Gcm, &secret).unwrap()
}

fn signing_key() -> SigningKey {
    SigningKey::from_seed(&run(0x40, 0x5f)).unwrap()
}

fn seal_key(algorithm: Algorithm) -> SealKey {
    SealKey::from_bytes(algorithm, &run(0, 0x1f)).unwrap()
}

fn mac_key() -> MacKey {
    MacKey::from_bytes(Hash::Sha256, &run(0, 0x1f)).unwrap()
}

/// Sections 1, 3 and 4.
fn context_and_ids() -> Vec<String> {
    let (identity, signing) = (identity(), signing_key());
    vec![
        hex(&label("context")),
        hex(&ctx(&["orders"])),
        hex(&ctx(&["orders", "v1"])),
        hex(&ctx(&["ordersv", "1"])),
        seal_key(Algorithm::Aes256Gcm).id().to_string(),
        seal_key(Algorithm::ChaCha20Poly1305).id().to_string(),
        mac_key().id().to_string(),
        identity.id().to_string(),
        signing.id().to_string(),
        hex(identity.recipient().as_bytes()),
        hex(signing.verifying_key().as_bytes()),
        "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e7f".into(), // the secret of `identity`
    ]
}

/// Section 5.
fn texts() -> Vec<String> {
    vec![
        seal_key(Algorithm::Aes256Gcm).to_secret_text().expose_secret().into(),
        mac_key().to_secret_text().expose_secret().into(),
        signing_key().to_secret_text().expose_secret().into(),
        signing_key().verifying_key().to_string(),
        identity().to_secret_text().expose_secret().into(),
        identity().recipient().to_string(),
    ]
}

/// Section 7.
fn sealed() -> Vec<String> {
    let keys = Keyring::new(seal_key(Algorithm::Aes256Gcm));
    vec![hex(&hazmat::seal(&keys, &context(), b"hello", &mut Fixed(run(0x60, 0x77))).unwrap())]
}

/// Section 9.7.
fn envelope() -> Vec<String> {
    let sealer = Sealer::to(identity().recipient(), &context()).unwrap().signed_by(signing_key());
    let now = UnixTime::from_secs(1_700_000_000);
    let pk = run(0xa0, 0xbf);
    let random = [pk.clone(), run(0x80, 0x9f), run(0x60, 0x77)].concat();
    let sealed = hazmat::seal_envelope(&sealer, b"hello", now, &mut Fixed(random)).unwrap();
    let (header, body) = sealed.split_at(97);

    let ctx = ctx(&["orders", "v1"]);
    let wrap_info = [label("envelope wrap"), sha256(&[&header[..17], &ctx])].concat();
    let hh = sha256(&[header]);
    let body_context = sha256(&[&label("envelope body"), &hh, &ctx]);
    let content = hazmat::chunked_open(hazmat::Aead::Aes256Gcm, &pk, &body_context, body).unwrap();
    let opener = Opener::from_senders(identity(), &context(), signing_key().verifying_key()).unwrap();
    let opened = opener.open(&sealed, now).unwrap().allow_replays();
    assert_eq!((opened.payload(), body.len()), (b"hello".as_slice(), 157));
    let hexes = [&wrap_info, &hh, &content, header, body].map(hex);
    [hexes.to_vec(), vec![hex(opened.message_id())]].concat()
}

/// Appendix B.
fn appendix_b() -> Vec<String> {
    let tag = Keyring::new(mac_key()).tag(&context(), b"hello").unwrap();
    let signature = signing_key().sign(&context(), b"hello").unwrap();
    let mut initiator = run(0x20, 0x3f);
    initiator[31] = 0x7f;
    let responder: [u8; 32] = run(0x80, 0x9f).try_into().unwrap();
    let pks =
        [identity().recipient().as_bytes().to_vec(), hazmat::x25519_public(&responder).to_vec()].concat();
    let shared = hazmat::x25519(&initiator.try_into().unwrap(), &hazmat::x25519_public(&responder)).unwrap();
    let prk = hazmat::hkdf_extract(Hash::Sha512, b"", shared.expose_secret());
    let info = [label("agreement"), ctx(&["orders", "v1"]), pks].concat();
    let keys = hazmat::hkdf_expand(Hash::Sha512, prk.expose_secret(), &info, 64).unwrap();
    let (to_responder, to_initiator) = keys.expose_secret().split_at(32);
    vec![hex(tag.as_bytes()), hex(signature.as_bytes()), hex(to_responder), hex(to_initiator)]
}

/// Section 8.
#[cfg(feature = "pq")]
fn x_wing() -> Vec<String> {
    let identity = Identity::from_bytes(Suite::XWingAes256Gcm, &run(0, 0x1f)).unwrap();
    vec![hex(&sha256(&[identity.recipient().as_bytes()])), identity.id().to_string()]
}

#[cfg(not(feature = "pq"))]
fn x_wing() -> Vec<String> {
    println!("specification: NOT RUN without the feature `pq`: the example of X-Wing");
    vec![super::part("Example: the seed 00..1f has", "\n\n").split_whitespace().collect()]
}

fn computed() -> Vec<String> {
    [context_and_ids(), texts(), sealed(), x_wing(), envelope(), appendix_b()].concat()
}

#[test]
fn what_the_crate_computes_is_in_the_document() {
    let document: String = DOCUMENT.split_whitespace().collect();
    for example in computed() {
        assert!(document.contains(&example), "{example}");
    }
}

/// Every run of 16 hexadecimal digits and every text of a key is part of something that was computed here.
#[test]
fn no_example_in_the_document_is_left_out_here() {
    let computed = computed();
    let words = DOCUMENT.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-'));
    let is_hex = |word: &str| {
        word.len() >= 16 && word.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase() && b <= b'f')
    };
    let is_text = |word: &str| word.starts_with("chn_") && word.len() > 17;
    let examples: Vec<_> = words.filter(|word| is_hex(word) || is_text(word)).collect();
    assert!(examples.len() >= 30, "{}", examples.len());
    for example in examples {
        assert!(computed.iter().any(|computed| computed.contains(example)), "{example}");
    }
}
