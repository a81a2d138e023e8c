// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a store must be, slowly; and what tests of every store need.

use chancery::{Error, Hold, UnixTime};
use std::collections::HashMap;

pub(crate) fn at(seconds: u64) -> UnixTime {
    UnixTime::from_secs(seconds)
}

pub(crate) fn id(n: u64) -> [u8; 32] {
    core::array::from_fn(|i| n.to_be_bytes()[i % 8])
}

/// Numbers below a bound, the same in every run (xorshift).
pub(crate) fn random(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed | 1;
    move |below| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    }
}

/// The claims by number.
#[derive(Default)]
pub(crate) struct Model(pub(crate) HashMap<u64, Hold>);

impl Model {
    pub(crate) fn forget(&mut self, now: u64) {
        self.0.retain(|_, hold| matches!(hold, Hold::Lease(end) | Hold::Done(end) if *end > at(now)));
    }

    pub(crate) fn claim(&mut self, n: u64, hold: Hold, now: u64, capacity: usize) -> Result<(), Error> {
        self.forget(now);
        match self.0.get(&n) {
            Some(Hold::Done(_)) => Err(Error::Replayed),
            Some(Hold::Lease(_)) => Err(Error::InProgress),
            None if self.0.len() >= capacity => Err(Error::Unavailable),
            None => {
                self.0.insert(n, hold);
                Ok(())
            }
        }
    }

    pub(crate) fn settle(&mut self, n: u64, until: u64, now: u64, capacity: usize) -> Result<(), Error> {
        self.forget(now);
        if !self.0.contains_key(&n) && self.0.len() >= capacity {
            return Err(Error::Unavailable);
        }
        self.0.insert(n, Hold::Done(at(until)));
        Ok(())
    }

    pub(crate) fn release(&mut self, n: u64, lease: UnixTime) {
        if self.0.get(&n) == Some(&Hold::Lease(lease)) {
            self.0.remove(&n);
        }
    }
}
