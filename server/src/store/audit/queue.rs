//! Verdicts that wait to be committed, and those who wait for that.
//!
//! There is no writer while there is nothing to write: whoever comes first sends one off, with
//! nobody to wait for, and it goes on until nothing is left. What comes while it commits shares
//! its next transaction.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use diesel::r2d2::Pool;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::commit::{GROUP, commit, group_size, unavailable};
use super::event::Event;
use crate::store::connection::{DbConnection, Manager};
use crate::store::error::StoreError;

/// Batches that may wait: four groups. Who would have to wait for more comes back later.
const ROOM: usize = 4 * GROUP;
/// How long one waits for room.
const PATIENCE: Duration = Duration::from_millis(50);

/// The batches of one database. Those who wait for them are told when they are committed.
pub(super) struct Queue {
    room: Arc<Semaphore>,
    waiting: Arc<Mutex<Waiting>>,
}

#[derive(Default)]
struct Waiting {
    batches: VecDeque<Batch>,
    /// Somebody is at it.
    writing: bool,
}

/// What one call records: all or none.
struct Batch {
    events: Vec<Event>,
    /// Dropped without a word, it means no.
    told: oneshot::Sender<Result<(), StoreError>>,
    _room: OwnedSemaphorePermit,
}

impl Default for Queue {
    fn default() -> Self {
        Self { room: Arc::new(Semaphore::new(ROOM)), waiting: Arc::default() }
    }
}

impl Queue {
    /// Commits `events`, with others perhaps.
    pub(super) async fn record(
        &self,
        pool: &Pool<Manager>,
        events: Vec<Event>,
    ) -> Result<(), StoreError> {
        let room = tokio::time::timeout(PATIENCE, self.room.clone().acquire_owned())
            .await
            .map_err(|_| unavailable("too many audit events wait to be written"))?
            .map_err(unavailable)?;
        let (told, verdict) = oneshot::channel();
        if let Some(turn) = self.push(Batch { events, told, _room: room }) {
            let pool = pool.clone();
            // Nobody waits for the turn itself: who asked for it may go away.
            drop(tokio::task::spawn_blocking(move || turn.write(&pool)));
        }
        verdict.await.map_err(|_| unavailable("the writer of audit events broke down"))?
    }

    /// Adds a batch. Where nobody is writing, it is the caller's turn.
    fn push(&self, batch: Batch) -> Option<Turn> {
        let mut waiting = lock(&self.waiting);
        waiting.batches.push_back(batch);
        let idle = !std::mem::replace(&mut waiting.writing, true);
        idle.then(|| Turn { waiting: self.waiting.clone(), over: false })
    }
}

/// The right to write, of which there is one. It ends when nothing waits, or with all who wait:
/// nobody is left behind for whom nobody writes.
struct Turn {
    waiting: Arc<Mutex<Waiting>>,
    over: bool,
}

impl Turn {
    fn write(mut self, pool: &Pool<Manager>) {
        let mut kept = None;
        while let Some(group) = self.next() {
            match kept.take().map_or_else(|| pool.get(), Ok) {
                Ok(mut connection) => {
                    let all_good = commit_and_tell(&mut connection, group);
                    kept = all_good.then_some(connection);
                }
                Err(error) => self.refuse(group, &error.to_string()),
            }
        }
    }

    /// What has gathered; with `None` the turn is over.
    fn next(&mut self) -> Option<Vec<Batch>> {
        let mut waiting = lock(&self.waiting);
        let count = group_size(waiting.batches.iter().map(|batch| batch.events.len()));
        waiting.writing = count > 0;
        self.over = count == 0;
        (count > 0).then(|| waiting.batches.drain(..count).collect())
    }

    /// Without a connection there is none for those behind the group either.
    fn refuse(&self, group: Vec<Batch>, cause: &str) {
        let rest = std::mem::take(&mut lock(&self.waiting).batches);
        for batch in group.into_iter().chain(rest) {
            batch.told.send(Err(unavailable(cause.to_owned()))).ok();
        }
    }
}

impl Drop for Turn {
    /// A panic, or a runtime that stops before the turn has begun.
    fn drop(&mut self) {
        if !self.over {
            let mut waiting = lock(&self.waiting);
            waiting.writing = false;
            waiting.batches.clear();
        }
    }
}

/// Commits a group and tells everybody; whether all went well.
fn commit_and_tell(connection: &mut DbConnection, group: Vec<Batch>) -> bool {
    let batches: Vec<_> = group.iter().map(|batch| batch.events.as_slice()).collect();
    let verdicts = commit(connection, &batches);
    let all_good = verdicts.iter().all(Result::is_ok);
    for (batch, verdict) in group.into_iter().zip(verdicts) {
        // Who has gone away meanwhile is on record all the same.
        batch.told.send(verdict).ok();
    }
    all_good
}

fn lock(waiting: &Mutex<Waiting>) -> MutexGuard<'_, Waiting> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}
