// SPDX-License-Identifier: MIT OR Apache-2.0
//! Writing: the length that was announced is the length that is written, and without `finish` nothing opens.

use crate::{
    BOTH, CHUNK, KINDS, Kind, PADDED, PLAIN, SIGNED, flaky::Flaky, now, payload, refused_either_way, source,
};
use chancery::Error;
use std::io::{ErrorKind, Write};

#[test]
fn a_padded_stream_must_know_its_length() {
    for kind in [PADDED, BOTH] {
        let error = kind.sealer().seal_writer(Vec::new(), now()).unwrap_err();
        assert_eq!(source(&error), Some(Error::Length), "{kind:?}");
    }
    for kind in [PLAIN, SIGNED] {
        kind.sealer().seal_writer(Vec::new(), now()).unwrap().finish().unwrap();
    }
}

#[test]
fn more_or_less_than_was_announced_is_an_error_and_opens_nowhere() {
    for kind in KINDS {
        for len in [0, 1, 100, CHUNK - kind.head(), 40_000] {
            let message = payload(len + 1);
            let mut out = Vec::new();
            let mut writer = kind.sealer().seal_writer_sized(&mut out, len as u64, now()).unwrap();
            // More, at once: nothing of it is taken.
            assert_eq!(source(&writer.write(&message).unwrap_err()), Some(Error::Length), "{kind:?} {len}");
            writer.write_all(&message[..len]).unwrap();
            for _ in 0..2 {
                assert_eq!(source(&writer.write(&[9]).unwrap_err()), Some(Error::Length), "{kind:?} {len}");
            }
            // What was announced is there: it can still be finished.
            writer.finish().unwrap();
            let opened = kind.opener().open(&out, now()).unwrap().allow_replays();
            assert!(opened.payload() == &message[..len], "{kind:?} {len}");

            for less in [1, len / 2, len].into_iter().filter(|less| (1..=len).contains(less)) {
                let mut out = Vec::new();
                let mut writer = kind.sealer().seal_writer_sized(&mut out, len as u64, now()).unwrap();
                writer.write_all(&message[..len - less]).unwrap();
                let error = writer.finish().unwrap_err();
                assert_eq!(source(&error), Some(Error::Length), "{kind:?} {len} less {less}");
                refused_either_way(kind, &out, &message, &format!("{kind:?} {len} less {less}"));
            }
        }
    }
}

/// 2^38 chunks, of which the last is short; with the padding, and whatever stands around the payload.
#[test]
fn a_length_that_no_message_has_is_refused_before_a_byte_is_written() {
    let most = (1 << 52) - 1;
    for kind in KINDS {
        for len in [1 << 52, 1 << 60, u64::MAX - 100, u64::MAX - 80, u64::MAX, most, most - 7] {
            let mut out = Vec::new();
            let error = kind.sealer().seal_writer_sized(&mut out, len, now()).unwrap_err();
            assert_eq!(source(&error), Some(Error::TooLarge), "{kind:?} {len}");
            assert!(out.is_empty());
        }
        let most = if kind.padded { most - (1 << 47) } else { most - 80 };
        kind.sealer().seal_writer_sized(Vec::new(), most, now()).map(drop).unwrap();
    }
}

/// Tries again until it works, as an event loop does. An error must mean that nothing was taken.
#[test]
fn a_writer_that_would_block_every_second_time_loses_nothing() {
    for kind in KINDS {
        for most in [100, 1000, 20_000] {
            let message = payload(40_000);
            let (inner, trouble) = Flaky::new(Vec::new(), most);
            let mut writer = kind.sealer().seal_writer_sized(inner, 40_000, now()).unwrap();
            trouble.set(Some(ErrorKind::WouldBlock));
            let (mut blocked, mut rest) = (0, message.as_slice());
            while !rest.is_empty() {
                match writer.write(rest) {
                    Ok(n) => rest = &rest[n..],
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::WouldBlock);
                        blocked += 1;
                    }
                }
            }
            assert!(blocked >= 2, "{most}: blocked {blocked} times");
            // `finish` takes the writer, so it has one try; interruptions do not count.
            trouble.set(Some(ErrorKind::Interrupted));
            let sealed = writer.finish().unwrap().into_inner();
            let opened = kind.opener().open(&sealed, now()).unwrap().allow_replays();
            assert!(opened.payload() == message, "{kind:?} {most}");
        }
    }
}

/// Every place that an inner writer can be full at, while the end is written: what is there does not open.
#[test]
fn without_finish_or_with_one_that_failed_the_stream_does_not_open() {
    for kind in KINDS {
        for len in [0, 1, CHUNK - kind.head(), 40_000] {
            let message = payload(len);
            for flush in [false, true] {
                let mut out = Vec::new();
                let mut writer = kind.sealer().seal_writer_sized(&mut out, len as u64, now()).unwrap();
                writer.write_all(&message).unwrap();
                if flush {
                    writer.flush().unwrap();
                }
                drop(writer);
                refused_either_way(kind, &out, &message, &format!("{kind:?} {len} dropped"));
            }
            let whole = kind.streamed(&message, &[10_000]).len();
            for short in [1, 16, 17, 88].into_iter().filter(|short| *short <= whole - kind.start()) {
                let mut room = vec![0; whole - short];
                let mut writer =
                    kind.sealer().seal_writer_sized(room.as_mut_slice(), len as u64, now()).unwrap();
                writer.write_all(&message).unwrap();
                assert_eq!(writer.finish().unwrap_err().kind(), ErrorKind::WriteZero);
                refused_either_way(kind, &room, &message, &format!("{kind:?} {len} but {short}"));
            }
        }
    }
}

#[test]
fn a_writer_without_room_for_the_start_makes_no_stream() {
    let kind = Kind { recipients: 3, ..SIGNED };
    for room in [0, 1, kind.start() - 1] {
        let error = kind.sealer().seal_writer(vec![0; room].as_mut_slice(), now()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WriteZero, "{room}");
    }
}
