// SPDX-License-Identifier: MIT OR Apache-2.0
//! Our kernels beside each other: what they are with what a processor has or lacks.

use crate::race::{Contender, Job};
use chancery::hazmat::{self, Aead, AeadKey, Tier};
use std::{hint::black_box, sync::OnceLock};

const SIZES: [usize; 5] = [64, 256, 1024, 16 * 1024, 1024 * 1024];

/// What all of this run is limited to.
static CHOSEN: OnceLock<Tier> = OnceLock::new();

/// The kernels of chancery use at most the tier of this name. Once.
pub(crate) fn limit(name: &str) -> Option<()> {
    let tier = Tier::ALL.into_iter().find(|tier| format!("{tier:?}").eq_ignore_ascii_case(name))?;
    tier.limit();
    CHOSEN.set(tier).ok()
}

/// What runs, or is made, under a limit of its own.
fn at<T>(tier: Tier, run: impl FnOnce() -> T) -> T {
    tier.limit();
    let done = run();
    CHOSEN.get().copied().unwrap_or(Tier::Avx512).limit();
    done
}

pub(crate) fn jobs() -> Vec<Job> {
    let aeads = [("aes-256-gcm", Aead::Aes256Gcm), ("chacha20-poly1305", Aead::ChaCha20Poly1305)];
    let seal = aeads.into_iter().flat_map(|(name, aead)| {
        SIZES.map(|size| {
            Job::new(format!("tiers {name}: seal"), size, move || {
                in_each(|name, tier| {
                    seal(name, at(tier, || AeadKey::new(aead, &[7; 32])).expect("a key"), size)
                })
            })
        })
    });
    let agree = Job::new("tiers x25519: agree", 32, || in_each(agree));
    seal.chain([agree]).collect()
}

fn in_each(contender: impl Fn(&'static str, Tier) -> Contender) -> Vec<Contender> {
    let tiers = Tier::ALL.into_iter().rev().filter(|tier| *tier <= Tier::of_this_machine());
    let named = |tier| match tier {
        Tier::Portable => "chancery, portable",
        Tier::Avx2 => "chancery, AVX2",
        _ => "chancery, AVX-512",
    };
    tiers.map(|tier| contender(named(tier), tier)).collect()
}

/// In place, again and again.
fn seal(name: &'static str, key: AeadKey, size: usize) -> Contender {
    let mut buffer = vec![0x55; size];
    Contender::new(name, move || key.seal_in_place(&[1; 12], b"", black_box(&mut buffer)).expect("sealed"))
}

fn agree(name: &'static str, tier: Tier) -> Contender {
    let point = hazmat::x25519_public(&[2; 32]);
    Contender::new(name, move || {
        at(tier, || hazmat::x25519(black_box(&[1; 32]), black_box(&point)).expect("a shared secret"))
    })
}
