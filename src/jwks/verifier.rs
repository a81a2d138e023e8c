// SPDX-License-Identifier: MIT OR Apache-2.0
//! [`RemoteVerifier`]: a [`Verifier`] whose keys are those that the issuer publishes.

use crate::{
    ConfigError, Error, Keyring, Unclaimed, UnixTime, Verified,
    jwks::{FetchError, Jwks},
    jwt::{Token, Verifier, VerifyKey, dpop::Proof},
    signing::VerifyingKey,
};
use alloc::sync::Arc;
use core::fmt;
use serde::de::DeserializeOwned;
use std::sync::{Mutex, PoisonError};

/// The generator of Ed25519: a key that nothing is verified with.
const ANY_KEY: [u8; 32] = {
    let mut bytes = [0x66; 32];
    bytes[0] = 0x58;
    bytes
};

type Rules = dyn Fn(Keyring<VerifyKey>) -> Result<Verifier, ConfigError> + Send + Sync;

/// Verifies tokens of one issuer with the keys that it publishes. A clone shares them.
///
/// Whatever is verified is verified by a [`Verifier`] with the keys of the moment; this one has the keys fetched, and
/// asks again where there are newer ones.
#[derive(Clone)]
#[must_use]
pub struct RemoteVerifier {
    keys: Jwks,
    rules: Arc<Rules>,
    latest: Arc<Mutex<Option<Latest>>>,
}

/// Made once for the keys that were read together.
struct Latest {
    keys: Arc<Keyring<VerifyKey>>,
    verifier: Arc<Verifier>,
}

impl RemoteVerifier {
    /// A verifier with these keys, and with the rules of the one that `rules` makes of them: issuer, audience, type and the
    /// rest.
    ///
    /// ```
    /// use chancery::{ConfigError, jwks::{Jwks, RemoteVerifier}, jwt::{Expect, Verifier}};
    /// use core::time::Duration;
    ///
    /// # fn verifier(keys: Jwks) -> Result<RemoteVerifier, ConfigError> {
    /// RemoteVerifier::new(keys, |keys| {
    ///     let expect = Expect { issuer: "https://id.example.com", audience: "orders.example.com" };
    ///     Ok(Verifier::new(keys, expect)?.max_lifetime(Duration::from_secs(900)))
    /// })
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of `rules`, which is tried here with a key that is then forgotten: a service without an audience does not
    /// start.
    pub fn new(
        keys: Jwks,
        rules: impl Fn(Keyring<VerifyKey>) -> Result<Verifier, ConfigError> + Send + Sync + 'static,
    ) -> Result<Self, ConfigError> {
        drop(rules(VerifyKey::from(VerifyingKey::from_bytes(&ANY_KEY)?).into())?);
        Ok(Self { keys, rules: Arc::new(rules), latest: Arc::default() })
    }

    /// Why the keys could not be fetched when that was last tried: the reason behind an [`Error::Unavailable`], for the log and for
    /// a health check.
    #[must_use]
    pub fn failure(&self) -> Option<FetchError> {
        self.keys.failure()
    }

    /// [`Verifier::verify`] with the keys and the time of the moment.
    ///
    /// # Errors
    /// As [`Verifier::verify`]; [`Error::Unavailable`] when there are no keys, or none of the name in the token and no
    /// newer ones can be read.
    pub async fn verify<C: DeserializeOwned>(&self, token: &str) -> Result<Verified<Token<C>>, Error> {
        self.with_keys(|verifier, now| verifier.verify(token, now)).await
    }

    /// [`Verifier::verify_once`] with the keys and the time of the moment.
    ///
    /// # Errors
    /// As [`Verifier::verify_once`], and as [`verify`](Self::verify).
    pub async fn verify_once<C: DeserializeOwned>(&self, token: &str) -> Result<Unclaimed<Token<C>>, Error> {
        self.with_keys(|verifier, now| verifier.verify_once(token, now)).await
    }

    /// [`Verifier::verify_bound`] with the keys and the time of the moment.
    ///
    /// # Errors
    /// As [`Verifier::verify_bound`], and as [`verify`](Self::verify).
    pub async fn verify_bound<C: DeserializeOwned>(
        &self,
        token: &str,
        proof: Proof<'_>,
    ) -> Result<Unclaimed<Token<C>>, Error> {
        self.with_keys(|verifier, now| verifier.verify_bound(token, proof, now)).await
    }

    /// Once with the keys that are known, and again if a key is missing and there are newer ones.
    async fn with_keys<T>(
        &self,
        check: impl Fn(&Verifier, UnixTime) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let keys = self.keys.current().await?;
        match self.check(&keys, &check) {
            Err(Error::UnknownKey) => {}
            result => return result,
        }
        let newer = self.keys.newer(&keys).await?;
        self.check(&newer, &check)
    }

    /// The time is that after the fetch.
    fn check<T>(
        &self,
        keys: &Arc<Keyring<VerifyKey>>,
        check: impl Fn(&Verifier, UnixTime) -> Result<T, Error>,
    ) -> Result<T, Error> {
        check(&*self.verifier(keys)?, self.keys.now())
    }

    fn verifier(&self, keys: &Arc<Keyring<VerifyKey>>) -> Result<Arc<Verifier>, Error> {
        let latest = || self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = latest().as_ref().filter(|made| Arc::ptr_eq(&made.keys, keys)) {
            return Ok(Arc::clone(&made.verifier));
        }
        // They were tried at the start, and the names of a set are unique.
        let verifier = Arc::new((self.rules)((**keys).clone()).map_err(|_| Error::Unavailable)?);
        *latest() = Some(Latest { keys: Arc::clone(keys), verifier: Arc::clone(&verifier) });
        Ok(verifier)
    }
}

impl fmt::Debug for RemoteVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteVerifier").field("keys", &self.keys).finish_non_exhaustive()
    }
}
