//! What the headers say of a body in chunks.

use super::super::proof_error::ProofError;
use super::declared::Framing;
use super::head::Head;
use crate::s3::checksum::{self, BodyError, ChecksumAlgorithm};

/// A body in chunks, as declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stream {
    /// The form of the chunks.
    pub framing: Framing,
    /// Bytes of the content.
    pub decoded_length: u64,
    /// The checksum in the trailer.
    pub trailer: Option<ChecksumAlgorithm>,
}

impl Stream {
    /// Reads `x-amz-decoded-content-length` and `x-amz-trailer`.
    pub(super) fn read(head: &Head<'_>, framing: Framing) -> Result<Self, ProofError> {
        let name = "x-amz-decoded-content-length";
        let length = head.text(name).ok_or(ProofError::DecodedLengthMissing)?;
        let decoded_length =
            length.and_then(read_length).ok_or_else(|| ProofError::HeaderValue(name.to_owned()))?;
        let trailer = match head.text("x-amz-trailer") {
            None => None,
            Some(name) => Some(read_trailer(name, framing)?),
        };
        if framing == Framing::SignedTrailer && trailer.is_none() {
            return Err(ProofError::TrailerDeclared("it is missing"));
        }
        let is_value = |name: &str| checksum::is_value(&name.to_ascii_lowercase());
        if trailer.is_some() && head.headers.iter().any(|(name, _)| is_value(name)) {
            return Err(BodyError::TwoChecksums.into());
        }
        Ok(Self { framing, decoded_length, trailer })
    }
}

/// Digits, and nothing else.
pub(super) fn read_length(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

fn read_trailer(name: Option<&str>, framing: Framing) -> Result<ChecksumAlgorithm, ProofError> {
    if framing == Framing::Signed {
        return Err(ProofError::TrailerDeclared("the payload has none"));
    }
    let name = name.map(str::to_ascii_lowercase);
    name.as_deref()
        .and_then(ChecksumAlgorithm::of_header)
        .ok_or(ProofError::TrailerDeclared("it must be the one checksum that is known here"))
}
