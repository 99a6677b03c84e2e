//! Buckets registered to a project.

use serde::{Deserialize, Serialize};

use crate::Permissions;

/// The settings of a bucket. `PUT` registers it, or replaces the settings of one that is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PutBucket {
    /// What everybody may do here, without a grant; nothing when absent.
    #[serde(default)]
    pub public_permissions: Permissions,
    /// The most that anybody may do here, the application included; as it is when absent, at
    /// first all four. `["read"]` freezes the bucket, `[]` locks it. Grants stay as they are and
    /// act again when the ceiling is lifted, which only operators can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceiling: Option<Permissions>,
}

/// A bucket registered to the caller's project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Bucket {
    /// Its name in S3.
    pub name: String,
    /// What everybody may do here.
    pub public_permissions: Permissions,
    /// The most that any grant may amount to here.
    pub ceiling: Permissions,
    /// The revision that registered it.
    pub created_revision: i64,
}
