// SPDX-License-Identifier: MIT OR Apache-2.0
//! A store in memory that accepts each message once: for one process.
//!
//! ```
//! use chancery::{Context, UnixTime, envelope::{Opener, Sealer}, hpke::Identity, replay::MemoryStore};
//!
//! let store = MemoryStore::new(100_000);
//! # let (identity, context) = (Identity::generate()?, Context::of("order"));
//! # let sealer = Sealer::to(identity.recipient(), &context)?;
//! # let opener = Opener::from_anyone(identity, &context)?.max_age(core::time::Duration::from_secs(300));
//! let now = UnixTime::now();
//! let sealed = sealer.seal(b"order 17", now)?;
//! assert!(opener.open(&sealed, now)?.claim(&store, now).is_ok());
//! assert!(opener.open(&sealed, now)?.claim(&store, now).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Security
//! It forgets when the process ends: a copy of a message that is still young enough is then accepted
//! again. It is bounded, and when it is full it refuses new messages rather than forget old ones: give it room for all
//! that arrives within the longest age, retention included. One store for one job: messages of different services are
//! told apart by their context, copies for several recipients of one envelope are not.

use crate::{Error, Hold, Replay, UnixTime};
use alloc::{boxed::Box, collections::BTreeSet};
use core::{fmt, hash::BuildHasher};
use std::{
    collections::{HashMap, hash_map::RandomState},
    sync::{Mutex, PoisonError},
};

/// Claims under different locks do not wait for each other.
const SHARDS: usize = 16;

/// What was accepted, in memory. Share it by reference or in an `Arc`.
pub struct MemoryStore {
    shards: Box<[Mutex<Shard>]>,
    /// Keyed, so that nobody can choose messages that all meet in one shard.
    hasher: RandomState,
    /// Of one shard.
    capacity: usize,
}

#[derive(Default)]
struct Shard {
    held: HashMap<[u8; 32], Hold>,
    /// The same, by when they may be forgotten.
    ends: BTreeSet<(UnixTime, [u8; 32])>,
}

const fn end(hold: Hold) -> UnixTime {
    match hold {
        Hold::Lease(until) | Hold::Done(until) => until,
    }
}

impl Shard {
    /// Forgets what has ended. What was set last ends last, or nearly: each claim pays for few.
    fn forget(&mut self, now: UnixTime) {
        while let Some((until, id)) = self.ends.first().copied().filter(|(until, _)| *until <= now) {
            self.ends.remove(&(until, id));
            self.held.remove(&id);
        }
    }

    fn set(&mut self, id: [u8; 32], hold: Hold) {
        if let Some(old) = self.held.insert(id, hold) {
            self.ends.remove(&(end(old), id));
        }
        self.ends.insert((end(hold), id));
    }
}

impl MemoryStore {
    /// A store that holds `capacity` claims, or up to sixteen more. About 150 bytes each, taken as they come.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        let shards = core::iter::repeat_with(Mutex::default).take(SHARDS).collect();
        Self { shards, hasher: RandomState::new(), capacity: capacity.div_ceil(SHARDS) }
    }

    /// How many claims are held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| with(shard, |shard| shard.held.len())).sum()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn shard(&self, id: &[u8; 32]) -> Result<&Mutex<Shard>, Error> {
        let [first, ..] = self.hasher.hash_one(id).to_ne_bytes();
        self.shards.get(usize::from(first) % SHARDS).ok_or(Error::Unavailable)
    }
}

/// A shard is consistent between calls, also after a panic elsewhere.
fn with<T>(shard: &Mutex<Shard>, f: impl FnOnce(&mut Shard) -> T) -> T {
    f(&mut shard.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Replay for MemoryStore {
    /// # Errors
    /// [`Error::Unavailable`] when it is full.
    fn claim(&self, id: &[u8; 32], hold: Hold, now: UnixTime) -> Result<(), Error> {
        with(self.shard(id)?, |shard| {
            shard.forget(now);
            match shard.held.get(id) {
                Some(Hold::Done(_)) => Err(Error::Replayed),
                Some(Hold::Lease(_)) => Err(Error::InProgress),
                None if shard.held.len() >= self.capacity => Err(Error::Unavailable),
                None => {
                    shard.set(*id, hold);
                    Ok(())
                }
            }
        })
    }

    fn settle(&self, id: &[u8; 32], until: UnixTime, now: UnixTime) -> Result<(), Error> {
        with(self.shard(id)?, |shard| {
            shard.forget(now);
            let is_new = !shard.held.contains_key(id);
            if is_new && shard.held.len() >= self.capacity {
                return Err(Error::Unavailable);
            }
            shard.set(*id, Hold::Done(until));
            Ok(())
        })
    }

    fn release(&self, id: &[u8; 32], lease: UnixTime) -> Result<(), Error> {
        with(self.shard(id)?, |shard| {
            if shard.held.get(id) == Some(&Hold::Lease(lease)) {
                shard.held.remove(id);
                shard.ends.remove(&(lease, *id));
            }
            Ok(())
        })
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("held", &self.len()).finish_non_exhaustive()
    }
}
