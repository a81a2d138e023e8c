// SPDX-License-Identifier: MIT OR Apache-2.0
//! API keys checked: from the text that was presented to what its owner may do, in a store of a thousand in memory.

use crate::race::{Contender, Job};
use chancery::{
    UnixTime,
    api_key::{ApiKeys, Grant, MemoryStore},
    mac::MacKey,
};
use prefixed_api_key::{PrefixedApiKey, PrefixedApiKeyController};
use ring::rand::{SecureRandom as _, SystemRandom};
use sha2::{Digest as _, Sha256};
use std::{collections::HashMap, hint::black_box, sync::RwLock};

const OWNERS: usize = 1000;
const SCOPE: &str = "orders:read";

const OURS: &str = "form and checksum before the store; HMAC under a pepper; a look-up by a public id";
const UNPEPPERED: &str = "as above, with SHA-256";
const PREFIXED: &str = "a look-up by the short token; a SHA-256 of the long one as hexadecimal digits";
const BY_HAND: &str = "a look-up by the SHA-256 of the text, as many write it: no form, no checksum";

/// What those without a record of their own are given.
#[derive(Clone)]
struct Record {
    name: String,
    scopes: Vec<String>,
    expires: Option<u64>,
}

impl Record {
    fn new(owner: usize) -> Self {
        Self { name: name(owner), scopes: vec![SCOPE.into()], expires: Some(u64::MAX) }
    }

    fn good(self) -> Option<Self> {
        let now = UnixTime::now().as_secs();
        Some(self).filter(|record| record.expires.is_none_or(|expires| now < expires))
    }

    fn may(&self) -> bool {
        black_box(&self.name);
        self.scopes.iter().any(|scope| scope == SCOPE)
    }
}

fn name(owner: usize) -> String {
    format!("reports of customer {owner}")
}

pub(crate) fn jobs() -> Vec<Job> {
    let contenders = || {
        let peppered = ApiKeys::new("acme_live", MacKey::generate().expect("a pepper")).expect("a prefix");
        vec![
            ours("chancery", peppered).remark(OURS),
            ours("chancery, without a pepper", ApiKeys::unpeppered("acme_live").expect("a prefix"))
                .remark(UNPEPPERED),
            prefixed().remark(PREFIXED),
            by_hand().remark(BY_HAND),
        ]
    };
    vec![Job::new("api key: check", 76, contenders)]
}

/// Of one who knows this key and not another one.
fn contender(name: &'static str, key: String, may: impl Fn(&str) -> Option<bool> + 'static) -> Contender {
    let mut other = key.clone();
    let at = key.len() - 10;
    other.replace_range(at..=at, if &key[at..=at] == "z" { "y" } else { "z" });
    assert!(may(&key) == Some(true) && may(&other).is_none(), "{name} does not tell keys apart");
    Contender::new(name, move || assert!(may(black_box(&key)).expect("known"), "not allowed"))
}

fn ours(name: &'static str, keys: ApiKeys) -> Contender {
    let store = MemoryStore::new();
    let issue = |owner| {
        let grant = Grant::new(&self::name(owner), [SCOPE]).expect("a grant");
        keys.issue(&store, &grant, UnixTime::now()).expect("issued")
    };
    let key = (0..OWNERS).map(issue).last().expect("a key").expose_secret().to_owned();
    contender(name, key, move |text| {
        let record = keys.verify(&store, text, UnixTime::now()).ok()?;
        Some(record.require(SCOPE).is_ok())
    })
}

/// Looks the short token up, as its documentation says.
fn prefixed() -> Contender {
    let keys = PrefixedApiKeyController::configure()
        .prefix("acmelive".into())
        .seam_defaults()
        .finalize()
        .expect("a controller");
    let mut store = HashMap::new();
    let mut last = String::new();
    for owner in 0..OWNERS {
        let (key, hash) = keys.generate_key_and_hash();
        store.insert(key.short_token().to_owned(), (hash, Record::new(owner)));
        last = key.to_string();
    }
    let store = RwLock::new(store);
    contender("prefixed-api-key", last, move |text| {
        let key = PrefixedApiKey::from_string(text).ok()?;
        let (hash, record) = store.read().expect("a store").get(key.short_token())?.clone();
        if !keys.check_hash(&key, &hash) {
            return None;
        }
        Some(record.good()?.may())
    })
}

fn by_hand() -> Contender {
    let (mut store, mut last) = (HashMap::new(), String::new());
    for owner in 0..OWNERS {
        let mut secret = [0; 32];
        SystemRandom::new().fill(&mut secret).expect("random");
        last = secret.iter().fold("acme_live_".to_owned(), |text, byte| format!("{text}{byte:02x}"));
        store.insert(<[u8; 32]>::from(Sha256::digest(&last)), Record::new(owner));
    }
    let store = RwLock::new(store);
    contender("sha2, by hand", last, move |text| {
        let hash: [u8; 32] = Sha256::digest(text).into();
        let record = store.read().expect("a store").get(&hash)?.clone();
        Some(record.good()?.may())
    })
}
