// SPDX-License-Identifier: MIT OR Apache-2.0
//! Envelopes in memory: the header, what was changed on the way, and what an authentic sender may write.

use super::{
    input::{Input, edited},
    known::{self, CREATED, ENVELOPES, Fixed, MAX_AGE, SHORT, SKEW},
    naive::{self, ctx, label, sha256},
};
use chancery::{
    Error, Key, UnixTime,
    envelope::Opener,
    hazmat::{self, Aead},
    hpke::Suite,
};
use ed25519_dalek::Signer;
use std::{io::Read, sync::LazyLock};

const SIGNED: u8 = 1;
const PADDED: u8 = 2;
const REQUEST: u8 = 4;
const TRAILER: usize = 72;

/// A header that parses is written anew as the same bytes, and the naive reader finds the same length.
pub(crate) fn header(data: &[u8]) -> bool {
    let written = hazmat::envelope_header(data);
    assert_eq!(written.as_ref().ok().map(Vec::len), naive::header_len(data));
    let Ok(written) = written else {
        assert_eq!(written, Err(Error::Malformed));
        let now = known::now();
        assert_eq!(ENVELOPES[0].opener.open(data, now).map(|_| ()), Err(Error::Malformed));
        return false;
    };
    assert!(data.starts_with(&written));
    assert_eq!(hazmat::envelope_header(&written).as_ref(), Ok(&written));
    let cut = written.len() - 1;
    assert_eq!(hazmat::envelope_header(&written[..cut]), Err(Error::Malformed));
    true
}

pub(crate) fn header_seeds() -> Vec<Vec<u8>> {
    let two = &ENVELOPES[2].good[1].sealed;
    let mut repeated = two.clone();
    repeated.copy_within(7..97, 97);
    let x_wing = [b"CHN\x01\x02\x00\x01\x64\x7a".as_slice(), &[0x33; 1176]].concat();
    let one = &ENVELOPES[1].good[0].sealed;
    let changed = |at: usize, byte: u8| [&one[..at], &[byte], &one[at + 1..]].concat();
    let mut seeds = vec![two.clone(), one.clone(), x_wing, repeated, b"CHN\x01".to_vec(), one[..96].to_vec()];
    // Version, suite, flags, count and KEM.
    for (at, byte) in [(3, 2), (4, 0), (4, 3), (5, 8), (5, 7), (6, 0), (6, 2), (6, 33), (8, 0x21)] {
        seeds.push(changed(at, byte));
    }
    seeds.push([&two[..5], &[4], &two[6..]].concat());
    seeds
}

/// Exactly the good envelopes open.
pub(crate) fn open(data: &[u8]) -> bool {
    let mut input = Input::new(data);
    let known = &ENVELOPES[input.below(4)];
    let sealed = edited(&mut input, &known::bytes(&known.good[..SHORT]));
    let opened = known.opener.open(&sealed, known::now()).map(|opened| opened.allow_replays().into_inner());
    let opened = opened.map(chancery::envelope::Opened::into_payload);
    assert_eq!(opened.as_deref().ok(), known::payload_of(&known.good, &sealed));
    opened.is_ok()
}

pub(crate) fn open_seeds() -> Vec<Vec<u8>> {
    let raw =
        |kind: u8, i: usize| [&[kind, 3], ENVELOPES[usize::from(kind)].good[i].sealed.as_slice()].concat();
    let mut seeds = vec![raw(0, 1), raw(1, 0), raw(2, 1), raw(3, 2)];
    for kind in 0..4 {
        seeds.extend([
            vec![kind, 0],
            vec![kind, 1, 4, 0, 7, 1],
            vec![kind, 2, 0, 1, 0],
            vec![kind, 1, 1, 0, 9, 1, 7],
        ]);
    }
    seeds
}

/// What does not depend on the content: a header, and the payload key that is wrapped in it.
struct Wrapped {
    flags: u8,
    suite: Suite,
    aead: Aead,
    header: Vec<u8>,
    payload_key: [u8; 32],
    header_hash: [u8; 32],
    body_context: [u8; 32],
    opener: Opener,
}

fn fuzz_ctx() -> [u8; 32] {
    ctx(&[b"fuzz".to_vec()]).expect("a context")
}

impl Wrapped {
    fn new(flags: u8, suite_byte: u8) -> Self {
        let (suite, aead) = if suite_byte == 1 {
            (Suite::X25519Aes256Gcm, Aead::Aes256Gcm)
        } else {
            (Suite::X25519ChaCha20Poly1305, Aead::ChaCha20Poly1305)
        };
        let (recipient, ctx) = (known::identity(suite).recipient(), fuzz_ctx());
        let name = [b"\x00\x20", recipient.id().as_bytes().as_slice()].concat();
        let mut header = vec![b'C', b'H', b'N', 1, suite_byte, flags, 1];
        let info = [label("envelope wrap"), sha256(&[&header, &name, &ctx]).to_vec()].concat();
        let payload_key = known::secret("payload key");
        let wrap = hazmat::hpke_seal(
            &recipient,
            hazmat::reserved_info(&info),
            None,
            &payload_key,
            &mut Fixed("wrap", 0),
        );
        header.extend([name, wrap.expect("a wrap")].concat());
        let header_hash = sha256(&[&header]);
        let body_context = sha256(&[&label("envelope body"), &header_hash, &ctx]);
        let opener = known::opener(suite, flags & SIGNED != 0);
        Self { flags, suite, aead, header, payload_key, header_hash, body_context, opener }
    }

    /// The same salt for every content: these keys protect nothing.
    fn body(&self, content: &[u8]) -> Vec<u8> {
        let random = &mut Fixed("salt", 0);
        let body = hazmat::chunked_seal(self.aead, &self.payload_key, &self.body_context, content, random);
        body.expect("a body")
    }

    /// Section 9.5.
    fn transcript(&self, created: [u8; 8], payload: &[u8]) -> Vec<u8> {
        let start = &self.body(b"")[..56];
        let n = (payload.len() as u64).to_be_bytes();
        let sender = dalek().verifying_key().to_bytes();
        let label = [vec![0xFF], label("envelope signature")].concat();
        [&label, &self.header_hash[..], start, &fuzz_ctx(), &sender, &created, &n, &sha256(&[payload])]
            .concat()
    }

    /// Steps 7 to 9 of section 10; `None` for a content that is too short, whose time may be looked at or not.
    fn expected<'a>(&self, content: &'a [u8], now: u64) -> Option<Result<&'a [u8], Error>> {
        let start = if self.flags & PADDED != 0 { 16 } else { 8 };
        let (most, trailer) = content.split_at(content.len().checked_sub(if self.flags & SIGNED != 0 {
            TRAILER
        } else {
            0
        })?);
        let (head, rest) = most.split_at_checked(start)?;
        let (created, n) = head.split_first_chunk().expect("8 bytes or 16");
        let time = u64::from_be_bytes(*created);
        if time > now.saturating_add(SKEW) {
            return Some(Err(Error::NotYetValid));
        }
        if time.saturating_add(MAX_AGE) < now {
            return Some(Err(Error::Expired));
        }
        let payload = match n.try_into() {
            Ok(n) => self.unpadded(rest, u64::from_be_bytes(n)),
            Err(_) => Some(rest),
        };
        let signed = payload.filter(|payload| self.is_signed(trailer, *created, payload));
        Some(signed.ok_or(Error::NotAuthentic))
    }

    fn unpadded<'a>(&self, rest: &'a [u8], n: u64) -> Option<&'a [u8]> {
        let (payload, zeros) = rest.split_at_checked(usize::try_from(n).ok()?)?;
        let trailer = if self.flags & SIGNED != 0 { TRAILER } else { 0 };
        let total = (16 + rest.len() + trailer) as u128;
        let exact = total == naive::padded_len(n.into(), self.flags & SIGNED != 0);
        (exact && zeros.iter().all(|zero| *zero == 0)).then_some(payload)
    }

    fn is_signed(&self, trailer: &[u8], created: [u8; 8], payload: &[u8]) -> bool {
        let Some((id, signature)) = trailer.split_first_chunk::<8>() else { return true };
        let signature = ed25519_dalek::Signature::from_slice(signature).expect("64 bytes");
        let message = self.transcript(created, payload);
        id == known::signer().verifying_key().id().as_bytes()
            && dalek().verifying_key().verify_strict(&message, &signature).is_ok()
    }
}

fn dalek() -> ed25519_dalek::SigningKey {
    ed25519_dalek::SigningKey::from_bytes(&known::secret("signing"))
}

/// By flags, then by suite.
static WRAPPED: LazyLock<[Wrapped; 16]> = LazyLock::new(|| {
    std::array::from_fn(|i| {
        let i = u8::try_from(i).expect("below 16");
        Wrapped::new(i % 8, 1 + i / 8)
    })
});

/// The sender has the right keys and writes a content of its own: `open`, `open_reader` and the steps as they are
/// specified come to the same result.
pub(crate) fn authentic(data: &[u8]) -> bool {
    let mut input = Input::new(data);
    let wrapped = &WRAPPED[input.below(16)];
    let now = CREATED + u64::from(input.u16()) - 0x8000;
    let content = if input.below(4) == 0 { input.rest().to_vec() } else { content(wrapped, &mut input) };
    let sealed = [wrapped.header.as_slice(), &wrapped.body(&content)].concat();
    let expected =
        if wrapped.flags & REQUEST == 0 { wrapped.expected(&content, now) } else { Some(Err(Error::Policy)) };

    let time = UnixTime::from_secs(now);
    let opened = wrapped.opener.open(&sealed, time).map(chancery::Unclaimed::allow_replays);
    let got = opened.as_ref().map(|opened| opened.payload()).map_err(|error| *error);
    match expected {
        Some(expected) => assert!(got == expected, "{:?} {content:02x?}", wrapped.suite),
        None => assert!(matches!(got, Err(Error::NotAuthentic | Error::Expired | Error::NotYetValid))),
    }

    let mut read = Vec::new();
    let streamed = wrapped.opener.open_reader(sealed.as_slice(), time).and_then(|mut reader| {
        reader.read_to_end(&mut read)?;
        reader.finish()
    });
    match (streamed, opened) {
        (Ok(origin), Ok(opened)) => {
            assert!(read == opened.payload() && *origin.allow_replays() == *opened.origin());
            true
        }
        (Err(error), Err(whole)) => {
            assert!(super::read::source(&error) == Some(whole) || expected.is_none());
            false
        }
        (streamed, opened) => panic!("as a stream {:?}, whole {:?}", streamed.err(), opened.err()),
    }
}

/// A content that is nearly right: the numbers in it are, but for what the input adds to them.
fn content(wrapped: &Wrapped, input: &mut Input<'_>) -> Vec<u8> {
    let created = CREATED.wrapping_add(u64::from(input.byte())).to_be_bytes();
    let payload =
        if input.byte() < 200 { input.short().to_vec() } else { known::payload(input.u16().into()) };
    let (off_by, more_zeros, last_zero, trailer) = (input.byte(), input.byte(), input.byte(), input.below(4));
    let mut content = created.to_vec();
    if wrapped.flags & PADDED != 0 {
        let n = (payload.len() as u64).wrapping_add_signed(i64::from(off_by.cast_signed()));
        content.extend(n.to_be_bytes());
    }
    content.extend_from_slice(&payload);
    if wrapped.flags & PADDED != 0 {
        let signed = wrapped.flags & SIGNED != 0;
        let total = usize::try_from(naive::padded_len(payload.len() as u128, signed)).expect("small");
        let total = total.saturating_add_signed(more_zeros.cast_signed().into());
        content.resize(total.saturating_sub(if signed { TRAILER } else { 0 }), 0);
        if let Some(last) = content.last_mut() {
            *last |= last_zero;
        }
    }
    if wrapped.flags & SIGNED != 0 {
        let signature = dalek().sign(&wrapped.transcript(created, &payload)).to_bytes();
        let mut end = [known::signer().verifying_key().id().as_bytes().as_slice(), &signature].concat();
        if trailer == 3 {
            end[input.below(TRAILER)] ^= input.byte();
        }
        content.extend(end);
    }
    content
}

pub(crate) fn authentic_seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for kind in 0..16 {
        seeds.push(vec![kind, 0x80, 0, 1, 0, 0, 5, b'h', b'e', b'l', b'l', b'o']);
    }
    for kind in [0, 1, 2, 3, 10, 11] {
        // The first and the last second, and one before and after them.
        for now in [0x7FC4_u16, 0x812C, 0x7FC3, 0x812D] {
            let [high, low] = now.to_be_bytes();
            seeds.push(vec![kind, high, low, 1, 0, 0, 1, b'x']);
        }
        // Long, another n, one zero more, one that is none, a byte of the trailer changed.
        seeds.push(vec![kind, 0x80, 0, 1, 0, 200, 0x40, 0x10]);
        seeds.push(vec![kind, 0x80, 0, 1, 0, 0, 1, b'x', 1]);
        seeds.push(vec![kind, 0x80, 0, 1, 0, 0, 1, b'x', 0, 1]);
        seeds.push(vec![kind, 0x80, 0, 1, 0, 0, 1, b'x', 0, 0, 1]);
        seeds.push(vec![kind, 0x80, 0, 1, 0, 0, 1, b'x', 0, 0, 0, 3, 9, 1]);
        seeds.push([&[kind, 0x80, 0, 0], CREATED.to_be_bytes().as_slice(), b"raw"].concat());
    }
    seeds
}
