//! A job that needs a connection, and the caller that waits for it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::oneshot;

use crate::connection::DbConnection;
use crate::error::{DatabaseError, QueryError};
use crate::patience::StatementPatience;

/// The caller of a job. It gets exactly one answer: the job's result or a refusal.
pub trait Waiter: Send + Sync {
    /// Reports that no result came in time. The job may still run later.
    fn refuse(&self, why: DatabaseError);

    /// Whether the caller no longer waits.
    fn is_gone(&self) -> bool;
}

type Work = Box<dyn FnOnce(&mut DbConnection) -> bool + Send>;

/// A queued job.
pub struct Job {
    pub(crate) patience: StatementPatience,
    pub(crate) since: Instant,
    pub(crate) caller: Arc<dyn Waiter>,
    pub(crate) work: Work,
}

impl Job {
    /// `work` answers the caller. It returns whether the connection is known to be good.
    pub fn new(
        patience: StatementPatience,
        caller: Arc<dyn Waiter>,
        work: impl FnOnce(&mut DbConnection) -> bool + Send + 'static,
    ) -> Self {
        Self { patience, since: Instant::now(), caller, work: Box::new(work) }
    }

    pub(crate) fn refuse(self, why: DatabaseError) {
        self.caller.refuse(why);
    }
}

/// The sender of one answer, of which only the first is delivered.
pub(crate) struct Told<T, E>(Mutex<Option<oneshot::Sender<Result<T, E>>>>);

impl<T, E> Told<T, E> {
    pub(crate) fn pair() -> (Self, oneshot::Receiver<Result<T, E>>) {
        let (told, answer) = oneshot::channel();
        (Self(Mutex::new(Some(told))), answer)
    }

    /// Sends the answer, unless one was sent already.
    pub(crate) fn tell(&self, answer: Result<T, E>) {
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(told) = told {
            told.send(answer).ok();
        }
    }
}

impl<T: Send, E: QueryError> Waiter for Told<T, E> {
    fn refuse(&self, why: DatabaseError) {
        self.tell(Err(why.into()));
    }

    fn is_gone(&self) -> bool {
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.as_ref().is_none_or(oneshot::Sender::is_closed)
    }
}
