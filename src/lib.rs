// SPDX-License-Identifier: MIT OR Apache-2.0
#![no_std]
#![cfg_attr(not(feature = "simd"), forbid(unsafe_code))]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(feature = "std", doc = include_str!("../README.md"))]
#![cfg_attr(not(feature = "std"), doc = "Seals, signs and verifies the payloads of an API; without `std`.")]
#![cfg_attr(
    not(test), // a test that fails may panic
    deny(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used
    )
)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

// Vocabulary: imports nothing of ours.
mod context;
mod error;
mod key_id;
mod secret;
mod time;
mod verified;

// Bytes to structs and back.
mod wire;

// Code for the instruction sets of a processor.
#[cfg(all(feature = "simd", target_arch = "x86_64"))]
mod kernel;

// The only place that names a cryptographic dependency, or a kernel.
mod primitive;

// One rotation for every kind of key.
pub mod keyring;

// Keys with one job each.
pub mod aead;
pub mod agreement;
pub mod mac;
pub mod signing;

// A key with an algorithm and a name: what two formats have in common.
#[cfg(any(feature = "http", feature = "jwt"))]
mod named_key;

// Formats.
pub mod envelope;
pub mod hpke;
#[cfg(feature = "jwt")]
mod jws;
pub mod scheme;

// Jobs.
pub mod api_key;
#[cfg(feature = "http")]
pub mod http_signature;
#[cfg(feature = "jwt")]
pub mod jwt;
#[cfg(feature = "std")]
pub mod replay;
pub mod webhook;

#[cfg(feature = "hazmat")]
pub mod hazmat;

// Integrations: public modules and a framework.
#[cfg(feature = "tokio")]
pub mod aio;
#[cfg(feature = "reqwest")]
pub mod client;
#[cfg(feature = "axum")]
pub mod extract;
#[cfg(feature = "jwks")]
pub mod jwks;
#[cfg(feature = "tower")]
pub mod middleware;
#[cfg(any(feature = "postgres", feature = "redb", feature = "redis"))]
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;

pub use context::Context;
pub use error::{ConfigError, Error, KeyKind};
pub use key_id::KeyId;
pub use keyring::{Key, Keyring};
pub use secret::{SecretBytes, SecretText};
pub use time::UnixTime;
pub use verified::{AsyncReplay, Hold, Lease, Replay, ReplayFuture, Unclaimed, Verified};
