// SPDX-License-Identifier: MIT OR Apache-2.0
//! Keys that others have, or are given, as JWK (RFC 7517, RFC 7518, RFC 8037), and sets of them.
//!
//! A set is taken for its public keys: those that are of another use or that are not known here are passed over,
//! as RFC 7517 section 5 has it, but one with a secret in it is not a set of public keys.

#[cfg(feature = "rsa")]
use crate::primitive::rsa::{EXPONENT, Padding};
#[cfg(feature = "p256")]
use crate::signing::P256SigningKey;
use crate::{
    ConfigError, KeyKind, Keyring,
    jws::key::{SignKey, VerifyKey},
    mac::{Hash, MacKey},
    named_key::distinct,
    signing::{SigningKey, VerifyingKey},
    wire::jwk::{Jwk, all, bytes},
};
use alloc::{string::String, vec::Vec};

impl Jwk {
    pub(crate) fn verify_key(&self) -> Result<VerifyKey, ConfigError> {
        let found = self.kind();
        if found != KeyKind::Verifying {
            return Err(ConfigError::WrongKeyKind { expected: KeyKind::Verifying, found });
        }
        self.is_for("sig", "verify")?;
        let key = match (self.kty.as_str(), self.crv.as_str()) {
            ("OKP", "Ed25519") => VerifyingKey::from_bytes(&bytes(self.x.as_deref())?)?.into(),
            #[cfg(feature = "p256")]
            ("EC", "P-256") => self.p256_key()?,
            #[cfg(feature = "rsa")]
            ("RSA", "") => self.rsa_key()?,
            _ => return Err(ConfigError::KeyText),
        };
        self.agrees(key)
    }

    pub(super) fn sign_key(&self) -> Result<SignKey, ConfigError> {
        self.is_for("sig", "sign")?;
        let key = match self.kind() {
            KeyKind::Mac => self.mac_key()?.into(),
            KeyKind::Signing => self.signing_key()?,
            found => return Err(ConfigError::WrongKeyKind { expected: KeyKind::Signing, found }),
        };
        match &self.kid {
            Some(kid) => key.named(kid),
            None => Ok(key),
        }
    }

    fn signing_key(&self) -> Result<SignKey, ConfigError> {
        let secret = || bytes(self.d.as_deref().map(String::as_str));
        let (key, public) = match (self.kty.as_str(), self.crv.as_str()) {
            ("OKP", "Ed25519") => {
                let public = VerifyingKey::from_bytes(&bytes(self.x.as_deref())?)?.into();
                (SignKey::from(SigningKey::from_seed(&secret()?)?), public)
            }
            #[cfg(feature = "p256")]
            ("EC", "P-256") => (SignKey::from(P256SigningKey::from_bytes(&secret()?)?), self.p256_key()?),
            _ => return Err(ConfigError::KeyText),
        };
        let public = self.agrees(public)?;
        // Nothing is signed under another public key than that of the secret.
        let derived = key.verify_key().and_then(|key| key.digest());
        if derived == public.digest() { Ok(key) } else { Err(ConfigError::KeyText) }
    }

    #[cfg(feature = "p256")]
    fn p256_key(&self) -> Result<VerifyKey, ConfigError> {
        let [x, y] = [bytes(self.x.as_deref())?, bytes(self.y.as_deref())?];
        // Both of their whole length: RFC 7518, section 6.2.1.2.
        let point = [&[4], x.as_slice(), y.as_slice()].concat();
        let key = (x.len() == 32).then(|| VerifyKey::p256_from_sec1(&point)).transpose();
        key.ok().flatten().ok_or(ConfigError::WeakKey)
    }

    /// The algorithm is part of the key (RFC 8725, section 3.1), and where the issuer does not say it (Entra ID does not)
    /// it is the one that every issuer must have (`OpenID` Connect Discovery, section 3): never that of a token.
    #[cfg(feature = "rsa")]
    fn rsa_key(&self) -> Result<VerifyKey, ConfigError> {
        let padding = match self.alg.as_deref() {
            None | Some("RS256") => Padding::Pkcs1v15,
            Some("PS256") => Padding::Pss,
            Some(_) => return Err(ConfigError::Suite),
        };
        if *bytes(self.e.as_deref())? != EXPONENT {
            return Err(ConfigError::WeakKey);
        }
        VerifyKey::rsa(padding, &bytes(self.n.as_deref())?)
    }

    pub(super) fn shared_key(&self) -> Result<VerifyKey, ConfigError> {
        let found = self.kind();
        if found != KeyKind::Mac {
            return Err(ConfigError::WrongKeyKind { expected: KeyKind::Mac, found });
        }
        self.is_for("sig", "verify")?;
        self.agrees(self.mac_key()?.into())
    }

    /// The algorithm is part of the key: bytes alone could be a key of any. So is the type: what calls itself a public
    /// key is none of a MAC, whatever else it has.
    fn mac_key(&self) -> Result<MacKey, ConfigError> {
        if self.kty != "oct" {
            return Err(ConfigError::KeyText);
        }
        let hash = match self.alg.as_deref() {
            Some("HS256") => Hash::Sha256,
            Some("HS384") => Hash::Sha384,
            Some("HS512") => Hash::Sha512,
            _ => return Err(ConfigError::Suite),
        };
        MacKey::from_bytes(hash, &bytes(self.k.as_deref().map(String::as_str))?)
    }

    /// With its name, if the key is one of the algorithm that it is said to be of.
    fn agrees(&self, key: VerifyKey) -> Result<VerifyKey, ConfigError> {
        if self.alg.as_deref().is_some_and(|alg| !key.is_for(alg)) {
            return Err(ConfigError::Suite);
        }
        match &self.kid {
            Some(kid) => key.named(kid),
            None => Ok(key),
        }
    }
}

impl Keyring<VerifyKey> {
    /// The public keys of a JWK set (RFC 7517, section 5) that can be used here: those of another `use` and of an
    /// algorithm that is not known are passed over. The first of them is the primary, which means nothing to a
    /// verifier.
    ///
    /// ```
    /// use chancery::{ConfigError, Keyring, jwt::VerifyKey};
    ///
    /// let keys = Keyring::from_jwk_set(r#"{"keys":[
    ///     {"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"a","use":"sig"},
    ///     {"kty":"RSA","n":"AQAB","e":"AQAB","kid":"b","use":"enc"}
    /// ]}"#)?;
    /// assert_eq!(keys.iter().map(VerifyKey::name).collect::<Vec<_>>(), ["a"]);
    /// # Ok::<(), ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// [`ConfigError::KeyText`] for what is no set, also for a member of a wrong type, `null` included, in any of its keys
    /// (a key is passed over for what it says, a text that is no JWK is not); [`ConfigError::WrongKeyKind`] when there is a secret in it;
    /// [`ConfigError::DuplicateKey`] for two keys, or two names, that are the same; [`ConfigError::Limit`] above 128
    /// KiB or 64 keys, whatever they are; [`ConfigError::NoSuchKey`] when none can be used.
    pub fn from_jwk_set(json: &str) -> Result<Self, ConfigError> {
        let mut found: Option<Self> = None;
        for jwk in all(json)? {
            let key = match jwk.verify_key() {
                Err(error @ ConfigError::WrongKeyKind { .. }) => return Err(error),
                Err(_) => continue,
                Ok(key) => key,
            };
            found = Some(match found {
                Some(keys) if keys.iter().any(|other| other.name() == key.name()) => {
                    return Err(ConfigError::DuplicateKey);
                }
                Some(keys) => keys.accept(key)?,
                None => Self::new(key),
            });
        }
        found.ok_or(ConfigError::NoSuchKey)
    }

    /// The JWK set to publish, the primary first.
    ///
    /// # Errors
    /// [`ConfigError::WrongKeyKind`] when a key is one of HMAC, which is never published;
    /// [`ConfigError::DuplicateKey`] for two keys of one name.
    pub fn to_jwk_set(&self) -> Result<String, ConfigError> {
        distinct(self.iter().map(VerifyKey::name))?;
        set(self.iter().map(VerifyKey::to_jwk))
    }
}

impl Keyring<SignKey> {
    /// The public keys as the JWK set to publish, the primary first. Publish a new key before it signs.
    ///
    /// # Errors
    /// [`ConfigError::WrongKeyKind`] when a key is one of HMAC, which is never published;
    /// [`ConfigError::DuplicateKey`] for two keys of one name: nobody could read the set.
    pub fn to_jwk_set(&self) -> Result<String, ConfigError> {
        distinct(self.iter().map(SignKey::name))?;
        set(self.iter().map(|key| key.verify_key()?.to_jwk()))
    }
}

fn set(keys: impl Iterator<Item = Option<String>>) -> Result<String, ConfigError> {
    let kinds = ConfigError::WrongKeyKind { expected: KeyKind::Verifying, found: KeyKind::Mac };
    let keys: Vec<String> = keys.collect::<Option<_>>().ok_or(kinds)?;
    Ok(alloc::format!(r#"{{"keys":[{}]}}"#, keys.join(",")))
}
