// SPDX-License-Identifier: MIT OR Apache-2.0
//! `open` and a stream that is read to its end accept and refuse alike, with the same payload and origin.

use crate::{
    BODY_START, CHUNK, CREATED, KINDS, Kind, Lcg, SEALED_CHUNK,
    forging::{body, forge, padded_len, read_all},
    now, payload, source,
};
use chancery::{Error, envelope::Origin};

type Answer = Result<(Vec<u8>, Origin), Error>;

fn in_memory(kind: Kind, bytes: &[u8]) -> Answer {
    let opened = kind.opener().open(bytes, now())?.allow_replays().into_inner();
    let origin = *opened.origin();
    Ok((opened.into_payload(), origin))
}

fn as_stream(kind: Kind, bytes: &[u8]) -> Answer {
    let (payload, origin) = read_all(&kind.opener(), bytes).map_err(|error| source(&error).expect("ours"))?;
    Ok((payload, origin.allow_replays().into_inner()))
}

/// Whether both accept.
fn alike(kind: Kind, bytes: &[u8], what: &str) -> bool {
    match (in_memory(kind, bytes), as_stream(kind, bytes)) {
        (Ok(one), Ok(other)) => {
            assert!(one == other, "{kind:?} {what}");
            true
        }
        (Err(one), Err(other)) => {
            assert_eq!(one, other, "{kind:?} {what}");
            false
        }
        (one, other) => {
            panic!("{kind:?} {what}: {:?} and {:?}", one.map(|_| "accepted"), other.map(|_| "accepted"))
        }
    }
}

fn mutate(bytes: &mut Vec<u8>, kind: Kind, random: &mut Lcg) {
    let len = bytes.len();
    let chunk = kind.start() + SEALED_CHUNK * random.below(3);
    let at = [random.below(len), len - 1 - random.below(len.min(100)), random.below(kind.start()), chunk]
        [random.below(4)]
    .min(len - 1);
    match random.below(9) {
        0 => bytes[at] ^= 1 << random.below(8),
        1 => bytes.truncate(at),
        2 => bytes.insert(at, u8::try_from(random.below(256)).expect("a byte")),
        3 => drop(bytes.remove(at)),
        4 => bytes.extend(vec![0; 1 + random.below(100)]),
        5 => bytes.extend_from_within(at..),
        6 => drop(bytes.drain(at..(at + SEALED_CHUNK).min(len))),
        7 => bytes[at..].reverse(),
        _ => {}
    }
}

#[test]
fn random_changes_of_envelopes_are_answered_alike() {
    let mut random = Lcg(20_260_728);
    let (mut accepted, mut refused) = (0, 0);
    for kind in Kind::all() {
        for len in [0, 100, CHUNK - kind.head() - 30, 35_000] {
            let sealed = kind.sealed(len);
            for n in 0..20 {
                let mut bytes = sealed.clone();
                mutate(&mut bytes, kind, &mut random);
                let what = format!("{len}, change {n}");
                if alike(kind, &bytes, &what) {
                    assert!(bytes == sealed, "{kind:?} {what}: a change is accepted");
                    accepted += 1;
                } else {
                    refused += 1;
                }
            }
        }
    }
    assert!(accepted > 50 && refused > 800, "{accepted} accepted, {refused} refused");
    assert_eq!(BODY_START, 56);
}

/// What is encrypted correctly around a content that is nearly right.
#[test]
fn random_contents_are_answered_alike() {
    let mut random = Lcg(3);
    let (mut accepted, mut refused) = (0, 0);
    for kind in KINDS {
        for round in 0..400 {
            let len = [random.below(300), CHUNK - 100 + random.below(120), 1024 + random.below(300)]
                [random.below(3)];
            let mut content = body(kind, len);
            let end = content.len();
            match random.below(8) {
                0 => content[random.below(end)] ^= 1,
                1 => content.truncate(random.below(end)),
                2 => content.resize(end + random.below(300), 0),
                3 if kind.padded => content.resize(padded_len(end + 1 + random.below(200)), 0),
                4 if kind.padded => content[15] = u8::try_from(random.below(256)).expect("a byte"),
                5 => content[..8].copy_from_slice(&(CREATED + 58 + random.below(5) as u64).to_be_bytes()),
                _ => {}
            }
            let signed_len = [len, len, len, random.below(400)][random.below(4)];
            let (created, trailer) = (content.first_chunk::<8>().copied(), random.below(10));
            let forged = forge(kind, |signed| {
                if kind.signed && trailer > 0 {
                    let mut signed = signed(&payload(signed_len));
                    signed.created = created.map_or(CREATED, u64::from_be_bytes);
                    content.extend(signed.trailer());
                }
                content.clone()
            });
            let (one, other) = (in_memory(kind, &forged), as_stream(kind, &forged));
            // Which of two faults is found first is theirs: a stream sees the time before it sees the end.
            let what = format!("{kind:?} {len}, round {round}");
            assert_eq!(one.is_ok(), other.is_ok(), "{what}: {:?} {:?}", one.err(), other.err());
            if let (Ok(one), Ok(other)) = (one, other) {
                assert!(one == other, "{what}");
                accepted += 1;
            } else {
                refused += 1;
            }
        }
    }
    assert!(accepted > 300 && refused > 300, "{accepted} accepted, {refused} refused");
}
