// SPDX-License-Identifier: MIT OR Apache-2.0
//! The one source of randomness.

use crate::{Error, secret::SecretArray};

/// A source of uniformly random bytes.
///
/// Everything in the safe API uses the system's. Another one is handed in only through `hazmat`,
/// where known-answer tests need it: a source that repeats itself repeats keys and nonces.
pub trait Random {
    /// Fills the whole buffer.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it cannot; the buffer is then not used.
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error>;
}

/// The system's random source, asked anew each time: nothing here to clone, fork or seed.
pub(crate) struct System;

impl Random for System {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
        getrandom::fill(buffer).map_err(|_| Error::Unavailable)
    }
}

/// `N` random bytes for a key. A source that hands out zeros is broken, and is treated as absent:
/// for 32 honest bytes that happens once in 2^256.
pub(crate) fn secret<const N: usize>(random: &mut dyn Random) -> Result<SecretArray<N>, Error> {
    let mut bytes = SecretArray::zeroed();
    random.fill(bytes.expose_secret_mut())?;
    if crate::primitive::ct::equal(bytes.expose_secret(), &[0; N]) {
        return Err(Error::Unavailable);
    }
    Ok(bytes)
}

/// `N` random bytes that will be public.
pub(crate) fn public<const N: usize>(random: &mut dyn Random) -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    random.fill(&mut bytes)?;
    if bytes == [0; N] {
        return Err(Error::Unavailable);
    }
    Ok(bytes)
}
