// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every stream that was cut, extended, reordered or changed is an error, and never an end.

use crate::{
    BODY_START, CHUNK, KINDS, Kind, Lcg, SEALED_CHUNK, SIGNED, now, payload, refused_either_way, source,
};
use chancery::Error;
use std::io::{ErrorKind, Read};

const LENGTHS: [usize; 4] = [0, 1, CHUNK, 40_000];

#[test]
fn a_stream_that_is_cut_anywhere_never_reports_an_end() {
    for kind in KINDS {
        let mut random = Lcg(1);
        for len in LENGTHS {
            let (sealed, message) = (kind.sealed(len), payload(len));
            let chunks = (kind.start()..=sealed.len()).step_by(SEALED_CHUNK).chain([sealed.len()]);
            let mut cuts: Vec<_> = (kind.start() - BODY_START - 20..kind.start() + 2).collect();
            for at in chunks {
                cuts.extend(
                    [89, 88, 73, 72, 71, 17, 16, 15, 2, 1, 0].map(|before| at.saturating_sub(before)),
                );
                cuts.extend([at + 1, at + 8, at + 15, at + 16, at + 17]);
            }
            cuts.extend((0..40).map(|_| random.below(sealed.len())));
            for cut in cuts.into_iter().filter(|cut| *cut < sealed.len()) {
                let error = refused_either_way(
                    kind,
                    &sealed[..cut],
                    &message,
                    &format!("{kind:?} {len} cut at {cut}"),
                );
                let header = kind.start() - BODY_START;
                let expected = if cut < header { Error::Malformed } else { Error::NotAuthentic };
                assert_eq!(error, expected, "{kind:?} {len} cut at {cut}");
            }
        }
    }
}

/// Short ones, everywhere.
#[test]
fn pitfall_07_a_stream_cut_at_any_byte_is_an_error() {
    for kind in KINDS {
        for len in [0, 90] {
            let (sealed, message) = (kind.sealed(len), payload(len));
            for cut in 0..sealed.len() {
                refused_either_way(kind, &sealed[..cut], &message, &format!("{kind:?} {len} cut at {cut}"));
            }
        }
    }
}

#[test]
fn a_stream_that_is_longer_never_reports_an_end() {
    for kind in KINDS {
        for len in LENGTHS {
            let (sealed, message) = (kind.sealed(len), payload(len));
            for more in [1, 15, 16, 17, 72, 88, SEALED_CHUNK - 1, SEALED_CHUNK, SEALED_CHUNK + 1] {
                let mut longer = sealed.clone();
                longer.resize(sealed.len() + more, 0);
                refused_either_way(kind, &longer, &message, &format!("{kind:?} {len} and {more} bytes"));
            }
            for again in [&sealed[kind.start()..], &sealed] {
                let twice = [sealed.as_slice(), again].concat();
                refused_either_way(kind, &twice, &message, &format!("{kind:?} {len} twice"));
            }
        }
    }
}

#[test]
fn rustsec_2026_0239_chunks_that_are_missing_moved_or_doubled_are_refused() {
    for kind in KINDS {
        let (sealed, message) = (kind.sealed(60_000), payload(60_000));
        let (start, chunks) = sealed.split_at(kind.start());
        let chunks: Vec<&[u8]> = chunks.chunks(SEALED_CHUNK).collect();
        let refused = |chunks: &[&[u8]], what: &str| {
            let bytes = [start, &chunks.concat()].concat();
            refused_either_way(kind, &bytes, &message, &format!("{kind:?} {what}"));
        };
        assert_eq!(chunks.len(), 4);
        for i in 0..4 {
            let mut other = chunks.clone();
            other.remove(i);
            refused(&other, &format!("without {i}"));
            for j in 0..4 {
                let mut other = chunks.clone();
                other.insert(j, chunks[i]);
                refused(&other, &format!("{i} again before {j}"));
                if i != j {
                    let mut other = chunks.clone();
                    other.swap(i, j);
                    refused(&other, &format!("{i} for {j}"));
                    other = chunks.clone();
                    other[i] = chunks[j];
                    refused(&other, &format!("{j} in place of {i}"));
                }
            }
        }
        // Of another envelope, which is otherwise the same.
        let other = kind.sealed(60_000);
        for (i, chunk) in other[kind.start()..].chunks(SEALED_CHUNK).enumerate() {
            let mut mixed = chunks.clone();
            mixed[i] = chunk;
            refused(&mixed, &format!("{i} of another"));
        }
        let mixed = [&other[..kind.start()], &sealed[kind.start()..]].concat();
        refused_either_way(kind, &mixed, &message, "the start of another");
    }
}

#[test]
fn a_changed_bit_is_refused_wherever_it_is() {
    for kind in [KINDS.as_slice(), &[Kind { recipients: 3, chacha: true, ..SIGNED }]].concat() {
        let mut random = Lcg(3);
        let len = 2 * CHUNK - 50; // the trailer lies in two chunks
        let (sealed, message) = (kind.sealed(len), payload(len));
        let mut places: Vec<_> = (0..kind.start() + 20).chain(sealed.len() - 200..sealed.len()).collect();
        places.extend((0..100).map(|_| random.below(sealed.len())));
        for at in places {
            let mut other = sealed.clone();
            other[at] ^= 1 << random.below(8);
            refused_either_way(kind, &other, &message, &format!("{kind:?}, byte {at}"));
        }
    }
}

/// Gives its parts, with an end or an error after each.
struct Parts<'a> {
    parts: Vec<&'a [u8]>,
    between: Option<ErrorKind>,
}

impl Read for Parts<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        match self.parts.first_mut() {
            Some(part) if !part.is_empty() => return part.read(out),
            Some(_) => drop(self.parts.remove(0)),
            None => {}
        }
        self.between.map_or(Ok(0), |kind| Err(kind.into()))
    }
}

#[test]
fn an_input_that_ended_too_early_does_not_go_on() {
    for kind in KINDS {
        let sealed = kind.sealed(40_000);
        for cut in [kind.start(), kind.start() + SEALED_CHUNK, sealed.len() - 100, sealed.len() - 1] {
            let (head, tail) = sealed.split_at(cut);
            let inner = Parts { parts: vec![head, tail], between: None };
            let reader = kind.opener().open_reader(inner, now());
            let error = crate::refused(reader, &payload(40_000), &format!("{kind:?} {cut}"));
            assert_eq!(error, Error::NotAuthentic);
        }
    }
}

#[test]
fn an_error_of_the_inner_reader_is_neither_an_end_nor_a_forgery() {
    for kind in KINDS {
        let sealed = kind.sealed(40_000);
        for cut in [kind.start(), kind.start() + 5, kind.start() + SEALED_CHUNK, sealed.len()] {
            let (head, tail) = sealed.split_at(cut);
            let inner = Parts { parts: vec![head, tail, b""], between: Some(ErrorKind::TimedOut) };
            let mut reader = kind.opener().open_reader(inner, now()).unwrap();
            let mut all = Vec::new();
            // Once in the middle, and once where the end would be: that is none.
            for _ in 0..2 {
                assert_eq!(reader.read_to_end(&mut all).unwrap_err().kind(), ErrorKind::TimedOut, "{kind:?}");
            }
            assert!(payload(40_000).starts_with(&all) && all.len() >= 32_000, "{kind:?} {cut}");
            let error = reader.finish().unwrap_err();
            assert_eq!((error.kind(), source(&error)), (ErrorKind::TimedOut, None), "{kind:?} {cut}");
        }
    }
}

/// A header that is slow or fails is passed on, one that ends is malformed.
#[test]
fn a_start_that_is_cut_or_slow_makes_no_reader() {
    let kind = Kind { recipients: 3, ..SIGNED };
    let sealed = kind.sealed(10);
    for cut in 0..kind.start() {
        let error = kind.opener().open_reader(&sealed[..cut], now()).unwrap_err();
        let header = kind.start() - BODY_START;
        let expected = if cut < header { Error::Malformed } else { Error::NotAuthentic };
        assert_eq!((error.kind(), source(&error)), (ErrorKind::InvalidData, Some(expected)), "{cut}");
        let inner = Parts { parts: vec![&sealed[..cut]], between: Some(ErrorKind::WouldBlock) };
        let error = kind.opener().open_reader(inner, now()).map(|_| ()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WouldBlock, "{cut}");
    }
}
