// SPDX-License-Identifier: MIT OR Apache-2.0
//! [`Opener`]: for whom, for what, and from whom, decided once; then envelope after envelope.

#[cfg(feature = "std")]
use crate::envelope::memory::Memory;
use crate::{
    ConfigError, Context, Error, Key, KeyId, Keyring, Unclaimed, UnixTime,
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
/// ```compile_fail,E0599
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
    checks: Checks,
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

    /// Refuses what was made longer ago. Without it an envelope may be of any age. It also bounds
    /// how long a replay store has to remember.
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
            return Ok(self.unclaimed(opened.origin, opened));
        }
        let opened = open(&unwrap()?)?;
        Ok(self.unclaimed(opened.origin, opened))
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
        Ok(self.unclaimed(opened.origin, Request::new(opened, answer)))
    }

    fn unclaimed<T>(&self, origin: Origin, value: T) -> Unclaimed<T> {
        Unclaimed::new(value, origin.message_id, self.checks.expires(origin.created))
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
        let mut opened = chunked::open_all(key.open(start)?, chunks)?;
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
        let mut payload = core::mem::take(&mut *opened);
        payload.drain(..before);
        payload.truncate(len);
        Ok(Opened { payload, origin })
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
        let enc = entry.enc.try_into().map_err(|_| Error::NotAuthentic)?;
        let opened = identity.setup(enc, &info, None)?.open(b"", entry.wrap)?;
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
    payload: Vec<u8>,
    origin: Origin,
}

impl Opened {
    /// The payload.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The payload, taken out.
    #[must_use]
    pub fn into_payload(self) -> Vec<u8> {
        self.payload
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
