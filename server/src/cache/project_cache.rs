//! The cache as those see it who ask it or change what it is of.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use tokio::sync::Notify;

use super::directory::Directory;
use super::entry::Entry;
use super::state::State;
use crate::clock::{Clock, Lapse};
use crate::domain::{AccessKeyId, KeyId, ProjectId, Revision};

/// How old an answer may be, unless told otherwise.
pub const MAX_STALENESS: Duration = Duration::from_secs(1);
/// A project that nobody asked about for so long is forgotten.
const IDLE: Duration = Duration::from_mins(10);

/// The projects that are in use, as they were a moment ago.
#[derive(Debug)]
pub(crate) struct ProjectCache {
    /// How old an answer may be; zero remembers nothing.
    pub(super) max_staleness: Duration,
    directory: RwLock<Directory>,
    /// Somebody changed something, or wants what is not there.
    pub(super) load_requested: Notify,
    pub(super) clock: Clock,
}

impl ProjectCache {
    /// A cache that answers nothing that is older than `max_staleness` by `clock`; nothing at all
    /// for zero.
    pub(crate) fn new(max_staleness: Duration, clock: Clock) -> Self {
        Self { max_staleness, directory: RwLock::default(), load_requested: Notify::new(), clock }
    }

    /// Reads from the project's state, if it may be used and is at least as new as asked. `read`
    /// may decline, too.
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

    /// The same of the project that is called `name`, by slug or id.
    pub(crate) fn get_named_if_fresh<T>(
        &self,
        name: &str,
        read: impl FnOnce(&State) -> Option<T>,
    ) -> Option<T> {
        let project = self.directory().named(name);
        let project = project.or_else(|| ProjectId::parse(name).ok())?;
        // It may be an id that somebody made up.
        self.entry(&project)?;
        self.get_if_fresh(&project, None, |state| read(state).filter(|_| state.is_called(name)))
    }

    /// The same of the project that made the key `id`.
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

    /// What is cached of `project` is out of date: said after the commit, and before anybody
    /// hears of it.
    pub(crate) fn invalidate(&self, project: &ProjectId) {
        if let Some(entry) = self.entry(project) {
            entry.invalidate();
            self.load_requested.notify_one();
        }
    }

    /// The same of every project.
    pub(crate) fn invalidate_all(&self) {
        for (_, entry) in self.entries() {
            entry.invalidate();
        }
        self.load_requested.notify_one();
    }

    /// What is cached of every project.
    pub(super) fn entries(&self) -> Vec<(ProjectId, Arc<Entry>)> {
        self.directory().entries()
    }

    /// Whether `entry` was not asked about for long.
    pub(super) fn is_idle(&self, entry: &Entry) -> bool {
        self.clock.ticks().saturating_sub(entry.last_used()) > IDLE
    }

    /// A lease from now on.
    pub(super) fn lease(&self) -> Lapse {
        self.clock.lapse(self.max_staleness)
    }

    /// Makes the project's name and keys lead to it.
    pub(super) fn index(&self, project: &ProjectId, entry: &Entry) {
        let Some(names) = entry.names() else { return };
        self.directory_mut().index(project, names);
    }

    /// Takes `project` out of the cache.
    pub(super) fn drop_project(&self, project: &ProjectId) {
        let entry = self.directory_mut().remove(project);
        // Never one lock within the other.
        if entry.is_some_and(|entry| entry.snapshot().1.is_some()) {
            self.directory_mut().remove_index(project);
        }
    }

    /// Remembers `project` from now on.
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
    fn a_cache_of_nothing_loads_nothing() {
        let project = ProjectId::parse("0b6f4cdb-7a0f-4f0f-9f4e-2d5a3a1a0001").unwrap();
        let cache = ProjectCache::new(Duration::ZERO, Clock::system());
        assert_eq!(cache.get_if_fresh(&project, None, |_| Some(())), None);
        assert!(cache.entries().is_empty());
        let cache = ProjectCache::new(Duration::from_secs(1), Clock::system());
        assert_eq!(cache.get_if_fresh(&project, None, |_| Some(())), None);
        assert_eq!(cache.entries().len(), 1, "it is loaded when it was missed");
    }
}
