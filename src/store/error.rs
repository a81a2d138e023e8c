// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why a store cannot be used: for the operator, when a service starts.

use core::fmt;
use redis::{ErrorKind, RedisError, ServerErrorKind};

/// The store is not fit for claims: refuse to start. `Copy`, without anything of the URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConnectError {
    /// It is not the URL of a Redis, or its scheme needs a feature of the crate `redis`.
    Url,
    /// The namespace is empty, or over 64 bytes.
    Namespace,
    /// Nobody answers there, or not in time.
    Unreachable,
    /// The name or the password is wrong, or the user may not do what a claim needs.
    Denied,
    /// Its `maxmemory-policy` is not `noeviction`: it would forget claims to make room.
    Eviction,
    /// It is a node of a cluster.
    Cluster,
    /// It does not run the scripts: a replica, a version before Redis 5, no memory, a command that is not permitted.
    Refused,
}

impl ConnectError {
    pub(super) fn of(error: &RedisError) -> Self {
        match error.kind() {
            ErrorKind::InvalidClientConfig => Self::Url,
            ErrorKind::Io => Self::Unreachable,
            ErrorKind::AuthenticationFailed | ErrorKind::Server(ServerErrorKind::NoPerm) => Self::Denied,
            _ if error.code() == Some("NOAUTH") => Self::Denied,
            _ => Self::Refused,
        }
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Url => "this is not the URL of a Redis, or it needs a feature of the crate `redis`",
            Self::Namespace => "the namespace of the claims needs 1 to 64 bytes",
            Self::Unreachable => "the store does not answer in time",
            Self::Denied => "the store does not let this user in, or not do what a claim needs",
            Self::Eviction => "the store's maxmemory-policy must be noeviction",
            Self::Cluster => "the store is a node of a cluster, which is not supported",
            Self::Refused => "the store does not run the scripts: a replica, too old, full, or not permitted",
        })
    }
}

impl core::error::Error for ConnectError {}
