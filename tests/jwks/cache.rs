// SPDX-License-Identifier: MIT OR Apache-2.0
//! When the keys are read, and how long they are good.

use super::*;
use chancery::jwks::{Fetch, FetchError, FetchFuture};
use core::{
    pin::pin,
    task::{Context, Poll, Waker},
};
use std::{sync::Mutex, thread};

/// Tokens that name keys that nobody has, all at once.
async fn storm(verifier: &RemoteVerifier, size: usize) -> Vec<Error> {
    let one = |i| {
        let (verifier, token) = (verifier.clone(), named(7, &format!("forged {i}"), 60));
        tokio::spawn(async move { verify(&verifier, &token).await.unwrap_err() })
    };
    let tasks: Vec<_> = (0..size).map(one).collect();
    let mut errors = Vec::new();
    for task in tasks {
        errors.push(task.await.unwrap());
    }
    errors.dedup();
    errors
}

#[test]
fn requests_28_a_thousand_callers_are_one_fetch() {
    let (issuer, clock) = (Issuer::with(&set(&[1])), Clock::default());
    issuer.open(false);
    let verifier = verifier(&issuer, &clock);
    let token = token(1);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async {
                    let one = |_| {
                        let (verifier, token) = (verifier.clone(), token.clone());
                        tokio::spawn(async move { verify(&verifier, &token).await })
                    };
                    let tasks: Vec<_> = (0..125).map(one).collect();
                    // They wait before the issuer answers.
                    tokio::task::yield_now().await;
                    issuer.until(1).await;
                    issuer.open(true);
                    for task in tasks {
                        assert_eq!(task.await.unwrap().as_deref(), Ok("user-17"));
                    }
                });
            });
        }
    });
    assert_eq!(issuer.hits(), 1);
}

#[tokio::test]
async fn requests_28_names_that_nobody_has_are_one_fetch_in_ten_seconds() {
    let (issuer, clock) = (Issuer::with(&set(&[1])), Clock::default());
    let verifier = verifier(&issuer, &clock);
    for (second, hits) in [(0, 1), (0, 1), (9, 1), (10, 2), (19, 2), (20, 3), (29, 3)] {
        clock.set(second);
        assert_eq!(storm(&verifier, 200).await, [Error::UnknownKey], "{second}");
        assert_eq!(verify(&verifier, &token(1)).await.as_deref(), Ok("user-17"));
        assert_eq!(issuer.hits(), hits, "{second}");
    }
    // And when it does not answer, no more than that; nobody can tell then.
    issuer.answers(Answer::Status(503));
    for (second, hits) in [(30, 4), (39, 4), (40, 5)] {
        clock.set(second);
        assert_eq!(storm(&verifier, 200).await, [Error::Unavailable], "{second}");
        assert_eq!(verify(&verifier, &token(1)).await.as_deref(), Ok("user-17"));
        assert_eq!(issuer.hits(), hits, "{second}");
    }
}

#[tokio::test]
async fn requests_28_the_name_of_a_key_goes_into_no_url() {
    let (issuer, clock) = (Issuer::with(&set(&[1])), Clock::default());
    let verifier = verifier(&issuer, &clock);
    let names = ["../../keys/k7", "?v=2", "#", "http://127.0.0.1:1/", "k7\\..", "%2e%2e%2f"];
    for (second, kid) in (0..).step_by(10).zip(names) {
        clock.set(second);
        assert_eq!(verify(&verifier, &named(7, kid, 60)).await.err(), Some(Error::UnknownKey));
    }
    assert_eq!(issuer.seen(), ["/jwks?v=1"; 6]);
}

#[tokio::test]
async fn requests_28_a_new_key_is_found_and_a_withdrawn_one_goes() {
    let (issuer, clock) = (Issuer::with(&set(&[1])), Clock::default());
    let verifier = verifier(&issuer, &clock);
    assert!(verify(&verifier, &token(1)).await.is_ok());
    // Too soon: it was not among them a second ago.
    issuer.publishes(&set(&[1, 2]));
    clock.set(9);
    assert_eq!(verify(&verifier, &token(2)).await.err(), Some(Error::UnknownKey));
    clock.set(10);
    assert!(verify(&verifier, &token(2)).await.is_ok());
    assert_eq!(issuer.hits(), 2);
    // The old key is good for as long as the keys are not read again, and no longer.
    issuer.publishes(&set(&[2]));
    clock.set(309);
    assert!(verify(&verifier, &token(1)).await.is_ok());
    assert_eq!(issuer.hits(), 2);
    clock.set(310);
    assert_eq!(verify(&verifier, &token(1)).await.err(), Some(Error::UnknownKey));
    assert!(verify(&verifier, &token(2)).await.is_ok());
    assert_eq!(issuer.hits(), 3);
    // Another key under the name of an old one is the other key.
    issuer.publishes(&set(&[3]).replace("k3", "k2"));
    clock.set(610);
    assert_eq!(verify(&verifier, &token(2)).await.err(), Some(Error::NotAuthentic));
    assert!(verify(&verifier, &named(3, "k2", 86_400)).await.is_ok());
    // None at all.
    issuer.publishes(r#"{"keys":[]}"#);
    clock.set(910);
    assert_eq!(verify(&verifier, &named(3, "k2", 86_400)).await.err(), Some(Error::Unavailable));
    assert_eq!(issuer.hits(), 5);
}

#[tokio::test]
async fn requests_28_keys_are_kept_while_the_issuer_is_down_but_not_for_ever() {
    for down in [Answer::Broken, Answer::Status(500), Answer::Text("application/json", "{}".into())] {
        let (issuer, clock) = (Issuer::with(&set(&[1, 2])), Clock::default());
        let keys = keys(&issuer, &clock);
        let verifier = verifier_of(keys.clone());
        assert!(verify(&verifier, &token(1)).await.is_ok());
        issuer.answers(down);
        clock.set(299);
        assert!(verify(&verifier, &token(1)).await.is_ok());
        assert_eq!((issuer.hits(), keys.failure()), (1, None));
        for (second, hits) in [(300, 2), (309, 2), (310, 3), (3599, 4)] {
            clock.set(second);
            assert!(verify(&verifier, &token(1)).await.is_ok(), "{second}");
            issuer.until(hits).await;
            // Nobody waits for this one: it has ended when a name that is unknown has waited for it.
            assert_eq!(verify(&verifier, &token(7)).await.err(), Some(Error::Unavailable));
            assert!(keys.failure().is_some() && verifier.failure() == keys.failure());
            assert_eq!(issuer.hits(), hits, "{second}");
        }
        clock.set(3600);
        assert_eq!(verify(&verifier, &token(1)).await.err(), Some(Error::Unavailable));
        assert_eq!((keys.keys().await.err(), issuer.hits()), (Some(Error::Unavailable), 4));
        // Back again, and without the key that it has withdrawn.
        issuer.publishes(&set(&[2]));
        clock.set(3609);
        assert!(verify(&verifier, &token(2)).await.is_ok());
        assert_eq!(verify(&verifier, &token(1)).await.err(), Some(Error::UnknownKey));
        assert_eq!((issuer.hits(), keys.failure()), (5, None));
    }
}

#[tokio::test]
async fn requests_28_nobody_waits_for_an_issuer_that_does_not_answer_but_who_must() {
    let (issuer, clock) = (Issuer::with(&set(&[1])), Clock::default());
    let verifier = verifier(&issuer, &clock);
    assert!(verify(&verifier, &token(1)).await.is_ok());
    // A fetch that has not ended, for a name that is unknown: no lock is held, and what is known is verified.
    issuer.open(false);
    clock.set(10);
    let (other, new) = (verifier.clone(), token(2));
    let waiting = tokio::spawn(async move { verify(&other, &new).await });
    issuer.until(2).await;
    assert!(verify(&verifier, &token(1)).await.is_ok());
    assert!(!waiting.is_finished());
    issuer.publishes(&set(&[1, 2]));
    issuer.open(true);
    assert!(waiting.await.unwrap().is_ok());
    // It has failed once, and does not answer now: the keys that are known are served meanwhile.
    issuer.answers(Answer::Status(500));
    clock.set(310);
    assert!(verify(&verifier, &token(1)).await.is_ok());
    issuer.open(false);
    clock.set(320);
    assert!(verify(&verifier, &token(1)).await.is_ok());
    issuer.until(4).await;
    assert!(verify(&verifier, &token(2)).await.is_ok());
    assert_eq!(issuer.hits(), 4);
}

#[tokio::test]
async fn a_caller_that_leaves_does_not_take_the_fetch_along() {
    let (issuer, clock) = (Issuer::with(&set(&[1])), Clock::default());
    issuer.open(false);
    let verifier = verifier(&issuer, &clock);
    let (other, first) = (verifier.clone(), token(1));
    let leaves = tokio::spawn(async move { verify(&other, &first).await });
    issuer.until(1).await;
    leaves.abort();
    assert!(leaves.await.unwrap_err().is_cancelled());
    issuer.open(true);
    assert!(verify(&verifier, &token(1)).await.is_ok());
    assert_eq!(issuer.hits(), 1);
}

#[tokio::test]
async fn requests_19_the_clock_is_read_again_after_a_slow_fetch() {
    let (issuer, clock) = (Issuer::with(&set(&[1])), Clock::default());
    issuer.open(false);
    let verifier = verifier(&issuer, &clock);
    let short = named(1, "k1", 60);
    let task = tokio::spawn(async move { verify(&verifier, &short).await });
    issuer.until(1).await;
    // With the leeway its last second is the 119th.
    clock.set(120);
    issuer.open(true);
    assert_eq!(task.await.unwrap().err(), Some(Error::Expired));
}

#[tokio::test]
async fn the_age_of_keys_is_counted_from_when_they_were_asked_for() {
    let (issuer, clock) = (Issuer::with(&set(&[1])), Clock::default());
    issuer.open(false);
    let keys = keys(&issuer, &clock);
    let task = tokio::spawn({
        let keys = keys.clone();
        async move { keys.keys().await.map(drop) }
    });
    issuer.until(1).await;
    clock.set(200);
    issuer.open(true);
    task.await.unwrap().unwrap();
    for (second, hits) in [(299, 1), (300, 2)] {
        clock.set(second);
        assert!(keys.keys().await.is_ok());
        assert_eq!(issuer.hits(), hits, "{second}");
    }
}

#[tokio::test]
async fn a_clock_that_goes_back_has_the_keys_read_again_once() {
    let (issuer, clock) = (Issuer::with(&set(&[1])), Clock::default());
    let keys = keys(&issuer, &clock);
    clock.set(1_000_000);
    assert!(keys.keys().await.is_ok());
    clock.set(50);
    for _ in 0..3 {
        assert!(keys.keys().await.is_ok());
        assert_eq!(issuer.hits(), 2);
    }
}

#[tokio::test]
async fn each_time_is_as_it_was_set() {
    let (issuer, clock) = (Issuer::with(&set(&[1])), Clock::default());
    let keys = keys(&issuer, &clock).max_age(Duration::from_secs(40)).max_stale(Duration::from_secs(100));
    let verifier = verifier_of(keys.min_interval(Duration::from_secs(20)));
    assert!(verify(&verifier, &token(1)).await.is_ok());
    for (second, hits) in [(19, 1), (20, 2), (39, 2)] {
        clock.set(second);
        assert_eq!(verify(&verifier, &token(7)).await.err(), Some(Error::UnknownKey));
        assert_eq!(issuer.hits(), hits, "{second}");
    }
    clock.set(59);
    assert!(verify(&verifier, &token(1)).await.is_ok());
    assert_eq!(issuer.hits(), 2);
    issuer.answers(Answer::Broken);
    for (second, hits) in [(60, 3), (79, 3), (119, 4)] {
        clock.set(second);
        assert!(verify(&verifier, &token(1)).await.is_ok(), "{second}");
        issuer.until(hits).await;
        assert_eq!(verify(&verifier, &token(7)).await.err(), Some(Error::Unavailable));
        assert_eq!(issuer.hits(), hits, "{second}");
    }
    clock.set(120);
    assert_eq!(verify(&verifier, &token(1)).await.err(), Some(Error::Unavailable));
}

/// Keys from elsewhere: whoever is asked last decides.
#[derive(Clone, Default)]
struct Elsewhere(Arc<Mutex<Vec<Result<String, FetchError>>>>);

impl Fetch for Elsewhere {
    fn fetch(&self) -> FetchFuture<'_> {
        Box::pin(async { self.0.lock().unwrap().pop().expect("asked once too often") })
    }
}

#[tokio::test]
async fn keys_can_come_from_elsewhere_within_the_same_bounds() {
    let (elsewhere, clock) = (Elsewhere::default(), Clock::default());
    let keys = clock.of(Jwks::from_fetch(elsewhere.clone()));
    let many: Vec<u8> = (0..65).collect();
    let long = set(&[1]).replace('}', &format!("{}}}", " ".repeat(128 * 1024)));
    let over = FetchError::Set(chancery::ConfigError::Limit);
    for (i, (text, failure)) in
        [(set(&many), Some(over)), (long, Some(over)), (set(&many[..64]), None)].into_iter().enumerate()
    {
        clock.set(10 * u64::try_from(i).unwrap());
        elsewhere.0.lock().unwrap().push(Ok(text));
        assert_eq!(keys.keys().await.ok().map(|keys| keys.iter().count()), failure.is_none().then_some(64));
        assert_eq!(keys.failure(), failure);
    }
}

/// A fetch that never ends.
struct Never;

impl Fetch for Never {
    fn fetch(&self) -> FetchFuture<'_> {
        Box::pin(core::future::pending())
    }
}

/// One that has a defect.
struct Panics;

impl Fetch for Panics {
    fn fetch(&self) -> FetchFuture<'_> {
        Box::pin(async { panic!("a defect of the fetch, as the test wants it") })
    }
}

#[tokio::test]
async fn requests_28_a_fetch_that_does_not_end_or_panics_leaves_nobody_waiting() {
    let never = Jwks::from_fetch(Never).timeout(Duration::from_millis(20));
    assert_eq!(never.keys().await.err(), Some(Error::Unavailable));
    assert_eq!(never.failure(), Some(FetchError::Timeout));
    let panics = Jwks::from_fetch(Panics);
    assert_eq!(panics.keys().await.err(), Some(Error::Unavailable));
    assert_eq!(panics.keys().await.err(), Some(Error::Unavailable));
}

#[test]
fn without_a_runtime_there_are_no_keys_and_no_panic() {
    let keys = Jwks::from_fetch(Never);
    let poll = pin!(keys.keys()).poll(&mut Context::from_waker(Waker::noop())).map(Result::err);
    assert_eq!(poll, Poll::Ready(Some(Error::Unavailable)));
}

#[tokio::test]
async fn requests_28_keys_from_before_the_clock_went_back_are_not_kept_for_ever() {
    let (issuer, clock) = (Issuer::with(&set(&[1])), Clock::default());
    let keys = keys(&issuer, &clock);
    clock.set(1_000_000);
    assert!(keys.keys().await.is_ok());
    issuer.answers(Answer::Status(500));
    clock.set(50);
    assert!(keys.keys().await.is_ok(), "they are known, and the issuer does not answer");
    clock.set(50 + 3600);
    assert_eq!(keys.keys().await.err(), Some(Error::Unavailable));
}

#[test]
fn requests_28_a_runtime_that_stands_still_stops_no_other_one() {
    let (issuer, clock) = (Issuer::with(&set(&[1])), Clock::default());
    issuer.open(false);
    let keys = keys(&issuer, &clock).timeout(Duration::from_millis(300));
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (still, other) = (runtime(), runtime());
    still.block_on(async {
        let keys = keys.clone();
        let leaves = tokio::spawn(async move { keys.keys().await.map(drop) });
        issuer.until(1).await;
        leaves.abort();
    });
    // Nobody runs `still` any more, and the fetch is in it.
    issuer.open(true);
    let asked = async { tokio::time::timeout(Duration::from_secs(20), keys.keys()).await.map(Result::err) };
    assert_eq!(other.block_on(asked), Ok(Some(Error::Unavailable)));
    clock.set(10);
    let asked = async { tokio::time::timeout(Duration::from_secs(20), keys.keys()).await.map(Result::err) };
    assert_eq!(other.block_on(asked), Ok(None));
    assert_eq!(issuer.hits(), 2);
    drop(still);
}

/// Well once, and then as [`Panics`].
#[derive(Default)]
struct Once(AtomicU64);

impl Fetch for Once {
    fn fetch(&self) -> FetchFuture<'_> {
        let first = self.0.fetch_add(1, SeqCst) == 0;
        Box::pin(async move { if first { Ok(set(&[1])) } else { panic!("a defect, as the test wants it") } })
    }
}

#[tokio::test]
async fn requests_28_after_a_fetch_that_has_panicked_nobody_can_tell_what_is_unknown() {
    let clock = Clock::default();
    let keys = clock.of(Jwks::from_fetch(Once::default()));
    let verifier = verifier_of(keys.clone());
    assert!(verify(&verifier, &token(1)).await.is_ok());
    for second in [10, 11, 20] {
        clock.set(second);
        assert_eq!(verify(&verifier, &token(2)).await.err(), Some(Error::Unavailable), "{second}");
        assert_eq!(keys.failure(), Some(FetchError::Unreachable));
        assert!(verify(&verifier, &token(1)).await.is_ok());
    }
}
