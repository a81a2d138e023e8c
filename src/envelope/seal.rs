// SPDX-License-Identifier: MIT OR Apache-2.0
//! [`Sealer`]: to whom, for what, and by whom, decided once; then payload after payload.

use crate::{
    ConfigError, Context, Error, Key, Keyring, UnixTime,
    envelope::{bind, generation::Generation, key::BodyKey, request::Reply, suite_byte},
    hpke::Recipient,
    primitive::{
        hash,
        rng::{self, Random, System},
    },
    secret::SecretArray,
    signing::SigningKey,
    wire::envelope::{Entry, FIXED_LEN, Flags, MAX_RECIPIENTS, fixed, write_entry},
};
use alloc::vec::Vec;

/// Seals payloads for a fixed list of recipients and a context. Immutable: share it by reference.
///
/// ```compile_fail,E0277
/// # use chancery::{Context, hpke::Identity, envelope::Sealer};
/// // A secret identity is not a recipient: the type says so before anything is sent.
/// let sealer = Sealer::to(Identity::generate().unwrap(), &Context::of("order"));
/// let recipient: chancery::hpke::Recipient = Identity::generate().unwrap().into();
/// ```
#[derive(Debug)]
pub struct Sealer {
    recipients: Vec<Recipient>,
    suite: u8,
    context: [u8; 32],
    pub(super) signer: Option<Keyring<SigningKey>>,
    padded: bool,
    mixed: bool,
}

impl Sealer {
    /// A sealer for one recipient. The recipient's algorithms are those of the envelope.
    ///
    /// # Errors
    /// [`ConfigError::Suite`] for a recipient with AES-128-GCM, [`ConfigError::Context`].
    pub fn to(recipient: Recipient, context: &Context) -> Result<Self, ConfigError> {
        let suite = suite_byte(recipient.suite()).ok_or(ConfigError::Suite)?;
        let context = hash::context(context).map_err(|_| ConfigError::Context)?;
        let recipients = alloc::vec![recipient];
        Ok(Self { recipients, suite, context, signer: None, padded: false, mixed: false })
    }

    /// For one more recipient. Each opens the same envelope; each sees the identifiers of all.
    ///
    /// # Errors
    /// [`ConfigError::Suite`] when its KDF and AEAD are not those of the others, [`ConfigError::MixedRecipients`]
    /// when it is post-quantum and they are not, or the reverse, unless [`allow_mixed`](Self::allow_mixed) was
    /// said; [`ConfigError::DuplicateKey`], [`ConfigError::Limit`] above 32.
    pub fn and(mut self, recipient: Recipient) -> Result<Self, ConfigError> {
        if suite_byte(recipient.suite()) != Some(self.suite) {
            return Err(ConfigError::Suite);
        }
        let post_quantum = |recipient: &Recipient| recipient.suite().kem().is_post_quantum();
        let mixes = |other| post_quantum(other) != post_quantum(&recipient);
        if !self.mixed && self.recipients.iter().any(mixes) {
            return Err(ConfigError::MixedRecipients);
        }
        if self.recipients.iter().any(|other| other.id() == recipient.id()) {
            return Err(ConfigError::DuplicateKey);
        }
        if self.recipients.len() >= MAX_RECIPIENTS {
            return Err(ConfigError::Limit);
        }
        self.recipients.push(recipient);
        Ok(self)
    }

    /// Lets post-quantum and classical recipients stand beside each other: say it before [`and`](Self::and).
    /// Every recipient has the payload key, so that a quantum computer that opens it for one opens the envelope.
    #[must_use]
    pub fn allow_mixed(mut self) -> Self {
        self.mixed = true;
        self
    }

    /// Signed, by the primary key: recipients that know the verifying key can tell, and prove, who sent it.
    /// An opener made for anyone refuses it.
    #[must_use]
    pub fn signed_by(mut self, keys: impl Into<Keyring<SigningKey>>) -> Self {
        self.signer = Some(keys.into());
        self
    }

    /// Padded, so that the length of the envelope says little about that of the payload: to 256 bytes,
    /// or by up to a sixteenth.
    #[must_use]
    pub fn padded(mut self) -> Self {
        self.padded = true;
        self
    }

    /// Seals `payload`, made at `now`.
    ///
    /// # Errors
    /// [`Error::Unavailable`] without randomness.
    pub fn seal(&self, payload: &[u8], now: UnixTime) -> Result<Vec<u8>, Error> {
        self.seal_with(payload, now, &mut System)
    }

    /// As [`seal`](Self::seal), at the end of `out`, for those who have a buffer. A failure leaves it as it was.
    ///
    /// # Errors
    /// Those of [`seal`](Self::seal).
    pub fn seal_into(&self, payload: &[u8], now: UnixTime, out: &mut Vec<u8>) -> Result<(), Error> {
        let generation = self.generation(false, &mut System)?;
        generation.seal_onto(self.signer.as_ref(), payload, now, &mut System, out)
    }

    pub(crate) fn seal_with(
        &self,
        payload: &[u8],
        now: UnixTime,
        random: &mut dyn Random,
    ) -> Result<Vec<u8>, Error> {
        self.generation(false, random)?.seal(self.signer.as_ref(), payload, now, random)
    }

    /// Seals `payload` as a request, and gives what will open the answer. The header is fresh for
    /// every request.
    ///
    /// # Errors
    /// [`Error::Policy`] unless there is exactly one recipient: every recipient could forge the answer;
    /// [`Error::Unavailable`] without randomness.
    pub fn request(&self, payload: &[u8], now: UnixTime) -> Result<(Vec<u8>, Reply), Error> {
        self.request_with(payload, now, &mut System)
    }

    pub(crate) fn request_with(
        &self,
        payload: &[u8],
        now: UnixTime,
        random: &mut dyn Random,
    ) -> Result<(Vec<u8>, Reply), Error> {
        if self.recipients.len() != 1 {
            return Err(Error::Policy);
        }
        let generation = self.generation(true, random)?;
        let request = generation.seal(self.signer.as_ref(), payload, now, random)?;
        let key = generation.key.response_key(&request, &self.context)?;
        Ok((request, Reply::new(key)))
    }

    /// A fresh payload key, sealed for each recipient.
    pub(super) fn generation(&self, request: bool, random: &mut dyn Random) -> Result<Generation, Error> {
        let flags = Flags { signed: self.signer.is_some(), padded: self.padded, request };
        let payload_key = rng::secret::<32>(random)?;
        let header = self.header(flags, &payload_key, random)?;
        let suite = self.recipients.first().ok_or(Error::Malformed)?.suite();
        let key = BodyKey::new(suite, payload_key.expose_secret(), &header, &self.context);
        Ok(Generation { key, header, flags, context: self.context })
    }

    /// The header, with the payload key sealed for each recipient.
    fn header(
        &self,
        flags: Flags,
        payload_key: &SecretArray<32>,
        random: &mut dyn Random,
    ) -> Result<Vec<u8>, Error> {
        let count = u8::try_from(self.recipients.len()).map_err(|_| Error::TooLarge)?;
        let fixed: [u8; FIXED_LEN] = fixed(self.suite, flags, count);
        let ids = self.recipients.iter().map(|recipient| (kem(recipient), recipient.id()));
        let info = bind::wrap_info(&fixed, ids, &self.context);
        let mut header = fixed.to_vec();
        for recipient in &self.recipients {
            let (enc, mut schedule) = recipient.setup(&info, None, random)?;
            let mut wrap = Vec::new();
            schedule.seal_onto(b"", payload_key.expose_secret(), &mut wrap)?;
            let entry = Entry { kem: kem(recipient), id: recipient.id(), enc: &enc, wrap: &wrap };
            write_entry(&mut header, &entry);
        }
        Ok(header)
    }
}

fn kem(recipient: &Recipient) -> u16 {
    let [kem, _, _] = recipient.suite().codes();
    kem
}
