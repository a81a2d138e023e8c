// SPDX-License-Identifier: MIT OR Apache-2.0
//! A `redis-server` of a test's own, and messages to claim there.

use crate::model::id;
use chancery::{AsyncReplay, Error, Hold, UnixTime, store::RedisStore};
use std::{
    fmt::Display,
    io::Write,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

/// Nothing here takes so long, on whatever machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// Of the stores in these tests: what is waited for is short.
pub(crate) const SKEW: u64 = 1;
/// How long a message of these tests is remembered.
const HOUR: Duration = Duration::from_secs(3600);

/// Stopped when it is dropped, along with its folder.
pub(crate) struct Server {
    child: Option<Child>,
    pub(crate) port: u16,
    folder: PathBuf,
    options: Vec<String>,
}

static NEXT: AtomicU64 = AtomicU64::new(1);

/// A number that no other message of this run has.
pub(crate) fn next() -> u64 {
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Past the harness, which keeps what a test that passes prints.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

impl Server {
    /// A server without persistence unless `options` say so. `None` if none is installed, having said so.
    pub(crate) fn start(options: &[&str]) -> Option<Self> {
        if let Err(error) = Command::new("redis-server").arg("--version").stdout(Stdio::null()).status() {
            let required = std::env::var_os("CHANCERY_REQUIRE_PROGRAMS").is_some();
            assert!(!required, "redis-server: {error}");
            let name = thread::current().name().unwrap_or_default().to_owned();
            say(&format!("redis-server is not installed: 1 test did not run: {name}"));
            return None;
        }
        let folder = std::env::temp_dir().join(format!("chancery-{}-{}", std::process::id(), next()));
        std::fs::create_dir(&folder).unwrap();
        let options = options.iter().map(|&option| option.to_owned()).collect();
        let mut server = Self { child: None, port: 0, folder, options };
        server.restart();
        Some(server)
    }

    /// Starts it again in its folder, and at its port if it had one.
    pub(crate) fn restart(&mut self) {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if self.port == 0 {
                self.port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            }
            let mut command = Command::new("redis-server");
            command.args(["--bind", "127.0.0.1", "--save", "", "--port", &self.port.to_string()]);
            command.args(["--repl-diskless-sync-delay", "0"]).args(&self.options);
            let mut child = command.current_dir(&self.folder).stdout(Stdio::null()).spawn().unwrap();
            while child.try_wait().unwrap().is_none() && begun.elapsed() < PATIENCE {
                // Somebody else may have taken the port: it is ours if it is the process that we started.
                let process = format!("process_id:{}\r", child.id());
                if self.try_ask(&["INFO", "server"]).is_some_and(|info| info.contains(&process)) {
                    self.child = Some(child);
                    return;
                }
                thread::sleep(Duration::from_millis(20));
            }
            let _ = child.kill();
            let _ = child.wait();
        }
        panic!("redis-server did not start");
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What it is started with, from the next start on.
    pub(crate) const fn options_mut(&mut self) -> &mut Vec<String> {
        &mut self.options
    }

    fn try_ask(&self, words: &[&str]) -> Option<String> {
        let client = redis::Client::open(self.url()).unwrap();
        let mut connection = client.get_connection_with_timeout(PATIENCE).ok()?;
        let (name, arguments) = words.split_first().unwrap();
        let value: redis::Value = redis::cmd(name).arg(arguments).query(&mut connection).ok()?;
        redis::from_redis_value(value.clone()).ok().or_else(|| Some(format!("{value:?}")))
    }

    /// What the server answers.
    pub(crate) fn ask(&self, words: &[&str]) -> String {
        self.try_ask(words).unwrap_or_else(|| panic!("{words:?}"))
    }

    /// `STOP` or `CONT`.
    pub(crate) fn signal(&self, signal: &str) {
        let id = self.child.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args([&format!("-{signal}"), &id]).status().unwrap().success());
    }

    /// As a power cut does, but for what the system has been given to write.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A store that waits for as long as a busy machine takes, at a server that was started long ago.
pub(crate) async fn store(server: &Server) -> RedisStore {
    let store = connect(server).await;
    let since = UnixTime::now().saturating_sub(HOUR).as_secs().to_string();
    server.ask(&["HSET", "test:epoch", "since", &since]);
    store
}

/// The same, but perhaps in the first second of its epoch.
pub(crate) async fn connect(server: &Server) -> RedisStore {
    let begun = Instant::now();
    loop {
        match RedisStore::connect(&server.url(), "test").await {
            Ok(store) => return store.skew(Duration::from_secs(SKEW)).timeout(PATIENCE),
            Err(error) => assert!(begun.elapsed() < PATIENCE, "{error}"),
        }
    }
}

/// A message that says when it was made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Message {
    pub(crate) id: [u8; 32],
    pub(crate) made: UnixTime,
}

impl Message {
    pub(crate) fn new() -> Self {
        Self { id: id(next()), made: UnixTime::now() }
    }

    pub(crate) async fn claim(&self, store: &RedisStore) -> Result<(), Error> {
        self.claim_at(store, UnixTime::now()).await
    }

    pub(crate) async fn claim_at(&self, store: &RedisStore, now: UnixTime) -> Result<(), Error> {
        let hold = Hold::Done(self.made.saturating_add(HOUR));
        store.claim_async(&self.id, Some(self.made), hold, now).await
    }
}

/// New messages, each accepted.
pub(crate) async fn accept(store: &RedisStore, count: usize) -> Vec<Message> {
    let mut messages = Vec::new();
    for _ in 0..count {
        let message = Message::new();
        assert_eq!(message.claim(store).await, Ok(()));
        messages.push(message);
    }
    messages
}

/// Copies of what was accepted are refused, and how.
pub(crate) async fn refused(store: &RedisStore, messages: &[Message]) -> Vec<Error> {
    let mut errors = Vec::new();
    for message in messages {
        let error = message.claim(store).await.expect_err("a replay was accepted");
        assert!(matches!(error, Error::Replayed | Error::Unavailable), "{error:?}");
        errors.push(error);
    }
    errors
}

/// Waits until what is new is accepted again. Before that, all of it is unavailable.
pub(crate) async fn resume(store: &RedisStore) {
    wait("resume", async || match Message::new().claim(store).await {
        Ok(()) => true,
        Err(error) => {
            assert_eq!(error, Error::Unavailable);
            false
        }
    })
    .await;
}

/// Waits until `is` says so.
pub(crate) async fn wait(what: impl Display, mut is: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !is().await {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
