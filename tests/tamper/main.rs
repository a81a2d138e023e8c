// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every bit flip, every truncation, every insertion of one byte and every swap of segments, of every format:
//! none is accepted, none panics, nothing is released, and the next good message opens as before.
//!
//! No format has a byte that may change: what is not covered by a tag, a signature or a checksum must have
//! one value. `--nocapture` prints how much was tried. With `--release` it is more: every bit of every kind of
//! envelope, and more positions in messages of several chunks.

mod battery;
mod contexts;
mod envelope;
mod hpke;
mod sealed;
mod tags;
mod texts;

use chancery::Context;

/// What every message here is for.
fn context() -> Context {
    Context::of("tamper").field("test")
}

/// A key of 32 bytes for tests, another one for each `seed`.
fn bytes32(seed: u8) -> [u8; 32] {
    core::array::from_fn(|i| seed.wrapping_add(u8::try_from(i).expect("below 32").wrapping_mul(7)))
}
