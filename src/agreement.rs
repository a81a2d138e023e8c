// SPDX-License-Identifier: MIT OR Apache-2.0
//! Two sides that are both on line agree on keys: X25519, used once, never raw.
//!
//! Each side makes an [`EphemeralSecret`], sends the public half and agrees. What comes out is one
//! [`SealKey`] for each direction. Nothing here says *who* the other side is:
//! sign the public halves, or send them over a channel that does.
//!
//! ```
//! use chancery::{Context, Keyring, agreement::{EphemeralSecret, Role}};
//!
//! let (a, b) = (EphemeralSecret::generate()?, EphemeralSecret::generate()?);
//! let (to_b, to_a) = (a.public_key(), b.public_key());
//!
//! let context = Context::of("device pairing");
//! let a = a.agree(&to_a, Role::Initiator)?.derive(&context)?;
//! let b = b.agree(&to_b, Role::Responder)?.derive(&context)?;
//!
//! let sealed = Keyring::new(a.sealing).seal(&context, b"hello")?;
//! assert_eq!(Keyring::new(b.opening).open(&context, &sealed)?, b"hello");
//! # Ok::<(), chancery::Error>(())
//! ```
//!
//! # Format
//! HKDF-SHA-512 (RFC 5869) with an empty salt over the X25519 result (RFC 7748 section 6.1), info
//! `L("agreement") || CTX || pk_initiator || pk_responder`, 64 bytes: the key from initiator to
//! responder, then the other. Specification: `docs/envelope-v1.md`, appendix B.
//!
//! # Security
//! A secret agrees once: `agree` takes it. A public key of small order, which would make the result
//! known to everybody, is refused. The raw result never leaves.
//!
//! ```compile_fail,E0382
//! # use chancery::agreement::{EphemeralSecret, Role};
//! let (a, b) = (EphemeralSecret::generate().unwrap(), EphemeralSecret::generate().unwrap());
//! a.agree(&b.public_key(), Role::Initiator).unwrap();
//! a.agree(&b.public_key(), Role::Initiator).unwrap(); // moved
//! ```
//!
//! # Errors
//! [`Error::NotAuthentic`] for a public key that was meant to weaken the result; [`Error::Context`].

use crate::{
    Context, Error,
    aead::{Algorithm, SealKey},
    primitive::{
        hash::{self, label},
        kdf,
        mac::{Hash, Hmac},
        rng::{self, Random, System},
        x25519,
    },
    secret::{SecretArray, erased_by_fields},
};
use core::fmt;

/// The public half of an [`EphemeralSecret`], 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct EphemeralPublicKey([u8; x25519::LEN]);

impl EphemeralPublicKey {
    /// What the other side sent.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes to send.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for EphemeralPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EphemeralPublicKey(..)")
    }
}

/// Which side of the agreement this is. The two must differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "an agreement has two sides")]
pub enum Role {
    /// The side that speaks first.
    Initiator,
    /// The side that answers.
    Responder,
}

/// A secret for one agreement. It cannot be stored, copied or used again.
pub struct EphemeralSecret(x25519::SecretKey);

erased_by_fields!(EphemeralSecret: 0);

impl EphemeralSecret {
    /// A new random secret.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the system has no randomness.
    pub fn generate() -> Result<Self, Error> {
        Self::generate_with(&mut System)
    }

    fn generate_with(random: &mut dyn Random) -> Result<Self, Error> {
        Ok(Self(x25519::SecretKey::new(rng::secret(random)?)))
    }

    /// The public half, to send.
    #[must_use]
    pub fn public_key(&self) -> EphemeralPublicKey {
        EphemeralPublicKey(self.0.public())
    }

    /// Agrees with the other side, once.
    ///
    /// # Errors
    /// [`Error::NotAuthentic`] when `peer` is of small order.
    pub fn agree(self, peer: &EphemeralPublicKey, role: Role) -> Result<SharedSecret, Error> {
        let own = self.public_key();
        let dh = self.0.diffie_hellman(&peer.0)?;
        let prk = kdf::extract(Hash::Sha512, &[], &[dh.as_slice()]);
        let (initiator, responder) = match role {
            Role::Initiator => (own, *peer),
            Role::Responder => (*peer, own),
        };
        Ok(SharedSecret { prk: Hmac::new(Hash::Sha512, prk.as_bytes()), initiator, responder, role })
    }
}

impl fmt::Debug for EphemeralSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EphemeralSecret(..)")
    }
}

/// What both sides know now. Keys come out of it by [`derive`](Self::derive) and in no other way.
pub struct SharedSecret {
    prk: Hmac,
    initiator: EphemeralPublicKey,
    responder: EphemeralPublicKey,
    role: Role,
}

erased_by_fields!(SharedSecret: prk);

impl SharedSecret {
    /// The keys for `context`, AES-256-GCM, one for each direction.
    ///
    /// # Errors
    /// [`Error::Context`].
    pub fn derive(&self, context: &Context) -> Result<DirectionalKeys, Error> {
        let context = hash::context(context)?;
        let [a, b, c] = label("agreement");
        let mut okm = SecretArray::<64>::zeroed();
        let info = [a, b, c, &context, &self.initiator.0, &self.responder.0];
        kdf::expand(&self.prk, &info, okm.expose_secret_mut())?;
        let (first, second) = okm.expose_secret().split_at(32);
        // Two halves of 64 bytes are 32 bytes each.
        let key = |half| {
            let bytes = SecretArray::copy_of(half).ok_or(Error::Malformed)?;
            Ok(SealKey::new(Algorithm::Aes256Gcm, bytes))
        };
        let (to_responder, to_initiator) = (key(first)?, key(second)?);
        Ok(match self.role {
            Role::Initiator => DirectionalKeys { sealing: to_responder, opening: to_initiator },
            Role::Responder => DirectionalKeys { sealing: to_initiator, opening: to_responder },
        })
    }
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedSecret(..)")
    }
}

/// One key for each direction, so that a message cannot be sent back to its sender as an answer.
#[derive(Debug)]
#[non_exhaustive]
pub struct DirectionalKeys {
    /// For what this side sends.
    pub sealing: SealKey,
    /// For what this side receives.
    pub opening: SealKey,
}

erased_by_fields!(DirectionalKeys: sealing, opening);

#[cfg(test)]
mod tests {
    use super::*;

    struct Broken(u8);

    impl Random for Broken {
        fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
            match self.0 {
                0 => Err(Error::Unavailable),
                1 => Ok(()), // claims success, writes nothing
                _ => {
                    buffer.fill(0);
                    Ok(())
                }
            }
        }
    }

    #[test]
    fn rustsec_2026_0075_a_broken_random_source_gives_an_error_and_no_key() {
        for kind in 0..3 {
            let made = EphemeralSecret::generate_with(&mut Broken(kind));
            assert_eq!(made.map(|_| ()), Err(Error::Unavailable), "{kind}");
        }
    }
}
