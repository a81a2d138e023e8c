// SPDX-License-Identifier: MIT OR Apache-2.0
//! DPoP (RFC 9449): tokens that are good only with the key of the client that they were given to.
//!
//! The client signs each request with a key of its own, and the token says which key that is. A token that leaks is of
//! no use to others, and neither is a proof, which is for one method, one URL, one token and one time.
//!
//! ```
//! use chancery::{
//!     UnixTime, jwt::{Expect, Grant, SignKey, Signer, VerifyKey, Verifier, dpop::{Proof, Prover}},
//!     replay::MemoryStore, signing::SigningKey,
//! };
//! use core::time::Duration;
//!
//! # let now = UnixTime::from_secs(1_790_000_000);
//! let (key, store) = (SigningKey::generate()?, MemoryStore::new(100_000));
//! let expect = Expect { issuer: "https://id.example.com", audience: "orders" };
//! let verifier = Verifier::access_tokens(VerifyKey::from(key.verifying_key()), expect)?;
//! let signer = Signer::new(SignKey::from(key), "https://id.example.com")?;
//!
//! // The client shows its key when it asks for a token, and is given one that is bound to it:
//! let client = Prover::new(SigningKey::generate()?);
//! let url = "https://id.example.com/token";
//! let proof = client.prove("POST", url, None, now)?;
//! let thumbprint = Proof { proof: &proof, method: "POST", url }.verify(now)?.claim(&store, now)?;
//! let grant = Grant::new("orders", Duration::from_secs(300)).access_token("user-17", "web").bound_to(&thumbprint);
//! let token = signer.issue(&grant, &(), now)?;
//!
//! // Then it sends `Authorization: DPoP <token>` and `DPoP: <proof>` with each request:
//! let url = "https://orders.example.com/orders?open";
//! let proof = client.prove("GET", url, Some(&token), now)?;
//! let proof = Proof { proof: &proof, method: "GET", url };
//! let bound = verifier.verify_bound::<serde::de::IgnoredAny>(&token, proof, now)?.claim(&store, now)?;
//! assert_eq!(bound.subject(), Some("user-17"));
//! // Without a proof, the token is nothing, and so is a second copy of it.
//! assert!(verifier.verify::<serde::de::IgnoredAny>(&token, now).is_err());
//! assert!(verifier.verify_bound::<serde::de::IgnoredAny>(&token, proof, now)?.claim(&store, now).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Security
//! * This is the one place where a key comes along with what it has signed (`jwk`): it proves nothing but itself, and
//!   counts because the token names it.
//! * Keys are Ed25519, or with feature `p256` P-256; never RSA, whose work strangers could choose, and never one that both
//!   sides have.
//! * A proof is taken for a minute, and for the leeway on either side.
//! * **Not covered:** header and body of the request: that is RFC 9421 (`http_signature`). A nonce of the server (section 8): one that is there is passed over.
//! * Anybody can make a proof, with a new key each time. One that comes without a token is claimed when the client was
//!   authenticated, or strangers fill the store; and it has a store of its own, which no other message needs.
//! * There is one `DPoP` field in a request: that more are refused is for whoever reads the header.
//!
//! # Errors
//! As [`jwt`](crate::jwt) has them; [`Error::Policy`] for another method, URL or token, and for a token or a proof that
//! is bound to no key.

#[cfg(feature = "p256")]
use crate::signing::P256SigningKey;
use crate::{
    Error, Unclaimed, UnixTime,
    jws::{self, Compact, SignKey},
    jwt::{
        token::Token,
        verify::{LEEWAY, MAX_LEN, Verifier, is_media_type},
    },
    primitive::{
        ct,
        hash::{Hasher, sha256},
        rng::{self, System},
    },
    signing::SigningKey,
    wire::{
        base64,
        json::{self, Members},
    },
};
use alloc::{format, string::String};
use core::{fmt, time::Duration};
use serde::de::{DeserializeOwned, MapAccess};

const TYP: &str = "dpop+jwt";
/// How old a proof may be, beside the leeway: it is made for a request that follows.
const MAX_AGE: Duration = Duration::from_secs(60);

/// The proof of a request, and what it must be for.
#[derive(Clone, Copy)]
pub struct Proof<'a> {
    /// The field `DPoP`.
    pub proof: &'a str,
    /// The method of the request.
    pub method: &'a str,
    /// The URL of the request as the client has it, and not as a proxy passes it on. Scheme and host are those that the
    /// service is configured with, never of the field `Host`: whoever was sent a proof by mistake could send it on with
    /// their own. Query and fragment are not compared (section 4.3).
    pub url: &'a str,
}

impl Proof<'_> {
    /// Verifies a proof that comes without a token, where one is asked for: the thumbprint of the key that the token is
    /// to be bound to.
    ///
    /// # Errors
    /// As the module says.
    pub fn verify(&self, now: UnixTime) -> Result<Unclaimed<Thumbprint>, Error> {
        let shown = self.check(None, MAX_LEN, LEEWAY, now)?;
        Ok(shown.unclaimed(Thumbprint(shown.thumbprint), LEEWAY))
    }

    /// Section 4.3.
    fn check(
        &self,
        token: Option<&str>,
        max: usize,
        leeway: Duration,
        now: UnixTime,
    ) -> Result<Shown, Error> {
        let compact = Compact::read(self.proof, max)?;
        if !compact.header.typ.as_deref().is_some_and(|typ| is_media_type(typ, TYP)) {
            return Err(Error::Policy);
        }
        // A public key, or none: a secret in it, or one that both sides have, is refused.
        let jwk = compact.header.jwk.as_ref().filter(|jwk| jwk.kty != "RSA");
        let key = jwk.and_then(|jwk| jwk.verify_key().ok()).ok_or(Error::Policy)?;
        let payload = compact.verify(&key)?;
        let claims: Claims = json::object(&payload).ok_or(Error::Malformed)?;
        let (Some(jti), Some(iat)) = (claims.jti, claims.iat) else { return Err(Error::Policy) };
        let url = claims.htu.as_deref().and_then(normal);
        let method = claims.htm.as_deref() == Some(self.method);
        let hash = token.map(|token| base64::encode(&sha256(token.as_bytes())));
        if !method || url.is_none() || url != normal(self.url) || (hash.is_some() && hash != claims.ath) {
            return Err(Error::Policy);
        }
        let made = UnixTime::from_secs(iat);
        let expires = made.saturating_add(MAX_AGE).saturating_add(leeway);
        if expires < now {
            return Err(Error::Expired);
        }
        if made > now.saturating_add(leeway) {
            return Err(Error::NotYetValid);
        }
        Ok(Shown { thumbprint: key.digest().ok_or(Error::Policy)?, jti, made, expires })
    }
}

impl Verifier {
    /// Verifies a token that is bound to a key, with the proof that whoever sends the request has that key.
    ///
    /// # Errors
    /// As [`jwt::dpop`](crate::jwt::dpop) says; [`Error::NotAuthentic`] for a proof by another key.
    pub fn verify_bound<C: DeserializeOwned>(
        &self,
        token: &str,
        proof: Proof<'_>,
        now: UnixTime,
    ) -> Result<Unclaimed<Token<C>>, Error> {
        let (verified, confirmation) = self.check(token, now)?;
        let known = confirmation.filter(|cnf| !cnf.more);
        let bound_to = known.and_then(|cnf| cnf.jkt).ok_or(Error::Policy)?;
        let shown = proof.check(Some(token), self.max_len, self.leeway, now)?;
        if !ct::equal(bound_to.as_bytes(), base64::encode(&shown.thumbprint).as_bytes()) {
            return Err(Error::NotAuthentic);
        }
        Ok(shown.unclaimed(verified, self.leeway))
    }
}

impl fmt::Debug for Proof<'_> {
    /// Without the proof, which may not have been claimed yet, and the URL, whose query may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proof").field("method", &self.method).finish_non_exhaustive()
    }
}

/// What a proof that holds has shown.
struct Shown {
    thumbprint: [u8; 32],
    jti: String,
    made: UnixTime,
    expires: UnixTime,
}

impl Shown {
    /// Known by its key and its `jti`, whatever it is for.
    fn unclaimed<T>(&self, value: T, leeway: Duration) -> Unclaimed<T> {
        let id = Hasher::labelled("dpop claim").chain(&self.thumbprint).counted(self.jti.as_bytes());
        Unclaimed::new(value, id.finish(), self.expires, leeway).made(Some(self.made))
    }
}

/// The thumbprint of a client's key (RFC 7638): what [`Grant::bound_to`](super::Grant::bound_to) takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thumbprint([u8; 32]);

impl Thumbprint {
    /// The text in `cnf`, 43 characters of Base64url.
    pub(super) fn text(&self) -> String {
        base64::encode(&self.0)
    }
}

/// The claims of a proof, section 4.2.
#[derive(Default)]
struct Claims {
    jti: Option<String>,
    htm: Option<String>,
    htu: Option<String>,
    ath: Option<String>,
    iat: Option<u64>,
}

impl<'de> Members<'de> for Claims {
    fn member<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        match name {
            "jti" => self.jti = Some(map.next_value()?),
            "htm" => self.htm = Some(map.next_value()?),
            "htu" => self.htu = Some(map.next_value()?),
            "ath" => self.ath = Some(map.next_value()?),
            "iat" => self.iat = Some(map.next_value()?),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// A URL without query and fragment, scheme and host in lower case, without the default port (RFC 3986, sections 6.2.2
/// and 6.2.3). The path is compared to the letter.
fn normal(url: &str) -> Option<String> {
    let url = url.split(['?', '#']).next()?;
    let (scheme, rest) = url.split_once("://")?;
    let (authority, path) = rest.find('/').and_then(|at| rest.split_at_checked(at)).unwrap_or((rest, "/"));
    let (scheme, authority) = (scheme.to_ascii_lowercase(), authority.to_ascii_lowercase());
    let port = match scheme.as_str() {
        "https" => ":443",
        "http" => ":80",
        _ => return None,
    };
    let host = authority.strip_suffix(port).unwrap_or(&authority);
    (!host.is_empty() && !host.contains('@')).then(|| format!("{scheme}://{host}{path}"))
}

/// A client's key, which signs its proofs.
#[derive(Debug)]
pub struct Prover(SignKey);

impl Prover {
    /// A client with this key, which tokens are then bound to.
    #[must_use]
    pub fn new(key: SigningKey) -> Self {
        Self(key.into())
    }

    /// The same with a P-256 key, where the issuer does not take Ed25519.
    #[cfg(feature = "p256")]
    #[must_use]
    pub fn p256(key: P256SigningKey) -> Self {
        Self(key.into())
    }

    /// The field `DPoP` of one request, with the token that it is sent with, or without one where one is asked for.
    ///
    /// # Errors
    /// [`Error::Policy`] for a URL that is none; [`Error::Unavailable`] when the system has no randomness.
    pub fn prove(
        &self,
        method: &str,
        url: &str,
        token: Option<&str>,
        now: UnixTime,
    ) -> Result<String, Error> {
        let jti = base64::encode(&rng::public::<16>(&mut System)?);
        let url = normal(url).ok_or(Error::Policy)?;
        let mut claims = serde_json::json!({ "jti": jti, "htm": method, "htu": url, "iat": now.as_secs() });
        if let (Some(token), Some(claims)) = (token, claims.as_object_mut()) {
            claims.insert("ath".into(), base64::encode(&sha256(token.as_bytes())).into());
        }
        let jwk = self.0.verify_key().and_then(|key| key.to_bare_jwk()).ok_or(Error::Policy)?;
        let header = format!(r#""typ":"{TYP}","jwk":{jwk}"#);
        Ok(jws::sign(&self.0, &header, format!("{claims}").as_bytes()))
    }
}
