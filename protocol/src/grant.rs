//! Who may do what in which bucket.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::Permissions;

/// Whom a grant names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// One user, by the id in their token.
    #[default]
    User,
    /// Everybody in a group, by a claim of their token or by Cargo's own member list.
    Group,
    /// Everybody with a valid token for the project. The subject is `*`.
    Authenticated,
    /// Everybody. The subject is `*`.
    Public,
}

/// Selects one grant of a bucket beside the subject in the path.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields)]
pub struct GrantQuery {
    /// The prefix the grant covers: empty for the whole bucket, else literal bytes ending in `/`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// Whom the path's subject names; a user when absent.
    #[serde(default)]
    pub kind: SubjectKind,
}

/// The full new state of one grant. `PUT` replaces; what is left out is reset.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PutGrant {
    /// What to allow; at least one.
    pub permissions: Permissions,
    /// Not before this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<DateTime<Utc>>,
    /// Not at or after this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// Why, for whoever reads the grant next; at most 500 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A stored grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Grant {
    /// The bucket.
    pub bucket: String,
    /// Empty for the whole bucket, else literal bytes ending in `/`.
    pub prefix: String,
    /// Whom `subject` names.
    pub kind: SubjectKind,
    /// The user id or group name; `*` for authenticated and public.
    pub subject: String,
    /// What it allows.
    pub permissions: Permissions,
    /// Not before this instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<DateTime<Utc>>,
    /// Not at or after this instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// Why it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who gave it: `user:…`, `key:…` or `operator`.
    pub granted_by: String,
    /// The revision that created it.
    pub created_revision: i64,
    /// The revision that last changed it: its ETag.
    pub updated_revision: i64,
}
