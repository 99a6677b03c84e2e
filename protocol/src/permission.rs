//! Permissions.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::PrefixKind;

/// One of the five things a grant can allow on a bucket or a prefix of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Download, and all that `list` allows.
    Read,
    /// Upload, overwriting included.
    Write,
    /// Remove objects, their versions included.
    Delete,
    /// Change who may do what here. Nothing in S3 itself.
    Admin,
    /// See names, sizes, dates and `ETag`s: listings. No content and no metadata. `read` contains it.
    List,
}

/// A set of permissions: a JSON array without repetitions, in the order read, write, delete, admin, list.
/// `read` contains `list`: answers name `list` only where they do not name `read`. [`allows`] knows it.
pub type Permissions = BTreeSet<Permission>;

/// Whether the set `held` allows what `permission` allows. Not the same as whether it names it: `read`
/// allows to list.
pub fn allows(held: &Permissions, permission: Permission) -> bool {
    held.contains(&permission)
        || (permission == Permission::List && held.contains(&Permission::Read))
}

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
    /// Text ending in `/`.
    pub prefix: String,
    /// How the prefix is read; literally when absent. Of one user all prefixes are literal.
    #[serde(default, skip_serializing_if = "PrefixKind::is_literal")]
    pub prefix_kind: PrefixKind,
    /// Allowed for every key that starts with the prefix.
    pub permissions: Permissions,
}
