// SPDX-License-Identifier: MIT OR Apache-2.0
//! [`MemoryStore`]: records in memory, for tests and for keys that are read from a file at the start.

use crate::{
    Error, UnixTime,
    api_key::{record::ApiKeyRecord, store::ApiKeyStore, text::ApiKeyId},
};
use alloc::{collections::BTreeMap, vec::Vec};
use core::{fmt, ops::Bound};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Records in memory, gone with the process. Share it by reference or in an `Arc`.
#[derive(Default)]
pub struct MemoryStore(Mutex<BTreeMap<ApiKeyId, ApiKeyRecord>>);

impl MemoryStore {
    /// A store without records.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Consistent between calls, also after a panic elsewhere.
    fn records(&self) -> MutexGuard<'_, BTreeMap<ApiKeyId, ApiKeyRecord>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ApiKeyStore for MemoryStore {
    fn create(&self, record: &ApiKeyRecord) -> Result<(), Error> {
        let mut records = self.records();
        if records.contains_key(&record.id()) {
            return Err(Error::Replayed);
        }
        records.insert(record.id(), record.clone());
        Ok(())
    }

    fn find(&self, id: ApiKeyId) -> Result<Option<ApiKeyRecord>, Error> {
        Ok(self.records().get(&id).cloned())
    }

    fn rotate(&self, old: ApiKeyId, until: UnixTime, successor: &ApiKeyRecord) -> Result<(), Error> {
        let mut records = self.records();
        if records.contains_key(&successor.id()) {
            return Err(Error::Replayed);
        }
        records.get_mut(&old).ok_or(Error::UnknownKey)?.rotate(successor.id(), until)?;
        records.insert(successor.id(), successor.clone());
        Ok(())
    }

    fn revoke(&self, id: ApiKeyId, now: UnixTime) -> Result<(), Error> {
        self.records().get_mut(&id).ok_or(Error::UnknownKey)?.revoke(now);
        Ok(())
    }

    fn used(&self, id: ApiKeyId, now: UnixTime) -> Result<(), Error> {
        self.records().get_mut(&id).ok_or(Error::UnknownKey)?.used(now);
        Ok(())
    }

    fn list(&self, after: Option<ApiKeyId>, limit: usize) -> Result<Vec<ApiKeyRecord>, Error> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let records = self.records();
        Ok(records.range((from, Bound::Unbounded)).take(limit).map(|(_, record)| record.clone()).collect())
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("records", &self.records().len()).finish()
    }
}
