//! Errors of requests to a storage.

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
