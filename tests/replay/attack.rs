// SPDX-License-Identifier: MIT OR Apache-2.0
//! Somebody who chooses when copies are sent, who restarts and empties the server, and who steps the clocks.

use crate::{
    model::{at, id, random},
    server::{Message, SKEW, Server, connect, next, refused, resume, store},
};
use chancery::{AsyncReplay, Error, Hold, UnixTime, store::RedisStore};
use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// A message lives for so long, by whatever clock.
const AGE: u64 = 3;

/// As a verifier with this clock does: [`chancery::Unclaimed`].
async fn accept(store: &RedisStore, message: Message, now: u64) -> bool {
    let made = message.made.as_secs();
    if made > now + SKEW || made + AGE < now {
        return false;
    }
    let (earliest, until) = (at(made - SKEW), at(made + AGE + SKEW + 1));
    store.claim_async(&message.id, Some(earliest), Hold::Done(until), at(now)).await.is_ok()
}

/// The system's clock, or one that is wrong.
fn clock(random: &mut impl FnMut(u64) -> u64) -> u64 {
    let now = UnixTime::now().as_secs();
    match random(12) {
        0 => now + 3600,
        1 => now - 3600,
        2..=4 => now + SKEW,
        5..=7 => now - SKEW,
        _ => now,
    }
}

#[tokio::test]
async fn whatever_happens_nothing_is_accepted_twice() {
    let Some(mut server) = Server::start(&["--appendonly", "yes"]) else { return };
    let store = connect(&server).await.timeout(Duration::from_millis(500));
    let (sent, over) = (Mutex::new(Vec::<(Message, u32)>::new()), AtomicBool::new(false));
    let sender = async |seed| {
        let mut random = random(seed);
        while !over.load(Ordering::Relaxed) {
            // A new one, or a copy of one of the last few hundred.
            let count = sent.lock().unwrap().len();
            let index = if count == 0 || random(4) == 0 {
                let made = at(UnixTime::now().as_secs() + random(2 * SKEW + 1) - SKEW);
                sent.lock().unwrap().push((Message { id: id(next()), made }, 0));
                count
            } else {
                count - 1 - usize::try_from(random(300)).unwrap() % count
            };
            let (message, _) = sent.lock().unwrap()[index];
            if accept(&store, message, clock(&mut random)).await {
                sent.lock().unwrap()[index].1 += 1;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let attacker = async {
        let mut random = random(7);
        for blow in 0..10 {
            tokio::time::sleep(Duration::from_millis(500 + random(1500))).await;
            match blow % 5 {
                0 => _ = server.ask(&["FLUSHALL"]),
                1 => {
                    server.kill();
                    server.restart();
                }
                2 => {
                    server.signal("STOP");
                    tokio::time::sleep(Duration::from_millis(random(1500))).await;
                    server.signal("CONT");
                }
                3 => _ = server.ask(&["SCRIPT", "FLUSH"]),
                _ => {
                    server.kill();
                    std::fs::remove_dir_all(server.folder().join("appendonlydir")).unwrap();
                    server.restart();
                }
            }
        }
        let before = sent.lock().unwrap().len();
        resume(&store.clone().timeout(Duration::from_secs(30))).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        over.store(true, Ordering::Relaxed);
        before
    };
    let (before, ..) =
        tokio::join!(attacker, sender(1), sender(2), sender(3), sender(4), sender(5), sender(6));
    let sent = sent.into_inner().unwrap();
    let twice: Vec<_> = sent.iter().filter(|(_, accepted)| *accepted > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    let accepted =
        |messages: &[(Message, u32)]| messages.iter().filter(|(_, accepted)| *accepted == 1).count();
    assert!(accepted(&sent[..before]) > 100 && accepted(&sent[before..]) > 10, "{}", accepted(&sent));
    println!("replay: {} messages under attack, {} accepted once, none twice", sent.len(), accepted(&sent));
}

#[tokio::test]
async fn a_message_of_the_second_in_which_the_data_was_lost_is_not_accepted() {
    let Some(server) = Server::start(&[]) else { return };
    let store = store(&server).await;
    // Claimed by a clock that is ahead by the skew, in the second in which the epoch then begins.
    for (ahead, accepted) in [(SKEW, false), (SKEW + 1, true)] {
        let now = UnixTime::now().as_secs();
        server.ask(&["HSET", "test:epoch", "since", &(now - ahead).to_string()]);
        let message = Message { id: id(next()), made: at(now) };
        assert_eq!(message.claim(&store).await.is_ok(), accepted, "{ahead}");
    }
}

#[tokio::test]
async fn a_message_of_the_future_does_not_survive_a_loss_of_data() {
    let Some(server) = Server::start(&[]) else { return };
    let store = store(&server).await;
    // Verified by a clock that was ahead, claimed by one that is right. Its time would come after the loss.
    let now = UnixTime::now().as_secs();
    let message = Message { id: id(next()), made: at(now + 5) };
    assert_eq!(message.claim_at(&store, at(now)).await, Err(Error::Unavailable));
    server.ask(&["FLUSHALL"]);
    resume(&store).await;
    let accepted = Message { made: at(UnixTime::now().as_secs()), ..message };
    assert_eq!(accepted.claim(&store).await, Ok(()), "it was not accepted before");
}

#[tokio::test]
async fn an_epoch_that_was_tampered_with_is_not_believed() {
    let Some(server) = Server::start(&[]) else { return };
    let store = store(&server).await;
    let tampering: [&[&str]; 5] = [
        &["DEL", "test:epoch"],
        &["HDEL", "test:epoch", "reign"],
        &["HSET", "test:epoch", "reign", "0"],
        &["HDEL", "test:epoch", "since"],
        &["SET", "test:epoch", "0"],
    ];
    for command in tampering {
        let message = Message::new();
        assert_eq!(message.claim(&store).await, Ok(()));
        server.ask(command);
        assert_eq!(refused(&store, &[message]).await, [Error::Unavailable], "{command:?}");
        server.ask(&["DEL", "test:epoch"]);
        resume(&store).await;
    }
}
