// SPDX-License-Identifier: MIT OR Apache-2.0
//! [`ApiKeys`]: keys of one prefix issued, verified and rotated, under a ring of peppers.

use crate::{
    ConfigError, Error, Key, KeyId, Keyring, UnixTime, Verified,
    api_key::{
        record::{ApiKeyRecord, Grant},
        store::{ApiKeyStore, AsyncApiKeyStore},
        text::{ApiKey, ApiKeyId, Prefix, Presented},
    },
    mac::{Hash, MacKey},
    primitive::{
        ct,
        hash::{Hasher, label},
    },
};
use alloc::string::String;
use core::time::Duration;

/// How exact the time of the last use is: a store is not written to for every request.
const USED: Duration = Duration::from_secs(300);

/// The API keys of one service in one environment.
#[derive(Clone, Debug)]
pub struct ApiKeys {
    prefix: Prefix,
    peppers: Option<Keyring<MacKey>>,
    allow_unpeppered: bool,
}

impl ApiKeys {
    /// Keys that begin with `prefix`, such as `acme_live`: two words of 1 to 16 lower-case letters and digits, each of
    /// which begins with a letter. They are kept as an HMAC under the primary pepper, and verified under the one that
    /// their record names. A pepper is kept where the records are not: whoever can write them can then still not make a key.
    ///
    /// # Errors
    /// [`ConfigError::Scheme`] for another prefix, [`ConfigError::Suite`] for a pepper that is not of HMAC-SHA-256.
    pub fn new(prefix: &str, peppers: impl Into<Keyring<MacKey>>) -> Result<Self, ConfigError> {
        let peppers = peppers.into();
        if peppers.iter().any(|pepper| pepper.raw().hash() != Hash::Sha256) {
            return Err(ConfigError::Suite);
        }
        Ok(Self { prefix: Prefix::new(prefix)?, peppers: Some(peppers), allow_unpeppered: false })
    }

    /// The same without a pepper: keys are kept as their SHA-256, from which 256 random bits cannot be found. Whoever can
    /// write the records can make keys.
    ///
    /// # Errors
    /// [`ConfigError::Scheme`].
    pub fn unpeppered(prefix: &str) -> Result<Self, ConfigError> {
        Ok(Self { prefix: Prefix::new(prefix)?, peppers: None, allow_unpeppered: true })
    }

    /// Also verifies keys from before there was a pepper, until the last of them was rotated. Until then whoever can write
    /// the records can make keys, as [`unpeppered`](Self::unpeppered) says.
    #[must_use]
    pub fn allow_unpeppered(self) -> Self {
        Self { allow_unpeppered: true, ..self }
    }

    /// The regular expression by which a secret scanner finds these keys, in the common syntax: no look-around.
    #[must_use]
    pub fn scanner_pattern(&self) -> String {
        self.prefix.pattern()
    }

    /// The identifier in the text of a key that nobody has verified, for whoever has found one: its checksum is right, and
    /// no store was asked.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn untrusted_id(&self, text: &str) -> Result<ApiKeyId, Error> {
        Ok(self.prefix.read(text)?.id)
    }

    /// A new key, whose record is in the store.
    ///
    /// # Errors
    /// [`Error::Unavailable`], and those of [`ApiKeyStore::create`].
    pub fn issue(
        &self,
        store: &(impl ApiKeyStore + ?Sized),
        grant: &Grant,
        now: UnixTime,
    ) -> Result<ApiKey, Error> {
        let (key, record) = self.generate(grant, now)?;
        store.create(&record)?;
        Ok(key)
    }

    /// [`issue`](Self::issue) with a store that is waited for.
    ///
    /// # Errors
    /// As [`issue`](Self::issue).
    pub async fn issue_async(
        &self,
        store: &(impl AsyncApiKeyStore + ?Sized),
        grant: &Grant,
        now: UnixTime,
    ) -> Result<ApiKey, Error> {
        let (key, record) = self.generate(grant, now)?;
        store.create_async(&record).await?;
        Ok(key)
    }

    /// Verifies the text of a key: its form and checksum, its secret against the record, and that it has not ended. Notes
    /// its use once in five minutes; should that fail, the key is good all the same.
    ///
    /// # Errors
    /// [`Error::Malformed`] before the store is asked; [`Error::UnknownKey`]; [`Error::NotAuthentic`], also when the
    /// pepper is not there any more; [`Error::Expired`] for a key that has expired or was revoked, which only those are
    /// told who have the key; what the store reports. Answer the first four with 401, whatever
    /// [`Error::status`] has for a body.
    pub fn verify(
        &self,
        store: &(impl ApiKeyStore + ?Sized),
        text: &str,
        now: UnixTime,
    ) -> Result<Verified<ApiKeyRecord>, Error> {
        let presented = self.prefix.read(text)?;
        let record = self.check(&presented, store.find(presented.id)?, now)?;
        if is_to_be_noted(&record, now) {
            // To know when a key was used is no reason to refuse it.
            let _ = store.used(presented.id, now);
        }
        Ok(record)
    }

    /// [`verify`](Self::verify) with a store that is waited for.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub async fn verify_async(
        &self,
        store: &(impl AsyncApiKeyStore + ?Sized),
        text: &str,
        now: UnixTime,
    ) -> Result<Verified<ApiKeyRecord>, Error> {
        let presented = self.prefix.read(text)?;
        let record = self.check(&presented, store.find_async(presented.id).await?, now)?;
        if is_to_be_noted(&record, now) {
            let _ = store.used_async(presented.id, now).await;
        }
        Ok(record)
    }

    /// A new key in the place of an old one: of the same name and scopes, under the primary pepper, and with the lifetime
    /// that the old one had. The old one is good for `overlap` longer, and never longer than it was.
    ///
    /// # Errors
    /// [`Error::UnknownKey`], also for a key of another prefix; [`Error::Expired`] when it has ended, [`Error::Replayed`] when it has a successor.
    pub fn rotate(
        &self,
        store: &(impl ApiKeyStore + ?Sized),
        old: ApiKeyId,
        overlap: Duration,
        now: UnixTime,
    ) -> Result<ApiKey, Error> {
        let (key, successor) = self.generate(&self.succeed(old, store.find(old)?, now)?, now)?;
        store.rotate(old, now.saturating_add(overlap), &successor)?;
        Ok(key)
    }

    /// [`rotate`](Self::rotate) with a store that is waited for.
    ///
    /// # Errors
    /// As [`rotate`](Self::rotate).
    pub async fn rotate_async(
        &self,
        store: &(impl AsyncApiKeyStore + ?Sized),
        old: ApiKeyId,
        overlap: Duration,
        now: UnixTime,
    ) -> Result<ApiKey, Error> {
        let (key, successor) = self.generate(&self.succeed(old, store.find_async(old).await?, now)?, now)?;
        store.rotate_async(old, now.saturating_add(overlap), &successor).await?;
        Ok(key)
    }

    fn generate(&self, grant: &Grant, now: UnixTime) -> Result<(ApiKey, ApiKeyRecord), Error> {
        let presented = Presented::generate()?;
        let pepper = self.peppers.as_ref().map(Keyring::primary);
        let record = ApiKeyRecord {
            id: presented.id,
            prefix: self.prefix.clone(),
            hash: self.hash(&presented, pepper),
            pepper: pepper.map(Key::id),
            name: grant.name.clone(),
            scopes: grant.scopes.clone(),
            created: now,
            expires: grant.lifetime.map(|lifetime| now.saturating_add(lifetime)),
            revoked: None,
            used: None,
            successor: None,
        };
        Ok((self.prefix.write(&presented), record))
    }

    /// One hash and one comparison, whether there is a record or not, and whether it can be used or not.
    fn check(
        &self,
        presented: &Presented,
        record: Option<ApiKeyRecord>,
        now: UnixTime,
    ) -> Result<Verified<ApiKeyRecord>, Error> {
        let named = record.as_ref().map_or(Err(Error::UnknownKey), |record| self.pepper(record.pepper));
        // Without a record, or without its pepper, the same is done for nothing.
        let pepper = named.unwrap_or(self.peppers.as_ref().map(Keyring::primary));
        let expected = record.as_ref().map_or([0; 32], |record| record.hash);
        let equal = ct::equal(&self.hash(presented, pepper), &expected);
        let record = named.and(record.ok_or(Error::UnknownKey))?;
        if !equal || record.id != presented.id {
            return Err(Error::NotAuthentic);
        }
        if record.is_over(now) { Err(Error::Expired) } else { Ok(Verified::new(record)) }
    }

    /// What the successor of a key is for. Nothing but this proves the record to be the one: there is no secret to compare.
    fn succeed(&self, id: ApiKeyId, old: Option<ApiKeyRecord>, now: UnixTime) -> Result<Grant, Error> {
        let old = old.filter(|old| old.id == id && old.prefix == self.prefix).ok_or(Error::UnknownKey)?;
        if old.is_over(now) {
            return Err(Error::Expired);
        }
        // Of one that was rotated the end says nothing about its lifetime.
        if old.successor.is_some() {
            return Err(Error::Replayed);
        }
        let seconds = |expires: UnixTime| expires.as_secs().saturating_sub(old.created.as_secs());
        let lifetime = old.expires.map(|expires| Duration::from_secs(seconds(expires)));
        Ok(Grant { name: old.name, scopes: old.scopes, lifetime })
    }

    /// What a record was made under: a pepper of the ring, or none where that is allowed.
    fn pepper(&self, id: Option<KeyId>) -> Result<Option<&MacKey>, Error> {
        let Some(id) = id else {
            return self.allow_unpeppered.then_some(None).ok_or(Error::NotAuthentic);
        };
        let pepper = self.peppers.as_ref().and_then(|peppers| peppers.get(id));
        pepper.map(Some).ok_or(Error::NotAuthentic)
    }

    /// `HMAC-SHA-256(pepper, I)`, or `H(I)` without a pepper, where
    /// `I = L("api-key") || u8 length of the prefix || prefix || id || secret`.
    fn hash(&self, key: &Presented, pepper: Option<&MacKey>) -> [u8; 32] {
        let [a, b, c] = label("api-key");
        let prefix = self.prefix.as_str().as_bytes();
        // At most 33 bytes.
        let len = [u8::try_from(prefix.len()).unwrap_or(u8::MAX)];
        let parts = [a, b, c, &len, prefix, key.id.as_bytes(), key.secret.expose_secret()];
        let Some(pepper) = pepper else {
            return parts.iter().fold(Hasher::new(), |hasher, part| hasher.chain(part)).finish();
        };
        let mut hash = [0; 32];
        let output = pepper.raw().mac(parts);
        for (to, from) in hash.iter_mut().zip(output.as_bytes()) {
            *to = *from;
        }
        hash
    }
}

fn is_to_be_noted(record: &ApiKeyRecord, now: UnixTime) -> bool {
    record.used.is_none_or(|used| used.saturating_add(USED) <= now)
}
