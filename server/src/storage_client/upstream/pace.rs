//! How fast a stream moves.

use std::time::Duration;

use tokio::time::Instant;

/// Over so long it is looked at.
const WINDOW: Duration = Duration::from_mins(1);
/// Bytes a second. What moves fewer of them is slow.
const SLOW: u64 = 4096;

/// The bytes of one minute after the other.
#[derive(Debug)]
pub(super) struct Pace {
    begun: Instant,
    bytes: u64,
    /// Bytes a second in the minute before; none in the first.
    before: Option<u64>,
}

impl Pace {
    pub(super) fn new(begun: Instant) -> Self {
        Self { begun, bytes: 0, before: None }
    }

    /// Bytes were moved.
    pub(super) fn moved(&mut self, bytes: u64, now: Instant) {
        self.look(now);
        self.bytes += bytes;
    }

    /// Bytes a second of the last whole minute, if that was slow and what came since is.
    pub(super) fn slowness(&mut self, now: Instant) -> Option<u64> {
        self.look(now);
        let allowed = SLOW * ((now - self.begun).as_secs() + 1);
        self.before.filter(|rate| *rate < SLOW && self.bytes <= allowed)
    }

    /// Begins the next minute, when this one is over.
    fn look(&mut self, now: Instant) {
        let elapsed = now - self.begun;
        if elapsed >= WINDOW {
            let rate = self.bytes / elapsed.as_secs().max(1);
            *self = Self { begun: now, bytes: 0, before: Some(rate) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What it is called after so many seconds at this many bytes a second.
    fn slowness(rates: &[(u64, u64)]) -> Option<u64> {
        let mut now = Instant::now();
        let mut pace = Pace::new(now);
        for (seconds, rate) in rates {
            for _ in 0..*seconds {
                now += Duration::from_secs(1);
                pace.moved(*rate, now);
            }
        }
        pace.slowness(now)
    }

    #[test]
    fn g27_slow_is_a_minute_below_4_kib_a_second() {
        for (rates, is_slow) in [
            (&[(59, 0)][..], false),
            (&[(61, 0)], true),
            (&[(95, 3000)], true),
            (&[(300, 3000)], true),
            (&[(300, 5000)], false),
            (&[(61, 5000), (30, 0)], false),
            (&[(61, 5000), (130, 0)], true),
            // Who was slow and is not any more.
            (&[(70, 0), (5, 1_000_000)], false),
        ] {
            assert_eq!(slowness(rates).is_some(), is_slow, "{rates:?}");
        }
        assert!(slowness(&[(61, 10)]) < slowness(&[(61, 20)]));
    }
}
