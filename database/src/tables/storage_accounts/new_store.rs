//! A storage account to be written.

use crate::domain::s3::Endpoint;
use crate::domain::{Secret, Slug, StoreAccess};

/// A storage account to be written.
#[derive(Debug, Clone)]
pub struct NewStore {
    /// The name of the account.
    pub name: Slug,
    /// The endpoints of the storage.
    pub endpoints: Vec<Endpoint>,
    /// The region in the credential scope of signatures.
    pub region: String,
    /// The access key id.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: Secret,
    /// Whether several projects may share the account.
    pub shared: bool,
    /// Whether requests are signed although the storage is unsafe.
    pub accept_unsafe_storage: bool,
    /// How requests reach the storage; `None` keeps it as it is, or `direct` for a new account.
    pub access: Option<StoreAccess>,
}
