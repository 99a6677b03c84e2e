//! A database that cannot be reached.

use std::time::{Duration, Instant};

/// How long nobody tries after an attempt that failed.
const REST: Duration = Duration::from_millis(250);

/// While nobody has a connection and the last attempt to get one failed.
#[derive(Debug)]
pub(crate) struct Down {
    why: String,
    next: Instant,
    /// Somebody is at it.
    trying: bool,
}

impl Down {
    pub(crate) fn new(why: String, now: Instant) -> Self {
        Self { why, next: now + REST, trying: false }
    }

    /// Lets one through now and then, to try.
    pub(crate) fn lets_through(&mut self, now: Instant) -> bool {
        let lets_through = !self.trying && now >= self.next;
        self.trying |= lets_through;
        lets_through
    }

    /// Whoever tried did not come to it.
    pub(crate) fn try_again(&mut self) {
        self.trying = false;
    }

    /// What stood in the way.
    pub(crate) fn why(&self) -> &str {
        &self.why
    }
}
