//! Why nothing is signed: one request, or any.

use crate::domain::Denied;
use crate::domain::s3::Refusal;
use crate::service::error::ServiceError;

/// Why one request is not signed.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// The request was not understood.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// The request was understood, and is not allowed.
    #[error("{0}")]
    Denied(#[from] Denied),
    /// `body` is not what it should be.
    #[error("`body` must be standard base64 of at most 1 MiB")]
    Body,
}

impl SigningError {
    /// The stable name of the reason, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::Denied(denied) => denied.code(),
            Self::Body => "body",
        }
    }

    /// A refusal that was met while reading is the verdict, too.
    pub(super) fn again(&self) -> Self {
        match self {
            Self::Refused(refusal) => Self::Refused(refusal.clone()),
            Self::Denied(denied) => Self::Denied(denied.clone()),
            Self::Body => Self::Body,
        }
    }
}

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
