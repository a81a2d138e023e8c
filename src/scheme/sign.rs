// SPDX-License-Identifier: MIT OR Apache-2.0
//! The other side of a scheme: signatures, for those who send and for the tests of those who receive.

#[cfg(feature = "legacy-sha1")]
use crate::primitive::mac::HmacSha1;
use crate::{
    ConfigError,
    primitive::{ct, ed25519, mac::Hmac},
    scheme::{Algorithm, Encoding, Scheme, base64_of_either_form, secret::Material},
    secret::{SecretArray, SecretBytes},
    wire::{base64, hex},
};
use alloc::string::String;
use zeroize::Zeroizing;

/// What signs the deliveries of a scheme.
pub(crate) enum Signer {
    Hmac(Hmac),
    #[cfg(feature = "legacy-sha1")]
    HmacSha1(HmacSha1),
    Ed25519(ed25519::SigningKey),
    Token(SecretBytes),
}

/// Each variant erases itself.
impl zeroize::ZeroizeOnDrop for Signer {}

const _: () = {
    const fn erased<T: zeroize::ZeroizeOnDrop>() {}
    erased::<Hmac>();
    erased::<ed25519::SigningKey>();
    erased::<SecretBytes>();
};

impl Scheme {
    /// Reads what the sender has: the secret where both sides share it, otherwise the private key.
    ///
    /// # Errors
    /// [`ConfigError::KeyText`], [`ConfigError::WeakKey`], [`ConfigError::WrongKeyKind`].
    pub(crate) fn signer(&self, text: &str) -> Result<Signer, ConfigError> {
        if self.algorithm == Algorithm::Ed25519 {
            return self.private_key(text.strip_prefix("whsk_").unwrap_or(text)).map(Signer::Ed25519);
        }
        match self.weak_secret(text)?.into_key() {
            Material::Hmac(hmac) => Ok(Signer::Hmac(hmac)),
            Material::Token(token) => Ok(Signer::Token(token)),
            #[cfg(feature = "legacy-sha1")]
            Material::HmacSha1(hmac) => Ok(Signer::HmacSha1(hmac)),
            // The key that verifies does not sign.
            _ => Err(ConfigError::Suite),
        }
    }

    /// Reads a seed of 32 bytes, or the seed and the public key that belongs to it, which is how Svix writes it.
    ///
    /// # Errors
    /// As [`signer`](Self::signer).
    pub(crate) fn private_key(&self, text: &str) -> Result<ed25519::SigningKey, ConfigError> {
        let bytes = match self.encoding {
            Encoding::Hex => hex::decode(text.as_bytes()).map(Zeroizing::new),
            Encoding::Base64 | Encoding::Base64Url => base64_of_either_form(text),
        };
        let bytes = bytes.ok_or(ConfigError::KeyText)?;
        let (seed, public) = bytes.split_first_chunk::<32>().ok_or(ConfigError::KeyText)?;
        if ct::is_constant(seed) {
            return Err(ConfigError::WeakKey);
        }
        let seed = SecretArray::copy_of(seed).ok_or(ConfigError::KeyText)?;
        let key = ed25519::SigningKey::from_seed(&seed);
        let belongs = public.is_empty() || ct::equal(public, key.verifying_key().as_bytes());
        if belongs { Ok(key) } else { Err(ConfigError::KeyText) }
    }

    /// The text of the signature of `parts`, one after another.
    pub(crate) fn sign(&self, signer: &Signer, parts: &[&[u8]]) -> String {
        let signature = match signer {
            Signer::Hmac(hmac) => hmac.mac(parts.iter().copied()).as_bytes().to_vec(),
            #[cfg(feature = "legacy-sha1")]
            Signer::HmacSha1(hmac) => hmac.mac(parts.iter().copied()).as_bytes().to_vec(),
            Signer::Ed25519(key) => key.sign(&parts.concat()).to_vec(),
            Signer::Token(token) => return String::from_utf8_lossy(token.expose_secret()).into_owned(),
        };
        self.encoding.encode(&signature)
    }
}

impl Encoding {
    pub(super) fn encode(self, bytes: &[u8]) -> String {
        match self {
            Self::Hex => hex::encode(bytes),
            Self::Base64 => base64::encode_standard(bytes),
            Self::Base64Url => base64::encode(bytes),
        }
    }
}
