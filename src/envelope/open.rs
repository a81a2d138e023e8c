// SPDX-License-Identifier: MIT OR Apache-2.0
//! [`Opener`]: for whom, for what, and from whom, decided once; then envelope after envelope.

#[cfg(feature = "std")]
use crate::envelope::memory::Memory;
use crate::{
    ConfigError, Context, Error, Key, KeyId, Keyring, Unclaimed, UnixTime, Verified,
    envelope::{
        bind,
        checks::{Checks, Claimed},
        content::{self, Content},
        key::BodyKey,
        request::Request,
        suite_byte,
    },
    hpke::Identity,
    primitive::{chunked, hash},
    signing::VerifyingKey,
    wire::envelope::{Entry, Header},
};
use alloc::vec::Vec;
use core::{fmt, time::Duration};
use zeroize::Zeroizing;

/// Clocks of two services may differ by so much, unless said otherwise.
const DEFAULT_SKEW: Duration = Duration::from_secs(60);

/// Opens envelopes for one identity, or a keyring of them, and one context.
///
/// From whom is part of the type of thing it is: there is no opener that takes signed and unsigned
/// envelopes alike.
///
/// ```compile_fail,E0624
/// # use chancery::{Context, hpke::Identity, envelope::Opener};
/// let opener = Opener::new(Identity::generate().unwrap(), &Context::of("order"));
/// ```
///
/// And nothing is readable before it says what happens to a second copy:
///
/// ```compile_fail,E0599
/// # fn f(opener: chancery::envelope::Opener, sealed: &[u8], now: chancery::UnixTime) {
/// let payload = opener.open(sealed, now).unwrap().payload();
/// # }
/// ```
#[derive(Debug)]
pub struct Opener {
    identities: Keyring<Identity>,
    pub(super) checks: Checks,
    #[cfg(feature = "std")]
    memory: Option<Memory>,
}

impl Opener {
    /// Accepts what one of these senders signed, and nothing else.
    ///
    /// # Errors
    /// [`ConfigError::Suite`] for an identity with AES-128-GCM, [`ConfigError::Context`].
    pub fn from_senders(
        identities: impl Into<Keyring<Identity>>,
        context: &Context,
        senders: impl Into<Keyring<VerifyingKey>>,
    ) -> Result<Self, ConfigError> {
        Self::new(identities.into(), context, Some(senders.into()))
    }

    /// Accepts what anyone sealed, unsigned: every recipient of an envelope, and everybody else who knows the
    /// recipient, could have written it.
    ///
    /// # Errors
    /// As [`from_senders`](Self::from_senders).
    pub fn from_anyone(
        identities: impl Into<Keyring<Identity>>,
        context: &Context,
    ) -> Result<Self, ConfigError> {
        Self::new(identities.into(), context, None)
    }

    fn new(
        identities: Keyring<Identity>,
        context: &Context,
        senders: Option<Keyring<VerifyingKey>>,
    ) -> Result<Self, ConfigError> {
        if identities.iter().any(|identity| suite_byte(identity.suite()).is_none()) {
            return Err(ConfigError::Suite);
        }
        let context = hash::context(context).map_err(|_| ConfigError::Context)?;
        let checks = Checks { context, senders, max_age: None, skew: DEFAULT_SKEW };
        Ok(Self {
            identities,
            checks,
            #[cfg(feature = "std")]
            memory: None,
        })
    }

    /// Refuses what was made longer ago. Without it an envelope may be of any age, and a claim would have to be held for ever:
    /// [`MemoryStore`](crate::replay::MemoryStore) refuses it.
    #[must_use]
    pub const fn max_age(mut self, max_age: Duration) -> Self {
        self.checks.max_age = Some(max_age);
        self
    }

    /// How far the sender's clock may be ahead; 60 seconds unless said.
    #[must_use]
    pub const fn max_skew(mut self, skew: Duration) -> Self {
        self.checks.skew = skew;
        self
    }

    /// Remembers the payload keys of up to `n` headers, at most 4,096, for at most 300 seconds each: the next
    /// envelope with the same header, from a [`ReusingSealer`](crate::envelope::ReusingSealer), is opened without a
    /// public-key operation. Everything else is checked for each envelope, and the result is the same.
    ///
    /// The keys stay in memory for that long (until the next new header that comes after, as there is no clock in
    /// here): who reads the memory opens what they seal. Requests are not remembered. An entry holds its header, of 97
    /// bytes for one recipient and 37,703 at most.
    ///
    /// Only an envelope that passed every check is remembered, so forged ones push nothing out. Who can make valid ones
    /// can: by `n` new headers between two messages of somebody else, whose next message then costs what it
    /// costs without memory. With [`from_anyone`](Self::from_anyone) that is everybody.
    ///
    /// # Errors
    /// [`ConfigError::Limit`] for none or more than 4,096.
    #[cfg(feature = "std")]
    pub fn remember(mut self, n: usize) -> Result<Self, ConfigError> {
        self.memory = Some(Memory::new(n)?);
        Ok(self)
    }

    /// Opens `envelope`. A refusal leaves the opener as it was.
    ///
    /// # Errors
    /// [`Error::Malformed`] when the header is not canonical, [`Error::Policy`] when suite, signature or
    /// kind are not what this opener is for, [`Error::UnknownKey`] when it is for nobody here,
    /// [`Error::Expired`] and [`Error::NotYetValid`] by `now`, and for everything else [`Error::NotAuthentic`].
    pub fn open(&self, envelope: &[u8], now: UnixTime) -> Result<Unclaimed<Opened>, Error> {
        // 1. The header, canonical and within its bounds.
        let (header, body) = Header::parse(envelope)?;
        let (identity, entry) = self.accept(&header, false)?;
        let unwrap = || self.unwrap(identity, entry, &header);
        let open = |key: &BodyKey| self.open_body(key, &header, body, now);
        #[cfg(feature = "std")]
        if let Some(memory) = &self.memory {
            let opened = memory.with_key((header.bytes, identity.id()), now, unwrap, open)?;
            return Ok(self.checks.unclaimed(opened.origin, opened));
        }
        let opened = open(&unwrap()?)?;
        Ok(self.checks.unclaimed(opened.origin, opened))
    }

    /// Opens `request`, and gives the way to answer it.
    ///
    /// # Errors
    /// As [`open`](Self::open), which takes no requests as this takes nothing else: [`Error::Policy`].
    pub fn request(&self, request: &[u8], now: UnixTime) -> Result<Unclaimed<Request>, Error> {
        let (header, body) = Header::parse(request)?;
        let key = self.unlock(&header, true)?;
        let opened = self.open_body(&key, &header, body, now)?;
        let answer = key.response_key(request, &self.checks.context)?;
        Ok(self.checks.unclaimed(opened.origin, Request::new(opened, answer)))
    }

    /// Steps 5 to 9.
    fn open_body(
        &self,
        key: &BodyKey,
        header: &Header<'_>,
        body: &[u8],
        now: UnixTime,
    ) -> Result<Opened, Error> {
        // 5. and 6. The commitment, the chunks, the short last one.
        let (start, chunks) = body.split_first_chunk().ok_or(Error::NotAuthentic)?;
        let mut opened = chunked::open_all(key.open(chunks.len(), start)?, chunks)?;
        // 7. The time, which the sender vouches for as for the rest.
        let content = Content::split(&opened, header.flags)?;
        let created = UnixTime::from_secs(content.created);
        self.checks.time(created, now)?;
        // 8. The padding.
        let payload = content.payload()?;
        // 9. The signature.
        let digest = content.sender.map(|_| hash::sha256(payload)).unwrap_or_default();
        let (header_hash, len, sender) = (key.header_hash(), payload.len() as u64, content.sender);
        let claimed = Claimed { header_hash, start, created, len, digest, sender };
        let origin = self.checks.origin(&claimed)?;

        let (before, len) = (content::start_len(header.flags), payload.len());
        opened.drain(..before);
        opened.truncate(len);
        Ok(Opened { payload: opened, origin })
    }

    /// Steps 2 to 4: of the kind that is accepted here, for somebody here, and the payload key by one
    /// HPKE open.
    pub(super) fn unlock(&self, header: &Header<'_>, request: bool) -> Result<BodyKey, Error> {
        let (identity, entry) = self.accept(header, request)?;
        self.unwrap(identity, entry, header)
    }

    /// Steps 2 and 3: flags and suite are what is accepted here, and the first entry for an identity is taken.
    fn accept<'h>(&self, header: &'h Header<'_>, request: bool) -> Result<(&Identity, &'h Entry<'h>), Error> {
        if header.flags.request != request || header.flags.signed != self.checks.senders.is_some() {
            return Err(Error::Policy);
        }
        let of_suite = |identity: &&Identity| suite_byte(identity.suite()) == Some(header.suite);
        if !self.identities.iter().any(|identity| of_suite(&identity)) {
            return Err(Error::Policy);
        }
        let named = |entry: &'h Entry<'h>| {
            let mut identities = self.identities.iter().filter(of_suite);
            let identity = identities.find(|identity| {
                let [kem, _, _] = identity.suite().codes();
                (kem, identity.id()) == (entry.kem, entry.id)
            })?;
            Some((identity, entry))
        };
        header.entries.iter().find_map(named).ok_or(Error::UnknownKey)
    }

    /// Step 4, by one HPKE open.
    fn unwrap(&self, identity: &Identity, entry: &Entry<'_>, header: &Header<'_>) -> Result<BodyKey, Error> {
        let ids = header.entries.iter().map(|entry| (entry.kem, entry.id));
        let info = bind::wrap_info(header.fixed(), ids, &self.checks.context);
        let opened = identity.setup(entry.enc, &info, None)?.open(b"", entry.wrap)?;
        let opened = Zeroizing::new(opened);
        let payload_key = opened.as_slice().try_into().map_err(|_| Error::NotAuthentic)?;
        Ok(BodyKey::new(identity.suite(), payload_key, header.bytes, &self.checks.context))
    }
}

/// Who sent it, when, and which message it is, after every check.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    sender: Option<KeyId>,
    created: UnixTime,
    message_id: [u8; 32],
}

impl Origin {
    pub(super) const fn new(sender: Option<KeyId>, created: UnixTime, message_id: [u8; 32]) -> Self {
        Self { sender, created, message_id }
    }

    /// Who signed it; `None` when the opener accepts anyone.
    #[must_use]
    pub const fn sender(&self) -> Option<KeyId> {
        self.sender
    }

    /// When it was made, as the sender says.
    #[must_use]
    pub const fn created(&self) -> UnixTime {
        self.created
    }

    /// Different for every envelope that was sealed; the same for every copy of one. It binds the sender.
    #[must_use]
    pub const fn message_id(&self) -> &[u8; 32] {
        &self.message_id
    }
}

/// What was in an envelope, after every check.
pub struct Opened {
    /// Erased if nobody takes it, as when its claim is refused.
    payload: Zeroizing<Vec<u8>>,
    origin: Origin,
}

impl Drop for Opened {
    fn drop(&mut self) {
        // What is beyond the length is erased in words, what is within it byte by byte.
        self.payload.clear();
    }
}

impl Opened {
    /// The payload.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The payload, taken out.
    #[must_use]
    pub fn into_payload(mut self) -> Vec<u8> {
        core::mem::take(&mut *self.payload)
    }

    /// Who sent it, when, and which message it is.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// [`Origin::sender`].
    #[must_use]
    pub const fn sender(&self) -> Option<KeyId> {
        self.origin.sender()
    }

    /// [`Origin::created`].
    #[must_use]
    pub const fn created(&self) -> UnixTime {
        self.origin.created()
    }

    /// [`Origin::message_id`].
    #[must_use]
    pub const fn message_id(&self) -> &[u8; 32] {
        self.origin.message_id()
    }
}

impl Verified<Opened> {
    /// Where it came from, still with the proof, and the payload.
    #[must_use]
    pub fn into_parts(self) -> (Verified<Origin>, Vec<u8>) {
        self.split(|opened| (opened.origin, opened.into_payload()))
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Origin")
            .field("sender", &self.sender)
            .field("created", &self.created)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Opened {
    /// Without the payload.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened").field("origin", &self.origin).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Hold, Replay, envelope::Sealer};
    use core::cell::RefCell;

    /// Forgets as early as the trait permits.
    #[derive(Default)]
    struct Forgetful(RefCell<Vec<([u8; 32], UnixTime)>>);

    impl Replay for Forgetful {
        fn claim(
            &self,
            id: &[u8; 32],
            earliest: Option<UnixTime>,
            hold: Hold,
            now: UnixTime,
        ) -> Result<(), Error> {
            assert!(earliest.is_some_and(|earliest| earliest <= UnixTime::from_secs(1000)));
            let (Hold::Lease(expires) | Hold::Done(expires)) = hold;
            let mut claims = self.0.borrow_mut();
            claims.retain(|(_, expires)| *expires > now);
            if claims.iter().any(|(claimed, _)| claimed == id) {
                return Err(Error::Replayed);
            }
            claims.push((*id, expires));
            Ok(())
        }

        fn settle(&self, _: &[u8; 32], _: UnixTime, _: UnixTime) -> Result<(), Error> {
            Ok(())
        }

        fn release(&self, _: &[u8; 32], _: UnixTime) -> Result<(), Error> {
            Ok(())
        }
    }

    /// An envelope of second 1000, and its opener, which takes it until second 1300.
    fn opener(skew: u64) -> (Opener, Vec<u8>) {
        let (identity, context) = (Identity::generate().unwrap(), Context::of("payment"));
        let sealer = Sealer::to(identity.recipient(), &context).unwrap();
        let sealed = sealer.seal(b"100", UnixTime::from_secs(1000)).unwrap();
        let opener = Opener::from_anyone(identity, &context).unwrap();
        (opener.max_age(Duration::from_secs(300)).max_skew(Duration::from_secs(skew)), sealed)
    }

    #[test]
    fn a_copy_is_refused_in_every_second_in_which_the_first_was_accepted() {
        for (skew, store_ahead) in [(0, 0), (60, 0), (60, 60)] {
            for first in [1000, 1299, 1300] {
                let ((opener, sealed), store) = (opener(skew), Forgetful::default());
                let claim = |now, at: u64| {
                    let opened = opener.open(&sealed, UnixTime::from_secs(now))?;
                    opened.claim(&Ahead(&store, store_ahead), UnixTime::from_secs(at)).map(|_| ())
                };
                assert_eq!(claim(first, first), Ok(()), "{skew} {first}");
                for copy in first..=1302 {
                    let expected = if copy > 1300 { Error::Expired } else { Error::Replayed };
                    assert_eq!(claim(copy, copy), Err(expected), "{skew} {first} {copy}");
                }
            }
        }
    }

    /// A store whose clock is ahead.
    struct Ahead<'a>(&'a Forgetful, u64);

    impl Replay for Ahead<'_> {
        fn claim(
            &self,
            id: &[u8; 32],
            earliest: Option<UnixTime>,
            hold: Hold,
            now: UnixTime,
        ) -> Result<(), Error> {
            self.0.claim(id, earliest, hold, now.saturating_add(Duration::from_secs(self.1)))
        }

        fn settle(&self, _: &[u8; 32], _: UnixTime, _: UnixTime) -> Result<(), Error> {
            Ok(())
        }

        fn release(&self, _: &[u8; 32], _: UnixTime) -> Result<(), Error> {
            Ok(())
        }
    }

    #[test]
    fn a_claim_that_comes_when_the_message_is_too_old_is_refused() {
        let ((opener, sealed), store) = (opener(60), Forgetful::default());
        let open = || opener.open(&sealed, UnixTime::from_secs(1300)).unwrap();
        for late in [1301, 1360, 1361, 1400, u64::MAX] {
            for _ in 0..2 {
                let claimed = open().claim(&store, UnixTime::from_secs(late));
                assert_eq!(claimed.map(|_| ()), Err(Error::Expired), "{late}");
            }
        }
        assert!(open().claim(&store, UnixTime::from_secs(1300)).is_ok());
    }

    #[test]
    fn without_a_maximum_age_a_claim_is_kept_for_ever() {
        let ((mut opener, sealed), store) = (opener(60), Forgetful::default());
        opener.checks.max_age = None;
        let claim = |now| {
            let now = UnixTime::from_secs(now);
            opener.open(&sealed, now).unwrap().claim(&store, now).map(|_| ())
        };
        assert_eq!(claim(2000), Ok(()));
        assert_eq!(claim(u64::MAX - 1), Err(Error::Replayed));
    }
}
