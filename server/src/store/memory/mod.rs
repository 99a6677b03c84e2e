//! What a server remembers of its projects, so that a request which hits asks no database.
//!
//! Data at a revision, never decisions. What is remembered may be used for as long as it is known
//! to be the newest there was at most so long ago: its lease, which begins when the database was
//! asked, and goes on while the machine is suspended. Without one, everything is read from the
//! database as if there were no memory. What this server changes ends the lease before the change is
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
pub(super) struct Memory {
    /// How old an answer may be; zero remembers nothing.
    max_staleness: Duration,
    directory: RwLock<Directory>,
    /// Somebody changed something, or wants what is not there.
    wanted: Notify,
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
    shelf: RwLock<Shelf>,
    /// When it was last asked about, in seconds of the clock's ticks.
    used: AtomicU64,
}

#[derive(Debug, Default)]
struct Shelf {
    state: Option<State>,
    lease: Option<Lapse>,
    /// How often it was said that it is out of date. What was read from the database before that
    /// was said renews no lease.
    outdated: u64,
}

impl Memory {
    /// A memory that answers nothing that is older than `max_staleness` by `clock`; nothing at all
    /// for zero.
    pub(super) fn new(max_staleness: Duration, clock: Clock) -> Self {
        Self { max_staleness, directory: RwLock::default(), wanted: Notify::new(), clock }
    }

    /// Reads from the project's state, if it may be used and is at least as new as asked. `read`
    /// may decline, too.
    pub(super) fn recall<T>(
        &self,
        project: &ProjectId,
        at_least: Option<Revision>,
        read: impl FnOnce(&State) -> Option<T>,
    ) -> Option<T> {
        if self.max_staleness.is_zero() {
            return None;
        }
        let Some(entry) = self.entry(project) else {
            self.want(project);
            return None;
        };
        entry.used.store(self.clock.ticks().as_secs(), Ordering::Relaxed);
        let shelf = entry.shelf.read().unwrap_or_else(PoisonError::into_inner);
        shelf.lease.filter(|lease| !self.clock.is_over(lease))?;
        let state = shelf.state.as_ref()?;
        state.revision().demand(at_least).ok()?;
        read(state)
    }

    /// The same of the project that is called `name`, by slug or id.
    pub(super) fn recall_named<T>(
        &self,
        name: &str,
        read: impl FnOnce(&State) -> Option<T>,
    ) -> Option<T> {
        let project = self.directory().slugs.get(name).cloned();
        let project = project.or_else(|| ProjectId::parse(name).ok())?;
        // It may be an id that somebody made up.
        self.entry(&project)?;
        self.recall(&project, None, |state| read(state).filter(|_| state.is_called(name)))
    }

    /// The same of the project that made the key `id`.
    pub(super) fn recall_keyed<T>(
        &self,
        id: &KeyId,
        read: impl FnOnce(&State) -> Option<T>,
    ) -> Option<T> {
        let project = self.directory().keys.get(id).cloned()?;
        self.recall(&project, None, read)
    }

    /// What is remembered of `project` is out of date: said after the commit, and before anybody
    /// hears of it.
    pub(super) fn forget(&self, project: &ProjectId) {
        if let Some(entry) = self.entry(project) {
            entry.outdate();
            self.wanted.notify_one();
        }
    }

    /// The same of every project.
    pub(super) fn forget_all(&self) {
        for (_, entry) in self.entries() {
            entry.outdate();
        }
        self.wanted.notify_one();
    }

    /// Remembers `project` from now on.
    fn want(&self, project: &ProjectId) {
        let used = AtomicU64::new(self.clock.ticks().as_secs());
        let mut directory = self.directory.write().unwrap_or_else(PoisonError::into_inner);
        let entry = || Arc::new(Entry { used, ..Entry::default() });
        directory.projects.entry(project.clone()).or_insert_with(entry);
        self.wanted.notify_one();
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

    /// Takes `project` out of the memory.
    fn drop_project(&self, project: &ProjectId) {
        let mut directory = self.directory.write().unwrap_or_else(PoisonError::into_inner);
        let entry = directory.projects.remove(project);
        drop(directory);
        // Never one lock within the other.
        if entry.is_none_or(|entry| entry.standing().1.is_none()) {
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
    fn outdate(&self) {
        let mut shelf = self.shelf.write().unwrap_or_else(PoisonError::into_inner);
        shelf.lease = None;
        shelf.outdated += 1;
    }

    /// Whether there is a lease, run out or not.
    fn is_leased(&self) -> bool {
        self.shelf.read().unwrap_or_else(PoisonError::into_inner).lease.is_some()
    }

    /// How often it was said that it is out of date, and which state it is.
    fn standing(&self) -> (u64, Option<Head>) {
        let shelf = self.shelf.read().unwrap_or_else(PoisonError::into_inner);
        (shelf.outdated, shelf.state.as_ref().map(|state| state.facts.head.clone()))
    }

    /// Takes in what the database said, which was asked when the shelf had been `outdated` so
    /// often. If it was called out of date since, the lease is not renewed: what made it so may
    /// not have been seen.
    fn renew<T>(
        &self,
        outdated: u64,
        lease: Lapse,
        change: impl FnOnce(&mut Option<State>) -> T,
    ) -> T {
        let mut shelf = self.shelf.write().unwrap_or_else(PoisonError::into_inner);
        let changed = change(&mut shelf.state);
        if shelf.outdated == outdated {
            shelf.lease = Some(lease);
        }
        changed
    }

    /// What the project is called, and its keys.
    fn names(&self) -> Option<(String, Vec<KeyId>)> {
        let shelf = self.shelf.read().unwrap_or_else(PoisonError::into_inner);
        let state = shelf.state.as_ref()?;
        Some((state.slug().to_owned(), state.keys.keys().cloned().collect()))
    }

    /// Whether it has grown beyond what is kept.
    fn is_too_large(&self) -> bool {
        let shelf = self.shelf.read().unwrap_or_else(PoisonError::into_inner);
        shelf.state.as_ref().is_some_and(|state| state.grants.len() > limits::MAX_REMEMBERED_GRANTS)
    }

    /// Remembers nothing of it any more.
    fn clear(&self) -> Option<State> {
        let mut shelf = self.shelf.write().unwrap_or_else(PoisonError::into_inner);
        shelf.lease = None;
        shelf.state.take()
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
        let (outdated, _) = entry.standing();
        entry.renew(outdated, lease, |_| {});
        assert!(entry.is_leased());

        let (outdated, _) = entry.standing();
        entry.outdate();
        entry.renew(outdated, lease, |_| {});
        assert!(!entry.is_leased(), "the change came in between");

        let (outdated, _) = entry.standing();
        entry.renew(outdated, lease, |_| {});
        assert!(entry.is_leased());
    }

    #[test]
    fn a_memory_of_nothing_wants_nothing() {
        let project = ProjectId::parse("0b6f4cdb-7a0f-4f0f-9f4e-2d5a3a1a0001").unwrap();
        let memory = Memory::new(Duration::ZERO, Clock::system());
        assert_eq!(memory.recall(&project, None, |_| Some(())), None);
        assert!(memory.entries().is_empty());
        let memory = Memory::new(Duration::from_secs(1), Clock::system());
        assert_eq!(memory.recall(&project, None, |_| Some(())), None);
        assert_eq!(memory.entries().len(), 1, "it is loaded when it was missed");
    }
}
