//! Why nothing could be said about a storage.

use crate::domain::sigv4::SigningFailed;
use crate::store::StoreError;

/// Why a probe has no result. Nothing is stored then.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// No connection, or no answer.
    #[error("the storage at {endpoint} cannot be reached: {cause}")]
    Unreachable {
        /// Its URL.
        endpoint: String,
        /// What went wrong.
        cause: String,
    },
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
    /// It answers, too slowly or too seldom.
    #[error("the storage at {0} is too slow or too busy to be probed now: try again later")]
    Busy(String),
    /// The database.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// A defect of ours.
    #[error("the probe failed: {0}")]
    Failed(String),
}

impl From<SigningFailed> for ProbeError {
    fn from(error: SigningFailed) -> Self {
        Self::Failed(error.to_string())
    }
}
