// SPDX-License-Identifier: MIT OR Apache-2.0
//! Envelopes that nobody's sealer makes: forwarded by a recipient, stripped of their signature, with a content
//! that does not follow the format.

use crate::{NOW, bytes32, context, h};
use chancery::{
    Error, Key, UnixTime,
    envelope::{Opener, Sealer},
    hazmat::{self, Aead, Random},
    hpke::{Identity, Recipient, Suite},
    signing::{SigningKey, VerifyingKey},
};

const SIGNED: u8 = 1;
const PADDED: u8 = 2;

struct Fresh(u8);

impl Random for Fresh {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
        self.0 += 1;
        buffer.copy_from_slice(&bytes32(self.0)[..buffer.len()]);
        Ok(())
    }
}

/// A salt that was chosen.
struct Salt<'a>(&'a [u8]);

impl Random for Salt<'_> {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
        buffer.copy_from_slice(self.0);
        Ok(())
    }
}

fn identity(seed: u8) -> Identity {
    Identity::from_bytes(Suite::X25519Aes256Gcm, &bytes32(seed)).unwrap()
}

fn alice() -> SigningKey {
    SigningKey::from_seed(&bytes32(200)).unwrap()
}

fn ctx() -> [u8; 32] {
    let label = b"known failures";
    h(&[b"chancery/v1 context\0\0\x01", &14_u32.to_be_bytes(), label])
}

fn wrap_info(fixed: &[u8], id: &[u8]) -> Vec<u8> {
    [b"chancery/v1 envelope wrap\0".as_slice(), &h(&[fixed, &[0, 0x20], id, &ctx()])].concat()
}

fn body_context(header: &[u8]) -> [u8; 32] {
    h(&[b"chancery/v1 envelope body\0", &h(&[header]), &ctx()])
}

/// Header and payload key of an envelope for one.
fn header(to: &Recipient, flags: u8, payload_key: &[u8; 32]) -> Vec<u8> {
    let fixed = [b'C', b'H', b'N', 1, 1, flags, 1];
    let info = wrap_info(&fixed, to.id().as_bytes());
    // enc || wrap, as HPKE seals it.
    let entry =
        hazmat::hpke_seal(to, hazmat::reserved_info(&info), None, payload_key, &mut Fresh(50)).unwrap();
    [&fixed[..], &[0, 0x20], to.id().as_bytes(), &entry].concat()
}

/// An envelope with this content, whatever it is.
fn envelope(to: &Recipient, flags: u8, content: &[u8]) -> Vec<u8> {
    let payload_key = bytes32(100);
    let header = header(to, flags, &payload_key);
    let context = body_context(&header);
    let body =
        hazmat::chunked_seal(Aead::Aes256Gcm, &payload_key, &context, content, &mut Fresh(60)).unwrap();
    [header, body].concat()
}

/// What a recipient of an envelope for one can read of it: payload key and content, with its signature.
fn read(identity: &Identity, envelope: &[u8]) -> ([u8; 32], Vec<u8>) {
    let (header, body) = envelope.split_at(97);
    let info = wrap_info(&header[..7], identity.id().as_bytes());
    let mut receiver =
        hazmat::hpke_receiver(identity, &header[17..49], hazmat::reserved_info(&info), None).unwrap();
    let payload_key: [u8; 32] = receiver.open(b"", &header[49..]).unwrap().try_into().unwrap();
    let content = hazmat::chunked_open(Aead::Aes256Gcm, &payload_key, &body_context(header), body).unwrap();
    (payload_key, content)
}

fn from_alice(identity: Identity) -> Opener {
    Opener::from_senders(identity, &context(), alice().verifying_key()).unwrap()
}

fn from_anyone(identity: Identity) -> Opener {
    Opener::from_anyone(identity, &context()).unwrap()
}

fn refused(opener: &Opener, envelope: &[u8]) -> Error {
    opener.open(envelope, NOW).unwrap_err()
}

/// Bob has an envelope that Alice has signed for him, and wants Carol to take it for one to her.
#[test]
fn pitfall_12_a_signed_envelope_cannot_be_forwarded_as_if_it_were_to_another() {
    let (bob, carol) = (identity(1), identity(2));
    let sealer = Sealer::to(bob.recipient(), &context()).unwrap();
    let sealed = sealer.signed_by(alice()).seal(b"you are fired", NOW).unwrap();
    let (payload_key, content) = read(&bob, &sealed);
    assert_eq!(content[8..21], *b"you are fired");
    assert!(from_alice(identity(1)).open(&sealed, NOW).is_ok());

    // The same payload key under a header of Carol's, the old body, and the same content sealed anew.
    let for_carol = header(&carol.recipient(), SIGNED, &payload_key);
    let old_body = [for_carol.as_slice(), &sealed[97..]].concat();
    let context = body_context(&for_carol);
    // The old salt as well, which the signature covers.
    let mut salt = Salt(&sealed[97..121]);
    let anew = hazmat::chunked_seal(Aead::Aes256Gcm, &payload_key, &context, &content, &mut salt).unwrap();
    let anew = [for_carol, anew].concat();
    for forwarded in [&old_body, &anew, &envelope(&carol.recipient(), SIGNED, &content)] {
        assert_eq!(refused(&from_alice(identity(2)), forwarded), Error::NotAuthentic);
    }
    // Without the signature it opens for Carol, so nothing but the signature has refused it.
    let unsigned = envelope(&carol.recipient(), 0, &content[..21]);
    let opened = from_anyone(carol).open(&unsigned, NOW).unwrap().allow_replays();
    assert_eq!((opened.payload(), opened.sender()), (&b"you are fired"[..], None));
}

#[test]
fn pitfall_12_a_signature_is_neither_stripped_nor_replaced() {
    let bob = identity(1);
    let sealer = || Sealer::to(bob.recipient(), &context()).unwrap();
    let sealed = sealer().signed_by(alice()).seal(b"payload", NOW).unwrap();
    let (_, content) = read(&bob, &sealed);
    // Stripped: an opener for senders takes nothing unsigned, and one for anyone nothing signed.
    let stripped = envelope(&bob.recipient(), 0, &content[..15]);
    assert!(from_anyone(identity(1)).open(&stripped, NOW).is_ok());
    assert_eq!(refused(&from_alice(identity(1)), &stripped), Error::Policy);
    assert_eq!(refused(&from_anyone(identity(1)), &sealed), Error::Policy);
    // Replaced: Mallory signs what Alice has written, under her own name or under Alice's.
    let mallory = SigningKey::from_seed(&bytes32(201)).unwrap();
    let by_mallory = sealer().signed_by(mallory).seal(b"payload", NOW).unwrap();
    assert_eq!(refused(&from_alice(identity(1)), &by_mallory), Error::NotAuthentic);
    let (_, mut content) = read(&bob, &by_mallory);
    content[15..23].copy_from_slice(alice().id().as_bytes());
    let renamed = envelope(&bob.recipient(), SIGNED, &content);
    assert_eq!(refused(&from_alice(identity(1)), &renamed), Error::NotAuthentic);
}

/// A content of the sealer's own making, signed over what this forger would send. Salt and commitment are
/// those of `envelope`, which depend on the key and the header only.
fn signed_content(to: &Recipient, flags: u8, before: &[u8], payload: &[u8], after: &[u8]) -> Vec<u8> {
    let draft = envelope(to, flags, b"");
    let (header, start) = (&draft[..97], &draft[97..153]);
    let public = *alice().verifying_key().as_bytes();
    let numbers = [NOW.as_secs(), payload.len() as u64].map(u64::to_be_bytes).concat();
    let label = b"\xffchancery/v1 envelope signature\0";
    let input = [&label[..], &h(&[header]), start, &ctx(), &public, &numbers, &h(&[payload])].concat();
    let signature = sign(&input);
    let created = NOW.as_secs().to_be_bytes();
    [&created[..], before, payload, after, alice().id().as_bytes(), &signature].concat()
}

/// `hazmat` refuses to sign this; a forger with a key of his own has another library.
fn sign(input: &[u8]) -> [u8; 64] {
    use ed25519_dalek::Signer;

    assert_eq!(hazmat::ed25519_sign(&alice(), input).err(), Some(Error::Context));
    let key = ed25519_dalek::SigningKey::from_bytes(&bytes32(200));
    assert_eq!(VerifyingKey::from_bytes(key.verifying_key().as_bytes()).unwrap().id(), alice().id());
    key.sign(input).to_bytes()
}

/// Wrong key, wrong tag, wrong padding, unknown sender, wrong signature: one error, one text, one status.
#[test]
fn pitfall_21_all_failures_of_cryptography_are_one_error() {
    let to = identity(1).recipient();
    let created = NOW.as_secs().to_be_bytes();
    let padded = |n: u64, payload: &[u8], zeros: usize| {
        [&created[..], &n.to_be_bytes(), payload, &vec![0; zeros]].concat()
    };
    let opens = |opener: Opener, envelope: &[u8]| opener.open(envelope, NOW).is_ok();
    assert!(opens(from_anyone(identity(1)), &envelope(&to, 0, &created)));
    assert!(opens(from_anyone(identity(1)), &envelope(&to, PADDED, &padded(7, b"payload", 233))));

    let mut dirty = padded(7, b"payload", 233);
    let mut unsigned = Vec::new();
    for at in [23, 100, 255] {
        dirty[at] = 1;
        unsigned.push(envelope(&to, PADDED, &dirty));
        dirty[at] = 0;
    }
    for content in [
        padded(7, b"payload", 232),
        padded(7, b"payload", 234),
        padded(7, b"payload", 0),
        padded(6, b"payload", 233),
        padded(241, b"payload", 233),
        padded(u64::MAX, b"payload", 233),
    ] {
        unsigned.push(envelope(&to, PADDED, &content));
    }
    unsigned.extend((0..8).map(|len| envelope(&to, 0, &created[..len])));
    unsigned.extend((0..16).map(|len| envelope(&to, PADDED, &padded(0, b"", 0)[..len])));
    // Each part of a good envelope that is not public structure, changed: enc, wrap, salt, commitment, chunk, tag.
    let good = Sealer::to(to.clone(), &context()).unwrap().seal(b"payload", NOW).unwrap();
    for at in 17..good.len() {
        let mut changed = good.clone();
        changed[at] ^= 1 << (at % 8);
        unsigned.push(changed);
    }
    unsigned.extend((97..good.len()).map(|len| good[..len].to_vec()));

    let content = signed_content(&to, SIGNED, b"", b"payload", b"");
    assert!(opens(from_alice(identity(1)), &envelope(&to, SIGNED, &content)));
    let mut signed: Vec<_> = (0..80).map(|len| envelope(&to, SIGNED, &content[..len])).collect();
    for at in 0..content.len() {
        let mut changed = content.clone();
        // The time as well: only its lowest bit, or it is the time that is refused.
        changed[at] ^= if at < 7 { continue } else { 1 };
        signed.push(envelope(&to, SIGNED, &changed));
    }
    // Signed by one who is not known here.
    let mallory = SigningKey::generate().unwrap();
    signed.push(Sealer::to(to, &context()).unwrap().signed_by(mallory).seal(b"payload", NOW).unwrap());

    for (opener, envelopes) in [(from_anyone(identity(1)), unsigned), (from_alice(identity(1)), signed)] {
        for envelope in envelopes {
            let error = refused(&opener, &envelope);
            assert_eq!(error, Error::NotAuthentic);
            assert_eq!(
                (error.to_string().as_str(), error.status()),
                (
                    "the message is not authentic: changed, cut short, for another context, or by a key that is not known here",
                    401
                )
            );
        }
    }
}

/// The time is inside and authentic, so it may be named: but only when all before it is.
#[test]
fn pitfall_21_a_forged_envelope_does_not_learn_whether_it_is_late() {
    let good = Sealer::to(identity(1).recipient(), &context()).unwrap().seal(b"payload", NOW).unwrap();
    let opener = from_anyone(identity(1)).max_age(core::time::Duration::from_secs(1));
    let late = UnixTime::from_secs(NOW.as_secs() + 100);
    assert_eq!(opener.open(&good, late).map(|_| ()), Err(Error::Expired));
    for at in 17..good.len() {
        let mut changed = good.clone();
        changed[at] ^= 1;
        assert_eq!(opener.open(&changed, late).map(|_| ()), Err(Error::NotAuthentic), "{at}");
    }
}
