// SPDX-License-Identifier: MIT OR Apache-2.0
//! JWK (RFC 7517, RFC 8037): keys that others have, or are given, as JSON.
//!
//! A set is taken for its public keys: those that are of another use or that are not known here are passed over,
//! as RFC 7517 section 5 has it, but one with a secret in it is not a set of public keys.

use crate::{
    ConfigError, KeyKind, Keyring,
    jws::key::{SignKey, VerifyKey},
    mac::{Hash, MacKey},
    named_key::distinct,
    signing::{SigningKey, VerifyingKey},
    wire::{
        base64,
        json::{self, Members, Object},
    },
};
use alloc::{string::String, vec::Vec};
use serde::de::MapAccess;
use zeroize::Zeroizing;

/// Of the text of a key: an RSA key with its certificates is below 8 KiB.
const MAX_KEY: usize = 16 * 1024;
/// Of the text of a set: identity providers have a few keys with their certificates, 30 KiB.
const MAX_SET: usize = 128 * 1024;

/// The members of a JWK that mean something here.
#[derive(Default)]
pub(crate) struct Jwk {
    kty: String,
    crv: String,
    x: Option<String>,
    y: Option<String>,
    /// The seed of an `OKP` key, or the secret number of another one.
    d: Option<Zeroizing<String>>,
    /// The bytes of an `oct` key.
    k: Option<Zeroizing<String>>,
    /// Another secret part: of RSA (RFC 7518, section 6.3.2), or of an `AKP` key, which is ML-DSA.
    secret: bool,
    kid: Option<String>,
    purpose: Option<String>,
    operations: Option<Vec<String>>,
    alg: Option<String>,
}

impl<'de> Members<'de> for Jwk {
    fn member<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        match name {
            "kty" => self.kty = map.next_value()?,
            "crv" => self.crv = map.next_value()?,
            "x" => self.x = Some(map.next_value()?),
            "y" => self.y = Some(map.next_value()?),
            "d" => self.d = Some(Zeroizing::new(map.next_value()?)),
            "k" => self.k = Some(Zeroizing::new(map.next_value()?)),
            "p" | "q" | "dp" | "dq" | "qi" | "oth" | "priv" => {
                self.secret = true;
                return Ok(false);
            }
            "kid" => self.kid = Some(map.next_value()?),
            "use" => self.purpose = Some(map.next_value()?),
            "key_ops" => self.operations = Some(map.next_value()?),
            "alg" => self.alg = Some(map.next_value()?),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// # Errors
/// [`ConfigError::KeyText`].
pub(super) fn one(json: &str) -> Result<Jwk, ConfigError> {
    let fits = json.len() <= MAX_KEY;
    fits.then(|| json::object(json.as_bytes())).flatten().ok_or(ConfigError::KeyText)
}

impl Jwk {
    pub(crate) fn verify_key(&self) -> Result<VerifyKey, ConfigError> {
        let found = self.kind();
        if found != KeyKind::Verifying {
            return Err(ConfigError::WrongKeyKind { expected: KeyKind::Verifying, found });
        }
        self.is_for("verify")?;
        let key = match (self.kty.as_str(), self.crv.as_str()) {
            ("OKP", "Ed25519") => VerifyingKey::from_bytes(&bytes(self.x.as_deref())?)?.into(),
            #[cfg(feature = "p256")]
            ("EC", "P-256") => {
                let [x, y] = [bytes(self.x.as_deref())?, bytes(self.y.as_deref())?];
                // Both of their whole length: RFC 7518, section 6.2.1.2.
                let point = [&[4], x.as_slice(), y.as_slice()].concat();
                let key = (x.len() == 32).then(|| VerifyKey::p256_from_sec1(&point)).transpose();
                key.ok().flatten().ok_or(ConfigError::WeakKey)?
            }
            _ => return Err(ConfigError::KeyText),
        };
        self.agrees(key)
    }

    pub(super) fn sign_key(&self) -> Result<SignKey, ConfigError> {
        self.is_for("sign")?;
        let key = match self.kind() {
            KeyKind::Mac => self.mac_key()?.into(),
            KeyKind::Signing if self.kty == "OKP" && self.crv == "Ed25519" => {
                let key = SigningKey::from_seed(&bytes(self.d.as_deref().map(String::as_str))?)?;
                // Nothing is signed under another public key than that of the seed.
                if *bytes(self.x.as_deref())? != key.verifying_key().as_bytes()[..] {
                    return Err(ConfigError::KeyText);
                }
                self.agrees(key.verifying_key().into())?;
                SignKey::from(key)
            }
            KeyKind::Signing => return Err(ConfigError::KeyText),
            found => return Err(ConfigError::WrongKeyKind { expected: KeyKind::Signing, found }),
        };
        match &self.kid {
            Some(kid) => key.named(kid),
            None => Ok(key),
        }
    }

    pub(super) fn shared_key(&self) -> Result<VerifyKey, ConfigError> {
        let found = self.kind();
        if found != KeyKind::Mac {
            return Err(ConfigError::WrongKeyKind { expected: KeyKind::Mac, found });
        }
        self.is_for("verify")?;
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

    /// By its members and not by its `kty` alone: a secret is one wherever it stands.
    fn kind(&self) -> KeyKind {
        if self.kty == "oct" || self.k.is_some() {
            KeyKind::Mac
        } else if self.d.is_some() || self.secret {
            KeyKind::Signing
        } else {
            KeyKind::Verifying
        }
    }

    fn is_for(&self, operation: &str) -> Result<(), ConfigError> {
        let purpose = self.purpose.as_deref().is_none_or(|purpose| purpose == "sig");
        let operations = self.operations.as_ref();
        let operation = operations.is_none_or(|list| list.iter().any(|listed| listed == operation));
        (purpose && operation).then_some(()).ok_or(ConfigError::Suite)
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

fn bytes(text: Option<&str>) -> Result<Zeroizing<Vec<u8>>, ConfigError> {
    text.and_then(base64::decode).ok_or(ConfigError::KeyText)
}

#[derive(Default)]
struct Set(Option<Vec<Object<Jwk>>>);

impl<'de> Members<'de> for Set {
    fn member<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        if name != "keys" {
            return Ok(false);
        }
        self.0 = Some(map.next_value()?);
        Ok(true)
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
    /// KiB or 64 keys; [`ConfigError::NoSuchKey`] when none can be used.
    pub fn from_jwk_set(json: &str) -> Result<Self, ConfigError> {
        if json.len() > MAX_SET {
            return Err(ConfigError::Limit);
        }
        let Set(keys) = json::object(json.as_bytes()).ok_or(ConfigError::KeyText)?;
        let mut found: Option<Self> = None;
        for Object(jwk) in keys.ok_or(ConfigError::KeyText)? {
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
