// SPDX-License-Identifier: MIT OR Apache-2.0
//! [`Keyring`]: one rotation for every kind of key.
//!
//! A keyring has one *primary* key, which seals and signs, and any number of others, which still
//! open and verify. It is never empty. To rotate without downtime:
//!
//! 1. [`accept`](Keyring::accept) the new key everywhere: everybody can read it, nobody uses it;
//! 2. [`promote`](Keyring::promote) it: everybody seals with it, the old one still opens;
//! 3. [`retire`](Keyring::retire) the old one when nothing sealed with it is left.
//!
//! On one machine [`rotate`](Keyring::rotate) does the first two in one step.
//!
//! ```
//! use chancery::{Context, Keyring, aead::SealKey};
//!
//! let context = Context::of("session");
//! let monday = Keyring::new(SealKey::generate()?);
//! let cookie = monday.seal(&context, b"user 17")?;
//!
//! let tuesday = monday.rotate(SealKey::generate()?)?;
//! assert_eq!(tuesday.open(&context, &cookie)?, b"user 17");
//!
//! let old = monday.primary_id();
//! let wednesday = tuesday.retire(old)?;
//! assert!(wednesday.open(&context, &cookie).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # In a configuration
//! The texts of the keys, with white space between them, the primary first: one variable, which is edited from step to step.
//!
//! ```
//! use chancery::{Keyring, aead::SealKey};
//!
//! # let (new, old) = (SealKey::generate()?.to_secret_text(), SealKey::generate()?.to_secret_text());
//! # let [new, old] = [new.expose_secret(), old.expose_secret()];
//! let accepted: Keyring<SealKey> = format!("{old} {new}").parse()?;   // 1
//! let promoted: Keyring<SealKey> = format!("{new} {old}").parse()?;   // 2
//! let retired: Keyring<SealKey> = format!("{new}\n").parse()?;        // 3
//! # assert_eq!(accepted.primary_id(), promoted.ids().nth(1).unwrap());
//! # assert_eq!((promoted.primary_id(), 1), (retired.primary_id(), retired.ids().count()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! In a keyring of public keys the primary means nothing, but is one that cannot be retired: [`rotate`](Keyring::rotate) to the new one.
//!
//! # Security
//! A sealed message names its key; only that key is tried. A tag and a detached signature name none:
//! each key is tried, 64 at most. Two keys with one identifier cannot be in one keyring, and a
//! retired key is gone rather than marked.

pub(crate) mod id;
pub(crate) mod text;

use crate::{ConfigError, KeyId};
use alloc::{sync::Arc, vec::Vec};
use core::{fmt, str::FromStr};

/// A key that has an identifier. Implemented by the key types of this crate and by no others.
pub trait Key: sealed::Sealed {
    /// The identifier, derived from the key and its algorithms.
    fn id(&self) -> KeyId;
}

pub(crate) mod sealed {
    /// Keeps [`Key`](super::Key) to this crate.
    pub trait Sealed {}
}

/// 64 keys with the primary: no message makes a service try more.
const MAX_OTHERS: usize = 63;

/// A primary key that seals and signs, and others that still open and verify.
///
/// A value: every change gives a new keyring, and those who hold the old one keep it. `Clone` shares
/// the keys and copies none. One key becomes a keyring with [`Keyring::new`] or `into()`.
///
/// A change that is dropped has changed nothing, and is a warning:
///
/// ```compile_fail
/// #![deny(unused_must_use)]
/// # use chancery::{ConfigError, KeyId, Keyring, aead::SealKey};
/// fn retire(keys: &Keyring<SealKey>, old: KeyId) -> Result<(), ConfigError> {
///     keys.retire(old)?; // `keys` still has it
///     Ok(())
/// }
/// ```
#[must_use = "a keyring is a value: the change is in the new one"]
pub struct Keyring<K> {
    primary: Arc<K>,
    others: Vec<Arc<K>>,
}

impl<K: Key> Keyring<K> {
    /// A keyring of one key.
    pub fn new(primary: K) -> Self {
        Self { primary: Arc::new(primary), others: Vec::new() }
    }

    /// With one more key that opens and verifies.
    ///
    /// # Errors
    /// [`ConfigError::DuplicateKey`] when a key with this identifier is there,
    /// [`ConfigError::Limit`] above 64 keys.
    pub fn accept(&self, key: K) -> Result<Self, ConfigError> {
        if self.get(key.id()).is_some() {
            return Err(ConfigError::DuplicateKey);
        }
        if self.others.len() >= MAX_OTHERS {
            return Err(ConfigError::Limit);
        }
        let mut accepted = self.clone();
        accepted.others.push(Arc::new(key));
        Ok(accepted)
    }

    /// With another key of the keyring as the primary; the old primary still opens and verifies.
    ///
    /// # Errors
    /// [`ConfigError::NoSuchKey`].
    pub fn promote(&self, id: KeyId) -> Result<Self, ConfigError> {
        let mut promoted = self.clone();
        if self.primary_id() != id {
            let new = promoted.others.iter_mut().find(|key| key.id() == id);
            core::mem::swap(&mut promoted.primary, new.ok_or(ConfigError::NoSuchKey)?);
        }
        Ok(promoted)
    }

    /// With a new primary key; the old one still opens and verifies.
    ///
    /// # Errors
    /// As [`accept`](Self::accept).
    pub fn rotate(&self, primary: K) -> Result<Self, ConfigError> {
        let id = primary.id();
        self.accept(primary)?.promote(id)
    }

    /// Without the key: what was sealed or signed with it is refused from here on.
    ///
    /// # Errors
    /// [`ConfigError::PrimaryKey`] for the primary, [`ConfigError::NoSuchKey`].
    pub fn retire(&self, id: KeyId) -> Result<Self, ConfigError> {
        if self.primary_id() == id {
            return Err(ConfigError::PrimaryKey);
        }
        self.get(id).ok_or(ConfigError::NoSuchKey)?;
        let mut retired = self.clone();
        retired.others.retain(|key| key.id() != id);
        Ok(retired)
    }

    /// The key that seals and signs.
    #[must_use]
    pub fn primary(&self) -> &K {
        &self.primary
    }

    /// The identifier of the primary key.
    #[must_use]
    pub fn primary_id(&self) -> KeyId {
        self.primary().id()
    }

    /// The key with this identifier.
    #[must_use]
    pub fn get(&self, id: KeyId) -> Option<&K> {
        self.iter().find(|key| key.id() == id)
    }

    /// All keys, the primary first.
    pub fn iter(&self) -> impl Iterator<Item = &K> {
        core::iter::once(&self.primary).chain(&self.others).map(Arc::as_ref)
    }

    /// All identifiers, the primary first.
    pub fn ids(&self) -> impl Iterator<Item = KeyId> {
        self.iter().map(Key::id)
    }
}

impl<K: Key> From<K> for Keyring<K> {
    fn from(key: K) -> Self {
        Self::new(key)
    }
}

impl<K: Key + FromStr<Err = ConfigError>> FromStr for Keyring<K> {
    type Err = ConfigError;

    /// The text forms of the keys with white space between them, the primary first.
    ///
    /// # Errors
    /// Those of a key; [`ConfigError::KeyText`] for none; as [`accept`](Self::accept).
    fn from_str(texts: &str) -> Result<Self, ConfigError> {
        let mut keys = texts.split_whitespace().map(str::parse::<K>);
        let primary = keys.next().ok_or(ConfigError::KeyText)??;
        keys.try_fold(Self::new(primary), |keyring, key| keyring.accept(key?))
    }
}

impl<K> Clone for Keyring<K> {
    fn clone(&self) -> Self {
        Self { primary: Arc::clone(&self.primary), others: self.others.clone() }
    }
}

impl<K: Key> From<&Self> for Keyring<K> {
    /// The same keys, shared.
    fn from(keys: &Self) -> Self {
        keys.clone()
    }
}

impl<K: Key> fmt::Debug for Keyring<K> {
    /// The identifiers, the primary first.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.ids()).finish()
    }
}
