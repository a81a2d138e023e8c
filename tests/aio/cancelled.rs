// SPDX-License-Identifier: MIT OR Apache-2.0
//! Futures that are dropped whenever they are not ready: no byte is lost, none comes twice.

use crate::{KINDS, context, keys, now, payload, stubborn::Stubborn};
use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, duplex},
    select,
    task::yield_now,
};

/// A new future for every poll, until one is ready; how many were dropped is added up.
macro_rules! impatient {
    ($dropped:ident, $future:expr) => {
        loop {
            let polled = pin!($future).poll(&mut Context::from_waker(Waker::noop()));
            if let Poll::Ready(value) = polled {
                break value;
            }
            $dropped += 1;
        }
    };
}

/// Writes, flushes now and then, and shuts down; returns how many futures were dropped.
fn write_impatiently(writer: &mut (impl AsyncWrite + Unpin), message: &[u8]) -> usize {
    let (mut rest, mut dropped) = (message, 0);
    while !rest.is_empty() {
        // Other bytes each time, as a caller may who was not told that any were taken.
        let n = impatient!(dropped, writer.write(&rest[..rest.len().min(1 + 7000 * (dropped % 3))])).unwrap();
        rest = &rest[n..];
        if n % 2 == 0 {
            impatient!(dropped, writer.flush()).unwrap();
        }
    }
    for _ in 0..2 {
        impatient!(dropped, writer.shutdown()).unwrap();
    }
    assert!(impatient!(dropped, writer.write(b"more")).is_err(), "a write after the shutdown");
    dropped
}

fn read_impatiently(reader: &mut (impl AsyncRead + Unpin)) -> (Vec<u8>, usize) {
    let (mut all, mut buffer, mut dropped) = (Vec::new(), [0; 5000], 0);
    loop {
        match impatient!(dropped, reader.read(&mut buffer)).unwrap() {
            0 => return (all, dropped),
            n => all.extend_from_slice(&buffer[..n]),
        }
    }
}

#[test]
fn a_stream_is_whole_whose_every_future_was_dropped() {
    for most in [50, 1000, 20_000] {
        for len in [0, 1, 16_384 - 40, 40_000] {
            let message = payload(len);
            for kind in KINDS {
                let mut inner = Stubborn::new(Vec::new(), most);
                let mut writer =
                    kind.sealer().seal_async_writer_sized(&mut inner, len as u64, now()).unwrap();
                let dropped = write_impatiently(&mut writer, &message);
                drop(writer);
                assert!(inner.shut_down > 0 && dropped > len / most, "{dropped} were dropped");
                let sealed = inner.inner;
                let opened = kind.opener().open(&sealed, now()).unwrap().allow_replays();
                assert!(opened.payload() == message, "{kind:?} {len} {most}");

                let mut reader = ready(kind.opener().open_async_reader(Stubborn::new(&*sealed, most), now()));
                let (read, dropped) = read_impatiently(&mut reader);
                assert!(read == message, "{kind:?} {len} {most}");
                assert!(dropped > len / most, "{dropped} were dropped");
                ready(reader.finish()).allow_replays();
            }
            let mut inner = Stubborn::new(Vec::new(), most);
            let mut writer = keys().seal_async_writer(&context(), &mut inner).unwrap();
            write_impatiently(&mut writer, &message);
            drop(writer);
            assert!(inner.shut_down > 0);
            assert!(keys().open(&context(), &inner.inner).unwrap() == message, "{len} {most}");
            let inner = Stubborn::new(inner.inner.as_slice(), most);
            let context = context();
            let keys = keys();
            let mut reader = ready(keys.open_async_reader(&context, inner));
            assert!(read_impatiently(&mut reader).0 == message, "{len} {most}");
        }
    }
}

/// Polls one future until it is ready.
fn ready<T>(future: impl Future<Output = std::io::Result<T>>) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value.unwrap();
        }
    }
}

/// A reader and a writer at the two ends of a pipe: who is not ready loses the race, and the other goes on.
#[tokio::test]
async fn a_lost_race_loses_nothing() {
    for kind in KINDS {
        let message = payload(30_000);
        let (near, far) = duplex(700);
        let write = async {
            let mut writer = kind.sealer().seal_async_writer_sized(near, 30_000, now()).unwrap();
            let (mut rest, mut lost) = (message.as_slice(), 0);
            while !rest.is_empty() {
                select! {
                    biased;
                    n = writer.write(&rest[..rest.len().min(4000)]) => rest = &rest[n.unwrap()..],
                    () = async {} => lost += 1,
                }
                yield_now().await;
            }
            loop {
                select! {
                    biased;
                    end = writer.shutdown() => break end.unwrap(),
                    () = async {} => lost += 1,
                }
                yield_now().await;
            }
            lost
        };
        let read = async {
            let mut reader = kind.opener().open_async_reader(far, now()).await.unwrap();
            let (mut all, mut buffer, mut lost) = (Vec::new(), [0; 999], 0);
            loop {
                select! {
                    biased;
                    n = reader.read(&mut buffer) => match n.unwrap() {
                        0 => break,
                        n => all.extend_from_slice(&buffer[..n]),
                    },
                    () = async {} => lost += 1,
                }
                yield_now().await;
            }
            reader.finish().await.unwrap().allow_replays();
            (all, lost)
        };
        let (lost_by_writer, (all, lost_by_reader)) = tokio::join!(write, read);
        assert!(all == message, "{kind:?}");
        assert!(lost_by_writer > 20 && lost_by_reader > 20, "{lost_by_writer} and {lost_by_reader}");
    }
}
