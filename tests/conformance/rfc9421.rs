// SPDX-License-Identifier: MIT OR Apache-2.0
//! RFC 9421, appendix B: every signature base, and every signature under its key; and the vector of web-bot-auth,
//! whose parameters stand in an order of their own.

use crate::{
    case::Case,
    report::{Counts, Row, Run, Verdict, ensure, said},
};
use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use chancery::{
    Error, Keyring, UnixTime,
    hazmat::{Hash, ed25519_sign, hmac, http_signature_base, http_signature_base_of_response},
    http_signature::{Policy, Verifier, VerifyKey},
    mac::MacKey,
    signing::{SigningKey, VerifyingKey},
};
use http::{Request, Response, request, response};

pub(crate) const FILE: &str = "rfc9421/rfc9421-appendix-b.json";
pub(crate) const COUNTS: Counts = Counts::all(13);
pub(crate) const WEB_BOT_AUTH: &str = "web-bot-auth, in webhooks/schemes.json";
pub(crate) const WEB_BOT_AUTH_COUNTS: Counts = Counts::all(1);
/// The file that the latter is in; the rest of it runs in `tests/webhooks`.
pub(crate) const SCHEMES: &str = "webhooks/schemes.json";

const CREATED: UnixTime = UnixTime::from_secs(1_618_884_473);
const RSA: &str = "RSA: the base is the stated one, and the signature is refused, as it is not supported";

pub(crate) fn row(text: &str) -> Row {
    let file: serde_json::Value = serde_json::from_str(text).expect("JSON");
    let file = Case(&file);
    let mut row = Row::new(FILE);
    let (mut bases, mut verified, mut refused, mut rsa) = (0, 0, 0, 0);
    for case in file.list("cases") {
        let verdict = check(file.object("keys"), case);
        bases += usize::from(verdict.is_ok());
        match (&verdict, case.object("valid").0.as_bool()) {
            (Ok(Run::PassedInPart(_)), _) => rsa += 1,
            (Ok(_), Some(true)) => verified += 1,
            (Ok(_), _) => refused += 1,
            _ => {}
        }
        row.count(case.text("id"), verdict);
    }
    println!(
        "RFC 9421 appendix B {bases} of 13: {verified} verified, {refused} refused as altered, {rsa} refused as RSA, \
         which is not supported"
    );
    row
}

enum Message {
    Request(request::Parts),
    Response(response::Parts),
}

/// The message of a case, with the two fields of the signature.
fn message(case: Case<'_>) -> Message {
    let message = case.object("message");
    let mut headers: Vec<(&str, &str)> = Vec::new();
    for pair in message.list("headers") {
        let pair = pair.0.as_array().expect("a name and a value");
        headers.push((pair[0].as_str().expect("a name"), pair[1].as_str().expect("a value")));
    }
    headers.retain(|(name, _)| !["Signature", "Signature-Input"].contains(name));
    headers
        .extend([("Signature-Input", case.text("signature_input")), ("Signature", case.text("signature"))]);
    let words: Vec<&str> = message.text("start_line").split(' ').collect();
    if let ["HTTP/1.1", status, ..] = words[..] {
        let response = Response::builder().status(status);
        let response =
            headers.iter().fold(response, |response, (name, value)| response.header(*name, *value));
        return Message::Response(response.body(()).expect("a response").into_parts().0);
    }
    let request = Request::builder().method(words[0]).uri(words[1]);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    Message::Request(request.body(()).expect("a request").into_parts().0)
}

fn base64url(text: &str) -> Vec<u8> {
    Base64UrlUnpadded::decode_vec(text).expect("Base64")
}

/// `None` for keys that the crate does not have.
fn verify_key(keys: Case<'_>, name: &str) -> Option<VerifyKey> {
    let jwk = keys.object(name);
    let bytes = |member| base64url(jwk.text(member));
    let key = match jwk.text("kty") {
        "OKP" => VerifyKey::from(VerifyingKey::from_bytes(&bytes("x")).expect("a key")),
        "oct" => {
            let key = MacKey::from_bytes(Hash::Sha256, &bytes("k")).expect("a key");
            VerifyKey::try_from(key).expect("SHA-256")
        }
        #[cfg(feature = "p256")]
        "EC" => {
            let point = [&[4], &bytes("x")[..], &bytes("y")].concat();
            VerifyKey::p256_from_sec1(&point).expect("a point")
        }
        _ => return None,
    };
    Some(key.named(name).expect("a name"))
}

fn keyring(keys: Case<'_>) -> Keyring<VerifyKey> {
    let names = ["test-key-ed25519", "test-shared-secret", "test-key-ecc-p256"];
    let mut all = names.iter().filter_map(|name| verify_key(keys, name));
    let first = Keyring::new(all.next().expect("one key at least"));
    all.fold(first, |keyring, key| keyring.accept(key).expect("another key"))
}

fn check(keys: Case<'_>, case: Case<'_>) -> Verdict {
    let (label, message) = (case.text("label"), message(case));
    let base = match &message {
        Message::Request(request) => http_signature_base(request, None, label),
        Message::Response(response) => http_signature_base_of_response(response, None, None, label),
    };
    let base = base.map_err(said("the base"))?;
    ensure(base == case.text("signature_base"), "another signature base")?;

    let got = verify(keys, case, &message);
    let algorithm = case.text("alg");
    if algorithm.starts_with("rsa") {
        ensure(got == Err(Error::UnknownKey), "an RSA signature was not refused as unknown")?;
        return Ok(Run::PassedInPart(RSA));
    }
    if algorithm.starts_with("ecdsa") && cfg!(not(feature = "p256")) {
        ensure(got == Err(Error::UnknownKey), "a P-256 signature was not refused as unknown")?;
        return Ok(Run::Unsupported("P-256 needs the feature `p256`"));
    }
    let valid = case.object("valid").0.as_bool().expect("a truth");
    let stated = if valid { Ok(()) } else { Err(Error::NotAuthentic) };
    ensure(got == stated, "the signature is not decided on as stated")?;
    if valid && case.object("deterministic").0.as_bool() == Some(true) {
        ensure(sign(keys, algorithm, &base) == signature(case), "signing gives another signature")?;
    }
    Ok(Run::Passed)
}

/// The signatures of the appendix cover some of what they should, and no body; they say when they were made.
fn verify(keys: Case<'_>, case: Case<'_>, message: &Message) -> Result<(), Error> {
    let verifier = |policy: Policy| Verifier::new(keyring(keys), policy).expect("a sound policy");
    let body = case.object("message").text("body");
    match message {
        Message::Request(request) => {
            let host = request.headers["host"].to_str().expect("a host");
            let policy = Policy::custom_request([host], &["@authority"]).allow_unsigned_body();
            // Of one of the RSA cases.
            let tagged = case.text("signature_input").contains("tag=");
            let policy = if tagged { policy.tag("header-example") } else { policy };
            verifier(policy).verify(request, body, CREATED).map(drop)
        }
        Message::Response(response) => {
            let (request, ()) =
                Request::get("https://example.com/").body(()).expect("a request").into_parts();
            let policy = Policy::custom_response(&["@status", "content-digest"]).allow_unbound();
            verifier(policy).verify_response(response, &request, body, CREATED).map(drop)
        }
    }
}

fn signature(case: Case<'_>) -> Vec<u8> {
    let (_, text) = case.text("signature").split_once("=:").expect("a member");
    Base64::decode_vec(text.trim_end_matches(':')).expect("Base64")
}

fn sign(keys: Case<'_>, algorithm: &str, base: &str) -> Vec<u8> {
    if algorithm == "hmac-sha256" {
        let key = base64url(keys.object("test-shared-secret").text("k"));
        return hmac(Hash::Sha256, &key, base.as_bytes()).expose_secret().to_vec();
    }
    let seed = base64url(keys.object("test-key-ed25519").text("d"));
    let key = SigningKey::from_seed(&seed).expect("a seed");
    ed25519_sign(&key, base.as_bytes()).expect("no input of our own formats").as_bytes().to_vec()
}

pub(crate) fn web_bot_auth(text: &str) -> Row {
    let file: serde_json::Value = serde_json::from_str(text).expect("JSON");
    let entries = file.as_array().expect("a list").iter().map(Case);
    let mut row = Row::new(WEB_BOT_AUTH);
    for case in entries.filter(|case| case.text("name").starts_with("web-bot-auth")) {
        row.count(case.text("name"), bot(case));
    }
    row
}

fn bot(case: Case<'_>) -> Verdict {
    let (authority, input) = (case.text("authority"), case.text("signature_input"));
    let request = Request::get("/")
        .header("host", authority)
        .header("signature-input", input)
        .header("signature", case.text("signature"));
    let (request, ()) = request.body(()).expect("a request").into_parts();
    let base = http_signature_base(&request, None, "sig1").map_err(said("the base"))?;
    ensure(base.ends_with(input.trim_start_matches("sig1=")), "the parameters are in another order")?;

    let key = VerifyKey::from(VerifyingKey::from_bytes(&base64url(case.text("pub_b64url"))).expect("a key"));
    let thumbprint = key.jwk_thumbprint().expect("a public key");
    ensure(input.contains(&format!("keyid=\"{thumbprint}\"")), "the key has another thumbprint")?;
    let key = key.named(&thumbprint).expect("a name");
    let verifier = Verifier::new(key, Policy::web_bot_auth([authority])).expect("a sound policy");
    for (seconds, stated) in [
        (1_735_689_600 - 31, Err(Error::NotYetValid)),
        (1_735_689_600, Ok(())),
        (1_735_693_200, Ok(())),
        (1_735_693_201, Err(Error::Expired)),
    ] {
        let got = verifier.verify(&request, b"", UnixTime::from_secs(seconds)).map(drop);
        ensure(got == stated, &format!("at {seconds}: {got:?}"))?;
    }
    Ok(Run::Passed)
}
