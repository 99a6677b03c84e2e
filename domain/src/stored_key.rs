//! Stored API keys, without their secrets.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::caller::Scope;
use super::names::KeyId;

/// A stored API key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// The public part of the key.
    pub id: KeyId,
    /// The name of the key.
    pub name: String,
    /// The scopes of the key.
    pub scopes: BTreeSet<Scope>,
    /// When the key was created.
    pub created_at: DateTime<Utc>,
    /// Who created the key.
    pub created_by: String,
    /// When the key expires, if it does.
    pub expires_at: Option<DateTime<Utc>>,
    /// When the key was revoked, if it was.
    pub revoked_at: Option<DateTime<Utc>>,
    /// The id of the first key in its chain of rotations; its own id if it was not rotated.
    pub family: String,
    /// When the key was last presented.
    pub last_used_at: Option<DateTime<Utc>>,
    /// The address from which the key was last presented.
    pub last_used_ip: Option<String>,
}

impl StoredKey {
    /// Whether the key is valid at `now`: neither revoked nor expired.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}
