//! Migrations, embedded: `migrations/sqlite` or `migrations/postgres`; and what is done in Rust behind
//! them.

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
/// How often a server that waits for its turn looks whether it is.
const LOOK: Duration = Duration::from_millis(100);

/// The schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// The database cannot be reached.
    #[error("the database is not available: {0}")]
    Away(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A newer program has been here.
    #[error("{0}")]
    Newer(NewerSchema),
    /// A migration did not go through.
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

/// How the database's schema stands to what this program needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schema {
    /// The migrations that are missing, or not finished, by their names.
    pub missing: Vec<String>,
    /// The migrations that this program does not know, by their versions.
    pub unknown: Vec<String>,
}

impl Schema {
    /// Refuses a schema that is newer than this program.
    ///
    /// # Errors
    /// It has migrations that this program does not know.
    pub fn demand_known(&self) -> Result<(), NewerSchema> {
        if self.unknown.is_empty() {
            return Ok(());
        }
        Err(NewerSchema(self.unknown.clone()))
    }
}

/// Applies what is missing, and has `finish` do the rest in the same turn. Other processes that
/// migrate are waited for, however long that takes.
pub(crate) fn run<E: QueryError + std::error::Error + Sync>(
    manager: &Manager,
    finish: impl FnOnce(&mut DbConnection) -> Result<(), E>,
) -> Result<Vec<String>, MigrationError> {
    let _alone = manager.file().and_then(lock_directory);
    let connection = &mut manager.open_patiently()?;
    // Until something is written it may go away, and be waited for.
    wait_for_turn(connection).map_err(|error| MigrationError::Away(error.into()))?;
    let schema_state =
        schema_state(connection).map_err(|error| MigrationError::Away(error.into()))?;
    schema_state.demand_known().map_err(MigrationError::Newer)?;
    let applied = schema(connection)?;
    finish(connection).map_err(|error| MigrationError::Failed(error.into()))?;
    // On PostgreSQL the turn ends with the connection.
    Ok(applied)
}

/// SQLite lets nobody wait who makes a new file's journal, or who has begun to read. A lock on
/// the file itself would be taken from SQLite's own (POSIX locks end with the first descriptor
/// that is closed), one on a file of ours would be litter: so it is the directory that is locked.
/// Where the file system cannot do that, as some over a network, SQLite's own lock has to do.
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

/// Waits as long as others migrate on PostgreSQL. The lock is asked for again and again: a statement
/// that waits holds a snapshot, for which an index that is built beside the others' work would wait
/// in turn.
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
            // The file remembers its journal mode. Readers then never wait for a writer.
            sqlite.batch_execute("PRAGMA journal_mode = WAL")?;
            // Whoever has read cannot wait for the right to write: it is taken first.
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

/// How the schema stands. Nothing is written, not even to a database without any.
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

/// The names of this program's migrations by their versions.
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

/// The versions that were applied, the oldest first.
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

/// Asks what is answered by yes or no.
fn is_so<'query, C>(connection: &mut C, question: &'query str) -> QueryResult<bool>
where
    C: Connection,
    SqlQuery: LoadQuery<'query, C, YesNo>,
{
    diesel::sql_query(question).get_result::<YesNo>(connection).map(|answer| answer.yes)
}
