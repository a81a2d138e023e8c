// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pure Ed25519 without a context, keys set up once. The signature of a message is the same from all.

use crate::race::{Contender, Job, Same};
use aws_lc_rs::signature::{self as aws, KeyPair as _};
use chancery::{
    hazmat,
    signing::{SigningKey, VerifyingKey},
};
use dryoc::classic::crypto_sign as dryoc;
use ed25519_dalek::Signer as _;
use graviola::signing::eddsa as graviola;
use openssl::{
    pkey::{Id, PKey},
    sign::{Signer, Verifier},
};
use ring::signature::{self as of_ring, KeyPair as _};
use std::{hint::black_box, rc::Rc};

type Signature = [u8; 64];

const SEED: [u8; 32] = *b"a seed of thirty-two bytes......";
const STRICT: &str = "refuses what not all verifiers accept";
const KNOWN: &str = "a key that was used before; refuses what not all verifiers accept";

pub(crate) fn jobs() -> Vec<Job> {
    let mut jobs = Vec::new();
    for size in [256, 4096] {
        jobs.push(Job::new("ed25519: sign", size, move || sign(size)));
        jobs.push(Job::new("ed25519: verify", size, move || verify(size)));
    }
    jobs
}

fn key() -> SigningKey {
    SigningKey::from_seed(&SEED).expect("a key")
}

fn sign(size: usize) -> Vec<Contender> {
    let (same, message) = (Same::new(), Rc::new(vec![0x55; size]));
    let ours = key();
    let theirs = of_ring::Ed25519KeyPair::from_seed_unchecked(&SEED).expect("a key");
    let aws = aws::Ed25519KeyPair::from_seed_unchecked(&SEED).expect("a key");
    assert_eq!(aws.public_key().as_ref(), theirs.public_key().as_ref());
    let openssl = PKey::private_key_from_raw_bytes(&SEED, Id::ED25519).expect("a key");
    let graviola = graviola::Ed25519SigningKey::from_bytes(&SEED).expect("a key");
    let dalek = ed25519_dalek::SigningKey::from_bytes(&SEED);
    let (_, dryoc_key) = dryoc::crypto_sign_seed_keypair(&SEED);
    let signs = Signs { same: &same, message: &message };
    vec![
        signs.contender("chancery", move |message| {
            *hazmat::ed25519_sign(&ours, message).expect("signed").as_bytes()
        }),
        signs.contender("ring", move |message| array(theirs.sign(message).as_ref())),
        signs.contender("aws-lc-rs", move |message| array(aws.sign(message).as_ref())),
        signs.contender("openssl", move |message| {
            let mut signature = [0; 64];
            let mut signer = Signer::new_without_digest(&openssl).expect("a key");
            signer.sign_oneshot(&mut signature, message).expect("signed");
            signature
        }),
        signs.contender("graviola", move |message| graviola.sign(message)),
        signs.contender("ed25519-dalek", move |message| dalek.sign(message).to_bytes()),
        signs.contender("dryoc", move |message| {
            let mut signature = [0; 64];
            dryoc::crypto_sign_detached(&mut signature, message, &dryoc_key).expect("signed");
            signature
        }),
    ]
}

struct Signs<'a> {
    same: &'a Same<Signature>,
    message: &'a Rc<Vec<u8>>,
}

impl Signs<'_> {
    fn contender(&self, name: &'static str, sign: impl Fn(&[u8]) -> Signature + 'static) -> Contender {
        self.same.check(name, sign(self.message));
        let message = Rc::clone(self.message);
        Contender::new(name, move || sign(black_box(&message)))
    }
}

fn verify(size: usize) -> Vec<Contender> {
    let message = Rc::new(vec![0x55; size]);
    let (ours, public) = (key(), *key().verifying_key().as_bytes());
    let signature = *hazmat::ed25519_sign(&ours, &message).expect("signed").as_bytes();
    let ours = VerifyingKey::from_bytes(&public).expect("a key");
    let ring = of_ring::UnparsedPublicKey::new(&of_ring::ED25519, public);
    let aws = aws::ParsedPublicKey::new(&aws::ED25519, public).expect("a key");
    let openssl = PKey::public_key_from_raw_bytes(&public, Id::ED25519).expect("a key");
    let graviola = graviola::Ed25519VerifyingKey::from_bytes(&public).expect("a key");
    let dalek = ed25519_dalek::VerifyingKey::from_bytes(&public).expect("a key");
    let verifies = Verifies { message: &message, signature };
    vec![
        verifies
            .contender("chancery", move |message, signature| {
                hazmat::ed25519_verify(&ours, message, &chancery::signing::Signature::from_bytes(*signature))
                    .is_ok()
            })
            .remark(KNOWN),
        verifies.contender("ring", move |message, signature| ring.verify(message, signature).is_ok()),
        verifies.contender("aws-lc-rs", move |message, signature| aws.verify_sig(message, signature).is_ok()),
        verifies.contender("openssl", move |message, signature| {
            let mut verifier = Verifier::new_without_digest(&openssl).expect("a key");
            verifier.verify_oneshot(signature, message).expect("a signature")
        }),
        verifies.contender("graviola", move |message, signature| graviola.verify(signature, message).is_ok()),
        verifies
            .contender("ed25519-dalek", move |message, signature| {
                dalek.verify_strict(message, &ed25519_dalek::Signature::from_bytes(signature)).is_ok()
            })
            .remark(STRICT),
        verifies.contender("dryoc", move |message, signature| {
            dryoc::crypto_sign_verify_detached(signature, message, &public).is_ok()
        }),
    ]
}

struct Verifies<'a> {
    message: &'a Rc<Vec<u8>>,
    signature: Signature,
}

impl Verifies<'_> {
    /// Of one who refuses the signature of another message.
    fn contender(
        &self,
        name: &'static str,
        verify: impl Fn(&[u8], &Signature) -> bool + 'static,
    ) -> Contender {
        assert!(!verify(b"another message", &self.signature), "{name} verifies what was not signed");
        let (message, signature) = (Rc::clone(self.message), self.signature);
        Contender::new(name, move || {
            assert!(verify(black_box(&message), black_box(&signature)), "not authentic");
        })
    }
}

fn array(bytes: &[u8]) -> Signature {
    bytes.try_into().expect("64 bytes")
}
