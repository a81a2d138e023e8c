// SPDX-License-Identifier: MIT OR Apache-2.0
//! Random changes to a delivery of every scheme: whatever is still accepted is a copy of it, and claims the same.

use crate::rows::{NOW, Request, Signs, rows, verify};
use chancery::{Error, UnixTime, replay::MemoryStore};

/// Changes to each delivery; `CHANCERY_MUTATIONS` says how many.
const MUTATIONS: usize = 1000;

/// What parsers look for.
const TOKENS: [&[u8]; 24] = [
    b"=",
    b",",
    b";",
    b" ",
    b"%",
    b"%2",
    b"%41",
    b"+",
    b"&",
    b"?",
    b".",
    b":",
    b"\0",
    b"\xff",
    b"{",
    b"\"",
    b"v1,",
    b"v1=",
    b"t=",
    b"1790000000",
    b"18446744073709551616",
    b"9999-12-31T23:59:59.9-23:59",
    b"bodySHA256=",
    b"webhookTimestamp",
];

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % n.max(1) as u64).unwrap()
    }

    fn bytes(&mut self, bytes: &mut Vec<u8>) {
        let at = self.below(bytes.len() + 1);
        let end = at + self.below(bytes.len() - at + 1);
        match (self.below(7), bytes.get(at).copied()) {
            (0, Some(byte)) => bytes[at] = byte ^ 1 << self.below(8),
            (1, Some(_)) => drop(bytes.remove(at)),
            (2, _) => bytes.truncate(at),
            (3, _) => drop(bytes.splice(at..at, TOKENS[self.below(TOKENS.len())].iter().copied())),
            (4, _) => bytes.extend_from_within(at..end),
            (5, _) => drop(bytes.drain(at..end)),
            (_, Some(byte)) => bytes[at] = byte ^ 0x20,
            (_, None) => bytes.insert(at, b'0'),
        }
    }

    fn text(&mut self, text: &mut String) {
        let mut bytes = text.clone().into_bytes();
        self.bytes(&mut bytes);
        *text = String::from_utf8_lossy(&bytes).into();
    }

    fn request(&mut self, request: &mut Request) {
        let at = self.below(request.headers.len());
        match (self.below(8), request.headers.get_mut(at)) {
            (0, _) => self.text(&mut request.method),
            (1, _) => self.text(&mut request.target),
            (2, _) => self.bytes(&mut request.body),
            (3, Some(header)) => self.text(&mut header.0),
            (4, Some(_)) => drop(request.headers.remove(at)),
            (5, Some(header)) => {
                let again = header.clone();
                request.headers.push(again);
            }
            // From the end of a header to the front of the body, or back.
            (6, Some((_, value))) if self.below(2) == 0 => {
                let moved = value.split_off(value.len().saturating_sub(1 + self.below(9)));
                drop(request.body.splice(0..0, moved));
            }
            (6, Some((_, value))) => value.extend(request.body.drain(..request.body.len().min(1))),
            (_, Some((_, value))) => self.bytes(value),
            (_, None) => self.text(&mut request.target),
        }
    }
}

#[test]
fn what_is_accepted_after_random_changes_is_a_copy() {
    let mutations = std::env::var("CHANCERY_MUTATIONS").map_or(MUTATIONS, |text| text.parse().unwrap());
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let now = UnixTime::from_secs(NOW);
    let (mut accepted, mut refused) = (0, 0);
    // Who has a token can write any other delivery.
    for row in rows().into_iter().filter(|row| row.signs != Signs::Nothing) {
        let (verifier, good) = (row.verifier(row.secret), row.good());
        let store = MemoryStore::new(1);
        assert!(verify(&verifier, &good, NOW).unwrap().claim(&store, now).is_ok());
        for _ in 0..mutations {
            let mut request = good.clone();
            for _ in 0..=random.below(3) {
                random.request(&mut request);
            }
            let Ok(delivery) = verify(&verifier, &request, NOW) else {
                refused += 1;
                continue;
            };
            accepted += 1;
            assert_eq!(delivery.claim(&store, now).err(), Some(Error::Replayed), "{} {request:?}", row.name);
        }
    }
    assert!(accepted > mutations && refused > mutations, "{accepted} accepted, {refused} refused");
    println!("webhooks: {accepted} mutated deliveries were copies, {refused} were refused");
}
