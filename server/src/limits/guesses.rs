//! Limits failed attempts to authenticate. A client with too many of them is refused before an
//! expensive check.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::limiter::Limiter;
use super::network::network;
use super::over::{Limit, Over};
use crate::domain::KeyId;

/// Failed attempts with one id from one address are allowed this share of those from an address.
const SHARE_OF_ID: u32 = 4;

/// Counts of recent failed attempts: by address, by API key, and by an id and the address together.
///
/// Ids of access keys stand in every presigned URL. So these are never counted by themselves: anybody could
/// lock their owners out.
///
/// Keys that were valid before and tokens in the cache are exempt: an attacker who guesses cannot
/// lock valid clients out.
#[derive(Debug)]
pub struct Guesses {
    addresses: Shutter,
    keys: Shutter,
    ids_here: Shutter,
}

impl Guesses {
    /// Allows `per_second` failed attempts for each address and for each claimed key.
    pub(super) fn new(per_second: u32) -> Self {
        Self {
            addresses: Shutter::new(Limit::FailedProofs, per_second),
            keys: Shutter::new(Limit::FailedKeyProofs, per_second),
            ids_here: Shutter::new(Limit::FailedProofsOfId, share(per_second)),
        }
    }

    /// Whether credentials from `address` may be checked.
    ///
    /// # Errors
    /// [`Over`] after too many failed attempts from this address.
    pub fn demand_few(&self, address: Option<IpAddr>) -> Result<(), Over> {
        address.map_or(Ok(()), |address| self.addresses.demand_open(&network(address)))
    }

    /// Whether the API key `key` may be checked.
    ///
    /// # Errors
    /// [`Over`] after too many failed attempts with this key id.
    pub fn demand_few_of(&self, key: &KeyId) -> Result<(), Over> {
        self.keys.demand_open(key)
    }

    /// Whether credentials with this id may be checked that come from `address`.
    ///
    /// # Errors
    /// [`Over`] after too many failed attempts with this id from this address.
    pub fn demand_few_here(&self, id: &str, address: Option<IpAddr>) -> Result<(), Over> {
        let here = address.map(|address| (id, network(address)));
        here.map_or(Ok(()), |here| self.ids_here.demand_open(&here))
    }

    /// Counts a failed attempt from `address` with this id, where it was read.
    ///
    /// # Errors
    /// [`Over`] if the limit was already reached.
    pub fn note_here(&self, id: Option<&str>, address: Option<IpAddr>) -> Result<(), Over> {
        let here = id.zip(address.map(network));
        let of_id = here.map_or(Ok(()), |here| self.ids_here.note(&here));
        self.note(address, None).and(of_id)
    }

    /// Counts a failed attempt from `address`, and of `key` if it claimed to be that key.
    ///
    /// # Errors
    /// [`Over`] if the limit was already reached.
    pub fn note(&self, address: Option<IpAddr>, key: Option<&KeyId>) -> Result<(), Over> {
        let of_key = key.map_or(Ok(()), |key| self.keys.note(key));
        let from = address.map_or(Ok(()), |address| self.addresses.note(&network(address)));
        from.and(of_key)
    }

    pub(super) fn tidy(&self) {
        self.addresses.tidy();
        self.keys.tidy();
        self.ids_here.tidy();
    }
}

/// So many a second with one id, at least one; 0 for no limit.
fn share(per_second: u32) -> u32 {
    per_second.div_ceil(SHARE_OF_ID)
}

/// A limit that can be checked before anything is counted.
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
        // In most cases no client is limited.
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

    #[test]
    fn g9_an_id_is_shut_for_the_address_that_guesses_before_the_address_is_and_for_no_other() {
        let guesses = Guesses::new(8);
        let (here, there) = ("2001:db8::1".parse().ok(), "192.0.2.2".parse().ok());
        let (id, other) = ("CGAKAAAAAAAAAAAAAAAA", "CGAKBBBBBBBBBBBBBBBB");
        for _ in 0..4 {
            assert_eq!(guesses.note_here(Some(id), here), Ok(()));
        }
        let neighbour = "2001:db8::ffff".parse().ok();
        let over = guesses.demand_few_here(id, neighbour).unwrap_err();
        assert_eq!((over.limit, over.quota), (Limit::FailedProofsOfId, 4));
        for (id, address) in [(other, here), (id, there), (id, None)] {
            assert_eq!(guesses.demand_few_here(id, address), Ok(()), "{id} {address:?}");
        }
        assert_eq!(guesses.demand_few(here), Ok(()));
        for _ in 0..12 {
            guesses.note_here(Some(other), here).ok();
        }
        assert_eq!(guesses.demand_few(here).unwrap_err().limit, Limit::FailedProofs);
        assert_eq!(Guesses::new(0).note_here(Some(id), here), Ok(()), "no limit is none");
    }
}
