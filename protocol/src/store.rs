//! Stores: the S3-compatible storage accounts for which Cargo signs.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::omit::is_false;
use crate::{Permissions, ProbeReport};

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

/// How requests reach a storage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum StoreAccess {
    /// Clients send requests that Cargo signed to the storage themselves, or go through the gateway.
    #[default]
    Direct,
    /// Through the gateway only: Cargo signs nothing for the storage that leaves the server.
    Gateway,
}

/// Where clients reach the S3 gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GatewayAddress {
    /// Scheme, host and port; no path. Buckets stand in the path.
    #[cfg_attr(feature = "openapi", schema(example = "https://s3.example.com"))]
    pub endpoint: String,
    /// The region that signatures are for.
    #[cfg_attr(feature = "openapi", schema(example = "us-east-1"))]
    pub region: String,
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
    /// Sign for the storage although it was probed and a signed request can be changed into another.
    #[serde(default)]
    pub accept_unsafe_storage: bool,
    /// How requests reach the storage. Left out, it stays as it is; `direct` for a new store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<StoreAccess>,
}

/// What changes of a store; what is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PatchStore {
    /// How requests reach the storage. What was signed before stays good until it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<StoreAccess>,
    /// Sign for the storage although it was probed and a signed request can be changed into another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accept_unsafe_storage: Option<bool>,
}

/// How `PUT /v1/stores/{store}` probes the storage before it saves anything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct PutStoreQuery {
    /// Save the store as unproved, and ask its storage nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_probe: bool,
    /// Probe in this bucket, below `sail-cargo-probe/`; in buckets made for it when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<String>,
}

/// How far signatures reach on a storage, by what the last probe found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[expect(clippy::struct_excessive_bools, reason = "each is a finding of its own on the wire")]
pub struct StoreContract {
    /// Nothing that would do this is signed: it could be changed into something else afterwards.
    pub unsafe_for: Permissions,
    /// A body that differs from its signed hash is refused. Where it is not, a list of keys is
    /// signed only for who may delete in the whole bucket.
    pub binds_body: bool,
    /// Operations on sub-resources that are not signed: the storage runs them as the plain request,
    /// or was not proved to know them.
    pub unsupported: Vec<String>,
    /// It keeps uploads that break off, and that is not accepted: the gateway uploads nothing to it.
    #[serde(default)]
    pub keeps_broken_uploads: bool,
    /// It takes checksums behind bodies in chunks: the gateway sends them on.
    #[serde(default)]
    pub takes_trailers: bool,
    /// What it reads as S3 does, and other storages in another way: escapes that stand in keys as text
    /// (`%2F`), and `_` in the names of metadata. The gateway takes it for this storage.
    #[serde(default)]
    pub reads_literally: Vec<String>,
    /// Keys that differ in upper and lower case only are one key to it: `${user}` has no value for ids that are
    /// not in lower case.
    #[serde(default, skip_serializing_if = "is_false")]
    pub folds_case: bool,
}

/// Prints everything except the secret.
impl std::fmt::Debug for PutStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PutStore")
            .field("endpoints", &self.endpoints)
            .field("region", &self.region)
            .field("access_key_id", &self.access_key_id)
            .field("shared", &self.shared)
            .field("accept_unsafe_storage", &self.accept_unsafe_storage)
            .field("access", &self.access)
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
    /// It is signed for although the storage is unsafe.
    #[serde(default)]
    pub accept_unsafe_storage: bool,
    /// How requests reach the storage.
    #[serde(default)]
    pub access: StoreAccess,
    /// What the last probe found; none when the storage is unproved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<ProbeReport>,
    /// What follows from it.
    #[serde(default)]
    pub contract: StoreContract,
    /// What its operator should look at, a sentence each.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}
