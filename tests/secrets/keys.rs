// SPDX-License-Identifier: MIT OR Apache-2.0
//! The life of each kind of key, from its import to its end.

use crate::{
    NOW,
    allocator::{also_secret, freed, leaks_nothing},
    canary, context,
};
#[cfg(feature = "jwt")]
use base64ct::Base64UrlUnpadded;
use base64ct::{Base64, Encoding};
use chancery::{
    ConfigError, Key, Keyring, SecretText,
    aead::{Algorithm, SealKey},
    agreement::{EphemeralSecret, Role},
    envelope::{Opener, Sealer},
    hpke::{Identity, Psk, Suite},
    mac::{Hash, MacKey},
    signing::SigningKey,
    webhook::{SendKey, Sender},
};
use core::str::FromStr;
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// Every block that the value owns is all zero when it is freed, but for `public` ones.
fn is_erased<T: ZeroizeOnDrop>(name: &str, public: usize, value: T) {
    let ((), seen) = freed(&[], || drop(value));
    assert!(seen.blocks > 0 && seen.not_zero == public, "{name}: {seen:?}");
}

#[test]
fn pitfall_22_every_block_of_a_secret_is_zero_when_it_is_freed() {
    for algorithm in [Algorithm::Aes256Gcm, Algorithm::ChaCha20Poly1305] {
        is_erased("SealKey", 0, SealKey::generate_for(algorithm).unwrap());
    }
    for hash in [Hash::Sha256, Hash::Sha384, Hash::Sha512] {
        is_erased("MacKey", 0, MacKey::from_bytes(hash, &canary::<64>(1)).unwrap());
    }
    // How often its public key was used, which is counted where tables of it can be kept.
    let counted = usize::from(cfg!(feature = "std"));
    is_erased("SigningKey", counted, SigningKey::generate().unwrap());
    #[cfg(all(feature = "p256", any(feature = "http", feature = "jwt")))]
    is_erased("P256SigningKey", 1, chancery::signing::P256SigningKey::generate().unwrap());
    let identity = Identity::generate().unwrap();
    let secret = identity.recipient().send_export(&context(), b"", 40).unwrap().1;
    is_erased("SecretBytes", 0, secret);
    is_erased("SecretText", 0, identity.to_secret_text());
    is_erased("Identity", counted, identity);
    // Its public key is there as bytes, and twice as ML-KEM computes with it, too.
    #[cfg(feature = "pq")]
    is_erased("Identity", 3 + counted, Identity::generate_for(Suite::XWingAes256Gcm).unwrap());
    // Its name is public.
    is_erased("Psk", 1, Psk::new(&canary::<32>(1), b"name").unwrap());

    let [a, b, c] = [(); 3].map(|()| EphemeralSecret::generate().unwrap());
    let (a_public, b_public) = (a.public_key(), b.public_key());
    is_erased("EphemeralSecret", 0, c);
    let (a, b) = (a.agree(&b_public, Role::Initiator).unwrap(), b.agree(&a_public, Role::Responder).unwrap());
    is_erased("DirectionalKeys", 0, a.derive(&context()).unwrap());
    is_erased("SharedSecret", 0, a);
    is_erased("SharedSecret", 0, b);
    #[cfg(feature = "hazmat")]
    for hash in [Hash::Sha256, Hash::Sha384, Hash::Sha512] {
        is_erased("HMAC", 0, chancery::hazmat::hmac(hash, b"key", b"message"));
        is_erased("PRK", 0, chancery::hazmat::hkdf_extract(hash, b"salt", b"secret"));
        is_erased("OKM", 0, chancery::hazmat::hkdf_expand(hash, b"key", b"info", 100).unwrap());
    }
}

/// To text and back, the right text, mistyped ones and that of another kind; then the end.
fn life<K>(
    name: &str,
    secret: &[u8],
    import: impl Fn() -> K,
    text: impl Fn(&K) -> SecretText,
    use_it: impl Fn(K),
) where
    K: FromStr<Err = ConfigError> + Key,
{
    leaks_nothing(name, &[secret], || {
        let key = import();
        let text = text(&key);
        let text = text.expose_secret();
        also_secret(text.splitn(4, '_').last().unwrap().as_bytes());
        assert_eq!(text.parse::<K>().unwrap().id(), key.id());
        // What an operator may do to it. The copies are the test's to erase.
        for (from, to) in [("chn_sk_", "chn_pk_"), ("chn_", " chn_")] {
            assert!(Zeroizing::new(text.replacen(from, to, 1)).parse::<K>().is_err());
        }
        for at in [text.len() - 1, text.len() - 5, text.len() / 2] {
            for other in [b'A', b'B', b'_', b'=', b' '] {
                let mut mistyped = Zeroizing::new(text.as_bytes().to_vec());
                if mistyped[at] != other {
                    mistyped[at] = other;
                    assert!(str::from_utf8(&mistyped).unwrap().parse::<K>().is_err());
                }
            }
            assert!(text[..at].parse::<K>().is_err());
        }
        use_it(key);
    });
}

#[test]
fn no_seal_key_is_left_in_memory() {
    let secret: [u8; 32] = canary(1);
    for algorithm in [Algorithm::Aes256Gcm, Algorithm::ChaCha20Poly1305] {
        let import = || SealKey::from_bytes(algorithm, &secret).unwrap();
        life("SealKey", &secret, import, SealKey::to_secret_text, |key| {
            let keys = Keyring::new(key);
            let sealed = keys.seal(&context(), b"payload").unwrap();
            assert_eq!(keys.open(&context(), &sealed).unwrap(), b"payload");
            keys.open(&context(), &sealed[1..]).unwrap_err();
            let rotated = keys.rotate(SealKey::generate().unwrap()).unwrap();
            drop(rotated.retire(keys.primary_id()).unwrap());
        });
    }
}

#[test]
fn no_mac_key_is_left_in_memory() {
    let secret: [u8; 128] = canary(2);
    for (hash, len) in [(Hash::Sha256, 32), (Hash::Sha384, 48), (Hash::Sha512, 64), (Hash::Sha512, 128)] {
        let import = || MacKey::from_bytes(hash, &secret[..len]).unwrap();
        life("MacKey", &secret[..len], import, MacKey::to_secret_text, |key| {
            let keys = Keyring::new(key);
            let tag = keys.tag(&context(), b"message").unwrap();
            keys.verify(&context(), b"message", tag.as_bytes()).unwrap();
            keys.verify(&context(), b"massage", tag.as_bytes()).unwrap_err();
        });
    }
}

#[test]
fn no_signing_key_is_left_in_memory() {
    let secret: [u8; 32] = canary(3);
    let import = || SigningKey::from_seed(&secret).unwrap();
    life("SigningKey", &secret, import, SigningKey::to_secret_text, |key| {
        let signature = key.sign(&context(), b"message").unwrap();
        Keyring::new(key.verifying_key()).verify(&context(), b"message", &signature).unwrap();
        let recipient = Identity::generate().unwrap().recipient();
        Sealer::to(recipient, &context()).unwrap().signed_by(key).seal(b"payload", NOW).unwrap();
    });
}

#[cfg(all(feature = "p256", feature = "jwt"))]
#[test]
fn no_p256_key_is_left_in_memory() {
    use chancery::{jwt::dpop::Prover, signing::P256SigningKey};

    let secret: [u8; 32] = canary(4);
    let import = || P256SigningKey::from_bytes(&secret).unwrap();
    life("P256SigningKey", &secret, import, P256SigningKey::to_secret_text, |key| {
        Prover::p256(key).prove("GET", "https://a.example/", None, NOW).unwrap();
    });
}

#[test]
fn no_key_that_signs_webhooks_is_left_in_memory() {
    for text in [
        "whsec_SmKk8VqOyrCt8nWJ0PvPLsSvUaXrhTJfW3Gm5yQ8Zc4=",
        "whsk_SmKk8VqOyrCt8nWJ0PvPLsSvUaXrhTJfW3Gm5yQ8Zc4=",
    ] {
        let bytes = Base64::decode_vec(text.split_once('_').unwrap().1).unwrap();
        leaks_nothing("SendKey", &[&bytes, &text.as_bytes()[6..]], || {
            let key: SendKey = text.parse().unwrap();
            assert_eq!(key.to_secret_text().expose_secret(), text);
            let _ = key.to_public_text();
            text[..30].parse::<SendKey>().unwrap_err();
            Sender::new(key).unwrap().sign("msg_1", b"{}", NOW).unwrap();
        });
    }
    is_erased("SendKey", 0, SendKey::generate().unwrap());
    // How often its public key was used, where that is counted.
    is_erased("SendKey", usize::from(cfg!(feature = "std")), SendKey::generate_ed25519().unwrap());
}

/// The one that was just made is not known before: its text and its secret are looked for in what is freed from then on.
#[cfg(feature = "std")]
#[test]
fn no_api_key_is_left_in_memory() {
    use chancery::api_key::{ApiKeyStore, ApiKeys, Grant, MemoryStore};
    for keys in [
        ApiKeys::new("acme_live", MacKey::from_bytes(Hash::Sha256, &canary::<32>(9)).unwrap()).unwrap(),
        ApiKeys::unpeppered("acme_live").unwrap(),
    ] {
        let (store, grant) = (MemoryStore::new(), Grant::new("x", ["a"]).unwrap());
        is_erased("ApiKey", 0, keys.issue(&store, &grant, NOW).unwrap());
        // On the way to its text: with neither name nor scopes every block that is freed has been a secret.
        let nothing = Grant::new("", []).unwrap();
        let (key, seen) = freed(&[], || keys.issue(&store, &nothing, NOW).unwrap());
        assert!(seen.blocks > 0 && seen.not_zero == 0, "{seen:?}");
        drop(key);
        leaks_nothing("ApiKey", &[], || {
            let key = keys.issue(&store, &grant, NOW).unwrap();
            let text = key.expose_secret();
            also_secret(&text.as_bytes()[28..]);
            also_secret(number(&text.as_bytes()[28..71]).as_slice());
            keys.verify(&store, text, NOW).unwrap();
            keys.untrusted_id(text).unwrap();
            // Cut, of another service, unknown, ended.
            keys.verify(&store, &text[..text.len() - 1], NOW).unwrap_err();
            ApiKeys::unpeppered("acme_test").unwrap().verify(&store, text, NOW).unwrap_err();
            keys.verify(&MemoryStore::new(), text, NOW).unwrap_err();
            drop(keys.rotate(&store, key.id(), core::time::Duration::ZERO, NOW).unwrap());
            keys.verify(&store, text, NOW).unwrap_err();
            store.revoke(key.id(), NOW).unwrap();
        });
    }
}

/// The 32 bytes of a number in base62.
#[cfg(feature = "std")]
fn number(digits: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut bytes = Zeroizing::new([0_u8; 32]);
    for digit in digits {
        let mut carry = match digit {
            b'0'..=b'9' => u32::from(digit - b'0'),
            b'A'..=b'Z' => u32::from(digit - b'A') + 10,
            _ => u32::from(digit - b'a') + 36,
        };
        for byte in bytes.iter_mut().rev() {
            carry += u32::from(*byte) * 62;
            *byte = carry.to_be_bytes()[3];
            carry >>= 8;
        }
    }
    bytes
}

#[cfg(feature = "http")]
#[test]
fn no_key_that_signs_requests_is_left_in_memory() {
    use chancery::http_signature::{Policy, SignKey, Signer, Verifier, VerifyKey};
    let (seed, shared): ([u8; 32], [u8; 32]) = (canary(7), canary(8));
    let hmac = || MacKey::from_bytes(Hash::Sha256, &shared).unwrap();
    let import: [&dyn Fn() -> (SignKey, VerifyKey); 2] = [
        &|| {
            let key = SigningKey::from_seed(&seed).unwrap();
            let public = key.verifying_key().into();
            (key.into(), public)
        },
        &|| (hmac().try_into().unwrap(), hmac().try_into().unwrap()),
    ];
    for import in import {
        leaks_nothing("SignKey", &[&seed, &shared], || {
            let (key, verify_key) = import();
            let (key, verify_key) = (key.named("ours").unwrap(), verify_key.named("ours").unwrap());
            let request = http::Request::post("https://api.example.com/").body(()).unwrap();
            let (mut request, ()) = request.into_parts();
            Signer::new(key).sign(&mut request, b"{}", NOW).unwrap();
            let verifier = Verifier::new(verify_key, Policy::api(["api.example.com"])).unwrap();
            drop(verifier.verify(&request, b"{}", NOW).unwrap());
            verifier.verify(&request, b"[]", NOW).unwrap_err();
            let long = Zeroizing::new([shared, seed].concat());
            SignKey::try_from(MacKey::from_bytes(Hash::Sha512, &long).unwrap()).unwrap_err();
        });
    }
}

#[cfg(feature = "jwt")]
#[test]
fn no_secret_of_a_jwk_is_left_in_memory() {
    use chancery::jwt::{SignKey, VerifyKey};

    let (seed, mac): ([u8; 32], [u8; 32]) = (canary(8), canary(9));
    let [d, k] = [seed, mac].map(|secret| Zeroizing::new(Base64UrlUnpadded::encode_string(&secret)));
    let x =
        Base64UrlUnpadded::encode_string(SigningKey::from_seed(&seed).unwrap().verifying_key().as_bytes());
    let okp = Zeroizing::new(format!(r#"{{"kty":"OKP","crv":"Ed25519","d":"{}","x":"{x}","kid":"a"}}"#, *d));
    let oct = Zeroizing::new(format!(r#"{{"kty":"oct","alg":"HS256","k":"{}","kid":"a"}}"#, *k));
    #[cfg(feature = "p256")]
    let ec = {
        let public = chancery::signing::P256SigningKey::from_bytes(&seed).unwrap().public_spki();
        let [x, y] = [&public[27..59], &public[59..]].map(Base64UrlUnpadded::encode_string);
        format!(r#"{{"kty":"EC","crv":"P-256","d":"{}","x":"{x}","y":"{y}","kid":"a"}}"#, *d)
    };
    #[cfg(feature = "p256")]
    let ec = Zeroizing::new(ec);
    leaks_nothing("JWK", &[&seed, d.as_bytes(), &mac, k.as_bytes()], || {
        for jwk in [
            &okp,
            &oct,
            #[cfg(feature = "p256")]
            &ec,
        ] {
            SignKey::from_jwk(jwk).unwrap();
            VerifyKey::from_jwk(jwk).unwrap_err();
            // Cut behind the secret.
            SignKey::from_jwk(&jwk[..jwk.len() - 2]).unwrap_err();
        }
        VerifyKey::from_shared_jwk(&oct).unwrap();
        VerifyKey::from_shared_jwk(&okp).unwrap_err();
    });
}

#[test]
fn no_identity_and_no_pre_shared_key_is_left_in_memory() {
    let (secret, shared): ([u8; 32], [u8; 32]) = (canary(4), canary(5));
    let suites = [
        Suite::X25519Aes256Gcm,
        Suite::X25519ChaCha20Poly1305,
        #[cfg(feature = "pq")]
        Suite::XWingAes256Gcm,
    ];
    for suite in suites {
        let import = || Identity::from_bytes(suite, &secret).unwrap();
        life("Identity", &secret, import, Identity::to_secret_text, |identity| {
            also_secret(&shared);
            // Expanded once more, now that this is looked for.
            also_expanded(suite, &secret);
            drop(identity);
            let identity = Identity::from_bytes(suite, &secret).unwrap();
            let psk = Psk::new(&shared, b"name").unwrap();
            let recipient = identity.recipient();
            let sealed = recipient.seal(&context(), b"payload").unwrap();
            assert_eq!(identity.open(&context(), &sealed).unwrap(), b"payload");
            identity.open_psk(&context(), &psk, &sealed).unwrap_err();
            let sealed = recipient.seal_psk(&context(), &psk, b"payload").unwrap();
            assert_eq!(identity.open_psk(&context(), &psk, &sealed).unwrap(), b"payload");
            let (sent, exported) = recipient.send_export(&context(), b"", 100).unwrap();
            also_secret(exported.expose_secret());
            identity.receive_export(&context(), &sent, b"", 100).unwrap();

            let sealer = Sealer::to(recipient, &context()).unwrap();
            let envelope = sealer.seal(b"payload", NOW).unwrap();
            let opener = Opener::from_anyone(identity, &context()).unwrap();
            opener.open(&envelope, NOW).unwrap().allow_replays();
            opener.open(&envelope[..envelope.len() - 1], NOW).unwrap_err();
        });
    }
}

/// What the seed of X-Wing is expanded to: `d || z` of ML-KEM, and the X25519 secret key.
#[cfg_attr(not(feature = "pq"), expect(unused_variables, reason = "nothing is expanded"))]
fn also_expanded(suite: Suite, seed: &[u8; 32]) {
    #[cfg(feature = "pq")]
    if suite == Suite::XWingAes256Gcm {
        use shake::{ExtendableOutput, Shake256, Update, XofReader};
        let mut expanded = Zeroizing::new([0; 96]);
        Shake256::default().chain(seed).finalize_xof().read(expanded.as_mut_slice());
        expanded.chunks(32).for_each(also_secret);
    }
}

#[test]
fn a_key_that_is_refused_is_not_left_in_memory() {
    let secret: [u8; 200] = canary(6);
    leaks_nothing("refused", &[&secret], || {
        for len in [8, 31, 33, 64, 129, 200] {
            let bytes = &secret[..len];
            SealKey::from_bytes(Algorithm::Aes256Gcm, bytes).unwrap_err();
            SigningKey::from_seed(bytes).unwrap_err();
            Identity::from_bytes(Suite::X25519Aes256Gcm, bytes).unwrap_err();
            Psk::new(&bytes[..len.min(31)], b"name").unwrap_err();
            Psk::new(bytes, b"").unwrap_err();
        }
        MacKey::from_bytes(Hash::Sha512, &secret[..63]).unwrap_err();
        MacKey::from_bytes(Hash::Sha256, &secret[..129]).unwrap_err();
        let keys = Keyring::new(SealKey::from_bytes(Algorithm::Aes256Gcm, &secret[..32]).unwrap());
        keys.accept(SealKey::from_bytes(Algorithm::Aes256Gcm, &secret[..32]).unwrap()).unwrap_err();
    });
}
