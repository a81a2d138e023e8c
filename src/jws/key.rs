// SPDX-License-Identifier: MIT OR Apache-2.0
//! [`SignKey`] and [`VerifyKey`]: a key, its one algorithm, and the `kid` that names it in a token.

#[cfg(feature = "rsa")]
use crate::primitive::rsa::Padding;
#[cfg(feature = "p256")]
use crate::signing::P256SigningKey;
use crate::{
    ConfigError, Error, Key, KeyId,
    jws::quoted,
    keyring,
    mac::{Hash, MacKey},
    named_key::{Named, Signing, Verifying},
    secret::erased_by_fields,
    signing::{SigningKey, VerifyingKey},
    wire::{base64, jwk},
};
use alloc::{format, string::String, vec::Vec};
use core::fmt;

/// What Ed25519 is called: by RFC 8037, which everybody knows and which is written, and by RFC 9864.
const ED25519: [&str; 2] = ["EdDSA", "Ed25519"];
#[cfg(feature = "p256")]
const P256: [&str; 1] = ["ES256"];
#[cfg(feature = "rsa")]
const PKCS1V15: [&str; 1] = ["RS256"];
#[cfg(feature = "rsa")]
const PSS: [&str; 1] = ["PS256"];

const fn hmac(hash: Hash) -> &'static [&'static str; 1] {
    match hash {
        Hash::Sha256 => &["HS256"],
        Hash::Sha384 => &["HS384"],
        Hash::Sha512 => &["HS512"],
    }
}

/// A key that signs tokens: Ed25519, or with feature `p256` ECDSA with P-256 and SHA-256, which only the issuer has; or
/// HMAC, where everyone who verifies could have signed as well. No key of RSA.
///
/// ```
/// use chancery::{jwt::SignKey, mac::MacKey, signing::SigningKey};
///
/// let ours = SignKey::from(SigningKey::generate()?).named("2026-11")?;
/// let shared = SignKey::from(MacKey::generate()?); // HS256, only where a peer can do nothing else
/// # let _ = (ours, shared);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SignKey(Named<Signing>);

erased_by_fields!(SignKey: 0);

impl SignKey {
    /// A secret key from a JWK: `OKP` with `Ed25519` and `d`, whose `x` must be that of `d`; with feature `p256` the same of
    /// `EC` with `P-256`; or `oct` with an `alg` of `HS256`, `HS384` or `HS512`. Its `kid`, if there is one, is the name.
    ///
    /// # Errors
    /// [`ConfigError::KeyText`], [`ConfigError::WeakKey`]; [`ConfigError::WrongKeyKind`] for a public key;
    /// [`ConfigError::Suite`] for one whose `use`, `key_ops` or `alg` is another.
    pub fn from_jwk(json: &str) -> Result<Self, ConfigError> {
        jwk::one(json)?.sign_key()
    }

    /// With the name that tokens have for the key in `kid`, in place of its [`KeyId`]: 1 to 256 printable ASCII
    /// characters.
    ///
    /// # Errors
    /// [`ConfigError::KeyText`] for a name that is none.
    pub fn named(self, name: &str) -> Result<Self, ConfigError> {
        self.0.named(name).map(Self)
    }

    /// What `kid` says: the text of the [`KeyId`], unless it was [`named`](Self::named).
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The key that verifies, under the same name; none for a key that both sides have.
    #[must_use]
    pub fn verify_key(&self) -> Option<VerifyKey> {
        self.0.public().map(VerifyKey)
    }

    pub(super) const fn algorithm(&self) -> &'static str {
        match &self.0.key {
            Signing::Ed25519(_) => ED25519[0],
            Signing::Hmac(key) => hmac(key.raw().hash())[0],
            #[cfg(feature = "p256")]
            Signing::P256(_) => P256[0],
        }
    }

    /// The signature of an input, which begins with a letter of Base64url.
    pub(super) fn sign(&self, input: &[u8]) -> Vec<u8> {
        self.0.sign(input)
    }
}

impl From<SigningKey> for SignKey {
    fn from(key: SigningKey) -> Self {
        Self(Named::<Signing>::ed25519(key))
    }
}

#[cfg(feature = "p256")]
impl From<P256SigningKey> for SignKey {
    fn from(key: P256SigningKey) -> Self {
        Self(Named::<Signing>::p256(key))
    }
}

impl From<MacKey> for SignKey {
    /// `HS256`, `HS384` or `HS512`, as the hash of the key is.
    fn from(key: MacKey) -> Self {
        Self(Named::<Signing>::hmac(key))
    }
}

/// A key that verifies tokens: Ed25519, with feature `p256` ECDSA with P-256 and SHA-256, with feature `rsa` RSA with
/// SHA-256, or HMAC.
///
/// A public key never becomes one of HMAC, whatever the bytes are: each kind has a constructor of its own.
///
/// ```compile_fail,E0308
/// use chancery::{jwt::VerifyKey, mac::MacKey, signing::VerifyingKey};
///
/// fn confused(public: VerifyingKey) -> VerifyKey {
///     let key: MacKey = public;
///     VerifyKey::from(key)
/// }
/// ```
pub struct VerifyKey(Named<Verifying>);

erased_by_fields!(VerifyKey: 0);

impl VerifyKey {
    /// A public key from a JWK: `OKP` with `Ed25519`, with feature `p256` `EC` with `P-256`, or with feature `rsa` `RSA` of
    /// 2048 to 4096 bits with the exponent 65537. Its `kid`, if there is one, is the name.
    ///
    /// An RSA key verifies what its `alg` says, `RS256` or `PS256`, and `RS256` where it says nothing, as with some
    /// identity providers: never what a token says.
    ///
    /// ```
    /// use chancery::{ConfigError, jwt::VerifyKey};
    ///
    /// let jwk = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"rfc8037"}"#;
    /// let key = VerifyKey::from_jwk(jwk)?;
    /// assert_eq!(key.name(), "rfc8037");
    /// assert_eq!(key.jwk_thumbprint().as_deref(), Some("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"));
    /// # Ok::<(), ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// [`ConfigError::KeyText`]; [`ConfigError::WeakKey`] for what is no point of the curve, and for an RSA key that is
    /// too short, of another exponent, or of a broken generator (ROCA); [`ConfigError::Limit`] above 4096 bits;
    /// [`ConfigError::WrongKeyKind`] for a key with a secret part; [`ConfigError::Suite`] for one whose `use`, `key_ops`
    /// or `alg` is another.
    pub fn from_jwk(json: &str) -> Result<Self, ConfigError> {
        jwk::one(json)?.verify_key()
    }

    /// A key that both sides have, from a JWK: `oct` with an `alg` of `HS256`, `HS384` or `HS512`, and no other type.
    ///
    /// # Errors
    /// As [`from_jwk`](Self::from_jwk); [`ConfigError::WeakKey`] below the length of the hash.
    pub fn from_shared_jwk(json: &str) -> Result<Self, ConfigError> {
        jwk::one(json)?.shared_key()
    }

    /// A P-256 key from its `SubjectPublicKeyInfo` in DER, 91 bytes: what is between the lines of a PEM file.
    ///
    /// # Errors
    /// [`ConfigError::KeyText`] for anything but an uncompressed point of the curve.
    #[cfg(feature = "p256")]
    pub fn p256_from_spki(der: &[u8]) -> Result<Self, ConfigError> {
        Named::p256_from_spki(der).map(Self)
    }

    /// A P-256 key from its point, 65 bytes: `04`, then `x` and `y`.
    ///
    /// # Errors
    /// [`ConfigError::KeyText`] for anything but an uncompressed point of the curve.
    #[cfg(feature = "p256")]
    pub fn p256_from_sec1(point: &[u8]) -> Result<Self, ConfigError> {
        Named::p256_from_sec1(point).map(Self)
    }

    /// An RSA key from its modulus.
    #[cfg(feature = "rsa")]
    pub(super) fn rsa(padding: Padding, modulus: &[u8]) -> Result<Self, ConfigError> {
        Named::rsa(padding, modulus).map(Self)
    }

    /// With the name that tokens have for the key in `kid`, in place of its [`KeyId`]: 1 to 256 printable ASCII
    /// characters.
    ///
    /// # Errors
    /// [`ConfigError::KeyText`] for a name that is none.
    pub fn named(self, name: &str) -> Result<Self, ConfigError> {
        self.0.named(name).map(Self)
    }

    /// What `kid` must say: the text of the [`KeyId`], unless it was [`named`](Self::named).
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The thumbprint with SHA-256 (RFC 7638, RFC 8037), which many name keys by; none for HMAC.
    #[must_use]
    pub fn jwk_thumbprint(&self) -> Option<String> {
        Some(base64::encode(&self.digest()?))
    }

    pub(crate) fn digest(&self) -> Option<[u8; 32]> {
        self.0.jwk_thumbprint()
    }

    /// The JWK with what makes the key and nothing else; none for HMAC.
    pub(crate) fn to_bare_jwk(&self) -> Option<String> {
        Some(format!("{{{}}}", self.0.jwk_members()?))
    }

    /// The JWK to publish, with its `kid`, `use` and `alg`; none for HMAC.
    #[must_use]
    pub fn to_jwk(&self) -> Option<String> {
        let (members, kid) = (self.0.jwk_members()?, quoted(self.name()));
        let alg = self.algorithms().first()?;
        Some(format!(r#"{{{members},"kid":{kid},"use":"sig","alg":"{alg}"}}"#))
    }

    /// What the algorithm is called in a token; the first of them in a JWK.
    const fn algorithms(&self) -> &[&'static str] {
        match &self.0.key {
            Verifying::Ed25519(_) => &ED25519,
            Verifying::Hmac(key) => hmac(key.raw().hash()),
            #[cfg(feature = "p256")]
            Verifying::P256(..) => &P256,
            #[cfg(feature = "rsa")]
            Verifying::Rsa(key, _) => match key.padding() {
                Padding::Pkcs1v15 => &PKCS1V15,
                Padding::Pss => &PSS,
            },
        }
    }

    /// Whether this names the algorithm of the key.
    pub(crate) fn is_for(&self, algorithm: &str) -> bool {
        self.algorithms().contains(&algorithm)
    }

    /// # Errors
    /// [`Error::NotAuthentic`].
    pub(super) fn verify(&self, input: &[u8], signature: &[u8]) -> Result<(), Error> {
        self.0.verify(input, signature)
    }
}

impl From<VerifyingKey> for VerifyKey {
    fn from(key: VerifyingKey) -> Self {
        Self(Named::<Verifying>::ed25519(key))
    }
}

impl From<MacKey> for VerifyKey {
    /// `HS256`, `HS384` or `HS512`, as the hash of the key is.
    fn from(key: MacKey) -> Self {
        Self(Named::<Verifying>::hmac(key))
    }
}

impl keyring::sealed::Sealed for SignKey {}

impl Key for SignKey {
    /// That of the key that verifies.
    fn id(&self) -> KeyId {
        self.0.id()
    }
}

impl keyring::sealed::Sealed for VerifyKey {}

impl Key for VerifyKey {
    fn id(&self) -> KeyId {
        self.0.id()
    }
}

impl fmt::Debug for SignKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignKey({} {})", self.algorithm(), self.id())
    }
}

impl fmt::Debug for VerifyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let algorithm = self.algorithms().first().copied().unwrap_or_default();
        write!(f, "VerifyKey({algorithm} {})", self.id())
    }
}
