// SPDX-License-Identifier: MIT OR Apache-2.0
//! A sender who has the right keys and does not follow the format: any content, under any flags.

use crate::{CREATED, Kind, PLAIN, TRAILER, context, now, payload, read_by, seed};
use chancery::{
    Error, Key, Unclaimed,
    envelope::{Opener, Origin},
    hazmat::{self, Aead, Random},
};
use ed25519_dalek::{Signer, SigningKey};
use sha2::{Digest, Sha256};
use std::io;

fn label(name: &str) -> Vec<u8> {
    format!("chancery/v1 {name}\0").into_bytes()
}

fn sha256(parts: &[&[u8]]) -> Vec<u8> {
    Sha256::digest(parts.concat()).to_vec()
}

fn ctx() -> Vec<u8> {
    let field = b"envelope streams";
    let len = u32::try_from(field.len()).expect("short").to_be_bytes();
    sha256(&[&label("context"), &[0, 1], &len, field])
}

/// The same bytes every time: what is sealed under one payload key has one salt here.
struct Fixed;

impl Random for Fixed {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
        buffer.fill(0x42);
        Ok(())
    }
}

/// What a signature covers, with the rules to break one at a time.
#[derive(Clone)]
pub(crate) struct Signed {
    /// Header hash, salt and commitment, context.
    bound: Vec<u8>,
    pub(crate) signer: u8,
    /// What the trailer names, if it is not the signer.
    pub(crate) named: Option<[u8; 8]>,
    pub(crate) created: u64,
    pub(crate) len: u64,
    pub(crate) payload: Vec<u8>,
}

impl Signed {
    /// Right in everything.
    fn new(bound: Vec<u8>, payload: &[u8]) -> Self {
        let len = payload.len() as u64;
        Self { bound, signer: 7, named: None, created: CREATED, len, payload: payload.to_vec() }
    }

    /// `sender id || signature`.
    pub(crate) fn trailer(&self) -> Vec<u8> {
        let signer = SigningKey::from_bytes(&seed(self.signer));
        let public = signer.verifying_key();
        let message = [
            vec![0xFF],
            label("envelope signature"),
            self.bound.clone(),
            public.as_bytes().to_vec(),
            self.created.to_be_bytes().to_vec(),
            self.len.to_be_bytes().to_vec(),
            sha256(&[&self.payload]),
        ];
        let id = sha256(&[&label("key-id ed25519"), public.as_bytes()])[..8].to_vec();
        let id = self.named.map_or(id, Vec::from);
        [id, signer.sign(&message.concat()).to_bytes().to_vec()].concat()
    }
}

/// An envelope with whatever content, which may hold a signature over what it is in.
pub(crate) fn forge(kind: Kind, content: impl FnOnce(&dyn Fn(&[u8]) -> Signed) -> Vec<u8>) -> Vec<u8> {
    assert!(kind.recipients == 1 && !kind.chacha);
    let recipient = kind.identity(1).recipient();
    let start =
        [b"CHN\x01\x01".as_slice(), &[u8::from(kind.signed) | u8::from(kind.padded) << 1, 1]].concat();
    let name = [b"\x00\x20", recipient.id().as_bytes().as_slice()].concat();
    let info = [label("envelope wrap"), sha256(&[&start, &name, &ctx()])].concat();
    let (enc, mut sender) =
        hazmat::hpke_sender(&recipient, hazmat::reserved_info(&info), None, &mut Fixed).expect("sealed");
    let payload_key = [0x17; 32];
    let wrap = sender.seal(b"", &payload_key).expect("sealed");
    let header = [start, name, enc, wrap].concat();
    let hh = sha256(&[&header]);
    let body = sha256(&[&label("envelope body"), &hh, &ctx()]);
    let seal = |content: &[u8]| {
        hazmat::chunked_seal(Aead::Aes256Gcm, &payload_key, &body, content, &mut Fixed).expect("sealed")
    };
    // Salt and commitment do not depend on the content.
    let bound = [hh.clone(), seal(b"")[..56].to_vec(), ctx()].concat();
    let content = content(&|payload| Signed::new(bound.clone(), payload));
    [header, seal(&content)].concat()
}

/// `max(256, padme(least))`, written differently than in the crate.
pub(crate) fn padded_len(least: usize) -> usize {
    let e = least.ilog2();
    let multiple = 1_usize << (e - (e.ilog2() + 1));
    least.next_multiple_of(multiple).max(256)
}

/// `created || [n] || payload || [zeros]`, as it must be.
pub(crate) fn body(kind: Kind, len: usize) -> Vec<u8> {
    let mut content = CREATED.to_be_bytes().to_vec();
    if kind.padded {
        content.extend((len as u64).to_be_bytes());
    }
    content.extend(payload(len));
    if kind.padded {
        content.resize(padded_len(kind.head() + len + kind.trailer()) - kind.trailer(), 0);
    }
    content
}

/// The whole stream: what was in it, and where it came from.
pub(crate) fn read_all(opener: &Opener, bytes: &[u8]) -> io::Result<(Vec<u8>, Unclaimed<Origin>)> {
    let mut reader = opener.open_reader(bytes, now())?;
    let all = read_by(&mut reader, 5000)?;
    Ok((all, reader.finish()?))
}

/// The context of the test is that of the forger.
#[test]
fn what_is_forged_without_breaking_a_rule_opens() {
    assert_eq!(context(), chancery::Context::of("envelope streams"));
    assert_eq!((PLAIN.trailer(), TRAILER), (0, 8 + 64));
    for kind in crate::KINDS {
        for len in kind.lengths() {
            let forged = forge(kind, |signed| {
                let trailer = if kind.signed { signed(&payload(len)).trailer() } else { Vec::new() };
                [body(kind, len), trailer].concat()
            });
            let (got, origin) = read_all(&kind.opener(), &forged).expect("nothing is wrong");
            assert!(got == payload(len), "{kind:?} {len}");
            let opened = kind.opener().open(&forged, now()).expect("nothing is wrong").allow_replays();
            assert!(opened.payload() == payload(len), "{kind:?} {len}");
            assert!(*origin.allow_replays() == *opened.origin(), "{kind:?} {len}");
        }
    }
}
