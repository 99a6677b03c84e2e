//! Changes to an API key. They only ever narrow it.

use std::collections::BTreeSet;

use chrono::{DateTime, SubsecRound as _, Utc};
use sail_cargo_protocol::PatchApiKey;

use super::caller::Scope;
use super::conflict::Conflict;
use super::flaw::{Field, Flaw};
use super::new_key::{demand_future, demand_key_name};
use super::stored_key::StoredKey;

/// The new properties of an API key. A property that is absent stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyEdit {
    name: Option<String>,
    scopes: Option<BTreeSet<Scope>>,
    expires_at: Option<DateTime<Utc>>,
}

impl KeyEdit {
    /// Reads changes of a key.
    ///
    /// # Errors
    /// A [`Flaw`] if the name is invalid, or the end is in the past.
    pub fn parse(asked: PatchApiKey, now: DateTime<Utc>) -> Result<Self, Flaw> {
        let PatchApiKey { name, scopes, expires_at } = asked;
        name.as_deref().map_or(Ok(()), demand_key_name).map_err(Flaw::of(Field::Name))?;
        demand_future(expires_at, now)?;
        Ok(Self { name, scopes, expires_at: expires_at.map(|end| end.trunc_subsecs(6)) })
    }

    /// The key with the changes.
    ///
    /// # Errors
    /// [`Conflict::KeyWidened`] if the key would get more scopes or a later end.
    pub fn apply(self, before: &StoredKey) -> Result<StoredKey, Conflict> {
        let after = StoredKey {
            name: self.name.unwrap_or_else(|| before.name.clone()),
            scopes: self.scopes.unwrap_or_else(|| before.scopes.clone()),
            expires_at: self.expires_at.or(before.expires_at),
            ..before.clone()
        };
        let is_later = before.expires_at.zip(after.expires_at).is_some_and(|(old, new)| new > old);
        if is_later || !after.scopes.is_subset(&before.scopes) {
            return Err(Conflict::KeyWidened);
        }
        Ok(after)
    }
}
