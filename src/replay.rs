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
//! A clock that is ahead lets it forget too early: once it has gone back, by more than 30 seconds, messages are
//! refused that may have been accepted before.
//!
#![doc = include_str!("../docs/replay.md")]

use crate::{Error, Hold, Replay, UnixTime};
use alloc::{boxed::Box, collections::BTreeSet};
use core::{
    fmt,
    hash::BuildHasher,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
    time::Duration,
};
use std::{
    collections::{HashMap, hash_map::RandomState},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Claims under different locks do not wait for each other.
const SHARDS: usize = 16;
/// A clock that goes back by more than this was wrong before. By less, one thread was only slower than another.
const STEP: Duration = Duration::from_secs(30);

/// What was accepted, in memory. Share it by reference or in an `Arc`.
pub struct MemoryStore {
    shards: Box<[Mutex<Shard>]>,
    /// Keyed, so that nobody can choose messages that all meet in one shard.
    hasher: RandomState,
    /// Of all shards together, and never above the capacity.
    held: AtomicUsize,
    capacity: usize,
    /// Until when the last that was forgotten was held, in seconds.
    forgotten: AtomicU64,
    /// When the clock was last found to have gone back, or 0: a message needs to be younger.
    since: AtomicU64,
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
    /// Forgets what has ended, and says how much that was, and until when the last of it was held. What was set
    /// last ends last, or nearly: each claim pays for few.
    fn forget(&mut self, now: UnixTime) -> (usize, u64) {
        let (before, mut last) = (self.held.len(), 0);
        while let Some((until, id)) = self.ends.first().copied().filter(|(until, _)| *until <= now) {
            self.ends.remove(&(until, id));
            self.held.remove(&id);
            last = until.as_secs();
        }
        (before.saturating_sub(self.held.len()), last)
    }

    fn set(&mut self, id: [u8; 32], hold: Hold) {
        if let Some(old) = self.held.insert(id, hold) {
            self.ends.remove(&(end(old), id));
        }
        self.ends.insert((end(hold), id));
    }
}

impl MemoryStore {
    /// A store that holds `capacity` claims. About 150 bytes each, taken as they come.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        let shards = core::iter::repeat_with(Mutex::default).take(SHARDS).collect();
        let (hasher, held) = (RandomState::new(), AtomicUsize::new(0));
        Self { shards, hasher, held, capacity, forgotten: AtomicU64::new(0), since: AtomicU64::new(0) }
    }

    /// How many claims are held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn shard(&self, id: &[u8; 32]) -> Result<MutexGuard<'_, Shard>, Error> {
        let [first, ..] = self.hasher.hash_one(id).to_ne_bytes();
        self.shards.get(usize::from(first) % SHARDS).map(lock).ok_or(Error::Unavailable)
    }

    /// Runs `f` on the shard of `id`, without what has ended.
    fn with<T>(&self, id: &[u8; 32], now: UnixTime, f: impl FnOnce(&mut Shard) -> T) -> Result<T, Error> {
        let mut shard = self.shard(id)?;
        self.forget(&mut shard, now);
        Ok(f(&mut shard))
    }

    /// Under the lock of the shard: who comes next there sees what is gone.
    fn forget(&self, shard: &mut Shard, now: UnixTime) {
        let (count, last) = shard.forget(now);
        self.gone(count);
        let forgotten = self.forgotten.fetch_max(last, Ordering::AcqRel);
        // Some of it was still needed.
        if now.saturating_add(STEP).as_secs() < forgotten {
            self.since.store(now.as_secs(), Ordering::Release);
            self.forgotten.store(now.as_secs(), Ordering::Release);
        }
    }

    /// Whether a copy may have been accepted before the clock went back, and forgotten.
    fn is_older(&self, earliest: Option<UnixTime>) -> bool {
        let since = UnixTime::from_secs(self.since.load(Ordering::Acquire));
        since.as_secs() > 0 && earliest.is_some_and(|earliest| earliest <= since.saturating_add(STEP))
    }

    /// A place for one more claim, if there is any.
    fn take_place(&self) -> bool {
        let more = |held: usize| held.checked_add(1).filter(|held| *held <= self.capacity);
        self.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }

    fn gone(&self, count: usize) {
        if count > 0 {
            self.held.fetch_sub(count, Ordering::Relaxed);
        }
    }

    /// Runs `f`, and again after forgetting what has ended in other shards if it found no place.
    fn with_place(
        &self,
        id: &[u8; 32],
        now: UnixTime,
        f: impl Fn(&mut Shard) -> Option<Result<(), Error>>,
    ) -> Result<(), Error> {
        if let Some(result) = self.with(id, now, &f)? {
            return result;
        }
        for shard in &self.shards {
            self.forget(&mut lock(shard), now);
        }
        self.with(id, now, f)?.unwrap_or(Err(Error::Unavailable))
    }
}

/// A shard is consistent between calls, also after a panic elsewhere.
fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Replay for MemoryStore {
    /// # Errors
    /// [`Error::Unavailable`] when it is full, or the clock has gone back; [`Error::Policy`] for a claim without an end, which would
    /// fill it for good: give the opener a `max_age`.
    fn claim(
        &self,
        id: &[u8; 32],
        earliest: Option<UnixTime>,
        hold: Hold,
        now: UnixTime,
    ) -> Result<(), Error> {
        if end(hold) == UnixTime::MAX {
            return Err(Error::Policy);
        }
        self.with_place(id, now, |shard| match shard.held.get(id) {
            Some(Hold::Done(_)) => Some(Err(Error::Replayed)),
            Some(Hold::Lease(_)) => Some(Err(Error::InProgress)),
            None if self.is_older(earliest) => Some(Err(Error::Unavailable)),
            None if self.take_place() => {
                shard.set(*id, hold);
                Some(Ok(()))
            }
            None => None,
        })
    }

    /// Without an end, too: the message was handled, and refused here it would be handled again.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the lease has lapsed and the store is full.
    fn settle(&self, id: &[u8; 32], until: UnixTime, now: UnixTime) -> Result<(), Error> {
        self.with_place(id, now, |shard| {
            if !shard.held.contains_key(id) && !self.take_place() {
                return None;
            }
            shard.set(*id, Hold::Done(until));
            Some(Ok(()))
        })
    }

    fn release(&self, id: &[u8; 32], lease: UnixTime) -> Result<(), Error> {
        let mut shard = self.shard(id)?;
        if shard.held.get(id) == Some(&Hold::Lease(lease)) {
            shard.held.remove(id);
            shard.ends.remove(&(lease, *id));
            self.gone(1);
        }
        Ok(())
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("held", &self.len()).finish_non_exhaustive()
    }
}
