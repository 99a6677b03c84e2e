//! The gate before everything that hashes a password: few at once, on threads of their own, and few waiting.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::error::AuthError;

/// How many passwords are hashed at once at most: each takes a core.
const AT_ONCE: usize = 4;
/// How many wait for their turn at most. Whoever comes then is refused before anything is looked up.
const WAITING: usize = 64;
/// How much less the threads are worth than those that answer requests (nice(2)).
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

type Job = Box<dyn FnOnce() + Send>;

/// There is no place in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Busy;

/// The gate. Its threads end with it.
#[derive(Debug)]
pub(super) struct Gate {
    places: Arc<Semaphore>,
    jobs: Sender<Job>,
}

/// A place among those who are inside or wait. Dropping it gives it back.
#[derive(Debug)]
pub(super) struct Place {
    jobs: Sender<Job>,
    _permit: OwnedSemaphorePermit,
}

impl Gate {
    /// A gate for as many at once as there are cores, four at most.
    pub(super) fn open() -> std::io::Result<Self> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Self::with_threads(cores.min(AT_ONCE), WAITING)
    }

    fn with_threads(threads: usize, waiting: usize) -> std::io::Result<Self> {
        let (jobs, queue) = channel::<Job>();
        let queue = Arc::new(Mutex::new(queue));
        for number in 0..threads {
            let queue = Arc::clone(&queue);
            thread::Builder::new()
                .name(format!("password-{number}"))
                .spawn(move || serve(&queue))?;
        }
        Ok(Self { places: Arc::new(Semaphore::new(threads + waiting)), jobs })
    }

    /// Takes a place, without waiting for one.
    pub(super) fn enter(&self) -> Result<Place, Busy> {
        let permit = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Busy)?;
        Ok(Place { jobs: self.jobs.clone(), _permit: permit })
    }

    /// Runs rare work of the server itself on one of the threads.
    pub(super) async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AuthError> {
        run(&self.jobs, work).await
    }
}

impl Place {
    /// Runs `work` when it is its turn. It does not run if nobody waits for it any more.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AuthError> {
        run(&self.jobs, work).await
    }
}

async fn run<T: Send + 'static>(
    jobs: &Sender<Job>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, AuthError> {
    let (done, result) = oneshot::channel();
    let job = move || {
        if !done.is_closed() {
            done.send(work()).ok();
        }
    };
    let gone = || AuthError::Failed("the threads that hash passwords are gone".to_owned());
    jobs.send(Box::new(job)).map_err(|_| gone())?;
    result.await.map_err(|_| gone())
}

/// Does one job after another until the gate is gone.
fn serve(queue: &Mutex<Receiver<Job>>) {
    step_back();
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        // A job that panics must not take the thread with it.
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(job)).ok();
    }
}

/// Lets the threads that answer requests go first. On Linux a priority is a thread's own.
#[cfg(target_os = "linux")]
fn step_back() {
    rustix::process::setpriority_process(None, NICE).ok();
}

#[cfg(not(target_os = "linux"))]
fn step_back() {}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn as_many_as_there_are_places_get_in_and_the_next_is_refused_at_once() {
        let gate = Gate::with_threads(1, 2).unwrap();
        let places: Vec<_> = (0..3).map(|_| gate.enter().unwrap()).collect();
        assert_eq!(gate.enter().unwrap_err(), Busy);
        let (go, wait) = std::sync::mpsc::channel::<()>();
        {
            let first = places[0].run(move || wait.recv().is_ok());
            let second = places[1].run(|| 7);
            let abandoned = places[2].run(|| -> u8 { unreachable!("nobody waits for it") });
            tokio::pin!(first, second);
            assert!(first.as_mut().now_or_never().is_none());
            assert!(second.as_mut().now_or_never().is_none(), "one at a time");
            {
                tokio::pin!(abandoned);
                assert!(abandoned.as_mut().now_or_never().is_none());
            }
            go.send(()).unwrap();
            assert!(first.await.unwrap());
            assert_eq!(second.await.unwrap(), 7);
        }
        drop(places);
        assert!(gate.enter().is_ok());
    }

    #[tokio::test]
    async fn a_panic_costs_nobody_the_thread() {
        let gate = Gate::with_threads(1, 1).unwrap();
        let place = gate.enter().unwrap();
        assert!(place.run(|| -> u8 { panic!("on purpose") }).await.is_err());
        assert_eq!(place.run(|| 1).await.unwrap(), 1);
    }
}
