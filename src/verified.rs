// SPDX-License-Identifier: MIT OR Apache-2.0
//! Proof values: [`Unclaimed`] has no way to its contents, [`Verified`] cannot be made elsewhere.
//!
//! A message that is authentic may still be the second copy of itself. A verifier of something
//! that can be replayed therefore returns [`Unclaimed`]; a claim in a [`Replay`] store, or the
//! words [`allow_replays`](Unclaimed::allow_replays), turns it into [`Verified`]. A handler that
//! takes `Verified<Order>` is reached by nothing less.

use crate::{Error, UnixTime};
use alloc::boxed::Box;
use core::{fmt, future::Future, ops::Deref, pin::Pin, time::Duration};

/// A store that remembers what was accepted, shared by all who accept it.
///
/// An implementation must be atomic: of any number of concurrent claims of one id exactly one succeeds. When
/// it cannot tell, it refuses. An id is 32 bytes, a digest that no two messages share.
///
/// For a store that is reached over a network there is [`AsyncReplay`].
pub trait Replay {
    /// Claims `id`, and remembers it as `hold` says.
    ///
    /// No copy can have been claimed before `earliest`, if the message says when it was made: a store that has
    /// lost its memory since then cannot tell.
    ///
    /// # Errors
    /// [`Error::Replayed`] when the id is held as done, [`Error::InProgress`] when it is leased,
    /// [`Error::Unavailable`] when the store cannot tell.
    fn claim(
        &self,
        id: &[u8; 32],
        earliest: Option<UnixTime>,
        hold: Hold,
        now: UnixTime,
    ) -> Result<(), Error>;

    /// Holds `id` as done until `until`, whatever has become of its lease.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn settle(&self, id: &[u8; 32], until: UnixTime, now: UnixTime) -> Result<(), Error>;

    /// Forgets `id` if it is still held by the lease that ends at `lease`: another one may have been
    /// granted since.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn release(&self, id: &[u8; 32], lease: UnixTime) -> Result<(), Error>;
}

/// What a method of [`AsyncReplay`] returns.
pub type ReplayFuture<'a> = Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;

/// [`Replay`] for a store that is waited for. Each method as its twin there; every [`Replay`] is one, too.
///
/// An implementation bounds the time that it waits, and then refuses: [`Error::Unavailable`].
pub trait AsyncReplay: Send + Sync {
    /// [`Replay::claim`]. Should the future be dropped, the id may be claimed or not.
    fn claim_async<'a>(
        &'a self,
        id: &'a [u8; 32],
        earliest: Option<UnixTime>,
        hold: Hold,
        now: UnixTime,
    ) -> ReplayFuture<'a>;

    /// [`Replay::settle`].
    fn settle_async<'a>(&'a self, id: &'a [u8; 32], until: UnixTime, now: UnixTime) -> ReplayFuture<'a>;

    /// [`Replay::release`].
    fn release_async<'a>(&'a self, id: &'a [u8; 32], lease: UnixTime) -> ReplayFuture<'a>;
}

impl<R: Replay + Send + Sync + ?Sized> AsyncReplay for R {
    fn claim_async<'a>(
        &'a self,
        id: &'a [u8; 32],
        earliest: Option<UnixTime>,
        hold: Hold,
        now: UnixTime,
    ) -> ReplayFuture<'a> {
        Box::pin(async move { self.claim(id, earliest, hold, now) })
    }

    fn settle_async<'a>(&'a self, id: &'a [u8; 32], until: UnixTime, now: UnixTime) -> ReplayFuture<'a> {
        Box::pin(async move { self.settle(id, until, now) })
    }

    fn release_async<'a>(&'a self, id: &'a [u8; 32], lease: UnixTime) -> ReplayFuture<'a> {
        Box::pin(async move { self.release(id, lease) })
    }
}

/// How a claim is held. From the second named on it may be forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a store must know them all")]
pub enum Hold {
    /// Somebody works on it. Forgotten by itself, should they never come back.
    Lease(UnixTime),
    /// It was accepted.
    Done(UnixTime),
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
    id: Id<T>,
    /// When it was made, if it says so.
    made: Option<UnixTime>,
    /// The last second in which the message is accepted.
    expires: UnixTime,
    /// How far the clocks that accept it may be apart.
    skew: Duration,
    /// A claim is kept for so long at the least.
    retention: Duration,
}

/// What a store knows the message by.
enum Id<T> {
    Known([u8; 32]),
    /// Found in the message when it is claimed: it may take a pass over all of it.
    Of(fn(&T) -> [u8; 32]),
}

impl<T> Unclaimed<T> {
    pub(crate) const fn new(value: T, id: [u8; 32], expires: UnixTime, skew: Duration) -> Self {
        Self { value, id: Id::Known(id), made: None, expires, skew, retention: Duration::ZERO }
    }

    pub(crate) const fn identified_by(
        value: T,
        id: fn(&T) -> [u8; 32],
        expires: UnixTime,
        skew: Duration,
    ) -> Self {
        Self { value, id: Id::Of(id), made: None, expires, skew, retention: Duration::ZERO }
    }

    /// The message says when it was made.
    pub(crate) const fn made(mut self, made: Option<UnixTime>) -> Self {
        self.made = made;
        self
    }

    fn id(&self) -> [u8; 32] {
        match self.id {
            Id::Known(id) => id,
            Id::Of(find) => find(&self.value),
        }
    }

    /// A claim is kept for this long, at the least where the message expires, and exactly where it does not.
    pub(crate) const fn retained(mut self, retention: Duration) -> Self {
        self.retention = retention;
        self
    }

    /// Claims the message in `store`, so that it is accepted once.
    ///
    /// The store keeps the claim until the message is too old to be accepted; without a maximum
    /// age that is for ever.
    ///
    /// # Errors
    /// [`Error::Replayed`] for the second copy, [`Error::InProgress`] while the first is leased,
    /// [`Error::Expired`] when the message has become too old since it was verified, and whatever the store
    /// reports.
    pub fn claim(self, store: &(impl Replay + ?Sized), now: UnixTime) -> Result<Verified<T>, Error> {
        let hold = Hold::Done(self.until(now)?);
        store.claim(&self.id(), self.earliest(), hold, now)?;
        Ok(Verified(self.value))
    }

    /// [`claim`](Self::claim) in a store that is waited for.
    ///
    /// ```
    /// # use chancery::{AsyncReplay, Error, Unclaimed, UnixTime, Verified};
    /// async fn accept(
    ///     order: Unclaimed<String>,
    ///     store: &dyn AsyncReplay,
    ///     now: UnixTime,
    /// ) -> Result<Verified<String>, Error> {
    ///     order.claim_async(store, now).await
    /// }
    /// ```
    ///
    /// # Errors
    /// As [`claim`](Self::claim).
    pub async fn claim_async(
        self,
        store: &(impl AsyncReplay + ?Sized),
        now: UnixTime,
    ) -> Result<Verified<T>, Error> {
        let hold = Hold::Done(self.until(now)?);
        store.claim_async(&self.id(), self.earliest(), hold, now).await?;
        Ok(Verified(self.value))
    }

    /// Claims the message for `duration` only, in whole seconds and for one at the least. When it was handled,
    /// [settle](Lease::settle) the claim; when that failed, [release](Lease::release) it, so that the sender can
    /// try again. Should neither come, it lapses. A copy that arrives meanwhile is [`Error::InProgress`].
    ///
    /// ```
    /// # use chancery::{Error, Replay, Unclaimed, UnixTime};
    /// # fn handle(order: &str) -> bool { true }
    /// fn receive(order: Unclaimed<String>, store: &impl Replay, now: UnixTime) -> Result<(), Error> {
    ///     let (order, lease) = order.lease(store, core::time::Duration::from_secs(30), now)?;
    ///     if handle(&order) { lease.settle(store, now) } else { lease.release(store) }
    /// }
    /// ```
    ///
    /// # Errors
    /// As [`claim`](Self::claim).
    pub fn lease(
        self,
        store: &(impl Replay + ?Sized),
        duration: Duration,
        now: UnixTime,
    ) -> Result<(Verified<T>, Lease), Error> {
        let lease = self.leased(duration, now)?;
        store.claim(&lease.id, self.earliest(), Hold::Lease(lease.lapses), now)?;
        Ok((Verified(self.value), lease))
    }

    /// [`lease`](Self::lease) in a store that is waited for.
    ///
    /// # Errors
    /// As [`claim`](Self::claim).
    pub async fn lease_async(
        self,
        store: &(impl AsyncReplay + ?Sized),
        duration: Duration,
        now: UnixTime,
    ) -> Result<(Verified<T>, Lease), Error> {
        let lease = self.leased(duration, now)?;
        store.claim_async(&lease.id, self.earliest(), Hold::Lease(lease.lapses), now).await?;
        Ok((Verified(self.value), lease))
    }

    fn leased(&self, duration: Duration, now: UnixTime) -> Result<Lease, Error> {
        // One that ends now would hold nothing.
        let lapses = now.saturating_add(duration.max(Duration::from_secs(1)));
        Ok(Lease { id: self.id(), until: self.until(now)?, lapses })
    }

    /// No copy was accepted before: the clock of the sender may be ahead.
    fn earliest(&self) -> Option<UnixTime> {
        self.made.map(|made| made.saturating_sub(self.skew))
    }

    /// Until when a claim is kept that is made now.
    fn until(&self, now: UnixTime) -> Result<UnixTime, Error> {
        // The store may have forgotten the first copy by now.
        if self.expires < now {
            return Err(Error::Expired);
        }
        let retained = now.saturating_add(self.retention);
        if self.expires == UnixTime::MAX && self.retention > Duration::ZERO {
            return Ok(retained);
        }
        // One second more: `expires` itself is a second in which copies are accepted.
        let expired = self.expires.saturating_add(self.skew).saturating_add(Duration::from_secs(1));
        Ok(expired.max(retained))
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

/// A claim for a short time, made by [`Unclaimed::lease`].
#[derive(Debug)]
#[must_use = "settle it or release it; otherwise the message is handled again"]
pub struct Lease {
    id: [u8; 32],
    /// Of the claim, once it is settled.
    until: UnixTime,
    /// Of the lease.
    lapses: UnixTime,
}

impl Lease {
    /// The message was handled: no copy of it is accepted any more.
    ///
    /// # Errors
    /// [`Error::Unavailable`]: the message may be handled again.
    pub fn settle(self, store: &(impl Replay + ?Sized), now: UnixTime) -> Result<(), Error> {
        store.settle(&self.id, self.until, now)
    }

    /// [`settle`](Self::settle) in a store that is waited for.
    ///
    /// # Errors
    /// As [`settle`](Self::settle).
    pub async fn settle_async(self, store: &(impl AsyncReplay + ?Sized), now: UnixTime) -> Result<(), Error> {
        store.settle_async(&self.id, self.until, now).await
    }

    /// The message was not handled: the next copy is accepted.
    ///
    /// # Errors
    /// [`Error::Unavailable`]: copies are refused until the lease has lapsed.
    pub fn release(self, store: &(impl Replay + ?Sized)) -> Result<(), Error> {
        store.release(&self.id, self.lapses)
    }

    /// [`release`](Self::release) in a store that is waited for.
    ///
    /// # Errors
    /// As [`release`](Self::release).
    pub async fn release_async(self, store: &(impl AsyncReplay + ?Sized)) -> Result<(), Error> {
        store.release_async(&self.id, self.lapses).await
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
    /// What is meant to be presented many times, and was verified.
    pub(crate) const fn new(value: T) -> Self {
        Self(value)
    }

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
