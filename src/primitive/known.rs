// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is remembered about a public key that is used again and again: a table of its point, built when it pays.
//!
//! The table is as public as the key. How often a key was used decides whether there is one, never a secret.

use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed};
use std::sync::OnceLock;

/// 1,024 tables of 24 or 30 KiB are 24 or 30 MiB. A key beyond that is used as one that nobody knows.
const MAX_TABLES: usize = 1024;

static TABLES: AtomicUsize = AtomicUsize::new(0);

/// How often a key was used, and its table.
pub(crate) struct Known<T> {
    uses: AtomicU32,
    table: OnceLock<T>,
}

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self { uses: AtomicU32::new(0), table: OnceLock::new() }
    }
}

impl<T> Known<T> {
    /// Counts a use. Who brings the count to `pays_after` builds the table; nobody waits for it.
    pub(crate) fn table(&self, pays_after: u32, build: impl FnOnce() -> Option<T>) -> Option<&T> {
        if let Some(table) = self.table.get() {
            return Some(table);
        }
        // Beyond it, the point has no table, somebody is building or there were too many. It does not wrap.
        if self.uses.load(Relaxed) < pays_after
            && self.uses.fetch_add(1, Relaxed).wrapping_add(1) == pays_after
        {
            return build().map(|table| self.table.get_or_init(|| table));
        }
        None
    }

    /// Builds the table now unless it is there; whether it is.
    #[cfg(feature = "hazmat")]
    pub(crate) fn at_once(&self, build: impl FnOnce() -> Option<T>) -> bool {
        self.table.get().is_some() || build().map(|table| self.table.get_or_init(|| table)).is_some()
    }

    #[cfg(test)]
    pub(crate) fn is_there(&self) -> bool {
        self.table.get().is_some()
    }
}

/// One of the tables that [`TABLES`] counts, of whatever kind.
pub(crate) struct Counted;

impl Counted {
    /// `None` when there are enough.
    pub(crate) fn new() -> Option<Self> {
        let one_more = |n: usize| n.checked_add(1).filter(|n| *n <= MAX_TABLES);
        TABLES.fetch_update(Relaxed, Relaxed, one_more).ok().map(|_| Self)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        TABLES.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_built_once_and_who_got_none_is_not_asked_again() {
        for (builds, uses_with_a_table) in [(Some("table"), 18), (None, 0)] {
            let (known, mut built) = (Known::default(), 0);
            let mut found = 0;
            for _ in 0..20 {
                let table = known.table(3, || {
                    built += 1;
                    builds
                });
                found += usize::from(table.is_some());
            }
            assert_eq!((built, found), (1, uses_with_a_table));
        }
    }
}
