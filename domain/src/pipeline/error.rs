//! Why one request is not signed.

use crate::denied::Denied;
use crate::s3::Refusal;

/// Why one request is not signed. [`SigningError::code`] is stable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    /// The request could not be parsed.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// The request was parsed, but the caller is not allowed to have it signed.
    #[error("{0}")]
    Denied(#[from] Denied),
    /// `body` is not valid base64, or too long.
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
