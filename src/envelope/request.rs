// SPDX-License-Identifier: MIT OR Apache-2.0
//! Round trips: a request, and the answer to it, which needs no keys beyond those of the request.
//!
//! Specification: `docs/envelope-v1.md`, section 11.

use crate::{
    Error, Verified,
    envelope::{key::ResponseKey, open::Opened},
    primitive::rng::{Random, System},
};
use alloc::vec::Vec;
use core::fmt;

/// What will open the answer to one request. Made by [`Sealer::request`](crate::envelope::Sealer::request).
///
/// ```
/// use chancery::{Context, UnixTime, envelope::{Opener, Sealer}, hpke::Identity, signing::SigningKey};
///
/// let (billing, shop) = (Identity::generate()?, SigningKey::generate()?);
/// let context = Context::of("quote").field("v1");
/// let (to_billing, from_shop) = (billing.recipient(), shop.verifying_key());
/// let now = UnixTime::from_secs(1_790_000_000); // `UnixTime::now()`, where there is a clock
///
/// // The shop asks, and keeps what will open the answer.
/// let sealer = Sealer::to(to_billing, &context)?.signed_by(shop);
/// let (request, mut reply) = sealer.request(b"how much?", now)?;
///
/// // Billing answers this request, once.
/// let opener = Opener::from_senders(billing, &context, from_shop)?;
/// let (question, responder) = opener.request(&request, now)?.allow_replays().into_parts();
/// assert_eq!(question.payload(), b"how much?");
/// let response = responder.seal(b"42 EUR")?;
///
/// assert_eq!(reply.open(&response)?, b"42 EUR");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
/// An answer comes from whoever holds the identity that the request was sealed to: it is not signed,
/// and proves nothing to third parties. It belongs to one request, byte for byte. A request that is
/// accepted twice can be answered twice: claim it, as everything that is done once.
#[must_use = "without it the answer cannot be opened"]
pub struct Reply(Option<ResponseKey>);

impl Reply {
    pub(super) const fn new(key: ResponseKey) -> Self {
        Self(Some(key))
    }

    /// The answer. One is accepted; a response that is refused leaves this as it was, so that
    /// nobody who can send something first keeps the answer away.
    ///
    /// # Errors
    /// [`Error::Malformed`] when it does not begin like a response or is below 73 bytes,
    /// [`Error::NotAuthentic`], and [`Error::Replayed`] once an answer was accepted.
    pub fn open(&mut self, response: &[u8]) -> Result<Vec<u8>, Error> {
        let answer = self.0.as_ref().ok_or(Error::Replayed)?.open(response)?;
        self.0 = None;
        Ok(answer)
    }
}

/// What was in a request, and the way to answer it.
///
/// Like everything that can be replayed it is reached through a claim:
///
/// ```compile_fail,E0599
/// # fn f(opener: chancery::envelope::Opener, sealed: &[u8], now: chancery::UnixTime) {
/// let (question, responder) = opener.request(sealed, now).unwrap().into_parts();
/// # }
/// ```
pub struct Request {
    opened: Opened,
    responder: Responder,
}

impl Request {
    pub(super) const fn new(opened: Opened, key: ResponseKey) -> Self {
        Self { opened, responder: Responder(key) }
    }

    /// What was asked, and by whom.
    #[must_use]
    pub const fn opened(&self) -> &Opened {
        &self.opened
    }
}

impl Verified<Request> {
    /// What was asked, still with its proof, and the way to answer it.
    #[must_use]
    pub fn into_parts(self) -> (Verified<Opened>, Responder) {
        self.split(|Request { opened, responder }| (opened, responder))
    }
}

/// Seals the answer to one request.
///
/// ```compile_fail,E0382
/// # fn f(responder: chancery::envelope::Responder) {
/// let first = responder.seal(b"yes");
/// let second = responder.seal(b"no"); // one answer for a request: the responder is gone
/// # }
/// ```
///
/// ```compile_fail,E0599
/// # fn f(responder: chancery::envelope::Responder) {
/// let another = responder.clone();
/// # }
/// ```
pub struct Responder(ResponseKey);

impl Responder {
    /// Seals `answer`: 73 bytes more, and 16 more for every 16,384 bytes of it. It is not padded, even if the
    /// request was.
    ///
    /// # Errors
    /// [`Error::Unavailable`] without randomness.
    pub fn seal(self, answer: &[u8]) -> Result<Vec<u8>, Error> {
        self.seal_with(answer, &mut System)
    }

    pub(crate) fn seal_with(self, answer: &[u8], random: &mut dyn Random) -> Result<Vec<u8>, Error> {
        self.0.seal(answer, random)
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Reply(waiting)" } else { "Reply(opened)" })
    }
}

impl fmt::Debug for Request {
    /// Without the payload.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("origin", self.opened.origin()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Responder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Responder(..)")
    }
}
