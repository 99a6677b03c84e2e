//! Why the gateway refuses a request, as the audit trail says it: the codes that the oracle has, and those
//! of what only the gateway looks at.

use crate::domain::Outcome;
use crate::domain::s3::checksum::BodyError;
use crate::domain::sigv4::{ProofError, ProofFlaw};
use crate::domain::sts::StsError;

/// The stable code of a refusal, and whether it is a verdict on what was understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reason {
    pub(super) outcome: Outcome,
    pub(super) code: &'static str,
}

impl Reason {
    /// The caller sent too many requests.
    pub(super) const RATE: Self = Self::denied("rate_limited");

    /// The request was understood, and may not be made.
    pub(super) const fn denied(code: &'static str) -> Self {
        Self { outcome: Outcome::Deny, code }
    }

    /// The request, or its body, is not what it must be.
    pub(super) const fn malformed(code: &'static str) -> Self {
        Self { outcome: Outcome::Malformed, code }
    }

    /// Why STS refuses. `None` where it cannot answer.
    pub(super) fn of_sts(error: &StsError) -> Option<Self> {
        Some(match error {
            StsError::InvalidClientTokenId
            | StsError::SignatureDoesNotMatch
            | StsError::ExpiredToken
            | StsError::Proof { .. }
            | StsError::ExpiredWebIdentity(_)
            | StsError::InvalidIdentityToken(_) => Self::denied("signature_refused"),
            StsError::AccessDenied(_) => Self::denied("session_refused"),
            StsError::MalformedPolicy(_) => Self::malformed("session_policy"),
            StsError::PackedPolicyTooLarge(_) => Self::malformed("session_too_large"),
            StsError::Validation(_) => Self::malformed("sts_parameter"),
            StsError::InvalidAction { .. } => Self::malformed("unknown_operation"),
            StsError::Throttling => Self::RATE,
            StsError::IdpCommunication(_) | StsError::Unavailable | StsError::Internal => {
                return None;
            }
        })
    }
}

impl From<&ProofError> for Reason {
    fn from(error: &ProofError) -> Self {
        match error {
            ProofError::Malformed { flaw: ProofFlaw::Region { .. }, .. } => Self::denied("region"),
            ProofError::TwoProofs
            | ProofError::Malformed { .. }
            | ProofError::UnknownScheme
            | ProofError::UnsupportedSignature
            | ProofError::NotImplemented(_)
            | ProofError::InvalidUri
            | ProofError::HeadersNotSigned(_)
            | ProofError::SignedHeaderAbsent(_)
            | ProofError::NoDate
            | ProofError::PayloadMissing
            | ProofError::Hoisted { .. }
            | ProofError::NotYetValid { .. }
            | ProofError::Ended { .. }
            | ProofError::Skewed { .. }
            | ProofError::UnknownKey(_)
            | ProofError::SignatureMismatch(_) => Self::denied("signature_refused"),
            ProofError::SessionExpired => Self::denied("session_expired"),
            ProofError::InvalidToken => Self::denied("session_invalid"),
            ProofError::PayloadUnknown => Self::malformed("payload_hash"),
            ProofError::StreamUnproven | ProofError::StreamElsewhere => {
                Self::malformed("stream_on")
            }
            ProofError::HeaderValue(_) => Self::malformed("header_value"),
            ProofError::DecodedLengthMissing => Self::malformed("length_missing"),
            ProofError::TrailerDeclared(_) | ProofError::Trailer(_) => {
                Self::malformed("stream_trailer")
            }
            ProofError::Framing(_) => Self::malformed("body_incomplete"),
            ProofError::ChunkSignature | ProofError::TrailerSignature => {
                Self::denied("chunk_signature")
            }
            ProofError::Body(error) => error.into(),
        }
    }
}

impl From<&BodyError> for Reason {
    fn from(error: &BodyError) -> Self {
        Self::malformed(match error {
            BodyError::Md5Value | BodyError::ChecksumValue(_) | BodyError::TwoChecksums => {
                "digest_value"
            }
            BodyError::Sha256Value => "payload_hash",
            BodyError::Sha256 { .. } => "payload_hash_mismatch",
            BodyError::Md5 | BodyError::Checksum(_) => "body_mismatch",
            BodyError::Length => "body_incomplete",
        })
    }
}
