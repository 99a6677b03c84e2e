//! Why nothing can be said about a bucket.

use crate::domain::BucketName;
use crate::storage_client::StorageError;
use crate::store::StoreError;

/// Why nothing can be said about a bucket.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// The database.
    #[error("{0}")]
    Database(#[from] StoreError),
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
