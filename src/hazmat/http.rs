// SPDX-License-Identifier: MIT OR Apache-2.0
//! RFC 9421 with its insides open: the bytes that are signed, and signing with a random source that is handed in.

use crate::{
    Error, UnixTime,
    http_signature::{self, Signer},
    primitive::rng::Random,
};
use alloc::string::String;
use http::{HeaderMap, request, response};

/// The signature base (RFC 9421 section 2.5) of the signature with this label, whether it holds or not.
///
/// # Errors
/// [`Error::Header`] when there is none, or what it covers is not there; otherwise as
/// [`Verifier::verify`](crate::http_signature::Verifier::verify).
pub fn http_signature_base(
    request: &request::Parts,
    trailers: Option<&HeaderMap>,
    label: &str,
) -> Result<String, Error> {
    http_signature::request_base(request, trailers, label)
}

/// The same for a response, with the request that it answers where components of it are covered.
///
/// # Errors
/// As [`http_signature_base`].
pub fn http_signature_base_of_response(
    response: &response::Parts,
    request: Option<&request::Parts>,
    trailers: Option<&HeaderMap>,
    label: &str,
) -> Result<String, Error> {
    http_signature::response_base(response, request, trailers, label)
}

/// [`Signer::sign`] with a nonce from `random`.
///
/// # Errors
/// As [`Signer::sign`], and those of `random`.
pub fn http_sign(
    signer: &Signer,
    request: &mut request::Parts,
    body: &[u8],
    now: UnixTime,
    random: &mut dyn Random,
) -> Result<(), Error> {
    signer.sign_with(request, body, now, random)
}
