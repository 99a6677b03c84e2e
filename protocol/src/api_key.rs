//! Project API keys.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What an API key may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Scope {
    /// Ask what users may do.
    #[serde(rename = "check")]
    Check,
    /// Have S3 requests signed.
    #[serde(rename = "sign")]
    Sign,
    /// See buckets and who holds grants on them.
    #[serde(rename = "grants:read")]
    GrantsRead,
    /// Register and forget buckets; give and take grants.
    #[serde(rename = "grants:write")]
    GrantsWrite,
    /// See the project's API keys.
    #[serde(rename = "keys:read")]
    KeysRead,
    /// Make and revoke API keys, none wider than the key in use.
    #[serde(rename = "keys:write")]
    KeysWrite,
    /// Read the audit trail.
    #[serde(rename = "audit:read")]
    AuditRead,
    /// See the accounts of users.
    #[serde(rename = "accounts:read")]
    AccountsRead,
    /// Make, change and delete the accounts of users.
    #[serde(rename = "accounts:write")]
    AccountsWrite,
}

impl Scope {
    /// All scopes.
    pub const ALL: [Self; 9] = [
        Self::Check,
        Self::Sign,
        Self::GrantsRead,
        Self::GrantsWrite,
        Self::KeysRead,
        Self::KeysWrite,
        Self::AuditRead,
        Self::AccountsRead,
        Self::AccountsWrite,
    ];
}

/// `POST /v1/api-keys`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateApiKey {
    /// What it is for, for whoever reads the list; 1 to 100 characters.
    pub name: String,
    /// What it may be used for; `["grants:read"]` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<BTreeSet<Scope>>,
    /// When it stops; 365 days from now when absent, or with the key in use if that is earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// The project, by slug or id. Operators only; a project's own key speaks for its project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
}

/// A stored API key. The secret is not among it: only its hash is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiKey {
    /// The part of the key that is no secret: 12 characters, in logs and audit events.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// What it may be used for.
    pub scopes: BTreeSet<Scope>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: String,
    /// When it stops.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<DateTime<Utc>>,
    /// Shared by a key and those it was rotated into: the id of the first.
    pub family: String,
    /// When it was last presented, to the minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<DateTime<Utc>>,
    /// From which address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_ip: Option<String>,
}

/// `PATCH /v1/api-keys/{id}`: what is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PatchApiKey {
    /// What it is for; 1 to 100 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it may be used for from now on: never more than before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<BTreeSet<Scope>>,
    /// When it stops: never later than before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
}

/// `POST /v1/api-keys/{id}/rotate`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RotateApiKey {
    /// For how many seconds the old key goes on working, 0 to 30 days; a day when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap_seconds: Option<u32>,
    /// When the new key stops; when absent, it lives as long as the old one was made for, 365 days
    /// at most, and not longer than the key in use if another one is rotated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
}

/// The one answer that holds the key itself.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedApiKey {
    /// The key. Shown once; keep it where secrets are kept.
    pub key: String,
    /// What is stored of it.
    #[serde(flatten)]
    pub stored: ApiKey,
}

/// Prints what is stored, never the key.
impl std::fmt::Debug for CreatedApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CreatedApiKey").field("stored", &self.stored).finish_non_exhaustive()
    }
}
