// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sealed messages, in memory and as a stream.

use crate::{
    battery::{Battery, assert_only},
    bytes32, context,
};
use chancery::{
    Error, Keyring,
    aead::{Algorithm, SealKey},
};

const CHUNK: usize = 16_384;
/// `0xC1`, key id, salt, commitment.
const START: [usize; 4] = [1, 8, 24, 32];
const REFUSALS: [Error; 3] = [Error::Malformed, Error::UnknownKey, Error::NotAuthentic];

fn keys(algorithm: Algorithm) -> Keyring<SealKey> {
    Keyring::new(SealKey::from_bytes(algorithm, &bytes32(1)).unwrap())
        .accept(SealKey::from_bytes(algorithm, &bytes32(2)).unwrap())
        .unwrap()
}

/// The segments of a message: those of its start, then ciphertext and tag of each chunk.
fn segments(len: usize) -> Vec<usize> {
    let full = (0..len / CHUNK).flat_map(|_| [CHUNK, 16]);
    START.into_iter().chain(full).chain([len % CHUNK, 16]).collect()
}

/// The start in one, and each chunk with its tag.
fn chunks(len: usize) -> Vec<usize> {
    let full = (0..len / CHUNK).map(|_| CHUNK + 16);
    [65].into_iter().chain(full).chain([len % CHUNK + 16]).collect()
}

fn plaintext(len: usize) -> Vec<u8> {
    (0..len).map(|i| u8::try_from((i * 7 + i / CHUNK) % 251).unwrap()).collect()
}

/// Every change to messages of `len` bytes, opened in memory.
fn battery(algorithm: Algorithm, len: usize, open: impl FnMut(&[u8]) -> Result<Vec<u8>, Error>, how: &str) {
    let (keys, message) = (keys(algorithm), plaintext(len));
    let name = format!("sealed message, {algorithm:?}, {how}");
    let (good, other) = (keys.seal(&context(), &message).unwrap(), keys.seal(&context(), &message).unwrap());
    let mut battery = Battery::new(&name, &good, &other, &segments(len)).also_cut(&chunks(len));
    if len > CHUNK {
        // Both sides of every edge, and a sample of the rest: the short messages have every position.
        battery = battery.one_bit().every(if cfg!(debug_assertions) { 1499 } else { 37 });
    }
    assert_only(&battery.run(&message, open), &REFUSALS);
}

const ALGORITHMS: [Algorithm; 2] = [Algorithm::Aes256Gcm, Algorithm::ChaCha20Poly1305];

#[test]
fn a_changed_sealed_message_is_refused() {
    for algorithm in ALGORITHMS {
        for len in [0, 1, 17] {
            battery(algorithm, len, |bytes| keys(algorithm).open(&context(), bytes), "in memory");
        }
    }
}

#[test]
fn a_changed_sealed_message_of_several_chunks_is_refused() {
    let keys = keys(Algorithm::ChaCha20Poly1305);
    let open = |bytes: &[u8]| keys.open(&context(), bytes);
    battery(Algorithm::ChaCha20Poly1305, 2 * CHUNK + 20, open, "in memory");
}

#[cfg(feature = "std")]
mod streams {
    use super::*;
    use std::io::Read;

    fn ours(error: &std::io::Error) -> Error {
        *error.get_ref().expect("an error of ours").downcast_ref().expect("an error of ours")
    }

    /// Reads everything. What comes before an error is authentic: whole chunks of the plaintext, in order.
    fn read(keys: &Keyring<SealKey>, bytes: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        let mut reader = keys.open_reader(&context(), bytes).map_err(|error| ours(&error))?;
        let (mut all, mut buffer) = (Vec::new(), [0; 5000]);
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => return Ok(all),
                Ok(n) => all.extend_from_slice(&buffer[..n]),
                Err(error) => {
                    assert!(plaintext.starts_with(&all) && all.len().is_multiple_of(CHUNK), "{}", all.len());
                    assert_eq!(ours(&reader.read(&mut buffer).unwrap_err()), Error::NotAuthentic);
                    return Err(ours(&error));
                }
            }
        }
    }

    #[test]
    fn pitfall_07_a_changed_stream_ends_with_an_error() {
        for algorithm in ALGORITHMS {
            for len in [0, 17] {
                let (keys, message) = (keys(algorithm), plaintext(len));
                battery(algorithm, len, |bytes| read(&keys, bytes, &message), "as a stream");
            }
        }
    }

    /// Chunks swapped, dropped, doubled, appended, of another message, and a stream that ends at any edge.
    #[test]
    fn rustsec_2026_0239_dcrypt_symmetric_a_stream_of_other_chunks_ends_with_an_error() {
        let keys = keys(Algorithm::Aes256Gcm);
        for len in [CHUNK + 20, 2 * CHUNK] {
            let message = plaintext(len);
            battery(Algorithm::Aes256Gcm, len, |bytes| read(&keys, bytes, &message), "as a stream");
        }
    }
}
