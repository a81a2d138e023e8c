// SPDX-License-Identifier: MIT OR Apache-2.0
//! What one kind of stream writes the other reads, over I/O that is never ready at once.

use crate::{
    CHUNK, KINDS, Kind, LENGTHS, SEALED_CHUNK, SEALED_START, context, keys, now, payload, signing_key,
    source, stubborn::Stubborn,
};
use chancery::{Error, Key};
use std::io::Read;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};

/// Reads with buffers of `size` until the end, which stays the end.
async fn read_by(reader: &mut (impl AsyncRead + Unpin), size: usize) -> Vec<u8> {
    let (mut all, mut buffer) = (Vec::new(), vec![0; size]);
    assert_eq!(reader.read(&mut []).await.unwrap(), 0);
    while let n @ 1.. = reader.read(&mut buffer).await.unwrap() {
        all.extend_from_slice(&buffer[..n]);
    }
    for _ in 0..2 {
        assert_eq!(reader.read(&mut buffer).await.unwrap(), 0);
    }
    all
}

async fn envelope(kind: Kind, message: &[u8], most: usize) -> Vec<u8> {
    let inner = Stubborn::new(Vec::new(), most);
    let len = message.len() as u64;
    let mut writer = if kind.padded {
        kind.sealer().seal_async_writer_sized(inner, len, now()).unwrap()
    } else {
        kind.sealer().seal_async_writer(inner, now()).unwrap()
    };
    for piece in message.chunks(9000) {
        writer.write_all(piece).await.unwrap();
    }
    writer.finish().await.unwrap().inner
}

#[tokio::test]
async fn envelopes_are_those_of_a_blocking_stream() {
    for kind in KINDS {
        for (i, len) in LENGTHS.into_iter().enumerate() {
            let (message, most) = (payload(len), [100, 1000, 20_000][i % 3]);
            let sealed = envelope(kind, &message, most).await;
            assert_eq!(sealed.len(), kind.sealed(len).len(), "{kind:?} {len}");
            for bytes in [&sealed, &kind.sealed(len)] {
                let mut blocking = Vec::new();
                let mut reader = kind.opener().open_reader(bytes.as_slice(), now()).unwrap();
                reader.read_to_end(&mut blocking).unwrap();
                let expected = reader.finish().unwrap().allow_replays();

                let inner = Stubborn::new(bytes.as_slice(), most);
                let mut reader = kind.opener().open_async_reader(inner, now()).await.unwrap();
                let read = read_by(&mut reader, [7, 5000, 50_000][i % 3]).await;
                assert!(read == message && blocking == message, "{kind:?} {len}");
                let origin = reader.finish().await.unwrap().allow_replays();
                assert!(*origin == *expected, "{kind:?} {len}");
                assert_eq!(origin.sender(), kind.signed.then(|| signing_key().verifying_key().id()));
            }
        }
    }
}

#[tokio::test]
async fn sealed_messages_are_those_of_a_blocking_stream() {
    for (i, len) in LENGTHS.into_iter().enumerate() {
        let (message, most) = (payload(len), [100, 1000, 20_000][i % 3]);
        let mut writer = keys().seal_async_writer(&context(), Stubborn::new(Vec::new(), most)).unwrap();
        for piece in message.chunks(9000) {
            writer.write_all(piece).await.unwrap();
        }
        let sealed = writer.finish().await.unwrap().inner;
        assert!(keys().open(&context(), &sealed).unwrap() == message, "{len}");
        for bytes in [&sealed, &keys().seal(&context(), &message).unwrap()] {
            let inner = Stubborn::new(bytes.as_slice(), most);
            let mut reader = keys().open_async_reader(&context(), inner).await.unwrap();
            assert!(read_by(&mut reader, [7, 5000, 50_000][i % 3]).await == message, "{len}");
        }
    }
}

#[tokio::test]
async fn finish_reads_what_is_left() {
    for kind in KINDS {
        let sealed = kind.sealed(40_000);
        for read in [0, 1, CHUNK, 40_000] {
            let inner = Stubborn::new(sealed.as_slice(), 3000);
            let mut reader = kind.opener().open_async_reader(inner, now()).await.unwrap();
            reader.read_exact(&mut vec![0; read]).await.unwrap();
            assert_eq!(reader.finish().await.unwrap().allow_replays().created(), now());
        }
    }
}

/// What a flush has moved is seen in a writer that is lent.
#[tokio::test]
async fn a_flush_writes_the_start_and_every_full_chunk() {
    let pieces = [0, CHUNK - 1, 1, CHUNK + 5];
    for (i, chunks) in [0, 0, 1, 2].into_iter().enumerate() {
        let mut inner = Vec::new();
        let mut writer = keys().seal_async_writer(&context(), &mut inner).unwrap();
        for piece in &pieces[..=i] {
            writer.write_all(&payload(*piece)).await.unwrap();
        }
        writer.flush().await.unwrap();
        writer.flush().await.unwrap();
        drop(writer);
        assert_eq!(inner.len(), SEALED_START + chunks * SEALED_CHUNK);
    }
}

#[tokio::test]
async fn a_padded_stream_must_know_its_length_and_keep_to_it() {
    for kind in KINDS {
        if kind.padded {
            let refused = kind.sealer().seal_async_writer(Vec::new(), now());
            assert_eq!(refused.map(|_| ()).unwrap_err(), Error::Length);
        }
        let mut writer = kind.sealer().seal_async_writer_sized(Vec::new(), 10, now()).unwrap();
        assert_eq!(source(&writer.write(&[0; 11]).await.unwrap_err()), Some(Error::Length));
        writer.write_all(&[1; 9]).await.unwrap();
        for _ in 0..2 {
            assert_eq!(source(&writer.shutdown().await.unwrap_err()), Some(Error::Length));
        }
        // Too early is not for good.
        writer.write_all(&[1]).await.unwrap();
        let sealed = writer.finish().await.unwrap();
        assert_eq!(kind.opener().open(&sealed, now()).unwrap().allow_replays().payload(), [1; 10]);
    }
}
