//! One connection type over both databases, and the pool's way to make one.

use std::path::{Path, PathBuf};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::sqlite::SqliteConnection;
use diesel::{Connection as _, ConnectionError, ConnectionResult, RunQueryDsl as _};

use super::error::StoreError;
use super::grip::{self, Grip};
use super::pool::Patience;
use crate::domain::{KeyId, ProjectId};
use crate::private;

/// A connection to whichever database is configured. Queries are written once for both.
#[derive(diesel::MultiConnection)]
pub(super) enum DbConnection {
    /// PostgreSQL.
    Postgres(PgConnection),
    /// The embedded database.
    Sqlite(SqliteConnection),
}

/// Where the data is.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// `postgres://…`, TLS and password included.
    Postgres(String),
    /// `sqlite:path`, one file.
    Sqlite(PathBuf),
}

impl DatabaseUrl {
    /// Reads `postgres://…`, `postgresql://…` or `sqlite:path`.
    ///
    /// # Errors
    /// Any other scheme. A bare path is refused too: a misspelt scheme must not create a file.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        match text.strip_prefix("sqlite:") {
            Some(path) if !path.is_empty() => {
                Ok(Self::Sqlite(path.strip_prefix("//").unwrap_or(path).into()))
            }
            _ => Err("a database URL starts with sqlite: or postgres://".to_owned()),
        }
    }

    /// Says so in the log when everybody on this machine can use the file, which an earlier release
    /// made or somebody opened.
    pub fn warn_if_open(&self) {
        if let Self::Sqlite(path) = self {
            private::warn_if_open("the database", path);
        }
    }
}

/// What libpq is told about a peer that says nothing, where the URL does not say it: seconds to
/// connect, milliseconds for what was sent to be acknowledged, and how soon an idle line is probed (PostgreSQL documentation, 34.1.2).
const LIBPQ: [(&str, &str); 6] = [
    ("connect_timeout", "2"),
    ("tcp_user_timeout", "5000"),
    ("keepalives", "1"),
    ("keepalives_idle", "5"),
    ("keepalives_interval", "2"),
    ("keepalives_count", "3"),
];

impl DatabaseUrl {
    /// The same, with an end to every wait of the database's library.
    fn with_deadlines(self) -> Self {
        let Self::Postgres(mut url) = self else { return self };
        let given = parameters(&url).map(ToOwned::to_owned);
        let is_given = |name: &str| {
            let mut pairs = given.as_deref().unwrap_or_default().split('&');
            pairs.any(|pair| pair.split('=').next() == Some(name))
        };
        let mut mark = match given.as_deref() {
            None => "?",
            Some("") => "",
            Some(_) => "&",
        };
        for (name, value) in LIBPQ.iter().filter(|(name, _)| !is_given(name)) {
            url.extend([mark, name, "=", value]);
            mark = "&";
        }
        Self::Postgres(url)
    }

    /// The same with a mark for the socket of one connection, close to what the URL says of
    /// `tcp_user_timeout`; libpq takes the last of two. None where there is no such socket, or
    /// no timeout is wanted.
    fn marked(&self) -> Option<(String, u32)> {
        let Self::Postgres(url) = self else { return None };
        let mut pairs = parameters(url).unwrap_or_default().split('&');
        let given = pairs.find_map(|pair| pair.strip_prefix("tcp_user_timeout="));
        let millis = given.and_then(|text| text.parse().ok()).filter(|millis| *millis > 0);
        let mark = grip::mark(millis?);
        Some((format!("{url}&tcp_user_timeout={mark}"), mark))
    }
}

/// What follows the question mark of a URL as libpq reads it: one in a password is none.
fn parameters(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let host = match rest.find(['@', '/']) {
        Some(end) if rest[end..].starts_with('@') => rest.get(end + 1..)?,
        _ => rest,
    };
    host.split_once('?').map(|(_, parameters)| parameters)
}

/// Shows the kind and the file, never a password.
impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Postgres(_) => f.write_str("postgres://…"),
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
        }
    }
}

/// How long a statement on PostgreSQL may take, unless told otherwise.
pub const STATEMENT_LIMIT: Duration = Duration::from_secs(3);
/// Those that read or write much may take so many times as long.
const LONG: u32 = 10;
/// Nothing lies between the server and SQLite's file that could swallow an answer, but other
/// writers stand before it.
const SQLITE_LIMIT: Duration = Duration::from_secs(15);
const SQLITE_BUSY: Duration = Duration::from_secs(10);

/// Makes connections.
#[derive(Debug, Clone)]
pub(super) struct Manager {
    url: DatabaseUrl,
    limit: Duration,
}

impl Manager {
    /// Where they lead.
    pub(super) fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// Connections to `url` whose statements take no longer than `limit`, where PostgreSQL is asked.
    pub(super) fn new(url: DatabaseUrl, limit: Duration) -> Self {
        let limit = match url {
            DatabaseUrl::Postgres(_) => limit,
            DatabaseUrl::Sqlite(_) => SQLITE_LIMIT,
        };
        Self::within(url, limit)
    }

    /// The same of whichever database.
    pub(super) fn within(url: DatabaseUrl, limit: Duration) -> Self {
        Self { url: url.with_deadlines(), limit }
    }

    /// The file, where it is one.
    pub(super) fn file(&self) -> Option<&Path> {
        match &self.url {
            DatabaseUrl::Sqlite(path) => Some(path),
            DatabaseUrl::Postgres(_) => None,
        }
    }

    /// How long a statement may be without an answer.
    pub(super) fn limit(&self, patience: Patience) -> Duration {
        match patience {
            Patience::Short => self.limit,
            Patience::Long => self.limit * LONG,
        }
    }

    /// How long somebody may have it asked one thing after the other: on PostgreSQL as long as four
    /// statements may take; on SQLite, whose statements take so long only behind others that write, as
    /// long as one.
    pub(super) fn patience(&self) -> Duration {
        match self.url {
            DatabaseUrl::Postgres(_) => 4 * self.limit,
            DatabaseUrl::Sqlite(_) => self.limit,
        }
    }

    /// Connects, by the URL's scheme alone: a database that is down never becomes another. Where
    /// the network lies between, with a hold on the socket, if one is to be had. Nothing has an
    /// end yet.
    pub(super) fn open(&self) -> ConnectionResult<(DbConnection, Option<Grip>)> {
        let Some((url, mark)) = self.url.marked() else {
            return Ok((self.open_patiently()?, None));
        };
        let connection = PgConnection::establish(&url)?;
        Ok((DbConnection::Postgres(connection), Grip::take(mark)))
    }

    /// Has everything on `connection` come to an end in time.
    pub(super) fn set_deadlines(&self, connection: &mut DbConnection) -> ConnectionResult<()> {
        match connection {
            DbConnection::Sqlite(_) => Ok(()),
            DbConnection::Postgres(postgres) => {
                postgres.batch_execute(&deadlines(self.limit)).map_err(unfit)
            }
        }
    }

    /// Connects for whoever changes the schema: that takes as long as it takes, and waits for
    /// whoever is at it already.
    pub(super) fn open_patiently(&self) -> ConnectionResult<DbConnection> {
        match &self.url {
            DatabaseUrl::Postgres(url) => Ok(DbConnection::Postgres(PgConnection::establish(url)?)),
            DatabaseUrl::Sqlite(path) => {
                let path = path.to_str().ok_or_else(|| {
                    ConnectionError::InvalidConnectionUrl("the path is not UTF-8".to_owned())
                })?;
                make_file(path)?;
                let mut connection = SqliteConnection::establish(path)?;
                let settings = format!(
                    "PRAGMA busy_timeout = {}; PRAGMA synchronous = FULL; \
                     PRAGMA foreign_keys = ON;",
                    SQLITE_BUSY.as_millis()
                );
                connection.batch_execute(&settings).map_err(unfit)?;
                Ok(DbConnection::Sqlite(connection))
            }
        }
    }
}

fn unfit(error: diesel::result::Error) -> ConnectionError {
    ConnectionError::CouldntSetupConfiguration(error)
}

/// Makes the file before SQLite does, which would let others read it; what SQLite puts beside it
/// has its mode (unixopen `findCreateFileMode`). A link in its place is refused.
fn make_file(path: &str) -> ConnectionResult<()> {
    // What SQLite takes for something else than the name of a file.
    if path.starts_with(':') || path.starts_with("file:") {
        return Ok(());
    }
    private::make(Path::new(path))
        .map_err(|error| ConnectionError::BadConnection(format!("{path}: {error}")))
}

/// What PostgreSQL ends by itself, before the server gives up on it: statements, waits for a lock,
/// transactions that nothing is heard of, and sessions whose owner is gone (from release 14 on).
fn deadlines(limit: Duration) -> String {
    let millis = limit.as_millis();
    format!(
        "SET statement_timeout = {}; SET lock_timeout = {}; \
         SET idle_in_transaction_session_timeout = {millis}; \
         SELECT set_config('idle_session_timeout', '60s', false) \
         WHERE current_setting('server_version_num')::int >= 140000;",
        millis * 4 / 5,
        millis * 3 / 5,
    )
}

impl DbConnection {
    /// Whether the database answers on this connection.
    pub(super) fn answers(&mut self) -> bool {
        self.batch_execute("SELECT 1").is_ok()
    }

    /// Lets statements take as long as that, but for a moment in which PostgreSQL says so.
    pub(super) fn limit_statements(&mut self, limit: Duration) -> diesel::QueryResult<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(postgres) => {
                let millis = limit.as_millis() * 4 / 5;
                postgres.batch_execute(&format!("SET statement_timeout = {millis}"))
            }
        }
    }
}

/// Orders those who write stores and projects on PostgreSQL. The number is arbitrary and must not
/// change.
const ADVISORY_LOCK: i64 = 0x5A11_57A6;

/// Runs `write`, which bears on no single project, as the only such transaction there is: what it
/// reads stays true until it is done.
pub(super) fn exclusive<T>(
    connection: &mut DbConnection,
    write: impl FnOnce(&mut DbConnection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    connection.transaction(|connection| {
        take_write_lock(connection)?;
        if let DbConnection::Postgres(postgres) = connection {
            postgres.batch_execute(&format!("SELECT pg_advisory_xact_lock({ADVISORY_LOCK})"))?;
        }
        write(connection)
    })
}

/// Has a transaction that reads first and writes then wait for SQLite's one writer now: once it has
/// read, it is refused at once.
pub(super) fn take_write_lock(connection: &mut DbConnection) -> Result<(), StoreError> {
    if let DbConnection::Sqlite(sqlite) = connection {
        sqlite.batch_execute("UPDATE project_head SET revision = revision WHERE 0")?;
    }
    Ok(())
}

/// Runs `read` on one state of the project's rows: what it sees in its last query was there in
/// its first.
pub(super) fn snapshot<T>(
    connection: &mut DbConnection,
    project: &ProjectId,
    read: impl FnOnce(&mut DbConnection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    connection.transaction(|connection| {
        if let DbConnection::Postgres(postgres) = connection {
            postgres.batch_execute(&format!(
                "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; {}",
                tenant_is(project.as_str())
            ))?;
        }
        read(connection)
    })
}

/// Opens the rows of `project`, and of no other, to the transaction that is running.
pub(super) fn set_tenant(
    connection: &mut DbConnection,
    project: &ProjectId,
) -> Result<(), StoreError> {
    if let DbConnection::Postgres(postgres) = connection {
        postgres.batch_execute(&tenant_is(project.as_str()))?;
    }
    Ok(())
}

/// Opens what belongs to no project: what operators create.
pub(super) fn set_no_tenant(connection: &mut DbConnection) -> Result<(), StoreError> {
    if let DbConnection::Postgres(postgres) = connection {
        postgres.batch_execute(&tenant_is(""))?;
    }
    Ok(())
}

/// Opens the operators' trail: what they did, wherever that was, and what is no project's.
pub(super) fn set_operators(connection: &mut DbConnection) -> Result<(), StoreError> {
    if let DbConnection::Postgres(postgres) = connection {
        postgres.batch_execute(&format!("{}; SET LOCAL sail.operators = 'yes'", tenant_is("")))?;
    }
    Ok(())
}

/// Opens the row of one API key to the transaction that is running: who presents it has proved
/// no project yet.
pub(super) fn set_presented_key(
    connection: &mut DbConnection,
    key: &KeyId,
) -> Result<(), StoreError> {
    if let DbConnection::Postgres(postgres) = connection {
        postgres.batch_execute(&format!("SET LOCAL sail.key = '{key}'"))?;
    }
    Ok(())
}

/// Whether row-level security does not bind the role that is connected.
pub(super) fn bypasses_row_security(postgres: &mut PgConnection) -> diesel::QueryResult<bool> {
    #[derive(diesel::QueryableByName)]
    struct Role {
        #[diesel(sql_type = diesel::sql_types::Bool)]
        bypasses: bool,
    }
    let query = "SELECT rolsuper OR rolbypassrls AS bypasses FROM pg_roles \
                 WHERE rolname = current_user";
    diesel::sql_query(query).get_result::<Role>(postgres).map(|role| role.bypasses)
}

/// A project's id has no character that means anything in SQL.
fn tenant_is(project: &str) -> String {
    format!("SET LOCAL sail.project = '{project}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wait_of_the_library_has_an_end() {
        let given = |url: &str| match DatabaseUrl::parse(url).unwrap().with_deadlines() {
            DatabaseUrl::Postgres(url) => url,
            DatabaseUrl::Sqlite(_) => panic!("{url}"),
        };
        let all = "connect_timeout=2&tcp_user_timeout=5000&keepalives=1&keepalives_idle=5&\
                   keepalives_interval=2&keepalives_count=3";
        let but_first = all.split_once('&').unwrap().1;
        for (url, want) in [
            ("postgres://h/db", format!("postgres://h/db?{all}")),
            ("postgres://h/db?", format!("postgres://h/db?{all}")),
            ("postgres://u:a?b@h", format!("postgres://u:a?b@h?{all}")),
            ("postgres://a,b:5/db?x=@", format!("postgres://a,b:5/db?x=@&{all}")),
            ("postgres:///db?host=/run", format!("postgres:///db?host=/run&{all}")),
            (
                "postgres://h/db?connect_timeout=9&a=b",
                format!("postgres://h/db?connect_timeout=9&a=b&{but_first}"),
            ),
        ] {
            assert_eq!(given(url), want);
        }
    }

    /// As README and ARCHITECTURE say.
    #[test]
    fn nobody_is_left_without_an_answer_for_longer_than_15_seconds() {
        let patience = |url: &str| {
            Manager::new(DatabaseUrl::parse(url).unwrap(), STATEMENT_LIMIT).patience().as_secs()
        };
        assert_eq!(patience("sqlite:cargo.db"), 15);
        assert_eq!(patience("postgres://h/db"), 12);
    }

    #[test]
    fn no_two_connections_have_one_mark() {
        let marked = |url: &str| DatabaseUrl::parse(url).unwrap().with_deadlines().marked();
        let (url, mark) = marked("postgres://h/db").unwrap();
        assert!(url.ends_with(&format!("&tcp_user_timeout={mark}")), "{url}");
        assert_ne!(marked("postgres://h/db").unwrap().1, mark);
        assert!(marked("postgres://h/db?tcp_user_timeout=60000").unwrap().1 > 60_000);
        assert_eq!(marked("postgres://h/db?tcp_user_timeout=0"), None);
        assert_eq!(marked("sqlite:x"), None);
    }
}
