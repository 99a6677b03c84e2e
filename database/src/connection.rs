//! One connection type for both databases, and how the pool opens a connection.

use std::path::Path;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::sqlite::SqliteConnection;
use diesel::{Connection as _, ConnectionError, ConnectionResult};

use crate::grip::Grip;
use crate::patience::StatementPatience;
use crate::private_file;
use crate::url::DatabaseUrl;

/// A connection to the configured database. Queries are written once for both databases.
#[derive(diesel::MultiConnection)]
pub enum DbConnection {
    /// PostgreSQL.
    Postgres(PgConnection),
    /// The embedded database.
    Sqlite(SqliteConnection),
}

/// The backend that diesel's derives check rows against.
#[expect(dead_code, reason = "only the checks of derives name it")]
pub(crate) type Backend = <DbConnection as diesel::Connection>::Backend;

/// How long a statement on PostgreSQL may take by default.
pub const STATEMENT_LIMIT: Duration = Duration::from_secs(3);
/// The factor on the limit for statements that read or write much.
const LONG: u32 = 10;
/// How long a query on SQLite may take: no network can lose its answer, but it may wait behind
/// other writers.
const SQLITE_LIMIT: Duration = Duration::from_secs(15);
const SQLITE_BUSY: Duration = Duration::from_secs(10);

/// Opens connections to one database.
#[derive(Debug, Clone)]
pub(crate) struct Manager {
    url: DatabaseUrl,
    limit: Duration,
}

impl Manager {
    /// A manager for `url` whose statements take no longer than `limit` on PostgreSQL. On SQLite
    /// the limit is fixed.
    pub(crate) fn new(url: DatabaseUrl, limit: Duration) -> Self {
        let limit = match url {
            DatabaseUrl::Postgres(_) => limit,
            DatabaseUrl::Sqlite(_) => SQLITE_LIMIT,
        };
        Self::within(url, limit)
    }

    /// A manager with this limit on either database.
    pub(crate) fn within(url: DatabaseUrl, limit: Duration) -> Self {
        Self { url: url.with_deadlines(), limit }
    }

    /// The path of the SQLite file; `None` on PostgreSQL.
    pub(crate) fn file(&self) -> Option<&Path> {
        match &self.url {
            DatabaseUrl::Sqlite(path) => Some(path),
            DatabaseUrl::Postgres(_) => None,
        }
    }

    /// How long a statement may go without an answer.
    pub(crate) fn limit(&self, patience: StatementPatience) -> Duration {
        match patience {
            StatementPatience::Short => self.limit,
            StatementPatience::Long => self.limit * LONG,
        }
    }

    /// How long one caller may wait for a series of statements: four times the limit of a statement
    /// on PostgreSQL; once the limit on SQLite, whose statements are that slow only behind other
    /// writers.
    pub(crate) fn patience(&self) -> Duration {
        match self.url {
            DatabaseUrl::Postgres(_) => 4 * self.limit,
            DatabaseUrl::Sqlite(_) => self.limit,
        }
    }

    /// Opens a connection without deadlines. The URL's scheme alone chooses the database: an
    /// unavailable database never turns into another one.
    ///
    /// On PostgreSQL over TCP, also takes a [`Grip`] on the connection's socket, if the system
    /// allows it.
    pub(crate) fn open(&self) -> ConnectionResult<(DbConnection, Option<Grip>)> {
        let Some((url, mark)) = self.url.marked() else {
            return Ok((self.open_patiently()?, None));
        };
        let connection = PgConnection::establish(&url)?;
        Ok((DbConnection::Postgres(connection), Grip::take(mark)))
    }

    /// Sets the deadlines of PostgreSQL on `connection`. SQLite needs none.
    pub(crate) fn set_deadlines(&self, connection: &mut DbConnection) -> ConnectionResult<()> {
        match connection {
            DbConnection::Sqlite(_) => Ok(()),
            DbConnection::Postgres(postgres) => {
                postgres.batch_execute(&deadlines(self.limit)).map_err(unfit)
            }
        }
    }

    /// Opens a connection without deadlines for migrations, which take as long as they need and
    /// wait for one another.
    pub(crate) fn open_patiently(&self) -> ConnectionResult<DbConnection> {
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

/// Creates the file with private permissions before SQLite creates it readable by others. SQLite
/// copies the file's mode to the files beside it (unixopen `findCreateFileMode`). Refuses a
/// symbolic link.
fn make_file(path: &str) -> ConnectionResult<()> {
    // SQLite does not take such a text for a file name.
    if path.starts_with(':') || path.starts_with("file:") {
        return Ok(());
    }
    private_file::make(Path::new(path))
        .map_err(|error| ConnectionError::BadConnection(format!("{path}: {error}")))
}

/// The SQL that sets PostgreSQL's own deadlines, which pass before the server gives up: for
/// statements, waits for locks, idle transactions, and idle sessions (PostgreSQL 14 and later).
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
    pub(crate) fn answers(&mut self) -> bool {
        self.batch_execute("SELECT 1").is_ok()
    }

    /// Sets how long statements may take. PostgreSQL's own limit is four fifths of it, so that it
    /// reports first.
    pub(crate) fn limit_statements(&mut self, limit: Duration) -> diesel::QueryResult<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(postgres) => {
                let millis = limit.as_millis() * 4 / 5;
                postgres.batch_execute(&format!("SET statement_timeout = {millis}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The README and ARCHITECTURE promise this.
    #[test]
    fn nobody_is_left_without_an_answer_for_longer_than_15_seconds() {
        let patience = |url: &str| {
            Manager::new(DatabaseUrl::parse(url).unwrap(), STATEMENT_LIMIT).patience().as_secs()
        };
        assert_eq!(patience("sqlite:cargo.db"), 15);
        assert_eq!(patience("postgres://h/db"), 12);
    }
}
