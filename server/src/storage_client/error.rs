//! Errors of requests to a storage.

use super::upstream::UpstreamError;
use crate::domain::pipeline::SigningError;

/// Why a request to a storage has no usable response.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// No connection, or no response.
    #[error("the storage at {endpoint} cannot be reached: {cause}")]
    Unreachable {
        /// The endpoint's URL.
        endpoint: String,
        /// The cause.
        cause: String,
    },
    /// The storage at this URL is too slow, or refuses requests because it is busy.
    #[error("the storage at {0} is too slow or too busy now: try again later")]
    Busy(String),
    /// A defect of ours.
    #[error("the request to the storage failed: {0}")]
    Failed(String),
}

/// The server's own requests are always signed, so this is a defect.
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
            UpstreamError::Redirected { .. }
            | UpstreamError::Body(_)
            | UpstreamError::Invalid(_) => Self::Failed(error.to_string()),
        }
    }
}
