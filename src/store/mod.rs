// SPDX-License-Identifier: MIT OR Apache-2.0
//! Stores that outlive a process: claims for a fleet, and records of API keys.
//!
//! | | holds | feature | for |
//! |---|---|---|---|
//! | `RedisStore` | claims, see [`AsyncReplay`](crate::AsyncReplay) | `redis` | a fleet |
//! | `RedbStore` | [records of API keys](crate::api_key::ApiKeyStore) | `redb` | one process: a file |

#[cfg(feature = "redis")]
mod connection;
#[cfg(feature = "redis")]
mod error;
#[cfg(feature = "redb")]
mod redb;
#[cfg(feature = "redis")]
mod redis;

#[cfg(feature = "redb")]
pub use self::redb::{OpenError, RedbStore};
#[cfg(feature = "redis")]
pub use self::{error::ConnectError, redis::RedisStore};
