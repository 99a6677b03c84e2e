//! Signs of life of a thread that uses a connection.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::{Instrumentation, InstrumentationEvent};

/// When a thread was last seen to get on.
#[derive(Debug)]
pub(crate) struct Life {
    began: Instant,
    /// In milliseconds since it began.
    last: AtomicU64,
}

impl Life {
    pub(crate) fn new() -> Self {
        Self { began: Instant::now(), last: AtomicU64::new(0) }
    }

    /// It gets on.
    pub(crate) fn beat(&self) {
        self.last.store(millis(self.began.elapsed()), Ordering::Relaxed);
    }

    /// For how long nothing was seen of it.
    pub(crate) fn silence(&self) -> Duration {
        let last = Duration::from_millis(self.last.load(Ordering::Relaxed));
        self.began.elapsed().saturating_sub(last)
    }
}

/// A connection's statements are the signs.
pub(crate) struct Beats(pub(crate) std::sync::Arc<Life>);

impl Instrumentation for Beats {
    fn on_connection_event(&mut self, _: InstrumentationEvent<'_>) {
        self.0.beat();
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
