//! Users whom grants and member lists name. Cargo stores no users.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::omit::is_false;
use crate::{Permission, Permissions, PrefixPermissions, SubjectKind};

/// A user whom a grant or a member list names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct User {
    /// The id in their token.
    pub id: String,
    /// What the account of the user is called now, for people to read: of accounts of this server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// How many grants name them.
    pub grants: u64,
    /// The groups whose member lists name them, expired memberships included.
    pub groups: Vec<String>,
    /// The id has letters of scripts that are not written together (UTS 39): it may look like
    /// another.
    #[serde(default)]
    pub mixed_scripts: bool,
    /// What is wrong with the id, if it is one that tokens, new grants and new members may not
    /// name any more. What it was given stays until it is taken away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flaw: Option<String>,
}

/// That the sessions of a user were ended (`POST /v1/users/{user}/sessions/end`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionsEnded {
    /// The user.
    pub user: String,
    /// When. Sessions that are opened later are good.
    pub ended_at: DateTime<Utc>,
}

/// Which part of a user's permissions to answer with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct UserPermissionsQuery {
    /// Answer for this bucket only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<String>,
    /// The groups the user's token would name, separated by commas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<String>,
}

/// `GET /v1/buckets/{bucket}/access`: who can do what in a bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct AccessQuery {
    /// Only those who hold this permission.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission: Option<Permission>,
    /// Only what they hold on this object key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Only subjects of this kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<SubjectKind>,
    /// Only the user of this id, and the groups of this name; `*` for everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// As it was at this instant; as it is when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<chrono::DateTime<chrono::Utc>>,
    /// How many items at most, 1 to 1000; 100 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_size: Option<u32>,
    /// Where the page before ended, as its `next_page_token` said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_token: Option<String>,
}

/// What one subject can do in a bucket, all sources together: their own grants, those of groups
/// whose member lists name them, what everybody may do, under the bucket's ceiling. Groups that
/// tokens name stand as subjects of their own, and add to what those hold whose tokens name them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SubjectPermissions {
    /// Whom `subject` names.
    pub kind: SubjectKind,
    /// The user id or group name; `*` for authenticated and public.
    pub subject: String,
    /// What the account of the user is called now, for people to read: of accounts of this server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Allowed on the whole bucket; on the key, where one was asked for.
    pub permissions: Permissions,
    /// Allowed below a prefix, beyond what the whole bucket allows.
    pub prefixes: Vec<PrefixPermissions>,
    /// Who is in it cannot be listed: whom the auth service gives a token that names it, of a
    /// `token_group`. Those may hold more than what is said of them here.
    #[serde(default, skip_serializing_if = "is_false")]
    pub members_unknown: bool,
}
