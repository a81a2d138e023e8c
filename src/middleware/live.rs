// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a layer works with, replaced while it works.

use alloc::sync::Arc;
use std::sync::{PoisonError, RwLock};

/// Shared by all clones of a layer.
#[derive(Debug)]
pub(super) struct Live<T>(Arc<RwLock<Arc<T>>>);

impl<T> Live<T> {
    pub(super) fn new(value: Arc<T>) -> Self {
        Self(Arc::new(RwLock::new(value)))
    }

    /// What is in force now. A request that has begun with it ends with it.
    pub(super) fn current(&self) -> Arc<T> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn replace(&self, value: Arc<T>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = value;
    }
}

impl<T> Clone for Live<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}
