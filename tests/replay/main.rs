// SPDX-License-Identifier: MIT OR Apache-2.0
//! The store in memory: one acceptance of many copies, bounds, leases; against a model, and under threads.

#![cfg(feature = "std")]

use chancery::{Error, Hold, Replay, UnixTime, replay::MemoryStore};
use std::{
    collections::HashMap,
    sync::{
        Barrier,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

fn at(seconds: u64) -> UnixTime {
    UnixTime::from_secs(seconds)
}

fn id(n: u64) -> [u8; 32] {
    core::array::from_fn(|i| n.to_be_bytes()[i % 8])
}

const THREADS: usize = 8;

#[test]
fn of_many_concurrent_copies_exactly_one_is_accepted() {
    let store = MemoryStore::new(10_000);
    for round in 0..500 {
        let (accepted, barrier) = (AtomicUsize::new(0), Barrier::new(THREADS));
        let hold = if round % 2 == 0 { Hold::Done(at(100)) } else { Hold::Lease(at(100)) };
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    barrier.wait();
                    match store.claim(&id(round), None, hold, at(1)) {
                        Ok(()) => _ = accepted.fetch_add(1, Ordering::Relaxed),
                        Err(error) => assert!(matches!(error, Error::Replayed | Error::InProgress)),
                    }
                });
            }
        });
        assert_eq!(accepted.into_inner(), 1, "round {round}");
    }
    assert_eq!(store.len(), 500);
}

#[test]
fn a_store_holds_what_it_says_and_not_one_more() {
    for capacity in [0, 1, 2, 15, 16, 17, 1000] {
        let store = MemoryStore::new(capacity);
        let accepted = AtomicUsize::new(0);
        thread::scope(|scope| {
            for thread in 0..THREADS {
                let (store, accepted) = (&store, &accepted);
                scope.spawn(move || {
                    for n in (0..2 * capacity + 2).skip(thread).step_by(THREADS) {
                        match store.claim(&id(n as u64), None, Hold::Done(at(100)), at(1)) {
                            Ok(()) => _ = accepted.fetch_add(1, Ordering::Relaxed),
                            Err(error) => assert_eq!(error, Error::Unavailable),
                        }
                    }
                });
            }
        });
        assert_eq!((accepted.into_inner(), store.len()), (capacity, capacity));
        let held = (0..2 * capacity as u64 + 2)
            .filter(|n| store.claim(&id(*n), None, Hold::Done(at(100)), at(99)) == Err(Error::Replayed));
        assert_eq!(held.count(), capacity, "what was accepted is not forgotten for what comes");
        let settled = store.settle(&id(1 << 40), at(100), at(1));
        assert_eq!(settled, Err(Error::Unavailable), "a settled claim needs a place, too");
        // When all of it has ended there is room for all again, in whatever shards.
        for n in 0..capacity as u64 {
            assert_eq!(store.claim(&id(n + (1 << 50)), None, Hold::Done(at(200)), at(100)), Ok(()));
        }
        assert_eq!(store.len(), capacity);
    }
}

#[test]
fn a_lease_lapses_is_settled_or_released() {
    let store = MemoryStore::new(16);
    let lease = |until, now| store.claim(&id(1), None, Hold::Lease(at(until)), at(now));
    assert_eq!((lease(30, 0), lease(40, 29)), (Ok(()), Err(Error::InProgress)));
    assert_eq!(lease(60, 30), Ok(()), "lapsed");
    // Somebody else's lease: the first one comes back too late, and releases nothing.
    store.release(&id(1), at(30)).unwrap();
    assert_eq!(lease(90, 31), Err(Error::InProgress));
    store.release(&id(1), at(60)).unwrap();
    assert!(store.is_empty());
    assert_eq!(lease(90, 31), Ok(()));
    store.settle(&id(1), at(1000), at(32)).unwrap();
    // A release of what is settled forgets nothing, also with the same end.
    store.release(&id(1), at(1000)).unwrap();
    store.release(&id(1), at(90)).unwrap();
    assert_eq!(lease(2000, 999), Err(Error::Replayed));
    assert_eq!(lease(2000, 1000), Ok(()));
    // Settled after it has lapsed, and was taken over: done is done.
    store.settle(&id(1), at(3000), at(2500)).unwrap();
    assert_eq!(lease(9000, 2999), Err(Error::Replayed));
    store.release(&id(7), at(1)).unwrap();
    assert_eq!(store.len(), 1);
}

/// What a store must be, slowly.
#[derive(Default)]
struct Model(HashMap<u64, Hold>);

impl Model {
    fn forget(&mut self, now: u64) {
        self.0.retain(|_, hold| matches!(hold, Hold::Lease(end) | Hold::Done(end) if *end > at(now)));
    }

    fn claim(&mut self, n: u64, hold: Hold, now: u64, capacity: usize) -> Result<(), Error> {
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

    fn settle(&mut self, n: u64, until: u64, now: u64, capacity: usize) -> Result<(), Error> {
        self.forget(now);
        if !self.0.contains_key(&n) && self.0.len() >= capacity {
            return Err(Error::Unavailable);
        }
        self.0.insert(n, Hold::Done(at(until)));
        Ok(())
    }
}

#[test]
fn random_calls_have_the_outcome_of_the_model() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    let mut outcomes = HashMap::new();
    for run in 0..200 {
        let capacity = 1 + usize::try_from(random(20)).unwrap();
        let (store, mut model) = (MemoryStore::new(capacity), Model::default());
        let mut now = 1;
        for step in 0..200 {
            now += random(3);
            let (n, end) = (random(30), now + 1 + random(40));
            let (ours, theirs) = match random(5) {
                0..=1 => (
                    store.claim(&id(n), None, Hold::Done(at(end)), at(now)),
                    model.claim(n, Hold::Done(at(end)), now, capacity),
                ),
                2 => (
                    store.claim(&id(n), None, Hold::Lease(at(end)), at(now)),
                    model.claim(n, Hold::Lease(at(end)), now, capacity),
                ),
                3 => (store.settle(&id(n), at(end), at(now)), model.settle(n, end, now, capacity)),
                _ => {
                    let lease = match model.0.get(&n) {
                        Some(Hold::Lease(end)) if random(2) == 0 => *end,
                        _ => at(end),
                    };
                    if model.0.get(&n) == Some(&Hold::Lease(lease)) {
                        model.0.remove(&n);
                    }
                    (store.release(&id(n), lease), Ok(()))
                }
            };
            assert_eq!(ours, theirs, "run {run}, step {step}");
            *outcomes.entry(format!("{ours:?}")).or_insert(0) += 1;
        }
    }
    assert_eq!(outcomes.len(), 4, "not every outcome was met: {outcomes:?}");
    println!("replay: 40000 random calls, {outcomes:?}");
}
