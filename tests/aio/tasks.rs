// SPDX-License-Identifier: MIT OR Apache-2.0
//! Between tasks: streams move, wake whoever polled last, and pass through pipes of any size.

use crate::{CHUNK, KINDS, context, keys, now, payload};
use chancery::aio;
use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::{Context, Wake, Waker},
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, DuplexStream, ReadBuf, duplex};

#[test]
fn streams_and_their_futures_move_between_threads() {
    fn sends<T: Send + Sync + Unpin>() {}
    fn sends_value<T: Send>(_: &T) {}
    sends::<aio::aead::SealWriter<DuplexStream>>();
    sends::<aio::aead::OpenReader<DuplexStream>>();
    sends::<aio::envelope::SealWriter<DuplexStream>>();
    sends::<aio::envelope::OpenReader<DuplexStream>>();
    let (near, far) = duplex(1);
    let opener = KINDS[0].opener();
    sends_value(&opener.open_async_reader(far, now()));
    let writer = KINDS[0].sealer().seal_async_writer(near, now()).unwrap();
    sends_value(&writer.finish());
}

#[tokio::test]
async fn a_pipe_of_any_size_carries_a_stream() {
    for kind in KINDS {
        for (size, len) in [(1, 2000), (7, 20_000), (1000, 40_000), (100_000, 5 * CHUNK)] {
            let (near, far) = duplex(size);
            let message = payload(len);
            let (sealer, written) = (kind.sealer(), message.clone());
            let write = tokio::spawn(async move {
                let mut writer = sealer.seal_async_writer_sized(near, written.len() as u64, now()).unwrap();
                writer.write_all(&written).await.unwrap();
                writer.shutdown().await.unwrap();
            });
            let mut reader = kind.opener().open_async_reader(far, now()).await.unwrap();
            let mut read = Vec::new();
            reader.read_to_end(&mut read).await.unwrap();
            assert!(read == message, "{kind:?} {len} through {size}");
            reader.finish().await.unwrap().allow_replays();
            write.await.unwrap();
        }
    }
}

/// The other end is dropped in the middle: that is no end of the message.
#[tokio::test]
async fn a_pipe_that_breaks_is_no_end() {
    for kind in KINDS {
        let sealed = kind.sealed(40_000);
        let (mut near, far) = duplex(1000);
        let write = tokio::spawn(async move {
            near.write_all(&sealed[..30_000]).await.unwrap();
        });
        let mut reader = kind.opener().open_async_reader(far, now()).await.unwrap();
        assert!(reader.read_to_end(&mut Vec::new()).await.is_err(), "{kind:?}");
        assert!(reader.finish().await.is_err(), "{kind:?}");
        write.await.unwrap();
    }
}

#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// A stream that was polled by one task and then by another wakes the other.
#[tokio::test]
async fn the_task_that_polled_last_is_woken() {
    let sealed = keys().seal(&context(), &payload(100)).unwrap();
    let (mut near, far) = duplex(1000);
    near.write_all(&sealed[..100]).await.unwrap();
    let mut reader = keys().open_async_reader(&context(), far).await.unwrap();
    let tasks = [(); 2].map(|()| Arc::new(Woken::default()));
    let mut buffer = [0; 200];
    let mut out = ReadBuf::new(&mut buffer);
    let mut poll = |task: &Arc<Woken>| {
        let waker = Waker::from(Arc::clone(task));
        Pin::new(&mut reader).poll_read(&mut Context::from_waker(&waker), &mut out)
    };
    assert!(tasks.iter().all(|task| poll(task).is_pending()));
    near.write_all(&sealed[100..]).await.unwrap();
    assert_eq!(tasks.each_ref().map(|task| task.0.load(SeqCst)), [0, 1]);
    drop(near);
    assert!(poll(&tasks[0]).is_ready());
    assert_eq!(out.filled(), payload(100));
}
