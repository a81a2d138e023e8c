// SPDX-License-Identifier: MIT OR Apache-2.0
//! JSON Web Tokens (RFC 7519) that cannot be configured wrong: signed, for somebody, and for a time (feature `jwt`).
//!
//! ```
//! use chancery::{UnixTime, jwt::{Expect, Grant, SignKey, Signer, VerifyKey, Verifier}, signing::SigningKey};
//! use core::time::Duration;
//!
//! #[derive(serde::Serialize, serde::Deserialize)]
//! struct Claims {
//!     tenant: String,
//! }
//!
//! let key = SigningKey::generate()?;
//! let expect = Expect { issuer: "https://id.example.com", audience: "orders.example.com" };
//! let verifier = Verifier::new(VerifyKey::from(key.verifying_key()), expect)?;
//! let signer = Signer::new(SignKey::from(key), "https://id.example.com")?;
//!
//! // The issuer:
//! let now = UnixTime::from_secs(1_790_000_000);
//! let grant = Grant::new("orders.example.com", Duration::from_secs(300)).subject("user-17");
//! let token = signer.issue(&grant, &Claims { tenant: "acme".into() }, now)?;
//!
//! // The service:
//! let verified = verifier.verify::<Claims>(&token, now)?;
//! assert_eq!((verified.subject(), &*verified.claims().tenant), (Some("user-17"), "acme"));
//! let late = UnixTime::from_secs(1_790_000_000 + 300 + 60);
//! assert!(verifier.verify::<Claims>(&token, late).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Keys
//! Ed25519 unless a peer cannot: who verifies can then not issue. HMAC ([`MacKey`](crate::mac::MacKey)) is for one
//! service that gives tokens to itself. ES256 (feature `p256`) is for peers without Ed25519; RS256 and PS256 (feature
//! `rsa`) are verified for identity providers that have nothing better, and sign nothing here. A token names its key by
//! `kid`, which is the text of the [`KeyId`](crate::KeyId) or a name of your own; a token without one is taken only
//! where there is one key. The key decides on the algorithm; `alg` must agree, and selects nothing. Ed25519 is written
//! as `EdDSA` (RFC 8037), which older libraries know, and read as `Ed25519` (RFC 9864), too.
//!
//! # Rotation
//! A verifier has the new key before a signer uses it. The old one goes when its last token has expired.
//!
//! ```
//! use chancery::{Keyring, jwt::{Expect, SignKey, Signer, VerifyKey, Verifier}, signing::SigningKey};
//!
//! let (old, new) = (SigningKey::generate()?, SigningKey::generate()?);
//! let keys = Keyring::new(SignKey::from(old).named("october")?).accept(SignKey::from(new).named("november")?)?;
//! // What everybody reads of us, the new key already among it:
//! let published = keys.to_jwk_set()?;
//! let expect = Expect { issuer: "https://id.example.com", audience: "orders.example.com" };
//! let verifier = Verifier::new(Keyring::from_jwk_set(&published)?, expect)?;
//! // When everybody has read it:
//! let new = keys.ids().nth(1).ok_or("two keys")?;
//! let signer = Signer::new(keys.promote(new)?, "https://id.example.com")?;
//! # let _ = (verifier, signer);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Tokens that are good once
//! A bearer token is presented until it expires, and [`Verifier::verify`] gives it as
//! [`Verified`](crate::Verified) at once. One in a link that confirms an address is not:
//!
//! ```
//! # use chancery::{UnixTime, jwt::{Expect, Grant, SignKey, Signer, VerifyKey, Verifier}, replay::MemoryStore, signing::SigningKey};
//! # use core::time::Duration;
//! # let now = UnixTime::from_secs(1_790_000_000);
//! # let key = SigningKey::generate()?;
//! # let expect = Expect { issuer: "shop", audience: "shop" };
//! let verifier = Verifier::new(VerifyKey::from(key.verifying_key()), expect)?.typ("confirm+jwt");
//! # let signer = Signer::new(SignKey::from(key), "shop")?;
//! let grant = Grant::new("shop", Duration::from_secs(3600)).subject("user-17").typ("confirm+jwt");
//! let token = signer.issue(&grant, &(), now)?;
//!
//! let store = MemoryStore::new(100_000);
//! let confirmed = verifier.verify_once::<serde::de::IgnoredAny>(&token, now)?.claim(&store, now)?;
//! assert_eq!(confirmed.subject(), Some("user-17"));
//! assert!(verifier.verify_once::<serde::de::IgnoredAny>(&token, now)?.claim(&store, now).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Security
//! * Nothing of a token is read before it is verified, but by [`untrusted_kid`] and [`untrusted_issuer`], which say so.
//! * `exp` is required, `iat` and `nbf` are checked when they are there, and a claim of another type than its own is an
//!   error and never absent. Times are integers of seconds: a fraction or an exponent is refused.
//! * Refused in any case: `none`; `crit`, `b64`, `zip`; a key in the header (`jwk`, `jku`, `x5u`, `x5c`); a member that
//!   is there twice, at any level; more than 16 levels; five parts, which are an encrypted token; the JSON form;
//!   Base64url that is padded, or not the one text of its bytes; a `kid` of more than 256 characters or of others than
//!   printable ASCII.
//! * A token that is bound to a key (`cnf`) is none for whoever holds it: that takes a proof, [`dpop`].
//! * **Not covered:** that a token was revoked: keep lifetimes short, or look its [`Token::id`] up. That it is
//!   confidential: claims can be read by everybody on the way. What a claim of yours means. With HMAC, who of those that
//!   have the key.
//! * Bounds: 8 KiB of a token, 60 seconds of leeway, a day of lifetime, unless said; one key for each token.
//!
//! # Errors
//! [`Error::UnknownKey`](crate::Error::UnknownKey); [`Error::Policy`](crate::Error::Policy) for another issuer,
//! audience, type or algorithm, a claim that is missing, a lifetime that is too long, and a header that asks for what is
//! not done; [`Error::NotAuthentic`](crate::Error::NotAuthentic), [`Error::Expired`](crate::Error::Expired),
//! [`Error::NotYetValid`](crate::Error::NotYetValid). [`Error::Malformed`](crate::Error::Malformed), also for a claim of
//! a wrong type, and [`Error::TooLarge`](crate::Error::TooLarge) are 400 and 413 by
//! [`Error::status`](crate::Error::status); for a token in `Authorization` answer 401 to them as to the others (RFC
//! 6750, section 3.1).
//!
#![doc = include_str!("../../docs/tokens.md")]

mod claims;
pub mod dpop;
mod issue;
#[cfg(feature = "p256")]
pub mod plaid;
mod token;
mod verify;

pub use crate::jws::{SignKey, VerifyKey};
pub use issue::{Grant, Signer};
pub use token::Token;
pub use verify::{Expect, Verifier, untrusted_issuer, untrusted_kid};
