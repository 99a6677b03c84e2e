//! Something to be done with a connection, and whoever waits for it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::oneshot;

use super::super::connection::DbConnection;
use super::super::error::StoreError;
use super::Patience;

/// Whoever waits for a job. They are told once: by the job, or that nothing comes of it.
pub(in crate::store) trait Caller: Send + Sync {
    /// Nothing came of it in time. It may be done all the same, later.
    fn refuse(&self, why: StoreError);

    /// Whether nobody waits any more.
    fn is_gone(&self) -> bool;
}

type Work = Box<dyn FnOnce(&mut DbConnection) -> bool + Send>;

/// What is queued.
pub(in crate::store) struct Job {
    pub(super) patience: Patience,
    pub(super) since: Instant,
    pub(super) caller: Arc<dyn Caller>,
    pub(super) work: Work,
}

impl Job {
    /// `work` tells the caller, and says whether the connection is known to be well.
    pub(in crate::store) fn new(
        patience: Patience,
        caller: Arc<dyn Caller>,
        work: impl FnOnce(&mut DbConnection) -> bool + Send + 'static,
    ) -> Self {
        Self { patience, since: Instant::now(), caller, work: Box::new(work) }
    }

    pub(super) fn refuse(self, why: StoreError) {
        self.caller.refuse(why);
    }
}

/// One who waits for one answer.
pub(super) struct Told<T>(Mutex<Option<oneshot::Sender<Result<T, StoreError>>>>);

impl<T> Told<T> {
    pub(super) fn pair() -> (Self, oneshot::Receiver<Result<T, StoreError>>) {
        let (told, answer) = oneshot::channel();
        (Self(Mutex::new(Some(told))), answer)
    }

    /// Only the first says anything.
    pub(super) fn tell(&self, answer: Result<T, StoreError>) {
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(told) = told {
            told.send(answer).ok();
        }
    }
}

impl<T: Send> Caller for Told<T> {
    fn refuse(&self, why: StoreError) {
        self.tell(Err(why));
    }

    fn is_gone(&self) -> bool {
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.as_ref().is_none_or(oneshot::Sender::is_closed)
    }
}

/// There are connections, and all of them are in use.
#[derive(Debug, thiserror::Error)]
#[error("no connection to the database is free")]
pub(in crate::store) struct Busy;

/// Not now, and why.
pub(in crate::store) fn unavailable(
    cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> StoreError {
    StoreError::Unavailable(cause.into())
}
