// SPDX-License-Identifier: MIT OR Apache-2.0
//! On all cores: the same streams, at the edges of a batch of 64 chunks and where slices are spread from.

use crate::{
    CHUNK, KINDS, Kind, Lcg, PADDED, PLAIN, SEALED_CHUNK, SIGNED, context, moves::step, now, payload,
    read_by, refused,
};
use chancery::{Keyring, aead::SealKey, envelope::OpenReader};
use std::io::{Cursor, Read, Seek, SeekFrom, Write};

const BATCH: usize = 64 * CHUNK;

/// Contents that end near the edge of a batch, or of what is spread when it is a slice.
fn contents() -> impl Iterator<Item = usize> {
    let edges = [16 * CHUNK, BATCH, 2 * BATCH];
    edges.into_iter().flat_map(|edge| [edge - 1, edge, edge + 1, edge + CHUNK])
}

/// All of it, with `parallel` after the first `first` bytes.
fn written(kind: Kind, message: &[u8], first: usize) -> Vec<u8> {
    let (len, (before, after)) = (message.len() as u64, message.split_at(first));
    let mut writer = kind.sealer().seal_writer_sized(Vec::new(), len, now()).unwrap();
    writer.write_all(before).unwrap();
    let mut writer = writer.parallel();
    for piece in after.chunks(300_000) {
        writer.write_all(piece).unwrap();
    }
    writer.finish().unwrap()
}

fn read(kind: Kind, bytes: &[u8], first: usize) -> Vec<u8> {
    let mut reader = kind.opener().open_reader(bytes, now()).unwrap();
    let mut all = vec![0; first];
    reader.read_exact(&mut all).unwrap();
    let mut reader = reader.parallel();
    all.extend(read_by(&mut reader, 300_000).unwrap());
    assert_eq!(reader.read(&mut [0; 9]).unwrap(), 0);
    reader.finish().unwrap().allow_replays();
    all
}

#[test]
fn envelopes_are_the_same_on_all_cores() {
    for kind in KINDS {
        for (i, content) in contents().enumerate() {
            let message = payload(content - kind.head() - kind.trailer());
            let first = [0, 1, CHUNK - kind.head(), 20_000, BATCH / 2][i % 5].min(message.len());
            let what = format!("{kind:?} {} after {first}", message.len());
            let sealed = written(kind, &message, first);
            // Slices are spread over cores, a reader on its own is not.
            let opened = kind.opener().open(&sealed, now()).unwrap().allow_replays();
            assert!(opened.payload() == message, "{what}");
            let mut reader = kind.opener().open_reader(sealed.as_slice(), now()).unwrap();
            assert!(read_by(&mut reader, 100_000).unwrap() == message, "{what}");
            assert!(read(kind, &sealed, first) == message, "{what}");
            assert!(read(kind, &kind.sealed(message.len()), first) == message, "{what}");
        }
    }
}

#[test]
fn sealed_messages_are_the_same_on_all_cores() {
    let keys = Keyring::new(SealKey::generate().unwrap());
    for (i, len) in contents().chain([0, 1, 1000]).enumerate() {
        let message = payload(len);
        let first = [0, 1, CHUNK, 20_000][i % 4].min(len);
        let mut writer = keys.seal_writer(&context(), Vec::new()).unwrap();
        writer.write_all(&message[..first]).unwrap();
        let mut writer = writer.parallel();
        writer.write_all(&message[first..]).unwrap();
        let streamed = writer.finish().unwrap();
        let sealed = keys.seal(&context(), &message).unwrap();
        assert_eq!(streamed.len(), sealed.len());
        for bytes in [&streamed, &sealed] {
            assert!(keys.open(&context(), bytes).unwrap() == message, "{len}");
            let mut all = vec![0; first];
            let mut reader = keys.open_reader(&context(), bytes.as_slice()).unwrap();
            reader.read_exact(&mut all).unwrap();
            all.extend(read_by(&mut reader.parallel(), 50_000).unwrap());
            assert!(all == message, "{len}");
        }
    }
}

#[test]
fn seeks_on_all_cores_are_those_of_a_cursor() {
    for (kind, len) in [(PLAIN, BATCH - 8), (PADDED, BATCH + 50_000), (PLAIN, 40_000)] {
        let (sealed, message) = (kind.sealed(len), payload(len));
        let mut reader = kind.opener().open_reader(Cursor::new(sealed.as_slice()), now()).unwrap().parallel();
        let mut model = Cursor::new(message.as_slice());
        let mut random = Lcg(len as u64);
        for n in 0..40 {
            let what = format!("{kind:?} {len}, operation {n}");
            step(&mut reader, &mut model, &mut random, &what);
            assert_eq!(reader.stream_position().unwrap(), model.position(), "{what}");
        }
        reader.rewind().unwrap();
        assert!(read_by(&mut reader, 99_999).unwrap() == message);
        reader.finish().unwrap().allow_replays();
    }
}

#[test]
fn what_was_cut_or_changed_is_refused_on_all_cores() {
    for kind in [PLAIN, SIGNED, PADDED] {
        let len = BATCH + 3 * CHUNK;
        let (sealed, message) = (kind.sealed(len), payload(len));
        let open = |bytes: &[u8], what: &str| {
            let bytes = bytes.to_vec();
            let reader = kind.opener().open_reader(Cursor::new(bytes), now()).map(OpenReader::parallel);
            refused(reader, &message, &format!("{kind:?} {what}"));
        };
        for chunks in [0, 1, 63, 64, 65, 66, 67] {
            let at = kind.start() + chunks * SEALED_CHUNK;
            for cut in [at, at + 15, at + 16, at + 17] {
                open(&sealed[..cut], &format!("cut at {cut}"));
            }
            for bit in [at, at + SEALED_CHUNK - 1] {
                let mut changed = sealed.clone();
                let last = sealed.len() - 1;
                changed[bit.min(last)] ^= 1;
                open(&changed, &format!("byte {bit}"));
            }
            let mut swapped = sealed.clone();
            swapped[kind.start()..].rotate_left(SEALED_CHUNK * (chunks + 1) % (sealed.len() - kind.start()));
            open(&swapped, "rotated");
        }
        let mut longer = sealed.clone();
        longer.push(0);
        open(&longer, "a byte more");
    }
}

#[test]
fn a_seek_into_a_changed_batch_is_no_end_of_the_stream() {
    for kind in [PLAIN, PADDED] {
        let mut sealed = kind.sealed(3 * BATCH);
        sealed[kind.start() + 70 * SEALED_CHUNK] ^= 1;
        let mut reader = kind.opener().open_reader(Cursor::new(sealed), now()).unwrap().parallel();
        reader.read_exact(&mut [0; 9]).unwrap();
        reader.seek(SeekFrom::End(-9)).unwrap();
        reader.seek(SeekFrom::Start(5)).unwrap();
        reader.read_exact(&mut [0; 9]).unwrap();
        assert!(reader.seek(SeekFrom::Start(BATCH as u64)).is_err());
        for _ in 0..3 {
            let read = reader.read(&mut [0; 9]);
            assert!(read.is_err(), "{kind:?}: {read:?}");
            assert!(reader.rewind().is_err());
        }
    }
}
