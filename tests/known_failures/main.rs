// SPDX-License-Identifier: MIT OR Apache-2.0
//! What went wrong in other libraries, and the test that shows that it cannot happen here.
//!
//! `table.rs` lists every known failure with its tests, or why there is none. The tests here are those that
//! stand nowhere else.

#[cfg(feature = "hazmat")]
mod forged;
mod house;
mod keys;
mod messages;
#[cfg(feature = "hazmat")]
mod primitives;
mod table;

use chancery::{Context, UnixTime};
use sha2::{Digest, Sha256};

const NOW: UnixTime = UnixTime::from_secs(1_790_000_000);

fn context() -> Context {
    Context::of("known failures")
}

/// A key of 32 bytes for tests, another one for each `seed`.
fn bytes32(seed: u8) -> [u8; 32] {
    core::array::from_fn(|i| seed.wrapping_add(u8::try_from(i).expect("below 32").wrapping_mul(7)))
}

/// `H` of the specification.
fn h(parts: &[&[u8]]) -> [u8; 32] {
    Sha256::digest(parts.concat()).into()
}

#[cfg(not(feature = "hazmat"))]
#[test]
fn without_hazmat_nothing_is_forged() {
    println!("known_failures: NOT RUN without the feature `hazmat`: forged envelopes, long known answers");
}
