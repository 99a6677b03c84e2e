//! The migrations, embedded from `migrations/sqlite` and `migrations/postgres`, and the work in
//! Rust that follows them.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

use diesel::backend::Backend;
use diesel::connection::SimpleConnection as _;
use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::SqlQuery;
use diesel::query_dsl::LoadQuery;
use diesel::sql_types::Bool;
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::connection::{DbConnection, Manager};
use crate::error::{DatabaseError, QueryError};
use crate::tables::group_split;

const POSTGRES: EmbeddedMigrations = embed_migrations!("../migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("../migrations/sqlite");

/// Serialises migrating servers on PostgreSQL. The number is arbitrary and must not change.
const ADVISORY_LOCK: i64 = 0x5A11_CA60;
/// How often a waiting server tries to take the migration lock.
const LOOK: Duration = Duration::from_millis(100);

/// Why the schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// The database cannot be reached.
    #[error("the database is not available: {0}")]
    Away(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A newer program migrated the database.
    #[error("{0}")]
    Newer(NewerSchema),
    /// A migration failed.
    #[error("migration failed: {0}")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<diesel::ConnectionError> for MigrationError {
    fn from(error: diesel::ConnectionError) -> Self {
        Self::Away(error.into())
    }
}

impl From<diesel::result::Error> for MigrationError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// The database's schema has migrations that this program does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the database's schema is newer than this program, which does not know migration {list}: use \
     the release that added it, or a later one",
    list = .0.join(", ")
)]
pub struct NewerSchema(Vec<String>);

/// How the database's schema differs from what this program needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schema {
    /// The names of the migrations that are missing or unfinished.
    pub missing: Vec<String>,
    /// The versions of the migrations that this program does not know.
    pub unknown: Vec<String>,
}

impl Schema {
    /// Refuses a schema that is newer than this program.
    ///
    /// # Errors
    /// [`NewerSchema`] if the database has migrations that this program does not know.
    pub fn demand_known(&self) -> Result<(), NewerSchema> {
        if self.unknown.is_empty() {
            return Ok(());
        }
        Err(NewerSchema(self.unknown.clone()))
    }
}

/// Applies the missing migrations and runs `finish` under the same lock. Waits without a limit
/// while another process migrates.
pub(crate) fn run<E: QueryError + std::error::Error + Sync>(
    manager: &Manager,
    finish: impl FnOnce(&mut DbConnection) -> Result<(), E>,
) -> Result<Vec<String>, MigrationError> {
    let _alone = manager.file().and_then(lock_directory);
    let connection = &mut manager.open_patiently()?;
    // Nothing is written up to here, so a failure counts as an unavailable database.
    wait_for_turn(connection).map_err(|error| MigrationError::Away(error.into()))?;
    let schema_state =
        schema_state(connection).map_err(|error| MigrationError::Away(error.into()))?;
    schema_state.demand_known().map_err(MigrationError::Newer)?;
    let applied = schema(connection)?;
    finish(connection).map_err(|error| MigrationError::Failed(error.into()))?;
    // On PostgreSQL the lock is released when the connection closes.
    Ok(applied)
}

/// Locks the directory of the SQLite file, so that migrating processes wait for one another.
///
/// SQLite itself does not wait for a process that creates a new file's journal, nor after a read. A
/// lock on the database file would disturb SQLite's own locks (POSIX locks end when any descriptor
/// of the file is closed), and a separate lock file would be litter. `None` if the file system
/// cannot lock a directory, as some network file systems; SQLite's own lock has to do then.
fn lock_directory(file: &Path) -> Option<File> {
    let file = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let directory = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let directory = File::open(directory).ok()?;
    match directory.try_lock() {
        Ok(()) => return Some(directory),
        Err(TryLockError::WouldBlock) => {
            log::info!("waiting for another process that migrates the database");
        }
        Err(TryLockError::Error(_)) => return None,
    }
    directory.lock().is_ok().then_some(directory)
}

/// Waits until no other process migrates on PostgreSQL. It polls for the lock, because a waiting
/// statement holds a snapshot, and `CREATE INDEX CONCURRENTLY` of the other process would wait for
/// that snapshot in turn.
fn wait_for_turn(connection: &mut DbConnection) -> QueryResult<()> {
    let DbConnection::Postgres(postgres) = connection else { return Ok(()) };
    let lock = format!("SELECT pg_try_advisory_lock({ADVISORY_LOCK}) AS yes");
    while !is_so(postgres, &lock)? {
        std::thread::sleep(LOOK);
    }
    Ok(())
}

fn schema(connection: &mut DbConnection) -> Result<Vec<String>, MigrationError> {
    match connection {
        DbConnection::Sqlite(sqlite) => {
            // The journal mode is stored in the file. With WAL, readers never wait for a writer.
            sqlite.batch_execute("PRAGMA journal_mode = WAL")?;
            // A transaction that has read cannot wait for the write lock, so it is taken first.
            sqlite.immediate_transaction(|sqlite| apply(sqlite, SQLITE))
        }
        DbConnection::Postgres(postgres) => apply(postgres, POSTGRES),
    }
}

fn apply<DB: Backend>(
    harness: &mut impl MigrationHarness<DB>,
    migrations: EmbeddedMigrations,
) -> Result<Vec<String>, MigrationError> {
    let applied = harness.run_pending_migrations(migrations).map_err(MigrationError::Failed)?;
    Ok(applied.iter().map(ToString::to_string).collect())
}

/// Compares the schema with this program's migrations. Reads only, even on an empty database.
pub fn schema_state(connection: &mut DbConnection) -> Result<Schema, DatabaseError> {
    let mut known = match connection {
        DbConnection::Sqlite(_) => names::<Sqlite>(&SQLITE),
        DbConnection::Postgres(_) => names::<Pg>(&POSTGRES),
    }
    .map_err(DatabaseError::Unavailable)?;
    let applied = applied(connection)?;
    let unknown = applied.into_iter().filter(|version| known.remove(version).is_none()).collect();
    let mut missing: Vec<String> = known.into_values().collect();
    if missing.is_empty() && group_split::is_due(connection)? {
        missing.push(group_split::PENDING.to_owned());
    }
    Ok(Schema { missing, unknown })
}

/// The names of this program's migrations, by version.
fn names<DB: Backend>(
    migrations: &EmbeddedMigrations,
) -> diesel::migration::Result<BTreeMap<String, String>> {
    let all = MigrationSource::<DB>::migrations(migrations)?;
    let names = all.iter().map(|migration| migration.name());
    Ok(names.map(|name| (name.version().to_string(), name.to_string())).collect())
}

diesel::table! {
    __diesel_schema_migrations (version) {
        version -> Text,
    }
}

/// The versions of the applied migrations, oldest first.
fn applied(connection: &mut DbConnection) -> QueryResult<Vec<String>> {
    use __diesel_schema_migrations as dsl;
    let is_there = match connection {
        DbConnection::Sqlite(sqlite) => is_so(
            sqlite,
            "SELECT count(*) > 0 AS yes FROM sqlite_master \
             WHERE type = 'table' AND name = '__diesel_schema_migrations'",
        ),
        DbConnection::Postgres(postgres) => {
            is_so(postgres, "SELECT to_regclass('__diesel_schema_migrations') IS NOT NULL AS yes")
        }
    };
    if !is_there? {
        return Ok(Vec::new());
    }
    dsl::table.order(dsl::version).select(dsl::version).load(connection)
}

#[derive(diesel::QueryableByName)]
struct YesNo {
    #[diesel(sql_type = Bool)]
    yes: bool,
}

/// Runs a query that answers yes or no.
fn is_so<'query, C>(connection: &mut C, question: &'query str) -> QueryResult<bool>
where
    C: Connection,
    SqlQuery: LoadQuery<'query, C, YesNo>,
{
    diesel::sql_query(question).get_result::<YesNo>(connection).map(|answer| answer.yes)
}
