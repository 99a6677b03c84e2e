//! Ids that no key has: whoever repeats one that was made up costs the database nothing.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long an id is believed to be nobody's, at most.
const LIFETIME: Duration = Duration::from_secs(1);
/// Ids that are kept at most: with more, all are asked for anew.
const CAPACITY: usize = 4096;

/// What the database did not know a moment ago.
///
/// A key that another server makes is known here after `max_staleness` at the latest. One that this
/// server makes is known at once: what was asked before it was made is not noted after.
#[derive(Debug)]
pub(crate) struct UnknownKeys<Id> {
    lifetime: Duration,
    noted: Mutex<Noted<Id>>,
}

#[derive(Debug)]
struct Noted<Id> {
    /// How often this server made a key.
    made: u64,
    until: HashMap<Id, Instant>,
}

/// When the database was asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AskedAt {
    made: u64,
    at: Instant,
}

impl<Id: Eq + Hash> UnknownKeys<Id> {
    /// Ids are believed to be nobody's for no longer than `max_staleness`; not at all for zero.
    pub(crate) fn new(max_staleness: Duration) -> Self {
        Self {
            lifetime: max_staleness.min(LIFETIME),
            noted: Mutex::new(Noted { made: 0, until: HashMap::new() }),
        }
    }

    /// Whether `id` was nobody's a moment before `now`.
    pub(crate) fn has(&self, id: &Id, now: Instant) -> bool {
        self.noted().until.get(id).is_some_and(|until| now < *until)
    }

    /// Said before the database is asked.
    pub(crate) fn ask(&self, at: Instant) -> AskedAt {
        AskedAt { made: self.noted().made, at }
    }

    /// Notes that the database, when it was asked, knew no key of this id.
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

    /// A key was made: said after the commit, and before anybody has it.
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
    fn an_id_is_nobodys_for_a_moment_counted_from_before_it_was_asked_for() {
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
    fn a_key_that_is_made_is_known_at_once_whoever_was_asking() {
        let (unknown, now) = (UnknownKeys::new(LIFETIME), Instant::now());
        unknown.note(id(1), unknown.ask(now));
        let asked = unknown.ask(now);
        unknown.forget_all();
        assert!(!unknown.has(&id(1), now));
        unknown.note(id(2), asked);
        assert!(!unknown.has(&id(2), now), "it may be the one that was made meanwhile");
    }

    #[test]
    fn so_many_are_kept_and_no_more() {
        let (unknown, now) = (UnknownKeys::new(LIFETIME), Instant::now());
        for number in 0..3 * CAPACITY {
            unknown.note(id(number), unknown.ask(now));
            assert!(unknown.noted().until.len() <= CAPACITY);
        }
    }
}
