//! Idle connections.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::{Handle, Id};

use super::connection::Connection;

/// How long an idle connection may be reused. Servers keep them for longer: at least five seconds
/// is common.
const IDLE: Duration = Duration::from_secs(4);
/// After this time, the runtime may have events of a connection that it has not processed yet.
const NEWS: Duration = Duration::from_millis(500);

/// Idle connections. The one that was used last is reused first, so that surplus ones expire.
#[derive(Default)]
pub(super) struct Idle(Mutex<Vec<Kept>>);

struct Kept {
    connection: Connection,
    /// The runtime that receives the connection's events. On another runtime it would get no events
    /// if its own one does not run.
    runtime: Id,
    since: Instant,
}

impl Idle {
    /// Takes a connection of the current runtime. The server may have closed it.
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

    /// Keeps a connection whose response was read to its end.
    pub(super) fn keep(&self, connection: Connection) {
        if !connection.is_ready() {
            return;
        }
        let (since, runtime) = (Instant::now(), Handle::current().id());
        self.fresh(since).push(Kept { connection, runtime, since });
    }

    /// The connections that have not expired, oldest first. Closes the others.
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
