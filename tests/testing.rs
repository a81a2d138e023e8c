// SPDX-License-Identifier: MIT OR Apache-2.0
//! What feature `testing` signs is what the verifier of the provider accepts; keys that everybody knows.

use chancery::{
    Context, Error, Keyring, UnixTime,
    envelope::{Opener, Sealer},
    replay::MemoryStore,
    scheme::{Encoding, Part, Scheme, Unit},
    testing::{self, Signer},
    webhook::{Verifier, provider},
};
use std::time::Duration;

const NOW: UnixTime = UnixTime::from_secs(1_790_000_000);
const SECRET: &str = "5f1c2a9be07d4468a3b1c2d3e4f50617";
const BASE64: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const SEED_HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const SEED_BASE64: &str = "whsk_VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk=";

/// Schemes, and what the provider signs with.
const PROVIDERS: [(&Scheme, &str); 36] = [
    (&provider::STANDARD, BASE64),
    (&provider::STANDARD_ED25519, SEED_BASE64),
    (&provider::SVIX, BASE64),
    (&provider::STRIPE, SECRET),
    (&provider::GITHUB, SECRET),
    (&provider::META, SECRET),
    (&provider::GITEA, SECRET),
    (&provider::FORGEJO, SECRET),
    (&provider::GITLAB, BASE64),
    (&provider::GITLAB_TOKEN, SECRET),
    (&provider::SLACK, SECRET),
    (&provider::ZOOM, SECRET),
    (&provider::SHOPIFY, SECRET),
    (&provider::SHOPIFY_APP_PROXY, SECRET),
    (&provider::DISCORD, SEED_HEX),
    (&provider::SQUARE, SECRET),
    (&provider::PADDLE, SECRET),
    (&provider::ZENDESK, SECRET),
    (&provider::HUBSPOT, SECRET),
    (&provider::DOCUSIGN, SECRET),
    (&provider::BOX, SECRET),
    (&provider::TWITCH, SECRET),
    (&provider::LINE, SECRET),
    (&provider::DROPBOX, SECRET),
    (&provider::COINBASE_COMMERCE, SECRET),
    (&provider::WEBFLOW, SECRET),
    (&provider::ELEVENLABS, SECRET),
    (&provider::WORKOS, SECRET),
    (&provider::SANITY, SECRET),
    (&provider::CALENDLY, SECRET),
    (&provider::TYPEFORM, SECRET),
    (&provider::LEMON_SQUEEZY, SECRET),
    (&provider::RAZORPAY, SECRET),
    (&provider::WOOCOMMERCE, SECRET),
    (&provider::TELEGRAM, SECRET),
    (&OWN, SECRET),
];

/// One of the user's own: Base64 in the query, and milliseconds there, too.
const OWN: Scheme = Scheme::hmac_sha512("own", Encoding::Base64)
    .in_query("s")
    .timestamp_query("t", Unit::Milliseconds)
    .over(&[Part::Timestamp, Part::Text(" "), Part::Body]);

const URL: &str = "https://shop.example";

fn verifier(signer: &Signer, scheme: &Scheme, secret: &str) -> Verifier {
    let public = signer.public_key();
    Verifier::at(scheme.secret(public.as_deref().unwrap_or(secret)).unwrap(), URL).unwrap()
}

#[test]
fn what_is_signed_as_a_provider_is_accepted_and_a_change_is_not() {
    for (scheme, secret) in PROVIDERS {
        let name = scheme.name();
        let signer = Signer::at(scheme, secret, URL).unwrap();
        let verifier = verifier(&signer, scheme, secret);
        // It signs the query and nothing else.
        let body: &[u8] = if name == "shopify-app-proxy" { b"" } else { br#"{"event":"paid"}"# };
        let signed = signer.sign_at("POST", "/hooks?shop=a%20b", body, NOW).unwrap();
        let verify = |target: &str, body: &[u8], now| {
            verifier.verify_at("POST", target, &signed.headers, body, now).map(|unclaimed| {
                let delivery = unclaimed.allow_replays();
                delivery.timestamp()
            })
        };
        let time = verify(&signed.target, body, NOW).unwrap_or_else(|error| panic!("{name}: {error}"));
        let covers_body = !["gitlab-token", "telegram"].contains(&name);
        assert_eq!(verify(&signed.target, b"{}", NOW).is_err(), covers_body, "{name}");
        // The time is the one that was handed in, and it counts.
        let late = NOW.saturating_add(Duration::from_secs(3600));
        assert_eq!(
            verify(&signed.target, body, late),
            time.map_or(Ok(None), |_| Err(Error::Expired)),
            "{name}"
        );
        assert!(time.is_none_or(|time| time == NOW), "{name}");
        if ["square", "hubspot", "shopify-app-proxy"].contains(&name) {
            let other = signed.target.replace("shop=a", "shop=b");
            assert_eq!(verify(&other, body, NOW).unwrap_err(), Error::NotAuthentic, "{name}");
        }
        let mut forged = signed.clone();
        for (_, value) in &mut forged.headers {
            value.truncate(value.len() - 1);
        }
        forged.target.pop();
        let refused = verifier.verify_at("POST", &forged.target, &forged.headers, body, NOW);
        assert!(refused.is_err(), "{name}: a signature cut short");
    }
}

#[cfg(feature = "json")]
#[test]
fn a_time_in_the_body_is_the_callers() {
    let headers = |body: &[u8]| testing::sign(&provider::LINEAR, SECRET, body, NOW).unwrap();
    let verifier = Verifier::new(provider::LINEAR.secret(SECRET).unwrap()).unwrap();
    let body = br#"{"webhookTimestamp":1790000000000}"#;
    assert!(verifier.verify(&headers(body), body, NOW).is_ok());
    let old = br#"{"webhookTimestamp":1780000000000}"#;
    assert_eq!(verifier.verify(&headers(old), old, NOW).unwrap_err(), Error::Expired);
}

#[test]
fn the_published_signatures_come_out() {
    // docs.github.com, and the reference library of Standard Webhooks.
    let headers =
        testing::sign(&provider::GITHUB, "It's a Secret to Everybody", b"Hello, World!", NOW).unwrap();
    let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    assert!(headers.contains(&("x-hub-signature-256".into(), signature.into())), "{headers:?}");

    let signer = Signer::new(&provider::STANDARD, BASE64).unwrap().id("msg_p5jXN8AQM9LWM0D4loKWxJek");
    let signed = signer.sign(br#"{"test": 2432232314}"#, UnixTime::from_secs(1_614_265_330)).unwrap();
    let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    assert!(signed.headers.contains(&("webhook-signature".into(), signature.into())), "{signed:?}");

    // Box has its time as RFC 3339.
    let signed = testing::sign(&provider::BOX, SECRET, b"{}", UnixTime::from_secs(1_577_862_000)).unwrap();
    assert!(signed.contains(&("box-delivery-timestamp".into(), "2020-01-01T07:00:00Z".into())), "{signed:?}");
}

#[test]
fn workos_puts_a_space_behind_the_comma() {
    // Its SDK for Python reads nothing else.
    let headers = testing::sign(&provider::WORKOS, SECRET, b"{}", NOW).unwrap();
    assert!(headers.iter().any(|(_, value)| value.starts_with("t=1790000000000, v1=")), "{headers:?}");
    let headers = testing::sign(&provider::STRIPE, SECRET, b"{}", NOW).unwrap();
    assert!(headers.iter().any(|(_, value)| value.starts_with("t=1790000000,v1=")), "{headers:?}");
}

#[test]
fn another_delivery_has_another_id_and_the_same_has_the_same() {
    let id = |body: &[u8], now| testing::sign(&provider::TWITCH, SECRET, body, now).unwrap()[0].clone();
    assert_eq!(id(b"a", NOW), id(b"a", NOW));
    assert_ne!(id(b"a", NOW), id(b"b", NOW));
    assert_ne!(id(b"a", NOW), id(b"a", UnixTime::from_secs(1)));
    assert_eq!(id(b"a", NOW).0, "twitch-eventsub-message-id");
}

#[test]
fn known_keys_are_the_same_each_time_and_work() {
    let context = Context::of("test");
    let (identity, key) = (testing::known_identity(), testing::known_signing_key());
    assert_eq!(identity.recipient().to_string(), testing::known_identity().recipient().to_string());
    let verifying = key.verifying_key();
    let sealed = Sealer::to(identity.recipient(), &context).unwrap().signed_by(key).seal(b"x", NOW).unwrap();
    let opener = Opener::from_senders(testing::known_identity(), &context, verifying).unwrap();
    assert_eq!(opener.open(&sealed, NOW).unwrap().allow_replays().payload(), b"x");
    let sealed = Keyring::new(testing::known_seal_key()).seal(&context, b"y").unwrap();
    assert_eq!(Keyring::new(testing::known_seal_key()).open(&context, &sealed).unwrap(), b"y");
}

#[test]
fn an_envelope_with_known_keys_opens_for_its_context_only() {
    let context = Context::of("order");
    let sealed = testing::sealed_envelope(&context, b"{}", NOW).unwrap();
    let open = |context| {
        let sender = testing::known_signing_key().verifying_key();
        let opener = Opener::from_senders(testing::known_identity(), context, sender).unwrap();
        opener.open(&sealed, NOW).map(|opened| opened.allow_replays().into_parts().1)
    };
    assert_eq!(open(&context).as_deref(), Ok(&b"{}"[..]));
    assert_eq!(open(&Context::of("invoice")), Err(Error::NotAuthentic));
    assert_eq!(testing::sealed_envelope(&Context::of(""), b"{}", NOW), Err(Error::Context));
}

/// Time and body side by side: `1790000000` and `1x` is signed like `17900000001` and `x`.
const UNDIVIDED: Scheme = Scheme::hmac_sha256("undivided", Encoding::Hex)
    .in_header("signature", "")
    .timestamp_header("time", Unit::Seconds)
    .over(&[Part::Method, Part::Text("\n"), Part::Timestamp, Part::Body])
    .tolerance(Duration::MAX, Duration::MAX);

#[test]
fn webhooks_20_a_copy_is_told_by_all_that_was_signed() {
    let old = "the old secret of this service";
    let keys =
        Keyring::new(UNDIVIDED.secret(SECRET).unwrap()).accept(UNDIVIDED.secret(old).unwrap()).unwrap();
    let verifier = Verifier::new(keys).unwrap();
    let claims = |secret, body: &str, now: u64, store: &MemoryStore| {
        let mut headers =
            testing::sign(&UNDIVIDED, secret, body.as_bytes(), UnixTime::from_secs(now)).unwrap();
        headers.push(("unsigned".into(), "anything".into()));
        verifier.verify(&headers, body, NOW).unwrap().claim(store, NOW).map(|_| ())
    };
    for (secret, body, time, expected) in [
        (SECRET, "1x", 1_790_000_000, Err(Error::Replayed)),
        (old, "1x", 1_790_000_000, Err(Error::Replayed)),
        (SECRET, "x", 17_900_000_001, Err(Error::Replayed)),
        (SECRET, "2x", 1_790_000_000, Ok(())),
        (SECRET, "1x", 1_790_000_001, Ok(())),
        (SECRET, "1x1x", 1_790_000_000, Ok(())),
        (SECRET, "", 1_790_000_000, Ok(())),
    ] {
        let store = MemoryStore::new(100);
        claims(SECRET, "1x", 1_790_000_000, &store).unwrap();
        assert_eq!(claims(secret, body, time, &store), expected, "{body} {time}");
    }
}

#[test]
fn with_a_signed_id_a_copy_is_told_by_the_id() {
    let verifier = Verifier::new(provider::STANDARD.secret(BASE64).unwrap()).unwrap();
    let store = MemoryStore::new(100);
    let claim = |id, body: &[u8], later| {
        let now = NOW.saturating_add(Duration::from_secs(later));
        let signed = Signer::new(&provider::STANDARD, BASE64).unwrap().id(id).sign(body, now).unwrap();
        verifier.verify(&signed.headers, body, now).unwrap().claim(&store, now).map(|_| ())
    };
    assert_eq!(claim("msg_1", b"{}", 0), Ok(()));
    assert_eq!(claim("msg_1", b"{ }", 60), Err(Error::Replayed), "the next attempt, written anew");
    assert_eq!(claim("msg_2", b"{}", 0), Ok(()));
}
