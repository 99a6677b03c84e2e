//! The handle on the service.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sail_cargo_database::{Database, DbConnection, QueryHandle};

use super::chain::ChainTurns;
use super::error::ServiceError;
use super::project_names::ProjectNames;
use super::recent_uses::RecentUses;
use super::session::Session;
use crate::audit::{Audit, AuditLimits, SpoolError};
use crate::cache::{ProjectCache, SnapshotAges, UnknownKeys, run_refresher};
use crate::clock::Clock;
use crate::domain::{AccessKeyId, At, GatewayAddress, KeyId, ProjectId, Revision};
use crate::metrics::Metrics;

/// The service: the database, the cache over it, and the audit trail. Cheap to clone.
#[derive(Clone)]
pub struct Service {
    pub(super) database: Database,
    pub(super) cache: Arc<ProjectCache>,
    pub(super) unknown_keys: Arc<UnknownKeys<KeyId>>,
    pub(super) unknown_access_keys: Arc<UnknownKeys<AccessKeyId>>,
    pub(super) project_names: Arc<ProjectNames>,
    pub(super) access_key_uses: Arc<RecentUses<AccessKeyId>>,
    pub(super) chain_turns: ChainTurns,
    pub(super) audit: Audit,
    pub(super) gateway: Option<Arc<GatewayAddress>>,
    pub(super) users: UserNames,
    metrics: Arc<Metrics>,
}

/// Who names the users that have no issuer's alias before their name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum UserNames {
    /// Another auth service does, as it likes.
    #[default]
    Open,
    /// They are the ids of accounts.
    Accounts,
}

impl Service {
    /// The service on `database`, with the cache off.
    pub fn new(database: Database) -> Self {
        let metrics = Arc::<Metrics>::default();
        Self {
            audit: Audit::new(database.clone(), metrics.clone()),
            database,
            cache: Arc::new(ProjectCache::new(Duration::ZERO, Clock::system())),
            unknown_keys: Arc::new(UnknownKeys::new(Duration::ZERO)),
            unknown_access_keys: Arc::new(UnknownKeys::new(Duration::ZERO)),
            project_names: Arc::new(ProjectNames::new(Duration::ZERO)),
            access_key_uses: Arc::default(),
            chain_turns: ChainTurns::default(),
            gateway: None,
            users: UserNames::Open,
            metrics,
        }
    }

    /// Reports to `metrics`. Call this before the other `with_…` functions, so that what they
    /// attach reports there, too.
    #[must_use]
    pub fn with_metrics(self, metrics: Arc<Metrics>) -> Self {
        self.database.measure_waits(metrics.db_pool_wait.clone());
        Self { audit: Audit::new(self.database.clone(), metrics.clone()), metrics, ..self }
    }

    /// Adds a cache: requests are judged by data that was current at most `max_staleness` ago by
    /// `clock`. It stays empty until [`Service::run_refresher`] runs.
    #[must_use]
    pub fn with_cache(self, max_staleness: Duration, clock: Clock) -> Self {
        Self {
            cache: Arc::new(ProjectCache::new(max_staleness, clock)),
            unknown_keys: Arc::new(UnknownKeys::new(max_staleness)),
            unknown_access_keys: Arc::new(UnknownKeys::new(max_staleness)),
            project_names: Arc::new(ProjectNames::new(max_staleness)),
            ..self
        }
    }

    /// How old cached data may be; zero if the cache is off.
    pub fn max_staleness(&self) -> Duration {
        self.cache.max_staleness()
    }

    /// The revision of what the cache knows of a project, if that may be used now.
    pub(crate) fn cached_revision(&self, project: &ProjectId) -> Option<i64> {
        self.cache.get_if_fresh(project, None, |state| Some(state.revision().number()))
    }

    /// Names the gateway that clients reach: whoever asks for a signature that only the gateway may
    /// make is told.
    #[must_use]
    pub fn with_gateway(self, gateway: Option<GatewayAddress>) -> Self {
        Self { gateway: gateway.map(Arc::new), ..self }
    }

    /// Says who names the users that have no issuer's alias before their name.
    #[must_use]
    pub fn with_users(self, users: UserNames) -> Self {
        Self { users, ..self }
    }

    /// Where clients reach the gateway; `None` if the server does not know.
    pub fn gateway(&self) -> Option<&GatewayAddress> {
        self.gateway.as_deref()
    }

    /// Writes verdicts through segment files in `directory`.
    ///
    /// # Errors
    /// [`SpoolError`] if the directory does not exist, or this server may not write to it.
    pub fn with_audit_spool(self, directory: &Path) -> Result<Self, SpoolError> {
        Ok(Self { audit: self.audit.with_spool(directory)?, ..self })
    }

    /// Keeps the audit trail within `limits` on the disks of the database file and of the `spool`,
    /// if any.
    #[must_use]
    pub fn with_audit_limits(self, limits: AuditLimits, spool: Option<&Path>) -> Self {
        Self { audit: self.audit.with_limits(limits, spool), ..self }
    }

    /// The database.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The entry point for audit events.
    pub fn audit(&self) -> &Audit {
        &self.audit
    }

    /// The counters and histograms.
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// The ages of the cached snapshots.
    pub(crate) fn snapshot_ages(&self) -> SnapshotAges {
        SnapshotAges::of(&self.cache)
    }

    /// Refreshes the cache without end.
    pub async fn run_refresher(&self) {
        run_refresher(&self.cache, &self.database, &self.metrics).await;
    }

    /// The service with the longer limit for statements that read or write much.
    pub(super) fn patient(&self) -> Self {
        Self { database: self.database.patient(), ..self.clone() }
    }

    /// Runs a query that a request waits for.
    pub(super) fn run<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut DbConnection) -> Result<T, ServiceError> + Send + 'static,
    ) -> QueryHandle<T, ServiceError> {
        self.database.run(query)
    }

    /// Reads the project's rows at one revision, which is no older than `at_least`.
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
