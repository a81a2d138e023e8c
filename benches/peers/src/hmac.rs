// SPDX-License-Identifier: MIT OR Apache-2.0
//! HMAC-SHA-256 made: with a key that was hashed once, where the interface keeps such a state, and with one for each message.

use crate::race::{Contender, Job, Same};
use ::graviola::hashing::{Sha256, hmac as graviola};
use ::hmac::{Hmac, KeyInit, Mac as _};
use aws_lc_rs::hmac as aws;
use chancery::hazmat::{Hash, HmacKey, hmac};
use dryoc::classic::crypto_auth_hmacsha256 as dryoc;
use openssl::{md::Md, md_ctx::MdCtx, pkey::PKey};
use orion::hazardous::mac::hmac::sha256 as orion;
use ring::hmac as of_ring;
use std::hint::black_box;

type Key = [u8; 32];
type Tag = [u8; 32];

const KEY: Key = *b"a key of thirty-two bytes.......";

pub(crate) fn jobs() -> Vec<Job> {
    let mut jobs = Vec::new();
    for size in [64, 1024, 16 * 1024] {
        jobs.push(Job::new("hmac-sha-256: tag", size, move || keyed(size)));
        jobs.push(Job::new("hmac-sha-256: tag, key fresh", size, move || fresh(size)));
    }
    jobs
}

fn contender(
    same: &Same<Tag>,
    name: &'static str,
    size: usize,
    mut tag: impl FnMut(&[u8]) -> Tag + 'static,
) -> Contender {
    let message = vec![0x55; size];
    same.check(name, tag(&message));
    Contender::new(name, move || tag(black_box(&message)))
}

fn keyed(size: usize) -> Vec<Contender> {
    let same = Same::new();
    let ours = HmacKey::new(Hash::Sha256, &KEY);
    let ring = of_ring::Key::new(of_ring::HMAC_SHA256, &KEY);
    let aws = aws::Key::new(aws::HMAC_SHA256, &KEY);
    let (openssl, mut context) = (PKey::hmac(&KEY).expect("a key"), MdCtx::new().expect("a context"));
    let graviola = graviola::Hmac::<Sha256>::new(KEY);
    let rust_crypto = Hmac::<sha2::Sha256>::new_from_slice(&KEY).expect("a key");
    let mut orion = orion::HmacSha256::new(&orion::SecretKey::try_from(&KEY[..]).expect("a key"));
    vec![
        contender(&same, "chancery", size, move |message| array(ours.mac(message).expose_secret())),
        contender(&same, "ring", size, move |message| array(of_ring::sign(&ring, message).as_ref())),
        contender(&same, "aws-lc-rs", size, move |message| array(aws::sign(&aws, message).as_ref())),
        contender(&same, "openssl", size, move |message| openssl_tag(&mut context, &openssl, message))
            .remark("hashes the key for each message"),
        contender(&same, "graviola", size, move |message| {
            let mut mac = graviola.clone();
            mac.update(message);
            array(mac.finish().as_ref())
        }),
        contender(&same, "hmac", size, move |message| {
            rust_crypto.clone().chain_update(message).finalize().into_bytes().into()
        }),
        contender(&same, "orion", size, move |message| {
            orion.reset();
            orion.update(message).expect("updated");
            array(orion.finalize().expect("a tag").unprotected_as_ref())
        }),
    ]
}

fn fresh(size: usize) -> Vec<Contender> {
    let (same, mut context) = (Same::new(), MdCtx::new().expect("a context"));
    vec![
        contender(&same, "chancery", size, |message| {
            array(hmac(Hash::Sha256, key(), message).expose_secret())
        }),
        contender(&same, "ring", size, |message| {
            array(of_ring::sign(&of_ring::Key::new(of_ring::HMAC_SHA256, key()), message).as_ref())
        }),
        contender(&same, "aws-lc-rs", size, |message| {
            array(aws::sign(&aws::Key::new(aws::HMAC_SHA256, key()), message).as_ref())
        }),
        contender(&same, "openssl", size, move |message| {
            openssl_tag(&mut context, &PKey::hmac(key()).expect("a key"), message)
        }),
        contender(&same, "graviola", size, |message| {
            let mut mac = graviola::Hmac::<Sha256>::new(key());
            mac.update(message);
            array(mac.finish().as_ref())
        }),
        contender(&same, "hmac", size, |message| {
            let mac = Hmac::<sha2::Sha256>::new_from_slice(key()).expect("a key");
            mac.chain_update(message).finalize().into_bytes().into()
        }),
        contender(&same, "orion", size, |message| {
            let key = orion::SecretKey::try_from(&key()[..]).expect("a key");
            array(orion::HmacSha256::hmac(&key, message).expect("a tag").unprotected_as_ref())
        }),
        contender(&same, "dryoc", size, |message| {
            let mut tag = [0; 32];
            dryoc::crypto_auth_hmacsha256(&mut tag, message, key());
            tag
        }),
    ]
}

fn key() -> &'static Key {
    black_box(&KEY)
}

fn openssl_tag(
    context: &mut MdCtx,
    key: &openssl::pkey::PKeyRef<openssl::pkey::Private>,
    message: &[u8],
) -> Tag {
    let mut tag = [0; 32];
    context.digest_sign_init(Some(Md::sha256()), key).expect("a key");
    context.digest_sign_update(message).expect("updated");
    context.digest_sign_final(Some(&mut tag)).expect("a tag");
    tag
}

fn array(bytes: &[u8]) -> Tag {
    bytes.try_into().expect("32 bytes")
}
