//! A storage account: where it answers, and what a probe found of it. Its secret is no part of it.

use chrono::{DateTime, Utc};

use super::s3::Endpoint;
use super::storage_contract::ProbeReport;

/// A stored storage account, without its secret.
#[derive(Debug, Clone)]
pub struct StorageAccount {
    /// Its name.
    pub name: String,
    /// Where it answers.
    pub endpoints: Vec<Endpoint>,
    /// The region in the signature's scope.
    pub region: String,
    /// The access key id.
    pub access_key_id: String,
    /// Several projects share it.
    pub shared: bool,
    /// It is signed for although the storage is unsafe.
    pub accept_unsafe_storage: bool,
    /// What the last probe found; none when the storage is unproved.
    pub probe: Option<ProbeReport>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// Raised with every change and every probe.
    pub version: i64,
}
