//! The writer thread: moves events from the spool to the database.

use std::sync::Arc;
use std::time::Duration;

use sail_cargo_database::tables::audit_events::NewEventRow;
use sail_cargo_database::{Database, DatabaseError};

use super::super::commit::{GROUP, commit};
use super::recovery;
use super::segment::{Fate, Segment};
use super::state::Shared;
use crate::metrics::Metrics;

/// The pause after each group, so that more events share a commit: on a busy machine each commit
/// takes CPU time from signing. A power cut loses the events of this time, so it is short.
const LINGER: Duration = Duration::from_millis(100);
/// The pause between recovered groups, for other writers of the database.
const BREATH: Duration = Duration::from_millis(20);
/// The first pause when the database refuses a group. Each further pause doubles, up to
/// [`LONGEST_PAUSE`].
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

pub(super) struct Writer {
    shared: Arc<Shared>,
    database: Database,
    metrics: Arc<Metrics>,
    pause: Duration,
}

impl Writer {
    pub(super) fn new(shared: Arc<Shared>, database: Database, metrics: Arc<Metrics>) -> Self {
        Self { shared, database, metrics, pause: SHORTEST_PAUSE }
    }

    /// Recovers abandoned segments, then writes new events until the spool is closed.
    pub(super) fn run(mut self, left_behind: Vec<Segment>) {
        for segment in left_behind {
            self.recover(segment);
        }
        while let Some(group) = self.shared.next() {
            let batches = group.iter().map(|batch| batch.events.clone()).collect();
            let verdicts = self.attempt(batches);
            let (trouble, aside) = self.shared.settle(group, verdicts);
            self.metrics.audit_dropped.increment(aside as u64);
            if self.is_well(trouble.as_ref()) {
                self.shared.linger(LINGER);
            }
        }
    }

    /// Writes the events of an abandoned segment, and removes it. If this is interrupted, the next
    /// start begins again.
    fn recover(&mut self, mut segment: Segment) {
        let (events, damaged) = match recovery::events(&mut segment) {
            Ok(read) => read,
            Err(error) => {
                log::error!("{}: {error}", segment.path().display());
                return;
            }
        };
        self.metrics.audit_dropped.increment(damaged as u64);
        if !events.is_empty() {
            log::info!(
                "wrote {} audit events that an earlier server left in {}",
                events.len(),
                segment.path().display()
            );
        }
        for group in events.chunks(GROUP) {
            // One event per batch, because the file does not show which events belong to one call.
            let mut left: Vec<_> =
                group.iter().map(|event| Arc::new(vec![event.clone()])).collect();
            while !left.is_empty() {
                if self.shared.is_closed() {
                    return;
                }
                let (verdicts, mut trouble) = (self.attempt(left.clone()), None);
                let mut again = Vec::new();
                for (event, verdict) in left.into_iter().zip(verdicts) {
                    match verdict {
                        Ok(()) => {}
                        Err(error) if error.is_final() => {
                            log::error!("the database refuses an audit event: {error}");
                            self.metrics.audit_dropped.increment(1);
                            segment.mark(Fate::Aside);
                        }
                        Err(error) => {
                            trouble = Some(error);
                            again.push(event);
                        }
                    }
                }
                left = again;
                if self.is_well(trouble.as_ref()) {
                    self.shared.pause(BREATH);
                }
            }
        }
        segment.finish();
    }

    /// The result of each batch. After a lost answer the batch may be committed all the same; a
    /// repeated event is then recognised by its id.
    fn attempt(&self, batches: Vec<Arc<Vec<NewEventRow>>>) -> Vec<Result<(), DatabaseError>> {
        let (count, metrics) = (batches.len(), self.metrics.clone());
        let asked = self.database.run_aside(move |connection| {
            let batches: Vec<_> = batches.iter().map(|batch| batch.as_slice()).collect();
            Ok::<_, DatabaseError>(commit(connection, &batches, &metrics))
        });
        asked.wait().unwrap_or_else(|error| {
            let cause = error.cause();
            (0..count).map(|_| Err(DatabaseError::unavailable(cause.clone()))).collect()
        })
    }

    /// Notes the result of a group. Returns whether the database took it. If not, pauses, longer
    /// each time.
    fn is_well(&mut self, trouble: Option<&DatabaseError>) -> bool {
        let was_behind = self.shared.set_behind(trouble.is_some());
        let Some(error) = trouble else {
            if was_behind {
                log::info!("audit events are written to the database again");
            }
            self.pause = SHORTEST_PAUSE;
            return true;
        };
        if !was_behind {
            log::error!(
                "audit events gather in the spool, because the database does not take them: {}",
                error.cause()
            );
        }
        self.shared.pause(self.pause);
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        false
    }
}

impl Drop for Writer {
    /// Closes the spool if the writer panics, because nothing would move its events.
    fn drop(&mut self) {
        if std::thread::panicking() {
            log::error!("the writer of audit events panicked; unwritten events stay in the spool");
            self.shared.set_behind(true);
            self.shared.close();
        }
    }
}
