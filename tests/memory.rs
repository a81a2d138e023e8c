// SPDX-License-Identifier: MIT OR Apache-2.0
//! How much memory it takes: streams of a gigabyte, and messages that claim to be larger than they are.
//!
//! `cargo test --release --test memory -- --nocapture` shows the figures. A global allocator counts; nothing
//! here holds a stream, and nothing is written to disk.

#![cfg(feature = "std")]

use chancery::{
    ConfigError, Context, Error, Keyring, UnixTime,
    aead::{Algorithm, SealKey, SealWriter},
    envelope::{self, Opener, Sealer, dearmor},
    hpke::Identity,
    mac::MacKey,
    signing::{SigningKey, VerifyingKey},
};
use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::{Cell, RefCell},
    io::{self, Read, Write},
    rc::Rc,
    time::Instant,
};

/// Counts, for each thread, what is allocated and what is held at most.
struct Counting;

thread_local! {
    static HELD: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
    static TOTAL: Cell<usize> = const { Cell::new(0) };
}

fn took(size: usize) {
    HELD.set(HELD.get() + size);
    PEAK.set(PEAK.get().max(HELD.get()));
    TOTAL.set(TOTAL.get() + size);
}

/// What another thread has allocated is freed here without having been counted.
fn gave(size: usize) {
    HELD.set(HELD.get().saturating_sub(size));
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[expect(unsafe_code, reason = "only a global allocator sees every allocation")]
// SAFETY: every call is passed on as it is to the system's allocator; the counters allocate nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        took(layout.size());
        // SAFETY: the caller's obligations are those of the system's allocator.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        gave(layout.size());
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Both blocks may exist while the bytes are moved.
        took(size);
        gave(layout.size());
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// The most that `f` has held at once beyond what was held before, and all that it has allocated.
fn measured<T>(f: impl FnOnce() -> T) -> (T, usize, usize) {
    let (held, total) = (HELD.get(), TOTAL.get());
    PEAK.set(held);
    let result = f();
    (result, PEAK.get() - held, TOTAL.get() - total)
}

#[test]
fn the_allocator_counts() {
    let (block, peak, total) = measured(|| {
        drop(vec![1_u8; 5000]);
        let mut grown = vec![1_u8; 1000];
        grown.resize(3000, 2);
        grown
    });
    assert_eq!((peak, total), (5000, 5000 + 1000 + 3000));
    drop(block);
}

/// What the reader's input and the writer's output are: a hose of 64 KiB that is filled while it is emptied.
const PIECE: usize = 64 * 1024;
/// A few hundred kilobytes.
const BOUND: usize = 256 * 1024;

fn size() -> u64 {
    if cfg!(debug_assertions) { 2 << 20 } else { 1 << 30 }
}

/// Byte `at` of the plaintext: no two chunks are alike.
fn fill(buffer: &mut [u8], at: u64) {
    for (n, byte) in (at..).zip(buffer) {
        *byte = (n ^ (n >> 8) ^ (n >> 16)).to_le_bytes()[0];
    }
}

/// Where a writer puts what a reader takes.
#[derive(Clone, Default)]
struct Hose(Rc<RefCell<Vec<u8>>>);

impl Write for Hose {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A sealed stream of `size` bytes that is made while it is read.
struct Sealing<W> {
    writer: Option<W>,
    finish: fn(W) -> io::Result<Hose>,
    hose: Hose,
    sent: u64,
    size: u64,
}

impl<W: Write> Read for Sealing<W> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut piece = [0; 4096];
        while self.hose.0.borrow().len() < PIECE.min(out.len()) {
            let Some(writer) = &mut self.writer else { break };
            if self.sent < self.size {
                fill(&mut piece, self.sent);
                writer.write_all(&piece)?;
                self.sent += 4096;
            } else if let Some(writer) = self.writer.take() {
                (self.finish)(writer)?;
            }
        }
        let mut waiting = self.hose.0.borrow_mut();
        let n = out.len().min(waiting.len());
        out[..n].copy_from_slice(&waiting[..n]);
        waiting.drain(..n);
        Ok(n)
    }
}

/// Seals and opens a stream at once, piece by piece, and compares every byte.
fn through(algorithm: Algorithm, size: u64) -> u64 {
    let keys = Keyring::new(SealKey::generate_for(algorithm).unwrap());
    let (hose, context) = (Hose::default(), Context::of("memory"));
    let writer = Some(keys.seal_writer(&context, hose.clone()).unwrap());
    let sealing = Sealing { writer, finish: SealWriter::finish, hose, sent: 0, size };
    compare(&mut keys.open_reader(&context, sealing).unwrap())
}

/// The same with a signed envelope.
fn through_envelope(size: u64) -> u64 {
    let (identity, signer, now) =
        (Identity::generate().unwrap(), SigningKey::generate().unwrap(), UnixTime::from_secs(1));
    let (hose, context, sender) = (Hose::default(), Context::of("memory"), signer.verifying_key());
    let sealer = Sealer::to(identity.recipient(), &context).unwrap().signed_by(signer);
    let writer = Some(sealer.seal_writer(hose.clone(), now).unwrap());
    let sealing = Sealing { writer, finish: envelope::SealWriter::finish, hose, sent: 0, size };
    let opener = Opener::from_senders(identity, &context, sender).unwrap();
    let mut reader = opener.open_reader(sealing, now).unwrap();
    let read = compare(&mut reader);
    assert!(reader.finish().unwrap().allow_replays().sender().is_some());
    read
}

fn compare(reader: &mut impl Read) -> u64 {
    let (mut got, mut expected, mut at) = ([0; 4096], [0; 4096], 0);
    loop {
        let n = reader.read(&mut got).unwrap();
        if n == 0 {
            return at;
        }
        fill(&mut expected[..n], at);
        assert_eq!(got[..n], expected[..n]);
        at += n as u64;
    }
}

#[test]
fn sealing_and_opening_a_gigabyte_takes_a_few_hundred_kilobytes() {
    if cfg!(debug_assertions) {
        println!("memory: 2 MiB only: a gigabyte NOT RUN without --release");
    }
    for algorithm in [Algorithm::Aes256Gcm, Algorithm::ChaCha20Poly1305] {
        let start = Instant::now();
        let (read, peak, _) = measured(|| through(algorithm, size()));
        assert_eq!(read, size());
        let (mib, seconds) = (size() >> 20, start.elapsed().as_secs_f64());
        println!("{algorithm:?}: {mib} MiB sealed and opened in {seconds:.1} s: at most {peak} bytes held");
        assert!(peak < BOUND, "{peak} bytes");
        // The two buffers of a chunk are seen, so something was counted.
        assert!(peak > 2 * 16 * 1024, "{peak} bytes");
    }
}

#[test]
fn an_envelope_of_a_gigabyte_takes_no_more_than_a_small_one() {
    let (read, large, _) = measured(|| through_envelope(size()));
    assert_eq!(read, size());
    let (_, small, _) = measured(|| through_envelope(1 << 17));
    println!("envelope, signed: {} MiB: at most {large} bytes held", size() >> 20);
    assert!(large < BOUND, "{large} bytes");
    assert_eq!(small, large);
}

/// The padding of a large envelope is tens of megabytes, which `finish` writes.
#[test]
fn the_padding_of_an_envelope_is_not_held() {
    let recipient = Identity::generate().unwrap().recipient();
    let sealer = Sealer::to(recipient, &Context::of("memory")).unwrap().padded();
    let len = (1 << 20) + 1;
    let ((), peak, _) = measured(|| {
        let mut writer = sealer.seal_writer_sized(io::sink(), len, UnixTime::from_secs(1)).unwrap();
        io::copy(&mut io::repeat(1).take(len), &mut writer).unwrap();
        writer.finish().unwrap();
    });
    assert!(peak < 32 * 1024, "{peak} bytes");
}

#[test]
fn a_larger_stream_takes_no_more_memory() {
    let peak = |size| measured(|| through(Algorithm::Aes256Gcm, size)).1;
    let (small, large) = (peak(1 << 17), peak(1 << 19));
    assert_eq!(small, large);
}

// Outside input allocates nothing in proportion to what it claims, and before it is authentic nothing at all
// in proportion to what it is.

/// Allocations of `f`, which refuses.
fn refusal<T, E: PartialEq + std::fmt::Debug>(what: &str, expected: E, f: impl FnOnce() -> Result<T, E>) {
    let (result, _, total) = measured(f);
    println!("{what}: {total} bytes allocated");
    assert_eq!(result.map(|_| ()), Err(expected), "{what}");
    assert!(total < 8 * 1024, "{what}: {total} bytes");
}

const MEGABYTES: usize = 8 << 20;
const NOW: UnixTime = UnixTime::from_secs(1_790_000_000);

#[test]
fn pitfall_17_a_header_of_32_recipients_with_nothing_behind_it_allocates_no_more_than_their_list() {
    let opener = Opener::from_anyone(Identity::generate().unwrap(), &Context::of("memory")).unwrap();
    for count in [1, 32] {
        let header = [b"CHN\x01\x01\x00".as_slice(), &[count]].concat();
        refusal("header", Error::Malformed, || opener.open(&header, NOW));
    }
    let header = b"CHN\x01\x01\x00\xff".to_vec();
    refusal("header of 255", Error::Malformed, || opener.open(&header, NOW));
    // The largest entries there are, of nobody here, with megabytes of body.
    let mut header = b"CHN\x01\x01\x00\x20".to_vec();
    for n in 0..32 {
        header.extend([&[0x64, 0x7a, n][..], &[0; 1175]].concat());
    }
    header.resize(MEGABYTES, 1);
    refusal("full header", Error::UnknownKey, || opener.open(&header, NOW));
}

#[test]
fn a_large_message_that_is_not_authentic_allocates_nothing_in_proportion() {
    let context = Context::of("memory");
    let keys = Keyring::new(SealKey::generate().unwrap());
    let mut sealed = keys.seal(&context, b"").unwrap();
    sealed.resize(MEGABYTES, 1);
    sealed[40] ^= 1; // the commitment
    refusal("sealed message", Error::NotAuthentic, || keys.open(&context, &sealed));

    let identity = Identity::generate().unwrap();
    let mut envelope = Sealer::to(identity.recipient(), &context).unwrap().seal(b"", NOW).unwrap();
    let opener = Opener::from_anyone(identity, &context).unwrap();
    envelope.resize(MEGABYTES, 1);
    for at in [20, 60, 130] {
        // enc, wrap, commitment
        envelope[at] ^= 1;
        refusal("envelope", Error::NotAuthentic, || opener.open(&envelope, NOW));
        envelope[at] ^= 1;
    }
    // A length that no message has.
    for short in 0..16 {
        let len = sealed.len() - (sealed.len() - 65) % (16 * 1024 + 16) + short;
        sealed[40] ^= 1;
        refusal("cut message", Error::NotAuthentic, || keys.open(&context, &sealed[..len]));
        sealed[40] ^= 1;
    }
}

#[test]
fn a_key_text_of_megabytes_allocates_nothing_in_proportion() {
    let long = "A".repeat(MEGABYTES);
    let text = |prefix: &str| format!("{prefix}{long}");
    refusal("no key", ConfigError::KeyText, || long.parse::<SealKey>());
    let (seal, mac, signing) = (text("chn_sk_seal_"), text("chn_sk_mac_"), text("chn_sk_signing_"));
    refusal("seal key", ConfigError::KeyText, || seal.parse::<SealKey>());
    refusal("MAC key", ConfigError::KeyText, || mac.parse::<MacKey>());
    refusal("signing key", ConfigError::KeyText, || signing.parse::<SigningKey>());
    let (verifying, identity) = (text("chn_pk_verifying_"), text("chn_sk_identity_"));
    refusal("verifying key", ConfigError::KeyText, || verifying.parse::<VerifyingKey>());
    refusal("identity", ConfigError::KeyText, || identity.parse::<Identity>());
    let recipient = text("chn_pk_recipient_");
    refusal("recipient", ConfigError::KeyText, || recipient.parse::<chancery::hpke::Recipient>());
}

#[test]
fn what_is_asked_for_is_refused_before_it_is_allocated() {
    let context = Context::of("memory");
    let identity = Identity::generate().unwrap();
    let recipient = identity.recipient();
    refusal("export", Error::TooLarge, || recipient.send_export(&context, b"", usize::MAX).map(|_| ()));
    let (sent, _) = recipient.send_export(&context, b"", 32).unwrap();
    refusal("export", Error::TooLarge, || {
        identity.receive_export(&context, &sent, b"", usize::MAX).map(|_| ())
    });
    let field = vec![1; MEGABYTES];
    let keys = Keyring::new(SealKey::generate().unwrap());
    refusal("context", Error::Context, || keys.seal(&Context::of("x").field(&field), b""));
}

/// Armor and the ciphertext of HPKE are copied before they are checked: once, and no larger than they are.
#[test]
fn what_is_copied_is_copied_once() {
    let text = "A".repeat(MEGABYTES) + "=";
    let (result, peak, _) = measured(|| dearmor(&text));
    assert_eq!(result, Err(Error::Malformed));
    assert!(peak <= MEGABYTES, "{peak}");

    let identity = Identity::generate().unwrap();
    let mut sealed = identity.recipient().seal(&Context::of("memory"), b"x").unwrap();
    sealed.resize(MEGABYTES, 1);
    let (result, peak, _) = measured(|| identity.open(&Context::of("memory"), &sealed));
    assert_eq!(result, Err(Error::NotAuthentic));
    assert!(peak <= MEGABYTES + 8 * 1024, "{peak}");
}
