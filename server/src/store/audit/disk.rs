//! The disks that audit events go to: how much room there is, looked at a few times a second.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::limits::AuditLimits;

/// How much room there is for audit events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditRoom {
    /// Enough.
    Enough,
    /// So few bytes that refusals are counted, and not recorded one by one.
    Low(u64),
    /// So few bytes that nothing is signed.
    None(u64),
}

/// The file systems of a server's database file and spool, where it has any.
#[derive(Debug)]
pub(super) struct Disk {
    paths: Vec<PathBuf>,
    limits: AuditLimits,
    /// Bytes, of the fullest.
    free: AtomicU64,
}

impl Disk {
    pub(super) fn new(paths: Vec<PathBuf>, limits: AuditLimits) -> Self {
        let disk = Self { paths, limits, free: AtomicU64::new(u64::MAX) };
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

    /// Asks the file systems. One that does not say is none that is known to be full.
    pub(super) fn measure(&self) -> u64 {
        self.paths.iter().filter_map(|path| free(path)).min().unwrap_or(u64::MAX)
    }

    /// Whether so few bytes are few.
    pub(super) fn is_low(&self, free: u64) -> bool {
        free < self.limits.low_water
    }

    pub(super) fn note(&self, free: u64) {
        self.free.store(free, Ordering::Relaxed);
    }
}

/// The bytes that a file system has for this process.
fn free(path: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(path).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_low_below_one_mark_and_none_below_the_other() {
        let limits = AuditLimits { low_water: 100, floor: 10, ..AuditLimits::default() };
        let disk = Disk::new(Vec::new(), limits);
        assert_eq!(disk.room(), AuditRoom::Enough, "nothing is known to be full");
        let table = [
            (100, AuditRoom::Enough),
            (99, AuditRoom::Low(99)),
            (10, AuditRoom::Low(10)),
            (9, AuditRoom::None(9)),
        ];
        for (free, room) in table {
            disk.note(free);
            assert_eq!(disk.room(), room);
        }
    }

    #[test]
    fn the_fullest_of_the_file_systems_counts_and_one_that_is_not_there_does_not() {
        let directory = tempfile::tempdir().unwrap();
        let paths = vec!["/nowhere/at/all".into(), directory.path().to_owned()];
        let disk = Disk::new(paths, AuditLimits { floor: u64::MAX, ..AuditLimits::default() });
        assert!(matches!(disk.room(), AuditRoom::None(free) if free > 0));
    }
}
