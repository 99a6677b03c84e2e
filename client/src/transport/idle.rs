//! Connections that wait for the next request.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::{Handle, Id};

use super::connection::Connection;

/// A connection that nobody used for so long is not used again. Servers keep them for longer: five
/// seconds are the least that is common.
const IDLE: Duration = Duration::from_secs(4);
/// After so long the runtime may have news of a connection that it had no time to hear.
const NEWS: Duration = Duration::from_millis(500);

/// The one that was used last is taken first, so that those which are too many grow old.
#[derive(Default)]
pub(super) struct Idle(Mutex<Vec<Kept>>);

struct Kept {
    connection: Connection,
    /// The one that hears what comes over it; another one, if it does not run, nobody.
    runtime: Id,
    since: Instant,
}

impl Idle {
    /// Takes one. It may have been closed meanwhile.
    pub(super) async fn take(&self) -> Option<Connection> {
        let Kept { connection, since, .. } = self.pop()?;
        if since.elapsed() > NEWS {
            tokio::task::yield_now().await;
        }
        Some(connection)
    }

    fn pop(&self) -> Option<Kept> {
        let (now, runtime) = (Instant::now(), Handle::current().id());
        let mut waiting = self.fresh(now);
        let position = waiting.iter().rposition(|kept| kept.runtime == runtime)?;
        Some(waiting.remove(position))
    }

    /// Keeps one whose answer was read to its end.
    pub(super) fn keep(&self, connection: Connection) {
        if !connection.is_ready() {
            return;
        }
        let (since, runtime) = (Instant::now(), Handle::current().id());
        self.fresh(since).push(Kept { connection, runtime, since });
    }

    /// Those that were not kept for too long, oldest first; the others are closed.
    fn fresh(&self, now: Instant) -> MutexGuard<'_, Vec<Kept>> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let old = waiting.partition_point(|kept| now.duration_since(kept.since) >= IDLE);
        waiting.drain(..old);
        waiting
    }
}

impl fmt::Debug for Idle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Idle")
    }
}
