//! Connections that wait for the next request.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::wire::Wire;

/// A connection that nobody used for so long is closed.
const IDLE: Duration = Duration::from_secs(90);

/// The one that was used last is taken first, so that those which are too many grow old.
#[derive(Default)]
pub(super) struct Idle(Mutex<Vec<(Wire, Instant)>>);

impl Idle {
    /// Takes one. It may have been closed meanwhile.
    pub(super) fn take(&self) -> Option<Wire> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (wire, since) = waiting.pop()?;
        if since.elapsed() >= IDLE {
            // Those below have waited longer.
            waiting.clear();
            return None;
        }
        Some(wire)
    }

    /// Keeps one whose answer was read to its end.
    pub(super) fn keep(&self, wire: Wire) {
        let now = Instant::now();
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let old = waiting.partition_point(|(_, since)| now.duration_since(*since) >= IDLE);
        waiting.drain(..old);
        waiting.push((wire, now));
    }
}

impl fmt::Debug for Idle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Idle")
    }
}
