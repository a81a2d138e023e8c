// SPDX-License-Identifier: MIT OR Apache-2.0
//! The store in a file: it outlives the process, also one that is killed while it writes.

use crate::{NOW, after, grant, outcome};
use chancery::{
    Error,
    api_key::{ApiKeyId, ApiKeyRecord, ApiKeyStore, ApiKeys},
    mac::{Hash, MacKey},
    store::{OpenError, RedbStore},
};
use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Command, Stdio},
    time::Duration,
};

const CHILD: &str = "CHANCERY_TEST_STORE";
const HOUR: Duration = Duration::from_secs(3600);

/// The same in every process.
fn keys() -> ApiKeys {
    let pepper: [u8; 32] = std::array::from_fn(|i| u8::try_from(i).unwrap());
    ApiKeys::new("acme_live", MacKey::from_bytes(Hash::Sha256, &pepper).unwrap()).unwrap()
}

/// A file of this test's own, gone at the end.
struct File(PathBuf);

impl File {
    fn new(name: &str) -> Self {
        let path =
            PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}.redb", std::process::id()));
        let _ = fs::remove_file(&path);
        Self(path)
    }

    fn open(&self) -> RedbStore {
        RedbStore::open(&self.0).unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn what_was_done_is_there_when_the_file_is_opened_again() {
    let (file, keys) = (File::new("again"), keys());
    let store = file.open();
    assert_eq!(RedbStore::open(&file.0).map(|_| ()), Err(OpenError::InUse));
    let [revoked, old, plain] = [(); 3].map(|()| keys.issue(&store, &grant(), NOW).unwrap());
    let new = keys.rotate(&store, old.id(), HOUR, NOW).unwrap();
    store.revoke(revoked.id(), NOW).unwrap();
    keys.verify(&store, plain.expose_secret(), NOW).unwrap();
    let before = store.list(None, 10).unwrap();
    drop(store);
    let store = file.open();
    assert!(store.list(None, 10).unwrap() == before);
    assert_eq!(before.len(), 4);
    for (key, now, expected) in [
        (&revoked, NOW, Err(Error::Expired)),
        (&old, NOW, Ok(old.id())),
        (&old, after(3600), Err(Error::Expired)),
        (&new, after(3600), Ok(new.id())),
        (&plain, NOW, Ok(plain.id())),
    ] {
        assert_eq!(outcome(keys.verify(&store, key.expose_secret(), now)), expected);
    }
    assert_eq!(store.find(plain.id()).unwrap().unwrap().last_used(), Some(NOW));
}

#[test]
fn it_answers_as_every_store_does() {
    let (file, keys) = (File::new("answers"), keys());
    let store = file.open();
    let mut ids: Vec<ApiKeyId> = (0..25).map(|_| keys.issue(&store, &grant(), NOW).unwrap().id()).collect();
    ids.sort();
    let listed = |after, limit| {
        let page: Vec<ApiKeyId> = store.list(after, limit).unwrap().iter().map(ApiKeyRecord::id).collect();
        page
    };
    assert_eq!(listed(None, 100), ids);
    assert_eq!(listed(Some(ids[9]), 10), ids[10..20]);
    assert!(listed(Some(ids[24]), 10).is_empty() && listed(None, 0).is_empty());
    let record = store.find(ids[0]).unwrap().unwrap();
    assert_eq!(store.create(&record), Err(Error::Replayed));
    // A successor that is there already ends nothing.
    assert_eq!(store.rotate(ids[1], NOW, &record), Err(Error::Replayed));
    assert!(store.find(ids[1]).unwrap().unwrap().successor().is_none());
    // One that was revoked since it was found has none.
    let mut successor = serde_json::to_value(&record).unwrap();
    successor["id"] = "1".repeat(17).into();
    let successor: ApiKeyRecord = serde_json::from_value(successor).unwrap();
    store.revoke(ids[2], NOW).unwrap();
    assert_eq!(store.rotate(ids[2], NOW, &successor), Err(Error::Expired));
    assert!(store.find(successor.id()).unwrap().is_none());
    let unknown: ApiKeyId = "0".repeat(17).parse().unwrap();
    assert!(store.find(unknown).unwrap().is_none());
    for result in [store.revoke(unknown, NOW), store.used(unknown, NOW), store.rotate(unknown, NOW, &record)]
    {
        assert_eq!(result, Err(Error::UnknownKey));
    }
}

#[test]
fn a_file_that_is_none_is_refused_and_left_as_it_is() {
    let file = File::new("none");
    let text = vec![b'x'; 10_000];
    fs::write(&file.0, &text).unwrap();
    assert_eq!(RedbStore::open(&file.0).map(|_| ()), Err(OpenError::Damaged));
    assert_eq!(fs::read(&file.0).unwrap(), text);
    let nowhere = file.0.join("no such folder");
    assert_eq!(RedbStore::open(nowhere).map(|_| ()), Err(OpenError::File));
}

#[test]
fn a_file_that_was_cut_short_is_refused_without_a_panic() {
    let (file, keys) = (File::new("cut"), keys());
    drop(keys.issue(&file.open(), &grant(), NOW).unwrap());
    let whole = fs::read(&file.0).unwrap();
    for len in [1, 100, 320, 4096, whole.len() / 2, whole.len() - 1] {
        fs::write(&file.0, &whole[..len]).unwrap();
        assert_eq!(RedbStore::open(&file.0).map(|_| ()), Err(OpenError::Damaged), "{len} bytes");
    }
    fs::write(&file.0, &whole).unwrap();
    assert_eq!(file.open().list(None, 9).unwrap().len(), 1);
}

#[test]
fn many_threads_lose_nothing_and_of_their_rotations_one_succeeds() {
    let (file, keys) = (File::new("threads"), keys());
    let store = file.open();
    let contested = keys.issue(&store, &grant(), NOW).unwrap().id();
    let work = || {
        let mine: Vec<ApiKeyId> = (0..5)
            .flat_map(|_| {
                let old = keys.issue(&store, &grant(), NOW).unwrap();
                let new = keys.rotate(&store, old.id(), HOUR, NOW).unwrap();
                keys.verify(&store, new.expose_secret(), NOW).unwrap();
                store.revoke(old.id(), NOW).unwrap();
                [old.id(), new.id()]
            })
            .collect();
        (mine, keys.rotate(&store, contested, HOUR, NOW).is_ok())
    };
    let done: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(done.iter().filter(|(_, rotated)| *rotated).count(), 1);
    assert_eq!(store.list(None, 1000).unwrap().len(), 4 * 10 + 2);
    for id in done.iter().flat_map(|(ids, _)| ids.chunks(2)) {
        let [old, new] = [id[0], id[1]].map(|id| store.find(id).unwrap().unwrap());
        assert!(old.revoked().is_some() && old.successor() == Some(new.id()));
        assert!(new.revoked().is_none() && new.last_used() == Some(NOW));
    }
}

/// Not a test by itself: what the child of the next one does, until it is killed.
#[test]
fn a_child_writes_until_it_is_killed() {
    let Ok(path) = std::env::var(CHILD) else { return };
    let (store, keys) = (RedbStore::open(path).unwrap(), keys());
    let mut out = std::io::stdout();
    let mut say = |line: String| {
        // In one piece, and only after the store has returned.
        out.write_all(format!("\n@{line}\n").as_bytes()).unwrap();
        out.flush().unwrap();
    };
    loop {
        let old = keys.issue(&store, &grant(), NOW).unwrap();
        say(format!("issued {}", old.expose_secret()));
        let new = keys.rotate(&store, old.id(), HOUR, NOW).unwrap();
        say(format!("rotated {} {}", old.id(), new.id()));
        store.revoke(old.id(), NOW).unwrap();
        say(format!("revoked {}", old.id()));
    }
}

#[test]
fn a_process_that_is_killed_while_it_writes_loses_nothing_that_it_was_told() {
    let (file, keys) = (File::new("killed"), keys());
    let mut told = BTreeMap::<String, Vec<String>>::new();
    for round in 1..=6 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "stored::a_child_writes_until_it_is_killed", "--nocapture"])
            .env(CHILD, &file.0)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut seen = 0;
        for line in BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok) {
            let Some(line) = line.strip_prefix('@') else { continue };
            let (verb, rest) = line.split_once(' ').unwrap();
            told.entry(verb.into()).or_default().push(rest.into());
            seen += 1;
            // Killed at another place each time; what it has still said is read to the end.
            if seen == 7 * round {
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        assert!(seen >= 7 * round, "the child ended by itself after {seen}");
        let store = file.open();
        check(&store, &keys, &told);
    }
}

fn check(store: &RedbStore, keys: &ApiKeys, told: &BTreeMap<String, Vec<String>>) {
    let find = |id: &str| store.find(id.parse().unwrap()).unwrap().expect("what was told is there");
    let revoked = told.get("revoked").cloned().unwrap_or_default();
    for text in &told["issued"] {
        let id = keys.untrusted_id(text).unwrap();
        match outcome(keys.verify(store, text, NOW)) {
            Ok(found) => assert!(found == id && !revoked.contains(&id.to_string())),
            // Perhaps revoked without having been able to say so.
            Err(error) => assert!(error == Error::Expired && find(&id.to_string()).revoked().is_some()),
        }
    }
    for pair in told.get("rotated").into_iter().flatten() {
        let (old, new) = pair.split_once(' ').unwrap();
        assert_eq!(find(old).successor(), Some(find(new).id()));
    }
    for id in &revoked {
        assert!(find(id).revoked().is_some());
    }
    // Both halves of a rotation, or neither; and at most one thing more than was told, of each process.
    let all = store.list(None, usize::MAX).unwrap();
    let successors: Vec<ApiKeyId> = all.iter().filter_map(ApiKeyRecord::successor).collect();
    assert!(successors.iter().all(|id| store.find(*id).unwrap().is_some()));
    let firsts = all.iter().filter(|record| !successors.contains(&record.id())).count();
    assert_eq!(firsts + successors.len(), all.len());
    assert!(firsts >= told["issued"].len() && successors.len() >= told.get("rotated").map_or(0, Vec::len));
    assert!(firsts - told["issued"].len() <= 6, "{firsts}");
}
