//! Buckets registered to a project.

use std::collections::BTreeMap;

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
    /// first all of them. `["read"]` freezes the bucket, `[]` locks it. Grants stay as they are and
    /// act again when the ceiling is lifted, which only operators can: it is kept for the name
    /// when the bucket is forgotten or deleted, and binds its next registration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceiling: Option<Permissions>,
    /// Words of your own about the bucket: at most 32 labels, keys of 1 to 63 and values of at
    /// most 256 characters.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

/// `PATCH /v1/buckets/{bucket}`: what is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PatchBucket {
    /// What everybody may do here, without a grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_permissions: Option<Permissions>,
    /// The most that anybody may do here. Only operators raise it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceiling: Option<Permissions>,
    /// Labels to set; to remove, where the value is `null`. Others stay.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, Option<String>>,
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
    /// Words of the application about it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Whether its creation or deletion in S3 is under way.
    #[serde(default)]
    pub state: BucketState,
    /// The revision that registered it.
    pub created_revision: i64,
}

/// A ceiling that outlived its bucket: it binds whoever registers the name next in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeptCeiling {
    /// The name, which no project has registered.
    pub bucket: String,
    /// The most that anybody may do in the bucket that is registered under it next.
    pub ceiling: Permissions,
}

/// Where a bucket stands between Cargo and S3.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum BucketState {
    /// It is there, as far as Cargo was told.
    #[default]
    Active,
    /// Its creation was signed, and nobody said yet how S3 answered. The name is the project's;
    /// nothing but the creation is signed for it.
    Claimed,
    /// Its deletion was signed, and nobody said yet how S3 answered. Grants stand until then.
    Deleting,
}

/// `POST /v1/buckets/{bucket}/settle`: how S3 answered a creation or deletion that was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SettleBucket {
    /// The `id` of the claim that came with the signature.
    pub claim: String,
    /// How S3 answered. When that is not known, say nothing: Cargo will look itself. Before it
    /// frees a name Cargo looks, whatever is said.
    pub outcome: SettleOutcome,
}

/// How S3 answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SettleOutcome {
    /// It did it: 2xx; for a deletion also 404, the bucket is gone.
    Done,
    /// It refused: any other 3xx or 4xx.
    Refused,
}

/// Where a bucket stands after it was settled, or looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Settled {
    /// The bucket's name.
    pub bucket: String,
    /// Its state; absent when it is not registered any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<BucketState>,
    /// What was found or done, in a sentence.
    pub detail: String,
}
