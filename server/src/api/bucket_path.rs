//! Buckets that paths name.

use super::error::ApiError;
use crate::domain::BucketName;

/// A bucket's name from the path.
pub(super) fn bucket_name(text: &str) -> Result<BucketName, ApiError> {
    BucketName::parse(text).map_err(|error| ApiError::field("bucket", error))
}

/// The same, for one that may be registered since before S3 took its name for something else.
pub(super) fn registered_name(text: &str) -> Result<BucketName, ApiError> {
    BucketName::stored(text).map_err(|error| ApiError::field("bucket", error))
}
