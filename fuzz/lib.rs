// SPDX-License-Identifier: MIT OR Apache-2.0
//! The functions of `entries/`, compiled once for all targets.

#[expect(dead_code, reason = "the seeds are for `tests/corpus`")]
mod entries;

/// Runs the target of this name; it panics when a property does not hold.
pub fn run(target: &str, input: &[u8]) {
    entries::run(target, input);
}
