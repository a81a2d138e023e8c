// SPDX-License-Identifier: MIT OR Apache-2.0
//! A PostgreSQL server of a test's own.

use chancery::{Error, store::PostgresStore};
use std::{
    fs,
    io::Write,
    net::TcpListener,
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};
use tokio_postgres::{Client, Config, NoTls};

/// Nothing here takes so long, on whatever machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
const PASSWORD: &str = "of the tests";

/// Stopped when it is dropped, along with its folder.
pub(crate) struct Server {
    child: Option<Child>,
    port: u16,
    folder: PathBuf,
    programs: PathBuf,
    /// Who runs it, if that is not who runs the tests: a server refuses to be root.
    user: Option<(u32, u32)>,
}

/// Where `initdb` and `postgres` are: on the path, or where Debian keeps them.
fn programs() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH")?).collect();
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    folders.extend(versions.map(|version| version.path().join("bin")));
    folders.into_iter().find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
}

/// The user and group of one who is no root.
fn nobody() -> (u32, u32) {
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let ids = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut ids = line.split(':').skip(2).map_while(|id| id.parse().ok());
        Some((ids.next()?, ids.next()?))
    };
    ids("postgres").or_else(|| ids("nobody")).expect("a user who is no root")
}

impl Server {
    /// A server without a table. `None` if none is installed, having said so past the harness.
    pub(crate) async fn start() -> Option<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let Some(programs) = programs() else {
            assert!(std::env::var_os("CHANCERY_REQUIRE_PROGRAMS").is_none(), "PostgreSQL is not installed");
            let name = thread::current().name().unwrap_or_default().to_owned();
            let _ = writeln!(std::io::stderr(), "PostgreSQL is not installed: 1 test did not run: {name}");
            return None;
        };
        let name = format!("chancery-pg-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder).unwrap();
        let user = (fs::metadata(&folder).unwrap().uid() == 0).then(nobody);
        let mut server = Self { child: None, port: 0, folder, programs, user };
        let password = server.folder.join("password");
        fs::write(&password, PASSWORD).unwrap();
        for path in [&server.folder, &password] {
            if let Some((user, group)) = user {
                chown(path, Some(user), Some(group)).unwrap();
            }
        }
        let mut init = server.program("initdb");
        init.args(["--username", "admin", "--auth", "scram-sha-256", "--encoding", "UTF8", "--no-sync"]);
        init.arg("--pwfile").arg(&password).arg("--pgdata").arg(server.data());
        assert!(init.stdout(Stdio::null()).status().unwrap().success());
        server.restart().await;
        Some(server)
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command.current_dir(&self.folder).stdin(Stdio::null());
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command
    }

    /// Starts it again in its folder, and at its port if it had one.
    pub(crate) async fn restart(&mut self) {
        let begun = Instant::now();
        let log = fs::File::options().create(true).append(true).open(self.folder.join("log")).unwrap();
        while begun.elapsed() < PATIENCE {
            if self.port == 0 {
                self.port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            }
            let mut command = self.program("postgres");
            command.arg("-D").arg(self.data()).args(["-p", &self.port.to_string()]);
            command.args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]);
            let mut child = command.stderr(log.try_clone().unwrap()).spawn().unwrap();
            while child.try_wait().unwrap().is_none() && begun.elapsed() < PATIENCE {
                // Somebody else may have taken the port: it is ours if the folder is.
                if self.try_ask("SHOW data_directory").await.as_deref() == self.data().to_str() {
                    self.child = Some(child);
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            // After a crash it does not start before the last process of the one before is gone.
            let _ = child.kill();
            let _ = child.wait();
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{}", fs::read_to_string(self.folder.join("log")).unwrap());
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn config(&self) -> Config {
        self.config_of("admin", PASSWORD)
    }

    pub(crate) fn config_of(&self, user: &str, password: &str) -> Config {
        config_at(self.port, user, password)
    }

    /// Through somebody at another port.
    pub(crate) fn config_through(port: u16) -> Config {
        config_at(port, "admin", PASSWORD)
    }

    /// A store that waits for as long as a busy machine takes, with its table.
    pub(crate) async fn store(&self) -> PostgresStore {
        let store = self.bare();
        store.create_table().await.unwrap();
        store
    }

    /// The same without.
    pub(crate) fn bare(&self) -> PostgresStore {
        PostgresStore::new(self.config(), NoTls).timeout(PATIENCE)
    }

    /// A connection of an administrator's.
    pub(crate) async fn admin(&self) -> Client {
        let (client, connection) = self.config().connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    async fn try_ask(&self, statement: &str) -> Option<String> {
        let (client, connection) = self.config().connect(NoTls).await.ok()?;
        tokio::spawn(connection);
        Some(client.query_one(statement, &[]).await.ok()?.get(0))
    }

    /// What an administrator does.
    pub(crate) async fn run(&self, statements: &str) {
        self.admin().await.batch_execute(statements).await.unwrap();
    }

    /// Every process of it: `STOP` or `CONT`.
    pub(crate) fn signal(&self, signal: &str) {
        let parent = self.child.as_ref().unwrap().id();
        let all = [vec![parent], children(parent)].concat();
        let all: Vec<String> = all.iter().map(ToString::to_string).collect();
        // One may have ended by itself.
        let _ = Command::new("kill").arg(format!("-{signal}")).args(&all).stderr(Stdio::null()).status();
    }

    /// As a power cut does, but for what the system has been given to write.
    pub(crate) fn kill(&mut self) {
        if self.child.is_some() {
            self.signal("KILL");
        }
        if let Some(mut child) = self.child.take() {
            child.wait().unwrap();
        }
    }
}

fn config_at(port: u16, user: &str, password: &str) -> Config {
    let mut config = Config::new();
    config.host("127.0.0.1").port(port).dbname("postgres").user(user).password(password);
    config
}

/// The processes that this one has started.
fn children(parent: u32) -> Vec<u32> {
    let is_child = |process: &Path| {
        // `pid (name) state parent ...`, and anything may be in the name.
        let stat = fs::read_to_string(process.join("stat")).ok()?;
        let words = stat.rsplit_once(") ")?.1;
        (words.split(' ').nth(1)? == parent.to_string())
            .then(|| process.file_name()?.to_str()?.parse().ok())?
    };
    fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| is_child(&entry.path())).collect()
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        let begun = Instant::now();
        while fs::remove_dir_all(&self.folder).is_err() && begun.elapsed() < Duration::from_secs(5) {
            thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Waits until the store answers again. Before that, it is unavailable.
pub(crate) async fn wait<T>(mut call: impl AsyncFnMut() -> Result<T, Error>) -> T {
    let begun = Instant::now();
    loop {
        match call().await {
            Ok(done) => return done,
            Err(error) => assert_eq!(error, Error::Unavailable),
        }
        assert!(begun.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
