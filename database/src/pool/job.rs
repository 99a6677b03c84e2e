//! Something to be done with a connection, and whoever waits for it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::oneshot;

use crate::connection::DbConnection;
use crate::error::{DatabaseError, QueryError};
use crate::patience::StatementPatience;

/// Whoever waits for a job. They are told once: by the job, or that nothing comes of it.
pub trait Waiter: Send + Sync {
    /// Nothing came of it in time. It may be done all the same, later.
    fn refuse(&self, why: DatabaseError);

    /// Whether nobody waits any more.
    fn is_gone(&self) -> bool;
}

type Work = Box<dyn FnOnce(&mut DbConnection) -> bool + Send>;

/// What is queued.
pub struct Job {
    pub(crate) patience: StatementPatience,
    pub(crate) since: Instant,
    pub(crate) caller: Arc<dyn Waiter>,
    pub(crate) work: Work,
}

impl Job {
    /// `work` tells the caller, and says whether the connection is known to be well.
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

/// One who waits for one answer.
pub(crate) struct Told<T, E>(Mutex<Option<oneshot::Sender<Result<T, E>>>>);

impl<T, E> Told<T, E> {
    pub(crate) fn pair() -> (Self, oneshot::Receiver<Result<T, E>>) {
        let (told, answer) = oneshot::channel();
        (Self(Mutex::new(Some(told))), answer)
    }

    /// Only the first says anything.
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
