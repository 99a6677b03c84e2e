//! Proofs that were not good: who brought too many is not looked at where looking costs something.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::limiter::Limiter;
use super::network::network;
use super::over::{Limit, Over};
use crate::domain::KeyId;

/// Who brought proofs that were not good, of late.
///
/// A key that was good and a token that was seen of late are looked at however many others were not:
/// whoever guesses keeps nobody out who is in.
#[derive(Debug)]
pub struct Guesses {
    by_address: Shutter,
    by_key: Shutter,
}

impl Guesses {
    /// `per_second` are looked at, of each address and of each key that is claimed.
    pub(super) fn new(per_second: u32) -> Self {
        Self {
            by_address: Shutter::new(Limit::FailedProofs, per_second),
            by_key: Shutter::new(Limit::FailedKeyProofs, per_second),
        }
    }

    /// Whether a proof from `address` may be looked at.
    ///
    /// # Errors
    /// Too many from there were not good.
    pub fn demand_few(&self, address: Option<IpAddr>) -> Result<(), Over> {
        address.map_or(Ok(()), |address| self.by_address.demand_open(&network(address)))
    }

    /// Whether a proof of `key` may be looked at.
    ///
    /// # Errors
    /// Too many of it were not good.
    pub fn demand_few_of(&self, key: &KeyId) -> Result<(), Over> {
        self.by_key.demand_open(key)
    }

    /// Notes a proof that is not good, of `key` if it claimed to be one.
    ///
    /// # Errors
    /// There were too many before.
    pub fn note(&self, address: Option<IpAddr>, key: Option<&KeyId>) -> Result<(), Over> {
        let of_key = key.map_or(Ok(()), |key| self.by_key.note(key));
        let from = address.map_or(Ok(()), |address| self.by_address.note(&network(address)));
        from.and(of_key)
    }

    pub(super) fn tidy(&self) {
        self.by_address.tidy();
        self.by_key.tidy();
    }
}

/// A limit that is asked before it is known whether there is something to count.
#[derive(Debug)]
struct Shutter {
    limiter: Limiter,
    shut: Mutex<HashMap<u64, (Instant, Over)>>,
}

impl Shutter {
    fn new(limit: Limit, per_second: u32) -> Self {
        Self { limiter: Limiter::new(limit, per_second), shut: Mutex::default() }
    }

    fn demand_open(&self, who: &impl Hash) -> Result<(), Over> {
        let shut = self.shut();
        // Mostly nobody is.
        if shut.is_empty() {
            return Ok(());
        }
        let now = Instant::now();
        match shut.get(&self.limiter.bucket(who)) {
            Some((until, over)) if now < *until => Err(Over { wait: *until - now, ..*over }),
            _ => Ok(()),
        }
    }

    fn note(&self, who: &impl Hash) -> Result<(), Over> {
        let before = self.demand_open(who);
        if let Some(over) = self.limiter.exhaust(who) {
            self.shut().insert(self.limiter.bucket(who), (Instant::now() + over.wait, over));
        }
        before
    }

    fn tidy(&self) {
        let now = Instant::now();
        self.shut().retain(|_, (until, _)| now < *until);
        self.limiter.tidy();
    }

    fn shut(&self) -> MutexGuard<'_, HashMap<u64, (Instant, Over)>> {
        self.shut.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_guessed_often_is_not_looked_at_and_others_are() {
        let guesses = Guesses::new(5);
        let (here, there) = ("192.0.2.1".parse().ok(), "192.0.2.2".parse().ok());
        let key = KeyId::parse("8fK2mQ0ZtYb1").unwrap();
        let other = KeyId::parse("8fK2mQ0ZtYb2").unwrap();
        for _ in 0..10 {
            assert_eq!(guesses.note(here, Some(&key)), Ok(()));
        }
        assert_eq!(guesses.demand_few(here).unwrap_err().limit, Limit::FailedProofs);
        assert_eq!(guesses.demand_few_of(&key).unwrap_err().limit, Limit::FailedKeyProofs);
        assert_eq!(guesses.note(here, None).unwrap_err().limit, Limit::FailedProofs);
        assert_eq!(guesses.demand_few(there), Ok(()));
        assert_eq!(guesses.demand_few_of(&other), Ok(()));
        assert_eq!(guesses.demand_few(None), Ok(()));
    }
}
