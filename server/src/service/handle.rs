//! The one handle on what happens in transactions.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sail_cargo_database::{
    Database, DatabaseUrl, DbConnection, MasterKey, QueryHandle, STATEMENT_LIMIT,
};

use super::error::ServiceError;
use super::recent_uses::RecentUses;
use super::session::Session;
use crate::audit::{Audit, AuditLimits, SpoolError};
use crate::cache::{ProjectCache, SnapshotAges, UnknownKeys, run_refresher};
use crate::clock::Clock;
use crate::domain::{AccessKeyId, At, KeyId, ProjectId, Revision};
use crate::metrics::Metrics;

/// What happens in transactions: the database, what is remembered of it, and the audit trail. Cheap to
/// clone.
#[derive(Clone)]
pub struct Service {
    pub(super) database: Database,
    pub(super) cache: Arc<ProjectCache>,
    pub(super) unknown_keys: Arc<UnknownKeys<KeyId>>,
    pub(super) unknown_access_keys: Arc<UnknownKeys<AccessKeyId>>,
    pub(super) access_key_uses: Arc<RecentUses<AccessKeyId>>,
    pub(super) audit: Audit,
    metrics: Arc<Metrics>,
}

impl Service {
    /// Opens the database with at most `connections`, made when they are needed: a database that is
    /// down now is no reason not to start. Nothing is remembered.
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
        let database = Database::open_within(url, connections, limit, master_key);
        let metrics = Arc::<Metrics>::default();
        Self {
            audit: Audit::new(database.clone(), metrics.clone()),
            database,
            cache: Arc::new(ProjectCache::new(Duration::ZERO, Clock::system())),
            unknown_keys: Arc::new(UnknownKeys::new(Duration::ZERO)),
            unknown_access_keys: Arc::new(UnknownKeys::new(Duration::ZERO)),
            access_key_uses: Arc::default(),
            metrics,
        }
    }

    /// The same, which measures itself by `metrics`. To be said first: what is attached later
    /// measures, too.
    #[must_use]
    pub fn with_metrics(self, metrics: Arc<Metrics>) -> Self {
        self.database.measure_waits(metrics.db_pool_wait.clone());
        Self { audit: Audit::new(self.database.clone(), metrics.clone()), metrics, ..self }
    }

    /// The same, with a cache: what is signed is judged by data that was the newest there was at most
    /// `max_staleness` ago, by `clock`. Nothing is remembered until [`Service::run_refresher`] runs.
    #[must_use]
    pub fn with_cache(self, max_staleness: Duration, clock: Clock) -> Self {
        Self {
            cache: Arc::new(ProjectCache::new(max_staleness, clock)),
            unknown_keys: Arc::new(UnknownKeys::new(max_staleness)),
            unknown_access_keys: Arc::new(UnknownKeys::new(max_staleness)),
            ..self
        }
    }

    /// The same, whose verdicts go through segment files in `directory`.
    ///
    /// # Errors
    /// The directory is not there, or is not this server's to write to.
    pub fn with_audit_spool(self, directory: &Path) -> Result<Self, SpoolError> {
        Ok(Self { audit: self.audit.with_spool(directory)?, ..self })
    }

    /// The same, whose audit trail keeps within `limits`, on the disks of the database file and of the
    /// `spool`, where there are any.
    #[must_use]
    pub fn with_audit_limits(self, limits: AuditLimits, spool: Option<&Path>) -> Self {
        Self { audit: self.audit.with_limits(limits, spool), ..self }
    }

    /// The database itself.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The door for audit events.
    pub fn audit(&self) -> &Audit {
        &self.audit
    }

    /// What is counted and measured.
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// How old what is remembered is.
    pub(crate) fn snapshot_ages(&self) -> SnapshotAges {
        SnapshotAges::of(&self.cache)
    }

    /// Keeps what is remembered up to date, for ever.
    pub async fn run_refresher(&self) {
        run_refresher(&self.cache, &self.database, &self.metrics).await;
    }

    /// The same service, for what reads or writes much.
    pub(super) fn patient(&self) -> Self {
        Self { database: self.database.patient(), ..self.clone() }
    }

    /// Asks the database for somebody who waits.
    pub(super) fn run<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut DbConnection) -> Result<T, ServiceError> + Send + 'static,
    ) -> QueryHandle<T, ServiceError> {
        self.database.run(query)
    }

    /// Reads the project's rows at one revision, no older than the one asked for.
    pub(super) fn read<T: Send + 'static>(
        &self,
        project: ProjectId,
        at_least: Option<Revision>,
        read: impl FnOnce(&mut DbConnection, Revision) -> Result<T, ServiceError> + Send + 'static,
    ) -> QueryHandle<At<T>, ServiceError> {
        self.database.read(project, at_least, read)
    }

    /// Runs `change`, which may change a project.
    pub(super) fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Session<'_>) -> Result<T, ServiceError> + Send + 'static,
    ) -> QueryHandle<T, ServiceError> {
        let cache = self.cache.clone();
        self.run(move |connection| change(&mut Session { connection, cache: &cache }))
    }
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").field("database", &self.database).finish_non_exhaustive()
    }
}
