//! Migrations, embedded: `migrations/sqlite` or `migrations/postgres`; and what is done in Rust behind
//! them.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::connection::SimpleConnection as _;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::connection::DbConnection;
use super::error::StoreError;
use super::group_split;
use super::write::Session;

const POSTGRES: EmbeddedMigrations = embed_migrations!("../migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("../migrations/sqlite");

/// Serialises migrating servers on PostgreSQL. The number is arbitrary and must not change.
const ADVISORY_LOCK: i64 = 0x5A11_CA60;

/// The schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
#[error("migration failed: {0}")]
pub struct MigrationError(pub(super) Box<dyn std::error::Error + Send + Sync>);

impl From<diesel::ConnectionError> for MigrationError {
    fn from(error: diesel::ConnectionError) -> Self {
        Self(error.into())
    }
}

impl From<diesel::result::Error> for MigrationError {
    fn from(error: diesel::result::Error) -> Self {
        Self(error.into())
    }
}

impl From<StoreError> for MigrationError {
    fn from(error: StoreError) -> Self {
        Self(error.into())
    }
}

/// Applies what is missing, one server at a time.
pub(super) fn run(
    session: &mut Session<'_>,
    now: DateTime<Utc>,
) -> Result<Vec<String>, MigrationError> {
    lock(session.connection, "lock")?;
    let applied = schema(session.connection).and_then(|applied| {
        group_split::split_all(session, now)?;
        Ok(applied)
    });
    lock(session.connection, "unlock")?;
    applied
}

/// SQLite has one writer anyway.
fn lock(connection: &mut DbConnection, verb: &str) -> QueryResult<()> {
    match connection {
        DbConnection::Sqlite(_) => Ok(()),
        DbConnection::Postgres(postgres) => {
            postgres.batch_execute(&format!("SELECT pg_advisory_{verb}({ADVISORY_LOCK})"))
        }
    }
}

fn schema(connection: &mut DbConnection) -> Result<Vec<String>, MigrationError> {
    match connection {
        DbConnection::Sqlite(sqlite) => {
            // The file remembers its journal mode. Readers then never wait for a writer.
            sqlite.batch_execute("PRAGMA journal_mode = WAL")?;
            apply(sqlite, SQLITE)
        }
        DbConnection::Postgres(postgres) => apply(postgres, POSTGRES),
    }
}

fn apply<DB: Backend>(
    harness: &mut impl MigrationHarness<DB>,
    migrations: EmbeddedMigrations,
) -> Result<Vec<String>, MigrationError> {
    let applied = harness.run_pending_migrations(migrations).map_err(MigrationError)?;
    Ok(applied.iter().map(ToString::to_string).collect())
}

/// The names of the migrations that are missing, or not finished.
pub(super) fn pending(connection: &mut DbConnection) -> Result<Vec<String>, StoreError> {
    let pending = match connection {
        DbConnection::Sqlite(sqlite) => names(sqlite.pending_migrations(SQLITE)),
        DbConnection::Postgres(postgres) => names(postgres.pending_migrations(POSTGRES)),
    };
    let pending = pending.map_err(StoreError::Unavailable)?;
    if pending.is_empty() && group_split::is_due(connection)? {
        return Ok(vec![group_split::NAME.to_owned()]);
    }
    Ok(pending)
}

type Pending<DB> = diesel::migration::Result<Vec<Box<dyn diesel::migration::Migration<DB>>>>;

fn names<DB: Backend>(pending: Pending<DB>) -> diesel::migration::Result<Vec<String>> {
    Ok(pending?.iter().map(|migration| migration.name().to_string()).collect())
}
