// SPDX-License-Identifier: MIT OR Apache-2.0
//! For the tests of a service: deliveries and requests signed as their senders would, and keys that everybody knows.
//!
//! ```
//! use chancery::{UnixTime, testing, webhook::{Verifier, provider}};
//!
//! let secret = "whsec_of_the_test_environment";
//! let now = UnixTime::from_secs(1_790_000_000);
//! let headers = testing::sign(&provider::STRIPE, secret, b"{}", now)?;
//!
//! let verifier = Verifier::new(provider::STRIPE.secret(secret)?)?;
//! assert!(verifier.verify(&headers, b"{}", now).is_ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Security
//! In a `[dev-dependencies]` entry of its own this feature does not reach the service. The keys are the same for
//! everybody: what is sealed with them is open.

#[cfg(feature = "http")]
use crate::http_signature;
#[cfg(feature = "jwt")]
use crate::jwt;
use crate::{
    ConfigError, Context, Error, UnixTime,
    aead::{self, SealKey},
    envelope::Sealer,
    hpke::{Identity, Suite},
    scheme::{Scheme, Writer},
    signing::SigningKey,
};
use alloc::{string::String, vec::Vec};
use core::fmt;

/// The headers of a delivery of `body`, as the provider of the scheme sends them now.
///
/// `secret` is what the provider has: the secret where both sides share it, otherwise the private key, a seed of
/// 32 bytes in the encoding of the scheme (Discord: hexadecimal) or `whsk_...`.
///
/// For schemes that sign the URL or are signed in it, use [`Signer`].
///
/// # Errors
/// As [`Scheme::secret`], and [`ConfigError::Suite`] for a scheme that signs what it does not send.
pub fn sign(
    scheme: &Scheme,
    secret: &str,
    body: &[u8],
    now: UnixTime,
) -> Result<Vec<(String, String)>, ConfigError> {
    let signed = Signer::new(scheme, secret)?.sign(body, now).map_err(|_| ConfigError::Suite)?;
    Ok(signed.headers)
}

/// Signs deliveries as the provider of one scheme would.
pub struct Signer {
    writer: Writer,
    id: Option<String>,
}

/// What the provider sends along with the body.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Signed {
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// Path and query of the request.
    pub target: String,
}

impl Signer {
    /// A signer with the provider's secret, see [`sign`](sign()).
    ///
    /// # Errors
    /// [`ConfigError`] for the secret; [`ConfigError::Url`] for a scheme that signs the URL.
    pub fn new(scheme: &Scheme, secret: &str) -> Result<Self, ConfigError> {
        Ok(Self { writer: Writer::new(scheme, secret, None)?, id: None })
    }

    /// The same for a scheme that signs the URL, which the provider was told: as in
    /// [`Verifier::at`](crate::webhook::Verifier::at).
    ///
    /// # Errors
    /// [`ConfigError`] for the secret and for the URL.
    pub fn at(scheme: &Scheme, secret: &str, url: &str) -> Result<Self, ConfigError> {
        Ok(Self { writer: Writer::new(scheme, secret, Some(url))?, id: None })
    }

    /// The identifier of the deliveries, where there is a header for one. Made up from body and time otherwise.
    #[must_use]
    pub fn id(mut self, id: &str) -> Self {
        self.id = Some(id.into());
        self
    }

    /// The public key to verify with, where the scheme has one.
    #[must_use]
    pub fn public_key(&self) -> Option<String> {
        self.writer.public_key()
    }

    /// A delivery with POST to the URL of the verifier.
    ///
    /// # Errors
    /// [`Error::Header`] for a scheme that signs what it does not send, [`Error::Malformed`] and
    /// [`Error::TooLarge`] for a target that is none.
    pub fn sign(&self, body: &[u8], now: UnixTime) -> Result<Signed, Error> {
        self.sign_at("POST", "", body, now)
    }

    /// A delivery with this method to this target.
    ///
    /// # Errors
    /// As [`sign`](Self::sign).
    pub fn sign_at(&self, method: &str, target: &str, body: &[u8], now: UnixTime) -> Result<Signed, Error> {
        let (headers, target) = self.writer.write(method, target, body, self.id.as_deref(), now)?;
        Ok(Signed { headers, target })
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer(..)")
    }
}

/// The request, signed now with [`known_signing_key`], as [`Policy::api`](crate::http_signature::Policy::api) wants it:
/// the service under test verifies with its public half.
///
/// ```
/// use chancery::{UnixTime, http_signature::{Policy, VerifyKey, Verifier}, testing};
///
/// let now = UnixTime::from_secs(1_790_000_000);
/// let request = http::Request::post("https://api.example.com/orders").body(b"{}")?;
/// let (head, body) = testing::signed_request(request, now)?.into_parts();
///
/// let key = VerifyKey::from(testing::known_signing_key().verifying_key());
/// let verifier = Verifier::new(key, Policy::api(["api.example.com"]))?;
/// assert!(verifier.verify(&head, body, now).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`Signer::sign`](crate::http_signature::Signer::sign).
#[cfg(feature = "http")]
pub fn signed_request<B: AsRef<[u8]>>(
    request: http::Request<B>,
    now: UnixTime,
) -> Result<http::Request<B>, Error> {
    let (mut head, body) = request.into_parts();
    let key = http_signature::SignKey::from(known_signing_key());
    http_signature::Signer::new(key).sign(&mut head, body.as_ref(), now)?;
    Ok(http::Request::from_parts(head, body))
}

/// A token of this issuer, signed now with [`known_signing_key`].
///
/// ```
/// use chancery::{UnixTime, jwt::{Expect, Grant, VerifyKey, Verifier}, testing};
/// use core::time::Duration;
///
/// let now = UnixTime::from_secs(1_790_000_000);
/// let grant = Grant::new("orders", Duration::from_secs(60)).subject("user-17");
/// let token = testing::issued_token("https://id.example.com", &grant, &(), now)?;
///
/// let key = VerifyKey::from(testing::known_signing_key().verifying_key());
/// let verifier = Verifier::new(key, Expect { issuer: "https://id.example.com", audience: "orders" })?;
/// assert!(verifier.verify::<serde::de::IgnoredAny>(&token, now).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`Signer::issue`](crate::jwt::Signer::issue); [`Error::Malformed`] for an issuer that is none.
#[cfg(feature = "jwt")]
pub fn issued_token<C: serde::Serialize>(
    issuer: &str,
    grant: &jwt::Grant,
    claims: &C,
    now: UnixTime,
) -> Result<String, Error> {
    let signer = jwt::Signer::new(jwt::SignKey::from(known_signing_key()), issuer);
    signer.map_err(|_| Error::Malformed)?.issue(grant, claims, now)
}

/// An envelope to [`known_identity`], signed now with [`known_signing_key`].
///
/// ```
/// use chancery::{Context, UnixTime, envelope::Opener, testing};
///
/// let (context, now) = (Context::of("order"), UnixTime::from_secs(1_790_000_000));
/// let sealed = testing::sealed_envelope(&context, b"{}", now)?;
///
/// let sender = testing::known_signing_key().verifying_key();
/// let opener = Opener::from_senders(testing::known_identity(), &context, sender)?;
/// assert_eq!(opener.open(&sealed, now)?.allow_replays().payload(), b"{}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`Sealer::seal`]; [`Error::Context`].
pub fn sealed_envelope(context: &Context, payload: &[u8], now: UnixTime) -> Result<Vec<u8>, Error> {
    let sealer = Sealer::to(known_identity().recipient(), context).map_err(|_| Error::Context)?;
    sealer.signed_by(known_signing_key()).seal(payload, now)
}

/// An identity that everybody has.
#[must_use]
pub fn known_identity() -> Identity {
    known(Identity::from_bytes(Suite::X25519Aes256Gcm, b"known to everybody: an identity."))
}

/// A signing key that everybody has.
#[must_use]
pub fn known_signing_key() -> SigningKey {
    known(SigningKey::from_seed(b"known to everybody: signing key."))
}

/// A seal key that everybody has.
#[must_use]
pub fn known_seal_key() -> SealKey {
    known(SealKey::from_bytes(aead::Algorithm::Aes256Gcm, b"known to everybody: a seal key.."))
}

/// 32 bytes which are not all the same are a key of each kind.
#[expect(clippy::expect_used, reason = "the bytes are constants of the right length")]
fn known<K>(key: Result<K, ConfigError>) -> K {
    key.expect("32 bytes which are not all the same")
}
