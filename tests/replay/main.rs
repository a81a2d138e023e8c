// SPDX-License-Identifier: MIT OR Apache-2.0
//! The stores: one acceptance of many copies whatever happens to them, leases, bounds; against one model.
//!
//! Those for Redis start servers of their own. Without `redis-server` they say that they did not run, and with
//! `CHANCERY_REQUIRE_PROGRAMS=1` they fail.

#![cfg(feature = "std")]

mod memory;
mod model;

#[cfg(feature = "redis")]
mod attack;
#[cfg(feature = "redis")]
mod failure;
#[cfg(feature = "redis")]
mod fleet;
#[cfg(feature = "redis")]
mod lease;
#[cfg(feature = "redis")]
mod server;
#[cfg(feature = "redis")]
mod setup;
