// SPDX-License-Identifier: MIT OR Apache-2.0
//! The statements of a `PostgresStore`, and a record as what they take and give.

use crate::{Error, UnixTime, api_key::ApiKeyRecord};
use alloc::{
    borrow::ToOwned,
    string::{String, ToString},
    vec::Vec,
};
use serde_json::{Value, json};
use tokio_postgres::{
    Row,
    error::SqlState,
    types::{ToSql, Type},
};

/// From the first second on that a `timestamptz` does not hold, in the year 294277, it is for ever.
const FOREVER: u64 = 9_224_318_016_000;

macro_rules! columns {
    () => {
        "SELECT id, prefix, hash, pepper, name, scopes, extract(epoch FROM created)::float8 AS created, \
         extract(epoch FROM expires)::float8 AS expires, extract(epoch FROM revoked)::float8 AS revoked, \
         extract(epoch FROM last_used)::float8 AS last_used, successor, \
         current_setting('transaction_read_only')::bool AS read_only FROM chancery_api_keys "
    };
}

macro_rules! insert {
    ($values:literal) => {
        concat!(
            "INSERT INTO chancery_api_keys (id, prefix, hash, pepper, name, scopes, created, expires, revoked, \
             last_used, successor) SELECT $1, $2, $3, $4, $5, $6, to_timestamp($7), to_timestamp($8), \
             to_timestamp($9), to_timestamp($10), $11",
            $values
        )
    };
}

pub(super) const FIND: &str = concat!(columns!(), "WHERE id = $1");
pub(super) const LIST: &str =
    concat!(columns!(), "WHERE $1 IS NULL OR id > $1 COLLATE \"C\" ORDER BY id COLLATE \"C\" LIMIT $2");
pub(super) const CREATE: &str = insert!("");
/// Both or neither, because it is one statement.
pub(super) const ROTATE: &str = concat!(
    "WITH old AS (UPDATE chancery_api_keys SET successor = $1, expires = least(expires, to_timestamp($13)) \
     WHERE id = $12 AND revoked IS NULL AND successor IS NULL RETURNING id) ",
    insert!(" FROM old RETURNING id")
);
pub(super) const REVOKE: &str = "UPDATE chancery_api_keys SET revoked = coalesce(revoked, to_timestamp($2)) \
                      WHERE id = $1 RETURNING id";
/// Waits for nobody: of many who note a use, one does; not for who changes the record; not for the disk.
pub(super) const USED: &str = "WITH noted AS (UPDATE chancery_api_keys SET last_used = to_timestamp($2) WHERE id = (\
                    SELECT id FROM chancery_api_keys WHERE id = $1 AND (last_used IS NULL OR \
                    last_used < to_timestamp($2)) FOR NO KEY UPDATE SKIP LOCKED)) \
                    SELECT set_config('synchronous_commit', 'off', true) FROM chancery_api_keys WHERE id = $1";

/// A value for a statement, and its type, so that nothing has to be prepared.
pub(super) type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

/// For `to_timestamp`.
#[expect(clippy::cast_precision_loss, reason = "a whole number below 2^53 is exact")]
pub(super) fn seconds(time: UnixTime) -> f64 {
    if time.as_secs() < FOREVER { time.as_secs() as f64 } else { f64::INFINITY }
}

/// From `extract`: what somebody has written by hand may have a fraction.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "infinity is the end of time")]
const fn time(seconds: f64) -> u64 {
    seconds as u64
}

/// What a record is in the order of its columns.
pub(super) struct Columns {
    texts: [String; 4],
    pepper: Option<String>,
    scopes: Vec<String>,
    created: f64,
    times: [Option<f64>; 3],
    successor: Option<String>,
}

impl Columns {
    pub(super) fn of(record: &ApiKeyRecord) -> Result<Self, Error> {
        // The hash is nowhere else.
        let json = serde_json::to_value(record).map_err(unavailable)?;
        let hash = json.get("hash").and_then(Value::as_str).ok_or(Error::Unavailable)?;
        let (id, prefix, name) = (record.id().to_string(), record.prefix(), record.name());
        let times = [record.expires(), record.revoked(), record.last_used()];
        Ok(Self {
            texts: [id, prefix.to_owned(), hash.to_owned(), name.to_owned()],
            pepper: record.pepper().map(|pepper| pepper.to_string()),
            scopes: record.scopes().map(ToOwned::to_owned).collect(),
            created: seconds(record.created()),
            times: times.map(|time| time.map(seconds)),
            successor: record.successor().map(|id| id.to_string()),
        })
    }

    pub(super) fn parameters(&self) -> [Parameter<'_>; 11] {
        let [id, prefix, hash, name] = &self.texts;
        let [expires, revoked, used] = &self.times;
        [
            (id, Type::TEXT),
            (prefix, Type::TEXT),
            (hash, Type::TEXT),
            (&self.pepper, Type::TEXT),
            (name, Type::TEXT),
            (&self.scopes, Type::TEXT_ARRAY),
            (&self.created, Type::FLOAT8),
            (expires, Type::FLOAT8),
            (revoked, Type::FLOAT8),
            (used, Type::FLOAT8),
            (&self.successor, Type::TEXT),
        ]
    }
}

/// What is said of a table, its type or their row in the catalogue that somebody else makes at the same time, `IF NOT EXISTS` or not.
pub(super) fn is_there_by_now(code: &SqlState) -> bool {
    [SqlState::UNIQUE_VIOLATION, SqlState::DUPLICATE_OBJECT, SqlState::DUPLICATE_TABLE].contains(code)
}

/// Whether a server that has given a record takes no changes of it: another one may have replaced it since somebody connected.
pub(super) fn is_read_only(row: &Row) -> bool {
    row.try_get("read_only").unwrap_or(false)
}

pub(super) fn record(row: &Row) -> Result<ApiKeyRecord, Error> {
    let text = |name| row.try_get::<_, String>(name).map_err(unavailable);
    let optional = |name| row.try_get::<_, Option<String>>(name).map_err(unavailable);
    let when = |name| row.try_get::<_, Option<f64>>(name).map_err(unavailable).map(|at| at.map(time));
    let scopes: Vec<String> = row.try_get("scopes").map_err(unavailable)?;
    let members = json!({
        "id": text("id")?,
        "prefix": text("prefix")?,
        "hash": text("hash")?,
        "pepper": optional("pepper")?,
        "name": text("name")?,
        "scopes": scopes,
        "created": when("created")?,
        "expires": when("expires")?,
        "revoked": when("revoked")?,
        "last_used": when("last_used")?,
        "successor": optional("successor")?,
    });
    serde_json::from_value(members).map_err(unavailable)
}

/// What exactly is wrong with the table is nobody's business who presents a key.
fn unavailable<E>(_: E) -> Error {
    Error::Unavailable
}
