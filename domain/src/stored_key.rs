//! An API key as it is kept, without its secret.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::caller::Scope;
use super::names::KeyId;

/// A stored key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// The part that is no secret.
    pub id: KeyId,
    /// What it is for.
    pub name: String,
    /// What it may be used for.
    pub scopes: BTreeSet<Scope>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: String,
    /// When it stops.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// The id of the key it was first rotated from; its own otherwise.
    pub family: String,
    /// When it was last presented.
    pub last_used_at: Option<DateTime<Utc>>,
    /// From which address.
    pub last_used_ip: Option<String>,
}

impl StoredKey {
    /// Whether it is good at `now`: neither revoked nor at its end.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}
