//! The cache entry of one project: its state and its lease.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use sail_cargo_database::tables::project_heads::ProjectHead;

use super::names::Names;
use super::state::State;
use crate::clock::{Clock, Lapse};
use crate::domain::Revision;

/// The cache entry of one project.
#[derive(Debug, Default)]
pub(super) struct Entry {
    cached: RwLock<CachedProject>,
    /// The time of the last request, in seconds of the clock's ticks.
    used: AtomicU64,
}

#[derive(Debug, Default)]
struct CachedProject {
    state: Option<State>,
    lease: Option<Lapse>,
    /// Number of invalidations. Data that was read before an invalidation does not renew the lease.
    invalidations: u64,
}

impl Entry {
    /// An empty entry, last used at `ticks`.
    pub(super) fn used_at(ticks: Duration) -> Self {
        Self { used: AtomicU64::new(ticks.as_secs()), ..Self::default() }
    }

    /// Records a request at `ticks`.
    pub(super) fn note_use(&self, ticks: Duration) {
        self.used.store(ticks.as_secs(), Ordering::Relaxed);
    }

    /// The time of the last request, to the second.
    pub(super) fn last_used(&self) -> Duration {
        Duration::from_secs(self.used.load(Ordering::Relaxed))
    }

    /// Reads from the state if the lease has not expired by `clock`, and the state is not older
    /// than `at_least`.
    pub(super) fn read_if_fresh<T>(
        &self,
        clock: &Clock,
        at_least: Option<Revision>,
        read: impl FnOnce(&State) -> Option<T>,
    ) -> Option<T> {
        let cached = self.read();
        cached.lease.filter(|lease| !clock.is_over(lease))?;
        let state = cached.state.as_ref()?;
        state.revision().demand(at_least).ok()?;
        read(state)
    }

    /// Ends the lease, because the state may be out of date.
    pub(super) fn invalidate(&self) {
        let mut cached = self.write();
        cached.lease = None;
        cached.invalidations += 1;
    }

    /// The age of the state: the time since its lease, of this `length`, began. `None` without a
    /// lease.
    pub(super) fn age(&self, clock: &Clock, length: Duration) -> Option<Duration> {
        self.read().lease.map(|lease| clock.since_begun(&lease, length))
    }

    /// Whether there is a lease, expired or not.
    pub(super) fn is_leased(&self) -> bool {
        self.read().lease.is_some()
    }

    /// The number of invalidations, and the head of the state.
    pub(super) fn snapshot(&self) -> (u64, Option<ProjectHead>) {
        let cached = self.read();
        (cached.invalidations, cached.state.as_ref().map(|state| state.facts.head.clone()))
    }

    /// Applies `change`, which was read from the database after so many `invalidations`. Renews the
    /// lease unless there was another invalidation since: its cause may be missing in what was
    /// read.
    pub(super) fn renew<T>(
        &self,
        invalidations: u64,
        lease: Lapse,
        change: impl FnOnce(&mut Option<State>) -> T,
    ) -> T {
        let mut cached = self.write();
        let changed = change(&mut cached.state);
        if cached.invalidations == invalidations {
            cached.lease = Some(lease);
        }
        changed
    }

    /// The slug and the keys of the project.
    pub(super) fn names(&self) -> Option<Names> {
        let cached = self.read();
        let state = cached.state.as_ref()?;
        Some(Names {
            slug: state.slug().to_owned(),
            keys: state.keys.keys().cloned().collect(),
            access_keys: state.access_keys.keys().cloned().collect(),
        })
    }

    /// Removes the state and the lease.
    pub(super) fn clear(&self) -> Option<State> {
        let mut cached = self.write();
        cached.lease = None;
        cached.state.take()
    }

    fn read(&self) -> RwLockReadGuard<'_, CachedProject> {
        self.cached.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, CachedProject> {
        self.cached.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A read that begins before a write and ends after the write's acknowledgement (OpenFGA
    /// #3155).
    #[test]
    fn what_was_read_before_a_change_renews_no_lease() {
        let entry = Entry::default();
        let lease = Clock::system().lapse(Duration::from_secs(1));
        let (invalidations, _) = entry.snapshot();
        entry.renew(invalidations, lease, |_| {});
        assert!(entry.is_leased());

        let (invalidations, _) = entry.snapshot();
        entry.invalidate();
        entry.renew(invalidations, lease, |_| {});
        assert!(!entry.is_leased(), "the change came in between");

        let (invalidations, _) = entry.snapshot();
        entry.renew(invalidations, lease, |_| {});
        assert!(entry.is_leased());
    }
}
