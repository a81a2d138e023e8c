// SPDX-License-Identifier: MIT OR Apache-2.0
//! Contexts and signatures: what was made for one thing holds for no other.

use super::{
    input::{Input, edit},
    known::secret,
    naive::{self, label},
};
use chancery::{
    Context, Error, Keyring,
    hazmat::{self, Hash},
    mac::MacKey,
    signing::{Signature, SigningKey, VerifyingKey},
};

/// Fields, of which some repeat a byte up to a length beyond the bound.
fn fields(input: &mut Input<'_>) -> Vec<Vec<u8>> {
    let n = 1 + input.below(18);
    let field = |input: &mut Input<'_>| match input.byte() {
        255 => vec![input.byte(); 65_000 + usize::from(input.u16() % 1000)],
        len => input.take(len.into()).to_vec(),
    };
    (0..n).map(|_| field(input)).collect()
}

fn context_of(fields: &[Vec<u8>]) -> Context {
    fields[1..].iter().fold(Context::of(&fields[0]), Context::field)
}

/// Two lists of fields: their tags are those of the specification, and the same only if the lists are.
pub(crate) fn context(data: &[u8]) -> bool {
    let mut input = Input::new(data);
    let lists = [fields(&mut input), fields(&mut input)];
    let message = input.rest();
    let keys = Keyring::new(MacKey::from_bytes(Hash::Sha256, &secret("mac")).expect("a key"));
    let tags = lists.each_ref().map(|fields| {
        let tag = keys.tag(&context_of(fields), message).map(|tag| tag.as_bytes().to_vec());
        let ctx = naive::ctx(fields).ok_or(Error::Context);
        let input = ctx.map(|ctx| [label("mac"), ctx.to_vec(), message.to_vec()].concat());
        assert_eq!(tag, input.map(|input| naive::hmac(Hash::Sha256, &secret("mac"), &input)));
        tag
    });
    let [Ok(first), Ok(second)] = tags else { return false };
    let same = lists[0] == lists[1];
    assert_eq!(same, first == second);
    assert_eq!(same, context_of(&lists[0]) == context_of(&lists[1]));
    assert_eq!(same, keys.verify(&context_of(&lists[0]), message, &second).is_ok());
    true
}

pub(crate) fn context_seeds() -> Vec<Vec<u8>> {
    vec![
        b"\x01\x02ab\x01c\x01\x01a\x02bcmessage".to_vec(),
        b"\x00\x01a\x00\x01amessage".to_vec(),
        b"\x01\x01a\x00\x00\x01amessage".to_vec(),
        b"\x00\x00\x00\x01a".to_vec(),
        [&[15; 1][..], &[0; 15], &[1, b'x', 0, 1, b'x']].concat(),
        [&[16; 1][..], &[0; 16], &[1, b'x', 0, 1, b'x']].concat(),
        vec![0, 255, 7, 2, 23, 0, 255, 7, 2, 24],
        vec![0, 255, 7, 2, 22, 0, 255, 7, 2, 23],
    ]
}

/// The order of the group, little-endian.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// `S + L`, which is the same number to who does not check the range.
fn add_order(s: &mut [u8]) {
    let mut carry = 0;
    for (digit, order) in s.iter_mut().zip(ORDER) {
        carry += u16::from(*digit) + u16::from(order);
        [*digit, _] = carry.to_le_bytes();
        carry >>= 8;
    }
}

/// A signature, its key, message and context with edits: it holds exactly if nothing is another.
pub(crate) fn signature(data: &[u8]) -> bool {
    let mut input = Input::new(data);
    let signer = SigningKey::from_seed(&secret(["one", "two"][input.below(2)])).expect("a key");
    let (context, message) = (Context::of("fuzz"), input.short());
    let good = signer.sign(&context, message).expect("a context");
    let raw = hazmat::ed25519_sign(&signer, message);
    let reserved = message.starts_with(b"\xFFchancery/");
    assert_eq!(raw.is_err(), reserved);

    let mut bytes = good.as_bytes().to_vec();
    for _ in 0..input.below(16) {
        add_order(&mut bytes[32..]);
    }
    let mut public = signer.verifying_key().as_bytes().to_vec();
    edit(&mut public, &mut Input::new(input.short()), &[&[0; 32], &[0xFF; 32]]);
    let mut other = message.to_vec();
    edit(&mut other, &mut Input::new(input.short()), &[message]);
    edit(&mut bytes, &mut input, &[signer.verifying_key().as_bytes(), &[0; 64], &[0xFF; 64]]);

    let Ok(bytes) = <[u8; 64]>::try_from(bytes) else { return false };
    let Ok(key) = VerifyingKey::from_bytes(&public) else {
        assert_ne!(public, signer.verifying_key().as_bytes());
        return false;
    };
    assert_eq!(key.as_bytes().as_slice(), public);
    let signature = Signature::from_bytes(bytes);
    let verified = Keyring::new(key.clone()).verify(&context, &other, &signature);
    let untouched = signature == good && other == message && key == signer.verifying_key();
    assert_eq!(verified.is_ok(), untouched);

    // The other kind of signature, of the same message by the same key, is none of this kind.
    let crossed = hazmat::ed25519_verify(&key, &other, &signature);
    let expected = if other.starts_with(b"\xFFchancery/") { Error::Context } else { Error::NotAuthentic };
    assert_eq!(crossed, Err(expected));
    if let Ok(raw) = raw {
        assert!(Keyring::new(signer.verifying_key()).verify(&context, message, &raw).is_err());
        assert_eq!(hazmat::ed25519_verify(&signer.verifying_key(), message, &raw), Ok(()));
    }
    verified.is_ok()
}

pub(crate) fn signature_seeds() -> Vec<Vec<u8>> {
    let start = |key: u8| [&[key, 5], b"hello".as_slice()].concat();
    let with = |key, rest: &[u8]| [start(key), rest.to_vec()].concat();
    let reserved = [&[0, 10], b"\xFFchancery/".as_slice()].concat();
    vec![
        start(0),
        start(1),
        reserved,
        // The order added once and fifteen times; key, message, R and S changed; R of small order.
        with(0, &[1]),
        with(0, &[15]),
        with(0, &[0, 4, 4, 0, 3, 1]),
        with(0, &[0, 0, 4, 4, 0, 3, 1]),
        with(0, &[0, 0, 0, 4, 0, 3, 1]),
        with(0, &[0, 0, 0, 4, 0, 40, 1]),
        with(0, &[0, 0, 0, 3, 0, 0, 1, 0, 32, 4, 0, 0, 1]),
        with(0, &[0, 6, 3, 0, 0, 0, 0, 32]),
    ]
}
