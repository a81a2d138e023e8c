// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is encrypted correctly and wrong inside: padding, lengths, signatures. `open` and a stream refuse it alike.

use crate::{
    BOTH, CHUNK, CREATED, KINDS, Kind, PADDED, PLAIN, SIGNED, TRAILER,
    forging::{Signed, body, forge, padded_len, read_all},
    now, payload, refused_either_way, signing_key, source,
};
use chancery::{Error, Key};
use std::io::{Cursor, Read, Seek, SeekFrom};

const LENGTHS: [usize; 6] = [0, 1, 168, 300, CHUNK - 8 - 40, 40_000];

/// What follows the head is all that may be handed out.
fn refuse(kind: Kind, bytes: &[u8], content: &[u8], what: &str) {
    assert_eq!(kind.opener().open(bytes, now()).map(|_| ()), Err(Error::NotAuthentic), "{what}");
    let may = content.get(kind.head()..content.len().saturating_sub(kind.trailer())).unwrap_or_default();
    assert_eq!(refused_either_way(kind, bytes, may, what), Error::NotAuthentic, "{what}");
}

/// With a right signature over what the content claims to be the payload.
fn refuse_content(kind: Kind, content: &[u8], claimed: &[u8], what: &str) {
    let mut content = content.to_vec();
    let forged = forge(kind, |signed| {
        if kind.signed {
            content.extend(signed(claimed).trailer());
        }
        content.clone()
    });
    refuse(kind, &forged, &content, &format!("{kind:?} {what}"));
}

#[test]
fn a_signature_of_something_else_is_refused() {
    type Break = fn(&mut Signed);
    let breaks: [(&str, Break); 9] = [
        ("another sender", |s| s.signer = 8),
        ("another sender's name", |s| s.named = Some(*signing_key(8).verifying_key().id().as_bytes())),
        ("nobody's name", |s| s.named = Some([0; 8])),
        ("another sender under this name", |s| {
            s.signer = 8;
            s.named = Some(*signing_key(7).verifying_key().id().as_bytes());
        }),
        ("another time", |s| s.created += 1),
        ("a longer payload", |s| s.len += 1),
        ("another payload", |s| *s.payload.last_mut().unwrap() ^= 1),
        ("the length of another payload", |s| s.payload.truncate(s.payload.len() - 1)),
        ("a payload with more", |s| s.payload.push(0)),
    ];
    for kind in [SIGNED, BOTH] {
        for len in [1, 168, CHUNK - 8 - 40, 40_000] {
            for (what, broken) in breaks {
                let mut content = body(kind, len);
                let forged = forge(kind, |signed| {
                    let mut signed = signed(&payload(len));
                    broken(&mut signed);
                    content.extend(signed.trailer());
                    content.clone()
                });
                refuse(kind, &forged, &content, &format!("{kind:?} {len}: {what}"));
            }
        }
    }
}

#[test]
fn a_trailer_of_another_envelope_is_refused() {
    for kind in [SIGNED, BOTH] {
        for len in LENGTHS {
            // The same payload, sender and time in another envelope: its header is bound.
            let mut moved = Vec::new();
            forge(Kind { padded: !kind.padded, ..kind }, |signed| {
                moved = signed(&payload(len)).trailer();
                Vec::new()
            });
            for trailer in [moved, vec![0; TRAILER], payload(TRAILER)] {
                let content = [body(kind, len), trailer].concat();
                let forged = forge(kind, |_| content.clone());
                refuse(kind, &forged, &content, &format!("{kind:?} {len}"));
            }
        }
    }
}

#[test]
fn every_bit_of_a_trailer_counts_and_where_it_stands_does_too() {
    for len in [0, CHUNK - 8 - 40] {
        for byte in 0..TRAILER {
            let mut content = body(SIGNED, len);
            let forged = forge(SIGNED, |signed| {
                content.extend(signed(&payload(len)).trailer());
                content[8 + len + byte] ^= 0x10;
                content.clone()
            });
            refuse(SIGNED, &forged, &content, &format!("{len}, byte {byte}"));
        }
        for (before, after) in [(0, 1), (1, 0), (0, 16)] {
            let mut content = [body(SIGNED, len), vec![0; before]].concat();
            let forged = forge(SIGNED, |signed| {
                content.extend([signed(&payload(len)).trailer(), vec![0; after]].concat());
                content.clone()
            });
            refuse(SIGNED, &forged, &content, &format!("{len}, {before} before and {after} after"));
        }
    }
}

#[test]
fn a_padding_that_is_not_zero_is_refused() {
    for kind in [PADDED, BOTH] {
        for len in [0, 1, 20_000, 40_000] {
            let good = body(kind, len);
            let padding = kind.head() + len..good.len();
            assert!(padding.len() > 2, "{len}");
            let edges = [CHUNK, 2 * CHUNK].into_iter().flat_map(|edge| edge - 1..=edge);
            let ends = [padding.start, padding.start + 1, padding.end - 1];
            for at in ends.into_iter().chain(edges.filter(|at| padding.contains(at))) {
                for value in [1, 0x80] {
                    let mut bad = good.clone();
                    bad[at] = value;
                    refuse_content(kind, &bad, &payload(len), &format!("{len}, byte {at}"));
                }
            }
        }
    }
}

#[test]
fn a_padding_of_another_length_is_refused() {
    for kind in [PADDED, BOTH] {
        for len in LENGTHS {
            let good = body(kind, len);
            let next = padded_len(good.len() + kind.trailer() + 1) - kind.trailer();
            let lengths = [kind.head() + len, good.len() - 1, good.len() + 1, next, good.len() + CHUNK];
            for other in lengths.into_iter().filter(|other| *other != good.len()) {
                let mut bad = good.clone();
                bad.resize(other, 0);
                // A shorter one may have cut the payload: it is signed as far as it is there.
                let end = bad.len().min(kind.head() + len);
                let claimed = bad[kind.head()..end].to_vec();
                refuse_content(kind, &bad, &claimed, &format!("{len}, {other} for {}", good.len()));
            }
        }
    }
}

#[test]
fn a_length_of_the_payload_that_is_another_is_refused() {
    for kind in [PADDED, BOTH] {
        for len in LENGTHS {
            let good = body(kind, len);
            let rest = (good.len() - kind.head()) as u64;
            let trailer = kind.trailer() as u64;
            let wrong = [
                rest + 1,
                rest + trailer + 1,
                rest + 100_000,
                1 << 52,
                u64::MAX,
                u64::MAX - 15,
                u64::MAX - 16,
                u64::MAX - 87,
                u64::MAX - 88,
                1 << 63,
            ];
            for n in wrong {
                let mut bad = good.clone();
                bad[8..16].copy_from_slice(&n.to_be_bytes());
                // Signed as the longest thing that it could be.
                let claimed = bad[16..].to_vec();
                refuse_content(kind, &bad, &claimed, &format!("{len} as {n}"));
            }
            if len > 0 {
                // A shorter one makes padding of what is not zero.
                for n in [0, len as u64 - 1] {
                    let mut bad = good.clone();
                    bad[8..16].copy_from_slice(&n.to_be_bytes());
                    let n = usize::try_from(n).unwrap();
                    refuse_content(kind, &bad, &payload(n), &format!("{len} as {n}"));
                }
            }
        }
    }
}

#[test]
fn a_content_that_is_shorter_than_what_stands_around_its_payload_is_refused() {
    for kind in KINDS {
        let whole = [CREATED.to_be_bytes().to_vec(), vec![0; 8 + TRAILER]].concat();
        for len in 0..kind.head() + kind.trailer() {
            let content = whole[..len].to_vec();
            let forged = forge(kind, |_| content.clone());
            refuse(kind, &forged, &content, &format!("{kind:?} {len}"));
        }
    }
}

/// A trailer in the place of the head: each byte is used once.
#[test]
fn a_trailer_does_not_begin_inside_of_the_head() {
    for kind in [SIGNED, BOTH] {
        for overlap in 1..=kind.head() {
            let mut content = Vec::new();
            let forged = forge(kind, |signed| {
                let head = [CREATED.to_be_bytes(), [0; 8]].concat();
                content.extend(&head[..kind.head() - overlap]);
                content.extend(signed(b"").trailer());
                content.clone()
            });
            assert!(kind.opener().open(&forged, now()).is_err());
            // Some of these begin with another time, which is refused first.
            crate::refused(kind.opener().open_reader(forged.as_slice(), now()), &[], "overlap");
        }
    }
}

/// From a length of the payload that does not fit to that of the content no position is computed.
#[test]
fn a_seek_in_what_is_padded_wrongly_is_refused() {
    for len in [1, 300, 40_000] {
        let good = body(PADDED, len);
        let n = |n: usize| [&good[..8], &(n as u64).to_be_bytes(), &good[16..]].concat();
        let longer = [good.as_slice(), &[0; 40]].concat();
        let shorter = good[..good.len() - 1].to_vec();
        for content in [n(good.len() - 15), n(100_000), n(usize::MAX), n(usize::MAX - 16), longer, shorter] {
            let forged = forge(PADDED, |_| content.clone());
            for to in [SeekFrom::Start(0), SeekFrom::Current(0), SeekFrom::End(0), SeekFrom::Start(1 << 40)] {
                let mut reader = PADDED.opener().open_reader(Cursor::new(&forged), now()).unwrap();
                for _ in 0..2 {
                    assert_eq!(
                        source(&reader.seek(to).unwrap_err()),
                        Some(Error::NotAuthentic),
                        "{len} {to:?}"
                    );
                    assert!(reader.read(&mut [0; 9]).is_err(), "{len} {to:?}");
                }
                assert!(reader.finish().is_err(), "{len} {to:?}");
            }
        }
    }
}

/// `created` of a content is what is checked, not that of a header: there is none.
#[test]
fn a_time_at_either_end_is_an_answer_and_no_overflow() {
    for (created, expected) in
        [(0, None), (u64::MAX, Some(Error::NotYetValid)), (CREATED + 61, Some(Error::NotYetValid))]
    {
        let mut content = body(PLAIN, 100);
        content[..8].copy_from_slice(&u64::to_be_bytes(created));
        let forged = forge(PLAIN, |_| content.clone());
        match expected {
            None => drop(read_all(&PLAIN.opener(), &forged).unwrap()),
            Some(expected) => assert_eq!(refused_either_way(PLAIN, &forged, &[], "time"), expected),
        }
    }
}
