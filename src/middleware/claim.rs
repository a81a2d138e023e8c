// SPDX-License-Identifier: MIT OR Apache-2.0
//! The claim that goes with a request: settled when it was handled, released when it was not.

use crate::{AsyncReplay, Error, Lease, Unclaimed, UnixTime, Verified};
use alloc::sync::Arc;
use core::{
    fmt,
    task::{Context, Waker},
    time::Duration,
};

/// Longer than a handler takes whose client still waits: those give up after 10 to 30 seconds.
const LEASE: Duration = Duration::from_secs(60);

type Clock = Arc<dyn Fn() -> UnixTime + Send + Sync>;

/// How a layer sees to it that a message is handled once.
#[derive(Clone)]
pub(super) struct Guard {
    /// `None` where copies are let through.
    store: Option<Arc<dyn AsyncReplay>>,
    pub(super) lease: Duration,
    pub(super) clock: Clock,
}

impl Guard {
    pub(super) fn new(store: Option<Arc<dyn AsyncReplay>>) -> Self {
        Self { store, lease: LEASE, clock: Arc::new(UnixTime::now) }
    }

    pub(super) fn now(&self) -> UnixTime {
        (self.clock)()
    }

    pub(super) async fn claim<T>(
        &self,
        message: Unclaimed<T>,
        now: UnixTime,
    ) -> Result<(Verified<T>, Claim), Error> {
        let Some(store) = &self.store else { return Ok((message.allow_replays(), Claim(None))) };
        let (message, lease) = message.lease_async(&**store, self.lease, now).await?;
        Ok((message, Claim(Some((Arc::clone(store), lease, Arc::clone(&self.clock))))))
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("lease", &self.lease).finish_non_exhaustive()
    }
}

/// Released when it is dropped, on whatever way, unless it has ended.
pub(super) struct Claim(Option<(Arc<dyn AsyncReplay>, Lease, Clock)>);

impl Claim {
    /// Settled if the request was handled, released if it was not.
    pub(super) async fn end(mut self, handled: bool) {
        let Some((store, lease, clock)) = self.0.take() else { return };
        // The work is done, or not. An answer that speaks of the store would say otherwise.
        let _ = if handled {
            lease.settle_async(&*store, clock()).await
        } else {
            lease.release_async(&*store).await
        };
    }
}

impl Drop for Claim {
    /// Nobody waits here: a store in memory has released it then, another one may have, or lets it lapse.
    fn drop(&mut self) {
        if let Some((store, lease, _)) = self.0.take() {
            let release = core::pin::pin!(lease.release_async(&*store));
            let _ = release.poll(&mut Context::from_waker(Waker::noop()));
        }
    }
}
