//! Which keys were noted as used, so that none is noted more than once a minute.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// How often the use of one key is written at most.
const EVERY: TimeDelta = TimeDelta::minutes(1);

/// Which keys were written when, by this server.
#[derive(Debug)]
pub(crate) struct RecentUses<Id> {
    written: Mutex<HashMap<Id, DateTime<Utc>>>,
}

impl<Id> Default for RecentUses<Id> {
    fn default() -> Self {
        Self { written: Mutex::default() }
    }
}

impl<Id: Eq + Hash + Clone> RecentUses<Id> {
    /// Whether a use of the key at `now` is to be written; it is not due again for a minute.
    pub(crate) fn is_due(&self, id: &Id, now: DateTime<Utc>) -> bool {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        match written.get(id) {
            Some(last) if now < *last + EVERY => false,
            _ => {
                written.retain(|_, last| now < *last + EVERY);
                written.insert(id.clone(), now);
                true
            }
        }
    }
}
