// SPDX-License-Identifier: MIT OR Apache-2.0
//! The connection of a `RedisStore`, and only to a server that is fit.

use super::{
    ConnectError,
    line::{Line, Peer},
};
use alloc::{string::String, vec::Vec};
use core::{future::Future, time::Duration};
use redis::{
    AsyncConnectionConfig, Client, ErrorKind, RedisError, Script, ScriptInvocation, ServerErrorKind,
    aio::MultiplexedConnection,
};
use tokio::time::timeout;

/// What `epoch.lua` answers where it finds no primary.
const NO_PRIMARY: i64 = 4;

pub(super) struct Connection {
    client: Client,
    /// `epoch.lua` and its key.
    epoch: Script,
    epoch_key: Vec<u8>,
    line: Line<MultiplexedConnection>,
}

/// What a call may cost, and the skew for the epoch.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub(super) skew: Duration,
    pub(super) timeout: Duration,
}

impl Peer for MultiplexedConnection {
    /// That is told by the next call.
    fn is_closed(&self) -> bool {
        false
    }

    async fn ping(&mut self) -> bool {
        redis::cmd("PING").exec_async(self).await.is_ok()
    }
}

impl Connection {
    pub(super) fn new(client: Client, epoch_key: Vec<u8>) -> Self {
        let epoch = Script::new(include_str!("epoch.lua"));
        Self { client, epoch, epoch_key, line: Line::new() }
    }

    /// Connects, if nobody has.
    pub(super) async fn open(&self, limits: Limits) -> Result<(), ConnectError> {
        self.line.get(limits.timeout, || self.dial(limits)).await.map(drop)
    }

    /// Runs a script once and within the timeout. An answer that does not come may still be that of a script that ran.
    pub(super) async fn call(&self, script: &ScriptInvocation<'_>, limits: Limits) -> Option<i64> {
        let mut used = None;
        let answer = timeout(limits.timeout, async {
            let alive = self.line.alive(limits.timeout, || self.dial(limits));
            let held = used.insert(alive.await.ok()?);
            let answer = script.invoke_async(held.peer()).await;
            held.answered();
            Some(answer)
        });
        match answer.await {
            Ok(Some(Ok(answer))) if answer != NO_PRIMARY => return Some(answer),
            Ok(Some(Err(error))) if !is_lost(&error) => {}
            Err(_) if used.as_ref().is_some_and(|held| held.is_young(limits.timeout)) => {}
            _ => self.line.forget(used.as_ref()),
        }
        None
    }

    fn dial(
        &self,
        limits: Limits,
    ) -> impl Future<Output = Result<MultiplexedConnection, ConnectError>> + Send + 'static {
        let (client, script, key) = (self.client.clone(), self.epoch.clone(), self.epoch_key.clone());
        async move {
            // One deadline for all of it, which is ours.
            let config = AsyncConnectionConfig::new().set_response_timeout(None).set_connection_timeout(None);
            let connected = client.get_multiplexed_async_connection_with_config(&config).await;
            let mut redis = connected.map_err(|error| ConnectError::of_redis(&error))?;
            inspect(&mut redis).await?;
            let mut epoch = script.key(key);
            let answer: Result<Option<i64>, _> =
                epoch.arg(limits.skew.as_secs()).invoke_async(&mut redis).await;
            match answer.map_err(|error| ConnectError::of_redis(&error))? {
                None => Ok(redis),
                Some(_) => Err(ConnectError::Refused),
            }
        }
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
        answer.map_err(|error| ConnectError::of_redis(&error))
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
