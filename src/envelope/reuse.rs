// SPDX-License-Identifier: MIT OR Apache-2.0
//! [`ReusingSealer`]: one payload key and header for a bounded window of messages.
//!
//! Specification: `docs/envelope-v1.md`, section 12.

use crate::{
    ConfigError, Error, UnixTime,
    envelope::{generation::Generation, seal::Sealer},
    primitive::rng::System,
};
use alloc::{sync::Arc, vec::Vec};
use core::time::Duration;
use std::sync::{Mutex, PoisonError};

/// "A generation seals at most 2^20 messages and is at most 300 seconds old."
const MAX_MESSAGES: u32 = 1 << 20;
pub(super) const MAX_AGE: Duration = Duration::from_secs(300);

/// For how many messages, and for how long, one header is used. Whichever is reached first ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReuseLimits {
    messages: u32,
    age: Duration,
}

impl ReuseLimits {
    /// At most 2^20 messages and 300 seconds. Parts of a second do not count.
    ///
    /// # Errors
    /// [`ConfigError::Limit`] for more than that, for no message, or for less than a second.
    pub const fn new(messages: u32, age: Duration) -> Result<Self, ConfigError> {
        let seconds = age.as_secs();
        if messages == 0 || messages > MAX_MESSAGES || seconds == 0 || seconds > MAX_AGE.as_secs() {
            return Err(ConfigError::Limit);
        }
        Ok(Self { messages, age: Duration::from_secs(seconds) })
    }
}

impl Sealer {
    /// With one header for several messages, within `limits`. The window is this value's own: a service
    /// makes one and shares it by reference.
    #[must_use]
    pub const fn reusing(self, limits: ReuseLimits) -> ReusingSealer {
        ReusingSealer { sealer: self, limits, window: Mutex::new(None) }
    }
}

/// Seals like the [`Sealer`] that it was made from, with one header for a bounded number of
/// messages and seconds.
///
/// A public-key operation for each recipient is most of what a short envelope costs; this saves it, and
/// [`Opener::remember`](crate::envelope::Opener::remember) saves the one at the other end.
///
/// ```
/// use chancery::{Context, UnixTime, envelope::{Opener, ReuseLimits, Sealer}, hpke::Identity};
/// use std::time::Duration;
///
/// let identity = Identity::generate()?;
/// let context = Context::of("reading").field("v1");
/// let limits = ReuseLimits::new(10_000, Duration::from_secs(60))?;
/// let sealer = Sealer::to(identity.recipient(), &context)?.reusing(limits);
/// let opener = Opener::from_anyone(identity, &context)?.remember(100)?;
///
/// for reading in [b"20.5", b"20.6"] {
///     let sealed = sealer.seal(reading, UnixTime::now())?;
///     assert_eq!(opener.open(&sealed, UnixTime::now())?.allow_replays().payload(), reading);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
/// What is given up: the messages of one window carry the same header, so that whoever sees them knows that they
/// belong together; and they share one payload key, so that who reads it from the memory of either side opens
/// the whole window, what was sent before included. Each message still has its own salt, key, time, signature
/// and message id. The bytes are those of the format: any opener opens them, and none has to remember anything.
///
/// The payload key of a window that is over is erased with the next message, or with the sealer:
/// there is no clock in here.
///
/// ```compile_fail,E0599
/// # fn f(sealer: chancery::envelope::ReusingSealer) {
/// let twice_as_many_messages = sealer.clone();
/// # }
/// ```
///
/// A request always has a header of its own:
///
/// ```compile_fail,E0599
/// # fn f(sealer: chancery::envelope::ReusingSealer, now: chancery::UnixTime) {
/// let (request, reply) = sealer.request(b"how much?", now).unwrap();
/// # }
/// ```
#[derive(Debug)]
pub struct ReusingSealer {
    sealer: Sealer,
    limits: ReuseLimits,
    window: Mutex<Option<Window>>,
}

/// A generation in use.
#[derive(Debug)]
struct Window {
    generation: Arc<Generation>,
    start: UnixTime,
    /// Messages that it may still seal.
    left: u32,
}

impl Window {
    /// A slot, which is never returned; `None` when it has none left or is too old, or when time has
    /// gone backwards and its age is unknown.
    fn take_slot(&mut self, limits: ReuseLimits, now: UnixTime) -> Option<Arc<Generation>> {
        if now < self.start || now > self.start.saturating_add(limits.age) {
            return None;
        }
        self.left = self.left.checked_sub(1)?;
        Some(Arc::clone(&self.generation))
    }
}

impl ReusingSealer {
    /// Seals `payload`, made at `now`, which also decides how old the header is.
    ///
    /// Threads wait for each other while a slot is taken, and while one of them makes a new header; not
    /// while they seal.
    ///
    /// # Errors
    /// [`Error::Unavailable`] without randomness.
    pub fn seal(&self, payload: &[u8], now: UnixTime) -> Result<Vec<u8>, Error> {
        self.generation(now)?.seal(self.sealer.signer.as_ref(), payload, now, &mut System)
    }

    /// As [`seal`](Self::seal), at the end of `out`, for those who have a buffer. A failure leaves it as it was.
    ///
    /// # Errors
    /// Those of [`seal`](Self::seal).
    pub fn seal_into(&self, payload: &[u8], now: UnixTime, out: &mut Vec<u8>) -> Result<(), Error> {
        let signer = self.sealer.signer.as_ref();
        self.generation(now)?.seal_onto(signer, payload, now, &mut System, out)
    }

    /// A generation of which one slot is taken.
    fn generation(&self, now: UnixTime) -> Result<Arc<Generation>, Error> {
        // A thread that panicked left a whole window or none.
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(generation) = window.as_mut().and_then(|window| window.take_slot(self.limits, now)) {
            return Ok(generation);
        }
        *window = None; // erases the key, unless somebody is sealing with it
        let generation = Arc::new(self.sealer.generation(false, &mut System)?);
        // The first slot is this message's.
        let left = self.limits.messages.saturating_sub(1);
        *window = Some(Window { generation: Arc::clone(&generation), start: now, left });
        Ok(generation)
    }
}
