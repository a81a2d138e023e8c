// SPDX-License-Identifier: MIT OR Apache-2.0
//! Envelopes, signed or not, padded or not, for one and for three recipients, in both suites.

use crate::{
    battery::{Battery, assert_only},
    bytes32, context,
};
use chancery::{
    Error, Keyring, UnixTime,
    envelope::{Opener, Sealer, armor, dearmor},
    hpke::{Identity, Suite},
    signing::SigningKey,
};

const NOW: UnixTime = UnixTime::from_secs(1_790_000_000);
const PAYLOAD: &[u8] = b"payload";
const REFUSALS: [Error; 4] = [Error::Malformed, Error::Policy, Error::UnknownKey, Error::NotAuthentic];

#[derive(Clone, Copy, Debug)]
struct Kind {
    suite: Suite,
    recipients: u8,
    signed: bool,
    padded: bool,
}

impl Kind {
    fn identity(self, n: u8) -> Identity {
        Identity::from_bytes(self.suite, &bytes32(10 + n)).unwrap()
    }

    fn sealer(self) -> Sealer {
        let mut sealer = Sealer::to(self.identity(0).recipient(), &context()).unwrap();
        for n in 1..self.recipients {
            sealer = sealer.and(self.identity(n).recipient()).unwrap();
        }
        if self.signed {
            sealer = sealer.signed_by(SigningKey::from_seed(&bytes32(9)).unwrap());
        }
        if self.padded { sealer.padded() } else { sealer }
    }

    /// Holds the identities of all recipients: a change that hides one from it may not reveal another.
    fn opener(self) -> Opener {
        let mut identities = Keyring::new(self.identity(0));
        for n in 1..self.recipients {
            identities = identities.accept(self.identity(n)).unwrap();
        }
        if self.signed {
            let sender = SigningKey::from_seed(&bytes32(9)).unwrap().verifying_key();
            Opener::from_senders(identities, &context(), sender).unwrap()
        } else {
            Opener::from_anyone(identities, &context()).unwrap()
        }
    }

    /// Magic, version, suite, flags, count; the entries; salt, commitment, chunk, tag.
    fn segments(self, len: usize) -> Vec<usize> {
        let entries = (0..self.recipients).flat_map(|_| [2, 8, 32, 48]);
        let mut segments: Vec<usize> = [3, 1, 1, 1, 1].into_iter().chain(entries).chain([24, 32]).collect();
        segments.extend([len - 16 - segments.iter().sum::<usize>(), 16]);
        segments
    }

    /// The fixed part, each entry in one, header and body.
    fn entries(self, len: usize) -> Vec<usize> {
        let mut entries = vec![7];
        entries.extend((0..self.recipients).map(|_| 90));
        entries.push(len - entries.iter().sum::<usize>());
        entries
    }
}

fn open(opener: &Opener, bytes: &[u8]) -> Result<Vec<u8>, Error> {
    opener.open(bytes, NOW).map(|opened| opened.allow_replays().into_inner().into_payload())
}

fn battery(suite: Suite, recipients: u8) {
    for (signed, padded) in [(false, false), (true, true), (true, false), (false, true)] {
        if cfg!(debug_assertions) && recipients > 1 && signed != padded {
            println!(
                "envelope, for {recipients}, signed: {signed}, padded: {padded}: NOT RUN without --release"
            );
            continue;
        }
        let kind = Kind { suite, recipients, signed, padded };
        let (sealer, opener) = (kind.sealer(), kind.opener());
        let (good, other) = (sealer.seal(PAYLOAD, NOW).unwrap(), sealer.seal(PAYLOAD, NOW).unwrap());
        let name = format!("envelope, {kind:?}");
        let mut battery = Battery::new(&name, &good, &other, &kind.segments(good.len()))
            .also_cut(&kind.entries(good.len()));
        if cfg!(debug_assertions) && (recipients > 1 || padded) {
            battery = battery.one_bit();
        }
        assert_only(&battery.run(PAYLOAD, |bytes| open(&opener, bytes)), &REFUSALS);
    }
}

#[test]
fn a_changed_envelope_for_one_is_refused() {
    battery(Suite::X25519Aes256Gcm, 1);
}

#[test]
fn a_changed_envelope_for_three_is_refused() {
    battery(Suite::X25519Aes256Gcm, 3);
}

#[test]
fn a_changed_envelope_for_one_in_the_second_suite_is_refused() {
    battery(Suite::X25519ChaCha20Poly1305, 1);
}

#[test]
fn a_changed_envelope_for_three_in_the_second_suite_is_refused() {
    battery(Suite::X25519ChaCha20Poly1305, 3);
}

/// Armor has no checksum of its own: a changed text is refused as such or gives bytes that do not open.
#[test]
fn a_changed_armor_does_not_open() {
    let kind = Kind { suite: Suite::X25519Aes256Gcm, recipients: 1, signed: false, padded: false };
    let (sealer, opener) = (kind.sealer(), kind.opener());
    let armored = || armor(&sealer.seal(PAYLOAD, NOW).unwrap());
    let (good, other) = (armored(), armored());
    let battery = Battery::new("armor", good.as_bytes(), other.as_bytes(), &[40, good.len() - 40]);
    let errors = battery.run(PAYLOAD, |bytes| {
        let text = str::from_utf8(bytes).map_err(|_| Error::Malformed)?;
        open(&opener, &dearmor(text)?)
    });
    assert_only(&errors, &REFUSALS);
}
