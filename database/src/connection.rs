//! One connection type over both databases, and the pool's way to make one.

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

/// A connection to whichever database is configured. Queries are written once for both.
#[derive(diesel::MultiConnection)]
pub enum DbConnection {
    /// PostgreSQL.
    Postgres(PgConnection),
    /// The embedded database.
    Sqlite(SqliteConnection),
}

/// What rows are read from and written to, as derives name it.
#[expect(dead_code, reason = "only the checks of derives name it")]
pub(crate) type Backend = <DbConnection as diesel::Connection>::Backend;

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
pub(crate) struct Manager {
    url: DatabaseUrl,
    limit: Duration,
}

impl Manager {
    /// Connections to `url` whose statements take no longer than `limit`, where PostgreSQL is asked.
    pub(crate) fn new(url: DatabaseUrl, limit: Duration) -> Self {
        let limit = match url {
            DatabaseUrl::Postgres(_) => limit,
            DatabaseUrl::Sqlite(_) => SQLITE_LIMIT,
        };
        Self::within(url, limit)
    }

    /// The same of whichever database.
    pub(crate) fn within(url: DatabaseUrl, limit: Duration) -> Self {
        Self { url: url.with_deadlines(), limit }
    }

    /// The file, where it is one.
    pub(crate) fn file(&self) -> Option<&Path> {
        match &self.url {
            DatabaseUrl::Sqlite(path) => Some(path),
            DatabaseUrl::Postgres(_) => None,
        }
    }

    /// How long a statement may be without an answer.
    pub(crate) fn limit(&self, patience: StatementPatience) -> Duration {
        match patience {
            StatementPatience::Short => self.limit,
            StatementPatience::Long => self.limit * LONG,
        }
    }

    /// How long somebody may have it asked one thing after the other: on PostgreSQL as long as four
    /// statements may take; on SQLite, whose statements take so long only behind others that write, as
    /// long as one.
    pub(crate) fn patience(&self) -> Duration {
        match self.url {
            DatabaseUrl::Postgres(_) => 4 * self.limit,
            DatabaseUrl::Sqlite(_) => self.limit,
        }
    }

    /// Connects, by the URL's scheme alone: a database that is down never becomes another. Where
    /// the network lies between, with a hold on the socket, if one is to be had. Nothing has an
    /// end yet.
    pub(crate) fn open(&self) -> ConnectionResult<(DbConnection, Option<Grip>)> {
        let Some((url, mark)) = self.url.marked() else {
            return Ok((self.open_patiently()?, None));
        };
        let connection = PgConnection::establish(&url)?;
        Ok((DbConnection::Postgres(connection), Grip::take(mark)))
    }

    /// Has everything on `connection` come to an end in time.
    pub(crate) fn set_deadlines(&self, connection: &mut DbConnection) -> ConnectionResult<()> {
        match connection {
            DbConnection::Sqlite(_) => Ok(()),
            DbConnection::Postgres(postgres) => {
                postgres.batch_execute(&deadlines(self.limit)).map_err(unfit)
            }
        }
    }

    /// Connects for whoever changes the schema: that takes as long as it takes, and waits for
    /// whoever is at it already.
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

/// Makes the file before SQLite does, which would let others read it; what SQLite puts beside it
/// has its mode (unixopen `findCreateFileMode`). A link in its place is refused.
fn make_file(path: &str) -> ConnectionResult<()> {
    // What SQLite takes for something else than the name of a file.
    if path.starts_with(':') || path.starts_with("file:") {
        return Ok(());
    }
    private_file::make(Path::new(path))
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
    pub(crate) fn answers(&mut self) -> bool {
        self.batch_execute("SELECT 1").is_ok()
    }

    /// Lets statements take as long as that, but for a moment in which PostgreSQL says so.
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

    /// As README and ARCHITECTURE say.
    #[test]
    fn nobody_is_left_without_an_answer_for_longer_than_15_seconds() {
        let patience = |url: &str| {
            Manager::new(DatabaseUrl::parse(url).unwrap(), STATEMENT_LIMIT).patience().as_secs()
        };
        assert_eq!(patience("sqlite:cargo.db"), 15);
        assert_eq!(patience("postgres://h/db"), 12);
    }
}
