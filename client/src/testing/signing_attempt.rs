//! The signing requests that a fake authority received.

use sail_cargo_protocol::SignRequest;

/// One request for a signature or a presigned URL.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SigningAttempt {
    /// The caller: `user:ada`, or `root`.
    pub by: String,
    /// The request. For a presigned URL: the fields that both kinds of request have.
    pub request: SignRequest,
    /// The operation, if the request was signed.
    pub operation: Option<String>,
    /// The code of the refusal, if the request was refused.
    pub refused: Option<String>,
}
