//! State: SQLite or PostgreSQL behind one async bridge.
//!
//! Queries are plain functions of a connection, one file per table; each takes the project, so
//! that none crosses tenants. What comes out are domain types, never rows.

mod api_keys;
mod audit;
mod authority;
mod buckets;
mod ceilings;
mod changes;
mod claims;
mod connection;
mod error;
mod feeds;
mod grants;
mod group_split;
mod groups;
mod history;
mod idempotency;
mod memory;
mod migrate;
mod origin;
mod probes;
mod projects;
mod revision;
mod rows;
mod schema;
mod stores;
mod users;
mod vault;
mod write;

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{self, Poll};
use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::r2d2::Pool;
use tokio::task::JoinHandle;

pub use api_keys::{BadKey, KeyEdit, KeyFlaw, LiveKeys, NewKey, PresentedKey, StoredKey};
pub use audit::{
    AuditFilter, AuditLimits, AuditPlace, AuditRoom, Decision, Failures, OperatorAct, Pruned,
    SignedRequest, SpoolError, Text,
};
pub use buckets::{Bucket, BucketEdit, Labels};
pub use ceilings::KeptCeiling;
pub use claims::{Claim, Found, Said, Unsettled};
pub use connection::DatabaseUrl;
pub use error::StoreError;
pub use feeds::Look;
pub use grants::{
    Edited, GrantEdit, GrantFilter, GrantKey, GrantState, How, Listed, Position, Precondition,
    StoredGrant,
};
pub use group_split::TokensLeftOut;
pub use history::When;
pub use idempotency::{Idempotency, Reply};
pub use memory::MAX_STALENESS;
pub use migrate::MigrationError;
pub use origin::Origin;
pub use projects::{NewProject, Project, ProjectEdit, Settings};
pub use revision::{At, InvalidRevision, Revision};
pub use stores::{NewStore, StorageAccount};
pub use users::BucketAccess;
pub use vault::{DerivedKey, InvalidMasterKey, MasterKey};
pub use write::Context;

use crate::domain::ProjectId;
use connection::{DbConnection, Manager, snapshot};
use memory::Memory;
use write::Session;

/// How long a request waits for a free connection.
const CHECKOUT: Duration = Duration::from_secs(3);

/// The database, and the master key for the secrets in it. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pool: Pool<Manager>,
    url: DatabaseUrl,
    master_key: Arc<MasterKey>,
    memory: Arc<Memory>,
    queries: Arc<AtomicU64>,
    lane: audit::Lane,
    watch: audit::Watch,
}

impl Store {
    /// Makes a pool of at most `connections`. It is filled in the background: a database that
    /// is down now is no reason not to start.
    pub fn open(url: DatabaseUrl, connections: u32, master_key: MasterKey) -> Self {
        let pool = Pool::builder()
            .max_size(connections)
            .min_idle(Some(1))
            .connection_timeout(CHECKOUT)
            .test_on_check_out(false)
            .build_unchecked(Manager(url.clone()));
        Self {
            pool,
            url,
            master_key: Arc::new(master_key),
            memory: Arc::new(Memory::new(Duration::ZERO)),
            queries: Arc::default(),
            lane: audit::Lane::direct(),
            watch: audit::Watch::blind(),
        }
    }

    /// The same database, with a memory: what is signed is judged by data that was the newest
    /// there was at most `max_staleness` ago. Nothing is remembered until
    /// [`Store::keep_remembering`] runs.
    #[must_use]
    pub fn remembering(self, max_staleness: Duration) -> Self {
        Self { memory: Arc::new(Memory::new(max_staleness)), ..self }
    }

    /// How often a request has asked the database something. Audit events on their way there, and
    /// what keeps the memory up to date, do not count: nobody waits for the one in a spool, or for
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
        let (manager, memory) = (Manager(self.url.clone()), self.memory.clone());
        tokio::task::spawn_blocking(move || {
            let connection = &mut manager.open()?;
            migrate::run(&mut Session { connection, memory: &memory }, now)
        })
        .await
        .map_err(|error| MigrationError(error.into()))?
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

    /// The migrations that are missing.
    ///
    /// # Errors
    /// The database is not there.
    pub async fn pending_migrations(&self) -> Result<Vec<String>, StoreError> {
        self.run(migrate::pending).await
    }

    /// Reads the project's rows at one revision, no older than the one asked for.
    fn read<T: Send + 'static>(
        &self,
        project: ProjectId,
        at_least: Option<Revision>,
        read: impl FnOnce(&mut DbConnection, Revision) -> Result<T, StoreError> + Send + 'static,
    ) -> Asked<At<T>> {
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
    ) -> Asked<T> {
        let memory = self.memory.clone();
        self.run(move |connection| change(&mut Session { connection, memory: &memory }))
    }

    /// Runs `query` on a blocking thread: the server's only bridge to the database.
    fn run<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut DbConnection) -> Result<T, StoreError> + Send + 'static,
    ) -> Asked<T> {
        self.queries.fetch_add(1, Ordering::Relaxed);
        self.run_aside(query)
    }

    /// The same of what no request waits for.
    fn run_aside<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut DbConnection) -> Result<T, StoreError> + Send + 'static,
    ) -> Asked<T> {
        let pool = self.pool.clone();
        Asked(tokio::task::spawn_blocking(move || {
            let mut connection =
                pool.get().map_err(|error| StoreError::Unavailable(Box::new(error)))?;
            query(&mut connection)
        }))
    }
}

/// What the database will have said. It is asked already, so that nothing of the question stays in
/// the future of a request, which is moved about: most requests ask nothing.
#[must_use = "it may be an error"]
struct Asked<T>(JoinHandle<Result<T, StoreError>>);

impl<T> Future for Asked<T> {
    type Output = Result<T, StoreError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut task::Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0)
            .poll(context)
            .map(|ended| ended.map_err(|error| StoreError::Unavailable(Box::new(error)))?)
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("url", &self.url).finish_non_exhaustive()
    }
}
