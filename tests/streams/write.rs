// SPDX-License-Identifier: MIT OR Apache-2.0
//! Writing: no byte is lost, none is written twice, and without `finish` nothing opens.

use crate::{
    CHUNK, LENGTHS, SEALED_CHUNK, START, aes, context, flaky::Flaky, keys, plaintext, source, streamed,
};
use chancery::{Error, aead::Algorithm};
use std::io::{self, ErrorKind, Read, Write};

#[test]
fn a_stream_is_a_sealed_message_whatever_the_pieces() {
    for algorithm in [Algorithm::Aes256Gcm, Algorithm::ChaCha20Poly1305] {
        let keys = keys(algorithm);
        for len in LENGTHS {
            let message = plaintext(len);
            for piece in [1000, CHUNK - 1, CHUNK, CHUNK + 1, 50_000] {
                let mut writer = keys.seal_writer(&context(), Vec::new()).unwrap();
                for bytes in message.chunks(piece) {
                    writer.write_all(bytes).unwrap();
                }
                let sealed = writer.finish().unwrap();
                assert_eq!(sealed.len(), START + len + 16 * (len / CHUNK + 1), "{len} by {piece}");
                assert_eq!(keys.open(&context(), &sealed).unwrap(), message, "{len} by {piece}");
            }
        }
    }
}

#[test]
fn short_writes_and_interruptions_lose_nothing() {
    for most in [1, 3, 1000, 20_000] {
        let message = plaintext(if most == 1 { 300 } else { 40_000 });
        let (inner, trouble) = Flaky::new(Vec::new(), most);
        trouble.set(Some(ErrorKind::Interrupted));
        let mut writer = aes().seal_writer(&context(), inner).unwrap();
        writer.write_all(&message).unwrap();
        let sealed = writer.finish().unwrap().into_inner();
        assert_eq!(aes().open(&context(), &sealed).unwrap(), message, "{most}");
    }
}

/// Tries again until it works, as an event loop does. An error must mean that nothing was taken.
fn patiently<T>(blocked: &mut usize, mut call: impl FnMut() -> io::Result<T>) -> T {
    loop {
        match call() {
            Ok(value) => return value,
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
        }
        *blocked += 1;
    }
}

#[test]
fn a_writer_that_would_block_every_second_time_loses_nothing() {
    for most in [100, 1000, 20_000] {
        let message = plaintext(40_000);
        let (inner, trouble) = Flaky::new(Vec::new(), most);
        let mut writer = aes().seal_writer(&context(), inner).unwrap();
        trouble.set(Some(ErrorKind::WouldBlock));
        let (mut blocked, mut rest) = (0, message.as_slice());
        while !rest.is_empty() {
            let n = patiently(&mut blocked, || writer.write(rest));
            rest = &rest[n..];
        }
        patiently(&mut blocked, || writer.flush());
        assert!(blocked >= 2, "{most}: blocked {blocked} times");
        // `finish` takes the writer, so it has one try.
        trouble.set(None);
        let sealed = writer.finish().unwrap().into_inner();
        assert_eq!(aes().open(&context(), &sealed).unwrap(), message, "{most}");
    }
}

#[test]
fn flush_writes_every_full_chunk_and_the_stream_still_opens() {
    let message = plaintext(40_000);
    let mut writer = aes().seal_writer(&context(), Vec::new()).unwrap();
    for (n, bytes) in message.chunks(10_000).enumerate() {
        writer.write_all(bytes).unwrap();
        writer.flush().unwrap();
        writer.flush().unwrap();
        assert_eq!(writer.write(&[]).unwrap(), 0, "{n}");
    }
    assert_eq!(aes().open(&context(), &writer.finish().unwrap()).unwrap(), message);

    // What a flush has moved is seen in a writer that is lent.
    let mut out = Vec::new();
    let mut writer = aes().seal_writer(&context(), &mut out).unwrap();
    writer.write_all(&message).unwrap();
    writer.flush().unwrap();
    drop(writer);
    assert_eq!(out.len(), START + 2 * SEALED_CHUNK);
}

/// Takes `room` bytes, then nothing or an error, for good.
#[derive(Debug)]
struct Full {
    taken: Vec<u8>,
    room: usize,
    then: Option<ErrorKind>,
}

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = bytes.len().min(self.room - self.taken.len());
        match self.then {
            Some(kind) if n == 0 => Err(kind.into()),
            _ => {
                self.taken.extend_from_slice(&bytes[..n]);
                Ok(n)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_writer_that_fails_for_good_stops_the_stream_in_the_memory_of_one_chunk() {
    for (then, expected) in [
        (None, ErrorKind::WriteZero),
        (Some(ErrorKind::BrokenPipe), ErrorKind::BrokenPipe),
        (Some(ErrorKind::StorageFull), ErrorKind::StorageFull),
    ] {
        for room in
            [START, START + 1, START + SEALED_CHUNK - 1, START + SEALED_CHUNK, START + SEALED_CHUNK + 9]
        {
            let inner = Full { taken: Vec::new(), room, then };
            let mut writer = aes().seal_writer(&context(), inner).unwrap();
            let mut taken = 0;
            let error = loop {
                match writer.write(&[1; 5000]) {
                    Ok(n) => taken += n,
                    Err(error) => break error,
                }
                assert!(taken < 100_000, "everything was taken and went nowhere");
            };
            assert_eq!(error.kind(), expected);
            assert_eq!(taken, CHUNK * ((room - START) / SEALED_CHUNK + 1), "{room}");
            for _ in 0..3 {
                assert_eq!(writer.write(b"more").unwrap_err().kind(), expected);
                assert_eq!(writer.flush().unwrap_err().kind(), expected);
            }
            assert_eq!(writer.finish().unwrap_err().kind(), expected);
        }
    }
}

#[test]
fn a_writer_without_room_for_the_start_makes_no_stream() {
    for room in 0..START {
        let inner = Full { taken: Vec::new(), room, then: Some(ErrorKind::BrokenPipe) };
        let error = aes().seal_writer(&context(), inner).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe, "{room}");
    }
}

#[test]
fn without_finish_or_with_one_that_failed_the_stream_does_not_open() {
    let refused = |sealed: &[u8], what: &str| {
        assert_eq!(aes().open(&context(), sealed), Err(Error::NotAuthentic), "{what}");
        let mut reader = aes().open_reader(&context(), sealed).unwrap();
        let error = reader.read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(source(&error), Some(Error::NotAuthentic), "{what}");
    };
    for len in LENGTHS {
        let message = plaintext(len);
        let mut out = Vec::new();
        let mut writer = aes().seal_writer(&context(), &mut out).unwrap();
        writer.write_all(&message).unwrap();
        drop(writer);
        refused(&out, &format!("{len} dropped"));

        let mut out = Vec::new();
        let mut writer = aes().seal_writer(&context(), &mut out).unwrap();
        writer.write_all(&message).unwrap();
        writer.flush().unwrap();
        drop(writer);
        refused(&out, &format!("{len} flushed and dropped"));

        let whole = streamed(&aes(), &message).len();
        let mut room = vec![0; whole - 1];
        let mut writer = aes().seal_writer(&context(), room.as_mut_slice()).unwrap();
        writer.write_all(&message).unwrap();
        assert_eq!(writer.finish().unwrap_err().kind(), ErrorKind::WriteZero);
        refused(&room, &format!("{len} without room for the last byte"));
    }
}
