// SPDX-License-Identifier: MIT OR Apache-2.0
//! Standard Webhooks as we send them: the published answers, rotation, what our own verifier accepts.

use chancery::{
    ConfigError, Error, Key, KeyKind, Keyring, UnixTime,
    webhook::{RETRY_SCHEDULE, SendKey, Sender, Verifier, new_message_id, provider},
};
use std::{collections::BTreeSet, time::Duration};

const NOW: UnixTime = UnixTime::from_secs(1_790_000_000);

/// Key, id, time, body, signature.
const PUBLISHED: [(&str, &str, u64, &str, &str); 4] = [
    // The reference libraries for Rust and Python.
    (
        "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
        1_649_367_553,
        r#"{"email":"test@example.com","username":"test_user"}"#,
        "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
    ),
    (
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1_614_265_330,
        r#"{"test": 2432232314}"#,
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ),
    // The reference library for Go: the seed alone.
    (
        "whsk_VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk=",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1_614_265_330,
        r#"{"test": 2432232314}"#,
        "v1a,tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0mkATuDe6KYYUuxqtaiHeYGb7KaaBRdM5WqyeFiL8Ag==",
    ),
    // Svix's server, and the example in the specification: the seed and its public key.
    (
        "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1_614_265_330,
        r#"{"test": 2432232314}"#,
        "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==",
    ),
];

fn key(text: &str) -> SendKey {
    text.parse().unwrap()
}

/// What the receiver of this key configures.
fn verifier(key: &SendKey) -> Verifier {
    let secret = match key.to_public_text() {
        Some(text) => provider::STANDARD_ED25519.secret(&text),
        None => provider::STANDARD.secret(key.to_secret_text().expose_secret()),
    };
    Verifier::new(secret.unwrap()).unwrap()
}

#[test]
fn the_published_signatures_are_reproduced_and_accepted() {
    for (text, id, time, body, signature) in PUBLISHED {
        let now = UnixTime::from_secs(time);
        let verifier = verifier(&key(text));
        let headers = Sender::new(key(text)).unwrap().sign(id, body.as_bytes(), now).unwrap();
        assert_eq!(
            headers.each_ref().map(|(name, _)| *name),
            ["webhook-id", "webhook-timestamp", "webhook-signature"]
        );
        assert_eq!(headers.each_ref().map(|(_, value)| &**value), [id, &*time.to_string(), signature]);
        let delivery = verifier.verify(&headers, body, now).unwrap().allow_replays();
        assert_eq!((delivery.id(), delivery.timestamp()), (Some(id), Some(now)));
        assert_eq!(delivery.secret(), key(text).id(), "both sides name the key alike");
    }
    let public = key(PUBLISHED[3].0).to_public_text();
    assert_eq!(public.as_deref(), Some("whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="));
}

#[test]
fn while_a_key_is_replaced_receivers_with_either_accept() {
    let (old, new, asymmetric) =
        (SendKey::generate().unwrap(), SendKey::generate().unwrap(), SendKey::generate_ed25519().unwrap());
    let receivers = [&old, &new, &asymmetric].map(|key| (key.id(), verifier(key)));
    let stranger = verifier(&SendKey::generate().unwrap());

    let old_id = old.id();
    let both = Keyring::new(old).rotate(new).unwrap().accept(asymmetric).unwrap();
    let headers = Sender::new(&both).unwrap().sign("msg_1", b"\xFF\x00 any bytes", NOW).unwrap();
    assert_eq!(headers[2].1.split(' ').count(), 3);
    for (id, receiver) in &receivers {
        let delivery = receiver.verify(&headers, b"\xFF\x00 any bytes", NOW).unwrap().allow_replays();
        assert_eq!(delivery.secret(), *id);
        assert_eq!(receiver.verify(&headers, b"other", NOW).unwrap_err(), Error::NotAuthentic);
    }
    assert_eq!(stranger.verify(&headers, b"\xFF\x00 any bytes", NOW).unwrap_err(), Error::NotAuthentic);

    let sender = Sender::new(both.retire(old_id).unwrap()).unwrap();
    let headers = sender.sign("msg_2", b"{}", NOW).unwrap();
    let accepted = receivers.map(|(_, receiver)| receiver.verify(&headers, b"{}", NOW).is_ok());
    assert_eq!(accepted, [false, true, true]);
}

#[test]
fn an_id_with_a_dot_or_another_character_is_refused() {
    let sender = Sender::new(SendKey::generate().unwrap()).unwrap();
    let long = "x".repeat(257);
    for id in ["", ".", "msg_1.1", "msg 1", "msg\n1", "msg,1", "m\u{e9}", "\u{ff}chancery/", "msg/1", &long] {
        assert_eq!(sender.sign(id, b"", NOW).unwrap_err(), Error::Malformed, "{id}");
    }
    for id in ["a", "-", "_", "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W", &long[1..]] {
        assert!(sender.sign(id, b"", NOW).is_ok(), "{id}");
    }
}

#[test]
fn message_ids_are_new_and_in_the_grammar() {
    let sender = Sender::new(SendKey::generate().unwrap()).unwrap();
    let ids: BTreeSet<String> = (0..1000).map(|_| new_message_id().unwrap()).collect();
    assert_eq!(ids.len(), 1000);
    for id in ids {
        assert!(id.starts_with("msg_") && id.len() == 28, "{id}");
        assert!(sender.sign(&id, b"", NOW).is_ok(), "{id}");
    }
}

#[test]
fn the_text_of_a_key_is_read_back_and_has_one_form() {
    for key in [SendKey::generate().unwrap(), SendKey::generate_ed25519().unwrap()] {
        let again: SendKey = key.to_secret_text().expose_secret().parse().unwrap();
        assert_eq!(again.id(), key.id());
        assert_eq!(again.to_public_text(), key.to_public_text());
    }
    assert_ne!(SendKey::generate().unwrap().id(), SendKey::generate().unwrap().id());
    // Without padding, and with the public key behind the seed.
    let canonical = key(PUBLISHED[3].0).to_secret_text();
    assert_eq!(canonical.expose_secret(), "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbc=");
    let unpadded = key(canonical.expose_secret().trim_end_matches('='));
    assert_eq!(unpadded.to_secret_text().expose_secret(), canonical.expose_secret());
}

#[test]
fn webhooks_7_and_8_keys_that_are_weak_or_of_another_kind_are_refused() {
    let public = key(PUBLISHED[2].0).to_public_text().unwrap();
    let wrong = |found| ConfigError::WrongKeyKind { expected: KeyKind::Signing, found };
    let foreign_public =
        "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfWKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
    for (text, error) in [
        ("", ConfigError::KeyText),
        ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", ConfigError::KeyText),
        ("whsec_", ConfigError::WeakKey),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLQ==", ConfigError::WeakKey), // 22 bytes
        ("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", ConfigError::WeakKey),
        (" whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", ConfigError::KeyText),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n", ConfigError::KeyText),
        ("whsk_", ConfigError::KeyText),
        ("whsk_VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTg==", ConfigError::KeyText), // 31 bytes
        ("whsk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", ConfigError::WeakKey),
        (foreign_public, ConfigError::KeyText),
        (&public, wrong(KeyKind::Verifying)),
    ] {
        assert_eq!(text.parse::<SendKey>().unwrap_err(), error, "{text}");
    }
    // And the other way: what signs does not go into a verifier.
    let private = key(PUBLISHED[2].0).to_secret_text();
    let refused = provider::STANDARD_ED25519.secret(private.expose_secret()).unwrap_err();
    assert_eq!(refused, ConfigError::WrongKeyKind { expected: KeyKind::Verifying, found: KeyKind::Signing });
}

#[test]
fn more_keys_than_a_receiver_looks_at_are_refused() {
    let mut keys = Keyring::new(SendKey::generate().unwrap());
    for _ in 1..16 {
        keys = keys.accept(SendKey::generate_ed25519().unwrap()).unwrap();
    }
    let last = verifier(keys.iter().last().unwrap());
    let headers = Sender::new(&keys).unwrap().sign("msg_1", b"", NOW).unwrap();
    assert!(last.verify(&headers, b"", NOW).is_ok(), "the last of sixteen is found");
    let keys = keys.accept(SendKey::generate().unwrap()).unwrap();
    assert_eq!(Sender::new(&keys).unwrap_err(), ConfigError::Limit);
}

#[test]
fn the_retry_schedule_spans_three_days_as_in_the_specification() {
    // The column "time since start".
    let since_start = [5, 305, 2_105, 9_305, 27_305, 63_305, 113_705, 185_705, 272_105];
    let mut sum = Duration::ZERO;
    for (wait, expected) in RETRY_SCHEDULE.into_iter().zip(since_start) {
        sum += wait;
        assert_eq!(sum.as_secs(), expected);
    }
}

#[cfg(feature = "http")]
#[test]
fn another_attempt_replaces_the_headers_of_the_last() {
    let sender = Sender::new(SendKey::generate().unwrap()).unwrap();
    let mut headers = http::HeaderMap::new();
    sender.sign_into(&mut headers, "msg_1", b"{}", NOW).unwrap();
    let first = headers["webhook-signature"].clone();
    sender.sign_into(&mut headers, "msg_1", b"{}", NOW.saturating_add(RETRY_SCHEDULE[0])).unwrap();
    assert_eq!(headers.len(), 3);
    assert_eq!(headers["webhook-timestamp"], "1790000005");
    assert_ne!(headers["webhook-signature"], first);
}

#[test]
fn no_key_is_printed() {
    let key = SendKey::generate().unwrap();
    let shown = format!("{key:?} {:#?}", Sender::new(self::key(PUBLISHED[2].0)).unwrap());
    assert!(
        !shown.contains(&key.to_secret_text().expose_secret()[6..]) && !shown.contains("VEVTVFNJ"),
        "{shown}"
    );
}
