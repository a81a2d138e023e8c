// SPDX-License-Identifier: MIT OR Apache-2.0
//! Envelopes as streams: the same bytes as in memory, and nothing that `open` refuses reaches an end.

#![cfg(feature = "std")]

#[cfg(feature = "hazmat")]
mod differential;
#[path = "../streams/flaky.rs"]
mod flaky;
#[cfg(feature = "hazmat")]
mod forged;
#[cfg(feature = "hazmat")]
mod forging;
#[path = "../streams/moves.rs"]
mod moves;
#[cfg(feature = "parallel")]
mod parallel;
mod refused;
mod same;
mod seek;
mod time;
mod write;

use chancery::{
    Context, Error, UnixTime,
    envelope::{OpenReader, Opener, Sealer},
    hpke::{Identity, Suite},
    signing::SigningKey,
};
use std::io::{self, Read, Write};

/// Plaintext of a full chunk, and the same with its tag.
const CHUNK: usize = 16_384;
const SEALED_CHUNK: usize = CHUNK + 16;
/// Salt and commitment.
const BODY_START: usize = 56;
/// Sender id and signature.
const TRAILER: usize = 72;
const CREATED: u64 = 1_790_000_000;

fn now() -> UnixTime {
    UnixTime::from_secs(CREATED)
}

fn context() -> Context {
    Context::of("envelope streams")
}

fn seed(n: u8) -> [u8; 32] {
    core::array::from_fn(|i| n + u8::try_from(i).expect("below 32"))
}

fn signing_key(n: u8) -> SigningKey {
    SigningKey::from_seed(&seed(n)).expect("a seed")
}

/// What an envelope is like.
#[derive(Clone, Copy, Debug)]
struct Kind {
    signed: bool,
    padded: bool,
    /// The last of them opens.
    recipients: u8,
    chacha: bool,
}

const PLAIN: Kind = Kind { signed: false, padded: false, recipients: 1, chacha: false };
const SIGNED: Kind = Kind { signed: true, ..PLAIN };
const PADDED: Kind = Kind { padded: true, ..PLAIN };
const BOTH: Kind = Kind { signed: true, ..PADDED };
const KINDS: [Kind; 4] = [PLAIN, SIGNED, PADDED, BOTH];

impl Kind {
    fn all() -> impl Iterator<Item = Self> {
        let bit = |n: u8, i: u8| n >> i & 1 == 1;
        (0..16).map(move |n| Self {
            signed: bit(n, 0),
            padded: bit(n, 1),
            recipients: if bit(n, 2) { 3 } else { 1 },
            chacha: bit(n, 3),
        })
    }

    fn identity(self, n: u8) -> Identity {
        let suite = if self.chacha { Suite::X25519ChaCha20Poly1305 } else { Suite::X25519Aes256Gcm };
        Identity::from_bytes(suite, &seed(n)).expect("a key")
    }

    fn sealer(self) -> Sealer {
        let mut sealer = Sealer::to(self.identity(1).recipient(), &context()).expect("a sealer");
        for n in 2..=self.recipients {
            sealer = sealer.and(self.identity(n).recipient()).expect("another");
        }
        if self.padded {
            sealer = sealer.padded();
        }
        if self.signed { sealer.signed_by(signing_key(7)) } else { sealer }
    }

    fn opener(self) -> Opener {
        let identity = self.identity(self.recipients);
        let opener = if self.signed {
            Opener::from_senders(identity, &context(), signing_key(7).verifying_key())
        } else {
            Opener::from_anyone(identity, &context())
        };
        opener.expect("an opener")
    }

    /// Where the chunks begin.
    fn start(self) -> usize {
        7 + 90 * usize::from(self.recipients) + BODY_START
    }

    /// Bytes of the content before and after the payload and its padding.
    fn head(self) -> usize {
        if self.padded { 16 } else { 8 }
    }

    fn trailer(self) -> usize {
        if self.signed { TRAILER } else { 0 }
    }

    fn sealed(self, len: usize) -> Vec<u8> {
        self.sealer().seal(&payload(len), now()).expect("sealed")
    }

    /// Written in pieces of these lengths, again and again.
    fn streamed(self, payload: &[u8], pieces: &[usize]) -> Vec<u8> {
        let sealer = self.sealer();
        let writer = if self.padded {
            sealer.seal_writer_sized(Vec::new(), payload.len() as u64, now())
        } else {
            sealer.seal_writer(Vec::new(), now())
        };
        let mut writer = writer.expect("a writer");
        let (mut rest, mut pieces) = (payload, pieces.iter().cycle());
        while !rest.is_empty() {
            let (piece, later) = rest.split_at(rest.len().min(*pieces.next().expect("a cycle")));
            writer.write_all(piece).expect("a vector takes everything");
            rest = later;
        }
        writer.finish().expect("a vector takes everything")
    }

    /// Payloads whose head, trailer, padding or end come near an edge of a chunk or of the padding.
    fn lengths(self) -> Vec<usize> {
        let around = self.head() + self.trailer();
        let contents = if self.padded { vec![256, CHUNK, CHUNK + 1024] } else { vec![CHUNK, 2 * CHUNK] };
        let mut lengths = vec![0, 1, TRAILER, 1000, 40_000];
        for content in contents {
            for part in [0, self.head(), around] {
                lengths.extend([content - part - 1, content - part, content - part + 1]);
            }
        }
        lengths
    }
}

/// Bytes of which no two neighbouring chunks are alike, and none is zero.
fn payload(len: usize) -> Vec<u8> {
    let mut bytes = (1..=251).collect::<Vec<u8>>().repeat(len / 251 + 1);
    bytes.truncate(len);
    bytes
}

/// Reads with buffers of `size` until the end.
fn read_by(reader: &mut impl Read, size: usize) -> io::Result<Vec<u8>> {
    let (mut all, mut buffer) = (Vec::new(), vec![0; size]);
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(all),
            n => all.extend_from_slice(&buffer[..n]),
        }
    }
}

/// The error of ours that an I/O error was made from.
fn source(error: &io::Error) -> Option<Error> {
    error.get_ref()?.downcast_ref().copied()
}

/// Refused when it is made, or by the first read that reaches the refusal, and by all that come after; and what was
/// handed out before is the beginning of `payload`.
fn refused(reader: io::Result<OpenReader<impl Read>>, payload: &[u8], what: &str) -> Error {
    let mut reader = match reader {
        Ok(reader) => reader,
        Err(error) => return source(&error).unwrap_or_else(|| panic!("{what}: {error}")),
    };
    let mut all = Vec::new();
    let error = reader.read_to_end(&mut all).expect_err(what);
    assert!(payload.starts_with(&all), "{what}: {} bytes, and not the right ones", all.len());
    let error = source(&error).unwrap_or_else(|| panic!("{what}: {error}"));
    for size in [1, 9, 20_000] {
        let again = reader.read(&mut vec![0; size]).expect_err(what);
        assert_eq!(source(&again), Some(error), "{what}");
    }
    assert_eq!(source(&reader.finish().expect_err(what)), Some(error), "{what}");
    error
}

/// The same, and `finish` alone does not accept it either.
fn refused_either_way(kind: Kind, bytes: &[u8], payload: &[u8], what: &str) -> Error {
    let opener = kind.opener();
    if let Ok(reader) = opener.open_reader(bytes, now()) {
        assert!(reader.finish().is_err(), "{what}: finished");
    }
    refused(opener.open_reader(bytes, now()), payload, what)
}

/// A small generator with a seed, so that a failure can be repeated.
#[derive(Debug)]
struct Lcg(u64);

impl Lcg {
    /// A number below `bound`, by the high bits of Knuth's MMIX generator.
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % bound
    }
}
