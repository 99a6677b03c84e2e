//! A clock that only the test moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sail_cargo_server::clock::{Clock, Ticks};

/// A clock that starts in January 2027 and stands still. Its monotonic ticks are the system's plus
/// the time it was suspended for.
#[derive(Clone)]
pub(crate) struct TestClock {
    micros: Arc<AtomicI64>,
    suspended: Arc<AtomicU64>,
}

impl TestClock {
    pub(crate) fn new() -> Self {
        Self::at(DateTime::from_timestamp_secs(1_800_000_000).unwrap())
    }

    /// A clock that stands still at an instant.
    pub(crate) fn at(instant: DateTime<Utc>) -> Self {
        let micros = Arc::new(AtomicI64::new(instant.timestamp_micros()));
        Self { micros, suspended: Arc::default() }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.micros.load(Ordering::SeqCst)).unwrap()
    }

    pub(crate) fn advance(&self, by: TimeDelta) {
        self.micros.fetch_add(by.num_microseconds().unwrap(), Ordering::SeqCst);
    }

    /// Simulates a machine that was suspended for this many seconds and whose wall clock is not
    /// corrected yet.
    pub(crate) fn suspend(&self, seconds: u64) {
        self.suspended.fetch_add(seconds, Ordering::SeqCst);
    }

    /// The clock for the server.
    pub(crate) fn hands(&self) -> Clock {
        let (clock, suspended, system) = (self.clone(), self.suspended.clone(), Ticks::system());
        let ticks = move || system.count() + Duration::from_secs(suspended.load(Ordering::SeqCst));
        Clock::new(move || clock.now()).ticking(Ticks::new(ticks))
    }
}
