//! Why one request is not signed.

use crate::denied::Denied;
use crate::s3::Refusal;

/// Why one request is not signed. [`SigningError::code`] is stable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
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
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::Denied(denied) => denied.code(),
            Self::Body => "body",
        }
    }
}
