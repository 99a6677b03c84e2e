//! Connections that wait for the next request.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::{Handle, Id};
use tokio::time::Instant;

use super::connection::Connection;

/// After so long a storage may be closing the connection at this very moment: then it gets what can
/// be sent again, and nothing else. Five seconds are the least that is common.
const FRESH: Duration = Duration::from_secs(4);
/// After so long a connection is closed.
pub(super) const KEPT: Duration = Duration::from_secs(30);

/// The one that was used last is taken first, so that those which are too many grow old.
#[derive(Default)]
pub(super) struct Idle(Mutex<Vec<Kept>>);

struct Kept {
    connection: Connection,
    /// The one that hears what comes over it.
    runtime: Id,
    since: Instant,
}

impl Idle {
    fn kept(&self) -> MutexGuard<'_, Vec<Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes one, for a request that may be sent again or not. It may have been closed meanwhile.
    pub(super) fn take(&self, may_repeat: bool) -> Option<Connection> {
        self.drop_old();
        let (now, runtime) = (Instant::now(), Handle::current().id());
        let patience = if may_repeat { KEPT } else { FRESH };
        let mut kept = self.kept();
        let is_good = |kept: &Kept| kept.runtime == runtime && now - kept.since <= patience;
        let position = kept.iter().rposition(is_good)?;
        Some(kept.remove(position).connection)
    }

    /// Keeps one that is free.
    pub(super) fn keep(&self, connection: Connection) {
        let (since, runtime) = (Instant::now(), Handle::current().id());
        self.kept().push(Kept { connection, runtime, since });
    }

    /// Closes the oldest, beyond so many.
    pub(super) fn keep_only(&self, most: usize) {
        let mut kept = self.kept();
        let beyond = kept.len().saturating_sub(most);
        let old: Vec<_> = kept.drain(..beyond).collect();
        drop(kept);
        drop(old);
    }

    /// Closes what was not used for too long, and says whether any is left.
    pub(super) fn drop_old(&self) -> bool {
        let now = Instant::now();
        let mut kept = self.kept();
        let old = kept.partition_point(|kept| now - kept.since >= KEPT);
        let old: Vec<_> = kept.drain(..old).collect();
        let is_left = !kept.is_empty();
        drop(kept);
        drop(old);
        is_left
    }
}
