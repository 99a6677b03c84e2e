//! What a server remembers of its projects, so that a request which hits asks no database.
//!
//! Data at a revision, never decisions. What is remembered may be used for as long as it is known
//! to be the newest there was at most so long ago: its lease, which begins when the database was
//! asked, and goes on while the machine is suspended. Without one, everything is read from the
//! database as if there were no cache. What this server changes ends the lease before the change is
//! acknowledged; what others change, another replica or the command line, is noticed by asking for
//! the heads a few times within a lease.

mod load;
mod refresh;
mod state;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::Notify;

use crate::clock::{Clock, Lapse};
use crate::domain::{KeyId, ProjectId, Revision, limits};
use state::Head;
pub(super) use state::State;

/// How old an answer may be, unless told otherwise.
pub const MAX_STALENESS: Duration = Duration::from_secs(1);
/// A project that nobody asked about for so long is forgotten.
const IDLE: Duration = Duration::from_mins(10);

/// The projects that are in use, as they were a moment ago.
#[derive(Debug)]
pub(super) struct ProjectCache {
    /// How old an answer may be; zero remembers nothing.
    max_staleness: Duration,
    directory: RwLock<Directory>,
    /// Somebody changed something, or wants what is not there.
    load_requested: Notify,
    clock: Clock,
}

/// What leads to a project. Neither a project's name nor a key's project ever changes; whether
/// they still are there is for the project's state to say.
#[derive(Debug, Default)]
struct Directory {
    projects: HashMap<ProjectId, Arc<Entry>>,
    slugs: HashMap<String, ProjectId>,
    keys: HashMap<KeyId, ProjectId>,
}

/// One project.
#[derive(Debug, Default)]
struct Entry {
    cached: RwLock<CachedProject>,
    /// When it was last asked about, in seconds of the clock's ticks.
    used: AtomicU64,
}

#[derive(Debug, Default)]
struct CachedProject {
    state: Option<State>,
    lease: Option<Lapse>,
    /// Number of invalidations. What was read from the database before one of them renews no
    /// lease.
    invalidations: u64,
}

impl ProjectCache {
    /// A cache that answers nothing that is older than `max_staleness` by `clock`; nothing at all
    /// for zero.
    pub(super) fn new(max_staleness: Duration, clock: Clock) -> Self {
        Self { max_staleness, directory: RwLock::default(), load_requested: Notify::new(), clock }
    }

    /// Reads from the project's state, if it may be used and is at least as new as asked. `read`
    /// may decline, too.
    pub(super) fn get_if_fresh<T>(
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
        entry.used.store(self.clock.ticks().as_secs(), Ordering::Relaxed);
        let cached = entry.cached.read().unwrap_or_else(PoisonError::into_inner);
        cached.lease.filter(|lease| !self.clock.is_over(lease))?;
        let state = cached.state.as_ref()?;
        state.revision().demand(at_least).ok()?;
        read(state)
    }

    /// The same of the project that is called `name`, by slug or id.
    pub(super) fn get_named_if_fresh<T>(
        &self,
        name: &str,
        read: impl FnOnce(&State) -> Option<T>,
    ) -> Option<T> {
        let project = self.directory().slugs.get(name).cloned();
        let project = project.or_else(|| ProjectId::parse(name).ok())?;
        // It may be an id that somebody made up.
        self.entry(&project)?;
        self.get_if_fresh(&project, None, |state| read(state).filter(|_| state.is_called(name)))
    }

    /// The same of the project that made the key `id`.
    pub(super) fn get_keyed_if_fresh<T>(
        &self,
        id: &KeyId,
        read: impl FnOnce(&State) -> Option<T>,
    ) -> Option<T> {
        let project = self.directory().keys.get(id).cloned()?;
        self.get_if_fresh(&project, None, read)
    }

    /// What is cached of `project` is out of date: said after the commit, and before anybody
    /// hears of it.
    pub(super) fn invalidate(&self, project: &ProjectId) {
        if let Some(entry) = self.entry(project) {
            entry.invalidate();
            self.load_requested.notify_one();
        }
    }

    /// The same of every project.
    pub(super) fn invalidate_all(&self) {
        for (_, entry) in self.entries() {
            entry.invalidate();
        }
        self.load_requested.notify_one();
    }

    /// Remembers `project` from now on.
    fn request_load(&self, project: &ProjectId) {
        let used = AtomicU64::new(self.clock.ticks().as_secs());
        let mut directory = self.directory.write().unwrap_or_else(PoisonError::into_inner);
        let entry = || Arc::new(Entry { used, ..Entry::default() });
        directory.projects.entry(project.clone()).or_insert_with(entry);
        self.load_requested.notify_one();
    }

    fn entry(&self, project: &ProjectId) -> Option<Arc<Entry>> {
        self.directory().projects.get(project).cloned()
    }

    fn entries(&self) -> Vec<(ProjectId, Arc<Entry>)> {
        let directory = self.directory();
        directory.projects.iter().map(|(id, entry)| (id.clone(), Arc::clone(entry))).collect()
    }

    /// Whether `entry` was not asked about for long.
    fn is_idle(&self, entry: &Entry) -> bool {
        let used = Duration::from_secs(entry.used.load(Ordering::Relaxed));
        self.clock.ticks().saturating_sub(used) > IDLE
    }

    /// A lease from now on.
    fn lease(&self) -> Lapse {
        self.clock.lapse(self.max_staleness)
    }

    /// Takes `project` out of the cache.
    fn drop_project(&self, project: &ProjectId) {
        let mut directory = self.directory.write().unwrap_or_else(PoisonError::into_inner);
        let entry = directory.projects.remove(project);
        drop(directory);
        // Never one lock within the other.
        if entry.is_none_or(|entry| entry.snapshot().1.is_none()) {
            return;
        }
        let mut directory = self.directory.write().unwrap_or_else(PoisonError::into_inner);
        directory.slugs.retain(|_, named| named != project);
        directory.keys.retain(|_, keyed| keyed != project);
    }

    fn directory(&self) -> std::sync::RwLockReadGuard<'_, Directory> {
        self.directory.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn invalidate(&self) {
        let mut cached = self.cached.write().unwrap_or_else(PoisonError::into_inner);
        cached.lease = None;
        cached.invalidations += 1;
    }

    /// Whether there is a lease, run out or not.
    fn is_leased(&self) -> bool {
        self.cached.read().unwrap_or_else(PoisonError::into_inner).lease.is_some()
    }

    /// The number of invalidations, and which state it is.
    fn snapshot(&self) -> (u64, Option<Head>) {
        let cached = self.cached.read().unwrap_or_else(PoisonError::into_inner);
        (cached.invalidations, cached.state.as_ref().map(|state| state.facts.head.clone()))
    }

    /// Takes in what the database said, which was asked after so many `invalidations`. If there
    /// was another since, the lease is not renewed: what made it so may not have been seen.
    fn renew<T>(
        &self,
        invalidations: u64,
        lease: Lapse,
        change: impl FnOnce(&mut Option<State>) -> T,
    ) -> T {
        let mut cached = self.cached.write().unwrap_or_else(PoisonError::into_inner);
        let changed = change(&mut cached.state);
        if cached.invalidations == invalidations {
            cached.lease = Some(lease);
        }
        changed
    }

    /// What the project is called, and its keys.
    fn names(&self) -> Option<(String, Vec<KeyId>)> {
        let cached = self.cached.read().unwrap_or_else(PoisonError::into_inner);
        let state = cached.state.as_ref()?;
        Some((state.slug().to_owned(), state.keys.keys().cloned().collect()))
    }

    /// Whether it has grown beyond what is kept.
    fn is_too_large(&self) -> bool {
        let cached = self.cached.read().unwrap_or_else(PoisonError::into_inner);
        cached
            .state
            .as_ref()
            .is_some_and(|state| state.grants.len() > limits::MAX_REMEMBERED_GRANTS)
    }

    /// Remembers nothing of it any more.
    fn clear(&self) -> Option<State> {
        let mut cached = self.cached.write().unwrap_or_else(PoisonError::into_inner);
        cached.lease = None;
        cached.state.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry::default()
    }

    /// Work that began before a write, and ended after it was acknowledged (OpenFGA #3155).
    #[test]
    fn what_was_read_before_a_change_renews_no_lease() {
        let entry = entry();
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
