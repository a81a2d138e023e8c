// SPDX-License-Identifier: MIT OR Apache-2.0
//! Signatures that our signer would not make.

use crate::{HOST, TIME, signing_key, verify_key};
use chancery::hazmat::{ed25519_sign, http_signature_base};
use http::{HeaderMap, HeaderValue, request};

/// The parameters that the API demands, in the order of another library.
pub(crate) fn params() -> String {
    format!(";keyid=\"{}\";nonce=\"n-1\";created={TIME}", verify_key(1).name())
}

/// What the API demands of a request without a body.
pub(crate) const API: &str = "(\"@method\" \"@authority\" \"@path\" \"@query\")";

/// A request in origin form, with these headers and no signature.
pub(crate) fn get(headers: &[(&'static str, &str)]) -> request::Parts {
    let mut request = crate::received(crate::outgoing(http::Method::GET, "/orders?a=1"));
    assert_eq!(request.headers["host"], HOST);
    for (name, value) in headers {
        request.headers.append(*name, HeaderValue::from_str(value).unwrap());
    }
    request
}

/// Signs `input`, the inner list and its parameters, with key 1 under the label `s`. The base is that of this crate, which
/// `tests/conformance` compares with others.
pub(crate) fn forge(request: request::Parts, input: &str) -> request::Parts {
    forge_as(request, "s", input, 1, None)
}

pub(crate) fn forge_as(
    mut request: request::Parts,
    label: &str,
    input: &str,
    seed: u8,
    trailers: Option<&HeaderMap>,
) -> request::Parts {
    append(&mut request.headers, "signature-input", &format!("{label}={input}"));
    let base = http_signature_base(&request, trailers, label).expect("it can be signed");
    sign_base(&mut request, label, &base, seed);
    request
}

/// Signs any bytes.
pub(crate) fn sign_base(request: &mut request::Parts, label: &str, base: &str, seed: u8) {
    use base64ct::{Base64, Encoding};
    let signature = ed25519_sign(&signing_key(seed), base.as_bytes()).unwrap();
    append(
        &mut request.headers,
        "signature",
        &format!("{label}=:{}:", Base64::encode_string(signature.as_bytes())),
    );
}

fn append(headers: &mut HeaderMap, name: &'static str, value: &str) {
    headers.append(name, HeaderValue::from_str(value).unwrap());
}
