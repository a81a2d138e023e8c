// SPDX-License-Identifier: MIT OR Apache-2.0
//! One connection for all who claim, made again when it is lost, and only to a server that is fit.

use super::ConnectError;
use alloc::{string::String, sync::Arc, vec::Vec};
use core::time::Duration;
use redis::{
    AsyncConnectionConfig, Client, ErrorKind, RedisError, Script, ScriptInvocation, ServerErrorKind,
    aio::MultiplexedConnection,
};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::{
    sync::watch,
    time::{Instant, timeout},
};

/// What `epoch.lua` answers where it finds no primary.
const NO_PRIMARY: i64 = 4;
/// What is idle may have been closed, by the server or between: then it is asked before a claim is left to it.
const IDLE: Duration = Duration::from_secs(1);

pub(super) struct Connection {
    client: Client,
    /// `epoch.lua` and its key.
    epoch: Script,
    epoch_key: Vec<u8>,
    current: Mutex<Option<Attempt>>,
}

/// Somebody connects, or has. Everybody waits for the same.
type Attempt = watch::Receiver<Option<Result<Open, ConnectError>>>;

#[derive(Clone)]
struct Open {
    redis: MultiplexedConnection,
    answered: Arc<Mutex<Instant>>,
}

/// What a call may cost, and the skew for the epoch.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub(super) skew: Duration,
    pub(super) timeout: Duration,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Connection {
    pub(super) fn new(client: Client, epoch_key: Vec<u8>) -> Self {
        let epoch = Script::new(include_str!("epoch.lua"));
        Self { client, epoch, epoch_key, current: Mutex::new(None) }
    }

    /// Connects, if nobody has.
    pub(super) async fn open(&self, limits: Limits) -> Result<(), ConnectError> {
        self.get(limits).await.map(drop)
    }

    /// Runs a script once and within the timeout. An answer that does not come may still be that of a script that ran.
    pub(super) async fn call(&self, script: &ScriptInvocation<'_>, limits: Limits) -> Option<i64> {
        let mut used = None;
        let answer = timeout(limits.timeout, async {
            let (attempt, mut open) = self.alive(limits).await.ok()?;
            used = Some(attempt);
            let answer = script.invoke_async(&mut open.redis).await;
            *lock(&open.answered) = Instant::now();
            Some(answer)
        });
        match answer.await {
            Ok(Some(Ok(answer))) if answer != NO_PRIMARY => return Some(answer),
            Ok(Some(Err(error))) if !is_lost(&error) => {}
            _ => self.forget(used.as_ref()),
        }
        None
    }

    /// A connection that was heard of lately.
    async fn alive(&self, limits: Limits) -> Result<(Attempt, Open), ConnectError> {
        let (attempt, mut open) = self.get(limits).await?;
        let answered = *lock(&open.answered);
        if answered.elapsed() < IDLE {
            return Ok((attempt, open));
        }
        let ping = redis::cmd("PING");
        // Half of the time, so that a new connection still gets the other half.
        let pong = timeout(limits.timeout.div_f32(2.0), ping.exec_async(&mut open.redis)).await;
        if let Ok(Ok(())) = pong {
            return Ok((attempt, open));
        }
        self.forget(Some(&attempt));
        self.get(limits).await
    }

    async fn get(&self, limits: Limits) -> Result<(Attempt, Open), ConnectError> {
        let mut attempt = lock(&self.current).get_or_insert_with(|| self.connect(limits)).clone();
        // Without a result it was dropped along with its runtime.
        let result = attempt.wait_for(Option::is_some).await.ok().and_then(|result| result.clone());
        match result.unwrap_or(Err(ConnectError::Unreachable)) {
            Ok(open) => Ok((attempt, open)),
            Err(error) => {
                self.forget(Some(&attempt));
                Err(error)
            }
        }
    }

    /// In a task of its own: who is in a hurry and leaves does not take it along.
    fn connect(&self, limits: Limits) -> Attempt {
        let (done, attempt) = watch::channel(None);
        let (client, script, key) = (self.client.clone(), self.epoch.clone(), self.epoch_key.clone());
        tokio::spawn(async move {
            let open = async {
                // One deadline for all of it, which is ours.
                let config =
                    AsyncConnectionConfig::new().set_response_timeout(None).set_connection_timeout(None);
                let connected = client.get_multiplexed_async_connection_with_config(&config).await;
                let mut redis = connected.map_err(|error| ConnectError::of(&error))?;
                inspect(&mut redis).await?;
                let mut epoch = script.key(key);
                let answer: Result<Option<i64>, _> =
                    epoch.arg(limits.skew.as_secs()).invoke_async(&mut redis).await;
                match answer.map_err(|error| ConnectError::of(&error))? {
                    None => Ok(Open { redis, answered: Arc::new(Mutex::new(Instant::now())) }),
                    Some(_) => Err(ConnectError::Refused),
                }
            };
            let opened = timeout(limits.timeout, open).await;
            done.send_replace(Some(opened.unwrap_or(Err(ConnectError::Unreachable))));
        });
        attempt
    }

    fn forget(&self, attempt: Option<&Attempt>) {
        let Some(attempt) = attempt else { return };
        lock(&self.current).take_if(|current| current.same_channel(attempt));
    }
}

/// Whether the connection is of no more use, or leads to who reigns no longer.
fn is_lost(error: &RedisError) -> bool {
    error.is_unrecoverable_error()
        || error.is_io_error()
        || error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly)
}

/// Only a server that forgets nothing by itself, and that holds all claims.
async fn inspect(redis: &mut MultiplexedConnection) -> Result<(), ConnectError> {
    let mut section = async |name| {
        let answer: Result<String, _> = redis::cmd("INFO").arg(name).query_async(redis).await;
        answer.map_err(|error| ConnectError::of(&error))
    };
    let (memory, cluster) = (section("memory").await?, section("cluster").await?);
    if cluster.lines().any(|line| line == "cluster_enabled:1") {
        return Err(ConnectError::Cluster);
    }
    if memory.lines().any(|line| line == "maxmemory_policy:noeviction") {
        Ok(())
    } else {
        Err(ConnectError::Eviction)
    }
}
