// SPDX-License-Identifier: MIT OR Apache-2.0
//! [`Opener`]: for whom, for what, and from whom, decided once; then envelope after envelope.

use crate::{
    ConfigError, Context, Error, Key, KeyId, Keyring, Unclaimed, UnixTime,
    envelope::{
        bind::{self, Signed},
        content::Content,
        suite_byte,
    },
    hpke::Identity,
    primitive::{
        chunked::{self, Chunks},
        hash,
        mac::{Hash, Hmac},
    },
    signing::VerifyingKey,
    wire::{
        cursor::Cursor,
        envelope::{Entry, Header},
    },
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
    context: [u8; 32],
    /// `None` is anyone.
    senders: Option<Keyring<VerifyingKey>>,
    max_age: Option<Duration>,
    skew: Duration,
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
        Ok(Self { identities, context, senders, max_age: None, skew: DEFAULT_SKEW })
    }

    /// Refuses what was made longer ago. Without it an envelope may be of any age. It also bounds
    /// how long a replay store has to remember.
    #[must_use]
    pub const fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age);
        self
    }

    /// How far the sender's clock may be ahead; 60 seconds unless said.
    #[must_use]
    pub const fn max_skew(mut self, skew: Duration) -> Self {
        self.skew = skew;
        self
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
        // 2. Of the kind that is accepted here.
        if header.flags.request || header.flags.signed != self.senders.is_some() {
            return Err(Error::Policy);
        }
        let (identity, entry) = self.find(&header)?;
        // 4. The payload key, by one HPKE open.
        let payload_key = self.unwrap(identity, entry, &header)?;
        // 5. and 6. The commitment, the chunks, the short last one.
        let mut cursor = Cursor::new(body);
        let start = cursor.array().map_err(|_| Error::NotAuthentic)?;
        let header_hash = hash::sha256(header.bytes);
        let body_context = bind::body_context(&header_hash, &self.context);
        let input_key = Hmac::new(Hash::Sha512, payload_key.as_slice());
        let chunks = Chunks::open(identity.suite().aead(), &input_key, &body_context, &start)?;
        let mut opened = chunked::open_all(chunks, cursor.rest())?;
        // 7. The time, which the sender vouches for as for the rest.
        let content = Content::split(&opened, header.flags)?;
        let created = UnixTime::from_secs(content.created);
        self.check_time(created, now)?;
        // 8. The padding.
        let payload = content.payload()?;
        // 9. The signature.
        let sender = self.verify(&content, payload, &header_hash, &start)?;

        let message_id = bind::message_id(&header_hash, &start, sender.map(VerifyingKey::as_bytes));
        let sender = sender.map(Key::id);
        let end = payload.len();
        let before = if header.flags.padded { 16 } else { 8 };
        opened.drain(..before);
        opened.truncate(end);
        let expires = match self.max_age {
            Some(age) => created.saturating_add(age).saturating_add(self.skew),
            None => UnixTime::MAX,
        };
        Ok(Unclaimed::new(Opened { payload: opened, sender, created, message_id }, message_id, expires))
    }

    /// Steps 2 and 3: the suite is that of an identity, and the first entry for one of them is taken.
    fn find<'h>(&self, header: &'h Header<'_>) -> Result<(&Identity, &'h Entry<'h>), Error> {
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

    fn unwrap(
        &self,
        identity: &Identity,
        entry: &Entry<'_>,
        header: &Header<'_>,
    ) -> Result<Zeroizing<[u8; 32]>, Error> {
        let ids = header.entries.iter().map(|entry| (entry.kem, entry.id));
        let info = bind::wrap_info(header.fixed(), ids, &self.context);
        let enc = entry.enc.try_into().map_err(|_| Error::NotAuthentic)?;
        let opened = identity.setup(enc, &info, None)?.open(b"", entry.wrap)?;
        let opened = Zeroizing::new(opened);
        let mut payload_key = Zeroizing::new([0; 32]);
        let bytes: &[u8; 32] = opened.as_slice().try_into().map_err(|_| Error::NotAuthentic)?;
        payload_key.copy_from_slice(bytes);
        Ok(payload_key)
    }

    fn check_time(&self, created: UnixTime, now: UnixTime) -> Result<(), Error> {
        if created > now.saturating_add(self.skew) {
            return Err(Error::NotYetValid);
        }
        if self.max_age.is_some_and(|age| created.saturating_add(age) < now) {
            return Err(Error::Expired);
        }
        Ok(())
    }

    /// The sender whose signature it is. An unknown sender is not told from a wrong signature.
    fn verify(
        &self,
        content: &Content<'_>,
        payload: &[u8],
        header_hash: &[u8; 32],
        body: &chunked::Header,
    ) -> Result<Option<&VerifyingKey>, Error> {
        let (senders, (id, signature)) = match (&self.senders, &content.sender) {
            (None, None) => return Ok(None),
            (Some(senders), Some(sender)) => (senders, sender),
            _ => return Err(Error::NotAuthentic),
        };
        let sender = senders.get(*id).ok_or(Error::NotAuthentic)?;
        let signed = Signed {
            header_hash,
            body,
            context: &self.context,
            sender: sender.as_bytes(),
            created: content.created,
            payload,
        };
        sender.verify_for(Signed::PURPOSE, &[&signed.bytes()], signature)?;
        Ok(Some(sender))
    }
}

/// What was in an envelope, after every check.
pub struct Opened {
    /// Erased if nobody takes it, as when its claim is refused.
    payload: Zeroizing<Vec<u8>>,
    sender: Option<KeyId>,
    created: UnixTime,
    message_id: [u8; 32],
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

impl fmt::Debug for Opened {
    /// Without the payload.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened")
            .field("sender", &self.sender)
            .field("created", &self.created)
            .finish_non_exhaustive()
    }
}
