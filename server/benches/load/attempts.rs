//! The request that is made again and again, and what becomes of it.

use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::connection::Connection;

/// Who is not answered for so long goes.
const PATIENCE: Duration = Duration::from_secs(10);

/// What became of a request, and how long after it was due.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attempt {
    pub(crate) end: End,
    pub(crate) took: Duration,
    /// How long after it was due it was begun.
    pub(crate) late: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Answered(u16),
    /// The connection failed.
    Broken,
    /// Nobody answered.
    Unanswered,
    /// Too many were under way.
    Unsent,
    /// Whoever asked did not wait.
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

    /// How many were answered with 200.
    pub(crate) fn signed(&self) -> usize {
        self.signed.load(Ordering::Relaxed)
    }

    /// Makes the request that was due at `due`; hangs up after `hang_up`, if there is one.
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
