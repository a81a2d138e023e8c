// SPDX-License-Identifier: MIT OR Apache-2.0
//! The formats by hand, from `docs/envelope-v1.md`, with every part in the open: a sealer that holds all keys and
//! breaks one rule at a time.

use chancery::{
    hazmat::{self, Aead, AeadKey},
    mac::Hash,
};
use sha2::{Digest, Sha256};

pub(crate) const AES: Aead = Aead::Aes256Gcm;
pub(crate) const CHACHA: Aead = Aead::ChaCha20Poly1305;

/// Secrets and everything else that is random elsewhere: the same every time, and public.
pub(crate) fn random(name: &str) -> [u8; 32] {
    sha256(&[b"hostile ", name.as_bytes()])
}

pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    Sha256::digest(parts.concat()).into()
}

/// `L(s)`, section 1.
pub(crate) fn label(name: &str) -> Vec<u8> {
    format!("chancery/v1 {name}\0").into_bytes()
}

/// `CTX`, section 3.
pub(crate) fn ctx(fields: &[&[u8]]) -> [u8; 32] {
    let mut encoded = label("context");
    encoded.extend(u16::try_from(fields.len()).unwrap().to_be_bytes());
    for field in fields {
        encoded.extend(u32::try_from(field.len()).unwrap().to_be_bytes());
        encoded.extend(*field);
    }
    sha256(&[&encoded])
}

pub(crate) fn expand(hash: Hash, prk: &[u8], info: &[&[u8]], len: usize) -> Vec<u8> {
    hazmat::hkdf_expand(hash, prk, &info.concat(), len).unwrap().expose_secret().to_vec()
}

/// Chunked encryption, section 6.
pub(crate) struct Chunks {
    aead: Aead,
    key: Vec<u8>,
    base_nonce: [u8; 12],
    pub(crate) salt: Vec<u8>,
    pub(crate) commitment: Vec<u8>,
}

impl Chunks {
    pub(crate) fn new(aead: Aead, key: &[u8], context: &[u8]) -> Self {
        Self::named(aead, aead.name(), key, context)
    }

    /// With the name of an AEAD that need not be the one that is used.
    pub(crate) fn named(aead: Aead, name: &str, key: &[u8], context: &[u8]) -> Self {
        let salt = random("salt")[..24].to_vec();
        let info = [b"c2sp.org/chunked-encryption@v1+", name.as_bytes(), &[0], &salt, context];
        let okm = expand(Hash::Sha512, key, &info, 76);
        let base_nonce = okm[32..44].try_into().unwrap();
        Self { aead, key: okm[..32].to_vec(), base_nonce, salt, commitment: okm[44..].to_vec() }
    }

    pub(crate) fn committed_to(self, commitment: Vec<u8>) -> Self {
        Self { commitment, ..self }
    }

    /// Chunk `number`, of any length.
    pub(crate) fn chunk(&self, number: u128, plaintext: &[u8]) -> Vec<u8> {
        let mut nonce = self.base_nonce;
        nonce.iter_mut().zip(&number.to_be_bytes()[4..]).for_each(|(byte, count)| *byte ^= count);
        AeadKey::new(self.aead, &self.key).unwrap().seal(&nonce, b"", plaintext).unwrap()
    }

    pub(crate) fn start(&self) -> Vec<u8> {
        [self.salt.as_slice(), &self.commitment].concat()
    }

    /// `salt || commitment` and these chunks.
    pub(crate) fn of(&self, chunks: &[Vec<u8>]) -> Vec<u8> {
        [self.start(), chunks.concat()].concat()
    }

    /// As it should be: full chunks, then a short one.
    pub(crate) fn seal(&self, plaintext: &[u8]) -> Vec<u8> {
        let (full, last) = plaintext.split_at(plaintext.len() / 16_384 * 16_384);
        let pieces = full.chunks(16_384).chain([last]);
        self.of(&(0..).zip(pieces).map(|(number, piece)| self.chunk(number, piece)).collect::<Vec<_>>())
    }
}

/// HPKE, section 8, one message.
#[derive(Clone)]
pub(crate) struct Hpke {
    pub(crate) aead: Aead,
    /// KEM, KDF and AEAD as the schedule names them.
    pub(crate) codes: [u16; 3],
    pub(crate) public: [u8; 32],
    pub(crate) enc: [u8; 32],
    /// What X25519 gives.
    pub(crate) dh: [u8; 32],
    pub(crate) kem_context: Vec<u8>,
    pub(crate) mode: u8,
    pub(crate) info: Vec<u8>,
    pub(crate) psk: Vec<u8>,
    pub(crate) psk_id: Vec<u8>,
    pub(crate) aad: Vec<u8>,
    pub(crate) sequence: u8,
}

impl Hpke {
    /// Base mode, to the recipient with this secret.
    pub(crate) fn to(aead: Aead, secret: &[u8; 32], info: &[u8]) -> Self {
        let (public, ephemeral) = (hazmat::x25519_public(secret), random("ephemeral"));
        let dh = hazmat::x25519(&ephemeral, &public).unwrap().expose_secret().try_into().unwrap();
        Self {
            aead,
            codes: [0x0020, 0x0001, aead.code()],
            public,
            enc: [0; 32],
            dh,
            kem_context: Vec::new(),
            mode: 0,
            info: info.to_vec(),
            psk: Vec::new(),
            psk_id: Vec::new(),
            aad: Vec::new(),
            sequence: 0,
        }
        .with_enc(hazmat::x25519_public(&ephemeral), dh)
    }

    /// With an `enc` that gives this shared secret.
    pub(crate) fn with_enc(mut self, enc: [u8; 32], dh: [u8; 32]) -> Self {
        (self.enc, self.dh, self.kem_context) = (enc, dh, [enc, self.public].concat());
        self
    }

    /// `enc || ct`.
    pub(crate) fn seal(&self, plaintext: &[u8]) -> Vec<u8> {
        let [kem, kdf, aead] = self.codes.map(u16::to_be_bytes);
        let (kem_id, suite) = ([b"KEM", kem.as_slice()].concat(), [b"HPKE", &kem[..], &kdf, &aead].concat());
        let extract = |suite: &[u8], salt: &[u8], label: &str, ikm: &[u8]| {
            let ikm = [b"HPKE-v1", suite, label.as_bytes(), ikm].concat();
            hazmat::hkdf_extract(Hash::Sha256, salt, &ikm).expose_secret().to_vec()
        };
        let labeled = |suite: &[u8], prk: &[u8], label: &str, context: &[u8], len: usize| {
            let length = u16::try_from(len).unwrap().to_be_bytes();
            expand(Hash::Sha256, prk, &[&length, b"HPKE-v1", suite, label.as_bytes(), context], len)
        };
        let prk = extract(&kem_id, b"", "eae_prk", &self.dh);
        let shared = labeled(&kem_id, &prk, "shared_secret", &self.kem_context, 32);
        let psk_id_hash = extract(&suite, b"", "psk_id_hash", &self.psk_id);
        let info_hash = extract(&suite, b"", "info_hash", &self.info);
        let context = [[self.mode].as_slice(), &psk_id_hash, &info_hash].concat();
        let secret = extract(&suite, &shared, "secret", &self.psk);
        let mut nonce = labeled(&suite, &secret, "base_nonce", &context, 12);
        nonce[11] ^= self.sequence;
        let key = labeled(&suite, &secret, "key", &context, self.aead.key_len());
        let key = AeadKey::new(self.aead, &key).unwrap();
        [self.enc.to_vec(), key.seal(&nonce.try_into().unwrap(), &self.aad, plaintext).unwrap()].concat()
    }
}

/// An entry of a header: for the recipient of this HPKE message, which is the payload key, or of noise.
#[derive(Clone)]
#[expect(clippy::large_enum_variant, reason = "a header has 33 of them at most")]
pub(crate) enum Entry {
    For(Hpke, [u8; 32]),
    /// KEM, id and length of enc.
    Noise(u16, u8, usize),
}

/// The payload key of all envelopes, but where the comment says otherwise.
pub(crate) fn payload_key() -> [u8; 32] {
    random("payload key")
}

impl Entry {
    pub(crate) fn to(secret: &str) -> Self {
        Self::For(Hpke::to(AES, &random(secret), b""), payload_key())
    }

    fn name(&self) -> Vec<u8> {
        let (kem, id) = match self {
            Self::For(hpke, _) => (0x0020, recipient_id(hpke.aead, &hpke.public)),
            Self::Noise(kem, id, _) => (*kem, vec![*id; 8]),
        };
        [kem.to_be_bytes().to_vec(), id].concat()
    }

    fn bytes(&self, info: &[u8]) -> Vec<u8> {
        let sealed = match self {
            Self::For(hpke, key) => Hpke { info: info.to_vec(), ..hpke.clone() }.seal(key),
            Self::Noise(_, id, len) => vec![*id; len + 48],
        };
        [self.name(), sealed].concat()
    }
}

/// Section 4.
pub(crate) fn recipient_id(aead: Aead, public: &[u8; 32]) -> Vec<u8> {
    let codes = [0x0020_u16, 0x0001, aead.code()].map(u16::to_be_bytes).concat();
    sha256(&[&label("key-id recipient"), &codes, public])[..8].to_vec()
}

/// Sections 9.1 and 9.2.
#[derive(Clone)]
pub(crate) struct Header {
    /// Magic, version, suite, flags.
    pub(crate) start: [u8; 6],
    /// If it is not the number of entries.
    pub(crate) count: Option<u8>,
    pub(crate) entries: Vec<Entry>,
    /// Of the wraps.
    pub(crate) label: &'static str,
    pub(crate) ctx: [u8; 32],
}

impl Header {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let count = self.count.unwrap_or_else(|| u8::try_from(self.entries.len()).unwrap());
        let start = [self.start.as_slice(), &[count]].concat();
        let names: Vec<u8> = self.entries.iter().flat_map(Entry::name).collect();
        let info = [label(self.label), sha256(&[&start, &names, &self.ctx]).to_vec()].concat();
        [start, self.entries.iter().flat_map(|entry| entry.bytes(&info)).collect()].concat()
    }
}

/// The context of a body, section 9.3.
pub(crate) fn body_context(purpose: &str, header: &[u8], ctx: &[u8; 32]) -> [u8; 32] {
    sha256(&[&label(purpose), &sha256(&[header]), ctx])
}

/// The u coordinates of small order, then the same with the top bit, which X25519 ignores. RFC 7748, section 6.1.
pub(crate) fn low_order() -> Vec<[u8; 32]> {
    let above = |low: u8| {
        let mut number = [0xff; 32];
        (number[0], number[31]) = (low, 0x7f);
        number
    };
    let mut one = [0; 32];
    one[0] = 1;
    let eight = [
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    ]
    .map(|text| unhex(text).try_into().unwrap());
    let clear = [[0; 32], one, eight[0], eight[1], above(0xec), above(0xed), above(0xee)];
    clear.into_iter().chain(clear.map(top_bit)).collect()
}

/// p + 9. X25519 of anyone with the base point is his public key.
pub(crate) fn base_point_above_p() -> [u8; 32] {
    let mut number = [0xff; 32];
    (number[0], number[31]) = (0xf6, 0x7f);
    number
}

pub(crate) fn top_bit(mut point: [u8; 32]) -> [u8; 32] {
    point[31] ^= 0x80;
    point
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

/// One bit of byte `at` changed, from the end if it is negative.
pub(crate) fn flip(bytes: &[u8], at: isize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let at = if at < 0 { bytes.len() - at.unsigned_abs() } else { at.unsigned_abs() };
    bytes[at] ^= 1;
    bytes
}
