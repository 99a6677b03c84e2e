//! A handle on the database: the one async bridge to it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use metrics::Histogram;

use crate::ailment::{self, Ailment};
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

/// The database, and the master key for the secrets in it. Cheap to clone.
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
    /// Opens it with at most `connections`, made when they are needed: a database that is down now is
    /// no reason not to start.
    pub fn open(url: DatabaseUrl, connections: u32, master_key: MasterKey) -> Self {
        Self::open_within(url, connections, STATEMENT_LIMIT, master_key)
    }

    /// The same, where a statement that PostgreSQL does not answer within `limit` is given up; those
    /// that read or write much within ten times that.
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

    /// Its file, where it is one.
    pub fn file(&self) -> Option<&Path> {
        self.manager.file()
    }

    /// What the page tokens of a project's listings are sealed with; those of listings that are
    /// no project's, where there is none.
    pub fn page_key(&self, project: Option<&ProjectId>) -> DerivedKey {
        let whose = project.map_or("operators", ProjectId::as_str);
        self.master_key.derive(&format!("page-token/v1/{whose}"))
    }

    /// What the tokens of sessions are sealed with.
    pub fn session_seal(&self) -> SessionSeal {
        SessionSeal::new(Arc::clone(&self.master_key))
    }

    /// The key that seals the secrets in it.
    pub fn master_key(&self) -> &Arc<MasterKey> {
        &self.master_key
    }

    /// How long somebody may have it asked one thing after the other.
    pub fn patience(&self) -> Duration {
        self.manager.patience()
    }

    /// The same database, for what reads or writes much.
    #[must_use]
    pub fn patient(&self) -> Self {
        Self { patience: StatementPatience::Long, ..self.clone() }
    }

    /// How often somebody who waits has asked it something, as [`Database::run`] counts.
    pub fn queries(&self) -> u64 {
        self.queries.load(Ordering::Relaxed)
    }

    /// Whether a query has come upon damage in the database since the start.
    pub fn has_met_damage(&self) -> bool {
        self.damaged.load(Ordering::Relaxed)
    }

    /// The threads that use its connections, for whoever queues jobs of their own.
    pub fn threads(&self) -> &Arc<Shared> {
        self.pool.shared()
    }

    /// Has `seconds` told of each question how long it waited for a connection. Only the first time
    /// this is said counts.
    pub fn measure_waits(&self, seconds: Histogram) {
        self.pool.shared().measure_waits(seconds);
    }

    /// Whether it cannot be reached, and most questions are refused untried: only now and then one is
    /// let through.
    pub fn is_given_up(&self) -> bool {
        self.pool.shared().is_given_up()
    }

    /// Asks the database for somebody who waits.
    pub fn run<T: Send + 'static, E: QueryError>(
        &self,
        query: impl FnOnce(&mut DbConnection) -> Result<T, E> + Send + 'static,
    ) -> QueryHandle<T, E> {
        self.queries.fetch_add(1, Ordering::Relaxed);
        self.run_aside(query)
    }

    /// Asks the database what no request waits for.
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

    /// Reads the project's rows at one revision, no older than `at_least`.
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

    /// Applies the migrations that are missing, then has `finish` do what is left to do in Rust, and
    /// returns the names of the migrations. Whoever else is about it is waited for.
    ///
    /// # Errors
    /// The database is not there; a newer program has been here; a migration failed.
    pub async fn migrate<E: QueryError + std::error::Error + Sync>(
        &self,
        finish: impl FnOnce(&mut DbConnection) -> Result<(), E> + Send + 'static,
    ) -> Result<Vec<String>, MigrationError> {
        let manager = self.manager.clone();
        tokio::task::spawn_blocking(move || migrate::run(&manager, finish))
            .await
            .map_err(|error| MigrationError::Failed(error.into()))?
    }

    /// How the database's schema stands to this program.
    ///
    /// # Errors
    /// The database is not there.
    pub async fn schema(&self) -> Result<Schema, DatabaseError> {
        self.run_aside(migrate::schema_state).await
    }

    /// Whether PostgreSQL lets this server's role see every tenant's rows, whatever a transaction
    /// named: superusers and roles with BYPASSRLS.
    ///
    /// # Errors
    /// The database is not there.
    pub async fn bypasses_row_security(&self) -> Result<bool, DatabaseError> {
        self.run(|connection| match connection {
            DbConnection::Sqlite(_) => Ok(false),
            DbConnection::Postgres(postgres) => Ok(tenancy::bypasses_row_security(postgres)?),
        })
        .await
    }

    /// Bytes that a SQLite file has and does not use: what was removed, say. No request waits for
    /// it.
    ///
    /// # Errors
    /// The database is not there.
    pub async fn spare_bytes(&self) -> Result<u64, DatabaseError> {
        self.run_aside(spare_room::bytes).await
    }

    /// Whether a connection of the pool answers.
    ///
    /// # Errors
    /// None does.
    pub async fn ping(&self) -> Result<(), DatabaseError> {
        self.run_aside(|connection| Ok(connection.batch_execute("SELECT 1")?)).await
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").field("manager", &self.manager).finish_non_exhaustive()
    }
}
