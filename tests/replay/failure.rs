// SPDX-License-Identifier: MIT OR Apache-2.0
//! What happens to servers and clocks: no replay is accepted in any of it, and service resumes.

use crate::{
    model::{at, id},
    server::{Message, Server, accept, connect, next, refused, resume, store, wait},
};
use chancery::{AsyncReplay, Error, Hold, UnixTime, store::ConnectError};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn killed_and_restarted_empty() {
    let Some(mut server) = Server::start(&[]) else { return };
    let store = store(&server).await;
    let messages = accept(&store, 20).await;
    server.kill();
    let quick = store.clone().timeout(Duration::from_millis(300));
    assert_eq!(refused(&quick, &messages).await, [Error::Unavailable; 20]);
    assert_eq!(Message::new().claim(&quick).await, Err(Error::Unavailable));
    server.restart();
    assert_eq!(server.ask(&["DBSIZE"]), "0");
    assert_eq!(refused(&store, &messages).await, [Error::Unavailable; 20]);
    resume(&store).await;
    assert_eq!(refused(&store, &messages).await, [Error::Unavailable; 20]);
    let more = accept(&store, 20).await;
    assert_eq!(refused(&store, &more).await, [Error::Replayed; 20]);
}

#[tokio::test]
async fn killed_and_restarted_with_its_data() {
    let Some(mut server) = Server::start(&["--appendonly", "yes", "--appendfsync", "always"]) else { return };
    let store = store(&server).await;
    let messages = accept(&store, 20).await;
    let (timeless, hold) = (id(next()), Hold::Done(UnixTime::now().saturating_add(HOUR)));
    assert_eq!(store.claim_async(&timeless, None, hold, UnixTime::now()).await, Ok(()));
    server.kill();
    server.restart();
    refused(&store, &messages).await;
    resume(&store).await;
    refused(&store, &messages).await;
    // What signs no time goes by the claims that are there.
    assert_eq!(store.claim_async(&timeless, None, hold, UnixTime::now()).await, Err(Error::Replayed));
}

#[tokio::test]
async fn restarted_with_older_data() {
    let Some(mut server) = Server::start(&[]) else { return };
    let store = store(&server).await;
    let saved = accept(&store, 20).await;
    server.ask(&["SAVE"]);
    let lost = accept(&store, 20).await;
    server.kill();
    assert!(server.folder().join("dump.rdb").exists());
    server.restart();
    assert_ne!(server.ask(&["DBSIZE"]), "0", "the data of before is there, its epoch too");
    for _ in 0..2 {
        refused(&store, &saved).await;
        assert_eq!(refused(&store, &lost).await, [Error::Unavailable; 20]);
        resume(&store).await;
    }
}

#[tokio::test]
async fn failed_over_to_a_replica_that_was_behind_and_back() {
    let (Some(mut first), Some(second)) = (Server::start(&[]), Server::start(&[])) else { return };
    let port = [first.port, second.port].map(|port| port.to_string());
    second.ask(&["REPLICAOF", "127.0.0.1", &port[0]]);
    wait("in step", async || second.ask(&["INFO", "replication"]).contains("master_link_status:up")).await;
    let at_first = store(&first).await;
    let copied = accept(&at_first, 20).await;
    wait("copied", async || second.ask(&["DBSIZE"]) == first.ask(&["DBSIZE"])).await;
    // The link between them is cut: what is claimed now is acknowledged, and on one server only.
    second.ask(&["REPLICAOF", "127.0.0.1", "1"]);
    let lost = accept(&at_first, 20).await;
    second.ask(&["REPLICAOF", "NO", "ONE"]);
    let at_second = connect(&second).await;
    for _ in 0..2 {
        refused(&at_second, &copied).await;
        assert_eq!(refused(&at_second, &lost).await, [Error::Unavailable; 20]);
        resume(&at_second).await;
    }
    // Back to the process that once knew them, with the data of the other.
    server_follows(&first, &port[1]).await;
    assert_eq!(Message::new().claim(&at_first).await, Err(Error::Unavailable), "a replica accepts nothing");
    first.ask(&["REPLICAOF", "NO", "ONE"]);
    for _ in 0..2 {
        refused(&at_first, &copied).await;
        assert_eq!(refused(&at_first, &lost).await, [Error::Unavailable; 20]);
        resume(&at_first).await;
    }
    first.kill();
}

async fn server_follows(server: &Server, port: &str) {
    server.ask(&["REPLICAOF", "127.0.0.1", port]);
    wait("in step", async || server.ask(&["INFO", "replication"]).contains("master_link_status:up")).await;
}

#[tokio::test]
async fn failed_over_and_back_without_a_claim_in_between() {
    let (Some(first), Some(second)) = (Server::start(&[]), Server::start(&[])) else { return };
    server_follows(&second, &first.port.to_string()).await;
    let store = store(&first).await;
    let since = || [&first, &second].map(|server| server.ask(&["HGET", "test:epoch", "since"]));
    wait("copied", async || since()[0] == since()[1]).await;
    second.ask(&["REPLICAOF", "127.0.0.1", "1"]);
    let lost = accept(&store, 20).await;
    second.ask(&["REPLICAOF", "NO", "ONE"]);
    server_follows(&first, &second.port.to_string()).await;
    first.ask(&["REPLICAOF", "NO", "ONE"]);
    for _ in 0..2 {
        assert_eq!(
            refused(&store, &lost).await,
            [Error::Unavailable; 20],
            "the same process, and no epoch of another"
        );
        resume(&store).await;
    }
}

#[tokio::test]
async fn paused() {
    let Some(server) = Server::start(&[]) else { return };
    let patient = store(&server).await;
    let messages = accept(&patient, 5).await;
    let store = patient.clone().timeout(Duration::from_millis(200));
    server.signal("STOP");
    let unknown: [Message; 5] = core::array::from_fn(|_| Message::new());
    let calls = async {
        assert_eq!(refused(&store, &messages).await, [Error::Unavailable; 5]);
        assert_eq!(refused(&store, &unknown).await, [Error::Unavailable; 5], "no answer, no acceptance");
        let now = UnixTime::now();
        assert_eq!(store.settle_async(&id(next()), now, now).await, Err(Error::Unavailable));
        assert_eq!(store.release_async(&id(next()), now).await, Err(Error::Unavailable));
    };
    tokio::time::timeout(Duration::from_secs(30), calls).await.expect("the deadline holds");
    server.signal("CONT");
    resume(&patient).await;
    refused(&patient, &messages).await;
    // Late, the server may have carried out what nobody waited for: accepted at most once, whenever they are tried.
    let mut accepted = [0; 5];
    for _ in 0..3 {
        for (message, accepted) in unknown.iter().zip(&mut accepted) {
            *accepted += u32::from(message.claim(&patient).await.is_ok());
        }
    }
    assert!(accepted.iter().all(|accepted| *accepted <= 1), "{accepted:?}");
}

#[tokio::test]
async fn full() {
    let Some(server) = Server::start(&[]) else { return };
    let store = store(&server).await;
    let leased = Message::new();
    let now = UnixTime::now();
    let lapses = now.saturating_add(Duration::from_secs(2));
    assert_eq!(store.claim_async(&leased.id, Some(leased.made), Hold::Lease(lapses), now).await, Ok(()));
    let memory = server.ask(&["INFO", "memory"]);
    let used = memory.lines().find_map(|line| line.strip_prefix("used_memory:")).unwrap();
    let limit = used.trim().parse::<u64>().unwrap() + 100_000;
    server.ask(&["CONFIG", "SET", "maxmemory", &limit.to_string()]);
    let mut accepted = Vec::new();
    loop {
        let message = Message::new();
        match message.claim(&store).await {
            Ok(()) => accepted.push(message),
            Err(error) => {
                assert_eq!(error, Error::Unavailable);
                break;
            }
        }
        assert!(accepted.len() < 100_000);
    }
    assert!(!accepted.is_empty());
    refused(&store, &accepted).await;
    // The handler comes back: that it is done can still be said, and outlives the lease.
    let until = UnixTime::now().saturating_add(HOUR);
    assert_eq!(store.settle_async(&leased.id, until, UnixTime::now()).await, Ok(()));
    let nothing = store.settle_async(&id(next()), until, UnixTime::now()).await;
    assert_eq!(nothing, Err(Error::Unavailable), "there is nothing to prolong");
    wait("lapsed", async || UnixTime::now() > lapses.saturating_add(Duration::from_secs(2))).await;
    refused(&store, &[leased]).await;
    server.ask(&["CONFIG", "SET", "maxmemory", "0"]);
    resume(&store).await;
    assert!(refused(&store, &accepted).await.iter().all(|error| *error == Error::Replayed));
    assert_eq!(refused(&store, &[leased]).await, [Error::Replayed]);
}

#[tokio::test]
async fn flushed() {
    let Some(server) = Server::start(&[]) else { return };
    let store = store(&server).await;
    for command in ["FLUSHALL", "FLUSHDB"] {
        let messages = accept(&store, 20).await;
        let (leased, now) = (Message::new(), UnixTime::now());
        let lease = Hold::Lease(now.saturating_add(HOUR));
        assert_eq!(store.claim_async(&leased.id, Some(leased.made), lease, now).await, Ok(()));
        server.ask(&[command]);
        for _ in 0..2 {
            assert_eq!(refused(&store, &messages).await, [Error::Unavailable; 20]);
            assert_eq!(refused(&store, &[leased]).await, [Error::Unavailable]);
            resume(&store).await;
        }
        // Whoever still had the lease may say that it is done.
        assert_eq!(store.settle_async(&leased.id, at(now.as_secs() + 3600), UnixTime::now()).await, Ok(()));
        assert_eq!(store.release_async(&leased.id, now).await, Ok(()));
        refused(&store, &[leased]).await;
    }
}

#[tokio::test]
async fn the_callers_clock_is_an_hour_off() {
    let Some(server) = Server::start(&[]) else { return };
    let store = store(&server).await;
    let messages = accept(&store, 20).await;
    for now in [UnixTime::now().saturating_add(HOUR), UnixTime::now().saturating_sub(HOUR)] {
        for message in &messages {
            assert_eq!(message.claim_at(&store, now).await, Err(Error::Unavailable));
        }
        let new = Message { id: id(next()), made: now };
        assert_eq!(new.claim_at(&store, now).await, Err(Error::Unavailable));
        let settled = store.settle_async(&new.id, now.saturating_add(HOUR), now).await;
        assert_eq!(settled, Err(Error::Unavailable));
        // The others are served, and this one is as soon as its clock is right.
        refused(&store, &accept(&store, 5).await).await;
    }
    assert_eq!(refused(&store, &messages).await, [Error::Replayed; 20]);
}

#[tokio::test]
async fn the_servers_clock_has_gone_back() {
    let Some(server) = Server::start(&[]) else { return };
    let store = store(&server).await;
    let messages = accept(&store, 20).await;
    // As if it had been an hour ahead, and had let claims expire meanwhile.
    let ahead = UnixTime::now().saturating_add(HOUR).as_secs().to_string();
    server.ask(&["HSET", "test:epoch", "seen", &ahead]);
    for _ in 0..2 {
        assert_eq!(refused(&store, &messages).await, [Error::Unavailable; 20]);
        resume(&store).await;
    }
    refused(&store, &accept(&store, 5).await).await;
}

#[tokio::test]
async fn it_begins_to_evict() {
    let Some(mut server) = Server::start(&[]) else { return };
    let store = store(&server).await;
    server.kill();
    let policy = ["--maxmemory-policy", "allkeys-lru"].map(String::from);
    server.options_mut().extend(policy);
    server.restart();
    assert_eq!(Message::new().claim(&store).await, Err(Error::Unavailable));
    let error = chancery::store::RedisStore::connect(&server.url(), "test").await.map(drop);
    assert_eq!(error, Err(ConnectError::Eviction));
}
