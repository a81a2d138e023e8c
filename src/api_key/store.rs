// SPDX-License-Identifier: MIT OR Apache-2.0
//! [`ApiKeyStore`]: where records are, in one process here and elsewhere in `store`.

use crate::{
    Error, UnixTime,
    api_key::{record::ApiKeyRecord, text::ApiKeyId},
};
use alloc::{boxed::Box, vec::Vec};
use core::{future::Future, pin::Pin};

/// Records of keys, shared by all who verify them.
///
/// Each call is done wholly or not at all, and seen by every call after it: a key that was revoked is found revoked. A
/// store that keeps copies of records cannot promise that. What is done to a record is what the methods of
/// [`ApiKeyRecord`] do. A store that cannot tell is [`Error::Unavailable`].
pub trait ApiKeyStore {
    /// Adds a record.
    ///
    /// # Errors
    /// [`Error::Replayed`] when one with this identifier is there, which stays as it is.
    fn create(&self, record: &ApiKeyRecord) -> Result<(), Error>;

    /// The record of a key, if there is one.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn find(&self, id: ApiKeyId) -> Result<Option<ApiKeyRecord>, Error>;

    /// Adds the successor and ends the old key at `until`, both or neither: of several calls at once, one succeeds.
    ///
    /// # Errors
    /// [`Error::UnknownKey`], and those of [`create`](Self::create) and [`ApiKeyRecord::rotate`].
    fn rotate(&self, old: ApiKeyId, until: UnixTime, successor: &ApiKeyRecord) -> Result<(), Error>;

    /// Ends a key for good. From the return on nobody finds it any more but as revoked.
    ///
    /// # Errors
    /// [`Error::UnknownKey`].
    fn revoke(&self, id: ApiKeyId, now: UnixTime) -> Result<(), Error>;

    /// Notes that a key was used. Nobody waits for it to be durable.
    ///
    /// # Errors
    /// [`Error::UnknownKey`].
    fn used(&self, id: ApiKeyId, now: UnixTime) -> Result<(), Error>;

    /// The next records, `limit` at most, in the order of their identifiers: those behind `after`.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn list(&self, after: Option<ApiKeyId>, limit: usize) -> Result<Vec<ApiKeyRecord>, Error>;
}

/// What a method of [`AsyncApiKeyStore`] returns.
pub type ApiKeyFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// [`ApiKeyStore`] for a store that is waited for. Each method as its twin there; every [`ApiKeyStore`] is one, too.
///
/// An implementation bounds the time that it waits, and then refuses: [`Error::Unavailable`].
pub trait AsyncApiKeyStore: Send + Sync {
    /// [`ApiKeyStore::create`].
    fn create_async<'a>(&'a self, record: &'a ApiKeyRecord) -> ApiKeyFuture<'a, ()>;

    /// [`ApiKeyStore::find`].
    fn find_async(&self, id: ApiKeyId) -> ApiKeyFuture<'_, Option<ApiKeyRecord>>;

    /// [`ApiKeyStore::rotate`].
    fn rotate_async<'a>(
        &'a self,
        old: ApiKeyId,
        until: UnixTime,
        successor: &'a ApiKeyRecord,
    ) -> ApiKeyFuture<'a, ()>;

    /// [`ApiKeyStore::revoke`].
    fn revoke_async(&self, id: ApiKeyId, now: UnixTime) -> ApiKeyFuture<'_, ()>;

    /// [`ApiKeyStore::used`].
    fn used_async(&self, id: ApiKeyId, now: UnixTime) -> ApiKeyFuture<'_, ()>;

    /// [`ApiKeyStore::list`].
    fn list_async(&self, after: Option<ApiKeyId>, limit: usize) -> ApiKeyFuture<'_, Vec<ApiKeyRecord>>;
}

impl<S: ApiKeyStore + Send + Sync + ?Sized> AsyncApiKeyStore for S {
    fn create_async<'a>(&'a self, record: &'a ApiKeyRecord) -> ApiKeyFuture<'a, ()> {
        Box::pin(async move { self.create(record) })
    }

    fn find_async(&self, id: ApiKeyId) -> ApiKeyFuture<'_, Option<ApiKeyRecord>> {
        Box::pin(async move { self.find(id) })
    }

    fn rotate_async<'a>(
        &'a self,
        old: ApiKeyId,
        until: UnixTime,
        successor: &'a ApiKeyRecord,
    ) -> ApiKeyFuture<'a, ()> {
        Box::pin(async move { self.rotate(old, until, successor) })
    }

    fn revoke_async(&self, id: ApiKeyId, now: UnixTime) -> ApiKeyFuture<'_, ()> {
        Box::pin(async move { self.revoke(id, now) })
    }

    fn used_async(&self, id: ApiKeyId, now: UnixTime) -> ApiKeyFuture<'_, ()> {
        Box::pin(async move { self.used(id, now) })
    }

    fn list_async(&self, after: Option<ApiKeyId>, limit: usize) -> ApiKeyFuture<'_, Vec<ApiKeyRecord>> {
        Box::pin(async move { self.list(after, limit) })
    }
}
