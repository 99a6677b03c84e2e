//! What a probe made, and has to remove.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::BucketName;
use crate::storage_client::StorageResponse;

/// What has to be removed.
#[derive(Debug, Default)]
pub(super) struct CreatedResources {
    /// Buckets, the probe's own among them.
    pub(super) buckets: BTreeSet<BucketName>,
    /// Keys, with their versions where the bucket keeps any.
    pub(super) objects: BTreeMap<String, BTreeSet<String>>,
    /// Keys and upload ids.
    pub(super) uploads: Vec<(String, String)>,
}

/// The version that a request made, in buckets that keep versions: of an object, or a marker that
/// stands for a deleted one.
pub(super) fn version(answer: &StorageResponse) -> Option<String> {
    answer.header("x-amz-version-id").filter(|id| id != "null")
}
