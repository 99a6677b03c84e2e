//! How recording goes, as those notice who do it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sail_cargo_database::DatabaseError;
use sail_cargo_database::ailment::{self, Ailment};

/// How long somebody may wait for a record before the server is not ready.
const PATIENCE: Duration = Duration::from_secs(5);
/// For so long a refusal may be one of a moment: too much at once, say.
const MOMENT: Duration = Duration::from_millis(500);
/// After so long without a record it is tried whether one could be made.
const QUIET: Duration = Duration::from_secs(30);

/// Shared by all who record.
#[derive(Debug, Default)]
pub(super) struct Vitals(Mutex<Recording>);

#[derive(Debug, Default)]
struct Recording {
    /// Who waits, and since when; the first came first.
    waiting: BTreeMap<u64, Instant>,
    begun: u64,
    /// Since when everything is refused, and why it was at first.
    refused: Option<(Instant, Ailment)>,
    /// When something was taken last.
    taken: Option<Instant>,
}

/// Somebody who waits for a record, until this is dropped.
pub(super) struct Wait {
    vitals: Arc<Vitals>,
    number: u64,
}

impl Vitals {
    /// Somebody begins to wait for a record.
    pub(super) fn wait(self: &Arc<Self>) -> Wait {
        let mut recording = self.recording();
        recording.begun += 1;
        let number = recording.begun;
        recording.waiting.insert(number, Instant::now());
        Wait { vitals: self.clone(), number }
    }

    /// Something was taken.
    pub(super) fn took(&self) {
        self.recording().took();
    }

    /// What keeps events from being recorded, in a sentence; `None` if nothing is known to.
    pub(super) fn trouble(&self) -> Option<String> {
        self.recording().trouble(Instant::now())
    }

    /// Whether the last event was not taken, or there was none for a while.
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
    /// How it ended. That the event itself was refused says nothing of the others.
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
    fn who_waits_too_long_is_told_of_until_nobody_does() {
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
