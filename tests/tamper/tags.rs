// SPDX-License-Identifier: MIT OR Apache-2.0
//! MAC tags, signatures, and the messages they are of.

use crate::{
    battery::{Battery, assert_only},
    bytes32, context,
};
use chancery::{
    Context, Error, Keyring,
    mac::{Hash, MacKey},
    signing::{Signature, SigningKey, VerifyingKey},
};

const MESSAGE: &[u8] = b"a message to authenticate";

#[test]
fn a_changed_tag_or_message_is_refused() {
    for (hash, len) in [(Hash::Sha256, 32), (Hash::Sha384, 48), (Hash::Sha512, 64)] {
        let keys = Keyring::new(MacKey::from_bytes(hash, &bytes32(1).repeat(2)).unwrap());
        let name = format!("tag, {hash:?}");
        let tag = keys.tag(&context(), MESSAGE).unwrap();
        let second = MacKey::from_bytes(hash, &bytes32(2).repeat(2)).unwrap();
        let keys = keys.accept(second).unwrap();
        let promoted = keys.promote(keys.ids().last().unwrap()).unwrap();
        let other = promoted.tag(&context(), MESSAGE).unwrap();
        let battery = Battery::new(&name, tag.as_bytes(), other.as_bytes(), &[len / 2, len / 2]);
        let verify = |tag: &[u8]| keys.verify(&context(), MESSAGE, tag).map(|_| Vec::new());
        assert_only(&battery.run(b"", verify), &[Error::NotAuthentic]);
        changed_message(&name, |message| keys.verify(&context(), message, tag.as_bytes()).map(|_| ()));
    }
}

#[test]
fn a_changed_signature_or_signed_message_is_refused() {
    let key = |seed| SigningKey::from_seed(&bytes32(seed)).unwrap();
    let keys = Keyring::new(key(1).verifying_key()).accept(key(2).verifying_key()).unwrap();
    let verify = |keys: &Keyring<VerifyingKey>, context: &Context, message: &[u8], signature: &[u8]| {
        // Another length is no signature: the type says so.
        let signature = Signature::from_bytes(signature.try_into().map_err(|_| Error::NotAuthentic)?);
        keys.verify(context, message, &signature).map(|_| Vec::new())
    };
    let [good, other] = [1, 2].map(|seed| key(seed).sign(&context(), MESSAGE).unwrap());
    let battery = Battery::new("signature", good.as_bytes(), other.as_bytes(), &[32, 32]);
    let errors = battery.run(b"", |bytes| verify(&keys, &context(), MESSAGE, bytes));
    assert_only(&errors, &[Error::NotAuthentic]);
    changed_message("signature", |message| verify(&keys, &context(), message, good.as_bytes()).map(|_| ()));
}

/// The tag or the signature is that of `MESSAGE`, and of nothing else.
fn changed_message(name: &str, verify: impl Fn(&[u8]) -> Result<(), Error>) {
    let other: Vec<u8> = MESSAGE.iter().map(u8::to_ascii_uppercase).collect();
    let name = format!("message under a {name}");
    let battery = Battery::new(&name, MESSAGE, &other, &[2, 8, MESSAGE.len() - 10]);
    let errors = battery.run(b"", |bytes| {
        // The battery wants a second good message; there is none for one tag.
        if bytes == other { Ok(Vec::new()) } else { verify(bytes).map(|()| Vec::new()) }
    });
    assert_only(&errors, &[Error::NotAuthentic]);
    assert_eq!(verify(&other), Err(Error::NotAuthentic));
}
