//! The ages of the cached snapshots.

use std::time::Duration;

use super::project_cache::ProjectCache;

/// A project counts as active for this long after its last request.
const ACTIVE: Duration = Duration::from_mins(1);

/// The ages of the oldest snapshots in the cache; zero if there are none. A snapshot without a
/// lease is not used, and does not count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct SnapshotAges {
    /// The oldest among projects with a request in the last minute.
    pub(crate) active: Duration,
    /// The oldest among the other projects.
    pub(crate) idle: Duration,
}

impl SnapshotAges {
    /// Measures all snapshots of `cache`.
    pub(crate) fn of(cache: &ProjectCache) -> Self {
        let mut ages = Self::default();
        let now = cache.clock.ticks();
        for (_, entry) in cache.entries() {
            let Some(age) = entry.age(&cache.clock, cache.max_staleness) else { continue };
            let is_active = now.saturating_sub(entry.last_used()) <= ACTIVE;
            let oldest = if is_active { &mut ages.active } else { &mut ages.idle };
            *oldest = age.max(*oldest);
        }
        ages
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::clock::{Clock, Ticks};
    use crate::domain::ProjectId;

    #[test]
    fn age_goes_on_when_a_lease_is_not_renewed() {
        let seconds = Arc::new(AtomicU64::new(1000));
        let counted = seconds.clone();
        let ticks = Ticks::new(move || Duration::from_secs(counted.load(Ordering::Relaxed)));
        let cache = ProjectCache::new(Duration::from_secs(1), Clock::system().ticking(ticks));
        let project = ProjectId::parse("0b6f4cdb-7a0f-4f0f-9f4e-2d5a3a1a0001").unwrap();
        cache.get_if_fresh(&project, None, |_| Some(()));
        assert_eq!(SnapshotAges::of(&cache), SnapshotAges::default(), "it is not read yet");

        let (_, entry) = cache.entries().remove(0);
        entry.renew(0, cache.lease(), |_| ());
        let later = |by: u64| seconds.store(1000 + by, Ordering::Relaxed);
        later(3);
        let three = Duration::from_secs(3);
        assert_eq!(SnapshotAges::of(&cache), SnapshotAges { active: three, idle: Duration::ZERO });
        later(90);
        let long = Duration::from_secs(90);
        assert_eq!(SnapshotAges::of(&cache), SnapshotAges { active: Duration::ZERO, idle: long });
        entry.invalidate();
        assert_eq!(SnapshotAges::of(&cache), SnapshotAges::default());
    }
}
