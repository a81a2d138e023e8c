// SPDX-License-Identifier: MIT OR Apache-2.0
//! Several processes at one Redis: each is this very binary.

use crate::{
    model::id,
    server::{Server, store},
};
use chancery::{AsyncReplay, Error, Hold, UnixTime, store::RedisStore};
use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
    time::Duration,
};

const PROCESSES: u64 = 4;
const MESSAGES: u64 = 1000;
/// Of each message, in each process.
const COPIES: u64 = 25;
const TASKS: u64 = 50;
/// Where the processes find the server.
const URL: &str = "CHANCERY_REPLAY_URL";

const NAME: &str = "fleet::of_100_000_concurrent_duplicates_one_of_each_message_is_accepted";

#[tokio::test]
async fn of_100_000_concurrent_duplicates_one_of_each_message_is_accepted() {
    if let Ok(url) = std::env::var(URL) {
        return work(&url).await;
    }
    let Some(server) = Server::start(&[]) else { return };
    store(&server).await;
    let mut workers: Vec<_> = (0..PROCESSES)
        .map(|_| {
            let mut worker = Command::new(std::env::current_exe().unwrap());
            worker.args(["--exact", NAME, "--nocapture"]).env(URL, server.url());
            worker.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let mut outputs: Vec<_> =
        workers.iter_mut().map(|worker| BufReader::new(worker.stdout.take().unwrap()).lines()).collect();
    for output in &mut outputs {
        assert!(output.any(|line| line.unwrap().ends_with("ready")), "a worker did not start");
    }
    // All at once.
    for worker in &mut workers {
        worker.stdin.take().unwrap().write_all(b"go\n").unwrap();
    }
    let (mut accepted, mut refused) = (HashMap::<u64, u32>::new(), 0);
    for (worker, output) in workers.iter_mut().zip(outputs) {
        for line in output.map(Result::unwrap) {
            match line.split_once(' ') {
                Some(("accepted", n)) => *accepted.entry(n.parse().unwrap()).or_insert(0) += 1,
                Some(("replayed", n)) => refused += n.parse::<u64>().unwrap(),
                _ => {}
            }
        }
        assert!(worker.wait().unwrap().success());
    }
    assert!(accepted.values().all(|accepted| *accepted == 1), "{accepted:?}");
    assert_eq!(accepted.len() as u64, MESSAGES);
    assert_eq!(refused, PROCESSES * MESSAGES * COPIES - MESSAGES);
}

/// What each of the processes does.
async fn work(url: &str) {
    let store = RedisStore::connect(url, "test").await.unwrap().timeout(Duration::from_secs(60));
    println!("ready");
    std::io::stdin().lines().next().unwrap().unwrap();
    let now = UnixTime::now();
    let hold = Hold::Done(now.saturating_add(Duration::from_secs(3600)));
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let store = store.clone();
            tokio::spawn(async move {
                let (mut accepted, mut replayed) = (Vec::new(), 0);
                for copy in 0..MESSAGES * COPIES / TASKS {
                    // Every task begins at another message.
                    let n = (copy + task * MESSAGES / TASKS) % MESSAGES;
                    match store.claim_async(&id(n << 32), None, hold, UnixTime::now()).await {
                        Ok(()) => accepted.push(n),
                        Err(error) => {
                            assert_eq!(error, Error::Replayed);
                            replayed += 1;
                        }
                    }
                }
                (accepted, replayed)
            })
        })
        .collect();
    let mut replayed = 0;
    for task in tasks {
        let (accepted, more) = task.await.unwrap();
        for n in accepted {
            println!("accepted {n}");
        }
        replayed += more;
    }
    println!("replayed {replayed}");
}
