//! Bucket names in paths.

use super::error::ApiError;
use crate::domain::BucketName;

/// Parses a bucket name from the path.
pub(super) fn bucket_name(text: &str) -> Result<BucketName, ApiError> {
    BucketName::parse(text).map_err(|error| ApiError::field("bucket", error))
}

/// Parses the name of a registered bucket from the path. It also accepts names that were valid at
/// the registration and are reserved by S3 today.
pub(super) fn registered_name(text: &str) -> Result<BucketName, ApiError> {
    BucketName::stored(text).map_err(|error| ApiError::field("bucket", error))
}
