// SPDX-License-Identifier: MIT OR Apache-2.0
//! AES-GCM and ChaCha20-Poly1305 through `hazmat::AeadKey`.

use crate::{
    case::Case,
    report::{Run, Verdict, ensure, said},
    tiers,
};
use chancery::{
    Error,
    hazmat::{Aead, AeadKey},
};

pub(crate) fn aes_gcm(_group: Case<'_>, case: Case<'_>) -> Verdict {
    let key = case.bytes("key");
    match key.len() {
        16 => tiers::each(|| check(Aead::Aes128Gcm, &key, case)),
        32 => tiers::each(|| check(Aead::Aes256Gcm, &key, case)),
        _ => {
            for aead in [Aead::Aes128Gcm, Aead::Aes256Gcm] {
                ensure(AeadKey::new(aead, &key).is_err(), "a key of another length was taken")?;
            }
            Ok(Run::Unsupported("AES-192; the key is refused (Err)"))
        }
    }
}

pub(crate) fn chacha20_poly1305(_group: Case<'_>, case: Case<'_>) -> Verdict {
    tiers::each(|| check(Aead::ChaCha20Poly1305, &case.bytes("key"), case))
}

fn check(aead: Aead, key: &[u8], case: Case<'_>) -> Verdict {
    let key = AeadKey::new(aead, key).map_err(said("the key"))?;
    let Ok(nonce) = case.bytes("iv").try_into() else {
        return Ok(if case.valid() {
            Run::Unsupported("valid, but the nonce has not 96 bits, which the type does not take")
        } else {
            Run::RefusedByType("invalid, the nonce has not 96 bits")
        });
    };
    let Ok(tag) = case.bytes("tag").try_into() else {
        return Ok(Run::Unsupported("the tag has not 128 bits"));
    };
    let inputs = Inputs { nonce: &nonce, aad: &case.bytes("aad"), plaintext: &case.bytes("msg"), tag: &tag };
    let ciphertext = case.bytes("ct");
    let run = if case.valid() { valid } else { invalid };
    run(&key, &inputs, &ciphertext).map(|()| Run::Passed)
}

struct Inputs<'a> {
    nonce: &'a [u8; 12],
    aad: &'a [u8],
    plaintext: &'a [u8],
    tag: &'a [u8; 16],
}

fn valid(key: &AeadKey, inputs: &Inputs<'_>, ciphertext: &[u8]) -> Result<(), String> {
    let Inputs { nonce, aad, plaintext, tag } = *inputs;
    let stated = [ciphertext, tag].concat();
    let sealed = key.seal(nonce, aad, plaintext).map_err(said("seal"))?;
    ensure(sealed == stated, "sealed differently")?;
    let opened = key.open(nonce, aad, &stated).map_err(said("open"))?;
    ensure(opened == plaintext, "opened differently")?;
    let mut buffer = ciphertext.to_vec();
    key.open_in_place(nonce, aad, &mut buffer, tag).map_err(said("open_in_place"))?;
    ensure(buffer == plaintext, "opened differently in place")?;
    let sealed = key.seal_in_place(nonce, aad, &mut buffer).map_err(said("seal_in_place"))?;
    ensure(sealed == *tag && buffer == ciphertext, "sealed differently in place")
}

fn invalid(key: &AeadKey, inputs: &Inputs<'_>, ciphertext: &[u8]) -> Result<(), String> {
    let Inputs { nonce, aad, plaintext, tag } = *inputs;
    let stated = [ciphertext, tag].concat();
    let sealed = key.seal(nonce, aad, plaintext).map_err(said("seal"))?;
    ensure(sealed != stated, "sealed to what is invalid")?;
    ensure(key.open(nonce, aad, &stated) == Err(Error::NotAuthentic), "opened what is invalid")?;
    let mut buffer = ciphertext.to_vec();
    let opened = key.open_in_place(nonce, aad, &mut buffer, tag);
    ensure(opened == Err(Error::NotAuthentic), "opened in place what is invalid")?;
    ensure(buffer.iter().all(|byte| *byte == 0), "something is left in the buffer")
}
