// SPDX-License-Identifier: MIT OR Apache-2.0
//! The claim that goes with a request: settled when it was handled, released when it was not.

use crate::{AsyncReplay, Lease, UnixTime};
use alloc::sync::Arc;
use core::task::{Context, Waker};

/// Released when it is dropped, on whatever way, unless it has ended.
pub(super) struct Claim {
    store: Arc<dyn AsyncReplay>,
    lease: Option<Lease>,
}

impl Claim {
    pub(super) fn new(store: &Arc<dyn AsyncReplay>, lease: Lease) -> Self {
        Self { store: Arc::clone(store), lease: Some(lease) }
    }

    /// Settled if the request was handled, released if it was not.
    pub(super) async fn end(mut self, handled: bool, now: UnixTime) {
        let Some(lease) = self.lease.take() else { return };
        // The work is done, or not. An answer that speaks of the store would say otherwise.
        let _ = if handled {
            lease.settle_async(&*self.store, now).await
        } else {
            lease.release_async(&*self.store).await
        };
    }
}

impl Drop for Claim {
    /// Nobody waits here: a store in memory has released it then, another one may have, or lets it lapse.
    fn drop(&mut self) {
        if let Some(lease) = self.lease.take() {
            let release = core::pin::pin!(lease.release_async(&*self.store));
            let _ = release.poll(&mut Context::from_waker(Waker::noop()));
        }
    }
}
