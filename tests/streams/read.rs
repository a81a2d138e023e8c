// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reading: every byte once, an end only where the message ends, and an error for good.

use crate::{
    CHUNK, LENGTHS, SEALED_CHUNK, START, aes, context, flaky::Flaky, keys, plaintext, sealed, source,
    streamed,
};
use chancery::{
    Context, Error, Keyring,
    aead::{Algorithm, SealKey},
};
use std::io::{self, ErrorKind, Read};

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

#[test]
fn every_size_of_buffer_reads_the_same_and_the_end_stays_the_end() {
    for algorithm in [Algorithm::Aes256Gcm, Algorithm::ChaCha20Poly1305] {
        for len in LENGTHS {
            let (keys, message) = (keys(algorithm), plaintext(len));
            let sealed = streamed(&keys, &message);
            for size in [1, 7, 1000, CHUNK - 1, CHUNK, SEALED_CHUNK, 50_000] {
                let mut reader = keys.open_reader(&context(), sealed.as_slice()).unwrap();
                assert_eq!(reader.read(&mut []).unwrap(), 0);
                assert_eq!(read_by(&mut reader, size).unwrap(), message, "{len} by {size}");
                for _ in 0..3 {
                    assert_eq!(reader.read(&mut [0; 9]).unwrap(), 0);
                }
            }
        }
    }
}

#[test]
fn short_reads_and_interruptions_lose_nothing() {
    for most in [1, 3, 1000, 20_000] {
        let len = if most == 1 { 300 } else { 40_000 };
        let sealed = sealed(len);
        let (inner, trouble) = Flaky::new(sealed.as_slice(), most);
        trouble.set(Some(ErrorKind::Interrupted));
        let mut reader = aes().open_reader(&context(), inner).unwrap();
        assert_eq!(read_by(&mut reader, 5000).unwrap(), plaintext(len), "{most}");
    }
}

#[test]
fn a_reader_that_would_block_every_second_time_loses_nothing() {
    for most in [100, 1000, 20_000] {
        let sealed = sealed(40_000);
        let (inner, trouble) = Flaky::new(sealed.as_slice(), most);
        let mut reader = aes().open_reader(&context(), inner).unwrap();
        trouble.set(Some(ErrorKind::WouldBlock));
        let (mut all, mut buffer, mut blocked) = (Vec::new(), [0; 5000], 0);
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(n) => all.extend_from_slice(&buffer[..n]),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::WouldBlock);
                    blocked += 1;
                }
            }
        }
        assert!(blocked >= 2, "{most}: blocked {blocked} times");
        assert_eq!(all, plaintext(40_000), "{most}");
    }
}

/// Gives its parts, with an end or an error after each.
struct Parts<'a> {
    parts: Vec<&'a [u8]>,
    between: Option<ErrorKind>,
}

impl Read for Parts<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self.parts.first_mut() {
            Some(part) if !part.is_empty() => part.read(out),
            Some(_) => {
                self.parts.remove(0);
                self.between.map_or(Ok(0), |kind| Err(kind.into()))
            }
            None => self.between.map_or(Ok(0), |kind| Err(kind.into())),
        }
    }
}

#[test]
fn what_comes_after_the_end_of_the_input_changes_nothing() {
    for len in LENGTHS {
        let sealed = sealed(len);
        let inner = Parts { parts: vec![&sealed, b"more", &sealed], between: None };
        let mut reader = aes().open_reader(&context(), inner).unwrap();
        assert_eq!(read_by(&mut reader, 999).unwrap(), plaintext(len));
        for _ in 0..5 {
            assert_eq!(reader.read(&mut [0; 100]).unwrap(), 0, "{len}");
        }
    }
}

#[test]
fn an_input_that_ended_too_early_does_not_go_on() {
    let sealed = sealed(40_000);
    for cut in
        [START, START + 1, START + SEALED_CHUNK - 1, START + SEALED_CHUNK, START + 2 * SEALED_CHUNK + 16]
    {
        let (head, tail) = sealed.split_at(cut);
        let mut reader =
            aes().open_reader(&context(), Parts { parts: vec![head, tail], between: None }).unwrap();
        assert_eq!(source(&read_by(&mut reader, 999).unwrap_err()), Some(Error::NotAuthentic), "{cut}");
        for _ in 0..5 {
            let error = reader.read(&mut [0; 100]).unwrap_err();
            assert_eq!(source(&error), Some(Error::NotAuthentic), "{cut}");
        }
    }
}

#[test]
fn an_error_of_the_inner_reader_is_neither_an_end_nor_a_forgery() {
    let sealed = sealed(40_000);
    for cut in [START, START + 5, START + SEALED_CHUNK, sealed.len() - 1, sealed.len()] {
        // For good: it is passed on each time, and what was authentic before has been read.
        let inner = Parts { parts: vec![&sealed[..cut]], between: Some(ErrorKind::ConnectionReset) };
        let mut reader = aes().open_reader(&context(), inner).unwrap();
        let mut all = Vec::new();
        let error = reader.read_to_end(&mut all).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{cut}");
        assert_eq!(all, plaintext(40_000)[..(cut - START) / SEALED_CHUNK * CHUNK], "{cut}");
        for _ in 0..3 {
            assert_eq!(reader.read(&mut [0; 9]).unwrap_err().kind(), ErrorKind::ConnectionReset);
        }
        // Once: reading goes on where it was. The last error stands where the end would be.
        let (head, tail) = sealed.split_at(cut);
        let inner = Parts { parts: vec![head, tail, b""], between: Some(ErrorKind::TimedOut) };
        let mut reader = aes().open_reader(&context(), inner).unwrap();
        let mut all = Vec::new();
        assert_eq!(reader.read_to_end(&mut all).unwrap_err().kind(), ErrorKind::TimedOut);
        assert_eq!(reader.read_to_end(&mut all).unwrap_err().kind(), ErrorKind::TimedOut);
        assert_eq!(all, plaintext(40_000)[..2 * CHUNK], "{cut}");
    }
}

#[test]
fn a_start_that_is_cut_or_slow_makes_no_reader() {
    let sealed = sealed(10);
    for cut in 0..START {
        let error = aes().open_reader(&context(), &sealed[..cut]).unwrap_err();
        assert_eq!((error.kind(), source(&error)), (ErrorKind::InvalidData, Some(Error::Malformed)), "{cut}");
        let inner = Parts { parts: vec![&sealed[..cut]], between: Some(ErrorKind::WouldBlock) };
        let error = aes().open_reader(&context(), inner).map(|_| ()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WouldBlock, "{cut}");
    }
}

#[test]
fn a_refused_start_says_why() {
    let sealed = sealed(10);
    let refusal = |keys: &Keyring<SealKey>, context: &Context, bytes: &[u8]| {
        source(&keys.open_reader(context, bytes).unwrap_err())
    };
    let mut other = sealed.clone();
    other[0] ^= 1;
    assert_eq!(refusal(&aes(), &context(), &other), Some(Error::Malformed));
    let chacha = keys(Algorithm::ChaCha20Poly1305);
    assert_eq!(refusal(&chacha, &context(), &sealed), Some(Error::UnknownKey));
    assert_eq!(refusal(&aes(), &Context::of("stream"), &sealed), Some(Error::NotAuthentic));
    assert_eq!(refusal(&aes(), &Context::of(""), &sealed), Some(Error::Context));
    let error = aes().seal_writer(&Context::of(""), Vec::new()).unwrap_err();
    assert_eq!(source(&error), Some(Error::Context));
}

/// Says that it has read more than it was given room for.
struct Liar<R>(R);

impl<R: Read> Read for Liar<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.0.read(out).map(|n| if out.len() > START { n + 100_000 } else { n })
    }
}

#[test]
fn a_reader_that_lies_about_its_length_gives_an_error_and_no_panic() {
    for len in LENGTHS {
        let sealed = sealed(len);
        let mut reader = aes().open_reader(&context(), Liar(sealed.as_slice())).unwrap();
        let mut all = Vec::new();
        reader.read_to_end(&mut all).unwrap_err();
        assert!(plaintext(len).starts_with(&all), "{len}");
    }
}
