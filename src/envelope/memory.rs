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
    /// How many keys are there, and how many there can be.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Memory({} of {})", self.state().entries.len(), self.capacity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hpke::Suite;
    use core::cell::Cell;

    const IDENTITY: KeyId = KeyId::from_bytes([1; 8]);

    fn at(seconds: u64) -> UnixTime {
        UnixTime::from_secs(1_000_000 + seconds)
    }

    fn key(header: &[u8]) -> BodyKey {
        BodyKey::new(Suite::X25519Aes256Gcm, &[7; 32], header, &[0; 32])
    }

    /// Opens an envelope with this header, which passes every check; whether that took an HPKE open.
    fn misses_for(memory: &Memory, identity: KeyId, header: &[u8], now: UnixTime) -> bool {
        let missed = Cell::new(false);
        let unwrap = || {
            missed.set(true);
            Ok(key(header))
        };
        let opened = memory.with_key((header, identity), now, unwrap, |key| Ok(*key.header_hash()));
        assert_eq!(opened.unwrap(), crate::primitive::hash::sha256(header), "the key of another header");
        missed.get()
    }

    fn misses(memory: &Memory, header: &[u8], now: UnixTime) -> bool {
        misses_for(memory, IDENTITY, header, now)
    }

    #[test]
    fn the_second_message_under_a_header_needs_no_public_key_operation() {
        let memory = Memory::new(2).unwrap();
        assert!(misses(&memory, b"a", at(0)));
        assert!(!misses(&memory, b"a", at(0)));
        assert!(misses(&memory, b"b", at(0)));
        assert!(!misses(&memory, b"a", at(0)) && !misses(&memory, b"b", at(0)));
    }

    #[test]
    fn an_entry_is_for_one_identity() {
        let memory = Memory::new(2).unwrap();
        let other = KeyId::from_bytes([2; 8]);
        assert!(misses(&memory, b"a", at(0)));
        assert!(misses_for(&memory, other, b"a", at(0)));
    }

    #[test]
    fn an_entry_lives_for_300_seconds_and_use_does_not_prolong_it() {
        let memory = Memory::new(2).unwrap();
        assert!(misses(&memory, b"a", at(1000)));
        assert!(!misses(&memory, b"a", at(1300)));
        assert!(misses(&memory, b"a", at(1301)));
        assert!(!misses(&memory, b"a", at(1302)));
    }

    #[test]
    fn an_entry_from_the_future_has_expired() {
        let memory = Memory::new(2).unwrap();
        assert!(misses(&memory, b"a", at(1000)));
        assert!(misses(&memory, b"a", at(999)));
        assert!(!misses(&memory, b"a", at(999)), "made anew by the clock as it is now");
    }

    #[test]
    fn what_is_too_old_is_erased_when_the_next_header_comes() {
        let memory = Memory::new(4).unwrap();
        assert!(misses(&memory, b"a", at(1000)) && misses(&memory, b"b", at(1001)));
        assert!(misses(&memory, b"c", at(1301)));
        let state = memory.state();
        assert_eq!((state.entries.len(), state.queue.len()), (2, 2));
        drop(state);
        assert!(misses(&memory, b"d", at(0)), "and what is from the far future");
        assert_eq!(memory.state().entries.len(), 1);
    }

    #[test]
    fn what_is_refused_is_not_remembered_and_does_not_count_as_use() {
        let memory = Memory::new(2).unwrap();
        let refuse = |header: &[u8]| {
            let refused = memory.with_key(
                (header, IDENTITY),
                at(0),
                || Ok(key(header)),
                |_| Err::<(), _>(Error::NotAuthentic),
            );
            assert_eq!(refused, Err(Error::NotAuthentic));
        };
        refuse(b"a");
        let wrap = memory.with_key((b"a", IDENTITY), at(0), || Err(Error::NotAuthentic), |_| Ok(()));
        assert_eq!(wrap, Err(Error::NotAuthentic));
        assert!(memory.state().entries.is_empty() && memory.state().queue.is_empty());

        assert!(misses(&memory, b"a", at(0)) && misses(&memory, b"b", at(0)));
        refuse(b"a"); // forged, under a header that is remembered
        assert!(misses(&memory, b"c", at(0)), "in place of a, which came first and was not used");
        assert!(!misses(&memory, b"b", at(0)));
        assert!(misses(&memory, b"a", at(0)));
    }

    #[test]
    fn pitfall_05_the_memory_is_bounded_whoever_comes() {
        let memory = Memory::new(3).unwrap();
        for i in 0..1000_u32 {
            misses(&memory, &i.to_be_bytes(), at(u64::from(i / 100)));
            if i % 7 == 0 {
                misses(&memory, &i.to_be_bytes(), at(u64::from(i / 100)));
            }
            let state = memory.state();
            assert!(state.entries.len() <= 3 && state.queue.len() == state.entries.len());
            assert!(state.queue.iter().all(|header| state.entries.contains_key(header)));
        }
        assert!(Memory::new(0).is_err() && Memory::new(MAX_ENTRIES + 1).is_err());
        assert!(Memory::new(MAX_ENTRIES).is_ok());
    }

    /// Senders that use a header again stay, whatever comes once in between.
    #[test]
    fn headers_that_are_used_again_outlive_those_that_are_not() {
        let memory = Memory::new(3).unwrap();
        misses(&memory, b"steady", at(0));
        for i in 0..100_u32 {
            assert!(!misses(&memory, b"steady", at(0)), "{i}");
            assert!(misses(&memory, &i.to_be_bytes(), at(0)));
        }
        // All of them used: the one that was spared the longest time ago goes, and it ends.
        let memory = Memory::new(3).unwrap();
        for header in [b"a", b"b", b"c"] {
            misses(&memory, header, at(0));
            misses(&memory, header, at(0));
        }
        assert!(misses(&memory, b"d", at(0)));
        assert!(
            !misses(&memory, b"b", at(0)) && !misses(&memory, b"c", at(0)) && misses(&memory, b"a", at(0))
        );
    }
}
