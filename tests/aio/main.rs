// SPDX-License-Identifier: MIT OR Apache-2.0
//! Asynchronous streams: the bytes and the refusals of the blocking ones, and no future that takes a byte with it.

#![cfg(feature = "tokio")]

mod cancelled;
mod refused;
mod same;
mod stubborn;
mod tasks;

use chancery::{
    Context, Error, Keyring, UnixTime,
    aead::{Algorithm, SealKey},
    envelope::{Opener, Sealer},
    hpke::{Identity, Suite},
    signing::SigningKey,
};
use std::io;

/// Plaintext of a full chunk, and the same with its tag.
const CHUNK: usize = 16_384;
const SEALED_CHUNK: usize = CHUNK + 16;
/// What stands in front of the chunks of a sealed message, and of an envelope for one.
const SEALED_START: usize = 65;
const ENVELOPE_START: usize = 97 + 56;

/// Lengths at the edges of chunks: of a sealed message, of a content with 8 bytes before the payload, and of one
/// whose trailer of 72 bytes lies in two chunks.
const LENGTHS: [usize; 8] = [0, 1, CHUNK - 40, CHUNK - 8, CHUNK, CHUNK + 1, 2 * CHUNK - 80, 40_000];

fn now() -> UnixTime {
    UnixTime::from_secs(1_790_000_000)
}

fn context() -> Context {
    Context::of("aio")
}

fn seed(n: u8) -> [u8; 32] {
    core::array::from_fn(|i| n + u8::try_from(i).expect("below 32"))
}

fn keys() -> Keyring<SealKey> {
    Keyring::new(SealKey::from_bytes(Algorithm::ChaCha20Poly1305, &seed(1)).expect("a key"))
}

fn signing_key() -> SigningKey {
    SigningKey::from_seed(&seed(2)).expect("a seed")
}

/// An envelope for one, signed and padded or not.
#[derive(Clone, Copy, Debug)]
struct Kind {
    signed: bool,
    padded: bool,
}

const KINDS: [Kind; 4] = [
    Kind { signed: false, padded: false },
    Kind { signed: true, padded: false },
    Kind { signed: false, padded: true },
    Kind { signed: true, padded: true },
];

impl Kind {
    fn identity() -> Identity {
        Identity::from_bytes(Suite::X25519Aes256Gcm, &seed(3)).expect("a key")
    }

    fn sealer(self) -> Sealer {
        let sealer = Sealer::to(Self::identity().recipient(), &context()).expect("a sealer");
        let sealer = if self.padded { sealer.padded() } else { sealer };
        if self.signed { sealer.signed_by(signing_key()) } else { sealer }
    }

    fn opener(self) -> Opener {
        let opener = if self.signed {
            Opener::from_senders(Self::identity(), &context(), signing_key().verifying_key())
        } else {
            Opener::from_anyone(Self::identity(), &context())
        };
        opener.expect("an opener")
    }

    fn sealed(self, len: usize) -> Vec<u8> {
        self.sealer().seal(&payload(len), now()).expect("sealed")
    }
}

/// Bytes of which no two neighbouring chunks are alike.
fn payload(len: usize) -> Vec<u8> {
    let mut bytes = (1..=251).collect::<Vec<u8>>().repeat(len / 251 + 1);
    bytes.truncate(len);
    bytes
}

/// The error of ours that an I/O error was made from.
fn source(error: &io::Error) -> Option<Error> {
    error.get_ref()?.downcast_ref().copied()
}
