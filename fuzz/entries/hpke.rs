// SPDX-License-Identifier: MIT OR Apache-2.0
//! HPKE beside the crate `hpke`, which shares no line of the key schedule with this one.

use super::{
    input::{Input, edited},
    known::{self, Fixed, secret},
};
use chancery::{
    Error,
    hazmat::{self, Random},
    hpke::{Identity, Info, Psk, Suite},
};
use hpke::{
    Deserializable, Kem, OpModeR, PskBundle,
    aead::{Aead, AeadCtxR, AesGcm128, AesGcm256, ChaCha20Poly1305},
    kdf::HkdfSha256,
    kem::X25519HkdfSha256,
    setup_receiver,
};

const SUITES: [Suite; 3] = [Suite::X25519Aes128Gcm, Suite::X25519Aes256Gcm, Suite::X25519ChaCha20Poly1305];
const PSK_ID: &[u8] = b"psk id";
const TINK_ID: u32 = 0x0102_0304;

/// How messages are made for an identity.
#[derive(Clone, Copy)]
struct Kind {
    suite: Suite,
    psk: bool,
    tink: bool,
}

impl Kind {
    fn choose(input: &mut Input<'_>) -> Self {
        let (suite, options) = (SUITES[input.below(3)], input.byte());
        Self { suite, psk: options & 1 != 0, tink: options & 2 != 0 }
    }

    fn identity(self) -> Identity {
        let identity = known::identity(self.suite);
        if self.tink { identity.with_tink_id(TINK_ID) } else { identity }
    }

    fn psk(self) -> Option<Psk> {
        self.psk.then(|| Psk::new(&secret("psk"), PSK_ID).expect("a key"))
    }

    fn seal(self, info: &[u8], plaintext: &[u8], random: &mut dyn Random) -> Result<Vec<u8>, Error> {
        let info = hazmat::reserved_info(info);
        hazmat::hpke_seal(&self.identity().recipient(), info, self.psk().as_ref(), plaintext, random)
    }

    fn open(self, info: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Error> {
        let (identity, info) = (self.identity(), hazmat::reserved_info(info));
        match self.psk() {
            Some(psk) => identity.open_psk(info, &psk, sealed),
            None => identity.open(info, sealed),
        }
    }

    fn peer<A: Aead>(self, info: &[u8], enc: &[u8]) -> Option<AeadCtxR<A, HkdfSha256, X25519HkdfSha256>> {
        let key = <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(&secret("identity")).ok()?;
        let enc = <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(enc).ok()?;
        let psk = secret("psk");
        let mode = if self.psk { OpModeR::Psk(PskBundle::new(&psk, PSK_ID).ok()?) } else { OpModeR::Base };
        setup_receiver(&mode, &key, &enc, info).ok()
    }

    fn peer_open<A: Aead>(self, info: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let framing = if self.tink { b"\x01\x01\x02\x03\x04".as_slice() } else { b"" };
        let (enc, ciphertext) = sealed.strip_prefix(framing)?.split_at_checked(32)?;
        self.peer::<A>(info, enc)?.open(ciphertext, b"").ok()
    }
}

/// Both open the same, which is what was sealed and nothing else.
pub(crate) fn open(data: &[u8]) -> bool {
    let mut input = Input::new(data);
    let kind = Kind::choose(&mut input);
    let info = input.short();
    let plaintexts = [&b""[..], b"hello", &[7; 100]];
    let good = plaintexts.map(|plaintext| kind.seal(info, plaintext, &mut Fixed("hpke", 0)).expect("sealed"));
    let sealed = edited(&mut input, &good.each_ref().map(Vec::as_slice));

    let opened = kind.open(info, &sealed);
    let peer = match kind.suite {
        Suite::X25519Aes128Gcm => kind.peer_open::<AesGcm128>(info, &sealed),
        Suite::X25519Aes256Gcm => kind.peer_open::<AesGcm256>(info, &sealed),
        _ => kind.peer_open::<ChaCha20Poly1305>(info, &sealed),
    };
    assert_eq!(opened.as_ref().ok(), peer.as_ref());
    let expected = good.iter().zip(plaintexts).find(|(good, _)| **good == sealed);
    assert_eq!(opened.as_deref().ok(), expected.map(|(_, plaintext)| plaintext));
    assert_eq!(Info::raw(info).is_err(), info.starts_with(b"chancery/"));
    opened.is_ok()
}

pub(crate) fn open_seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (suite, options) in (0..3).zip(0..4).chain([(1, 0), (0, 3)]) {
        let start = [suite, options, 4, b'i', b'n', b'f', b'o'];
        // As it is, changed in its last bytes, its enc, cut.
        for rest in [&[1][..], &[2, 4, 0, 140, 1], &[1, 4, 0, 7, 1], &[1, 0, 0, 47]] {
            seeds.push([&start, rest].concat());
        }
        let kind = Kind { suite: SUITES[usize::from(suite)], psk: options & 1 != 0, tink: options & 2 != 0 };
        let sealed = kind.seal(b"info", b"hello", &mut Fixed("hpke", 0)).expect("sealed");
        seeds.push([&start, [3].as_slice(), &sealed].concat());
    }
    // All-zero shared secret.
    seeds.push([[1, 0, 0, 3].as_slice(), &[0; 64]].concat());
    seeds
}

/// What the input says, once.
struct Drawn([u8; 32]);

impl Random for Drawn {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
        buffer.copy_from_slice(&self.0);
        Ok(())
    }
}

/// A context of ours and one of the peer: the same messages in the same order, and the same exports.
pub(crate) fn seal(data: &[u8]) -> bool {
    let mut input = Input::new(data);
    let kind = Kind { tink: false, ..Kind::choose(&mut input) };
    match kind.suite {
        Suite::X25519Aes128Gcm => seal_to::<AesGcm128>(kind, &mut input),
        Suite::X25519Aes256Gcm => seal_to::<AesGcm256>(kind, &mut input),
        _ => seal_to::<ChaCha20Poly1305>(kind, &mut input),
    }
}

fn seal_to<A: Aead>(kind: Kind, input: &mut Input<'_>) -> bool {
    let (ephemeral, info, psk) = (input.array(), input.short(), kind.psk());
    let reserved = || hazmat::reserved_info(info);
    let recipient = kind.identity().recipient();
    let sender = hazmat::hpke_sender(&recipient, reserved(), psk.as_ref(), &mut Drawn(ephemeral));
    let Ok((enc, mut sender)) = sender else {
        assert_eq!(ephemeral, [0; 32], "zeros are no randomness, everything else is");
        return false;
    };
    assert_eq!(enc, hazmat::x25519_public(&ephemeral));
    let mut receiver =
        hazmat::hpke_receiver(&kind.identity(), &enc, reserved(), psk.as_ref()).expect("a key");
    let mut peer = kind.peer::<A>(info, &enc).expect("a key");

    let exporter_context = input.short();
    let mut exported = vec![0; usize::from(input.u16() % 9000)];
    let ours = sender.export(exporter_context, exported.len());
    assert_eq!(ours.is_ok(), exported.len() <= 8160);
    if let Ok(ours) = ours {
        peer.export(exporter_context, &mut exported).expect("a length that is not too great");
        assert_eq!(ours.expose_secret(), exported);
    }
    while !input.is_empty() {
        let (aad, plaintext) = (input.short(), input.short());
        let sealed = sender.seal(aad, plaintext).expect("sealed");
        assert_eq!(peer.open(&sealed, aad).expect("it opens"), plaintext);
        // A refused message does not count.
        assert!(receiver.open(aad, &sealed[1..]).is_err());
        assert_eq!(receiver.open(aad, &sealed).as_deref(), Ok(plaintext));
    }
    true
}

pub(crate) fn seal_seeds() -> Vec<Vec<u8>> {
    let messages = [&[4][..], b"info", &[3], b"exp", &[0, 40], &[2], b"ad", &[5], b"hello", &[0, 0, 1, 9, 0]];
    let seed = |(suite, psk): (u8, u8)| [&[suite, psk], [8; 32].as_slice(), &messages.concat()].concat();
    let mut seeds: Vec<_> = [(0, 0), (1, 0), (2, 0), (1, 1)].map(seed).into();
    seeds.push(vec![1, 0]);
    seeds.push([&[1, 0], [8; 32].as_slice(), &[0, 0, 0x20, 0]].concat());
    seeds
}
