//! The clocks of the server. The wall clock is read once per request, at the edge, and passed on as
//! `now`. The tick counter measures elapsed time.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rustix::time::{ClockId, clock_gettime};

/// The clock that [`Ticks`] reads. It goes on while the machine is suspended. Outside Linux this is
/// the system's monotonic clock, which on macOS goes on during suspension, too.
#[cfg(target_os = "linux")]
const TICKING: ClockId = ClockId::Boottime;
#[cfg(not(target_os = "linux"))]
const TICKING: ClockId = ClockId::Monotonic;
/// [`Clock::pause`] notices after at most this time that the machine was suspended.
const GLANCE: Duration = Duration::from_secs(1);

/// A source of time: a wall clock and a tick counter. Tests bring their own.
#[derive(Clone)]
pub struct Clock {
    wall: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    ticks: Ticks,
}

impl Clock {
    /// The system's wall clock and tick counter.
    pub fn system() -> Self {
        Self::new(system_now)
    }

    /// A clock whose wall time is `now`, with the system's tick counter.
    pub fn new(now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self { wall: Arc::new(now), ticks: Ticks::system() }
    }

    /// This clock with another tick counter.
    #[must_use]
    pub fn ticking(self, ticks: Ticks) -> Self {
        Self { ticks, ..self }
    }

    /// The wall-clock time.
    pub fn now(&self) -> DateTime<Utc> {
        (self.wall)()
    }

    /// The elapsed time by the tick counter. Setting the wall clock does not change it.
    pub fn ticks(&self) -> Duration {
        self.ticks.count()
    }

    /// Starts a time span of `length`.
    pub fn lapse(&self, length: Duration) -> Lapse {
        let far = TimeDelta::from_std(length).unwrap_or(TimeDelta::MAX);
        Lapse {
            ticks: self.ticks().saturating_add(length),
            wall: self.now().checked_add_signed(far).unwrap_or(DateTime::<Utc>::MAX_UTC),
        }
    }

    /// Whether the time span has ended, by the tick counter or by the wall clock.
    pub fn is_over(&self, lapse: &Lapse) -> bool {
        self.ticks() >= lapse.ticks || self.now() >= lapse.wall
    }

    /// How long ago `lapse` started, given its `length`. The time span may have ended.
    pub fn since_begun(&self, lapse: &Lapse, length: Duration) -> Duration {
        self.ticks().saturating_add(length).saturating_sub(lapse.ticks)
    }

    /// Waits for `length`. Time during which the machine is suspended counts.
    pub async fn pause(&self, length: Duration) {
        let end = self.ticks().saturating_add(length);
        loop {
            let left = end.saturating_sub(self.ticks());
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(GLANCE)).await;
        }
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}

/// A counter of elapsed time. Nobody can set it. It goes on while the machine is suspended, unlike
/// `std::time::Instant` on Linux (`CLOCK_MONOTONIC`; clock_gettime(2)).
#[derive(Clone)]
pub struct Ticks(Arc<dyn Fn() -> Duration + Send + Sync>);

impl Ticks {
    /// The system's tick counter.
    pub fn system() -> Self {
        Self::new(|| {
            let ticks = clock_gettime(TICKING);
            let seconds = u64::try_from(ticks.tv_sec).unwrap_or_default();
            Duration::new(seconds, u32::try_from(ticks.tv_nsec).unwrap_or_default())
        })
    }

    /// A tick counter that reads `count`. Its zero point is arbitrary.
    pub fn new(count: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self(Arc::new(count))
    }

    /// The time since the counter's zero point.
    pub fn count(&self) -> Duration {
        (self.0)()
    }
}

impl std::fmt::Debug for Ticks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ticks")
    }
}

/// The end of a time span, by the tick counter and by the wall clock. The span ends when the first
/// of them says so: setting the wall clock back does not lengthen it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lapse {
    ticks: Duration,
    wall: DateTime<Utc>,
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
fn system_now() -> DateTime<Utc> {
    Utc::now()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// A clock whose wall time and tick count the test sets, in seconds.
    fn hands() -> (Clock, impl Fn(i64, u64)) {
        let hands = Arc::new(Mutex::new((1_800_000_000, 0)));
        let (wall, ticks, set) = (hands.clone(), hands.clone(), hands);
        let wall = move || DateTime::from_timestamp(wall.lock().unwrap().0, 0).unwrap();
        let ticks = move || Duration::from_secs(ticks.lock().unwrap().1);
        let set = move |wall, ticks| *set.lock().unwrap() = (1_800_000_000 + wall, ticks);
        (Clock::new(wall).ticking(Ticks::new(ticks)), set)
    }

    #[test]
    fn a_span_ends_by_whichever_clock_comes_first() {
        let (clock, set) = hands();
        let lapse = clock.lapse(Duration::from_secs(10));
        for (wall, ticks, is_over) in [
            (0, 0, false),
            (9, 9, false),
            (10, 9, true),
            (9, 10, true),
            // The wall clock is set back by an hour. The span keeps its length by the ticks.
            (-3600, 9, false),
            (-3600, 10, true),
            // The wall clock is set forward and no ticks are counted.
            (3600, 0, true),
        ] {
            set(wall, ticks);
            assert_eq!(clock.is_over(&lapse), is_over, "wall {wall}, ticks {ticks}");
        }
    }

    #[test]
    fn a_span_without_end_has_none() {
        let (clock, set) = hands();
        let lapse = clock.lapse(Duration::MAX);
        set(1_000_000_000, 1_000_000_000);
        assert!(!clock.is_over(&lapse));
    }

    #[test]
    fn the_system_counts_on() {
        let ticks = Ticks::system();
        let before = ticks.count();
        assert!(before > Duration::ZERO && ticks.count() >= before);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_ends_with_the_suspension_it_was_slept_through() {
        let (clock, set) = hands();
        let begun = tokio::time::Instant::now();
        let wakes = async {
            tokio::time::sleep(Duration::from_millis(1500)).await;
            set(0, 40);
        };
        tokio::join!(clock.pause(Duration::from_secs(40)), wakes);
        assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    }
}
