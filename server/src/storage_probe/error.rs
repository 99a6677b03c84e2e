//! Errors of a probe.

use crate::service::ServiceError;
use crate::storage_client::StorageError;

/// Why a probe has no result. No report is stored then.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The storage does not answer, or is too slow.
    #[error("{0}")]
    Storage(#[from] StorageError),
    /// The storage refuses a valid request.
    #[error("the storage at {endpoint} refused to {what}: {answer}. {advice}")]
    Refused {
        /// The endpoint's URL.
        endpoint: String,
        /// The request.
        what: &'static str,
        /// The status and S3's error code.
        answer: String,
        /// What to do.
        advice: &'static str,
    },
    /// The service failed.
    #[error("{0}")]
    Service(#[from] ServiceError),
    /// A defect of this server.
    #[error("the probe failed: {0}")]
    Failed(String),
}

impl ProbeError {
    /// The stable name of the error, for programs. `None` if the probe sent no request, because the
    /// store is unknown or the database did not answer.
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
