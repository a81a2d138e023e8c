// SPDX-License-Identifier: MIT OR Apache-2.0
//! Raw AEADs: a message in one buffer is sealed or opened into another, the tag beside it, under one nonce and without
//! additional data.
//!
//! Who has a call between two buffers uses it: over all sizes, a copy and a call in place were for none of them
//! faster. Who has none copies the message into the other buffer and works there; the copy is counted. Before the race
//! each contender must seal to the same bytes as the first, open them, and refuse another tag.

use crate::race::{Contender, Job, Same};
use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{AeadInOut, inout::InOutBuf},
};
use chacha20poly1305::ChaCha20Poly1305;
use chancery::hazmat::{Aead, AeadKey};
use dryoc::classic::crypto_aead_chacha20poly1305_ietf as dryoc;
use graviola::aead as graviola;
use openssl::{cipher::Cipher as OpenSslCipher, cipher_ctx::CipherCtx};
use orion::hazardous::aead::chacha20poly1305 as orion;
use std::hint::black_box;

const SIZES: [usize; 7] = [64, 256, 1024, 4096, 16 * 1024, 64 * 1024, 1024 * 1024];
const KEY: [u8; 32] = *b"a key of thirty-two bytes.......";
const NONCE: [u8; 12] = *b"twelve bytes";

const COPIES: &str = "copies into the buffer first: has no call between two buffers";
const KEY_EACH_TIME: &str = "takes the key with each message";
const KEY_AND_COPY: &str = "takes the key with each message; copies into the buffer first";

type Tag = [u8; 16];

/// One who has a key.
trait Cipher {
    fn seal(&mut self, message: &[u8], out: &mut [u8]) -> Tag;
    /// Whether the tag was right.
    fn open(&mut self, sealed: &[u8], tag: &Tag, out: &mut [u8]) -> bool;
    /// Another key in the same place. `false` for those who make a new one of theirs instead.
    fn rekey(&mut self, _key: &[u8; 32]) -> bool {
        false
    }
}

/// One job.
struct Task {
    opens: bool,
    fresh: bool,
    size: usize,
    same: Same<(Vec<u8>, Tag)>,
}

pub(crate) fn aes_256_gcm() -> Vec<Job> {
    jobs("aes-256-gcm", |task| {
        vec![
            task.contender("chancery", |key| AeadKey::new(Aead::Aes256Gcm, key).expect("a key")),
            task.contender("ring", |key| ring_key(&ring::aead::AES_256_GCM, key)).remark(COPIES),
            task.contender("aws-lc-rs", |key| aws_key(&aws_lc_rs::aead::AES_256_GCM, key)),
            task.contender("openssl", |key| OpenSsl::new("AES-256-GCM", key)),
            task.contender("graviola", |key| graviola::AesGcm::new(key)).remark(COPIES),
            task.contender("aes-gcm", |key| Aes256Gcm::new(key.into())),
        ]
    })
}

pub(crate) fn chacha20_poly1305() -> Vec<Job> {
    jobs("chacha20-poly1305", |task| {
        vec![
            task.contender("chancery", |key| AeadKey::new(Aead::ChaCha20Poly1305, key).expect("a key")),
            task.contender("ring", |key| ring_key(&ring::aead::CHACHA20_POLY1305, key)).remark(COPIES),
            task.contender("aws-lc-rs", |key| aws_key(&aws_lc_rs::aead::CHACHA20_POLY1305, key)),
            task.contender("openssl", |key| OpenSsl::new("ChaCha20-Poly1305", key)),
            task.contender("graviola", |key| graviola::ChaCha20Poly1305::new(*key)).remark(COPIES),
            task.contender("chacha20poly1305", |key| ChaCha20Poly1305::new(key.into())),
            task.contender("orion", |key| Orion(orion::SecretKey::from(*key))).remark(KEY_AND_COPY),
            task.contender("dryoc", |key| Dryoc(*key)).remark(KEY_EACH_TIME),
        ]
    })
}

fn jobs(algorithm: &str, contenders: fn(&Task) -> Vec<Contender>) -> Vec<Job> {
    let mut jobs = Vec::new();
    for (does, opens) in [("seal", false), ("open", true)] {
        for (key, fresh) in [("", false), (", key fresh", true)] {
            jobs.extend(SIZES.map(|size| {
                Job::new(format!("{algorithm}: {does}{key}"), size, move || {
                    contenders(&Task { opens, fresh, size, same: Same::new() })
                })
            }));
        }
    }
    jobs
}

impl Task {
    fn contender<C: Cipher + 'static>(
        &self,
        name: &'static str,
        new: impl Fn(&[u8; 32]) -> C + 'static,
    ) -> Contender {
        let Self { opens, fresh, size, .. } = *self;
        let mut cipher = new(&KEY);
        let message = vec![0x55; size];
        let (sealed, tag) = sealed(&mut cipher, &message);
        self.same.check(name, (sealed.clone(), tag));
        let (from, mut to) = (if opens { sealed } else { message }, vec![0; size]);
        Contender::new(name, move || {
            if fresh && !cipher.rekey(black_box(&KEY)) {
                cipher = new(black_box(&KEY));
            }
            let (from, to) = (black_box(from.as_slice()), black_box(to.as_mut_slice()));
            if opens {
                assert!(cipher.open(from, black_box(&tag), to), "not authentic");
            } else {
                black_box(cipher.seal(from, to));
            }
        })
    }
}

/// What the message is sealed to. This one opens it, and refuses it with another tag.
fn sealed(cipher: &mut impl Cipher, message: &[u8]) -> (Vec<u8>, Tag) {
    let [mut sealed, mut opened] = [vec![0; message.len()], vec![0; message.len()]];
    let tag = cipher.seal(message, &mut sealed);
    assert!(cipher.open(&sealed, &tag, &mut opened) && opened == message, "does not open what it has sealed");
    let mut wrong = tag;
    wrong[15] ^= 1;
    assert!(!cipher.open(&sealed, &wrong, &mut opened), "opens what is not authentic");
    (sealed, tag)
}

impl Cipher for AeadKey {
    fn seal(&mut self, message: &[u8], out: &mut [u8]) -> Tag {
        self.seal_to(&NONCE, b"", message, out).expect("sealed")
    }

    fn open(&mut self, sealed: &[u8], tag: &Tag, out: &mut [u8]) -> bool {
        self.open_to(&NONCE, b"", sealed, tag, out).is_ok()
    }
}

fn ring_key(algorithm: &'static ring::aead::Algorithm, key: &[u8]) -> ring::aead::LessSafeKey {
    ring::aead::LessSafeKey::new(ring::aead::UnboundKey::new(algorithm, key).expect("a key"))
}

impl Cipher for ring::aead::LessSafeKey {
    fn seal(&mut self, message: &[u8], out: &mut [u8]) -> Tag {
        out.copy_from_slice(message);
        let nonce = ring::aead::Nonce::assume_unique_for_key(NONCE);
        let tag = self.seal_in_place_separate_tag(nonce, ring::aead::Aad::empty(), out).expect("sealed");
        tag.as_ref().try_into().expect("16 bytes")
    }

    fn open(&mut self, sealed: &[u8], tag: &Tag, out: &mut [u8]) -> bool {
        out.copy_from_slice(sealed);
        let (nonce, tag) = (ring::aead::Nonce::assume_unique_for_key(NONCE), (*tag).into());
        self.open_in_place_separate_tag(nonce, ring::aead::Aad::empty(), tag, out, 0..).is_ok()
    }
}

fn aws_key(algorithm: &'static aws_lc_rs::aead::Algorithm, key: &[u8]) -> aws_lc_rs::aead::LessSafeKey {
    aws_lc_rs::aead::LessSafeKey::new(aws_lc_rs::aead::UnboundKey::new(algorithm, key).expect("a key"))
}

impl Cipher for aws_lc_rs::aead::LessSafeKey {
    fn seal(&mut self, message: &[u8], out: &mut [u8]) -> Tag {
        let (nonce, mut tag) = (aws_lc_rs::aead::Nonce::assume_unique_for_key(NONCE), [0; 16]);
        let aad = aws_lc_rs::aead::Aad::empty();
        self.seal_out_of_place_scatter(nonce, aad, message, out, &[], &mut tag).expect("sealed");
        tag
    }

    fn open(&mut self, sealed: &[u8], tag: &Tag, out: &mut [u8]) -> bool {
        let nonce = aws_lc_rs::aead::Nonce::assume_unique_for_key(NONCE);
        self.open_separate_gather(nonce, aws_lc_rs::aead::Aad::empty(), sealed, tag, out).is_ok()
    }
}

/// A context that keeps the key, and starts anew with each nonce.
struct OpenSsl(CipherCtx);

impl OpenSsl {
    fn new(algorithm: &str, key: &[u8; 32]) -> Self {
        let cipher = OpenSslCipher::fetch(None, algorithm, None).expect("a cipher");
        let mut context = CipherCtx::new().expect("a context");
        context.encrypt_init(Some(&cipher), Some(key), None).expect("a key");
        Self(context)
    }
}

impl Cipher for OpenSsl {
    fn seal(&mut self, message: &[u8], out: &mut [u8]) -> Tag {
        let mut tag = [0; 16];
        self.0.encrypt_init(None, None, Some(&NONCE)).expect("a nonce");
        self.0.cipher_update(message, Some(out)).expect("sealed");
        self.0.cipher_final(&mut []).expect("sealed");
        self.0.tag(&mut tag).expect("a tag");
        tag
    }

    fn open(&mut self, sealed: &[u8], tag: &Tag, out: &mut [u8]) -> bool {
        self.0.decrypt_init(None, None, Some(&NONCE)).expect("a nonce");
        self.0.set_tag(tag).expect("a tag");
        self.0.cipher_update(sealed, Some(out)).expect("opened");
        self.0.cipher_final(&mut []).is_ok()
    }

    fn rekey(&mut self, key: &[u8; 32]) -> bool {
        self.0.encrypt_init(None, Some(key), None).is_ok()
    }
}

macro_rules! of_graviola {
    ($($cipher:ty),*) => {$(
        impl Cipher for $cipher {
            fn seal(&mut self, message: &[u8], out: &mut [u8]) -> Tag {
                let mut tag = [0; 16];
                out.copy_from_slice(message);
                self.encrypt(&NONCE, b"", out, &mut tag);
                tag
            }

            fn open(&mut self, sealed: &[u8], tag: &Tag, out: &mut [u8]) -> bool {
                out.copy_from_slice(sealed);
                self.decrypt(&NONCE, b"", out, tag).is_ok()
            }
        }
    )*};
}
of_graviola!(graviola::AesGcm, graviola::ChaCha20Poly1305);

macro_rules! of_rust_crypto {
    ($($cipher:ty),*) => {$(
        impl Cipher for $cipher {
            fn seal(&mut self, message: &[u8], out: &mut [u8]) -> Tag {
                let between = InOutBuf::new(message, out).expect("the same length");
                self.encrypt_inout_detached((&NONCE).into(), b"", between).expect("sealed").into()
            }

            fn open(&mut self, sealed: &[u8], tag: &Tag, out: &mut [u8]) -> bool {
                let between = InOutBuf::new(sealed, out).expect("the same length");
                self.decrypt_inout_detached((&NONCE).into(), b"", between, tag.into()).is_ok()
            }
        }
    )*};
}
of_rust_crypto!(Aes256Gcm, ChaCha20Poly1305);

struct Orion(orion::SecretKey);

/// Its calls between two buffers have the tag behind the message; in place it stands beside.
impl Cipher for Orion {
    fn seal(&mut self, message: &[u8], out: &mut [u8]) -> Tag {
        out.copy_from_slice(message);
        let tag = orion::ChaCha20Poly1305::seal_inplace(&self.0, &orion::Nonce::from(NONCE), None, out);
        tag.expect("sealed").unprotected_as_ref().try_into().expect("16 bytes")
    }

    fn open(&mut self, sealed: &[u8], tag: &Tag, out: &mut [u8]) -> bool {
        out.copy_from_slice(sealed);
        let (nonce, tag) = (orion::Nonce::from(NONCE), orion::Tag::from(*tag));
        orion::ChaCha20Poly1305::open_inplace(&self.0, &nonce, &tag, None, out).is_ok()
    }
}

struct Dryoc([u8; 32]);

impl Cipher for Dryoc {
    fn seal(&mut self, message: &[u8], out: &mut [u8]) -> Tag {
        let mut tag = [0; 16];
        dryoc::crypto_aead_chacha20poly1305_ietf_encrypt_detached(
            out, &mut tag, message, None, &NONCE, &self.0,
        )
        .expect("sealed");
        tag
    }

    fn open(&mut self, sealed: &[u8], tag: &Tag, out: &mut [u8]) -> bool {
        dryoc::crypto_aead_chacha20poly1305_ietf_decrypt_detached(out, sealed, tag, None, &NONCE, &self.0)
            .is_ok()
    }
}
