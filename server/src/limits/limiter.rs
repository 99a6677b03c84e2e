//! One rate limit with a bucket for each subject.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hash};
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use super::over::{Limit, Over};

/// How many seconds' worth of requests may arrive at once.
const BURST: u32 = 2;
/// The number of buckets, whatever the number of subjects. Two subjects share a bucket only by chance:
/// the hash is keyed randomly, so a client cannot choose its bucket.
const BUCKETS: u64 = 1 << 17;

type Buckets = RateLimiter<u64, DashMapStateStore<u64>, DefaultClock, StateInformationMiddleware>;

/// A rate limiter.
#[derive(Debug)]
pub(super) struct Limiter {
    limit: Limit,
    rate: Option<Rate>,
    random: RandomState,
}

#[derive(Debug)]
struct Rate {
    burst: NonZeroU32,
    window: Duration,
    buckets: Buckets,
}

impl Limiter {
    /// Allows `per_second` for each subject; 0 for no limit.
    pub(super) fn new(limit: Limit, per_second: u32) -> Self {
        let rate = NonZeroU32::new(per_second).map(Rate::new);
        Self { limit, rate, random: RandomState::new() }
    }

    /// Charges `cost` to `who`, at most the size of a full bucket.
    pub(super) fn charge(&self, who: &impl Hash, cost: u32) -> Result<(), Over> {
        let Some((rate, cost)) = self.rate.as_ref().zip(NonZeroU32::new(cost)) else {
            return Ok(());
        };
        let tried = rate.buckets.check_key_n(&self.bucket(who), cost.min(rate.burst));
        let Ok(Err(until)) = tried else { return Ok(()) };
        Err(self.over(rate, until.wait_time_from(rate.buckets.clock().now())))
    }

    /// Charges one to `who`. If the bucket is empty afterwards, returns how long to wait.
    pub(super) fn exhaust(&self, who: &impl Hash) -> Option<Over> {
        let rate = self.rate.as_ref()?;
        match rate.buckets.check_key(&self.bucket(who)) {
            Ok(left) if left.remaining_burst_capacity() > 0 => None,
            Ok(_) => Some(self.over(rate, rate.window / rate.burst.get())),
            Err(until) => Some(self.over(rate, until.wait_time_from(rate.buckets.clock().now()))),
        }
    }

    /// The bucket of `who`.
    pub(super) fn bucket(&self, who: &impl Hash) -> u64 {
        self.random.hash_one(who) % BUCKETS
    }

    /// Removes the full buckets.
    pub(super) fn tidy(&self) {
        if let Some(rate) = &self.rate {
            rate.buckets.retain_recent();
            rate.buckets.shrink_to_fit();
        }
    }

    fn over(&self, rate: &Rate, wait: Duration) -> Over {
        Over { limit: self.limit, quota: rate.burst.get(), window: rate.window, wait }
    }
}

impl Rate {
    fn new(per_second: NonZeroU32) -> Self {
        let burst = per_second.saturating_mul(NonZeroU32::MIN.saturating_add(BURST - 1));
        let quota = Quota::per_second(per_second).allow_burst(burst);
        let buckets = RateLimiter::dashmap(quota).with_middleware();
        Self { burst, window: Duration::from_secs(BURST.into()), buckets }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_as_many_as_come_at_once_and_learns_when_there_is_more() {
        let limiter = Limiter::new(Limit::Key, 10);
        assert_eq!(limiter.charge(&"ada", 19), Ok(()));
        let over = limiter.charge(&"ada", 20).unwrap_err();
        assert_eq!((over.limit, over.quota, over.window.as_secs()), (Limit::Key, 20, 2));
        assert!(over.wait > Duration::from_secs(1) && over.seconds() == 2, "{over:?}");
        assert_eq!(limiter.charge(&"bob", u32::MAX), Ok(()), "no more than there ever is");
        limiter.charge(&"bob", 20).unwrap_err();
    }

    #[test]
    fn so_many_are_counted_and_no_more() {
        let limiter = Limiter::new(Limit::Address, 1000);
        for who in 0..300_000 {
            limiter.charge(&who, 1).ok();
        }
        let rate = limiter.rate.as_ref().unwrap();
        assert!(rate.buckets.len() <= usize::try_from(BUCKETS).unwrap());
    }
}
