//! A storage account: its endpoints, and the report of its probe. Its secret is stored elsewhere.

use chrono::{DateTime, Utc};

pub use sail_cargo_protocol::{GatewayAddress, StoreAccess};

use super::s3::Endpoint;
use super::storage_contract::ProbeReport;

/// A stored storage account, without its secret.
#[derive(Debug, Clone)]
pub struct StorageAccount {
    /// The name of the store.
    pub name: String,
    /// The addresses of the storage.
    pub endpoints: Vec<Endpoint>,
    /// The region in the signature's scope.
    pub region: String,
    /// The access key id.
    pub access_key_id: String,
    /// Whether several projects may use the account.
    pub shared: bool,
    /// Whether requests are signed although the storage is unsafe.
    pub accept_unsafe_storage: bool,
    /// How requests reach the storage.
    pub access: StoreAccess,
    /// The report of the last probe; `None` if the storage was never probed.
    pub probe: Option<ProbeReport>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// Incremented by every change and every probe.
    pub version: i64,
}
