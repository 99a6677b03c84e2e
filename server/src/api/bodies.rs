//! Server-wide limits on request bodies: time and memory.

use std::sync::Arc;
use std::time::Duration;

use super::error::ApiError;
use crate::domain::{Caller, limits};
use crate::limits::{Full, Room, RoomShare};

/// How many bodies may be awaited at a time, whatever their size.
const AWAITED: usize = 4096;
/// How long a body may take in addition to the minimum rate: a new connection needs time to speed
/// up.
const GRACE: Duration = Duration::from_secs(5);

/// The limits on request bodies.
#[derive(Debug)]
pub struct Bodies {
    patience: Patience,
    imports: Arc<Room>,
    batches: Arc<Room>,
    awaited: Arc<Room>,
}

/// The time limits of a body.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// The longest time for the whole body.
    pub total: Duration,
    /// The minimum average rate after the first five seconds; 0 for no minimum.
    pub bytes_per_second: u32,
}

impl Bodies {
    /// The limits of one server, with the time limits `patience`.
    pub fn new(patience: Patience) -> Self {
        let imports = Full {
            code: "too_many_imports",
            detail: "too many imports are under way: try again later",
        };
        let batches = Full {
            code: "too_many_batches",
            detail: "too many large requests are under way: try again later",
        };
        let awaited = Full {
            code: "too_many_bodies",
            detail: "too many request bodies are being received: try again later",
        };
        Self {
            patience,
            imports: Room::new(limits::MAX_KEPT_IMPORTS, imports),
            batches: Room::new(limits::MAX_KEPT_BATCHES, batches),
            awaited: Room::new(AWAITED, awaited),
        }
    }

    /// The time limits of a body.
    pub(crate) fn patience(&self) -> Patience {
        self.patience
    }

    /// A share of the places for bodies that have not arrived yet. It is freed when it is dropped.
    pub(super) fn wait(&self, caller: &Caller) -> Result<RoomShare, ApiError> {
        let mut share = self.awaited.share(caller);
        share.grow_to(1)?;
        Ok(share)
    }

    /// The memory for large bodies, except imports.
    pub(super) fn batches(&self) -> &Arc<Room> {
        &self.batches
    }

    /// The memory for imports.
    pub(super) fn imports(&self) -> &Arc<Room> {
        &self.imports
    }
}

impl Patience {
    /// How long a body may have taken when `received` bytes have arrived.
    pub(super) fn after(self, received: usize) -> Duration {
        if self.bytes_per_second == 0 {
            return self.total;
        }
        let received = u64::try_from(received).unwrap_or(u64::MAX);
        let millis = received.saturating_mul(1000) / u64::from(self.bytes_per_second);
        GRACE.saturating_add(Duration::from_millis(millis)).min(self.total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_earns_time_by_what_has_come_of_it() {
        let patience = Patience { total: Duration::from_mins(2), bytes_per_second: 1000 };
        for (received, seconds) in [(0, 5), (999, 5), (1000, 6), (60_000, 65), (usize::MAX, 120)] {
            assert_eq!(patience.after(received).as_secs(), seconds, "{received}");
        }
        let whatever = Patience { bytes_per_second: 0, ..patience };
        assert_eq!(whatever.after(0), patience.total);
        let short = Patience { total: Duration::from_millis(200), ..patience };
        assert_eq!(short.after(0), short.total);
    }
}
