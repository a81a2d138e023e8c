// SPDX-License-Identifier: MIT OR Apache-2.0
//! Standard Webhooks, sent: signed with one key or several, and tried again on a schedule.

use crate::{
    ConfigError, Error, Key, KeyId, Keyring, UnixTime,
    error::KeyKind,
    keyring,
    primitive::{
        ed25519,
        rng::{self, System},
    },
    scheme::{Signer, base64_of_either_form},
    secret::{SecretText, erased_by_fields},
    webhook::provider::{STANDARD, STANDARD_ED25519},
    wire::base64,
};
use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::{fmt, str::FromStr, time::Duration};
use zeroize::Zeroizing;

/// A receiver looks at so many signatures.
const MAX_KEYS: usize = 16;
const MAX_ID_LEN: usize = 256;

/// How long to wait before each further attempt, after the one that was made at once: ten attempts over
/// three days. A receiver that answers with `Retry-After` is to be heard; some jitter keeps many deliveries
/// from coming back together. Every answer but 2xx is a failure, and 410 is to be asked no more.
/// Source: Standard Webhooks 1.0.0, "Deliverability and reliability".
pub const RETRY_SCHEDULE: [Duration; 9] = {
    const HOUR: u64 = 60 * 60;
    const fn wait(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }
    [
        wait(5),
        wait(5 * 60),
        wait(30 * 60),
        wait(2 * HOUR),
        wait(5 * HOUR),
        wait(10 * HOUR),
        wait(14 * HOUR),
        wait(20 * HOUR),
        wait(24 * HOUR),
    ]
};

/// A new identifier of a message: `msg_` and 24 random characters. A message keeps it when it is sent again.
///
/// # Errors
/// [`Error::Unavailable`] when the system has no randomness.
pub fn new_message_id() -> Result<String, Error> {
    Ok(format!("msg_{}", base64::encode(&rng::public::<18>(&mut System)?)))
}

/// Signs deliveries, with every key of a keyring: while a key is replaced, the receiver may have either.
///
/// ```
/// use chancery::{UnixTime, webhook::{SendKey, Sender, Verifier, new_message_id, provider}};
///
/// let key = SendKey::generate()?;
/// // Shown to the receiver once, who configures it.
/// let verifier = Verifier::new(provider::STANDARD.secret(key.to_secret_text().expose_secret())?)?;
///
/// let sender = Sender::new(key)?;
/// let (id, now) = (new_message_id()?, UnixTime::from_secs(1_790_000_000));
/// let headers = sender.sign(&id, b"{}", now)?;
/// assert_eq!(verifier.verify(&headers, b"{}", now)?.allow_replays().id(), Some(id.as_str()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Sender {
    keys: Keyring<SendKey>,
}

impl Sender {
    /// A sender for one receiver. Keys are per receiver: one who shares a secret with you and with another can
    /// send in your name.
    ///
    /// # Errors
    /// [`ConfigError::Limit`] above 16 keys: a receiver looks at no more signatures.
    pub fn new(keys: impl Into<Keyring<SendKey>>) -> Result<Self, ConfigError> {
        let keys = keys.into();
        if keys.iter().count() > MAX_KEYS { Err(ConfigError::Limit) } else { Ok(Self { keys }) }
    }

    /// The headers `webhook-id`, `webhook-timestamp` and `webhook-signature` of a delivery that is sent now. When it is
    /// tried again, sign it again: the same `id`, the time of the attempt.
    ///
    /// # Errors
    /// [`Error::Malformed`] for an `id` that is empty, over 256 characters, or has others than letters, digits,
    /// `_` and `-`: with a dot in it, two deliveries would have one signature.
    pub fn sign(&self, id: &str, body: &[u8], now: UnixTime) -> Result<[(&'static str, String); 3], Error> {
        let in_grammar = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if id.is_empty() || id.len() > MAX_ID_LEN || !id.bytes().all(in_grammar) {
            return Err(Error::Malformed);
        }
        let timestamp = now.as_secs().to_string();
        let parts = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body];
        let signatures: Vec<String> = self.keys.iter().map(|key| key.sign(&parts)).collect();
        Ok([
            ("webhook-id", id.into()),
            ("webhook-timestamp", timestamp),
            ("webhook-signature", signatures.join(" ")),
        ])
    }

    /// The same into the headers of a request, in place of those of an earlier attempt.
    ///
    /// # Errors
    /// As [`sign`](Self::sign).
    #[cfg(feature = "http")]
    pub fn sign_into(
        &self,
        headers: &mut http::HeaderMap,
        id: &str,
        body: &[u8],
        now: UnixTime,
    ) -> Result<(), Error> {
        for (name, value) in self.sign(id, body, now)? {
            headers.insert(name, http::HeaderValue::try_from(value).map_err(|_| Error::Malformed)?);
        }
        Ok(())
    }
}

/// A key that signs deliveries: HMAC-SHA-256 (`v1`), a secret that the receiver has, too, or Ed25519 (`v1a`),
/// of which the receiver has the public half.
pub struct SendKey {
    signer: Signer,
    text: SecretText,
    id: KeyId,
}

erased_by_fields!(SendKey: signer, text);

impl SendKey {
    /// A new secret of 32 bytes for HMAC-SHA-256, which every receiver understands. Its text begins with `whsec_`.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the system has no randomness.
    pub fn generate() -> Result<Self, Error> {
        let bytes = rng::secret::<32>(&mut System)?;
        // A source that repeats one byte 32 times is broken.
        Self::hmac(bytes.expose_secret()).map_err(|_| Error::Unavailable)
    }

    /// A new Ed25519 key: what the receiver is given does not let it sign. The private text begins with `whsk_`.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the system has no randomness.
    pub fn generate_ed25519() -> Result<Self, Error> {
        Ok(Self::ed25519(ed25519::SigningKey::from_seed(&rng::secret(&mut System)?)))
    }

    fn hmac(bytes: &[u8]) -> Result<Self, ConfigError> {
        let text = text("whsec_", bytes);
        // The identifier is the one that the receiver sees.
        let id = STANDARD.secret(text.expose_secret())?.id();
        Ok(Self { signer: STANDARD.signer(text.expose_secret())?, text, id })
    }

    fn ed25519(key: ed25519::SigningKey) -> Self {
        let id = keyring::id::verifying(key.verifying_key().as_bytes());
        Self { text: text("whsk_", key.seed()), signer: Signer::Ed25519(key), id }
    }

    /// The text of the secret: `whsec_...`, which the receiver needs, or `whsk_...`, which it must not have.
    #[must_use]
    pub fn to_secret_text(&self) -> SecretText {
        SecretText::new(self.text.expose_secret().into())
    }

    /// The text of the public key for the receiver, `whpk_...`; none for a secret that both have.
    #[must_use]
    pub fn to_public_text(&self) -> Option<String> {
        let Signer::Ed25519(key) = &self.signer else { return None };
        Some(format!("whpk_{}", base64::encode_standard(key.verifying_key().as_bytes())))
    }

    /// `v1,...` or `v1a,...`
    fn sign(&self, parts: &[&[u8]]) -> String {
        match &self.signer {
            Signer::Ed25519(_) => format!("v1a,{}", STANDARD_ED25519.sign(&self.signer, parts)),
            _ => format!("v1,{}", STANDARD.sign(&self.signer, parts)),
        }
    }
}

impl FromStr for SendKey {
    type Err = ConfigError;

    /// Parses `whsec_...`, Base64 of 24 to 64 bytes, or `whsk_...`, of a seed of 32 bytes or of the seed and its public key.
    ///
    /// # Errors
    /// [`ConfigError::KeyText`], [`ConfigError::WeakKey`], and [`ConfigError::WrongKeyKind`] for `whpk_`.
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        if let Some(body) = text.strip_prefix("whsec_") {
            return Self::hmac(&base64_of_either_form(body).ok_or(ConfigError::KeyText)?);
        }
        if text.starts_with("whpk_") {
            return Err(ConfigError::WrongKeyKind { expected: KeyKind::Signing, found: KeyKind::Verifying });
        }
        let body = text.strip_prefix("whsk_").ok_or(ConfigError::KeyText)?;
        STANDARD_ED25519.private_key(body).map(Self::ed25519)
    }
}

/// Base64 behind a prefix, in a string of exactly its length.
fn text(prefix: &str, bytes: &[u8]) -> SecretText {
    let body = Zeroizing::new(base64::encode_standard(bytes));
    let mut text = String::with_capacity(prefix.len().saturating_add(body.len()));
    text.push_str(prefix);
    text.push_str(&body);
    SecretText::new(text)
}

impl keyring::sealed::Sealed for SendKey {}

impl Key for SendKey {
    /// The identifier that [`Delivery::secret`](super::Delivery::secret) shows at the receiver.
    fn id(&self) -> KeyId {
        self.id
    }
}

impl fmt::Debug for SendKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SendKey({})", self.id)
    }
}
