//! Verdicts that wait to be committed, and those who wait for that.
//!
//! There is no writer while there is nothing to write: whoever comes first begins a turn, with
//! nobody to wait for, and the turn goes on until nothing is left. What comes while it commits
//! shares its next transaction. A turn that the database keeps waiting is given up: those who
//! wait for it are told no, and whoever comes next begins another.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sail_cargo_database::pool::{Job, Shared, Waiter};
use sail_cargo_database::tables::audit_events::NewEventRow;
use sail_cargo_database::{DatabaseError, DbConnection, StatementPatience};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::commit::{GROUP, commit, group_size};
use crate::metrics::Metrics;

/// Batches that may wait: four groups. Who would have to wait for more comes back later.
const ROOM: usize = 4 * GROUP;
/// How long one waits for room.
const PATIENCE: Duration = Duration::from_millis(50);

/// The batches of one database. Those who wait for them are told when they are committed.
pub(super) struct Queue {
    room: Arc<Semaphore>,
    waiting: Arc<Mutex<Waiting>>,
    metrics: Arc<Metrics>,
}

#[derive(Default)]
struct Waiting {
    batches: VecDeque<Batch>,
    /// Somebody is at it.
    writing: bool,
}

/// What one call records: all or none.
struct Batch {
    events: Vec<NewEventRow>,
    told: Told,
}

/// One who waits. Dropped without a word, it means no.
struct Told {
    told: oneshot::Sender<Result<(), DatabaseError>>,
    _room: OwnedSemaphorePermit,
}

impl Queue {
    /// A queue that nobody waits in.
    pub(super) fn new(metrics: Arc<Metrics>) -> Self {
        Self { room: Arc::new(Semaphore::new(ROOM)), waiting: Arc::default(), metrics }
    }

    /// How many batches wait, those that are being written counted.
    pub(super) fn depth(&self) -> usize {
        ROOM - self.room.available_permits()
    }

    /// Commits `events`, with others perhaps.
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

    /// Adds a batch. Where nobody is writing, it is the caller's turn.
    fn push(&self, batch: Batch) -> bool {
        let mut waiting = lock(&self.waiting);
        waiting.batches.push_back(batch);
        !std::mem::replace(&mut waiting.writing, true)
    }
}

/// Writes what has gathered, and what gathers meanwhile; the turn is over when nothing does.
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

/// What has gathered; with `None` the turn is over.
fn next(waiting: &Mutex<Waiting>) -> Option<Vec<Batch>> {
    let mut waiting = lock(waiting);
    let count = group_size(waiting.batches.iter().map(|batch| batch.events.len()));
    waiting.writing = count > 0;
    (count > 0).then(|| waiting.batches.drain(..count).collect())
}

/// The right to write a group, and those who wait for it: none any more once they were told.
struct WriteTurn {
    waiting: Arc<Mutex<Waiting>>,
    told: Mutex<Option<Vec<Told>>>,
    metrics: Arc<Metrics>,
}

impl WriteTurn {
    /// Commits the group and tells everybody; whether all went well.
    fn write(
        &self,
        connection: &mut DbConnection,
        events: &[Vec<NewEventRow>],
        threads: &Arc<Shared>,
    ) -> bool {
        let batches: Vec<_> = events.iter().map(Vec::as_slice).collect();
        let verdicts = commit(connection, &batches, &self.metrics);
        let all_good = verdicts.iter().all(Result::is_ok);
        // Who was told already that nothing comes of it is on record all the same.
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
    /// Those behind the group would not fare better.
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
