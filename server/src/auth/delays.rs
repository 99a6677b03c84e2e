//! How long failed attempts to sign in delay the next: by account and address together, and by address.
//!
//! Nothing is counted of an account alone but how many are at it right now. So strangers elsewhere cannot keep the
//! owner of an account out, however often they fail.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::error::AuthError;
use crate::clock::Clock;
use crate::domain::ProjectId;
use crate::domain::account::LoginName;
use crate::limits::network;

/// How many attempts fail with one account from one address before the next is delayed.
const FREE_HERE: u32 = 3;
/// How many attempts fail from one address before the next is delayed: many people may share it.
const FREE_AT_ADDRESS: u32 = 30;
/// The delay after the first failure that costs one. It doubles with each further one.
const FIRST: Duration = Duration::from_secs(1);
/// The longest delay.
const LONGEST: Duration = Duration::from_secs(30);
/// After how long without a failure all is forgotten.
const FORGOTTEN: Duration = Duration::from_mins(15);
/// How many attempts with one account are looked at at once.
const AT_ONCE: usize = 4;
/// The number of counters from which on further clients share [`SHARED`] of them.
const COUNTERS: usize = 1 << 16;
/// The number of counters of clients beyond [`COUNTERS`].
const SHARED: u64 = 1 << 10;
/// How often forgotten failures are removed.
const TIDIED: Duration = Duration::from_mins(1);

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
    /// When forgotten failures were removed last.
    tidied: Duration,
    /// How many are at an account right now.
    under_way: HashMap<u64, usize>,
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Duration,
}

impl Failures {
    fn is_forgotten(&self, now: Duration) -> bool {
        now.saturating_sub(self.last) >= FORGOTTEN
    }
}

/// An attempt to sign in. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Attempt<'a> {
    delays: &'a Delays,
    account: u64,
    /// The counters of this account here and of the address, with how many failures are free.
    counters: Vec<(u64, u32)>,
}

impl Delays {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, random: RandomState::new(), counts: Mutex::default() }
    }

    /// Begins an attempt with an account, whether there is one of that name or not. Clients of the Unix socket
    /// have no address, and are one.
    ///
    /// # Errors
    /// [`AuthError::Delayed`] if the time for it has not come; [`AuthError::Busy`] if too many are at it.
    pub(super) fn begin(
        &self,
        project: &ProjectId,
        name: &LoginName,
        address: Option<IpAddr>,
    ) -> Result<Attempt<'_>, AuthError> {
        let address = address.map(network);
        let account = self.counter(&(project, name));
        let counters = vec![
            (self.counter(&(project, name, address)), FREE_HERE),
            (self.counter(&address), FREE_AT_ADDRESS),
        ];
        let now = self.clock.ticks();
        let mut counts = self.counts();
        let waits = counters.iter().map(|(key, free)| counts.wait(*key, *free, now));
        let wait = waits.max().unwrap_or_default();
        if !wait.is_zero() {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            return Err(AuthError::Delayed(seconds));
        }
        let under_way = counts.under_way.entry(account).or_default();
        if *under_way >= AT_ONCE {
            return Err(AuthError::Busy);
        }
        *under_way += 1;
        drop(counts);
        Ok(Attempt { delays: self, account, counters })
    }

    fn counter(&self, who: &impl Hash) -> u64 {
        self.random.hash_one(who)
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    /// Where the failures of `key` are counted: its own counter while there is room for one.
    fn place(&self, key: u64) -> u64 {
        let has_own = self.failures.len() < COUNTERS || self.failures.contains_key(&key);
        if has_own { key } else { key % SHARED }
    }

    fn fail(&mut self, key: u64, now: Duration) {
        let place = self.place(key);
        let failures = self.failures.entry(place).or_insert(Failures { count: 0, last: now });
        let count = if failures.is_forgotten(now) { 0 } else { failures.count };
        *failures = Failures { count: count.saturating_add(1), last: now };
    }

    fn tidy(&mut self, now: Duration) {
        if now.saturating_sub(self.tidied) >= TIDIED {
            self.failures.retain(|_, failures| !failures.is_forgotten(now));
            self.tidied = now;
        }
    }

    fn wait(&self, key: u64, free: u32, now: Duration) -> Duration {
        let Some(failures) = self.failures.get(&self.place(key)) else { return Duration::ZERO };
        let Some(costly) = failures.count.checked_sub(free) else { return Duration::ZERO };
        let delay = FIRST.saturating_mul(1 << costly.min(5)).min(LONGEST);
        (failures.last + delay).saturating_sub(now)
    }
}

impl Attempt<'_> {
    /// It failed.
    pub(super) fn failed(self) {
        let now = self.delays.clock.ticks();
        let mut counts = self.delays.counts();
        counts.tidy(now);
        for (key, _) in &self.counters {
            counts.fail(*key, now);
        }
    }

    /// It succeeded: this account here is not delayed any more. The address is: who has one account could
    /// otherwise guess those of others from it without end.
    pub(super) fn succeeded(self) {
        if let Some((here, _)) = self.counters.first() {
            let mut counts = self.delays.counts();
            let place = counts.place(*here);
            counts.failures.remove(&place);
        }
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        let mut counts = self.delays.counts();
        if let Some(under_way) = counts.under_way.get_mut(&self.account) {
            *under_way -= 1;
            if *under_way == 0 {
                counts.under_way.remove(&self.account);
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
            let project = ProjectId::parse("0b6f4cdb-7a0f-4f0f-9f4e-2d5a3a1a0001").unwrap();
            let name = LoginName::Username(Username::parse(name).unwrap());
            self.delays.begin(&project, &name, address.parse().ok())
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
}
