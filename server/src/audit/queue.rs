//! The queue of verdicts that wait to be committed.
//!
//! No writer runs while the queue is empty: the first caller starts a write turn without delay. The
//! turn goes on until the queue is empty. Batches that arrive during a commit share the next
//! transaction. If the database does not answer, the turn is given up: its callers get an error,
//! and the next caller starts another turn.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sail_cargo_database::pool::{Job, Shared, Waiter};
use sail_cargo_database::tables::audit_events::NewEventRow;
use sail_cargo_database::{DatabaseError, DbConnection, StatementPatience};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::commit::{GROUP, commit, group_size};
use crate::metrics::Metrics;

/// The most waiting batches: four groups. Further callers get an error soon, and may retry.
const ROOM: usize = 4 * GROUP;
/// How long a caller waits for space in the queue.
const PATIENCE: Duration = Duration::from_millis(50);

/// The queue of one database. Each caller gets the result of its batch.
pub(super) struct Queue {
    room: Arc<Semaphore>,
    waiting: Arc<Mutex<Waiting>>,
    metrics: Arc<Metrics>,
}

#[derive(Default)]
struct Waiting {
    batches: VecDeque<Batch>,
    /// A write turn is under way.
    writing: bool,
}

/// The events of one call, which are committed all or none.
struct Batch {
    events: Vec<NewEventRow>,
    told: Told,
}

/// The waiting caller of a batch. If this is dropped without a result, the caller gets an error.
struct Told {
    told: oneshot::Sender<Result<(), DatabaseError>>,
    _room: OwnedSemaphorePermit,
}

impl Queue {
    /// An empty queue.
    pub(super) fn new(metrics: Arc<Metrics>) -> Self {
        Self { room: Arc::new(Semaphore::new(ROOM)), waiting: Arc::default(), metrics }
    }

    /// The number of waiting batches, including those that are being written.
    pub(super) fn depth(&self) -> usize {
        ROOM - self.room.available_permits()
    }

    /// Commits `events`, possibly together with other batches.
    pub(super) async fn record(
        &self,
        threads: &Arc<Shared>,
        events: Vec<NewEventRow>,
    ) -> Result<(), DatabaseError> {
        let room = tokio::time::timeout(PATIENCE, self.room.clone().acquire_owned())
            .await
            .map_err(|_| DatabaseError::unavailable("too many audit events wait to be written"))?
            .map_err(DatabaseError::unavailable)?;
        let (told, verdict) = oneshot::channel();
        let batch = Batch { events, told: Told { told, _room: room } };
        if self.push(batch) {
            write_next(&self.waiting, threads, &self.metrics);
        }
        verdict
            .await
            .map_err(|_| DatabaseError::unavailable("the writer of audit events panicked"))?
    }

    /// Queues a batch. Returns whether the caller must start a write turn.
    fn push(&self, batch: Batch) -> bool {
        let mut waiting = lock(&self.waiting);
        waiting.batches.push_back(batch);
        !std::mem::replace(&mut waiting.writing, true)
    }
}

/// Writes the next group. The write turn ends when the queue is empty.
fn write_next(waiting: &Arc<Mutex<Waiting>>, threads: &Arc<Shared>, metrics: &Arc<Metrics>) {
    let Some(group) = next(waiting) else { return };
    let (events, told): (Vec<_>, Vec<_>) =
        group.into_iter().map(|batch| (batch.events, batch.told)).unzip();
    let (waiting, metrics) = (waiting.clone(), metrics.clone());
    let turn = Arc::new(WriteTurn { waiting, told: Mutex::new(Some(told)), metrics });
    let (caller, next_threads) = (turn.clone(), threads.clone());
    threads.submit(Job::new(StatementPatience::Short, caller, move |connection| {
        turn.write(connection, &events, &next_threads)
    }));
}

/// The next group; `None` ends the write turn.
fn next(waiting: &Mutex<Waiting>) -> Option<Vec<Batch>> {
    let mut waiting = lock(waiting);
    let count = group_size(waiting.batches.iter().map(|batch| batch.events.len()));
    waiting.writing = count > 0;
    (count > 0).then(|| waiting.batches.drain(..count).collect())
}

/// A group that is being written. `told` is `None` after its callers got their results.
struct WriteTurn {
    waiting: Arc<Mutex<Waiting>>,
    told: Mutex<Option<Vec<Told>>>,
    metrics: Arc<Metrics>,
}

impl WriteTurn {
    /// Commits the group and reports the results. Returns whether every batch was committed.
    fn write(
        &self,
        connection: &mut DbConnection,
        events: &[Vec<NewEventRow>],
        threads: &Arc<Shared>,
    ) -> bool {
        let batches: Vec<_> = events.iter().map(Vec::as_slice).collect();
        let verdicts = commit(connection, &batches, &self.metrics);
        let all_good = verdicts.iter().all(Result::is_ok);
        // The callers of a refused turn got an error, although their events may be recorded now.
        let Some(told) = self.take_told() else { return all_good };
        for (told, verdict) in told.into_iter().zip(verdicts) {
            told.told.send(verdict).ok();
        }
        write_next(&self.waiting, threads, &self.metrics);
        all_good
    }

    fn take_told(&self) -> Option<Vec<Told>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Waiter for WriteTurn {
    /// Refuses the group and every queued batch, because those behind it would fail, too.
    fn refuse(&self, why: DatabaseError) {
        let Some(told) = self.take_told() else { return };
        let mut waiting = lock(&self.waiting);
        waiting.writing = false;
        let rest: Vec<_> = waiting.batches.drain(..).map(|batch| batch.told).collect();
        drop(waiting);
        let why = why.cause();
        for told in told.into_iter().chain(rest) {
            told.told.send(Err(DatabaseError::unavailable(why.clone()))).ok();
        }
    }

    fn is_gone(&self) -> bool {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }
}

fn lock(waiting: &Mutex<Waiting>) -> MutexGuard<'_, Waiting> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}
