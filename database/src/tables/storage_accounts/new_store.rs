//! A storage account to be written.

use crate::domain::s3::Endpoint;
use crate::domain::{Secret, Slug};

/// A storage account to be written.
#[derive(Debug, Clone)]
pub struct NewStore {
    /// Its name.
    pub name: Slug,
    /// Where it answers.
    pub endpoints: Vec<Endpoint>,
    /// The region in the signature's scope.
    pub region: String,
    /// The access key id.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: Secret,
    /// Several projects share it.
    pub shared: bool,
    /// It is signed for although the storage is unsafe.
    pub accept_unsafe_storage: bool,
}
