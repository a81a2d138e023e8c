// SPDX-License-Identifier: MIT OR Apache-2.0
//! A stream sealed and opened by one thread: written a MiB at a time, from memory to nowhere; read into 64 KiB.

use crate::race::{Contender, Effort, Job};
use ::dryoc::{classic::crypto_secretstream_xchacha20poly1305 as dryoc, constants as dryoc_constants};
use ::orion::aead::{SecretKey, streaming as orion};
use chancery::{
    Context, Keyring,
    aead::{Algorithm, SealKey},
};
use std::{
    hint::black_box,
    io::{self, Read, Write},
    iter,
    rc::Rc,
};

const BLOCK: usize = 1 << 20;
const READ: usize = 64 * 1024;
/// What `age` has, and who leaves it to the caller is given.
const CHUNK: usize = 64 * 1024;
const KEY: [u8; 32] = *b"a key of thirty-two bytes.......";
const BYTE: u8 = 0x55;

const OURS: &str = "chunks of 16 KiB";
const OF_AGE: &str = "for an X25519 recipient; ChaCha20-Poly1305, chunks of 64 KiB";
const OF_DRYOC: &str = "secretstream: XChaCha20-Poly1305, chunks of 64 KiB; only from the first to the last";
const OF_ORION: &str = "as dryoc; a new buffer for each chunk";

/// Seals so many blocks, and gives what it writes away.
type Seal = dyn Fn(usize, &mut dyn Write);
/// Opens, and gives what it has opened away.
type Open = dyn Fn(&[u8], &mut dyn FnMut(&[u8]));

struct Streamer {
    name: &'static str,
    remark: &'static str,
    seal: Box<Seal>,
    open: Box<Open>,
}

pub(crate) fn jobs(effort: Effort) -> Vec<Job> {
    let (size, blocks) = (effort.stream, effort.stream / BLOCK);
    let seal = move || {
        let contender = |one: Streamer| {
            let Streamer { name, remark, seal, .. } = one.checked();
            Contender::new(name, move || seal(blocks, &mut io::sink())).remark(remark)
        };
        streamers().map(contender).into()
    };
    let open = move || {
        let contender = |one: Streamer| {
            let Streamer { name, remark, seal, open } = one.checked();
            let mut sealed = Vec::with_capacity(size + size / 64);
            seal(blocks, &mut sealed);
            Contender::new(name, move || {
                let mut opened = 0;
                open(black_box(&sealed), &mut |bytes| opened += black_box(bytes).len());
                assert_eq!(opened, size, "not the whole stream");
            })
            .remark(remark)
        };
        streamers().map(contender).into()
    };
    vec![Job::new("stream: seal", size, seal), Job::new("stream: open", size, open)]
}

impl Streamer {
    /// Of which two MiB are read as they were written, and not without their end.
    fn checked(self) -> Self {
        let Self { name, seal, open, .. } = &self;
        let (mut sealed, mut opened) = (Vec::new(), 0);
        seal(2, &mut sealed);
        open(&sealed, &mut |bytes| {
            assert!(bytes.iter().all(|byte| *byte == BYTE), "{name} opens something else");
            opened += bytes.len();
        });
        assert_eq!(opened, 2 * BLOCK, "{name} does not open the whole stream");
        self
    }
}

fn streamers() -> [Streamer; 5] {
    [
        ours("chancery aes-256-gcm", Algorithm::Aes256Gcm),
        ours("chancery chacha20-poly1305", Algorithm::ChaCha20Poly1305),
        of_age(),
        of_dryoc(),
        of_orion(),
    ]
}

fn write(writer: &mut dyn Write, blocks: usize) {
    let block = vec![BYTE; BLOCK];
    for _ in 0..blocks {
        writer.write_all(black_box(&block)).expect("written");
    }
}

fn read(mut reader: impl Read, each: &mut dyn FnMut(&[u8])) {
    let mut buffer = vec![0; READ];
    loop {
        match reader.read(&mut buffer).expect("authentic") {
            0 => return,
            len => each(&buffer[..len]),
        }
    }
}

fn ours(name: &'static str, algorithm: Algorithm) -> Streamer {
    let keys = Rc::new(Keyring::new(SealKey::from_bytes(algorithm, &KEY).expect("a key")));
    let from = Rc::clone(&keys);
    let context = || Context::of("race");
    let seal = move |blocks, to: &mut dyn Write| {
        let mut writer = keys.seal_writer(&context(), to).expect("begun");
        write(&mut writer, blocks);
        writer.finish().expect("ended");
    };
    let open = move |sealed: &[u8], each: &mut dyn FnMut(&[u8])| {
        read(from.open_reader(&context(), sealed).expect("begun"), each);
    };
    Streamer { name, remark: OURS, seal: Box::new(seal), open: Box::new(open) }
}

fn of_age() -> Streamer {
    let identity = age::x25519::Identity::generate();
    let recipient = identity.to_public();
    let seal = move |blocks, to: &mut dyn Write| {
        let recipients = iter::once(&recipient as &dyn age::Recipient);
        let encryptor = age::Encryptor::with_recipients(recipients).expect("a recipient");
        let mut writer = encryptor.wrap_output(to).expect("begun");
        write(&mut writer, blocks);
        writer.finish().expect("ended");
    };
    let open = move |sealed: &[u8], each: &mut dyn FnMut(&[u8])| {
        let decryptor = age::Decryptor::new_buffered(sealed).expect("a header");
        read(decryptor.decrypt(iter::once(&identity as &dyn age::Identity)).expect("begun"), each);
    };
    Streamer { name: "age", remark: OF_AGE, seal: Box::new(seal), open: Box::new(open) }
}

fn of_dryoc() -> Streamer {
    const MORE: usize = dryoc_constants::CRYPTO_SECRETSTREAM_XCHACHA20POLY1305_ABYTES;
    const MESSAGE: u8 = dryoc_constants::CRYPTO_SECRETSTREAM_XCHACHA20POLY1305_TAG_MESSAGE;
    const FINAL: u8 = dryoc_constants::CRYPTO_SECRETSTREAM_XCHACHA20POLY1305_TAG_FINAL;
    let seal = |blocks: usize, to: &mut dyn Write| {
        let (mut state, mut header) = (dryoc::State::new(), dryoc::Header::default());
        dryoc::crypto_secretstream_xchacha20poly1305_init_push(&mut state, &mut header, &KEY);
        to.write_all(&header).expect("written");
        let (block, mut sealed) = (vec![BYTE; BLOCK], vec![0; CHUNK + MORE]);
        for _ in 0..blocks {
            for chunk in black_box(&block).chunks(CHUNK) {
                dryoc::crypto_secretstream_xchacha20poly1305_push(
                    &mut state,
                    &mut sealed,
                    chunk,
                    None,
                    MESSAGE,
                )
                .expect("sealed");
                to.write_all(&sealed).expect("written");
            }
        }
        let end = &mut sealed[..MORE];
        dryoc::crypto_secretstream_xchacha20poly1305_push(&mut state, end, b"", None, FINAL).expect("sealed");
        to.write_all(end).expect("written");
    };
    let open = |sealed: &[u8], each: &mut dyn FnMut(&[u8])| {
        let (header, sealed) = sealed.split_first_chunk().expect("a header");
        let (mut state, mut tag) = (dryoc::State::new(), MESSAGE);
        dryoc::crypto_secretstream_xchacha20poly1305_init_pull(&mut state, header, &KEY);
        let mut opened = vec![0; CHUNK];
        for chunk in sealed.chunks(CHUNK + MORE) {
            let len = dryoc::crypto_secretstream_xchacha20poly1305_pull(
                &mut state,
                &mut opened,
                &mut tag,
                chunk,
                None,
            );
            each(&opened[..len.expect("authentic")]);
        }
        assert_eq!(tag, FINAL, "cut");
    };
    Streamer { name: "dryoc", remark: OF_DRYOC, seal: Box::new(seal), open: Box::new(open) }
}

fn of_orion() -> Streamer {
    let key = || SecretKey::try_from(&KEY[..]).expect("a key");
    let seal = move |blocks: usize, to: &mut dyn Write| {
        let (mut sealer, nonce) = orion::StreamSealer::new(&key()).expect("begun");
        to.write_all(nonce.as_ref()).expect("written");
        let block = vec![BYTE; BLOCK];
        for _ in 0..blocks {
            for chunk in black_box(&block).chunks(CHUNK) {
                let sealed = sealer.seal_chunk(chunk, &orion::StreamTag::Message).expect("sealed");
                to.write_all(&sealed).expect("written");
            }
        }
        let end = sealer.seal_chunk(b"", &orion::StreamTag::Finish).expect("sealed");
        to.write_all(&end).expect("written");
    };
    let open = move |sealed: &[u8], each: &mut dyn FnMut(&[u8])| {
        let (nonce, sealed) = sealed.split_at(24);
        let nonce = orion::Nonce::try_from(nonce).expect("a nonce");
        let (mut opener, mut end) = (orion::StreamOpener::new(&key(), &nonce).expect("begun"), false);
        for chunk in sealed.chunks(CHUNK + orion::ABYTES) {
            let (opened, tag) = opener.open_chunk(chunk).expect("authentic");
            end = tag == orion::StreamTag::Finish;
            each(&opened);
        }
        assert!(end, "cut");
    };
    Streamer { name: "orion", remark: OF_ORION, seal: Box::new(seal), open: Box::new(open) }
}
