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
        let unread = || ProofError::HeaderValue(name.to_owned());
        let length = head.text(name).map_err(|_| unread())?;
        let length = length.ok_or(ProofError::DecodedLengthMissing)?;
        let decoded_length = read_length(length).ok_or_else(unread)?;
        let trailer = head.text("x-amz-trailer").map_err(|_| unknown_trailer())?;
        let trailer = trailer.map(|name| read_trailer(name, framing)).transpose()?;
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

fn read_trailer(name: &str, framing: Framing) -> Result<ChecksumAlgorithm, ProofError> {
    if framing == Framing::Signed {
        return Err(ProofError::TrailerDeclared("the payload has none"));
    }
    ChecksumAlgorithm::of_header(&name.to_ascii_lowercase()).ok_or_else(unknown_trailer)
}

fn unknown_trailer() -> ProofError {
    ProofError::TrailerDeclared("it must name one checksum that is computed here")
}
