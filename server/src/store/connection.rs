//! One connection type over both databases, and the pool's way to make one.

use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::r2d2::{self, R2D2Connection};
use diesel::sqlite::SqliteConnection;
use diesel::{Connection as _, ConnectionError, ConnectionResult, RunQueryDsl as _};

use super::error::StoreError;
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

/// Shows the kind and the file, never a password.
impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Postgres(_) => f.write_str("postgres://…"),
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
        }
    }
}

/// Makes connections for the pool.
#[derive(Debug)]
pub(super) struct Manager(pub(super) DatabaseUrl);

impl Manager {
    /// Connects, by the URL's scheme alone: a database that is down never becomes another.
    pub(super) fn open(&self) -> ConnectionResult<DbConnection> {
        match &self.0 {
            DatabaseUrl::Postgres(url) => {
                let mut connection = PgConnection::establish(url)?;
                connection
                    .batch_execute(
                        "SET statement_timeout = '10s'; SET lock_timeout = '5s'; \
                         SET idle_in_transaction_session_timeout = '30s';",
                    )
                    .map_err(ConnectionError::CouldntSetupConfiguration)?;
                Ok(DbConnection::Postgres(connection))
            }
            DatabaseUrl::Sqlite(path) => {
                let path = path.to_str().ok_or_else(|| {
                    ConnectionError::InvalidConnectionUrl("the path is not UTF-8".to_owned())
                })?;
                make_file(path)?;
                let mut connection = SqliteConnection::establish(path)?;
                connection
                    .batch_execute(
                        "PRAGMA busy_timeout = 10000; PRAGMA synchronous = FULL; \
                         PRAGMA foreign_keys = ON;",
                    )
                    .map_err(ConnectionError::CouldntSetupConfiguration)?;
                Ok(DbConnection::Sqlite(connection))
            }
        }
    }
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

impl r2d2::ManageConnection for Manager {
    type Connection = DbConnection;
    type Error = r2d2::Error;

    fn connect(&self) -> Result<DbConnection, r2d2::Error> {
        self.open().map_err(r2d2::Error::ConnectionError)
    }

    fn is_valid(&self, connection: &mut DbConnection) -> Result<(), r2d2::Error> {
        connection.ping().map_err(r2d2::Error::QueryError)
    }

    fn has_broken(&self, connection: &mut DbConnection) -> bool {
        std::thread::panicking() || connection.is_broken()
    }
}

/// Orders those who write stores and projects on PostgreSQL. The number is arbitrary and must not
/// change.
const ADVISORY_LOCK: i64 = 0x5A11_57A6;

/// Runs `write`, which bears on no single project, as the only such transaction there is: what it
/// reads stays true until it is done. SQLite takes its write lock first, since a transaction that
/// has read already cannot wait for it.
pub(super) fn exclusive<T>(
    connection: &mut DbConnection,
    write: impl FnOnce(&mut DbConnection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    connection.transaction(|connection| {
        match connection {
            DbConnection::Sqlite(sqlite) => {
                sqlite.batch_execute("UPDATE project_head SET revision = revision WHERE 0")?;
            }
            DbConnection::Postgres(postgres) => {
                let lock = format!("SELECT pg_advisory_xact_lock({ADVISORY_LOCK})");
                postgres.batch_execute(&lock)?;
            }
        }
        write(connection)
    })
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
pub(super) fn enter(connection: &mut DbConnection, project: &ProjectId) -> Result<(), StoreError> {
    if let DbConnection::Postgres(postgres) = connection {
        postgres.batch_execute(&tenant_is(project.as_str()))?;
    }
    Ok(())
}

/// Opens what belongs to no project: what operators create.
pub(super) fn enter_nowhere(connection: &mut DbConnection) -> Result<(), StoreError> {
    if let DbConnection::Postgres(postgres) = connection {
        postgres.batch_execute(&tenant_is(""))?;
    }
    Ok(())
}

/// Opens the operators' trail: what they did, wherever that was, and what is no project's.
pub(super) fn enter_operators(connection: &mut DbConnection) -> Result<(), StoreError> {
    if let DbConnection::Postgres(postgres) = connection {
        postgres.batch_execute(&format!("{}; SET LOCAL sail.operators = 'yes'", tenant_is("")))?;
    }
    Ok(())
}

/// Opens the row of one API key to the transaction that is running: who presents it has proved
/// no project yet.
pub(super) fn enter_with_key(connection: &mut DbConnection, key: &KeyId) -> Result<(), StoreError> {
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
