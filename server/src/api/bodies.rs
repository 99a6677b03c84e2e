//! What bodies may take, all together: time and room.

use std::sync::Arc;
use std::time::Duration;

use super::error::ApiError;
use super::room::{Room, RoomShare};
use crate::domain::{Caller, limits};

/// Bodies that are waited for at a time, whatever their size.
const AWAITED: usize = 4096;
/// What a body may be slow in, whatever its rate: a connection that has to find its pace.
const GRACE: Duration = Duration::from_secs(5);

/// What bodies may take.
#[derive(Debug)]
pub struct Bodies {
    patience: Patience,
    imports: Arc<Room>,
    batches: Arc<Room>,
    awaited: Arc<Room>,
}

/// How long a body may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// In all.
    pub total: Duration,
    /// How fast it must come, on the average, after five seconds; 0 for no matter how.
    pub bytes_per_second: u32,
}

impl Bodies {
    /// Room for so many, each of which takes no longer than `patience`.
    pub fn new(patience: Patience) -> Self {
        let imports = ("too_many_imports", "too many imports are under way: try again later");
        let batches =
            ("too_many_batches", "too many large requests are under way: try again later");
        let awaited =
            ("too_many_bodies", "too many request bodies are being received: try again later");
        Self {
            patience,
            imports: Room::new(limits::MAX_KEPT_IMPORTS, imports),
            batches: Room::new(limits::MAX_KEPT_BATCHES, batches),
            awaited: Room::new(AWAITED, awaited),
        }
    }

    /// How long one of them may take.
    pub(super) fn patience(&self) -> Patience {
        self.patience
    }

    /// A place for one that is not here yet.
    pub(super) fn wait(&self, caller: &Caller) -> Result<RoomShare, ApiError> {
        let mut share = self.awaited.share(caller);
        share.grow_to(1)?;
        Ok(share)
    }

    /// For other bodies.
    pub(super) fn batches(&self) -> &Arc<Room> {
        &self.batches
    }

    /// For imports.
    pub(super) fn imports(&self) -> &Arc<Room> {
        &self.imports
    }
}

impl Patience {
    /// How long a body may have taken of which so much is here.
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
