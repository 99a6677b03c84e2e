//! Groups that Cargo keeps itself, beside those that tokens name.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A group with a member list. It is there as long as somebody is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Group {
    /// Its name, the same that tokens would use.
    pub name: String,
    /// How many members it has, expired memberships included.
    pub members: u64,
}

/// `PUT /v1/groups/{group}/members/{user}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PutMember {
    /// Not a member at or after this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
}

/// A user on a group's member list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Member {
    /// The group.
    pub group: String,
    /// The user's id.
    pub user: String,
    /// Not a member at or after this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// The revision that last changed it.
    pub updated_revision: i64,
}
