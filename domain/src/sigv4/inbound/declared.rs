//! What `x-amz-content-sha256` says of the body.

use super::super::proof_error::ProofError;

const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// How a request declares its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Declared {
    /// 64 lower-case hex digits: the body's SHA-256.
    Sha256(Box<str>),
    /// Nothing is said of the body.
    Unsigned,
    /// The body comes in chunks.
    Streaming(Framing),
    /// Nothing is declared, and the signature covers the body's SHA-256 nevertheless: STS.
    Body,
}

/// The three forms of `aws-chunked`.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html> and
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// Every chunk is signed.
    Signed,
    /// Every chunk is signed, and so is a trailer.
    SignedTrailer,
    /// Nothing is signed; there may be a trailer.
    UnsignedTrailer,
}

impl Framing {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Signed, Self::SignedTrailer, Self::UnsignedTrailer];

    /// As it stands in `x-amz-content-sha256`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signed => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
            Self::SignedTrailer => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
            Self::UnsignedTrailer => "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        }
    }

    /// Whether chunks carry signatures.
    pub const fn is_signed(self) -> bool {
        matches!(self, Self::Signed | Self::SignedTrailer)
    }
}

impl Declared {
    /// Reads a value of `x-amz-content-sha256`.
    pub(super) fn parse(text: &str) -> Result<Self, ProofError> {
        let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        match text {
            UNSIGNED => Ok(Self::Unsigned),
            _ if text.starts_with("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD") => {
                Err(ProofError::NotImplemented("The streaming payload"))
            }
            _ if text.len() == 64 && text.bytes().all(is_hex) => Ok(Self::Sha256(text.into())),
            _ => Framing::ALL
                .into_iter()
                .find(|framing| framing.as_str() == text)
                .map(Self::Streaming)
                .ok_or(ProofError::PayloadUnknown),
        }
    }

    /// The last line of the canonical request; none where the body must be hashed for it.
    pub(super) fn line(&self) -> Option<&str> {
        match self {
            Self::Sha256(hex) => Some(hex),
            Self::Unsigned => Some(UNSIGNED),
            Self::Streaming(framing) => Some(framing.as_str()),
            Self::Body => None,
        }
    }

    /// As what the content goes out: the declared hash, or `UNSIGNED-PAYLOAD`.
    pub fn as_outbound(&self) -> &str {
        match self {
            Self::Sha256(hex) => hex,
            Self::Unsigned | Self::Streaming(_) | Self::Body => UNSIGNED,
        }
    }
}
