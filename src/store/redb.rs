// SPDX-License-Identifier: MIT OR Apache-2.0
//! [`RedbStore`]: records of API keys in a file, for a service on one machine.

use crate::{
    Error, UnixTime,
    api_key::{ApiKeyId, ApiKeyRecord, ApiKeyStore},
};
use alloc::{
    string::{String, ToString},
    vec::Vec,
};
use core::{fmt, ops::Bound};
use redb::{
    Database, DatabaseError, Durability, ReadableDatabase, ReadableTable, Table, TableDefinition, TableError,
};
use std::{
    io::ErrorKind,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

/// Identifiers as text, whose order is theirs, and records as JSON.
const RECORDS: TableDefinition<'static, &str, &[u8]> = TableDefinition::new("chancery api keys 1");

/// Records of API keys in a file of [redb](https://www.redb.org), in pure Rust and without a server.
///
/// ```
/// use chancery::{UnixTime, api_key::{ApiKeys, Grant}, mac::MacKey, store::RedbStore};
///
/// # let path = std::env::temp_dir().join(format!("chancery-{}.redb", std::process::id()));
/// let (keys, store) = (ApiKeys::new("acme_live", MacKey::generate()?)?, RedbStore::open(&path)?);
/// let key = keys.issue(&store, &Grant::new("reports", ["orders:read"])?, UnixTime::now())?;
/// assert!(keys.verify(&store, key.expose_secret(), UnixTime::now()).is_ok());
/// # drop(store);
/// # std::fs::remove_file(path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// What has returned is on the disk, but for the time of the last use, which is there with the next thing that is. Writers
/// wait for each other, readers for nobody. All that issues, rotates and revokes waits for the disk: where others share the thread, call it
/// from a thread that may block. To verify is to write once in five minutes, which may wait for one of these.
///
/// One process has the file open. Give it to nobody else to write: nothing in it is authenticated, and not all damage but
/// that of a crash is found. A file that was cut short is refused; of another that was changed, a record is as it is found there, is
/// [`Error::Unavailable`], or redb panics or asks for more memory than there is. Restore such a file from a copy, and
/// revoke again what was revoked since. After an error of the disk each call is [`Error::Unavailable`] until the file is opened again.
pub struct RedbStore(Database);

/// The file cannot be used: refuse to start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OpenError {
    /// It cannot be read, written or made.
    File,
    /// Somebody has it open.
    InUse,
    /// It is not a file of this store, is damaged, or of a version that is not read.
    Damaged,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "the file of the store cannot be read, written or made",
            Self::InUse => "the file of the store is open elsewhere",
            Self::Damaged => "the file is not one of this store, or it is damaged",
        })
    }
}

impl core::error::Error for OpenError {}

impl RedbStore {
    /// Opens the file, or makes it. After a crash it is repaired; of a crash while it was made for the first time a file may
    /// be left that is [`OpenError::Damaged`] and has nothing in it.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        // It asserts what it finds in the file: of one that was cut short it panics.
        let opened = catch_unwind(AssertUnwindSafe(|| Database::create(path)));
        let database = opened.map_err(|_| OpenError::Damaged)?.map_err(|error| match error {
            DatabaseError::DatabaseAlreadyOpen => OpenError::InUse,
            DatabaseError::Storage(redb::StorageError::Io(error)) => match error.kind() {
                ErrorKind::InvalidData | ErrorKind::UnexpectedEof => OpenError::Damaged,
                _ => OpenError::File,
            },
            _ => OpenError::Damaged,
        })?;
        let store = Self(database);
        // The table is there from now on, or is of another type.
        store.write(Durability::Immediate, |_| Ok(())).map_err(|_| OpenError::Damaged)?;
        Ok(store)
    }

    /// All of `change` or, if it fails, nothing.
    fn write(
        &self,
        durability: Durability,
        change: impl FnOnce(&mut Records<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut transaction = self.0.begin_write().map_err(unavailable)?;
        transaction.set_durability(durability).map_err(unavailable)?;
        change(&mut Records(transaction.open_table(RECORDS).map_err(unavailable)?))?;
        transaction.commit().map_err(unavailable)
    }

    fn read(&self) -> Result<redb::ReadOnlyTable<&'static str, &'static [u8]>, Error> {
        let transaction = self.0.begin_read().map_err(unavailable)?;
        transaction.open_table(RECORDS).map_err(|error: TableError| unavailable(error))
    }
}

/// What a transaction sees and changes.
struct Records<'a>(Table<'a, &'static str, &'static [u8]>);

impl Records<'_> {
    fn add(&mut self, record: &ApiKeyRecord) -> Result<(), Error> {
        if self.0.get(&*record.id().to_string()).map_err(unavailable)?.is_some() {
            return Err(Error::Replayed);
        }
        self.put(record)
    }

    fn put(&mut self, record: &ApiKeyRecord) -> Result<(), Error> {
        let bytes = serde_json::to_vec(record).map_err(unavailable)?;
        self.0.insert(&*record.id().to_string(), &*bytes).map_err(unavailable)?;
        Ok(())
    }

    fn change(
        &mut self,
        id: ApiKeyId,
        change: impl FnOnce(&mut ApiKeyRecord) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let found = self.0.get(&*id.to_string()).map_err(unavailable)?;
        let mut record = found.map(|bytes| parse(bytes.value())).transpose()?.ok_or(Error::UnknownKey)?;
        change(&mut record)?;
        self.put(&record)
    }
}

fn parse(bytes: &[u8]) -> Result<ApiKeyRecord, Error> {
    serde_json::from_slice(bytes).map_err(unavailable)
}

/// What exactly is wrong with the file is nobody's business who presents a key.
fn unavailable<E>(_: E) -> Error {
    Error::Unavailable
}

impl ApiKeyStore for RedbStore {
    fn create(&self, record: &ApiKeyRecord) -> Result<(), Error> {
        self.write(Durability::Immediate, |records| records.add(record))
    }

    fn find(&self, id: ApiKeyId) -> Result<Option<ApiKeyRecord>, Error> {
        // What was found does not keep the transaction: without it, somebody else may free the page.
        let table = self.read()?;
        let found = table.get(&*id.to_string()).map_err(unavailable)?;
        found.map(|bytes| parse(bytes.value())).transpose()
    }

    fn rotate(&self, old: ApiKeyId, until: UnixTime, successor: &ApiKeyRecord) -> Result<(), Error> {
        self.write(Durability::Immediate, |records| {
            records.change(old, |record| record.rotate(successor.id(), until))?;
            records.add(successor)
        })
    }

    fn revoke(&self, id: ApiKeyId, now: UnixTime) -> Result<(), Error> {
        self.write(Durability::Immediate, |records| {
            records.change(id, |record| {
                record.revoke(now);
                Ok(())
            })
        })
    }

    fn used(&self, id: ApiKeyId, now: UnixTime) -> Result<(), Error> {
        self.write(Durability::None, |records| {
            records.change(id, |record| {
                record.used(now);
                Ok(())
            })
        })
    }

    fn list(&self, after: Option<ApiKeyId>, limit: usize) -> Result<Vec<ApiKeyRecord>, Error> {
        let after: Option<String> = after.map(|id| id.to_string());
        let from = after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let table = self.read()?;
        let range = table.range::<&str>((from, Bound::Unbounded)).map_err(unavailable)?;
        range.take(limit).map(|entry| parse(entry.map_err(unavailable)?.1.value())).collect()
    }
}

impl fmt::Debug for RedbStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedbStore(..)")
    }
}
