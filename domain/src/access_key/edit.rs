//! What an access key shall be: less than it is.

use chrono::{DateTime, SubsecRound as _, Utc};
use sail_cargo_protocol::PatchAccessKey;

use super::limits::KeyLimits;
use super::stored::{AccessKeyStatus, StoredAccessKey};
use crate::conflict::Conflict;
use crate::flaw::{Field, Flaw};
use crate::new_key::{demand_future, demand_key_name};

/// What an access key shall be; what is not said stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessKeyEdit {
    name: Option<String>,
    status: Option<AccessKeyStatus>,
    expires_at: Option<DateTime<Utc>>,
    limits: KeyLimits,
}

impl AccessKeyEdit {
    /// Reads changes of a key.
    ///
    /// # Errors
    /// A name or a limit that is none; an end that is over.
    pub fn parse(asked: PatchAccessKey, now: DateTime<Utc>) -> Result<Self, Flaw> {
        let limits = KeyLimits::parse(asked.limits())?;
        let PatchAccessKey { name, status, expires_at, .. } = asked;
        name.as_deref().map_or(Ok(()), demand_key_name).map_err(Flaw::of(Field::Name))?;
        demand_future(expires_at, now)?;
        let expires_at = expires_at.map(|end| end.trunc_subsecs(6));
        Ok(Self { name, status, expires_at, limits })
    }

    /// The key after this. One that is disabled may be put in use again.
    ///
    /// # Errors
    /// [`Conflict::KeyWidened`]: it would be good for more, or for longer.
    pub fn apply(self, before: &StoredAccessKey) -> Result<StoredAccessKey, Conflict> {
        let after = StoredAccessKey {
            name: self.name.unwrap_or_else(|| before.name.clone()),
            status: self.status.unwrap_or(before.status),
            expires_at: self.expires_at.unwrap_or(before.expires_at),
            limits: before.limits.edited(self.limits),
            ..before.clone()
        };
        if after.expires_at > before.expires_at || !after.limits.are_within(&before.limits) {
            return Err(Conflict::KeyWidened);
        }
        Ok(after)
    }
}
