// SPDX-License-Identifier: MIT OR Apache-2.0
//! Secrets that are refused when they are read, under every scheme.

use crate::rows::{PUBLIC, STANDARD, rows};
use chancery::{
    ConfigError, KeyKind, Keyring,
    webhook::{Verifier, provider},
};

#[test]
fn requests_07_empty_blank_short_and_padded_secrets_are_refused() {
    for row in rows() {
        let refused = |text: &str| row.scheme.secret(text).err();
        for text in ["", " ", "\t", "\u{a0}\u{2003}", "          \n             "] {
            assert_eq!(refused(text), Some(ConfigError::WeakKey), "{} {text:?}", row.name);
            assert_eq!(row.scheme.weak_secret(text).err(), Some(ConfigError::WeakKey), "{}", row.name);
        }
        for space in [" ", "\n", "\r\n", "\t", "\u{a0}", "\u{2003}"] {
            for text in [format!("{}{space}", row.secret), format!("{space}{}", row.secret)] {
                assert!(refused(&text).is_some(), "{} {text:?}", row.name);
            }
        }
        for text in ["a", "fifteen bytes..", &"A".repeat(32), &"ab12".repeat(129)] {
            assert!(refused(text).is_some(), "{} {text}", row.name);
        }
        assert!(refused(row.secret).is_none(), "{}", row.name);
    }
    assert!(provider::GITHUB.weak_secret("mysecret").is_ok());
    // As weak as short ones are, these are no short ones.
    for (scheme, text) in [(provider::GITHUB, "a".repeat(16)), (provider::STANDARD, "A".repeat(32))] {
        assert_eq!(scheme.weak_secret(&text).err(), Some(ConfigError::WeakKey), "{text}");
    }
    assert!(provider::GITHUB.secret("sixteen bytes...").is_ok());
}

#[test]
fn requests_08_a_prefix_means_what_its_provider_means() {
    let wrong = |expected, found| Some(ConfigError::WrongKeyKind { expected, found });
    let private = "whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    assert_eq!(provider::STANDARD.secret(private).err(), wrong(KeyKind::Mac, KeyKind::Signing));
    assert_eq!(provider::STANDARD.secret(PUBLIC).err(), wrong(KeyKind::Mac, KeyKind::Verifying));
    assert_eq!(provider::STANDARD_ED25519.secret(private).err(), wrong(KeyKind::Verifying, KeyKind::Signing));
    assert_eq!(provider::STANDARD_ED25519.secret(STANDARD).err(), wrong(KeyKind::Verifying, KeyKind::Mac));
    assert_eq!(provider::DISCORD.secret(private).err(), wrong(KeyKind::Verifying, KeyKind::Signing));
    // Stripe's prefix is a part of the key: the same text is another key.
    assert!(provider::STRIPE.secret(STANDARD).is_ok());
    assert!(provider::STRIPE.secret("whsk_whatever_it_is").is_ok());
    let message = provider::STANDARD_ED25519.secret(private).unwrap_err().to_string();
    assert!(message.contains("a secret key does not belong here"), "{message}");
}

#[test]
fn secrets_of_two_schemes_do_not_make_a_verifier() {
    let keys = Keyring::new(provider::GITHUB.secret(crate::rows::SECRET).unwrap());
    let mixed = keys.accept(provider::META.secret(crate::rows::SECRET).unwrap()).unwrap();
    assert_eq!(Verifier::new(mixed).err(), Some(ConfigError::Suite));
    // Of one name, but one is a shared secret and the other a public key.
    let keys = Keyring::new(provider::STANDARD.secret(STANDARD).unwrap());
    let mixed = keys.accept(provider::STANDARD_ED25519.secret(PUBLIC).unwrap()).unwrap();
    assert_eq!(Verifier::new(mixed).err(), Some(ConfigError::Suite));
}

#[test]
fn a_public_key_is_a_point_that_is_no_weak_one() {
    let hex = |byte: &str| byte.repeat(32);
    for text in [hex("00"), format!("01{}", "00".repeat(31)), hex("ff"), hex("zz"), "ea".into()] {
        assert!(provider::DISCORD.secret(&text).is_err(), "{text}");
    }
    for text in ["whpk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "whpk_AAAA", "whpk_"] {
        assert!(provider::STANDARD_ED25519.secret(text).is_err(), "{text}");
    }
    #[cfg(feature = "p256")]
    {
        use base64ct::{Base64, Encoding as _};
        let good = Base64::decode_vec(crate::rows::SPKI).unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert!(provider::SENDGRID.secret(&Base64::encode_string(&bad)).is_err(), "{at}");
            assert!(provider::SENDGRID.secret(&Base64::encode_string(&good[..at])).is_err(), "{at}");
        }
        let longer = Base64::encode_string(&[&good[..], &[0]].concat());
        assert!(provider::SENDGRID.secret(&longer).is_err());
    }
}

#[test]
fn nothing_prints_a_secret() {
    for row in rows() {
        let printed = format!("{:?} {:#?}", row.scheme.secret(row.secret).unwrap(), row.verifier(row.secret));
        assert!(!printed.contains(&row.secret[6..14]), "{printed}");
    }
}

#[test]
fn nothing_prints_the_password_or_the_token_of_a_url() {
    let url = "https://user:hunter2@hooks.example.com/in?token=t0ken";
    let secret = provider::SQUARE.secret(crate::rows::SECRET).unwrap();
    let printed = format!("{:?}", Verifier::at(secret, url).unwrap());
    assert!(!printed.contains("hunter2") && !printed.contains("t0ken"), "{printed}");
}
