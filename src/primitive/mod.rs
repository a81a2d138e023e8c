// SPDX-License-Identifier: MIT OR Apache-2.0
//! The only place that names a cryptographic dependency. Imports the vocabulary and nothing else of ours.

#[cfg_attr(not(feature = "hazmat"), expect(unreachable_pub, reason = "public through `hazmat`"))]
pub(crate) mod aead;
pub(crate) mod chunked;
pub(crate) mod ct;
pub(crate) mod dhkem;
pub(crate) mod ed25519;
#[cfg(feature = "std")]
pub(crate) mod ed25519_table;
#[cfg(feature = "std")]
pub(crate) mod engine;
pub(crate) mod hash;
pub(crate) mod kdf;
pub(crate) mod kem;
#[cfg(feature = "std")]
pub(crate) mod known;
pub(crate) mod mac;
#[cfg(feature = "pq")]
pub(crate) mod mlkem768;
#[cfg(feature = "p256")]
pub(crate) mod p256;
#[cfg_attr(not(feature = "hazmat"), expect(unreachable_pub, reason = "public through `hazmat`"))]
pub(crate) mod rng;
#[cfg(feature = "rsa")]
pub(crate) mod rsa;
mod sha;
#[cfg(feature = "std")]
pub(crate) mod stream;
pub(crate) mod x25519;
#[cfg(feature = "std")]
pub(crate) mod x25519_table;
#[cfg(feature = "hazmat")]
pub(crate) mod xchacha20;
#[cfg(feature = "pq")]
pub(crate) mod xwing;
