// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is derived and what is decrypted: payload keys, shared secrets, and plaintext that is not released.

use crate::{
    NOW,
    allocator::{freed, leaks_nothing},
    canary, context,
};
use chancery::{
    Error, Hold, Keyring, Replay, UnixTime,
    aead::{Algorithm, SealKey},
    envelope::{Opener, Sealer},
    hpke::Identity,
    signing::SigningKey,
};
use core::time::Duration;

const CHUNK: usize = 16_384;

/// A plaintext of two full chunks and a little, which is secret at both ends of each chunk.
fn plaintext(secret: &[u8; 64]) -> Vec<u8> {
    let mut plaintext = vec![7; 2 * CHUNK + 64];
    for at in [0, CHUNK - 64, CHUNK, 2 * CHUNK - 64, 2 * CHUNK] {
        plaintext[at..at + 64].copy_from_slice(secret);
    }
    plaintext
}

/// The message with its last byte changed: all chunks but the last are decrypted before that is seen.
fn spoiled(mut sealed: Vec<u8>) -> Vec<u8> {
    *sealed.last_mut().unwrap() ^= 1;
    sealed
}

#[test]
fn no_plaintext_of_a_message_that_is_refused_is_left_in_memory() {
    let secret: [u8; 64] = canary(1);
    let plaintext = plaintext(&secret);
    for algorithm in [Algorithm::Aes256Gcm, Algorithm::ChaCha20Poly1305] {
        let keys = Keyring::new(SealKey::generate_for(algorithm).unwrap());
        let mut sealed = Vec::new();
        leaks_nothing("seal", &[&secret], || {
            sealed = keys.seal(&context(), &plaintext).unwrap();
            drop(keys.seal(&context(), &plaintext[..100]).unwrap());
        });
        let spoiled = spoiled(sealed.clone());
        leaks_nothing("open", &[&secret], || {
            assert_eq!(keys.open(&context(), &spoiled), Err(Error::NotAuthentic));
        });
        leaks_nothing("open into a buffer", &[&secret], || {
            let mut out = Vec::with_capacity(plaintext.len());
            assert_eq!(keys.open_into(&context(), &spoiled, &mut out), Err(Error::NotAuthentic));
        });
        // The control: what was opened is the caller's, who does not erase it here.
        let ((), seen) = freed(&[&secret], || drop(keys.open(&context(), &sealed).unwrap()));
        assert_eq!(seen.with_secret, 1);
    }
    let identity = Identity::generate().unwrap();
    let mut sealed = Vec::new();
    leaks_nothing("HPKE", &[&secret], || sealed = identity.recipient().seal(&context(), &secret).unwrap());
    let spoiled = spoiled(sealed);
    leaks_nothing("HPKE", &[&secret], || {
        assert_eq!(identity.open(&context(), &spoiled), Err(Error::NotAuthentic));
        let mut out = Vec::with_capacity(secret.len());
        assert_eq!(identity.open_into(&context(), &spoiled, &mut out), Err(Error::NotAuthentic));
    });
}

#[cfg(feature = "std")]
#[test]
fn no_plaintext_of_a_stream_is_left_in_memory() {
    use std::io::{Read, Seek, SeekFrom, Write};

    let secret: [u8; 64] = canary(2);
    let plaintext = plaintext(&secret);
    let keys = Keyring::new(SealKey::generate().unwrap());
    let mut sealed = Vec::new();
    leaks_nothing("writer", &[&secret], || {
        let mut writer = keys.seal_writer(&context(), &mut sealed).unwrap();
        writer.write_all(&plaintext).unwrap();
        writer.finish().unwrap();
        // Dropped with plaintext in it.
        let mut writer = keys.seal_writer(&context(), Vec::new()).unwrap();
        writer.write_all(&plaintext[..100]).unwrap();
    });
    leaks_nothing("reader", &[&secret], || {
        let mut buffer = [0; 1000];
        for sealed in [&sealed, &spoiled(sealed.clone())] {
            let mut reader = keys.open_reader(&context(), std::io::Cursor::new(sealed)).unwrap();
            while reader.read(&mut buffer).is_ok_and(|n| n > 0) {}
            // Dropped with plaintext in it, if it is not spoiled.
            let mut reader = keys.open_reader(&context(), std::io::Cursor::new(sealed)).unwrap();
            reader.read_exact(&mut buffer).unwrap();
            let _ = reader.seek(SeekFrom::End(-10));
        }
    });
}

/// A store that has seen everything.
struct Seen;

impl Replay for Seen {
    fn claim(&self, _: &[u8; 32], _: Option<UnixTime>, _: Hold, _: UnixTime) -> Result<(), Error> {
        Err(Error::Replayed)
    }

    fn settle(&self, _: &[u8; 32], _: UnixTime, _: UnixTime) -> Result<(), Error> {
        Ok(())
    }

    fn release(&self, _: &[u8; 32], _: UnixTime) -> Result<(), Error> {
        Ok(())
    }
}

#[test]
fn no_payload_of_an_envelope_that_is_refused_is_left_in_memory() {
    let secret: [u8; 64] = canary(3);
    let plaintext = plaintext(&secret);
    let identity = Identity::generate().unwrap();
    let sealer = || Sealer::to(identity.recipient(), &context()).unwrap();
    let mallory = SigningKey::generate().unwrap();
    let alice = SigningKey::generate().unwrap().verifying_key();
    let (mut plain, mut signed) = (Vec::new(), Vec::new());
    leaks_nothing("sealer", &[&secret], || {
        plain = sealer().padded().seal(&plaintext, NOW).unwrap();
        signed = sealer().signed_by(mallory).seal(&plaintext, NOW).unwrap();
    });
    let spoiled = spoiled(plain.clone());
    let identities = Keyring::new(identity);
    leaks_nothing("opener", &[&secret], || {
        let opener = Opener::from_senders(&identities, &context(), alice).unwrap();
        assert_eq!(opener.open(&signed, NOW).map(|_| ()), Err(Error::NotAuthentic));
        let opener = Opener::from_anyone(&identities, &context()).unwrap().max_age(Duration::from_secs(5));
        assert_eq!(opener.open(&spoiled, NOW).map(|_| ()), Err(Error::NotAuthentic));
        let (late, early) = (UnixTime::from_secs(NOW.as_secs() + 6), UnixTime::from_secs(1));
        assert_eq!(opener.open(&plain, late).map(|_| ()), Err(Error::Expired));
        assert_eq!(opener.open(&plain, early).map(|_| ()), Err(Error::NotYetValid));
        // Authentic, but the second copy: nobody has seen the payload, and nobody will.
        let opened = opener.open(&plain, NOW).unwrap();
        assert_eq!(opened.claim(&Seen, NOW).map(|_| ()), Err(Error::Replayed));
    });
    let opener = Opener::from_anyone(&identities, &context()).unwrap();
    let ((), seen) = freed(&[&secret], || {
        drop(opener.open(&plain, NOW).unwrap().allow_replays().into_inner().into_payload());
    });
    assert_eq!(seen.with_secret, 1, "the control");
}

/// With the randomness known, so are the keys that come of it.
#[cfg(feature = "hazmat")]
mod derived {
    use super::*;
    use crate::allocator::also_secret;
    use chancery::{
        agreement::{EphemeralPublicKey, EphemeralSecret, Role},
        hazmat::{self, Aead, AeadKey, Random},
        mac::Hash,
    };
    use sha2::{Digest, Sha256};

    struct Known(u64);

    impl Random for Known {
        fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
            self.0 += 1;
            buffer.copy_from_slice(&canary::<32>(self.0)[..buffer.len()]);
            Ok(())
        }
    }

    fn h(parts: &[&[u8]]) -> [u8; 32] {
        Sha256::digest(parts.concat()).into()
    }

    fn ctx(context: &[u8]) -> [u8; 32] {
        let len = u32::try_from(context.len()).unwrap().to_be_bytes();
        h(&[b"chancery/v1 context\0\0\x01", &len, context])
    }

    /// The key of the one chunk of a chunked encryption: salt, commitment, chunk. It is the one that opens it.
    fn also_chunk_key(input: &[u8], sealed: &[u8], context: &[u8]) {
        let info = [b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0", &sealed[..24], context].concat();
        let okm = hazmat::hkdf_expand(Hash::Sha512, input, &info, 44).unwrap();
        let (key, nonce) = okm.expose_secret().split_at(32);
        also_secret(key);
        let cipher = AeadKey::new(Aead::Aes256Gcm, key).unwrap();
        assert!(cipher.open(nonce.try_into().unwrap(), b"", &sealed[56..]).is_ok());
    }

    #[test]
    fn no_key_of_a_message_is_left_in_memory() {
        let secret: [u8; 32] = canary(100);
        let keys = Keyring::new(SealKey::from_bytes(Algorithm::Aes256Gcm, &secret).unwrap());
        let known = keys.seal(&context(), b"payload").unwrap();
        leaks_nothing("message key", &[], || {
            let context = h(&[b"chancery/v1 sealed\0", &known[..9], &ctx(b"secrets")]);
            also_chunk_key(&secret, &known[9..], &context);
            assert_eq!(keys.open(&super::context(), &known).unwrap(), b"payload");
        });
    }

    #[test]
    fn no_key_of_an_envelope_is_left_in_memory() {
        let identity = Identity::generate().unwrap();
        let sealer = Sealer::to(identity.recipient(), &context()).unwrap();
        let (payload_key, ephemeral): ([u8; 32], [u8; 32]) = (canary(1), canary(2));
        leaks_nothing("payload key", &[&payload_key, &ephemeral], || {
            let dh = hazmat::x25519(&ephemeral, identity.recipient().as_bytes().try_into().unwrap()).unwrap();
            also_secret(dh.expose_secret());
            let sealed = hazmat::seal_envelope(&sealer, b"payload", NOW, &mut Known(0)).unwrap();
            let context = h(&[b"chancery/v1 envelope body\0", &h(&[&sealed[..97]]), &ctx(b"secrets")]);
            also_chunk_key(&payload_key, &sealed[97..], &context);
            // Again, with the last key known as well, and opened.
            let again = hazmat::seal_envelope(&sealer, b"payload", NOW, &mut Known(0)).unwrap();
            assert_eq!(sealed, again);
            let opener = Opener::from_anyone(identity, &chancery::Context::of("secrets")).unwrap();
            assert_eq!(opener.open(&sealed, NOW).unwrap().allow_replays().payload(), b"payload");
        });
    }

    #[test]
    fn no_secret_of_an_agreement_is_left_in_memory() {
        let ours = EphemeralSecret::generate().unwrap();
        let theirs: [u8; 32] = canary(1);
        let peer = EphemeralPublicKey::from_bytes(hazmat::x25519_public(&theirs));
        leaks_nothing("agreement", &[&theirs], || {
            let dh = hazmat::x25519(&theirs, ours.public_key().as_bytes()).unwrap();
            also_secret(dh.expose_secret());
            let prk = hazmat::hkdf_extract(Hash::Sha512, b"", dh.expose_secret());
            also_secret(prk.expose_secret());
            let (us, them) = (*ours.public_key().as_bytes(), *peer.as_bytes());
            let info = [b"chancery/v1 agreement\0", &ctx(b"secrets")[..], &us, &them].concat();
            let okm = hazmat::hkdf_expand(Hash::Sha512, prk.expose_secret(), &info, 64).unwrap();
            also_secret(okm.expose_secret());
            let keys = ours.agree(&peer, Role::Initiator).unwrap().derive(&context()).unwrap();
            // The keys are those that were predicted.
            let bytes = okm.expose_secret().split_at(32).0;
            let predicted = Keyring::new(SealKey::from_bytes(Algorithm::Aes256Gcm, bytes).unwrap());
            let sealed = Keyring::new(keys.sealing).seal(&context(), b"x").unwrap();
            assert_eq!(predicted.open(&context(), &sealed).unwrap(), b"x");
        });
    }
}

#[cfg(not(feature = "hazmat"))]
#[test]
fn without_hazmat_derived_keys_are_not_known() {
    println!("secrets: NOT RUN without the feature `hazmat`: payload keys, chunk keys, shared secrets");
}
