// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is refused when a service starts, and what a store shows of itself.

use crate::server::{Message, Server, connect, refused, resume, store};
use chancery::{
    AsyncReplay, Error, Hold, UnixTime,
    store::{ConnectError, RedisStore},
};
use std::time::Duration;

async fn error(url: &str, namespace: &str) -> ConnectError {
    RedisStore::connect(url, namespace).await.map(drop).expect_err(url)
}

#[tokio::test]
async fn a_server_that_may_forget_is_refused() {
    let Some(server) = Server::start(&[]) else { return };
    let policies = [
        "allkeys-lru",
        "allkeys-lfu",
        "allkeys-random",
        "volatile-lru",
        "volatile-lfu",
        "volatile-random",
        "volatile-ttl",
    ];
    for policy in policies {
        server.ask(&["CONFIG", "SET", "maxmemory-policy", policy]);
        assert_eq!(error(&server.url(), "test").await, ConnectError::Eviction, "{policy}");
    }
    server.ask(&["CONFIG", "SET", "maxmemory-policy", "noeviction"]);
    resume(&connect(&server).await).await;
}

#[tokio::test]
async fn what_is_no_server_for_claims_is_refused() {
    assert_eq!(error("no url", "test").await, ConnectError::Url);
    assert_eq!(error("http://127.0.0.1/", "test").await, ConnectError::Url);
    for namespace in [String::new(), "n".repeat(65)] {
        assert_eq!(error("redis://127.0.0.1:1/", &namespace).await, ConnectError::Namespace);
    }
    assert_eq!(error("redis://127.0.0.1:1/", &"n".repeat(64)).await, ConnectError::Unreachable);
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}/", silent.local_addr().unwrap());
    assert_eq!(error(&url, "test").await, ConnectError::Unreachable, "nobody answers there");

    let Some(server) = Server::start(&[]) else { return };
    let port = server.port.to_string();
    // One that takes writes is no better: they go with the next word from its primary.
    for read_only in ["yes", "no"] {
        let options = ["--replicaof", "127.0.0.1", &port, "--replica-read-only", read_only];
        let Some(replica) = Server::start(&options) else { return };
        assert_eq!(error(&replica.url(), "test").await, ConnectError::Refused);
    }
    let Some(node) = Server::start(&["--cluster-enabled", "yes"]) else { return };
    assert_eq!(error(&node.url(), "test").await, ConnectError::Cluster);
}

#[tokio::test]
async fn a_password_is_needed_and_never_shown() {
    let Some(server) = Server::start(&[]) else { return };
    server.ask(&["CONFIG", "SET", "requirepass", "correct-horse"]);
    let with = |login: &str| format!("redis://{login}@127.0.0.1:{}/", server.port);
    assert_eq!(error(&server.url(), "test").await, ConnectError::Denied);
    assert_eq!(error(&with(":wrong-horse"), "test").await, ConnectError::Denied);
    let store = RedisStore::connect(&with(":correct-horse"), "test").await.unwrap();
    let store = store.skew(Duration::from_secs(1)).timeout(Duration::from_secs(30));
    resume(&store).await;
    let shown = format!("{store:?} {store:#?}");
    assert!(shown.contains("\"test\"") && !shown.contains("horse") && !shown.contains("127"), "{shown}");
}

#[tokio::test]
async fn the_user_of_the_documentation_may_do_what_is_needed_and_no_less() {
    let manual = include_str!("../../docs/replay.md");
    let line = manual.lines().find(|line| line.starts_with("ACL SETUSER orders ")).expect("the user");
    let words: Vec<&str> =
        line.split(' ').map(|word| if word == ">password" { ">pw" } else { word }).collect();
    let Some(server) = Server::start(&[]) else { return };
    let url = format!("redis://orders:pw@127.0.0.1:{}/", server.port);
    server.ask(&words);
    let store = RedisStore::connect(&url, "orders").await.unwrap();
    let store = store.skew(Duration::from_secs(1)).timeout(Duration::from_secs(30));
    resume(&store).await;
    let (message, now) = (Message::new(), UnixTime::now());
    let end = now.saturating_add(Duration::from_secs(600));
    assert_eq!(store.claim_async(&message.id, None, Hold::Lease(end), now).await, Ok(()));
    assert_eq!(store.release_async(&message.id, end).await, Ok(()));
    assert_eq!(store.claim_async(&message.id, None, Hold::Lease(end), now).await, Ok(()));
    assert_eq!(store.settle_async(&message.id, end, now).await, Ok(()));
    refused(&store, &[message]).await;
    assert_eq!(error(&url, "others").await, ConnectError::Denied, "another namespace is another user's");
    for command in ["-time", "-info", "-evalsha", "-script|load", "-hmget", "-hset"] {
        server.ask(&words);
        server.ask(&["ACL", "SETUSER", "orders", command]);
        server.ask(&["SCRIPT", "FLUSH"]);
        server.ask(&["DEL", "orders:epoch"]);
        let error = error(&url, "orders").await;
        assert!(matches!(error, ConnectError::Denied | ConnectError::Refused), "{command}: {error:?}");
    }
}

#[tokio::test]
async fn a_connection_that_was_closed_is_made_again() {
    let Some(server) = Server::start(&[]) else { return };
    let store = store(&server).await;
    for _ in 0..3 {
        server.ask(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]);
        // The first call may meet the end of the connection. It is not tried again for it.
        if let Err(error) = Message::new().claim(&store).await {
            assert_eq!(error, Error::Unavailable);
        }
        assert_eq!(Message::new().claim(&store).await, Ok(()));
    }
    server.ask(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(Message::new().claim(&store).await, Ok(()), "who was idle does not find out with a claim");
    server.ask(&["SCRIPT", "FLUSH"]);
    assert_eq!(Message::new().claim(&store).await, Ok(()), "the script is loaded again");
}

#[test]
fn a_store_outlives_the_runtime_that_connected_it() {
    let Some(server) = Server::start(&[]) else { return };
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let store = runtime().block_on(store(&server));
    for _ in 0..3 {
        runtime().block_on(async {
            let _ = Message::new().claim(&store).await;
            assert_eq!(Message::new().claim(&store).await, Ok(()));
        });
    }
}

#[tokio::test]
async fn namespaces_know_nothing_of_each_other() {
    let Some(server) = Server::start(&[]) else { return };
    let mut stores = Vec::new();
    for namespace in ["orders", "invoices", "orders:"] {
        let store = RedisStore::connect(&server.url(), namespace).await.unwrap();
        stores.push(store.skew(Duration::from_secs(1)).timeout(Duration::from_secs(30)));
    }
    for store in &stores {
        resume(store).await;
    }
    let message = Message::new();
    for store in &stores {
        assert_eq!(message.claim(store).await, Ok(()));
        assert_eq!(refused(store, &[message]).await, [Error::Replayed]);
    }
}
