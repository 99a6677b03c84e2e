//! Rate limits: a number of requests per second, and twice as many at once (GCRA, by `governor`).
//! Each server counts only its own requests, so several replicas together allow a multiple.

mod guesses;
mod limiter;
mod network;
mod over;
mod room;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

pub use guesses::Guesses;
use limiter::Limiter;
pub(crate) use network::{network, site};
pub use over::{Limit, Over};
pub(crate) use room::{Full, Room, RoomShare};

use crate::domain::{Caller, User};

/// How often unneeded buckets are removed.
const TIDY: Duration = Duration::from_secs(10);

/// The allowed requests per second for each subject; 0 for no limit.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rates {
    /// Per address (IPv6: per /64): requests, authenticated or not.
    pub address: u32,
    /// Per API key: requests, and items of batches.
    pub key: u32,
    /// Per user of a project: requests, and items of batches.
    pub user: u32,
    /// Per project: requests, and items of batches.
    pub project: u32,
    /// Per address and per claimed key: failed attempts to authenticate.
    pub failed_proofs: u32,
}

/// The rate limits of one server, with the recent requests.
#[derive(Debug)]
pub struct Limits {
    address: Limiter,
    key: Limiter,
    user: Limiter,
    project: Limiter,
    guesses: Arc<Guesses>,
}

impl Limits {
    /// Limits by `rates`, with no requests counted yet.
    pub fn new(rates: Rates) -> Self {
        Self {
            address: Limiter::new(Limit::Address, rates.address),
            key: Limiter::new(Limit::Key, rates.key),
            user: Limiter::new(Limit::User, rates.user),
            project: Limiter::new(Limit::Project, rates.project),
            guesses: Arc::new(Guesses::new(rates.failed_proofs)),
        }
    }

    /// The limits of failed attempts to authenticate.
    pub fn guesses(&self) -> &Arc<Guesses> {
        &self.guesses
    }

    /// Counts a request from `address`. Clients of the Unix socket have no address and no such
    /// limit.
    ///
    /// # Errors
    /// [`Over`] if this address sent too many requests.
    pub fn knock(&self, address: Option<IpAddr>) -> Result<(), Over> {
        address.map_or(Ok(()), |address| self.address.charge(&network(address), 1))
    }

    /// Counts `cost` requests of `caller`: for the user, the API key, and the project.
    ///
    /// # Errors
    /// [`Over`] if one of them reaches its limit.
    pub fn charge(&self, caller: &Caller, cost: usize) -> Result<(), Over> {
        let cost = u32::try_from(cost).unwrap_or(u32::MAX);
        let (key, user) = match caller {
            Caller::User(user) => (user.via.as_ref(), Some(user)),
            Caller::Root(key) => (Some(key), None),
            // All who bring no credentials share the limit of one user.
            Caller::AccessKey(_) | Caller::Session(_) | Caller::Everybody(_) => {
                (None, caller.user())
            }
            Caller::Operator { .. } => (None, None),
        };
        // The narrowest limit first: a refused user does not use up the limits of others.
        if let Some(User { project, id, .. }) = user {
            self.user.charge(&(project, id), cost)?;
        }
        if let Some(key) = key {
            self.key.charge(&key.id, cost)?;
        }
        caller.project().map_or(Ok(()), |project| self.project.charge(project, cost))
    }

    /// Removes unneeded buckets, forever.
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
