//! The state of a pool whose database cannot be reached.

use std::time::{Duration, Instant};

/// The pause after a failed attempt to connect.
const REST: Duration = Duration::from_millis(250);

/// Present while no thread has a connection and the last attempt to connect failed.
#[derive(Debug)]
pub(crate) struct Down {
    why: String,
    next: Instant,
    /// A query was let through and is trying to connect.
    trying: bool,
}

impl Down {
    pub(crate) fn new(why: String, now: Instant) -> Self {
        Self { why, next: now + REST, trying: false }
    }

    /// Whether to let one query through to try. At most one tries at a time, and only after the
    /// pause.
    pub(crate) fn lets_through(&mut self, now: Instant) -> bool {
        let lets_through = !self.trying && now >= self.next;
        self.trying |= lets_through;
        lets_through
    }

    /// The query that was let through did not try: let another one through.
    pub(crate) fn try_again(&mut self) {
        self.trying = false;
    }

    /// Why the last attempt failed.
    pub(crate) fn why(&self) -> &str {
        &self.why
    }
}
