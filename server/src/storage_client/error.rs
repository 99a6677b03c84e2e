//! Why a storage did not answer.

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
    #[error("the request to the storage failed: {0}")]
    Failed(String),
}

/// What the server asks itself is always signed, but for a defect.
impl From<SigningError> for StorageError {
    fn from(error: SigningError) -> Self {
        Self::Failed(error.to_string())
    }
}
