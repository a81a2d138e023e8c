// SPDX-License-Identifier: MIT OR Apache-2.0
//! The crate `hpke`, which does the work of an HPKE message in the same run.

use criterion::{BenchmarkGroup, BenchmarkId, measurement::WallTime};
use hpke::{
    Kem, OpModeR, OpModeS, aead::AesGcm256, kdf::HkdfSha256, kem::X25519HkdfSha256, single_shot_open,
    single_shot_seal,
};
use std::hint::black_box;

/// DHKEM(X25519, HKDF-SHA256), AES-256-GCM, base mode: a fresh encapsulation for every message.
pub(crate) fn bench(group: &mut BenchmarkGroup<'_, WallTime>, size: usize) {
    let (secret, public) = <X25519HkdfSha256 as Kem>::gen_keypair();
    let plaintext = vec![0x55; size];
    let seal = || {
        let plaintext = black_box(plaintext.as_slice());
        single_shot_seal::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
            &OpModeS::Base,
            &public,
            b"bench",
            plaintext,
            b"",
        )
    };
    group.bench_function(BenchmarkId::new("the hpke crate: seal", size), |b| b.iter(|| seal().unwrap()));
    let (enc, ciphertext) = seal().unwrap();
    let open = || {
        let ciphertext = black_box(ciphertext.as_slice());
        single_shot_open::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            &secret,
            &enc,
            b"bench",
            ciphertext,
            b"",
        )
    };
    group.bench_function(BenchmarkId::new("the hpke crate: open", size), |b| b.iter(|| open().unwrap()));
}
