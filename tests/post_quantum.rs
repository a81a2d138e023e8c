// SPDX-License-Identifier: MIT OR Apache-2.0
//! X-Wing recipients (KEM 0x647a) through `hpke` and `envelope`, and what a build without them does.

use chancery::{ConfigError, hpke::Identity};

/// An identity of X-Wing and AES-256-GCM.
const IDENTITY: &str = "chn_sk_identity_ZHoAAQACAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh-QwjHt";

#[cfg(not(feature = "pq"))]
#[test]
fn without_the_feature_the_text_of_an_x_wing_key_is_refused_with_a_reason() {
    let error = IDENTITY.parse::<Identity>().unwrap_err();
    assert_eq!(error, ConfigError::KeyText);
    assert!(error.to_string().ends_with("its algorithm is not built in"));
}

#[cfg(feature = "pq")]
mod with {
    use super::*;
    use chancery::{
        Context, Error, Key, Keyring, UnixTime,
        envelope::{Opener, Sealer},
        hpke::{Info, Psk, Recipient, Suite},
        signing::SigningKey,
    };

    const SUITES: [Suite; 2] = [Suite::XWingAes256Gcm, Suite::XWingChaCha20Poly1305];
    const ENC: usize = 1120;
    const NOW: UnixTime = UnixTime::from_secs(1_790_000_000);

    fn context() -> Context {
        Context::of("post-quantum").field("test")
    }

    #[test]
    fn what_is_sealed_opens_in_every_mode() {
        for suite in SUITES {
            let identity = Identity::generate_for(suite).unwrap();
            let recipient = identity.recipient();
            assert_eq!(suite.codes()[..2], [0x647a, 0x0001]);
            assert_eq!(recipient.as_bytes().len(), 1216);

            let sealed = recipient.seal(&context(), b"payload").unwrap();
            assert_eq!(sealed.len(), ENC + 7 + 16);
            assert_eq!(identity.open(&context(), &sealed).unwrap(), b"payload");
            assert_eq!(identity.open(&Context::of("other"), &sealed), Err(Error::NotAuthentic));
            let other = Identity::generate_for(suite).unwrap();
            assert_eq!(other.open(&context(), &sealed), Err(Error::NotAuthentic));

            let psk = Psk::new(&(0..32).collect::<Vec<u8>>(), b"id").unwrap();
            let sealed = recipient.seal_psk(&context(), &psk, b"payload").unwrap();
            assert_eq!(identity.open_psk(&context(), &psk, &sealed).unwrap(), b"payload");
            assert_eq!(identity.open(&context(), &sealed), Err(Error::NotAuthentic));

            let (sent, exported) = recipient.send_export(&context(), b"exporter", 48).unwrap();
            assert_eq!(sent.len(), ENC);
            let received = identity.receive_export(&context(), &sent, b"exporter", 48).unwrap();
            assert_eq!(received.expose_secret(), exported.expose_secret());

            let (identity, recipient) = (identity.with_tink_id(9), recipient.with_tink_id(9));
            let sealed = recipient.seal(&context(), b"payload").unwrap();
            assert_eq!(sealed[..5], [1, 0, 0, 0, 9]);
            let keys = Keyring::new(identity);
            assert_eq!(keys.open(&context(), &sealed).unwrap(), b"payload");
        }
    }

    #[test]
    fn a_bit_flipped_in_any_byte_is_refused_and_so_is_every_other_length() {
        let identity = Identity::generate_for(Suite::XWingAes256Gcm).unwrap();
        let sealed = identity.recipient().seal(&context(), b"payload").unwrap();
        for at in 0..sealed.len() {
            let mut forged = sealed.clone();
            forged[at] ^= 1 << (at % 8);
            assert_eq!(identity.open(&context(), &forged), Err(Error::NotAuthentic), "{at}");
        }
        for len in [0, 1, 31, 32, 48, 1088, ENC - 1, ENC, ENC + 15] {
            assert_eq!(identity.open(&context(), &sealed[..len]), Err(Error::Malformed), "{len}");
        }
        for len in [ENC + 16, sealed.len() - 1] {
            assert_eq!(identity.open(&context(), &sealed[..len]), Err(Error::NotAuthentic), "{len}");
        }
        assert_eq!(identity.open(&context(), &sealed).unwrap(), b"payload");
    }

    /// An export has no tag: nothing but the X25519 result of zero can be what is refused.
    #[test]
    fn pitfall_09_an_export_whose_x25519_half_is_of_small_order_is_refused() {
        let identity = Identity::generate_for(Suite::XWingAes256Gcm).unwrap();
        let (sent, _) = identity.recipient().send_export(&context(), b"", 32).unwrap();
        for first in [0, 1] {
            let mut forged = sent.clone();
            forged[1088..].fill(0);
            forged[1088] = first;
            let received = identity.receive_export(&context(), &forged, b"", 32);
            assert_eq!(received.map(|_| ()), Err(Error::NotAuthentic));
        }
        let mut other = sent.clone();
        other[0] ^= 1;
        assert!(identity.receive_export(&context(), &other, b"", 32).is_ok());
    }

    #[test]
    fn keys_of_the_two_kems_do_not_stand_for_each_other() {
        let seed: Vec<u8> = (0..32).collect();
        let x_wing = Identity::from_bytes(Suite::XWingAes256Gcm, &seed).unwrap();
        let x25519 = Identity::from_bytes(Suite::X25519Aes256Gcm, &seed).unwrap();
        assert_ne!(x_wing.id(), x25519.id());
        let sealed = x25519.recipient().seal(&context(), &[7; 2000]).unwrap();
        assert_eq!(x_wing.open(&context(), &sealed), Err(Error::NotAuthentic));
        let sealed = x_wing.recipient().seal(&context(), b"payload").unwrap();
        assert_eq!(x25519.open(&context(), &sealed), Err(Error::NotAuthentic));

        let weak = |made: Result<Recipient, ConfigError>| assert_eq!(made, Err(ConfigError::WeakKey));
        weak(Recipient::from_bytes(Suite::XWingAes256Gcm, x25519.recipient().as_bytes()));
        weak(Recipient::from_bytes(Suite::X25519Aes256Gcm, x_wing.recipient().as_bytes()));
        for seed in [&seed[1..], &[7; 32], &[0; 32], &[1; 64], &[]] {
            let made = Identity::from_bytes(Suite::XWingAes256Gcm, seed);
            assert_eq!(made.map(|_| ()), Err(ConfigError::WeakKey));
        }
    }

    #[test]
    fn a_recipient_with_an_unsound_half_is_refused() {
        let identity = Identity::generate_for(Suite::XWingAes256Gcm).unwrap();
        let good = identity.recipient().as_bytes().to_vec();
        let made = |bytes: &[u8]| Recipient::from_bytes(Suite::XWingAes256Gcm, bytes).map(|_| ());
        assert_eq!(made(&good), Ok(()));
        // Every pair of coefficients, in three bytes: both 4095.
        for at in (0..1152).step_by(3) {
            let mut bytes = good.clone();
            bytes[at..at + 3].fill(0xff);
            assert_eq!(made(&bytes), Err(ConfigError::WeakKey), "{at}");
        }
        for x25519 in [[0; 32], [0xff; 32]] {
            let bytes = [&good[..1184], &x25519].concat();
            assert_eq!(made(&bytes), Err(ConfigError::WeakKey));
        }
    }

    #[test]
    fn texts_of_keys_parse_to_the_same_keys() {
        for suite in SUITES {
            let identity = Identity::generate_for(suite).unwrap();
            let (secret, public) = (identity.to_secret_text(), identity.recipient().to_string());
            assert_eq!(public.len(), 1652);
            let parsed: Identity = secret.expose_secret().parse().unwrap();
            assert_eq!(parsed.recipient(), identity.recipient());
            assert_eq!(parsed.suite(), suite);
            assert_eq!(public.parse::<Recipient>().unwrap(), identity.recipient());

            let sealed = public.parse::<Recipient>().unwrap().seal(&context(), b"payload").unwrap();
            assert_eq!(parsed.open(&context(), &sealed).unwrap(), b"payload");
            assert!(matches!(public.parse::<Identity>(), Err(ConfigError::WrongKeyKind { .. })));
            assert!(matches!(
                secret.expose_secret().parse::<Recipient>(),
                Err(ConfigError::WrongKeyKind { .. })
            ));
            for shorter in [&public[..public.len() - 1], &public[..100]] {
                assert!(shorter.parse::<Recipient>().is_err());
            }
            for printed in [format!("{identity:?}"), format!("{:?}", identity.recipient())] {
                assert!(printed.ends_with(&format!("({})", identity.id())), "{printed}");
            }
        }
        let identity: Identity = IDENTITY.parse().unwrap();
        assert_eq!(identity.suite(), Suite::XWingAes256Gcm);
        assert_eq!(identity.to_secret_text().expose_secret(), IDENTITY);
    }

    #[test]
    fn an_envelope_opens_for_each_post_quantum_recipient() {
        for suite in SUITES {
            let (first, second) =
                (Identity::generate_for(suite).unwrap(), Identity::generate_for(suite).unwrap());
            let signer = SigningKey::generate().unwrap();
            let sender = signer.verifying_key();
            let sealer = Sealer::to(first.recipient(), &context()).unwrap();
            let sealer = sealer.and(second.recipient()).unwrap().signed_by(signer).padded();
            let sealed = sealer.seal(b"payload", NOW).unwrap();
            for identity in [first, second] {
                let opener = Opener::from_senders(identity, &context(), sender.clone()).unwrap();
                assert_eq!(opener.open(&sealed, NOW).unwrap().allow_replays().payload(), b"payload");
            }
        }
    }

    #[test]
    fn a_bit_flipped_in_an_entry_is_refused() {
        let identity = Identity::generate_for(Suite::XWingChaCha20Poly1305).unwrap();
        let sealer = Sealer::to(identity.recipient(), &context()).unwrap();
        let sealed = sealer.seal(b"payload", NOW).unwrap();
        assert_eq!(sealed.len(), 7 + 1178 + 80 + 7);
        let opener = Opener::from_anyone(identity, &context()).unwrap();
        // Every sixteenth byte of enc, since `hpke` is asked for every one; then all of the wrap.
        for at in (17..17 + ENC).step_by(16).chain(17 + ENC..7 + 1178) {
            let mut forged = sealed.clone();
            forged[at] ^= 0x80;
            let opened = opener.open(&forged, NOW).map(|_| ());
            assert_eq!(opened, Err(Error::NotAuthentic), "{at}");
        }
    }

    #[test]
    fn pitfall_28_post_quantum_and_classical_recipients_mix_only_when_it_is_said() {
        let x_wing = || Identity::generate_for(Suite::XWingAes256Gcm).unwrap();
        let x25519 = || Identity::generate_for(Suite::X25519Aes256Gcm).unwrap();
        let mixed = |made: Result<Sealer, ConfigError>| {
            assert_eq!(made.map(|_| ()), Err(ConfigError::MixedRecipients));
        };
        let to = |identity: &Identity| Sealer::to(identity.recipient(), &context()).unwrap();
        mixed(to(&x_wing()).and(x25519().recipient()));
        mixed(to(&x25519()).and(x_wing().recipient()));
        // Not only the first one counts.
        mixed(to(&x_wing()).and(x_wing().recipient()).unwrap().and(x25519().recipient()));
        // Mixing KEMs does not mix suites.
        let other = Identity::generate_for(Suite::X25519ChaCha20Poly1305).unwrap();
        let made = to(&x_wing()).allow_mixed().and(other.recipient());
        assert_eq!(made.map(|_| ()), Err(ConfigError::Suite));

        let (first, second) = (x_wing(), x25519());
        let sealer = to(&first).allow_mixed().and(second.recipient()).unwrap();
        let sealed = sealer.seal(b"payload", NOW).unwrap();
        for identity in [first, second] {
            let opener = Opener::from_anyone(identity, &context()).unwrap();
            assert_eq!(opener.open(&sealed, NOW).unwrap().allow_replays().payload(), b"payload");
        }
    }

    #[test]
    fn an_info_of_a_partner_is_taken_as_it_is() {
        let identity = Identity::generate_for(Suite::XWingAes256Gcm).unwrap();
        let info = || Info::raw(b"partner").unwrap();
        let sealed = identity.recipient().seal(info(), b"").unwrap();
        assert_eq!(sealed.len(), ENC + 16);
        assert_eq!(identity.open(info(), &sealed).unwrap(), b"");
    }
}
