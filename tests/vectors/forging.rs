// SPDX-License-Identifier: MIT OR Apache-2.0
//! A sealer that breaks one rule at a time: right keys and right transcripts, so that only the rule can refuse.

use super::{suite, unhex};
use crate::writing::{fixed, secret};
use chancery::{
    Key,
    hazmat::{self, Aead},
    hpke::{Identity, Recipient},
    mac::Hash,
};
use ed25519_dalek::Signer;
use serde_json::json;
use sha2::{Digest, Sha256};

pub(super) const SIGNED: u8 = 1;
pub(super) const PADDED: u8 = 2;
pub(super) const REQUEST: u8 = 4;
pub(super) const CREATED: u64 = 1_790_000_000;

pub(super) fn label(name: &str) -> Vec<u8> {
    format!("chancery/v1 {name}\0").into_bytes()
}

pub(super) fn sha256(parts: &[&[u8]]) -> Vec<u8> {
    Sha256::digest(parts.concat()).to_vec()
}

pub(super) fn ctx(fields: &[&[u8]]) -> Vec<u8> {
    let mut encoded = label("context");
    encoded.extend(u16::try_from(fields.len()).unwrap().to_be_bytes());
    for field in fields {
        encoded.extend(u32::try_from(field.len()).unwrap().to_be_bytes());
        encoded.extend(*field);
    }
    sha256(&[&encoded])
}

/// A sealed message with another version byte, another id or another label.
pub(super) fn sealed(version: u8, id: Option<[u8; 8]>, purpose: &str, fields: &[&[u8]]) -> Vec<u8> {
    let key = secret("seal");
    let info = [label("key-id"), b"AEAD_AES_256_GCM".to_vec()].concat();
    let own = hazmat::hkdf_expand(Hash::Sha512, &key, &info, 8).unwrap();
    let id = id.as_ref().map_or(own.expose_secret(), <[u8; 8]>::as_slice);
    let prefix = [[version].as_slice(), id].concat();
    let context = sha256(&[&label(purpose), &prefix, &ctx(fields)]);
    let random = &mut fixed(&format!("forged {purpose} {version}"));
    [prefix, hazmat::chunked_seal(Aead::Aes256Gcm, &key, &context, b"payload", random).unwrap()].concat()
}

fn extract(suite: &[u8], salt: &[u8], name: &str, ikm: &[u8]) -> Vec<u8> {
    let ikm = [b"HPKE-v1", suite, name.as_bytes(), ikm].concat();
    hazmat::hkdf_extract(Hash::Sha256, salt, &ikm).expose_secret().to_vec()
}

fn expand(suite: &[u8], prk: &[u8], name: &str, context: &[u8], len: u8) -> Vec<u8> {
    let info = [&[0, len], b"HPKE-v1".as_slice(), suite, name.as_bytes(), context].concat();
    hazmat::hkdf_expand(Hash::Sha256, prk, &info, len.into()).unwrap().expose_secret().to_vec()
}

/// HPKE in base mode under a shared secret of zeros, which is what an `enc` of small order gives.
pub(super) fn hpke_of_zeros(recipient: &Recipient, enc: &[u8; 32], info: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let kem = b"KEM\x00\x20";
    let both = [enc.as_slice(), recipient.as_bytes()].concat();
    let shared = expand(kem, &extract(kem, b"", "eae_prk", &[0; 32]), "shared_secret", &both, 32);
    hpke_under(&shared, *b"\x00\x20", enc, info, plaintext)
}

/// HPKE in base mode, AES-256-GCM, under a shared secret that is given.
pub(super) fn hpke_under(shared: &[u8], kem: [u8; 2], enc: &[u8], info: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let suite = &[b"HPKE", kem.as_slice(), b"\x00\x01\x00\x02"].concat();
    let hashes = [extract(suite, b"", "psk_id_hash", b""), extract(suite, b"", "info_hash", info)].concat();
    let context = [&[0], hashes.as_slice()].concat();
    let key = extract(suite, shared, "secret", b"");
    let nonce = expand(suite, &key, "base_nonce", &context, 12).try_into().unwrap();
    let key = hazmat::AeadKey::new(Aead::Aes256Gcm, &expand(suite, &key, "key", &context, 32)).unwrap();
    [enc.to_vec(), key.seal(&nonce, b"", plaintext).unwrap()].concat()
}

/// What a signature of an envelope covers, before the sender's own part.
pub(super) struct Bound {
    hh: Vec<u8>,
    /// Salt and commitment.
    start: Vec<u8>,
    ctx: Vec<u8>,
}

impl Bound {
    /// Section 9.5: `0xFF || L("envelope signature") || ...`.
    pub(super) fn input(&self, payload: &[u8]) -> Vec<u8> {
        [
            vec![0xFF],
            label("envelope signature"),
            [self.hh.as_slice(), &self.start, &self.ctx, signer().verifying_key().as_bytes()].concat(),
            CREATED.to_be_bytes().to_vec(),
            (payload.len() as u64).to_be_bytes().to_vec(),
            sha256(&[payload]),
        ]
        .concat()
    }
}

/// Content of `payload` with a signature in its trailer.
pub(super) fn signed(payload: &[u8], signature: &[u8]) -> Vec<u8> {
    let id = &sha256(&[&label("key-id ed25519"), signer().verifying_key().as_bytes()])[..8];
    [&CREATED.to_be_bytes(), payload, id, signature].concat()
}

pub(super) fn signer() -> ed25519_dalek::SigningKey {
    ed25519_dalek::SigningKey::from_bytes(&secret("signing").try_into().unwrap())
}

pub(super) fn sign(message: &[u8]) -> Vec<u8> {
    signer().sign(message).to_bytes().to_vec()
}

/// The order of the group, little-endian: S and S + L are one number to who does not check the range.
pub(super) fn plus_order(signature: &[u8]) -> Vec<u8> {
    let order = unhex(&json!("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010"));
    let (r, s) = signature.split_at(32);
    let mut carry = 0;
    let sum = s.iter().zip(&order).map(|(a, b)| {
        carry += u16::from(*a) + u16::from(*b);
        let [digit, rest] = carry.to_le_bytes();
        carry = rest.into();
        digit
    });
    let sum: Vec<_> = sum.collect();
    [r, &sum].concat()
}

/// An entry for somebody else, of noise: kem, length of enc, and what makes the id.
pub(super) type Stranger = (u16, usize, u8);

pub(super) struct Forgery {
    /// Version, suite and flags.
    pub(super) start: [u8; 3],
    pub(super) before: Vec<Stranger>,
    /// How often the recipient's own entry stands there.
    pub(super) own: usize,
}

impl Forgery {
    pub(super) fn flags(flags: u8) -> Self {
        Self { start: [1, 1, flags], before: Vec::new(), own: 1 }
    }

    /// The recipient of all forgeries.
    pub(super) fn identity() -> Identity {
        Identity::from_bytes(suite(&json!("AES-256-GCM")), &secret("identity")).unwrap()
    }

    pub(super) fn seal(&self, fields: &[&[u8]], content: impl Fn(&Bound) -> Vec<u8>) -> Vec<u8> {
        let recipient = Self::identity().recipient();
        let own = [b"\x00\x20", recipient.id().as_bytes().as_slice()].concat();
        let stranger = |(kem, _, id): &Stranger| [kem.to_be_bytes().as_slice(), &[*id; 8]].concat();
        let mut names: Vec<_> = self.before.iter().map(stranger).collect();
        names.extend(vec![own.clone(); self.own]);
        let count = u8::try_from(names.len()).unwrap();
        let start = [b"CHN".as_slice(), &self.start, &[count]].concat();

        let (ctx, random) = (ctx(fields), &mut fixed("forged"));
        let (pk, info) = (secret("forged pk"), sha256(&[&start, &names.concat(), &ctx]));
        let info = [label("envelope wrap"), info].concat();
        let (enc, mut sender) =
            hazmat::hpke_sender(&recipient, hazmat::reserved_info(&info), None, random).unwrap();
        let wrap = sender.seal(b"", &pk).unwrap();
        let mut header = start;
        for ((_, len, id), name) in self.before.iter().zip(&names) {
            header.extend([name.as_slice(), &vec![*id; len + 48]].concat());
        }
        for _ in 0..self.own {
            header.extend([own.as_slice(), &enc, &wrap].concat());
        }
        let hh = sha256(&[&header]);
        let body = sha256(&[&label("envelope body"), &hh, &ctx]);
        let seal = |content: &[u8]| {
            hazmat::chunked_seal(Aead::Aes256Gcm, &pk, &body, content, &mut fixed("forged body")).unwrap()
        };
        // Salt and commitment do not depend on the content, which may hold a signature over them.
        let bound = Bound { hh, start: seal(b"")[..56].to_vec(), ctx };
        [header, seal(&content(&bound))].concat()
    }
}
