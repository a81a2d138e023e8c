// SPDX-License-Identifier: MIT OR Apache-2.0
//! `{:?}`, `{:#?}` and `{}` of every public type and every error: no secret in any notation.

use crate::{NOW, canary, context};
use chancery::{
    ConfigError, Context, Error, KeyId, KeyKind, Keyring, UnixTime,
    aead::{Algorithm, SealKey},
    agreement::{EphemeralPublicKey, EphemeralSecret, Role},
    envelope::{Opener, Sealer, armor},
    hpke::{Identity, Psk, Suite},
    mac::{Hash, MacKey},
    signing::{Signature, SigningKey},
};
use std::fmt::{Debug, Display};

/// Ways in which bytes are printed.
fn notations(secret: &[u8]) -> Vec<String> {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    // A `{:?}` of bytes; white space is not compared.
    let list = |bytes: &[u8]| bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(",");
    let mut all: Vec<String> = secret.windows(6).flat_map(|part| [hex(part), list(part)]).collect();
    all.extend(secret.windows(8).map(|part| String::from_utf8_lossy(part).into_owned()));
    // The three ways in which bytes fall into groups of base64.
    for shift in 0..3 {
        let text = armor(&secret[shift..]);
        all.extend(text.as_bytes().windows(10).map(|part| String::from_utf8_lossy(part).into_owned()));
    }
    all
}

fn contains(printed: &str, secret: &[u8]) -> bool {
    let lower = printed.to_lowercase();
    let dense: String = printed.split_whitespace().collect();
    let url: String = printed.replace('+', "-").replace('/', "_");
    let hexless = lower.replace([' ', ',', '\n'], "").replace("0x", "");
    let texts = [printed, &lower, &dense, &url, &hexless];
    notations(secret).iter().any(|notation| texts.iter().any(|text| text.contains(notation)))
}

#[track_caller]
fn silent(value: &dyn Debug, secrets: &[&[u8]]) {
    for printed in [format!("{value:?}"), format!("{value:#?}")] {
        assert!(!printed.is_empty());
        for secret in secrets {
            assert!(!contains(&printed, secret), "{printed}");
        }
    }
}

#[test]
fn a_secret_in_print_is_seen_in_every_notation() {
    let secret: [u8; 32] = canary(1);
    for printed in [
        format!("{secret:?}"),
        format!("{secret:#?}"),
        format!("{secret:02x?}"),
        format!("{secret:02X?}"),
        format!("{secret:#04x?}"),
        secret.iter().fold(String::new(), |text, byte| format!("{text}{byte:02X}")),
        armor(&secret),
        armor(&[&[1, 2], &secret[..]].concat()).replace('-', "+").replace('_', "/"),
        String::from_utf8_lossy(&secret).into_owned(),
    ] {
        assert!(contains(&format!("Key {{ bytes: {printed} }}"), &secret), "{printed}");
    }
    assert!(!contains(&format!("{:?}", canary::<32>(2)), &secret));
}

/// Also RUSTSEC-2022-0087 of the same crate and RUSTSEC-2022-0089 of aliyun-oss-client.
#[test]
fn rustsec_2022_0086_slack_morphism_nothing_prints_a_secret() {
    let secret: [u8; 32] = canary(1);
    let secrets: [&[u8]; 1] = [&secret];
    for algorithm in [Algorithm::Aes256Gcm, Algorithm::ChaCha20Poly1305] {
        let key = SealKey::from_bytes(algorithm, &secret).unwrap();
        silent(&algorithm, &secrets);
        silent(&key.to_secret_text(), &secrets);
        silent(&key, &secrets);
        silent(&Keyring::new(key), &secrets);
    }
    let key = MacKey::from_bytes(Hash::Sha256, &secret).unwrap();
    silent(&(key.to_secret_text(), &key), &secrets);
    let keys = Keyring::new(key);
    let tag = keys.tag(&context(), b"").unwrap();
    silent(&(&tag, &keys), &[&secret, tag.as_bytes()]);

    let key = SigningKey::from_seed(&secret).unwrap();
    let signature = key.sign(&context(), b"").unwrap();
    silent(&(key.to_secret_text(), &key, key.verifying_key(), &signature), &secrets);
    silent(&Signature::from_bytes(*signature.as_bytes()), &[signature.as_bytes()]);
    assert!(!contains(&key.verifying_key().to_string(), &secret));

    for suite in [Suite::X25519Aes256Gcm, Suite::X25519ChaCha20Poly1305, Suite::X25519Aes128Gcm] {
        let identity = Identity::from_bytes(suite, &secret).unwrap();
        silent(&(suite, identity.to_secret_text(), &identity, identity.recipient()), &secrets);
        assert!(!contains(&identity.recipient().to_string(), &secret));
        let (_, exported) = identity.recipient().send_export(&context(), b"", 32).unwrap();
        silent(&exported, &[exported.expose_secret()]);
    }
    silent(&Psk::new(&secret, b"name").unwrap(), &secrets);

    let ours = EphemeralSecret::generate().unwrap();
    let public = ours.public_key();
    silent(&(&ours, EphemeralPublicKey::from_bytes(secret), Role::Initiator), &secrets);
    let shared = EphemeralSecret::generate().unwrap().agree(&public, Role::Responder).unwrap();
    silent(&(&shared, shared.derive(&context()).unwrap()), &secrets);
    silent(&Context::of(secret).field(secret), &secrets);
    silent(&(KeyId::from_bytes([1; 8]), KeyKind::Seal, UnixTime::MAX), &secrets);
}

#[cfg(feature = "std")]
#[test]
fn nothing_prints_an_api_key() {
    use chancery::api_key::{ApiKeyStore, ApiKeys, Grant, MemoryStore, MissingScope};
    let pepper: [u8; 32] = canary(1);
    let keys = ApiKeys::new("acme_live", MacKey::from_bytes(Hash::Sha256, &pepper).unwrap()).unwrap();
    let (store, grant) = (MemoryStore::new(), Grant::new("x", ["a"]).unwrap());
    let key = keys.issue(&store, &grant, NOW).unwrap();
    let text = key.expose_secret();
    let secrets: [&[u8]; 2] = [&pepper, &text.as_bytes()[28..]];
    let record = store.find(key.id()).unwrap().unwrap();
    silent(&(&key, key.id(), &keys, &store, &grant, &record, MissingScope), &secrets);
    silent(&keys.verify(&store, text, NOW).unwrap(), &secrets);
    let errors: Vec<Error> =
        (0..text.len()).map(|n| keys.verify(&store, &text[..n], NOW).unwrap_err()).collect();
    silent(&errors, &secrets);
    assert!(format!("{key:?}").contains(&key.id().to_string()));
    #[cfg(feature = "tower")]
    {
        let store = std::sync::Arc::new(store);
        silent(&chancery::middleware::ApiKeyLayer::new(keys.clone(), store.clone()), &secrets);
        silent(&chancery::middleware::ApiKey::from(keys.verify(&*store, text, NOW).unwrap()), &secrets);
    }
    #[cfg(feature = "json")]
    assert!(!contains(&serde_json::to_string(&record).unwrap(), &text.as_bytes()[28..]));
}

#[cfg(feature = "http")]
#[test]
fn nothing_that_signs_requests_prints_a_secret() {
    use chancery::http_signature::{Policy, SignKey, Signer, Verifier, VerifyKey};
    let secret: [u8; 32] = canary(1);
    let secrets: [&[u8]; 1] = [&secret];
    let hmac = || MacKey::from_bytes(Hash::Sha256, &secret).unwrap();
    let key = VerifyKey::try_from(hmac()).unwrap();
    silent(&key, &secrets);
    silent(&Verifier::new(key, Policy::api(["a.example"])).unwrap(), &secrets);
    silent(&SignKey::from(SigningKey::from_seed(&secret).unwrap()), &secrets);
    #[cfg(feature = "p256")]
    {
        let key = chancery::signing::P256SigningKey::from_bytes(&secret).unwrap();
        silent(&(key.to_secret_text(), &key), &secrets);
        silent(&SignKey::from(key), &secrets);
    }
    let key = SignKey::try_from(hmac()).unwrap();
    silent(&key, &secrets);
    silent(&Signer::new(key), &secrets);
}

#[test]
fn nothing_that_holds_a_payload_prints_it() {
    let payload: [u8; 64] = canary(2);
    let secret: [u8; 32] = canary(3);
    let secrets: [&[u8]; 2] = [&payload, &secret];
    let identity = Identity::from_bytes(Suite::X25519Aes256Gcm, &secret).unwrap();
    let key = SigningKey::from_seed(&secret).unwrap();
    let verifying = key.verifying_key();
    let sealer = Sealer::to(identity.recipient(), &context()).unwrap().signed_by(key);
    let opener = Opener::from_senders(identity, &context(), verifying).unwrap();
    silent(&(&sealer, &opener), &secrets);
    let opened = opener.open(&sealer.seal(&payload, NOW).unwrap(), NOW).unwrap();
    silent(&opened, &secrets);
    let opened = opened.allow_replays();
    silent(&opened, &secrets);
    silent(&opened.into_inner(), &secrets);
}

#[cfg(feature = "std")]
#[test]
fn no_stream_prints_what_goes_through_it() {
    use std::io::{Read, Write};

    let payload: [u8; 64] = canary(2);
    let secret: [u8; 32] = canary(3);
    let secrets: [&[u8]; 2] = [&payload, &secret];
    let keys = Keyring::new(SealKey::from_bytes(Algorithm::Aes256Gcm, &secret).unwrap());
    let mut writer = keys.seal_writer(&context(), Vec::new()).unwrap();
    writer.write_all(&payload).unwrap();
    silent(&writer, &secrets);
    let sealed = writer.finish().unwrap();
    let mut reader = keys.open_reader(&context(), sealed.as_slice()).unwrap();
    reader.read_exact(&mut [0; 10]).unwrap();
    silent(&reader, &secrets);
}

#[cfg(feature = "hazmat")]
#[test]
fn no_key_of_hazmat_is_printed() {
    use chancery::hazmat::{self, Aead, AeadKey, Hash, HmacKey, Random};

    struct Known([u8; 32]);

    impl Random for Known {
        fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
            buffer.copy_from_slice(&self.0[..buffer.len()]);
            Ok(())
        }
    }

    let secret: [u8; 32] = canary(1);
    let secrets: [&[u8]; 1] = [&secret];
    for aead in [Aead::Aes256Gcm, Aead::ChaCha20Poly1305] {
        silent(&(aead, AeadKey::new(aead, &secret).unwrap()), &secrets);
    }
    silent(&HmacKey::new(Hash::Sha256, &secret), &secrets);
    let identity = Identity::from_bytes(Suite::X25519Aes256Gcm, &canary::<32>(2)).unwrap();
    let (enc, sender) =
        hazmat::hpke_sender(&identity.recipient(), hazmat::reserved_info(b""), None, &mut Known(secret))
            .unwrap();
    let receiver = hazmat::hpke_receiver(&identity, &enc, hazmat::reserved_info(b""), None).unwrap();
    let exported = sender.export(b"", 32).unwrap();
    silent(&(&sender, &receiver, &exported), &[&secret, exported.expose_secret()]);
}

/// The errors of a call that a secret, or the text of one, was given to.
#[test]
fn no_error_prints_what_was_refused() {
    fn both(errors: &[impl Debug + Display], secret: &[u8]) {
        assert!(!errors.is_empty());
        for error in errors {
            silent(&error, &[secret]);
            assert!(!contains(&error.to_string(), secret), "{error}");
        }
    }
    let secret: [u8; 31] = canary(1);
    both(
        &[
            SealKey::from_bytes(Algorithm::Aes256Gcm, &secret).unwrap_err(),
            MacKey::from_bytes(Hash::Sha256, &secret).unwrap_err(),
            SigningKey::from_seed(&secret).unwrap_err(),
            Identity::from_bytes(Suite::X25519Aes256Gcm, &secret).unwrap_err(),
            Psk::new(&secret, b"x").unwrap_err(),
        ],
        &secret,
    );
    let key = SealKey::from_bytes(Algorithm::Aes256Gcm, &canary::<32>(1)).unwrap();
    let text = key.to_secret_text();
    let text = text.expose_secret();
    let cut: Vec<ConfigError> = (0..text.len()).map(|n| text[..n].parse::<SealKey>().unwrap_err()).collect();
    both(&cut, &canary::<32>(1));
    both(&[text.parse::<Identity>().unwrap_err()], &canary::<32>(1));

    let keys = Keyring::new(key);
    let sealed = keys.seal(&context(), &secret).unwrap();
    let opened: Vec<Error> =
        (0..sealed.len()).map(|n| keys.open(&context(), &sealed[..n]).unwrap_err()).collect();
    both(&opened, &secret);
    #[cfg(feature = "std")]
    both(&opened.into_iter().map(std::io::Error::from).collect::<Vec<_>>(), &secret);
}
