// SPDX-License-Identifier: MIT OR Apache-2.0
//! The text of a key, `prefix_env_id_secret+checksum`, and what is read from it before any store is asked.

use crate::{
    ConfigError, Error,
    primitive::{
        ct,
        hash::Hasher,
        rng::{self, System},
    },
    secret::{SecretArray, SecretText, erased_by_fields},
    wire::base62,
};
use alloc::{format, string::String, sync::Arc};
use core::{fmt, str::FromStr};

/// 96 bits: by the birthday bound two of 2^38 keys have one identifier with a probability of 2^-21, and a store refuses it.
const ID: usize = 12;
const ID_DIGITS: usize = 17;
const SECRET: usize = 32;
const SECRET_DIGITS: usize = 43;
/// One mistake in 2^32 is not seen before the store is asked.
const CHECKSUM: usize = 4;
const CHECKSUM_DIGITS: usize = 6;
/// Of each of the two words in front.
const MAX_WORD: usize = 16;

/// The public identifier of an API key, for look-ups, lists and logs: 17 characters of `0-9A-Za-z`. Random, and of no
/// use without the secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApiKeyId([u8; ID]);

impl ApiKeyId {
    pub(super) const fn as_bytes(&self) -> &[u8; ID] {
        &self.0
    }

    fn read(text: &[u8]) -> Option<Self> {
        let mut id = [0; ID];
        base62::decode_into(text, &mut id).filter(|()| text.len() == ID_DIGITS)?;
        Some(Self(id))
    }
}

impl FromStr for ApiKeyId {
    type Err = Error;

    /// # Errors
    /// [`Error::Malformed`].
    fn from_str(text: &str) -> Result<Self, Error> {
        Self::read(text.as_bytes()).ok_or(Error::Malformed)
    }
}

impl fmt::Display for ApiKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(ID_DIGITS);
        base62::encode_to(&mut text, &self.0, ID_DIGITS);
        f.write_str(&text)
    }
}

impl fmt::Debug for ApiKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKeyId({self})")
    }
}

/// A new API key, to be shown once: its text is in no record and cannot be had again.
///
/// It is erased when it is dropped, and cannot be copied, compared or printed:
///
/// ```compile_fail,E0277
/// fn log(key: &chancery::api_key::ApiKey) -> String {
///     format!("{key}")
/// }
/// ```
///
/// ```compile_fail,E0599
/// fn copy(key: chancery::api_key::ApiKey) -> (chancery::api_key::ApiKey, chancery::api_key::ApiKey) {
///     (key.clone(), key)
/// }
/// ```
///
/// ```compile_fail,E0369
/// fn same(a: &chancery::api_key::ApiKey, b: &chancery::api_key::ApiKey) -> bool {
///     a == b
/// }
/// ```
#[must_use = "the text of the key cannot be had again"]
pub struct ApiKey {
    id: ApiKeyId,
    text: SecretText,
}

erased_by_fields!(ApiKey: text);

impl ApiKey {
    /// The public identifier.
    #[must_use]
    pub const fn id(&self) -> ApiKeyId {
        self.id
    }

    /// The text, for its owner. It is the caller's to protect from here on.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        self.text.expose_secret()
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ApiKey").field(&self.id).finish()
    }
}

/// What a key says before anybody has compared it.
pub(super) struct Presented {
    pub(super) id: ApiKeyId,
    pub(super) secret: SecretArray<SECRET>,
}

impl Presented {
    pub(super) fn generate() -> Result<Self, Error> {
        Ok(Self { id: ApiKeyId(rng::public(&mut System)?), secret: rng::secret(&mut System)? })
    }
}

/// `prefix_env`: whose keys, and for which of their environments. Shared by their records.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Prefix(Arc<str>);

impl Prefix {
    /// Two words of 1 to 16 of `a-z0-9`, each of which begins with a letter.
    pub(super) fn new(text: &str) -> Result<Self, ConfigError> {
        let is_word = |word: &str| {
            let plain = word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
            plain && word.len() <= MAX_WORD && word.starts_with(|first: char| first.is_ascii_lowercase())
        };
        let two = text.split_once('_').is_some_and(|(name, env)| is_word(name) && is_word(env));
        // What scanners take for the text of another kind of key of this crate.
        let ours = text.starts_with("chn_");
        if two && !ours { Ok(Self(text.into())) } else { Err(ConfigError::Scheme) }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn pattern(&self) -> String {
        let rest = SECRET_DIGITS.saturating_add(CHECKSUM_DIGITS);
        format!(r"\b{}_[0-9A-Za-z]{{{ID_DIGITS}}}_[0-9A-Za-z]{{{rest}}}\b", self.0)
    }

    pub(super) fn write(&self, key: &Presented) -> ApiKey {
        let digits = ID_DIGITS.saturating_add(SECRET_DIGITS).saturating_add(CHECKSUM_DIGITS);
        // Two underscores more. It must not grow: that would leave a copy behind.
        let mut text = String::with_capacity(self.0.len().saturating_add(digits).saturating_add(2));
        text.push_str(&self.0);
        text.push('_');
        base62::encode_to(&mut text, key.id.as_bytes(), ID_DIGITS);
        text.push('_');
        base62::encode_to(&mut text, key.secret.expose_secret(), SECRET_DIGITS);
        let sum = checksum(text.as_bytes());
        base62::encode_to(&mut text, &sum, CHECKSUM_DIGITS);
        ApiKey { id: key.id, text: SecretText::new(text) }
    }

    /// What the one text of a key with this prefix says.
    pub(super) fn read(&self, text: &str) -> Result<Presented, Error> {
        self.try_read(text.as_bytes()).ok_or(Error::Malformed)
    }

    fn try_read(&self, text: &[u8]) -> Option<Presented> {
        let rest = text.strip_prefix(self.0.as_bytes())?.strip_prefix(b"_")?;
        let (id, rest) = rest.split_at_checked(ID_DIGITS)?;
        let (secret, sum) = rest.strip_prefix(b"_")?.split_at_checked(SECRET_DIGITS)?;
        if sum.len() != CHECKSUM_DIGITS {
            return None;
        }
        let (summed, _) = text.split_at_checked(text.len().checked_sub(CHECKSUM_DIGITS)?)?;
        let mut found = [0; CHECKSUM];
        base62::decode_into(sum, &mut found)?;
        if !ct::equal(&checksum(summed), &found) {
            return None;
        }
        let mut presented = Presented { id: ApiKeyId::read(id)?, secret: SecretArray::zeroed() };
        base62::decode_into(secret, presented.secret.expose_secret_mut())?;
        Some(presented)
    }
}

/// `H(L("api-key text") || text in front of it)[..4]`.
fn checksum(text: &[u8]) -> [u8; CHECKSUM] {
    let [a, b, c, d, ..] = Hasher::labelled("api-key text").chain(text).finish();
    [a, b, c, d]
}
