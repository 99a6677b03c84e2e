//! Migrations, embedded: `migrations/sqlite` or `migrations/postgres`.

use diesel::backend::Backend;
use diesel::connection::SimpleConnection as _;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::connection::DbConnection;
use super::error::StoreError;

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

/// Applies what is missing, one server at a time.
pub(super) fn run(connection: &mut DbConnection) -> Result<Vec<String>, MigrationError> {
    match connection {
        DbConnection::Sqlite(sqlite) => {
            // The file remembers its journal mode. Readers then never wait for a writer.
            let wal = sqlite.batch_execute("PRAGMA journal_mode = WAL");
            wal.map_err(|error| MigrationError(error.into()))?;
            apply(sqlite, SQLITE)
        }
        DbConnection::Postgres(postgres) => {
            let lock = |verb| format!("SELECT pg_advisory_{verb}({ADVISORY_LOCK})");
            postgres.batch_execute(&lock("lock")).map_err(|error| MigrationError(error.into()))?;
            let applied = apply(postgres, POSTGRES);
            postgres
                .batch_execute(&lock("unlock"))
                .map_err(|error| MigrationError(error.into()))?;
            applied
        }
    }
}

fn apply<DB: Backend>(
    harness: &mut impl MigrationHarness<DB>,
    migrations: EmbeddedMigrations,
) -> Result<Vec<String>, MigrationError> {
    let applied = harness.run_pending_migrations(migrations).map_err(MigrationError)?;
    Ok(applied.iter().map(ToString::to_string).collect())
}

/// The names of the migrations that are missing.
pub(super) fn pending(connection: &mut DbConnection) -> Result<Vec<String>, StoreError> {
    let pending = match connection {
        DbConnection::Sqlite(sqlite) => names(sqlite.pending_migrations(SQLITE)),
        DbConnection::Postgres(postgres) => names(postgres.pending_migrations(POSTGRES)),
    };
    pending.map_err(StoreError::Unavailable)
}

type Pending<DB> = diesel::migration::Result<Vec<Box<dyn diesel::migration::Migration<DB>>>>;

fn names<DB: Backend>(pending: Pending<DB>) -> diesel::migration::Result<Vec<String>> {
    Ok(pending?.iter().map(|migration| migration.name().to_string()).collect())
}
