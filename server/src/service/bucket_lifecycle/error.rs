//! Why the state of a bucket in S3 cannot be determined.

use crate::domain::BucketName;
use crate::service::error::ServiceError;
use crate::storage_client::StorageError;

/// Why the state of a bucket in S3 cannot be determined.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// The database failed, or the bucket is not registered.
    #[error("{0}")]
    Service(#[from] ServiceError),
    /// The storage does not answer.
    #[error("{0}")]
    Storage(#[from] StorageError),
    /// The storage's answer does not show whether the account has the bucket.
    #[error("the storage does not say whether `{bucket}` is this account's: {answer}")]
    Unsaid {
        /// The bucket.
        bucket: BucketName,
        /// The status and S3's error code.
        answer: String,
    },
}
