//! Why a storage did not answer.

use super::upstream::UpstreamError;
use crate::domain::pipeline::SigningError;

/// Why there is no answer of a storage that says anything.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// No connection, or no answer.
    #[error("the storage at {endpoint} cannot be reached: {cause}")]
    Unreachable {
        /// Its URL.
        endpoint: String,
        /// What went wrong.
        cause: String,
    },
    /// It answers, too slowly or too seldom.
    #[error("the storage at {0} is too slow or too busy now: try again later")]
    Busy(String),
    /// A defect of ours.
    #[error("the storage could not be asked: {0}")]
    Failed(String),
}

/// What the server asks itself is always signed, but for a defect.
impl From<SigningError> for StorageError {
    fn from(error: SigningError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// What the server asks itself has no time to wait, and no sender that could be told more.
impl From<UpstreamError> for StorageError {
    fn from(error: UpstreamError) -> Self {
        match error {
            UpstreamError::Unreachable { endpoint, cause }
            | UpstreamError::Lost { endpoint, cause } => Self::Unreachable { endpoint, cause },
            UpstreamError::Late(endpoint)
            | UpstreamError::Busy(endpoint)
            | UpstreamError::TooSlow(endpoint) => Self::Busy(endpoint),
            UpstreamError::Redirected(_) | UpstreamError::Body(_) | UpstreamError::Invalid(_) => {
                Self::Failed(error.to_string())
            }
        }
    }
}
