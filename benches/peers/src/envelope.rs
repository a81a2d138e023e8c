// SPDX-License-Identifier: MIT OR Apache-2.0
//! A message in a file or a queue, for one recipient with X25519 who knows what to do with the bytes: envelopes, with a
//! header for each and with one that is reused and remembered, beside `age` and beside bare HPKE, which does less.

use crate::{
    hpke,
    race::Job,
    sealing::{self, Party},
};
use chancery::{
    Context, UnixTime,
    envelope::{Opener, ReuseLimits, Sealer},
    hpke::Identity,
};
use std::time::Duration;

const SIZES: [usize; 2] = [1024, 16 * 1024];

const BARE: &str = "HPKE and nothing else: one recipient, no commitment, no time, no message id";
const OF_AGE: &str = "ChaCha20-Poly1305; no context, no time, no message id";

pub(crate) fn jobs() -> Vec<Job> {
    sealing::jobs("envelope", &SIZES, || {
        let mut parties = vec![fresh(), reused(), age()];
        parties.extend(hpke::x25519_aes_peers().into_iter().map(|party| party.remark(BARE)));
        parties
    })
}

fn pair() -> (Sealer, Opener) {
    let (identity, context) = (Identity::generate().expect("a key"), Context::of("race"));
    let sealer = Sealer::to(identity.recipient(), &context).expect("a recipient");
    (sealer, Opener::from_anyone(identity, &context).expect("an identity"))
}

fn open(opener: &Opener, sealed: &[u8]) -> Vec<u8> {
    let opened = opener.open(sealed, UnixTime::now()).expect("opened");
    opened.allow_replays().into_parts().1
}

fn fresh() -> Party {
    let (sealer, opener) = pair();
    Party::new(
        "chancery",
        "a header for each",
        move |message| sealer.seal(message, UnixTime::now()).expect("sealed"),
        move |sealed| open(&opener, sealed),
    )
}

fn reused() -> Party {
    let (sealer, opener) = pair();
    // The most that there may be.
    let limits = ReuseLimits::new(1 << 20, Duration::from_secs(300)).expect("limits");
    let (sealer, opener) = (sealer.reusing(limits), opener.remember(2).expect("a memory"));
    Party::new(
        "chancery, header reused",
        "a header for many",
        move |message| sealer.seal(message, UnixTime::now()).expect("sealed"),
        move |sealed| open(&opener, sealed),
    )
    .remark("a new header after 2^20 messages or 300 s; the opener remembers it")
}

fn age() -> Party {
    let identity = age::x25519::Identity::generate();
    let recipient = identity.to_public();
    Party::new(
        "age",
        "age",
        move |message| age::encrypt(&recipient, message).expect("sealed"),
        move |sealed| age::decrypt(&identity, sealed).expect("opened"),
    )
    .remark(OF_AGE)
}
