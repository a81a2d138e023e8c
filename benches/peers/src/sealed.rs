// SPDX-License-Identifier: MIT OR Apache-2.0
//! A message sealed by whoever will read it: one key, and nothing to keep count of. A new buffer each time.
//!
//! Nobody else has a key for each message, commits to it and binds a context; the others are what is used in its place.

use crate::{
    race::Job,
    sealing::{self, Party},
};
use aes_gcm::{Aes256Gcm, KeyInit, aead::AeadInOut};
use aws_lc_rs::aead as aws;
use chacha20poly1305::XChaCha20Poly1305;
use chancery::{
    Context, Keyring,
    aead::{Algorithm, SealKey},
};
use orion::aead as orion;
use ring::rand::{SecureRandom as _, SystemRandom};
use std::rc::Rc;

const SIZES: [usize; 3] = [64, 1024, 16 * 1024];
const KEY: [u8; 32] = *b"a key of thirty-two bytes.......";

const GCM: &str = "a random nonce of 12 bytes: 2^32 messages for a key; no commitment, no context";
const XCHACHA: &str = "a random nonce of 24 bytes; no commitment, no context";

pub(crate) fn jobs() -> Vec<Job> {
    let aes = sealing::jobs("sealed message aes-256-gcm", &SIZES, || {
        vec![ours(Algorithm::Aes256Gcm), aws_lc_rs().remark(GCM), aes_gcm().remark(GCM)]
    });
    let chacha = sealing::jobs("sealed message chacha20-poly1305", &SIZES, || {
        vec![
            ours(Algorithm::ChaCha20Poly1305),
            of_orion().remark(XCHACHA),
            chacha20poly1305().remark(XCHACHA),
        ]
    });
    aes.into_iter().chain(chacha).collect()
}

fn ours(algorithm: Algorithm) -> Party {
    let keys = || Keyring::new(SealKey::from_bytes(algorithm, &KEY).expect("a key"));
    let (to, from, context) = (keys(), keys(), Context::of("race"));
    let other = context.clone();
    Party::new(
        "chancery",
        "chancery",
        move |message| to.seal(&context, message).expect("sealed"),
        move |sealed| from.open(&other, sealed).expect("opened"),
    )
}

/// `nonce || ct || tag`, as the others.
fn aws_lc_rs() -> Party {
    let key = || aws::RandomizedNonceKey::new(&aws::AES_256_GCM, &KEY).expect("a key");
    let (to, from) = (key(), key());
    let seal = move |message: &[u8]| {
        let mut sealed = Vec::with_capacity(12 + message.len() + 16);
        sealed.extend_from_slice(&[0; 12]);
        sealed.extend_from_slice(message);
        let (nonce, tag) =
            to.seal_in_place_separate_tag(aws::Aad::empty(), &mut sealed[12..]).expect("sealed");
        sealed[..12].copy_from_slice(nonce.as_ref());
        sealed.extend_from_slice(tag.as_ref());
        sealed
    };
    let open = move |sealed: &[u8]| {
        let (nonce, sealed) = sealed.split_first_chunk::<12>().expect("a nonce");
        let mut message = sealed.to_vec();
        let len = from.open_in_place(nonce.into(), aws::Aad::empty(), &mut message).expect("opened").len();
        message.truncate(len);
        message
    };
    Party::new("aws-lc-rs", "aes-256-gcm", seal, open)
}

macro_rules! rust_crypto {
    ($name:ident, $cipher:ty, $nonce:literal, $format:literal) => {
        fn $name() -> Party {
            let (to, random) = (Rc::new(<$cipher>::new((&KEY).into())), SystemRandom::new());
            let from = Rc::clone(&to);
            let seal = move |message: &[u8]| {
                let mut sealed = Vec::with_capacity($nonce + message.len() + 16);
                let mut nonce = [0; $nonce];
                random.fill(&mut nonce).expect("random");
                sealed.extend_from_slice(&nonce);
                sealed.extend_from_slice(message);
                let buffer = (&mut sealed[$nonce..]).into();
                let tag = to.encrypt_inout_detached((&nonce).into(), b"", buffer).expect("sealed");
                sealed.extend_from_slice(&tag);
                sealed
            };
            let open = move |sealed: &[u8]| {
                let (nonce, sealed) = sealed.split_first_chunk::<$nonce>().expect("a nonce");
                let (sealed, tag) = sealed.split_last_chunk::<16>().expect("a tag");
                let mut message = sealed.to_vec();
                let buffer = (&mut message[..]).into();
                from.decrypt_inout_detached(nonce.into(), b"", buffer, tag.into()).expect("opened");
                message
            };
            Party::new(stringify!($name), $format, seal, open)
        }
    };
}
rust_crypto!(aes_gcm, Aes256Gcm, 12, "aes-256-gcm");
rust_crypto!(chacha20poly1305, XChaCha20Poly1305, 24, "xchacha20-poly1305");

fn of_orion() -> Party {
    let key = || orion::SecretKey::try_from(&KEY[..]).expect("a key");
    let (to, from) = (key(), key());
    Party::new(
        "orion",
        "xchacha20-poly1305",
        move |message| orion::seal(&to, message).expect("sealed"),
        move |sealed| orion::open(&from, sealed).expect("opened"),
    )
}
