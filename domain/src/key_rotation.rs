//! Replaces an API key by a new one.

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use sail_cargo_protocol::RotateApiKey;

use super::caller::Caller;
use super::flaw::{Field, Flaw};
use super::limits::{DEFAULT_KEY_LIFETIME, DEFAULT_KEY_OVERLAP, MAX_KEY_OVERLAP};
use super::new_key::{
    KeyRefusal, demand_future, demand_no_longer, demand_scopes, holder, usual_end,
};
use super::stored_key::StoredKey;

/// How a key is replaced: overlap and end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRotation {
    overlap: TimeDelta,
    expires_at: Option<DateTime<Utc>>,
}

impl KeyRotation {
    /// Reads how long the old key stays valid (one day by default) and when the new key expires.
    ///
    /// # Errors
    /// A [`Flaw`] if the overlap exceeds 30 days, or the end is in the past.
    pub fn parse(asked: &RotateApiKey, now: DateTime<Utc>) -> Result<Self, Flaw> {
        Self::read(asked.overlap_seconds, asked.expires_at, now)
    }

    /// Reads the fields that every rotation has.
    pub(super) fn read(
        overlap: Option<u32>,
        expires_at: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<Self, Flaw> {
        let overlap = overlap.unwrap_or(DEFAULT_KEY_OVERLAP);
        if overlap > MAX_KEY_OVERLAP {
            return Err(Flaw::new(Field::OverlapSeconds, "at most 30 days"));
        }
        demand_future(expires_at, now)?;
        Ok(Self { overlap: TimeDelta::seconds(overlap.into()), expires_at })
    }

    /// When the new key shall end, where it is said.
    pub(super) const fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.expires_at
    }

    /// How long the old key stays valid at most.
    pub const fn overlap(&self) -> TimeDelta {
        self.overlap
    }

    /// When the successor of `old` expires. By default it lives as long as `old` was made to live,
    /// 365 days at most, and not longer than the maker's key if that is another key.
    ///
    /// # Errors
    /// [`KeyRefusal`] if `old` has more scopes than the maker; if the end is later than that of the
    /// maker's key; or if a key rotates itself and the end is more than 365 days from now.
    pub fn end(
        &self,
        old: &StoredKey,
        maker: &Caller,
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, KeyRefusal> {
        demand_scopes(maker, &old.scopes)?;
        let (own, year) = (holder(maker), now + DEFAULT_KEY_LIFETIME);
        let other = own.filter(|own| own.id != old.id);
        let lifetime = old.expires_at.map(|end| end - old.created_at);
        let lifetime = lifetime.map_or(DEFAULT_KEY_LIFETIME, |own| own.min(DEFAULT_KEY_LIFETIME));
        let usual = usual_end(other, now).min(now + lifetime);
        let end = self.expires_at.unwrap_or(usual).trunc_subsecs(6);
        demand_no_longer(other, end)?;
        if own.is_some_and(|own| own.id == old.id) && end > year {
            return Err(Flaw::new(Field::ExpiresAt, "at most 365 days from now").into());
        }
        Ok(end)
    }
}
