//! When a thread with a connection last made progress.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::{Instrumentation, InstrumentationEvent};

/// The last sign of life of a thread.
#[derive(Debug)]
pub(crate) struct Life {
    began: Instant,
    /// Milliseconds since `began`.
    last: AtomicU64,
}

impl Life {
    pub(crate) fn new() -> Self {
        Self { began: Instant::now(), last: AtomicU64::new(0) }
    }

    /// Records a sign of life.
    pub(crate) fn beat(&self) {
        self.last.store(millis(self.began.elapsed()), Ordering::Relaxed);
    }

    /// The time since the last sign of life.
    pub(crate) fn silence(&self) -> Duration {
        let last = Duration::from_millis(self.last.load(Ordering::Relaxed));
        self.began.elapsed().saturating_sub(last)
    }
}

/// Records a sign of life at each event of a connection, such as a statement.
pub(crate) struct Beats(pub(crate) std::sync::Arc<Life>);

impl Instrumentation for Beats {
    fn on_connection_event(&mut self, _: InstrumentationEvent<'_>) {
        self.0.beat();
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
