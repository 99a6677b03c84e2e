//! The day's keys that are made of the secret of one access key.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};

use super::inbound::Scope;
use super::key::SigningKey;
use crate::limits;
use crate::secret::Secret;

/// A secret, and the keys of days and regions that were made of it: a few, the one used last in
/// front. Clones remember them together; all are wiped when the last is dropped.
#[derive(Clone)]
pub struct DayKeys {
    secret: Secret,
    made: Arc<Mutex<Vec<Arc<SigningKey>>>>,
}

impl DayKeys {
    /// Takes the secret of an access key.
    pub fn new(secret: Secret) -> Self {
        Self { secret, made: Arc::default() }
    }

    /// The key that signatures of `scope` are verified with; none for days that no signature is
    /// taken of. The caller checked the region
    /// ([`Claim::check_scope`](super::inbound::Claim::check_scope)).
    pub fn key(&self, scope: &Scope, now: DateTime<Utc>) -> Option<Arc<SigningKey>> {
        let distance = scope.day().signed_duration_since(now.date_naive()).abs();
        if distance > limits::DAY_KEYS_REACH {
            return None;
        }
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let at = made.iter().position(|key| key.scope() == scope.as_str());
        let key = at.map_or_else(|| Arc::new(scope.derive(&self.secret)), |at| made.remove(at));
        made.truncate(limits::MAX_DAY_KEYS - 1);
        made.insert(0, Arc::clone(&key));
        Some(key)
    }
}

/// Shows nothing.
impl fmt::Debug for DayKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DayKeys").finish_non_exhaustive()
    }
}
