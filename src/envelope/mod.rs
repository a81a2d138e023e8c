// SPDX-License-Identifier: MIT OR Apache-2.0
//! Envelopes: payloads sealed end to end, for one partner or for thirty-two.
//!
//! What passes gateways, queues and logs between the two ends sees who it is for and how long it
//! is, and nothing else. What an opener accepts is decided when it is made: for which identity and
//! context, and from which senders, or from anyone.
//!
//! ```
//! use chancery::{Context, UnixTime, envelope::{Opener, Sealer}, hpke::Identity, signing::SigningKey};
//!
//! // Each side makes its keys once and gives the public half away.
//! let (billing, shop) = (Identity::generate()?, SigningKey::generate()?);
//! let (to_billing, from_shop) = (billing.recipient(), shop.verifying_key());
//! let context = Context::of("order").field("v1");
//!
//! // The shop seals.
//! let now = UnixTime::from_secs(1_790_000_000); // `UnixTime::now()`, where there is a clock
//! let sealer = Sealer::to(to_billing, &context)?.signed_by(shop);
//! let sealed = sealer.seal(br#"{"total": 42}"#, now)?;
//!
//! // Billing opens. What was opened before would open again: say so, or claim it in a store.
//! let opener = Opener::from_senders(billing, &context, from_shop)?;
//! let order = opener.open(&sealed, now)?.allow_replays();
//! assert_eq!(order.payload(), br#"{"total": 42}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # More than one message
//! * [`Sealer::request`] asks for an answer: [`Opener::request`] gives what was asked and a [`Responder`], and
//!   [`Reply::open`] the answer, which needs no keys of its own.
//! * [`Sealer::reusing`] and [`Opener::remember`] save the public-key operations, where many messages go the
//!   same way: one payload key and header for a bounded window. What that gives up stands at [`ReusingSealer`].
//!
//! # Format
//! `docs/envelope-v1.md` specifies it, and readers of a page each in Python and JavaScript are in
//! `tests/interop/`. A header of 97 bytes for one recipient and 90 for each further one, then the
//! body: 80 bytes more than the payload, 72 more if signed, 16 more for every 16,384 bytes. A recipient of
//! X-Wing takes 1,088 bytes more.
//!
//! # Security
//! * Whoever can open an envelope sees the same content, but a sender can give some recipients
//!   garbage.
//! * Without a signature every recipient can write a new body under the same header: use
//!   [`Opener::from_senders`] unless you mean *anyone*. With one, the sender, the recipients and the
//!   content are bound together: nobody can forward an envelope as if it had been sent to another,
//!   and the sender cannot deny it.
//! * Identifiers of recipients and whether there is a signature are visible. The length is, too,
//!   unless [`Sealer::padded`].
//! * X-Wing recipients (feature `pq`) protect what is sealed from quantum computers, not the signature. An
//!   envelope is as strong as its weakest recipient: see [`Sealer::allow_mixed`].
//! * Each envelope has a key of its own; who steals a recipient's identity reads all that was ever
//!   sealed for it.
//!
//! # Errors
//! [`Error::Malformed`](crate::Error::Malformed), `Policy`, `UnknownKey`, `NotAuthentic`, `Expired`,
//! `NotYetValid`. When opening, every failure of the cryptography is `NotAuthentic`; the time is looked at
//! when the content is authentic.

mod armor;
mod bind;
mod checks;
mod content;
#[cfg(feature = "std")]
mod content_opener;
mod generation;
mod key;
#[cfg(feature = "std")]
mod memory;
mod open;
#[cfg(feature = "std")]
mod read;
mod request;
#[cfg(feature = "std")]
mod reuse;
mod seal;
#[cfg(feature = "std")]
mod write;

pub use armor::{armor, dearmor};
pub use open::{Opened, Opener, Origin};
#[cfg(feature = "std")]
pub use read::OpenReader;
#[cfg(feature = "tokio")]
pub(crate) use read::read_start;
pub use request::{Reply, Request, Responder};
#[cfg(feature = "std")]
pub use reuse::{ReuseLimits, ReusingSealer};
pub use seal::Sealer;
#[cfg(feature = "std")]
pub use write::SealWriter;

use crate::{hpke::Suite, primitive::aead::Aead};

/// The media type of an envelope, and of the answer to one, where they are the body of an HTTP message. In the
/// vendor tree of RFC 6838, section 3.2; not registered.
pub const MEDIA_TYPE: &str = "application/vnd.chancery.sealed";

/// The byte that names the algorithms of an envelope, as the suite of its recipients gives it;
/// `None` for a suite that envelopes do not have.
const fn suite_byte(suite: Suite) -> Option<u8> {
    match suite.aead() {
        Aead::Aes256Gcm => Some(1),
        Aead::ChaCha20Poly1305 => Some(2),
        Aead::Aes128Gcm => None,
    }
}
