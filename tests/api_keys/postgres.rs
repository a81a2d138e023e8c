// SPDX-License-Identifier: MIT OR Apache-2.0
//! The store in PostgreSQL: what every store does, seen through several connections at once.
//!
//! These tests start servers of their own. Without PostgreSQL they say that they did not run, and with
//! `CHANCERY_REQUIRE_PROGRAMS=1` they fail.

use crate::{
    NOW, after, grant, live, outcome,
    server::{PATIENCE, Server},
};
use chancery::{
    Error, UnixTime,
    api_key::{ApiKeyId, ApiKeyRecord, ApiKeyStore, ApiKeys, AsyncApiKeyStore, Grant, MemoryStore},
    store::{ConnectError, PostgresStore},
};
use std::{sync::Arc, time::Duration};
use tokio::task::JoinSet;
use tokio_postgres::NoTls;

const HOUR: Duration = Duration::from_secs(3600);

/// The statements that the manual prints, block by block.
fn manual() -> Vec<&'static str> {
    let manual = include_str!("../../docs/api-keys.md");
    manual.split("```sql\n").skip(1).map(|block| block.split("```").next().unwrap()).collect()
}

async fn find(store: &PostgresStore, id: ApiKeyId) -> ApiKeyRecord {
    store.find_async(id).await.unwrap().unwrap()
}

/// A record that differs in nothing but its identifier.
fn twin(record: &ApiKeyRecord, digit: &str) -> ApiKeyRecord {
    let mut other = serde_json::to_value(record).unwrap();
    other["id"] = format!("{digit:0>17}").into();
    serde_json::from_value(other).unwrap()
}

#[tokio::test]
async fn it_answers_as_every_store_does() {
    let Some(server) = Server::start().await else { return };
    // The order of identifiers is that of bytes, also in a table that somebody made with another one.
    server.run(&PostgresStore::TABLE.replace("\"C\"", "\"en-x-icu\"")).await;
    let (store, keys) = (server.store().await, live());
    let mut ids = Vec::new();
    for _ in 0..25 {
        ids.push(keys.issue_async(&store, &grant(), NOW).await.unwrap().id());
    }
    ids.sort();
    let listed = async |after, limit| {
        let page = store.list_async(after, limit).await.unwrap();
        page.iter().map(ApiKeyRecord::id).collect::<Vec<_>>()
    };
    assert_eq!(listed(None, usize::MAX).await, ids);
    assert_eq!(listed(Some(ids[9]), 10).await, ids[10..20]);
    assert!(listed(Some(ids[24]), 10).await.is_empty() && listed(None, 0).await.is_empty());
    let record = find(&store, ids[0]).await;
    assert_eq!(store.create_async(&record).await, Err(Error::Replayed));
    // A successor that is there already ends nothing.
    assert_eq!(store.rotate_async(ids[1], NOW, &record).await, Err(Error::Replayed));
    let untouched = find(&store, ids[1]).await;
    assert!(untouched.successor().is_none() && untouched.expires().is_none());
    // One that was revoked, or has a successor, since it was found has none.
    let successor = twin(&record, "1");
    store.revoke_async(ids[2], NOW).await.unwrap();
    assert_eq!(store.rotate_async(ids[2], NOW, &successor).await, Err(Error::Expired));
    assert!(store.find_async(successor.id()).await.unwrap().is_none());
    store.rotate_async(ids[3], after(9), &successor).await.unwrap();
    assert_eq!(store.rotate_async(ids[3], NOW, &twin(&record, "2")).await, Err(Error::Replayed));
    assert_eq!(find(&store, ids[3]).await.expires(), Some(after(9)));
    // The first revocation stays, and the last use.
    store.revoke_async(ids[2], after(5)).await.unwrap();
    assert_eq!(find(&store, ids[2]).await.revoked(), Some(NOW));
    for (seconds, noted) in [(7, 7), (3, 7), (8, 8)] {
        store.used_async(ids[4], after(seconds)).await.unwrap();
        assert_eq!(find(&store, ids[4]).await.last_used(), Some(after(noted)));
    }
    let unknown: ApiKeyId = "0".repeat(17).parse().unwrap();
    assert!(store.find_async(unknown).await.unwrap().is_none());
    assert_eq!(store.revoke_async(unknown, NOW).await, Err(Error::UnknownKey));
    assert_eq!(store.used_async(unknown, NOW).await, Err(Error::UnknownKey));
    assert_eq!(store.rotate_async(unknown, NOW, &record).await, Err(Error::UnknownKey));
}

#[tokio::test]
async fn a_record_comes_back_as_it_was_put() {
    let Some(server) = Server::start().await else { return };
    let (store, keys) = (server.store().await, live());
    let all = "!#$%&'()*+,-./0123456789:;<=>?@[]^_`{|}~";
    let grants = [
        Grant::new("", []).unwrap(),
        Grant::new("'; DROP TABLE chancery_api_keys; -- \u{1f511}\n\"\\", [all, "NULL", "{}", "a,b"])
            .unwrap(),
        grant().lifetime(HOUR),
        grant().lifetime(Duration::MAX),
    ];
    for (grant, time) in grants.iter().zip([0, 1, 1_790_000_000, 9_224_318_015_999]) {
        let kept = MemoryStore::new();
        let key = keys.issue_async(&kept, grant, UnixTime::from_secs(time)).await.unwrap();
        let record = ApiKeyStore::find(&kept, key.id()).unwrap().unwrap();
        store.create_async(&record).await.unwrap();
        assert!(find(&store, key.id()).await == record, "{record:?}");
    }
    // All members; and a time that no calendar has, which is as good as none.
    let keys = ApiKeys::unpeppered("acme_live").unwrap();
    let key = keys.issue_async(&store, &grant(), NOW).await.unwrap();
    let plain = find(&store, key.id()).await;
    assert_eq!(plain.pepper(), None);
    let mut full = serde_json::to_value(&plain).unwrap();
    full["id"] = format!("{:0>17}", 3).into();
    full["successor"] = format!("{:0>17}", 4).into();
    for (member, seconds) in [("expires", 1_u64 << 60), ("revoked", 5), ("last_used", 6)] {
        full[member] = serde_json::json!(seconds);
    }
    let full: ApiKeyRecord = serde_json::from_value(full).unwrap();
    store.create_async(&full).await.unwrap();
    let found = find(&store, full.id()).await;
    assert_eq!(found.expires(), Some(UnixTime::MAX));
    assert_eq!(found.successor(), full.successor());
    assert_eq!((found.revoked(), found.last_used()), (full.revoked(), full.last_used()));
    // What no text of the server's holds is refused for good, and not for the moment.
    let nul = keys.issue_async(&store, &Grant::new("a\0b", []).unwrap(), NOW).await;
    assert_eq!(nul.map(|_| ()), Err(Error::Malformed));
}

#[tokio::test]
async fn what_was_revoked_through_one_connection_is_refused_by_the_next_call_through_another() {
    let Some(server) = Server::start().await else { return };
    let (here, there, keys) = (server.store().await, server.store().await, live());
    for _ in 0..50 {
        let key = keys.issue_async(&here, &grant(), NOW).await.unwrap();
        assert_eq!(outcome(keys.verify_async(&there, key.expose_secret(), NOW).await), Ok(key.id()));
        here.revoke_async(key.id(), NOW).await.unwrap();
        let refused = keys.verify_async(&there, key.expose_secret(), NOW).await;
        assert_eq!(outcome(refused), Err(Error::Expired));
    }
    // By hand, too, as the manual says.
    let key = keys.issue_async(&here, &grant(), NOW).await.unwrap();
    server.run(&manual()[2].replace("1WIJwPXUv6qAj0Hbe", &key.id().to_string())).await;
    assert_eq!(outcome(keys.verify_async(&there, key.expose_secret(), NOW).await), Err(Error::Expired));
}

#[tokio::test]
async fn many_instances_lose_nothing_and_of_their_rotations_one_succeeds() {
    let Some(server) = Server::start().await else { return };
    let (store, keys) = (server.store().await, Arc::new(live()));
    let contested = keys.issue_async(&store, &grant(), NOW).await.unwrap().id();
    let mut tasks = JoinSet::new();
    for instance in 0..4 {
        let instance_store = Arc::new(server.bare());
        for task in 0..4 {
            let (store, keys) = (Arc::clone(&instance_store), Arc::clone(&keys));
            tasks.spawn(async move {
                let rotated = keys.rotate_async(&*store, contested, HOUR, NOW).await;
                // Twice is as good as once.
                store.revoke_async(contested, after(instance * 4 + task)).await.unwrap();
                let mut mine = Vec::new();
                for _ in 0..5 {
                    let old = keys.issue_async(&*store, &grant(), NOW).await.unwrap();
                    let new = keys.rotate_async(&*store, old.id(), HOUR, NOW).await.unwrap();
                    keys.verify_async(&*store, new.expose_secret(), NOW).await.unwrap();
                    store.revoke_async(old.id(), NOW).await.unwrap();
                    mine.push((old.id(), new));
                }
                (mine, rotated.map(|key| key.id()))
            });
        }
    }
    let done = tasks.join_all().await;
    let winners: Vec<ApiKeyId> = done.iter().filter_map(|(_, rotated)| rotated.ok()).collect();
    assert_eq!(winners.len(), 1);
    assert!(done.iter().all(|(_, rotated)| matches!(rotated, Ok(_) | Err(Error::Replayed | Error::Expired))));
    let contested = find(&store, contested).await;
    assert_eq!(contested.successor(), Some(winners[0]));
    assert!(contested.revoked().is_some());
    assert_eq!(store.list_async(None, 1000).await.unwrap().len(), 16 * 10 + 2);
    for (old, key) in done.iter().flat_map(|(keys, _)| keys) {
        let (old, mut new) = (find(&store, *old).await, find(&store, key.id()).await);
        assert!(old.revoked().is_some() && old.successor() == Some(new.id()));
        if new.last_used().is_none() {
            // A note that would have had to wait, for a page more of the table for example, is left to the next use.
            keys.verify_async(&store, key.expose_secret(), NOW).await.unwrap();
            new = find(&store, key.id()).await;
        }
        assert!(new.revoked().is_none() && new.last_used() == Some(NOW));
    }
}

#[tokio::test]
async fn to_note_a_use_waits_for_nobody_who_changes_the_record() {
    let Some(server) = Server::start().await else { return };
    let (store, keys) = (server.store().await, live());
    let key = keys.issue_async(&store, &grant(), NOW).await.unwrap();
    let (id, mut admin) = (key.id().to_string(), server.admin().await);
    let change = admin.transaction().await.unwrap();
    change.execute("UPDATE chancery_api_keys SET name = name WHERE id = $1", &[&id]).await.unwrap();
    // It would wait for the end of this transaction, which comes after it.
    assert_eq!(store.used_async(key.id(), NOW).await, Ok(()));
    assert_eq!(outcome(keys.verify_async(&store, key.expose_secret(), NOW).await), Ok(key.id()));
    assert_eq!(find(&store, key.id()).await.last_used(), None);
    change.commit().await.unwrap();
    assert_eq!(store.used_async(key.id(), NOW).await, Ok(()));
    assert_eq!(find(&store, key.id()).await.last_used(), Some(NOW));
}

#[tokio::test]
async fn a_lock_holds_a_change_up_for_half_of_the_timeout_and_no_look_up() {
    let Some(server) = Server::start().await else { return };
    let (patient, keys) = (server.store().await, live());
    let key = keys.issue_async(&patient, &grant(), NOW).await.unwrap();
    let store = server.bare().timeout(Duration::from_secs(2));
    store.check().await.unwrap();
    let (id, mut admin) = (key.id().to_string(), server.admin().await);
    let lock = admin.transaction().await.unwrap();
    lock.execute("UPDATE chancery_api_keys SET name = name WHERE id = $1", &[&id]).await.unwrap();
    let (mut revoking, mut seen) = (std::pin::pin!(store.revoke_async(key.id(), NOW)), 0);
    let revoked = loop {
        tokio::select! {
            revoked = &mut revoking => break revoked,
            found = store.find_async(key.id()) => {
                assert!(found.unwrap().unwrap().revoked().is_none());
                seen += 1;
            }
        }
    };
    assert_eq!(revoked, Err(Error::Unavailable));
    assert!(seen > 1);
    lock.rollback().await.unwrap();
    // It was given up there, too: nobody revokes behind the back of who was told so.
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    let count: i64 = server.admin().await.query_one(waiting, &[]).await.unwrap().get(0);
    assert_eq!((count, find(&patient, key.id()).await.revoked()), (0, None));
    assert_eq!(store.revoke_async(key.id(), NOW).await, Ok(()));
}

#[tokio::test]
async fn a_lock_that_lets_readers_in_holds_no_look_up_up() {
    let Some(server) = Server::start().await else { return };
    let (patient, keys) = (server.store().await, Arc::new(live()));
    let store = Arc::new(server.bare().timeout(Duration::from_secs(4)));
    store.check().await.unwrap();
    let mut admin = server.admin().await;
    let lock = admin.transaction().await.unwrap();
    let mut tasks = JoinSet::new();
    let mut issued = Vec::new();
    for _ in 0..8 {
        issued.push(keys.issue_async(&patient, &grant(), NOW).await.unwrap());
    }
    // As `CREATE INDEX` does.
    lock.batch_execute("LOCK TABLE chancery_api_keys IN SHARE MODE").await.unwrap();
    for key in issued {
        let (store, keys) = (Arc::clone(&store), Arc::clone(&keys));
        tasks.spawn(async move {
            // The second look-up comes when the others wait to note their use, each for half of the timeout.
            for _ in 0..2 {
                let verified = keys.verify_async(&*store, key.expose_secret(), NOW).await;
                assert_eq!(outcome(verified), Ok(key.id()));
            }
            (store.used_async(key.id(), NOW).await, key.id())
        });
    }
    let done = tasks.join_all().await;
    assert!(done.iter().all(|(noted, _)| *noted == Err(Error::Unavailable)));
    lock.rollback().await.unwrap();
    for (_, id) in done {
        assert_eq!(
            (store.used_async(id, NOW).await, find(&store, id).await.last_used()),
            (Ok(()), Some(NOW))
        );
    }
}

#[tokio::test]
async fn a_store_that_is_not_fit_is_told_at_the_start() {
    let Some(server) = Server::start().await else { return };
    let check = async |config| PostgresStore::new(config, NoTls).timeout(PATIENCE).check().await;
    assert_eq!(check(server.config()).await, Err(ConnectError::Table));
    assert_eq!(check(server.config_of("admin", "wrong")).await, Err(ConnectError::Denied));
    let mut elsewhere = server.config();
    assert_eq!(check(elsewhere.dbname("nowhere").clone()).await, Err(ConnectError::Refused));
    server.store().await;
    assert_eq!(check(server.config()).await, Ok(()));
    server.run("CREATE ROLE stranger LOGIN PASSWORD 'x'; CREATE ROLE reader LOGIN PASSWORD 'x'").await;
    assert_eq!(check(server.config_of("stranger", "x")).await, Err(ConnectError::Denied));
    // As of a replica.
    server.run("ALTER ROLE reader SET default_transaction_read_only = on").await;
    assert_eq!(check(server.config_of("reader", "x")).await, Err(ConnectError::Refused));
    // A column more is nobody's harm, one less is.
    server.run("ALTER TABLE chancery_api_keys ADD COLUMN customer text").await;
    assert_eq!(check(server.config()).await, Ok(()));
    server.run("ALTER TABLE chancery_api_keys DROP COLUMN revoked").await;
    assert_eq!(check(server.config()).await, Err(ConnectError::Table));
    let printed = format!("{:?}", server.bare());
    assert!(!printed.contains("of the tests") && printed.contains("60s"), "{printed}");
}

#[tokio::test]
async fn of_many_who_make_the_table_at_once_nobody_fails() {
    let Some(server) = Server::start().await else { return };
    let stores = [(); 8].map(|()| Arc::new(server.bare()));
    for _ in 0..5 {
        server.run("DROP TABLE IF EXISTS chancery_api_keys").await;
        for store in &stores {
            // They have met the server before, so that they all speak at once.
            assert_eq!(store.check().await, Err(ConnectError::Table));
        }
        let mut tasks = JoinSet::new();
        for store in stores.clone() {
            tasks.spawn(async move { store.create_table().await });
        }
        assert_eq!(tasks.join_all().await, [Ok(()); 8]);
    }
    // An administrator who follows the manual makes the same.
    assert_eq!(manual()[0], PostgresStore::TABLE);
}

#[tokio::test]
async fn a_role_that_only_verifies_can_do_nothing_else() {
    let Some(server) = Server::start().await else { return };
    let (store, keys) = (server.store().await, live());
    let key = keys.issue_async(&store, &grant(), NOW).await.unwrap();
    server.run("CREATE ROLE api LOGIN PASSWORD 'x'; CREATE ROLE administration LOGIN PASSWORD 'x'").await;
    server.run(manual()[1]).await;
    let store_of = |role| PostgresStore::new(server.config_of(role, "x"), NoTls).timeout(PATIENCE);
    let (api, administration) = (store_of("api"), store_of("administration"));
    assert_eq!((api.check().await, administration.check().await), (Ok(()), Ok(())));
    assert_eq!(outcome(keys.verify_async(&api, key.expose_secret(), NOW).await), Ok(key.id()));
    let record = find(&store, key.id()).await;
    assert_eq!(record.last_used(), Some(NOW));
    assert_eq!(api.revoke_async(key.id(), NOW).await, Err(Error::Unavailable));
    assert_eq!(api.create_async(&twin(&record, "5")).await, Err(Error::Unavailable));
    assert_eq!(api.rotate_async(key.id(), NOW, &twin(&record, "5")).await, Err(Error::Unavailable));
    assert!(find(&store, key.id()).await == record);
    let new = keys.rotate_async(&administration, key.id(), HOUR, NOW).await.unwrap();
    assert_eq!(administration.revoke_async(new.id(), NOW).await, Ok(()));
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_unavailable_and_none_that_is_next_to_it() {
    let Some(server) = Server::start().await else { return };
    let (store, keys) = (server.store().await, live());
    let key = keys.issue_async(&store, &grant(), NOW).await.unwrap();
    for damage in ["hash = 'ff'", "prefix = ''", "pepper = ''", "successor = ''", "scopes = '{NULL}'"] {
        let other = keys.issue_async(&store, &grant(), NOW).await.unwrap();
        server.run(&format!("UPDATE chancery_api_keys SET {damage} WHERE id = '{}'", other.id())).await;
        let verified = keys.verify_async(&store, other.expose_secret(), NOW).await;
        assert_eq!(outcome(verified), Err(Error::Unavailable), "{damage}");
        assert_eq!(outcome(keys.verify_async(&store, key.expose_secret(), NOW).await), Ok(key.id()));
    }
}
