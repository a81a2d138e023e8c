// SPDX-License-Identifier: MIT OR Apache-2.0
//! C2SP chunked encryption (Cobblestone-128 and -256) through `hazmat`, in memory.

use crate::{
    case::{Case, Stated},
    report::{Run, Verdict, ensure, said},
    tiers,
};
use chancery::{
    Error,
    hazmat::{Aead, Hash, chunked_open, chunked_seal, hkdf_expand},
};
use sha2::{Digest, Sha512};

pub(crate) const SALT: usize = 24;
pub(crate) const HEADER: usize = 56;
pub(crate) const CHUNK: usize = 16 * 1024;
const TAG: usize = 16;

/// The inputs of a case.
pub(crate) struct Message {
    pub(crate) aead: Aead,
    pub(crate) key: Vec<u8>,
    pub(crate) context: Vec<u8>,
    pub(crate) sealed: Vec<u8>,
}

pub(crate) fn check(aead: Aead, group: Case<'_>, case: Case<'_>) -> Verdict {
    tiers::each(|| message(aead, group, case))
}

fn message(aead: Aead, group: Case<'_>, case: Case<'_>) -> Verdict {
    ensure(group.text("aead") == aead.name() && group.text("sha") == "SHA-512", "another algorithm")?;
    let sealed = miniz_oxide::inflate::decompress_to_vec_zlib(&case.bytes("ct")).map_err(said("inflate"))?;
    let message = Message { aead, key: case.bytes("key"), context: case.bytes("ctx"), sealed };
    if case.has("aeadKey") {
        derivation(&message, case)?;
    }
    let opened = chunked_open(aead, &message.key, &message.context, &message.sealed);
    if case.valid() {
        let opened = opened.map_err(said("open"))?;
        ensure(is_stated(&opened, case), "opened differently")?;
        seals_to_the_same_bytes(&message, &opened)?;
    } else {
        let malformed = message.sealed.len() < HEADER || message.key.len() != aead.key_len();
        let stated = if malformed { Error::Malformed } else { Error::NotAuthentic };
        ensure(opened == Err(stated), "what is invalid was not refused, or for another reason")?;
    }
    #[cfg(feature = "std")]
    crate::stream::check(&message, case)?;
    Ok(Run::Passed)
}

/// Whether `plaintext` is the message, or the prefix, that the case states; without a statement, nothing.
pub(crate) fn is_stated(plaintext: &[u8], case: Case<'_>) -> bool {
    if !case.has("msgLength") {
        return !case.valid() && plaintext.is_empty();
    }
    plaintext.len() == case.number("msgLength")
        && Sha512::digest(plaintext).as_slice() == case.bytes("msgSha512")
}

/// `key || base nonce || commitment = HKDF-Expand(input key, label || aead || 0x00 || salt || context)`
fn derivation(message: &Message, case: Case<'_>) -> Result<(), String> {
    let Message { aead, key, context, sealed } = message;
    let label = b"c2sp.org/chunked-encryption@v1+";
    let info = [label, aead.name().as_bytes(), &[0], &sealed[..SALT], context].concat();
    let derived = hkdf_expand(Hash::Sha512, key, &info, aead.key_len() + 12 + 32).map_err(said("expand"))?;
    let stated = [&case.bytes("aeadKey"), &case.bytes("baseNonce"), &sealed[SALT..HEADER]].concat();
    ensure(derived.expose_secret() == stated, "derived another key, nonce or commitment")
}

fn seals_to_the_same_bytes(message: &Message, plaintext: &[u8]) -> Result<(), String> {
    let Message { aead, key, context, sealed } = message;
    let mut salt = Stated(sealed[..SALT].to_vec());
    let again = chunked_seal(*aead, key, context, plaintext, &mut salt).map_err(said("seal"))?;
    ensure(again == *sealed, "sealed differently under the same salt")
}

#[test]
fn what_is_sealed_opens_again_at_every_size_around_the_chunks() {
    for aead in [Aead::Aes128Gcm, Aead::Aes256Gcm, Aead::ChaCha20Poly1305] {
        let key: Vec<u8> = (1..).take(aead.key_len()).collect();
        for size in (0..4).flat_map(|n| (n * CHUNK).saturating_sub(17)..=n * CHUNK + 17) {
            let plaintext: Vec<u8> = (0..=250).cycle().take(size).collect();
            let mut salt = Stated(vec![0x5a; SALT]);
            let sealed = chunked_seal(aead, &key, b"context", &plaintext, &mut salt).unwrap();
            assert_eq!(sealed.len(), HEADER + size + TAG * (size / CHUNK + 1), "{aead:?} {size}");
            assert_eq!(chunked_open(aead, &key, b"context", &sealed).unwrap(), plaintext, "{aead:?} {size}");
            let message = Message { aead, key: key.clone(), context: b"context".to_vec(), sealed };
            #[cfg(feature = "std")]
            crate::stream::opens(&message, &plaintext, &[4093]).unwrap();
            refuses_what_is_cut(&message);
        }
    }
}

fn refuses_what_is_cut(message: &Message) {
    let Message { aead, key, context, sealed } = message;
    for len in [sealed.len() - 1, sealed.len().saturating_sub(CHUNK + TAG), HEADER, HEADER - 1, 0] {
        let cut = &sealed[..len];
        assert!(chunked_open(*aead, key, context, cut).is_err(), "{aead:?} {} cut to {len}", sealed.len());
    }
    assert!(chunked_open(*aead, key, b"another", sealed).is_err());
}
