// SPDX-License-Identifier: MIT OR Apache-2.0
//! One connection for all who call, made again when it is lost.

use super::ConnectError;
use alloc::sync::Arc;
use core::{future::Future, time::Duration};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::{
    sync::watch,
    time::{Instant, timeout},
};

/// What is idle may have been closed, by the server or between: then it is asked before a call is left to it.
const IDLE: Duration = Duration::from_secs(1);

/// A connection of some protocol.
pub(super) trait Peer: Clone + Send + Sync + 'static {
    /// Whether it is known to be of no more use.
    fn is_closed(&self) -> bool;

    /// Whether somebody answers.
    fn ping(&mut self) -> impl Future<Output = bool> + Send;
}

pub(super) struct Line<P>(Mutex<Option<Attempt<P>>>);

/// Somebody connects, or has. Everybody waits for the same.
type Attempt<P> = watch::Receiver<Option<Result<Open<P>, ConnectError>>>;

#[derive(Clone)]
struct Open<P> {
    peer: P,
    answered: Arc<Mutex<Instant>>,
}

/// A connection for a call.
pub(super) struct Held<P> {
    attempt: Attempt<P>,
    open: Open<P>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<P> Held<P> {
    pub(super) const fn peer(&mut self) -> &mut P {
        &mut self.open.peer
    }

    /// It was heard of.
    pub(super) fn answered(&self) {
        *lock(&self.open.answered) = Instant::now();
    }

    /// Whether it was heard of so lately that a call which was not answered within this time has not waited for it alone. To
    /// give it up then would be to connect for ever to who is far away.
    pub(super) fn is_young(&self, limit: Duration) -> bool {
        lock(&self.open.answered).elapsed() < limit.div_f32(2.0)
    }
}

impl<P: Peer> Line<P> {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// A connection that was heard of lately, made by `dial` if there is none.
    pub(super) async fn alive<F>(
        &self,
        limit: Duration,
        dial: impl Fn() -> F,
    ) -> Result<Held<P>, ConnectError>
    where
        F: Future<Output = Result<P, ConnectError>> + Send + 'static,
    {
        let mut held = self.get(limit, &dial).await?;
        let answered = *lock(&held.open.answered);
        if !held.open.peer.is_closed() {
            if answered.elapsed() < IDLE {
                return Ok(held);
            }
            // Half of the time, so that a new connection still gets the other half.
            if timeout(limit.div_f32(2.0), held.open.peer.ping()).await == Ok(true) {
                return Ok(held);
            }
        }
        self.forget(Some(&held));
        self.get(limit, dial).await
    }

    /// The connection, of whatever age.
    pub(super) async fn get<F>(&self, limit: Duration, dial: impl Fn() -> F) -> Result<Held<P>, ConnectError>
    where
        F: Future<Output = Result<P, ConnectError>> + Send + 'static,
    {
        let mut attempt = lock(&self.0).get_or_insert_with(|| connect(limit, dial())).clone();
        // Without a result it was dropped along with its runtime.
        let result = attempt.wait_for(Option::is_some).await.ok().and_then(|result| result.clone());
        match result.unwrap_or(Err(ConnectError::Unreachable)) {
            Ok(open) => Ok(Held { attempt, open }),
            Err(error) => {
                self.forget_attempt(&attempt);
                Err(error)
            }
        }
    }

    /// The next call makes another one.
    pub(super) fn forget(&self, held: Option<&Held<P>>) {
        if let Some(held) = held {
            self.forget_attempt(&held.attempt);
        }
    }

    fn forget_attempt(&self, attempt: &Attempt<P>) {
        lock(&self.0).take_if(|current| current.same_channel(attempt));
    }
}

/// In a task of its own: who is in a hurry and leaves does not take it along.
fn connect<P: Peer>(
    limit: Duration,
    dial: impl Future<Output = Result<P, ConnectError>> + Send + 'static,
) -> Attempt<P> {
    let (done, attempt) = watch::channel(None);
    tokio::spawn(async move {
        let dialled = timeout(limit, dial).await.unwrap_or(Err(ConnectError::Unreachable));
        let opened = dialled.map(|peer| Open { peer, answered: Arc::new(Mutex::new(Instant::now())) });
        done.send_replace(Some(opened));
    });
    attempt
}
