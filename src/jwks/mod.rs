// SPDX-License-Identifier: MIT OR Apache-2.0
//! The published keys of an issuer, fetched when they are needed and kept, and tokens verified with them (feature
//! `jwks`).
//!
//! ```no_run
//! use chancery::{jwks::{Jwks, RemoteVerifier}, jwt::{Expect, Verifier}};
//!
//! # #[derive(serde::Deserialize)]
//! # struct Claims {}
//! # async fn serve(token: &str) -> Result<(), Box<dyn std::error::Error>> {
//! let keys = Jwks::new("https://id.example.com/.well-known/jwks.json", reqwest::Client::builder())?;
//! let expect = Expect { issuer: "https://id.example.com", audience: "orders.example.com" };
//! let verifier = RemoteVerifier::new(keys, move |keys| Verifier::access_tokens(keys, expect))?;
//!
//! let token = verifier.verify::<Claims>(token).await?;
//! println!("{} may order", token.subject().unwrap_or_default());
//! # Ok(())
//! # }
//! ```
//!
//! Many identity providers sign with RSA or P-256: features `rsa` and `p256`. reqwest needs a feature for TLS.
//!
//! # When it fetches
//! * When there are no keys yet, and when those there are have been read [`max_age`](Jwks::max_age) ago: the callers wait for it.
//!   While the issuer does not answer, they are served with the keys that are known, without waiting, until these have
//!   been read [`max_stale`](Jwks::max_stale) ago.
//! * When a token names a key that is not among them: at most once in [`min_interval`](Jwks::min_interval), whoever comes and whatever
//!   they make up. Within it the name is unknown, and nobody waits.
//! * One fetch at a time, for however many callers, in a task of its own: a caller that leaves does not take it along.
//!   It ends after [`timeout`](Jwks::timeout). No lock is held meanwhile. In a runtime that stands still it does not end: callers in
//!   others give it up after twice that time.
//!
//! It needs a runtime of tokio with time and I/O, and panics in one without time. Nothing is fetched before the first call: call [`Jwks::keys`] at the
//! start to find a wrong URL then. Caching headers of the answer mean nothing.
//!
//! # The time
//! It is read from a clock, [`Jwks::clock`], and not handed in: it is read again when a fetch has been waited for, and a
//! token that has expired meanwhile is refused. When it goes back behind the time at which the keys were read, they are too
//! old: they are read again, or are used for the rest of [`max_stale`](Jwks::max_stale).
//!
//! # Security
//! * `https`, and plain `http` for `127.0.0.1` and `[::1]` alone, without a proxy. No redirect is followed. The URL is what the service was
//!   given; nothing of a token goes into it.
//! * An answer is a set of public keys of at most 128 KiB and 64 keys, as JSON, with 200. Another one changes nothing, and neither does one with a
//!   secret in it. A set without a key that can be used is taken at its word: then there are none.
//! * A key that the issuer has withdrawn is accepted for [`max_age`](Jwks::max_age), and for [`max_stale`](Jwks::max_stale) by those who
//!   keep the issuer from answering.
//! * **Not covered:** a key that is published and signs at once is refused for [`min_interval`](Jwks::min_interval) at
//!   the worst. An issuer publishes a key before it uses it, and names its keys (`kid`).
//!
//! # Errors
//! [`FetchError`] at the start, and from [`Jwks::failure`]. Of a token, those of [`jwt`](crate::jwt), and [`Error::Unavailable`] when it
//! cannot be told: there are no keys, or none that is named so and the issuer did not answer.

mod error;
mod http;
mod verifier;

pub use error::FetchError;
pub use http::HttpFetch;
pub use verifier::RemoteVerifier;

use crate::{ConfigError, Error, Keyring, UnixTime, jwt::VerifyKey};
use alloc::{boxed::Box, string::String, sync::Arc};
use core::{fmt, pin::Pin, time::Duration};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::{runtime::Handle, sync::watch, time::timeout};

const MAX_AGE: Duration = Duration::from_secs(300);
const MAX_STALE: Duration = Duration::from_secs(60 * 60);
const MIN_INTERVAL: Duration = Duration::from_secs(10);
const TIMEOUT: Duration = Duration::from_secs(5);

/// What [`Fetch`] gives: the text of a JWK set.
pub type FetchFuture<'a> = Pin<Box<dyn Future<Output = Result<String, FetchError>> + Send + 'a>>;

/// Where the keys of one issuer come from: [`HttpFetch`], or a file, or a client of your own.
///
/// It is not told which key is looked for. It bounds what it reads; the time is bounded by [`Jwks::timeout`].
pub trait Fetch: Send + Sync {
    /// Reads the set once.
    fn fetch(&self) -> FetchFuture<'_>;
}

/// The keys of one issuer. A clone shares them.
#[derive(Clone)]
#[must_use]
pub struct Jwks {
    fetch: Arc<dyn Fetch>,
    clock: Arc<dyn Fn() -> UnixTime + Send + Sync>,
    limits: Limits,
    state: Arc<Mutex<State>>,
}

#[derive(Clone, Copy, Debug)]
struct Limits {
    max_age: Duration,
    max_stale: Duration,
    min_interval: Duration,
    timeout: Duration,
}

#[derive(Default)]
struct State {
    set: Option<Set>,
    attempt: Option<Attempt>,
    /// Of the last attempt that has ended.
    failure: Option<FetchError>,
}

type Keys = Keyring<VerifyKey>;

/// Keys that were read together.
struct Set {
    keys: Arc<Keys>,
    /// When they were asked for: what has changed since is not among them.
    read: UnixTime,
}

struct Attempt {
    started: UnixTime,
    /// Changed when it has ended, and closed in whichever way.
    running: watch::Receiver<()>,
}

impl Jwks {
    /// The keys at a URL, which is read by a client that is built as `builder` says, but follows no redirects.
    ///
    /// # Errors
    /// As [`HttpFetch::new`].
    pub fn new(url: &str, builder: reqwest::ClientBuilder) -> Result<Self, FetchError> {
        HttpFetch::new(url, builder).map(Self::from_fetch)
    }

    /// The keys from elsewhere.
    pub fn from_fetch(fetch: impl Fetch + 'static) -> Self {
        Self {
            fetch: Arc::new(fetch),
            clock: Arc::new(UnixTime::now),
            limits: Limits {
                max_age: MAX_AGE,
                max_stale: MAX_STALE,
                min_interval: MIN_INTERVAL,
                timeout: TIMEOUT,
            },
            state: Arc::default(),
        }
    }

    /// After what time the keys are read again, in whole seconds: 5 minutes unless said. For so long a key is accepted that the
    /// issuer has withdrawn.
    pub const fn max_age(mut self, max_age: Duration) -> Self {
        self.limits.max_age = max_age;
        self
    }

    /// For how long the keys are used while they cannot be read again, in whole seconds since they were read: an hour
    /// unless said.
    pub const fn max_stale(mut self, max_stale: Duration) -> Self {
        self.limits.max_stale = max_stale;
        self
    }

    /// The least time from one fetch to the next, in whole seconds, at least one: 10 seconds unless said.
    pub fn min_interval(mut self, min_interval: Duration) -> Self {
        self.limits.min_interval = Duration::from_secs(min_interval.as_secs().max(1));
        self
    }

    /// How long a fetch may take, from the connection to the last byte: 5 seconds unless said.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.limits.timeout = timeout;
        self
    }

    /// Another clock than the system's, for tests. It is called often, and with a lock held.
    pub fn clock(mut self, clock: impl Fn() -> UnixTime + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The keys now, fetched if there are none or if they are too old.
    ///
    /// # Errors
    /// [`Error::Unavailable`]; [`failure`](Self::failure) says why.
    pub async fn keys(&self) -> Result<Keyring<VerifyKey>, Error> {
        Ok((*self.current().await?).clone())
    }

    /// Why the last fetch failed, if it has: for a log, or for the health of the service.
    #[must_use]
    pub fn failure(&self) -> Option<FetchError> {
        self.lock().failure
    }

    fn now(&self) -> UnixTime {
        (self.clock)()
    }

    /// What is in it is whole at any time, also after a panic.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn current(&self) -> Result<Arc<Keys>, Error> {
        let attempt = match self.known() {
            Ok(set) => return Ok(set),
            Err(attempt) => attempt,
        };
        self.ended(attempt).await;
        let (state, now) = (self.lock(), self.now());
        state.within(self.limits.max_stale, now).ok_or(Error::Unavailable)
    }

    /// The keys, if there are some that nobody has to wait for; otherwise what to wait for.
    fn known(&self) -> Result<Arc<Keys>, Option<watch::Receiver<()>>> {
        let mut state = self.lock();
        // Within the lock, so that the time of one caller is not before that of an attempt of another.
        let now = self.now();
        if let Some(set) = state.set.as_mut().filter(|set| now < set.read) {
            // It was read before the clock went back, nobody knows when: too old from now on, and not good for ever.
            set.read = now.saturating_sub(self.limits.max_age);
        }
        if let Some(keys) = state.within(self.limits.max_age, now) {
            return Ok(keys);
        }
        let attempt = self.attempt(&mut state, now);
        let waits = attempt.is_some() && state.failure.is_none();
        state.within(self.limits.max_stale, now).filter(|_| !waits).ok_or(attempt)
    }

    /// Other keys than these, for a token that names none of them.
    async fn newer(&self, than: &Arc<Keys>) -> Result<Arc<Keys>, Error> {
        let attempt = {
            let mut state = self.lock();
            if let Some(keys) = state.other(than) {
                return Ok(keys);
            }
            let now = self.now();
            self.attempt(&mut state, now)
        };
        self.ended(attempt).await;
        let state = self.lock();
        let unknown = if state.failure.is_some() { Error::Unavailable } else { Error::UnknownKey };
        state.other(than).ok_or(unknown)
    }

    /// The attempt that is under way, or a new one unless the last is too short ago.
    fn attempt(&self, state: &mut State, now: UnixTime) -> Option<watch::Receiver<()>> {
        // Nobody waits without one, either: it is a runtime that ends the wait.
        let runtime = Handle::try_current().ok()?;
        if let Some(last) = &state.attempt {
            if matches!(last.running.has_changed(), Ok(false)) {
                return Some(last.running.clone());
            }
            let next = last.started.saturating_add(self.limits.min_interval);
            if (last.started..next).contains(&now) {
                return None;
            }
        }
        let (ends, running) = watch::channel(());
        runtime.spawn(self.clone().refresh(now, ends));
        state.attempt = Some(Attempt { started: now, running: running.clone() });
        Some(running)
    }

    async fn refresh(self, started: UnixTime, ends: watch::Sender<()>) {
        let text = timeout(self.limits.timeout, self.fetch.fetch()).await.unwrap_or(Err(FetchError::Timeout));
        let keys = text.and_then(|text| Keyring::from_jwk_set(&text).map_err(FetchError::Set));
        let mut state = self.lock();
        if !state.is_last(&ends.subscribe()) {
            // Given up: what has been read since is newer.
            return;
        }
        state.failure = keys.as_ref().err().copied();
        match keys {
            Ok(keys) => state.set = Some(Set { keys: Arc::new(keys), read: started }),
            // It was well said: they were withdrawn.
            Err(FetchError::Set(ConfigError::NoSuchKey)) => state.set = None,
            Err(_) => {}
        }
        drop(state);
        ends.send_replace(());
    }

    /// Returns when it has ended, at once without one. Its result is in the state.
    async fn ended(&self, attempt: Option<watch::Receiver<()>>) {
        let Some(mut running) = attempt else { return };
        let failure = match timeout(self.limits.timeout.saturating_mul(2), running.changed()).await {
            Ok(Ok(())) => return,
            // Closed without a word: it has panicked, or its runtime is gone.
            Ok(Err(_)) => FetchError::Unreachable,
            // It ends by itself, unless the runtime that it is in stands still.
            Err(_) => FetchError::Timeout,
        };
        let mut state = self.lock();
        if state.is_last(&running) {
            state.failure = Some(failure);
            if let Some(last) = &mut state.attempt {
                last.running = watch::channel(()).1;
            }
        }
    }
}

impl State {
    fn is_last(&self, attempt: &watch::Receiver<()>) -> bool {
        self.attempt.as_ref().is_some_and(|last| last.running.same_channel(attempt))
    }

    fn within(&self, age: Duration, now: UnixTime) -> Option<Arc<Keys>> {
        let set = self.set.as_ref().filter(|set| now < set.read.saturating_add(age));
        set.map(|set| Arc::clone(&set.keys))
    }

    fn other(&self, than: &Arc<Keys>) -> Option<Arc<Keys>> {
        self.set.as_ref().map(|set| Arc::clone(&set.keys)).filter(|keys| !Arc::ptr_eq(keys, than))
    }
}

impl fmt::Debug for Jwks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jwks").field("limits", &self.limits).finish_non_exhaustive()
    }
}
