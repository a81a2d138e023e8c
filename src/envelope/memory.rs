// SPDX-License-Identifier: MIT OR Apache-2.0
//! What an opener remembers: the payload keys of headers that it has opened before.
//!
//! An entry is made of an envelope that has passed every check, and of no other. What a hit replaces is the
//! public-key operation; all that the header, the content and the signature have to satisfy is checked
//! for each message. A forged message therefore changes nothing here, and costs a look-up.
//!
//! The look-up is by the bytes of the header, hashed under a random key of the process: nobody can
//! choose headers that collide.
//!
//! Specification: `docs/envelope-v1.md`, section 12.

use crate::{
    ConfigError, Error, KeyId, UnixTime,
    envelope::{key::BodyKey, reuse::MAX_AGE},
};
use alloc::{collections::VecDeque, sync::Arc};
use core::{
    fmt,
    sync::atomic::{AtomicBool, Ordering},
};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// A bound of our own: each entry keeps a header, of 97 bytes for one recipient and of 37,703 at most.
const MAX_ENTRIES: usize = 4096;

/// A bounded number of payload keys, of at most 300 seconds each, erased when they leave.
pub(super) struct Memory {
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    entries: HashMap<Arc<[u8]>, Arc<Entry>>,
    /// The headers of the entries. Who is first leaves next, unless it was used: then it goes to the end.
    queue: VecDeque<Arc<[u8]>>,
    /// When the old ones were last looked for.
    swept: Option<UnixTime>,
}

/// A payload key, and whose wrap it was in.
struct Entry {
    key: BodyKey,
    identity: KeyId,
    made: UnixTime,
    /// Since it was last spared: another message has passed every check under this key.
    used: AtomicBool,
}

impl Entry {
    fn age(&self, now: UnixTime) -> Option<u64> {
        now.as_secs().checked_sub(self.made.as_secs())
    }
}

impl Memory {
    pub(super) fn new(capacity: usize) -> Result<Self, ConfigError> {
        if capacity == 0 || capacity > MAX_ENTRIES {
            return Err(ConfigError::Limit);
        }
        Ok(Self { capacity, state: Mutex::default() })
    }

    /// `open` with the payload key of these header bytes, for this identity: the one that is remembered or that
    /// `unwrap` gives. It is remembered only after `open`, which is steps 5 to 9, has accepted.
    pub(super) fn with_key<T>(
        &self,
        (header, identity): (&[u8], KeyId),
        now: UnixTime,
        unwrap: impl FnOnce() -> Result<BodyKey, Error>,
        open: impl FnOnce(&BodyKey) -> Result<T, Error>,
    ) -> Result<T, Error> {
        if let Some(entry) = self.recall(header, identity, now) {
            let opened = open(&entry.key)?;
            entry.used.store(true, Ordering::Relaxed);
            return Ok(opened);
        }
        let key = unwrap()?;
        let opened = open(&key)?;
        self.keep(header, Entry { key, identity, made: now, used: AtomicBool::new(false) });
        Ok(opened)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Whatever a thread that panicked left is no more than a memory: a miss, or an entry that is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The entry of these header bytes, if it was made for this identity and not too long ago. When time
    /// has gone backwards nobody knows how long.
    fn recall(&self, header: &[u8], identity: KeyId, now: UnixTime) -> Option<Arc<Entry>> {
        let entry = Arc::clone(self.state().entries.get(header)?);
        let young = entry.age(now).is_some_and(|age| age <= MAX_AGE.as_secs());
        (entry.identity == identity && young).then_some(entry)
    }

    /// Remembers an entry in place of one that is too old or was used the longest time ago.
    fn keep(&self, header: &[u8], entry: Entry) {
        let now = entry.made;
        let header: Arc<[u8]> = header.into();
        let mut state = self.state();
        state.sweep(now);
        if state.entries.insert(Arc::clone(&header), Arc::new(entry)).is_none() {
            if state.queue.len() >= self.capacity {
                state.evict();
            }
            state.queue.push_back(header);
        }
    }
}

impl State {
    /// Forgets, once for each new second, what is too old. What is from the future stays for a while:
    /// the clocks of two threads may be a second apart.
    fn sweep(&mut self, now: UnixTime) {
        if self.swept != Some(now) {
            self.swept = Some(now);
            let near = |made: UnixTime| made.as_secs().abs_diff(now.as_secs()) <= MAX_AGE.as_secs();
            self.entries.retain(|_, entry| near(entry.made));
            self.queue.retain(|header| self.entries.contains_key(header));
        }
    }

    /// Makes room for one ("second chance"): each entry that was used since it was last spared is spared.
    fn evict(&mut self) {
        while let Some(header) = self.queue.pop_front() {
            match self.entries.get(&header) {
                Some(entry) if entry.used.swap(false, Ordering::Relaxed) => self.queue.push_back(header),
                _ => {
                    self.entries.remove(&header);
                    return;
                }
            }
        }
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}
