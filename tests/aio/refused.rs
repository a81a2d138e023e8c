// SPDX-License-Identifier: MIT OR Apache-2.0
//! What was cut, changed or forged is an error and never an end; an error of the I/O below is passed on.

use crate::{
    CHUNK, ENVELOPE_START, KINDS, Kind, SEALED_CHUNK, SEALED_START, context, keys, now, payload, source,
    stubborn::{Stubborn, Trouble},
};
use chancery::{Error, UnixTime, envelope::Opener, signing::SigningKey};
use std::{io::ErrorKind, time::Duration};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The first error, after which there is never anything else.
async fn refusal(kind: Kind, bytes: &[u8], what: &str) -> Error {
    let inner = Stubborn::new(bytes, 9000);
    let mut reader = match kind.opener().open_async_reader(inner, now()).await {
        Ok(reader) => reader,
        Err(error) => return source(&error).expect(what),
    };
    let mut all = Vec::new();
    let error = source(&reader.read_to_end(&mut all).await.expect_err(what)).expect(what);
    assert!(payload(40_000).starts_with(&all), "{what}");
    for _ in 0..2 {
        assert_eq!(source(&reader.read(&mut [0; 9]).await.expect_err(what)), Some(error), "{what}");
    }
    assert_eq!(source(&reader.finish().await.expect_err(what)), Some(error), "{what}");
    let reader = kind.opener().open_async_reader(bytes, now()).await.expect(what);
    assert_eq!(source(&reader.finish().await.expect_err(what)), Some(error), "{what}");
    error
}

#[tokio::test]
async fn pitfall_07_an_input_that_ends_before_the_last_chunk_is_an_error() {
    for kind in KINDS {
        for len in [0, 100, CHUNK, 40_000] {
            let sealed = kind.sealed(len);
            let mut cuts: Vec<_> = (0..ENVELOPE_START).step_by(8).collect();
            for chunk in 0..4 {
                let at = ENVELOPE_START + chunk * SEALED_CHUNK;
                cuts.extend([at - 1, at, at + 1, at + 15, at + 16, at + 17, at + 100]);
            }
            cuts.extend([1, 16, 17, 88, 89].map(|less| sealed.len() - less));
            for cut in cuts.into_iter().filter(|cut| *cut < sealed.len()) {
                let error = refusal(kind, &sealed[..cut], &format!("{kind:?} {len} cut at {cut}")).await;
                let expected = if cut < 97 { Error::Malformed } else { Error::NotAuthentic };
                assert_eq!(error, expected, "{kind:?} {len} cut at {cut}");
            }
        }
    }
}

#[tokio::test]
async fn what_was_changed_or_extended_is_an_error() {
    for kind in KINDS {
        let sealed = kind.sealed(40_000);
        let places = (ENVELOPE_START - 60..sealed.len()).step_by(1999).chain(sealed.len() - 20..sealed.len());
        for at in places {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(refusal(kind, &changed, &format!("{kind:?} {at}")).await, Error::NotAuthentic);
        }
        for more in [1, 16, SEALED_CHUNK] {
            let mut longer = sealed.clone();
            longer.resize(sealed.len() + more, 0);
            assert_eq!(refusal(kind, &longer, &format!("{kind:?} {more}")).await, Error::NotAuthentic);
        }
    }
}

#[tokio::test]
async fn a_sealed_message_that_was_cut_is_an_error() {
    let sealed = keys().seal(&context(), &payload(40_000)).unwrap();
    for cut in (0..SEALED_START).chain([SEALED_START, SEALED_START + SEALED_CHUNK, sealed.len() - 1]) {
        let inner = Stubborn::new(&sealed[..cut], 9000);
        match keys().open_async_reader(&context(), inner).await {
            Ok(mut reader) => {
                for _ in 0..3 {
                    let error = reader.read_to_end(&mut Vec::new()).await.unwrap_err();
                    assert_eq!(source(&error), Some(Error::NotAuthentic), "{cut}");
                }
            }
            Err(error) => {
                assert!(cut < SEALED_START);
                assert_eq!(source(&error), Some(Error::Malformed), "{cut}");
            }
        }
    }
}

#[tokio::test]
async fn another_sender_another_kind_and_another_time_are_refused() {
    let [plain, signed, ..] = KINDS;
    let error = |error: std::io::Error| source(&error);
    let sealed = signed.sealed(40_000);
    let policy = plain.opener().open_async_reader(sealed.as_slice(), now()).await.map(|_| ());
    assert_eq!(policy.map_err(error), Err(Some(Error::Policy)));
    let other = SigningKey::generate().unwrap().verifying_key();
    let opener = Opener::from_senders(Kind::identity(), &context(), other).unwrap();
    let mut reader = opener.open_async_reader(sealed.as_slice(), now()).await.unwrap();
    let read = reader.read_to_end(&mut Vec::new()).await.map(|_| ());
    assert_eq!(read.map_err(error), Err(Some(Error::NotAuthentic)));

    let late = UnixTime::from_secs(now().as_secs() + 301);
    let opener = signed.opener().max_age(Duration::from_secs(300));
    let mut reader = opener.open_async_reader(sealed.as_slice(), late).await.unwrap();
    for _ in 0..3 {
        let read = reader.read(&mut [0; 9]).await.map(|_| ());
        assert_eq!(read.map_err(error), Err(Some(Error::Expired)));
    }
}

/// Also one that says `WouldBlock`, which a blocking stream below would mean as something else.
#[tokio::test]
async fn an_error_of_the_inner_io_is_passed_on_and_can_be_tried_again() {
    for kind in KINDS {
        for failure in [ErrorKind::ConnectionReset, ErrorKind::WouldBlock, ErrorKind::UnexpectedEof] {
            let message = payload(40_000);
            let inner = Stubborn::new(Vec::new(), 9000);
            let trouble = Trouble::clone(&inner.trouble);
            let mut writer = kind.sealer().seal_async_writer_sized(inner, 40_000, now()).unwrap();
            let mut taken = 0;
            for (n, piece) in message.chunks(5000).enumerate() {
                if n % 3 == 1 {
                    trouble.set(Some(failure));
                    assert_eq!(writer.flush().await.unwrap_err().kind(), failure);
                    assert_eq!(writer.flush().await.unwrap_err().kind(), failure);
                }
                trouble.set(None);
                writer.write_all(piece).await.unwrap();
                taken += piece.len();
            }
            assert_eq!(taken, 40_000);
            trouble.set(Some(failure));
            for _ in 0..2 {
                assert_eq!(writer.shutdown().await.unwrap_err().kind(), failure);
            }
            trouble.set(None);
            writer.shutdown().await.unwrap();
            let inner = writer.finish().await.unwrap();
            assert_eq!(inner.shut_down, 1);

            let sealed = inner.inner;
            let inner = Stubborn::new(sealed.as_slice(), 9000);
            let trouble = Trouble::clone(&inner.trouble);
            trouble.set(Some(failure));
            let error = kind.opener().open_async_reader(inner, now()).await.unwrap_err();
            assert_eq!(error.kind(), failure, "an error in the header");

            let inner = Stubborn::new(sealed.as_slice(), 9000);
            let trouble = Trouble::clone(&inner.trouble);
            let mut reader = kind.opener().open_async_reader(inner, now()).await.unwrap();
            let (mut all, mut buffer, mut errors) = (Vec::new(), [0; 5000], 0);
            loop {
                trouble.set(Some(failure));
                if let Err(error) = reader.read(&mut buffer[..1]).await.map(|n| all.extend(&buffer[..n])) {
                    assert_eq!((error.kind(), source(&error)), (failure, None));
                    errors += 1;
                }
                trouble.set(None);
                match reader.read(&mut buffer).await.unwrap() {
                    0 => break,
                    n => all.extend_from_slice(&buffer[..n]),
                }
            }
            assert!(all == message && errors >= 3, "{kind:?} {failure:?}: {errors}");
            reader.finish().await.unwrap().allow_replays();
        }
    }
}

#[tokio::test]
async fn a_writer_that_takes_nothing_is_an_error_and_not_a_loop() {
    let mut room = [0; 1000];
    let mut writer = keys().seal_async_writer(&context(), std::io::Cursor::new(&mut room[..])).unwrap();
    writer.write_all(&[1; CHUNK]).await.unwrap();
    for _ in 0..2 {
        assert_eq!(writer.flush().await.unwrap_err().kind(), ErrorKind::WriteZero);
    }
    assert_eq!(writer.finish().await.unwrap_err().kind(), ErrorKind::WriteZero);
}

#[tokio::test]
async fn without_finish_or_shutdown_the_stream_does_not_open() {
    for kind in KINDS {
        for len in [0, 100, 40_000] {
            let mut out = Vec::new();
            let mut writer = kind.sealer().seal_async_writer_sized(&mut out, len, now()).unwrap();
            writer.write_all(&payload(usize::try_from(len).unwrap())).await.unwrap();
            writer.flush().await.unwrap();
            drop(writer);
            assert_eq!(refusal(kind, &out, &format!("{kind:?} {len}")).await, Error::NotAuthentic);
        }
    }
}
