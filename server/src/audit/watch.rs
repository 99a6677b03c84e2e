//! Keeps the audit trail from filling its disk.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sail_cargo_database::Database;

use super::disk::{AuditRoom, Disk};
use super::error::AuditError;
use super::limits::AuditLimits;
use super::refusals::Refusals;

/// The counted refusals and the free space. Cheap to clone.
#[derive(Clone)]
pub(super) struct Watch {
    pub(super) refusals: Arc<Refusals>,
    disk: Arc<Disk>,
}

impl Watch {
    /// A watch that measures no disk.
    pub(super) fn blind() -> Self {
        Self::of(None, None, AuditLimits::default())
    }

    /// A watch on the disks of the database `file` and of the `spool`, if any.
    pub(super) fn new(limits: AuditLimits, file: Option<&Path>, spool: Option<&Path>) -> Self {
        Self::of(file.map(directory), spool.map(ToOwned::to_owned), limits)
    }

    fn of(database: Option<PathBuf>, spool: Option<PathBuf>, limits: AuditLimits) -> Self {
        let disk = Disk::new(database, spool, limits);
        Self { refusals: Arc::new(Refusals::new(limits)), disk: Arc::new(disk) }
    }

    /// How much space there was at the last measurement.
    pub(super) fn room(&self) -> AuditRoom {
        self.disk.room()
    }

    /// Whether refusals are only counted, because space is low.
    pub(super) fn is_tight(&self) -> bool {
        self.room() != AuditRoom::Enough
    }

    /// Refuses an allowed request while there is no space for its record.
    pub(super) fn demand_room(&self) -> Result<(), AuditError> {
        match self.room() {
            AuditRoom::None(_) => Err(AuditError::DiskFull),
            AuditRoom::Enough | AuditRoom::Low(_) => Ok(()),
        }
    }

    /// Measures the free space. Unused space in the file of `database` counts.
    pub(super) async fn measure(&self, database: &Database) {
        let disk = self.disk.clone();
        let Ok(free) = tokio::task::spawn_blocking(move || disk.measure()).await else { return };
        let is_low = self.disk.is_database_low(free);
        let spare = if is_low { database.spare_bytes().await } else { Ok(0) };
        self.disk.note(free.with_spare(spare.unwrap_or_default()));
    }
}

/// The directory of a file.
fn directory(file: &Path) -> PathBuf {
    match file.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => ".".into(),
    }
}
