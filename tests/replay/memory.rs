// SPDX-License-Identifier: MIT OR Apache-2.0
//! The store in memory: one acceptance of many copies, bounds, leases; against the model, and under threads.

use crate::model::{Model, at, id, random};
use chancery::{
    Context, Error, Hold, Replay, UnixTime,
    envelope::{Opener, Sealer},
    hpke::Identity,
    replay::MemoryStore,
};
use std::{
    collections::HashMap,
    sync::{
        Barrier,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

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

/// It would fill the store for good: found at the first message, and not months later.
#[test]
fn what_would_be_held_for_ever_is_not_claimed() {
    let store = MemoryStore::new(10);
    assert_eq!(store.claim(&id(1), None, Hold::Done(UnixTime::MAX), at(1)), Err(Error::Policy));
    assert!(store.is_empty());
    assert_eq!(store.claim(&id(1), None, Hold::Done(at(100)), at(1)), Ok(()));
    assert_eq!(store.len(), 1);
}

/// When a lease is settled the work is done, and layers have answered: what is refused then is done again.
#[test]
fn pitfall_27_what_was_handled_is_not_handled_again_though_it_never_expires() {
    let (identity, context) = (Identity::generate().unwrap(), Context::of("order"));
    let sealer = Sealer::to(identity.recipient(), &context).unwrap();
    let opener = Opener::from_anyone(identity, &context).unwrap();
    let (store, sealed) = (MemoryStore::new(10), sealer.seal(b"order 17", at(1)).unwrap());
    let lease = |now| opener.open(&sealed, at(now)).unwrap().lease(&store, Duration::from_secs(30), at(now));
    let (_, work) = lease(1).unwrap();
    assert_eq!(work.settle(&store, at(2)), Ok(()));
    for now in [2, 31, 32, 1 << 40] {
        assert_eq!(lease(now).unwrap_err(), Error::Replayed, "{now}");
    }
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
fn a_clock_that_was_ahead_has_let_nothing_in_twice_when_it_has_gone_back() {
    let store = MemoryStore::new(1000);
    let claim = |n, made, until, now| store.claim(&id(n), Some(at(made)), Hold::Done(at(until)), at(now));
    assert_eq!(claim(1, 100_000, 100_300, 100_000), Ok(()));
    // An hour ahead: what is held for five minutes is forgotten.
    assert_eq!(claim(2, 103_600, 103_900, 103_600), Ok(()));
    assert!((0..200).all(|n| claim(1000 + n, 103_600, 103_900, 103_600).is_ok()));
    for now in [100_005, 100_010] {
        assert_eq!(claim(1, 100_000, 100_300, now), Err(Error::Unavailable));
    }
    // Made before it went back, or in the time in which threads may differ: who knows. After that it is new.
    assert_eq!(claim(3, 100_035, 100_335, 100_045), Err(Error::Unavailable));
    assert_eq!(claim(3, 100_036, 100_336, 100_045), Ok(()));
    assert_eq!(claim(3, 100_036, 100_336, 100_050), Err(Error::Replayed));
    // A clock that goes back resets nothing where nothing is gone, nor does a thread that is half a minute slower.
    let store = MemoryStore::new(1000);
    let claim = |n, made, until, now| store.claim(&id(n), Some(at(made)), Hold::Done(at(until)), at(now));
    assert_eq!(claim(1, 100_000, 100_300, 100_000), Ok(()));
    assert_eq!(claim(2, 100_200, 100_500, 100_200), Ok(()));
    assert_eq!(claim(3, 100_000, 100_300, 100_001), Ok(()));
    assert!((0..200).all(|n| claim(1000 + n, 100_300, 100_600, 100_300).is_ok()));
    assert_eq!(claim(4, 100_269, 100_570, 100_270), Ok(()));
    assert_eq!(claim(5, 100_268, 100_569, 100_269), Err(Error::Unavailable));
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

#[test]
fn of_100_000_concurrent_duplicates_one_of_each_message_is_accepted() {
    const MESSAGES: usize = 1000;
    let store = MemoryStore::new(MESSAGES);
    let accepted: [AtomicUsize; MESSAGES] = core::array::from_fn(|_| AtomicUsize::new(0));
    let (refused, barrier) = (AtomicUsize::new(0), Barrier::new(THREADS));
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (store, accepted, refused, barrier) = (&store, &accepted, &refused, &barrier);
            scope.spawn(move || {
                barrier.wait();
                // A hundred copies of each, by threads that begin at different messages.
                for copy in 0..100 * MESSAGES / THREADS {
                    let message = (copy + thread * MESSAGES / THREADS) % MESSAGES;
                    match store.claim(&id(message as u64), None, Hold::Done(at(100)), at(1)) {
                        Ok(()) => _ = accepted[message].fetch_add(1, Ordering::Relaxed),
                        Err(error) => {
                            assert_eq!(error, Error::Replayed);
                            refused.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                }
            });
        }
    });
    assert!(accepted.iter().all(|accepted| accepted.load(Ordering::Relaxed) == 1));
    assert_eq!(refused.into_inner(), 99 * MESSAGES);
}

#[test]
fn random_calls_have_the_outcome_of_the_model() {
    let mut random = random(0x9e37_79b9_7f4a_7c15);
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
                    model.release(n, lease);
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
