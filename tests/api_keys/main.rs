// SPDX-License-Identifier: MIT OR Apache-2.0
//! API keys: their text, their records, their stores, and the layer that takes them.

#[cfg(feature = "postgres")]
mod failure;
mod form;
mod life;
#[cfg(feature = "postgres")]
mod postgres;
mod records;
mod served;
#[cfg(feature = "postgres")]
mod server;
#[cfg(feature = "redb")]
mod stored;

use chancery::{
    Error, UnixTime, Verified,
    api_key::{ApiKey, ApiKeyId, ApiKeyRecord, ApiKeyStore, ApiKeys, Grant, MemoryStore},
    mac::MacKey,
};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

const NOW: UnixTime = UnixTime::from_secs(1_790_000_000);

fn after(seconds: u64) -> UnixTime {
    UnixTime::from_secs(NOW.as_secs() + seconds)
}

fn live() -> ApiKeys {
    ApiKeys::new("acme_live", MacKey::generate().unwrap()).unwrap()
}

fn grant() -> Grant {
    Grant::new("reports", ["orders:read", "orders:list"]).unwrap()
}

fn issued(keys: &ApiKeys, store: &impl ApiKeyStore) -> ApiKey {
    keys.issue(store, &grant(), NOW).unwrap()
}

/// Without the record, which has no `Debug` that would help.
fn outcome(result: Result<Verified<ApiKeyRecord>, Error>) -> Result<ApiKeyId, Error> {
    result.map(|record| record.id())
}

/// A store that counts how often it is asked.
#[derive(Default)]
struct Counting {
    inner: MemoryStore,
    asked: AtomicUsize,
    written: AtomicUsize,
}

impl ApiKeyStore for Counting {
    fn create(&self, record: &ApiKeyRecord) -> Result<(), Error> {
        self.inner.create(record)
    }

    fn find(&self, id: ApiKeyId) -> Result<Option<ApiKeyRecord>, Error> {
        self.asked.fetch_add(1, SeqCst);
        self.inner.find(id)
    }

    fn rotate(&self, old: ApiKeyId, until: UnixTime, successor: &ApiKeyRecord) -> Result<(), Error> {
        self.inner.rotate(old, until, successor)
    }

    fn revoke(&self, id: ApiKeyId, now: UnixTime) -> Result<(), Error> {
        self.inner.revoke(id, now)
    }

    fn used(&self, id: ApiKeyId, now: UnixTime) -> Result<(), Error> {
        self.written.fetch_add(1, SeqCst);
        self.inner.used(id, now)
    }

    fn list(&self, after: Option<ApiKeyId>, limit: usize) -> Result<Vec<ApiKeyRecord>, Error> {
        self.inner.list(after, limit)
    }
}
