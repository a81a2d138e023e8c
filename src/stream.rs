// SPDX-License-Identifier: MIT OR Apache-2.0
//! Streams, by one thread: written in pieces of 64 KiB to nowhere, and read from memory in such pieces.
//!
//! What is opened is sealed again before each turn, while no clock runs: there is one buffer for all. Before they are timed, each
//! opens what it sealed, and refuses what was altered or cut.

use crate::race::{Contender, Job};
use chancery::{Context, Keyring, aead::SealKey};
use dryoc::dryocstream::{DryocStream, Header, Key, NewByteArray as _, Tag};
use orion::hazardous::{
    aead::streaming::{ABYTES, Nonce, SecretKey, StreamTag, StreamXChaCha20Poly1305},
    stream::xchacha20::XCHACHA_NONCESIZE,
};
use std::{
    cell::RefCell,
    hint::black_box,
    io::{self, Read, Write},
    iter::once,
    rc::Rc,
};

const PIECE: usize = 64 * 1024;
const PEERS: [fn(&Stage) -> Contender; 4] =
    [contender::<Chancery>, contender::<Age>, contender::<Orion>, contender::<Dryoc>];

/// Streams of so many bytes, a multiple of 64 KiB.
pub(crate) fn jobs(size: usize) -> Vec<Job> {
    let job = |verb: &str, open| {
        Job::new(format!("stream: {verb}"), size, move || {
            let stage = Stage { open, pieces: size / PIECE, sealed: Rc::default() };
            PEERS.iter().map(|contender| contender(&stage)).collect()
        })
    };
    vec![job("seal", false), job("open", true)]
}

struct Stage {
    open: bool,
    pieces: usize,
    /// What the one whose turn it is opens.
    sealed: Rc<RefCell<Vec<u8>>>,
}

trait Peer: Sized + 'static {
    const NAME: &str;
    const REMARK: &str = "";

    fn new() -> Self;

    /// So many times the piece.
    fn seal(&self, piece: &[u8], pieces: usize, out: &mut impl Write) -> io::Result<()>;

    /// Hands out what is authentic.
    fn open(&self, sealed: &[u8], out: impl FnMut(&[u8])) -> io::Result<()>;
}

fn contender<P: Peer>(stage: &Stage) -> Contender {
    let peer = P::new();
    check(&peer);
    let piece: Vec<u8> = (0..PIECE).map(|at| (at % 251).to_le_bytes()[0]).collect();
    let pieces = stage.pieces;
    if !stage.open {
        let call = move || peer.seal(black_box(&piece), pieces, &mut Nowhere).expect("nowhere is always there");
        return Contender::new(P::NAME, call).remark(P::REMARK);
    }
    let peer = Rc::new(peer);
    let (sealer, buffer) = (Rc::clone(&peer), Rc::clone(&stage.sealed));
    let prepare = move || {
        let mut sealed = buffer.borrow_mut();
        sealed.clear();
        sealer.seal(&piece, pieces, &mut *sealed).expect("memory");
    };
    let sealed = Rc::clone(&stage.sealed);
    let call = move || {
        let mut total = 0;
        let outcome = peer.open(black_box(&sealed.borrow()), |piece| total += black_box(piece).len());
        outcome.expect("authentic");
        assert_eq!(total, pieces * PIECE);
    };
    Contender::new(P::NAME, call).remark(P::REMARK).before(prepare)
}

fn check<P: Peer>(peer: &P) {
    let piece: Vec<u8> = (0..PIECE).map(|at| (at % 241).to_le_bytes()[0]).collect();
    let mut sealed = Vec::new();
    peer.seal(&piece, 3, &mut sealed).expect("memory");
    let mut opened = Vec::new();
    peer.open(&sealed, |piece| opened.extend_from_slice(piece)).expect("authentic");
    assert!(opened == piece.repeat(3), "{} opens to something else", P::NAME);
    let cut = &sealed[..sealed.len() - PIECE];
    assert!(peer.open(cut, |_| ()).is_err(), "{} takes what was cut", P::NAME);
    sealed[PIECE * 2] ^= 1;
    assert!(peer.open(&sealed, |_| ()).is_err(), "{} takes what is not authentic", P::NAME);
}

/// Where nothing is kept.
struct Nowhere;

impl Write for Nowhere {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(black_box(bytes).len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn read_all(mut reader: impl Read, mut out: impl FnMut(&[u8])) -> io::Result<()> {
    let mut buffer = vec![0; PIECE];
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(()),
            read => out(&buffer[..read]),
        }
    }
}

struct Chancery {
    keys: Keyring<SealKey>,
    context: Context,
}

impl Peer for Chancery {
    const NAME: &str = "chancery";

    fn new() -> Self {
        Self { keys: Keyring::new(SealKey::generate().expect("a key")), context: Context::of("race") }
    }

    fn seal(&self, piece: &[u8], pieces: usize, out: &mut impl Write) -> io::Result<()> {
        let mut writer = self.keys.seal_writer(&self.context, out)?;
        for _ in 0..pieces {
            writer.write_all(piece)?;
        }
        writer.finish().map(drop)
    }

    fn open(&self, sealed: &[u8], out: impl FnMut(&[u8])) -> io::Result<()> {
        read_all(self.keys.open_reader(&self.context, sealed)?, out)
    }
}

struct Age(age::x25519::Identity);

impl Peer for Age {
    const NAME: &str = "age";
    const REMARK: &str = "ChaCha20-Poly1305; to a recipient";

    fn new() -> Self {
        Self(age::x25519::Identity::generate())
    }

    fn seal(&self, piece: &[u8], pieces: usize, out: &mut impl Write) -> io::Result<()> {
        let recipient = self.0.to_public();
        let encryptor = age::Encryptor::with_recipients(once(&recipient as &dyn age::Recipient));
        let mut writer = encryptor.map_err(io::Error::other)?.wrap_output(out)?;
        for _ in 0..pieces {
            writer.write_all(piece)?;
        }
        writer.finish().map(drop)
    }

    fn open(&self, sealed: &[u8], out: impl FnMut(&[u8])) -> io::Result<()> {
        let decryptor = age::Decryptor::new(sealed).map_err(io::Error::other)?;
        let identities = once(&self.0 as &dyn age::Identity);
        read_all(decryptor.decrypt(identities).map_err(io::Error::other)?, out)
    }
}

/// Whether this is the last of so many pieces.
const fn is_last(at: usize, pieces: usize) -> bool {
    at + 1 == pieces
}

struct Orion(SecretKey);

impl Peer for Orion {
    const NAME: &str = "orion";
    const REMARK: &str = "XChaCha20-Poly1305; the caller cuts and ends the stream";

    fn new() -> Self {
        Self(SecretKey::generate().expect("a key"))
    }

    fn seal(&self, piece: &[u8], pieces: usize, out: &mut impl Write) -> io::Result<()> {
        let nonce = Nonce::generate().map_err(io::Error::other)?;
        out.write_all(nonce.as_ref())?;
        let mut stream = StreamXChaCha20Poly1305::new(&self.0, &nonce);
        let mut chunk = vec![0; PIECE + ABYTES];
        for at in 0..pieces {
            let tag = if is_last(at, pieces) { StreamTag::Finish } else { StreamTag::Message };
            stream.seal_chunk(piece, None, &mut chunk, &tag).map_err(io::Error::other)?;
            out.write_all(&chunk)?;
        }
        Ok(())
    }

    fn open(&self, sealed: &[u8], mut out: impl FnMut(&[u8])) -> io::Result<()> {
        let (nonce, sealed) = sealed.split_at(XCHACHA_NONCESIZE);
        let nonce = Nonce::try_from(nonce).map_err(io::Error::other)?;
        let mut stream = StreamXChaCha20Poly1305::new(&self.0, &nonce);
        let (mut piece, mut last) = (vec![0; PIECE], false);
        for chunk in sealed.chunks(PIECE + ABYTES) {
            let tag = stream.open_chunk(chunk, None, &mut piece).map_err(io::Error::other)?;
            last = tag == StreamTag::Finish;
            out(&piece);
        }
        if last { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

struct Dryoc(Key);

impl Peer for Dryoc {
    const NAME: &str = "dryoc";
    const REMARK: &str = "XChaCha20-Poly1305; a new buffer for each piece; the caller cuts and ends the stream";

    fn new() -> Self {
        Self(Key::generate())
    }

    fn seal(&self, piece: &[u8], pieces: usize, out: &mut impl Write) -> io::Result<()> {
        let (mut stream, header): (_, Header) = DryocStream::init_push(&self.0);
        out.write_all(header.as_ref())?;
        for at in 0..pieces {
            let tag = if is_last(at, pieces) { Tag::Final } else { Tag::Message };
            out.write_all(&stream.push_to_vec(piece, None, tag).map_err(io::Error::other)?)?;
        }
        Ok(())
    }

    fn open(&self, sealed: &[u8], mut out: impl FnMut(&[u8])) -> io::Result<()> {
        let (header, sealed) = sealed.split_first_chunk::<24>().ok_or(io::ErrorKind::UnexpectedEof)?;
        let mut stream = DryocStream::init_pull(&self.0, header);
        let mut last = false;
        for chunk in sealed.chunks(PIECE + ABYTES) {
            let (piece, tag) = stream.pull_to_vec(chunk, None).map_err(io::Error::other)?;
            last = tag == Tag::Final;
            out(&piece);
        }
        if last { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}
