//! The resources that a probe created and must remove.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::BucketName;
use crate::storage_client::StorageResponse;

/// The resources to remove.
#[derive(Debug, Default)]
pub(super) struct CreatedResources {
    /// The buckets, including the probe's own.
    pub(super) buckets: BTreeSet<BucketName>,
    /// The object keys, each with its versions in a versioned bucket.
    pub(super) objects: BTreeMap<String, BTreeSet<String>>,
    /// The keys and ids of multipart uploads.
    pub(super) uploads: Vec<(String, String)>,
}

/// The version that a request created in a versioned bucket: an object version or a delete marker.
pub(super) fn version(answer: &StorageResponse) -> Option<String> {
    answer.header("x-amz-version-id").filter(|id| id != "null")
}
