//! The connection pool: who may use a connection, and for how long.
//!
//! Each connection belongs to a thread, and queries reach it through a queue. Every wait has a
//! limit. When a statement is not answered in time, its caller gets an error, its connection is
//! given up, and a new thread takes the place of the old one. The old thread stays abandoned until
//! libpq or SQLite returns. A caller of many short statements gets an error after twice the limit,
//! even if each statement is answered. While no query can be served, none is queued.

mod down;
mod job;
mod life;
mod state;
#[cfg(test)]
mod tests;
mod watchdog;
mod worker;

use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{self, Poll};
use std::time::{Duration, Instant};

use metrics::Histogram;
use tokio::sync::oneshot;

use crate::connection::{DbConnection, Manager};
use crate::error::{DatabaseError, QueryError};
use crate::patience::StatementPatience;
use job::Told;
pub use job::{Job, Waiter};
use state::State;

/// How long dropping the pool waits for its threads to close their connections.
const FAREWELL: Duration = Duration::from_secs(1);

/// The pool. Cheap to clone; dropping the last clone closes the connections.
#[derive(Clone)]
pub(crate) struct Pool(Arc<Open>);

/// Ends the threads when the last clone of the pool is dropped.
struct Open(Arc<Shared>);

/// The state that the threads share.
pub struct Shared {
    manager: Arc<Manager>,
    size: usize,
    state: Mutex<State>,
    /// Signals that a job was queued, or that the pool is closed.
    wake: Condvar,
    /// Signals the watchdog that work began, or that the pool is closed.
    watch: Condvar,
    /// Records how long jobs wait for a connection, in seconds.
    waits: OnceLock<Histogram>,
}

impl Pool {
    /// A pool of at most `size` connections, which are opened when they are needed. So a database
    /// that is down does not prevent the start.
    pub(crate) fn new(manager: Arc<Manager>, size: u32) -> Self {
        Self(Arc::new(Open(Arc::new(Shared {
            manager,
            size: size as usize,
            state: Mutex::new(State::new(Instant::now())),
            wake: Condvar::new(),
            watch: Condvar::new(),
            waits: OnceLock::new(),
        }))))
    }

    /// Queues a query.
    pub(crate) fn ask<T: Send + 'static, E: QueryError>(
        &self,
        patience: StatementPatience,
        query: impl FnOnce(&mut DbConnection) -> Result<T, E> + Send + 'static,
    ) -> QueryHandle<T, E> {
        let (told, answer) = Told::pair();
        let told = Arc::new(told);
        let caller = told.clone();
        self.shared().submit(Job::new(patience, caller, move |connection| {
            let answer = query(connection);
            let error = answer.as_ref().err().and_then(E::of_database);
            let is_well = !matches!(error, Some(DatabaseError::Unavailable(_)));
            told.tell(answer);
            is_well
        }));
        QueryHandle(answer)
    }

    /// The shared state. Threads hold it without keeping the pool open.
    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.0.0
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.closed = true;
        let left = state.take_all();
        self.0.wake.notify_all();
        self.0.watch.notify_all();
        let is_busy = |state: &mut State| state.hands() > 0;
        let waited = self.0.watch.wait_timeout_while(state, FAREWELL, is_busy);
        drop(waited);
        for job in left {
            job.refuse(DatabaseError::unavailable("the server is stopping"));
        }
    }
}

impl Shared {
    /// Queues `job`, or refuses it at once if it could not be served soon.
    pub fn submit(self: &Arc<Self>, job: Job) {
        let mut state = self.lock();
        let now = Instant::now();
        if let Err(why) = state.demand_hope(job.patience, self.size, now) {
            drop(state);
            return job.refuse(why);
        }
        let are_enough = state.queue(job);
        // The job is queued even if no thread can be started, so that the watchdog refuses it in
        // time.
        self.wake.notify_one();
        if !are_enough {
            if state.may_hire(self.size, now) {
                self.hire(&mut state);
            }
            self.watch.notify_one();
        }
    }

    pub(crate) fn measure_waits(&self, seconds: Histogram) {
        self.waits.set(seconds).ok();
    }

    /// Whether no thread has a connection and the last attempt to connect failed.
    pub(crate) fn is_given_up(&self) -> bool {
        self.lock().is_down()
    }

    /// Records how long a job waited that was queued at `since`.
    fn note_wait(&self, since: Instant) {
        if let Some(waits) = self.waits.get() {
            waits.record(since.elapsed());
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The future result of a query, which is queued already.
///
/// The query itself does not live in the request's future. That keeps the future small, which is
/// moved around often, while most requests need no query.
#[must_use = "it may be an error"]
pub struct QueryHandle<T, E = DatabaseError>(oneshot::Receiver<Result<T, E>>);

impl<T, E: QueryError> QueryHandle<T, E> {
    /// Blocks this thread until the result is there. Not for async threads.
    ///
    /// # Errors
    /// The error of the query; [`DatabaseError::Unavailable`] if it gives no result.
    pub fn wait(self) -> Result<T, E> {
        self.0.blocking_recv().map_err(DatabaseError::unavailable)?
    }
}

impl<T, E: QueryError> Future for QueryHandle<T, E> {
    type Output = Result<T, E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut task::Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|told| told.map_err(DatabaseError::unavailable)?)
    }
}
