// SPDX-License-Identifier: MIT OR Apache-2.0
//! [`PostgresStore`]: records of API keys in PostgreSQL, so that a key that was revoked is refused in a whole fleet.

use crate::{
    Error, UnixTime,
    api_key::{ApiKeyFuture, ApiKeyId, ApiKeyRecord, AsyncApiKeyStore},
    store::{
        ConnectError,
        line::{Line, Peer},
        sql::{self, Columns, Parameter, seconds},
    },
};
use alloc::{boxed::Box, format, string::ToString, sync::Arc, vec::Vec};
use core::{fmt, future::Future, pin::Pin, time::Duration};
use tokio::{task::AbortHandle, time::timeout};
use tokio_postgres::{
    Client, Config, Row, Socket,
    config::TargetSessionAttrs,
    error::SqlState,
    tls::{MakeTlsConnect, TlsConnect},
    types::{ToSql, Type},
};

const TIMEOUT: Duration = Duration::from_secs(1);

/// Records of API keys in PostgreSQL. Share it in an `Arc`.
///
/// It needs a runtime of tokio with time and I/O. The TLS is yours: `NoTls` of the crate `tokio-postgres` within a machine, or a
/// crate such as `tokio-postgres-rustls`, with `sslmode=require` in the URL.
///
/// ```no_run
/// use chancery::{UnixTime, api_key::{ApiKeys, Grant}, mac::MacKey, store::PostgresStore};
/// use tokio_postgres::NoTls;
///
/// # async fn start() -> Result<(), Box<dyn std::error::Error>> {
/// let store = PostgresStore::new("postgres://orders:password@localhost/orders".parse()?, NoTls);
/// store.check().await?; // or refuse to start
/// let keys = ApiKeys::new("acme_live", MacKey::generate()?)?;
/// let key = keys.issue_async(&store, &Grant::new("reports", ["orders:read"])?, UnixTime::now()).await?;
/// # Ok(())
/// # }
/// ```
///
/// One connection is for what requests wait for, the look-up of keys, one for noting that they were used, and one for
/// everything else, so that nobody's lock and nobody's disk holds a request up. They are made when they are needed, and again after
/// they were lost. Nothing is prepared or left behind in a session.
///
/// # Security
/// * A look-up reads the server that is written to, never a replica: a key that was revoked through one connection
///   is found revoked through every other one. A record from a server that has become read-only is not believed.
/// * It fails closed. A server that does not answer within the timeout, is read-only or lacks the table is
///   [`Error::Unavailable`], and so is a record that cannot be read. Nothing is tried twice.
/// * What has returned is as durable as the server's `synchronous_commit` says, but for the time of the last use. A
///   failover to a replica that is behind takes the last changes back, revocations among them: let it be synchronous, and a primary
///   that was replaced be down or read-only.
/// * Of a change that is [`Error::Unavailable`] because no answer came it is not known whether it was made. To revoke
///   again does no harm; whether a key was rotated is in its record.
///
/// # Errors
/// Those of [`AsyncApiKeyStore`], and [`Error::Malformed`] for a record with a name that PostgreSQL does not keep: one with a NUL in it.
pub struct PostgresStore {
    connect: Connector,
    config: Config,
    timeout: Duration,
    /// What a request waits for.
    look_ups: Lane,
    /// Apart from it: some locks let readers in and no writer, `CREATE INDEX` for example.
    uses: Lane,
    changes: Lane,
}

/// A connection for statements of one kind.
struct Lane {
    line: Line<Session>,
    /// Of its sessions, and stronger than those of the caller.
    options: &'static str,
}

impl Lane {
    const fn new(options: &'static str) -> Self {
        Self { line: Line::new(), options }
    }
}

type Connector = Arc<dyn Fn(Config) -> Connecting + Send + Sync>;
type Connecting = Pin<Box<dyn Future<Output = Result<Session, tokio_postgres::Error>> + Send>>;

impl PostgresStore {
    /// The table, in one statement, for those who keep all of theirs in one place. It may be run again.
    pub const TABLE: &'static str = include_str!("postgres.sql");

    /// A store in the database of `config`. Nobody connects yet, see [`check`](Self::check).
    ///
    /// Of several hosts the first one that can be written to is taken; `connect_timeout` is how long one is waited for.
    #[must_use]
    pub fn new<T>(config: Config, tls: T) -> Self
    where
        T: MakeTlsConnect<Socket, Stream: Send + 'static, TlsConnect: Send> + Clone + Send + Sync + 'static,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        let connect = move |config: Config| -> Connecting {
            let tls = tls.clone();
            Box::pin(async move {
                let (client, connection) = config.connect(tls).await?;
                let driver = tokio::spawn(connection).abort_handle();
                Ok(Session { client: Arc::new(client), driver })
            })
        };
        Self {
            connect: Arc::new(connect),
            config,
            timeout: TIMEOUT,
            look_ups: Lane::new(""),
            // The least that there is: 0 would be for ever.
            uses: Lane::new("-c lock_timeout=1"),
            changes: Lane::new(""),
        }
    }

    /// How long a call waits for the server, connecting included, before it refuses: one second unless said. The server
    /// gives a statement up after half of it, for a lock or a disk that keeps it waiting.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Makes the [table](Self::TABLE), if there is none, and does what [`check`](Self::check) does. For a user who may; where nobody
    /// may but an administrator, leave it to them.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub async fn create_table(&self) -> Result<(), ConnectError> {
        match self.run(&self.changes, Self::TABLE, &[]).await {
            Err(Failed::Statement(error)) if error.code().is_some_and(sql::is_there_by_now) => {}
            made => drop(made.map_err(|failed| failed.reason())?),
        }
        self.check().await
    }

    /// Connects, and looks whether the table can be read and has its columns: for the start of a service. What this user may
    /// write, and who else may, is not looked at.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub async fn check(&self) -> Result<(), ConnectError> {
        for lane in [&self.look_ups, &self.changes] {
            self.run(lane, sql::FIND, &[(&"", Type::TEXT)]).await.map_err(|failed| failed.reason())?;
        }
        Ok(())
    }

    fn dial(&self, own: &str) -> impl Future<Output = Result<Session, ConnectError>> + Send + 'static {
        let mut config = self.config.clone();
        // What the caller has in its options counts. 0 would be for ever.
        let limit = self.timeout.div_f32(2.0).as_millis().max(1);
        let options = self.config.get_options().unwrap_or_default();
        config.options(format!("-c statement_timeout={limit} {options} {own}"));
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        let connecting = (self.connect)(config);
        async move { connecting.await.map_err(|error| ConnectError::of_postgres(&error)) }
    }

    /// Runs a statement once and within the timeout.
    async fn run(
        &self,
        lane: &Lane,
        statement: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, Failed> {
        let mut used = None;
        let answer = timeout(self.timeout, async {
            let alive = lane.line.alive(self.timeout, || self.dial(lane.options));
            let held = used.insert(alive.await.map_err(Failed::Connect)?);
            let parameters = parameters.iter().map(|(value, kind)| (*value, kind.clone()));
            let client = Arc::clone(&held.peer().client);
            let answer = client.query_typed(statement, &parameters.collect::<Vec<_>>()).await;
            held.answered();
            let rows = answer.map_err(Failed::Statement)?;
            // A server that was replaced may still be there to read, without what was revoked since.
            if rows.iter().any(sql::is_read_only) {
                Err(Failed::Connect(ConnectError::Refused))
            } else {
                Ok(rows)
            }
        });
        let answer = answer.await;
        let young = answer.is_err() && used.as_ref().is_some_and(|held| held.is_young(self.timeout));
        let answer = answer.unwrap_or(Err(Failed::Connect(ConnectError::Unreachable)));
        if !young && answer.as_ref().is_err_and(Failed::is_lost) {
            lane.line.forget(used.as_ref());
            if let Some(held) = &mut used {
                // Who else waits there would wait in vain.
                held.peer().driver.abort();
            }
        }
        answer
    }

    async fn ask(
        &self,
        lane: &Lane,
        statement: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, Error> {
        self.run(lane, statement, parameters).await.map_err(|failed| failed.error())
    }

    /// For a statement that returns a row for the record.
    async fn change(&self, lane: &Lane, statement: &str, id: ApiKeyId, now: UnixTime) -> Result<(), Error> {
        let parameters: [Parameter<'_>; 2] = [(&id.to_string(), Type::TEXT), (&seconds(now), Type::FLOAT8)];
        let rows = self.ask(lane, statement, &parameters).await?;
        if rows.is_empty() { Err(Error::UnknownKey) } else { Ok(()) }
    }
}

/// A connection, and the task that reads and writes it.
#[derive(Clone)]
struct Session {
    client: Arc<Client>,
    driver: AbortHandle,
}

impl Peer for Session {
    fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    async fn ping(&mut self) -> bool {
        self.client.check_connection().await.is_ok()
    }
}

/// Why there are no rows.
enum Failed {
    Connect(ConnectError),
    Statement(tokio_postgres::Error),
}

impl Failed {
    /// Whether the connection is of no more use, or leads to who is no primary any more.
    fn is_lost(&self) -> bool {
        let Self::Statement(error) = self else { return true };
        error.code().is_none_or(|state| {
            *state == SqlState::READ_ONLY_SQL_TRANSACTION
                || state.code().starts_with("08")
                || state.code().starts_with("57P")
        })
    }

    /// For the operator.
    fn reason(&self) -> ConnectError {
        match self {
            Self::Connect(error) => *error,
            Self::Statement(error) => ConnectError::of_postgres(error),
        }
    }

    /// For who presents or manages a key.
    fn error(&self) -> Error {
        let state = match self {
            Self::Connect(_) => None,
            Self::Statement(error) => error.code(),
        };
        match state {
            Some(state) if *state == SqlState::UNIQUE_VIOLATION => Error::Replayed,
            Some(state) if *state == SqlState::CHARACTER_NOT_IN_REPERTOIRE => Error::Malformed,
            _ => Error::Unavailable,
        }
    }
}

impl AsyncApiKeyStore for PostgresStore {
    fn create_async<'a>(&'a self, record: &'a ApiKeyRecord) -> ApiKeyFuture<'a, ()> {
        Box::pin(async move {
            let columns = Columns::of(record)?;
            self.ask(&self.changes, sql::CREATE, &columns.parameters()).await.map(drop)
        })
    }

    fn find_async(&self, id: ApiKeyId) -> ApiKeyFuture<'_, Option<ApiKeyRecord>> {
        Box::pin(async move {
            let rows = self.ask(&self.look_ups, sql::FIND, &[(&id.to_string(), Type::TEXT)]).await?;
            rows.first().map(sql::record).transpose()
        })
    }

    fn rotate_async<'a>(
        &'a self,
        old: ApiKeyId,
        until: UnixTime,
        successor: &'a ApiKeyRecord,
    ) -> ApiKeyFuture<'a, ()> {
        Box::pin(async move {
            let (columns, id, end) = (Columns::of(successor)?, old.to_string(), seconds(until));
            let mut parameters = columns.parameters().to_vec();
            parameters.extend([(&id as &(dyn ToSql + Sync), Type::TEXT), (&end, Type::FLOAT8)]);
            if !self.ask(&self.changes, sql::ROTATE, &parameters).await?.is_empty() {
                return Ok(());
            }
            // Why not: neither a revocation nor a successor goes away again.
            let found = self.find_async(old).await?;
            found.ok_or(Error::UnknownKey)?.rotate(successor.id(), until)?;
            Err(Error::Unavailable)
        })
    }

    fn revoke_async(&self, id: ApiKeyId, now: UnixTime) -> ApiKeyFuture<'_, ()> {
        Box::pin(self.change(&self.changes, sql::REVOKE, id, now))
    }

    fn used_async(&self, id: ApiKeyId, now: UnixTime) -> ApiKeyFuture<'_, ()> {
        Box::pin(self.change(&self.uses, sql::USED, id, now))
    }

    fn list_async(&self, after: Option<ApiKeyId>, limit: usize) -> ApiKeyFuture<'_, Vec<ApiKeyRecord>> {
        Box::pin(async move {
            let (after, limit) = (after.map(|id| id.to_string()), i64::try_from(limit).unwrap_or(i64::MAX));
            let parameters: [Parameter<'_>; 2] = [(&after, Type::TEXT), (&limit, Type::INT8)];
            self.ask(&self.changes, sql::LIST, &parameters).await?.iter().map(sql::record).collect()
        })
    }
}

impl fmt::Debug for PostgresStore {
    /// Without the configuration, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}
