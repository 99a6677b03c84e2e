//! Groups with member lists in Cargo. Groups that tokens name are separate, even with the same
//! name.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::omit::is_false;

/// A group with a member list. It is there as long as somebody is in it, or tokens were left out of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Group {
    /// Its name.
    pub name: String,
    /// How many members it has, expired memberships included.
    pub members: u64,
    /// Tokens that name a group of this name came under its grants before `token_group` was a kind
    /// of its own. They do not any more, and nobody has said yet that this is right.
    #[serde(default, skip_serializing_if = "is_false")]
    pub tokens_left_out: bool,
}

/// `PATCH /v1/groups/{group}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PatchGroup {
    /// `false`: it was looked at, and is as it should be. Nothing sets it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens_left_out: Option<bool>,
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
