// SPDX-License-Identifier: MIT OR Apache-2.0
//! The tiers, one after another: the limit holds for the whole process, so that one test has it at a time.

use chancery::hazmat::Tier;
use std::sync::{Mutex, PoisonError};

static LIMIT: Mutex<()> = Mutex::new(());

/// Makes something on the portable tier and then, with `f`, on every other that is here.
pub(crate) fn each<T>(what: &str, portable: impl FnOnce() -> T, mut f: impl FnMut(Tier, &T)) {
    let _alone = LIMIT.lock().unwrap_or_else(PoisonError::into_inner);
    Tier::Portable.limit();
    let expected = portable();
    for tier in Tier::ALL {
        if tier > Tier::of_this_machine() {
            println!("{what}: {tier:?} absent");
            continue;
        }
        tier.limit();
        f(tier, &expected);
        println!("{what}: {tier:?} run");
    }
    Tier::of_this_machine().limit();
}

/// Bytes that look random, the same in every run.
pub(crate) struct Bytes(u64);

impl Bytes {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    pub(crate) fn vec(&mut self, len: usize) -> Vec<u8> {
        let mut bytes: Vec<u8> = (0..len.div_ceil(8)).flat_map(|_| self.next().to_le_bytes()).collect();
        bytes.truncate(len);
        bytes
    }
}
