// SPDX-License-Identifier: MIT OR Apache-2.0
//! Signed HTTP messages: what is accepted, what is refused, and what went wrong elsewhere.

#![cfg(feature = "http")]

mod asked;
#[cfg(feature = "hazmat")]
mod attacks;
#[cfg(feature = "hazmat")]
mod components;
#[cfg(feature = "hazmat")]
mod considerations;
#[cfg(feature = "hazmat")]
mod forge;
mod policies;
mod responses;
#[cfg(feature = "hazmat")]
mod rows;
mod tamper;

use chancery::{
    Error, Unclaimed, UnixTime,
    http_signature::{Policy, SignKey, Signed, Signer, Verifier, VerifyKey},
    mac::{Hash, MacKey},
    signing::SigningKey,
};
use http::{HeaderMap, HeaderValue, Method, Request, Uri, request};

const TIME: u64 = 1_790_000_000;
const NOW: UnixTime = UnixTime::from_secs(TIME);
const HOST: &str = "api.example.com";
const BODY: &[u8] = br#"{"amount":17}"#;

fn at(seconds: u64) -> UnixTime {
    UnixTime::from_secs(seconds)
}

/// A key, another one for each `seed`.
fn signing_key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&core::array::from_fn::<u8, 32, _>(|i| seed.wrapping_add(u8::try_from(i).unwrap())))
        .unwrap()
}

fn mac_key(seed: u8) -> MacKey {
    let bytes: [u8; 32] =
        core::array::from_fn(|i| seed.wrapping_mul(3).wrapping_add(u8::try_from(i).unwrap()));
    MacKey::from_bytes(Hash::Sha256, &bytes).unwrap()
}

fn sign_key(seed: u8) -> SignKey {
    signing_key(seed).into()
}

fn verify_key(seed: u8) -> VerifyKey {
    signing_key(seed).verifying_key().into()
}

fn signer() -> Signer {
    Signer::new(sign_key(1))
}

fn api() -> Policy {
    Policy::api([HOST])
}

fn verifier(policy: Policy) -> Verifier {
    Verifier::new(verify_key(1), policy).unwrap()
}

/// A request as a client makes it.
fn outgoing(method: Method, path: &str) -> request::Parts {
    let uri = format!("https://{HOST}{path}");
    Request::builder().method(method).uri(uri).body(()).unwrap().into_parts().0
}

fn post() -> request::Parts {
    let mut request = outgoing(Method::POST, "/orders?draft=1&page=2");
    request.headers.insert("content-type", HeaderValue::from_static("application/json"));
    request
}

/// The same request as a server of HTTP/1.1 sees it.
fn received(mut request: request::Parts) -> request::Parts {
    let host = request.uri.authority().expect("an authority").as_str().to_owned();
    request.headers.insert("host", HeaderValue::try_from(host).unwrap());
    request.uri = request.uri.path_and_query().expect("a path").as_str().parse::<Uri>().unwrap();
    request
}

fn signed_by(signer: &Signer, mut request: request::Parts, body: &[u8]) -> request::Parts {
    signer.sign(&mut request, body, NOW).expect("it can be signed");
    received(request)
}

/// A request with a body, signed and received.
fn signed() -> request::Parts {
    signed_by(&signer(), post(), BODY)
}

fn text(headers: &HeaderMap, name: &str) -> String {
    headers[name].to_str().unwrap().to_owned()
}

fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    headers.insert(name, HeaderValue::from_str(value).unwrap());
}

fn outcome<B>(result: Result<Unclaimed<Signed<B>>, Error>) -> Result<(), Error> {
    result.map(drop)
}

/// Whether the API accepts it.
fn verify(request: &request::Parts, body: &[u8]) -> Result<(), Error> {
    outcome(verifier(api()).verify(request, body, NOW))
}

#[cfg(not(feature = "hazmat"))]
#[test]
fn without_hazmat_nothing_is_forged() {
    println!(
        "http_signature: NOT RUN without the feature `hazmat`: values of components, RFC 9421 section 7, forged"
    );
    println!("signatures");
}

#[test]
fn a_signed_request_says_who_sent_it_and_what_is_covered() {
    let request = signed();
    let signed = verifier(api()).verify(&request, BODY, NOW).unwrap().allow_replays();
    assert_eq!(*signed.body(), BODY);
    assert_eq!(signed.keyid(), signed.key().to_string());
    assert_eq!((signed.created(), signed.expires(), signed.tag()), (NOW, None, None));
    assert_eq!(signed.nonce().map(str::len), Some(22));
    for component in ["@method", "@authority", "@path", "@query", "content-digest", "content-type"] {
        assert!(signed.covers(component), "{component}");
    }
    for component in
        ["@status", "@path;req", "content-type;sf", "content-digest;key=\"sha-256\"", "x", "", "@nonsense"]
    {
        assert!(!signed.covers(component), "{component}");
    }
    assert!(!format!("{signed:?} {:?}", *signed).contains("amount"));
}

#[test]
fn every_kind_of_key_signs_and_is_known_by_its_name() {
    let hmac = SignKey::try_from(mac_key(1)).unwrap().named("shared \"1\"").unwrap();
    let shared = VerifyKey::try_from(mac_key(1)).unwrap().named("shared \"1\"").unwrap();
    assert!(hmac.verify_key().is_none());
    let ed25519 = SignKey::from(signing_key(1)).named("theirs").unwrap();
    let public = ed25519.verify_key().unwrap();
    let mut pairs = vec![(Signer::new(hmac), shared), (Signer::new(ed25519), public)];
    #[cfg(feature = "p256")]
    {
        let key = chancery::signing::P256SigningKey::from_bytes(&[&[7; 31][..], &[1]].concat()).unwrap();
        let public = key.public_spki();
        let public = VerifyKey::p256_from_spki(&public).unwrap().named("p").unwrap();
        let key = SignKey::from(key).named("p").unwrap();
        assert_eq!(key.verify_key().map(|key| chancery::Key::id(&key)), Some(chancery::Key::id(&public)));
        pairs.push((Signer::new(key), public));
    }
    for (signer, key) in pairs {
        let (signer, name) = (signer.tag("billing").unwrap(), key.name().to_owned());
        let request = signed_by(&signer, post(), BODY);
        let verifier = Verifier::new(key, api().tag("billing")).unwrap();
        let signed = verifier.verify(&request, BODY, NOW).unwrap().allow_replays();
        assert_eq!((signed.keyid(), signed.tag()), (name.as_str(), Some("billing")));
    }
}

#[test]
fn a_head_is_verified_before_a_byte_of_the_body_and_the_body_in_pieces() {
    let request = signed();
    for size in 1..=BODY.len() {
        let mut check = verifier(api()).verify_head(&request, NOW).unwrap().body();
        BODY.chunks(size).for_each(|piece| check.update(piece));
        assert!(check.finish().is_ok(), "{size}");
    }
    let mut forged = signed();
    set(&mut forged.headers, "content-type", "text/plain");
    assert!(matches!(verifier(api()).verify_head(&forged, NOW), Err(Error::NotAuthentic)));
    for body in [&BODY[1..], &[BODY, b"x"].concat(), b""] {
        let mut check = verifier(api()).verify_head(&request, NOW).unwrap().body();
        check.update(body);
        assert_eq!(outcome(check.finish()), Err(Error::NotAuthentic));
    }
}

#[test]
fn a_request_without_a_body_needs_no_digest() {
    let request = signed_by(&signer(), outgoing(Method::GET, "/"), b"");
    assert!(!request.headers.contains_key("content-digest"));
    assert_eq!(verify(&request, b""), Ok(()));
    // Whatever the header says, bytes came.
    assert_eq!(verify(&request, b"x"), Err(Error::Policy));
}

#[test]
fn a_head_that_cannot_be_signed_is_as_it_was() {
    let signer = signer().covering(&["x-missing"]).unwrap();
    let (mut request, before) = (post(), post());
    assert_eq!(signer.sign(&mut request, BODY, NOW), Err(Error::Header));
    assert_eq!(request.headers, before.headers);
    // A digest that was there stays, if it is that of the body.
    set(&mut request.headers, "content-digest", "sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:");
    assert_eq!(self::signer().sign(&mut request, BODY, NOW), Err(Error::NotAuthentic));
    let mut twice = post();
    self::signer().sign(&mut twice, BODY, NOW).unwrap();
    let digest = text(&twice.headers, "content-digest");
    Signer::new(sign_key(2)).sign(&mut twice, BODY, NOW).unwrap();
    assert_eq!(text(&twice.headers, "content-digest"), digest);
    let twice = received(twice);
    for seed in [1, 2] {
        assert!(Verifier::new(verify_key(seed), api()).unwrap().verify(&twice, BODY, NOW).is_ok(), "{seed}");
    }
}

#[test]
fn signatures_are_added_and_never_overwritten_up_to_eight() {
    let mut request = post();
    for count in 1..=8 {
        signer().sign(&mut request, BODY, NOW).unwrap();
        assert_eq!(request.headers.get_all("signature").iter().count(), count);
    }
    assert_eq!(signer().sign(&mut request, BODY, NOW), Err(Error::TooLarge));
    assert_eq!(verify(&received(request), BODY), Ok(()));
}

#[test]
fn what_a_signer_is_told_it_checks() {
    for components in
        [&["@nonsense"][..], &["X-Upper"], &["x;tr"], &["x;sf;bs"], &["@query-param"], &["a b"], &[""]]
    {
        assert!(signer().covering(components).is_err(), "{components:?}");
    }
    assert!(signer().covering_only(&[]).is_err());
    for tag in ["", "\u{e9}", "a\n", &"x".repeat(257)] {
        assert!(signer().tag(tag).is_err(), "{tag}");
    }
    for label in ["", "Sig", "1", "a b", "a=", &"x".repeat(65)] {
        assert!(signer().label(label).is_err(), "{label}");
    }
    let other =
        MacKey::from_bytes(Hash::Sha512, &core::array::from_fn::<u8, 64, _>(|i| u8::try_from(i).unwrap()));
    assert!(VerifyKey::try_from(other.unwrap()).is_err());
    for name in ["", "\u{e9}", "a\n", &"x".repeat(257)] {
        assert!(verify_key(1).named(name).is_err(), "{name}");
    }
}
