// SPDX-License-Identifier: MIT OR Apache-2.0
//! [`RedisStore`]: claims in Redis or Valkey, so that each message is accepted once in a whole fleet.

use crate::{
    AsyncReplay, Error, Hold, ReplayFuture, UnixTime,
    store::{
        ConnectError,
        connection::{Connection, Limits},
    },
};
use alloc::{
    borrow::ToOwned,
    boxed::Box,
    string::{String, ToString},
    sync::Arc,
    vec::Vec,
};
use core::{fmt, time::Duration};
use redis::{Client, Script, ScriptInvocation};

const SKEW: Duration = Duration::from_secs(30);
const TIMEOUT: Duration = Duration::from_secs(1);
/// From the year 10000 on it is for ever: a Lua number counts its milliseconds exactly, and nobody waits for it.
const FOREVER: u64 = 253_402_300_800;
/// Of a claim that is done, where a lease has its end.
const DONE: &str = "-1";

/// What was accepted, in a Redis or Valkey. A clone shares the connection.
///
/// It needs a runtime of tokio with time and I/O.
///
/// ```no_run
/// use chancery::{middleware::WebhookLayer, store::RedisStore, webhook::{Verifier, provider}};
/// use std::sync::Arc;
///
/// # async fn start() -> Result<(), Box<dyn std::error::Error>> {
/// let store = RedisStore::connect("redis://:password@redis.internal/", "orders").await?;
/// let verifier = Verifier::new(provider::STRIPE.secret("whsec_wJalrXUtnFEMIK7MDENGbPxRfiCY")?)?;
/// let layer = WebhookLayer::new(verifier, Arc::new(store));
/// # Ok(())
/// # }
/// ```
///
/// # Security
/// It fails closed. What it cannot tell is [`Error::Unavailable`], which a peer sees as 503 and tries again:
/// * The server does not answer within the timeout, is full, or is not a primary. Nothing is tried twice.
/// * The clocks of the server and of the caller differ by more than the skew.
/// * The message is from before the *epoch*, the time since when the server is known to have all claims. It begins
///   when the data is gone, when the server was started or promoted, and when its clock went back.
///
/// A message that signs no time goes by the claims that are there, lost or not: [`replay`](crate::replay) says what holds, and what it
/// takes.
///
/// # Errors
/// [`ConnectError`] at the start. After that, those of [`AsyncReplay`].
#[derive(Clone)]
pub struct RedisStore {
    inner: Arc<Inner>,
    limits: Limits,
}

struct Inner {
    namespace: String,
    connection: Connection,
    claim: Script,
    settle: Script,
    release: Script,
}

impl RedisStore {
    /// Connects to the server at `url`: `redis://[user][:password@]host[:port][/database]`, `unix:///path`, or
    /// `rediss://` with a TLS feature of the crate `redis`.
    ///
    /// All who share the claims give the same `namespace`, of 1 to 64 bytes, and nobody else: the keys are
    /// `namespace:` and 32 bytes, and `namespace:epoch`. Two services that receive the same envelope are two namespaces.
    ///
    /// # Errors
    /// [`ConnectError`]. It waits for a second at the most.
    pub async fn connect(url: &str, namespace: &str) -> Result<Self, ConnectError> {
        let client = Client::open(url).map_err(|_| ConnectError::Url)?;
        Self::from_client(client, namespace).await
    }

    /// [`connect`](Self::connect) with a client of the crate `redis`, for certificates of your own.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn from_client(client: Client, namespace: &str) -> Result<Self, ConnectError> {
        if !(1..=64).contains(&namespace.len()) {
            return Err(ConnectError::Namespace);
        }
        let limits = Limits { skew: SKEW, timeout: TIMEOUT };
        let inner = Inner {
            connection: Connection::new(client, key(namespace, b"epoch")),
            namespace: namespace.to_owned(),
            claim: Script::new(concat!(include_str!("epoch.lua"), include_str!("claim.lua"))),
            settle: Script::new(include_str!("settle.lua")),
            release: Script::new(include_str!("release.lua")),
        };
        inner.connection.open(limits).await?;
        Ok(Self { inner: Arc::new(inner), limits })
    }

    /// How far the clocks of the server and of the callers may be apart: 30 seconds unless said, whole seconds, at least
    /// one. For so long, and for the skew of the verifier, messages are refused after the server was started. The same
    /// in the whole fleet.
    #[must_use]
    pub fn skew(mut self, skew: Duration) -> Self {
        self.limits.skew = Duration::from_secs(skew.as_secs().max(1));
        self
    }

    /// How long a call waits for the server, connecting included, before it refuses: one second unless said.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.limits.timeout = timeout;
        self
    }

    fn key(&self, id: &[u8; 32]) -> Vec<u8> {
        key(&self.inner.namespace, id)
    }

    async fn call(&self, script: &ScriptInvocation<'_>) -> Result<(), Error> {
        match self.inner.connection.call(script, self.limits).await {
            Some(0) => Ok(()),
            Some(1) => Err(Error::Replayed),
            Some(2) => Err(Error::InProgress),
            _ => Err(Error::Unavailable),
        }
    }
}

fn key(namespace: &str, name: &[u8]) -> Vec<u8> {
    [namespace.as_bytes(), b":", name].concat()
}

/// When it ends, for a script.
fn end(until: UnixTime) -> String {
    if until.as_secs() >= FOREVER { String::new() } else { until.as_secs().to_string() }
}

impl AsyncReplay for RedisStore {
    /// A hold to the end of time takes memory for ever: give messages a maximum age.
    fn claim_async<'a>(
        &'a self,
        id: &'a [u8; 32],
        earliest: Option<UnixTime>,
        hold: Hold,
        now: UnixTime,
    ) -> ReplayFuture<'a> {
        Box::pin(async move {
            // Not claimed before it was made: unless this clock has gone back since it was verified.
            if earliest.is_some_and(|earliest| earliest > now) {
                return Err(Error::Unavailable);
            }
            let mut script = self.inner.claim.prepare_invoke();
            script.key(key(&self.inner.namespace, b"epoch")).key(self.key(id));
            script.arg(self.limits.skew.as_secs()).arg(now.as_secs());
            script.arg(earliest.map_or_else(String::new, |earliest| earliest.as_secs().to_string()));
            match hold {
                Hold::Done(until) => script.arg(DONE).arg(end(until)),
                Hold::Lease(until) => script.arg(until.as_secs()).arg(end(until)),
            };
            self.call(&script).await
        })
    }

    fn settle_async<'a>(&'a self, id: &'a [u8; 32], until: UnixTime, now: UnixTime) -> ReplayFuture<'a> {
        Box::pin(async move {
            let mut script = self.inner.settle.prepare_invoke();
            script.key(self.key(id)).arg(self.limits.skew.as_secs()).arg(now.as_secs()).arg(end(until));
            self.call(&script).await
        })
    }

    /// In a task of its own, once polled: it happens even if nobody waits for it.
    fn release_async<'a>(&'a self, id: &'a [u8; 32], lease: UnixTime) -> ReplayFuture<'a> {
        Box::pin(async move {
            let (store, key) = (self.clone(), self.key(id));
            let release = async move {
                let mut script = store.inner.release.prepare_invoke();
                script.key(key).arg(lease.as_secs());
                store.call(&script).await
            };
            let runtime = tokio::runtime::Handle::try_current().map_err(|_| Error::Unavailable)?;
            runtime.spawn(release).await.unwrap_or(Err(Error::Unavailable))
        })
    }
}

impl fmt::Debug for RedisStore {
    /// Without the URL, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore")
            .field("namespace", &self.inner.namespace)
            .field("skew", &self.limits.skew)
            .field("timeout", &self.limits.timeout)
            .finish_non_exhaustive()
    }
}
