//! Why nothing can be said about a bucket.

use crate::domain::BucketName;
use crate::service::error::ServiceError;
use crate::storage_client::StorageError;

/// Why nothing can be said about a bucket.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// The service could not do its part.
    #[error("{0}")]
    Service(#[from] ServiceError),
    /// The storage does not answer.
    #[error("{0}")]
    Storage(#[from] StorageError),
    /// It answers, but not what was asked.
    #[error("the storage does not say whether `{bucket}` is this account's: {answer}")]
    Unsaid {
        /// The bucket.
        bucket: BucketName,
        /// The status and S3's error code.
        answer: String,
    },
}
