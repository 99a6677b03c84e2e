//! Stores: the S3-compatible storage accounts Cargo signs for.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ProbeReport;

/// How a bucket is named in a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AddressingStyle {
    /// `https://endpoint/bucket/key` only.
    Path,
    /// `https://bucket.endpoint/key`, and path style on the bare host.
    VirtualHosted,
}

/// One address of a store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// Scheme, host and port; no path.
    #[cfg_attr(feature = "openapi", schema(example = "https://s3.example.com"))]
    pub url: String,
    /// How buckets are addressed on it.
    pub style: AddressingStyle,
}

/// The full new state of a store. The secret goes in and never comes out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PutStore {
    /// Where the storage answers; at least one.
    pub endpoints: Vec<Endpoint>,
    /// The region in the signature's scope.
    #[cfg_attr(feature = "openapi", schema(example = "us-east-1"))]
    pub region: String,
    /// The access key id.
    pub access_key_id: String,
    /// The secret access key. Sealed before it is stored.
    pub secret_access_key: String,
    /// Several projects share this account, so that nobody may list all its buckets, and only
    /// operators register them. One project at most uses a store that is not shared.
    #[serde(default)]
    pub shared: bool,
    /// Sign writes although the storage was probed and lets unsigned `x-amz-*` headers act.
    #[serde(default)]
    pub accept_unsafe_storage: bool,
}

/// Shows everything but the secret.
impl std::fmt::Debug for PutStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PutStore")
            .field("endpoints", &self.endpoints)
            .field("region", &self.region)
            .field("access_key_id", &self.access_key_id)
            .field("shared", &self.shared)
            .field("accept_unsafe_storage", &self.accept_unsafe_storage)
            .finish_non_exhaustive()
    }
}

/// A storage account, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Store {
    /// Its name: `[a-z0-9-]`, 2 to 63 characters.
    pub name: String,
    /// Where the storage answers.
    pub endpoints: Vec<Endpoint>,
    /// The region in the signature's scope.
    pub region: String,
    /// The access key id.
    pub access_key_id: String,
    /// Several projects share this account.
    pub shared: bool,
    /// Writes are signed although the storage is unsafe.
    #[serde(default)]
    pub accept_unsafe_storage: bool,
    /// What the last probe found; none when the storage was never probed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<ProbeReport>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}
