//! What a fake authority was asked to sign.

use sail_cargo_protocol::SignRequest;

/// One request that was to be signed or presigned.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SigningAttempt {
    /// `user:ada`, or `root`.
    pub by: String,
    /// The request; of a URL to be presigned what it shares with one.
    pub request: SignRequest,
    /// The operation it was understood as, where it was signed.
    pub operation: Option<String>,
    /// The code of the refusal, where it was not.
    pub refused: Option<String>,
}
