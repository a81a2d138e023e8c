// SPDX-License-Identifier: MIT OR Apache-2.0
//! The specifications once more, as plainly as they are written: what the crate is compared with.

use chancery::hazmat::{Aead, AeadKey, Hash};
use sha2::{Digest, Sha256, Sha384, Sha512};

pub(crate) fn digest(hash: Hash, message: &[u8]) -> Vec<u8> {
    match hash {
        Hash::Sha256 => Sha256::digest(message).to_vec(),
        Hash::Sha384 => Sha384::digest(message).to_vec(),
        _ => Sha512::digest(message).to_vec(),
    }
}

pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    Sha256::digest(parts.concat()).into()
}

/// RFC 2104: `H((K xor opad) || H((K xor ipad) || message))`.
pub(crate) fn hmac(hash: Hash, key: &[u8], message: &[u8]) -> Vec<u8> {
    let block = if hash == Hash::Sha256 { 64 } else { 128 };
    let mut key = if key.len() > block { digest(hash, key) } else { key.to_vec() };
    key.resize(block, 0);
    let pad = |byte| key.iter().map(|k| k ^ byte).collect::<Vec<u8>>();
    let inner = digest(hash, &[&pad(0x36), message].concat());
    digest(hash, &[pad(0x5c), inner].concat())
}

/// RFC 5869, section 2.3: `T(i) = HMAC(PRK, T(i-1) || info || i)`.
pub(crate) fn expand(hash: Hash, prk: &[u8], info: &[u8], len: usize) -> Vec<u8> {
    let (mut okm, mut block) = (Vec::new(), Vec::new());
    for i in 1..=255 {
        if okm.len() < len {
            block = hmac(hash, prk, &[&block, info, &[i]].concat());
            okm.extend_from_slice(&block);
        }
    }
    okm.truncate(len);
    okm
}

/// `L(s)`, section 1 of `docs/envelope-v1.md`.
pub(crate) fn label(name: &str) -> Vec<u8> {
    format!("chancery/v1 {name}\0").into_bytes()
}

/// Section 3; `None` for a context that is to be refused.
pub(crate) fn ctx(fields: &[Vec<u8>]) -> Option<[u8; 32]> {
    let sound = fields.len() <= 16
        && fields.iter().all(|field| field.len() <= 65_535)
        && fields.iter().any(|field| !field.is_empty());
    let mut encoded = label("context");
    encoded.extend(u16::try_from(fields.len()).ok()?.to_be_bytes());
    for field in fields {
        encoded.extend(u32::try_from(field.len()).ok()?.to_be_bytes());
        encoded.extend_from_slice(field);
    }
    sound.then(|| sha256(&[&encoded]))
}

/// Section 9.1: how long the header is that these bytes begin with.
pub(crate) fn header_len(bytes: &[u8]) -> Option<usize> {
    let &[b'C', b'H', b'N', 1, suite, flags, count, ..] = bytes else { return None };
    let most = if flags & 4 != 0 { 1 } else { 32 };
    if !(1..=2).contains(&suite) || flags > 7 || !(1..=most).contains(&count) {
        return None;
    }
    let (mut at, mut names) = (7, Vec::new());
    for _ in 0..count {
        let name = bytes.get(at..at + 10)?;
        at += match name[..2] {
            [0x00, 0x20] => 90,
            [0x64, 0x7a] => 1178,
            _ => return None,
        };
        if bytes.len() < at || names.contains(&name) {
            return None;
        }
        names.push(name);
    }
    Some(at)
}

/// Section 9.4, in numbers of which none is near an overflow.
pub(crate) fn padded_len(n: u128, signed: bool) -> u128 {
    let v = 16 + n + if signed { 72 } else { 0 };
    let e = v.ilog2();
    let unit = 1 << (e - (e.ilog2() + 1));
    v.div_ceil(unit).saturating_mul(unit).max(256)
}

/// Chunked encryption, section 6: the message key, the base nonce and the commitment.
pub(crate) fn c2sp_keys(
    aead: Aead,
    key: &[u8],
    salt: &[u8],
    context: &[u8],
) -> (AeadKey, [u8; 12], [u8; 32]) {
    let info = [b"c2sp.org/chunked-encryption@v1+", aead.name().as_bytes(), &[0], salt, context].concat();
    let n = aead.key_len();
    let okm = expand(Hash::Sha512, key, &info, n + 44);
    let (nonce, commitment) = okm[n..].split_first_chunk().expect("44 bytes");
    (AeadKey::new(aead, &okm[..n]).expect("its length"), *nonce, commitment.try_into().expect("32 bytes"))
}

/// Base nonce XOR the number of the chunk.
pub(crate) fn c2sp_nonce(base: [u8; 12], index: u64) -> [u8; 12] {
    let mut nonce = base;
    for (byte, count) in nonce[4..].iter_mut().zip(index.to_be_bytes()) {
        *byte ^= count;
    }
    nonce
}

pub(crate) fn c2sp_open(aead: Aead, key: &[u8], context: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (salt, rest) = sealed.split_at_checked(24)?;
    let (commitment, mut rest) = rest.split_at_checked(32)?;
    let (key, base, expected) = c2sp_keys(aead, key, salt, context);
    if commitment != expected {
        return None;
    }
    let mut opened = Vec::new();
    for index in 0.. {
        let (chunk, more) = rest.split_at(rest.len().min(16_400));
        opened.extend(key.open(&c2sp_nonce(base, index), b"", chunk).ok()?);
        if chunk.len() < 16_400 {
            break;
        }
        rest = more;
    }
    Some(opened)
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// RFC 4648, section 5, bit by bit.
pub(crate) fn base64url(bytes: &[u8]) -> String {
    let bit = |i: usize| bytes.get(i / 8).map_or(0, |byte| usize::from(byte >> (7 - i % 8) & 1));
    let sextet = |at: usize| (0..6).fold(0, |value, i| value << 1 | bit(6 * at + i));
    (0..(bytes.len() * 8).div_ceil(6)).map(|at| char::from(ALPHABET[sextet(at)])).collect()
}

/// The bytes whose text this is.
pub(crate) fn from_base64url(text: &str) -> Option<Vec<u8>> {
    let sextets: Option<Vec<_>> =
        text.bytes().map(|character| ALPHABET.iter().position(|a| *a == character)).collect();
    let sextets = sextets?;
    let bit = |i: usize| sextets[i / 6] >> (5 - i % 6) & 1;
    let byte = |at: usize| (0..8).fold(0_u8, |value, i| value << 1 | u8::from(bit(8 * at + i) == 1));
    let bytes: Vec<u8> = (0..text.len() * 6 / 8).map(byte).collect();
    (base64url(&bytes) == text).then_some(bytes)
}
