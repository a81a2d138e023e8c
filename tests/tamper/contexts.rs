// SPDX-License-Identifier: MIT OR Apache-2.0
//! The context is not sent, and nothing opens under another one.

use crate::{battery::Battery, bytes32};
use chancery::{
    Context, Error, Keyring, UnixTime,
    aead::{Algorithm, SealKey},
    envelope::{Opener, Sealer},
    hpke::{Identity, Suite},
    mac::{Hash, MacKey},
    signing::SigningKey,
};

const LABEL: &[u8] = b"order";
const NOW: UnixTime = UnixTime::from_secs(1_790_000_000);

/// `open` takes what was made for the context of one field, `LABEL`.
fn battery(name: &str, open: impl Fn(&Context) -> Result<(), Error>) {
    let name = format!("context, {name}");
    let errors = Battery::new(&name, LABEL, b"ORDER", &[2, 3]).run(b"", |label| {
        // The battery wants a second good one; there is none.
        if label == b"ORDER" { Ok(Vec::new()) } else { open(&Context::of(label)).map(|()| Vec::new()) }
    });
    assert_eq!(
        errors.iter().filter(|error| **error != Error::Context).collect::<Vec<_>>(),
        [&Error::NotAuthentic]
    );
    for context in [Context::of("ORDER"), Context::of(LABEL).field(""), Context::of("or").field("der")] {
        assert_eq!(open(&context), Err(Error::NotAuthentic), "{name}");
    }
}

#[test]
fn nothing_opens_or_verifies_under_a_changed_context() {
    let context = Context::of(LABEL);
    for algorithm in [Algorithm::Aes256Gcm, Algorithm::ChaCha20Poly1305] {
        let keys = Keyring::new(SealKey::from_bytes(algorithm, &bytes32(1)).unwrap());
        let sealed = keys.seal(&context, b"x").unwrap();
        battery("sealed message", |context| keys.open(context, &sealed).map(|_| ()));
    }
    let keys = Keyring::new(MacKey::from_bytes(Hash::Sha256, &bytes32(2)).unwrap());
    let tag = keys.tag(&context, b"x").unwrap();
    battery("tag", |context| keys.verify(context, b"x", tag.as_bytes()).map(|_| ()));

    let key = SigningKey::from_seed(&bytes32(3)).unwrap();
    let (signature, keys) = (key.sign(&context, b"x").unwrap(), Keyring::new(key.verifying_key()));
    battery("signature", |context| keys.verify(context, b"x", &signature).map(|_| ()));

    for suite in [Suite::X25519Aes256Gcm, Suite::X25519ChaCha20Poly1305] {
        let identity = || Identity::from_bytes(suite, &bytes32(4)).unwrap();
        let sealed = identity().recipient().seal(&context, b"x").unwrap();
        battery("HPKE message", |context| identity().open(context, &sealed).map(|_| ()));
        let envelope = Sealer::to(identity().recipient(), &context).unwrap().seal(b"x", NOW).unwrap();
        battery("envelope", |context| {
            let opener = Opener::from_anyone(identity(), context).map_err(|_| Error::Context)?;
            opener.open(&envelope, NOW).map(|_| ())
        });
    }
}
