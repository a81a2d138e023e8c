// SPDX-License-Identifier: MIT OR Apache-2.0
//! Stores that outlive a process: claims for a fleet, and records of API keys.
//!
//! | | holds | feature | for |
//! |---|---|---|---|
//! | `RedisStore` | claims, see [`AsyncReplay`](crate::AsyncReplay) | `redis` | a fleet |
//! | `RedbStore` | [records of API keys](crate::api_key::ApiKeyStore) | `redb` | one process: a file |
//! | `PostgresStore` | [records of API keys](crate::api_key::AsyncApiKeyStore) | `postgres` | a fleet |

#[cfg(feature = "redis")]
mod connection;
#[cfg(any(feature = "postgres", feature = "redis"))]
mod error;
#[cfg(any(feature = "postgres", feature = "redis"))]
mod line;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "redb")]
mod redb;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "postgres")]
mod sql;

#[cfg(any(feature = "postgres", feature = "redis"))]
pub use self::error::ConnectError;
#[cfg(feature = "postgres")]
pub use self::postgres::PostgresStore;
#[cfg(feature = "redb")]
pub use self::redb::{OpenError, RedbStore};
#[cfg(feature = "redis")]
pub use self::redis::RedisStore;
