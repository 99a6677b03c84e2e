//! Whether recording works, from the experience of its callers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sail_cargo_database::DatabaseError;
use sail_cargo_database::ailment::{self, Ailment};

/// How long a caller may wait for a record before the server is not ready.
const PATIENCE: Duration = Duration::from_secs(5);
/// Refusals shorter than this may be momentary, such as a burst of load.
const MOMENT: Duration = Duration::from_millis(500);
/// After this time without a record, a test should show whether recording works.
const QUIET: Duration = Duration::from_secs(30);

/// The state, shared by all callers that record.
#[derive(Debug, Default)]
pub(super) struct Vitals(Mutex<Recording>);

#[derive(Debug, Default)]
struct Recording {
    /// The start of each wait, by its number. The first is the oldest.
    waiting: BTreeMap<u64, Instant>,
    begun: u64,
    /// Since when every record is refused, and the first cause.
    refused: Option<(Instant, Ailment)>,
    /// When a record last succeeded.
    taken: Option<Instant>,
}

/// A caller that waits for a record, until this is dropped.
pub(super) struct Wait {
    vitals: Arc<Vitals>,
    number: u64,
}

impl Vitals {
    /// Begins to wait for a record.
    pub(super) fn wait(self: &Arc<Self>) -> Wait {
        let mut recording = self.recording();
        recording.begun += 1;
        let number = recording.begun;
        recording.waiting.insert(number, Instant::now());
        Wait { vitals: self.clone(), number }
    }

    /// Notes that a record succeeded.
    pub(super) fn took(&self) {
        self.recording().took();
    }

    /// What prevents events from being recorded, as a sentence; `None` if nothing is known to.
    pub(super) fn trouble(&self) -> Option<String> {
        self.recording().trouble(Instant::now())
    }

    /// Whether the last record failed, or there was none for a while.
    pub(super) fn is_untried(&self) -> bool {
        let recording = self.recording();
        recording.refused.is_some() || recording.taken.is_none_or(|taken| taken.elapsed() >= QUIET)
    }

    fn recording(&self) -> MutexGuard<'_, Recording> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recording {
    fn took(&mut self) {
        self.refused = None;
        self.taken = Some(Instant::now());
    }

    fn trouble(&self, now: Instant) -> Option<String> {
        let longest = self.waiting.values().next().map(|since| now.duration_since(*since));
        if let Some(longest) = longest.filter(|longest| *longest > PATIENCE) {
            return Some(format!(
                "requests have waited for an audit record for {} seconds",
                longest.as_secs()
            ));
        }
        let (since, ailment) = self.refused?;
        let lasts = now.duration_since(since) >= MOMENT;
        lasts.then(|| format!("verdicts are not recorded: {ailment}"))
    }
}

impl Wait {
    /// Notes the result of a record. An error about the event itself does not count against
    /// recording.
    pub(super) fn end(self, recorded: &Result<(), DatabaseError>) {
        let mut recording = self.vitals.recording();
        match recorded {
            Ok(()) => recording.took(),
            Err(error) if error.is_final() => {}
            Err(error) => {
                let refused = (Instant::now(), ailment::of(error));
                recording.refused.get_or_insert(refused);
            }
        }
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        self.vitals.recording().waiting.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused() -> Result<(), DatabaseError> {
        Err(DatabaseError::Unavailable("database or disk is full".into()))
    }

    #[test]
    fn a_long_wait_is_reported_until_it_ends() {
        let vitals = Arc::new(Vitals::default());
        let trouble = |later| vitals.recording().trouble(Instant::now() + later);
        let (first, second) = (vitals.wait(), vitals.wait());
        assert_eq!(trouble(PATIENCE / 2), None);
        let told = trouble(PATIENCE * 2).unwrap();
        assert!(told.contains("for 10 seconds"), "{told}");
        second.end(&Ok(()));
        assert!(trouble(PATIENCE * 2).is_some(), "the others' luck is not the first one's");
        drop(first);
        assert_eq!(trouble(PATIENCE * 2), None, "who went away waits no more");
    }

    #[test]
    fn a_refusal_lasts_until_something_is_taken() {
        let vitals = Arc::new(Vitals::default());
        let trouble = |later| vitals.recording().trouble(Instant::now() + later);
        vitals.wait().end(&refused());
        assert_eq!(trouble(Duration::ZERO), None, "it may be one of a moment");
        let told = trouble(MOMENT).unwrap();
        assert!(told.contains("the disk is full"), "{told}");
        vitals.wait().end(&Ok(()));
        assert_eq!(trouble(MOMENT), None);
        vitals.wait().end(&Err(DatabaseError::Corrupt("of one row".to_owned())));
        assert_eq!(trouble(MOMENT), None, "what is wrong with one event is not with the record");
    }
}
