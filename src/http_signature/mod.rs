// SPDX-License-Identifier: MIT OR Apache-2.0
//! Requests between services, signed and verified: RFC 9421, with the body in the signature by RFC 9530.
//!
//! ```
//! use chancery::{
//!     UnixTime, http_signature::{Policy, SignKey, Signer, VerifyKey, Verifier}, replay::MemoryStore,
//!     signing::SigningKey,
//! };
//!
//! let key = SigningKey::generate()?;
//! let public = VerifyKey::from(key.verifying_key());
//! let verifier = Verifier::new(public, Policy::api(["api.example.com"]))?;
//! let signer = Signer::new(SignKey::from(key));
//!
//! // The client signs, and sends:
//! let (body, now) = (br#"{"amount":17}"#, UnixTime::from_secs(1_790_000_000));
//! let request = http::Request::post("https://api.example.com/orders?draft=1").body(())?;
//! let (mut request, ()) = request.into_parts();
//! signer.sign(&mut request, body, now)?;
//!
//! // The service verifies, and takes it once:
//! let store = MemoryStore::new(100_000);
//! let signed = verifier.verify(&request, body, now)?.claim(&store, now)?;
//! assert_eq!(signed.body(), &body);
//! assert!(verifier.verify(&request, body, now)?.claim(&store, now).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Header first
//! The signature is in the head, and so is what the body must hash to: a server need not read a byte for somebody who
//! cannot sign. What follows is checked as it comes.
//!
//! ```
//! # use chancery::{Error, UnixTime, http_signature::{Policy, SignKey, Signer, VerifyKey, Verifier}, signing::SigningKey};
//! # let key = SigningKey::generate()?;
//! # let verifier = Verifier::new(VerifyKey::from(key.verifying_key()), Policy::api(["api.example.com"]))?;
//! # let signer = Signer::new(SignKey::from(key));
//! # let now = UnixTime::from_secs(1_790_000_000);
//! # let (mut request, ()) = http::Request::post("https://api.example.com/").body(())?.into_parts();
//! # signer.sign(&mut request, b"a long body", now)?;
//! let head = verifier.verify_head(&request, now)?; // 401 before the body is touched
//! let mut body = head.body();
//! for piece in [&b"a long "[..], b"body"] {
//!     body.update(piece);
//! }
//! let signed = body.finish()?.allow_replays(); // fails when the body is another one
//! assert!(signed.covers("content-digest"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Rotation
//! A verifier has the new key before a signer uses it; then no request is refused on the way.
//!
//! ```
//! use chancery::{Keyring, http_signature::{Policy, SignKey, Signer, VerifyKey, Verifier}, signing::SigningKey};
//!
//! let (old, new) = (SigningKey::generate()?, SigningKey::generate()?);
//! let known = Keyring::new(VerifyKey::from(old.verifying_key())).accept(new.verifying_key().into())?;
//! let verifier = Verifier::new(&known, Policy::api(["api.example.com"]))?;
//! let signer = Signer::new(Keyring::new(SignKey::from(old)).rotate(new.into())?);
//! // `Signed::key` says which one is still in use.
//! # let _ = (verifier, signer);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Responses
//! [`Signer::sign_response`] binds a response to its request, so that nobody can answer with what was the answer to
//! another one. The client keeps the head of its request as it was sent.
//!
//! ```
//! # use chancery::{UnixTime, http_signature::{Policy, SignKey, Signer, VerifyKey, Verifier}, signing::SigningKey};
//! # let now = UnixTime::from_secs(1_790_000_000);
//! # let (client, service) = (Signer::new(SignKey::from(SigningKey::generate()?)), SigningKey::generate()?);
//! # let (mut request, ()) = http::Request::get("https://api.example.com/orders/17").body(())?.into_parts();
//! # client.sign(&mut request, b"", now)?;
//! let answers = Verifier::new(VerifyKey::from(service.verifying_key()), Policy::response())?;
//! let (mut response, body) = http::Response::new(b"shipped").into_parts();
//! Signer::new(SignKey::from(service)).sign_response(&mut response, &request, body, now)?;
//!
//! let signed = answers.verify_response(&response, &request, body, now)?.allow_replays();
//! assert!(signed.covers("@status"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Security
//! * **Not covered:** headers that no policy demands: ask [`Signed::covers`]. Whether a request was on its way
//!   for long, within the bound on its age. That it is confidential: that is TLS, or [`envelope`](crate::envelope).
//!   A fragment, a user in a URL, an HTTP version. With HMAC, who of those that have the key.
//! * A body with bytes in it is always covered, whatever a header says about its length, unless
//!   [`Policy::allow_unsigned_body`] is said.
//! * The key decides on the algorithm; `alg` must agree, and selects nothing. A signature is found by its tag and its
//!   `keyid`, never by its label, which is not signed. Others that are there do no harm; a field that is broken does.
//! * The authority is that of the URI and of `Host`, in lower case and without the default port, and must be one of
//!   the policy's. Behind a proxy that changes it, it is configured: [`Policy::external_url`]. No `Forwarded` or
//!   `X-Forwarded-Host` is ever looked at.
//! * A copy is told by its nonce, or by all that was signed where none is demanded, together with authority, key and
//!   tag: one store serves many services.
//! * A header that is covered and not there is an error, never an empty value. A field that is no list and
//!   there twice is refused (`Content-Type`); several lines of `Set-Cookie` are signed with `;bs`. `;sf` needs no type: whatever types a
//!   field can be of, its text is the same. A key that is there twice in one is refused.
//! * Lines of any other field are one value: a handler reads all of them, because `a, b` may arrive as `a` and `b`.
//! * To `@query` an absent query is an empty one, and to `@path` `OPTIONS *` is `OPTIONS /`, as RFC 9421 has it:
//!   `@request-target` tells them apart. It is the origin form. A trailer cannot be known header first: `;tr` is for
//!   [`Verifier::verify_with_trailers`].
//! * Bounds: 8,192 bytes of a signature field, all its lines together, 8 signatures, 64 components, 32 parameters, one
//!   key for each signature, 65,536 bytes that are signed, 16,384 that are taken apart for `;sf`, `;key` and
//!   `@query-param`, for each of them anew.
//!
//! # Errors
//! [`Error::Header`](crate::Error::Header) when a signature, or what it covers, is not there;
//! [`Error::UnknownKey`](crate::Error::UnknownKey); [`Error::Policy`](crate::Error::Policy) for one that does not
//! cover what it must; [`Error::NotAuthentic`](crate::Error::NotAuthentic), [`Error::Expired`](crate::Error::Expired),
//! [`Error::NotYetValid`](crate::Error::NotYetValid): 401, all of them.
//! [`Error::Malformed`](crate::Error::Malformed) and [`Error::TooLarge`](crate::Error::TooLarge) for fields that are
//! none. Answer with [`Error::status`](crate::Error::status) and an empty body.
//!
#![doc = include_str!("../../docs/http-signatures.md")]

mod accept;
mod base;
mod component;
mod digest;
mod head;
mod key;
mod origin;
mod params;
mod policy;
mod query;
mod sign;
mod verify;

pub use head::{BodyCheck, Head, Signed};
pub use key::{SignKey, VerifyKey};
pub use policy::Policy;
pub use sign::Signer;
pub use verify::Verifier;
#[cfg(feature = "hazmat")]
pub(crate) use verify::{request_base, response_base};
