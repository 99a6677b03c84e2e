//! The cache, as its readers and the writers of projects use it.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use tokio::sync::Notify;

use super::directory::Directory;
use super::entry::Entry;
use super::state::State;
use crate::clock::{Clock, Lapse};
use crate::domain::{AccessKeyId, KeyId, ProjectId, Revision};

/// The default for the maximum age of cached data.
pub const MAX_STALENESS: Duration = Duration::from_secs(1);
/// A project without a request for this long leaves the cache.
const IDLE: Duration = Duration::from_mins(10);

/// The cached projects.
#[derive(Debug)]
pub(crate) struct ProjectCache {
    /// The maximum age of cached data; zero turns the cache off.
    pub(super) max_staleness: Duration,
    directory: RwLock<Directory>,
    /// Wakes the refresher after an invalidation or a miss.
    pub(super) load_requested: Notify,
    pub(super) clock: Clock,
}

impl ProjectCache {
    /// A cache for data that was current at most `max_staleness` ago by `clock`. Zero turns the
    /// cache off.
    pub(crate) fn new(max_staleness: Duration, clock: Clock) -> Self {
        Self { max_staleness, directory: RwLock::default(), load_requested: Notify::new(), clock }
    }

    /// The maximum age of cached data; zero if the cache is off.
    pub(crate) const fn max_staleness(&self) -> Duration {
        self.max_staleness
    }

    /// Reads from the project's state if it has a lease and is not older than `at_least`. `read`
    /// may return `None`, too. A miss requests a load.
    pub(crate) fn get_if_fresh<T>(
        &self,
        project: &ProjectId,
        at_least: Option<Revision>,
        read: impl FnOnce(&State) -> Option<T>,
    ) -> Option<T> {
        if self.max_staleness.is_zero() {
            return None;
        }
        let Some(entry) = self.entry(project) else {
            self.request_load(project);
            return None;
        };
        entry.note_use(self.clock.ticks());
        entry.read_if_fresh(&self.clock, at_least, read)
    }

    /// Like [`ProjectCache::get_if_fresh`], for the project with this slug or id.
    pub(crate) fn get_named_if_fresh<T>(
        &self,
        name: &str,
        read: impl FnOnce(&State) -> Option<T>,
    ) -> Option<T> {
        let project = self.directory().named(name);
        let project = project.or_else(|| ProjectId::parse(name).ok())?;
        // The id may be invented. Only cached projects are looked up, so that none is loaded for
        // it.
        self.entry(&project)?;
        self.get_if_fresh(&project, None, |state| read(state).filter(|_| state.is_called(name)))
    }

    /// Like [`ProjectCache::get_if_fresh`], for the project of the key `id`.
    pub(crate) fn get_keyed_if_fresh<T>(
        &self,
        id: &KeyId,
        read: impl FnOnce(&State) -> Option<T>,
    ) -> Option<T> {
        let project = self.directory().keyed(id)?;
        self.get_if_fresh(&project, None, read)
    }

    /// The same of the project of the access key `id`.
    pub(crate) fn get_access_keyed_if_fresh<T>(
        &self,
        id: &AccessKeyId,
        read: impl FnOnce(&State) -> Option<T>,
    ) -> Option<T> {
        let project = self.directory().access_keyed(id)?;
        self.get_if_fresh(&project, None, read)
    }

    /// Has `project` remembered from now on, where it is not yet.
    pub(crate) fn want(&self, project: &ProjectId) {
        let _ = self.get_if_fresh(project, None, |_| Some(()));
    }

    /// Ends the lease of `project`. Call it after the commit, and before the change is
    /// acknowledged.
    pub(crate) fn invalidate(&self, project: &ProjectId) {
        if let Some(entry) = self.entry(project) {
            entry.invalidate();
            self.load_requested.notify_one();
        }
    }

    /// Ends the leases of all projects.
    pub(crate) fn invalidate_all(&self) {
        for (_, entry) in self.entries() {
            entry.invalidate();
        }
        self.load_requested.notify_one();
    }

    /// All cache entries.
    pub(super) fn entries(&self) -> Vec<(ProjectId, Arc<Entry>)> {
        self.directory().entries()
    }

    /// Whether `entry` had no request for so long that it leaves the cache.
    pub(super) fn is_idle(&self, entry: &Entry) -> bool {
        self.clock.ticks().saturating_sub(entry.last_used()) > IDLE
    }

    /// A lease that starts now.
    pub(super) fn lease(&self) -> Lapse {
        self.clock.lapse(self.max_staleness)
    }

    /// Adds the project's slug and keys to the index.
    pub(super) fn index(&self, project: &ProjectId, entry: &Entry) {
        let Some(names) = entry.names() else { return };
        self.directory_mut().index(project, names);
    }

    /// Removes `project` from the cache.
    pub(super) fn drop_project(&self, project: &ProjectId) {
        let entry = self.directory_mut().remove(project);
        // Whoever holds it must not read from it what is no longer invalidated with the directory's entries.
        // The directory's lock and an entry's lock are never held at the same time.
        if let Some(entry) = &entry {
            entry.invalidate();
        }
        if entry.is_some_and(|entry| entry.snapshot().1.is_some()) {
            self.directory_mut().remove_index(project);
        }
    }

    /// Adds an empty entry for `project`, and wakes the refresher.
    fn request_load(&self, project: &ProjectId) {
        let ticks = self.clock.ticks();
        self.directory_mut().add(project, ticks);
        self.load_requested.notify_one();
    }

    fn entry(&self, project: &ProjectId) -> Option<Arc<Entry>> {
        self.directory().entry(project)
    }

    fn directory(&self) -> RwLockReadGuard<'_, Directory> {
        self.directory.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn directory_mut(&self) -> RwLockWriteGuard<'_, Directory> {
        self.directory.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cache_that_is_off_loads_nothing() {
        let project = ProjectId::parse("0b6f4cdb-7a0f-4f0f-9f4e-2d5a3a1a0001").unwrap();
        let cache = ProjectCache::new(Duration::ZERO, Clock::system());
        assert_eq!(cache.get_if_fresh(&project, None, |_| Some(())), None);
        assert!(cache.entries().is_empty());
        let cache = ProjectCache::new(Duration::from_secs(1), Clock::system());
        assert_eq!(cache.get_if_fresh(&project, None, |_| Some(())), None);
        assert_eq!(cache.entries().len(), 1, "it is loaded when it was missed");
    }
}
