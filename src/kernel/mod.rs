// SPDX-License-Identifier: MIT OR Apache-2.0
//! Code for the instruction sets of a processor, chosen at run time; the only place where `unsafe` may stand.
//!
//! A kernel agrees with the portable code of its primitive for every input. It imports nothing of ours, knows no
//! errors and no policy: `primitive` calls it with lengths that are within the limits, compares tags and clears
//! what was not authentic.
//!
//! Inside a function with `#[target_feature]` the intrinsics are safe functions. `unsafe` is left for loads, stores, the
//! call from outside, views of memory that is read and written, and a barrier that emits nothing, each with its reason; a file that has any says `#![expect(unsafe_code)]`.

mod aes_gcm;
mod aes_gcm_avx2;
mod aes_gcm_avx512;
mod chacha20_avx2;
mod chacha20_avx512;
mod chacha20_poly1305;
mod chacha20_poly1305_avx2;
mod chacha20_poly1305_avx512;
pub(crate) mod ed25519;
mod edwards25519;
mod edwards25519_table;
mod field25519;
mod gcm;
mod in_out;
mod inverse25519;
mod poly1305;
mod poly1305_avx512;
pub(crate) mod sha512;
mod tier;
pub(crate) mod x25519;

pub(crate) use self::aes_gcm::AesGcm;
pub(crate) use self::chacha20_poly1305::ChaCha20Poly1305;

#[cfg_attr(not(feature = "hazmat"), expect(unreachable_pub, reason = "public through `hazmat`"))]
pub use tier::Tier;
