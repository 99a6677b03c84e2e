//! The free space on the disks that audit events go to, measured a few times a second.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::limits::AuditLimits;

/// How much space there is for audit events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditRoom {
    /// Enough space.
    Enough,
    /// So little space, in bytes, that refusals are counted instead of recorded one by one.
    Low(u64),
    /// So little space, in bytes, that nothing is signed.
    None(u64),
}

/// The file systems of the server's database file and spool, if it has them.
#[derive(Debug)]
pub(super) struct Disk {
    database: Option<PathBuf>,
    spool: Option<PathBuf>,
    limits: AuditLimits,
    /// Free bytes on the fullest of the file systems.
    free: AtomicU64,
}

/// Free bytes on each file system, where known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Free {
    database: Option<u64>,
    spool: Option<u64>,
}

impl Disk {
    pub(super) fn new(
        database: Option<PathBuf>,
        spool: Option<PathBuf>,
        limits: AuditLimits,
    ) -> Self {
        let disk = Self { database, spool, limits, free: AtomicU64::new(u64::MAX) };
        disk.note(disk.measure());
        disk
    }

    pub(super) fn room(&self) -> AuditRoom {
        match self.free.load(Ordering::Relaxed) {
            free if free < self.limits.floor => AuditRoom::None(free),
            free if free < self.limits.low_water => AuditRoom::Low(free),
            _ => AuditRoom::Enough,
        }
    }

    /// Measures the free space. A file system that gives no answer is not taken for full.
    pub(super) fn measure(&self) -> Free {
        let free = |path: &Option<PathBuf>| path.as_deref().and_then(free);
        Free { database: free(&self.database), spool: free(&self.spool) }
    }

    /// Whether the file system of the database file is below the low-water mark.
    pub(super) fn is_database_low(&self, free: Free) -> bool {
        free.database.is_some_and(|bytes| bytes < self.limits.low_water)
    }

    pub(super) fn note(&self, free: Free) {
        self.free.store(free.least(), Ordering::Relaxed);
    }
}

impl Free {
    /// Adds the unused bytes inside the database file.
    pub(super) fn with_spare(self, bytes: u64) -> Self {
        Self { database: self.database.map(|free| free.saturating_add(bytes)), ..self }
    }

    fn least(self) -> u64 {
        self.database.into_iter().chain(self.spool).min().unwrap_or(u64::MAX)
    }
}

/// The bytes that this process may still write on a file system.
fn free(path: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(path).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn space_is_low_below_one_mark_and_none_below_the_other() {
        let limits = AuditLimits { low_water: 100, floor: 10, ..AuditLimits::default() };
        let disk = Disk::new(None, None, limits);
        assert_eq!(disk.room(), AuditRoom::Enough, "nothing is known to be full");
        let table = [
            (100, AuditRoom::Enough),
            (99, AuditRoom::Low(99)),
            (10, AuditRoom::Low(10)),
            (9, AuditRoom::None(9)),
        ];
        for (free, room) in table {
            disk.note(Free { database: Some(free), spool: None });
            assert_eq!(disk.room(), room);
        }
    }

    #[test]
    fn unused_space_in_the_database_file_does_not_count_for_the_spool() {
        let limits = AuditLimits { low_water: 100, floor: 10, ..AuditLimits::default() };
        let disk = Disk::new(None, None, limits);
        let full_spool = Free { database: Some(5000), spool: Some(5) };
        assert!(!disk.is_database_low(full_spool));
        disk.note(full_spool.with_spare(1000));
        assert_eq!(disk.room(), AuditRoom::None(5));
        let full_database = Free { database: Some(5), spool: Some(5000) };
        assert!(disk.is_database_low(full_database));
        disk.note(full_database.with_spare(1000));
        assert_eq!(disk.room(), AuditRoom::Enough);
    }

    #[test]
    fn the_fullest_of_the_file_systems_counts_and_one_that_is_not_there_does_not() {
        let directory = tempfile::tempdir().unwrap();
        let limits = AuditLimits { floor: u64::MAX, ..AuditLimits::default() };
        let spool = Some(directory.path().to_owned());
        let disk = Disk::new(Some("/nowhere/at/all".into()), spool, limits);
        assert!(matches!(disk.room(), AuditRoom::None(free) if free > 0));
    }
}
