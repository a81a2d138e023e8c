// SPDX-License-Identifier: MIT OR Apache-2.0
//! Adyen's notifications, of which eight fields are signed and nothing else.
//!
//! A body carries several items, with a signature each. What comes out are the covered fields: whatever else
//! stands in an item, anybody could have written.
//!
//! ```
//! use chancery::{UnixTime, webhook::{adyen, provider}};
//!
//! let key = "DFB1EB5485895CFA84146406857104ABB4CBCABDC8AAF103A624C8F6A3EAAB00";
//! let verifier = adyen::Verifier::new(provider::ADYEN.secret(key)?)?;
//! let body = br#"{"live":"false","notificationItems":[{"NotificationRequestItem":{
//!     "additionalData":{"hmacSignature":"xhpHvYq2u2Np0rstbZ6QjLGu7JWhvf7Iwaa6EviJSX0="},
//!     "pspReference":"pspReference","originalReference":"originalReference",
//!     "merchantAccountCode":"merchantAccount","merchantReference":"reference",
//!     "amount":{"value":1000,"currency":"EUR"},"eventCode":"CAPTURE","success":"true"}}]}"#;
//! for item in verifier.verify(body)? {
//!     let item = item.allow_replays(); // or `claim`: no time is signed
//!     assert_eq!((item.value, item.currency.as_str(), item.success), (1000, "EUR", true));
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Security
//! The fields are joined by colons without any escape. Only the merchant's reference may have one, so that they
//! are told apart in one way.
//!
//! # Errors
//! [`Error::Malformed`], [`Error::TooLarge`], [`Error::NotAuthentic`] when one of the items is not.

use crate::{
    ConfigError, Error, Keyring, Unclaimed, UnixTime,
    primitive::hash::Hasher,
    scheme::Secret,
    webhook::{RETENTION, provider},
};
use alloc::{borrow::Cow, string::String, vec::Vec};
use core::time::Duration;
use serde_json::Value;

/// Adyen sends six items at most, of a few hundred bytes.
const MAX_BODY: usize = 256 * 1024;
const MAX_ITEMS: usize = 64;

/// Verifies notifications.
#[derive(Debug)]
pub struct Verifier {
    secrets: Keyring<Secret>,
    retention: Duration,
}

/// The fields of an item that are signed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Item {
    /// `pspReference`.
    pub psp_reference: String,
    /// `originalReference`, empty where there is none.
    pub original_reference: String,
    /// `merchantAccountCode`.
    pub merchant_account: String,
    /// `merchantReference`.
    pub merchant_reference: String,
    /// `amount.value`, in minor units.
    pub value: i64,
    /// `amount.currency`.
    pub currency: String,
    /// `eventCode`, for example `AUTHORISATION`.
    pub event_code: String,
    /// `success`.
    pub success: bool,
}

impl Verifier {
    /// A verifier under one key or several.
    ///
    /// # Errors
    /// [`ConfigError::Suite`] for secrets of another scheme.
    pub fn new(secrets: impl Into<Keyring<Secret>>) -> Result<Self, ConfigError> {
        let secrets = secrets.into();
        if secrets.iter().any(|secret| *secret.scheme() != provider::ADYEN) {
            return Err(ConfigError::Suite);
        }
        Ok(Self { secrets, retention: RETENTION })
    }

    /// How long a claim is remembered: two days unless said, for ever if zero.
    #[must_use]
    pub const fn remember_for(mut self, retention: Duration) -> Self {
        self.retention = retention;
        self
    }

    /// The items of a notification, one at the least; all of them or none.
    ///
    /// # Errors
    /// As the module says.
    pub fn verify(&self, body: &[u8]) -> Result<Vec<Unclaimed<Item>>, Error> {
        if body.len() > MAX_BODY {
            return Err(Error::TooLarge);
        }
        let body: Value = serde_json::from_slice(body).map_err(|_| Error::Malformed)?;
        let items = body.get("notificationItems").and_then(Value::as_array).ok_or(Error::Malformed)?;
        if items.len() > MAX_ITEMS {
            return Err(Error::TooLarge);
        }
        if items.is_empty() {
            // Nothing in it is signed.
            return Err(Error::Malformed);
        }
        items
            .iter()
            .map(|item| self.item(item.get("NotificationRequestItem").ok_or(Error::Malformed)?))
            .collect()
    }

    fn item(&self, json: &Value) -> Result<Unclaimed<Item>, Error> {
        let signature = json.pointer("/additionalData/hmacSignature").and_then(Value::as_str);
        let signature = signature.ok_or(Error::NotAuthentic)?;
        let item = Item::read(json).ok_or(Error::Malformed)?;
        let signed = item.signed();
        let (parts, signatures) = ([Cow::Borrowed(signed.as_bytes())], [Cow::Borrowed(signature.as_bytes())]);
        let made = |secret: &Secret| secret.matches(&parts, &signatures);
        if !self.secrets.iter().any(made) {
            return Err(Error::NotAuthentic);
        }
        let digest = Hasher::labelled("adyen claim").chain(signed.as_bytes()).finish();
        Ok(Unclaimed::new(item, digest, UnixTime::MAX, Duration::ZERO).retained(self.retention))
    }
}

impl Item {
    fn read(json: &Value) -> Option<Self> {
        let text = |pointer| json.pointer(pointer).and_then(Value::as_str).map(String::from);
        let without_colon = |pointer| text(pointer).filter(|text| !text.contains(':'));
        let original = json.get("originalReference").is_some_and(|value| !value.is_null());
        Some(Self {
            psp_reference: without_colon("/pspReference")?,
            original_reference: if original { without_colon("/originalReference")? } else { String::new() },
            merchant_account: without_colon("/merchantAccountCode")?,
            merchant_reference: text("/merchantReference")?,
            value: json.pointer("/amount/value")?.as_i64()?,
            currency: without_colon("/amount/currency")?,
            event_code: without_colon("/eventCode")?,
            success: match text("/success")?.as_str() {
                "true" => true,
                "false" => false,
                _ => return None,
            },
        })
    }

    /// What the signature is over.
    fn signed(&self) -> String {
        alloc::format!(
            "{}:{}:{}:{}:{}:{}:{}:{}",
            self.psp_reference,
            self.original_reference,
            self.merchant_account,
            self.merchant_reference,
            self.value,
            self.currency,
            self.event_code,
            self.success
        )
    }
}
