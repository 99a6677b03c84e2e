//! Projects, which are the tenants.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Permissions, omit};

/// `POST /v1/projects`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateProject {
    /// The name tokens and operators use: `[a-z0-9-]`, 2 to 63 characters.
    pub slug: String,
    /// The name of the store its buckets live in.
    pub store: String,
    /// Operations that are refused even to root unless named here, such as `PutBucketPolicy`.
    #[serde(default)]
    pub root_extra: Vec<String>,
    /// Origins of web pages that may talk to `/v1`, one by one and without a wildcard, such as
    /// `https://app.example.com`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cors_origins: Vec<String>,
}

/// A tenant: one application with its buckets, grants and keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own on the wire")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Project {
    /// A UUID.
    pub id: String,
    /// The name tokens and operators use.
    pub slug: String,
    /// The store its buckets live in.
    pub store: String,
    /// Operations root may have signed beyond the usual ones.
    pub root_extra: Vec<String>,
    /// Whether anything is allowed in it.
    pub status: ProjectStatus,
    /// What every user may do in every registered bucket, without a grant.
    pub default_permissions: Permissions,
    /// Tags steer lifecycle rules or policies here, so only root may write them.
    pub tags_are_authority: bool,
    /// How long a presigned URL may live at most, in seconds.
    pub max_presign_seconds: u32,
    /// Origins of web pages that may talk to `/v1`, in the form in which browsers send them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cors_origins: Vec<String>,
    /// Whether users make access keys of their own; absent where they do.
    #[serde(default = "omit::yes", skip_serializing_if = "omit::is_yes")]
    pub self_service_keys: bool,
    /// Where users have a place of their own; absent where they have none. It gives nothing by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<Home>,
    /// How long a URL may live that is presigned with an access key, from its `X-Amz-Date` on, in seconds;
    /// absent where that is 604800.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_presign_gateway: Option<u32>,
    /// How long a session may live, in seconds; absent where that is 43200.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_session: Option<u32>,
    /// Whether downloads under way are broken off when the key, session, user or grant they rest on is gone;
    /// absent where they are not.
    #[serde(default, skip_serializing_if = "omit::is_false")]
    pub cut_streams: bool,
    /// Whether browsers may run what they open on the project's public host; absent where they may not.
    #[serde(default, skip_serializing_if = "omit::is_false")]
    pub public_host_active_content: bool,
    /// When it was created.
    pub created_at: DateTime<Utc>,
}

/// A place in a bucket where each user has a part of their own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Home {
    /// The bucket.
    pub bucket: String,
    /// Of a project a template, such as `home/${user}/`; of a user the prefix that is their own.
    pub prefix: String,
}

/// Whether a project is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProjectStatus {
    /// As usual.
    Active,
    /// Nothing is signed for it and every check says no; grants stay as they are.
    Suspended,
}

/// `PATCH /v1/projects/{project}`: what is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PatchProject {
    /// Suspend it, or take it up again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<ProjectStatus>,
    /// What every user may do in every registered bucket; never `admin`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_permissions: Option<Permissions>,
    /// Operations root may have signed beyond the usual ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root_extra: Option<Vec<String>>,
    /// Whether only root may write tags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags_are_authority: Option<bool>,
    /// How long a presigned URL may live at most, 1 to 604800 seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_presign_seconds: Option<u32>,
    /// Origins of web pages that may talk to `/v1`: these and no others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cors_origins: Option<Vec<String>>,
    /// Whether users make access keys of their own, with a sign-in of the last 15 minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub self_service_keys: Option<bool>,
    /// Where users have a place of their own: `whoami` names it to each. It gives nothing by itself; a grant
    /// of the kind `template` on the same prefix does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<Home>,
    /// Users have no such place any more; not beside `home`.
    #[serde(default, skip_serializing_if = "omit::is_false")]
    pub no_home: bool,
    /// How long a URL may live that is presigned with an access key, 1 to 604800 seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_presign_gateway: Option<u32>,
    /// How long a session may live, 900 to 43200 seconds. Sessions that are open keep their end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_session: Option<u32>,
    /// Whether downloads under way are broken off when the key, session, user or grant they rest on is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut_streams: Option<bool>,
    /// Whether browsers may run what they open on the project's public host: answers there come without
    /// `X-Content-Type-Options: nosniff` and `Content-Security-Policy: sandbox`. Only for a host that shares
    /// no cookies with the application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_host_active_content: Option<bool>,
}
