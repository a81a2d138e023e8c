// SPDX-License-Identifier: MIT OR Apache-2.0
//! What an issuer answers that is no set of keys, and where it may be.

use super::*;
use chancery::{
    ConfigError, KeyKind,
    jwks::{FetchError, HttpFetch},
};

fn json(text: impl Into<String>) -> Answer {
    Answer::Text("application/json", text.into())
}

/// Lies, and what they are taken for.
fn lies() -> Vec<(Answer, FetchError)> {
    let set_error = |error| FetchError::Set(error);
    let no_set = set_error(ConfigError::KeyText);
    let key = |seed| verify_key(seed).to_jwk().unwrap();
    let secret = key(1).replace(r#""kty""#, r#""d":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8","kty""#);
    let oct = r#"{"kty":"oct","k":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8","alg":"HS256","kid":"k1"}"#;
    let keys = |keys: &[&str]| json(format!(r#"{{"keys":[{}]}}"#, keys.join(",")));
    let wrong = |found| set_error(ConfigError::WrongKeyKind { expected: KeyKind::Verifying, found });
    vec![
        (json("<html>sign in</html>"), no_set),
        (json(""), no_set),
        (json("{}"), no_set),
        (json("[]"), no_set),
        (json(format!("[{}]", key(1))), no_set),
        (json(r#"{"keys":"k1"}"#), no_set),
        (json(r#"{"keys":[],"keys":[]}"#), no_set),
        (json(format!("{}{}", set(&[1]), set(&[2]))), no_set),
        (json("[".repeat(100_000)), no_set),
        (json(set(&[1]).replace("k1", "k\u{0}")), no_set),
        (json(set(&[1]).replace("k1", "\u{feff}")), set_error(ConfigError::NoSuchKey)),
        (Answer::Text("text/html", set(&[1])), FetchError::MediaType),
        (Answer::Text("", set(&[1])), FetchError::MediaType),
        (Answer::Text("application/json5", set(&[1])), FetchError::MediaType),
        (keys(&[&key(2), &secret]), wrong(KeyKind::Signing)),
        (keys(&[&key(2), oct]), wrong(KeyKind::Mac)),
        (keys(&[&key(1), &key(2).replace("k2", "k1")]), set_error(ConfigError::DuplicateKey)),
        (keys(&[&key(1), &key(1)]), set_error(ConfigError::DuplicateKey)),
        (json(set(&(0..65).collect::<Vec<_>>())), set_error(ConfigError::Limit)),
        (Answer::Status(500), FetchError::Status(500)),
        (Answer::Status(404), FetchError::Status(404)),
        (Answer::Status(201), FetchError::Status(201)),
        (Answer::Status(203), FetchError::Status(203)),
        (Answer::Spaces(None), FetchError::TooLarge),
        (Answer::Spaces(Some(1000)), FetchError::TooLarge),
        (json(" ".repeat(128 * 1024 + 1)), FetchError::TooLarge),
        (Answer::Spaces(Some(128)), no_set),
        (Answer::Broken, FetchError::Unreachable),
    ]
}

#[tokio::test]
async fn requests_28_an_answer_that_is_no_set_of_public_keys_changes_nothing() {
    for (i, (lie, failure)) in lies().into_iter().enumerate() {
        let (issuer, clock) = (Issuer::start(lie.clone()), Clock::default());
        let keys = keys(&issuer, &clock);
        let verifier = verifier_of(keys.clone());
        assert_eq!(verify(&verifier, &token(1)).await.err(), Some(Error::Unavailable), "{i}");
        assert_eq!(verify(&verifier, &token(1)).await.err(), Some(Error::Unavailable), "{i}");
        assert_eq!((keys.failure(), issuer.hits()), (Some(failure), 1), "{i}");
        // Nor when there are keys already; but none is a set, too.
        issuer.publishes(&set(&[1]));
        clock.set(10);
        assert!(verify(&verifier, &token(1)).await.is_ok(), "{i}");
        issuer.answers(lie);
        clock.set(310);
        let kept = failure != FetchError::Set(ConfigError::NoSuchKey);
        assert_eq!(verify(&verifier, &token(1)).await.is_ok(), kept, "{i}");
        assert_eq!((keys.failure(), issuer.hits()), (Some(failure), 3), "{i}");
    }
}

#[tokio::test]
async fn a_set_is_json_of_either_type_and_of_the_whole_length() {
    let padded = |bytes: usize| format!("{}{}", set(&[1]), " ".repeat(bytes - set(&[1]).len()));
    for answer in [
        json(padded(128 * 1024)),
        Answer::Text("application/json; charset=utf-8", set(&[1])),
        Answer::Text("Application/JWK-Set+JSON", set(&[1])),
    ] {
        let issuer = Issuer::start(answer);
        assert!(verify(&verifier(&issuer, &Clock::default()), &token(1)).await.is_ok());
    }
}

#[tokio::test]
async fn requests_22_a_redirect_is_not_followed() {
    let target = Issuer::with(&set(&[1]));
    let issuer = Issuer::start(Answer::Redirect(target.url.clone()));
    // Even if the builder says otherwise.
    let builder = builder().redirect(reqwest::redirect::Policy::limited(10));
    let keys = Jwks::new(&issuer.url, builder).unwrap();
    assert_eq!(keys.keys().await.err(), Some(Error::Unavailable));
    assert_eq!((keys.failure(), issuer.hits(), target.hits()), (Some(FetchError::Status(307)), 1, 0));
}

#[tokio::test]
async fn requests_28_an_issuer_that_is_silent_is_waited_for_as_long_as_was_said() {
    for stalls in [true, false] {
        let issuer = Issuer::start(Answer::Stalled);
        issuer.open(stalls);
        let keys = Jwks::new(&issuer.url, builder()).unwrap().timeout(Duration::from_millis(100));
        assert_eq!(keys.keys().await.err(), Some(Error::Unavailable));
        assert_eq!(keys.failure(), Some(FetchError::Timeout));
    }
    // That of the builder is one, too.
    let issuer = Issuer::start(Answer::Stalled);
    let keys = Jwks::new(&issuer.url, builder().timeout(Duration::from_millis(100))).unwrap();
    assert_eq!(keys.timeout(Duration::from_secs(3600)).keys().await.err(), Some(Error::Unavailable));
}

#[tokio::test]
async fn an_issuer_that_nobody_answers_for_is_unreachable() {
    let url = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}/", listener.local_addr().unwrap())
    };
    let keys = Jwks::new(&url, builder()).unwrap();
    assert_eq!(keys.keys().await.err(), Some(Error::Unavailable));
    assert_eq!(keys.failure(), Some(FetchError::Unreachable));
}

#[tokio::test]
async fn requests_22_plain_http_goes_through_no_proxy() {
    let (issuer, proxy) = (Issuer::with(&set(&[1])), Issuer::with(&set(&[7])));
    let builder = reqwest::Client::builder().proxy(reqwest::Proxy::all(&proxy.url).unwrap());
    let keys = Jwks::new(&issuer.url, builder).unwrap();
    assert_eq!(keys.keys().await.unwrap().primary().name(), "k1");
    assert_eq!((issuer.hits(), proxy.hits()), (1, 0));
}

#[test]
fn requests_22_keys_are_read_from_https_or_from_the_loopback() {
    for url in [
        "https://id.example.com/.well-known/jwks.json",
        "https://10.0.0.1/jwks",
        "http://127.0.0.1:8080/jwks",
        "http://127.8.8.8/jwks",
        "http://[::1]:8080/jwks",
    ] {
        assert!(HttpFetch::new(url, builder()).is_ok(), "{url}");
    }
    for url in [
        "",
        "id.example.com/jwks",
        "/jwks",
        "http://id.example.com/jwks",
        "http://10.0.0.1/jwks",
        "http://169.254.169.254/latest/meta-data",
        "http://0.0.0.0/jwks",
        "http://[::]/jwks",
        "http://[::ffff:7f00:1]/jwks",
        "http://localhost/jwks",
        "http://127.0.0.1.example.com/jwks",
        "http://127.0.0.1@id.example.com/jwks",
        "http://user@127.0.0.1/jwks",
        "https://user:password@id.example.com/jwks",
        "file:///etc/passwd",
        "data:application/json,{}",
        "ftp://127.0.0.1/jwks",
        "ws://127.0.0.1/jwks",
    ] {
        assert_eq!(HttpFetch::new(url, builder()).err(), Some(FetchError::Url), "{url}");
    }
}

#[test]
fn nothing_of_the_url_but_its_host_is_printed() {
    let fetch = HttpFetch::new("https://id.example.com/tenant-7?key=hush", builder()).unwrap();
    assert_eq!(format!("{fetch:?}"), r#"HttpFetch { host: Some("id.example.com"), .. }"#);
}
