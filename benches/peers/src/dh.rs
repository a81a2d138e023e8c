// SPDX-License-Identifier: MIT OR Apache-2.0
//! X25519: the public key of a secret one, from bytes to bytes, and what two sides agree on.

use crate::race::{Contender, Job, Same};
use aws_lc_rs::agreement as aws;
use chancery::hazmat;
use dryoc::classic::crypto_core as dryoc;
use graviola::key_agreement::x25519 as graviola;
use openssl::{
    derive::Deriver,
    pkey::{Id, PKey},
};
use orion::hazardous::ecc::x25519 as orion;
use ring::agreement as of_ring;
use std::hint::black_box;

type Key = [u8; 32];

const SECRET: Key = *b"a key of thirty-two bytes.......";
const PEERS_SECRET: Key = *b"another key of the same length..";

pub(crate) fn jobs() -> Vec<Job> {
    vec![Job::new("x25519: public key", 32, public_key), Job::new("x25519: agree", 32, agree)]
}

/// Checked, and measured with this key.
fn contender(
    same: &Same<Key>,
    name: &'static str,
    input: Key,
    call: impl Fn(&Key) -> Key + 'static,
) -> Contender {
    same.check(name, call(&input));
    Contender::new(name, move || call(black_box(&input)))
}

fn public_key() -> Vec<Contender> {
    let same = Same::new();
    let of = |name, call: fn(&Key) -> Key| contender(&same, name, SECRET, call);
    vec![
        of("chancery", hazmat::x25519_public),
        of("aws-lc-rs", |secret| {
            let key = aws::PrivateKey::from_private_key(&aws::X25519, secret).expect("a key");
            array(key.compute_public_key().expect("a key").as_ref())
        }),
        of("openssl", |secret| {
            let key = PKey::private_key_from_raw_bytes(secret, Id::X25519).expect("a key");
            array(&key.raw_public_key().expect("a key"))
        }),
        of("graviola", |secret| graviola::StaticPrivateKey::from_array(secret).public_key().as_bytes()),
        of("x25519-dalek", |secret| {
            x25519_dalek::PublicKey::from(&x25519_dalek::StaticSecret::from(*secret)).to_bytes()
        }),
        of("orion", |secret| {
            array(orion::PublicKey::try_from(&orion::PrivateKey::from(*secret)).expect("a key").as_ref())
        }),
        of("dryoc", |secret| {
            let mut public = [0; 32];
            dryoc::crypto_scalarmult_base(&mut public, secret);
            public
        }),
        Contender::new("ring", || {
            let random = ring::rand::SystemRandom::new();
            let key = of_ring::EphemeralPrivateKey::generate(&of_ring::X25519, &random).expect("a key");
            key.compute_public_key().expect("a key")
        })
        .remark("generates the secret key, which it takes from nobody"),
    ]
}

fn agree() -> Vec<Contender> {
    let (same, peer) = (Same::new(), hazmat::x25519_public(&PEERS_SECRET));
    let aws_key = aws::PrivateKey::from_private_key(&aws::X25519, &SECRET).expect("a key");
    let openssl_key = PKey::private_key_from_raw_bytes(&SECRET, Id::X25519).expect("a key");
    let graviola_key = graviola::StaticPrivateKey::from_array(&SECRET);
    let dalek_key = x25519_dalek::StaticSecret::from(SECRET);
    let orion_key = orion::PrivateKey::from(SECRET);
    vec![
        contender(&same, "chancery", peer, |peer| {
            array(hazmat::x25519(&SECRET, peer).expect("agreed").expose_secret())
        }),
        contender(&same, "aws-lc-rs", peer, move |peer| {
            let peer = aws::UnparsedPublicKey::new(&aws::X25519, peer);
            aws::agree(&aws_key, peer, (), |shared| Ok(array(shared))).expect("agreed")
        }),
        contender(&same, "openssl", peer, move |peer| {
            let peer = PKey::public_key_from_raw_bytes(peer, Id::X25519).expect("a key");
            let mut deriver = Deriver::new(&openssl_key).expect("a key");
            deriver.set_peer(&peer).expect("a key");
            array(&deriver.derive_to_vec().expect("agreed"))
        }),
        contender(&same, "graviola", peer, move |peer| {
            graviola_key.diffie_hellman(&graviola::PublicKey::from_array(peer)).expect("agreed").0
        }),
        contender(&same, "x25519-dalek", peer, move |peer| {
            let shared = dalek_key.diffie_hellman(&(*peer).into());
            assert!(shared.was_contributory());
            shared.to_bytes()
        }),
        contender(&same, "orion", peer, move |peer| {
            let shared = orion::key_agreement(&orion_key, &(*peer).into()).expect("agreed");
            array(shared.unprotected_as_ref())
        }),
        contender(&same, "dryoc", peer, |peer| {
            let mut shared = [0; 32];
            dryoc::crypto_scalarmult(&mut shared, &SECRET, peer).expect("agreed");
            shared
        }),
        Contender::new("ring", move || {
            let random = ring::rand::SystemRandom::new();
            let key = of_ring::EphemeralPrivateKey::generate(&of_ring::X25519, &random).expect("a key");
            let peer = of_ring::UnparsedPublicKey::new(&of_ring::X25519, black_box(&peer));
            of_ring::agree_ephemeral(key, &peer, array).expect("agreed")
        })
        .remark("generates the secret key each time, for it is good once"),
    ]
}

fn array(bytes: &[u8]) -> Key {
    bytes.try_into().expect("32 bytes")
}
