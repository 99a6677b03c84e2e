//! Putting one access key in the place of another.

use chrono::{DateTime, SubsecRound as _, Utc};
use sail_cargo_protocol::RotateAccessKey;

use super::holder::scopes;
use super::stored::StoredAccessKey;
use crate::caller::Caller;
use crate::flaw::Flaw;
use crate::key_rotation::KeyRotation;
use crate::limits::DEFAULT_KEY_LIFETIME;
use crate::new_key::{KeyRefusal, demand_no_longer, demand_scopes, holder, usual_end};

impl KeyRotation {
    /// The same of an access key.
    ///
    /// # Errors
    /// More than 30 days; an end that is over.
    pub fn parse_of_access_key(asked: &RotateAccessKey, now: DateTime<Utc>) -> Result<Self, Flaw> {
        Self::read(asked.overlap_seconds, asked.expires_at, now)
    }

    /// When the successor of `old` stops. Where nothing is said, it lives as long as the old one was made
    /// for, 365 days at most, and not longer than the API key in use.
    ///
    /// # Errors
    /// The API key in use has not the scopes that such a key comes to, or ends before.
    pub fn end_of_access_key(
        &self,
        old: &StoredAccessKey,
        maker: &Caller,
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, KeyRefusal> {
        demand_scopes(maker, scopes(old.kind))?;
        let lifetime = (old.expires_at - old.created_at).min(DEFAULT_KEY_LIFETIME);
        let usual = usual_end(holder(maker), now).min(now + lifetime);
        let end = self.expires_at().unwrap_or(usual).trunc_subsecs(6);
        demand_no_longer(holder(maker), end)?;
        Ok(end)
    }
}
