// SPDX-License-Identifier: MIT OR Apache-2.0
//! The store in PostgreSQL, when the server is killed, down, hung, or throws connections out.

use crate::{
    NOW, grant, live, outcome,
    server::{PATIENCE, Server, wait},
};
use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode},
    routing::get,
};
use chancery::{
    Error,
    api_key::{ApiKeyId, ApiKeyRecord, ApiKeys, AsyncApiKeyStore},
    extract::ApiKey,
    middleware::ApiKeyLayer,
    store::{ConnectError, PostgresStore},
};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::JoinSet,
};
use tokio_postgres::NoTls;
use tower::ServiceExt;

const HOUR: Duration = Duration::from_secs(3600);
const SHORT: Duration = Duration::from_millis(600);

#[tokio::test]
async fn a_server_that_is_down_is_503_and_is_found_again_when_it_is_back() {
    let Some(mut server) = Server::start().await else { return };
    let keys = live();
    let key = keys.issue_async(&server.store().await, &grant(), NOW).await.unwrap();
    let store = Arc::new(server.bare());
    let layer = ApiKeyLayer::new(keys.clone(), Arc::clone(&store) as Arc<dyn AsyncApiKeyStore>).clock(|| NOW);
    let app = Router::new().route("/", get(async |key: ApiKey| key.name().to_owned())).layer(layer);
    let ask = async || {
        let request = Request::get("/").header("x-api-key", key.expose_secret()).body(Body::empty()).unwrap();
        app.clone().oneshot(request).await.unwrap().status()
    };
    for _ in 0..2 {
        wait(async || store.find_async(key.id()).await).await;
        assert_eq!(ask().await, StatusCode::OK);
        server.kill();
        for _ in 0..3 {
            assert_eq!(ask().await, StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(store.revoke_async(key.id(), NOW).await, Err(Error::Unavailable));
            assert!(store.list_async(None, 1).await.is_err_and(|error| error == Error::Unavailable));
        }
        assert_eq!(server.bare().check().await, Err(ConnectError::Unreachable));
        server.restart().await;
    }
    wait(async || store.find_async(key.id()).await).await;
    assert_eq!(ask().await, StatusCode::OK);
    wait(async || store.revoke_async(key.id(), NOW).await).await;
    assert_eq!(ask().await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_server_that_hangs_is_given_up_and_found_again_when_it_goes_on() {
    let Some(server) = Server::start().await else { return };
    let (keys, patient) = (live(), server.store().await);
    let key = keys.issue_async(&patient, &grant(), NOW).await.unwrap();
    let store = server.bare().timeout(SHORT);
    // Once while it is connected, and once before.
    wait(async || store.find_async(key.id()).await).await;
    wait(async || store.list_async(None, 1).await).await;
    for _ in 0..2 {
        server.signal("STOP");
        // Without the timeout these would wait for ever.
        let verify = async || keys.verify_async(&store, key.expose_secret(), NOW).await;
        assert_eq!(outcome(verify().await), Err(Error::Unavailable));
        assert_eq!(store.used_async(key.id(), NOW).await, Err(Error::Unavailable));
        assert!(store.list_async(None, 1).await.is_err_and(|error| error == Error::Unavailable));
        assert_eq!(server.bare().timeout(SHORT).check().await, Err(ConnectError::Unreachable));
        server.signal("CONT");
        wait(async || store.find_async(key.id()).await).await;
        wait(async || store.list_async(None, 1).await).await;
    }
    assert_eq!(outcome(keys.verify_async(&patient, key.expose_secret(), NOW).await), Ok(key.id()));
}

#[tokio::test]
async fn a_connection_that_is_thrown_out_is_made_again() {
    let Some(server) = Server::start().await else { return };
    let (keys, store) = (live(), server.store().await);
    let key = keys.issue_async(&store, &grant(), NOW).await.unwrap();
    let others = "FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
    let admin = server.admin().await;
    for _ in 0..3 {
        wait(async || keys.verify_async(&store, key.expose_secret(), NOW).await).await;
        wait(async || store.list_async(None, 1).await).await;
        admin.execute(&format!("SELECT pg_terminate_backend(pid) {others}"), &[]).await.unwrap();
    }
    wait(async || store.revoke_async(key.id(), NOW).await).await;
    wait(async || store.find_async(key.id()).await).await;
    // One for look-ups, one for uses and one for changes, however many have called.
    let mut tasks = JoinSet::new();
    let store = Arc::new(store);
    for _ in 0..100 {
        let store = Arc::clone(&store);
        let id = key.id();
        tasks.spawn(async move { store.find_async(id).await });
    }
    assert!(tasks.join_all().await.iter().all(|found| matches!(found, Ok(Some(_)))));
    let count: i64 = admin.query_one(&format!("SELECT count(*) {others}"), &[]).await.unwrap().get(0);
    assert!(count <= 3, "{count} connections");
}

/// Copies what is read, each piece later by what `delay` says of its number.
async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, delay: fn(usize) -> Duration) {
    let mut buffer = [0; 4096];
    for piece in 1.. {
        let Ok(len @ 1..) = from.read(&mut buffer).await else { return };
        tokio::time::sleep(delay(piece)).await;
        if to.write_all(&buffer[..len]).await.is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn a_connection_that_takes_long_to_make_is_used_when_it_is_made() {
    /// To connect takes most of the timeout, and half of it to be answered: the fifth piece is the first statement.
    const TIMEOUT: Duration = Duration::from_secs(2);
    const DELAY: fn(usize) -> Duration = |piece| match piece {
        1 => Duration::from_millis(1400),
        2..=4 => Duration::ZERO,
        _ => Duration::from_secs(1),
    };
    let Some(server) = Server::start().await else { return };
    let keys = live();
    let key = keys.issue_async(&server.store().await, &grant(), NOW).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let far = Server::config_through(listener.local_addr().unwrap().port());
    let port = server.port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            let ((from, back), (answers, to)) = (client.into_split(), server.into_split());
            tokio::spawn(pass(from, to, DELAY));
            tokio::spawn(pass(answers, back, |_| Duration::ZERO));
        }
    });
    let store = PostgresStore::new(far, NoTls).timeout(TIMEOUT);
    let mut found = false;
    for _ in 0..8 {
        found = found || store.find_async(key.id()).await.is_ok();
    }
    assert!(found);
}

#[tokio::test]
async fn look_ups_leave_a_server_that_is_none_to_write_to_any_more() {
    let Some(old) = Server::start().await else { return };
    let new = Server::start().await.unwrap();
    let keys = live();
    let issued = keys.issue_async(&old.store().await, &grant(), NOW).await.unwrap();
    let record = old.bare().find_async(issued.id()).await.unwrap().unwrap();
    new.store().await.create_async(&record).await.unwrap();
    let [writes, verifies] = [(); 2].map(|()| {
        let mut both = old.config();
        both.host("127.0.0.1").port(new.port());
        PostgresStore::new(both, NoTls).timeout(PATIENCE)
    });
    for store in [&writes, &verifies] {
        assert_eq!(outcome(keys.verify_async(store, issued.expose_secret(), NOW).await), Ok(issued.id()));
        assert_eq!(store.list_async(None, 9).await.unwrap().len(), 1);
    }
    // As one is left that another one has replaced, and that is still there to read.
    old.run("ALTER SYSTEM SET default_transaction_read_only = on").await;
    old.run("SELECT pg_reload_conf()").await;
    while old.bare().check().await != Err(ConnectError::Refused) {}
    // One connection after another finds out, and none before it has is believed.
    wait(async || writes.revoke_async(issued.id(), NOW).await).await;
    for store in [&writes, &verifies] {
        let found = wait(async || store.find_async(issued.id()).await).await;
        assert_eq!(found.and_then(|record| record.revoked()), Some(NOW));
        let listed = wait(async || store.list_async(None, 9).await).await;
        assert_eq!(listed[0].revoked(), Some(NOW));
    }
}

/// What somebody was told.
#[derive(Clone, Default)]
struct Told {
    issued: Vec<String>,
    rotated: Vec<(ApiKeyId, ApiKeyId)>,
    revoked: Vec<ApiKeyId>,
}

impl Told {
    fn count(&self) -> usize {
        self.issued.len() + self.rotated.len() + self.revoked.len()
    }
}

/// Issues, rotates and revokes until the store is not available.
async fn write(store: &PostgresStore, keys: &ApiKeys, told: &Mutex<Told>) -> Result<(), Error> {
    loop {
        let old = keys.issue_async(store, &grant(), NOW).await?;
        told.lock().unwrap().issued.push(old.expose_secret().to_owned());
        let new = keys.rotate_async(store, old.id(), HOUR, NOW).await?;
        told.lock().unwrap().rotated.push((old.id(), new.id()));
        store.revoke_async(old.id(), NOW).await?;
        told.lock().unwrap().revoked.push(old.id());
    }
}

#[tokio::test]
async fn a_server_that_is_killed_while_it_writes_loses_nothing_that_was_acknowledged() {
    const WRITERS: usize = 4;
    const ROUNDS: usize = 4;
    let Some(mut server) = Server::start().await else { return };
    let (keys, told) = (Arc::new(live()), Arc::new(Mutex::new(Told::default())));
    server.store().await;
    for round in 1..=ROUNDS {
        let mut writers = JoinSet::new();
        for _ in 0..WRITERS {
            let (store, keys, told) = (server.bare(), Arc::clone(&keys), Arc::clone(&told));
            writers.spawn(async move { write(&store, &keys, &told).await });
        }
        let enough = told.lock().unwrap().count() + 37 * round;
        while told.lock().unwrap().count() < enough {
            assert_eq!(writers.len(), WRITERS);
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        server.kill();
        assert_eq!(writers.join_all().await, [Err(Error::Unavailable); WRITERS]);
        server.restart().await;
        let so_far = told.lock().unwrap().clone();
        check(&server.bare(), &keys, &so_far, round * WRITERS).await;
    }
}

/// All that was told is there, nothing is half, and of each writer at most one thing more.
async fn check(store: &PostgresStore, keys: &ApiKeys, told: &Told, writers: usize) {
    let all = store.list_async(None, usize::MAX).await.unwrap();
    let find = |id: ApiKeyId| all.iter().find(|record| record.id() == id).expect("what was told is there");
    for text in &told.issued {
        let id = keys.untrusted_id(text).unwrap();
        match outcome(keys.verify_async(store, text, NOW).await) {
            Ok(found) => assert!(found == id && !told.revoked.contains(&id)),
            // Perhaps revoked without its writer having been told.
            Err(error) => assert!(error == Error::Expired && find(id).revoked().is_some()),
        }
    }
    for (old, new) in &told.rotated {
        assert_eq!(find(*old).successor(), Some(find(*new).id()));
    }
    assert!(told.revoked.iter().all(|id| find(*id).revoked().is_some()));
    let successors: Vec<ApiKeyId> = all.iter().filter_map(ApiKeyRecord::successor).collect();
    assert!(successors.iter().all(|id| find(*id).id() == *id));
    let firsts = all.iter().filter(|record| !successors.contains(&record.id())).count();
    assert_eq!(firsts + successors.len(), all.len());
    assert!(firsts >= told.issued.len() && successors.len() >= told.rotated.len());
    assert!(firsts - told.issued.len() <= writers, "{firsts}");
}
