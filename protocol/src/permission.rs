//! Permissions.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// One of the four things a grant can allow on a bucket or a prefix of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// List the bucket and download from it.
    Read,
    /// Upload, overwriting included.
    Write,
    /// Remove objects, their versions included.
    Delete,
    /// Change who may do what here. Nothing in S3 itself.
    Admin,
}

/// A set of permissions: a JSON array without repetitions, in the order read, write, delete, admin.
pub type Permissions = BTreeSet<Permission>;

/// `GET /v1/permissions`: which bucket to answer for; every bucket when absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct PermissionsQuery {
    /// Answer for this bucket only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket: Option<String>,
}

/// What the caller may do in one bucket, now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BucketPermissions {
    /// The bucket's name.
    pub bucket: String,
    /// Allowed on the whole bucket.
    pub permissions: Permissions,
    /// Allowed below a prefix, beyond what the whole bucket allows.
    pub prefixes: Vec<PrefixPermissions>,
}

/// What the caller may do below one prefix of a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PrefixPermissions {
    /// Literal bytes ending in `/`.
    pub prefix: String,
    /// Allowed for every key that starts with the prefix.
    pub permissions: Permissions,
}
