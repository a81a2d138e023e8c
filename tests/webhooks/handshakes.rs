// SPDX-License-Identifier: MIT OR Apache-2.0
//! What providers ask before they send, and that only a provider is answered.

use crate::rows::{NOW, Row, hex, rows, sha256, verify};
use chancery::{
    ConfigError, Error, Verified,
    webhook::{Delivery, handshake},
};

fn row(name: &str) -> Row {
    rows().into_iter().find(|row| row.name == name).unwrap()
}

fn received(name: &str, body: &str) -> Verified<Delivery<Vec<u8>>> {
    let row = row(name);
    let request = row.make(row.time.text(), body.as_bytes(), &|signature| signature);
    let verifier = row.verifier(row.secret);
    let now = chancery::UnixTime::from_secs(NOW);
    verifier.verify(&request.headers, request.body, now).unwrap().allow_replays()
}

#[test]
fn requests_21_slack_is_answered_with_its_challenge() {
    let ask = |body: &str| handshake::slack(&received("SLACK", body));
    let question = r#"{"token":"x","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P","type":"url_verification"}"#;
    assert_eq!(ask(question).unwrap().unwrap(), "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P");
    assert_eq!(ask(r#"{"type":"event_callback","challenge":"a"}"#), Ok(None));
    assert_eq!(ask("token=x&command=%2Fgo"), Ok(None));
    for challenge in ["", "<script>", "a b", "\u{e9}", &"a".repeat(513)] {
        let question = format!(r#"{{"type":"url_verification","challenge":"{challenge}"}}"#);
        assert_eq!(ask(&question), Err(Error::Malformed), "{challenge}");
    }
    assert_eq!(handshake::slack(&received("ZOOM", question)), Err(Error::Policy));
}

#[test]
fn zoom_is_answered_with_an_hmac_that_can_be_no_delivery() {
    let row = row("ZOOM");
    let verifier = row.verifier(row.secret);
    let ask = |body: &str| handshake::zoom(&verifier, &received("ZOOM", body));
    let question = |token: &str| {
        format!(r#"{{"event":"endpoint.url_validation","payload":{{"plainToken":"{token}"}}}}"#)
    };
    let expected = hex(&sha256(row.secret.as_bytes(), &[b"qgg8vlvZRS6UYooatFL8Aw"]));
    assert_eq!(
        ask(&question("qgg8vlvZRS6UYooatFL8Aw")).unwrap().unwrap(),
        format!(r#"{{"plainToken":"qgg8vlvZRS6UYooatFL8Aw","encryptedToken":"{expected}"}}"#)
    );
    assert_eq!(ask(r#"{"event":"meeting.started"}"#), Ok(None));
    for token in ["", "v0:1790000000:{}", "v0:1790000000:x", "a\\\"b"] {
        assert_eq!(ask(&question(token)), Err(Error::Malformed), "{token}");
    }
    let other = row.verifier(row.other);
    assert_eq!(handshake::zoom(&other, &received("ZOOM", &question("a"))), Err(Error::UnknownKey));
}

#[test]
fn discord_and_twitch_are_answered() {
    let ping = |body: &str| handshake::discord(&received("DISCORD", body));
    assert_eq!(ping(r#"{"type":1,"id":"1"}"#), Ok(Some(r#"{"type":1}"#)));
    assert_eq!((ping(r#"{"type":2}"#), ping(r#"{"type":"1"}"#)), (Ok(None), Ok(None)));
    let ask = |status: &str| {
        let body = format!(
            r#"{{"challenge":"pogchamp-kappa-360noscope-vohiyo","subscription":{{"status":"{status}"}}}}"#
        );
        handshake::twitch(&received("TWITCH", &body))
    };
    let answer = ask("webhook_callback_verification_pending").unwrap();
    assert_eq!(answer.as_deref(), Some("pogchamp-kappa-360noscope-vohiyo"));
    assert_eq!(ask("enabled"), Ok(None));
    assert_eq!(handshake::twitch(&received("DISCORD", "{}")), Err(Error::Policy));
}

#[test]
fn who_does_not_sign_is_not_answered() {
    // There is no way to an answer but through a verified delivery, and a forged question is none.
    for name in ["SLACK", "ZOOM", "DISCORD", "TWITCH"] {
        let row = row(name);
        let mut request = row.make(row.time.text(), b"{}", &|signature| signature);
        request.body = br#"{"type":"url_verification","challenge":"a"}"#.to_vec();
        assert_eq!(verify(&row.verifier(row.secret), &request, NOW).err(), Some(Error::NotAuthentic));
    }
}

#[test]
fn meta_is_answered_when_it_knows_the_token() {
    let meta = handshake::Meta::new("a verify token+&").unwrap();
    let target = "/hook?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=a+verify%20token%2B%26";
    assert_eq!(meta.challenge(target).as_deref(), Ok("1158201444"));
    for (from, to, error) in [
        ("a+verify", "A+verify", Error::NotAuthentic),
        ("%26", "", Error::NotAuthentic),
        ("&hub.verify_token", "&x", Error::NotAuthentic),
        ("subscribe", "unsubscribe", Error::Policy),
        ("1158201444", "%3Cscript%3E", Error::Malformed),
        ("hub.challenge=1158201444&", "", Error::Malformed),
        ("&hub.verify_token", "&hub.verify_token=x&hub.verify_token", Error::Header),
    ] {
        assert_eq!(meta.challenge(&target.replace(from, to)), Err(error), "{from} {to}");
    }
    for token in ["", "                    ", "short"] {
        assert_eq!(handshake::Meta::new(token).err(), Some(ConfigError::WeakKey));
    }
}

#[test]
fn okta_is_told_what_it_said() {
    let name = "X-Okta-Verification-Challenge";
    assert_eq!(handshake::okta(&[(name, "aZ-0_x")]).as_deref(), Ok(r#"{"verification":"aZ-0_x"}"#));
    for value in ["", "\"", "<b>", "a b"] {
        assert_eq!(handshake::okta(&[(name, value)]), Err(Error::Malformed));
    }
    assert_eq!(handshake::okta(&[(name, "a"), (name, "a")]), Err(Error::Header));
    assert_eq!(handshake::okta(&[("x", "a")]), Err(Error::Header));
}
