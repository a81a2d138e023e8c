// SPDX-License-Identifier: MIT OR Apache-2.0
//! [`Secret`]: what a provider shows once, read as its scheme says.

#[cfg(feature = "legacy-sha1")]
use crate::primitive::mac::HmacSha1;
#[cfg(feature = "json")]
use crate::primitive::mac::Output;
#[cfg(feature = "p256")]
use crate::primitive::p256::VerifyingKey as P256Key;
use crate::{
    ConfigError, Key, KeyId,
    error::KeyKind,
    keyring::{self, id},
    primitive::{
        ct, ed25519,
        mac::{Hash, Hmac},
    },
    scheme::{Algorithm, Encoding, Scheme, SecretForm},
    secret::SecretBytes,
    wire::{base64, hex},
};
use alloc::{borrow::Cow, vec::Vec};
use core::fmt;
use zeroize::Zeroizing;

/// A shorter secret can be guessed by somebody who has seen a delivery.
const MIN_LEN: usize = 16;
/// Standard Webhooks: 24 to 64 bytes.
const STANDARD: core::ops::RangeInclusive<usize> = 24..=64;
const MAX_LEN: usize = 512;
/// ECDSA over P-256 in DER has 72 bytes at the most, and all others 64.
const MAX_SIGNATURE_LEN: usize = 72;
/// HMAC-SHA-512 in Base64.
const MAX_MAC_TEXT_LEN: usize = 88;

/// A secret of one [`Scheme`], made by [`Scheme::secret`]. Several of one scheme make a
/// [`Keyring`](crate::Keyring), and the result says which of them matched, so that the old one can be retired.
pub struct Secret {
    scheme: Scheme,
    key: Material,
    id: KeyId,
}

pub(super) enum Material {
    Hmac(Hmac),
    #[cfg(feature = "legacy-sha1")]
    HmacSha1(HmacSha1),
    Ed25519(ed25519::VerifyingKey),
    #[cfg(feature = "p256")]
    P256(P256Key),
    Token(SecretBytes),
}

impl Scheme {
    /// Reads a secret as the provider shows it.
    ///
    /// # Errors
    /// [`ConfigError::WeakKey`] when it is empty, blank or below 16 bytes (24 for Standard Webhooks), or a public
    /// key of small order; [`ConfigError::KeyText`] when it is not of the scheme's form, has white space at an
    /// end (which is how most of them are copied wrongly), or is over 512 bytes;
    /// [`ConfigError::WrongKeyKind`] for a private key (`whsk_`), and for a public key (`whpk_`) or a shared
    /// secret (`whsec_`) where the other one belongs; [`ConfigError::Scheme`] for a scheme that
    /// contradicts itself.
    pub fn secret(&self, text: &str) -> Result<Secret, ConfigError> {
        self.read(text, MIN_LEN)
    }

    /// The same for a secret below 16 bytes, where a provider lets no longer one be chosen. Whoever sees one
    /// delivery can try secrets on it, and so can who sees its [`KeyId`] in a log.
    ///
    /// # Errors
    /// As [`secret`](Self::secret), but for the length.
    pub fn weak_secret(&self, text: &str) -> Result<Secret, ConfigError> {
        self.read(text, 1)
    }

    fn read(&self, text: &str, min_len: usize) -> Result<Secret, ConfigError> {
        self.check()?;
        if text.trim().is_empty() {
            return Err(ConfigError::WeakKey);
        }
        if text.trim().len() != text.len() || text.len() > MAX_LEN {
            return Err(ConfigError::KeyText);
        }
        let expected = if self.has_public_key() { KeyKind::Verifying } else { KeyKind::Mac };
        let found = match (text.get(..5), text.get(..6)) {
            (Some("whsk_"), _) => KeyKind::Signing,
            (Some("whpk_"), _) => KeyKind::Verifying,
            (_, Some("whsec_")) => KeyKind::Mac,
            _ => expected,
        };
        // Some providers' secrets are free text, and may begin in this way.
        let is_free = self.form == SecretForm::Text && !self.has_public_key();
        if found != expected && !is_free {
            return Err(ConfigError::WrongKeyKind { expected, found });
        }
        if self.has_public_key() {
            return self.public_key(text);
        }
        let bytes = self.decode(text)?;
        let constant = ct::is_constant(&bytes);
        if bytes.len() < min_len || constant && bytes.len() >= MIN_LEN {
            return Err(ConfigError::WeakKey);
        }
        let key = match self.algorithm {
            Algorithm::Hmac(hash) => Material::Hmac(Hmac::new(hash, &bytes)),
            #[cfg(feature = "legacy-sha1")]
            Algorithm::HmacSha1 => Material::HmacSha1(HmacSha1::new(&bytes)),
            _ => Material::Token(SecretBytes::new(bytes.to_vec())),
        };
        let id = id::symmetric(&Hmac::new(Hash::Sha512, &bytes), self.name);
        Ok(Secret { scheme: *self, key, id })
    }

    fn decode(&self, text: &str) -> Result<Zeroizing<Vec<u8>>, ConfigError> {
        match self.form {
            SecretForm::Text => Ok(Zeroizing::new(text.as_bytes().to_vec())),
            SecretForm::Hex => hex::decode(text.as_bytes()).map(Zeroizing::new).ok_or(ConfigError::KeyText),
            SecretForm::Base64 { prefix } => {
                let text = text.strip_prefix(prefix).unwrap_or(text);
                if text.is_empty() {
                    return Err(ConfigError::WeakKey);
                }
                let bytes = base64_of_either_form(text).ok_or(ConfigError::KeyText)?;
                if STANDARD.contains(&bytes.len()) { Ok(bytes) } else { Err(ConfigError::WeakKey) }
            }
        }
    }

    fn has_public_key(&self) -> bool {
        match self.algorithm {
            Algorithm::Ed25519 => true,
            #[cfg(feature = "p256")]
            Algorithm::P256 => true,
            _ => false,
        }
    }

    fn public_key(&self, text: &str) -> Result<Secret, ConfigError> {
        let bytes = match self.encoding {
            Encoding::Hex => hex::decode(text.as_bytes()).map(Zeroizing::new),
            _ => base64_of_either_form(text.strip_prefix("whpk_").unwrap_or(text)),
        };
        let bytes = bytes.ok_or(ConfigError::KeyText)?;
        #[cfg(feature = "p256")]
        if self.algorithm == Algorithm::P256 {
            let key = P256Key::from_spki(&bytes).ok_or(ConfigError::KeyText)?;
            return Ok(Secret { scheme: *self, key: Material::P256(key), id: id::verifying_p256(&bytes) });
        }
        let bytes: &[u8; 32] = bytes.as_slice().try_into().map_err(|_| ConfigError::KeyText)?;
        let key = ed25519::VerifyingKey::from_bytes(bytes).ok_or(ConfigError::WeakKey)?;
        Ok(Secret { scheme: *self, key: Material::Ed25519(key), id: id::verifying(bytes) })
    }
}

/// With padding or without.
pub(crate) fn base64_of_either_form(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    base64::decode_standard(text.as_bytes()).or_else(|| base64::decode_unpadded(text.as_bytes()))
}

impl Secret {
    /// The scheme that it belongs to.
    #[must_use]
    pub const fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    pub(super) fn into_key(self) -> Material {
        self.key
    }

    /// The HMAC of a message, for those who ask for proof that we have the secret.
    #[cfg(feature = "json")]
    pub(crate) fn mac(&self, message: &[u8]) -> Option<Output> {
        let Material::Hmac(hmac) = &self.key else { return None };
        Some(hmac.mac([message]))
    }

    /// Whether one of the signatures, as text, is of these parts, one after another.
    pub(crate) fn matches(&self, parts: &[Cow<'_, [u8]>], signatures: &[Cow<'_, [u8]>]) -> bool {
        let any = |is_good: &dyn Fn(&[u8]) -> bool| {
            let mut buffer = [0; MAX_SIGNATURE_LEN];
            let mut decoded =
                |text: &[u8]| self.scheme.encoding.decode(text, &mut buffer).is_some_and(is_good);
            signatures.iter().any(|text| decoded(text))
        };
        match &self.key {
            Material::Hmac(hmac) => {
                let expected = hmac.mac(parts.iter().map(AsRef::as_ref));
                signatures.iter().any(|text| self.scheme.encoding.writes(expected.as_bytes(), text))
            }
            #[cfg(feature = "legacy-sha1")]
            Material::HmacSha1(hmac) => {
                let expected = hmac.mac(parts.iter().map(AsRef::as_ref));
                signatures.iter().any(|text| self.scheme.encoding.writes(expected.as_bytes(), text))
            }
            #[cfg(feature = "p256")]
            Material::P256(key) => {
                let message = parts.concat();
                any(&|signature| key.verify(&message, signature).is_ok())
            }
            Material::Ed25519(key) => {
                let message = parts.concat();
                // What begins like this is signed in a format of this crate.
                !message.starts_with(b"\xFFchancery/")
                    && any(&|signature| {
                        signature.try_into().is_ok_and(|signature| key.verify(&message, signature).is_ok())
                    })
            }
            Material::Token(token) => {
                signatures.iter().any(|presented| ct::equal(token.expose_secret(), presented))
            }
        }
    }
}

impl Encoding {
    /// Whether this is the text of a MAC. The one text of Base64 is compared as it is; digits have two cases.
    fn writes(self, mac: &[u8], text: &[u8]) -> bool {
        let is_text = |own: Option<&str>| own.is_some_and(|own| ct::equal(own.as_bytes(), text));
        let own = || Zeroizing::new([0; MAX_MAC_TEXT_LEN]);
        match self {
            Self::Hex => {
                hex::decode_into(text, &mut [0; MAX_SIGNATURE_LEN]).is_some_and(|bytes| ct::equal(mac, bytes))
            }
            Self::Base64 => is_text(base64::encode_standard_into(mac, &mut *own())),
            Self::Base64Url => is_text(base64::encode_into(mac, &mut *own())),
        }
    }

    /// The bytes of a signature; `None` when it is not one.
    fn decode<'a>(self, text: &[u8], buffer: &'a mut [u8; MAX_SIGNATURE_LEN]) -> Option<&'a [u8]> {
        match self {
            Self::Hex => hex::decode_into(text, buffer),
            Self::Base64 => base64::decode_standard_into(text, buffer),
            Self::Base64Url => base64::decode_into(text, buffer),
        }
    }
}

impl keyring::sealed::Sealed for Secret {}

impl Key for Secret {
    fn id(&self) -> KeyId {
        self.id
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} {})", self.scheme.name, self.id)
    }
}
