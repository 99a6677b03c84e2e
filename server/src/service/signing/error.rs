//! Why nothing is signed.

use crate::service::error::ServiceError;

/// Why nothing can be signed now.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// The caller speaks in no project.
    #[error("name a project: operators send `X-Project`")]
    NoProject,
    /// The service could not do its part: no record, no signature.
    #[error("{0}")]
    Service(#[from] ServiceError),
}
