//! The request of the load, and its results.

use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::connection::Connection;

/// The time after which a request without an answer is given up.
const PATIENCE: Duration = Duration::from_secs(10);

/// The result of a request, and its latency from the time it was due.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attempt {
    pub(crate) end: End,
    pub(crate) took: Duration,
    /// The delay between the time it was due and its start.
    pub(crate) late: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Answered(u16),
    /// The connection failed.
    Broken,
    /// No answer came in time.
    Unanswered,
    /// Not sent, because too many requests were under way.
    Unsent,
    /// The client hung up on purpose.
    HungUp,
}

pub(crate) struct Attempts {
    to: SocketAddr,
    request: Vec<u8>,
    idle: Mutex<Vec<Connection>>,
    room: Semaphore,
    signed: AtomicUsize,
}

impl Attempts {
    pub(crate) fn new(to: SocketAddr, request: Vec<u8>, at_once: usize) -> Self {
        let (idle, room) = (Mutex::default(), Semaphore::new(at_once));
        Self { to, request, idle, room, signed: AtomicUsize::new(0) }
    }

    /// The number of answers with status 200.
    pub(crate) fn signed(&self) -> usize {
        self.signed.load(Ordering::Relaxed)
    }

    /// Sends the request that was due at `due`. Hangs up after `hang_up`, if given.
    pub(crate) async fn make(&self, due: Instant, hang_up: Option<Duration>) -> Attempt {
        let late = due.elapsed();
        let end = match self.room.try_acquire() {
            Err(_) => End::Unsent,
            Ok(_room) => match hang_up {
                Some(after) => self.hang_up(after).await,
                None => self.ask().await,
            },
        };
        if end == End::Answered(200) {
            self.signed.fetch_add(1, Ordering::Relaxed);
        }
        Attempt { end, took: due.elapsed(), late }
    }

    async fn ask(&self) -> End {
        let answered = timeout(PATIENCE, async {
            let mut line = self.line().await?;
            line.say(&self.request).await?;
            let status = line.hear().await?;
            if line.stays {
                self.idle.lock().unwrap().push(line);
            }
            Ok::<_, std::io::Error>(status)
        });
        match answered.await {
            Ok(Ok(status)) => End::Answered(status),
            Ok(Err(_)) => End::Broken,
            Err(_) => End::Unanswered,
        }
    }

    async fn hang_up(&self, after: Duration) -> End {
        let Ok(mut line) = self.line().await else { return End::Broken };
        if line.say(&self.request).await.is_err() {
            return End::Broken;
        }
        tokio::time::sleep(after).await;
        End::HungUp
    }

    async fn line(&self) -> std::io::Result<Connection> {
        let idle = self.idle.lock().unwrap().pop();
        match idle {
            Some(line) => Ok(line),
            None => Connection::open(self.to).await,
        }
    }
}
