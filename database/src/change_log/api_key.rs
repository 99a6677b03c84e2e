//! An API key in the change log.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::KeyId;
use crate::domain::StoredKey;
use crate::domain::caller::Scope;
use crate::error::DatabaseError;

/// An API key as the change log records it, without its secret. The names and formats of the fields
/// never change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyRecord {
    /// The public part of the key.
    pub id: String,
    /// The name that says what the key is for.
    pub name: String,
    /// What the key may be used for.
    pub scopes: BTreeSet<ScopeWord>,
    /// When the key was created.
    pub created_at: DateTime<Utc>,
    /// Who created the key.
    pub created_by: String,
    /// When the key expires; `None` if it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// When the key was revoked; `None` if it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<DateTime<Utc>>,
    /// The id of the first key of the rotation that this key belongs to; its own id if it was never
    /// rotated.
    pub family: String,
    /// When the key was last presented before this change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<DateTime<Utc>>,
    /// The address that the key was last presented from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_ip: Option<String>,
}

impl ApiKeyRecord {
    /// The layout that introduced the newest field or word of this record.
    pub(super) const LAYOUT: u8 = 6;
}

/// What a key may be used for. The order of the variants is the order in which scopes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ScopeWord {
    /// Ask what users may do.
    #[serde(rename = "check")]
    Check,
    /// Have requests signed.
    #[serde(rename = "sign")]
    Sign,
    /// Read buckets and grants.
    #[serde(rename = "grants:read")]
    GrantsRead,
    /// Change buckets and grants.
    #[serde(rename = "grants:write")]
    GrantsWrite,
    /// Read API keys.
    #[serde(rename = "keys:read")]
    KeysRead,
    /// Create and revoke API keys.
    #[serde(rename = "keys:write")]
    KeysWrite,
    /// Read the audit trail.
    #[serde(rename = "audit:read")]
    AuditRead,
    /// Read accounts.
    #[serde(rename = "accounts:read")]
    AccountsRead,
    /// Create, change and delete accounts.
    #[serde(rename = "accounts:write")]
    AccountsWrite,
}

impl From<Scope> for ScopeWord {
    fn from(scope: Scope) -> Self {
        match scope {
            Scope::Check => Self::Check,
            Scope::Sign => Self::Sign,
            Scope::GrantsRead => Self::GrantsRead,
            Scope::GrantsWrite => Self::GrantsWrite,
            Scope::KeysRead => Self::KeysRead,
            Scope::KeysWrite => Self::KeysWrite,
            Scope::AuditRead => Self::AuditRead,
            Scope::AccountsRead => Self::AccountsRead,
            Scope::AccountsWrite => Self::AccountsWrite,
        }
    }
}

impl From<ScopeWord> for Scope {
    fn from(word: ScopeWord) -> Self {
        match word {
            ScopeWord::Check => Self::Check,
            ScopeWord::Sign => Self::Sign,
            ScopeWord::GrantsRead => Self::GrantsRead,
            ScopeWord::GrantsWrite => Self::GrantsWrite,
            ScopeWord::KeysRead => Self::KeysRead,
            ScopeWord::KeysWrite => Self::KeysWrite,
            ScopeWord::AuditRead => Self::AuditRead,
            ScopeWord::AccountsRead => Self::AccountsRead,
            ScopeWord::AccountsWrite => Self::AccountsWrite,
        }
    }
}

impl From<&StoredKey> for ApiKeyRecord {
    fn from(key: &StoredKey) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name.clone(),
            scopes: key.scopes.iter().copied().map(Into::into).collect(),
            created_at: key.created_at,
            created_by: key.created_by.clone(),
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            family: key.family.clone(),
            last_used_at: key.last_used_at,
            last_used_ip: key.last_used_ip.clone(),
        }
    }
}

impl TryFrom<ApiKeyRecord> for StoredKey {
    type Error = DatabaseError;

    fn try_from(record: ApiKeyRecord) -> Result<Self, DatabaseError> {
        Ok(Self {
            id: KeyId::parse(&record.id).map_err(DatabaseError::corrupt)?,
            name: record.name,
            scopes: record.scopes.into_iter().map(Into::into).collect(),
            created_at: record.created_at,
            created_by: record.created_by,
            expires_at: record.expires_at,
            revoked_at: record.revoked_at,
            family: record.family,
            last_used_at: record.last_used_at,
            last_used_ip: record.last_used_ip,
        })
    }
}

/// The key as layout 2 records it: the wire format of that time ([`super::layout_2`]). It is
/// frozen.
#[derive(Deserialize)]
pub(super) struct ApiKeyOfLayout2 {
    id: String,
    name: String,
    scopes: BTreeSet<ScopeWord>,
    created_at: DateTime<Utc>,
    created_by: String,
    expires_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
    family: String,
    last_used_at: Option<DateTime<Utc>>,
    last_used_ip: Option<String>,
}

impl From<ApiKeyOfLayout2> for ApiKeyRecord {
    fn from(key: ApiKeyOfLayout2) -> Self {
        Self {
            id: key.id,
            name: key.name,
            scopes: key.scopes,
            created_at: key.created_at,
            created_by: key.created_by,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            family: key.family,
            last_used_at: key.last_used_at,
            last_used_ip: key.last_used_ip,
        }
    }
}
