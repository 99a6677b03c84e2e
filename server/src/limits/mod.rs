//! How often somebody may ask: so many times a second, and twice as many at once (GCRA, by
//! `governor`). A server counts what it sees itself: of several replicas, each lets as many through.

mod guesses;
mod limiter;
mod network;
mod over;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

pub use guesses::Guesses;
use limiter::Limiter;
use network::network;
pub use over::{Limit, Over};

use crate::domain::{Caller, User};

/// How often what is not needed any more is forgotten.
const TIDY: Duration = Duration::from_secs(10);

/// What one of each may ask a second; 0 for no limit.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rates {
    /// One address, or one /64 of IPv6: requests, whoever sends them.
    pub address: u32,
    /// One API key: requests, and items of batches.
    pub key: u32,
    /// One user of a project: the same.
    pub user: u32,
    /// One project: the same.
    pub project: u32,
    /// One address, or one claimed key: proofs that are not good.
    pub failed_proofs: u32,
}

/// Who asked how often of late.
#[derive(Debug)]
pub struct Limits {
    address: Limiter,
    key: Limiter,
    user: Limiter,
    project: Limiter,
    guesses: Arc<Guesses>,
}

impl Limits {
    /// Nobody has asked yet.
    pub fn new(rates: Rates) -> Self {
        Self {
            address: Limiter::new(Limit::Address, rates.address),
            key: Limiter::new(Limit::Key, rates.key),
            user: Limiter::new(Limit::User, rates.user),
            project: Limiter::new(Limit::Project, rates.project),
            guesses: Arc::new(Guesses::new(rates.failed_proofs)),
        }
    }

    /// Proofs that were not good.
    pub fn guesses(&self) -> &Arc<Guesses> {
        &self.guesses
    }

    /// Counts a request of whoever is at `address`. Who is connected by the socket is at none.
    ///
    /// # Errors
    /// They asked too often.
    pub fn knock(&self, address: Option<IpAddr>) -> Result<(), Over> {
        address.map_or(Ok(()), |address| self.address.charge(&network(address), 1))
    }

    /// Counts `cost` requests of `caller`: for them, for their key, and for their project.
    ///
    /// # Errors
    /// One of them asked too often.
    pub fn charge(&self, caller: &Caller, cost: usize) -> Result<(), Over> {
        let cost = u32::try_from(cost).unwrap_or(u32::MAX);
        let (key, user) = match caller {
            Caller::User(user) => (user.via.as_ref(), Some(user)),
            Caller::Root(key) => (Some(key), None),
            Caller::AccessKey(_) | Caller::Session(_) => (None, caller.user()),
            Caller::Operator { .. } => (None, None),
        };
        // The narrowest first: who is refused for themselves takes nothing from others.
        if let Some(User { project, id, .. }) = user {
            self.user.charge(&(project, id), cost)?;
        }
        if let Some(key) = key {
            self.key.charge(&key.id, cost)?;
        }
        caller.project().map_or(Ok(()), |project| self.project.charge(project, cost))
    }

    /// Forgets those who did not ask for a while, for as long as it is polled.
    pub async fn keep_tidy(&self) {
        let mut now_and_then = tokio::time::interval(TIDY);
        loop {
            now_and_then.tick().await;
            for limiter in [&self.address, &self.key, &self.user, &self.project] {
                limiter.tidy();
            }
            self.guesses.tidy();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(limits: &Limits, address: &str) -> Result<(), Limit> {
        limits.knock(Some(address.parse().unwrap())).map_err(|over| over.limit)
    }

    #[test]
    fn addresses_of_one_network_are_one() {
        let limits = Limits::new(Rates { address: 1, ..Rates::default() });
        for (address, answer) in [
            ("2001:db8::1", Ok(())),
            ("2001:db8::ffff:0:0:2", Ok(())),
            ("2001:db8::3", Err(Limit::Address)),
            ("2001:db8:0:1::3", Ok(())),
            ("192.0.2.1", Ok(())),
            ("192.0.2.1", Ok(())),
            ("192.0.2.1", Err(Limit::Address)),
            ("192.0.2.2", Ok(())),
        ] {
            assert_eq!(at(&limits, address), answer, "{address}");
        }
        assert!(limits.knock(None).is_ok());
    }

    #[test]
    fn no_limit_is_none() {
        let limits = Limits::new(Rates::default());
        assert!((0..10_000).all(|_| at(&limits, "192.0.2.1").is_ok()));
    }
}
