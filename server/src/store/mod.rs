//! State: SQLite or PostgreSQL behind one async bridge.
//!
//! Queries are plain functions of a connection, one file per table; each takes the project, so
//! that none crosses tenants. What comes out are domain types, never rows.

mod ailment;
mod api_keys;
mod audit;
mod authority;
mod buckets;
mod cache;
mod ceilings;
mod change_log;
mod changes;
mod connection;
mod database_url;
mod error;
mod examine;
mod feeds;
mod grants;
mod grip;
mod group_split;
mod groups;
mod history;
mod idempotency;
mod membership;
mod migrate;
mod pool;
mod probes;
mod projects;
mod reservations;
mod revision;
mod rows;
mod schema;
mod seals;
mod storage_accounts;
mod users;
mod vault;
mod vitals;
mod write;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};

pub use api_keys::{BadKey, KeyEdit, KeyFlaw, LiveKeys, NewKey, PresentedKey, StoredKey};
pub use audit::{
    AuditFilter, AuditLimits, AuditPlace, AuditRoom, Decision, Failures, OperatorAct, Pruned,
    SignedRequest, SpoolError, Text,
};
pub use buckets::{BUCKET_TAKEN, Bucket, BucketEdit, Labels, NOT_SHOWN, Shown};
pub use cache::MAX_STALENESS;
pub use ceilings::KeptCeiling;
#[cfg(test)]
pub(crate) use change_log::golden;
pub use change_log::{
    ApiKeyRecord, BucketRecord, GrantRecord, GroupRecord, LoggedRow, MemberRecord, ProjectRecord,
    Sides,
};
pub use changes::LoggedChange;
pub use connection::STATEMENT_LIMIT;
pub use database_url::DatabaseUrl;
pub use error::StoreError;
pub use examine::Examined;
pub use feeds::Look;
pub use grants::{
    EditOptions, EditSummary, GrantEdit, GrantFilter, GrantKey, GrantState, Listed, Position,
    Precondition, StoredGrant,
};
pub use group_split::TokensLeftOut;
pub use history::When;
pub use idempotency::Reply;
pub use membership::Membership;
pub use migrate::{MigrationError, NewerSchema, Schema};
pub use projects::{NewProject, Project, ProjectEdit, Settings};
pub use reservations::{BucketReservation, Found, Said, Unsettled};
pub use seals::{ForeignKey, Seals};
pub use storage_accounts::{NewStore, StorageAccount};
pub use users::BucketAccess;
pub use vault::{DerivedKey, InvalidMasterKey, MasterKey};

use crate::clock::Clock;
use crate::domain::{At, ProjectId, Revision};
use api_keys::UnknownKeys;
use cache::ProjectCache;
use connection::{DbConnection, Manager, snapshot};
use pool::{Patience, Pool, QueryHandle};
use write::Session;

/// The database, and the master key for the secrets in it. Cheap to clone.
#[derive(Clone)]
pub struct Database {
    pool: Pool,
    manager: Manager,
    patience: Patience,
    master_key: Arc<MasterKey>,
    cache: Arc<ProjectCache>,
    unknown_keys: Arc<UnknownKeys>,
    queries: Arc<AtomicU64>,
    sink: audit::AuditSink,
    vitals: Arc<vitals::Vitals>,
    watch: audit::Watch,
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
        let manager = Manager::new(url, limit);
        Self {
            pool: Pool::new(manager.clone(), connections),
            manager,
            patience: Patience::Short,
            master_key: Arc::new(master_key),
            cache: Arc::new(ProjectCache::new(Duration::ZERO, Clock::system())),
            unknown_keys: Arc::new(UnknownKeys::new(Duration::ZERO)),
            queries: Arc::default(),
            sink: audit::AuditSink::direct(),
            vitals: Arc::default(),
            watch: audit::Watch::blind(),
        }
    }

    /// How long somebody may have it asked one thing after the other.
    pub(crate) fn patience(&self) -> Duration {
        self.manager.patience()
    }

    /// The same database, with a cache: what is signed is judged by data that was the newest
    /// there was at most `max_staleness` ago, by `clock`. Nothing is remembered until
    /// [`Database::run_refresher`] runs.
    #[must_use]
    pub fn with_cache(self, max_staleness: Duration, clock: Clock) -> Self {
        let unknown_keys = Arc::new(UnknownKeys::new(max_staleness));
        Self { cache: Arc::new(ProjectCache::new(max_staleness, clock)), unknown_keys, ..self }
    }

    /// How often a request has asked the database something. Audit events on their way there, and
    /// what keeps the cache up to date, do not count: nobody waits for the one in a spool, or for
    /// the other.
    pub fn queries(&self) -> u64 {
        self.queries.load(Ordering::Relaxed)
    }

    /// Applies the migrations that are missing and returns their names. What they change in a
    /// project is changed at `now`.
    ///
    /// # Errors
    /// The database is not there, or a migration failed.
    pub async fn migrate(&self, now: DateTime<Utc>) -> Result<Vec<String>, MigrationError> {
        let (manager, cache) = (self.manager.clone(), self.cache.clone());
        tokio::task::spawn_blocking(move || migrate::run(&manager, &cache, now))
            .await
            .map_err(|error| MigrationError::Failed(error.into()))?
    }

    /// Whether PostgreSQL lets this server's role see every tenant's rows, whatever a transaction
    /// named: superusers and roles with BYPASSRLS.
    ///
    /// # Errors
    /// The database is not there.
    pub async fn bypasses_row_security(&self) -> Result<bool, StoreError> {
        self.run(|connection| match connection {
            DbConnection::Sqlite(_) => Ok(false),
            DbConnection::Postgres(postgres) => Ok(connection::bypasses_row_security(postgres)?),
        })
        .await
    }

    /// How the database's schema stands to this program.
    ///
    /// # Errors
    /// The database is not there.
    pub async fn schema(&self) -> Result<Schema, StoreError> {
        self.run_aside(migrate::schema_state).await
    }

    /// Reads the project's rows at one revision, no older than the one asked for.
    fn read<T: Send + 'static>(
        &self,
        project: ProjectId,
        at_least: Option<Revision>,
        read: impl FnOnce(&mut DbConnection, Revision) -> Result<T, StoreError> + Send + 'static,
    ) -> QueryHandle<At<T>> {
        self.run(move |connection| {
            snapshot(connection, &project, |connection| {
                let revision = revision::head(connection, &project)?;
                revision.demand(at_least)?;
                Ok(At { value: read(connection, revision)?, revision })
            })
        })
    }

    /// Runs `change`, which may change a project.
    fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Session<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> QueryHandle<T> {
        let cache = self.cache.clone();
        self.run(move |connection| change(&mut Session { connection, cache: &cache }))
    }

    /// The same database, for what reads or writes much.
    fn patient(&self) -> Self {
        Self { patience: Patience::Long, ..self.clone() }
    }

    /// Asks the database for somebody who waits: the server's only bridge to it, with
    /// [`Database::run_aside`].
    fn run<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut DbConnection) -> Result<T, StoreError> + Send + 'static,
    ) -> QueryHandle<T> {
        self.queries.fetch_add(1, Ordering::Relaxed);
        self.run_aside(query)
    }

    /// The same of what no request waits for.
    fn run_aside<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut DbConnection) -> Result<T, StoreError> + Send + 'static,
    ) -> QueryHandle<T> {
        let vitals = self.vitals.clone();
        self.pool.ask(self.patience, move |connection| {
            query(connection).inspect_err(|error| vitals.note(error))
        })
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").field("manager", &self.manager).finish_non_exhaustive()
    }
}
