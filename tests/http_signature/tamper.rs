// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every change to a signed request is refused.

use crate::{BODY, NOW, api, mac_key, outcome, post, signed, signed_by, text, verifier, verify, verify_key};
use base64ct::{Base64, Encoding};
use chancery::http_signature::{SignKey, Signer, Verifier, VerifyKey};
use http::{HeaderValue, Method, request};

/// A request under each algorithm.
fn both() -> [(request::Parts, Verifier); 2] {
    let hmac = Signer::new(SignKey::try_from(mac_key(1)).unwrap());
    let shared = VerifyKey::try_from(mac_key(1)).unwrap();
    [(signed(), verifier(api())), (signed_by(&hmac, post(), BODY), Verifier::new(shared, api()).unwrap())]
}

/// The same bytes in another text: the bits behind the last byte are not looked at.
fn is_same_signature(one: &str, other: &str) -> bool {
    let decode = |text: &str| {
        let text = text.strip_prefix("sig1=:")?.strip_suffix(':')?.trim_end_matches('=');
        // Canonical, whatever the last bits were.
        let (body, last) = text.split_at(text.len().checked_sub(1)?);
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let bits = [0, 0, 4, 2][text.len() % 4];
        let value = alphabet.find(last)? >> bits << bits;
        let text = format!("{body}{}{}", &alphabet[value..=value], ["", "", "==", "="][text.len() % 4]);
        Base64::decode_vec(&text).ok()
    };
    decode(one).is_some() && decode(one) == decode(other)
}

#[test]
fn every_bit_of_both_signature_fields_counts() {
    for (good, verifier) in both() {
        let mut tried = 0;
        for name in ["signature-input", "signature"] {
            let value = text(&good.headers, name);
            for (at, bit) in (0..value.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
                let mut bytes = value.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                // No header can have such a byte.
                let Ok(changed) = HeaderValue::from_bytes(&bytes) else { continue };
                if name == "signature"
                    && changed.to_str().is_ok_and(|changed| is_same_signature(changed, &value))
                {
                    continue;
                }
                let mut request = good.clone();
                request.headers.insert(name, changed);
                assert!(verifier.verify(&request, BODY, NOW).is_err(), "{name} {at} {bit}");
                tried += 1;
            }
        }
        assert!(tried > 1500, "{tried}");
        assert_eq!(outcome(verifier.verify(&good, BODY, NOW)), Ok(()));
    }
}

#[test]
fn every_prefix_of_both_signature_fields_is_refused() {
    for (good, verifier) in both() {
        for name in ["signature-input", "signature"] {
            let value = text(&good.headers, name);
            for len in 0..value.len() {
                let mut request = good.clone();
                request.headers.insert(name, HeaderValue::from_str(&value[..len]).unwrap());
                // The colon that ends a byte sequence is needed; nothing before it is.
                assert!(verifier.verify(&request, BODY, NOW).is_err(), "{name} {len}");
            }
            let mut request = good.clone();
            request.headers.remove(name);
            assert!(verifier.verify(&request, BODY, NOW).is_err(), "{name}");
        }
    }
}

#[test]
fn every_byte_of_every_covered_value_counts() {
    let good = signed();
    for name in ["content-digest", "content-type", "host"] {
        let value = text(&good.headers, name);
        for at in 0..value.len() {
            let mut bytes = value.clone().into_bytes();
            bytes[at] ^= 1;
            let Ok(changed) = HeaderValue::from_bytes(&bytes) else { continue };
            let mut request = good.clone();
            request.headers.insert(name, changed);
            assert!(verify(&request, BODY).is_err(), "{name} {at}");
        }
        let mut request = good.clone();
        request.headers.append(name, good.headers[name].clone());
        assert!(verify(&request, BODY).is_err(), "{name} twice");
        request.headers.remove(name);
        assert!(verify(&request, BODY).is_err(), "{name} gone");
    }
    let target = good.uri.to_string();
    for at in 1..target.len() {
        let mut bytes = target.clone().into_bytes();
        bytes[at] ^= 1;
        let Some(changed) = String::from_utf8(bytes).ok().and_then(|text| text.parse().ok()) else {
            continue;
        };
        let mut request = good.clone();
        request.uri = changed;
        assert!(verify(&request, BODY).is_err(), "{}", request.uri);
    }
    for method in [Method::GET, Method::PUT, Method::from_bytes(b"post").unwrap()] {
        let mut request = good.clone();
        request.method = method;
        assert!(verify(&request, BODY).is_err(), "{}", request.method);
    }
    for at in 0..BODY.len() {
        let mut body = BODY.to_vec();
        body[at] ^= 1;
        assert!(verify(&good, &body).is_err(), "body {at}");
    }
}

#[test]
fn a_signature_is_not_moved_to_another_request_or_key() {
    let (one, other) = (signed(), signed_by(&crate::signer(), crate::outgoing(Method::POST, "/x"), BODY));
    for name in ["signature-input", "signature"] {
        let mut request = one.clone();
        request.headers.insert(name, other.headers[name].clone());
        assert!(verify(&request, BODY).is_err(), "{name}");
    }
    let stranger = Verifier::new(verify_key(2), api()).unwrap();
    assert!(stranger.verify(&one, BODY, NOW).is_err());
    // Also under the name of the key that signed.
    let name = verify_key(1).name().to_owned();
    let stranger = Verifier::new(verify_key(2).named(&name).unwrap(), api()).unwrap();
    assert!(stranger.verify(&one, BODY, NOW).is_err());
}
