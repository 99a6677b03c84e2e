//! API keys to be created, checked by the rules for new keys.

use std::collections::BTreeSet;

use chrono::{DateTime, SubsecRound as _, Utc};
use sail_cargo_protocol::CreateApiKey;

use super::caller::{Caller, KeyHolder, Scope};
use super::flaw::{Field, Flaw};
use super::invalid_name::InvalidName;
use super::limits::{DEFAULT_KEY_LIFETIME, MAX_KEY_NAME};
use super::stored_key::StoredKey;

/// A key that may be created: its scopes and end do not exceed those of its maker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    name: String,
    scopes: BTreeSet<Scope>,
    expires_at: DateTime<Utc>,
}

/// Why a key is not created.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefusal {
    /// A field breaks a rule.
    #[error(transparent)]
    Flaw(#[from] Flaw),
    /// The key would have a scope that its maker does not have.
    #[error("the key in use does not have the scope {0:?}")]
    Wider(Scope),
    /// Users make keys for themselves only.
    #[error("users have access keys of their own only: the application makes those of others")]
    NotYours,
}

impl NewKey {
    /// Reads a key that `maker` asks for. By default it has the scope to read grants, and expires
    /// after 365 days or with the maker's key, whichever is earlier.
    ///
    /// # Errors
    /// [`KeyRefusal`] if the name is invalid; if the key has more scopes than the maker; if the end
    /// is in the past, or later than that of the maker's key.
    pub fn parse(
        asked: CreateApiKey,
        maker: &Caller,
        now: DateTime<Utc>,
    ) -> Result<Self, KeyRefusal> {
        demand_key_name(&asked.name).map_err(Flaw::of(Field::Name))?;
        let scopes = asked.scopes.unwrap_or_else(|| BTreeSet::from([Scope::GrantsRead]));
        demand_scopes(maker, &scopes)?;
        demand_future(asked.expires_at, now)?;
        let usual = usual_end(holder(maker), now);
        let expires_at = asked.expires_at.unwrap_or(usual).trunc_subsecs(6);
        demand_no_longer(holder(maker), expires_at)?;
        Ok(Self { name: asked.name, scopes, expires_at })
    }

    /// A key that replaces `old`, until `expires_at`.
    pub fn successor(old: &StoredKey, expires_at: DateTime<Utc>) -> Self {
        Self { name: old.name.clone(), scopes: old.scopes.clone(), expires_at }
    }

    /// The name of the key.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The scopes of the key.
    pub const fn scopes(&self) -> &BTreeSet<Scope> {
        &self.scopes
    }

    /// When the key expires, to the microsecond.
    pub const fn expires_at(&self) -> DateTime<Utc> {
        self.expires_at
    }
}

/// Checks the name of a key.
///
/// # Errors
/// [`InvalidName`] if the name does not have 1 to 100 characters, or has a control character.
pub fn demand_key_name(name: &str) -> Result<(), InvalidName> {
    let fits = (1..=MAX_KEY_NAME).contains(&name.chars().count());
    if fits && !name.chars().any(char::is_control) {
        return Ok(());
    }
    Err(InvalidName::new("1 to 100 characters, no control characters"))
}

/// Checks that the maker has all `scopes`: nobody creates a key with more scopes than their own.
pub(super) fn demand_scopes<'a>(
    maker: &Caller,
    scopes: impl IntoIterator<Item = &'a Scope>,
) -> Result<(), KeyRefusal> {
    let wider = scopes.into_iter().find(|scope| !maker.has_scope(**scope));
    wider.map_or(Ok(()), |scope| Err(KeyRefusal::Wider(*scope)))
}

pub(super) fn demand_future(end: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<(), Flaw> {
    if end.is_some_and(|end| end <= now) {
        return Err(Flaw::new(Field::ExpiresAt, "must be in the future"));
    }
    Ok(())
}

/// The API key in use, if the maker is root.
pub(super) const fn holder(maker: &Caller) -> Option<&KeyHolder> {
    match maker {
        Caller::Root(key) => Some(key),
        Caller::User(_)
        | Caller::AccessKey(_)
        | Caller::Session(_)
        | Caller::Everybody(_)
        | Caller::Operator { .. } => None,
    }
}

/// The default end of a key: in a year, and not after `own`, the key in use.
pub(super) fn usual_end(own: Option<&KeyHolder>, now: DateTime<Utc>) -> DateTime<Utc> {
    let year = now + DEFAULT_KEY_LIFETIME;
    own.and_then(|own| own.expires_at).map_or(year, |own| own.min(year))
}

/// Checks that a key does not outlive `own`, the key that creates it.
pub(super) fn demand_no_longer(own: Option<&KeyHolder>, end: DateTime<Utc>) -> Result<(), Flaw> {
    if own.and_then(|own| own.expires_at).is_some_and(|own| end > own) {
        let rule = "must not be after that of the key in use";
        return Err(Flaw::new(Field::ExpiresAt, rule));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
