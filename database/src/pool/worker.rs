//! A thread of the pool, with its connection.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use diesel::connection::TransactionManager;
use diesel::{Connection, ConnectionResult};

use super::job::Job;
use super::life::{Beats, Life};
use super::state::State;
use super::{Shared, watchdog};
use crate::connection::DbConnection;
use crate::error::DatabaseError;
use crate::patience::StatementPatience;

/// A thread that gets no job for so long ends. PostgreSQL ends sessions that are idle for twice as
/// long.
const IDLE: Duration = Duration::from_secs(30);
/// A connection that was not used for so long is tested before its next use.
const PROMPT: Duration = Duration::from_secs(1);

pub(crate) struct Worker {
    shared: Arc<Shared>,
    id: u64,
    life: Arc<Life>,
    warm: Option<WarmConnection>,
}

/// A connection that was good when it was last used.
struct WarmConnection {
    connection: DbConnection,
    generation: u64,
    used: Instant,
}

impl Shared {
    /// Starts one more thread. If the system has none, the queued jobs are refused when their time
    /// is over.
    pub(crate) fn hire(self: &Arc<Self>, state: &mut State) {
        let (id, life) = state.hire();
        let worker = Worker { shared: self.clone(), id, life, warm: None };
        if let Err(error) = spawn("database", move || worker.run()) {
            log::error!("cannot start a thread for the database: {error}");
            state.dismiss(id);
        }
        if !state.watched {
            let shared = self.clone();
            state.watched = spawn("database-watch", move || watchdog::watch(&shared)).is_ok();
        }
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    std::thread::Builder::new().name(name.to_owned()).spawn(run).map(drop)
}

impl Worker {
    fn run(mut self) {
        while let Some(job) = self.next() {
            if !self.serve(job) {
                break;
            }
        }
        // The connection closes first, then the thread that drops the pool is woken.
        self.warm = None;
        let mut state = self.shared.lock();
        state.dismiss(self.id);
        if state.closed {
            self.shared.watch.notify_all();
        }
    }

    /// Waits for a job. `None` if the thread was idle for too long, or the pool is closed.
    fn next(&self) -> Option<Job> {
        let mut state = self.shared.lock();
        let until = Instant::now() + IDLE;
        loop {
            if state.closed {
                return None;
            }
            if let Some(job) = state.take(self.id, self.shared.size) {
                return Some(job);
            }
            let left = until.checked_duration_since(Instant::now())?;
            state.set_idle(true);
            let woken = self.shared.wake.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
            state.set_idle(false);
        }
    }

    /// Runs one job. Returns whether the thread may take another.
    fn serve(&mut self, job: Job) -> bool {
        let mut warm = match self.connect() {
            Ok(warm) => warm,
            Err(error) => return self.refuse(job, &error.to_string()),
        };
        self.shared.note_wait(job.since);
        if self.shared.lock().is_well(self.id, warm.generation) {
            log::info!("the database answers again");
        }
        let (caller, patience) = (job.caller, job.patience);
        if caller.is_gone() {
            self.warm = Some(warm);
            return self.shared.lock().done(self.id);
        }
        let work = || {
            warm.be_patient(&self.shared, patience);
            (job.work)(&mut warm.connection)
        };
        let well = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
            caller.refuse(DatabaseError::unavailable("a query panicked"));
            false
        });
        warm.be_patient_no_more(&self.shared, patience);
        self.keep(warm, well);
        self.shared.lock().done(self.id)
    }

    /// The kept connection if it is still good; otherwise a new one.
    fn connect(&mut self) -> ConnectionResult<WarmConnection> {
        let generation = self.shared.lock().generation();
        if let Some(mut warm) = self.warm.take().filter(|warm| warm.generation == generation)
            && (warm.used.elapsed() < PROMPT || warm.answers())
        {
            return Ok(warm);
        }
        self.shared.lock().connects(self.id);
        let (mut connection, grip) = self.shared.manager.open()?;
        self.shared.lock().hold(self.id, grip);
        self.shared.manager.set_deadlines(&mut connection)?;
        connection.set_instrumentation(Beats(self.life.clone()));
        Ok(WarmConnection { connection, generation, used: Instant::now() })
    }

    /// Handles a failure to connect: the job goes back to the queue or is refused. Returns whether
    /// the thread may take another job.
    fn refuse(&self, job: Job, why: &str) -> bool {
        let mut state = self.shared.lock();
        let (refused, is_news) = state.cannot_connect(job, why, Instant::now());
        let is_ours = state.done(self.id);
        drop(state);
        if is_news {
            log::error!("waiting for the database: {why}");
        }
        if refused.is_empty() {
            self.shared.wake.notify_one();
            return false;
        }
        for job in refused {
            job.refuse(DatabaseError::unavailable(why.to_owned()));
        }
        is_ours
    }

    /// Keeps the connection for the next job if it is good and in no transaction.
    fn keep(&mut self, mut warm: WarmConnection, well: bool) {
        let answers = well || warm.answers();
        if answers && warm.is_between_transactions() {
            warm.used = Instant::now();
            self.warm = Some(warm);
            return;
        }
        let mut state = self.shared.lock();
        state.hold(self.id, None);
        // One of an earlier generation is no reason to distrust those that came after it.
        if !answers && warm.generation == state.generation() {
            state.distrust();
        }
    }
}

impl WarmConnection {
    fn answers(&mut self) -> bool {
        self.connection.answers()
    }

    fn is_between_transactions(&mut self) -> bool {
        type Transactions = <DbConnection as Connection>::TransactionManager;
        let status = Transactions::transaction_manager_status_mut(&mut self.connection);
        matches!(status.transaction_depth(), Ok(None))
    }

    /// Raises the limit on statements for a long job.
    fn be_patient(&mut self, shared: &Shared, patience: StatementPatience) {
        if patience == StatementPatience::Long {
            self.connection.limit_statements(shared.manager.limit(StatementPatience::Long)).ok();
        }
    }

    fn be_patient_no_more(&mut self, shared: &Shared, patience: StatementPatience) {
        if patience == StatementPatience::Long {
            self.connection.limit_statements(shared.manager.limit(StatementPatience::Short)).ok();
        }
    }
}
