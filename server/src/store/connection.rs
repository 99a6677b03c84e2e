//! One connection type over both databases, and the pool's way to make one.

use std::path::Path;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::sqlite::SqliteConnection;
use diesel::{Connection as _, ConnectionError, ConnectionResult, RunQueryDsl as _};

use super::database_url::DatabaseUrl;
use super::error::StoreError;
use super::grip::Grip;
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

/// What rows are read from and written to, as derives name it.
#[expect(dead_code, reason = "derives name it where nothing runs")]
pub(super) type Backend = <DbConnection as diesel::Connection>::Backend;

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
