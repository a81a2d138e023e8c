// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why a store cannot be used: for the operator, when a service starts.

use core::fmt;
#[cfg(feature = "redis")]
use redis::{ErrorKind, RedisError, ServerErrorKind};
#[cfg(feature = "postgres")]
use tokio_postgres::error::SqlState;

/// The store is not fit: refuse to start. `Copy`, without anything of the URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConnectError {
    /// It is not the URL of a Redis, or its scheme needs a feature of the crate `redis`.
    Url,
    /// The namespace is empty, or over 64 bytes.
    Namespace,
    /// Nobody answers there, not in time, or not with the TLS that was asked for.
    Unreachable,
    /// The name or the password is wrong, or the user may not do what is needed.
    Denied,
    /// The `maxmemory-policy` of a Redis is not `noeviction`: it would forget claims to make room.
    Eviction,
    /// It is a node of a Redis cluster.
    Cluster,
    /// There is no table of API keys, or it has other columns.
    Table,
    /// It does not do what it is asked: a replica, a version that is too old, no such database, no memory.
    Refused,
}

impl ConnectError {
    #[cfg(feature = "redis")]
    pub(super) fn of_redis(error: &RedisError) -> Self {
        match error.kind() {
            ErrorKind::InvalidClientConfig => Self::Url,
            ErrorKind::Io => Self::Unreachable,
            ErrorKind::AuthenticationFailed | ErrorKind::Server(ServerErrorKind::NoPerm) => Self::Denied,
            _ if error.code() == Some("NOAUTH") => Self::Denied,
            _ => Self::Refused,
        }
    }

    #[cfg(feature = "postgres")]
    pub(super) fn of_postgres(error: &tokio_postgres::Error) -> Self {
        let Some(state) = error.code() else {
            return if is_read_only(error) { Self::Refused } else { Self::Unreachable };
        };
        let is = |others: &[SqlState]| others.contains(state);
        if state.code().starts_with("28") || is(&[SqlState::INSUFFICIENT_PRIVILEGE]) {
            Self::Denied
        } else if is(&[SqlState::UNDEFINED_TABLE, SqlState::UNDEFINED_COLUMN, SqlState::UNDEFINED_FUNCTION]) {
            Self::Table
        } else if is(&[SqlState::QUERY_CANCELED, SqlState::CANNOT_CONNECT_NOW]) {
            Self::Unreachable
        } else {
            Self::Refused
        }
    }
}

/// What `tokio_postgres` says of a server that is none to write to.
#[cfg(feature = "postgres")]
fn is_read_only(error: &tokio_postgres::Error) -> bool {
    let source = core::error::Error::source(error).and_then(|source| source.downcast_ref::<std::io::Error>());
    source.is_some_and(|source| source.kind() == std::io::ErrorKind::PermissionDenied)
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Url => "this is not the URL of a Redis, or it needs a feature of the crate `redis`",
            Self::Namespace => "the namespace of the claims needs 1 to 64 bytes",
            Self::Unreachable => "the store does not answer in time",
            Self::Denied => "the store does not let this user in, or not do what is needed",
            Self::Eviction => "the store's maxmemory-policy must be noeviction",
            Self::Cluster => "the store is a node of a cluster, which is not supported",
            Self::Table => "the store has no table of API keys, or one with other columns",
            Self::Refused => {
                "the store does not do what it is asked: a replica, too old, full, or not permitted"
            }
        })
    }
}

impl core::error::Error for ConnectError {}
