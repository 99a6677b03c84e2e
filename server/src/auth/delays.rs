//! How long failed attempts to sign in delay the next: by account and address together, by address, and by site.
//!
//! Nothing is counted of an account alone but how many are at it right now. So strangers elsewhere cannot keep the
//! owner of an account out, however often they fail. An attempt under way counts as one that fails: who tries many
//! at once gets no more of them, and one address does not take all places of those who hash. Who waits for nothing but
//! that is told that the server is busy.

use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::error::AuthError;
use crate::clock::Clock;
use crate::domain::account::LoginName;
use crate::limits::{network, site};

/// How many attempts fail with one account from one address before the next is delayed.
const FREE_HERE: u32 = 3;
/// How many attempts fail from one address before the next is delayed: many people may share it.
const FREE_AT_ADDRESS: u32 = 30;
/// How many attempts fail from one site before the next is delayed: who has one has 65,536 networks in it.
const FREE_IN_SITE: u32 = 300;
/// The delay after the first failure that costs one. It doubles with each further one.
const FIRST: Duration = Duration::from_secs(1);
/// The longest delay.
const LONGEST: Duration = Duration::from_secs(30);
/// After how long without a failure all is forgotten.
const FORGOTTEN: Duration = Duration::from_mins(15);
/// How many attempts with one account, and from an address with many failures, are looked at at once.
const AT_ONCE: usize = 4;
/// The most counters. One more takes the place of the one whose last failure is the longest ago.
const COUNTERS: usize = 1 << 16;

/// The recent failures.
#[derive(Debug)]
pub(super) struct Delays {
    clock: Clock,
    random: RandomState,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    failures: HashMap<u64, Failures>,
    /// The counters by their last failure.
    by_age: BTreeSet<(Duration, u64)>,
    /// How many attempts count for an account or a counter right now.
    under_way: HashMap<u64, usize>,
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Duration,
}

/// Where failures are counted.
#[derive(Debug, Clone, Copy)]
struct Counter {
    key: u64,
    /// How many fail before the next is delayed.
    free: u32,
    /// How many are looked at at once after that.
    at_once: usize,
}

/// An attempt to sign in. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Attempt<'a> {
    delays: &'a Delays,
    account: u64,
    /// The counters of this account here, of the address and of the site.
    counters: Vec<Counter>,
}

impl Delays {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, random: RandomState::new(), counts: Mutex::default() }
    }

    /// Begins an attempt with an account, whether there is one of that name in the project or not, and whether there
    /// is such a project or not. Clients of the Unix socket have no address, and are one.
    ///
    /// # Errors
    /// [`AuthError::Delayed`] if the time for it has not come; [`AuthError::Busy`] if too many are at it.
    pub(super) fn begin(
        &self,
        project: &str,
        name: &LoginName,
        address: Option<IpAddr>,
    ) -> Result<Attempt<'_>, AuthError> {
        let (address, site) = (address.map(network), address.and_then(site));
        let account = self.counter(&(project, name));
        let at = |key, free, at_once| Counter { key, free, at_once };
        let mut counters = vec![
            at(self.counter(&(project, name, address)), FREE_HERE, 1),
            at(self.counter(&address), FREE_AT_ADDRESS, AT_ONCE),
        ];
        counters.extend(site.map(|site| at(self.counter(&("site", site)), FREE_IN_SITE, AT_ONCE)));
        let now = self.clock.ticks();
        let mut counts = self.counts();
        counts.forget(now);
        let waits = counters.iter().map(|counter| counts.wait(counter, now));
        let wait = waits.max().unwrap_or_default();
        if !wait.is_zero() {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            return Err(AuthError::Delayed(seconds));
        }
        let is_full = counters.iter().any(|counter| counts.is_full(counter));
        if is_full || counts.under_way(account) >= AT_ONCE {
            return Err(AuthError::Busy);
        }
        let attempt = Attempt { delays: self, account, counters };
        for key in attempt.keys() {
            *counts.under_way.entry(key).or_default() += 1;
        }
        drop(counts);
        Ok(attempt)
    }

    fn counter(&self, who: &impl Hash) -> u64 {
        self.random.hash_one(who)
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    fn under_way(&self, key: u64) -> usize {
        self.under_way.get(&key).copied().unwrap_or_default()
    }

    fn fail(&mut self, key: u64, now: Duration) {
        let count = self.remove(key).map_or(0, |failures| failures.count);
        while self.failures.len() >= COUNTERS {
            let Some((_, oldest)) = self.by_age.pop_first() else { break };
            self.failures.remove(&oldest);
        }
        self.failures.insert(key, Failures { count: count.saturating_add(1), last: now });
        self.by_age.insert((now, key));
    }

    fn remove(&mut self, key: u64) -> Option<Failures> {
        let failures = self.failures.remove(&key)?;
        self.by_age.remove(&(failures.last, key));
        Some(failures)
    }

    /// Removes what lies too far back.
    fn forget(&mut self, now: Duration) {
        while let Some(&(last, key)) = self.by_age.first() {
            if now.saturating_sub(last) < FORGOTTEN {
                return;
            }
            self.remove(key);
        }
    }

    /// Whether those under way leave room for no further one, if all of them fail.
    fn is_full(&self, counter: &Counter) -> bool {
        let failed = self.failures.get(&counter.key).map_or(0, |failures| failures.count);
        let left = counter.free.saturating_sub(failed) as usize;
        self.under_way(counter.key) >= left.max(counter.at_once)
    }

    fn wait(&self, counter: &Counter, now: Duration) -> Duration {
        let Some(failures) = self.failures.get(&counter.key) else { return Duration::ZERO };
        let Some(costly) = failures.count.checked_sub(counter.free) else { return Duration::ZERO };
        let delay = FIRST.saturating_mul(1 << costly.min(5)).min(LONGEST);
        (failures.last + delay).saturating_sub(now)
    }
}

impl Attempt<'_> {
    /// It failed.
    pub(super) fn failed(self) {
        let now = self.delays.clock.ticks();
        let mut counts = self.delays.counts();
        for counter in &self.counters {
            counts.fail(counter.key, now);
        }
    }

    /// It succeeded: this account here is not delayed any more. The address is: who has one account could
    /// otherwise guess those of others from it without end.
    pub(super) fn succeeded(self) {
        if let Some(here) = self.counters.first() {
            self.delays.counts().remove(here.key);
        }
    }

    /// Where it counts while it is under way.
    fn keys(&self) -> impl Iterator<Item = u64> {
        [self.account].into_iter().chain(self.counters.iter().map(|counter| counter.key))
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        let mut counts = self.delays.counts();
        for key in self.keys() {
            if let Some(under_way) = counts.under_way.get_mut(&key) {
                *under_way -= 1;
                if *under_way == 0 {
                    counts.under_way.remove(&key);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::clock::Ticks;
    use crate::domain::account::Username;

    struct Test {
        delays: Delays,
        seconds: Arc<AtomicU64>,
    }

    impl Test {
        fn new() -> Self {
            let seconds = Arc::new(AtomicU64::new(0));
            let count = Arc::clone(&seconds);
            let ticks = Ticks::new(move || Duration::from_secs(count.load(Ordering::SeqCst)));
            Self { delays: Delays::new(Clock::system().ticking(ticks)), seconds }
        }

        fn begin(&self, name: &str, address: &str) -> Result<Attempt<'_>, AuthError> {
            let name = LoginName::Username(Username::parse(name).unwrap());
            self.delays.begin("sail", &name, address.parse().ok())
        }

        /// The seconds to wait.
        fn wait(&self, name: &str, address: &str) -> u64 {
            match self.begin(name, address) {
                Ok(_) => 0,
                Err(AuthError::Delayed(seconds)) => seconds,
                Err(other) => panic!("{other}"),
            }
        }

        fn pass(&self, seconds: u64) {
            self.seconds.fetch_add(seconds, Ordering::SeqCst);
        }
    }

    #[test]
    fn delays_grow_to_half_a_minute_and_end_with_a_success() {
        let test = Test::new();
        let mut waits = Vec::new();
        for _ in 0..10 {
            let wait = test.wait("ada", "192.0.2.1");
            waits.push(wait);
            test.pass(wait);
            test.begin("ada", "192.0.2.1").unwrap().failed();
        }
        assert_eq!(waits, [0, 0, 0, 1, 2, 4, 8, 16, 30, 30]);
        test.pass(30);
        test.begin("ada", "192.0.2.1").unwrap().succeeded();
        assert_eq!(test.wait("ada", "192.0.2.1"), 0);
    }

    #[test]
    fn strangers_elsewhere_delay_nobody_and_strangers_here_only_here() {
        let test = Test::new();
        for _ in 0..3 {
            for stranger in 1..250 {
                test.begin("ada", &format!("198.51.100.{stranger}")).unwrap().failed();
            }
        }
        assert_eq!(test.wait("ada", "192.0.2.1"), 0, "she is elsewhere");
        assert_eq!(test.wait("ada", "198.51.100.7"), 1);
        for number in 0..30 {
            test.begin(&format!("user{number}"), "203.0.113.5").unwrap().failed();
        }
        assert_eq!(test.wait("ada", "203.0.113.5"), 1, "one after another from one address");
        test.pass(15 * 60);
        test.begin("ada", "203.0.113.6").unwrap().failed();
        assert_eq!(test.wait("ada", "203.0.113.5"), 0, "it is forgotten");
    }

    #[test]
    fn few_are_at_one_account_at_once_and_the_others_are_free() {
        let test = Test::new();
        let address = |number: usize| format!("198.51.100.{number}");
        let under_way: Vec<_> =
            (0..AT_ONCE).map(|number| test.begin("ada", &address(number)).unwrap()).collect();
        assert!(matches!(test.begin("ada", &address(99)), Err(AuthError::Busy)));
        assert!(test.begin("bob", &address(99)).is_ok());
        drop(under_way);
        assert!(test.begin("ada", &address(99)).is_ok());
    }

    #[test]
    fn many_attempts_at_once_are_no_more_than_one_after_another() {
        let test = Test::new();
        let three: Vec<_> = (0..3).map(|_| test.begin("ada", "192.0.2.1").unwrap()).collect();
        assert!(
            matches!(test.begin("ada", "192.0.2.1"), Err(AuthError::Busy)),
            "they may all fail"
        );
        three.into_iter().for_each(Attempt::failed);
        test.pass(1);
        let fourth = test.begin("ada", "192.0.2.1").unwrap();
        let fifth = test.begin("ada", "192.0.2.1");
        assert!(matches!(fifth, Err(AuthError::Busy)), "one at a time from now on");
        drop(fourth);
        let many: Vec<_> = (0..27)
            .map(|number| test.begin(&format!("user{number}"), "192.0.2.1").unwrap())
            .collect();
        assert!(matches!(test.begin("bob", "192.0.2.1"), Err(AuthError::Busy)));
        assert_eq!(test.wait("bob", "192.0.2.2"), 0, "others have places, too");
        drop(many);
        assert_eq!(test.wait("bob", "192.0.2.1"), 0);
        // A whole office is at this address: a few at once, however many failed before.
        for number in 0..27 {
            test.begin(&format!("user{number}"), "192.0.2.1").unwrap().failed();
        }
        assert_eq!(test.wait("bob", "192.0.2.1"), 1);
        test.pass(1);
        let few: Vec<_> = (0..AT_ONCE)
            .map(|number| test.begin(&format!("other{number}"), "192.0.2.1").unwrap())
            .collect();
        assert!(matches!(test.begin("bob", "192.0.2.1"), Err(AuthError::Busy)));
        drop(few);
        assert_eq!(test.wait("bob", "192.0.2.1"), 0);
    }

    #[test]
    fn the_networks_of_one_site_are_delayed_together() {
        let test = Test::new();
        for number in 0..300 {
            test.begin("ada", &format!("2001:db8:7:{number:x}::1")).unwrap().failed();
        }
        assert_eq!(test.wait("bob", "2001:db8:7:ffff::1"), 1);
        assert_eq!(test.wait("bob", "2001:db8:8::1"), 0, "another site");
    }

    #[test]
    fn a_flood_of_failures_from_everywhere_delays_nobody_else() {
        let test = Test::new();
        for site in 0..0x100 {
            for number in 0..0x100 {
                let stranger = format!("2001:db8:{site:x}:{number:x}::1");
                test.begin(&format!("user{number}"), &stranger).unwrap().failed();
            }
        }
        let kept = || {
            let counts = test.delays.counts();
            (counts.failures.len(), counts.by_age.len())
        };
        assert_eq!(kept(), (COUNTERS, COUNTERS));
        for number in 0..200 {
            assert_eq!(test.wait("ada", &format!("192.0.2.{number}")), 0);
        }
        test.pass(15 * 60);
        test.begin("ada", "192.0.2.1").unwrap().failed();
        assert_eq!(kept(), (2, 2), "all else is forgotten");
    }
}
