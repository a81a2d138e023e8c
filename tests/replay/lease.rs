// SPDX-License-Identifier: MIT OR Apache-2.0
//! Leases in Redis: against the model that the store in memory has, and what is left behind.

use crate::{
    model::{Model, at, id, random},
    server::{Message, Server, next, store, wait},
};
use chancery::{AsyncReplay, Error, Hold, UnixTime, store::RedisStore};
use std::{
    collections::HashMap,
    task::{Context, Waker},
    time::Duration,
};

/// Random calls within one second of the model's time, which lapse none of it.
async fn round(
    store: &RedisStore,
    model: &mut Model,
    base: u64,
    random: &mut impl FnMut(u64) -> u64,
    outcomes: &mut HashMap<String, u32>,
) {
    let now = UnixTime::now().as_secs();
    for step in 0..20 {
        // Either it has ended when the next round begins, or it ends after the last one.
        let (n, end) = (random(4), if random(2) == 0 { now + 1 } else { now + 1000 + random(100) });
        let key = id(base + n);
        let (ours, theirs) = match random(5) {
            0..=1 => (
                store.claim_async(&key, None, Hold::Done(at(end)), UnixTime::now()).await,
                model.claim(n, Hold::Done(at(end)), now, usize::MAX),
            ),
            2 => (
                store.claim_async(&key, None, Hold::Lease(at(end)), UnixTime::now()).await,
                model.claim(n, Hold::Lease(at(end)), now, usize::MAX),
            ),
            3 => (
                store.settle_async(&key, at(end), UnixTime::now()).await,
                model.settle(n, end, now, usize::MAX),
            ),
            _ => {
                let lease = match model.0.get(&n) {
                    Some(Hold::Lease(end)) if random(2) == 0 => *end,
                    _ => at(end),
                };
                model.release(n, lease);
                (store.release_async(&key, lease).await, Ok(()))
            }
        };
        // A lease of a second may be over by now, in a slow run. Then this round says nothing more.
        if UnixTime::now().as_secs() > now {
            return;
        }
        assert_eq!(ours, theirs, "step {step}");
        *outcomes.entry(format!("{ours:?}")).or_insert(0) += 1;
    }
}

#[tokio::test]
async fn random_calls_have_the_outcome_of_the_model() {
    let Some(server) = Server::start(&[]) else { return };
    let store = store(&server).await;
    let (mut random, mut outcomes) = (random(0x9e37_79b9_7f4a_7c15), HashMap::new());
    let mut models: Vec<(u64, Model)> = (0..100).map(|_| (next() << 20, Model::default())).collect();
    for _ in 0..3 {
        for (base, model) in &mut models {
            let begun = UnixTime::now();
            round(&store, model, *base, &mut random, &mut outcomes).await;
            // What a round that took too long has done is not known: it goes on with other messages.
            if UnixTime::now() != begun {
                (*base, *model) = (next() << 20, Model::default());
            }
        }
        // Whatever ended with the last second is gone, its skew included.
        tokio::time::sleep(Duration::from_millis(3200)).await;
    }
    assert_eq!(outcomes.len(), 3, "not every outcome was met: {outcomes:?}");
    println!("replay: random calls, {outcomes:?}");
}

#[tokio::test]
async fn a_lease_that_nobody_ends_lapses_and_its_end_is_its_own() {
    let Some(server) = Server::start(&[]) else { return };
    let store = store(&server).await;
    let (message, now) = (id(next()), UnixTime::now());
    let first = now.saturating_add(Duration::from_secs(1));
    assert_eq!(store.claim_async(&message, Some(now), Hold::Lease(first), now).await, Ok(()));
    let second = now.saturating_add(Duration::from_secs(3600));
    wait("lapsed", async || {
        let claim = store.claim_async(&message, Some(now), Hold::Lease(second), UnixTime::now()).await;
        assert!(matches!(claim, Ok(()) | Err(Error::InProgress)), "{claim:?}");
        claim.is_ok()
    })
    .await;
    // The first one comes back too late, and releases nothing; nor does anything but the lease itself.
    for lease in [first, at(0), UnixTime::MAX, at(second.as_secs() - 1)] {
        assert_eq!(store.release_async(&message, lease).await, Ok(()));
    }
    let again = store.claim_async(&message, Some(now), Hold::Lease(second), UnixTime::now()).await;
    assert_eq!(again, Err(Error::InProgress));
    assert_eq!(store.settle_async(&message, second, UnixTime::now()).await, Ok(()));
    for lease in [first, second, at(0), UnixTime::MAX] {
        assert_eq!(store.release_async(&message, lease).await, Ok(()));
    }
    let again = store.claim_async(&message, Some(now), Hold::Lease(second), UnixTime::now()).await;
    assert_eq!(again, Err(Error::Replayed));
}

#[tokio::test]
async fn a_release_happens_though_nobody_waits_for_it() {
    let Some(server) = Server::start(&[]) else { return };
    let store = store(&server).await;
    let (message, now) = (id(next()), UnixTime::now());
    let lease = now.saturating_add(Duration::from_secs(3600));
    assert_eq!(store.claim_async(&message, None, Hold::Lease(lease), now).await, Ok(()));
    let mut release = store.release_async(&message, lease);
    let _ = release.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    drop(release);
    wait("released", async || {
        store.claim_async(&message, None, Hold::Lease(lease), UnixTime::now()).await.is_ok()
    })
    .await;
}

#[tokio::test]
async fn what_is_held_ends_when_it_should() {
    let Some(server) = Server::start(&[]) else { return };
    let store = store(&server).await;
    let now = UnixTime::now();
    let left = |message: &[u8; 32]| {
        let client = redis::Client::open(server.url()).unwrap();
        let key = [b"test:".as_slice(), message].concat();
        redis::cmd("PTTL").arg(key).query::<i64>(&mut client.get_connection().unwrap()).unwrap()
    };
    let held = async |hold| {
        let message = id(next());
        assert_eq!(store.claim_async(&message, None, hold, now).await, Ok(()));
        left(&message)
    };
    let hour = now.saturating_add(Duration::from_secs(3600));
    // For as long as the slowest clock takes: never less than an hour and a second after the second that has begun.
    let done = held(Hold::Done(hour)).await;
    let elapsed = i64::try_from(UnixTime::now().as_secs() - now.as_secs()).unwrap() * 1000;
    assert!(done > 3_600_000 - elapsed && done <= 3_601_000, "{done}");
    let lease = held(Hold::Lease(hour)).await;
    assert!((3_590_000..=3_600_000).contains(&lease), "{lease}");
    assert!(held(Hold::Done(at(now.as_secs() - 9))).await <= 1, "it has ended");
    for forever in [Hold::Done(UnixTime::MAX), Hold::Lease(UnixTime::MAX)] {
        assert_eq!(held(forever).await, -1, "for ever");
    }
    let message = Message::new();
    assert_eq!(message.claim(&store).await, Ok(()));
    assert_eq!(store.settle_async(&message.id, UnixTime::MAX, now).await, Ok(()));
    assert_eq!(left(&message.id), -1);
    assert_eq!(store.settle_async(&message.id, hour, now).await, Ok(()));
    assert!((3_590_000..=3_601_000).contains(&left(&message.id)));
}
