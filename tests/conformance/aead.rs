// SPDX-License-Identifier: MIT OR Apache-2.0
//! AES-GCM, ChaCha20-Poly1305 and XChaCha20-Poly1305 through the keys of `hazmat`.

use crate::{
    case::Case,
    report::{Run, Verdict, ensure, said},
    tiers,
};
use chancery::{
    Error,
    hazmat::{Aead, AeadKey, XChaCha20Poly1305Key},
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

pub(crate) fn xchacha20_poly1305(_group: Case<'_>, case: Case<'_>) -> Verdict {
    tiers::each(|| {
        let key = case.bytes("key").try_into().map_err(|_| "a key of another length".to_owned())?;
        against(&XChaCha20Poly1305Key::new(&key), case)
    })
}

fn check(aead: Aead, key: &[u8], case: Case<'_>) -> Verdict {
    against(&AeadKey::new(aead, key).map_err(said("the key"))?, case)
}

/// A key whose nonces have `N` bytes.
trait Key<const N: usize> {
    fn seal(&self, nonce: &[u8; N], aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Error>;
    fn open(&self, nonce: &[u8; N], aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Error>;
    fn seal_in_place(&self, nonce: &[u8; N], aad: &[u8], buffer: &mut [u8]) -> Result<Tag, Error>;
    fn open_in_place(&self, nonce: &[u8; N], aad: &[u8], buffer: &mut [u8], tag: &Tag) -> Result<(), Error>;
}

type Tag = [u8; 16];

macro_rules! keys {
    ($($key:ty: $n:literal),*) => {$(
        impl Key<$n> for $key {
            fn seal(&self, nonce: &[u8; $n], aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Error> {
                self.seal(nonce, aad, plaintext)
            }
            fn open(&self, nonce: &[u8; $n], aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Error> {
                self.open(nonce, aad, sealed)
            }
            fn seal_in_place(&self, nonce: &[u8; $n], aad: &[u8], buffer: &mut [u8]) -> Result<Tag, Error> {
                self.seal_in_place(nonce, aad, buffer)
            }
            fn open_in_place(
                &self,
                nonce: &[u8; $n],
                aad: &[u8],
                buffer: &mut [u8],
                tag: &Tag,
            ) -> Result<(), Error> {
                self.open_in_place(nonce, aad, buffer, tag)
            }
        }
    )*};
}
keys!(AeadKey: 12, XChaCha20Poly1305Key: 24);

fn against<const N: usize>(key: &dyn Key<N>, case: Case<'_>) -> Verdict {
    let Ok(nonce) = case.bytes("iv").try_into() else {
        return Ok(if case.valid() {
            Run::Unsupported("valid, but the nonce has another length, which the type does not take")
        } else {
            Run::RefusedByType("invalid, the nonce has another length")
        });
    };
    let Ok(tag) = case.bytes("tag").try_into() else {
        return Ok(Run::Unsupported("the tag has not 128 bits"));
    };
    let inputs = Inputs { nonce: &nonce, aad: &case.bytes("aad"), plaintext: &case.bytes("msg"), tag: &tag };
    let ciphertext = case.bytes("ct");
    let run = if case.valid() { valid::<N> } else { invalid::<N> };
    run(key, &inputs, &ciphertext).map(|()| Run::Passed)
}

struct Inputs<'a, const N: usize> {
    nonce: &'a [u8; N],
    aad: &'a [u8],
    plaintext: &'a [u8],
    tag: &'a Tag,
}

fn valid<const N: usize>(key: &dyn Key<N>, inputs: &Inputs<'_, N>, ciphertext: &[u8]) -> Result<(), String> {
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

fn invalid<const N: usize>(
    key: &dyn Key<N>,
    inputs: &Inputs<'_, N>,
    ciphertext: &[u8],
) -> Result<(), String> {
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
