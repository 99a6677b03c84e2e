//! Connections to the database, and who may use them for how long.
//!
//! A connection belongs to a thread, and what is asked comes to it by a queue. Nobody waits
//! without an end: a statement that is not answered in time has its caller refused, its connection
//! given up and its thread left to itself until the database's library lets go of it; another
//! thread takes its place. Whoever waits for many short statements, each of which is answered, is
//! refused after twice that time. Where nobody is served, nobody is queued.

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

/// How long a pool that is dropped waits for its threads to put their connections down.
const FAREWELL: Duration = Duration::from_secs(1);

/// The connections. Cheap to clone; with the last clone they are closed.
#[derive(Clone)]
pub(crate) struct Pool(Arc<Open>);

/// Ends the threads when nobody asks any more.
struct Open(Arc<Shared>);

/// What the threads share.
pub struct Shared {
    manager: Arc<Manager>,
    size: usize,
    state: Mutex<State>,
    /// Something is queued, or over.
    wake: Condvar,
    /// Something begins that the watchdog looks after, or all is over.
    watch: Condvar,
    /// Told how long jobs wait for a connection, in seconds.
    waits: OnceLock<Histogram>,
}

impl Pool {
    /// At most `size` connections, made when they are needed: a database that is down now is no
    /// reason not to start.
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

    /// Asks the database.
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

    /// What threads may keep that must not keep the pool open.
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
    /// Has `job` done, or refuses it: now, where nobody could do it soon.
    pub fn submit(self: &Arc<Self>, job: Job) {
        let mut state = self.lock();
        let now = Instant::now();
        if let Err(why) = state.demand_hope(job.patience, self.size, now) {
            drop(state);
            return job.refuse(why);
        }
        let are_enough = state.queue(job);
        // What is queued before it may be for nobody yet, so that it is told in any case.
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

    /// Whether nobody has a connection, and the last attempt to get one failed.
    pub(crate) fn is_given_up(&self) -> bool {
        self.lock().is_down()
    }

    /// Measures how long a job waited that came at `since`.
    fn note_wait(&self, since: Instant) {
        if let Some(waits) = self.waits.get() {
            waits.record(since.elapsed());
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the database will have said. It is asked already, so that nothing of the question stays in
/// the future of a request, which is moved about: most requests ask nothing.
#[must_use = "it may be an error"]
pub struct QueryHandle<T, E = DatabaseError>(oneshot::Receiver<Result<T, E>>);

impl<T, E: QueryError> QueryHandle<T, E> {
    /// Waits on a thread that may.
    ///
    /// # Errors
    /// Whatever the query ends in.
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
