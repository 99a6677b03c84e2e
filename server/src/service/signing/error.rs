//! Why the pipeline signs nothing.

use crate::service::error::ServiceError;

/// Why the pipeline as a whole failed. No request was signed.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// The caller has no project.
    #[error("name a project: operators send `X-Project`")]
    NoProject,
    /// The service failed. Without an audit record there is no signature.
    #[error("{0}")]
    Service(#[from] ServiceError),
}
