// SPDX-License-Identifier: MIT OR Apache-2.0
//! Proof values: [`Unclaimed`] has no way to its contents, [`Verified`] cannot be made elsewhere.
//!
//! A message that is authentic may still be the second copy of itself. A verifier of something
//! that can be replayed therefore returns [`Unclaimed`]; a claim in a [`Replay`] store, or the
//! words [`allow_replays`](Unclaimed::allow_replays), turns it into [`Verified`]. A handler that
//! takes `Verified<Order>` is reached by nothing less.

use crate::{Error, UnixTime};
use core::{fmt, ops::Deref, time::Duration};

/// A store that remembers what was accepted, shared by all who accept it.
///
/// An implementation must be atomic: of any number of concurrent claims of one id exactly one
/// succeeds. When it cannot tell, it refuses.
pub trait Replay {
    /// Claims `id` (32 bytes, a digest that no two messages share) and remembers it until `expires`. From that
    /// second on it may be forgotten: by then no copy is accepted on any clock that is in step.
    ///
    /// # Errors
    /// [`Error::Replayed`] when the id is claimed already, [`Error::Unavailable`] when the store
    /// cannot tell.
    fn claim(&self, id: &[u8; 32], expires: UnixTime, now: UnixTime) -> Result<(), Error>;
}

/// Authentic, but perhaps not for the first time: its contents are reached through a claim.
///
/// ```compile_fail,E0616
/// # use chancery::Unclaimed;
/// fn peek(message: Unclaimed<String>) -> String {
///     message.value // private, and there is no accessor
/// }
/// ```
#[must_use = "the contents are reached by `claim` or `allow_replays`"]
pub struct Unclaimed<T> {
    value: T,
    id: [u8; 32],
    /// The last second in which the message is accepted.
    expires: UnixTime,
    /// How far the clocks that accept it may be apart.
    skew: Duration,
}

impl<T> Unclaimed<T> {
    pub(crate) const fn new(value: T, id: [u8; 32], expires: UnixTime, skew: Duration) -> Self {
        Self { value, id, expires, skew }
    }

    /// Claims the message in `store`, so that it is accepted once.
    ///
    /// The store keeps the claim until the message is too old to be accepted; without a maximum
    /// age that is for ever.
    ///
    /// # Errors
    /// [`Error::Replayed`] for the second copy, [`Error::Expired`] when the message has become too old since
    /// it was verified, and whatever the store reports.
    pub fn claim(self, store: &(impl Replay + ?Sized), now: UnixTime) -> Result<Verified<T>, Error> {
        // The store may have forgotten the first copy by now.
        if self.expires < now {
            return Err(Error::Expired);
        }
        // One second more: `expires` itself is a second in which copies are accepted.
        let forgotten = self.expires.saturating_add(self.skew).saturating_add(Duration::from_secs(1));
        store.claim(&self.id, forgotten, now)?;
        Ok(Verified(self.value))
    }

    /// Accepts every copy: for data at rest, and for handlers that can run twice.
    pub fn allow_replays(self) -> Verified<T> {
        Verified(self.value)
    }
}

impl<T> fmt::Debug for Unclaimed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unclaimed").field("expires", &self.expires).finish_non_exhaustive()
    }
}

/// Proof that the value was verified. Nothing outside this crate can build one.
///
/// ```compile_fail,E0423
/// # use chancery::Verified;
/// fn forge(order: String) -> Verified<String> {
///     Verified(order) // the field is private
/// }
/// ```
#[derive(PartialEq, Eq)]
pub struct Verified<T>(T);

impl<T> Verified<T> {
    /// The value, without the proof.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.0
    }

    /// A part of the value, which is as verified as the whole, and what else comes with it.
    pub(crate) fn split<U, V>(self, split: impl FnOnce(T) -> (U, V)) -> (Verified<U>, V) {
        let (part, rest) = split(self.0);
        (Verified(part), rest)
    }
}

impl<T> Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Verified<T> {
    /// Without the value: a payload does not belong in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verified(..)")
    }
}
