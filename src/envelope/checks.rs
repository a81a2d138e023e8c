// SPDX-License-Identifier: MIT OR Apache-2.0
//! What an opener demands of a content that has been decrypted: its time, its sender.
//!
//! Specification: `docs/envelope-v1.md`, section 10, steps 7 and 9.

use crate::{
    Error, Key, KeyId, Keyring, Unclaimed, UnixTime,
    envelope::{
        bind::{self, Signed},
        open::Origin,
    },
    primitive::chunked::Header as ChunkHeader,
    signing::{Signature, VerifyingKey},
};
use core::time::Duration;

#[derive(Clone, Debug)]
pub(super) struct Checks {
    pub(super) context: [u8; 32],
    /// `None` is anyone.
    pub(super) senders: Option<Keyring<VerifyingKey>>,
    pub(super) max_age: Option<Duration>,
    pub(super) skew: Duration,
}

/// What was decrypted, apart from the payload itself.
pub(super) struct Claimed<'a> {
    pub(super) header_hash: &'a [u8; 32],
    /// Salt and commitment.
    pub(super) start: &'a ChunkHeader,
    pub(super) created: UnixTime,
    /// Length and SHA-256 of the payload; the digest is used when there is a sender.
    pub(super) len: u64,
    pub(super) digest: [u8; 32],
    pub(super) sender: Option<(KeyId, Signature)>,
}

impl Checks {
    /// Step 7.
    ///
    /// # Errors
    /// [`Error::NotYetValid`], [`Error::Expired`].
    pub(super) fn time(&self, created: UnixTime, now: UnixTime) -> Result<(), Error> {
        if created > now.saturating_add(self.skew) {
            return Err(Error::NotYetValid);
        }
        if self.max_age.is_some_and(|age| created.saturating_add(age) < now) {
            return Err(Error::Expired);
        }
        Ok(())
    }

    /// Step 11: what may be claimed for as long as [`time`](Self::time) accepts it.
    pub(super) fn unclaimed<T>(&self, origin: Origin, value: T) -> Unclaimed<T> {
        let expires = self.max_age.map_or(UnixTime::MAX, |age| origin.created().saturating_add(age));
        let created = origin.created();
        Unclaimed::new(value, *origin.message_id(), expires, self.skew).made(Some(created))
    }

    /// Step 9: whose signature it is. An unknown sender is not told from a wrong signature.
    ///
    /// # Errors
    /// [`Error::NotAuthentic`].
    pub(super) fn origin(&self, claimed: &Claimed<'_>) -> Result<Origin, Error> {
        let Claimed { header_hash, start, created, len, ref digest, sender } = *claimed;
        let sender = match (&self.senders, sender) {
            (None, None) => None,
            (Some(senders), Some((id, signature))) => {
                let sender = senders.get(id).ok_or(Error::NotAuthentic)?;
                let created = created.as_secs();
                let (context, key) = (&self.context, sender.as_bytes());
                let signed = Signed { header_hash, body: start, context, sender: key, created, len, digest };
                sender.verify_for(Signed::PURPOSE, &[&signed.bytes()], &signature)?;
                Some(sender)
            }
            _ => return Err(Error::NotAuthentic),
        };
        let message_id = bind::message_id(header_hash, start, sender.map(VerifyingKey::as_bytes));
        Ok(Origin::new(sender.map(Key::id), created, message_id))
    }
}
