//! The handle on the database: the only bridge from async code to it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use metrics::Histogram;

use crate::ailment::{self, Ailment};
use crate::auth_seal::AuthSeal;
use crate::connection::{DbConnection, Manager, STATEMENT_LIMIT};
use crate::domain::{At, ProjectId, Revision};
use crate::error::{DatabaseError, QueryError};
use crate::migrate::{self, MigrationError, Schema};
use crate::patience::StatementPatience;
use crate::pool::{Pool, QueryHandle, Shared};
use crate::session_seal::SessionSeal;
use crate::spare_room;
use crate::tables::project_heads;
use crate::tenancy;
use crate::transaction::snapshot;
use crate::url::DatabaseUrl;
use crate::vault::{DerivedKey, MasterKey};

/// The database and the master key for the secrets in it. Cheap to clone.
#[derive(Clone)]
pub struct Database {
    pool: Pool,
    manager: Arc<Manager>,
    patience: StatementPatience,
    master_key: Arc<MasterKey>,
    queries: Arc<AtomicU64>,
    damaged: Arc<AtomicBool>,
}

impl Database {
    /// Opens the database with at most `connections` connections, which are opened when they are
    /// needed. So a database that is down does not prevent the start.
    pub fn open(url: DatabaseUrl, connections: u32, master_key: MasterKey) -> Self {
        Self::open_within(url, connections, STATEMENT_LIMIT, master_key)
    }

    /// Like [`Database::open`], with a limit on statements on PostgreSQL: a statement without an
    /// answer within `limit` is given up. Statements that read or write much have ten times as
    /// long.
    pub fn open_within(
        url: DatabaseUrl,
        connections: u32,
        limit: Duration,
        master_key: MasterKey,
    ) -> Self {
        let manager = Arc::new(Manager::new(url, limit));
        Self {
            pool: Pool::new(manager.clone(), connections),
            manager,
            patience: StatementPatience::Short,
            master_key: Arc::new(master_key),
            queries: Arc::default(),
            damaged: Arc::default(),
        }
    }

    /// The path of the SQLite file; `None` on PostgreSQL.
    pub fn file(&self) -> Option<&Path> {
        self.manager.file()
    }

    /// The key that seals the page tokens of a project's listings; `None` is for the listings of
    /// operators.
    pub fn page_key(&self, project: Option<&ProjectId>) -> DerivedKey {
        let whose = project.map_or("operators", ProjectId::as_str);
        self.master_key.derive(&format!("page-token/v1/{whose}"))
    }

    /// The key of the fingerprints of requests that may hold a password.
    pub fn fingerprint_key(&self) -> DerivedKey {
        self.master_key.derive("request-fingerprint/v1")
    }

    /// What the tokens of sessions are sealed with.
    pub fn session_seal(&self) -> SessionSeal {
        SessionSeal::new(Arc::clone(&self.master_key))
    }

    /// What refresh tokens and invitations are made with.
    pub fn auth_seal(&self) -> AuthSeal {
        AuthSeal::new(&self.master_key)
    }

    /// The key that seals the secrets in the database.
    pub fn master_key(&self) -> &Arc<MasterKey> {
        &self.master_key
    }

    /// How long one caller may wait for a series of statements.
    pub fn patience(&self) -> Duration {
        self.manager.patience()
    }

    /// The same database with the longer limit for statements that read or write much.
    #[must_use]
    pub fn patient(&self) -> Self {
        Self { patience: StatementPatience::Long, ..self.clone() }
    }

    /// How many queries callers have waited for since the start. [`Database::run`] counts them.
    pub fn queries(&self) -> u64 {
        self.queries.load(Ordering::Relaxed)
    }

    /// Whether a query has met damaged data since the start.
    pub fn has_met_damage(&self) -> bool {
        self.damaged.load(Ordering::Relaxed)
    }

    /// The threads that own the connections, for callers that queue jobs of their own.
    pub fn threads(&self) -> &Arc<Shared> {
        self.pool.shared()
    }

    /// Records in `seconds` how long each query waits for a connection. Only the first call counts.
    pub fn measure_waits(&self, seconds: Histogram) {
        self.pool.shared().measure_waits(seconds);
    }

    /// Whether the database counts as unreachable. Most queries are then refused at once; from time
    /// to time one is let through to try.
    pub fn is_given_up(&self) -> bool {
        self.pool.shared().is_given_up()
    }

    /// Runs a query that a request waits for.
    pub fn run<T: Send + 'static, E: QueryError>(
        &self,
        query: impl FnOnce(&mut DbConnection) -> Result<T, E> + Send + 'static,
    ) -> QueryHandle<T, E> {
        self.queries.fetch_add(1, Ordering::Relaxed);
        self.run_aside(query)
    }

    /// Runs a query that no request waits for.
    pub fn run_aside<T: Send + 'static, E: QueryError>(
        &self,
        query: impl FnOnce(&mut DbConnection) -> Result<T, E> + Send + 'static,
    ) -> QueryHandle<T, E> {
        let damaged = self.damaged.clone();
        self.pool.ask(self.patience, move |connection| {
            query(connection).inspect_err(|error| {
                if error.of_database().map(ailment::of) == Some(Ailment::Damaged) {
                    damaged.store(true, Ordering::Relaxed);
                }
            })
        })
    }

    /// Reads the project's rows at one revision, which is no older than `at_least`.
    pub fn read<T: Send + 'static, E: QueryError>(
        &self,
        project: ProjectId,
        at_least: Option<Revision>,
        read: impl FnOnce(&mut DbConnection, Revision) -> Result<T, E> + Send + 'static,
    ) -> QueryHandle<At<T>, E> {
        self.run(move |connection| {
            snapshot(connection, &project, |connection| {
                let revision = project_heads::revision(connection, &project)?;
                revision.demand(at_least).map_err(DatabaseError::from)?;
                Ok(At { value: read(connection, revision)?, revision })
            })
        })
    }

    /// Applies the missing migrations, runs `finish` for the part of them that is Rust code, and
    /// returns the names of the migrations. Waits while another process migrates.
    ///
    /// # Errors
    /// [`MigrationError::Away`] if the database cannot be reached; [`MigrationError::Newer`] if a
    /// newer program migrated it; [`MigrationError::Failed`] if a migration fails.
    pub async fn migrate<E: QueryError + std::error::Error + Sync>(
        &self,
        finish: impl FnOnce(&mut DbConnection) -> Result<(), E> + Send + 'static,
    ) -> Result<Vec<String>, MigrationError> {
        let manager = self.manager.clone();
        tokio::task::spawn_blocking(move || migrate::run(&manager, finish))
            .await
            .map_err(|error| MigrationError::Failed(error.into()))?
    }

    /// Compares the database's schema with what this program needs.
    ///
    /// # Errors
    /// [`DatabaseError::Unavailable`] if the database does not answer.
    pub async fn schema(&self) -> Result<Schema, DatabaseError> {
        self.run_aside(migrate::schema_state).await
    }

    /// Whether PostgreSQL shows this server's role the rows of every tenant, whichever project a
    /// transaction names. That is so for superusers and roles with BYPASSRLS.
    ///
    /// # Errors
    /// [`DatabaseError::Unavailable`] if the database does not answer.
    pub async fn bypasses_row_security(&self) -> Result<bool, DatabaseError> {
        self.run(|connection| match connection {
            DbConnection::Sqlite(_) => Ok(false),
            DbConnection::Postgres(postgres) => Ok(tenancy::bypasses_row_security(postgres)?),
        })
        .await
    }

    /// Unused bytes in the SQLite file, such as those of deleted rows; 0 on PostgreSQL. No request
    /// waits for this query.
    ///
    /// # Errors
    /// [`DatabaseError::Unavailable`] if the database does not answer.
    pub async fn spare_bytes(&self) -> Result<u64, DatabaseError> {
        self.run_aside(spare_room::bytes).await
    }

    /// Whether a connection of the pool answers.
    ///
    /// # Errors
    /// [`DatabaseError::Unavailable`] if no connection answers.
    pub async fn ping(&self) -> Result<(), DatabaseError> {
        self.run_aside(|connection| Ok(connection.batch_execute("SELECT 1")?)).await
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").field("manager", &self.manager).finish_non_exhaustive()
    }
}
