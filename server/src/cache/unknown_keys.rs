//! Remembers ids of unknown API keys, so that repeating an invented id costs no query.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The longest time that an id counts as unknown without a query.
const LIFETIME: Duration = Duration::from_secs(1);
/// The most ids that are kept. When there are more, all are dropped.
const CAPACITY: usize = 4096;

/// The key ids that the database recently did not know.
///
/// A key that another server creates is known here after `max_staleness` at the latest. A key that
/// this server creates is known at once: results of queries from before its creation are discarded.
#[derive(Debug)]
pub(crate) struct UnknownKeys<Id> {
    lifetime: Duration,
    noted: Mutex<Noted<Id>>,
}

#[derive(Debug)]
struct Noted<Id> {
    /// How many keys this server has created.
    made: u64,
    until: HashMap<Id, Instant>,
}

/// The state of [`UnknownKeys`] before a query.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AskedAt {
    made: u64,
    at: Instant,
}

impl<Id: Eq + Hash> UnknownKeys<Id> {
    /// Ids count as unknown for no longer than `max_staleness`; zero turns this off.
    pub(crate) fn new(max_staleness: Duration) -> Self {
        Self {
            lifetime: max_staleness.min(LIFETIME),
            noted: Mutex::new(Noted { made: 0, until: HashMap::new() }),
        }
    }

    /// Whether `id` was unknown a moment before `now`.
    pub(crate) fn has(&self, id: &Id, now: Instant) -> bool {
        self.noted().until.get(id).is_some_and(|until| now < *until)
    }

    /// Call this before the query.
    pub(crate) fn ask(&self, at: Instant) -> AskedAt {
        AskedAt { made: self.noted().made, at }
    }

    /// Notes that the query which began at `asked` found no key with this id.
    pub(crate) fn note(&self, id: Id, asked: AskedAt) {
        let mut noted = self.noted();
        if noted.made != asked.made || self.lifetime.is_zero() {
            return;
        }
        if noted.until.len() >= CAPACITY {
            noted.until.clear();
        }
        noted.until.insert(id, asked.at + self.lifetime);
    }

    /// Forgets all ids. Call it after the commit of a new key, and before the caller receives the
    /// key.
    pub(crate) fn forget_all(&self) {
        let mut noted = self.noted();
        noted.made += 1;
        noted.until.clear();
    }

    fn noted(&self) -> MutexGuard<'_, Noted<Id>> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::KeyId;

    fn id(number: usize) -> KeyId {
        KeyId::parse(&format!("{number:012}")).unwrap()
    }

    #[test]
    fn an_unknown_id_is_remembered_for_a_moment_from_before_the_query() {
        let (unknown, start) = (UnknownKeys::new(Duration::from_millis(500)), Instant::now());
        unknown.note(id(1), unknown.ask(start));
        let after = |millis| start + Duration::from_millis(millis);
        assert!(unknown.has(&id(1), after(499)) && !unknown.has(&id(1), after(500)));
        assert!(!unknown.has(&id(2), start));
        let patient = UnknownKeys::new(Duration::from_mins(1));
        patient.note(id(1), patient.ask(start));
        assert!(patient.has(&id(1), after(999)) && !patient.has(&id(1), after(1000)));
        let strict = UnknownKeys::new(Duration::ZERO);
        strict.note(id(1), strict.ask(start));
        assert!(!strict.has(&id(1), start));
    }

    #[test]
    fn a_new_key_is_known_at_once_despite_a_query_in_flight() {
        let (unknown, now) = (UnknownKeys::new(LIFETIME), Instant::now());
        unknown.note(id(1), unknown.ask(now));
        let asked = unknown.ask(now);
        unknown.forget_all();
        assert!(!unknown.has(&id(1), now));
        unknown.note(id(2), asked);
        assert!(!unknown.has(&id(2), now), "it may be the one that was made meanwhile");
    }

    #[test]
    fn the_number_of_kept_ids_is_limited() {
        let (unknown, now) = (UnknownKeys::new(LIFETIME), Instant::now());
        for number in 0..3 * CAPACITY {
            unknown.note(id(number), unknown.ask(now));
            assert!(unknown.noted().until.len() <= CAPACITY);
        }
    }
}
