//! What keeps the audit trail from filling the disk that it is on.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use diesel::RunQueryDsl as _;
use diesel::sql_types::BigInt;

use super::Failures;
use super::disk::{AuditRoom, Disk};
use super::limits::AuditLimits;
use super::refusals::Refusals;
use crate::store::Database;
use crate::store::connection::DbConnection;
use crate::store::database_url::DatabaseUrl;
use crate::store::error::StoreError;

/// Refusals that are counted, and how full the disk is. Cheap to clone.
#[derive(Clone)]
pub(in crate::store) struct Watch {
    pub(super) refusals: Arc<Refusals>,
    pub(super) disk: Arc<Disk>,
}

impl Watch {
    /// Of a store that looks at no disk.
    pub(in crate::store) fn blind() -> Self {
        let limits = AuditLimits::default();
        let (refusals, disk) = (Refusals::new(limits), Disk::new(None, None, limits));
        Self { refusals: Arc::new(refusals), disk: Arc::new(disk) }
    }

    fn new(limits: AuditLimits, url: &DatabaseUrl, spool: Option<&Path>) -> Self {
        let beside = |file: &Path| match file.parent() {
            Some(parent) if parent != Path::new("") => parent.to_owned(),
            _ => ".".into(),
        };
        let database = match url {
            DatabaseUrl::Sqlite(file) => Some(beside(file)),
            DatabaseUrl::Postgres(_) => None,
        };
        let disk = Disk::new(database, spool.map(ToOwned::to_owned), limits);
        let refusals = Refusals::new(limits);
        Self { refusals: Arc::new(refusals), disk: Arc::new(disk) }
    }

    /// Whether refusals are counted only.
    pub(super) fn is_tight(&self) -> bool {
        self.disk.room() != AuditRoom::Enough
    }

    /// Refuses what needs a record, before there is no room for one.
    pub(super) fn demand_room(&self) -> Result<(), StoreError> {
        match self.disk.room() {
            AuditRoom::None(_) => Err(StoreError::DiskFull),
            AuditRoom::Enough | AuditRoom::Low(_) => Ok(()),
        }
    }
}

impl Database {
    /// Has the audit trail keep within `limits`, on the disks of the database file and of the
    /// `spool`, where there are any.
    #[must_use]
    pub fn with_audit_limits(self, limits: AuditLimits, spool: Option<&Path>) -> Self {
        Self { watch: Watch::new(limits, self.manager.url(), spool), ..self }
    }

    /// How much room there is for audit events, as it was looked at last.
    pub fn audit_room(&self) -> AuditRoom {
        self.watch.disk.room()
    }

    /// Looks how much room there is for audit events. What the database file has to spare counts.
    pub async fn look_at_audit_room(&self) {
        let disk = self.watch.disk.clone();
        let Ok(free) = tokio::task::spawn_blocking(move || disk.measure()).await else { return };
        let disk = &self.watch.disk;
        let spare = if disk.is_database_low(free) { self.spare().await } else { 0 };
        disk.note(free.with_spare(spare));
    }

    /// Bytes that a SQLite file has and does not use: what was pruned, say.
    async fn spare(&self) -> u64 {
        let spare = self.run_aside(|connection| match connection {
            DbConnection::Postgres(_) => Ok(0),
            DbConnection::Sqlite(sqlite) => {
                let query = "SELECT freelist_count * page_size AS bytes \
                             FROM pragma_freelist_count, pragma_page_size";
                let found = diesel::sql_query(query).get_result::<Spare>(sqlite)?;
                Ok(u64::try_from(found.bytes).unwrap_or_default())
            }
        });
        spare.await.unwrap_or_default()
    }

    /// Takes failures to authenticate that [`Database::record_refusals`] is to record; beyond a day's
    /// share how many there are, later.
    pub fn take_failures(&self, failures: Vec<Failures>, now: DateTime<Utc>) {
        self.watch.refusals.take_failures(failures, now, self.watch.is_tight());
    }

    /// Whether refusals could not be recorded when it was tried last.
    pub fn owes_refusals(&self) -> bool {
        self.watch.refusals.is_behind()
    }

    /// Records the refusals that were counted until now, if their time is over, or `all` of them.
    /// What cannot be recorded now is tried again as it is: it may be on record all the same.
    pub async fn record_refusals(&self, now: DateTime<Utc>, all: bool) {
        let owed = self.watch.refusals.owed(now, all);
        match self.accept(owed.clone()).await {
            Ok(()) => self.watch.refusals.paid(&owed),
            Err(error) if self.watch.refusals.failed() => {
                log::warn!("refusals that were counted are not on record yet: {error}");
            }
            Err(_) => {}
        }
    }
}

#[derive(diesel::QueryableByName)]
struct Spare {
    #[diesel(sql_type = BigInt)]
    bytes: i64,
}
