//! What the signing pipeline is asked, and what it answers.

use sail_cargo_protocol::{PresignRequest, PresignResponse, SignRequest, SignResponse};

/// One request to the signing pipeline.
#[derive(Debug, Clone, Copy)]
pub enum SigningRequest<'a> {
    /// Headers for one request.
    Sign(&'a SignRequest),
    /// A URL for one request.
    Presign(&'a PresignRequest),
}

/// What the signing pipeline answers to it.
#[derive(Debug)]
pub enum SigningResponse {
    /// Headers for one request.
    Signed(SignResponse),
    /// A URL for one request.
    Presigned(PresignResponse),
}
