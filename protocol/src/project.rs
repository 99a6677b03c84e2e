//! Projects: the tenants.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

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
}

/// A tenant: one application with its buckets, grants and keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// When it was created.
    pub created_at: DateTime<Utc>,
}
