// SPDX-License-Identifier: MIT OR Apache-2.0
//! Fixed keys, and the messages that are good: nothing else may open under these keys.

use chancery::{
    Context, Error, Keyring, UnixTime,
    aead::{Algorithm, SealKey},
    envelope::{Opener, Sealer},
    hazmat,
    hpke::{Identity, Suite},
    signing::SigningKey,
};
use std::{sync::LazyLock, time::Duration};

pub(crate) const CREATED: u64 = 1_790_000_000;
pub(crate) const MAX_AGE: u64 = 300;
pub(crate) const SKEW: u64 = 60;

/// Randomness that is the same every time: HKDF of a name and a counter.
pub(crate) struct Fixed<'a>(pub(crate) &'a str, pub(crate) u32);

impl hazmat::Random for Fixed<'_> {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
        self.1 += 1;
        let info = [self.0.as_bytes(), &self.1.to_be_bytes()].concat();
        let bytes = hazmat::hkdf_expand(hazmat::Hash::Sha512, &[0xF0; 64], &info, buffer.len())?;
        buffer.copy_from_slice(bytes.expose_secret());
        Ok(())
    }
}

/// 32 bytes that are a key.
pub(crate) fn secret(name: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    hazmat::Random::fill(&mut Fixed(name, 0), &mut bytes).expect("it never fails");
    bytes
}

/// Of each length another, none at the front of another.
pub(crate) fn payload(len: usize) -> Vec<u8> {
    (0_u8..251).cycle().skip(len % 251).take(len).collect()
}

pub(crate) fn context() -> Context {
    Context::of("fuzz")
}

pub(crate) fn now() -> UnixTime {
    UnixTime::from_secs(CREATED)
}

pub(crate) fn identity(suite: Suite) -> Identity {
    Identity::from_bytes(suite, &secret("identity")).expect("a key")
}

pub(crate) fn signer() -> SigningKey {
    SigningKey::from_seed(&secret("signing")).expect("a key")
}

pub(crate) fn seal_keys(algorithm: Algorithm) -> Keyring<SealKey> {
    Keyring::new(SealKey::from_bytes(algorithm, &secret("seal")).expect("a key"))
}

/// A good message and what is in it.
pub(crate) struct Good {
    pub(crate) sealed: Vec<u8>,
    pub(crate) payload: Vec<u8>,
}

/// Those that open `sealed`, of which there is one or none.
pub(crate) fn payload_of<'a>(good: &'a [Good], sealed: &[u8]) -> Option<&'a [u8]> {
    good.iter().find(|good| good.sealed == sealed).map(|good| good.payload.as_slice())
}

pub(crate) fn bytes(good: &[Good]) -> Vec<&[u8]> {
    good.iter().map(|good| good.sealed.as_slice()).collect()
}

/// Lengths that are short, in the second chunk, and such that a signed or an unsigned content ends with the first
/// or just behind it. Every second envelope is padded and for two.
pub(crate) const LENGTHS: [usize; 8] = [0, 5, 300, 20_000, 16_384 - 8, 16_300, 16_384 - 80 + 1, 33_000];
/// So many of them are short.
pub(crate) const SHORT: usize = 3;

/// An algorithm and the good messages under its key, short ones first.
pub(crate) struct Sealed {
    pub(crate) keys: Keyring<SealKey>,
    pub(crate) good: Vec<Good>,
}

pub(crate) static SEALED: LazyLock<[Sealed; 2]> = LazyLock::new(|| {
    [Algorithm::Aes256Gcm, Algorithm::ChaCha20Poly1305].map(|algorithm| {
        let keys = seal_keys(algorithm);
        let seal = |len: usize| {
            let (payload, name) = (payload(len), format!("sealed {algorithm:?} {len}"));
            let random = &mut Fixed(&name, 0);
            let sealed = hazmat::seal(&keys, &context(), &payload, random).expect("sealed");
            Good { sealed, payload }
        };
        Sealed { good: LENGTHS.map(seal).into(), keys }
    })
});

/// An opener and the good envelopes for it, short ones first.
pub(crate) struct Envelopes {
    pub(crate) opener: Opener,
    pub(crate) good: Vec<Good>,
}

/// Suite and whether signed.
const KINDS: [(Suite, bool); 4] = [
    (Suite::X25519Aes256Gcm, false),
    (Suite::X25519ChaCha20Poly1305, false),
    (Suite::X25519Aes256Gcm, true),
    (Suite::X25519ChaCha20Poly1305, true),
];

pub(crate) static ENVELOPES: LazyLock<[Envelopes; 4]> = LazyLock::new(|| KINDS.map(envelopes));

pub(crate) fn opener(suite: Suite, signed: bool) -> Opener {
    let opener = if signed {
        Opener::from_senders(identity(suite), &context(), signer().verifying_key())
    } else {
        Opener::from_anyone(identity(suite), &context())
    };
    let opener = opener.expect("an opener").max_skew(Duration::from_secs(SKEW));
    opener.max_age(Duration::from_secs(MAX_AGE))
}

fn envelopes((suite, signed): (Suite, bool)) -> Envelopes {
    let seal = |(i, len): (usize, usize)| {
        let mut sealer = Sealer::to(identity(suite).recipient(), &context()).expect("a sealer");
        if i % 2 == 1 {
            let other = Identity::from_bytes(suite, &secret("other")).expect("a key");
            sealer = sealer.and(other.recipient()).expect("another recipient").padded();
        }
        if signed {
            sealer = sealer.signed_by(signer());
        }
        let (payload, name) = (payload(len), format!("envelope {suite:?} {signed} {len}"));
        let sealed = hazmat::seal_envelope(&sealer, &payload, now(), &mut Fixed(&name, 0)).expect("sealed");
        Good { sealed, payload }
    };
    Envelopes { opener: opener(suite, signed), good: LENGTHS.into_iter().enumerate().map(seal).collect() }
}
