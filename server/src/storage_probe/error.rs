//! Why nothing could be said about a storage.

use crate::service::ServiceError;
use crate::storage_client::StorageError;

/// Why a probe has no result. Nothing is stored then.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The storage did not answer, or too slowly.
    #[error("{0}")]
    Storage(#[from] StorageError),
    /// It answers, and does not do what an honest request asks for.
    #[error("the storage at {endpoint} refused to {what}: {answer}. {advice}")]
    Refused {
        /// Its URL.
        endpoint: String,
        /// What was asked.
        what: &'static str,
        /// The status and S3's error code.
        answer: String,
        /// What to do.
        advice: &'static str,
    },
    /// The service could not do its part.
    #[error("{0}")]
    Service(#[from] ServiceError),
    /// A defect of ours.
    #[error("the probe failed: {0}")]
    Failed(String),
}

impl ProbeError {
    /// The stable name of what stood in the way, for programs; none where the storage was not
    /// asked anything, since there was no store, or no database.
    pub fn code(&self) -> Option<&'static str> {
        match self {
            Self::Storage(StorageError::Unreachable { .. }) => Some("storage_unreachable"),
            Self::Storage(StorageError::Busy(_)) => Some("storage_busy"),
            Self::Refused { .. } => Some("storage_refused"),
            Self::Service(ServiceError::Conflict(conflict)) => Some(conflict.code()),
            Self::Service(_) => None,
            Self::Storage(StorageError::Failed(_)) | Self::Failed(_) => Some("internal"),
        }
    }
}
