// SPDX-License-Identifier: MIT OR Apache-2.0
//! From the issue of a key to its end: the secret, scopes, expiry, rotation, revocation, peppers.

use crate::{Counting, NOW, after, grant, issued, live, outcome};
use chancery::{
    ConfigError, Error, Keyring, UnixTime,
    api_key::{ApiKey, ApiKeyId, ApiKeyRecord, ApiKeyStore, ApiKeys, Grant, MemoryStore, MissingScope},
    mac::{Hash, MacKey},
};
use std::{sync::atomic::Ordering::SeqCst, time::Duration};

const DAY: Duration = Duration::from_secs(86_400);

fn record(store: &impl ApiKeyStore, key: &ApiKey) -> ApiKeyRecord {
    store.find(key.id()).unwrap().unwrap()
}

#[test]
fn requests_29_a_key_is_looked_up_by_its_public_id_and_compared_by_its_hash() {
    let (keys, store) = (live(), Counting::default());
    let (one, two) = (issued(&keys, &store), issued(&keys, &store));
    assert_ne!(one.id(), two.id());
    assert_ne!(one.expose_secret()[28..], two.expose_secret()[28..], "secrets are random");
    assert_eq!(outcome(keys.verify(&store, one.expose_secret(), NOW)), Ok(one.id()));
    assert_eq!(outcome(keys.verify(&store, two.expose_secret(), NOW)), Ok(two.id()));
    // A well-formed key whose id is that of another record: the store hands out a record, and the hash decides.
    let empty = MemoryStore::new();
    assert_eq!(outcome(keys.verify(&empty, one.expose_secret(), NOW)), Err(Error::UnknownKey));
    // Another service with the same prefix and another pepper.
    assert_eq!(outcome(live().verify(&store, one.expose_secret(), NOW)), Err(Error::NotAuthentic));
}

/// A store that answers with a record of another key.
struct Confused(ApiKeyRecord);

impl ApiKeyStore for Confused {
    fn create(&self, _: &ApiKeyRecord) -> Result<(), Error> {
        Ok(())
    }

    fn find(&self, _: ApiKeyId) -> Result<Option<ApiKeyRecord>, Error> {
        Ok(Some(self.0.clone()))
    }

    fn rotate(&self, _: ApiKeyId, _: UnixTime, _: &ApiKeyRecord) -> Result<(), Error> {
        Ok(())
    }

    fn revoke(&self, _: ApiKeyId, _: UnixTime) -> Result<(), Error> {
        Ok(())
    }

    fn used(&self, _: ApiKeyId, _: UnixTime) -> Result<(), Error> {
        Ok(())
    }

    fn list(&self, _: Option<ApiKeyId>, _: usize) -> Result<Vec<ApiKeyRecord>, Error> {
        Ok(Vec::new())
    }
}

#[test]
fn a_record_of_another_key_makes_none_good() {
    let (keys, store) = (live(), MemoryStore::new());
    let (one, two) = (issued(&keys, &store), issued(&keys, &store));
    let confused = Confused(record(&store, &two));
    assert_eq!(outcome(keys.verify(&confused, one.expose_secret(), NOW)), Err(Error::NotAuthentic));
    assert_eq!(outcome(keys.verify(&confused, two.expose_secret(), NOW)), Ok(two.id()));
}

#[test]
fn a_key_of_one_environment_is_none_of_another_with_the_same_pepper_and_store() {
    let (peppers, store) = (Keyring::new(MacKey::generate().unwrap()), MemoryStore::new());
    let keys = |prefix| ApiKeys::new(prefix, &peppers).unwrap();
    let test = issued(&keys("acme_test"), &store);
    let text = test.expose_secret();
    assert_eq!(outcome(keys("acme_live").verify(&store, text, NOW)), Err(Error::Malformed));
    assert_eq!(outcome(keys("acme_test").verify(&store, text, NOW)), Ok(test.id()));
}

#[test]
fn requests_29_scopes_are_required_to_the_letter() {
    let (keys, store) = (live(), MemoryStore::new());
    let key = issued(&keys, &store);
    let access = keys.verify(&store, key.expose_secret(), NOW).unwrap();
    assert_eq!(access.require("orders:read"), Ok(()));
    assert_eq!(access.require("orders:list"), Ok(()));
    for scope in ["", "orders", "orders:", "orders:rea", "orders:read ", "Orders:read", "orders:write", "*"] {
        assert_eq!(access.require(scope), Err(MissingScope), "{scope}");
    }
    let none = keys.issue(&store, &Grant::new("", []).unwrap(), NOW).unwrap();
    let access = keys.verify(&store, none.expose_secret(), NOW).unwrap();
    assert_eq!(access.require(""), Err(MissingScope));
    let all = keys.issue(&store, &Grant::new("", ["*"]).unwrap(), NOW).unwrap();
    let access = keys.verify(&store, all.expose_secret(), NOW).unwrap();
    assert_eq!(access.require("orders:read"), Err(MissingScope));
}

#[test]
fn a_grant_is_bounded() {
    let scopes = |scopes: &[&str]| Grant::new("x", scopes.iter().copied()).map(|_| ());
    assert_eq!(scopes(&["x"; 64]), Ok(()));
    assert_eq!(scopes(&["x"; 65]), Err(ConfigError::Limit));
    assert_eq!(scopes(&[""]), Err(ConfigError::Limit));
    assert_eq!(scopes(&[&"x".repeat(128)]), Ok(()));
    assert_eq!(scopes(&[&"x".repeat(129)]), Err(ConfigError::Limit));
    for bad in ["a b", "a\"b", "a\\b", "a\n", "\u{e9}", "\u{7f}"] {
        assert_eq!(scopes(&[bad]), Err(ConfigError::Scheme), "{bad:?}");
    }
    assert!(Grant::new(&"x".repeat(256), []).is_ok());
    assert_eq!(Grant::new(&"x".repeat(257), []).map(|_| ()), Err(ConfigError::Limit));
}

#[test]
fn a_key_is_refused_from_the_second_on_in_which_it_expires() {
    let (keys, store) = (live(), MemoryStore::new());
    let key = keys.issue(&store, &grant().lifetime(Duration::from_secs(10)), NOW).unwrap();
    let at = |seconds| outcome(keys.verify(&store, key.expose_secret(), after(seconds)));
    assert_eq!([at(0), at(9)], [Ok(key.id()); 2]);
    assert_eq!([at(10), at(11)], [Err(Error::Expired); 2]);
    assert_eq!(record(&store, &key).expires(), Some(after(10)));
    let endless = issued(&keys, &store);
    let end = UnixTime::MAX;
    assert_eq!(outcome(keys.verify(&store, endless.expose_secret(), end)), Ok(endless.id()));
    // As long as time: the end is refused, and nothing overflows.
    let long = keys.issue(&store, &grant().lifetime(Duration::MAX), NOW).unwrap();
    assert_eq!(outcome(keys.verify(&store, long.expose_secret(), after(1 << 40))), Ok(long.id()));
}

#[test]
fn a_revoked_key_is_refused_by_the_next_call_whatever_the_time() {
    let (keys, store) = (live(), MemoryStore::new());
    let key = issued(&keys, &store);
    assert!(keys.verify(&store, key.expose_secret(), NOW).is_ok());
    store.revoke(key.id(), after(1000)).unwrap();
    for now in [after(0), after(2000)] {
        assert_eq!(outcome(keys.verify(&store, key.expose_secret(), now)), Err(Error::Expired));
    }
    store.revoke(key.id(), after(5000)).unwrap();
    assert_eq!(record(&store, &key).revoked(), Some(after(1000)), "the first time stays");
    assert_eq!(keys.rotate(&store, key.id(), DAY, NOW).map(|_| ()), Err(Error::Expired));
    // Also when it is revoked after it was found, and before its successor is there.
    let other = MemoryStore::new();
    let successor = record(&other, &issued(&keys, &other));
    assert_eq!(store.rotate(key.id(), NOW, &successor), Err(Error::Expired));
    assert!(store.find(successor.id()).unwrap().is_none());
    let unknown = issued(&keys, &MemoryStore::new());
    assert_eq!(store.revoke(unknown.id(), NOW), Err(Error::UnknownKey));
}

#[test]
fn a_successor_has_an_id_of_its_own_and_the_old_key_ends_after_the_overlap() {
    let (keys, store) = (live(), MemoryStore::new());
    let old = keys.issue(&store, &grant().lifetime(10 * DAY), NOW).unwrap();
    let new = keys.rotate(&store, old.id(), DAY, after(86_400)).unwrap();
    assert_ne!(new.id(), old.id());
    let at = |key: &ApiKey, days: u64, seconds| {
        outcome(keys.verify(&store, key.expose_secret(), after(days * 86_400 + seconds)))
    };
    assert_eq!((at(&old, 1, 86_399), at(&old, 2, 0)), (Ok(old.id()), Err(Error::Expired)));
    assert_eq!((at(&new, 2, 0), at(&new, 10, 86_399)), (Ok(new.id()), Ok(new.id())));
    assert_eq!(at(&new, 11, 0), Err(Error::Expired), "the lifetime of the old one, from its own start");
    let (was, is) = (record(&store, &old), record(&store, &new));
    assert_eq!((was.successor(), is.successor()), (Some(new.id()), None));
    assert_eq!((is.name(), is.scopes().collect::<Vec<_>>()), ("reports", vec!["orders:read", "orders:list"]));
    assert_eq!(keys.rotate(&store, old.id(), DAY, after(86_400)).map(|_| ()), Err(Error::Replayed));
    // It does not live longer for having been rotated.
    let short = keys.issue(&store, &grant().lifetime(Duration::from_secs(60)), NOW).unwrap();
    drop(keys.rotate(&store, short.id(), DAY, NOW).unwrap());
    assert_eq!(record(&store, &short).expires(), Some(after(60)));
    assert_eq!(keys.rotate(&store, short.id(), DAY, after(60)).map(|_| ()), Err(Error::Expired));
    // Without an overlap it has ended at once.
    let leaked = issued(&keys, &store);
    drop(keys.rotate(&store, leaked.id(), Duration::ZERO, NOW).unwrap());
    assert_eq!(outcome(keys.verify(&store, leaked.expose_secret(), NOW)), Err(Error::Expired));
}

#[test]
fn of_many_rotations_at_once_one_succeeds() {
    let (keys, store) = (live(), MemoryStore::new());
    for _ in 0..20 {
        let old = issued(&keys, &store).id();
        let before = store.list(None, usize::MAX).unwrap().len();
        let results: Vec<_> = std::thread::scope(|scope| {
            let rotate = || keys.rotate(&store, old, DAY, NOW).map(|key| key.id());
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(rotate)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
        assert!(results.iter().all(|result| matches!(result, Ok(_) | Err(Error::Replayed))));
        assert_eq!(store.list(None, usize::MAX).unwrap().len(), before + 1);
    }
}

#[test]
fn a_pepper_rotates_while_old_keys_are_good() {
    let store = MemoryStore::new();
    let monday = Keyring::new(MacKey::generate().unwrap());
    let keys = |peppers: &Keyring<MacKey>| ApiKeys::new("acme_live", peppers).unwrap();
    let old = issued(&keys(&monday), &store);
    let tuesday = monday.rotate(MacKey::generate().unwrap()).unwrap();
    let new = keys(&tuesday).rotate(&store, old.id(), DAY, NOW).unwrap();
    assert_eq!(record(&store, &old).pepper(), Some(monday.primary_id()));
    assert_eq!(record(&store, &new).pepper(), Some(tuesday.primary_id()));
    for key in [&old, &new] {
        assert_eq!(outcome(keys(&tuesday).verify(&store, key.expose_secret(), NOW)), Ok(key.id()));
    }
    // The new pepper is not known there yet; the old one is retired here.
    assert_eq!(outcome(keys(&monday).verify(&store, new.expose_secret(), NOW)), Err(Error::NotAuthentic));
    let wednesday = tuesday.retire(monday.primary_id()).unwrap();
    assert_eq!(outcome(keys(&wednesday).verify(&store, old.expose_secret(), NOW)), Err(Error::NotAuthentic));
    assert_eq!(outcome(keys(&wednesday).verify(&store, new.expose_secret(), NOW)), Ok(new.id()));
}

#[test]
fn without_a_pepper_is_a_choice_and_a_way_out_of_it() {
    let store = MemoryStore::new();
    let plain = ApiKeys::unpeppered("acme_live").unwrap();
    let old = issued(&plain, &store);
    assert_eq!(record(&store, &old).pepper(), None);
    assert_eq!(outcome(plain.verify(&store, old.expose_secret(), NOW)), Ok(old.id()));
    let peppered = live();
    assert_eq!(outcome(peppered.verify(&store, old.expose_secret(), NOW)), Err(Error::NotAuthentic));
    let both = peppered.clone().allow_unpeppered();
    assert_eq!(outcome(both.verify(&store, old.expose_secret(), NOW)), Ok(old.id()));
    let new = both.rotate(&store, old.id(), DAY, NOW).unwrap();
    assert_eq!(outcome(peppered.verify(&store, new.expose_secret(), NOW)), Ok(new.id()));
    assert_eq!(outcome(plain.verify(&store, new.expose_secret(), NOW)), Err(Error::NotAuthentic));
    for hash in [Hash::Sha384, Hash::Sha512] {
        let bytes: [u8; 64] = std::array::from_fn(|i| u8::try_from(i).unwrap());
        let pepper = MacKey::from_bytes(hash, &bytes).unwrap();
        assert_eq!(ApiKeys::new("acme_live", pepper).map(|_| ()), Err(ConfigError::Suite));
    }
}

#[test]
fn the_last_use_is_noted_once_in_five_minutes_and_never_goes_back() {
    let (keys, store) = (live(), Counting::default());
    let key = issued(&keys, &store);
    assert_eq!(record(&store, &key).last_used(), None);
    for (seconds, writes, used) in [(0, 1, 0), (1, 1, 0), (299, 1, 0), (300, 2, 300), (100, 2, 300)] {
        keys.verify(&store, key.expose_secret(), after(seconds)).unwrap();
        assert_eq!(store.written.load(SeqCst), writes, "{seconds}");
        assert_eq!(record(&store, &key).last_used(), Some(after(used)));
    }
    // What is refused is no use.
    store.revoke(key.id(), NOW).unwrap();
    assert!(keys.verify(&store, key.expose_secret(), after(900)).is_err());
    assert_eq!(store.written.load(SeqCst), 2);
    store.used(key.id(), NOW).unwrap();
    assert_eq!(record(&store, &key).last_used(), Some(after(300)));
}

/// Structure, not time: for an identifier that is unknown the same call hashes and compares. That it does is seen where
/// the pepper is: a key of an unknown id is refused as such only after the hash, which is one path in the source.
#[test]
fn requests_29_an_unknown_id_takes_the_same_path() {
    let source = include_str!("../../src/api_key/keys.rs");
    let (_, check) = source.split_once("fn check(").unwrap();
    let (check, _) = check.split_once("\n    }\n").unwrap();
    let compared = check.find("ct::equal(&self.hash(presented, pepper), &expected)").expect("one comparison");
    let first_exit = ["?", "return"].iter().filter_map(|exit| check.find(exit)).min().unwrap();
    assert!(compared < first_exit, "nothing leaves before the hash is compared");
    assert_eq!(check.matches("self.hash(").count(), 1);
    assert_eq!(check.matches("ct::equal(").count(), 1);
    // And in `Argon2` nobody waits.
    assert!(!include_str!("../../Cargo.toml").contains("argon2"));
}

#[test]
fn a_key_of_one_environment_has_no_successor_in_another() {
    let (peppers, store) = (Keyring::new(MacKey::generate().unwrap()), MemoryStore::new());
    let keys = |prefix| ApiKeys::new(prefix, &peppers).unwrap();
    let (test, live) = (keys("acme_test"), keys("acme_live"));
    let key = issued(&test, &store);
    assert_eq!(live.rotate(&store, key.id(), DAY, NOW).map(|_| ()), Err(Error::UnknownKey));
    assert!(record(&store, &key).successor().is_none());
    assert!(test.rotate(&store, key.id(), DAY, NOW).is_ok());
}

#[test]
fn nobody_succeeds_to_the_scopes_of_another_key() {
    let (keys, store) = (live(), MemoryStore::new());
    let (mine, other) = (issued(&keys, &store), issued(&keys, &store));
    let confused = Confused(record(&store, &other));
    assert_eq!(keys.rotate(&confused, mine.id(), DAY, NOW).map(|_| ()), Err(Error::UnknownKey));
}
