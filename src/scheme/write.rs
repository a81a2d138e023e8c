// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whole messages as the sender of a scheme writes them.

use crate::{
    ConfigError, Error, Keyring, UnixTime,
    primitive::hash::Hasher,
    scheme::{Carrier, Engine, Incoming, Place, Scheme, Signer, Unit},
    wire::{hex, timestamp},
};
use alloc::{
    borrow::ToOwned,
    format,
    string::{String, ToString},
    vec::Vec,
};

/// Names and values, in order.
pub(crate) type Written = Vec<(String, String)>;

/// Writes deliveries of one scheme.
pub(crate) struct Writer {
    /// What is signed is what the other side checks: one definition of it.
    engine: Engine,
    signer: Signer,
    #[cfg(feature = "testing")]
    public_key: Option<[u8; 32]>,
}

impl Writer {
    /// # Errors
    /// As `Scheme::signer`.
    pub(crate) fn new(scheme: &Scheme, secret: &str, url: Option<&str>) -> Result<Self, ConfigError> {
        let signer = scheme.signer(secret)?;
        let public_key = match &signer {
            Signer::Ed25519(key) => Some(*key.verifying_key().as_bytes()),
            _ => None,
        };
        let secret = match public_key {
            Some(key) => scheme.secret(&text_of(scheme, &key))?,
            None => scheme.weak_secret(secret)?,
        };
        Ok(Self {
            engine: Engine::new(Keyring::new(secret), url)?,
            signer,
            #[cfg(feature = "testing")]
            public_key,
        })
    }

    /// The text of the public key, where there is one.
    #[cfg(feature = "testing")]
    pub(crate) fn public_key(&self) -> Option<String> {
        self.public_key.map(|key| text_of(self.engine.scheme(), &key))
    }

    /// The headers, and the target with what belongs into its query.
    ///
    /// # Errors
    /// As `Engine::verify` for what does not go into the scheme.
    pub(crate) fn write(
        &self,
        method: &str,
        target: &str,
        body: &[u8],
        id: Option<&str>,
        now: UnixTime,
    ) -> Result<(Written, String), Error> {
        let scheme = *self.engine.scheme();
        let (mut headers, mut target) = (Written::new(), target.to_owned());
        let id = scheme.id.map(|_| id.map_or_else(|| made_up_id(body, now), ToOwned::to_owned));
        headers.extend(scheme.id.map(str::to_owned).zip(id.clone()));
        let time = scheme.stamp.map(|stamp| time(stamp.unit, now));
        match (scheme.stamp.map(|stamp| stamp.place), &time) {
            (Some(Place::Header(name)), Some(time)) => headers.push((name.to_owned(), time.clone())),
            (Some(Place::Query(name)), Some(time)) => add_to_query(&mut target, name, time),
            // Into the header of the signature, or in the body already.
            _ => {}
        }
        let incoming = Incoming { method, target: &target, headers: &[("", ""); 0], body };
        let url = self.engine.url(&target)?;
        let parts = self.engine.parts(&incoming, &url, id.as_deref(), time.as_deref().map(str::as_bytes))?;
        let parts: Vec<&[u8]> = parts.iter().map(AsRef::as_ref).collect();
        let signature = scheme.sign(&self.signer, &parts);
        place(&scheme, &signature, time.as_deref(), &mut headers, &mut target);
        Ok((headers, target))
    }
}

fn text_of(scheme: &Scheme, public_key: &[u8; 32]) -> String {
    scheme.encoding.encode(public_key)
}

/// Another one for another delivery, the same for the same.
fn made_up_id(body: &[u8], now: UnixTime) -> String {
    let hash = Hasher::labelled("test id").chain(&now.as_secs().to_be_bytes()).chain(body).finish();
    let (half, _) = hash.split_at(16);
    format!("test_{}", hex::encode(half))
}

fn time(unit: Unit, now: UnixTime) -> String {
    match unit {
        Unit::Seconds => now.as_secs().to_string(),
        Unit::Milliseconds => now.as_secs().saturating_mul(1000).to_string(),
        Unit::Rfc3339 => timestamp::to_rfc3339(now.as_secs()),
    }
}

/// Puts the signature where the scheme has it.
fn place(scheme: &Scheme, signature: &str, time: Option<&str>, headers: &mut Written, target: &mut String) {
    let header = match scheme.carrier {
        Carrier::Header { name, prefix } => (name.to_owned(), format!("{prefix}{signature}")),
        Carrier::Headers { names } => {
            (names.first().copied().unwrap_or_default().to_owned(), signature.to_owned())
        }
        Carrier::Numbered { name } => (format!("{name}1"), signature.to_owned()),
        Carrier::Pairs { name, separator, key } => {
            let place = scheme.stamp.map(|stamp| stamp.place);
            // WorkOS writes a space, and its SDK for Python reads nothing else.
            let space = if scheme.name == "workos" { " " } else { "" };
            let time = match (place, time) {
                (Some(Place::Pair(key)), Some(time)) => {
                    format!("{key}={time}{}{space}", char::from(separator))
                }
                _ => String::new(),
            };
            (name.to_owned(), format!("{time}{key}={signature}"))
        }
        Carrier::Versions { name, version } => (name.to_owned(), format!("{version},{signature}")),
        Carrier::Query { name } => return add_to_query(target, name, signature),
        // In the body, which is signed already: no engine is made for it.
        Carrier::Item => return,
    };
    headers.push(header);
}

fn add_to_query(target: &mut String, name: &str, value: &str) {
    target.push(if target.contains('?') { '&' } else { '?' });
    target.push_str(name);
    target.push('=');
    // Of Base64 and times, these are not themselves in a form.
    for c in value.chars() {
        match c {
            '+' => target.push_str("%2B"),
            '/' => target.push_str("%2F"),
            '=' => target.push_str("%3D"),
            ':' => target.push_str("%3A"),
            c => target.push(c),
        }
    }
}
