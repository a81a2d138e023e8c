// SPDX-License-Identifier: MIT OR Apache-2.0
//! Each kernel on every tier that this machine has, against the portable code: the same bytes for every length, every
//! alignment and every length of additional data, in place and from one buffer into another.
//!
//! `cargo test --release --all-features --test kernels -- --nocapture` names the tiers that ran.

#![cfg(all(feature = "hazmat", feature = "simd", target_arch = "x86_64"))]

mod aes_gcm;
mod between;
mod bytes;
mod chacha20_poly1305;
mod ed25519;
mod numbers;
mod sha512;
mod tiers;
mod x25519;
