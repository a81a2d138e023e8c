// SPDX-License-Identifier: MIT OR Apache-2.0
//! API keys: issued once, looked up by a public identifier, kept as a keyed hash, rotated with an overlap.
//!
//! ```
//! use chancery::{UnixTime, api_key::{ApiKeys, Grant}, mac::MacKey};
//! use core::time::Duration;
//! # #[cfg(feature = "std")] {
//! use chancery::api_key::{ApiKeyStore, MemoryStore};
//!
//! let (keys, store) = (ApiKeys::new("acme_live", MacKey::generate()?)?, MemoryStore::new());
//! let now = UnixTime::from_secs(1_790_000_000);
//!
//! // Shown to its owner, and to nobody again: acme_live_<17 characters>_<49 characters>
//! let key = keys.issue(&store, &Grant::new("reports of customer 17", ["orders:read"])?, now)?;
//! let shown = key.expose_secret();
//!
//! let access = keys.verify(&store, shown, now)?;
//! assert_eq!(access.name(), "reports of customer 17");
//! assert!(access.require("orders:read").is_ok() && access.require("orders:write").is_err());
//!
//! // A new one; the old one is good for a day more.
//! let new = keys.rotate(&store, key.id(), Duration::from_secs(86_400), now)?;
//! assert!(keys.verify(&store, shown, now).is_ok());
//! store.revoke(new.id(), now)?;
//! assert!(keys.verify(&store, new.expose_secret(), now).is_err());
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! With feature `axum` a handler takes `extract::ApiKey`, behind `middleware::ApiKeyLayer`.
//!
//! # Security
//! * A handler that takes `Verified<ApiKeyRecord>` is reached with nothing less, and only that has
//!   [`require`](crate::Verified::require).
//! * The text is read in its one canonical form, and its checksum compared, before a store is asked.
//! * An identifier that is unknown costs one hash and one comparison, as one that is known; that the store takes as long
//!   for it is for the store. That a key has ended is told only to those who have it.
//! * Nothing is remembered between two calls: a key that was revoked is refused by the next one.
//! * **Not covered:** who has the key. Whoever can write the records can give a key scopes, an end or none, and take its revocation
//!   back; with a pepper they cannot make one. How often somebody may try: 256 bits are not guessed, but a service can be
//!   kept busy.
//!
//! # Errors
//! [`Error`](crate::Error), as [`ApiKeys::verify`] has them; [`MissingScope`] is 403.
//!
#![doc = include_str!("../../docs/api-keys.md")]

#[cfg(feature = "json")]
mod json;
mod keys;
#[cfg(feature = "std")]
mod memory;
mod record;
mod store;
mod text;

pub use keys::ApiKeys;
#[cfg(feature = "std")]
pub use memory::MemoryStore;
pub use record::{ApiKeyRecord, Grant, MissingScope};
pub use store::{ApiKeyFuture, ApiKeyStore, AsyncApiKeyStore};
pub use text::{ApiKey, ApiKeyId};
