// SPDX-License-Identifier: MIT OR Apache-2.0
//! JWS and JWK: the Wycheproof files of keys and signatures as JSON, and the examples of RFC 7515 and RFC 8037.

use crate::{
    case::Case,
    report::{Counts, Row, Run, Verdict, ensure, said},
};
use base64ct::{Base64UrlUnpadded, Encoding};
use chancery::{
    ConfigError, Error, Keyring,
    hazmat::{Hash, constant_mac_key, jws_verify},
    jwt::VerifyKey,
};
use serde_json::Value;

pub(crate) const SIGNATURES: &str = "wycheproof/json_web_signature_test.json";
pub(crate) const KEYS: &str = "wycheproof/json_web_key_test.json";
pub(crate) const RFC: &str = "jose-rfc/jws.json";

/// Cases with a P-256 or an RSA key of the two files, which are refused without the feature, whatever they are.
const P256_CASES: [usize; 2] = if cfg!(feature = "p256") { [0, 0] } else { [41, 5] };
const RSA_CASES: [usize; 2] = if cfg!(feature = "rsa") { [0, 0] } else { [283, 5] };
/// RS384, RS512, PS384, PS512 and ES512, which the crate does not have: 20 valid and 17 invalid cases.
const NOT_SPOKEN: usize = 4 + 4 + (5 + MISLABELLED.len()) + 20 + 2;
pub(crate) const SIGNATURES_COUNTS: Counts = counts(401, NOT_SPOKEN + RSA_CASES[0] + P256_CASES[0]);
pub(crate) const KEYS_COUNTS: Counts = counts(26, RSA_CASES[1] + P256_CASES[1]);
pub(crate) const RFC_COUNTS: Counts = Counts::all(2);

const fn counts(cases: usize, unsupported: usize) -> Counts {
    Counts { cases, executed: cases - unsupported, refused_by_type: 0, unsupported }
}

/// 32 bytes.
const ZEROS: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
/// 367 and 370 are said to be invalid and are, under the same key, the token of 357, which is said to be valid.
/// 372 and 373 are said to be valid and have a `?`, which Base64url has not.
const DEFECTS: [(usize, bool); 4] = [(367, true), (370, true), (372, false), (373, false)];
/// Figure 20 of RFC 7520 is signed with PS384. Its key has no `alg` there, and one of PS256 in the file: with what the crate
/// has, the two do not agree.
const MISLABELLED: [usize; 2] = [346, 350];
const DEFECT: &str = "decided as RFC 7515 has it: declared defects of the file";

/// What the crate, or this build of it, does not have. Such a key is refused, which is no success.
fn unsupported(jwk: Case<'_>) -> Option<&'static str> {
    let member = |name| jwk.has(name).then(|| jwk.text(name));
    match (jwk.text("kty"), member("crv"), member("alg")) {
        ("RSA", None, Some("RS384")) => Some("RS384"),
        ("RSA", None, Some("RS512")) => Some("RS512"),
        ("RSA", None, Some("PS384")) => Some("PS384"),
        ("RSA", None, Some("PS512")) => Some("PS512"),
        ("RSA", None, _) if cfg!(not(feature = "rsa")) => Some("RSA, without the feature rsa"),
        ("EC", Some("P-521"), _) => Some("ES512, which the file calls ES521"),
        ("EC", Some("P-256"), _) if cfg!(not(feature = "p256")) => Some("P-256, without the feature p256"),
        _ => None,
    }
}

/// The key that signs or verifies in a group: the public one, or the one that both sides have.
fn key(jwk: Case<'_>) -> Result<VerifyKey, ConfigError> {
    let text = jwk.0.to_string();
    if jwk.text("kty") != "oct" {
        return VerifyKey::from_jwk(&text);
    }
    VerifyKey::from_shared_jwk(&text).or_else(|error| {
        // The file of signatures has a key of zeros, which the safe API takes for what it is.
        if (jwk.text("k"), jwk.text("alg")) != (ZEROS, "HS256") {
            return Err(error);
        }
        assert_eq!(error, ConfigError::WeakKey);
        VerifyKey::from(constant_mac_key(Hash::Sha256, &[0; 32])?).named(jwk.text("kid"))
    })
}

fn public(group: Case<'_>) -> Case<'_> {
    group.object(if group.has("public") { "public" } else { "private" })
}

fn decided(key: Result<Keyring<VerifyKey>, ConfigError>, text: &str) -> Result<Vec<u8>, String> {
    jws_verify(&key.map_err(said("the key"))?, text).map_err(said("the token"))
}

pub(crate) fn signatures(text: &str) -> Row {
    let file: Value = serde_json::from_str(text).expect("JSON");
    let file = Case(&file);
    let mut row = Row::new(SIGNATURES);
    let mut counts = [0; 4];
    for group in file.list("testGroups") {
        let jwk = public(group);
        for case in group.list("tests") {
            let verdict = signature(jwk, case);
            counts[match verdict {
                Ok(Run::Passed) => usize::from(!case.valid()),
                Ok(Run::PassedInPart(_)) => 2,
                _ => 3,
            }] += 1;
            row.count(&format!("tcId {}", case.number("tcId")), verdict);
        }
    }
    let [verified, refused, defects, unsupported] = counts;
    println!(
        "JWS {}: {verified} verified, {refused} refused, {defects} declared defects decided as the RFC has it, \
         {unsupported} not supported",
        file.number("numberOfTests")
    );
    row
}

fn signature(jwk: Case<'_>, case: Case<'_>) -> Verdict {
    let key = key(jwk).map(Keyring::new);
    if let Some(unsupported) = unsupported(jwk) {
        ensure(key.is_err(), "the key was taken")?;
        return Ok(Run::Unsupported(unsupported));
    }
    let verified = decided(key, case.text("jws"));
    if let Some((_, stated)) = DEFECTS.iter().find(|(id, _)| *id == case.number("tcId")) {
        ensure(case.valid() != *stated, "the file is said to be wrong here, and is right")?;
        ensure(verified.is_ok() == *stated, "not decided as declared")?;
        return Ok(Run::PassedInPart(DEFECT));
    }
    if MISLABELLED.contains(&case.number("tcId")) {
        ensure(
            case.valid() && jwk.text("alg") == "PS256",
            "the file is said to be wrong here, and is right",
        )?;
        ensure(verified == Err("the token: Policy".into()), "not refused for its algorithm")?;
        return Ok(Run::Unsupported("PS384, under a key that the file says is one of PS256"));
    }
    match (verified, case.valid()) {
        (Ok(_), true) | (Err(_), false) => Ok(Run::Passed),
        (Ok(_), false) => Err("was accepted".into()),
        (Err(error), true) => Err(error),
    }
}

pub(crate) fn keys(text: &str) -> Row {
    let file: Value = serde_json::from_str(text).expect("JSON");
    let mut row = Row::new(KEYS);
    for group in Case(&file).list("testGroups") {
        for case in group.list("tests") {
            row.count(&format!("tcId {}", case.number("tcId")), key_set(public(group), case));
        }
    }
    row
}

/// A set of keys that both sides have is no JWK set here: its keys go into a keyring one by one.
fn key_set(set: Case<'_>, case: Case<'_>) -> Verdict {
    let all = |kty: &str| set.list("keys").all(|jwk| jwk.text("kty") == kty);
    if let Some(unsupported) = set.list("keys").map(unsupported).reduce(Option::and).flatten() {
        ensure(Keyring::from_jwk_set(&set.0.to_string()).is_err(), "the key was taken")?;
        return Ok(Run::Unsupported(unsupported));
    }
    let keys = if all("oct") { shared(set) } else { Keyring::from_jwk_set(&set.0.to_string()) };
    let verified = decided(keys, case.text("jws"));
    match (verified, case.valid()) {
        (Ok(_), true) | (Err(_), false) => Ok(Run::Passed),
        (Ok(_), false) => Err("was accepted".into()),
        (Err(error), true) => Err(error),
    }
}

fn shared(set: Case<'_>) -> Result<Keyring<VerifyKey>, ConfigError> {
    let mut ring: Option<Keyring<VerifyKey>> = None;
    for jwk in set.list("keys") {
        let key = key(jwk)?;
        ring = Some(match ring {
            Some(ring) => ring.accept(key)?,
            None => Keyring::new(key),
        });
    }
    let ring = ring.ok_or(ConfigError::NoSuchKey)?;
    // What refuses two keys of one name.
    let expect = chancery::jwt::Expect { issuer: "any", audience: "any" };
    chancery::jwt::Verifier::new(&ring, expect).map(|_| ring)
}

pub(crate) fn rfc(text: &str) -> Row {
    let file: Value = serde_json::from_str(text).expect("JSON");
    let mut row = Row::new(RFC);
    for case in Case(&file).list("tests") {
        row.count(case.text("id"), example(case));
    }
    row
}

fn example(case: Case<'_>) -> Verdict {
    let mut jwk = case.object("key").0.clone();
    jwk.as_object_mut().expect("an object").remove("d");
    jwk["alg"] = case.text("alg").into();
    let key = key(Case(&jwk)).map_err(said("the key"))?;
    if case.has("thumbprint_sha256") {
        ensure(
            key.jwk_thumbprint().as_deref() == Some(case.text("thumbprint_sha256")),
            "another thumbprint",
        )?;
    }
    let (keys, text) = (Keyring::new(key), case.text("jws"));
    let payload = jws_verify(&keys, text).map_err(said("the token"))?;
    let expected = text.split('.').nth(1).expect("a payload");
    ensure(Base64UrlUnpadded::encode_string(&payload) == expected, "another payload")?;
    let (input, signature) = text.rsplit_once('.').expect("a signature");
    let other = if signature.starts_with('A') { "B" } else { "A" };
    let changed = format!("{input}.{other}{}", &signature[1..]);
    ensure(jws_verify(&keys, &changed) == Err(Error::NotAuthentic), "a changed signature was accepted")?;
    Ok(Run::Passed)
}
